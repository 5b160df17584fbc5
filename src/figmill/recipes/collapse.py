"""Three dimensions to two: the stated rules by which a spectrogram loses its angles."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Rule = Literal["mean", "sum", "median", "max"]

RULES: dict[Rule, str] = {
    "mean": "mean",
    "sum": "sum",
    "median": "median",
    "max": "maximum",
}

_CHUNK_CELLS = 1 << 22


def collapse(
    values: NDArray[np.floating[Any]],
    rule: Rule = "mean",
    weights: NDArray[np.float64] | None = None,
) -> NDArray[np.floating[Any]]:
    """Collapse the second axis; what is missing is left out of it.

    Parameters
    ----------
    values
        Shape (n, k, m); NaN is missing.
    rule
        ``mean``, ``sum``, ``median`` or ``max`` of the values that are there.
    weights
        Of a mean: shape (k,) or (n, k). What has none, or none above 0, is left out.

    Returns
    -------
    ndarray, shape (n, m)
        NaN where all k are missing.

    Examples
    --------
    >>> collapse(np.array([[[1.0, np.nan], [3.0, np.nan]]]), "mean")
    array([[ 2., nan]])
    >>> collapse(np.array([[[1.0], [4.0]]]), "mean", np.array([2.0, 1.0]))
    array([[2.]])
    """
    result = np.empty((values.shape[0], values.shape[2]), values.dtype)
    # A long burst is taken in pieces, so that its masks do not double its memory.
    step = max(1, _CHUNK_CELLS // max(1, values.shape[1] * values.shape[2]))
    for start in range(0, len(values), step):
        piece = values[start : start + step]
        if weights is None or rule != "mean":
            result[start : start + step] = _piece(piece, rule)
        else:
            own = weights if weights.ndim == 1 else weights[start : start + step]
            result[start : start + step] = _weighted(piece, own)
    return result


def _weighted(
    values: NDArray[np.floating[Any]], weights: NDArray[np.float64]
) -> NDArray[np.floating[Any]]:
    weight = np.where(weights > 0, weights, 0.0)[..., np.newaxis]
    finite = np.isfinite(values)
    total = np.where(finite, weight, 0.0).sum(axis=1)
    summed = (np.where(finite, values, 0) * weight).sum(axis=1, dtype=np.float64)
    mean = np.divide(summed, total, out=np.full(total.shape, np.nan), where=total > 0)
    narrowed: NDArray[np.floating[Any]] = mean.astype(values.dtype)
    return narrowed


def _piece(values: NDArray[np.floating[Any]], rule: Rule) -> NDArray[np.floating[Any]]:
    finite = np.isfinite(values)
    count = finite.sum(axis=1)
    empty = count == 0
    if rule == "median":
        ordered = np.sort(np.where(finite, values, np.inf), axis=1)
        last = np.maximum(count - 1, 0)
        low = np.take_along_axis(ordered, (last // 2)[:, None, :], axis=1)[:, 0]
        high = np.take_along_axis(ordered, ((last + 1) // 2)[:, None, :], axis=1)[:, 0]
        found = np.where(empty, np.nan, low / 2 + high / 2)
    elif rule == "max":
        found = np.where(finite, values, -np.inf).max(axis=1, initial=-np.inf)
    else:
        found = np.where(finite, values, 0).sum(axis=1, dtype=np.float64)
        if rule == "mean":
            found = found / np.maximum(count, 1)
    collapsed: NDArray[np.floating[Any]] = np.where(empty, np.nan, found).astype(values.dtype)
    return collapsed
