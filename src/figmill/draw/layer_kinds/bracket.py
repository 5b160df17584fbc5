"""Brackets over a panel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from figmill.draw import pixels
from figmill.draw import text as typeset
from figmill.draw.layout import LINE, SMALLEST
from figmill.draw.op_writer import PanelPen, color8
from figmill.draw.ops import Op, Rules
from figmill.draw.text import fit, measure
from figmill.figure.autoscale import span
from figmill.figure.layer_kind import Direction, LayerKind, Look, Range
from figmill.figure.layers import Bracket
from figmill.figure.style import Style

if TYPE_CHECKING:
    from figmill.draw.mpl.figure import PanelBuilder

_HEIGHT = 5.0


class BracketKind(LayerKind[Bracket]):
    """Intervals with a name, above the panel."""

    layer = Bracket
    color = "event"
    fits = "event"

    def extent(self, layer: Bracket, direction: Direction, scale: str) -> Range | None:
        return span(np.array([layer.low, layer.high]), scale) if direction == "x" else None

    def room_above(self, layer: Bracket, style: Style) -> float:
        return _HEIGHT + (style.tick_size * LINE if layer.label else 0.0)

    def ops(self, layer: Bracket, pen: PanelPen, look: Look) -> Iterator[Op]:
        return iter(())

    def ops_around(self, layer: Bracket, pen: PanelPen, look: Look) -> Iterator[Op]:
        box, pt = pen.box, pen.pt
        ends = pen.x.pixels(np.array([layer.low, layer.high], dtype=np.float64))
        if not np.isfinite(ends).all():
            return
        left, right = sorted((float(ends[0]), float(ends[1])))
        if right < box.x0 or left > box.x1:
            return
        color = color8(look.color)
        foot, top = box.y0 - 1.5 * pt, box.y0 - (_HEIGHT + 0.5) * pt
        # An end outside the panel is left open.
        segments = [[max(left, box.x0), top, min(right, box.x1), top]]
        segments += [[x, top, x, foot] for x in (left, right) if box.x0 <= x <= box.x1]
        yield Rules(np.array(segments), color, layer.width * pt)
        if layer.label:
            size = pen.style.tick_size
            label = fit(layer.label, box.width, size, pen.dpi, lines=1, smallest=SMALLEST)
            half = measure(label.lines[0], label.size, pen.dpi).width / 2
            middle = (max(left, box.x0) + min(right, box.x1)) / 2
            x = min(max(middle, box.x0 + half), box.x1 - half)
            yield pen.text(x, top - 2.5 * pt, label.lines[0], label.size, color=color)

    def artists(self, layer: Bracket, twin: PanelBuilder, look: Look) -> None:
        color = pixels.rgb(look.color)
        up = 5.5 / (twin.placed.box.height * 72 / twin.figure.dpi)
        twin.ax.plot(
            [layer.low, layer.low, layer.high, layer.high],
            [1 + up / 4, 1 + up, 1 + up, 1 + up / 4],
            transform=twin.ax.get_xaxis_transform(),
            color=color,
            linewidth=layer.width,
            clip_on=False,
        )
        if layer.label:
            twin.ax.annotate(
                typeset.for_matplotlib(layer.label),
                ((layer.low + layer.high) / 2, 1 + up),
                (0, 2.5),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                ha="center",
                color=color,
                fontproperties=typeset.font(twin.style.tick_size),
            )


KIND = BracketKind()
