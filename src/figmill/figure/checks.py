"""Checks that the parts of a figure share: what is wrong, and what would be right."""

from __future__ import annotations

from typing import Any

import numpy as np

from figmill.errors import PlottingError
from figmill.figure.numbers import number

Limits = tuple[float | None, float | None]

# Points: wider than any sheet, and still far from what would fill the memory.
_WIDEST = 1000.0


def one_of(value: Any, choices: tuple[str, ...], what: str) -> None:
    """Refuse what is not among the choices."""
    if value not in choices:
        raise PlottingError(
            f"{what} is {value!r}.", hint=f"Use one of {', '.join(map(repr, choices))}."
        )


def instance(value: Any, kind: type | tuple[type, ...], what: str, hint: str) -> None:
    """Refuse what is of another type."""
    if not isinstance(value, kind):
        raise PlottingError(f"{what} is of type {type(value).__name__}.", hint=hint)


def text(value: Any, what: str) -> None:
    """Refuse what is not text."""
    if not isinstance(value, str):
        raise PlottingError(f"{what} is {value!r}, not text.", hint="Pass a string.")


def opacity(value: Any, what: str) -> None:
    """Refuse an opacity outside 0 to 1."""
    if not 0 <= number(value, what) <= 1:
        raise PlottingError(f"{what} is {value}.", hint="Use 0 (invisible) to 1 (opaque).")


def points(value: Any, what: str, *, zero: bool = True) -> None:
    """Refuse a size that cannot be drawn."""
    size = number(value, what)
    if not (0 <= size <= _WIDEST and (zero or size > 0)):
        least = "0" if zero else "above 0"
        raise PlottingError(
            f"{what} is {value:g} points.", hint=f"Use {least} to {_WIDEST:g} (1/72 inch)."
        )


def pair(value: Any, what: str, hint: str) -> Limits:
    """Two numbers, either of which may be None.

    Raises
    ------
    figmill.errors.PlottingError
        If they are not two, or no numbers.
    """
    try:
        first, second = value
    except (TypeError, ValueError):
        raise PlottingError(f"{what} is {value!r}.", hint=hint) from None
    low, high = (None if each is None else number(each, what) for each in (first, second))
    return low, high


def limits(value: Any, scale: str, what: str) -> Limits:
    """Two limits, each a number or None.

    Raises
    ------
    figmill.errors.PlottingError
        If they are not two, not finite, not increasing, too far apart, or not positive on a log
        scale.
    """
    low, high = pair(value, what, "Give two: (lowest, highest), None for what the data decide.")
    for bound in (low, high):
        if bound is None:
            continue
        if not np.isfinite(bound):
            raise PlottingError(
                f"{what} is {bound}.", hint="Give finite numbers, or None for automatic."
            )
        if scale == "log" and bound <= 0:
            raise PlottingError(
                f"{what} of {bound:g} cannot stand on a log scale.",
                hint="Give a limit above 0, or use a linear scale.",
            )
    if low is not None and high is not None:
        if not low < high:
            raise PlottingError(
                f"{what}s {low:g} to {high:g} are not increasing.",
                hint="Give the lower limit first.",
            )
        spannable(low, high, scale)
    return low, high


def spannable(low: float, high: float, scale: str) -> None:
    """Refuse a linear range that is wider than the largest number.

    Raises
    ------
    figmill.errors.PlottingError
        If its width is infinite.
    """
    if scale != "log" and not np.isfinite(high - low):
        raise PlottingError(
            f"A {scale} scale cannot reach from {low:g} to {high:g}: that is wider than the "
            "largest number.",
            hint="Divide the values by a power of ten, mark fill values as missing, or give "
            "limits.",
        )
