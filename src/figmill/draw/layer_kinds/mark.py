"""Short texts at points of a panel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from figmill.draw import pixels, text
from figmill.draw.op_writer import PanelPen
from figmill.draw.ops import Op
from figmill.figure.autoscale import span
from figmill.figure.layer_kind import Direction, LayerKind, Look, Range
from figmill.figure.layers import Mark

if TYPE_CHECKING:
    from figmill.draw.mpl.figure import PanelBuilder


class MarkKind(LayerKind[Mark]):
    """Texts that keep clear of each other."""

    layer = Mark

    def extent(self, layer: Mark, direction: Direction, scale: str) -> Range | None:
        return span(np.array([layer.x if direction == "x" else layer.y]), scale)

    def ops(self, layer: Mark, pen: PanelPen, look: Look) -> Iterator[Op]:
        return iter(())

    def note(self, layer: Mark) -> str:
        return layer.text

    def note_at(
        self, layer: Mark, pen: PanelPen, width: float, ascent: float
    ) -> tuple[float, float, bool] | None:
        box, pt = pen.box, pen.pt
        x = float(pen.x.pixels(np.array([layer.x]))[0])
        y = float(pen.y.pixels(np.array([layer.y]))[0])
        if not (box.x0 <= x <= box.x1 and box.y0 - 1 <= y <= box.y1 + 1):
            return None
        if layer.place == "beside":
            return x + 4 * pt, y + ascent / 2, False
        x -= {"left": 0.0, "center": width / 2, "right": width}[layer.align]
        below = layer.place == "below"
        return x, (y + ascent + 4 * pt if below else y - 4 * pt), below

    def artists(self, layer: Mark, twin: PanelBuilder, look: Look) -> None:
        twin.ax.annotate(
            text.for_matplotlib(layer.text),
            (layer.x, layer.y),
            (0, 4),
            textcoords="offset points",
            ha=layer.align,
            fontproperties=text.font(twin.style.tick_size),
            color=pixels.rgb(look.color),
        )


KIND = MarkKind()
