"""Spectrograms as rectangles of cells in colours, as matplotlib's meshes take them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.colors import Colormap, ListedColormap, LogNorm, Normalize
from numpy.typing import NDArray

from figmill.draw import pixels
from figmill.figure.color import ColorScale
from figmill.figure.layers import Spectrogram
from figmill.figure.style import Style


def blocks(
    layer: Spectrogram,
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64], NDArray[Any]]]:
    """Rectangles of a spectrogram without gaps in x and with one y table each.

    Yields
    ------
    x : ndarray, shape (r + 1,)
        Edges of the records.
    y : ndarray, shape (m, 2)
        Lower and upper edges of the bins, ascending; bins with the same edges are one.
    values : ndarray, shape (r, m)
    """
    low, high = layer.x.lo, layer.x.hi
    good = np.flatnonzero(np.isfinite(low) & np.isfinite(high))
    order = good[np.argsort(low[good], kind="stable")]
    table = np.zeros(low.size, np.intp) if layer.y.index is None else layer.y.index
    low, high, table = low[order], high[order], table[order]
    tolerance = 1e-6 * np.minimum(high[1:] - low[1:], high[:-1] - low[:-1])
    new = (np.abs(low[1:] - high[:-1]) > tolerance) | (table[1:] != table[:-1])
    cuts = np.flatnonzero(new) + 1
    starts = np.concatenate((np.zeros(1, np.intp), cuts))
    stops = np.append(cuts, low.size)
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        if start == stop:
            continue
        number = table[start]
        edges = np.column_stack((layer.y.lo[number], layer.y.hi[number]))
        used = np.flatnonzero(np.isfinite(edges).all(axis=1))
        bins, owner = np.unique(edges[used], axis=0, return_inverse=True)
        rows = layer.values[order[start:stop]][:, used].astype(np.float64)
        finite = np.isfinite(rows)
        total, count = (np.zeros((stop - start, len(bins))) for _ in range(2))
        np.add.at(total.T, owner.ravel(), np.where(finite, rows, 0.0).T)
        np.add.at(count.T, owner.ravel(), finite.T.astype(float))
        mean = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
        yield np.append(low[start:stop], high[stop - 1]), bins, mean


def norm_of(scale: ColorScale, limits: tuple[float, float]) -> Normalize:
    """How values become places in the colour map."""
    return LogNorm(*limits) if scale.scale == "log" else Normalize(*limits)


def colors_of(scale: ColorScale, style: Style) -> Colormap:
    """The colour map with the colours of below, above and missing."""
    table = pixels.lookup(scale, style) / 255.0
    return ListedColormap(table[: pixels.LEVELS]).with_extremes(
        under=table[pixels.BELOW], over=table[pixels.ABOVE], bad=table[pixels.MISSING]
    )
