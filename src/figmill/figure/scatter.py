"""Points whose colours and sizes say something."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from figmill.errors import PlottingError
from figmill.figure.checks import points
from figmill.figure.color import Color, ColorScale
from figmill.figure.layers import Layer, Marker, settle, vector


@dataclass(frozen=True, slots=True, eq=False)
class Scatter(Layer):
    """Points in no order, each with a colour by its value and a size of its own.

    Parameters
    ----------
    x, y
        Shape (n,), as for `Curve`; a point where either is NaN is not drawn. Later points lie over
        earlier ones.
    values
        Shape (n,): what becomes the points' colours, with a colour bar; None gives all of them one
        colour. NaN has the scale's colour for missing ones.
    color
        A `ColorScale` where there are values, else one colour, as for `Curve`.
    size
        Diameter in points (1/72 inch), up to 1000: one for all, or shape (n,); a point whose size
        is NaN is not drawn. Whoever makes the area proportional to a quantity gives its root.
    marker, label, alpha
        As for `Curve`.

    Raises
    ------
    figmill.errors.PlottingError
        If lengths differ, a size is not one, or the colour does not fit the values.

    Examples
    --------
    >>> points = Scatter([0.0, 1.0], [2.0, 3.0], values=[10.0, 20.0], size=[4.0, 8.0])
    >>> points.color.scale
    'linear'
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    values: NDArray[np.float64] | None = None
    color: Color | ColorScale | None = None
    size: NDArray[np.float64] | float = 5.0
    marker: Marker = "circle"
    label: str = ""
    alpha: float = 1.0

    def __post_init__(self) -> None:
        for name in ("x", "y", "values"):
            if getattr(self, name) is not None:
                numbers = vector(f"The scatter's {name}", getattr(self, name))
                object.__setattr__(self, name, numbers)
                if numbers.size != self.x.size:
                    raise PlottingError(
                        f"A scatter has {self.x.size} x values, and {name} has {numbers.size}.",
                        hint="Give all the same length.",
                    )
        if np.ndim(self.size):
            sizes = vector("The scatter's size", self.size)
            if sizes.size != self.x.size or np.any((sizes < 0) | (sizes > 1000)):
                raise PlottingError(
                    f"{sizes.size} sizes from {np.nanmin(sizes, initial=np.inf):g} to "
                    f"{np.nanmax(sizes, initial=-np.inf):g} for {self.x.size} points.",
                    hint="Give one for each, from 0 to 1000 points (1/72 inch).",
                )
            object.__setattr__(self, "size", sizes)
        else:
            points(self.size, "The scatter's size")
        colored = isinstance(self.color, ColorScale)
        if self.values is not None and self.color is None:
            object.__setattr__(self, "color", ColorScale())
        elif colored != (self.values is not None):
            raise PlottingError(
                "A scatter has a colour scale and no values, or values and one colour.",
                hint="Give values and a ColorScale, or neither and a colour.",
            )
        settle(self, "scatter")
