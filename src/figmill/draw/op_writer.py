"""What every part of composing a figure needs at hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figmill.draw import curves, pixels
from figmill.draw.layout import Layout, Placed
from figmill.draw.ops import RGB, Align, Box, Text
from figmill.figure.color import Color
from figmill.figure.layer_kind import LayerKind, Look, kind_of
from figmill.figure.layers import Dash, Layer
from figmill.figure.style import Style

Points = NDArray[np.float64]

# In multiples of the line's width.
DASHES: dict[Dash, tuple[float, ...]] = {
    "solid": (),
    "dashed": (4.0, 2.2),
    "dotted": (1.0, 1.8),
    "dashdot": (5.0, 2.0, 1.0, 2.0),
}
PATTERNS: tuple[Dash, ...] = ("solid", "dashed", "dashdot", "dotted")


def color8(color: Color) -> RGB:
    """A colour as three bytes.

    Parameters
    ----------
    color
        A colour as matplotlib takes it.

    Returns
    -------
    tuple of int
        Red, green and blue, 0 to 255.
    """
    red, green, blue = pixels.rgb(color)
    return round(red * 255), round(green * 255), round(blue * 255)


def looks(placed: Placed, style: Style) -> list[Look]:
    """How each of the panel's layers looks.

    What takes its colour from the theme's cycle, and did not choose one, gets the next; when all
    are used, the pattern changes.
    """
    chosen: list[Look] = []
    number = 0
    for layer, limits in zip(placed.panel.all_layers, placed.colors, strict=True):
        kind = kind_of(layer)
        dash: Dash = getattr(layer, "dash", "solid")
        color = None if limits is not None else getattr(layer, "color", None)
        if color is None and limits is None and kind.color == "cycle":
            if dash == "solid":
                dash = PATTERNS[(number // len(style.cycle)) % len(PATTERNS)]
            color = style.cycle[number % len(style.cycle)]
            number += 1
        if color is None:
            color = style.ink if kind.color == "cycle" else getattr(style, kind.color)
        chosen.append(Look(color, dash, limits))
    return chosen


class Scribe:
    """Writes instructions for one laid-out figure."""

    def __init__(self, placed: Layout) -> None:
        self.layout = placed
        self.figure = placed.figure
        self.style = placed.figure.style
        self.pt = placed.point
        self.dpi = placed.figure.dpi
        self.ink = color8(self.style.ink)
        self.muted = color8(self.style.muted)
        self.everywhere = Box(0, 0, placed.width, placed.height)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        align: Align = "center",
        color: RGB | None = None,
        upright: bool = True,
        bold: bool = False,
        plain: bool = True,
    ) -> Text:
        """One line of text; see `Text`."""
        ink = self.ink if color is None else color
        return Text(x, y, text, size, ink, align, upright, bold, plain)


class PanelPen(Scribe):
    """Writes instructions for the layers of one panel.

    Attributes
    ----------
    placed
        The panel with its place; ``panel`` is the panel itself.
    box
        Its place, in pixels.
    x, y
        Its axes; ``x.pixels(values)`` are places in pixels.
    looks
        How each of its layers looks, those of the second y axis after the others.
    covered
        Whether something fills the panel, such as a spectrogram.
    pt, dpi
        Pixels of a point (1/72 inch), and of an inch.
    style
        The figure's colours and sizes.
    """

    def __init__(self, layout: Layout, placed: Placed, *, right: bool = False) -> None:
        super().__init__(layout)
        self.placed, self.panel, self.box = placed, placed.panel, placed.box
        self.x, self.y = placed.x, placed.y
        self.looks = looks(placed, self.style)
        self.covered = any(kind_of(layer).covers for layer in self.panel.all_layers)
        self._outlines: dict[int, Points | None] = {}
        self._right: PanelPen | None = None
        if placed.y2 is not None:
            if right:
                self.y = placed.y2
            else:
                self._right = PanelPen(layout, placed, right=True)

    def layers(self) -> Iterator[tuple[LayerKind[Any], Layer, Look, PanelPen]]:
        """All layers in their order, each with its kind, its look and the pen of its y axis."""
        first = len(self.panel.layers)
        for number, layer in enumerate(self.panel.all_layers):
            pen = self if number < first or self._right is None else self._right
            yield kind_of(layer), layer, self.looks[number], pen

    def points(self, x: Points, y: Points) -> Points:
        """Places of points in pixels, shape (n, 2), from n values of either axis.

        Parameters
        ----------
        x, y
            float64, shape (n,): values of either axis.

        Returns
        -------
        ndarray
            float64; y goes downwards.
        """
        points = np.empty((len(x), 2))
        points[:, 0], points[:, 1] = self.x.pixels(x), self.y.pixels(y)
        return curves.tame(points)

    def columns(self, x: Points) -> Points:
        """The first places of `points`, of finite values along x of any shape."""
        return np.clip(self.x.pixels(x), -curves.FAR, curves.FAR)

    def dash(self, dash: Dash, width: float) -> tuple[float, ...]:
        """A line pattern in pixels; the width is in points.

        Parameters
        ----------
        dash
            The pattern's name.
        width
            Width of the line, in points.

        Returns
        -------
        tuple of float
            Lengths of strokes and gaps in turn; empty for a solid line.
        """
        return tuple(part * max(width, 0.8) * self.pt for part in DASHES[dash])

    def outline(self, layer: Layer) -> Points | None:
        """The layer's outline; asked for by the layer itself, its legend and texts."""
        if id(layer) not in self._outlines:
            self._outlines[id(layer)] = kind_of(layer).outline(layer, self)
        return self._outlines[id(layer)]

    def crossed(self, box: Box) -> bool:
        """Whether an outline may run through a part of the panel."""
        for _, layer, _, pen in self.layers():
            line = pen.outline(layer)
            if line is None:
                continue
            low = np.minimum(line[1:], line[:-1])
            high = np.maximum(line[1:], line[:-1])
            across = (low[:, 0] < box.x1) & (high[:, 0] > box.x0)
            if np.any(across & (low[:, 1] < box.y1) & (high[:, 1] > box.y0)):
                return True
        return False
