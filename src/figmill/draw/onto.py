"""A panel drawn into matplotlib axes that someone else made."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure as MplFigure

from figmill.draw.artists import _Builder
from figmill.draw.layout import Bar, Placed, layout
from figmill.figure.model import Figure, Panel


def draw_onto(ax: Axes, panel: Panel) -> None:
    """Draw a panel with ordinary artists; its colour bar takes its room from the axes.

    Parameters
    ----------
    ax
        Where to draw. What it holds already stays.
    panel
        What to draw.
    """
    made = ax.get_figure(root=True)
    assert isinstance(made, MplFigure)
    place = ax.get_position()
    width, height = made.get_size_inches()
    # Only the number of ticks depends on the size; places are those of the axes.
    size = (max(2.0, width * place.width + 2), max(1.5, height * place.height + 1))
    figure = Figure(panel, size=size, dpi=min(max(float(made.dpi), 10), 2400))
    _Onto(ax, made, layout(figure).panels[0], figure).run()


class _Onto(_Builder):
    def __init__(self, ax: Axes, made: MplFigure, placed: Placed, figure: Figure) -> None:
        width, height = figure.pixels
        self.target = ax
        super().__init__(made, placed, figure, width, height)

    def _axes(self) -> Axes:
        return self.target

    def _bar_axes(self, bar: Bar, mappable: Any) -> Any:
        return self.made.colorbar(mappable, ax=self.ax, extend="neither")
