"""Pieces: an array taken a few rows at a time, so that what is made of it stays in the cache."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

CELLS = 1 << 16
"""Numbers in a piece: half a megabyte as float64, a quarter of what a core of today keeps near."""


def pieces(values: NDArray[Any], cells: int = CELLS) -> Iterator[NDArray[Any]]:
    """Views of an array along its first axis, in order.

    Parameters
    ----------
    values
        Shape (n, ...).
    cells
        Numbers in a piece; but a row at least.
    """
    step = max(1, cells // max(1, values[:1].size))
    for first in range(0, len(values), step):
        yield values[first : first + step]


def any_finite(values: NDArray[Any]) -> bool:
    """Whether an array of any shape but () holds a finite number: the first one found answers."""
    return any(bool(np.isfinite(piece).any()) for piece in pieces(values))
