"""The options of chip figures and of staging."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from figmill.recipes.looks import FigureStyle
from figmill.recipes.options import Bounds, Option, Options


class LookOptions(FigureStyle, dpi=300.0):
    """How figures look; every field may stand in a configuration.

    Parameters
    ----------
    theme
        paper, presentation, screen or screen-dark.
    palette
        ``theme`` (the theme's own colours), ``bright``, ``vibrant``, ``muted``, or the name of
        a matplotlib colour map, from which as many colours are taken as there are curves.
    dpi
        Pixels per inch.
    width, height
        Inches.
    title
        Whether the figure says which chip it is and what its runs have in common (true, false).
    """

    palette: Annotated[
        str, Option("theme, bright, vibrant, muted, or a matplotlib colour map.", metavar="NAME")
    ] = "theme"
    width: Annotated[
        float, Bounds(ge=1, le=40), Option("Width of the figures.", metavar="INCHES")
    ] = 6.4
    height: Annotated[
        float, Bounds(ge=1, le=40), Option("Height of the figures.", metavar="INCHES")
    ] = 4.4
    title: Annotated[
        bool,
        Option("Whether figures say which chip it is and what the runs have in common."),
    ] = True


class StageOptions(Options):
    """What is staged, and how it is dated.

    Parameters
    ----------
    raw
        The folder of raw CSV files; its subfolders count.
    timezone
        The lab's time zone, which decides the dates in histories and legends.
    lab
        The lab file: what its procedures, columns, settings and chips are to figmill.
    """

    raw: Annotated[
        Path, Option("The folder of raw files; subfolders count.", metavar="RAW", argument=True)
    ]
    timezone: Annotated[
        str,
        Option(
            "The lab's time zone: America/Santiago.",
            metavar="NAME",
            default="that of the stage, else UTC",
        ),
    ] = "UTC"
    lab: Annotated[
        Path | None,
        Option(
            "YAML: what the lab's procedures, columns, settings and chips are to figmill.",
            metavar="FILE",
        ),
    ] = None
