"""Pixels of other libraries as a PNG by ISA-L, the quickest way that figmill knows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from figmill.draw import png


class Encoder:
    """Encodes pictures of one size; keeps its buffer.

    Parameters
    ----------
    size
        Width and height in pixels.
    dpi
        Dots an inch.
    channels
        Where red, green and blue stand in a pixel.
    """

    def __init__(
        self, size: tuple[int, int], dpi: int, channels: Sequence[int] = (0, 1, 2)
    ) -> None:
        self._raw = png.blank(*size)
        self._rows = png.pixels_of(self._raw)
        self._dpi = dpi
        self._channels = channels

    def __call__(self, pixels: np.ndarray) -> bytes:
        """A PNG of pixels, shape (height, width, 3 or 4)."""
        # One channel after the other takes 8 ms for 2800 x 2000, all in one go 39 ms.
        for to, origin in enumerate(self._channels):
            self._rows[:, :, to] = pixels[:, :, origin]
        return png.encode(self._raw, dpi=self._dpi, text={})
