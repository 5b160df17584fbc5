"""The options of FAST figures."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from figmill.errors import ConfigError
from figmill.recipes.looks import Colormap, FigureStyle
from figmill.recipes.options import Bounds, Number, Option, Options

EXTREMA_FILE = "FAST_calculated_extrema.json"
Instrument = Literal["ees", "eeb", "ies", "ieb"]
ScaleChoice = Literal["linear", "log", "both"]
FigureKind = Literal["pitch-angle", "instrument-grid", "bands", "quicklook"]
QuantityChoice = Literal["auto", "eflux", "counts", "raw"]
RuleChoice = Literal["auto", "sum", "mean", "weighted", "median", "percentile"]
INSTRUMENTS: tuple[Instrument, ...] = ("ees", "eeb", "ies", "ieb")
Sectors = tuple[tuple[str, tuple[tuple[float, float], ...]], ...]


def _instruments(names: list[str]) -> tuple[str, ...]:
    from figmill.fast.arguments import instruments

    return instruments(names)


Instruments: TypeAlias = Annotated[
    tuple[Instrument, ...],
    Bounds(min_length=1),
    Option(
        "Which instruments; figures have their rows in this order.",
        ("--instrument", "-i"),
        metavar="NAME",
        parse=_instruments,
    ),
]
Quantity: TypeAlias = Annotated[
    QuantityChoice,
    Option("Energy flux, counts from it, or the telemetry byte; auto: eflux where there is any."),
]
Collapse: TypeAlias = Annotated[
    RuleChoice,
    Option("How angles collapse; auto: weighted by solid angle for flux, else the sum."),
]


def _sectors(texts: list[str]) -> list[tuple[str, tuple[tuple[float, float], ...]]]:
    return [sector_of(text) for text in texts]


def sector_of(text: str) -> tuple[str, tuple[tuple[float, float], ...]]:
    """A row of pitch angle from what the command line gives.

    Examples
    --------
    >>> sector_of("down:0-30,330-360")
    ('down', ((0.0, 30.0), (330.0, 360.0)))
    """
    name, _, rest = text.partition(":")
    try:
        ranges = [tuple(map(float, part.split("-"))) for part in rest.split(",")]
        return name.strip(), tuple((low, high) for low, high in ranges)
    except ValueError as error:
        raise ConfigError(
            f"--sector: {text!r} is not a row of pitch angle.",
            hint="For example: --sector down:0-30,330-360",
        ) from error


class FastOptions(FigureStyle, dpi=200.0):
    """What is drawn of an orbit, and how."""

    figures: Annotated[
        tuple[FigureKind, ...],
        Bounds(min_length=1),
        Option(
            "pitch-angle, instrument-grid, bands (pitch angle by energy), quicklook (seven "
            "panels).",
            ("--figure",),
            metavar="KIND",
        ),
    ] = ("pitch-angle", "instrument-grid")
    instruments: Instruments = INSTRUMENTS
    quantity: Quantity = "auto"
    collapse: Collapse = "auto"
    percentile: Annotated[float, Bounds(ge=0, le=100), Option("For the collapse percentile.")] = (
        50.0
    )
    quality: Annotated[
        Literal["good", "any"], Option("good: flagged records are missing; any: they are shown.")
    ] = "good"
    sectors: Annotated[
        Sectors | None,
        Option(
            "A row of pitch angle: down:0-30,330-360.",
            ("--sector",),
            metavar="NAME:LOW-HIGH,...",
            default="all, downgoing, upgoing, perpendicular",
            parse=_sectors,
        ),
    ] = None
    hemisphere: Annotated[
        Literal["ilat", "none"],
        Option(
            "ilat: down and up follow the sign of ILAT, record by record, and labels say so; none: "
            "they have the fixed ranges of the north."
        ),
    ] = "ilat"
    y_scale: Annotated[ScaleChoice, Option("Scale of energy.")] = "log"
    z_scale: Annotated[ScaleChoice, Option("Scale of colours.")] = "log"
    y_min: Annotated[Number | None, Option("Lowest energy, eV.")] = None
    y_max: Annotated[Number | None, Option("Highest energy, eV.")] = None
    z_min: Annotated[Number | None, Option("Lowest colour.", default="1st percentile")] = None
    z_max: Annotated[Number | None, Option("Highest colour.", default="99th percentile")] = None
    colormap: Annotated[
        Colormap | None, Option("A colour map.", metavar="NAME", default="by the scales")
    ] = None
    cusps: Annotated[
        str | None,
        Option(
            "The cusp table; '' for none.",
            metavar="FILE",
            default="FAST_Cusp_Indices.csv in the folder, if it is there",
        ),
    ] = None
    zoom_minutes: Annotated[
        float,
        Bounds(ge=0),
        Option(
            "Width of the second column, around the cusp; 0 for none.",
            ("--zoom",),
            metavar="MINUTES",
        ),
    ] = 6.0
    marker_style: Annotated[
        Literal["line", "bracket", "both"], Option("How cusps are marked.", ("--markers",))
    ] = "both"


class ExtremaOptions(Options):
    """Whose samples are pooled, and which limits are derived of them.

    Parameters
    ----------
    instruments, quantity, collapse, quality
        As for figures of orbits.
    y_scale, z_scale
        "linear" or "log": the scales whose limits are asked for.
    max_percentile
        Of the positive samples: the upper colour.
    compute_mins
        Whether lower limits come from the samples, too.
    log_floor_cutoff, log_floor_value
        A lower limit of a log axis below the cutoff becomes ``10 ** log_floor_value``.
    highest_energy
        eV; the upper energy is at most this. None: 4000 on a linear axis, no bound on a logarithmic
        one, which shows the rest as well; 0: no bound.
    """

    instruments: Instruments = INSTRUMENTS
    quantity: Quantity = "auto"
    collapse: Collapse = "auto"
    quality: Annotated[
        Literal["good", "any"], Option("good: flagged records do not count; any: they do.")
    ] = "good"
    y_scale: Annotated[Literal["linear", "log"], Option("Scale of energy.")] = "log"
    z_scale: Annotated[Literal["linear", "log"], Option("Scale of colours.")] = "log"
    max_percentile: Annotated[
        float,
        Bounds(gt=0, le=100),
        Option("Of all positive samples: the upper colour.", ("--percentile",)),
    ] = 95.0
    compute_mins: Annotated[bool, Option("Lower limits from the samples, too.", ("--mins",))] = (
        False
    )
    log_floor_cutoff: Annotated[
        Number, Option("A lower limit of a log axis below this becomes the floor.")
    ] = 0.1
    log_floor_value: Annotated[Number, Option("The floor, as a power of ten.")] = -1.0
    highest_energy: Annotated[
        Annotated[float, Bounds(ge=0)] | None,
        Option(
            "The upper energy is at most this; 0: no bound.",
            ("--max-energy",),
            metavar="EV",
            default="4000 on a linear axis",
        ),
    ] = None


class PlotOptions(FastOptions):
    """Which orbits are drawn, besides."""

    orbits: Annotated[
        tuple[int, ...], Option("Only this orbit.", ("--orbit",), metavar="N", default="all")
    ] = ()
    instrument_timeout: Annotated[
        Annotated[float, Bounds(gt=0)] | None,
        Option(
            "The longest that reading one instrument's file may take.",
            metavar="SECONDS",
            default="no limit of its own",
        ),
    ] = None


class CommandOptions(Options):
    """Short forms that the command line has for what a job file writes as mappings."""

    limit: Annotated[
        tuple[str, ...],
        Option(
            "Limits of one instrument, which win over those of all: ees:z_min=1e6,z_max=1e9.",
            metavar="I:K=V,...",
        ),
    ] = ()
    usual: Annotated[
        bool,
        Option(
            "3 eV to 40 keV; flux of electrons 1e6 to 1e9, of ions 1e4 to 1e8.",
            ("--usual-limits",),
        ),
    ] = False
    marker_color: Annotated[str | None, Option("The colour of the marks.", metavar="COLOR")] = None


def written_out(options: dict[str, Any], short: dict[str, Any]) -> dict[str, Any]:
    """The options of a recipe, with what the command line gives in short."""
    limits = limits_of(short.get("limit", ()), usual=short["usual"])
    color = {"color": short["marker_color"]} if "marker_color" in short else {}
    return {**options, "limits": limits, "marker_options": color}


def limits_of(texts: list[str] | tuple[str, ...], *, usual: bool) -> dict[str, dict[str, float]]:
    """Limits by instrument from what the command line gives.

    Examples
    --------
    >>> limits_of(["ees:z_min=1e6,z_max=1e9"], usual=False)
    {'ees': {'z_min': 1000000.0, 'z_max': 1000000000.0}}
    """
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
