"""Exact multiples of a step between two limits."""

from __future__ import annotations

import math
from fractions import Fraction

from figmill.errors import PlottingError

# A multiple outside the limits by less than this part of the span is so by rounding alone.
ON_LIMIT = Fraction(1, 10**10)


def check_limits(lo: float, hi: float) -> None:
    """Refuse limits between which no axis can be drawn.

    Raises
    ------
    PlottingError
        If the limits are not finite and increasing.
    """
    if not (math.isfinite(lo) and math.isfinite(hi) and lo < hi):
        raise PlottingError(
            f"An axis cannot reach from {lo} to {hi}.",
            hint="Give finite limits, the lower one first.",
        )


def multiples(lo: float, hi: float, step: Fraction) -> range:
    """All n with ``lo <= n * step <= hi``; what rounding alone puts outside is inside.

    Examples
    --------
    >>> multiples(0.1, 0.1 + 0.2, Fraction(1, 10))
    range(1, 4)
    """
    low, high = Fraction(lo), Fraction(hi)
    slack = (high - low) * ON_LIMIT
    return range(math.ceil((low - slack) / step), math.floor((high + slack) / step) + 1)
