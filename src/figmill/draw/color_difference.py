"""How different two colours look."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


def lab(colors: NDArray[Any]) -> Numbers:
    """CIELAB (D65, 2 degrees) of sRGB colours (IEC 61966-2-1; CIE 15).

    Parameters
    ----------
    colors
        0 to 255, shape (..., 3).

    Returns
    -------
    ndarray
        L*, a*, b*; same shape.
    """
    part = np.asarray(colors, dtype=np.float64) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    xyz = linear @ np.array(
        [
            [0.4124564, 0.2126729, 0.0193339],
            [0.3575761, 0.7151522, 0.1191920],
            [0.1804375, 0.0721750, 0.9503041],
        ]
    )
    ratio = xyz / np.array([0.95047, 1.0, 1.08883])
    root = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * (29 / 6) ** 2 / 3 + 4 / 29)
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack((116 * y - 16, 500 * (x - y), 200 * (y - z)), axis=-1)


def ciede2000(first: Numbers, second: Numbers) -> Numbers:
    """The colour difference CIEDE2000; 1 is about what an eye can just see.

    The formula is that of G. Sharma, W. Wu and E. N. Dalal (Color Research and Application 30,
    2005, page 21), whose table of pairs the tests hold.

    Parameters
    ----------
    first, second
        CIELAB, shapes (..., 3) that broadcast.

    Returns
    -------
    ndarray
        Shape (...).
    """
    (l1, a1, b1), (l2, a2, b2) = (
        np.moveaxis(one, -1, 0) for one in np.broadcast_arrays(first, second)
    )
    chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    gain = 1.5 - 0.5 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    a1, a2 = gain * a1, gain * a2
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    grey = c1 * c2 == 0
    turn = (h2 - h1 + 180) % 360 - 180
    # Opposite hues: the sign does not count, but the mean below does.
    turn = np.where(np.abs(h2 - h1) <= 180, h2 - h1, turn)
    lightness, chroma_step = l2 - l1, c2 - c1
    hue_step = np.where(grey, 0, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2)))
    level, strength = (l1 + l2) / 2, (c1 + c2) / 2
    total = h1 + h2
    across = np.where(total < 360, total + 360, total - 360) / 2
    hue = np.where(grey, total, np.where(np.abs(h1 - h2) <= 180, total / 2, across))
    weight = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    s_l = 1 + 0.015 * (level - 50) ** 2 / np.sqrt(20 + (level - 50) ** 2)
    s_c = 1 + 0.045 * strength
    s_h = 1 + 0.015 * strength * weight
    spread = 2 * np.sqrt(strength**7 / (strength**7 + 25.0**7))
    rotation = -np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2)))) * spread
    in_l, in_c, in_h = lightness / s_l, chroma_step / s_c, hue_step / s_h
    apart: Numbers = np.sqrt(in_l**2 + in_c**2 + in_h**2 + rotation * in_c * in_h)
    return apart


def roughly_even(seen: Numbers) -> Numbers:
    """Coordinates whose distances are roughly CIEDE2000's, for colours that are close.

    Its weights of lightness and chroma, integrated; comparing by them takes a tenth of the time.

    Parameters
    ----------
    seen
        L*, a*, b*, shape (n, 3).

    Returns
    -------
    ndarray
        Shape (n, 3).
    """
    from_middle = seen[:, 0] - 50
    chroma = np.hypot(seen[:, 1], seen[:, 2])
    shrunk = np.log1p(0.045 * chroma) / (0.045 * np.maximum(chroma, 1e-9))
    level = np.sign(from_middle) * np.log1p(0.015 * np.abs(from_middle)) / 0.015
    return np.column_stack((level, seen[:, 1] * shrunk, seen[:, 2] * shrunk))
