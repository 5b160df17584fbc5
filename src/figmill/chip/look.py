"""How figures look: theme, palette, size; and what their titles say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
from pydantic import ConfigDict, field_validator

from figmill.chip.options import LookOptions
from figmill.chip.runs import RunInfo, Vector
from figmill.chip.units import number, sized
from figmill.config.model import Model
from figmill.figure import Curve, Figure, Layer, Panel, theme
from figmill.recipes.looks import known_colormap

# Paul Tol, "Colour Schemes", SRON/EPS/TN/09-002 (2021); matplotlib's maps come besides.
PALETTES = {
    "bright": ("#4477AA", "#EE6677", "#228833", "#CCBB44", "#66CCEE", "#AA3377", "#BBBBBB"),
    "vibrant": ("#EE7733", "#0077BB", "#33BBEE", "#EE3377", "#CC3311", "#009988", "#BBBBBB"),
    "muted": (
        "#CC6677",
        "#332288",
        "#DDCC77",
        "#117733",
        "#88CCEE",
        "#882255",
        "#44AA99",
        "#999933",
        "#AA4499",
    ),
}
LIGHT_COLOR = "#E69F00"
_MINUS = re.compile(r"(?<!\w)-(?=[\d.])")


class Look(LookOptions, Model):
    """How figures look; every field may stand in a configuration.

    Parameters
    ----------
    theme, palette, dpi, width, height, title
        As for `figmill.chip.options.LookOptions`; sizes are in inches.

    Raises
    ------
    figmill.errors.OptionError
        A value is wrong; the message names all that are.
    """

    model_config = ConfigDict(validate_default=True)

    @field_validator("palette")
    @classmethod
    def _palette(cls, name: str) -> str:
        if name != "theme" and name not in PALETTES:
            try:
                known_colormap(name)
            except ValueError as error:
                known = f"theme, {', '.join(PALETTES)}"
                raise ValueError(f"there is no palette {name!r} ({known}), and {error}") from error
        return name

    def colors(self, count: int) -> list[str | None]:
        """A colour for each of `count` curves; None leaves it to the theme."""
        if self.palette == "theme":
            return [None] * count
        if self.palette in PALETTES:
            cycle = PALETTES[self.palette]
            return [cycle[place % len(cycle)] for place in range(count)]
        from matplotlib import colormaps
        from matplotlib.colors import to_hex

        # The ends of many maps are too near to white or black for lines.
        places = np.linspace(0.05, 0.9, count) if count > 1 else np.array([0.4])
        return [to_hex(color) for color in colormaps[self.palette](places)]

    @property
    def muted(self) -> str:
        """The theme's colour for what stands in the background."""
        return theme(self.theme).muted

    @property
    def light(self) -> str:
        """The colour of light windows: a tint of the panel, opaque, since nothing is below them."""
        panel = theme(self.theme).panel
        mixed = (
            round(0.15 * int(LIGHT_COLOR[at : at + 2], 16) + 0.85 * int(panel[at : at + 2], 16))
            for at in (1, 3, 5)
        )
        return "#" + "".join(f"{part:02x}" for part in mixed)

    def figure(self, panels: Panel | Sequence[Panel], title: str = "") -> Figure:
        """A figure of one panel, or of panels below one another, in this look.

        Parameters
        ----------
        panels
            One panel, or several, the top one first.
        title
            Over the figure; left out where the look has no titles.

        Returns
        -------
        figmill.Figure
            A panel among several has three quarters of a lone one's height.
        """
        if isinstance(panels, Panel):
            panels = (panels,)
        rows = tuple((panel,) for panel in panels) or ((Panel(),),)
        height = self.height if len(rows) == 1 else self.height * 0.75 * len(rows)
        return Figure(
            rows,
            title=title if self.title else "",
            size=(self.width, height),
            dpi=self.dpi,
            style=theme(self.theme),
        )


def curve(x: Vector, y: Vector, label: str, color: str | None) -> Curve:
    """A curve that can be seen even where it is one point."""
    lone = np.count_nonzero(np.isfinite(x) & np.isfinite(y)) == 1
    return Curve(x, y, label=typeset(label), color=color, marker="circle" if lone else None)


def typeset(label: str) -> str:
    """A label with true minus signs, as on the axes.

    Examples
    --------
    >>> typeset("-0.4 V (#7-8, 2025-10-14)")
    '−0.4 V (#7-8, 2025-10-14)'
    """
    return _MINUS.sub("−", label)


def panel_legend(layers: Iterable[Layer]) -> Literal["outside", "best"]:
    """Beside the panel where a legend within it would cover the curves."""
    labelled = sum(bool(getattr(layer, "label", "")) for layer in layers)
    return "outside" if labelled > 5 else "best"


_SHARED = (
    ("wavelength_nm", "wavelength", "λ = {} nm"),
    ("vg_fixed_v", "vg", "V_{{g}} = {} V"),
    ("vds_v", "vds", "V_{{ds}} = {} V"),
)


def title_of(chip: str, runs: Sequence[RunInfo], without: str = "") -> str:
    """The chip, and what all runs have in common apart from what the legend says.

    Examples
    --------
    >>> run = RunInfo(1, "a", "It", 0.0, "", True, 365.0, 3.0, 0.1, None, -0.4)
    >>> title_of("Alisson67", [run], without="wavelength")
    'Alisson67: V_{g} = −0.4 V, V_{ds} = 0.1 V'
    """
    parts = []
    for field, legend, text in _SHARED:
        values = {getattr(run, field) for run in runs if field != "wavelength_nm" or run.has_light}
        if len(values) == 1 and legend != without:
            value = values.pop()
            if value is not None:
                parts.append(text.format(number(value, 4).replace("-", "−")))
    currents = {run.ids_a for run in runs}
    if len(currents) == 1 and (amperes := currents.pop()) is not None:
        parts.append(f"I_{{ds}} = {sized(amperes, 'A')}")
    return f"{chip}: {', '.join(parts)}" if parts else chip
