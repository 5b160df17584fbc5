"""From bins to pixels: which bins a pixel shows.

The rule, for either direction: a pixel shows the mean of the bins whose centres lie in it; where
there is none, it shows the bin that covers the pixel's own centre; where there is none of these
either, it stays blank. So a bin wider than a pixel is drawn exactly, at its true edges; bins
narrower than a pixel are averaged and none of them is lost; and a gap stays a gap.

Where several bins cover a pixel's centre and none has its own there, the pixel shows the one that
begins last; among those that begin together, the longest; where the last to begin has ended, the
one that reaches furthest. Bins with the same edges are one, and show their mean.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from figmill.figure.pieces import finite_or_zero, pieces

Index = NDArray[np.intp]
Values = NDArray[np.floating[Any]]

# Sources of so many rows on average are added up one by one.
_LONG = 16
# In single precision no more are added up: each sum may be off by 6e-8 of itself.
_FEW = 16


class Sources(NamedTuple):
    """Which bins each pixel shows.

    ``order`` sorts the bins; source s is the mean of sorted bins ``start[s]`` to ``stop[s]``
    (exclusive); pixel p shows source ``shown[p]``, or nothing where that is -1.
    """

    order: Index
    start: Index
    stop: Index
    shown: Index


def sources(low: NDArray[np.float64], high: NDArray[np.float64], pixels: int) -> Sources:
    """Apply the rule of this module along one direction.

    Parameters
    ----------
    low, high
        Shape (n,): the bins' edges in pixels, low <= high; NaN where a bin is not drawn.
    pixels
        How many pixels there are; pixel p covers p to p + 1.
    """
    if _rise(low, high):
        # In order, none with the edges of another: what follows comes down to two searches.
        first = int(np.searchsorted(high, 0, side="right"))
        end = int(np.searchsorted(low, pixels, side="left"))
        low, high = low[first:end], high[first:end]
        if low.size:
            middle = np.arange(pixels) + 0.5
            last = np.searchsorted(low, middle, side="right") - 1
            reached = (last >= 0) & (high[np.maximum(last, 0)] > middle)
            start, stop = np.where(reached, last, -1), np.where(reached, last + 1, -1)
            return _shown(np.arange(first, end), (low + high) / 2, start, stop)
    drawn = np.isfinite(low) & np.isfinite(high) & (high > 0) & (low < pixels)
    if drawn.all():
        numbers = np.arange(low.size)
    else:
        numbers = np.flatnonzero(drawn)
        low, high = low[numbers], high[numbers]
    if low.size == 0:
        nothing = np.zeros(0, np.intp)
        return Sources(nothing, nothing, nothing, np.full(pixels, -1, np.intp))
    centre = (low + high) / 2
    if np.any(centre[1:] < centre[:-1]):
        order = np.lexsort((low, centre))
        low, high, centre, numbers = low[order], high[order], centre[order], numbers[order]

    # Bins with the same edges (a repeated energy step) are one place with several values.
    new = np.flatnonzero((low[1:] != low[:-1]) | (high[1:] != high[:-1])) + 1
    place_start = np.concatenate((np.zeros(1, np.intp), new))
    place_stop = np.concatenate((new, np.full(1, low.size, np.intp)))

    # The place that covers a pixel's centre: the last one to start before it, unless an earlier,
    # longer one reaches further.
    place_low, place_high = low[place_start], high[place_start]
    by_low = np.argsort(place_low, kind="stable")
    reach = np.maximum.accumulate(place_high[by_low])
    furthest = np.maximum.accumulate(
        np.where(place_high[by_low] >= reach, np.arange(by_low.size), 0)
    )
    middle = np.arange(pixels) + 0.5
    last = np.searchsorted(place_low[by_low], middle, side="right") - 1
    at = np.maximum(last, 0)
    direct = (last >= 0) & (place_high[by_low][at] > middle)
    reached = (last >= 0) & (reach[at] > middle)
    cover = by_low[np.where(direct, at, furthest[at])]
    start = np.where(reached, place_start[cover], -1)
    stop = np.where(reached, place_stop[cover], -1)

    return _shown(numbers, centre, start, stop)


def _rise(low: NDArray[np.float64], high: NDArray[np.float64]) -> bool:
    """Whether bins are finite and each begins and ends no earlier than the one before it."""
    if low.size == 0 or not np.isfinite((low[0], low[-1], high[0], high[-1])).all():
        return False
    # NaN compares false.
    if not ((low[1:] >= low[:-1]).all() and (high[1:] >= high[:-1]).all()):
        return False
    return bool(((low[1:] != low[:-1]) | (high[1:] != high[:-1])).all())


def _shown(numbers: Index, centre: NDArray[np.float64], start: Index, stop: Index) -> Sources:
    """Sources from ascending centres, and from the bins that cover each pixel's own centre."""
    pixels = start.size
    # Centres win over cover, so that a narrow bin is never lost.
    bounds = np.searchsorted(centre, np.arange(pixels + 1), side="left")
    has_centre = bounds[1:] > bounds[:-1]
    start = np.where(has_centre, bounds[:-1], start)
    stop = np.where(has_centre, bounds[1:], stop)

    # Neighbouring pixels that show the same are one source.
    first = np.ones(pixels, bool)
    first[1:] = (start[1:] != start[:-1]) | (stop[1:] != stop[:-1])
    first &= start >= 0
    shown = np.where(start >= 0, np.cumsum(first) - 1, -1)
    return Sources(numbers, start[first], stop[first], shown)


def means(values: Values, which: Sources) -> Values:
    """The mean over the first axis for every source, ignoring what is not finite.

    Parameters
    ----------
    values
        Shape (n, m).

    Returns
    -------
    ndarray, shape (sources, m)
        NaN where a source has no finite value.
    """
    start, stop, order = which.start, which.stop, which.order
    single = stop - start == 1
    if single.all():
        return values[order[start]]
    if order[-1] - order[0] == order.size - 1 and bool((order[1:] > order[:-1]).all()):
        rows = values[order[0] : order[-1] + 1]
    else:
        rows = values[order]
    result = np.empty((start.size, values.shape[1]), values.dtype)
    result[single] = rows[start[single]]
    begin, end = start[~single], stop[~single]
    # Sums may pass the largest float, and infinities cancel: both are looked at afterwards.
    with np.errstate(over="ignore", invalid="ignore"):
        if int((end - begin).sum()) < _LONG * begin.size:
            result[~single] = _short_means(rows, begin, end)
        else:
            result[~single] = _long_means(rows, begin, end)
    return result


def _long_means(rows: Values, begin: Index, end: Index) -> NDArray[np.float64]:
    """Means of rows `begin` to `end` (exclusive), one source after the other, in float64."""
    summed = np.empty((begin.size, rows.shape[1]))
    spans = list(zip(begin.tolist(), end.tolist(), strict=True))
    for number, (first, stop) in enumerate(spans):
        # Converts on the way: the rows are read once, and nothing is as long as they are.
        summed[number] = np.einsum("nm->m", rows[first:stop], dtype=np.float64)
    count = (end - begin)[:, None] * np.ones(summed.shape, np.intp)
    for number in np.flatnonzero(~np.isfinite(summed).all(axis=1)).tolist():
        summed[number] = count[number] = 0
        for piece in pieces(rows[slice(*spans[number])]):
            finite = np.isfinite(piece)
            known = finite_or_zero(piece, finite)
            summed[number] += np.einsum("nm->m", known, dtype=np.float64)
            count[number] += np.einsum("nm->m", finite.view(np.uint8), dtype=np.int32)
    return _divided(summed, count)


def _short_means(rows: Values, begin: Index, end: Index) -> Values:
    """The same for sources of few rows, all at once."""
    # reduceat sums from each index to the next; every second sum is a source.
    ends = np.ravel(np.column_stack((begin, end)))
    padded = ends[:-1] if ends[-1] == rows.shape[0] else ends
    finite = np.isfinite(rows)
    complete = bool(finite.all())
    known = rows if complete else finite_or_zero(rows, finite)
    # Of so few values of one sign a sum in single precision is within 1e-6, in a third of the time.
    few = int((end - begin).max()) <= _FEW
    exact: Any = rows.dtype if few and (known.min() >= 0 or known.max() <= 0) else np.float64
    summed = np.add.reduceat(known, padded, axis=0, dtype=exact)[::2]
    if not np.isfinite(summed).all():
        summed = np.add.reduceat(known, padded, axis=0, dtype=np.float64)[::2]
    if complete:
        mean: Values = summed / (end - begin)[:, None].astype(summed.dtype)
        return mean
    count = np.add.reduceat(finite, padded, axis=0, dtype=np.intp)[::2]
    return _divided(summed, count)


def _divided(summed: Values, count: NDArray[np.intp]) -> NDArray[np.float64]:
    """Means from sums and counts; NaN where nothing was counted."""
    mean: NDArray[np.float64] = np.full(summed.shape, np.nan)
    return np.divide(summed, count, out=mean, where=count > 0)
