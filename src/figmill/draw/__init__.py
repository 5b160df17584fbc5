"""Turns a figure description into pixels or vectors.

`compose` lays a figure out as drawing instructions; a canvas (pixels, PDF, SVG) carries them out.
A package adds a layer by a `LayerKind`, which gives such instructions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from figmill.draw.files import encode, save
from figmill.draw.op_writer import PanelPen, color8
from figmill.draw.ops import Box, Cells, Dots, Markers, Op, Polygon, Polyline, Rect, Rules, Text
from figmill.figure.autoscale import span
from figmill.figure.layer_kind import LayerKind, LegendKey, Look
from figmill.formats import FORMATS

if TYPE_CHECKING:
    import matplotlib.figure

    from figmill.figure.model import Figure

__all__ = [
    "FORMATS",
    "Box",
    "Cells",
    "Dots",
    "LayerKind",
    "LegendKey",
    "Look",
    "Markers",
    "Op",
    "PanelPen",
    "Polygon",
    "Polyline",
    "Rect",
    "Rules",
    "Text",
    "check",
    "color8",
    "encode",
    "save",
    "show",
    "span",
    "to_matplotlib",
]


def check(figure: Figure) -> None:
    """Raise what drawing the figure would raise for want of room; see `figmill.draw.layout`.

    Parameters
    ----------
    figure
        What would be drawn.

    Raises
    ------
    figmill.errors.PlottingError
        It has no room for what it holds.
    """
    from figmill.draw.layout import layout

    layout(figure)


def show(figure: Figure) -> None:
    """Show a figure: in a notebook there, elsewhere with the system's image viewer.

    Parameters
    ----------
    figure
        What is drawn. Without a screen, a warning says that nothing is shown.
    """
    from figmill.draw.display import show as shown

    shown(figure)


def to_matplotlib(figure: Figure) -> matplotlib.figure.Figure:
    """The same figure made of ordinary matplotlib artists; see `figmill.draw.mpl.figure`.

    Parameters
    ----------
    figure
        What is drawn.

    Returns
    -------
    matplotlib.figure.Figure
        On an Agg canvas, unknown to pyplot.
    """
    from figmill.draw.mpl.figure import build

    return build(figure)
