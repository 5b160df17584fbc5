"""Plots and curves, as Python asks for them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from figmill import mill
from figmill.curves.plot import PlotRecipe
from figmill.curves.recipe import CurvesRecipe

if TYPE_CHECKING:
    from figmill.engine import RunOptions, RunReport


def plot_files(
    paths: str | Path | Iterable[str | Path],
    out: str | Path,
    *,
    run: RunOptions | None = None,
    **options: Any,
) -> RunReport:
    """Draw tables, as ``figmill plot`` does.

    Parameters
    ----------
    paths
        Files, folders or patterns.
    out
        The output folder; made if missing.
    run
        Workers, limits and the like; None for the usual.
    **options
        Options of `PlotRecipe`: ``x``, ``y``, ``log``, ``overlay``, ``by``, ...

    Returns
    -------
    figmill.engine.RunReport
        What came of each item.

    Raises
    ------
    figmill.errors.ConfigError
        An option is wrong, or a path finds no file.
    """
    several = (paths,) if isinstance(paths, str | os.PathLike) else tuple(paths)
    return mill.run(PlotRecipe(paths=tuple(map(str, several)), **options), Path(out), options=run)


def draw_curves(config: str | Path, out: str | Path, *, run: RunOptions | None = None) -> RunReport:
    """Draw what a file of curves describes, as ``figmill curves`` does.

    Parameters
    ----------
    config
        The YAML file.
    out
        The output folder; made if missing.
    run
        Workers, limits and the like; None for the usual.

    Returns
    -------
    figmill.engine.RunReport
        What came of each item.

    Raises
    ------
    figmill.errors.ConfigError
        The file is wrong, with the line and the nearest key.
    """
    return mill.run(CurvesRecipe(config=Path(config)), Path(out), options=run)
