"""How figures look: the options that recipes share, and themes, colour maps and colours by name."""

from __future__ import annotations

import re
from typing import Annotated

from figmill.recipes.options import Bounds, Checked, Option, Options

# Known without asking matplotlib, whose import takes longer than all other checks together.
_USUAL = frozenset({"viridis", "cividis", "plasma", "inferno", "magma"})
_PLAIN_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


def known_theme(name: str) -> str:
    """Give a theme's name back.

    Raises
    ------
    ValueError
        There is no such theme.
    """
    from figmill.figure import THEMES

    if name not in THEMES:
        raise ValueError(f"there is no theme {name!r}; there are {', '.join(THEMES)}")
    return name


def known_colormap(name: str) -> str:
    """Give a colour map's name back.

    Raises
    ------
    ValueError
        Matplotlib knows no such map.
    """
    if name in _USUAL:
        return name
    from difflib import get_close_matches

    from matplotlib import colormaps

    if name not in colormaps:
        near = get_close_matches(name, list(colormaps), n=1, cutoff=0.75)
        hint = f"did you mean {near[0]!r}?" if near else "take viridis, cividis or magma"
        raise ValueError(f"matplotlib has no colour map {name!r}; {hint}")
    return name


def known_color(name: str) -> str:
    """Give a colour back.

    Raises
    ------
    ValueError
        It is neither a name that matplotlib knows nor ``#rrggbb``.
    """
    if _PLAIN_COLOR.fullmatch(name):
        return name
    from matplotlib.colors import is_color_like

    if not is_color_like(name):
        raise ValueError(f"{name!r} is not a colour; use a name, or '#rrggbb'")
    return name


Theme = Annotated[str, Checked(known_theme)]
Colormap = Annotated[str, Checked(known_colormap)]
ColorName = Annotated[str, Checked(known_color)]
Inches = Annotated[float, Bounds(gt=0, le=200)]


class FigureStyle(Options):
    """How figures look; recipes inherit it, and give defaults of their own where they differ.

    Parameters
    ----------
    theme
        paper, presentation, screen or screen-dark.
    dpi
        Pixels per inch.
    width, height
        Inches; None for what suits the kind of figure.
    """

    theme: Annotated[
        Theme, Option("paper, presentation, screen or screen-dark.", metavar="NAME")
    ] = "paper"
    dpi: Annotated[float, Bounds(ge=10, le=2400), Option("Pixels per inch.", metavar="N")] = 150.0
    width: Annotated[
        Inches | None,
        Option("Width of the figures.", metavar="INCHES", default="what suits the kind of figure"),
    ] = None
    height: Annotated[
        Inches | None,
        Option("Height of the figures.", metavar="INCHES", default="what suits the kind of figure"),
    ] = None
