"""Rows of values under a time axis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from figmill.errors import PlottingError
from figmill.figure import checks
from figmill.figure.numbers import floats, number


@dataclass(frozen=True, slots=True, eq=False)
class TickRow:
    """A row of values under the time axis, read at its labelled ticks: MLT, altitude.

    Parameters
    ----------
    label
        What the row holds, with its unit.
    x, values
        Shape (n,): the values at x, increasing. Between them they are interpolated; outside
        them, and across a NaN, the row stays empty.
    decimals
        Digits after the point.
    period
        For quantities that wrap, such as 24 for MLT: interpolation goes the short way round, and
        stays in the range that the values have: 0 to `period`, half of it to either side of 0,
        or else from the lowest value, rounded down. The end of the range is written as its
        beginning.

    Raises
    ------
    figmill.errors.PlottingError
        If x and values do not agree, the period is not above 0, or the decimals are negative.

    Examples
    --------
    >>> row = TickRow("MLT (h)", [0.0, 1.0], [23.9, 0.1], period=24)
    >>> row.at([0.0, 0.4])
    array([23.9,  0. ])
    """

    label: str
    x: NDArray[np.float64]
    values: NDArray[np.float64]
    decimals: int = 1
    period: float | None = None

    def __post_init__(self) -> None:
        checks.text(self.label, "The tick row's label")
        x = floats(self.x, f"Tick row {self.label!r}", PlottingError)
        values = floats(self.values, f"Tick row {self.label!r}", PlottingError)
        if x.ndim != 1 or x.shape != values.shape:
            raise PlottingError(
                f"Tick row {self.label!r} has x of shape {x.shape}, values of {values.shape}.",
                hint="Give two vectors of the same length.",
            )
        if not (isinstance(self.decimals, int) and 0 <= self.decimals <= 15):
            raise PlottingError(
                f"Tick row {self.label!r} has {self.decimals!r} decimals.", hint="Use 0 to 15."
            )
        if self.period is not None and not 0 < number(self.period, "A period") < np.inf:
            raise PlottingError(
                f"Tick row {self.label!r} has a period of {self.period}.",
                hint="Give a number above 0, such as 24 for hours, or None.",
            )
        keep = np.isfinite(x)
        order = np.argsort(x[keep], kind="stable")
        object.__setattr__(self, "x", x[keep][order])
        object.__setattr__(self, "values", values[keep][order])

    def at(self, x: ArrayLike) -> NDArray[np.float64]:
        """The row's values at `x`, shape of `x`, rounded to its decimals; NaN where it has none."""
        x = floats(x, "A place on the axis", PlottingError)
        if self.x.size == 0:
            return np.full(x.shape, np.nan)
        values = self.values
        right = np.clip(np.searchsorted(self.x, x, side="left"), 0, self.x.size - 1)
        left = np.where(self.x[right] == x, right, np.maximum(right - 1, 0))
        span = self.x[right] - self.x[left]
        part = np.divide(x - self.x[left], span, out=np.zeros_like(x), where=span > 0)
        step = values[right] - values[left]
        if self.period is not None:
            step = (step + self.period / 2) % self.period - self.period / 2
        result = np.round(values[left] + part * step, self.decimals)
        if self.period is not None:
            base = self._base(self.period)
            # What rounds up to the end of the range has come round to its beginning.
            result = np.round(base + (result - base) % self.period, self.decimals)
        return np.where((x < self.x[0]) | (x > self.x[-1]), np.nan, result + 0.0)

    def _base(self, period: float) -> float:
        """Where the range of the row's values begins."""
        known = self.values[np.isfinite(self.values)]
        low, high = (known.min(), known.max()) if known.size else (0.0, 0.0)
        if low >= 0 and high <= period:
            return 0.0
        if -period / 2 <= low and high <= period / 2:
            return -period / 2
        return float(np.floor(low))  # rounding never falls below a whole number
