"""``figmill spectra``: look into spectrum files, compare samples with a baseline, calibrate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from figmill.cli.common import (
    DPI,
    JSON,
    OUT,
    QUIET,
    THEME,
    Run,
    carry_out,
    code_of,
    given,
    legible,
    runs,
)
from figmill.cli.text import as_json_line, printable, table
from figmill.errors import ConfigError, FigmillError

if TYPE_CHECKING:
    from figmill.read.spectrum import Spectrum
    from figmill.recipes.spectra.reading import Reading
    from figmill.spectra.settings import FileValidationResult

app = typer.Typer(
    no_args_is_help=True,
    help="Optical spectra: look into files, compare samples with a baseline, calibrate.",
)

_READING, _DONE_TO, _MODEL = "How files are read", "What is done to spectra", "Language model"
X_COLUMN = Annotated[
    str | None,
    typer.Option(
        "--x", metavar="COLUMN", help="Column of x, by header or number.", rich_help_panel=_READING
    ),
]
Y_COLUMN = Annotated[
    str | None,
    typer.Option(
        "--y", metavar="COLUMN", help="Column of y, by header or number.", rich_help_panel=_READING
    ),
]
Y_KIND = Annotated[
    str | None,
    typer.Option(
        "--y-kind",
        metavar="KIND",
        help="What y is: absorbance, percent_transmittance, transmittance, percent_reflectance, "
        "reflectance, intensity.",
    ),
]
X_QUANTITY = Annotated[
    Literal["wavenumber", "wavelength", "raman_shift"] | None,
    typer.Option("--x-quantity", help="What x is."),
]
ACCEPT_LOW = Annotated[
    bool, typer.Option("--accept-low", help="Accept files that are understood badly, too.")
]
NORMALIZER = Annotated[
    Literal["rules", "llm"] | None,
    typer.Option(
        "--normalizer",
        help="Who is asked about files that are not clear: rules, or a language model. "
        "[default: rules]",
    ),
]
BASE_URL = Annotated[
    str | None,
    typer.Option("--base-url", metavar="URL", help="The model's endpoint (OpenAI's protocol)."),
]
MODEL = Annotated[str | None, typer.Option("--model", metavar="NAME", help="The model's name.")]
DAILY = Annotated[
    float | None, typer.Option("--daily-budget", metavar="N", help="The most to spend a day.")
]
MONTHLY = Annotated[
    float | None, typer.Option("--monthly-budget", metavar="N", help="The most to spend a month.")
]
PRICE_IN = Annotated[
    float | None, typer.Option("--price-in", metavar="N", help="Price of a million tokens sent.")
]
PRICE_OUT = Annotated[
    float | None,
    typer.Option("--price-out", metavar="N", help="Price of a million tokens received."),
]
CACHE_DIR = Annotated[
    str | None,
    typer.Option("--cache-dir", metavar="DIR", help="Where the model's plans and costs are kept."),
]


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
    as_json: JSON = False,
) -> None:
    """Show how files are understood, and why.

    \b
    figmill spectra inspect oil.csv
    figmill spectra inspect data/*.csv --no-why
    figmill spectra inspect odd.txt --x 2 --y 4 --y-kind percent_transmittance
    """  # noqa: D301 - typer reads the \b
    how = _reading(
        x=x, y=y, x_quantity=x_quantity, y_kind=y_kind, accept_low=accept_low,
        normalizer=normalizer, base_url=base_url, model=model, daily_budget=daily_budget,
        monthly_budget=monthly_budget, price_in=price_in, price_out=price_out,
        cache_dir=cache_dir,
    )  # fmt: skip
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
            typer.echo(as_json_line(_as_json(file, what)))
    else:
        head = ("file", "format", "points", "x", "from", "to", "y", "sure")
        typer.echo(table(head, [_row(file, what) for file, what in found]))
        if why or (why is None and len(found) <= 3):
            for file, what in found:
                typer.echo(f"\n{printable(str(file))}")
                typer.echo("\n".join(f"  {line}" for line in _evidence(what)))
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
    correct: Annotated[
        str | None,
        typer.Option(
            "--correct", metavar="METHOD", help="Subtract a baseline: asls, arpls, rubberband, ..."
        ),
    ] = None,
    correct_options: Annotated[
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
        Literal["auto_increment", "overwrite", "skip", "error"],
        typer.Option(help="What to do where another file has the name."),
    ] = "auto_increment",
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
    from figmill.recipes.spectra import SpectraRecipe
    from figmill.recipes.spectra.process import Processing
    from figmill.spectra.outputs import settle_names

    how = _reading(
        x=x, y=y, x_quantity=x_quantity, y_kind=y_kind, accept_low=accept_low,
        normalizer=normalizer, base_url=base_url, model=model, daily_budget=daily_budget,
        monthly_budget=monthly_budget, price_in=price_in, price_out=price_out,
        cache_dir=cache_dir,
    )  # fmt: skip
    processing = Processing(
        **given(
            kind=kind, crop=crop, smooth=smooth, baseline_method=correct,
            baseline_options=_numbers(correct_options or []), normalize=normalize,
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
    options = run.options()
    if check:
        raise typer.Exit(_check(recipe, run, options.workers))
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
    raise typer.Exit(0 if run.dry_run else code_of(report))


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
    as_json: JSON = False,
    quiet: QUIET = False,
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
    from figmill.recipes.spectra import CalibrationRecipe
    from figmill.recipes.spectra.calibration_recipe import NAME

    with legible():
        recipe = CalibrationRecipe(
            baseline=baseline,
            known=dict(_pair(text) for text in known),
            unknown=tuple(unknown or ()),
            band=band,
            local_baseline=local_baseline,
            quantity=quantity,
            unit=unit,
            confidence=confidence,
            reading=_reading(y_kind=y_kind, accept_low=accept_low),
            **given(dpi=dpi, theme=theme),
        )
    report = carry_out(recipe, out, formats=("png",), options=RunOptions(workers=0), quiet=True)
    code = code_of(report)
    if code:
        raise typer.Exit(code)
    made: dict[str, Any] = json.loads((out / f"{NAME}.json").read_text(encoding="utf-8"))
    if as_json:
        typer.echo(as_json_line(made))
    elif not quiet:
        _show(made, unit, out)
    raise typer.Exit(0)


def _show(made: dict[str, Any], unit: str, out: Path) -> None:
    per = f" per {unit}" if unit else ""
    typer.echo(f"slope      {made['slope']:.4f}{per} (standard error {made['slope_error']:.4f})")
    typer.echo(f"intercept  {made['intercept']:.4f} (standard error {made['intercept_error']:.4f})")
    typer.echo(f"R2         {made['r2']:.5f}, {made['count']} samples\n")
    rows = [
        (
            row["sample"],
            row["role"],
            "" if row["known"] is None else f"{row['known']:g}",
            f"{row['area']:.4f}",
            f"{row['read']:.2f}",
            _interval(row),
            "beyond the known values" if row["outside"] else "",
        )
        for row in made["samples"]
    ]
    share = f"{100 * made['confidence']:g} %"
    typer.echo(table(("sample", "", "known", "area", "reads", share, ""), rows))
    typer.echo(f"\nFigure and tables: {printable(str(out))}")


def _interval(row: dict[str, Any]) -> str:
    if row["low"] is None or row["high"] is None:
        return "unbounded"
    return f"{row['low']:.2f} to {row['high']:.2f}"


def _pair(text: str) -> tuple[str, float]:
    file, sign, value = text.rpartition("=")
    try:
        if not sign or not file:
            raise ValueError
        return file, float(value.replace(",", "."))
    except ValueError:
        raise ConfigError(
            f"{text!r} is no sample with its value.", hint="Write FILE=VALUE: b5.csv=5.0."
        ) from None


def _numbers(options: list[str]) -> dict[str, float]:
    found = {}
    for text in options:
        name, sign, value = text.partition("=")
        try:
            if not sign:
                raise ValueError
            number = float(value)
        except ValueError:
            raise ConfigError(
                f"{text!r} is no option of a baseline method.", hint="Write NAME=NUMBER: lam=1e6."
            ) from None
        found[name.strip()] = int(number) if number.is_integer() and "e" not in value else number
    return found


def _reading(**options: Any) -> Reading:
    from figmill.recipes.spectra.llm import LanguageModel
    from figmill.recipes.spectra.reading import Reading

    names = (
        "base_url",
        "model",
        "daily_budget",
        "monthly_budget",
        "price_in",
        "price_out",
        "cache_dir",
    )
    about = given(**{name: options.pop(name, None) for name in names})
    with legible():
        if options.get("normalizer") == "llm":
            for name in ("base_url", "model"):
                if name not in about:
                    raise ConfigError(
                        f"--normalizer llm needs --{name.replace('_', '-')}.",
                        hint="For example --base-url http://localhost:11434/v1 --model llama3.",
                    )
            options["language_model"] = LanguageModel(**about)
        elif about:
            name = next(iter(about)).replace("_", "-")
            raise ConfigError(f"--{name} needs --normalizer llm.", hint="Give both or neither.")
        return Reading(**given(**options))


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
        _tell_check(found, recipe.baseline)
    return 0 if found.is_valid else 1


def _tell_check(found: FileValidationResult, baseline: str) -> None:
    from figmill.cli.text import amount, duration

    if not found.baseline_valid:
        typer.echo(f"baseline {printable(baseline)}: {printable(found.baseline_error)}")
    for file, reason in found.reasons.items():
        typer.echo(f"{printable(file)}: {printable(reason)}")
    for warning in found.warnings:
        typer.echo(printable(warning))
    total = len(found.valid_files) + len(found.invalid_files)
    typer.echo(
        f"{len(found.valid_files)} of {total} samples look sound, "
        f"{amount(found.total_size_mb * 1e6)} in all."
    )
    if found.estimated_time_minutes:
        typer.echo(
            f"About {duration(found.estimated_time_minutes * 60)} and "
            f"{amount(found.estimated_memory_mb * 1e6)} of memory, measured on one sample."
        )


def _row(file: Path, what: Spectrum | FigmillError) -> tuple[str, ...]:
    from figmill.errors import FigmillError

    if isinstance(what, FigmillError):
        return (str(file), "", "", "", "", "", f"error: {what.message}", "")
    return (
        str(file),
        what.format,
        str(what.x.size),
        f"{what.x_quantity.replace('_', ' ')} ({what.x_unit})",
        f"{what.x[0]:g}",
        f"{what.x[-1]:g}",
        what.y_kind.replace("_", " "),
        f"{what.confidence:.2f}",
    )


def _evidence(what: Spectrum | FigmillError) -> list[str]:
    if isinstance(what, FigmillError):
        lines = [f"error: {what.message}"]
        if what.place:
            lines.append(f"place: {what.place}")
        return [printable(line) for line in (*lines, what.hint or "") if line]
    lines = [f"{item.factor:.2f}  {item.what}" for item in what.evidence]
    lines += [f"note  {warning}" for warning in what.warnings]
    return [printable(line) for line in lines]


def _as_json(file: Path, what: Spectrum | FigmillError) -> dict[str, object]:
    import numpy as np

    if isinstance(what, FigmillError):
        return {"file": str(file), "error": what.message, "place": what.place, "hint": what.hint}
    finite = what.y[np.isfinite(what.y)]
    return {
        "file": str(file),
        "format": what.format,
        "points": int(what.x.size),
        "x_quantity": what.x_quantity,
        "x_unit": what.x_unit,
        "first_x": float(what.x[0]),
        "last_x": float(what.x[-1]),
        "y_kind": what.y_kind,
        "lowest_y": float(finite.min()) if finite.size else None,
        "highest_y": float(finite.max()) if finite.size else None,
        "confidence": round(what.confidence, 4),
        "evidence": [{"what": item.what, "factor": item.factor} for item in what.evidence],
        "warnings": list(what.warnings),
        "metadata": dict(what.metadata),
    }
