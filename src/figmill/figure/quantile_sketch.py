"""Pooled samples of many files: percentiles that do not depend on order, and can be added to.

A sample falls into the bucket ``ceil(log(value) / log(g))`` with ``g = (1 + a) / (1 - a)``; the
bucket stands for ``2 g^i / (g + 1)``, which is within the relative distance `a` of everything in
it, or for its upper end ``g^i``, which is not below anything in it and within ``2 a``. With `a`
half of `ACCURACY`, a percentile of the pool is within it of the one that all the samples give; two
pools add up to the pool of both, and adding is exact whatever the order. The construction is by
C. Masson, J. E. Rim and H. K. Lee, "DDSketch" (Proceedings of the VLDB Endowment 12, 2019).
"""

from __future__ import annotations

import base64
import math
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from figmill.errors import InputError
from figmill.figure.limits import LimitScale, coverage_limit, legible_log_limits, set_apart

ACCURACY = 0.0025
"""Largest relative error of a percentile of positive samples."""

_GROWTH = (1 + ACCURACY / 2) / (1 - ACCURACY / 2)
_LOG = math.log(_GROWTH)
# Buckets of the first form were twice as wide.
_FIRST_LOG = math.log((1 + ACCURACY) / (1 - ACCURACY))
_ROUNDING = 1e-12
_FIRST_FORM, _FORM = 1, 2
_AT_ONCE = 64

COARSE = 0.01
"""Largest relative error of limits from a `QuantileSketch`: less than a pixel of a colour bar."""

_COARSE_GROWTH = (1 + COARSE) / (1 - COARSE)
_COARSE_LOG = math.log(_COARSE_GROWTH)
# The smallest float64 has bucket -37,221.
_LIFT = 40_000
_SKETCH_FORM = 1

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Positive samples by size, and how many there are at each energy.

    Attributes
    ----------
    buckets, counts
        Bucket numbers in ascending order, and how many samples each holds; shape (b,).
    energies, samples
        Energies (eV) in ascending order, and how many samples are positive there; shape (e,).
    """

    buckets: Counts = field(default_factory=lambda: np.zeros(0, np.int64))
    counts: Counts = field(default_factory=lambda: np.zeros(0, np.int64))
    energies: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    samples: Counts = field(default_factory=lambda: np.zeros(0, np.int64))

    @classmethod
    def of(cls, values: ArrayLike, energies: ArrayLike) -> Pool:
        """Pool samples.

        Parameters
        ----------
        values
            Any shape; what is not positive and finite does not count.
        energies
            The energy of each, of a shape that broadcasts to that of the values.
        """
        given = np.asarray(values)
        positive = (given > 0) & (given < np.inf)
        chosen = given[positive].astype(np.float64)
        number = np.ceil(np.log(chosen) / _LOG).astype(np.int64)
        buckets, counts = np.unique(number, return_counts=True)
        where = np.broadcast_to(np.asarray(energies, dtype=np.float64), given.shape)[positive]
        at, samples = np.unique(where[np.isfinite(where)], return_counts=True)
        return cls(buckets, counts.astype(np.int64), at, samples.astype(np.int64))

    def __add__(self, other: Pool) -> Pool:
        """The pool of both."""
        return Pool.total((self, other))

    @classmethod
    def total(cls, pools: Iterable[Pool]) -> Pool:
        """The pool of all samples of some pools."""
        total, some = cls(), []
        for pool in pools:
            some.append(pool)
            if len(some) == _AT_ONCE:
                total, some = cls._sum((total, *some)), []
        return cls._sum((total, *some))

    @classmethod
    def _sum(cls, many: Sequence[Pool]) -> Pool:
        return cls(
            *_merged([p.buckets for p in many], [p.counts for p in many]),
            *_merged([p.energies for p in many], [p.samples for p in many]),
        )

    @property
    def size(self) -> int:
        """How many positive samples there are."""
        return int(self.counts.sum())

    def percentile(
        self, part: float, *, side: Literal["near", "above", "below"] = "near"
    ) -> float | None:
        """A percentile of the positive samples, as ``numpy.percentile`` defines it.

        Parameters
        ----------
        part
            From 0 to 100.
        side
            "near": around it. "above", "below": on this side of it, as limits that are to hold the
            samples need it.

        Returns
        -------
        float or None
            Within `ACCURACY` of it, relatively. None where there are no samples.

        Raises
        ------
        InputError
            If `part` is not from 0 to 100.
        """
        if not 0 <= part <= 100:
            raise InputError(f"There is no percentile {part}.", hint="Use 0 to 100.")
        upper = np.exp(self.buckets * _LOG)
        # Rounding may put a sample at a bucket's very edge into its neighbour.
        values = {
            "near": 2 * upper / (_GROWTH + 1),
            "above": upper * (1 + _ROUNDING),
            "below": upper / _GROWTH * (1 - _ROUNDING),
        }[side]
        return _percentile(values, self.counts, part)

    def energy_limit(self, fraction: float = 0.99) -> float | None:
        """The smallest energy up to which a fraction of the positive samples lie; exact."""
        return coverage_limit(self.energies, self.samples, fraction)

    def lowest_energy(self) -> float | None:
        """The smallest energy with a positive sample."""
        return float(self.energies[0]) if self.energies.size else None

    def to_text(self) -> str:
        """A short text that `from_text` reads."""
        parts = (
            np.diff(self.buckets, prepend=0).astype("<i8"),
            self.counts.astype("<i8"),
            self.energies.astype("<f8"),
            self.samples.astype("<i8"),
        )
        head = np.array([_FORM, self.buckets.size, self.energies.size], "<i8").tobytes()
        return base64.b85encode(zlib.compress(head + b"".join(p.tobytes() for p in parts))).decode()

    @classmethod
    def from_text(cls, text: str) -> Pool:
        """Read what `to_text` wrote.

        Raises
        ------
        InputError
            If it is something else.
        """
        try:
            data = zlib.decompress(base64.b85decode(text))
            form, buckets, energies = np.frombuffer(data, "<i8", 3).tolist()
            steps, counts = np.frombuffer(data, "<i8", 2 * buckets, 24).reshape(2, -1)
            rest = 24 + 16 * buckets
            at = np.frombuffer(data, "<f8", energies, rest)
            samples = np.frombuffer(data, "<i8", energies, rest + 8 * energies)
        except (ValueError, zlib.error) as error:
            raise InputError(
                "The pooled samples cannot be read.", hint="Compute the extrema again."
            ) from error
        numbers: Counts = np.cumsum(steps)
        if form == _FIRST_FORM:
            numbers = np.ceil(numbers * _FIRST_LOG / _LOG).astype(np.int64)
        elif form != _FORM:
            raise InputError(
                f"The pooled samples have the form {form}.", hint="Compute the extrema again."
            )
        return cls(numbers, counts.copy(), at.copy(), samples.copy())


def _percentile(values: NDArray[np.float64], counts: Counts, part: float) -> float | None:
    """The percentile of ascending values that occur so many times each, as numpy defines it."""
    upto = np.cumsum(counts)
    size = int(upto[-1]) if upto.size else 0
    if not size:
        return None
    exact = (size - 1) * part / 100
    low = math.floor(exact)
    first, second = (
        float(values[int(np.searchsorted(upto, place, side="right"))])
        for place in (low, min(low + 1, size - 1))
    )
    return first + (second - first) * (exact - low)


@dataclass(frozen=True, slots=True, eq=False)
class QuantileSketch:
    """Values of any sign by size: what percentiles of many files together need, in a kilobyte.

    Sketches of parts add up to that of the whole, in any order. A bucket's values differ by 2 % at
    most, so that the middle of it is within `COARSE` of each (the bucket scheme of DDSketch: Masson
    et al., PVLDB 12, 2019); the extremes are exact.

    Attributes
    ----------
    buckets, counts
        Places of buckets, in ascending order of their values, and how many values each holds; shape
        (b,). Bucket 0 holds zeros, positive values are above it, negative ones below.
    low, high, least_positive
        The smallest and largest value, and the smallest above 0; NaN where there is none.
    """

    buckets: Counts = field(default_factory=lambda: np.zeros(0, np.int64))
    counts: Counts = field(default_factory=lambda: np.zeros(0, np.int64))
    low: float = math.nan
    high: float = math.nan
    least_positive: float = math.nan

    @classmethod
    def of(cls, values: ArrayLike) -> QuantileSketch:
        """Sketch the finite values of an array of any shape."""
        given = np.asarray(values).ravel()
        finite = given[np.isfinite(given)].astype(np.float64)
        if not finite.size:
            return cls()
        # Positive whole numbers for all sizes, so that the sign can go before them; zero stays 0.
        size = np.log(np.abs(finite), where=finite != 0, out=np.zeros(finite.size))
        number = (np.sign(finite) * (np.ceil(size / _COARSE_LOG) + _LIFT)).astype(np.int64)
        first = int(number.min())
        many = np.bincount(number - first)
        held = np.flatnonzero(many)
        positive = finite[finite > 0]
        return cls(
            held + first,
            many[held],
            float(finite.min()),
            float(finite.max()),
            float(positive.min()) if positive.size else math.nan,
        )

    @classmethod
    def total(cls, sketches: Iterable[QuantileSketch]) -> QuantileSketch:
        """The sketch of all values of some sketches."""
        many = [one for one in sketches if one.size]
        if not many:
            return cls()
        return cls(
            *_merged([one.buckets for one in many], [one.counts for one in many]),
            min(one.low for one in many),
            max(one.high for one in many),
            float(np.fmin.reduce([one.least_positive for one in many])),
        )

    @property
    def size(self) -> int:
        """How many values there are."""
        return int(self.counts.sum())

    def limits(
        self, scale: LimitScale = "linear", percentiles: tuple[float, float] = (1.0, 99.0)
    ) -> tuple[float, float] | None:
        """Limits as `figmill.figure.limits.robust_limits` gives them, within `COARSE`.

        Parameters
        ----------
        scale
            ``"log"`` counts positive values only.
        percentiles
            Lower and upper, from 0 to 100, increasing.

        Returns
        -------
        tuple or None
            Limits with ``lo < hi``; None where no value counts.
        """
        values, counts = self._middles(scale)
        size = int(counts.sum())
        if not size:
            return None
        least = self.least_positive if scale == "log" else self.low
        low, high = percentiles
        found = [least, self.high]
        # A percentile that would leave out less than one value leaves out none.
        if low / 100 * size >= 1:
            found[0] = _percentile(values, counts, low) or 0.0
        if (1 - high / 100) * size >= 1:
            found[1] = _percentile(values, counts, high) or 0.0
        return set_apart(found[0], found[1], scale)

    def legible(self, limits: tuple[float, float]) -> tuple[float, float]:
        """Bring limits of a log scale to what `figmill.figure.limits.legible_log_limits` gives."""
        return legible_log_limits(limits, *self._middles("log"))

    def _middles(self, scale: LimitScale) -> tuple[NDArray[np.float64], Counts]:
        """What buckets stand for, ascending, and how many values each holds."""
        chosen = self.buckets > 0 if scale == "log" else np.ones(self.buckets.size, bool)
        buckets, counts = self.buckets[chosen], self.counts[chosen]
        with np.errstate(over="ignore"):  # the largest bucket's upper edge; clipped below
            middle = 2 * np.exp((np.abs(buckets) - _LIFT) * _COARSE_LOG) / (_COARSE_GROWTH + 1)
        values = np.sign(buckets) * middle
        values[buckets == 0] = 0.0
        least = self.least_positive if scale == "log" else self.low
        values = np.clip(values, least, self.high)
        if values.size > 1:  # these two are known better than by their buckets
            values[0], values[-1] = least, self.high
        return values, counts

    def to_text(self) -> str:
        """A short text that `from_text` reads."""
        head = np.array([_SKETCH_FORM, self.buckets.size], "<i8").tobytes()
        ends = np.array([self.low, self.high, self.least_positive], "<f8").tobytes()
        steps = np.diff(self.buckets, prepend=0).astype("<i8").tobytes()
        data = head + ends + steps + self.counts.astype("<i8").tobytes()
        return base64.b85encode(zlib.compress(data)).decode()

    @classmethod
    def from_text(cls, text: str) -> QuantileSketch:
        """Read what `to_text` wrote.

        Raises
        ------
        InputError
            If it is something else.
        """
        try:
            data = zlib.decompress(base64.b85decode(text))
            form, size = np.frombuffer(data, "<i8", 2).tolist()
            low, high, least = np.frombuffer(data, "<f8", 3, 16).tolist()
            steps, counts = np.frombuffer(data, "<i8", 2 * size, 40).reshape(2, -1)
        except (ValueError, zlib.error) as error:
            raise InputError("The sketch cannot be read.", hint="Make it again.") from error
        if form != _SKETCH_FORM:
            raise InputError(f"The sketch has the form {form}.", hint="Make it again.")
        return cls(np.cumsum(steps), counts.copy(), low, high, least)


def _merged(
    keys: list[NDArray[Any]], counts: list[NDArray[Any]]
) -> tuple[NDArray[Any], NDArray[Any]]:
    distinct, place = np.unique(np.concatenate(keys), return_inverse=True)
    total = np.zeros(distinct.size, np.int64)
    np.add.at(total, place.ravel(), np.concatenate(counts))
    return distinct, total


@dataclass(frozen=True, slots=True)
class Extrema:
    """Limits of one instrument's axes, in the units of the axis; None where there is no sample."""

    y_min: float | None = None
    y_max: float | None = None
    z_min: float | None = None
    z_max: float | None = None

    def over(self, others: Extrema) -> Extrema:
        """These limits, and where there is none that of the others."""
        return Extrema(
            *(
                getattr(others if getattr(self, name) is None else self, name)
                for name in ("y_min", "y_max", "z_min", "z_max")
            )
        )


def extrema_of(
    pool: Pool,
    *,
    max_percentile: float = 95.0,
    compute_mins: bool = False,
    log_y: bool = False,
    log_z: bool = False,
    log_floor_cutoff: float = 0.1,
    log_floor_value: float = -1.0,
    highest_energy: float | None = 4000.0,
    coverage: float = 0.99,
) -> Extrema:
    """Decide the limits that a pool of samples calls for.

    The upper colour limit is a percentile of the positive samples; the upper energy is the
    smallest one up to which `coverage` of them lie, at most `highest_energy`.

    Parameters
    ----------
    pool
        The positive samples of all orbits.
    max_percentile
        Of the upper colour limit; the lower one is the complementary percentile.
    compute_mins
        Whether lower limits come from the samples, too. Otherwise they are 0, or None on a log
        axis, where a figure takes its own.
    log_y, log_z
        Whether the axes are logarithmic.
    log_floor_cutoff, log_floor_value
        A lower limit below the cutoff on a log axis becomes ``10 ** log_floor_value``.
    highest_energy
        eV; None for no bound.
    """
    if not pool.size:
        return Extrema()
    y_max = pool.energy_limit(coverage)
    if y_max is not None and highest_energy is not None:
        y_max = min(y_max, highest_energy)

    def lower(value: float | None, log: bool) -> float | None:
        if not compute_mins:
            return None if log else 0.0
        if log and value is not None and value < log_floor_cutoff:
            return float(10.0**log_floor_value)
        return value

    return Extrema(
        y_min=lower(pool.lowest_energy(), log_y),
        y_max=y_max,
        z_min=lower(pool.percentile(100 - max_percentile, side="below"), log_z),
        z_max=pool.percentile(max_percentile, side="above"),
    )


def as_extrema(values: Mapping[str, float | None] | Extrema) -> Extrema:
    """Extrema from a mapping with any of y_min, y_max, z_min, z_max.

    Raises
    ------
    InputError
        If it has another key.
    """
    if isinstance(values, Extrema):
        return values
    known = ("y_min", "y_max", "z_min", "z_max")
    if unknown := set(values) - set(known):
        raise InputError(
            f"There is no limit {', '.join(map(repr, sorted(unknown)))}.",
            hint=f"Give any of {', '.join(known)}.",
        )
    return Extrema(**{key: None if v is None else float(v) for key, v in values.items()})
