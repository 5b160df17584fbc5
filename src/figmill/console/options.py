"""What commands share: options with their help, the error boundary's codes, and runs.

A command that draws takes its options from the class that its recipe inherits them from::

    app = typer.Typer()

    @app.command()
    @runs
    @takes(MyOptions)
    def plot(run: Run, options: dict[str, Any]) -> None:
        \"\"\"Draw a folder.\"\"\"
        from mine.recipe import MyRecipe

        run(MyRecipe(**options))

`takes` (`figmill.console.generate`) replaces ``options`` by the options of the class, and hands
over those that are given. `runs` replaces ``run`` by the options that every run has (--out,
--workers, --timeout, ...), and calling it works, shows the progress, and ends the command with the
right exit code. Parameters that a command has besides are its own.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from figmill.config.parse import parse_bytes, parse_timedelta
from figmill.console.boundary import AS_JSON, INTERRUPTED, OK, SOME_FAILED
from figmill.console.generate import in_place_of
from figmill.errors import ConfigError
from figmill.formats import DEFAULT, NAMES

if TYPE_CHECKING:
    from figmill.engine import RunOptions, RunReport
    from figmill.recipes.base import Recipe


def _time(text: str | None) -> str | None:
    return text if text is None else _checked(parse_timedelta, text)


def _size(text: str | None) -> str | None:
    return text if text is None else _checked(parse_bytes, text)


def _checked(read: Callable[[str], object], text: str) -> str:
    try:
        read(text)
    except ConfigError as error:
        raise typer.BadParameter(f"{error.message} {error.hint}") from error
    return text


_PATIENCE = "10m"

OUT = Annotated[
    Path, typer.Option("--out", "-o", metavar="OUT", help="The output folder; made if missing.")
]
OUT_FOLDER = Annotated[Path, typer.Argument(metavar="OUT", help="The output folder of a run.")]


def _remember_json(ctx: typer.Context, value: bool) -> bool:
    # Whatever ends the command then ends the stream, too.
    ctx.meta[AS_JSON] = value
    return value


JSON = Annotated[
    bool,
    typer.Option(
        "--json",
        help="Print JSON: one object a line, a summary as the last.",
        callback=_remember_json,
    ),
]
DPI = Annotated[
    float | None, typer.Option("--dpi", metavar="N", help="Pixels per inch of the figures.")
]
THEME = Annotated[
    str | None,
    typer.Option("--theme", metavar="NAME", help="paper, presentation, screen or screen-dark."),
]
FORMATS = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        "-f",
        metavar="KIND",
        help=f"{NAMES}; give it several times for several. [default: {DEFAULT}]",
    ),
]
WORKERS = Annotated[
    int | None,
    typer.Option(
        "--workers",
        "-p",
        metavar="N",
        min=0,
        help="Worker processes; 0 works in this process, without a timeout. [default: all cores]",
    ),
]
TIMEOUT = Annotated[
    str | None,
    typer.Option(
        "--timeout",
        metavar="TIME",
        callback=_time,
        help="The longest an item may take (90, 90s, 10m, 1h); 0 for no limit. [default: 10m]",
    ),
]
MEMORY_LIMIT = Annotated[
    str | None,
    typer.Option(
        "--memory-limit",
        metavar="SIZE",
        callback=_size,
        help="The most memory of one worker (800MB, 2GB).",
    ),
]
FORCE = Annotated[bool, typer.Option("--force", help="Draw everything again.")]
OVERWRITE = Annotated[
    bool,
    typer.Option("--overwrite", help="Replace files in the way that no run in OUT has made."),
]
DRY_RUN = Annotated[
    bool,
    typer.Option("--dry-run", "-n", help="Only say what would run and replace, and why."),
]
ALLOW_ADDRESS = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-address",
        metavar="URL",
        help="Let the job send data and keys there, too; give it several times for several. "
        "[default: only to the provider's own address]",
    ),
]
TRUST = Annotated[
    bool,
    typer.Option(
        "--trust",
        help="Use a kept job that does not bear your signature, too: one that came from elsewhere, "
        "was edited, or is of an older figmill.",
    ),
]
STRICT = Annotated[
    bool,
    typer.Option("--strict", help="End with exit code 1 where a figure carries a doubt or a loss."),
]
NOTES_ON_FIGURE = Annotated[
    bool,
    typer.Option(
        "--notes-on-figure", help="Print under each figure, in small type, what was assumed."
    ),
]
LIMITS = Annotated[
    str | None,
    typer.Option(
        "--limits",
        metavar="shared|each|FILE",
        help="Limits of axes and colours that are not given: of all items together, of each figure "
        "alone, or those of a file. [default: each]",
    ),
]
QUIET = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but what went wrong.")]


def cores() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0))


@dataclass(frozen=True, slots=True)
class Run:
    """The options that every run has, ready to carry out a recipe."""

    out: Path
    formats: Sequence[str] = ("png",)
    workers: int | None = None
    timeout: str | None = None
    memory_limit: str | None = None
    force: bool = False
    dry_run: bool = False
    as_json: bool = False
    quiet: bool = False
    overwrite: bool = False
    strict: bool = False
    notes_on_figure: bool = False
    limits: str | None = None

    def options(self) -> RunOptions:
        """The engine's options."""
        from figmill.engine import RunOptions

        workers = cores() if self.workers is None else self.workers
        usual = _PATIENCE if workers else "0"
        return RunOptions(
            workers=workers,
            timeout_s=parse_timedelta(self.timeout or usual),
            memory_limit=parse_bytes(self.memory_limit) if self.memory_limit else None,
            force=self.force,
            dry_run=self.dry_run,
            overwrite=self.overwrite,
            notes_on_figure=self.notes_on_figure,
            limits=self.limits or "each",
        )

    def __call__(self, recipe: Recipe) -> NoReturn:
        """Draw what needs it, show how it goes, and end the command.

        Raises
        ------
        typer.Exit
            Always: 0, 1 (some items failed, files are out of date, or ``strict`` and a figure
            carries a doubt or a loss) or 130 (interrupted).
        """
        report = carry_out(
            recipe,
            self.out,
            formats=self.formats,
            options=self.options(),
            as_json=self.as_json,
            quiet=self.quiet,
        )
        raise typer.Exit(OK if self.dry_run else code_of(report, strict=self.strict))


def carry_out(
    recipe: Recipe,
    out: Path,
    *,
    formats: Sequence[str],
    options: RunOptions,
    as_json: bool = False,
    quiet: bool = False,
    only: Collection[str] | None = None,
) -> RunReport:
    """Run a recipe and show how it goes and what came of it.

    Parameters
    ----------
    recipe, out, formats, options, only
        As for `figmill.mill.run`.
    as_json, quiet
        How to show it.
    """
    from figmill import mill
    from figmill.console.progress import tell_left_out, watching

    with watching(
        out,
        as_json=as_json,
        quiet=quiet,
        dry_run=options.dry_run,
        count=recipe.items if only is None else lambda: only,
    ) as (listeners, conclude):
        report = mill.run(
            recipe,
            out,
            formats=formats,
            options=options,
            listeners=listeners,
            only=only,
            raise_interrupt=False,
        )
    if not quiet:
        tell_left_out(recipe, as_json=as_json)
    conclude(report)
    return report


def code_of(report: RunReport, *, strict: bool = False) -> int:
    """The exit code that tells what came of a run; strictly, doubts and losses are failures.

    Where only they make it a failure, that is said.
    """
    if report.interrupted:
        return 128 + report.signal if report.signal else INTERRUPTED
    if report.ok and strict and report.notes:
        told = ", ".join(f"{note.code} ({note.items})" for note in report.notes)
        typer.echo(f"error: figures carry doubts or losses (--strict): {told}", err=True)
        return SOME_FAILED
    return OK if report.ok else SOME_FAILED


def runs(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a run in place of its parameter ``run``."""
    shared = [*inspect.signature(_shared, eval_str=True).parameters.values()]
    return in_place_of(command, {"run": (shared, lambda values: _shared(**values))})


def _shared(
    out: OUT,
    formats: FORMATS = None,
    workers: WORKERS = None,
    timeout: TIMEOUT = None,
    memory_limit: MEMORY_LIMIT = None,
    force: FORCE = False,
    dry_run: DRY_RUN = False,
    as_json: JSON = False,
    quiet: QUIET = False,
    overwrite: OVERWRITE = False,
    strict: STRICT = False,
    notes_on_figure: NOTES_ON_FIGURE = False,
    limits: LIMITS = None,
) -> Run:
    return Run(
        out,
        formats or ("png",),
        workers,
        timeout,
        memory_limit,
        force,
        dry_run,
        as_json,
        quiet,
        overwrite,
        strict,
        notes_on_figure,
        limits,
    )
