"""Draw orbits of the FAST mission."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from figmill.console.generate import takes
from figmill.console.options import JSON, QUIET, WORKERS, Run, cores, runs
from figmill.console.text import as_json_line, printable, table
from figmill.fast.options import (
    EXTREMA_FILE,
    CommandOptions,
    ExtremaOptions,
    FastOptions,
    PlotOptions,
    written_out,
)
from figmill.formats import NAMES, check_formats

if TYPE_CHECKING:
    from figmill.fast.recipe import FastRecipe

# What a figure that belongs to no ledger says of itself.
_DRAWN_BY = "figmill:command"

FOLDER = Annotated[
    str,
    typer.Argument(metavar="DIR", help="The folder with fa_esa_l2_*.cdf files, at any depth."),
]

app = typer.Typer(help="FAST ESA orbits: spectrograms by instrument and pitch angle, quicklooks.")


@app.command()
@runs
@takes(PlotOptions, short=CommandOptions)
def plot(
    folder: FOLDER,
    run: Run,
    options: dict[str, Any],
    short: dict[str, Any],
    extrema: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Take limits from this file, as figmill fast extrema writes it: the same as "
            "--limits FILE.",
        ),
    ] = None,
) -> None:
    """Draw the figures of every orbit in a folder.

    Bad files do not stop the others; what is drawn already and has not changed is not drawn again.

    \b
    figmill fast plot data -o figures
    figmill fast plot data -o figures --figure quicklook --usual-limits
    figmill fast plot data -o figures --y-scale both --z-scale both --format png
    """  # noqa: D301 - typer reads the \b
    from figmill.fast.recipe import FastRecipe

    if extrema is not None:
        if run.limits != "each":
            raise typer.BadParameter("Give --extrema or --limits, not both.")
        run = replace(run, limits=str(extrema))
    recipe = FastRecipe(paths=(folder,), **written_out(options, short))
    recipe.check()
    _tell_unfit(recipe.found().unfit, quiet=run.quiet or run.as_json)
    try:
        run(recipe)
    except typer.Exit as end:
        if not run.dry_run and _tell_errors(recipe, run.out) and end.exit_code == 0:
            raise typer.Exit(1) from end
        raise


@app.command("orbit")
@takes(FastOptions, short=CommandOptions)
def one_orbit(
    number: Annotated[int, typer.Argument(metavar="N", help="The orbit's number.")],
    folder: FOLDER,
    options: dict[str, Any],
    short: dict[str, Any],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="OUT", help="Where the figures go.")
    ] = Path(),
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", "-f", metavar="KIND", help=f"{NAMES}."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that this command has not made.")
    ] = False,
) -> None:
    """Draw one orbit, now: without a ledger, and whether or not it was drawn before.

    It replaces its own figures; other files of their names, figures of a run too, are left alone.

    \b
    figmill fast orbit 13616 data --figure quicklook
    """  # noqa: D301 - typer reads the \b
    from figmill.fast.recipe import FastRecipe

    kinds = formats or ["png"]
    check_formats(kinds)
    recipe = FastRecipe(paths=(folder,), orbits=(number,), **written_out(options, short))
    recipe.check()
    (item,) = recipe.items()
    described = recipe.describe(item)
    figures = {
        out / f"{Path(drawing.name).name}.{kind}": drawing.figure
        for drawing in described.drawings
        for kind in kinds
    }
    if not overwrite:
        for path in figures:
            _require_own(path)
    for path, figure in figures.items():
        out.mkdir(parents=True, exist_ok=True)
        replace(figure, provenance={**figure.provenance, _DRAWN_BY: "fast orbit"}).save(path)
        typer.echo(printable(str(path)))
    if described.message:
        typer.echo(printable(described.message), err=True)


def _require_own(path: Path) -> None:
    """Raise `ConfigError` where another file than one of `one_orbit` has a figure's name."""
    from figmill import provenance
    from figmill.errors import ConfigError

    if not os.path.lexists(path):
        return
    regular = path.is_file() and not path.is_symlink()
    if not regular or _DRAWN_BY not in (provenance.read(path) or {}):
        raise ConfigError(
            "a file of this name is there that this command has not made. Nothing was drawn.",
            file=path,
            hint="Move it away, choose another folder, or let it be replaced: --overwrite.",
        )


@app.command()
@takes(ExtremaOptions)
def extrema(
    folder: FOLDER,
    options: dict[str, Any],
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", metavar="FILE", help="The JSON file; what it has of other scales stays."
        ),
    ] = Path(EXTREMA_FILE),
    workers: WORKERS = None,
    as_json: JSON = False,
    quiet: QUIET = False,
) -> None:
    """Find limits of energy and colour that suit all orbits in a folder.

    Every file is read once: a file that arrives later is added without reading the others, also
    for other scales and percentiles.

    \b
    figmill fast extrema data -o limits.json
    figmill fast plot data -o figures --extrema limits.json
    """  # noqa: D301 - typer reads the \b
    from figmill.console.progress import watching
    from figmill.engine import RunOptions
    from figmill.fast.extrema import ExtremaRecipe, extrema_in
    from figmill.fast.filenames import discover
    from figmill.fast.global_extrema import find_extrema

    recipe = ExtremaRecipe(paths=(folder,), **options)

    def files() -> list[Path]:
        orbits = discover([folder], recipe.instruments).orbits
        return [file for one in orbits for file in one.files.values()]

    still = quiet or as_json
    with watching(out, as_json=False, quiet=still, dry_run=False, count=files) as (listeners, _):
        number = cores() if workers is None else workers
        state = find_extrema(recipe, out, RunOptions(workers=number), listeners)
    if as_json:
        typer.echo(as_json_line(state))
    elif not quiet:
        rows = [
            [name, *(_number(value) for value in (e.y_min, e.y_max, e.z_min, e.z_max))]
            for name, e in extrema_in(state, recipe.y_scale, recipe.z_scale).items()
        ]
        typer.echo(table(["", "y_min", "y_max", "z_min", "z_max"], rows))
        typer.echo(f"written to {printable(str(out))}")


@app.command()
def info(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A level 2 or orbit file.")],
    as_json: JSON = False,
) -> None:
    """Say what a file holds: records, modes, gaps, bad records, energies.

    \b
    figmill fast info data/2000/01/fa_esa_l2_ees_20000128210935_13616_v02.cdf
    """  # noqa: D301 - typer reads the \b
    from figmill.fast.file_info import of_file

    found = of_file(file)
    if as_json:
        typer.echo(as_json_line(found))
        return
    wide = max(map(len, found))
    for name, value in found.items():
        words = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        typer.echo(f"{name.ljust(wide)}  {printable(words)}")


def _tell_unfit(unfit: Any, *, quiet: bool) -> None:
    for path, why in () if quiet else unfit:
        typer.echo(f"passed over: {printable(str(path))}: {printable(why)}", err=True)


def _tell_errors(recipe: FastRecipe, out: Path) -> int:
    """Name the instruments that could not be drawn; how many there are."""
    from figmill.engine import Ledger

    count = 0
    keys = {recipe.key(orbit.orbit): orbit.orbit for orbit in recipe.found().orbits}
    with Ledger.read(out, recipe.name) as ledger:
        for key, facts in ledger.all_facts():
            errors: Any = facts.get("errors", {}) if key in keys else {}
            for instrument, (reason, words) in errors.items():
                count += 1
                line = f"orbit {keys[key]}: no {instrument} ({reason}): {words}"
                typer.echo(printable(line), err=True)
    return count


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
