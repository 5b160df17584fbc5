"""All plot types that configurations can ask for.

A plot type is a `ChipPlot` subclass, or a function under `plot_type`. figmill's own stand here;
anybody else's are found by their entry points in the group ``figmill.chip_plots``.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points

from figmill.chip.plots.base import ChipPlot, Drawn, plot_type
from figmill.chip.plots.suites import PlotItsSuite, PlotVtsSuite
from figmill.chip.plots.sweeps import PlotIvg, PlotTransconductance, PlotVvg
from figmill.chip.plots.traces import PlotIts, PlotItsSequential, PlotVt
from figmill.errors import ConfigError

__all__ = ["OWN", "ChipPlot", "Drawn", "plot_type", "plot_types"]

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


@cache
def plot_types() -> dict[str, type[ChipPlot]]:
    """Every plot type by its name.

    Raises
    ------
    figmill.errors.ConfigError
        An installed package offers something that is no plot type, or one under a taken name.
    """
    found = {plot.type: plot for plot in OWN}
    for entry in entry_points(group=GROUP):
        made = entry.load()
        if not (isinstance(made, type) and issubclass(made, ChipPlot)):
            raise ConfigError(
                f"The entry point {entry.name!r} ({entry.value}) offers no plot type.",
                place=GROUP,
                hint="Offer a ChipPlot subclass, or a function decorated with plot_type.",
            )
        if made.type in found:
            raise ConfigError(
                f"The entry point {entry.name!r} ({entry.value}) offers {made.type!r}, which is "
                "taken.",
                place=GROUP,
                hint="Give it another name, or uninstall one of the two packages.",
            )
        found[made.type] = made
    return found
