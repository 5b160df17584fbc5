"""Compare optical spectra with a baseline."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from figmill.console.generate import legible, takes
from figmill.console.options import OUT, OVERWRITE, QUIET, Run, carry_out, code_of, runs
from figmill.console.text import as_json_line, printable, table
from figmill.errors import ConfigError, FigmillError
from figmill.spectra.command_text import (
    evidence_of,
    json_of,
    row_of,
    show_beforehand,
    show_calibration,
    show_check,
)
from figmill.spectra.options import (
    BaselineReadingOptions,
    CalibrationOptions,
    CompareOptions,
    EachOptions,
    ModelOptions,
    ProcessingOptions,
    ReadingOptions,
)

if TYPE_CHECKING:
    from figmill.spectra.reading import Reading
    from figmill.spectra.spectrum import Spectrum

app = typer.Typer(
    no_args_is_help=True,
    help="Optical spectra: look into files, compare samples with a baseline, calibrate.",
)


@app.command()
@takes(reading=ReadingOptions, language_model=ModelOptions)
def inspect(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Files of any format.")],
    reading: dict[str, Any],
    language_model: dict[str, Any],
    why: Annotated[
        bool | None,
        typer.Option("--why/--no-why", help="Show the evidence. [default: for up to 3 files]"),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON: one object a line, one for each file.")
    ] = False,
) -> None:
    """Show how files are understood, and why.

    \b
    figmill spectra inspect oil.csv
    figmill spectra inspect data/*.csv --no-why
    figmill spectra inspect odd.txt --x 2 --y 4 --y-kind percent_transmittance
    """  # noqa: D301 - typer reads the \b
    how = _reading(reading, language_model)
    how.check(files)
    found: list[tuple[Path, Spectrum | FigmillError]] = []
    for file in files:
        try:
            found.append((file, how(file)))
        except ConfigError:
            raise
        except FigmillError as error:
            found.append((file, error))
    if as_json:
        for file, what in found:
            typer.echo(as_json_line(json_of(file, what)))
    else:
        head = ("file", "format", "points", "x", "from", "to", "y", "sure")
        typer.echo(table(head, [row_of(file, what) for file, what in found]))
        if why or (why is None and len(found) <= 3):
            for file, what in found:
                typer.echo(f"\n{printable(str(file))}")
                typer.echo("\n".join(f"  {line}" for line in evidence_of(what)))
    raise typer.Exit(1 if any(isinstance(what, FigmillError) for _, what in found) else 0)


@app.command()
@runs
@takes(
    CompareOptions,
    processing=ProcessingOptions,
    reading=ReadingOptions,
    of_baseline=BaselineReadingOptions,
    language_model=ModelOptions,
)
def compare(
    run: Run,
    options: dict[str, Any],
    processing: dict[str, Any],
    reading: dict[str, Any],
    of_baseline: dict[str, Any],
    language_model: dict[str, Any],
    conflict: Annotated[
        Literal["auto_increment", "overwrite", "skip", "error"] | None,
        typer.Option(
            help="What to do where another file has the name. [default: auto_increment, or "
            "overwrite with --overwrite]"
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only look at all files, and estimate the run.")
    ] = False,
) -> None:
    """Draw each sample over the baseline, and measure how they differ.

    All numbers go into metrics.csv and metrics.parquet. Bad files do not stop the others; what is
    drawn already and has not changed is not drawn again.

    \b
    figmill spectra compare --baseline new.csv used_*.csv -o figures --difference
    figmill spectra compare -b new.spc used/ -o figures --band 'ester: 1725-1765' --peaks 5
    figmill spectra compare -b new.csv used/ -o figures --kind absorbance --normalize snv
    figmill spectra compare -b new.csv used/ -o figures --check
    """  # noqa: D301 - typer reads the \b
    from figmill.spectra import SpectraRecipe
    from figmill.spectra.outputs import settle_names
    from figmill.spectra.process import Processing

    recipe = SpectraRecipe(
        reading=_reading({**reading, **of_baseline}, language_model),
        processing=Processing(**processing),
        **options,
    )
    recipe.check()
    how = run.options()
    if check:
        raise typer.Exit(_check(recipe, run, how.workers))
    if not (run.quiet or run.as_json or run.dry_run):
        show_beforehand(recipe, how.workers)
    conflict = conflict or ("overwrite" if how.overwrite else "auto_increment")
    how = replace(how, overwrite=how.overwrite or conflict == "overwrite")
    recipe, held = settle_names(recipe, run.out, run.formats, conflict)
    for key, name in held.items():
        typer.echo(f"{printable(key)}: skipped, {printable(name)} is there already.", err=True)
    report = carry_out(
        recipe,
        run.out,
        formats=run.formats,
        options=how,
        as_json=run.as_json,
        quiet=run.quiet,
    )
    raise typer.Exit(0 if run.dry_run else code_of(report, strict=run.strict))


@app.command()
@runs
@takes(EachOptions, reading=ReadingOptions, language_model=ModelOptions)
def plot(
    run: Run,
    options: dict[str, Any],
    reading: dict[str, Any],
    language_model: dict[str, Any],
) -> None:
    """Draw spectra by themselves, without a baseline: each, together, stacked, as a map.

    \b
    figmill spectra plot oil.csv -o figures
    figmill spectra plot day_*.spc -o figures --figures stacked --figures map
    figmill spectra plot data/ -o figures --figures together --formats pdf
    """  # noqa: D301 - typer reads the \b
    from figmill.spectra.each import SpectraEachRecipe

    recipe = SpectraEachRecipe(reading=_reading(reading, language_model), **options)
    recipe.check()
    report = carry_out(
        recipe,
        run.out,
        formats=run.formats,
        options=run.options(),
        as_json=run.as_json,
        quiet=run.quiet,
    )
    raise typer.Exit(0 if run.dry_run else code_of(report, strict=run.strict))


@app.command()
@takes(
    CalibrationOptions,
    processing=ProcessingOptions,
    reading=ReadingOptions,
    of_baseline=BaselineReadingOptions,
    language_model=ModelOptions,
)
def calibrate(
    options: dict[str, Any],
    processing: dict[str, Any],
    reading: dict[str, Any],
    of_baseline: dict[str, Any],
    language_model: dict[str, Any],
    out: OUT,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON: one object, with the line and all samples.")
    ] = False,
    quiet: QUIET = False,
    overwrite: OVERWRITE = False,
) -> None:
    """Relate a band's area to known values, and read unknown samples off that line.

    The area is that of sample minus baseline, by trapezoids from one end of the band to the
    other. Writes calibration.png, .csv and .json. An unknown sample that cannot be read stands
    there with its problem, and does not stop the others.

    \b
    figmill spectra calibrate -b b0.csv b1.csv=1 b5.csv=5 b10.csv=10 --band 1725-1765 \\
        --unknown unknown.csv --quantity biodiesel --unit % -o calibration
    """  # noqa: D301 - typer reads the \b
    import json

    from figmill.engine import RunOptions
    from figmill.spectra import CalibrationRecipe
    from figmill.spectra.calibration_recipe import NAME
    from figmill.spectra.process import Processing

    recipe = CalibrationRecipe(
        reading=_reading({**reading, **of_baseline}, language_model),
        processing=Processing(**processing),
        **options,
    )
    how = RunOptions(workers=0, overwrite=overwrite)
    report = carry_out(recipe, out, formats=("png",), options=how, quiet=True)
    code = code_of(report)
    if code:
        raise typer.Exit(code)
    made: dict[str, Any] = json.loads((out / f"{NAME}.json").read_text(encoding="utf-8"))
    if as_json:
        typer.echo(as_json_line(made))
    elif not quiet:
        show_calibration(made, recipe.unit, out)
    raise typer.Exit(1 if any(row.get("problem") for row in made["samples"]) else 0)


def _check(recipe: Any, run: Run, workers: int) -> int:
    import asyncio

    from figmill.spectra.files import FileManager

    found = asyncio.run(
        FileManager().validate_batch_files(
            recipe.baseline, list(recipe.files().values()), run.out, workers=workers
        )
    )
    if run.as_json:
        from dataclasses import asdict

        typer.echo(as_json_line(asdict(found)))
    else:
        show_check(found, recipe.baseline)
    return 0 if found.is_valid else 1


def _reading(options: dict[str, Any], model: dict[str, Any]) -> Reading:
    """How files are read, from the options that were given, of files and of a language model."""
    from figmill.spectra.llm import LanguageModel
    from figmill.spectra.reading import Reading

    with legible():
        if options.get("normalizer") == "llm":
            for name in ("base_url", "model"):
                if name not in model:
                    raise ConfigError(
                        f"--normalizer llm needs --{name.replace('_', '-')}.",
                        hint="For example --base-url http://localhost:11434/v1 --model llama3.",
                    )
            return Reading(**options, language_model=LanguageModel(**model))
        if model:
            name = next(iter(model)).replace("_", "-")
            raise ConfigError(f"--{name} needs --normalizer llm.", hint="Give both or neither.")
        return Reading(**options)
