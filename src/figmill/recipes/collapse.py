"""Three dimensions to two: the stated rules by which a spectrogram loses its angles."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from figmill.figure.pieces import finite_or_zero, pieces

Rule = Literal["mean", "sum", "median", "max"]

RULES: dict[Rule, str] = {
    "mean": "mean",
    "sum": "sum",
    "median": "median",
    "max": "maximum",
}


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
        Of a mean: shape (k,), (n, k) or (n, k, m). What has none, or none above 0, is left out.

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
    start = 0
    for piece in pieces(values):
        stop = start + len(piece)
        if weights is None or rule != "mean":
            result[start:stop] = _piece(piece, rule)
        else:
            own = weights if weights.ndim == 1 else weights[start:stop]
            result[start:stop] = _weighted(piece, own)
        start = stop
    return result


def _weighted(
    values: NDArray[np.floating[Any]], weights: NDArray[np.float64]
) -> NDArray[np.floating[Any]]:
    weight = np.where(weights > 0, weights, 0.0)
    # The sums are in float64, whatever the values are.
    product = {1: "nkm,k->nm", 2: "nkm,nk->nm", 3: "nkm,nkm->nm"}[weight.ndim]
    finite = np.isfinite(values)
    if finite.all():
        ones = finite if weight.ndim == 3 else finite[:, :, :1]
        total = np.einsum(product, ones, weight)
        summed = np.einsum(product, values, weight)
    else:
        total = np.einsum(product, finite, weight)
        summed = np.einsum(product, finite_or_zero(values, finite), weight)
    total = np.broadcast_to(total, summed.shape)
    mean = np.divide(summed, total, out=np.full(summed.shape, np.nan), where=total > 0)
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
        known = values if finite.all() else finite_or_zero(values, finite)
        found = np.einsum("nkm->nm", known, dtype=np.float64)
        if rule == "mean":
            found = found / np.maximum(count, 1)
    collapsed: NDArray[np.floating[Any]] = np.where(empty, np.nan, found).astype(values.dtype)
    return collapsed
