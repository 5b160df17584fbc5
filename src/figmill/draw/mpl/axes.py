"""A panel drawn into matplotlib axes that someone else made."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure as MplFigure

from figmill.draw import pixels
from figmill.draw.layout import Bar, Placed, layout
from figmill.draw.mpl.figure import PanelBuilder
from figmill.draw.ops import Box
from figmill.figure.model import Figure, Panel

_BAR_PART = 0.02
_BAR_GAP = 0.02
_BAR_LABELS = 0.08


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
    # Only how many ticks there are depends on this size; places are those of the axes.
    size = (max(3.0, width * place.width + 2), max(1.5, height * place.height + 1))
    figure = Figure(panel, size=size, dpi=min(max(float(made.dpi), 10), 600))
    _Onto(ax, made, layout(figure).panels[0], figure).run()


class _Onto(PanelBuilder):
    def __init__(self, ax: Axes, made: MplFigure, placed: Placed, figure: Figure) -> None:
        self.made, self.placed, self.figure = made, placed, figure
        self.width, self.height = figure.pixels
        self.style = figure.style
        self.ink = pixels.rgb(self.style.ink)
        self._take(ax, placed)
        self.beside = (0.0, 0.0, 0.0, 0.0)

    def _place(self, box: Box) -> tuple[float, float, float, float]:
        return self.beside

    def _bar(self, bar: Bar, mappable: ScalarMappable) -> None:
        x, y, width, height = self.ax.get_position().bounds
        kept = width * (1 - _BAR_PART - _BAR_GAP - _BAR_LABELS)
        self.ax.set_position((x, y, kept, height))
        self.beside = (x + kept + width * _BAR_GAP, y, width * _BAR_PART, height)
        super()._bar(bar, mappable)
