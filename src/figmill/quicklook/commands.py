"""Draw the data of ISTP CDF files."""

from __future__ import annotations

from typing import Any

import typer

from figmill.console.generate import takes
from figmill.console.options import Run, runs
from figmill.quicklook.options import QuicklookOptions

app = typer.Typer()


@app.command()
@runs
@takes(QuicklookOptions)
def quicklook(run: Run, options: dict[str, Any]) -> None:
    """Draw the data of ISTP CDF files: one figure a file, one row a variable.

    Spectrograms, time series, vectors and flags share the time axis, in the file's order.

    Bad files do not stop the others; what is drawn already and has not changed is not drawn again.

    \b
    figmill quicklook data/ -o figures
    figmill quicklook 'data/*_eflux_*.cdf' -o figures -r 'eflux' --z-min 1e4 --z-max 1e9
    figmill quicklook one.cdf -o figures --format pdf --from 2013-10-14T12:00 --to 2013-10-14T13:00
    """  # noqa: D301 - typer reads the \b
    from figmill.quicklook import QuicklookRecipe

    run(QuicklookRecipe(**options))
