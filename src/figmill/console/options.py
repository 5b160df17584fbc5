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

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeAlias

import typer

from figmill.console.boundary import AS_JSON, INTERRUPTED, OK, SOME_FAILED
from figmill.console.generate import given, in_place_of, parameter_of, parameters_of
from figmill.formats import DEFAULT, NAMES
from figmill.jobs.options import (
    LIMITS,
    Compress,
    LimitsOf,
    MemoryLimit,
    NotesOnFigure,
    TimeLimit,
    Workers,
)
from figmill.recipes.looks import FigureStyle
from figmill.recipes.options import Option
from figmill.system import system

if TYPE_CHECKING:
    from figmill.engine import RunOptions, RunReport
    from figmill.recipes.base import Recipe

Force: TypeAlias = Annotated[bool, Option("Draw everything again.")]
Formats: TypeAlias = Annotated[
    tuple[str, ...], Option(f"{NAMES}.", ("--format", "-f"), metavar="KIND")
]
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
QUIET = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but what went wrong.")]


Strict = Annotated[bool, Option("End with exit code 1 where a figure carries a doubt or a loss.")]


def cores() -> int:
    """The number of cores that this process may use."""
    return system.cores()


@dataclass(frozen=True, slots=True)
class Run:
    """The options that every run has, ready to carry out a recipe.

    Parameters
    ----------
    out
        The output folder.
    formats
        File formats of the figures.
    workers, timeout, memory_limit, notes_on_figure, limits, compress
        As in the part ``run`` of a job file, see ``figmill schema``; None for its defaults.
    force, dry_run, overwrite
        As for `figmill.engine.RunOptions`.
    as_json, quiet
        How the run is shown.
    strict
        Whether doubts and losses are failures.
    """

    out: OUT
    formats: Formats = (DEFAULT,)
    workers: Workers = None
    timeout: TimeLimit | None = None
    memory_limit: MemoryLimit = None
    force: Force = False
    dry_run: DRY_RUN = False
    as_json: JSON = False
    quiet: QUIET = False
    overwrite: OVERWRITE = False
    strict: Strict = False
    notes_on_figure: NotesOnFigure = False
    limits: LimitsOf = LIMITS
    compress: Compress = "fast"

    def options(self) -> RunOptions:
        """The engine's options.

        Raises
        ------
        figmill.errors.ConfigError
            An option is wrong, or some do not fit together.
        """
        from figmill.jobs.job_file import RunSettings

        chosen = given(workers=self.workers, timeout=self.timeout, memory_limit=self.memory_limit)
        always = {
            "notes_on_figure": self.notes_on_figure,
            "limits": self.limits,
            "compress": self.compress,
        }
        return RunSettings(**chosen, **always).options(
            cores(), force=self.force, dry_run=self.dry_run, overwrite=self.overwrite
        )

    def __call__(self, recipe: Recipe) -> NoReturn:
        """Draw what needs it, show how it goes, and end the command.

        Parameters
        ----------
        recipe
            What is drawn.

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


# For commands whose parameters are their own, without `runs` or `takes`.
if TYPE_CHECKING:
    DPI: TypeAlias = float | None
    THEME: TypeAlias = str | None
    FORMATS: TypeAlias = list[str] | None
    WORKERS: TypeAlias = int | None
else:
    DPI, THEME = (parameter_of(FigureStyle, name).annotation for name in ("dpi", "theme"))
    FORMATS, WORKERS = (parameter_of(Run, name).annotation for name in ("formats", "workers"))


def carry_out(
    recipe: Recipe,
    out: Path,
    *,
    formats: Sequence[str],
    options: RunOptions,
    as_json: bool = False,
    quiet: bool = False,
    only: Collection[str] | None = None,
    part_of_more: bool = False,
) -> RunReport:
    """Run a recipe and show how it goes and what came of it.

    Parameters
    ----------
    recipe, out, formats, options, only
        As for `figmill.mill.run`.
    as_json, quiet
        How to show it.
    part_of_more
        Whether the command carries out other recipes, too: then it says itself what of the folders
        is left out, and ends a JSON stream with its own summary.
    """
    from figmill import mill
    from figmill.console.progress import tell_left_out, watching
    from figmill.engine.pool.seed import planted

    # Before the run has threads, files or a ledger.
    forked = planted(options.isolated and options.executor is None and not options.dry_run)
    shown = watching(
        out,
        as_json=as_json,
        quiet=quiet,
        dry_run=options.dry_run,
        count=recipe.items if only is None else lambda: only,
    )
    with forked, shown as (listeners, conclude):
        report = mill.run(
            recipe,
            out,
            formats=formats,
            options=options,
            listeners=listeners,
            only=only,
            raise_interrupt=False,
        )
    if not quiet and not part_of_more:
        tell_left_out(recipe.left_out, as_json=as_json)
    if not (as_json and part_of_more):
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
    """Give a command the options of a run in place of its parameter ``run``.

    Parameters
    ----------
    command
        A function with a parameter ``run``, which gets a `Run`.

    Returns
    -------
    callable
        The command; typer makes its options, --out, --workers, --timeout and the others.
    """

    def build(values: dict[str, Any]) -> Run:
        run = Run(**given(**values))
        run.options()  # what is wrong with them is told before the command begins
        return run

    return in_place_of(command, {"run": (parameters_of(Run), build)})
