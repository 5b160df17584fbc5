"""Cadence: from the times of records to the bounds of each, with gaps left open."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from figmill.figure.centers import FloatArray

# Steps looked at together to judge the local cadence; a cadence needs more than half of them.
_WINDOW = 7
# Times closer than this many units in the last place leave no room for a bound between.
_ROUNDING = 2.0
# A time is a stray where this much separates it from the run that holds most of the others.
_FAR_S = 30 * 86400.0
_FAR_SPANS = 10.0
_MOST = 2 / 3
# One of two parts of a file that lie years apart is absurd, even where it is not small.
_YEARS_S = 5 * 365.25 * 86400.0


def time_bounds(times: FloatArray, gap_factor: float) -> tuple[FloatArray, FloatArray]:
    """Bounds (n,) of records at given times (n,); `figmill.figure.bins.time_bins` has the rule."""
    with np.errstate(invalid="ignore"):  # infinite times
        steps = np.diff(times)
    largest = np.abs(times[np.isfinite(times)]).max(initial=0.0)
    tolerance = _ROUNDING * np.spacing(largest)
    # NaN and infinite times make a NaN or infinite step, so this also proves all are finite.
    if len(steps) and bool((steps > tolerance).all()) and np.isfinite(times[[0, -1]]).all():
        return _sorted_bounds(times, steps, gap_factor)

    finite = np.isfinite(times)
    order = np.flatnonzero(finite)[np.argsort(times[finite], kind="stable")]
    ascending = times[order]
    starts = np.diff(ascending, prepend=-np.inf) > tolerance
    distinct = ascending[starts]
    lo = np.full(times.shape, np.nan)
    hi = np.full(times.shape, np.nan)
    if len(distinct) == 1:
        lo[order], hi[order] = distinct[0] - 0.5, distinct[0] + 0.5
    elif len(distinct) > 1:
        low, high = _sorted_bounds(distinct, np.diff(distinct), gap_factor)
        group = np.cumsum(starts) - 1
        lo[order], hi[order] = low[group], high[group]
    return lo, hi


def _sorted_bounds(
    times: FloatArray, steps: FloatArray, gap_factor: float
) -> tuple[FloatArray, FloatArray]:
    """Bounds of strictly increasing times (n,), n >= 2, with their steps (n - 1,)."""
    middles = times[:-1] + 0.5 * steps
    gaps = np.flatnonzero(steps > gap_factor * _local_cadence(steps, gap_factor))
    sound = np.delete(np.arange(len(steps)), gaps)
    hi = np.empty_like(times)
    lo = np.empty_like(times)
    hi[:-1] = lo[1:] = middles
    # A gap at step i ends record i and begins record i + 1.
    hi[gaps] = times[gaps] + 0.5 * np.minimum(_reach(gaps, gaps - 1, steps, sound), steps[gaps])
    begun = gaps + 1
    lo[begun] = times[begun] - 0.5 * np.minimum(_reach(begun, begun, steps, sound), steps[gaps])
    first, last = np.array([0]), np.array([len(times) - 1])
    lo[0] = times[0] - 0.5 * _reach(first, first, steps, sound)[0]
    hi[-1] = times[-1] + 0.5 * _reach(last, last - 1, steps, sound)[0]
    return lo, hi


def _reach(
    records: NDArray[np.intp],
    other: NDArray[np.intp],
    steps: FloatArray,
    sound: NDArray[np.intp],
) -> FloatArray:
    """Full width of a cell beside a gap, from the step on its other side where that is sound.

    `sound` are the steps that are not gaps; the smallest step never is, so there is one.
    """
    after = np.searchsorted(sound, records)
    next_sound = sound[np.minimum(after, len(sound) - 1)]
    last_sound = sound[np.maximum(after - 1, 0)]
    nearest = np.minimum(steps[next_sound], steps[last_sound])
    adjoins = (other == last_sound) | (other == next_sound)
    return np.where(adjoins, steps[np.clip(other, 0, len(steps) - 1)], nearest)


def _local_cadence(steps: FloatArray, gap_factor: float) -> FloatArray:
    """The largest median of any window of consecutive steps that holds each step, shape (n,)."""
    count = len(steps)
    width = min(_WINDOW, count)
    if steps.max() <= gap_factor * steps.min():
        return steps  # so regular that no step can be a gap
    windows = np.lib.stride_tricks.sliding_window_view(steps, width)
    middle = (width - 1) // 2
    medians = np.partition(windows, middle, axis=1)[:, middle]
    cadence = np.zeros(count)
    for offset in range(width):
        part = cadence[offset : offset + len(medians)]
        np.maximum(part, medians, out=part)
    return cadence


def local_median(values: FloatArray) -> FloatArray:
    """The median of the 7 values around each (n,); at the ends the last value stands for more."""
    half = _WINDOW // 2
    padded = np.pad(values, half, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)
    median: FloatArray = np.partition(windows, half, axis=1)[:, half]
    return median


def strays(times: FloatArray) -> NDArray[np.bool_]:
    """Find isolated times that cannot belong to the others, such as those of 1970 or 2099.

    Parameters
    ----------
    times
        Seconds, shape (n,), in any order; NaN where missing.

    Returns
    -------
    ndarray of bool, shape (n,)
        Where at least two thirds of the times, three or more, lie in one run without a break of
        30 days: those that are further from it than 30 days and ten times its own length. Where
        only more than half do: those that are further from it than five years, too.
    """
    far = np.zeros(times.shape, dtype=bool)
    finite = times[np.isfinite(times)]
    if finite.size < 4 or float(finite.max() - finite.min()) <= _FAR_S:
        return far
    ascending = np.sort(finite)
    breaks = np.flatnonzero(np.diff(ascending) > _FAR_S) + 1
    if breaks.size == 0:
        return far
    starts, stops = np.append(0, breaks), np.append(breaks, ascending.size)
    main = int(np.argmax(stops - starts))
    held = stops[main] - starts[main]
    if held < 3 or 2 * held <= finite.size:
        return far
    first, last = ascending[starts[main]], ascending[stops[main] - 1]
    away = max(_FAR_S, _FAR_SPANS * float(last - first))
    if held < _MOST * finite.size:
        away = max(away, _YEARS_S)
    with np.errstate(invalid="ignore"):
        np.logical_or(times < first - away, times > last + away, out=far)
    return far
