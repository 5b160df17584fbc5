"""Scales: from a value to its place along an axis, and back.

A place is a fraction of the axis: 0 at its beginning, 1 at its end.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from figmill.errors import PlottingError

FloatArray = NDArray[np.float64]

ScaleName = Literal["linear", "log", "symlog", "time"]

# Decades that the threshold of a symlog axis is away from 0; matplotlib's linscale of 1 is that.
_LINEAR = 10 / 9


@dataclass(frozen=True, slots=True)
class Scale:
    """How values become places along an axis.

    Parameters
    ----------
    kind
        "linear", "log", "symlog" (logarithmic to both sides of 0, linear within the threshold), or
        "time" (linear in UNIX seconds).
    reverse
        Place the highest value at 0.
    kink
        ``(at, factor)``: a linear axis whose values below `at` are drawn `factor` times as wide;
        infrared atlases change so at 2000 cm^-1.
    threshold
        Of a symlog axis: values from -threshold to threshold are placed linearly, each half of
        them as wide as 10/9 decades, as matplotlib places them.

    Raises
    ------
    PlottingError
        If the kind is unknown, the kink not on a linear axis, finite, and of positive factor, or
        the threshold is not above 0, or missing, or on an axis that is not symlog.

    Examples
    --------
    >>> Scale("log").project([1.0, 10.0, 100.0, 0.0], 1.0, 100.0)
    array([0. , 0.5, 1. , nan])
    >>> Scale("linear", reverse=True, kink=(2000.0, 2.0)).project([2000.0], 1000.0, 4000.0)
    array([0.5])
    >>> Scale("symlog", threshold=1.0).project([-100.0, 0.0, 100.0], -100.0, 100.0)
    array([0. , 0.5, 1. ])
    """

    kind: ScaleName = "linear"
    reverse: bool = False
    kink: tuple[float, float] | None = None
    threshold: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in get_args(ScaleName):
            raise PlottingError(
                f"Unknown axis scale {self.kind!r}.",
                hint="Use 'linear', 'log', 'symlog' or 'time'.",
            )
        if self.kind == "symlog":
            if self.threshold is None or not 0 < self.threshold < math.inf:
                raise PlottingError(
                    f"A symlog axis with the threshold {self.threshold}.",
                    hint="Give a threshold above 0: values up to it are placed linearly.",
                )
        elif self.threshold is not None:
            raise PlottingError(
                f"A {self.kind} axis has no threshold; it was given {self.threshold}.",
                hint="Use a symlog axis, or no threshold.",
            )
        if self.kink is not None:
            at, factor = self.kink
            sound = math.isfinite(at) and math.isfinite(factor) and factor > 0
            if self.kind != "linear" or not sound:
                raise PlottingError(
                    f"A {self.kind} axis cannot change its scale {factor}-fold at {at}.",
                    hint="Use a linear axis, a finite value and a factor above 0.",
                )

    def project(self, values: ArrayLike, lo: float, hi: float) -> FloatArray:
        """Place values along an axis from `lo` to `hi`.

        Parameters
        ----------
        values
            Any shape, in axis units. Never changed.
        lo, hi
            Limits of the axis, ``lo < hi`` whatever its direction; positive for a log axis.

        Returns
        -------
        numpy.ndarray
            Fractions of the axis, same shape; beyond 0 and 1 outside the limits. NaN for NaN,
            and for values that are not positive on a log axis.

        Raises
        ------
        PlottingError
            If the limits fit no axis of this kind.
        """
        first, last = self._ends(lo, hi)
        places = np.array(values, dtype=np.float64)
        self._straighten(places)
        places -= first
        places /= last - first
        if self.reverse:
            np.subtract(1.0, places, out=places)
        return places

    def unproject(self, fractions: ArrayLike, lo: float, hi: float) -> FloatArray:
        """Find the values at given places; the inverse of `project`.

        Parameters
        ----------
        fractions
            Any shape.
        lo, hi
            Limits of the axis, as in `project`.

        Raises
        ------
        PlottingError
            If the limits fit no axis of this kind.
        """
        first, last = self._ends(lo, hi)
        values = np.array(fractions, dtype=np.float64)
        if self.reverse:
            np.subtract(1.0, values, out=values)
        values *= last - first
        values += first
        if self.kind == "log":
            np.exp(values, out=values)
        elif self.threshold is not None:
            size = np.abs(values)
            near = np.minimum(size, _LINEAR) / _LINEAR * self.threshold
            decades = np.power(10.0, np.maximum(size - _LINEAR, 0.0) + np.log10(self.threshold))
            np.copysign(np.where(size <= _LINEAR, near, decades), values, out=values)
        elif self.kink is not None:
            at, factor = self.kink
            values -= at
            np.divide(values, factor, out=values, where=values < 0)
            values += at
        return values

    def _straighten(self, values: FloatArray) -> None:
        """Bring values, in place, to where equal steps have equal lengths."""
        if self.kind == "log":
            values[~(values > 0)] = np.nan
            np.log(values, out=values)
        elif self.threshold is not None:
            # Not log10(size / threshold): that quotient overflows before its logarithm does.
            size, one = np.abs(values), self.threshold
            near = np.minimum(size, one) / one
            decades = np.log10(np.maximum(size, one)) - np.log10(one) + _LINEAR
            np.copysign(np.where(size <= one, near * _LINEAR, decades), values, out=values)
        elif self.kink is not None:
            at, factor = self.kink
            values -= at
            np.multiply(values, factor, out=values, where=values < 0)
            values += at

    def _ends(self, lo: float, hi: float) -> tuple[float, float]:
        sound = math.isfinite(lo) and math.isfinite(hi) and lo < hi
        if not sound or (self.kind == "log" and lo <= 0):
            raise PlottingError(
                f"A {self.kind} axis cannot reach from {lo} to {hi}.",
                hint="Give finite limits, the lower one first; above 0 for a log axis.",
            )
        ends = np.array([lo, hi], dtype=np.float64)
        self._straighten(ends)
        return float(ends[0]), float(ends[1])
