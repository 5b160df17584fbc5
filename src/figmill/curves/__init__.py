"""Curves of any table: one figure a file, a group or an interval, from a command or a YAML file."""

from typing import TYPE_CHECKING

from figmill._lazy import lazily

if TYPE_CHECKING:
    from figmill.curves.face import draw_curves, plot_files
    from figmill.curves.plot import PlotRecipe
    from figmill.curves.recipe import CurvesRecipe

__all__ = ["CurvesRecipe", "PlotRecipe", "draw_curves", "plot_files"]

_HOMES = {
    "figmill.curves.face": "draw_curves plot_files",
    "figmill.curves.plot": "PlotRecipe",
    "figmill.curves.recipe": "CurvesRecipe",
}
__getattr__, __dir__ = lazily(__name__, _HOMES)
