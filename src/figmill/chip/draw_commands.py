"""``figmill chip batch-plot`` and a command for every plot type."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from figmill import plugins
from figmill.chip.options import LookOptions
from figmill.console.generate import given, takes
from figmill.console.options import DRY_RUN, JSON, QUIET, Force, Strict, code_of
from figmill.console.text import as_json_line, counted, printable, table
from figmill.formats import DEFAULT, NAMES
from figmill.jobs.options import LIMITS, Compress, LimitsOf, MemoryLimit, NotesOnFigure
from figmill.recipes.options import Bounds, Option

if TYPE_CHECKING:
    from figmill.chip.config import BatchConfig
    from figmill.chip.plan import Planned
    from figmill.chip.plots import ChipPlot
    from figmill.chip.recipe import ChipRecipe
    from figmill.engine import RunOptions, RunReport

_FIGURES = Path("figs")
PLOTS = "figmill.chip_plots"
OWN_PLOTS = {
    "plot-its": "Drain current over time, from one baseline.",
    "plot-its-sequential": "Drain current over time, one run after another as the clock went.",
    "plot-ivg": "Transfer curves: drain current over gate voltage.",
    "plot-transconductance": "Transconductance of each leg of a sweep.",
    "plot-vvg": "Drain voltage over gate voltage, at constant current.",
    "plot-vt": "Drain voltage over time, from one baseline.",
    "plot-its-suite": "The suite of drain currents.",
    "plot-vts-suite": "The suite of drain voltages.",
}
"""figmill's own plot types with their lines in the overview, which imports none of them."""
STAGE = Annotated[
    Path | None,
    typer.Option(
        "--stage",
        metavar="DIR",
        help="The stage. [default: $FIGMILL_CHIP_STAGE, stage or data/02_stage]",
    ),
]
GROUP = Annotated[
    str | None,
    typer.Option(
        "--group",
        metavar="NAME",
        help="The chip's group. [default: Alisson where the stage has it, else its only one]",
    ),
]
CHIP = Annotated[str, typer.Argument(metavar="CHIP", help="The chip's number, or its name.")]


@dataclass(frozen=True, slots=True)
class DrawOptions:
    """How commands draw entries, whatever these are.

    Parameters
    ----------
    stage, out
        Folders; None for the usual ones.
    parallel
        How many worker processes; None for none.
    formats
        File formats; none for those of the configuration.
    timeout, memory_limit
        Of an entry, and of a worker.
    force, dry_run
        As for `figmill.engine.RunOptions`.
    verbose, as_json, quiet
        What is told.
    strict
        Whether doubts and losses are failures.
    notes_on_figure, limits, compress
        As for `figmill.engine.RunOptions`.
    """

    stage: STAGE = None
    out: Annotated[
        Path | None,
        Option(
            "The output folder.",
            ("--out", "-o"),
            metavar="OUT",
            default="output_base of the configuration, or figs",
        ),
    ] = None
    parallel: Annotated[
        int | None,
        typer.Option(
            "--parallel", "-p", metavar="N", min=1, help="Worker processes. [default: none]"
        ),
    ] = None
    formats: Annotated[
        tuple[str, ...],
        Option(
            f"{NAMES}.",
            ("--format", "-f"),
            metavar="KIND",
            default=f"those of the configuration, or {DEFAULT}",
        ),
    ] = ()
    timeout: Annotated[
        str | None,
        Option(
            "The longest an entry may take (90, 90s, 10m, 1h).", metavar="TIME", default="no limit"
        ),
    ] = None
    memory_limit: MemoryLimit = None
    force: Force = False
    dry_run: DRY_RUN = False
    verbose: Annotated[
        bool, Option("Tell each figure and what it left out.", ("--verbose", "-v"))
    ] = False
    as_json: JSON = False
    quiet: QUIET = False
    strict: Strict = False
    notes_on_figure: NotesOnFigure = False
    limits: LimitsOf = LIMITS
    compress: Compress = "fast"

    def options(self) -> RunOptions:
        """The engine's options.

        Raises
        ------
        figmill.errors.OptionError
            The time limit or the memory limit cannot be read.
        """
        from figmill.chip.execute import RETRIED
        from figmill.jobs.job_file import RunSettings

        settings = RunSettings(
            timeout=self.timeout or 0,
            memory_limit=self.memory_limit,
            retry_failed=tuple(sorted(RETRIED)),
            notes_on_figure=self.notes_on_figure,
            limits=self.limits,
            compress=self.compress,
        )
        return settings.options(self.parallel or 1, force=self.force)


@takes(look=LookOptions, draw=DrawOptions)
def batch_plot(
    config_file: Annotated[Path, typer.Argument(metavar="CONFIG_FILE", help="YAML configuration.")],
    look: dict[str, Any],
    draw: dict[str, Any],
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
    from figmill.chip.names import spoken_name
    from figmill.chip.recipe import ChipRecipe

    how = DrawOptions(**draw)
    config = load_config(config_file)
    if not (how.quiet or how.as_json):
        plots = counted(len(config.entries), "plot specification")
        named = spoken_name(_group(how.stage, config), config.chip)
        typer.echo(f"Loaded {plots} for {named}", err=True)
    recipe = ChipRecipe(config=config_file.absolute(), stage=_stage(how.stage), **look)
    out = how.out or config.output_base or _FIGURES
    _draw(recipe, out, how.formats or config.formats or (DEFAULT,), how)


def _group(stage: Path | None, config: BatchConfig) -> str:
    from figmill.chip.tree import StageTree

    # A stage that is missing is told once all is checked.
    root = _stage(stage)
    if config.group_given or not (root / "raw_measurements").is_dir():
        return config.group
    return StageTree(root).group_or_usual(None)


def _stage(given_stage: Path | None) -> Path:
    from figmill.chip.plan import default_stage

    return default_stage(given_stage).absolute()


def _draw(recipe: ChipRecipe, out: Path, formats: Sequence[str], how: DrawOptions) -> NoReturn:
    from figmill import mill
    from figmill.console.progress import watching
    from figmill.engine.events import Event, ItemFinished

    options = how.options()
    if how.dry_run:
        raise typer.Exit(_tell_plan(recipe, out, formats, how))

    def tell(event: Event) -> None:
        if how.verbose and isinstance(event, ItemFinished) and event.status == "done":
            note = f": {event.message}" if event.message else ""
            typer.echo(printable(f"✓ {event.key} ({event.seconds:.2f} s){note}"), err=True)

    with watching(out, as_json=how.as_json, quiet=how.quiet, dry_run=False, count=tuple) as (
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
    raise typer.Exit(code_of(report, strict=how.strict))


def _tell_plan(recipe: ChipRecipe, out: Path, formats: Sequence[str], how: DrawOptions) -> int:
    from figmill import mill
    from figmill.chip.sequences import compact
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
        options=replace(how.options(), dry_run=True, retry_failed=frozenset()),
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
        if how.as_json:
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
    if not how.as_json:
        typer.echo("DRY RUN - Plots that would be generated:\n")
        typer.echo(table(("", "type", "seq", "why, and files"), rows))
        typer.echo(f"\nTotal: {counted(len(plans), 'plot')}")
    return 1 if missing else 0


class ChipCommands(TyperGroup):
    """The commands of chips: those that are registered, and one for each plot type.

    figmill's own plot types are imported when they are called, and not for an overview; those of
    other packages have their names from what is imported.
    """

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        names = {**OWN_PLOTS}
        if plugins.plugins(PLOTS):
            from figmill.chip.plots import plot_types

            names |= {name: "" for name in plot_types() if name not in OWN_PLOTS}
        for name, line in names.items():
            if name not in self.commands:  # a plot type of another package takes no command over
                self.commands[name] = PlotCommand(name, line)


class PlotCommand(TyperCommand):
    """Draws one plot type; its options are made when somebody asks for them.

    Parameters
    ----------
    name
        The plot type's.
    line
        Its line in the overview; empty for the one of its docstring.
    """

    def __init__(self, name: str, line: str) -> None:
        super().__init__(name, help=line)
        self._is_made = False
        if not line:
            self._make()

    def get_params(self, ctx: Any) -> list[Any]:
        """List the options, of the plot type too."""
        self._make()
        return super().get_params(ctx)

    def _make(self) -> None:
        if not self._is_made:
            from figmill.chip.plots import plot_types

            app = typer.Typer(add_completion=False)
            app.command(self.name)(_plot_command(str(self.name), plot_types()[str(self.name)]))
            made = get_command(app)
            self.params = [*made.params, *self.params]
            self.callback, self.help = made.callback, made.help
            self._is_made = True


def _plot_command(name: str, kind: type[ChipPlot]) -> Callable[..., None]:
    def command(
        chip: CHIP,
        options: dict[str, Any],
        look: dict[str, Any],
        draw: dict[str, Any],
        seq: Annotated[
            str | None, typer.Option(metavar="RUNS", help="Run numbers: 52-58,65.")
        ] = None,
        select: Annotated[
            list[str] | None,
            typer.Option(
                metavar="KEY=VALUE",
                help="Runs by what they are: wavelength_nm=365, vg=-0.4, has_light=true, last=10. "
                "Give it several times for several.",
            ),
        ] = None,
        tag: Annotated[str | None, typer.Option(help="The last part of the file's name.")] = None,
        group: GROUP = None,
    ) -> None:
        from figmill.chip.names import chip_argument
        from figmill.chip.recipe import ChipRecipe

        how = DrawOptions(**draw)
        runs = given(seq=seq, tag=tag, select=_selection(select))
        recipe = ChipRecipe(
            stage=_stage(how.stage),
            chip=chip_argument(chip),
            chip_group=group,
            plots=({"type": name, **options, **look, **runs},),
        )
        _draw(recipe, how.out or _FIGURES, how.formats or (DEFAULT,), how)

    command.__doc__ = (inspect.getdoc(kind) or "").partition("\n\nParameters\n")[0]
    return takes(_options_of(kind), look=LookOptions, draw=DrawOptions)(command)


def _options_of(kind: type[ChipPlot]) -> type:
    """The options of a plot type as `takes` has them, with what its docstring says of each."""
    said = _told_options(kind)
    hints: dict[str, Any] = {}
    defaults: dict[str, Any] = {}
    for name, field in kind.model_fields.items():
        limits = {
            key: getattr(about, key)
            for about in field.metadata
            for key in ("ge", "gt", "le", "lt")
            if getattr(about, key, None) is not None
        }
        about = Option(said.get(name, "").replace("`", ""))
        hints[name] = Annotated[field.annotation, Bounds(**limits), about]
        if not field.is_required():
            defaults[name] = field.get_default(call_default_factory=True)
    return type(f"{kind.__name__}Options", (), {"__annotations__": hints, **defaults})


def _told_options(kind: type) -> dict[str, str]:
    """What the docstrings of a class and its bases say of its options."""
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
    return said


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
