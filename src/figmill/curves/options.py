"""The options of figures of any table."""

from __future__ import annotations

from typing import Annotated, Literal

from figmill.recipes.looks import Colormap, FigureStyle
from figmill.recipes.options import Number, Option, Text


def parted(texts: list[str]) -> tuple[str, ...]:
    """Names that are given with commas between them, or one by one."""
    return tuple(part.strip() for text in texts for part in text.split(",") if part.strip())


class PlotOptions(FigureStyle, width=6.0, height=4.2):
    """What is drawn of tables, and how."""

    paths: Annotated[
        tuple[str, ...],
        Option(
            "Tables: text in any notation, and with the extra tables Parquet, Excel and HDF5; "
            "folders or patterns.",
            metavar="FILE",
            argument=True,
        ),
    ]
    x: Annotated[
        Text | None,
        Option(
            "The column to draw over: its name, or its number from 1.",
            metavar="COLUMN",
            default="dates and times, else the only one that runs one way, else the first",
        ),
    ] = None
    y: Annotated[
        tuple[Text, ...],
        Option(
            "Columns to draw, with commas between them; * stands for anything.",
            metavar="COLUMNS",
            default="all that share the unit of the first one that varies",
            parse=parted,
        ),
    ] = ()
    log: Annotated[
        tuple[Literal["x", "y"], ...],
        Option("Logarithmic axes. Of y, magnitudes are drawn.", parse=parted, metavar="x|y"),
    ] = ()
    overlay: Annotated[bool, Option("Draw all files into one figure.")] = False
    by: Annotated[
        Text | None,
        Option(
            "Group the files by a word of their names ('wafer' of wafer3_iv.csv) or by 'folder', "
            "one figure a group; or tell curves apart by a column, or a setting of the header.",
            metavar="NAME",
        ),
    ] = None
    split: Annotated[
        tuple[Literal["turns", "jumps", "parts"], ...],
        Option(
            "Where a curve ends and another begins: turns or jumps of x, parts of the file.",
            metavar="turns|jumps|parts",
            parse=parted,
        ),
    ] = ("parts",)
    x_min: Annotated[Number | None, Option("Lower end of the x axis.")] = None
    x_max: Annotated[Number | None, Option("Upper end of the x axis.")] = None
    y_min: Annotated[Number | None, Option("Lower end of the y axis.")] = None
    y_max: Annotated[Number | None, Option("Upper end of the y axis.")] = None
    markers: Annotated[bool, Option("Mark each point.")] = False
    colormap: Annotated[
        Colormap, Option("Colours of curves that have a value.", metavar="NAME")
    ] = "viridis"
    missing_above: Annotated[
        Number | None, Option("Magnitudes from here on mean no reading.", metavar="N")
    ] = 9.9e37
