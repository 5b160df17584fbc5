"""Draw specs through the engine, one after another or in worker processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from figmill import chip as package
from figmill import mill
from figmill.chip.config import Entry
from figmill.chip.plan import Planned, Stage, default_stage, plan_all
from figmill.chip.recipe import ChipRecipe
from figmill.chip.specs import PlotResult, PlotSpec, entry_of, values_of
from figmill.chip.tree import StageTree
from figmill.engine import CATEGORIES, Listener, RunOptions
from figmill.engine.events import Event, ItemFinished
from figmill.errors import ConfigError, FigmillError
from figmill.read.cache import default_cache

DEFAULT_OUT = Path("figs")
RETRIED = frozenset(CATEGORIES)
"""Whoever asks for figures wants them: what failed before is tried again."""


def execute_plot(
    spec: PlotSpec,
    chip_group: str | None = None,
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
        The chip's group; None for that of the stage.
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
        Errors are in it, not raised. A figure that was not written is not a success.
    """
    return execute_sequential(
        [spec], chip_group, stage=stage, out=out, formats=formats, force=force
    )[0]


def execute_sequential(
    plot_specs: list[PlotSpec],
    chip_group: str | None = None,
    *,
    stage: str | Path | None = None,
    out: str | Path | None = None,
    formats: Sequence[str] = ("png",),
    force: bool = False,
    listeners: Sequence[Listener] = (),
) -> list[PlotResult]:
    """Draw specs one after another in this process; see `execute_plot`.

    Parameters
    ----------
    plot_specs
        What to draw.
    chip_group, stage, out, formats, force, listeners
        As for `execute_plot`.

    Returns
    -------
    list of PlotResult
        In the order of the specs.
    """
    options = RunOptions(workers=1, force=force, retry_failed=RETRIED, overwrite=True)
    return _execute(plot_specs, chip_group, stage, out, formats, options, listeners)


def execute_parallel(
    plot_specs: list[PlotSpec],
    chip_group: str | None = None,
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
    options = RunOptions(
        workers=workers or 1,
        force=force,
        timeout_s=timeout_s,
        retry_failed=RETRIED,
        overwrite=True,
    )
    return _execute(plot_specs, chip_group, stage, out, formats, options, listeners)


def _execute(
    specs: Sequence[PlotSpec],
    group: str | None,
    stage: str | Path | None,
    out: str | Path | None,
    formats: Sequence[str],
    options: RunOptions,
    listeners: Sequence[Listener],
) -> list[PlotResult]:
    results: dict[int, PlotResult] = {}
    entries: dict[int, Entry] = {}
    look = package._plot_config
    for place, spec in enumerate(specs):
        try:
            entries[place] = entry_of(spec, group, look)
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
        plots = tuple(values_of(specs[place], group, look) for place in places)
        recipe = ChipRecipe(stage=default_stage(stage).absolute(), plots=plots)
        with _progress(len(places)) as advance:
            mill.run(
                recipe,
                folder,
                formats=formats,
                options=options,
                listeners=(_Collect(finished, advance), *listeners),
                raise_interrupt=False,
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
    advance: Callable[[], None]

    def __call__(self, event: Event) -> None:
        if isinstance(event, ItemFinished):
            self.finished[event.key] = event
            self.advance()


@contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Drawing", total=total)
        yield lambda: bar.advance(task)
