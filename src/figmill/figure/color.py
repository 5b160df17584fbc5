"""Colour scales: how values become colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from figmill.errors import PlottingError
from figmill.figure import checks
from figmill.figure.numbers import number

Color = str | tuple[float, float, float]
"""A colour name, ``#rrggbb``, or red, green and blue in 0..1."""

AUTO = "auto"


def as_color(value: Any, what: str) -> Color | None:
    """A colour that can be looked up, or None; whether a name is known shows when it is drawn.

    Raises
    ------
    figmill.errors.PlottingError
        If it is neither text nor three numbers in 0..1, or has an opacity of its own.

    Examples
    --------
    >>> as_color([1, 0, 0], "The curve's colour")
    (1.0, 0.0, 0.0)
    """
    if value is None:
        return None
    parts: list[Any] = []
    if isinstance(value, str):
        if not (value.startswith("#") and len(value) in (5, 9)):
            return value
    elif isinstance(value, Sequence | np.ndarray):
        parts = list(value)
        if len(parts) == 3:
            red, green, blue = (number(part, what) for part in parts)
            if all(0 <= part <= 1 for part in (red, green, blue)):
                return red, green, blue
    if isinstance(value, str) or len(parts) == 4:
        raise PlottingError(
            f"{what} is {value!r}, with an opacity.",
            hint="Give red, green and blue; opacity is the layer's alpha.",
        )
    raise PlottingError(
        f"{what} is {value!r}.", hint="Use a name, '#rrggbb', or three numbers in 0..1."
    )


@dataclass(frozen=True, slots=True)
class ColorScale:
    """How the values of a spectrogram become colours.

    Parameters
    ----------
    scale
        ``"linear"`` or ``"log"``. On a log scale zero and negative values are below range.
    limits
        ``(lowest, highest)`` value; either may be None, and is then taken from the data by
        `percentiles`.
    percentiles
        The percentiles of the drawn values that stand in for limits that are not given. Where
        they would leave out less than one value, as 1 and 99 would of fewer than 100, the limits
        are the lowest and the highest value.
    colormap
        The name of a matplotlib colour map.
    below, above
        Colours of values outside the limits. ``"auto"`` is a darker shade of the map's first
        and a paler shade of its last colour, so that out-of-range is visible as such; None
        clips to the end of the map.
    missing
        Colour of cells that were measured but hold no valid value (fill, NaN). ``"auto"`` is a
        calm grey of the theme, None leaves them blank as a gap. Times without any record are
        always left blank.
    label, unit
        What the colour bar says; `unit` is typeset.

    Raises
    ------
    figmill.errors.PlottingError
        If the limits are not an increasing pair, or not positive on a log scale, or anything
        else is not what it is said to be.
    """

    scale: Literal["linear", "log"] = "linear"
    limits: tuple[float | None, float | None] = (None, None)
    percentiles: tuple[float, float] = (1.0, 99.0)
    colormap: str = "viridis"
    below: Color | None = AUTO
    above: Color | None = AUTO
    missing: Color | None = AUTO
    label: str = ""
    unit: str = ""

    def __post_init__(self) -> None:
        checks.one_of(self.scale, ("linear", "log"), "The colour scale")
        limits = checks.limits(self.limits, self.scale, "The colour limit")
        object.__setattr__(self, "limits", limits)
        for name in ("below", "above", "missing"):
            color = as_color(getattr(self, name), f"The colour of values that are {name}")
            object.__setattr__(self, name, color)
        for name in ("colormap", "label", "unit"):
            checks.text(getattr(self, name), f"The colour scale's {name}")
        try:
            first, last = (number(each, "A percentile") for each in self.percentiles)
        except (TypeError, ValueError):
            first, last = 0.0, 0.0
        if not 0 <= first < last <= 100:
            raise PlottingError(
                f"Percentiles {self.percentiles!r} are not an increasing pair in 0..100.",
                hint="For example (1, 99).",
            )
        object.__setattr__(self, "percentiles", (first, last))
