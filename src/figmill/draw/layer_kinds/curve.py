"""Curves: lines through points, and markers on them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from figmill.draw import curves, pixels, text
from figmill.draw.op_writer import PanelPen, Points, color8
from figmill.draw.ops import Markers, Op, Polyline
from figmill.figure.autoscale import span
from figmill.figure.layer_kind import Direction, LayerKind, LegendKey, Look, Range
from figmill.figure.layers import Curve

if TYPE_CHECKING:
    from matplotlib.lines import Line2D

    from figmill.draw.mpl.figure import PanelBuilder

MPL_MARKERS = {
    "circle": "o",
    "square": "s",
    "triangle": "^",
    "diamond": "d",
    "cross": "x",
    "plus": "+",
}


class CurveKind(LayerKind[Curve]):
    """Lines that are reduced to what can be seen of them."""

    layer = Curve
    color = "cycle"

    def extent(self, layer: Curve, direction: Direction, scale: str) -> Range | None:
        return span(layer.x if direction == "x" else layer.y, scale)

    def points(self, layer: Curve) -> tuple[Points, Points]:
        return layer.x, layer.y

    def outline(self, layer: Curve, pen: PanelPen) -> Points:
        # Logarithms are rounded, so that neighbours may change places.
        column = None if pen.x.axis.scale == "log" else pen.columns
        return curves.visible(curves.reduced(layer.x, layer.y, pen.points, column), pen.box)

    def ops(self, layer: Curve, pen: PanelPen, look: Look) -> Iterator[Op]:
        color = color8(look.color)
        width = pen.style.line_width if layer.width is None else layer.width
        if width > 0:
            line = pen.outline(layer)
            assert line is not None
            yield Polyline(
                line, color, width * pen.pt, pen.box, pen.dash(look.dash, width), layer.alpha
            )
            lone = curves.lone(line)
            if len(lone):
                size = max(width, 1.0) * pen.pt
                yield Markers(lone, "circle", size, color, pen.box, layer.alpha)
        if layer.marker is not None:
            points = pen.points(layer.x, layer.y)
            seen = points[np.isfinite(points).all(axis=1)]
            size = layer.marker_size * pen.pt
            yield Markers(seen, layer.marker, size, color, pen.box, layer.alpha)

    def legend_label(self, layer: Curve) -> str:
        return layer.label

    def legend_ops(self, layer: Curve, pen: PanelPen, look: Look, key: LegendKey) -> Iterator[Op]:
        color = color8(look.color)
        width = pen.style.line_width if layer.width is None else layer.width
        if width > 0:
            # On whole pixels all keys look alike.
            level, start = np.floor(key.y) + 0.5, np.floor(key.x0)
            yield Polyline(
                np.array([[start, level], [start + (key.x1 - key.x0), level]]),
                color,
                min(width, 3.0) * pen.pt,
                pen.everywhere,
                pen.dash(look.dash, width),
                layer.alpha,
            )
        if layer.marker is not None:
            yield Markers(
                np.array([[(key.x0 + key.x1) / 2, key.y]]),
                layer.marker,
                min(layer.marker_size, 7.0) * pen.pt,
                color,
                pen.everywhere,
                layer.alpha,
            )

    def artists(self, layer: Curve, twin: PanelBuilder, look: Look) -> Line2D:
        width = twin.style.line_width if layer.width is None else layer.width
        (line,) = twin.ax.plot(
            *twin.points(layer.x, layer.y),
            color=pixels.rgb(look.color),
            linewidth=width,
            alpha=layer.alpha,
            linestyle=twin.dashes(look.dash) if width else "none",
            label=text.for_matplotlib(layer.label),
            marker=MPL_MARKERS[layer.marker] if layer.marker else "",
            markersize=layer.marker_size,
            markeredgewidth=0 if layer.marker not in ("cross", "plus") else 1,
        )
        return line


KIND = CurveKind()
