"""Stretches: where flags hold without a break."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def stretches(flags: ArrayLike) -> list[tuple[int, int]]:
    """Start and stop (exclusive) of every unbroken stretch of True.

    Parameters
    ----------
    flags
        Shape (n,).

    Examples
    --------
    >>> stretches([True, True, False, True])
    [(0, 2), (3, 4)]
    """
    padded = np.concatenate(([0], np.asarray(flags, dtype=np.int8), [0]))
    starts_and_stops = np.flatnonzero(np.diff(padded)).tolist()
    return list(zip(starts_and_stops[::2], starts_and_stops[1::2], strict=True))
