"""From a file's variable to a panel."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from figmill.figure import Axis, Bins, BinTables, ColorScale, Panel, Spectrogram, time_bins
from figmill.figure.markup import plain
from figmill.read import istp
from figmill.recipes.spectrogram.collapse import RULES, Rule, collapse

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
