"""Panels whose values are all 0."""

from __future__ import annotations

from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from figmill.figure.pieces import pieces


class OnlyZeros(TypedDict, total=False):
    """Arguments of a `Panel` that holds nothing but zeros."""

    note: str
    colorbar: bool


def only_zeros(values: NDArray[Any]) -> OnlyZeros:
    """What a panel says whose values are all 0: so, and no bar of colours that are not there."""
    zeros = False
    for piece in pieces(values):
        known = np.isfinite(piece)
        if bool((known & (piece != 0)).any()):
            return {}
        zeros = zeros or bool(known.any())
    return {"note": "all values are 0", "colorbar": False} if zeros else {}
