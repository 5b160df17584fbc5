"""The drawing instructions between layout and canvas: plain values, in pixels, y downwards.

Layout decides; a canvas only carries out. So the same list makes pixels, PDF and SVG, and a test
can ask where every text stands without drawing anything.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

RGB = tuple[int, int, int]
Align = Literal["left", "center", "right"]


class Box(NamedTuple):
    """A rectangle of pixels: x0 <= x < x1, y0 <= y < y1.

    Parameters
    ----------
    x0, y0
        The first column and row in it; y goes downwards.
    x1, y1
        The first column and row beyond it.
    """

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        """Pixels across."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """Pixels down."""
        return self.y1 - self.y0

    def meets(self, other: Box) -> bool:
        """Whether the two have any area in common."""
        return (
            self.x0 < other.x1 and other.x0 < self.x1 and self.y0 < other.y1 and other.y0 < self.y1
        )

    def common(self, other: Box) -> Box:
        """The whole pixels that any part of both lies on."""
        return Box(
            math.floor(max(self.x0, other.x0)),
            math.floor(max(self.y0, other.y0)),
            math.ceil(min(self.x1, other.x1)),
            math.ceil(min(self.y1, other.y1)),
        )


@dataclass(frozen=True, slots=True)
class Rect:
    """A filled rectangle.

    Parameters
    ----------
    box
        Its pixels.
    color
        Three bytes.
    alpha
        Opacity, 0 to 1.
    """

    box: Box
    color: RGB
    alpha: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """Straight horizontal and vertical lines: frames, ticks, grids.

    Parameters
    ----------
    segments
        float64, shape (n, 4): x0, y0, x1, y1 in pixels; they are snapped to whole pixels.
    color
        Three bytes.
    width
        In pixels.
    """

    segments: NDArray[np.float64]
    color: RGB
    width: float


@dataclass(frozen=True, slots=True, eq=False)
class Polyline:
    """A line through points.

    Parameters
    ----------
    points
        float64, shape (n, 2): x and y, in pixels; rows of NaN break the line.
    color
        Three bytes.
    width
        In pixels.
    clip
        Nothing is drawn outside of it.
    dash
        Lengths of strokes and gaps in turn, in pixels; empty for a solid line.
    alpha
        Opacity, 0 to 1.
    """

    points: NDArray[np.float64]
    color: RGB
    width: float
    clip: Box
    dash: tuple[float, ...] = ()
    alpha: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Polygon:
    """A filled polygon.

    Parameters
    ----------
    points
        float64, shape (n, 2): x and y of its corners, in pixels.
    color
        Three bytes.
    clip
        Nothing is drawn outside of it.
    alpha
        Opacity, 0 to 1.
    """

    points: NDArray[np.float64]
    color: RGB
    clip: Box
    alpha: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Markers:
    """One symbol at each of several points.

    Parameters
    ----------
    points
        float64, shape (n, 2): x and y of their middles, in pixels.
    shape
        The symbol's name, such as ``"circle"``.
    size
        Its diameter in pixels.
    color
        Three bytes.
    clip
        Nothing is drawn outside of it.
    alpha
        Opacity, 0 to 1.
    """

    points: NDArray[np.float64]
    shape: str
    size: float
    color: RGB
    clip: Box
    alpha: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Dots:
    """One symbol at each of several points, each of a size and a colour of its own.

    Parameters
    ----------
    points
        float64, shape (n, 2): x and y of their middles, in pixels; later ones lie over earlier.
    shape
        The symbol's name, such as ``"circle"``.
    sizes
        float64, shape (n,): diameters in pixels.
    colors
        uint8, shape (n, 3).
    clip
        Nothing is drawn outside of it.
    alpha
        Opacity, 0 to 1.
    below, above
        Whether any is out of the range of its colours.
    """

    points: NDArray[np.float64]
    shape: str
    sizes: NDArray[np.float64]
    colors: NDArray[np.uint8]
    clip: Box
    alpha: float = 1.0
    below: bool = False
    above: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """A picture given as strips: pixel row r of ``box`` shows ``strips[rows[r]]``.

    Parameters
    ----------
    box
        Where it stands, in pixels.
    strips
        Rows as wide as the box: colours, uint8, shape (strips, width, 3), or numbers into the
        table, uint16, shape (strips, width).
    rows
        Shape (height,): which strip a row of pixels shows; rows of -1 stay as they are.
    below, above
        Whether any cell is out of the range of its colours.
    table
        uint8, shape (colours, 3), where strips are numbers: such pictures can be stored with one
        byte a pixel. The first 256 are a colour map; each further one means something.
    """

    box: Box
    strips: NDArray[np.uint8] | NDArray[np.uint16]
    rows: NDArray[np.intp]
    below: bool = False
    above: bool = False
    table: NDArray[np.uint8] | None = None

    @property
    def colors(self) -> NDArray[np.uint8]:
        """The strips' colours, shape (s, width, 3)."""
        if self.table is None:
            return self.strips.astype(np.uint8, copy=False)
        return np.take(self.table, self.strips, axis=0)

    def picture(self, background: RGB) -> NDArray[np.uint8]:
        """The picture itself, shape (height, width, 3)."""
        strips = self.colors
        extra = np.empty((1, *strips.shape[1:]), np.uint8)
        extra[:] = background
        return np.concatenate((strips, extra))[self.rows]


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text.

    Parameters
    ----------
    x, y
        A place on the baseline, at the text's left, middle or right, in pixels.
    text
        What is written.
    size
        Of the font, in pixels.
    color
        Three bytes.
    align
        Which end of the text stands at `x`: left, center or right.
    upright
        Whether it runs horizontally; otherwise it reads from bottom to top.
    bold
        Whether it is bold.
    plain
        Whether nothing but the figure's background lies under it.
    """

    x: float
    y: float
    text: str
    size: float
    color: RGB
    align: Align = "left"
    upright: bool = True
    bold: bool = False
    plain: bool = True


Op = Rect | Rules | Polyline | Polygon | Markers | Dots | Cells | Text


@dataclass(frozen=True, slots=True)
class Sheet:
    """A figure ready for any canvas."""

    width: int
    height: int
    dpi: float
    background: RGB
    ops: tuple[Op, ...]
