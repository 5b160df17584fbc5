"""All plot types that configurations can ask for.

A plot type is a `ChipPlot` subclass, or a function under `plot_type`. figmill's own stand here;
anybody else's are found by their entry points in the group ``figmill.chip_plots``.
"""

from __future__ import annotations

from functools import cache

from figmill import plugins
from figmill.chip.plots.base import ChipPlot, Drawn, plot_type
from figmill.chip.plots.suites import PlotItsSuite, PlotVtsSuite
from figmill.chip.plots.sweeps import PlotIvg, PlotTransconductance, PlotVvg
from figmill.chip.plots.traces import PlotIts, PlotItsSequential, PlotVt
from figmill.errors import ConfigError

__all__ = ["OWN", "ChipPlot", "Drawn", "broken_plot_types", "plot_type", "plot_types"]

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
    return _all()[0]


def broken_plot_types() -> dict[str, ConfigError]:
    """What installed packages offer and cannot be used, by the name of the entry point."""
    return _all()[1]


@cache
def _all() -> tuple[dict[str, type[ChipPlot]], dict[str, ConfigError]]:
    found = {plot.type: plot for plot in OWN}
    offered = plugins.load(GROUP)
    broken = dict(offered.broken)
    for name, made in offered.found.items():
        if not (isinstance(made, type) and issubclass(made, ChipPlot)):
            broken[name] = _refused(
                name,
                "is not a plot type",
                "Offer a ChipPlot subclass, or a function decorated with plot_type.",
            )
        elif made.type in found:
            broken[name] = _refused(
                name,
                f"offers {made.type!r}, which is taken",
                "Give it another name, or uninstall one of the two packages.",
            )
        else:
            found[made.type] = made
    return found, broken


def _refused(name: str, what: str, hint: str) -> ConfigError:
    origin = plugins.origin_of(GROUP, name)
    return ConfigError(f"the plot type {name!r} of {origin} {what}.", place=GROUP, hint=hint)
