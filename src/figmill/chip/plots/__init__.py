"""All plot types that configurations can ask for.

A plot type is a `ChipPlot` subclass, or a function under `plot_type`. figmill's own stand here;
anybody else's are found by their entry points in the group ``figmill.chip_plots``. The name that
counts is the plot type's own (``ChipPlot.type``), whatever its entry point is called.
"""

from __future__ import annotations

import inspect
from functools import cache
from typing import cast

from figmill import plugins
from figmill.chip.plots.base import ChipPlot, Drawn, plot_type
from figmill.chip.plots.suites import PlotItsSuite, PlotVtsSuite
from figmill.chip.plots.sweeps import PlotIvg, PlotTransconductance, PlotVvg
from figmill.chip.plots.traces import PlotIts, PlotItsSequential, PlotVt
from figmill.errors import ConfigError

__all__ = [
    "OWN",
    "ChipPlot",
    "Drawn",
    "broken_plot_types",
    "load_plot_types",
    "plot_type",
    "plot_types",
]

GROUP = "figmill.chip_plots"
OWN: tuple[type[ChipPlot], ...] = (
    PlotIts,
    PlotItsSequential,
    PlotIvg,
    PlotTransconductance,
    PlotVvg,
    PlotVt,
    PlotItsSuite,
    PlotVtsSuite,
)


def plot_types() -> dict[str, type[ChipPlot]]:
    """Every plot type by its name; one that is broken disables itself, see `broken_plot_types`."""
    return {plot.type: plot for plot in OWN} | cast("dict[str, type[ChipPlot]]", _others().found)


def broken_plot_types() -> dict[str, ConfigError]:
    """What installed packages offer and cannot be used, by the name of the entry point."""
    return _others().broken


def load_plot_types() -> plugins.Loaded:
    """Import the plot types that installed packages offer."""
    return plugins.load(
        GROUP,
        _wrong,
        own={plot.type for plot in OWN},
        name_of=lambda made: cast("type[ChipPlot]", made).type,
    )


@cache
def _others() -> plugins.Loaded:
    loaded = load_plot_types()
    for error in loaded.disabled.values():
        plugins.tell(error)
    return loaded


def _wrong(name: str, made: object) -> str:
    if not (isinstance(made, type) and issubclass(made, ChipPlot)):
        return "is not a plot type: a ChipPlot subclass, or a function decorated with plot_type"
    if inspect.isabstract(made):
        return f"lacks {' and '.join(sorted(made.__abstractmethods__))}"
    lacking = [what for what in ("type", "procedures") if not getattr(made, what, None)]
    return f"lacks {' and '.join(lacking)}" if lacking else ""
