"""A calibration line: band area against known values, and what an unknown then reads."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from figmill.errors import InputError, MissingExtraError


@dataclass(frozen=True, slots=True)
class Reading:
    """What a calibration says of a sample.

    ``low`` and ``high`` bound the value with the calibration's confidence; ``outside`` tells that
    the reading lies beyond the known values, where the line is a guess.
    """

    value: float
    low: float
    high: float
    outside: bool


@dataclass(frozen=True, slots=True)
class Calibration:
    """area = intercept + slope * value, by least squares.

    Parameters
    ----------
    slope, intercept
        With their standard errors ``slope_error`` and ``intercept_error``.
    r2
        Coefficient of determination.
    residual
        Residual standard deviation, in units of area, n - 2 degrees of freedom.
    confidence
        Of the prediction intervals.
    """

    slope: float
    intercept: float
    slope_error: float
    intercept_error: float
    r2: float
    residual: float
    count: int
    lowest: float
    highest: float
    mean: float
    spread: float
    confidence: float
    quantile: float

    def area(self, value: float) -> float:
        """The area that a value gives."""
        return self.intercept + self.slope * value

    def interval(self, value: float) -> float:
        """Half the width of the prediction interval of one new area at a value."""
        room = 1 + 1 / self.count + (value - self.mean) ** 2 / self.spread
        return self.quantile * self.residual * math.sqrt(room)

    def read(self, area: float) -> Reading:
        """The value of a sample of that area, with its prediction interval.

        The interval is that of inverse prediction; D. C. Montgomery, E. A. Peck and G. G. Vining,
        Introduction to Linear Regression Analysis, 5th ed., section 15.2.
        """
        value = (area - self.intercept) / self.slope
        g = (self.quantile * self.residual / self.slope) ** 2 / self.spread
        if g >= 1:
            return Reading(value, -math.inf, math.inf, True)
        offset = value - self.mean
        centre = self.mean + offset / (1 - g)
        half = (
            self.quantile
            * self.residual
            / abs(self.slope)
            / (1 - g)
            * math.sqrt((1 + 1 / self.count) * (1 - g) + offset**2 / self.spread)
        )
        outside = not self.lowest <= value <= self.highest
        return Reading(value, centre - half, centre + half, outside)


def calibrate(values: ArrayLike, areas: ArrayLike, *, confidence: float = 0.95) -> Calibration:
    """Fit a calibration line.

    Parameters
    ----------
    values
        Shape (n,): what is known, such as a concentration.
    areas
        Shape (n,): what was measured.
    confidence
        Of the prediction intervals, between 0 and 1.

    Raises
    ------
    figmill.errors.InputError
        If there are fewer than three points, or all values are one, or the line is flat.

    Examples
    --------
    >>> line = calibrate([0, 1, 2, 3], [0.1, 2.1, 4.0, 6.2])
    >>> round(line.slope, 3), round(line.intercept, 3), round(line.read(4.1).value, 2)
    (2.02, 0.07, 2.0)
    """
    try:
        from scipy.special import stdtrit
    except ImportError:
        raise MissingExtraError("scipy", "spectra") from None
    x = np.asarray(values, dtype=np.float64)
    y = np.asarray(areas, dtype=np.float64)
    finite = np.isfinite(x) & np.isfinite(y)
    x, y = x[finite], y[finite]
    if x.size < 3:
        raise InputError(
            f"a calibration has {x.size} usable points.",
            hint="Three are needed at least: give more samples of known value.",
        )
    mean = float(x.mean())
    spread = float(((x - mean) ** 2).sum())
    if spread <= 0:
        raise InputError(
            "all known values of the calibration are one and the same.",
            hint="Give samples of different values.",
        )
    slope = float(((x - mean) * (y - y.mean())).sum() / spread)
    intercept = float(y.mean() - slope * mean)
    rest = y - (intercept + slope * x)
    total = float(((y - y.mean()) ** 2).sum())
    if slope == 0 or total == 0:
        raise InputError(
            "the areas do not change with the known values.", hint="Choose another band."
        )
    residual = math.sqrt(float((rest**2).sum()) / (x.size - 2))
    return Calibration(
        slope=slope,
        intercept=intercept,
        slope_error=residual / math.sqrt(spread),
        intercept_error=residual * math.sqrt(1 / x.size + mean**2 / spread),
        r2=1 - float((rest**2).sum()) / total,
        residual=residual,
        count=int(x.size),
        lowest=float(x.min()),
        highest=float(x.max()),
        mean=mean,
        spread=spread,
        confidence=confidence,
        quantile=float(stdtrit(x.size - 2, 0.5 + confidence / 2)),
    )
