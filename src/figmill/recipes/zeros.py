"""Panels whose values are all 0."""

from __future__ import annotations

from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray


class OnlyZeros(TypedDict, total=False):
    """Arguments of a `Panel` that holds nothing but zeros."""

    note: str
    colorbar: bool


def only_zeros(values: NDArray[Any]) -> OnlyZeros:
    """What a panel says whose values are all 0: so, and no bar of colours that are not there."""
    finite = values[np.isfinite(values)]
    if finite.size and not finite.any():
        return {"note": "all values are 0", "colorbar": False}
    return {}
