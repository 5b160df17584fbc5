"""Lines with the area of their errors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from figmill.draw import curves, pixels, text
from figmill.draw.layer_kinds.errorbars import floored, reaching
from figmill.draw.layer_kinds.fill import area
from figmill.draw.op_writer import PanelPen, Points, color8
from figmill.draw.ops import Box, Op, Polyline, Rect
from figmill.figure.autoscale import span
from figmill.figure.layer_kind import Direction, LayerKind, LegendKey, Look, Range
from figmill.figure.uncertain import ErrorBand

if TYPE_CHECKING:
    from figmill.draw.mpl.figure import PanelBuilder


class ErrorBandKind(LayerKind[ErrorBand]):
    """The area lies under all lines, the line among them."""

    layer = ErrorBand
    color = "cycle"

    def extent(self, layer: ErrorBand, direction: Direction, scale: str) -> Range | None:
        if direction == "x":
            return span(layer.x, scale)
        return span(np.concatenate((layer.y, *layer.ends())), scale)

    def points(self, layer: ErrorBand) -> tuple[Points, Points]:
        return layer.x, layer.y

    def outline(self, layer: ErrorBand, pen: PanelPen) -> Points:
        return curves.visible(curves.reduce(pen.points(layer.x, layer.y)), pen.box)

    def under(self, layer: ErrorBand, pen: PanelPen, look: Look) -> Iterator[Op]:
        low, high = layer.ends()
        x = pen.x.pixels(layer.x)
        lower = curves.tame(np.column_stack((x, reaching(low, pen.y))))
        upper = curves.tame(np.column_stack((x, pen.y.pixels(high))))
        yield from area(lower, upper, color8(look.color), pen.box, layer.alpha)

    def ops(self, layer: ErrorBand, pen: PanelPen, look: Look) -> Iterator[Op]:
        line = pen.outline(layer)
        width = pen.style.line_width if layer.width is None else layer.width
        if width > 0 and line is not None:
            dash = pen.dash(look.dash, width)
            yield Polyline(line, color8(look.color), width * pen.pt, pen.box, dash)

    def legend_label(self, layer: ErrorBand) -> str:
        return layer.label

    def legend_ops(
        self, layer: ErrorBand, pen: PanelPen, look: Look, key: LegendKey
    ) -> Iterator[Op]:
        color = color8(look.color)
        box = Box(key.x0, key.y - key.half, key.x1, key.y + key.half)
        yield Rect(box, color, max(layer.alpha, 0.2))
        width = pen.style.line_width if layer.width is None else layer.width
        if width > 0:
            level = np.floor(key.y) + 0.5
            line = np.array([[key.x0, level], [key.x1, level]])
            dash = pen.dash(look.dash, width)
            yield Polyline(line, color, min(width, 3.0) * pen.pt, pen.everywhere, dash)

    def artists(self, layer: ErrorBand, twin: PanelBuilder, look: Look) -> Any:
        low, high = layer.ends()
        low = floored(low, layer.y, twin.y.axis.scale)
        color = pixels.rgb(look.color)
        width = twin.style.line_width if layer.width is None else layer.width
        twin.ax.fill_between(layer.x, low, high, color=color, alpha=layer.alpha, linewidth=0)
        (line,) = twin.ax.plot(
            *twin.points(layer.x, layer.y),
            color=color,
            linewidth=width,
            linestyle=twin.dashes(look.dash) if width else "none",
            label=text.for_matplotlib(layer.label),
        )
        return line


KIND = ErrorBandKind()
