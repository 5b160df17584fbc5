"""Options of looks that recipes share: themes, colour maps and colours by name."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Annotated

from pydantic import AfterValidator

from figmill.figure import THEMES

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


Theme = Annotated[str, AfterValidator(known_theme)]
Colormap = Annotated[str, AfterValidator(known_colormap)]
ColorName = Annotated[str, AfterValidator(known_color)]
