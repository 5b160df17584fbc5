"""Shaded ranges of one axis."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from figmill.draw import pixels
from figmill.draw.layer_kinds.fill import patch
from figmill.draw.layout import View
from figmill.draw.op_writer import PanelPen, color8
from figmill.draw.ops import Box, Op, Rect
from figmill.figure.layer_kind import LayerKind, LegendKey, Look
from figmill.figure.layers import Band

if TYPE_CHECKING:
    from matplotlib.patches import Patch

    from figmill.draw.mpl.figure import PanelBuilder


class BandKind(LayerKind[Band]):
    """Neutral ranges under everything but spectrograms, up to the edges of the panel."""

    layer = Band
    level = 0
    color = "muted"

    def ops(self, layer: Band, pen: PanelPen, look: Look) -> Iterator[Op]:
        view = pen.x if layer.axis == "x" else pen.y
        ends = view.pixels(np.array([layer.low, layer.high], dtype=np.float64))
        start, stop = sorted((_onto(ends[0], view, first=True), _onto(ends[1], view, first=False)))
        box = pen.box
        if layer.axis == "x":
            start, stop = max(start, box.x0), min(stop, box.x1)
            shaded = Box(start, box.y0, stop, box.y1)
        else:
            start, stop = max(start, box.y0), min(stop, box.y1)
            shaded = Box(box.x0, start, box.x1, stop)
        if start < stop:
            yield Rect(shaded, color8(look.color), layer.alpha)

    def legend_label(self, layer: Band) -> str:
        return layer.label

    def legend_ops(self, layer: Band, pen: PanelPen, look: Look, key: LegendKey) -> Iterator[Op]:
        yield patch(layer, look, key)

    def artists(self, layer: Band, twin: PanelBuilder, look: Look) -> Patch:
        from matplotlib.patches import Patch

        span = twin.ax.axvspan if layer.axis == "x" else twin.ax.axhspan
        color = pixels.rgb(look.color)
        span(layer.low, layer.high, color=color, alpha=layer.alpha, lw=0)
        return Patch(color=color, alpha=layer.alpha, label=layer.label)


def _onto(pixel: float, view: View, *, first: bool) -> float:
    """A pixel position; what the scale has no place for (0 on a log axis) is its end."""
    if np.isfinite(pixel):
        return float(pixel)
    return view.start if first else view.stop


KIND = BandKind()
