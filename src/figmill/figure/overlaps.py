"""Overlaps: ranges that share values, cut so that each value belongs to one."""

from __future__ import annotations

from typing import Literal

import numpy as np

from figmill.figure.centers import FloatArray

# Centres closer than this share of the narrower range are one place.
_CONCENTRIC = 1e-6
# What was cut off by less than this share of a range is rounding, not an overlap.
_WORTH_TELLING = 1e-3


def cut_overlaps(
    lo: FloatArray, hi: FloatArray, scale: Literal["linear", "log"], *, mirror: bool = False
) -> tuple[FloatArray, FloatArray]:
    """Cut ranges that overlap, midway between them.

    A width that a mission file gives is often the instrument's response and wider than the
    spacing of its steps; a cell can show one value only. The cut lies in the middle of what both
    ranges cover or, where one lies within the other, midway between their centres; so no range
    is lost. Equal ranges stay equal, and ranges around one centre become the widest of them.

    Parameters
    ----------
    lo, hi
        Bounds, shape (..., m), in any order; NaN where unused. Rows do not see each other.
    scale
        On which scale "midway" is meant. On a logarithmic one a lower bound may be 0 or less.
    mirror
        Whether a range that is cut on one side is as short on the other, as the first and the
        last of running means are.

    Returns
    -------
    lo, hi : ndarray
        In the same shape; a bound that is not cut keeps its last digit.

    Examples
    --------
    >>> import numpy as np
    >>> cut_overlaps(np.array([0.0, 2.0]), np.array([4.0, 6.0]), "linear")
    (array([0., 3.]), array([3., 6.]))
    >>> cut_overlaps(np.array([-1.0, 0.0, 1.0]), np.array([1.0, 2.0, 3.0]), "linear", mirror=True)
    (array([-0.5,  0.5,  1.5]), array([0.5, 1.5, 2.5]))
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        low, high = (np.log(lo), np.log(hi)) if scale == "log" else (lo, hi)
        if scale == "log":  # a range from 0 has a place: a decade below its end
            low = np.where((lo <= 0) & (hi > 0), high - np.log(10.0), low)
        used = np.flatnonzero(np.isfinite(low) & np.isfinite(high) & (low < high))
    new_lo, new_hi = np.full(lo.shape, np.nan), np.full(hi.shape, np.nan)
    if used.size == 0:
        return new_lo, new_hi
    row = used // lo.shape[-1]
    low, high = low.ravel()[used], high.ravel()[used]
    centre = 0.5 * (low + high)
    order = np.lexsort((low, centre, row))
    row, low, high, centre = row[order], low[order], high[order], centre[order]
    width = high - low
    begins = np.ones(used.size, bool)
    begins[1:] = (row[1:] != row[:-1]) | (
        np.diff(centre) > _CONCENTRIC * np.minimum(width[1:], width[:-1])
    )
    first = np.flatnonzero(begins)
    down, up = np.minimum.reduceat(low, first), np.maximum.reduceat(high, first)
    middle = centre[first]

    # Neighbours alone need a look: a cut lies between two centres, so what reaches over a
    # neighbour's centre is cut there.
    overlap = (row[first][1:] == row[first][:-1]) & (down[1:] < up[:-1])
    nested = (down[1:] <= down[:-1]) | (up[1:] <= up[:-1])
    cut = np.where(nested, 0.5 * (middle[:-1] + middle[1:]), 0.5 * (up[:-1] + down[1:]))
    cut_down, cut_up = down.copy(), up.copy()
    cut_up[:-1] = np.where(overlap, np.minimum(up[:-1], cut), up[:-1])
    cut_down[1:] = np.where(overlap, np.maximum(down[1:], cut), down[1:])
    if mirror:
        below = np.concatenate(([False], overlap & ~nested))
        above = np.concatenate((overlap & ~nested, [False]))
        short_up = np.minimum(cut_up, middle + (middle - cut_down))
        short_down = np.maximum(cut_down, middle - (cut_up - middle))
        cut_up, cut_down = (
            np.where(below & ~above, short_up, cut_up),
            np.where(above & ~below, short_down, cut_down),
        )
    group = np.cumsum(begins) - 1
    place = used[order]
    for given, before, after, target in (
        (lo, low, cut_down[group], new_lo),
        (hi, high, cut_up[group], new_hi),
    ):
        back = np.exp(after) if scale == "log" else after
        target.flat[place] = np.where(after != before, back, given.ravel()[place])
    return new_lo, new_hi


def were_cut(lo: FloatArray, hi: FloatArray, new_lo: FloatArray, new_hi: FloatArray) -> int:
    """How many ranges `cut_overlaps` made shorter by more than rounding can explain.

    Parameters
    ----------
    lo, hi, new_lo, new_hi
        Bounds before and after, all of one shape.
    """
    with np.errstate(invalid="ignore"):
        off = np.abs(new_lo - lo) + np.abs(new_hi - hi)
        return int(np.count_nonzero(off > _WORTH_TELLING * (hi - lo)))
