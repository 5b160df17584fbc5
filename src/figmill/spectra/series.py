"""Figures of many spectra without a baseline: together, one above the other, as a map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from figmill.figure import Axis, Bins, BinTables, ColorScale, Layer, Panel, Spectrogram
from figmill.notes import Note
from figmill.spectra.comparison import on_grid
from figmill.spectra.figures import MOST_NAMED, Look, along, is_key, line, x_axis, y_axis
from figmill.spectra.holes import spans
from figmill.spectra.spectrum import Spectrum

_DISTINCT = 8
"""So many colours of the theme are told apart; more spectra are coloured by their place."""
_MOST_LABELS = 3
_MOST_ROWS_NAMED = 30


def together(spectra: Sequence[Spectrum], look: Look) -> tuple[Panel, list[Note]]:
    """All curves over one axis of x and one of y.

    Parameters
    ----------
    spectra
        Of one kind, along one axis.
    look
        Width of the curves, limits.

    Returns
    -------
    panel : Panel
        The curves, the first one in front.
    notes : list of Note
        What of them is not named.
    """
    layers = [_curve(spectrum, number, spectra, look) for number, spectrum in enumerate(spectra)]
    panel = Panel(
        tuple(reversed(layers)),
        x_axis(spectra[0], look),
        y_axis(spectra[0], look),
        legend="outside",
        legend_title=_title(spectra),
    )
    return panel, _unnamed(spectra)


def offset(
    spectra: Sequence[Spectrum], look: Look, step: float | None = None
) -> tuple[Panel, list[Note]]:
    """Each curve a step above the one before it, the first one below.

    Parameters
    ----------
    spectra, look
        As for `together`.
    step
        The distance in units of y; None takes what most curves span.
    """
    sizes = [float(np.nanpercentile(s.y, 99.5) - np.nanpercentile(s.y, 0.5)) for s in spectra]
    notes = _unnamed(spectra)
    if step is None:
        # The median: one saturated sample must not flatten all others.
        step = 0.9 * max(float(np.median(sizes)), 1e-12)
        if higher := [s.name for s, size in zip(spectra, sizes, strict=True) if size > 2 * step]:
            some = ", ".join(higher[:_MOST_LABELS]) + (
                ", ..." if len(higher) > _MOST_LABELS else ""
            )
            text = f"{len(higher)} are higher than two steps and cross those above: {some}."
            notes.append(Note.info("curves-cross", text))
    layers = [
        _curve(replace(spectrum, y=spectrum.y + number * step), number, spectra, look)
        for number, spectrum in enumerate(spectra)
    ]
    label, unit = spectra[0].y_label
    words = f"{label}, each {step:.2g}{f' {unit}' if unit else ''} above the one below"
    panel = Panel(
        tuple(reversed(layers)),  # the legend has the order of the curves
        x_axis(spectra[0], look),
        Axis(label=words, limits=look.limits_y),
        legend="outside",
        legend_title=_title(spectra),
    )
    return panel, notes


def heat_map(spectra: Sequence[Spectrum], look: Look) -> tuple[Panel, list[Note]]:
    """A row of colours for each spectrum, the first one below.

    Parameters
    ----------
    spectra, look
        As for `together`. All are taken at the first one's points; where one has none, its row is
        without a value.
    """
    first = spectra[0].ascending()
    x = first.x
    values = np.full((x.size, len(spectra)), np.nan)
    moved = 0
    for number, spectrum in enumerate(spectra):
        made = spectrum.ascending()
        inside = (x >= made.x[0]) & (x <= made.x[-1])
        y, own = on_grid(made, x[inside])
        values[inside, number] = y
        moved += int(not own.all())
    notes: list[Note] = []
    if moved:
        text = f"{moved} of {len(spectra)} are interpolated, linearly, at the first one's points."
        notes.append(Note.info("interpolated", text))
    beyond = [s.name for s in spectra if s.span[0] < x[0] or s.span[1] > x[-1]]
    if beyond:
        text = f"{len(beyond)} reach beyond the first one's range; that is not drawn."
        notes.append(Note.loss("range-not-covered", text, beyond[0]))
    lows, highs = _edges(x)
    label, unit = spectra[0].y_label
    layer = Spectrogram(
        Bins(lows, highs),
        BinTables.single(Bins.from_edges(np.arange(len(spectra) + 1) - 0.5)),
        values,
        ColorScale(percentiles=(0.5, 99.5), label=label, unit=unit),
    )
    if len(spectra) <= _MOST_ROWS_NAMED:
        rows = Axis(categories=tuple(spectrum.name for spectrum in spectra))
    else:
        text = f"the {len(spectra)} rows have numbers: from {spectra[0].name} to {spectra[-1].name}"
        notes.append(Note.info("rows-not-named", text))
        rows = Axis(label="Spectrum", limits=(-0.5, len(spectra) - 0.5))
    return Panel((layer,), x_axis(spectra[0], look), rows), notes


def _edges(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where cells of points begin and end: midway, and beside a hole half a usual step away."""
    middle = (x[:-1] + x[1:]) / 2
    lows = np.concatenate(
        (
            [
                x[0] - (middle[0] - x[0]),
            ],
            middle,
        )
    )
    highs = np.concatenate((middle, [x[-1] + (x[-1] - middle[-1])]))
    for low, high in spans(x):
        at = int(np.searchsorted(x, low))
        highs[at] = low + (low - lows[at])
        lows[at + 1] = high - (highs[at + 1] - high)
    return lows, highs


def _curve(spectrum: Spectrum, number: int, spectra: Sequence[Spectrum], look: Look) -> Layer:
    count = len(spectra)
    color = along(number, count) if count > _DISTINCT else None
    named = count <= MOST_NAMED or is_key(number, count)
    return line(spectrum, spectrum.name if named else "", color, look.width)


def _title(spectra: Sequence[Spectrum]) -> str:
    return f"{len(spectra)} spectra" if len(spectra) > MOST_NAMED else ""


def _unnamed(spectra: Sequence[Spectrum]) -> list[Note]:
    if len(spectra) <= MOST_NAMED:
        return []
    text = f"Three of {len(spectra)} spectra are named in the legend."
    return [Note.info("names-left-out", text)]
