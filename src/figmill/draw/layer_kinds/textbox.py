"""Boxes of text in a corner."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from figmill.draw import pixels, text
from figmill.draw.layout import LINE
from figmill.draw.op_writer import PanelPen, Points, color8
from figmill.draw.ops import Box, Op, Rect, Rules
from figmill.draw.text import fit, measure
from figmill.figure.layer_kind import LayerKind, Look
from figmill.figure.remarks import TextBox

if TYPE_CHECKING:
    from figmill.draw.mpl.figure import PanelBuilder

_GAP, _PAD = 4.0, 3.0


class TextBoxKind(LayerKind[TextBox]):
    """Over all other layers."""

    layer = TextBox
    level = 5

    def _placed(self, layer: TextBox, pen: PanelPen) -> tuple[Box, list[str], float]:
        """Its box, its lines as they fit, and the height of a line in pixels."""
        size, pt, box = pen.style.tick_size, pen.pt, pen.box
        line = size * LINE * pt
        given = layer.text.split("\n")
        most = max(1, int((box.height - 2 * (_GAP + _PAD) * pt) / line))
        if len(given) > most:
            left_out = len(given) - most + 1
            given = [*given[: most - 1], f"and {left_out} more lines"]
        room = max(0.6 * box.width - 2 * (_GAP + _PAD) * pt, 1.0)
        lines = [
            "".join(fit(each, room, size, pen.dpi, lines=1, smallest=size, middle=True).lines)
            for each in given
        ]
        wide = max(measure(each, size, pen.dpi).width for each in lines) + 2 * _PAD * pt
        high = len(lines) * line + 2 * _PAD * pt
        height, _, side = layer.place.partition(" ")
        left = box.x0 + _GAP * pt if side == "left" else box.x1 - _GAP * pt - wide
        top = box.y0 + _GAP * pt if height == "upper" else box.y1 - _GAP * pt - high
        return Box(round(left), round(top), round(left + wide), round(top + high)), lines, line

    def outline(self, layer: TextBox, pen: PanelPen) -> Points:
        box, _, line = self._placed(layer, pen)
        rows = np.arange(box.y0, box.y1 + 1, max(line / 2, 1.0))
        ends = [np.column_stack((np.full_like(rows, x), rows)) for x in (box.x0, box.x1)]
        return np.stack((*ends, np.full_like(ends[0], np.nan)), axis=1).reshape(-1, 2)

    def ops(self, layer: TextBox, pen: PanelPen, look: Look) -> Iterator[Op]:
        box, lines, line = self._placed(layer, pen)
        size, pt, color = pen.style.tick_size, pen.pt, color8(look.color)
        yield Rect(box, color8(pen.style.panel))
        if layer.frame:
            x0, y0, x1, y1 = box
            sides = [[x0, y0, x1, y0], [x0, y1, x1, y1], [x0, y0, x0, y1], [x1, y0, x1, y1]]
            yield Rules(np.array(sides), color8(pen.style.muted), 0.6 * pt)
        y = box.y0 + _PAD * pt
        for each in lines:
            yield pen.text(
                box.x0 + _PAD * pt,
                y + 0.78 * line,
                each,
                size,
                align="left",
                color=color,
                plain=False,
            )
            y += line

    def artists(self, layer: TextBox, twin: PanelBuilder, look: Look) -> None:
        height, _, side = layer.place.partition(" ")
        right, upper = side == "right", height == "upper"
        frame = {
            "boxstyle": "square,pad=0.3",
            "facecolor": pixels.rgb(twin.style.panel),
            "edgecolor": pixels.rgb(twin.style.muted) if layer.frame else "none",
            "linewidth": 0.6,
        }
        away = _GAP + _PAD
        twin.ax.annotate(
            "\n".join(map(text.for_matplotlib, layer.text.split("\n"))),
            (float(right), float(upper)),
            (-away if right else away, -away if upper else away),
            xycoords="axes fraction",
            textcoords="offset points",
            ha=side,
            va="top" if upper else "bottom",
            multialignment="left",
            fontproperties=text.font(twin.style.tick_size),
            color=pixels.rgb(look.color),
            bbox=frame,
        )


KIND = TextBoxKind()
