"""Compare optical spectra with a baseline."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from figmill.console.generate import given, legible
from figmill.console.options import DPI, OUT, OVERWRITE, QUIET, THEME, Run, carry_out, code_of, runs
from figmill.console.text import as_json_line, printable, table
from figmill.errors import ConfigError, FigmillError
from figmill.spectra.command_options import (
    ACCEPT_LOW,
    BASE_URL,
    CACHE_DIR,
    DAILY,
    MODEL,
    MONTHLY,
    NORMALIZER,
    PRICE_IN,
    PRICE_OUT,
    X_COLUMN,
    X_QUANTITY,
    Y_COLUMN,
    Y_KIND,
    known_value,
    numbers_by_name,
    reading_of,
)
from figmill.spectra.command_text import (
    evidence_of,
    json_of,
    row_of,
    show_beforehand,
    show_calibration,
    show_check,
)

if TYPE_CHECKING:
    from figmill.spectra.spectrum import Spectrum

app = typer.Typer(
    no_args_is_help=True,
    help="Optical spectra: look into files, compare samples with a baseline, calibrate.",
)


@app.command()
def inspect(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Files of any format.")],
    x: X_COLUMN = None,
    y: Y_COLUMN = None,
    x_quantity: X_QUANTITY = None,
    y_kind: Y_KIND = None,
    accept_low: ACCEPT_LOW = False,
    normalizer: NORMALIZER = None,
    base_url: BASE_URL = None,
    model: MODEL = None,
    daily_budget: DAILY = None,
    monthly_budget: MONTHLY = None,
    price_in: PRICE_IN = None,
    price_out: PRICE_OUT = None,
    cache_dir: CACHE_DIR = None,
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
    how = reading_of(
        x=x, y=y, x_quantity=x_quantity, y_kind=y_kind, accept_low=accept_low,
        normalizer=normalizer, base_url=base_url, model=model, daily_budget=daily_budget,
        monthly_budget=monthly_budget, price_in=price_in, price_out=price_out,
        cache_dir=cache_dir,
    )  # fmt: skip
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
def compare(
    samples: Annotated[
        list[str],
        typer.Argument(metavar="SAMPLE", help="Files of samples, folders or patterns."),
    ],
    baseline: Annotated[
        str, typer.Option("--baseline", "-b", metavar="FILE", help="The baseline's file.")
    ],
    run: Run,
    figures: Annotated[
        list[str] | None,
        typer.Option(
            "--figures",
            metavar="KIND",
            help="overlay (one a sample), all, stacked; give it several times. [default: overlay]",
        ),
    ] = None,
    difference: Annotated[
        bool, typer.Option("--difference", "-d", help="Add a row: sample minus baseline.")
    ] = False,
    ratio: Annotated[
        bool, typer.Option("--ratio", help="Add a row: sample over baseline.")
    ] = False,
    bands: Annotated[
        list[str] | None,
        typer.Option("--band", metavar="BAND", help="Shade and measure: 'ester: 1725-1765'."),
    ] = None,
    local_baseline: Annotated[
        bool,
        typer.Option(
            "--local-baseline/--from-zero",
            help="Measure band areas from the line between the band's ends, or from zero.",
        ),
    ] = True,
    peaks: Annotated[
        int | None, typer.Option("--peaks", metavar="N", help="Mark so many peaks.")
    ] = None,
    kink: Annotated[
        bool, typer.Option("--kink", help="Draw what lies below 2000 cm-1 twice as wide.")
    ] = False,
    kind: Annotated[
        str | None,
        typer.Option("--kind", metavar="KIND", help="Turn all into this kind: absorbance, ..."),
    ] = None,
    crop: Annotated[
        str | None, typer.Option("--crop", metavar="RANGE", help="Keep this range: 650-4000.")
    ] = None,
    smooth: Annotated[
        int | None,
        typer.Option("--smooth", metavar="N", help="Savitzky-Golay smoothing over N points."),
    ] = None,
    baseline_method: Annotated[
        str | None,
        typer.Option(
            "--correct", metavar="METHOD", help="Subtract a baseline: asls, arpls, rubberband, ..."
        ),
    ] = None,
    baseline_options: Annotated[
        list[str] | None,
        typer.Option("--correct-option", metavar="NAME=N", help="Its options: lam=1e6."),
    ] = None,
    normalize: Annotated[
        str | None,
        typer.Option("--normalize", metavar="HOW", help="snv, minmax, vector, area or band."),
    ] = None,
    normalize_band: Annotated[
        str | None,
        typer.Option("--normalize-band", metavar="BAND", help="For --normalize band."),
    ] = None,
    title: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Title; {sample} and {baseline} stand for the names."),
    ] = None,
    filename_template: Annotated[
        str | None,
        typer.Option(
            "--name", metavar="TEMPLATE", help="File names. [default: {sample}_vs_{baseline}]"
        ),
    ] = None,
    conflict: Annotated[
        Literal["auto_increment", "overwrite", "skip", "error"] | None,
        typer.Option(
            help="What to do where another file has the name. [default: auto_increment, or "
            "overwrite with --overwrite]"
        ),
    ] = None,
    save_normalized_csvs: Annotated[
        bool, typer.Option("--save-csv", help="Keep each spectrum as plain CSV.")
    ] = False,
    x_min: Annotated[float | None, typer.Option(help="Lowest x shown.")] = None,
    x_max: Annotated[float | None, typer.Option(help="Highest x shown.")] = None,
    y_min: Annotated[float | None, typer.Option(help="Lowest y shown.")] = None,
    y_max: Annotated[float | None, typer.Option(help="Highest y shown.")] = None,
    width: Annotated[float | None, typer.Option(metavar="INCHES", help="Width.")] = None,
    height: Annotated[float | None, typer.Option(metavar="INCHES", help="Height.")] = None,
    dpi: DPI = None,
    theme: THEME = None,
    x: X_COLUMN = None,
    y: Y_COLUMN = None,
    x_quantity: X_QUANTITY = None,
    y_kind: Y_KIND = None,
    accept_low: ACCEPT_LOW = False,
    normalizer: NORMALIZER = None,
    base_url: BASE_URL = None,
    model: MODEL = None,
    daily_budget: DAILY = None,
    monthly_budget: MONTHLY = None,
    price_in: PRICE_IN = None,
    price_out: PRICE_OUT = None,
    cache_dir: CACHE_DIR = None,
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

    how = reading_of(
        x=x, y=y, x_quantity=x_quantity, y_kind=y_kind, accept_low=accept_low,
        normalizer=normalizer, base_url=base_url, model=model, daily_budget=daily_budget,
        monthly_budget=monthly_budget, price_in=price_in, price_out=price_out,
        cache_dir=cache_dir,
    )  # fmt: skip
    processing = Processing(
        **given(
            kind=kind, crop=crop, smooth=smooth, baseline_method=baseline_method,
            baseline_options=numbers_by_name(baseline_options or []), normalize=normalize,
            normalize_band=normalize_band,
        )
    )  # fmt: skip
    recipe = SpectraRecipe(
        baseline=baseline,
        samples=tuple(samples),
        reading=how,
        processing=processing,
        difference=difference,
        ratio=ratio,
        local_baseline=local_baseline,
        kink=kink,
        save_normalized_csvs=save_normalized_csvs,
        **given(
            figures=figures, bands=bands, peaks=peaks, title=title,
            filename_template=filename_template, x_min=x_min, x_max=x_max, y_min=y_min,
            y_max=y_max, width=width, height=height, dpi=dpi, theme=theme,
        ),
    )  # fmt: skip
    recipe.check()
    options = run.options()
    if check:
        raise typer.Exit(_check(recipe, run, options.workers))
    if not (run.quiet or run.as_json or run.dry_run):
        show_beforehand(recipe, options.workers)
    conflict = conflict or ("overwrite" if options.overwrite else "auto_increment")
    options = replace(options, overwrite=options.overwrite or conflict == "overwrite")
    recipe, held = settle_names(recipe, run.out, run.formats, conflict)
    for key, name in held.items():
        typer.echo(f"{printable(key)}: skipped, {printable(name)} is there already.", err=True)
    report = carry_out(
        recipe,
        run.out,
        formats=run.formats,
        options=options,
        as_json=run.as_json,
        quiet=run.quiet,
    )
    raise typer.Exit(0 if run.dry_run else code_of(report, strict=run.strict))


@app.command()
def calibrate(
    known: Annotated[
        list[str],
        typer.Argument(metavar="FILE=VALUE", help="Samples of known value: b5.csv=5.0."),
    ],
    baseline: Annotated[
        str, typer.Option("--baseline", "-b", metavar="FILE", help="The blank's file.")
    ],
    band: Annotated[
        str, typer.Option("--band", metavar="BAND", help="The band: 'ester: 1725-1765'.")
    ],
    out: OUT,
    unknown: Annotated[
        list[str] | None,
        typer.Option("--unknown", "-u", metavar="FILE", help="A sample to be read off."),
    ] = None,
    local_baseline: Annotated[
        bool,
        typer.Option(
            "--local-baseline/--from-zero",
            help="Measure from the line between the band's ends, or from zero.",
        ),
    ] = False,
    quantity: Annotated[
        str, typer.Option("--quantity", metavar="NAME", help="What the values are.")
    ] = "value",
    unit: Annotated[str, typer.Option("--unit", metavar="UNIT", help="Their unit.")] = "",
    confidence: Annotated[
        float, typer.Option("--confidence", help="Of the prediction intervals.")
    ] = 0.95,
    y_kind: Y_KIND = None,
    accept_low: ACCEPT_LOW = False,
    dpi: DPI = None,
    theme: THEME = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON: one object, with the line and all samples.")
    ] = False,
    quiet: QUIET = False,
    overwrite: OVERWRITE = False,
) -> None:
    """Relate a band's area to known values, and read unknown samples off that line.

    The area is that of sample minus baseline, by trapezoids between the points in the band. Writes
    calibration.png, .csv and .json.

    \b
    figmill spectra calibrate -b b0.csv b1.csv=1 b5.csv=5 b10.csv=10 --band 1725-1765 \\
        --unknown unknown.csv --quantity biodiesel --unit % -o calibration
    """  # noqa: D301 - typer reads the \b
    import json

    from figmill.engine import RunOptions
    from figmill.spectra import CalibrationRecipe
    from figmill.spectra.calibration_recipe import NAME

    with legible({"known": "FILE=VALUE"}):
        recipe = CalibrationRecipe(
            baseline=baseline,
            known=dict(known_value(text) for text in known),
            unknown=tuple(unknown or ()),
            band=band,
            local_baseline=local_baseline,
            quantity=quantity,
            unit=unit,
            confidence=confidence,
            reading=reading_of(y_kind=y_kind, accept_low=accept_low),
            **given(dpi=dpi, theme=theme),
        )
    options = RunOptions(workers=0, overwrite=overwrite)
    report = carry_out(recipe, out, formats=("png",), options=options, quiet=True)
    code = code_of(report)
    if code:
        raise typer.Exit(code)
    made: dict[str, Any] = json.loads((out / f"{NAME}.json").read_text(encoding="utf-8"))
    if as_json:
        typer.echo(as_json_line(made))
    elif not quiet:
        show_calibration(made, unit, out)
    raise typer.Exit(0)


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
