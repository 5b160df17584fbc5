"""Areas between two curves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from figmill.draw import curves, pixels
from figmill.draw.op_writer import PanelPen, Points, color8
from figmill.draw.ops import RGB, Box, Op, Polygon, Rect
from figmill.figure.autoscale import span
from figmill.figure.intervals import stretches
from figmill.figure.layer_kind import Direction, LayerKind, LegendKey, Look, Range
from figmill.figure.layers import Band, Fill

if TYPE_CHECKING:
    from figmill.draw.mpl.figure import PanelBuilder


def patch(layer: Fill | Band, look: Look, key: LegendKey) -> Rect:
    """The sample of an area in a legend."""
    box = Box(key.x0, key.y - key.half, key.x1, key.y + key.half)
    return Rect(box, color8(look.color), max(layer.alpha, 0.2))


def area(lower: Points, upper: Points, color: RGB, clip: Box, alpha: float) -> Iterator[Op]:
    """The area between two lines of n points each, in pixels; NaN in either leaves a gap."""
    good = np.isfinite(upper + lower).all(axis=1)
    for start, stop in stretches(good):
        # Each edge is reduced by itself: of a pixel column both extremes stay.
        above, below = curves.reduce(upper[start:stop]), curves.reduce(lower[start:stop])
        yield Polygon(np.concatenate((above, below[::-1])), color, clip, alpha)


class FillKind(LayerKind[Fill]):
    """Areas under all curves."""

    layer = Fill
    level = 1
    color = "cycle"

    def extent(self, layer: Fill, direction: Direction, scale: str) -> Range | None:
        return span(layer.x if direction == "x" else np.append(layer.low, layer.high), scale)

    def ops(self, layer: Fill, pen: PanelPen, look: Look) -> Iterator[Op]:
        upper = pen.points(layer.x, layer.high)
        lower = pen.points(layer.x, layer.low)
        yield from area(lower, upper, color8(look.color), pen.box, layer.alpha)

    def legend_label(self, layer: Fill) -> str:
        return layer.label

    def legend_ops(self, layer: Fill, pen: PanelPen, look: Look, key: LegendKey) -> Iterator[Op]:
        yield patch(layer, look, key)

    def artists(self, layer: Fill, twin: PanelBuilder, look: Look) -> Any:
        return twin.ax.fill_between(
            layer.x,
            layer.low,
            layer.high,
            color=pixels.rgb(look.color),
            alpha=layer.alpha,
            linewidth=0,
            label=layer.label,
        )


KIND = FillKind()
