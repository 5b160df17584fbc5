"""The options that all commands of ``figmill fast`` share."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any, Literal, get_type_hints

import typer

from figmill.console.generate import given
from figmill.console.options import DPI, THEME, Run

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
    sector: Annotated[
        list[str] | None,
        typer.Option(
            "--sector",
            metavar="NAME:LOW-HIGH,...",
            help="A row of pitch angle: down:0-30,330-360; several times for several. "
            "[default: all, downgoing, upgoing, perpendicular]",
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
            instruments=instruments_of(instrument),
            sectors=[sector_of(text) for text in sector or ()],
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


def drawn(command: Callable[..., Any]) -> Callable[..., Any]:
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


def instruments_of(names: list[str] | None) -> tuple[str, ...] | None:
    """Known instruments, or None where none are given."""
    from figmill.fast.arguments import instruments

    return instruments(names) if names else None


def sector_of(text: str) -> tuple[str, tuple[tuple[float, float], ...]]:
    """A row of pitch angle from what the command line gives.

    Examples
    --------
    >>> sector_of("down:0-30,330-360")
    ('down', ((0.0, 30.0), (330.0, 360.0)))
    """
    from figmill.errors import ConfigError

    name, _, rest = text.partition(":")
    try:
        ranges = [tuple(map(float, part.split("-"))) for part in rest.split(",")]
        return name.strip(), tuple((low, high) for low, high in ranges)
    except ValueError as error:
        raise ConfigError(
            f"--sector: {text!r} is not a row of pitch angle.",
            hint="For example: --sector down:0-30,330-360",
        ) from error


def limits_of(texts: list[str] | tuple[str, ...], *, usual: bool) -> dict[str, dict[str, float]]:
    """Limits by instrument from what the command line gives.

    Examples
    --------
    >>> limits_of(["ees:z_min=1e6,z_max=1e9"], usual=False)
    {'ees': {'z_min': 1000000.0, 'z_max': 1000000000.0}}
    """
    from figmill.errors import ConfigError
    from figmill.fast.filenames import INSTRUMENTS
    from figmill.fast.panels import USUAL

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
                    f"--limit: {text!r} is not a limit of an instrument.",
                    hint="For example: --limit ees:z_min=1e6,z_max=1e9,y_max=30000",
                )
            made.setdefault(instrument, {})[name.strip()] = number
    return made
