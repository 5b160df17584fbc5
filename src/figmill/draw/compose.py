"""From a figure to drawing instructions."""

from __future__ import annotations

from collections.abc import Iterator

from figmill.draw.annotations import Words
from figmill.draw.axes import Axes
from figmill.draw.layers import Data
from figmill.draw.layout import Layout, Placed, has_legend, layout
from figmill.draw.legend import Legend
from figmill.draw.op_writer import color8
from figmill.draw.ops import Op, Rect, Sheet
from figmill.figure.layers import Band, Curve, Fill, HLine, Layer, Spectrogram, VLine
from figmill.figure.model import Figure

_ORDER = {Band: 0, Fill: 1, HLine: 2, Curve: 3, VLine: 4}


def _height(layer: Layer) -> int:
    """What lies over what: the lowest first."""
    kind = HLine if isinstance(layer, VLine) and layer.behind else type(layer)
    return _ORDER.get(kind, 9)


def compose(figure: Figure) -> Sheet:
    """Everything there is to draw, in order.

    Raises
    ------
    PlottingError
        If the figure has no room for what it holds, or names an unknown colour.
    """
    placed = layout(figure)
    composer = _Composer(placed)
    background = color8(figure.style.background)
    return Sheet(placed.width, placed.height, figure.dpi, background, tuple(composer.ops()))


class _Composer:
    def __init__(self, placed: Layout) -> None:
        self.layout = placed
        self.style = placed.figure.style
        self.data = Data(placed)
        self.axes = Axes(placed)
        self.words = Words(placed)
        self.legend = Legend(self.data)

    def ops(self) -> Iterator[Op]:
        yield from self.words.title()
        yield from self.words.footer()
        for placed in self.layout.panels:
            yield from self._panel(placed)

    def _panel(self, placed: Placed) -> Iterator[Op]:
        style, panel = self.style, placed.panel
        if style.panel != style.background:
            yield Rect(placed.box, color8(style.panel))
        below = above = False
        for layer, limits in zip(panel.layers, placed.colors, strict=True):
            if isinstance(layer, Spectrogram) and limits is not None:
                cells = self.data.spectrogram(layer, placed, limits)
                below |= cells.below
                above |= cells.above
                yield cells
        if panel.grid:
            yield from self.axes.grid(placed)
        looks = self.data.looks(placed)
        # Areas lie under curves, events over them.
        for position, layer in sorted(enumerate(panel.layers), key=lambda pair: _height(pair[1])):
            if isinstance(layer, Band):
                yield from self.data.band(layer, placed, looks[position])
            elif isinstance(layer, Fill):
                yield from self.data.fill(layer, placed, looks[position])
            elif isinstance(layer, Curve):
                yield from self.data.curve(layer, placed, looks[position])
            elif isinstance(layer, HLine | VLine):
                yield from self.data.line(layer, placed)
        yield from self.axes.frame(placed)
        yield from self.axes.y_axis(placed)
        yield from self.axes.x_axis(placed)
        if placed.bar is not None:
            yield from self.axes.bar(placed, placed.bar, below, above)
        yield from self.words.names(placed)
        yield from self.words.brackets(placed)
        yield from self.words.notes(placed, lambda box: self.data.crosses(placed, box))
        if has_legend(panel):
            yield from self.legend.legend(placed, looks)
