"""Curves on pixels: long ones are reduced to what can be seen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from figmill.draw.ops import Box
from figmill.figure.pieces import CELLS

Points = NDArray[np.float64]
Values = NDArray[np.float64]
Place = Callable[[Values, Values], Points]
Column = Callable[[Values], Values]

# Agg counts in 1/256 pixel within 32 bits; far beyond the panel nothing can be seen anyway.
FAR = 1e6

# Of each column up to four points are kept; with fewer points a column than this, finding them
# takes longer than drawing all.
_CROWDED = 8

# From so many points on a curve is taken in pieces.
_LONG = 1 << 17
# Columns are looked at every so many points; runs shorter than this are found in another way.
_STRIDE = 128
_SHORT = 512


def reduce(points: Points) -> Points:
    """Keep of each run of points in one pixel column the first, lowest, highest and last.

    A stroked line through those four covers the same pixels as one through all of them, since
    between the first and the last the line stays within the column and sweeps all of its range.
    Points keep their order, so a curve may run back and forth. Rows of NaN are kept: they break
    the line.

    Parameters
    ----------
    points
        Shape (n, 2), in pixels.

    Returns
    -------
    ndarray, shape (k, 2)
        k at most n; the same array where nothing is gained.
    """
    n = len(points)
    if n < 16:
        return points
    start, whole = _runs(points)
    return points if n < _CROWDED * start.size else points[_kept(points, start, whole)]


def _runs(points: Points) -> tuple[NDArray[np.intp], bool]:
    """Where each run of points in one pixel column begins, and whether all points are finite."""
    x, y = points[:, 0], points[:, 1]
    finite = np.isfinite(x) & np.isfinite(y)
    whole = bool(finite.all())
    column = np.floor(x if whole else np.where(finite, x, 0.0))
    new = np.empty(len(points), bool)
    new[0] = True
    np.not_equal(column[1:], column[:-1], out=new[1:])
    if not whole:
        new[1:] |= finite[1:] != finite[:-1]
    return np.flatnonzero(new), whole


def _kept(points: Points, start: NDArray[np.intp], whole: bool) -> NDArray[np.bool_]:
    """Which points are the first, lowest, highest or last of their run."""
    n = len(points)
    x, y = points[:, 0], points[:, 1]
    stop = np.append(start[1:], n)
    length = stop - start
    level = np.ascontiguousarray(y)
    if not whole:
        level = np.where(np.isfinite(x) & np.isfinite(y), y, 0.0)
    lowest, highest = np.minimum.reduceat(level, start), np.maximum.reduceat(level, start)
    keep = np.zeros(n, bool)
    keep[start] = True
    keep[stop - 1] = True
    for extreme in (lowest, highest):
        at = np.flatnonzero(level == np.repeat(extreme, length))
        run = np.searchsorted(start, at, side="right")
        keep[at[np.flatnonzero(np.diff(run, prepend=0))]] = True
    return keep


def reduced(x: Values, y: Values, place: Place, column: Column | None) -> Points:
    """`reduce` of a curve that is not yet on pixels: a long one without bringing it there.

    Parameters
    ----------
    x, y
        Shape (n,): the curve, in units of its axes.
    place
        From some of x and y to points in pixels, shape (n, 2).
    column
        From some x to their places in pixels, never falling (or never rising) where x rises; None
        where that is not certain.

    Returns
    -------
    ndarray, shape (k, 2)
        In pixels.
    """
    if len(x) < _LONG:
        return reduce(place(x, y))
    if column is not None and (chosen := _extremes(x, y, column)) is not None:
        return place(x[chosen], y[chosen])
    parts = []
    for first in range(0, len(x), CELLS):
        points = place(x[first : first + CELLS], y[first : first + CELLS])
        parts.append(points[_kept(points, *_runs(points))])
    # What is kept of the parts of a run holds what is kept of the run.
    points = np.concatenate(parts)
    start, whole = _runs(points)
    if len(x) < _CROWDED * start.size:
        return place(x, y)
    return points[_kept(points, start, whole)]


def _extremes(x: Values, y: Values, column: Column) -> NDArray[np.intp] | None:
    """The points that `reduce` keeps of a curve that never turns back.

    Returns
    -------
    ndarray or None
        Ascending numbers of points. None where the curve turns back, has a gap, or its runs are too
        short for this to be quick.
    """
    n = len(x)
    rising = bool(x[-1] >= x[0])
    if not (np.isfinite(x[0]) and np.isfinite(x[-1])):
        return None
    for first in range(0, n - 1, CELLS):
        part = x[first : first + CELLS + 1]
        forward = part[1:] >= part[:-1] if rising else part[1:] <= part[:-1]
        if not forward.all():
            return None
    # A column ends only between neighbours of a sample that stand in different ones.
    sample = np.append(np.arange(0, n - 1, _STRIDE), n - 1)
    columns = np.floor(column(x[sample]))
    changes = np.flatnonzero(columns[1:] != columns[:-1])
    if changes.size * _SHORT > n:
        return None
    within = sample[changes][:, None] + np.arange(_STRIDE + 1)
    within = np.minimum(within, sample[changes + 1][:, None])
    columns = np.floor(column(x[within]))
    row, place = np.nonzero(columns[:, 1:] != columns[:, :-1])
    start = np.append(0, within[row, place + 1])
    if start.size * _SHORT > n:
        return None
    chosen = np.empty((start.size, 4), np.intp)
    chosen[:, 0], chosen[:-1, 3], chosen[-1, 3] = start, start[1:] - 1, n - 1
    for number, (begin, last) in enumerate(chosen[:, [0, 3]].tolist()):
        run = y[begin : last + 1]
        chosen[number, 1], chosen[number, 2] = begin + run.argmin(), begin + run.argmax()
    if not np.isfinite(y[chosen[:, 1:3]]).all():  # NaN is the least and the most
        return None
    order = np.sort(chosen, axis=1).ravel()
    return order[np.diff(order, prepend=-1) > 0]


def tame(points: Points) -> Points:
    """Bring points far outside back to the drawing library's range; infinities become breaks."""
    # NaN compares false: one look at the extremes tells that nothing is to be done.
    if points.size and points.min() >= -FAR and points.max() <= FAR:
        return points
    points = np.where(np.isfinite(points), points, np.nan)
    np.clip(points, -FAR, FAR, out=points)
    broken = np.isnan(points[:, 0]) | np.isnan(points[:, 1])
    if broken.any():
        points[broken] = np.nan
    return points


def visible(points: Points, box: Box) -> Points:
    """Drop runs of points that cannot reach the panel, so that a deep zoom stays fast.

    A segment is dropped where both its ends lie on one side of the box.
    """
    x, y = points[:, 0], points[:, 1]
    margin = 64.0
    code = (
        (x < box.x0 - margin) * 1
        + (x > box.x1 + margin) * 2
        + (y < box.y0 - margin) * 4
        + (y > box.y1 + margin) * 8
    )
    if not code.any():
        return points
    needed = np.zeros(len(points), bool)
    seen = (code[1:] & code[:-1]) == 0  # NaN compares false everywhere: its code is 0
    needed[1:] |= seen
    needed[:-1] |= seen
    kept = points[needed]
    # A break stands where points were left out.
    at = np.flatnonzero(needed)
    jumps = np.flatnonzero(np.diff(at) > 1) + 1
    return np.insert(kept, jumps, np.nan, axis=0) if jumps.size else kept


def filled(points: Points, step: float) -> Points:
    """Points along the line at most about `step` pixels apart, in any order."""
    if len(points) < 2 or len(points) > 2000:  # so many stand close enough as they are
        return points
    length = np.hypot(np.diff(points[:, 0]), np.diff(points[:, 1]))
    far = np.flatnonzero((length > step) & np.isfinite(length))
    if not far.size:
        return points
    pieces = np.minimum(np.ceil(length[far] / step), 200.0).astype(np.intp) - 1
    owner = np.repeat(far, pieces)
    number = np.arange(1, owner.size + 1) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    part = (number / np.repeat(pieces + 1, pieces))[:, None]
    between = points[owner] + part * (points[owner + 1] - points[owner])
    return np.concatenate((points, between))


def lone(points: Points) -> Points:
    """Points with a break on either side: no line goes through them, but they were measured."""
    good = np.isfinite(points[:, 0]) & np.isfinite(points[:, 1])
    if good.all() and len(points) > 1:
        return points[:0]
    joined = np.zeros(len(points), bool)
    joined[1:] = good[:-1]
    joined[:-1] |= good[1:]
    alone: Points = points[good & ~joined]
    return alone
