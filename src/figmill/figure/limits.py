"""Limits: from where to where an axis or a colour scale reaches, judged from the data."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from figmill.errors import PlottingError

LimitScale = Literal["linear", "log"]

# Automatic limits of a logarithmic colour scale: how much they span, and what may lie outside.
_MOST_DECADES = 6
_OUTSIDE = 0.05
_FEW = 200
# Limits stay numbers that an axis can have.
_HUGE = float(np.finfo(np.float64).max)
_TINY = float(np.finfo(np.float64).smallest_subnormal)


def robust_limits(
    values: ArrayLike,
    *,
    scale: LimitScale = "linear",
    percentiles: tuple[float, float] = (1.0, 99.0),
) -> tuple[float, float] | None:
    """Limits between two percentiles of the finite values; on a log scale, of the positive ones.

    The percentiles are exact (linear interpolation), of however many values: a selection takes
    about 15 ms a million, less than a histogram of the same values does. A percentile that would
    leave out less than one value, such as the first of 99 values, leaves out none.

    Parameters
    ----------
    values
        Any shape. NaN and infinite values are ignored.
    scale
        "log" ignores values that are not positive.
    percentiles
        Lower and upper, from 0 to 100, increasing.

    Returns
    -------
    tuple or None
        Limits with ``lo < hi``. Where both percentiles are equal they are set apart: by a tenth
        of the value on either side (1 around zero) or, on a log scale, by a factor of 2. None
        where no value counts.

    Raises
    ------
    PlottingError
        If the percentiles are not two increasing numbers from 0 to 100.

    Examples
    --------
    >>> robust_limits(range(101))
    (1.0, 99.0)
    >>> robust_limits([5.0, 5.0], scale="log")
    (2.5, 10.0)
    """
    low, high = percentiles
    if not 0 <= low < high <= 100:
        raise PlottingError(
            f"Percentiles {low} and {high} bound no limits.",
            hint="Give two increasing numbers from 0 to 100.",
        )
    usable = _usable(values, scale)
    if usable.size == 0:
        return None
    # float64: interpolating float32 values in their own precision would move the limits.
    numbers = usable.astype(np.float64, copy=False)
    # How many values lie beyond each percentile.
    under, over = low / 100 * numbers.size, (1 - high / 100) * numbers.size
    lo = hi = math.nan
    if max(under, over) >= 1:
        # Between numbers near the largest, interpolation overflows.
        with np.errstate(over="ignore", invalid="ignore"):
            lo, hi = (float(each) for each in np.percentile(numbers, (low, high)))
    if under < 1 or not math.isfinite(lo):
        lo = float(numbers.min())
    if over < 1 or not math.isfinite(hi):
        hi = float(numbers.max())
    return set_apart(lo, hi, scale)


def legible_log_limits(
    limits: tuple[float, float],
    values: NDArray[np.floating],
    counts: NDArray[np.int64] | None = None,
) -> tuple[float, float]:
    """Bring limits of a logarithmic colour scale to what colours can tell apart.

    Parameters
    ----------
    limits
        From `robust_limits`.
    values
        What they were found of, any shape; what is not positive does not count.
    counts
        How often each value occurs, of the values' shape; None: once.

    Returns
    -------
    tuple of float
        At least a decade, around the same middle. At most six, counted from the upper end; more
        where otherwise over 5 % of the values lay outside. Of up to 200 values, as many as those
        5 % are passed over where a whole decade separates them from all others.

    Examples
    --------
    >>> legible_log_limits((90.0, 110.0), np.array([90.0, 110.0]))  # 99.5 / sqrt(10), * sqrt(10)
    (31.464265445104544, 314.6426544510455)
    >>> steps = np.geomspace(1e-12, 1e3, 301)
    >>> legible_log_limits((1e-3, 1e3), steps)
    (0.001, 1000.0)
    """
    lo, hi = limits
    wide = hi > lo * 10.0**_MOST_DECADES
    if counts is None:
        few = bool(values.size <= _FEW or np.count_nonzero(values > 0) <= _FEW)
    else:
        few = int(counts[values > 0].sum()) <= _FEW
    if wide or (few and hi > 10.0 * lo):
        ascending, upto = _ascending(values, counts)
        spare = int(_OUTSIDE * upto[-1])
        if few:
            single = np.repeat(ascending, np.diff(upto, prepend=0))
            lo, hi, spare = _without_outliers(single, lo, hi, spare)
        if hi > lo * 10.0**_MOST_DECADES:
            within = int(np.searchsorted(ascending, hi, side="right"))
            above = int(upto[-1] - (upto[within - 1] if within else 0))
            # With this as the lower end, no more than 5 % lie outside on both sides together.
            place = max(0, int(_OUTSIDE * upto[-1]) - above)
            least = float(ascending[int(np.searchsorted(upto, place, side="right"))])
            lo = max(lo, min(hi / 10.0**_MOST_DECADES, least))
    if hi < 10.0 * lo:
        middle = math.sqrt(lo) * math.sqrt(hi)
        lo, hi = middle / math.sqrt(10.0), middle * math.sqrt(10.0)
        lo, hi = max(lo, _TINY), min(hi, _HUGE)
    return lo, hi


def _ascending(
    values: NDArray[np.floating], counts: NDArray[np.int64] | None
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Positive values in ascending order, and how many there are up to each."""
    if counts is None:
        ascending = np.sort(_usable(values, "log").astype(np.float64))
        return ascending, np.arange(1, ascending.size + 1)
    counted = (values > 0) & (values < np.inf) & (counts > 0)
    order = np.argsort(values[counted], kind="stable")
    return values[counted][order].astype(np.float64), np.cumsum(counts[counted][order])


def _without_outliers(
    ascending: NDArray[np.float64], lo: float, hi: float, spare: int
) -> tuple[float, float, int]:
    """Move the ends within outliers, no more of them than can be spared."""
    first, last = 0, ascending.size - 1
    while spare > 0 and last - first > 1:
        below = ascending[first + 1] / ascending[first]
        above = ascending[last] / ascending[last - 1]
        if max(below, above) <= 10.0:
            break
        spare -= 1
        if above >= below:
            last -= 1
        else:
            first += 1
    return max(lo, float(ascending[first])), min(hi, float(ascending[last])), spare


def coverage_limit(centers: ArrayLike, counts: ArrayLike, fraction: float = 0.99) -> float | None:
    """The smallest coordinate up to which a fraction of the samples lie.

    Parameters
    ----------
    centers
        Coordinate of each sample or group of samples, any shape. NaN is ignored.
    counts
        Number (or weight) of the samples at each, same shape; what is not positive is ignored.
    fraction
        Above 0, at most 1.

    Returns
    -------
    float or None
        One of the centres; None where no sample counts.

    Raises
    ------
    PlottingError
        If the fraction is out of range or the shapes differ.

    Examples
    --------
    >>> coverage_limit([10.0, 20.0, 30.0], [90, 9, 1])
    20.0
    """
    where = np.asarray(centers, dtype=np.float64).ravel()
    weight = np.asarray(counts, dtype=np.float64).ravel()
    if not 0 < fraction <= 1 or where.shape != weight.shape:
        raise PlottingError(
            f"No coverage of {fraction} of {weight.size} samples at {where.size} coordinates.",
            hint="Give a fraction above 0 and up to 1, and one count for each coordinate.",
        )
    counted = np.isfinite(where) & np.isfinite(weight) & (weight > 0)
    if not counted.any():
        return None
    distinct, group = np.unique(where[counted], return_inverse=True)
    total = np.cumsum(np.bincount(group, weights=weight[counted]))
    # The sum of many weights is not exact; a coordinate short by rounding alone is enough.
    enough = total >= fraction * total[-1] * (1 - 1e-12)
    return float(distinct[int(np.argmax(enough))])


def padded(
    lo: float, hi: float, fraction: float = 0.04, scale: LimitScale = "linear"
) -> tuple[float, float]:
    """Widen limits on both sides by a fraction of their span, or of its logarithm.

    Raises
    ------
    PlottingError
        If the limits are not finite and increasing, or not positive on a log scale.

    Examples
    --------
    >>> padded(0.0, 100.0, 0.05)
    (-5.0, 105.0)
    >>> padded(1.0, 100.0, 0.5, "log")
    (0.1, 1000.0)
    """
    positive = scale == "linear" or lo > 0
    if not (math.isfinite(lo) and math.isfinite(hi) and lo < hi and positive):
        raise PlottingError(
            f"Limits {lo} to {hi} cannot be widened on a {scale} scale.",
            hint="Give finite increasing limits, positive ones for a log scale.",
        )
    if scale == "log":
        factor = 10 ** (fraction * (math.log10(hi) - math.log10(lo)))
        return max(lo / factor, _TINY), min(hi * factor, _HUGE)
    margin = fraction * (hi - lo)
    return max(lo - margin, -_HUGE), min(hi + margin, _HUGE)


def _usable(values: ArrayLike, scale: LimitScale) -> NDArray[np.floating]:
    if scale not in ("linear", "log"):
        raise PlottingError(f"Unknown scale {scale!r}.", hint='Use "linear" or "log".')
    array: NDArray[np.floating] = np.asarray(values).ravel()
    if array.dtype.kind != "f":
        array = array.astype(np.float64)
    counted = (array > 0) & (array < np.inf) if scale == "log" else np.isfinite(array)
    usable: NDArray[np.floating] = array[counted]
    return usable


def set_apart(lo: float, hi: float, scale: LimitScale) -> tuple[float, float]:
    """Limits with something between them: equal ones are moved apart.

    Parameters
    ----------
    lo, hi
        ``lo <= hi``.
    scale
        On a linear scale they move by a tenth of the value (1 around zero), on a log scale by a
        factor of 2.
    """
    if lo < hi:
        return lo, hi
    if scale == "log":
        return max(lo / 2, _TINY), min(hi * 2, _HUGE)
    margin = abs(lo) / 10 or 1.0
    return lo - margin, hi + margin
