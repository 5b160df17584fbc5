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

Index = NDArray[np.intp]
Values = NDArray[np.floating[Any]]


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
    identity = order.size == values.shape[0] and (
        order.size == 0 or (order[0] == 0 and bool(np.all(order[1:] - order[:-1] == 1)))
    )
    single = stop - start == 1
    if single.all():
        return values[start if identity else order[start]]
    rows = values if identity else values[order]
    result = np.empty((start.size, values.shape[1]), values.dtype)
    result[single] = rows[start[single]]
    begin, end = start[~single], stop[~single]
    # reduceat sums from each index to the next; every second sum is a source.
    ends = np.ravel(np.column_stack((begin, end)))
    padded = ends[:-1] if ends[-1] == rows.shape[0] else ends
    # Adding up in single precision is exact enough for a colour while sums are short, and takes a
    # third of the time.
    longest = int((end - begin).max())
    exact: Any = rows.dtype if longest <= 64 else np.float64
    finite = np.isfinite(rows)
    complete = bool(finite.all())
    with np.errstate(over="ignore"):
        summed = np.add.reduceat(
            rows if complete else np.where(finite, rows, rows.dtype.type(0)),
            padded,
            axis=0,
            dtype=exact,
        )[::2]
    if not np.isfinite(summed).all():
        summed = np.add.reduceat(
            np.where(finite, rows, rows.dtype.type(0)), padded, axis=0, dtype=np.float64
        )[::2]
    if complete:
        result[~single] = summed / (end - begin)[:, None].astype(summed.dtype)
        return result
    count = np.add.reduceat(finite, padded, axis=0, dtype=np.intp)[::2]
    result[~single] = np.divide(summed, count, out=np.full(summed.shape, np.nan), where=count > 0)
    return result
