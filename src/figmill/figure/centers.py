"""Centres: from the centres of samples to the bounds of each."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from figmill.errors import InputError
from figmill.figure.numbers import floats

FloatArray = NDArray[np.float64]
BinScale = Literal["auto", "linear", "log"]

# Two centres are one where they differ by less than rounding can explain.
_ROUNDING = 16.0
# With only two centres nothing shows their spacing; beyond this ratio it is taken for geometric.
_TWO_CENTRE_RATIO = 4.0


def bounds_from_centers(
    centers: NDArray[np.generic], scale: BinScale
) -> tuple[FloatArray, FloatArray]:
    """Bounds (k, m) of each row of centres (k, m); see `Bins.from_centers`."""
    values = centers.astype(np.float64)
    precision = np.finfo(centers.dtype.name if centers.dtype.kind == "f" else "float64").eps
    values[~np.isfinite(values)] = np.nan
    if scale == "auto":
        scale = "log" if _looks_geometric(values) else "linear"
    elif scale == "log":
        values[~(values > 0)] = np.nan
    elif scale != "linear":
        raise InputError(
            f"Unknown scale {scale!r} for bin centres.", hint='Use "auto", "linear" or "log".'
        )
    if values.shape[1] == 0:
        return values, values

    order = np.argsort(values, axis=1, kind="stable")  # NaN last
    ascending = np.take_along_axis(values, order, axis=1)
    column = np.arange(values.shape[1])
    starts = np.ones(values.shape, dtype=bool)
    size = np.maximum(np.abs(ascending[:, 1:]), np.abs(ascending[:, :-1]))
    equal = _ROUNDING * float(precision) * size
    starts[:, 1:] = np.diff(ascending, axis=1) > equal
    starts |= np.isnan(ascending)
    first = np.maximum.accumulate(np.where(starts, column, 0), axis=1)
    # The start of the following group: the nearest start to the right.
    upcoming = np.full(values.shape, len(column))
    upcoming[:, :-1] = np.where(starts[:, 1:], column[1:], len(column))
    upcoming = np.minimum.accumulate(upcoming[:, ::-1], axis=1)[:, ::-1]

    own = np.take_along_axis(ascending, first, axis=1)
    padded = np.pad(ascending, ((0, 0), (0, 1)), constant_values=np.nan)
    above = np.take_along_axis(padded, upcoming, axis=1)
    before = np.take_along_axis(first, np.maximum(first - 1, 0), axis=1)
    below = np.where(first > 0, np.take_along_axis(ascending, before, axis=1), np.nan)

    with np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore"):
        if scale == "log":
            lo, hi = np.sqrt(below) * np.sqrt(own), np.sqrt(own) * np.sqrt(above)
            outer_lo, outer_hi = own * (own / hi), own * (own / lo)
            lone_lo, lone_hi = own / np.sqrt(2.0), own * np.sqrt(2.0)
        else:
            lo, hi = 0.5 * below + 0.5 * own, 0.5 * own + 0.5 * above
            outer_lo, outer_hi = own - (hi - own), own + (own - lo)
            half = 0.5 * np.where(own == 0, 1.0, np.abs(own))
            lone_lo, lone_hi = own - half, own + half
    no_lo, no_hi = np.isnan(lo), np.isnan(hi)
    ordered = ordered_bounds(
        np.where(no_lo, np.where(no_hi, lone_lo, outer_lo), lo),
        np.where(no_hi, np.where(no_lo, lone_hi, outer_hi), hi),
    )
    result = np.empty_like(values), np.empty_like(values)
    for bound, target in zip(ordered, result, strict=True):
        np.put_along_axis(target, order, bound, axis=1)
    return result


def _looks_geometric(values: FloatArray) -> bool:
    """Whether the centres (k, m) are positive and spaced by ratio rather than by difference."""
    used = np.isfinite(values)
    if not used.any() or not (values[used] > 0).all():
        return False
    ascending = np.sort(values, axis=1)
    spreads = []
    with np.errstate(invalid="ignore", divide="ignore"):
        for row in (ascending, np.log(ascending)):
            steps = np.diff(row, axis=1)
            steps[~(steps > 0)] = np.nan
            count = np.isfinite(steps).sum(axis=1)
            mean = np.nansum(steps, axis=1) / count
            variance = np.nansum((steps - mean[:, np.newaxis]) ** 2, axis=1) / count
            spread = np.where(count > 1, variance / mean**2, np.nan)
            spreads.append(spread[np.isfinite(spread)])
    linear, log = spreads
    if len(linear) and len(log):
        return bool(log.mean() < linear.mean())
    highest, lowest = np.nanmax(values), np.nanmin(values)
    return bool(highest >= _TWO_CENTRE_RATIO * lowest)


def ordered_bounds(lo: ArrayLike, hi: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Order each pair of bounds, and mark as unused what is not finite or has no width."""
    first, second = floats(lo, "A bound of a bin"), floats(hi, "A bound of a bin")
    if first.shape != second.shape:
        raise InputError(
            f"Lower bounds have shape {first.shape}, upper bounds {second.shape}.",
            hint="Pass both bounds of every bin.",
        )
    low, high = np.minimum(first, second), np.maximum(first, second)
    unused = ~((low > -np.inf) & (high < np.inf) & (low < high))
    low[unused] = high[unused] = np.nan
    return low, high
