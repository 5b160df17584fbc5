"""The options of spectra: how they are read and processed, compared and calibrated."""

from __future__ import annotations

from math import isfinite
from typing import Annotated, Literal

from figmill.errors import ConfigError
from figmill.recipes.looks import ColorName, FigureStyle
from figmill.recipes.options import Bounds, Number, Option, Options, Text

WIDTH = 10.0
"""Inches of a comparison."""
XQuantity = Literal["wavenumber", "wavelength", "raman_shift", "unknown"]
YKind = Literal[
    "absorbance",
    "percent_transmittance",
    "transmittance",
    "percent_reflectance",
    "reflectance",
    "log_inverse_reflectance",
    "kubelka_munk",
    "absorption_coefficient",
    "log_epsilon",
    "intensity",
    "unknown",
]
Baseline = Literal[
    "asls", "iasls", "airpls", "arpls", "drpls", "modpoly", "imodpoly", "snip", "mor", "rubberband"
]
Normalization = Literal["snv", "minmax", "vector", "area", "band"]
Money = Annotated[float, Bounds(ge=0)]


def numbers_by_name(options: list[str]) -> dict[str, float]:
    """Read NAME=NUMBER, each."""
    found = {}
    for text in options:
        name, sign, value = text.partition("=")
        try:
            if not sign:
                raise ValueError
            number = float(value)
        except ValueError:
            raise ConfigError(
                f"{text!r} is not an option of a baseline method.",
                hint="Write NAME=NUMBER: lam=1e6.",
            ) from None
        found[name.strip()] = int(number) if number.is_integer() and "e" not in value else number
    return found


def known_values(texts: list[str]) -> dict[str, float]:
    """Read FILE=VALUE, each."""
    return dict(known_value(text) for text in texts)


def known_value(text: str) -> tuple[str, float]:
    """Read FILE=VALUE."""
    file, sign, value = text.rpartition("=")
    try:
        if not sign or not file:
            raise ValueError
        number = float(value.replace(",", "."))
        if not isfinite(number):
            raise ValueError
        return file, number
    except ValueError:
        raise ConfigError(
            f"{text!r} is not a sample with its value.", hint="Write FILE=VALUE: b5.csv=5.0."
        ) from None


class ReadingOptions(Options):
    """How spectra are read; what is left out is found out from each file."""

    x: Annotated[
        str | int | None,
        Option("The column of x, by header or number from 1.", metavar="COLUMN"),
    ] = None
    y: Annotated[
        str | int | None,
        Option(
            "The column of y, by header or number from 1; or the spectrum in a file of several.",
            metavar="COLUMN",
        ),
    ] = None
    x_quantity: Annotated[XQuantity | None, Option("What x is.")] = None
    y_kind: Annotated[
        YKind | None,
        Option(
            "What y is: absorbance, percent_transmittance, transmittance, percent_reflectance, "
            "reflectance, log_inverse_reflectance, kubelka_munk, absorption_coefficient, "
            "log_epsilon, intensity.",
            metavar="KIND",
        ),
    ] = None
    laser: Annotated[
        Annotated[float, Bounds(gt=0)] | None,
        Option(
            "The laser's wavelength in nm: Raman shifts and wavelengths are then compared.",
            metavar="NM",
        ),
    ] = None
    accept_low: Annotated[
        bool, Option("Accept files that are understood with a score below 70, too.")
    ] = False
    normalizer: Annotated[
        Literal["rules", "llm"],
        Option("Who is asked about text files that are not clear: rules, or a language model."),
    ] = "rules"


class BaselineReadingOptions(Options):
    """How the baseline is read, where it is another file than the samples'."""

    baseline_x: Annotated[
        str | int | None,
        Option("The baseline's column of x; as --x where it is not given.", metavar="COLUMN"),
    ] = None
    baseline_y: Annotated[
        str | int | None,
        Option("The baseline's column of y, or spectrum; as --y.", metavar="COLUMN"),
    ] = None
    baseline_x_quantity: Annotated[
        XQuantity | None, Option("What the baseline's x is; as --x-quantity.")
    ] = None
    baseline_y_kind: Annotated[
        YKind | None, Option("What the baseline's y is; as --y-kind.", metavar="KIND")
    ] = None


class ModelOptions(Options):
    """Where the language model is, and what it may cost."""

    base_url: Annotated[
        str,
        Option(
            "The model's endpoint (OpenAI's protocol): http://localhost:11434/v1.",
            metavar="URL",
            optional=True,
        ),
    ]
    model: Annotated[Text, Option("The model's name there.", metavar="NAME", optional=True)]
    price_in: Annotated[Money, Option("Price of a million tokens sent.", metavar="N")] = 0.0
    price_out: Annotated[Money, Option("Price of a million tokens received.", metavar="N")] = 0.0
    daily_budget: Annotated[Money | None, Option("The most to spend a day (UTC).", metavar="N")] = (
        None
    )
    monthly_budget: Annotated[Money | None, Option("The most to spend a month.", metavar="N")] = (
        None
    )
    cache_dir: Annotated[
        str | None, Option("Where the model's plans and costs are kept.", metavar="DIR")
    ] = None


class ProcessingOptions(Options):
    """What is done to every spectrum before it is compared, in this order."""

    kind: Annotated[
        YKind | None,
        Option("Turn y into this kind: absorbance, percent_transmittance, ...", metavar="KIND"),
    ] = None
    crop: Annotated[str | None, Option("Keep this range of x: 650-4000.", metavar="RANGE")] = None
    smooth: Annotated[
        Annotated[int, Bounds(ge=3, le=9999)] | None,
        Option("Savitzky-Golay smoothing over so many points (odd).", metavar="N"),
    ] = None
    smooth_order: Annotated[
        int, Bounds(ge=0, le=9), Option("Order of its polynomial.", metavar="N")
    ] = 2
    baseline_method: Annotated[
        Baseline | None,
        Option(
            "Subtract a baseline: asls, arpls, rubberband, ...", ("--correct",), metavar="METHOD"
        ),
    ] = None
    baseline_options: Annotated[
        dict[str, float | int | bool],
        Option(
            "Options of the baseline method: lam=1e6.",
            ("--correct-option",),
            metavar="NAME=N",
            parse=numbers_by_name,
        ),
    ] = {}  # noqa: RUF012 - a model copies it
    normalize: Annotated[
        Normalization | None,
        Option("snv, minmax, vector, area, or band (with a band).", metavar="HOW"),
    ] = None
    normalize_band: Annotated[
        str | None, Option("The band whose area becomes 1: 1725-1765.", metavar="BAND")
    ] = None


class CompareOptions(FigureStyle, dpi=300.0, width=WIDTH):
    """Samples and the baseline that they are compared with; what is drawn and measured."""

    samples: Annotated[
        tuple[str, ...],
        Bounds(min_length=1),
        Option("Files of samples, folders or patterns.", metavar="SAMPLE", argument=True),
    ]
    baseline: Annotated[
        str,
        Option(
            "The file of the baseline, such as the unused oil.",
            ("--baseline", "-b"),
            metavar="FILE",
        ),
    ]
    figures: Annotated[
        tuple[Literal["overlay", "all", "stacked"], ...],
        Option(
            "overlay: one figure a sample; all: all samples in one; stacked: all samples one "
            "above the other.",
            metavar="KIND",
        ),
    ] = ("overlay",)
    difference: Annotated[
        bool, Option("Add a row: sample minus baseline.", ("--difference", "-d"))
    ] = False
    ratio: Annotated[bool, Option("Add a row: sample over baseline.")] = False
    bands: Annotated[
        tuple[str, ...],
        Option("A band to shade and to measure: 'ester: 1725-1765'.", ("--band",), metavar="BAND"),
    ] = ()
    local_baseline: Annotated[
        bool,
        Option(
            "Measure band areas from the line between the band's ends, or from zero.",
            ("--local-baseline/--from-zero",),
        ),
    ] = True
    peaks: Annotated[
        int, Bounds(ge=0, le=50), Option("Mark so many peaks of the sample.", metavar="N")
    ] = 0
    peak_threshold: Annotated[
        Annotated[float, Bounds(gt=0)] | None,
        Option(
            "Count only peaks that stand out by so much, in units of y; without --peaks, all of "
            "them are marked, at most 50. By default 3 % of the range of y.",
            metavar="N",
        ),
    ] = None
    measure_peaks: Annotated[bool, Option("Measure how far the baseline's peaks moved.")] = True
    saturation: Annotated[bool, Option("Mark where absorbance is above 3.")] = True
    kink: Annotated[bool, Option("Draw what lies below 2000 cm-1 twice as wide.")] = False
    title: Annotated[
        str,
        Option(
            "Title of the figures; {sample} and {baseline} stand for the names; empty for none.",
            metavar="TEXT",
        ),
    ] = "{sample} vs {baseline}"
    filename_template: Annotated[
        str,
        Option("File names; fields: sample, baseline, index.", ("--name",), metavar="TEMPLATE"),
    ] = "{sample}_vs_{baseline}"
    save_normalized_csvs: Annotated[
        bool, Option("Write each spectrum as plain CSV, below normalized/.", ("--save-csv",))
    ] = False
    x_min: Annotated[Number | None, Option("Lowest x shown.")] = None
    x_max: Annotated[Number | None, Option("Highest x shown.")] = None
    y_min: Annotated[Number | None, Option("Lowest y shown.")] = None
    y_max: Annotated[Number | None, Option("Highest y shown.")] = None
    baseline_color: Annotated[ColorName, Option("Colour of the baseline.", metavar="COLOR")] = (
        "#2E7D32"
    )
    sample_color: Annotated[ColorName, Option("Colour of the sample.", metavar="COLOR")] = "#1976D2"
    line_width: Annotated[
        float, Bounds(gt=0, le=20), Option("Width of the curves in points.", metavar="POINTS")
    ] = 1.5


class EachOptions(FigureStyle, dpi=200.0, width=7.0):
    """Spectra that are drawn by themselves."""

    paths: Annotated[
        tuple[str, ...],
        Bounds(min_length=1),
        Option("Files of spectra, folders or patterns.", metavar="PATH", argument=True),
    ]
    figures: Annotated[
        tuple[Literal["each", "together", "stacked", "map"], ...],
        Option(
            "each: one figure a spectrum; together: all in one; stacked: one above the other; map: "
            "a row of colours each.",
            metavar="KIND",
        ),
    ] = ("each",)
    offset: Annotated[
        Annotated[float, Bounds(gt=0)] | None,
        Option("Distance of stacked curves, in units of y; by default what they span."),
    ] = None
    export: Annotated[
        tuple[Literal["csv", "jdx"], ...],
        Option("Write each spectrum below data/ as well: csv, jdx (JCAMP-DX).", metavar="KIND"),
    ] = ()
    line_width: Annotated[
        float, Bounds(gt=0, le=20), Option("Width of the curves in points.", metavar="POINTS")
    ] = 1.2


class CalibrationOptions(FigureStyle, dpi=300.0, width=7.0, height=5.0):
    """Samples of known value, and those that are to be read off."""

    known: Annotated[
        dict[str, float],
        Option(
            "Samples of known value: b5.csv=5.0.",
            metavar="FILE=VALUE",
            argument=True,
            parse=known_values,
        ),
    ]
    baseline: Annotated[
        str, Option("The file of the baseline: the blank.", ("--baseline", "-b"), metavar="FILE")
    ]
    band: Annotated[str, Option("The band to measure: 'ester: 1725-1765'.", metavar="BAND")]
    unknown: Annotated[
        tuple[str, ...],
        Option("A sample to be read off.", ("--unknown", "-u"), metavar="FILE"),
    ] = ()
    local_baseline: Annotated[
        bool,
        Option(
            "Measure from the line between the band's ends, or from zero.",
            ("--local-baseline/--from-zero",),
        ),
    ] = False
    quantity: Annotated[str, Option("What the values are: biodiesel.", metavar="NAME")] = "value"
    unit: Annotated[str, Option("Their unit: %.", metavar="UNIT")] = ""
    confidence: Annotated[float, Bounds(gt=0, lt=1), Option("Of the prediction intervals.")] = 0.95
