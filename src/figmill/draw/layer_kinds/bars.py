"""Upright bars."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from figmill.draw import pixels, text
from figmill.draw.layer_kinds.errorbars import reaching
from figmill.draw.op_writer import PanelPen, Points, color8
from figmill.draw.ops import RGB, Box, Op, Rect
from figmill.figure.autoscale import span
from figmill.figure.bars import Bars
from figmill.figure.layer_kind import Direction, LayerKind, LegendKey, Look, Range

if TYPE_CHECKING:
    from figmill.draw.mpl.figure import PanelBuilder


def bars_ops(
    pen: PanelPen, x: tuple[Points, Points], y: tuple[Points, Points], color: RGB, alpha: float
) -> Iterator[Op]:
    """Rectangles between two values along either axis, cut to the panel."""
    box = pen.box
    across = np.stack((reaching(x[0], pen.x), pen.x.pixels(x[1])))
    down = np.stack((reaching(y[0], pen.y), reaching(y[1], pen.y)))
    corners = np.stack((across.min(0), down.min(0), across.max(0), down.max(0)), axis=1)
    seen = np.isfinite(corners).all(axis=1)
    seen &= (corners[:, 0] < box.x1) & (corners[:, 2] > box.x0)
    seen &= (corners[:, 1] < box.y1) & (corners[:, 3] > box.y0)
    low = np.maximum(corners[seen, :2], (box.x0, box.y0))
    high = np.minimum(corners[seen, 2:], (box.x1, box.y1))
    for (x0, y0), (x1, y1) in zip(low.tolist(), high.tolist(), strict=True):
        if round(y1) > round(y0):  # a bar of no height is none
            yield Rect(Box(x0, y0, x1, y1), color, alpha)


def bars_outline(pen: PanelPen, x: tuple[Points, Points], y: tuple[Points, Points]) -> Points:
    """Strokes over bars, close enough that no text fits between."""
    across = np.linspace(pen.x.pixels(x[0]), pen.x.pixels(x[1]), 5, axis=1).ravel()
    down = [np.repeat(reaching(each, pen.y), 5) for each in y]
    ends = [np.column_stack((across, each)) for each in down]
    return np.stack((*ends, np.full_like(ends[0], np.nan)), axis=1).reshape(-1, 2)


def bars_sample(look: Look, key: LegendKey, alpha: float) -> Rect:
    """The sample of bars in a legend."""
    box = Box(key.x0, key.y - key.half, key.x1, key.y + key.half)
    return Rect(box, color8(look.color), max(alpha, 0.2))


class BarsKind(LayerKind[Bars]):
    """Rectangles of whole pixels, under lines."""

    layer = Bars
    level = 1
    color = "cycle"

    def extent(self, layer: Bars, direction: Direction, scale: str) -> Range | None:
        if direction == "x":
            return span(np.concatenate(layer.edges), scale)
        return span(np.append(layer.heights, layer.base), scale)

    def sticks_at(self, layer: Bars) -> float:
        return layer.base

    def points(self, layer: Bars) -> tuple[Points, Points]:
        assert isinstance(layer.at, np.ndarray)
        return layer.at, layer.heights

    def _ends(self, layer: Bars) -> tuple[Points, Points]:
        return np.where(np.isnan(layer.heights), np.nan, layer.base), layer.heights

    def outline(self, layer: Bars, pen: PanelPen) -> Points:
        return bars_outline(pen, layer.edges, self._ends(layer))

    def ops(self, layer: Bars, pen: PanelPen, look: Look) -> Iterator[Op]:
        yield from bars_ops(pen, layer.edges, self._ends(layer), color8(look.color), layer.alpha)

    def legend_label(self, layer: Bars) -> str:
        return layer.label

    def legend_ops(self, layer: Bars, pen: PanelPen, look: Look, key: LegendKey) -> Iterator[Op]:
        yield bars_sample(look, key, layer.alpha)

    def artists(self, layer: Bars, twin: PanelBuilder, look: Look) -> Any:
        left, right = layer.edges
        # One without an end is not drawn; matplotlib would fail when it looks for its limits.
        heights = np.where(np.isfinite(layer.heights), layer.heights, np.nan)
        return twin.ax.bar(
            left,
            heights - layer.base,
            right - left,
            layer.base,
            align="edge",
            color=pixels.rgb(look.color),
            alpha=layer.alpha,
            linewidth=0,
            label=text.for_matplotlib(layer.label),
        )


KIND = BarsKind()
