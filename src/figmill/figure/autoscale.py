"""Which ranges the axes and colour scales of a figure span: pure decisions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from figmill.errors import PlottingError
from figmill.figure.bins import Bins, BinTables
from figmill.figure.checks import spannable
from figmill.figure.color import ColorScale
from figmill.figure.layer_kind import Direction, Range, kind_of
from figmill.figure.layers import Layer, Spectrogram
from figmill.figure.limits import legible_log_limits, padded, robust_limits
from figmill.figure.model import Axis, Figure, Panel
from figmill.figure.pieces import pieces
from figmill.figure.resample import Index, Sources, means, sources

NOMINAL = 1024

AxisName = Literal["x", "y", "y2"]
AXES: tuple[AxisName, ...] = ("x", "y", "y2")

_DECADE = 10.0
_LEAST, _MOST = float(np.finfo(np.float64).tiny), float(np.finfo(np.float64).max)

_EMPTY: dict[str, Range] = {
    "linear": (0.0, 1.0),
    "log": (1.0, 10.0),
    "symlog": (-1.0, 1.0),
    "time": (0.0, 86400.0),
}


def axis_ranges(
    figure: Figure, direction: AxisName, *, room: bool = True
) -> dict[tuple[int, int], Range]:
    """The range of every panel's axis, by (row, column).

    Limits that an axis gives are kept; what is missing comes from the data. Where no data lie
    within a limit that is given, the other follows from it: as far away as the data reach, or a
    decade on a log scale. Panels that share an axis (a column's x, a row's y) get one range: that
    of the limits any of them gives, else that of the data of all of them together.

    Parameters
    ----------
    figure
        The panels.
    direction
        ``"x"``, ``"y"``, or ``"y2"``, which only some panels have.
    room
        False leaves out the room around data: what data and given limits themselves span.

    Raises
    ------
    PlottingError
        If panels that share an axis give limits that leave nothing between them, or a linear
        range is wider than the largest number.
    """
    shared = figure.share_x if direction == "x" else figure.share_y
    groups: dict[tuple[int, int, str], list[tuple[int, int, Panel]]] = {}
    for row, panels in enumerate(figure.panels):
        for column, panel in enumerate(panels):
            if panel is None or (axis := axis_of(panel, direction)) is None:
                continue
            line = (-1, column) if direction == "x" else (row, -1)
            place = line if shared else (row, column)
            # Only axes of one kind can share a range.
            key = (*place, axis.scale)
            groups.setdefault(key, []).append((row, column, panel))
    ranges: dict[tuple[int, int], Range] = {}
    for (_, _, scale), members in groups.items():
        axes = [axis_of(panel, direction) for _, _, panel in members]
        given = [axis.limits for axis in axes if axis is not None]
        wanted = [wanted_range(panel, direction, room=room) for _, _, panel in members]
        found = _together(wanted)
        common = _settled((_lowest(given), _highest(given)), found, scale, room=room)
        for row, column, _ in members:
            ranges[row, column] = common
    return ranges


def color_range(spectrogram: Spectrogram, x: Range, y: Range) -> Range:
    """The limits of a spectrogram's colours: given, or percentiles of what is seen.

    What is seen of a long spectrogram are means over many records, and for rare counts these are
    far from the counts themselves. So the percentiles are those of the values in view, averaged
    to at most `NOMINAL` columns: whatever the resolution, the same data have the same limits.
    Records are averaged with others of their own y table only, since a bin has another meaning
    in another table. Limits that are given are kept, also where all values lie beyond them.
    Logarithmic ones that are not given span one to six decades; see `legible_log_limits`.
    """
    low, high = spectrogram.color.limits
    if low is not None and high is not None:
        return low, high
    return scaled_range(spectrogram.color, in_view(spectrogram, x, y))


def scaled_range(scale: ColorScale, values: NDArray[np.floating[Any]]) -> Range:
    """The limits of a colour scale for the values in view: given, or their percentiles.

    Parameters
    ----------
    scale
        What it says itself is kept.
    values
        Any shape; NaN does not count.
    """
    low, high = scale.limits
    if low is not None and high is not None:
        return low, high
    found = robust_limits(values, scale=scale.scale, percentiles=scale.percentiles)
    if found is not None and scale.scale == "log" and scale.limits == (None, None):
        found = legible_log_limits(found, values)
    return _settled((low, high), found, scale.scale)


def in_view(spectrogram: Spectrogram, x: Range, y: Range) -> NDArray[np.floating[Any]]:
    """The values that decide on colours: those in these ranges, in at most `NOMINAL` columns."""
    bins, values = spectrogram.x, spectrogram.values
    index = spectrogram.y.index
    inside = (bins.hi > x[0]) & (bins.lo < x[1])
    if np.count_nonzero(inside) > NOMINAL:
        step = (x[1] - x[0]) / NOMINAL
        columns = sources((bins.lo - x[0]) / step, (bins.hi - x[0]) / step, NOMINAL)
        if index is not None:
            columns = _by_table(columns, index)
            index = index[columns.order[columns.start]]
        values = means(values, columns)
    elif not inside.all():
        values = values[inside]
        index = None if index is None else index[inside]
    seen = (spectrogram.y.hi > y[0]) & (spectrogram.y.lo < y[1])
    if seen.all():
        return values
    return values[:, seen[0]] if index is None else values[seen[index]]


def _by_table(which: Sources, index: Index) -> Sources:
    """Sources of records of one y table each, from sources whose records may have several."""
    changes = np.flatnonzero(np.diff(index[which.order])) + 1
    within = np.searchsorted(changes, which.stop) - np.searchsorted(changes, which.start, "right")
    if not within.any():
        return which
    length = which.stop - which.start
    owner = np.repeat(np.arange(length.size), length)
    place = np.arange(owner.size) - np.repeat(np.cumsum(length) - length, length)
    members = which.order[which.start[owner] + place]
    key = owner * (int(index.max(initial=0)) + 1) + index[members]
    if np.any(key[1:] < key[:-1]):
        sorter = np.argsort(key, kind="stable")
        members, key = members[sorter], key[sorter]
    edges = np.flatnonzero(np.diff(key, prepend=-1, append=-1))
    return Sources(members, edges[:-1], edges[1:], which.shown[:0])


def axis_of(panel: Panel, direction: AxisName) -> Axis | None:
    """One of the panel's axes; None for a second one that it does not have."""
    axis: Axis | None = getattr(panel, direction)
    return axis


def layers_of(panel: Panel, direction: AxisName) -> tuple[Layer, ...]:
    """The layers that stand on an axis."""
    return {"x": panel.all_layers, "y": panel.layers, "y2": panel.y2_layers}[direction]


def wanted_range(panel: Panel, direction: AxisName, *, room: bool = True) -> Range | None:
    """The range that a panel's layers call for, with some room around; None without data.

    Parameters
    ----------
    panel
        What it holds; an axis that gives both limits gets these.
    direction
        ``"x"``, ``"y"`` or ``"y2"``.
    room
        False leaves out the room around.
    """
    axis = axis_of(panel, direction)
    if axis is None:
        return None
    along: Direction = "x" if direction == "x" else "y"
    if axis.limits[0] is not None and axis.limits[1] is not None:
        return axis.limits[0], axis.limits[1]
    data: list[Range | None] = []
    events: list[Range | None] = []
    exact = axis.tight
    feet: list[float | None] = []
    for layer in layers_of(panel, direction):
        kind = kind_of(layer)
        exact |= kind.fits == "exact"
        among = events if kind.fits == "event" else data
        among.append(kind.extent(layer, along, axis.scale))
        feet.append(kind.sticks_at(layer) if along == "y" else None)
    found = _together(data)
    if found is None:
        return _together(events)
    if room and not exact and found[0] < found[1]:
        part = 0.015 if direction == "x" else 0.05
        if axis.scale == "symlog":
            ends = axis.placing().unproject([-part, 1 + part], *found)
            wide = float(ends.min()), float(ends.max())
        else:
            wide = padded(*found, part, _kind(axis))
        low, high = (end if end in feet else wider for end, wider in zip(found, wide, strict=True))
        return low, high
    return found


def bins_span(bins: Bins | BinTables, scale: str) -> Range | None:
    """What an axis shows of bins, the lowest of which may reach down to 0 or below.

    On a log axis such a bin has no lower edge. It is shown as wide as the one above it, in ratio.
    """
    extent = bins.extent
    if extent is None or scale != "log" or extent[0] > 0:
        return extent
    low, high = bins.lo.ravel(), bins.hi.ravel()
    shown = span(np.concatenate((low, high)), "log")
    if shown is None or not np.any((low <= 0) & (high == shown[0])):
        return shown
    whole = np.flatnonzero(low > 0)
    ratio = _DECADE
    if whole.size:
        next_one = whole[np.argmin(low[whole])]
        ratio = min(float(high[next_one] / low[next_one]), _DECADE)
    return max(shown[0] / ratio, _LEAST), shown[1]


def span(values: NDArray[np.float64], scale: str) -> Range | None:
    """Lowest and highest value that the scale can show; they may be equal.

    Parameters
    ----------
    values
        Any shape.
    scale
        ``"linear"``, ``"log"`` or ``"time"``.

    Returns
    -------
    tuple of float or None
        None where there is no such value.
    """
    low, high = np.inf, -np.inf
    for piece in pieces(values.reshape(-1)):
        least, most = piece.min(), piece.max()  # NaN where there is one
        if not (np.isfinite(least) and np.isfinite(most) and (least > 0 or scale != "log")):
            good = np.isfinite(piece)
            if scale == "log":
                good &= piece > 0
            if not good.any():
                continue
            least, most = piece[good].min(), piece[good].max()
        low, high = min(low, least), max(high, most)
    return (float(low), float(high)) if low <= high else None


def _kind(axis: Axis) -> Literal["linear", "log"]:
    return "log" if axis.scale == "log" else "linear"


def _lowest(limits: list[tuple[float | None, float | None]]) -> float | None:
    return min((low for low, _ in limits if low is not None), default=None)


def _highest(limits: list[tuple[float | None, float | None]]) -> float | None:
    return max((high for _, high in limits if high is not None), default=None)


def _together(ranges: list[Range | None]) -> Range | None:
    known = [each for each in ranges if each is not None]
    if not known:
        return None
    return min(low for low, _ in known), max(high for _, high in known)


def _settled(
    given: tuple[float | None, float | None],
    found: Range | None,
    scale: str,
    *,
    room: bool = True,
) -> Range:
    """A usable range: the limits that are given, the others from the data found."""
    low, high = given
    if low is not None and high is not None:
        if not low < high:
            raise PlottingError(
                f"Panels that share an axis leave nothing between their limits {low:g} and "
                f"{high:g}.",
                hint="Give them limits that agree, or share_x=False, share_y=False.",
            )
    elif low is not None:
        high = found[1] if found is not None and found[1] > low else _beyond(low, found, scale, 1)
    elif high is not None:
        low = found[0] if found is not None and found[0] < high else _beyond(high, found, scale, -1)
    elif found is None:
        return _EMPTY[scale]
    elif not room:
        return found
    else:
        low, high = found if found[0] < found[1] else _around(found[0], scale)
    spannable(low, high, scale)
    return low, high


def _beyond(limit: float, found: Range | None, scale: str, sign: int) -> float:
    """The other limit where no data lie within the one that is given."""
    if scale == "log":
        return float(np.clip(limit * _DECADE**sign, _LEAST, _MOST))
    width = found[1] - found[0] if found is not None else 0.0
    if not 0 < width < np.inf:
        width = 86400.0 if scale == "time" else 1.0
    # A width that rounding would lose is not a width.
    return float(np.clip(limit + sign * max(width, abs(limit) * 1e-9), -_MOST, _MOST))


def _around(value: float, scale: str) -> Range:
    """A range around the only value there is."""
    if scale == "log":
        return max(value / 1.5, _LEAST), min(value * 1.5, _MOST)
    wide = 0.5 if scale == "time" else max(abs(value) * 0.05, 1e-12 if value else 0.5)
    return value - wide, value + wide


def settled(figure: Figure) -> Figure:
    """The figure with every axis and colour limit filled in.

    Two figures that are to be compared can share what one of them settled on.
    """
    xs, ys, y2s = (axis_ranges(figure, name) for name in AXES)
    rows = []
    for r, panels in enumerate(figure.panels):
        row: list[Panel | None] = []
        for c, panel in enumerate(panels):
            if panel is None:
                row.append(None)
                continue
            x, y, y2 = xs[r, c], ys[r, c], y2s.get((r, c))
            row.append(
                replace(
                    panel,
                    layers=tuple(_colored(layer, x, y) for layer in panel.layers),
                    x=replace(panel.x, limits=x),
                    y=replace(panel.y, limits=y),
                    y2_layers=tuple(_colored(layer, x, y2 or y) for layer in panel.y2_layers),
                    y2=None if panel.y2 is None else replace(panel.y2, limits=y2 or y),
                )
            )
        rows.append(tuple(row))
    return replace(figure, panels=tuple(rows))


def _colored(layer: Layer, x: Range, y: Range) -> Layer:
    """The layer with the limits of its colours, if it has any, filled in."""
    limits = kind_of(layer).color_range(layer, x, y)
    if limits is None:
        return layer
    colored: Any = layer  # whatever has limits has a `color`, a ColorScale
    known: Layer = replace(colored, color=replace(colored.color, limits=limits))
    return known
