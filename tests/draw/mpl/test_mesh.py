"""Spectrograms as matplotlib's meshes."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np

from figmill.draw import pixels
from figmill.draw.mpl.mesh import colors_of
from figmill.figure import ColorScale

from ..figures import GOLDEN


def test_the_colour_map_is_matplotlibs() -> None:
    scale = ColorScale("log", colormap="plasma")
    colors = colors_of(scale, GOLDEN["curves"].style)
    at = np.linspace(0, 1, 256)
    assert np.abs(colors(at) - mpl.colormaps["plasma"](at)).max() < 1 / 255
    assert tuple(colors.get_bad()[:3] * 255) == tuple(
        pixels.lookup(scale, GOLDEN["curves"].style)[pixels.MISSING]
    )
