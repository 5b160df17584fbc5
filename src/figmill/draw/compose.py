"""From a figure to drawing instructions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from figmill.draw.annotations import Words
from figmill.draw.axes import Axes
from figmill.draw.layout import Layout, has_legend, layout, legend_labels
from figmill.draw.legend import Legend, Plan
from figmill.draw.op_writer import PanelPen, color8
from figmill.draw.ops import Cells, Dots, Op, Rect, Sheet
from figmill.errors import PlottingError
from figmill.figure.model import Figure
from figmill.notes import Note

# The level of areas; lines are above.
_AREAS = 1

# So many names have room in the legend of any panel that is worth a legend.
_FEW_NAMES = 8


def compose(figure: Figure) -> Sheet:
    """Everything there is to draw, in order.

    Raises
    ------
    PlottingError
        If the figure has no room for what it holds, or names an unknown colour.
    """
    composer = _composer(figure)
    placed = composer.layout
    background = color8(figure.style.background)
    return Sheet(placed.width, placed.height, figure.dpi, background, tuple(composer.ops()))


def arranged(figure: Figure) -> tuple[Layout, list[Plan | None]]:
    """Where everything stands, legends that would hide data beside their panels.

    Parameters
    ----------
    figure
        What is drawn.

    Returns
    -------
    layout : Layout
        With the panels of the figure.
    legends : list of Plan or None
        The legend of each of these panels; None where it has none.
    """
    composer = _composer(figure)
    return composer.layout, composer.plans


def told_of_legends(figure: Figure) -> Iterator[Note]:
    """Say of which legends names are left out, for want of room.

    Parameters
    ----------
    figure
        What is to be drawn; it is laid out only where it has many names.

    Yields
    ------
    Note
        The info ``legend-cut``, with the panel's name as its place.

    Raises
    ------
    PlottingError
        If the figure has no room for what it holds.
    """
    panels = [panel for row in figure.panels for panel in row if panel is not None]
    if all(sum(map(bool, legend_labels(panel))) <= _FEW_NAMES for panel in panels):
        return
    placed, plans = arranged(figure)
    for each, plan in zip(placed.panels, plans, strict=True):
        if plan is not None and len(plan.texts) > len(plan.entries):
            named = sum(map(bool, legend_labels(each.panel)))
            text = f"{named - len(plan.entries)} of {named} names have no room in the legend"
            yield Note.info("legend-cut", text, each.panel.row_label or each.panel.title)


def _composer(figure: Figure) -> _Composer:
    composer = _Composer(layout(figure))
    if composer.covering:
        # Where data fill a panel, its legend stands beside it.
        composer = _Composer(layout(_beside(figure, composer.covering)))
    return composer


def _beside(figure: Figure, places: set[tuple[int, int]]) -> Figure:
    """The figure with the legends of some of its panels, by row and column, outside."""
    rows = [
        [
            replace(panel, legend="outside") if panel is not None and (r, c) in places else panel
            for c, panel in enumerate(row)
        ]
        for r, row in enumerate(figure.panels)
    ]
    return replace(figure, panels=tuple(tuple(row) for row in rows))


class _Composer:
    def __init__(self, placed: Layout) -> None:
        self.layout = placed
        self.style = placed.figure.style
        self.axes = Axes(placed)
        self.words = Words(placed)
        self.legend = Legend(placed)
        # By column, whether rows that share the next bar have values below and above its range.
        self.beyond: dict[int, tuple[bool, bool]] = {}
        self.pens = [PanelPen(placed, each) for each in placed.panels]
        self.plans = [self.legend.plan(pen) if has_legend(pen.panel) else None for pen in self.pens]

    @property
    def covering(self) -> set[tuple[int, int]]:
        """The panels whose legends would hide data, by row and column."""
        pairs = zip(self.layout.panels, self.plans, strict=True)
        return {(each.row, each.column) for each, plan in pairs if plan and plan.covers}

    def ops(self) -> Iterator[Op]:
        yield from self.words.title()
        yield from self.words.footer()
        for pen, plan in zip(self.pens, self.plans, strict=True):
            yield from self._panel(pen, plan)

    def _panel(self, pen: PanelPen, plan: Plan | None) -> Iterator[Op]:
        style, placed, panel = self.style, pen.placed, pen.panel
        if style.panel != style.background:
            yield Rect(placed.box, color8(style.panel))
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
        if placed.bar is not None or placed.shares_bar:
            rows_above = self.beyond.pop(placed.column, (False, False))
            below, above = below or rows_above[0], above or rows_above[1]
        if placed.bar is not None:
            yield from self.axes.bar(placed, placed.bar, below, above)
        elif placed.shares_bar:
            self.beyond[placed.column] = below, above
        yield from self.words.names(placed)
        for kind, layer, look, its_pen in layers:
            yield from kind.ops_around(layer, its_pen, look)
        yield from self.words.notes(pen)
        if plan is not None:
            yield from self.legend.legend(plan, pen)
