"""Ranges of x in which something held, over the whole height of a panel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from figmill.draw import pixels
from figmill.draw.op_writer import PanelPen, color8
from figmill.draw.ops import Box, Op, Rect
from figmill.figure.autoscale import span
from figmill.figure.layer_kind import Direction, LayerKind, LegendKey, Look, Range
from figmill.figure.layers import Spans

if TYPE_CHECKING:
    from matplotlib.patches import Patch

    from figmill.draw.mpl.figure import PanelBuilder


class SpansKind(LayerKind[Spans]):
    """Filled ranges on whole pixels; those that touch are one."""

    layer = Spans
    level = 0
    color = "cycle"
    fits = "exact"
    covers = True

    def extent(self, layer: Spans, direction: Direction, scale: str) -> Range | None:
        return span(np.concatenate((layer.low, layer.high)), scale) if direction == "x" else None

    def ops(self, layer: Spans, pen: PanelPen, look: Look) -> Iterator[Op]:
        first, last = int(pen.box.x0), int(pen.box.x1)
        ends = np.stack((pen.x.pixels(layer.low), pen.x.pixels(layer.high)))
        ends = np.sort(ends[:, np.isfinite(ends).all(axis=0)], axis=0)
        for start, stop in runs(ends[0], ends[1], first, last):
            box = Box(start, pen.box.y0, stop, pen.box.y1)
            yield Rect(box, color8(look.color), layer.alpha)

    def legend_label(self, layer: Spans) -> str:
        return layer.label

    def legend_ops(self, layer: Spans, pen: PanelPen, look: Look, key: LegendKey) -> Iterator[Op]:
        box = Box(key.x0, key.y - key.half, key.x1, key.y + key.half)
        yield Rect(box, color8(look.color), layer.alpha)

    def artists(self, layer: Spans, twin: PanelBuilder, look: Look) -> Patch:
        from matplotlib.patches import Patch

        color = pixels.rgb(look.color)
        known = np.isfinite(layer.low) & np.isfinite(layer.high)
        low, high = layer.low[known], layer.high[known]
        twin.ax.broken_barh(
            list(zip(low.tolist(), (high - low).tolist(), strict=True)),
            (0.0, 1.0),
            transform=twin.ax.get_xaxis_transform(),
            color=color,
            alpha=layer.alpha,
            linewidth=0,
        )
        return Patch(color=color, alpha=layer.alpha, label=layer.label)


def runs(
    low: NDArray[np.float64], high: NDArray[np.float64], first: int, last: int
) -> list[tuple[int, int]]:
    """Whole pixels that ranges cover, as runs without overlap.

    Parameters
    ----------
    low, high
        Shape (n,): ends of each range, in pixels, ``low <= high``. Each covers at least one pixel.
    first, last
        The pixels of the panel, the last one excluded.

    Returns
    -------
    list of tuple of int
        First pixel of each run and the one after its last, in order.

    Examples
    --------
    >>> import numpy as np
    >>> runs(np.array([2.0, 4.2, 7.1]), np.array([4.2, 4.4, 20.0]), 0, 10)
    [(2, 5), (7, 10)]
    """
    seen = (high >= first) & (low <= last)
    start = np.round(np.clip(low[seen], first, last - 1)).astype(np.intp)
    stop = np.maximum(np.round(np.clip(high[seen], first, last)).astype(np.intp), start + 1)
    change = np.zeros(last - first + 1, dtype=np.intp)
    np.add.at(change, start - first, 1)
    np.add.at(change, stop - first, -1)
    covered = np.cumsum(change) > 0
    edges = np.flatnonzero(np.diff(covered.astype(np.int8), prepend=0)) + first
    pairs = edges.reshape(-1, 2) if edges.size % 2 == 0 else np.append(edges, last).reshape(-1, 2)
    return [(int(begin), int(end)) for begin, end in pairs]


KIND = SpansKind()
