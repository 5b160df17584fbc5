"""``figmill chip batch-plot`` and a command for every plot type."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from figmill.chip.options import LookOptions
from figmill.console.generate import given, takes
from figmill.console.options import (
    DPI,
    DRY_RUN,
    FORCE,
    FORMATS,
    JSON,
    MEMORY_LIMIT,
    QUIET,
    THEME,
    code_of,
)
from figmill.console.text import as_json_line, counted, printable, table

if TYPE_CHECKING:
    from figmill.chip.plan import Planned
    from figmill.chip.recipe import ChipRecipe
    from figmill.engine import RunReport

STAGE = Annotated[
    Path | None,
    typer.Option(
        "--stage",
        metavar="DIR",
        help="The stage. [default: $FIGMILL_CHIP_STAGE, stage or data/02_stage]",
    ),
]
GROUP = Annotated[str, typer.Option("--group", metavar="NAME", help="The chip's group.")]
CHIP = Annotated[int, typer.Argument(metavar="CHIP", help="The chip's number.")]
OUT = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        metavar="OUT",
        help="The output folder. [default: output_base of the configuration, or figs]",
    ),
]
PARALLEL = Annotated[
    int | None,
    typer.Option("--parallel", "-p", metavar="N", min=1, help="Worker processes. [default: none]"),
]
TIMEOUT = Annotated[
    str | None,
    typer.Option(
        "--timeout",
        metavar="TIME",
        help="The longest an entry may take (90, 90s, 10m, 1h). [default: no limit]",
    ),
]
PALETTE = Annotated[
    str | None,
    typer.Option(
        "--palette",
        metavar="NAME",
        help="theme, bright, vibrant, muted, or a matplotlib colour map.",
    ),
]
VERBOSE = Annotated[
    bool, typer.Option("--verbose", "-v", help="Tell each figure and what it left out.")
]


@takes(look=LookOptions)
def batch_plot(
    config_file: Annotated[Path, typer.Argument(metavar="CONFIG_FILE", help="YAML configuration.")],
    look: dict[str, Any],
    stage: STAGE = None,
    out: OUT = None,
    parallel: PARALLEL = None,
    formats: FORMATS = None,
    timeout: TIMEOUT = None,
    memory_limit: MEMORY_LIMIT = None,
    force: FORCE = False,
    dry_run: DRY_RUN = False,
    verbose: VERBOSE = False,
    as_json: JSON = False,
    quiet: QUIET = False,
) -> None:
    """Draw every entry of a configuration; entries that are drawn and unchanged are left alone.

    All is checked before anything is drawn: exit code 2 says that the configuration is wrong, and
    where. Exit code 1 says that a figure could not be drawn. Looks that are given here win over
    those of the configuration.

    \b
    figmill chip batch-plot alisson67_plots.yaml --stage stage -o figs
    figmill chip batch-plot alisson67_plots.yaml --parallel 4 --format pdf
    figmill chip batch-plot alisson67_plots.yaml --dry-run
    """  # noqa: D301 - typer reads the \b
    from figmill.chip.config import load_config
    from figmill.chip.recipe import ChipRecipe

    config = load_config(config_file)
    if not (quiet or as_json):
        plots = counted(len(config.entries), "plot specification")
        typer.echo(f"Loaded {plots} for {config.group}{config.chip}", err=True)
    recipe = ChipRecipe(config=config_file.absolute(), stage=_stage(stage), **look)
    _draw(
        recipe,
        out or config.output_base or Path("figs"),
        formats=formats or list(config.formats) or ["png"],
        parallel=parallel,
        timeout=timeout,
        memory_limit=memory_limit,
        force=force,
        dry_run=dry_run,
        verbose=verbose,
        as_json=as_json,
        quiet=quiet,
    )


def _stage(given_stage: Path | None) -> Path:
    from figmill.chip.plan import default_stage

    return default_stage(given_stage).absolute()


def _draw(
    recipe: ChipRecipe,
    out: Path,
    *,
    formats: list[str],
    parallel: int | None,
    timeout: str | None,
    memory_limit: str | None,
    force: bool,
    dry_run: bool,
    verbose: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    from figmill import mill
    from figmill.chip.execute import RETRIED
    from figmill.config.parse import parse_bytes, parse_timedelta
    from figmill.console.progress import watching
    from figmill.engine import RunOptions
    from figmill.engine.events import Event, ItemFinished

    if dry_run:
        raise typer.Exit(_tell_plan(recipe, out, formats, force=force, as_json=as_json))
    options = RunOptions(
        workers=parallel or 1,
        timeout_s=parse_timedelta(timeout) if timeout else None,
        memory_limit=parse_bytes(memory_limit) if memory_limit else None,
        force=force,
        retry_failed=RETRIED,
    )

    def tell(event: Event) -> None:
        if verbose and isinstance(event, ItemFinished) and event.status == "done":
            note = f": {event.message}" if event.message else ""
            typer.echo(printable(f"✓ {event.key} ({event.seconds:.2f} s){note}"), err=True)

    with watching(out, as_json=as_json, quiet=quiet, dry_run=False, count=tuple) as (
        listeners,
        conclude,
    ):
        report: RunReport = mill.run(
            recipe,
            out,
            formats=formats,
            options=options,
            listeners=(*listeners, tell),
            raise_interrupt=False,
        )
    conclude(report)
    raise typer.Exit(code_of(report))


def _tell_plan(
    recipe: ChipRecipe, out: Path, formats: list[str], *, force: bool, as_json: bool
) -> int:
    from figmill import mill
    from figmill.chip.sequences import compact
    from figmill.engine import RunOptions
    from figmill.engine.events import Event, ItemPlanned

    plans: list[Planned] = recipe.plans()
    reasons: dict[str, str] = {}

    def note(event: Event) -> None:
        if isinstance(event, ItemPlanned):
            reasons[event.key] = event.reason

    mill.run(
        recipe,
        out,
        formats=formats,
        options=RunOptions(dry_run=True, force=force, retry_failed=frozenset()),
        listeners=[note],
        raise_interrupt=False,
    )
    missing = 0
    rows = []
    for number, plan in enumerate(plans, 1):
        runs = compact([run.info.seq for run in plan.runs])
        files = [f"{name}.{kind}" for name in plan.names for kind in formats]
        why = reasons.get(plan.names[0], "unchanged").rstrip(".")
        if plan.missing:
            missing += 1
            why = f"will fail: the stage has no data of {compact(plan.missing)}"
        if as_json:
            typer.echo(
                as_json_line(
                    {
                        "plot": plan.entry.plot.type,
                        "runs": [run.info.seq for run in plan.runs],
                        "files": files,
                        "why": why,
                        "notes": [str(note) for note in plan.notes],
                    }
                )
            )
            continue
        said = "; ".join((why, *map(str, plan.notes)))
        rows.append((str(number), plan.entry.plot.type, runs, said))
        rows += [("", "", "", f"  {out / file}") for file in files]
    if not as_json:
        typer.echo("DRY RUN - Plots that would be generated:\n")
        typer.echo(table(("", "type", "seq", "why, and files"), rows))
        typer.echo(f"\nTotal: {counted(len(plans), 'plot')}")
    return 1 if missing else 0


def plot_commands() -> dict[str, Callable[..., None]]:
    """One command for each plot type, with its options as its configuration has them."""
    from figmill.chip.plots import plot_types

    return {name: _plot_command(name, kind) for name, kind in plot_types().items()}


def _plot_command(name: str, kind: Any) -> Any:
    from figmill.chip.look import Look

    helps = {**_option_helps(Look), **_option_helps(kind)}

    def command(**values: Any) -> None:
        from figmill.chip.recipe import ChipRecipe

        chosen = {key: values.pop(key) for key in (*kind.model_fields, "seq", "tag", "select")}
        look = {key: values.pop(key) for key in Look.model_fields}
        chosen["select"] = _selection(chosen["select"])
        chip, group = values.pop("chip"), values.pop("group")
        wanted = {"type": name, **given(**chosen), **given(**look)}
        recipe = ChipRecipe(
            stage=_stage(values.pop("stage")), chip=chip, chip_group=group, plots=(wanted,)
        )
        values["formats"] = values["formats"] or ["png"]
        _draw(recipe, values.pop("out") or Path("figs"), **values)

    own: dict[str, Any] = {
        "chip": CHIP,
        "seq": Annotated[str | None, typer.Option(metavar="RUNS", help="Run numbers: 52-58,65.")],
        "select": Annotated[
            list[str] | None,
            typer.Option(
                metavar="KEY=VALUE",
                help="Runs by what they are: wavelength_nm=365, vg=-0.4, has_light=true, last=10; "
                "give it several times for several.",
            ),
        ],
        "tag": Annotated[str | None, typer.Option(help="The last part of the file's name.")],
        "group": GROUP,
        "stage": STAGE,
        "out": OUT,
        **{
            key: Annotated[str | None, typer.Option(metavar="VALUE", help=helps.get(key, ""))]
            for key in (*kind.model_fields, "width", "height", "title")
        },
        "theme": THEME,
        "palette": PALETTE,
        "dpi": DPI,
        "formats": FORMATS,
        "parallel": PARALLEL,
        "timeout": TIMEOUT,
        "memory_limit": MEMORY_LIMIT,
        "force": FORCE,
        "dry_run": DRY_RUN,
        "verbose": VERBOSE,
        "as_json": JSON,
        "quiet": QUIET,
    }
    fixed = {
        "chip": inspect.Parameter.empty,
        "group": "Alisson",
        **dict.fromkeys(("force", "dry_run", "verbose", "as_json", "quiet"), False),
    }
    command.__doc__ = (inspect.getdoc(kind) or "").partition("\n\nParameters\n")[0]
    command.__dict__["__signature__"] = inspect.Signature(
        [
            inspect.Parameter(
                key, inspect.Parameter.KEYWORD_ONLY, default=fixed.get(key), annotation=annotation
            )
            for key, annotation in own.items()
        ]
    )
    command.__annotations__ = dict(own)
    return command


def _option_helps(kind: Any) -> dict[str, str]:
    """What the docstrings of a class and its bases say of its options, with their defaults."""
    said: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        _, found, rest = (inspect.cleandoc(base.__doc__ or "")).partition(
            "Parameters\n----------\n"
        )
        names: list[str] = []
        for line in rest.splitlines() if found else ():
            if line and not line[0].isspace():
                names = [name.strip() for name in line.split(",")]
                said.update(dict.fromkeys(names, ""))
            else:
                said.update({name: f"{said[name]} {line.strip()}".strip() for name in names})
    return {
        key: said.get(key, "").replace("`", "")
        + ("" if field.default is None else f" [default: {str(field.default).lower()}]")
        for key, field in kind.model_fields.items()
    }


def _selection(pairs: list[str] | None) -> dict[str, Any] | None:
    from figmill.errors import ConfigError

    if not pairs:
        return None
    chosen: dict[str, Any] = {}
    for pair in pairs:
        key, mark, value = pair.partition("=")
        if not mark:
            raise ConfigError(
                f"{pair!r} selects nothing.", place="--select", hint="Write KEY=VALUE: vg=-0.4."
            )
        chosen[key.strip()] = value.split(",") if "," in value else value
    return chosen
