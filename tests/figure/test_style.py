"""Every eye tells the colours of a theme apart."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from figmill.draw.color_difference import ciede2000, lab
from figmill.figure.style import THEMES

# What a complete deficiency makes of linear red, green and blue: G. Machado, M. Oliveira and
# L. Fernandes, IEEE Transactions on Visualization and Computer Graphics 15 (2009), table 1.
EYES = {
    "no deficiency": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}


def linear(color: str) -> np.ndarray:
    part = np.array(to_rgb(color))
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def seen(color: str, eye: str) -> np.ndarray:
    """CIELAB of a colour as an eye sees it."""
    light = np.clip(EYES[eye] @ linear(color), 0, 1)
    part = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return lab(255 * part)


def contrast(one: str, other: str) -> float:
    """The ratio of luminances as WCAG 2 has it."""
    weights = np.array([0.2126, 0.7152, 0.0722])
    low, high = sorted(float(linear(color) @ weights) for color in (one, other))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("name", THEMES)
def test_any_two_curves_differ_and_from_the_frame_too(name: str, eye: str) -> None:
    style = THEMES[name]
    for one, other in combinations((*style.cycle, style.ink), 2):
        assert ciede2000(seen(one, eye), seen(other, eye)) >= 10, (one, other)


@pytest.mark.parametrize("name", THEMES)
def test_curves_stand_out_from_the_ground_and_texts_can_be_read(name: str) -> None:
    style = THEMES[name]
    for color in style.cycle:
        assert contrast(color, style.panel) >= 3, color
    for ground in (style.panel, style.background):
        for color in (style.ink, style.muted, style.event):
            assert contrast(color, ground) >= 4.5, color
