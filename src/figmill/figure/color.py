"""Colour scales: how values become colours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from figmill.errors import PlottingError

Color = str | tuple[float, float, float] | tuple[float, float, float, float]
"""A colour name, ``#rrggbb``, or a tuple of red, green, blue (and alpha) in 0..1."""

AUTO = "auto"


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
        The percentiles of the drawn values that stand in for limits that are not given.
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
        If the limits are not an increasing pair, or not positive on a log scale.
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
        if self.scale not in ("linear", "log"):
            raise PlottingError(
                f"Unknown colour scale {self.scale!r}.", hint="Use 'linear' or 'log'."
            )
        low, high = self.limits
        for bound in (low, high):
            if bound is None:
                continue
            if not math.isfinite(bound):
                raise PlottingError(
                    f"A colour limit is {bound}.",
                    hint="Give finite numbers, or None for automatic.",
                )
            if self.scale == "log" and bound <= 0:
                raise PlottingError(
                    f"A colour limit of {bound:g} cannot stand on a log scale.",
                    hint="Give a limit above 0, or use a linear scale.",
                )
        if low is not None and high is not None and not low < high:
            raise PlottingError(
                f"Colour limits {low:g} to {high:g} are not increasing.",
                hint="Give the lower limit first.",
            )
        first, last = self.percentiles
        if not 0 <= first < last <= 100:
            raise PlottingError(
                f"Percentiles {first:g} and {last:g} are not an increasing pair in 0..100.",
                hint="For example (1, 99).",
            )
