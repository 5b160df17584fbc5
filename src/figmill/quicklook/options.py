"""The options of quicklooks."""

from __future__ import annotations

from typing import Annotated, Literal

from figmill.recipes.looks import Colormap, FigureStyle
from figmill.recipes.options import Number, Option, Text

Scale = Literal["auto", "linear", "log"]


class QuicklookOptions(FigureStyle, width=10.0):
    """What is drawn of CDF files, and how."""

    paths: Annotated[
        tuple[str, ...],
        Option(
            "CDF files, folders (searched with all their subfolders for *.cdf), or patterns.",
            metavar="PATH",
            argument=True,
        ),
    ]
    rows: Annotated[
        tuple[Text, ...],
        Option(
            "Draw this variable, or those that match the pattern ('*eflux*').",
            ("--rows", "-r"),
            metavar="NAME",
            default="every primary one",
        ),
    ] = ()
    show: Annotated[
        Literal["all", "spectrograms", "lines"],
        Option("What is drawn where no variable is named."),
    ] = "all"
    magnitude: Annotated[
        bool, Option("Draw the magnitude of a vector beside its three components.")
    ] = False
    uncertainty: Annotated[
        Literal["auto", "bars", "band", "none"],
        Option(
            "How a line's uncertainty is drawn; auto takes bars up to 100 records, else a band."
        ),
    ] = "auto"
    collapse: Annotated[
        Literal["mean", "sum", "median", "max"],
        Option("How a third dimension, such as pitch angle, is brought down to one value."),
    ] = "mean"
    time_start: Annotated[
        str | None,
        Option(
            "Begin of the time axis: 2013-10-14T12:00, UTC.",
            ("--from", "--time-start"),
            metavar="TIME",
        ),
    ] = None
    time_stop: Annotated[
        str | None, Option("End of the time axis.", ("--to", "--time-stop"), metavar="TIME")
    ] = None
    y_scale: Annotated[
        Scale, Option("Scale of the y axes; beside spectrograms, lines keep their own.")
    ] = "auto"
    y_min: Annotated[Number | None, Option("Lower end of the y axes, in the file's unit.")] = None
    y_max: Annotated[Number | None, Option("Upper end of the y axes.")] = None
    z_scale: Annotated[Scale, Option("Scale of the colours.")] = "auto"
    z_min: Annotated[
        Number | None, Option("Value of the lowest colour.", default="1st percentile")
    ] = None
    z_max: Annotated[
        Number | None, Option("Value of the highest colour.", default="99th percentile")
    ] = None
    axis_limits: Annotated[
        Literal["data", "file"],
        Option(
            "Let axes and colours without limits of their own fit the data, or take SCALEMIN and "
            "SCALEMAX of the file."
        ),
    ] = "data"
    dead_time: Annotated[
        Literal["fill", "open"],
        Option(
            "Fill the regular pause between the records of an instrument that measures part of "
            "the time, or leave it open. Gaps are open either way."
        ),
    ] = "fill"
    colormap: Annotated[Colormap, Option("A colour map that matplotlib knows.", metavar="NAME")] = (
        "viridis"
    )
    overrides: Annotated[
        str | None,
        Option("A YAML file that corrects the metadata of variables.", metavar="FILE"),
    ] = None
    join: Annotated[
        Literal["none", "day", "orbit", "all"],
        Option(
            "Draw files of one dataset on one time axis: a figure a day, an orbit (by the number "
            "in the files' names), or one of all. Of several versions the highest is drawn."
        ),
    ] = "none"
    every: Annotated[
        str | None,
        Option(
            "A figure for so much time, of all files of a dataset: 6h, 1d.",
            metavar="SPAN",
        ),
    ] = None
    intervals: Annotated[
        str | None,
        Option(
            "A CSV file with a begin, an end and a label a line: a figure for each line.",
            metavar="FILE",
        ),
    ] = None
    margin: Annotated[
        str, Option("Time before and after each interval: 10m, 1h.", metavar="SPAN")
    ] = "0"
    events: Annotated[
        tuple[Text, ...],
        Option(
            "A CSV file with a time and a label, or a begin, an end and a label a line: lines, and "
            "brackets over the top row.",
            metavar="FILE",
        ),
    ] = ()
    tick_rows: Annotated[
        tuple[Text, ...],
        Option(
            "Write the values of this variable under the time axis: MLT, altitude.",
            ("--tick-row",),
            metavar="NAME",
        ),
    ] = ()
    ephemeris: Annotated[
        tuple[Text, ...],
        Option(
            "CDF files, or CSV files with a time and named columns, of what --tick-row names and "
            "the data do not hold.",
            metavar="FILE",
        ),
    ] = ()
