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

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from figmill import mill
from figmill.engine import CATEGORIES, Ledger, Listener, RunOptions, RunReport
from figmill.engine.events import Event, ItemFinished
from figmill.errors import ConfigError, FigmillError
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
from figmill.recipes.chip.config import (
    GROUP,
    Blame,
    Entry,
    load_config,
    make_entry,
    together,
)
from figmill.recipes.chip.history import Renewed, align, renew_histories
from figmill.recipes.chip.look import Look
from figmill.recipes.chip.plan import Planned, Stage, default_stage, plan_all
from figmill.recipes.chip.plots import ChipPlot, plot_type, plot_types
from figmill.recipes.chip.recipe import ChipRecipe
from figmill.recipes.chip.stage import StageRecipe
from figmill.recipes.chip.tree import StageTree

if TYPE_CHECKING:
    import polars as pl

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

CACHE_AVAILABLE: bool = find_spec("polars") is not None
"""Whether what the cache is for, reading Parquet files, is installed."""

DEFAULT_OUT = Path("figs")
RETRIED = frozenset(CATEGORIES)

_cached_histories: dict[int, pl.DataFrame] = {}
_plot_config: Look | None = None


@dataclass
class PlotSpec:
    """One figure, or one suite of figures, to be drawn.

    Parameters
    ----------
    type
        The plot type: ``"plot-its"``.
    chip
        The chip's number.
    seq
        Run numbers: ``52``, ``"52-58"``, ``"52,57,58"``, ``[52, "57-60"]``.
    tag
        The last part of the file's name; None for the run numbers.
    legend_by
        What the legend says, for the types that have this option.
    extra_args
        The type's other options, `select`, and those of `Look`.
    output_base
        The output folder where none is given.
    """

    type: str
    chip: int
    seq: str | int | list[int] | None
    tag: str | None = None
    legend_by: str = "wavelength"
    extra_args: dict[str, Any] = field(default_factory=dict)
    output_base: Path | None = None


@dataclass
class PlotResult:
    """What came of a `PlotSpec`.

    Parameters
    ----------
    spec
        What was asked for.
    success
        Whether all its files are there.
    elapsed
        Seconds; 0 where nothing needed to be done.
    error
        Why not.
    files
        Its files.
    message
        What was left out.
    """

    spec: PlotSpec
    success: bool
    elapsed: float
    error: str | None = None
    files: tuple[Path, ...] = ()
    message: str = ""


def load_batch_config(config_path: Path) -> tuple[int, str, list[PlotSpec]]:
    """Read and check a configuration.

    Returns
    -------
    chip : int
        The chip's number.
    chip_group : str
        Its group; ``"Alisson"`` where the configuration names none.
    plot_specs : list of PlotSpec
        With all defaults filled in.

    Raises
    ------
    figmill.errors.ConfigError
        All that is wrong with it, each with its line.
    """
    config = load_config(config_path)
    specs = []
    for entry in config.entries:
        values = dict(entry.values)
        own = {key: values.pop(key, None) for key in ("seq", "type")}
        values.pop("tag", None)
        values.pop("chip", None)
        legend = values.pop("legend_by", "wavelength")
        specs.append(
            PlotSpec(
                str(own["type"]),
                entry.chip,
                own["seq"],
                entry.tag or None,
                str(legend),
                values,
                config.output_base,
            )
        )
    return config.chip, config.group, specs


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


def execute_plot(
    spec: PlotSpec,
    chip_group: str = GROUP,
    *,
    stage: str | Path | None = None,
    out: str | Path | None = None,
    formats: Sequence[str] = ("png",),
    force: bool = False,
) -> PlotResult:
    """Draw one spec; what is drawn already and has not changed is left as it is.

    Parameters
    ----------
    spec
        What to draw.
    chip_group
        The chip's group.
    stage
        The stage; see `default_stage`.
    out
        The output folder; by default the spec's ``output_base``, or else ``figs``.
    formats
        Any of png, jpg, webp, pdf, svg.
    force
        Draw again in any case.

    Returns
    -------
    PlotResult
        Errors are in it, not raised. A figure that was not written is no success.
    """
    return execute_sequential(
        [spec], chip_group, stage=stage, out=out, formats=formats, force=force
    )[0]


def execute_sequential(
    plot_specs: list[PlotSpec],
    chip_group: str = GROUP,
    *,
    stage: str | Path | None = None,
    out: str | Path | None = None,
    formats: Sequence[str] = ("png",),
    force: bool = False,
    listeners: Sequence[Listener] = (),
) -> list[PlotResult]:
    """Draw specs one after another in this process; see `execute_plot`.

    Returns
    -------
    list of PlotResult
        In the order of the specs.
    """
    options = RunOptions(workers=1, force=force, retry_failed=RETRIED)
    return _execute(plot_specs, chip_group, stage, out, formats, options, listeners)


def execute_parallel(
    plot_specs: list[PlotSpec],
    chip_group: str = GROUP,
    workers: int = 2,
    *,
    stage: str | Path | None = None,
    out: str | Path | None = None,
    formats: Sequence[str] = ("png",),
    force: bool = False,
    timeout_s: float | None = None,
    listeners: Sequence[Listener] = (),
) -> list[PlotResult]:
    """Draw specs in worker processes; see `execute_plot`.

    Parameters
    ----------
    workers
        How many processes.
    timeout_s
        Seconds that one spec may take.

    Returns
    -------
    list of PlotResult
        In the order of the specs, whatever was ready first.
    """
    options = RunOptions(workers=workers, force=force, timeout_s=timeout_s, retry_failed=RETRIED)
    return _execute(plot_specs, chip_group, stage, out, formats, options, listeners)


def _execute(
    specs: Sequence[PlotSpec],
    group: str,
    stage: str | Path | None,
    out: str | Path | None,
    formats: Sequence[str],
    options: RunOptions,
    listeners: Sequence[Listener],
) -> list[PlotResult]:
    results: dict[int, PlotResult] = {}
    entries: dict[int, Entry] = {}
    for place, spec in enumerate(specs):
        try:
            entries[place] = entry_of(spec, group)
        except ConfigError as error:
            results[place] = PlotResult(spec, False, 0.0, str(error))
    plans: dict[int, Planned] = {}
    try:
        planner = Stage(StageTree(default_stage(stage)), default_cache)
        for place, plan in zip(entries, plan_all(entries.values(), planner), strict=True):
            if isinstance(plan, Planned):
                plans[place] = plan
            else:
                results[place] = PlotResult(specs[place], False, 0.0, str(plan))
    except FigmillError as error:
        # Without a stage no entry can be planned, and each says so.
        for place in entries:
            results[place] = PlotResult(specs[place], False, 0.0, str(error))
        plans = {}
    folders: dict[Path, list[int]] = {}
    for place in plans:
        folders.setdefault(Path(out or specs[place].output_base or DEFAULT_OUT), []).append(place)
    for folder, places in folders.items():
        finished: dict[str, ItemFinished] = {}
        plots = tuple(values_of(specs[place], group) for place in places)
        recipe = ChipRecipe(stage=default_stage(stage).absolute(), plots=plots)
        with _progress(len(places)) as advance:
            mill.run(
                recipe,
                folder,
                formats=formats,
                options=options,
                listeners=(_Collect(finished, advance), *listeners),
            )
        for place in places:
            results[place] = _result(specs[place], plans[place], folder, formats, finished)
    return [results[place] for place in range(len(specs))]


def _result(
    spec: PlotSpec,
    plan: Planned,
    folder: Path,
    formats: Sequence[str],
    finished: Mapping[str, ItemFinished],
) -> PlotResult:
    files = tuple(folder / f"{name}.{kind}" for name in plan.names for kind in formats)
    event = finished.get(plan.item().key)
    elapsed, message = (event.seconds, event.message) if event else (0.0, "")
    if event is not None and event.status != "done":
        return PlotResult(spec, False, elapsed, message or event.status)
    absent = [str(file) for file in files if not file.is_file()]
    if absent:
        return PlotResult(spec, False, elapsed, f"not written: {', '.join(absent)}")
    return PlotResult(spec, True, elapsed, None, files, message)


@dataclass(frozen=True, slots=True)
class _Collect:
    finished: dict[str, ItemFinished]
    advance: Any

    def __call__(self, event: Event) -> None:
        if isinstance(event, ItemFinished):
            self.finished[event.key] = event
            self.advance()


def _progress(total: int) -> Any:
    from contextlib import contextmanager

    from rich.console import Console
    from rich.progress import Progress

    @contextmanager
    def shown() -> Any:
        console = Console(stderr=True)
        with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task("Drawing", total=total)
            yield lambda: bar.advance(task)

    return shown()


def entry_of(spec: PlotSpec, chip_group: str = GROUP) -> Entry:
    """Check a spec.

    Raises
    ------
    figmill.errors.ConfigError
        All that is wrong with it.
    """
    made = make_entry(values_of(spec, chip_group), {}, None, chip_group, Blame())
    if isinstance(made, Entry):
        return made
    raise together(made)


def values_of(spec: PlotSpec, chip_group: str = GROUP) -> dict[str, Any]:
    """A spec as an entry of a configuration says it."""
    look = {} if _plot_config is None else _plot_config.model_dump()
    values = {**look, "chip_group": chip_group, **spec.extra_args}
    values |= {"type": spec.type, "chip": spec.chip}
    for key, value in (("seq", spec.seq), ("tag", spec.tag)):
        if value is not None:
            values[key] = value
    kind = plot_types().get(spec.type)
    if kind is not None and "legend_by" in kind.model_fields:
        values["legend_by"] = spec.legend_by
    return values


def display_summary(
    results: list[PlotResult], total_time: float, parallel_workers: int | None = None
) -> None:
    """Print what came of each spec, and the totals.

    Parameters
    ----------
    results
        From `execute_sequential` or `execute_parallel`.
    total_time
        Seconds on the clock.
    parallel_workers
        How many processes; None for none besides this one.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False)
    for column in ("", "Plot", "Runs", "Time", "Remark"):
        table.add_column(column, overflow="fold")
    for result in results:
        spec = result.spec
        took = f"{result.elapsed:.2f} s" if result.elapsed else "unchanged"
        table.add_row(
            "✓" if result.success else "✗",
            Text(f"{spec.type} {spec.tag or ''}".strip()),
            Text("" if spec.seq is None else str(spec.seq)),
            took if result.success else "",
            Text(result.message if result.success else result.error or ""),
        )
    console.print(table)
    failed = sum(not result.success for result in results)
    mode = "one process" if parallel_workers is None else f"{parallel_workers} workers"
    console.print(
        f"Total: {len(results)} plots, {failed} failed, {total_time:.1f}s, {mode}", markup=False
    )


@dataclass(frozen=True, slots=True)
class StageReport:
    """What came of staging.

    Parameters
    ----------
    run
        The engine's report.
    runs
        How many runs the stage holds now.
    rejects
        Raw files that could not be used, and why.
    copies
        Raw files that hold a measurement that another one holds.
    histories
        What became of each history.
    """

    run: RunReport
    runs: int
    rejects: tuple[tuple[str, str], ...]
    copies: tuple[str, ...]
    histories: tuple[Renewed, ...]


def stage_raw(
    raw: str | Path,
    stage: str | Path,
    *,
    timezone: str = "UTC",
    renumber: bool = False,
    options: RunOptions | None = None,
    listeners: Sequence[Listener] = (),
) -> StageReport:
    """Bring a stage up to what a folder of raw files holds.

    Parameters
    ----------
    raw
        The folder; its subfolders count.
    stage
        The stage, which is made if missing. Only new and changed files are read.
    timezone
        The lab's time zone, for the dates in histories and legends.
    renumber
        Give every run of every history a new number, by its start. Configurations that name runs
        by number then mean others.
    options, listeners
        As for `figmill.engine.run`.

    Raises
    ------
    figmill.errors.ConfigError
        There is no such folder, or nothing in it.
    """
    recipe = StageRecipe(raw=Path(raw), timezone=timezone)
    listed = {item.key for item in recipe.items()}
    report = mill.run(recipe, stage, options=options, listeners=listeners)
    if options is not None and options.dry_run:
        return StageReport(report, 0, (), (), ())
    rejects, copies = [], []
    with Ledger.read(Path(stage)) as ledger:
        failed = {one.record.key: one for one in ledger.failures()}
        rows = [row for key, row in ledger.all_facts() if key not in failed]
        for key, one in failed.items():
            if one.failure.category == "output" and "has written" in one.failure.message:
                copies.append(key)
            elif key in listed:
                # The message starts with the whole path; what follows it tells line and reason.
                said = one.failure.message.removeprefix(str(Path(raw) / key)).lstrip(",: ")
                rejects.append((key, said))
    tree = StageTree.made(stage)
    manifest = tree.write_manifest(rows)
    histories = tuple(renew_histories(tree, renumber=renumber))
    return StageReport(report, manifest.height, tuple(rejects), tuple(copies), histories)


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
    from figmill.recipes.chip.metrics.table import Geometry, metrics_table

    tree = StageTree(default_stage(stage))
    return metrics_table(tree, chip, chip_group, seq, Geometry.of(**geometry), cache=default_cache)


def timed(results: Iterable[PlotResult]) -> float:
    """Seconds that all of them took together."""
    return sum(result.elapsed for result in results)
