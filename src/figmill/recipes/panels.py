"""From a file's variable to a panel."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from figmill.figure import Axis, Bins, BinTables, ColorScale, Panel, Spectrogram, time_bins
from figmill.figure.markup import plain
from figmill.read import istp
from figmill.recipes.collapse import RULES, Rule, collapse

ScaleChoice = Literal["auto", "linear", "log"]
Limits = tuple[float | None, float | None]


def panel(
    variable: istp.SpectrogramVariable,
    *,
    rule: Rule = "mean",
    y_scale: ScaleChoice = "auto",
    z_scale: ScaleChoice = "auto",
    x_limits: Limits = (None, None),
    y_limits: Limits = (None, None),
    z_limits: Limits = (None, None),
    colormap: str = "viridis",
) -> Panel:
    """A panel with one variable's spectrogram.

    A third dimension is collapsed by `rule`, and the panel's title says so.
    """
    values = variable.values
    title = variable.description or plain(variable.label)
    if values.ndim == 3:
        values = collapse(values, rule)
        assert variable.third is not None
        title = f"{title}, {RULES[rule]} over {variable.third.label or variable.third.name}"
    x = times(variable.time)
    inside = in_range(x, x_limits)
    if not inside.all():
        x = Bins(x.lo[inside], x.hi[inside])
        values = values[inside]
    y_axis = variable.y
    log_y = y_axis.scale == "log" if y_scale == "auto" else y_scale == "log"
    log_z = variable.scale == "log" if z_scale == "auto" else z_scale == "log"
    return Panel(
        Spectrogram(
            x,
            y_bins(y_axis, inside),
            values,
            ColorScale(
                "log" if log_z else "linear",
                limits=z_limits,
                colormap=colormap,
                label=variable.label,
                unit=variable.unit,
            ),
        ),
        x=Axis("time", limits=x_limits),
        y=Axis(
            "log" if log_y else "linear",
            label=y_axis.label or y_axis.name,
            unit=y_axis.unit,
            limits=y_limits,
        ),
        title=title,
        row_label=variable.name,
    )


def why_empty(panel: Panel) -> str:
    """Why nothing of a panel's spectrogram would be seen ("it ..."); empty where something is.

    What is seen lies in the time range, in bins within the y limits, and between the colour
    limits that were given.
    """
    (layer,) = panel.layers
    assert isinstance(layer, Spectrogram)
    if layer.x.extent is None:
        return "has no record in the time range"
    finite = np.isfinite(layer.values)
    if not finite.any():
        return "holds only fill at the times shown"
    y_low, y_high = _open(panel.y.limits, panel.y.scale)
    seen = (layer.y.hi > y_low) & (layer.y.lo < y_high)
    if not seen.all():
        finite &= seen[0] if layer.y.index is None else seen[layer.y.index]
    if not finite.any():
        reach = layer.y.extent
        where = _between(panel.y.limits, panel.y.unit)
        return f"has no data {where}" + (f": its bins reach from {_span(reach)}" if reach else "")
    low, high = _open(layer.color.limits)
    values = layer.values[finite]
    if not ((values >= low) & (values <= high)).any():
        where = _between(layer.color.limits, layer.color.unit)
        return f"has no value {where}: they are {_span((values.min(), values.max()))}"
    return ""


def _open(limits: Limits, scale: str = "linear") -> tuple[float, float]:
    low, high = limits
    lowest = 0.0 if scale == "log" else -np.inf
    return (lowest if low is None else low, np.inf if high is None else high)


def _span(limits: tuple[float, float]) -> str:
    return f"{limits[0]:.4g} to {limits[1]:.4g}"


def _between(limits: Limits, unit: str) -> str:
    match limits:
        case (None, None):
            return "in a bin that the axis can show"
        case (None, high):
            words = f"below {high:g}"
        case (low, None):
            words = f"above {low:g}"
        case (low, high):
            words = f"from {low:g} to {high:g}"
    return f"{words} {plain(unit)}".rstrip()


def times(time: istp.TimeAxis) -> Bins:
    """The bins of the records: as the file bounds them, else by their local cadence."""
    if time.lo is not None and time.hi is not None:
        low, high = time.lo, time.hi
        good = np.isfinite(low) & np.isfinite(high) & (high > low)
        if good.any():
            return Bins(np.where(good, low, np.nan), np.where(good, high, np.nan))
    return time_bins(time.centers)


def y_bins(axis: istp.Axis, records: NDArray[np.bool_]) -> BinTables:
    """The bins of the vertical axis, for the chosen records."""
    if axis.lo is not None and axis.hi is not None:
        if axis.varies:
            return BinTables.from_rows(axis.lo[records], axis.hi[records])
        return BinTables.single(Bins.from_ranges(axis.lo, axis.hi))
    scale: Any = axis.scale
    if axis.varies:
        return BinTables.from_center_rows(axis.centers[records], scale=scale)
    return BinTables.single(Bins.from_centers(axis.centers, scale=scale))


def in_range(x: Bins, limits: Limits) -> NDArray[np.bool_]:
    """Which records lie within a range of time, at least in part."""
    low, high = limits
    inside = np.isfinite(x.lo)
    if low is not None:
        inside &= x.hi > low
    if high is not None:
        inside &= x.lo < high
    return inside
