"""Bins: where a cell begins and ends along one axis.

A spectrogram cell covers exactly its bin. Bins come from edges, from ranges, from centres with
half-widths, or from centres alone; the last is a reconstruction, and each function states its
rule. A bin whose bounds are NaN is unused: it stands for its sample and is never drawn. Moments
(``datetime64`` of any unit, `datetime.datetime`) may stand for UNIX seconds everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from figmill.errors import InputError
from figmill.figure.cadence import time_bounds
from figmill.figure.centers import BinScale, FloatArray, bounds_from_centers, ordered_bounds
from figmill.figure.leap_seconds import from_tai
from figmill.figure.numbers import floats, undated

_T = TypeVar("_T", bound=np.generic)

_BOUND = "A bound of a bin"


@dataclass(frozen=True, eq=False, slots=True)
class Bins:
    """Bounds of consecutive samples along one axis.

    Parameters
    ----------
    lo, hi
        Lower and upper bounds, shape (n,), in the units of the axis. Either ``lo < hi``, both
        finite, or both NaN: an unused bin. Bins may be in any order, touch, overlap or leave gaps.
    exact
        Of times that UNIX seconds cannot tell apart (a leap second, steps below a microsecond):
        both bounds as nanoseconds of TAI, shape (2, n), by which the bins are placed. See
        `figmill.figure.leap_seconds`. None elsewhere.

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
    exact: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        lo, hi = _checked_bounds(self.lo, self.hi, ndim=1, what="Bins")
        object.__setattr__(self, "lo", lo)
        object.__setattr__(self, "hi", hi)
        if self.exact is not None:
            exact = np.asarray(self.exact, dtype=np.int64)
            if exact.shape != (2, lo.size) or bool((exact[0] >= exact[1])[self.used].any()):
                raise InputError(
                    f"Bins: exact bounds have shape {exact.shape}, or do not increase.",
                    hint=f"Pass both bounds of every bin as nanoseconds, shape (2, {lo.size}).",
                )
            object.__setattr__(self, "exact", _frozen(exact))

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

    def at(self, chosen: NDArray[np.bool_]) -> Bins:
        """The bins that are chosen, shape (n,), in their order."""
        exact = None if self.exact is None else self.exact[:, chosen]
        return Bins(self.lo[chosen], self.hi[chosen], exact)

    @classmethod
    def from_tai(cls, bounds: ArrayLike, used: NDArray[np.bool_]) -> Bins:
        """Make bins in UNIX seconds from exact bounds, which stay beside them.

        Parameters
        ----------
        bounds
            Nanoseconds of TAI since 1970-01-01 TAI, begins and ends, shape (2, n).
        used
            Which bins are used, shape (n,); the bounds of the others count for nothing.
        """
        exact = np.asarray(bounds, np.int64)
        used = used & (exact[0] < exact[1])
        low, high = from_tai(exact)
        # Where a leap second folds, or rounding leaves no width: as wide as it is, up to its end.
        width = (exact[1] - exact[0]) / 1e9
        low = np.where(low < high, low, np.minimum(high - width, np.nextafter(high, -np.inf)))
        return cls(np.where(used, low, np.nan), np.where(used, high, np.nan), exact)

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
        values = floats(edges, "An edge of a bin")
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
        return cls(*ordered_bounds(lo, hi))

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
        middle = floats(centers, "A bin's centre")
        with np.errstate(invalid="ignore"):
            lo = middle - floats(minus, "A bin's half-width")
            hi = middle + floats(plus, "A bin's half-width")
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
        values = _centers(centers)
        if values.ndim != 1:
            raise InputError(
                f"Bin centres need shape (n,), not {values.shape}.",
                hint="Pass a table that changes by record through BinTables.",
            )
        lo, hi = bounds_from_centers(values[np.newaxis], scale)
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
        (low, high), index = _distinct_rows(floats(lo, _BOUND), floats(hi, _BOUND))
        return cls(*ordered_bounds(low, high), index)

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
        (distinct,), index = _distinct_rows(_centers(centers))
        return cls(*bounds_from_centers(distinct, scale), index)

    @classmethod
    def from_around_rows(cls, centers: ArrayLike, minus: ArrayLike, plus: ArrayLike) -> BinTables:
        """Group centres and distances of each record into distinct tables of bins.

        Parameters
        ----------
        centers, minus, plus
            Shape (n, m), or shapes that broadcast to it, read as in `Bins.around`.
        """
        rows = np.broadcast_arrays(*(_centers(part) for part in (centers, minus, plus)))
        distinct, index = _distinct_rows(*rows)
        middle, below, above = (part.astype(np.float64) for part in distinct)
        with np.errstate(invalid="ignore"):
            return cls(*ordered_bounds(middle - below, middle + above), index)


def time_bins(centers: ArrayLike, *, gap_factor: float = 1.75) -> Bins:
    """Reconstruct the bounds of records from their centre times, leaving gaps open.

    Cells touch midway between records, except across a gap, where each ends half a step from its
    own centre: half the step to its other neighbour, or where that is a gap too, half the shorter
    of the nearest steps that are not.

    A step is a gap when it exceeds `gap_factor` times the local cadence: the largest median of
    any 7 consecutive steps that contain it. A change of cadence is not a gap, whatever its ratio,
    once the slower cadence has 4 steps; and a single missing record is one. With 7 steps or
    fewer there is one window, and one step alone is never a gap.

    The order is kept as given, whether or not it is sorted; equal times share one bin; a time
    that is not finite has an unused bin. A lone time gets a bin of one second around it.

    Parameters
    ----------
    centers
        Times in seconds, or moments, shape (n,).
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
    times = floats(centers, "A record's time")
    if times.ndim != 1 or not gap_factor > 1:
        raise InputError(
            f"Record times need shape (n,) and a gap factor above 1, not {times.shape} "
            f"and {gap_factor}.",
            hint="Pass one centre time for each record.",
        )
    return Bins(*time_bounds(times, gap_factor))


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


def _centers(values: ArrayLike) -> NDArray[Any]:
    """Numbers in the precision they came in, which says what of a difference is rounding."""
    plain = undated(values)
    return plain if plain.dtype.kind in "fiub" else floats(plain, "A bin's centre")


def _checked_bounds(
    lo: ArrayLike, hi: ArrayLike, *, ndim: int, what: str
) -> tuple[FloatArray, FloatArray]:
    low, high = floats(lo, _BOUND), floats(hi, _BOUND)
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
