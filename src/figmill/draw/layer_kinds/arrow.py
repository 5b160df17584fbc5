"""Arrows with a text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from figmill.draw import pixels, text
from figmill.draw.op_writer import PanelPen, Points, color8
from figmill.draw.ops import Op, Polygon, Polyline
from figmill.figure.autoscale import span
from figmill.figure.layer_kind import Direction, LayerKind, Look, Range
from figmill.figure.remarks import Arrow

if TYPE_CHECKING:
    from figmill.draw.mpl.figure import PanelBuilder

_HALF = 0.35  # of a head's length
_AWAY = 3.0


class ArrowKind(LayerKind[Arrow]):
    """A line with a filled head, whose tip is the point."""

    layer = Arrow
    level = 4

    def extent(self, layer: Arrow, direction: Direction, scale: str) -> Range | None:
        ends = (layer.x, layer.from_x) if direction == "x" else (layer.y, layer.from_y)
        return span(np.array(ends), scale)

    def outline(self, layer: Arrow, pen: PanelPen) -> Points:
        """Tail and tip, shape (2, 2)."""
        x, y = np.array([layer.from_x, layer.x]), np.array([layer.from_y, layer.y])
        return pen.points(x, y)

    def ops(self, layer: Arrow, pen: PanelPen, look: Look) -> Iterator[Op]:
        line = self.outline(layer, pen)
        length = float(np.hypot(*(line[1] - line[0])))
        if not np.isfinite(length) or length == 0:
            return
        along = (line[1] - line[0]) / length
        head = min(layer.head * pen.pt, length)
        foot = line[1] - head * along
        across = _HALF * head * np.array([-along[1], along[0]])
        color = color8(look.color)
        # The line ends within the head: its square end would blunt the tip.
        shaft = np.stack((line[0], foot + 0.2 * head * along))
        yield Polyline(shaft, color, layer.width * pen.pt, pen.box)
        yield Polygon(np.stack((line[1], foot + across, foot - across)), color, pen.box)

    def note(self, layer: Arrow) -> str:
        return layer.text

    def note_at(
        self, layer: Arrow, pen: PanelPen, width: float, ascent: float
    ) -> tuple[float, float, bool] | None:
        (x, y), (tip_x, tip_y) = self.outline(layer, pen).tolist()
        if not (pen.box.x0 <= x <= pen.box.x1 and pen.box.y0 <= y <= pen.box.y1):
            return None
        away = _AWAY * pen.pt
        if abs(tip_x - x) > abs(tip_y - y):
            return (x - away - width if tip_x > x else x + away), y + ascent / 2, False
        below = tip_y < y
        return x - width / 2, (y + away + ascent if below else y - away), below

    def artists(self, layer: Arrow, twin: PanelBuilder, look: Look) -> None:
        color = pixels.rgb(look.color)
        head = f"head_length={layer.head / 10},head_width={_HALF * layer.head / 10}"
        twin.ax.annotate(
            "",
            (layer.x, layer.y),
            (layer.from_x, layer.from_y),
            arrowprops={
                "arrowstyle": f"-|>,{head}",
                "mutation_scale": 10,
                "color": color,
                "linewidth": layer.width,
                "shrinkA": 0,
                "shrinkB": 0,
            },
        )
        if layer.text:
            (x, y), (tip_x, tip_y) = twin.ax.transData.transform(
                [(layer.from_x, layer.from_y), (layer.x, layer.y)]
            ).tolist()
            beside = abs(tip_x - x) > abs(tip_y - y)
            side = 1 if (x > tip_x if beside else y > tip_y) else -1
            twin.ax.annotate(
                text.for_matplotlib(layer.text),
                (layer.from_x, layer.from_y),
                (side * _AWAY, 0) if beside else (0, side * _AWAY),
                textcoords="offset points",
                ha=("left" if side > 0 else "right") if beside else "center",
                va="center" if beside else ("bottom" if side > 0 else "top"),
                fontproperties=text.font(twin.style.tick_size),
                color=color,
            )


KIND = ArrowKind()
