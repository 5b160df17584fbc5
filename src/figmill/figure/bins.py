"""Bins: where a cell begins and ends along one axis.

A spectrogram cell covers exactly its bin. Bins come from edges, from ranges, from centres with
half-widths, or from centres alone; the last is a reconstruction, and each function states its
rule. A bin whose bounds are NaN is unused: it stands for its sample and is never drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from figmill.errors import InputError

FloatArray = NDArray[np.float64]
BinScale = Literal["auto", "linear", "log"]

_T = TypeVar("_T", bound=np.generic)

# Two centres are one where they differ by less than rounding can explain.
_ROUNDING = 16.0
# With only two centres nothing shows their spacing; beyond this ratio it is taken for geometric.
_TWO_CENTRE_RATIO = 4.0
# Steps looked at together to judge the local cadence; a cadence needs more than half of them.
_CADENCE_WINDOW = 7


@dataclass(frozen=True, eq=False, slots=True)
class Bins:
    """Bounds of consecutive samples along one axis.

    Parameters
    ----------
    lo, hi
        Lower and upper bounds, shape (n,), in the units of the axis. Either ``lo < hi``, both
        finite, or both NaN: an unused bin. Bins may be in any order, touch, overlap or leave gaps.

    Raises
    ------
    InputError
        If the shapes differ or are not (n,), or a bin is infinite, half NaN, empty or inverted.

    Examples
    --------
    >>> bins = Bins.from_edges([0.0, 1.0, 3.0])
    >>> bins.lo, bins.hi
    (array([0., 1.]), array([1., 3.]))
    """

    lo: FloatArray
    hi: FloatArray

    def __post_init__(self) -> None:
        lo, hi = _checked_bounds(self.lo, self.hi, ndim=1, what="Bins")
        object.__setattr__(self, "lo", lo)
        object.__setattr__(self, "hi", hi)

    def __len__(self) -> int:
        return len(self.lo)

    @property
    def used(self) -> NDArray[np.bool_]:
        """Which bins can be drawn, shape (n,)."""
        return ~np.isnan(self.lo)

    @property
    def extent(self) -> tuple[float, float] | None:
        """Lowest and highest bound of the used bins, or None where there is none."""
        return _extent(self.lo, self.hi)

    @classmethod
    def from_edges(cls, edges: ArrayLike) -> Bins:
        """Make touching bins from n + 1 edges, ascending or descending.

        Parameters
        ----------
        edges
            Shape (n + 1,), strictly monotone and finite.

        Raises
        ------
        InputError
            If the edges are not strictly monotone, not finite, or fewer than two.
        """
        values = np.asarray(edges, dtype=np.float64)
        if values.ndim != 1 or len(values) < 2:
            raise InputError(
                f"Bin edges need shape (n + 1,) with at least 2 values, not {values.shape}.",
                hint="Pass one more edge than there are bins.",
            )
        steps = np.diff(values)
        if not (np.isfinite(values).all() and ((steps > 0).all() or (steps < 0).all())):
            raise InputError(
                "Bin edges are not finite and strictly monotone.",
                hint="Sort them and drop repeated ones, or pass ranges instead.",
            )
        return cls.from_ranges(values[:-1], values[1:])

    @classmethod
    def from_ranges(cls, lo: ArrayLike, hi: ArrayLike) -> Bins:
        """Make bins from both bounds of each.

        Bounds given in the wrong order are swapped. A range with a bound that is not finite, or
        with no width, becomes an unused bin.

        Parameters
        ----------
        lo, hi
            Shape (n,).
        """
        return cls(*_ordered_bounds(lo, hi))

    @classmethod
    def around(cls, centers: ArrayLike, minus: ArrayLike, plus: ArrayLike) -> Bins:
        """Make the bins ``centers - minus`` to ``centers + plus``.

        Parameters
        ----------
        centers
            Shape (n,).
        minus, plus
            Distances to the two bounds, shape (n,) or one value for all.
        """
        middle = np.asarray(centers, dtype=np.float64)
        with np.errstate(invalid="ignore"):
            lo = middle - np.asarray(minus, dtype=np.float64)
            hi = middle + np.asarray(plus, dtype=np.float64)
        return cls.from_ranges(lo, hi)

    @classmethod
    def from_centers(cls, centers: ArrayLike, *, scale: BinScale = "auto") -> Bins:
        """Reconstruct touching bins from their centres.

        A bound lies midway between neighbouring centres: the arithmetic mean on a linear scale,
        the geometric mean on a logarithmic one. The outermost bounds mirror the inner bound of
        their bin. The order is kept as given, in whatever order that is; equal centres share one
        bin. A lone centre gets a bin from half to one and a half times its value (linear; -0.5 to
        0.5 around zero) or from ``c / sqrt(2)`` to ``c * sqrt(2)`` (log). A centre that is NaN,
        infinite, or not positive on a log scale, has an unused bin and does not bound its
        neighbours.

        Parameters
        ----------
        centers
            Shape (n,).
        scale
            "auto" takes "log" where all centres are positive and their ratios vary less than
            their differences do (of only two centres: where their ratio is 4 or more).

        Examples
        --------
        >>> Bins.from_centers([1.0, 100.0, 10000.0]).hi
        array([1.e+01, 1.e+03, 1.e+05])
        >>> Bins.from_centers([30.0, 20.0, 10.0]).lo
        array([25., 15.,  5.])
        """
        values = np.asarray(centers)
        if values.ndim != 1:
            raise InputError(
                f"Bin centres need shape (n,), not {values.shape}.",
                hint="Pass a table that changes by record through BinTables.",
            )
        lo, hi = _bounds_from_centers(values[np.newaxis], scale)
        return cls(lo[0], hi[0])


@dataclass(frozen=True, eq=False, slots=True)
class BinTables:
    """Bins that may change from record to record: k distinct tables, and which one a record uses.

    Parameters
    ----------
    lo, hi
        Bounds, shape (k, m): k tables of m bins. NaN marks an unused bin.
    index
        For every record the table it uses, shape (n,). None: one table (k = 1) for all records.

    Raises
    ------
    InputError
        If shapes disagree, a bin is not valid as in `Bins`, or the index points at no table.
    """

    lo: FloatArray
    hi: FloatArray
    index: NDArray[np.intp] | None = None

    def __post_init__(self) -> None:
        lo, hi = _checked_bounds(self.lo, self.hi, ndim=2, what="BinTables")
        object.__setattr__(self, "lo", lo)
        object.__setattr__(self, "hi", hi)
        if self.index is None:
            if len(lo) != 1:
                raise InputError(
                    f"{len(lo)} bin tables, but nothing says which record uses which.",
                    hint="Pass index, or exactly one table.",
                )
            return
        index = np.asarray(self.index, dtype=np.intp)
        if index.ndim != 1 or (index.size and not 0 <= index.min() <= index.max() < len(lo)):
            raise InputError(
                f"The index of the bin tables must be (n,) with values from 0 to {len(lo) - 1}.",
                hint="Number the tables from zero.",
            )
        object.__setattr__(self, "index", _frozen(index))

    @property
    def extent(self) -> tuple[float, float] | None:
        """Lowest and highest bound of the used bins of all tables, or None where there is none."""
        return _extent(self.lo, self.hi)

    def tables(self) -> Iterator[Bins]:
        """Yield each distinct table."""
        for lo, hi in zip(self.lo, self.hi, strict=True):
            yield Bins(lo, hi)

    @classmethod
    def single(cls, bins: Bins) -> BinTables:
        """Take one table for every record."""
        return cls(bins.lo[np.newaxis], bins.hi[np.newaxis])

    @classmethod
    def from_rows(cls, lo: ArrayLike, hi: ArrayLike) -> BinTables:
        """Group the bounds of each record into distinct tables, in order of first appearance.

        Parameters
        ----------
        lo, hi
            Shape (n, m), read as in `Bins.from_ranges`.
        """
        (low, high), index = _distinct_rows(np.asarray(lo), np.asarray(hi))
        return cls(*_ordered_bounds(low, high), index)

    @classmethod
    def from_center_rows(cls, centers: ArrayLike, *, scale: BinScale = "auto") -> BinTables:
        """Group the centres of each record into distinct tables, then reconstruct their bins.

        Parameters
        ----------
        centers
            Shape (n, m), each row read as in `Bins.from_centers`.
        scale
            As in `Bins.from_centers`; "auto" is judged once, over all tables.
        """
        (distinct,), index = _distinct_rows(np.asarray(centers))
        return cls(*_bounds_from_centers(distinct, scale), index)

    @classmethod
    def from_around_rows(cls, centers: ArrayLike, minus: ArrayLike, plus: ArrayLike) -> BinTables:
        """Group centres and distances of each record into distinct tables of bins.

        Parameters
        ----------
        centers, minus, plus
            Shape (n, m), or shapes that broadcast to it, read as in `Bins.around`.
        """
        rows = np.broadcast_arrays(np.asarray(centers), np.asarray(minus), np.asarray(plus))
        distinct, index = _distinct_rows(*rows)
        middle, below, above = (part.astype(np.float64) for part in distinct)
        with np.errstate(invalid="ignore"):
            return cls(*_ordered_bounds(middle - below, middle + above), index)


def time_bins(centers: ArrayLike, *, gap_factor: float = 1.75) -> Bins:
    """Reconstruct the bounds of records from their centre times, leaving gaps open.

    Cells touch midway between records, except across a gap, where each ends half a step from its
    own centre: half the step to its other neighbour, or where that is a gap too, half the shorter
    of the nearest steps that are not.

    A step is a gap when it exceeds `gap_factor` times the local cadence: the largest median of
    any 7 consecutive steps that contain it. So a change of cadence is no gap, whatever its ratio,
    once the slower cadence has 4 steps; and a single missing record is one. With 7 steps or
    fewer there is one window, and one step alone is never a gap.

    The order is kept as given, whether or not it is sorted; equal times share one bin; a time
    that is not finite has an unused bin. A lone time gets a bin of one second around it.

    Parameters
    ----------
    centers
        Times in seconds, shape (n,).
    gap_factor
        How many cadences a step must exceed to be a gap; greater than 1.

    Returns
    -------
    Bins
        Bounds of each record, in seconds. Cells of different times never overlap.

    Examples
    --------
    >>> bins = time_bins([0.0, 1.0, 2.0, 60.0, 61.0])
    >>> bins.lo, bins.hi
    (array([-0.5,  0.5,  1.5, 59.5, 60.5]), array([ 0.5,  1.5,  2.5, 60.5, 61.5]))
    """
    times = np.asarray(centers, dtype=np.float64)
    if times.ndim != 1 or not gap_factor > 1:
        raise InputError(
            f"Record times need shape (n,) and a gap factor above 1, not {times.shape} "
            f"and {gap_factor}.",
            hint="Pass one centre time for each record.",
        )
    steps = np.diff(times)
    tolerance = _tolerance(times, np.float64)
    # NaN and infinite times make a NaN or infinite step, so this also proves all are finite.
    if len(steps) and bool((steps > tolerance).all()) and np.isfinite(times[[0, -1]]).all():
        return Bins(*_time_bounds(times, steps, gap_factor))

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
        low, high = _time_bounds(distinct, np.diff(distinct), gap_factor)
        group = np.cumsum(starts) - 1
        lo[order], hi[order] = low[group], high[group]
    return Bins(lo, hi)


def _time_bounds(
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
    width = min(_CADENCE_WINDOW, count)
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


def _bounds_from_centers(
    centers: NDArray[np.generic], scale: BinScale
) -> tuple[FloatArray, FloatArray]:
    """Bounds (k, m) of each row of centres (k, m); see `Bins.from_centers`."""
    values = centers.astype(np.float64)
    rounding = centers.dtype.type if centers.dtype.kind == "f" else np.float64
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
    starts[:, 1:] = np.diff(ascending, axis=1) > _tolerance(values, rounding, each=ascending)
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
    ordered = _ordered_bounds(
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


def _tolerance(
    values: FloatArray, rounding: type, *, each: FloatArray | None = None
) -> FloatArray | float:
    """The largest difference between equal values: of all, or of each neighbouring pair."""
    unit = _ROUNDING * float(np.finfo(rounding).eps)
    if each is not None:
        size = np.abs(each)
        return unit * np.maximum(size[:, 1:], size[:, :-1])
    finite = values[np.isfinite(values)] if values.size else values
    return unit * float(max(abs(finite.max()), abs(finite.min()))) if finite.size else 0.0


def _distinct_rows(
    *parts: NDArray[np.generic],
) -> tuple[tuple[NDArray[np.generic], ...], NDArray[np.intp]]:
    """Find the distinct rows of arrays (n, m) taken together, and which one each row is."""
    shapes = {part.shape for part in parts}
    if len(shapes) != 1 or parts[0].ndim != 2:
        raise InputError(
            f"Bin tables by record need equal shapes (n, m), not {sorted(shapes)}.",
            hint="Pass one row for each record.",
        )
    keys = _row_hashes(parts)
    _, first, index = np.unique(keys, return_index=True, return_inverse=True)
    same = all(np.array_equal(_bits(part), _bits(part)[first[index]]) for part in parts)
    if not same:  # two rows share a hash: compare whole rows, which is slower
        rows = np.ascontiguousarray(np.concatenate([_bits(part) for part in parts], axis=1))
        whole = rows.view(np.dtype((np.void, rows.shape[1] * rows.itemsize))).ravel()
        _, first, index = np.unique(whole, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return tuple(part[first[order]] for part in parts), rank[index].astype(np.intp)


def _bits(part: NDArray[np.generic]) -> NDArray[np.uint64]:
    """The bit patterns of the values as float64, so that NaN equals itself; shape (n, m)."""
    return np.ascontiguousarray(part, dtype=np.float64).view(np.uint64)


def _row_hashes(parts: tuple[NDArray[np.generic], ...]) -> NDArray[np.uint64]:
    """A 64-bit hash of each row: a multilinear one, which is one pass over the values."""
    total = np.zeros(len(parts[0]), dtype=np.uint64)
    multipliers = np.random.default_rng(20).integers(
        0, 2**64, size=(len(parts), parts[0].shape[1]), dtype=np.uint64
    )
    for part, factors in zip(parts, multipliers, strict=True):
        bits = _bits(part)
        # The low bits of a float are often all zero; without the shift the hash would lose them.
        total += ((bits ^ (bits >> np.uint64(31))) * (factors | np.uint64(1))).sum(axis=1)
    return total


def _ordered_bounds(lo: ArrayLike, hi: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Order each pair of bounds, and mark as unused what is not finite or has no width."""
    first = np.asarray(lo, dtype=np.float64)
    second = np.asarray(hi, dtype=np.float64)
    if first.shape != second.shape:
        raise InputError(
            f"Lower bounds have shape {first.shape}, upper bounds {second.shape}.",
            hint="Pass both bounds of every bin.",
        )
    low, high = np.minimum(first, second), np.maximum(first, second)
    unused = ~((low > -np.inf) & (high < np.inf) & (low < high))
    low[unused] = high[unused] = np.nan
    return low, high


def _checked_bounds(
    lo: ArrayLike, hi: ArrayLike, *, ndim: int, what: str
) -> tuple[FloatArray, FloatArray]:
    low = np.asarray(lo, dtype=np.float64)
    high = np.asarray(hi, dtype=np.float64)
    if low.ndim != ndim or low.shape != high.shape:
        shape = "(n,)" if ndim == 1 else "(k, m)"
        raise InputError(
            f"{what}: bounds need one shape {shape}, not {low.shape} and {high.shape}.",
            hint="Pass both bounds of every bin.",
        )
    valid = (low > -np.inf) & (high < np.inf) & (low < high)
    valid |= np.isnan(low) & np.isnan(high)
    if not valid.all():
        place = tuple(int(i) for i in np.argwhere(~valid)[0])
        raise InputError(
            f"{what}: bin {place[0] if ndim == 1 else place} reaches from {low[place]} to "
            f"{high[place]}.",
            hint="A bin needs finite bounds with lo < hi, or NaN for both where it is unused.",
        )
    return _frozen(low), _frozen(high)


def _frozen(array: NDArray[_T]) -> NDArray[_T]:
    view = array.view()
    view.flags.writeable = False
    return view


def _extent(lo: FloatArray, hi: FloatArray) -> tuple[float, float] | None:
    used = ~np.isnan(lo)
    if not used.any():
        return None
    return float(lo[used].min()), float(hi[used].max())
