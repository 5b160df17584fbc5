"""The figures of one orbit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from figmill.fast.filenames import SPECIES, describe_instrument
from figmill.fast.panels import (
    USUAL,
    Looks,
    Marks,
    energy_panel,
    note_panel,
    pitch_panel,
)
from figmill.fast.reduce import Spectra
from figmill.fast.sectors import DOWN, UP
from figmill.figure import Figure, Panel, Spectrogram, Style, TickRow
from figmill.figure.limits import robust_limits
from figmill.recipes.events import MarkerStyle, Window, markers, zoom_window
from figmill.recipes.grid import DPI, spectrogram_grid


def quicklook_size(width: float | None, height: float | None) -> tuple[float, float]:
    """Inches of the seven-panel overview, where they are not given."""
    return (width or 12.0, height or 13.5)


@dataclass(frozen=True, slots=True)
class Setting:
    """What all figures of an orbit share.

    Parameters
    ----------
    orbit
        Its number, or None.
    looks
        Scales, limits, colours.
    zoom_minutes
        Width of the zoom column's window; 0 for none.
    marker_style, marker_options
        Looks of cusp marks.
    tick_rows
        Rows of ephemeris values under the time axis.
    dpi, style, size
        As for `Figure`.
    """

    orbit: int | None = None
    looks: Looks = field(default_factory=Looks)
    zoom_minutes: float = 6.0
    marker_style: MarkerStyle = "both"
    marker_options: Mapping[str, Any] = field(default_factory=dict)
    tick_rows: Sequence[TickRow] = ()
    dpi: float = DPI
    style: str | Style = "paper"
    size: tuple[float | None, float | None] = (None, None)

    def marks(self, times: Sequence[float]) -> Marks:
        """The marks of a cusp."""
        return markers(times, self.marker_style, self.marker_options)

    def window(self, times: Sequence[float]) -> Window | None:
        """The window of the zoom column."""
        return zoom_window(times, minutes=self.zoom_minutes)

    def title(self, what: str, many: Sequence[Spectra]) -> str:
        """Mission, orbit, what is shown, and from when to when."""
        starts = [s.times.extent[0] for s in many if s.times.extent]
        stops = [s.times.extent[1] for s in many if s.times.extent]
        parts = ["FAST ESA"]
        if self.orbit is not None:
            parts.append(f"orbit {self.orbit}")
        parts.append(what)
        if starts:
            parts.append(_span(min(starts), max(stops)))
        return "  \N{MIDDLE DOT}  ".join(parts)

    def grid(self, panels: Sequence[Panel], times: Sequence[float], title: str) -> Figure:
        """Rows of panels with the zoom column of these events."""
        return spectrogram_grid(
            panels,
            zoom=self.window(times),
            title=title,
            dpi=self.dpi,
            style=self.style,
            tick_rows=self.tick_rows,
        )


def _span(start: float, stop: float) -> str:
    first, last = (datetime.fromtimestamp(t, UTC) for t in (start, stop))
    if first.date() == last.date():
        return f"{first:%Y-%m-%d %H:%M}\N{EN DASH}{last:%H:%M} UTC"
    return f"{first:%Y-%m-%d %H:%M} \N{EN DASH} {last:%Y-%m-%d %H:%M} UTC"


def pitch_angle_figure(spectra: Spectra, setting: Setting, cusp: Sequence[float] = ()) -> Figure:
    """Energy spectra of one instrument, a row for each sector of pitch angle.

    Averages of the sectors share their colours, so that rows can be compared; sums do not, since
    sectors are of different size.
    """
    marks = setting.marks(cusp)
    panels = [
        energy_panel(spectra, row, setting.looks, row_label=sector.label, marks=marks)
        for row, sector in enumerate(spectra.sectors)
    ]
    if spectra.rule != "sum":
        panels = _sharing_colours(panels)
    title = setting.title(_named(spectra.instrument), [spectra])
    return setting.grid(panels, cusp, title)


def instrument_figure(
    many: Mapping[str, Spectra | str],
    setting: Setting,
    cusps: Mapping[str, Sequence[float]] | None = None,
) -> Figure:
    """Energy spectra over all pitch angles, a row for each instrument.

    Parameters
    ----------
    many
        By instrument, in the order of the rows: what was read, or a sentence that says why there
        is nothing.
    setting
        What all figures share.
    cusps
        By instrument, the times of its cusp.
    """
    cusps = cusps or {}
    panels = []
    for instrument, found in many.items():
        marks = setting.marks(cusps.get(instrument, ()))
        label = instrument.upper()
        if isinstance(found, str):
            panels.append(note_panel(found, row_label=label, marks=marks))
        else:
            panels.append(energy_panel(found, 0, setting.looks, row_label=label, marks=marks))
    times = [time for one in cusps.values() for time in one]
    ends = (min(times), max(times)) if times else ()
    title = setting.title("all pitch angles", [s for s in many.values() if isinstance(s, Spectra)])
    return setting.grid(panels, sorted(set(ends)), title)


def bands_figure(spectra: Spectra, setting: Setting, cusp: Sequence[float] = ()) -> Figure:
    """Pitch-angle spectra of one instrument, a row for each band of energy."""
    marks = setting.marks(cusp)
    panels = [
        pitch_panel(spectra, row, setting.looks, row_label=band.label, marks=marks)
        for row, band in enumerate(spectra.bands)
    ]
    title = setting.title(f"{_named(spectra.instrument)}, pitch angle by energy", [spectra])
    return setting.grid(panels, cusp, title)


def quicklook_figure(
    electrons: Spectra | str,
    ions: Spectra | str,
    setting: Setting,
    cusps: Mapping[str, Sequence[float]] | None = None,
) -> Figure:
    """The mission's overview of an orbit: seven panels and the ephemeris.

    Electrons: energy spectra going down and up the field, pitch-angle spectra of two bands. Ions:
    energy spectra over all angles, pitch-angle spectra of two bands. Energies are logarithmic, and
    flux has the usual limits unless others are given, so that orbits can be compared.
    """
    cusps = cusps or {}
    panels: list[Panel] = []
    for found, letter in ((electrons, "e"), (ions, "i")):
        name = f"{SPECIES[letter]}"
        if isinstance(found, str):
            panels.append(note_panel(f"{name}: {found}", row_label=name))
            continue
        looks = _for_overview(setting.looks, found)
        marks = setting.marks(cusps.get(found.instrument, ()))
        names = [sector.name for sector in found.sectors]
        wanted = [names.index(s.name) for s in (DOWN, UP) if s.name in names]
        for row in wanted if letter == "e" and wanted else [0]:
            sector = found.sectors[row]
            angles = sector.label.removeprefix(sector.name).replace("\n", " ").strip()
            label = f"{name} {sector.name}\n{angles}"
            if sector.is_all:
                label = f"{name}\n{sector.name}"
            panels.append(energy_panel(found, row, looks, row_label=label, marks=marks))
        for row, band in enumerate(found.bands):
            label = f"{name}\n{band.label}"
            panels.append(pitch_panel(found, row, looks, row_label=label, marks=marks))
    title = setting.title("quicklook", [s for s in (electrons, ions) if isinstance(s, Spectra)])
    return Figure(
        panels,
        title=title,
        size=quicklook_size(*setting.size),
        dpi=setting.dpi,
        style=setting.style,
        tick_rows=setting.tick_rows,
    )


def _for_overview(looks: Looks, spectra: Spectra) -> Looks:
    instrument = spectra.instrument
    given = looks.limits.get(instrument)
    if spectra.quantity == "eflux":
        usual = USUAL[instrument[0]]
        if given is not None:
            merged = {k: getattr(given, k) for k in ("z_min", "z_max") if getattr(given, k)}
            usual = replace(usual, **merged)
        limits = usual
    else:
        limits = replace(USUAL[instrument[0]], z_min=None, z_max=given.z_max if given else None)
    return Looks("log", looks.z_scale, looks.colormap, {instrument: limits})


def _sharing_colours(panels: Sequence[Panel]) -> list[Panel]:
    """The panels with the widest of their colour limits for all."""
    scales = [layer for panel in panels for layer in panel.layers if isinstance(layer, Spectrogram)]
    low, high = scales[0].color.limits
    found = [
        robust_limits(layer.values, scale=layer.color.scale, percentiles=layer.color.percentiles)
        for layer in scales
    ]
    known = [limits for limits in found if limits is not None]
    if known:
        low = min(pair[0] for pair in known) if low is None else low
        high = max(pair[1] for pair in known) if high is None else high
    if low is None or high is None or not low < high:
        return list(panels)
    return [
        replace(
            panel,
            layers=tuple(
                replace(layer, color=replace(layer.color, limits=(low, high)))
                if isinstance(layer, Spectrogram)
                else layer
                for layer in panel.layers
            ),
        )
        for panel in panels
    ]


def _named(instrument: str) -> str:
    return f"{describe_instrument(instrument)} ({instrument.upper()})"


def cusp_times(spectra: Spectra, marks: tuple[int, int] | None) -> tuple[tuple[float, ...], str]:
    """The times of a cusp's first and last record, and what is wrong with the indices.

    Parameters
    ----------
    spectra
        The file that the indices count the records of.
    marks
        First and last record; None where the table has none.
    """
    if marks is None:
        return (), ""
    if not all(0 <= index < spectra.centers.size for index in marks):
        return (), (
            f"the cusp table's records {marks[0]} to {marks[1]} are not among the "
            f"{spectra.centers.size} of {spectra.path.name}"
        )
    times = np.unique(spectra.centers[list(marks)])
    return tuple(float(time) for time in times if np.isfinite(time)), ""
