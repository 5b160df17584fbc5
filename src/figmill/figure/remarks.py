"""Remarks within a panel: boxes of text, and arrows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from figmill.errors import PlottingError
from figmill.figure.checks import one_of
from figmill.figure.color import Color
from figmill.figure.layers import Layer, settle

Corner = Literal["upper left", "upper right", "lower left", "lower right"]


@dataclass(frozen=True, slots=True)
class TextBox(Layer):
    """Lines of text in a corner of the panel, on a ground of their own.

    Automatic legends keep clear of it.

    Parameters
    ----------
    text
        One or more lines; a long one is shortened in the middle, and where there are more than
        have room the last says how many are left out.
    place
        The corner.
    color
        Of the text; None is the style's ink.
    frame
        Whether a line is drawn around.

    Raises
    ------
    figmill.errors.PlottingError
        If the text is not text, or the place is not a corner.
    """

    text: str
    place: Corner = "upper left"
    color: Color | None = None
    frame: bool = True

    def __post_init__(self) -> None:
        one_of(self.place, get_args(Corner), "The place of a text box")
        settle(self, "text box", own=("place",))


@dataclass(frozen=True, slots=True)
class Arrow(Layer):
    """An arrow to a point, with a text at its tail.

    Parameters
    ----------
    x, y
        The point that it shows, in the units of the axes.
    from_x, from_y
        Where it begins.
    text
        Stands at the tail, on the side that the arrow does not take.
    color
        None is the style's ink.
    width
        Of its line, in points.
    head
        Length of its head, in points.

    Raises
    ------
    figmill.errors.PlottingError
        If a place is not a number, or both ends are one point.
    """

    x: float
    y: float
    from_x: float
    from_y: float
    text: str = ""
    color: Color | None = None
    width: float = 1.0
    head: float = 6.0

    def __post_init__(self) -> None:
        settle(self, "arrow", "x", "y", "from_x", "from_y")
        if (self.x, self.y) == (self.from_x, self.from_y):
            raise PlottingError(
                f"An arrow begins and ends at ({self.x:g}, {self.y:g}).",
                hint="Give two points.",
            )
