"""What every part of composing a figure needs at hand."""

from __future__ import annotations

from figmill.draw import pixels
from figmill.draw.layout import Layout
from figmill.draw.ops import RGB, Align, Box, Text
from figmill.figure.color import Color


def color8(color: Color) -> RGB:
    """A colour as three bytes."""
    red, green, blue = pixels.rgb(color)
    return round(red * 255), round(green * 255), round(blue * 255)


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
