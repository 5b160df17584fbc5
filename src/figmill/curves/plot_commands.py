"""Draw any table: one figure a file, or all in one."""

from __future__ import annotations

from typing import Any

import typer

from figmill.console.generate import takes
from figmill.console.options import Run, runs
from figmill.curves.options import PlotOptions

app = typer.Typer()


@app.command()
@runs
@takes(PlotOptions)
def plot(run: Run, options: dict[str, Any]) -> None:
    """Draw any table: one figure a file, or all in one.

    x is the column of dates and times, else the only one that runs one way, else the first; y are
    all that share the unit of the first one that varies. What was taken and passed over
    stands in the notes of each figure.

    \b
    figmill plot data/ -o figures
    figmill plot '*.csv' -o figures --x VG --y ID,IG --log y
    figmill plot data/ -o figures --overlay --by VD
    """  # noqa: D301 - typer reads the \b
    from figmill.curves.plot import PlotRecipe

    run(PlotRecipe(**options))
