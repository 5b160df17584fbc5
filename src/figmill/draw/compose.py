"""From a figure to drawing instructions."""

from __future__ import annotations

from collections.abc import Iterator

from figmill.draw.annotations import Words
from figmill.draw.axes import Axes
from figmill.draw.layout import Layout, Placed, has_legend, layout
from figmill.draw.legend import Legend
from figmill.draw.op_writer import PanelPen, color8
from figmill.draw.ops import Cells, Dots, Op, Rect, Sheet
from figmill.errors import PlottingError
from figmill.figure.model import Figure

# The level of areas; lines are above.
_AREAS = 1


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
        self.axes = Axes(placed)
        self.words = Words(placed)
        self.legend = Legend(placed)

    def ops(self) -> Iterator[Op]:
        yield from self.words.title()
        yield from self.words.footer()
        for placed in self.layout.panels:
            yield from self._panel(placed)

    def _panel(self, placed: Placed) -> Iterator[Op]:
        style, panel = self.style, placed.panel
        if style.panel != style.background:
            yield Rect(placed.box, color8(style.panel))
        pen = PanelPen(self.layout, placed)
        # Areas lie under curves, events over them; each kind knows its level.
        layers = list(pen.layers())
        layers.sort(key=lambda each: each[0].level_of(each[1]))
        below = above = False
        grid = panel.grid
        areas = True
        for kind, layer, look, its_pen in layers:
            level = kind.level_of(layer)
            if grid and level >= 0:
                yield from self.axes.grid(placed)
                grid = False
            if areas and level > _AREAS:
                for each, area, its, by in layers:
                    yield from each.under(area, by, its)
                areas = False
            for op in kind.ops(layer, its_pen, look):
                if not isinstance(op, Op):
                    raise PlottingError(
                        f"{type(kind).__name__} gives {type(op).__name__} to be drawn.",
                        hint="What a LayerKind's ops gives are instructions of figmill.draw.ops.",
                    )
                if isinstance(op, Cells | Dots):
                    below |= op.below
                    above |= op.above
                yield op
        if grid:
            yield from self.axes.grid(placed)
        yield from self.axes.frame(placed)
        yield from self.axes.y_axis(placed)
        yield from self.axes.y2_axis(placed)
        yield from self.axes.x_axis(placed)
        yield from self.axes.x2_axis(placed)
        if placed.bar is not None:
            yield from self.axes.bar(placed, placed.bar, below, above)
        yield from self.words.names(placed)
        for kind, layer, look, its_pen in layers:
            yield from kind.ops_around(layer, its_pen, look)
        yield from self.words.notes(pen)
        if has_legend(panel):
            yield from self.legend.legend(pen)
