"""Chip measurements: stage raw files, keep histories, draw every figure of a device.

Staging and drawing go through the engine: a second call does only what has changed. The stage is
found as `default_stage` says wherever none is given.

Examples
--------
::

    from pathlib import Path
    from figmill.chip import display_summary, execute_sequential, load_batch_config, stage_raw

    stage_raw("raw", "stage")
    chip, group, specs = load_batch_config(Path("alisson67_plots.yaml"))
    results = execute_sequential(specs, group)
    display_summary(results, sum(result.elapsed for result in results), None)
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from figmill.extras import is_installed
from figmill.read.cache import (
    CachedItem,
    DataCache,
    cache_stats,
    clear_cache,
    default_cache,
    print_cache_stats,
    with_cache,
)
from figmill.read.parquet import (
    cached_read_parquet,
    disable_parquet_caching,
    enable_parquet_caching,
    read_frame,
)
from figmill.recipes.chip.config import GROUP
from figmill.recipes.chip.history import Renewed, align
from figmill.recipes.chip.look import Look
from figmill.recipes.chip.metrics.table import Geometry, metrics_table
from figmill.recipes.chip.plan import default_stage
from figmill.recipes.chip.plots import ChipPlot, plot_type, plot_types
from figmill.recipes.chip.recipe import ChipRecipe
from figmill.recipes.chip.tree import StageTree

if TYPE_CHECKING:
    import polars as pl

_cached_histories: dict[int, pl.DataFrame] = {}
_plot_config: Look | None = None

# These read the state above.
from figmill.chip.execute import execute_parallel, execute_plot, execute_sequential  # noqa: E402
from figmill.chip.specs import PlotResult, PlotSpec, load_batch_config  # noqa: E402
from figmill.chip.staging import StageReport, stage_raw  # noqa: E402
from figmill.chip.summary import display_summary  # noqa: E402

__all__ = [
    "CACHE_AVAILABLE",
    "CachedItem",
    "ChipPlot",
    "ChipRecipe",
    "DataCache",
    "Look",
    "PlotResult",
    "PlotSpec",
    "StageReport",
    "align_history",
    "cache_stats",
    "cached_read_parquet",
    "chip_metrics",
    "clear_cache",
    "default_stage",
    "disable_parquet_caching",
    "display_summary",
    "enable_parquet_caching",
    "execute_parallel",
    "execute_plot",
    "execute_sequential",
    "get_chip_history",
    "load_batch_config",
    "plot_type",
    "plot_types",
    "print_cache_stats",
    "read_measurement_parquet",
    "stage_raw",
    "with_cache",
]

CACHE_AVAILABLE: bool = is_installed("polars")
"""Whether what the cache is for, reading Parquet files, is installed."""


def get_chip_history(
    chip: int, chip_group: str, *, stage: str | Path | None = None
) -> pl.DataFrame:
    """The history of a chip: its runs by number. Read once, and again when its file changes.

    Raises
    ------
    figmill.errors.ConfigError
        There is no stage, or no such chip in it.
    """
    tree = StageTree(default_stage(stage))
    key = (str(tree.root.absolute()), chip_group, chip, "history")
    path = tree.history_path(chip_group, chip)
    history = default_cache.get(key, path)
    if history is None:
        history = tree.history(chip, chip_group)
        default_cache.put(key, history, path)
    _cached_histories[chip] = history
    frame: pl.DataFrame = history.clone()
    return frame


def read_measurement_parquet(path: str | Path) -> pl.DataFrame:
    """Read a staged run.

    Raises
    ------
    figmill.errors.InputError
        There is no such file, or it is no Parquet file.
    """
    return read_frame(path, default_cache)


def align_history(
    chip: int, chip_group: str, reference: str | Path, *, stage: str | Path | None = None
) -> Renewed:
    """Take over the numbers of another history; see `figmill.recipes.chip.history.align`."""
    return align(StageTree(default_stage(stage)), chip_group, chip, reference)


def chip_metrics(
    chip: int,
    chip_group: str = GROUP,
    *,
    stage: str | Path | None = None,
    seq: Iterable[int] | None = None,
    **geometry: float | None,
) -> pl.DataFrame:
    """All derived numbers of a chip: a row a number, with unit, method and flags.

    Parameters
    ----------
    chip, chip_group
        The chip.
    stage
        The stage; see `default_stage`.
    seq
        Run numbers; None for all.
    geometry
        ``length_um``, ``width_um`` and ``capacitance_f_m2``: with all three, mobilities too.

    Raises
    ------
    figmill.errors.ConfigError
        There is no such chip in the stage.
    """
    tree = StageTree(default_stage(stage))
    return metrics_table(tree, chip, chip_group, seq, Geometry.of(**geometry), cache=default_cache)
