"""From values over time to panels: lines, vectors with their magnitude, ribbons of flags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from figmill.figure import Axis, Bins, Curve, Fill, Layer, Panel, Spans
from figmill.figure.layers import Dash
from figmill.figure.leap_seconds import in_leap_second
from figmill.figure.markup import plain
from figmill.figure.style import PAPER, Style
from figmill.notes import Note
from figmill.read import istp
from figmill.recipes.panels import Limits, ScaleChoice, filled, in_range, positive_limits, times

Uncertainty = Literal["auto", "bars", "band", "none"]

Float64 = NDArray[np.float64]

_MOST_BARS = 100
_DOT = 3.0  # points
_MAGNITUDE = "magnitude"
_NOT_CARTESIAN = ("deg", "°", "rad")
# Of what the cycle of colours cannot tell apart.
_DASHES: tuple[Dash, ...] = ("solid", "dashed", "dotted")


def line_panels(
    variable: istp.LineVariable,
    *,
    y_scale: ScaleChoice = "auto",
    x_limits: Limits = (None, None),
    y_limits: Limits = (None, None),
    magnitude: bool = False,
    uncertainty: Uncertainty = "auto",
    style: Style = PAPER,
    notes: list[Note] | None = None,
) -> list[Panel]:
    """Panels of values over time: one, or one for each unit that the components have.

    Parameters
    ----------
    variable
        What is drawn: of kind "lines", "states" or "table". Of kind "sensors",
        `sensors_as_spectrogram` makes what `figmill.recipes.panels.panel` draws.
    y_scale
        "auto" takes the variable's.
    x_limits, y_limits
        None is left to the data.
    magnitude
        Whether the length of a vector, the root of the sum of its components' squares, is drawn
        beside them.
    uncertainty
        Bars, a band, or none; "auto" draws bars for up to 100 records, else a band.
    style
        Of the figure: its cycle has the colours.
    notes
        What was assumed or left out is added to it.
    """
    told: list[Note] = [] if notes is None else notes
    if variable.axis is not None:
        return [_table(variable, variable.axis, y_scale, y_limits, told)]
    records = _Records(variable.time, x_limits)
    if records.folded:
        text = (
            f"{records.folded} records of a leap second (23:59:60) are left out: a line has no "
            "place for them but that of the second after"
        )
        told.append(Note.loss("leap-second-not-in-line", text, variable.name))
    if variable.kind == "states":
        return [_ribbon(variable, records, x_limits, style, told)]
    units = tuple(dict.fromkeys(variable.units))
    if len(units) > 1:
        text = f"its components have {len(units)} units; each has a panel"
        told.append(Note.info("components-of-several-units", text, variable.name))
    made = []
    for unit in units:
        which = [i for i, each in enumerate(variable.units) if each == unit]
        parts = [variable.parts[i] for i in which]
        values = variable.values[:, which].astype(np.float64)
        low, high = (
            None if each is None else each[:, which] for each in (variable.low, variable.high)
        )
        log = variable.scale == "log" if y_scale == "auto" else y_scale == "log"
        with_length = magnitude and _is_vector(variable, parts, unit, told)
        # Of the components as they are: a negative one has no place on a logarithmic axis, its
        # square has.
        length = np.sqrt(np.sum(values**2, axis=1)) if with_length else None
        limits = positive_limits(y_limits, variable.name, told) if log else y_limits
        if log:
            values, low = _positive(variable.name, values, low, records, told)
        layers: list[Layer] = []
        for number, part in enumerate(parts):
            color = style.cycle[number % len(style.cycle)]
            dash = _DASHES[min(number // len(style.cycle), len(_DASHES) - 1)]
            x, y = records.line(values[:, number])
            if variable.period is not None:
                x, y = _unwound(x, y, variable.period)
            if low is not None and high is not None and uncertainty != "none":
                ends = low[:, number], high[:, number]
                bars = uncertainty == "bars"
                bars |= uncertainty == "auto" and len(records.order) <= _MOST_BARS
                layers.append(_spread(records, *ends, color, bars=bars))
            if variable.scatter:
                layers.append(_dots(x, y, color, label=part))
                continue
            layers.append(Curve(x, y, label=part, color=color, dash=dash))
            alone = _alone(y)
            if alone.any():
                layers.append(_dots(x[alone], y[alone], color))
        if length is not None:
            if log:
                length = np.where(length > 0, length, np.nan)
            x, y = records.line(length)
            layers.append(Curve(x, y, label=_MAGNITUDE, color=style.ink))
            if (alone := _alone(y)).any():
                layers.append(_dots(x[alone], y[alone], style.ink))
        label = "" if plain(variable.label) == variable.name else variable.label
        made.append(
            Panel(
                layers,
                x=Axis("time", limits=x_limits, tight=True),
                y=Axis("log" if log else "linear", label=label, unit=unit, limits=limits),
                title=_title(variable),
                row_label=variable.name,
                legend="outside" if any(parts) or length is not None else None,
            )
        )
    return made


def sensors_as_spectrogram(
    variable: istp.LineVariable, notes: list[Note] | None = None
) -> istp.SpectrogramVariable:
    """Give many sensors as a spectrogram over their number, in the order of the file.

    Parameters
    ----------
    variable
        Of kind "sensors".
    notes
        That it is so is added to it.
    """
    from figmill.read.istp.tables import element_axis

    first, last = variable.parts[0], variable.parts[-1]
    count = len(variable.parts)
    text = f"it has {count} elements; they are drawn as colours, 1 ({first}) to {count} ({last})"
    if notes is not None:
        notes.append(Note.info("sensors-as-colors", text, variable.name))
    units = set(variable.units)
    if len(units) > 1 and notes is not None:
        text = f"its {count} elements have {len(units)} units and one scale of colours"
        notes.append(Note.doubt("sensors-of-several-units", text, variable.name))
    return istp.SpectrogramVariable(
        name=variable.name,
        label=variable.label,
        unit=units.pop() if len(units) == 1 else "",
        description=variable.description,
        scale=variable.scale,
        values=variable.values,
        time=variable.time,
        y=element_axis(count),
        suggested=variable.suggested,
    )


def broken_line(time: istp.TimeAxis, values: Float64) -> tuple[Float64, Float64]:
    """Times and values of all records in order, with NaN where a line through them breaks.

    Parameters
    ----------
    time
        The n records.
    values
        Shape (n,).
    """
    return _Records(time, (None, None)).line(values)


def why_unseen(panel: Panel) -> str:
    """Why nothing of a panel made here would be seen ("it ..."); empty where something is."""
    curves = [layer for layer in panel.layers if isinstance(layer, Curve)]
    spans = [layer for layer in panel.layers if isinstance(layer, Spans)]
    if not any(layer.x.size for layer in curves) and not any(one.low.size for one in spans):
        return "has no record in the time range"
    if spans:
        return ""
    seen = [layer.y[np.isfinite(layer.y)] for layer in curves]
    values = np.concatenate(seen)
    if values.size == 0:
        return "holds only fill at the times shown"
    low, high = panel.y.limits
    least, most = -np.inf if low is None else low, np.inf if high is None else high
    if not ((values >= least) & (values <= most)).any():
        return (
            f"has no value within the limits: they are {values.min():.4g} to {values.max():.4g}"
            f" {plain(panel.y.unit)}"
        ).rstrip()
    return ""


class _Records:
    """The records within a range of time, in order, and where a line through them breaks."""

    def __init__(self, time: istp.TimeAxis, limits: Limits) -> None:
        x = times(time)
        if (closed := filled(time, x)) is not None:
            x = closed[0]
        keep = np.flatnonzero(in_range(x, limits) & np.isfinite(time.centers))
        self.order = keep[np.argsort(time.centers[keep], kind="stable")]
        self.folded = 0
        if x.exact is not None:
            self._unfold(time.centers, x.exact)
        self.bins = Bins(x.lo[self.order], x.hi[self.order])
        self.centers: Float64 = time.centers[self.order]
        # A line breaks exactly where a spectrogram of these records is blank.
        self.gaps = np.flatnonzero(self.bins.lo[1:] > self.bins.hi[:-1]) + 1

    def _unfold(self, centers: Float64, exact: NDArray[np.int64]) -> None:
        """Order records by their exact times, without those that would lie upon later ones."""
        middle = exact[0] + (exact[1] - exact[0]) // 2
        self.order = self.order[np.argsort(middle[self.order], kind="stable")]
        times = centers[self.order]
        later = np.append(np.minimum.accumulate(times[::-1])[::-1], np.inf)[1:]
        # Lines and ribbons are placed by UNIX seconds, where second 60 is second 0.
        folded = in_leap_second(middle[self.order]) & (times >= later)
        self.folded = int(np.count_nonzero(folded))
        self.order = self.order[~folded]

    def line(self, values: Float64) -> tuple[Float64, Float64]:
        """Times and values of a line: in order, and broken where there is a gap."""
        x = np.insert(self.centers, self.gaps, self.bins.hi[self.gaps - 1])
        return x, np.insert(values[self.order], self.gaps, np.nan)


def _dots(x: Float64, y: Float64, color: str, label: str = "") -> Curve:
    return Curve(x, y, label=label, color=color, width=0, marker="circle", marker_size=_DOT)


def _unwound(x: Float64, y: Float64, period: float) -> tuple[Float64, Float64]:
    """Break a line where its values come round: 359 and 1 degree have nothing between them."""
    with np.errstate(invalid="ignore"):
        around = np.flatnonzero(np.abs(np.diff(y)) > period / 2) + 1
    return np.insert(x, around, x[around]), np.insert(y, around, np.nan)


def _alone(y: Float64) -> NDArray[np.bool_]:
    """Which values have no neighbour that a line could lead to."""
    known = np.concatenate(([False], np.isfinite(y), [False]))
    return known[1:-1] & ~known[:-2] & ~known[2:]


def _spread(records: _Records, low: Float64, high: Float64, color: str, *, bars: bool) -> Layer:
    """The uncertainty of one line."""
    x, below = records.line(low)
    _, above = records.line(high)
    if not bars:
        return Fill(x, below, above, color=color)
    gap = np.full_like(x, np.nan)
    return Curve(
        np.repeat(x, 3),
        np.stack((below, above, gap), axis=1).ravel(),
        color=color,
        width=0.8,
        alpha=0.7,
    )


def _positive(
    name: str, values: Float64, low: Float64 | None, records: _Records, notes: list[Note]
) -> tuple[Float64, Float64 | None]:
    """Values that a logarithmic axis can show."""
    with np.errstate(invalid="ignore"):
        gone = values <= 0
        if count := int(np.count_nonzero(gone[records.order])):
            text = f"{count} values at or below 0 are not in its line on a logarithmic axis"
            notes.append(Note.loss("values-not-positive", text, name))
            values = np.where(gone, np.nan, values)
        if low is not None and (count := int(np.count_nonzero((low <= 0)[records.order]))):
            text = f"{count} uncertainties reach 0 or below; on a logarithmic axis they go upwards"
            notes.append(Note.info("uncertainty-clipped", text, name))
            low = np.where(low <= 0, values, low)
    return values, low


def _is_vector(
    variable: istp.LineVariable, parts: Sequence[str], unit: str, notes: list[Note]
) -> bool:
    """Whether components of one unit are those of a vector, whose length can be drawn."""
    if len(variable.parts) == 1:
        return False
    if len(parts) != 3 or len(set(variable.units)) > 1:
        why = "it has not three components of one unit"
    elif unit.strip().lower().startswith(_NOT_CARTESIAN):
        why = "its components are angles"
    else:
        return True
    text = f"{why}; no magnitude is drawn"
    notes.append(Note.info("magnitude-not-drawn", text, variable.name))
    return False


def _table(
    variable: istp.LineVariable,
    axis: istp.Axis,
    y_scale: ScaleChoice,
    y_limits: Limits,
    notes: list[Note],
) -> Panel:
    """Values that all records share, over what they stand for."""
    values = variable.values[:, 0].astype(np.float64)
    log = variable.scale == "log" if y_scale == "auto" else y_scale == "log"
    y_limits = positive_limits(y_limits, variable.name, notes) if log else y_limits
    if log and (count := int(np.count_nonzero(values <= 0))):
        text = f"{count} values at or below 0 are not in its line on a logarithmic axis"
        notes.append(Note.loss("values-not-positive", text, variable.name))
        values = np.where(values > 0, values, np.nan)
    label = "" if plain(variable.label) == variable.name else variable.label
    return Panel(
        Curve(axis.centers, values, marker="circle"),
        x=Axis(axis.scale, label=axis.label, unit=axis.unit),
        y=Axis("log" if log else "linear", label=label, unit=variable.units[0], limits=y_limits),
        title=_title(variable),
        row_label=variable.name,
    )


def _ribbon(
    variable: istp.LineVariable,
    records: _Records,
    x_limits: Limits,
    style: Style,
    notes: list[Note],
) -> Panel:
    """A ribbon of states: rare ones over frequent ones, so that none is lost among many."""
    values = variable.values[records.order, 0].astype(np.float64)
    if len(values) == 1 and variable.time.lo is None:
        text = "nothing says how long its only record is; it is drawn 1 s wide"
        notes.append(Note.info("lone-record-width", text, variable.name))
    found, counts = np.unique(values[np.isfinite(values)], return_counts=True)
    names = variable.states or {}
    colors = {state: style.cycle[i % len(style.cycle)] for i, state in enumerate(found)}
    layers: list[Layer] = []
    unknown = ~np.isfinite(values)
    if unknown.any():
        low, high = _runs(records.bins, unknown)
        layers.append(Spans(low, high, label="no value", color=style.missing))
    for state in found[np.argsort(-counts, kind="stable")]:
        low, high = _runs(records.bins, values == state)
        label = f"{state:.0f}"
        if name := names.get(int(state)):
            label = f"{label} {name}"
        layers.append(Spans(low, high, label=label, color=colors[state]))
    return Panel(
        layers,
        x=Axis("time", limits=x_limits, tight=True),
        y=Axis(limits=(0.0, 1.0), ticks=0),
        title=_title(variable),
        row_label=variable.name,
        legend="outside",
    )


def _runs(bins: Bins, which: NDArray[np.bool_]) -> tuple[Float64, Float64]:
    """Ranges of the chosen records, those that touch joined."""
    low, high = bins.lo[which], bins.hi[which]
    if low.size == 0:
        return low, high
    begins = np.concatenate(([True], low[1:] > np.maximum.accumulate(high)[:-1]))
    return low[begins], np.maximum.reduceat(high, np.flatnonzero(begins))


def _title(variable: istp.LineVariable) -> str:
    title = variable.description or plain(variable.label)
    return "" if title == variable.name else title  # which stands beside the row
