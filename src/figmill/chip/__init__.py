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

from typing import TYPE_CHECKING

from figmill._lazy import lazily

if TYPE_CHECKING:
    import polars as pl

    from figmill.chip.execute import execute_parallel, execute_plot, execute_sequential
    from figmill.chip.face import (
        CACHE_AVAILABLE,
        align_history,
        chip_metrics,
        get_chip_history,
        read_measurement_parquet,
    )
    from figmill.chip.look import Look
    from figmill.chip.plan import default_stage
    from figmill.chip.plots import ChipPlot, Drawn, plot_type, plot_types
    from figmill.chip.recipe import ChipRecipe
    from figmill.chip.runs import Run, RunInfo
    from figmill.chip.specs import PlotResult, PlotSpec, load_batch_config
    from figmill.chip.staging import StageReport, stage_raw
    from figmill.chip.summary import display_summary
    from figmill.read.cache import (
        CachedItem,
        DataCache,
        cache_stats,
        clear_cache,
        print_cache_stats,
        with_cache,
    )
    from figmill.read.parquet import (
        cached_read_parquet,
        disable_parquet_caching,
        enable_parquet_caching,
    )

__all__ = [
    "CACHE_AVAILABLE",
    "CachedItem",
    "ChipPlot",
    "ChipRecipe",
    "DataCache",
    "Drawn",
    "Look",
    "PlotResult",
    "PlotSpec",
    "Run",
    "RunInfo",
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

_cached_histories: dict[int | str, pl.DataFrame] = {}
_plot_config: Look | None = None

# Lazily: workers and `--help` need the recipe alone, or nothing.
__getattr__, __dir__ = lazily(
    __name__,
    {
        "figmill.chip.execute": "execute_parallel execute_plot execute_sequential",
        "figmill.chip.face": (
            "CACHE_AVAILABLE align_history chip_metrics get_chip_history read_measurement_parquet"
        ),
        "figmill.chip.look": "Look",
        "figmill.chip.plan": "default_stage",
        "figmill.chip.plots": "ChipPlot Drawn plot_type plot_types",
        "figmill.chip.recipe": "ChipRecipe",
        "figmill.chip.runs": "Run RunInfo",
        "figmill.chip.specs": "PlotResult PlotSpec load_batch_config",
        "figmill.chip.staging": "StageReport stage_raw",
        "figmill.chip.summary": "display_summary",
        "figmill.read.cache": (
            "CachedItem DataCache cache_stats clear_cache print_cache_stats with_cache"
        ),
        "figmill.read.parquet": (
            "cached_read_parquet disable_parquet_caching enable_parquet_caching"
        ),
    },
)
