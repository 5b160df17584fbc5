"""Which ranges the axes and colour scales of a figure span: pure decisions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from figmill.figure.layers import Bracket, Curve, Fill, HLine, Mark, Spectrogram, VLine
from figmill.figure.limits import padded, robust_limits
from figmill.figure.model import Axis, Figure, Panel
from figmill.figure.resample import means, sources

Range = tuple[float, float]
NOMINAL = 1024
Direction = Literal["x", "y"]

_EMPTY: dict[str, Range] = {"linear": (0.0, 1.0), "log": (1.0, 10.0), "time": (0.0, 86400.0)}


def axis_ranges(figure: Figure, direction: Direction) -> dict[tuple[int, int], Range]:
    """The range of every panel's axis, by (row, column).

    Limits that an axis gives are kept; what is missing comes from the data. Panels that share an
    axis (a column's x, a row's y) get one range: that of the limits any of them gives, else that
    of the data of all of them together.
    """
    shared = figure.share_x if direction == "x" else figure.share_y
    groups: dict[tuple[int, int, str], list[tuple[int, int, Panel]]] = {}
    for row, panels in enumerate(figure.panels):
        for column, panel in enumerate(panels):
            if panel is None:
                continue
            line = (-1, column) if direction == "x" else (row, -1)
            place = line if shared else (row, column)
            # Only axes of one kind can share a range.
            key = (*place, _axis(panel, direction).scale)
            groups.setdefault(key, []).append((row, column, panel))
    ranges: dict[tuple[int, int], Range] = {}
    for (_, _, scale), members in groups.items():
        given = [_axis(panel, direction).limits for _, _, panel in members]
        wanted = [_wanted(panel, direction) for _, _, panel in members]
        lows = [low for low, _ in given if low is not None]
        lows = lows or [low for low, _ in wanted if low is not None]
        highs = [high for _, high in given if high is not None]
        highs = highs or [high for _, high in wanted if high is not None]
        common = _settled(min(lows, default=None), max(highs, default=None), scale)
        for row, column, _ in members:
            ranges[row, column] = common
    return ranges


def color_range(spectrogram: Spectrogram, x: Range, y: Range) -> Range:
    """The limits of a spectrogram's colours: given, or percentiles of what is seen.

    What is seen of a long spectrogram are means over many records, and for rare counts these are
    far from the counts themselves. So the percentiles are those of the values in view, averaged
    to at most `NOMINAL` columns: whatever the resolution, the same data have the same limits.
    """
    scale = spectrogram.color
    low, high = scale.limits
    if low is not None and high is not None:
        return low, high
    found = robust_limits(
        _in_view(spectrogram, x, y), scale=scale.scale, percentiles=scale.percentiles
    )
    return _settled(
        low if low is not None else (found[0] if found else None),
        high if high is not None else (found[1] if found else None),
        scale.scale,
    )


def _in_view(spectrogram: Spectrogram, x: Range, y: Range) -> NDArray[np.floating[Any]]:
    bins, values = spectrogram.x, spectrogram.values
    index = spectrogram.y.index
    inside = (bins.hi > x[0]) & (bins.lo < x[1])
    if np.count_nonzero(inside) > NOMINAL:
        step = (x[1] - x[0]) / NOMINAL
        columns = sources((bins.lo - x[0]) / step, (bins.hi - x[0]) / step, NOMINAL)
        values = means(values, columns)
        index = None if index is None else index[columns.order[columns.start]]
    elif not inside.all():
        values = values[inside]
        index = None if index is None else index[inside]
    seen = (spectrogram.y.hi > y[0]) & (spectrogram.y.lo < y[1])
    if seen.all():
        return values
    return values[:, seen[0]] if index is None else values[seen[index]]


def _axis(panel: Panel, direction: Direction) -> Axis:
    return panel.x if direction == "x" else panel.y


def _wanted(panel: Panel, direction: Direction) -> tuple[float | None, float | None]:
    """The range a panel asks for: its own limits, else what its layers span."""
    axis = _axis(panel, direction)
    if None not in axis.limits:
        return axis.limits
    low: float | None = None
    high: float | None = None
    exact = False
    for layer in panel.layers:
        span: Range | None = None
        if isinstance(layer, Spectrogram):
            span = (layer.x if direction == "x" else layer.y).extent
            exact = True
            if span is not None and axis.scale == "log":
                span = _positive(layer, direction, span)
        elif isinstance(layer, Curve):
            span = _span(layer.x if direction == "x" else layer.y, axis.scale)
        elif isinstance(layer, Fill):
            both = (layer.x,) if direction == "x" else (layer.low, layer.high)
            span = _span(np.concatenate(both), axis.scale)
        elif isinstance(layer, Mark):
            span = _span(np.array([layer.x if direction == "x" else layer.y]), axis.scale)
        if span is not None:
            low = span[0] if low is None else min(low, span[0])
            high = span[1] if high is None else max(high, span[1])
    if low is None or high is None:
        low, high = _events(panel, axis, direction)
    elif not exact and low < high:
        low, high = padded(low, high, 0.05 if direction == "y" else 0.015, _kind(axis))
    given = axis.limits
    return (low if given[0] is None else given[0], high if given[1] is None else given[1])


def _events(panel: Panel, axis: Axis, direction: Direction) -> tuple[float | None, float | None]:
    """With nothing else to go by, the range is that of the panel's lines."""
    marks: list[float] = []
    for layer in panel.layers:
        if (isinstance(layer, VLine) and direction == "x") or (
            isinstance(layer, HLine) and direction == "y"
        ):
            marks.append(layer.at)
        elif isinstance(layer, Bracket) and direction == "x":
            marks.extend((layer.low, layer.high))
    span = _span(np.array(marks, dtype=np.float64), axis.scale)
    return span if span is not None else (None, None)


def _positive(layer: Spectrogram, direction: Direction, span: Range) -> Range | None:
    if span[0] > 0:
        return span
    bins = layer.x if direction == "x" else layer.y
    edges = np.concatenate((bins.lo.ravel(), bins.hi.ravel()))
    return _span(edges, "log")


def _span(values: NDArray[np.float64], scale: str) -> Range | None:
    """Lowest and highest value that the scale can show; they may be equal."""
    good = values > 0 if scale == "log" else np.isfinite(values)
    good &= np.isfinite(values)
    if not good.any():
        return None
    return float(values[good].min()), float(values[good].max())


def _kind(axis: Axis) -> Literal["linear", "log"]:
    return "log" if axis.scale == "log" else "linear"


def _settled(low: float | None, high: float | None, scale: str) -> Range:
    """A usable range from whatever is known."""
    if low is None and high is None:
        return _EMPTY[scale]
    if scale == "log":
        if low is None:
            low = high / 10 if high is not None and high > 0 else 1.0
        if high is None:
            high = low * 10
        return (low, high) if low < high else (low / 1.5, low * 1.5)
    if low is None:
        low = high - 1 if high is not None else 0.0
    if high is None:
        high = low + 1
    if low < high:
        return low, high
    wide = 0.5 if scale == "time" else max(abs(low) * 0.05, 1e-12 if low else 0.5)
    return low - wide, low + wide


def settled(figure: Figure) -> Figure:
    """The figure with every axis and colour limit filled in.

    Two figures that are to be compared can share what one of them settled on.
    """
    xs, ys = axis_ranges(figure, "x"), axis_ranges(figure, "y")
    rows = []
    for r, panels in enumerate(figure.panels):
        row: list[Panel | None] = []
        for c, panel in enumerate(panels):
            if panel is None:
                row.append(None)
                continue
            x, y = xs[r, c], ys[r, c]
            layers = tuple(
                replace(layer, color=replace(layer.color, limits=color_range(layer, x, y)))
                if isinstance(layer, Spectrogram)
                else layer
                for layer in panel.layers
            )
            row.append(
                replace(
                    panel,
                    layers=layers,
                    x=replace(panel.x, limits=x),
                    y=replace(panel.y, limits=y),
                )
            )
        rows.append(tuple(row))
    return replace(figure, panels=tuple(rows))
