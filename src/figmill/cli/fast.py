"""``figmill fast``: figures of FAST ESA orbits, limits that suit all of them, looks into files."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

import typer

from figmill.cli.common import DPI, JSON, QUIET, THEME, Run, cores, given, runs
from figmill.cli.text import as_json_line, printable, table

if TYPE_CHECKING:
    from figmill.recipes.fast.recipe import FastRecipe

app = typer.Typer(help="FAST ESA orbits: spectrograms by instrument and pitch angle, quicklooks.")

_DATA, _LOOKS, _MARKS = "What is shown", "How it looks", "Cusps"
Scale = Literal["linear", "log", "both"]

FOLDER = Annotated[
    str,
    typer.Argument(metavar="DIR", help="The folder with fa_esa_l2_*.cdf files, at any depth."),
]


def _options(
    figure: Annotated[
        list[str] | None,
        typer.Option(
            "--figure",
            metavar="KIND",
            help="pitch-angle, instrument-grid, bands (pitch angle by energy), quicklook (seven "
            "panels); several times for several. [default: the first two]",
            rich_help_panel=_DATA,
        ),
    ] = None,
    instrument: Annotated[
        list[str] | None,
        typer.Option(
            "--instrument",
            "-i",
            metavar="NAME",
            help="ees, eeb, ies, ieb; several times for several, in the order of the rows.",
            rich_help_panel=_DATA,
        ),
    ] = None,
    quantity: Annotated[
        Literal["auto", "eflux", "counts", "raw"] | None,
        typer.Option(
            help="Energy flux, counts from it, or the telemetry byte. [default: auto: eflux where "
            "there is any]",
            rich_help_panel=_DATA,
        ),
    ] = None,
    collapse: Annotated[
        Literal["auto", "sum", "mean", "weighted", "median", "percentile"] | None,
        typer.Option(
            help="How angles collapse. [default: auto: weighted by solid angle for flux, else the "
            "sum]",
            rich_help_panel=_DATA,
        ),
    ] = None,
    percentile: Annotated[
        float | None,
        typer.Option(help="For --collapse percentile.", rich_help_panel=_DATA),
    ] = None,
    quality: Annotated[
        Literal["good", "any"] | None,
        typer.Option(
            help="Whether flagged records are missing. [default: good: they are]",
            rich_help_panel=_DATA,
        ),
    ] = None,
    hemisphere: Annotated[
        bool,
        typer.Option(
            "--hemisphere",
            help="Swap down and up in the south, by the sign of ILAT; labels say so.",
            rich_help_panel=_DATA,
        ),
    ] = False,
    y_scale: Annotated[
        Scale, typer.Option(help="Scale of energy.", rich_help_panel=_LOOKS)
    ] = "log",
    z_scale: Annotated[
        Scale, typer.Option(help="Scale of colours.", rich_help_panel=_LOOKS)
    ] = "log",
    y_min: Annotated[
        float | None, typer.Option(help="Lowest energy, eV.", rich_help_panel=_LOOKS)
    ] = None,
    y_max: Annotated[
        float | None, typer.Option(help="Highest energy, eV.", rich_help_panel=_LOOKS)
    ] = None,
    z_min: Annotated[
        float | None,
        typer.Option(help="Lowest colour. [default: 1st percentile]", rich_help_panel=_LOOKS),
    ] = None,
    z_max: Annotated[
        float | None,
        typer.Option(help="Highest colour. [default: 99th percentile]", rich_help_panel=_LOOKS),
    ] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option(
            "--limit",
            metavar="I:K=V,...",
            help="Limits of one instrument, which win over those of all: ees:z_min=1e6,z_max=1e9. "
            "Several times for several.",
            rich_help_panel=_LOOKS,
        ),
    ] = None,
    usual: Annotated[
        bool,
        typer.Option(
            "--usual-limits",
            help="3 eV to 40 keV; flux of electrons 1e6 to 1e9, of ions 1e4 to 1e8.",
            rich_help_panel=_LOOKS,
        ),
    ] = False,
    colormap: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="A colour map. [default: by the scales]", rich_help_panel=_LOOKS
        ),
    ] = None,
    dpi: DPI = None,
    theme: THEME = None,
    cusps: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The cusp table. [default: FAST_Cusp_Indices.csv in DIR, if it is there]",
            rich_help_panel=_MARKS,
        ),
    ] = None,
    zoom: Annotated[
        float | None,
        typer.Option(
            "--zoom",
            metavar="MINUTES",
            help="Width of the second column, around the cusp; 0 for none. [default: 6]",
            rich_help_panel=_MARKS,
        ),
    ] = None,
    markers: Annotated[
        Literal["line", "bracket", "both"] | None,
        typer.Option(help="How cusps are marked. [default: both]", rich_help_panel=_MARKS),
    ] = None,
    marker_color: Annotated[
        str | None,
        typer.Option(metavar="COLOR", help="The colour of the marks.", rich_help_panel=_MARKS),
    ] = None,
) -> dict[str, Any]:
    return {
        "y_scale": y_scale,
        "z_scale": z_scale,
        "hemisphere": hemisphere,
        "limits": limits_of(limit or (), usual=usual),
        "marker_options": given(color=marker_color),
        **given(
            figures=figure,
            instruments=_instruments(instrument),
            quantity=quantity,
            collapse=collapse,
            percentile=percentile,
            quality=quality,
            y_min=y_min,
            y_max=y_max,
            z_min=z_min,
            z_max=z_max,
            colormap=colormap,
            dpi=dpi,
            theme=theme,
            cusps=cusps,
            zoom_minutes=zoom,
            marker_style=markers,
        ),
    }


def _drawn(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of figures in place of its parameter ``options``."""
    shared = inspect.signature(_options, eval_str=True).parameters
    hints = get_type_hints(command, include_extras=True, localns={"Run": Run})

    @functools.wraps(command)
    def with_options(**values: Any) -> Any:
        mine = {name: value for name, value in values.items() if name not in shared}
        theirs = {name: value for name, value in values.items() if name in shared}
        return command(**mine, options=_options(**theirs))

    own = [
        parameter.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in inspect.signature(command).parameters.items()
        if name != "options"
    ]
    added = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in shared.values()]
    with_options.__dict__["__signature__"] = inspect.Signature([*own, *added])
    with_options.__annotations__ = {p.name: p.annotation for p in (*own, *added)}
    return with_options


@app.command()
@runs
@_drawn
def plot(
    folder: FOLDER,
    run: Run,
    options: dict[str, Any],
    orbit: Annotated[
        list[int] | None,
        typer.Option("--orbit", metavar="N", help="Only this orbit; several times for several."),
    ] = None,
    instrument_timeout: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS", help="The longest that reading one instrument's file may take."
        ),
    ] = None,
    extrema: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Take limits from this file, as figmill fast extrema writes it.",
            exists=True,
            dir_okay=False,
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
    from figmill.recipes.fast.recipe import FastRecipe

    if extrema is not None:
        known = _limits_in(extrema, options["y_scale"], options["z_scale"])
        options["limits"] = {**known, **options["limits"]}
    recipe = FastRecipe(
        paths=(folder,),
        orbits=tuple(orbit or ()),
        instrument_timeout=instrument_timeout,
        **options,
    )
    _tell_unfit(recipe.found().unfit, quiet=run.quiet or run.as_json)
    try:
        run(recipe)
    except typer.Exit as end:
        if not run.dry_run and _tell_errors(recipe, run.out) and end.exit_code == 0:
            raise typer.Exit(1) from end
        raise


@app.command("orbit")
@_drawn
def one_orbit(
    number: Annotated[int, typer.Argument(metavar="N", help="The orbit's number.")],
    folder: FOLDER,
    options: dict[str, Any],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="OUT", help="Where the figures go.")
    ] = Path(),
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", "-f", metavar="KIND", help="png, jpg, webp, pdf or svg."),
    ] = None,
) -> None:
    """Draw one orbit, now: without a ledger, and whether or not it was drawn before.

    \b
    figmill fast orbit 13616 data --figure quicklook
    """  # noqa: D301 - typer reads the \b
    from figmill.cli.common import legible
    from figmill.errors import ConfigError
    from figmill.mill import FORMATS
    from figmill.recipes.fast.recipe import FastRecipe

    kinds = formats or ["png"]
    if unknown := [kind for kind in kinds if kind not in FORMATS]:
        raise ConfigError(f"Unknown format {unknown[0]!r}.", hint=f"Use {', '.join(FORMATS)}.")
    with legible():
        recipe = FastRecipe(paths=(folder,), orbits=(number,), **options)
    (item,) = recipe.items()
    described = recipe.describe(item)
    for drawing in described.drawings:
        for kind in kinds:
            path = out / f"{Path(drawing.name).name}.{kind}"
            out.mkdir(parents=True, exist_ok=True)
            drawing.figure.save(path)
            typer.echo(printable(str(path)))
    if described.message:
        typer.echo(printable(described.message), err=True)


@app.command()
def extrema(
    folder: FOLDER,
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", metavar="FILE", help="The JSON file; what it has of other scales stays."
        ),
    ] = Path("FAST_calculated_extrema.json"),
    y_scale: Annotated[Literal["linear", "log"], typer.Option(help="Scale of energy.")] = "log",
    z_scale: Annotated[Literal["linear", "log"], typer.Option(help="Scale of colours.")] = "log",
    instrument: Annotated[
        list[str] | None,
        typer.Option("--instrument", "-i", metavar="NAME", help="Only this instrument."),
    ] = None,
    quantity: Annotated[
        Literal["auto", "eflux", "counts", "raw"],
        typer.Option(help="As for figmill fast plot."),
    ] = "auto",
    percentile: Annotated[
        float,
        typer.Option(
            "--percentile", min=0, max=100, help="Of all positive samples: the upper colour."
        ),
    ] = 95.0,
    mins: Annotated[
        bool, typer.Option("--mins", help="Lower limits from the samples, too.")
    ] = False,
    max_energy: Annotated[
        float, typer.Option(metavar="EV", help="The upper energy is at most this; 0: no bound.")
    ] = 4000.0,
    workers: Annotated[
        int | None,
        typer.Option("--workers", "-p", metavar="N", min=0, help="[default: all cores]"),
    ] = None,
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
    from figmill.cli.progress import watching
    from figmill.fast import compute_global_extrema
    from figmill.recipes.fast.extrema import extrema_in
    from figmill.recipes.fast.names import INSTRUMENTS, discover

    def files() -> list[Path]:
        orbits = discover([folder], _instruments(instrument) or INSTRUMENTS).orbits
        return [file for one in orbits for file in one.files.values()]

    still = quiet or as_json
    with watching(out, as_json=False, quiet=still, dry_run=False, count=files) as (listeners, _):
        state = compute_global_extrema(
            folder,
            y_scale,
            z_scale,
            _instruments(instrument) or INSTRUMENTS,
            out,
            mins,
            percentile,
            quantity=quantity,
            max_energy=max_energy or None,
            max_workers=cores() if workers is None else workers,
            listeners=listeners,
        )
    if as_json:
        typer.echo(as_json_line(state))
    elif not quiet:
        rows = [
            [name, *(_number(value) for value in (e.y_min, e.y_max, e.z_min, e.z_max))]
            for name, e in extrema_in(state, y_scale, z_scale).items()
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
    from figmill.recipes.fast.inquiry import of_file

    found = of_file(file)
    if as_json:
        typer.echo(as_json_line(found))
        return
    wide = max(map(len, found))
    for name, value in found.items():
        words = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        typer.echo(f"{name.ljust(wide)}  {printable(words)}")


def limits_of(texts: list[str] | tuple[str, ...], *, usual: bool) -> dict[str, dict[str, float]]:
    """Limits by instrument from what the command line gives.

    Examples
    --------
    >>> limits_of(["ees:z_min=1e6,z_max=1e9"], usual=False)
    {'ees': {'z_min': 1000000.0, 'z_max': 1000000000.0}}
    """
    from figmill.errors import ConfigError
    from figmill.recipes.fast.names import INSTRUMENTS
    from figmill.recipes.fast.panels import USUAL

    names = ("y_min", "y_max", "z_min", "z_max")
    made: dict[str, dict[str, float]] = {}
    if usual:
        for one in INSTRUMENTS:
            made[one] = {name: getattr(USUAL[one[0]], name) for name in names}
    for text in texts:
        instrument, _, rest = text.partition(":")
        for part in rest.split(","):
            name, _, value = part.partition("=")
            try:
                number = float(value)
            except ValueError:
                number = float("nan")
            if instrument not in INSTRUMENTS or name.strip() not in names or number != number:  # noqa: PLR0124
                raise ConfigError(
                    f"--limit: {text!r} is no limit of an instrument.",
                    hint="For example: --limit ees:z_min=1e6,z_max=1e9,y_max=30000",
                )
            made.setdefault(instrument, {})[name.strip()] = number
    return made


def _limits_in(path: Path, y_scale: str, z_scale: str) -> dict[str, dict[str, float]]:
    import json

    from figmill.errors import ConfigError, InputError
    from figmill.recipes.fast.extrema import LIMITS, extrema_in

    if "both" in (y_scale, z_scale):
        raise ConfigError(
            "--extrema: limits belong to one pair of scales.",
            hint="Give --y-scale and --z-scale as linear or log.",
        )
    try:
        document = json.loads(path.read_bytes())
    except ValueError as error:
        raise InputError(f"This is no JSON ({error}).", file=path, hint="Run it anew.") from error
    found = extrema_in(document if isinstance(document, dict) else {}, y_scale, z_scale)  # type: ignore[arg-type]
    if not found:
        raise InputError(
            f"It holds no limits for {y_scale} energy and {z_scale} colours.",
            file=path,
            hint=f"Run: figmill fast extrema DIR --y-scale {y_scale} --z-scale {z_scale} -o FILE",
        )
    return {
        name: {key: value for key in LIMITS if (value := getattr(one, key)) is not None}
        for name, one in found.items()
    }


def _instruments(names: list[str] | None) -> tuple[str, ...] | None:
    from figmill.fast.arguments import instruments

    return instruments(names) if names else None


def _tell_unfit(unfit: Any, *, quiet: bool) -> None:
    for path, why in () if quiet else unfit:
        typer.echo(f"passed over: {printable(str(path))}: {why}", err=True)


def _tell_errors(recipe: FastRecipe, out: Path) -> int:
    """Name the instruments that could not be drawn; how many there are."""
    from figmill.engine import Ledger

    count = 0
    keys = {recipe.key(orbit.orbit): orbit.orbit for orbit in recipe.found().orbits}
    with Ledger.read(out) as ledger:
        for key, facts in ledger.all_facts():
            errors: Any = facts.get("errors", {}) if key in keys else {}
            for instrument, (reason, words) in errors.items():
                count += 1
                line = f"orbit {keys[key]}: no {instrument} ({reason}): {words}"
                typer.echo(printable(line), err=True)
    return count


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
