"""Histories, runs and derived numbers of chips, as Python asks for them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from figmill import chip as package
from figmill.chip.history import Renewed, align
from figmill.chip.metrics.table import Geometry, metrics_table
from figmill.chip.names import Chip
from figmill.chip.plan import default_stage
from figmill.chip.tree import StageTree
from figmill.errors import ConfigError
from figmill.extras import is_installed
from figmill.read.cache import default_cache
from figmill.read.parquet import read_frame

if TYPE_CHECKING:
    import polars as pl

CACHE_AVAILABLE: bool = is_installed("polars")
"""Whether what the cache is for, reading Parquet files, is installed."""


def get_chip_history(
    chip: Chip, chip_group: str | None = None, *, stage: str | Path | None = None
) -> pl.DataFrame:
    """The history of a chip: its runs by number. Read once, and again when its file changes.

    Parameters
    ----------
    chip, chip_group
        Which chip; without a group that of the stage, see `StageTree.group_or_usual`.
    stage
        The stage; see `default_stage`.

    Returns
    -------
    polars.DataFrame
        One row a run, with its number in ``seq``.

    Raises
    ------
    figmill.errors.ConfigError
        There is no stage, or no such chip in it.
    """
    tree = StageTree(default_stage(stage))
    chip_group = tree.group_or_usual(chip_group)
    key = (str(tree.root.absolute()), chip_group, chip, "history")
    path = tree.found_history(chip_group, chip)
    history = None if path is None else default_cache.get(key, path)
    if history is None:
        history = tree.history(chip, chip_group)
        if path is not None:
            default_cache.put(key, history, path)
    package._cached_histories[chip] = history
    frame: pl.DataFrame = history.clone()
    return frame


def read_measurement_parquet(path: str | Path) -> pl.DataFrame:
    """Read a staged run.

    Parameters
    ----------
    path
        Its Parquet file.

    Raises
    ------
    figmill.errors.InputError
        There is no such file, or it is not a Parquet file.
    """
    return read_frame(path, default_cache)


def align_history(
    chip: Chip, chip_group: str | None, reference: str | Path, *, stage: str | Path | None = None
) -> Renewed:
    """Take over the numbers of another history; see `figmill.chip.history.align`.

    Parameters
    ----------
    chip, chip_group
        Which chip; without a group that of the stage, see `StageTree.group_or_usual`.
    reference
        A history whose numbers are to be taken over, as a Parquet file.
    stage
        The stage; see `default_stage`.
    """
    tree = StageTree(default_stage(stage))
    return align(tree, tree.group_or_usual(chip_group), chip, reference)


def chip_metrics(
    chip: Chip,
    chip_group: str | None = None,
    *,
    stage: str | Path | None = None,
    seq: Iterable[int] | None = None,
    cnp_window_v: float | None = None,
    **geometry: float | None,
) -> pl.DataFrame:
    """All derived numbers of a chip: a row a number, with unit, method and flags.

    Parameters
    ----------
    chip, chip_group
        The chip; without a group that of the stage, see `StageTree.group_or_usual`.
    stage
        The stage; see `default_stage`.
    seq
        Run numbers; None for all.
    cnp_window_v
        Half the window, in V, about a neutrality point; None for what the noise needs.
    geometry
        ``length_um``, ``width_um`` and ``capacitance_f_m2``: with all three, mobilities too.

    Raises
    ------
    figmill.errors.ConfigError
        There is no such chip in the stage.
    """
    tree = StageTree(default_stage(stage))
    group = tree.group_or_usual(chip_group)
    if cnp_window_v is not None and not cnp_window_v > 0:
        raise ConfigError(
            f"The window about a neutrality point is {cnp_window_v:g} V.",
            place="cnp_window_v",
            hint="Give half its width in volts, above 0.",
        )
    shape = Geometry.of(**geometry)
    return metrics_table(tree, chip, group, seq, shape, window_v=cnp_window_v, cache=default_cache)
