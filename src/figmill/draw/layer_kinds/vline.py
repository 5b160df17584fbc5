"""Vertical lines."""

from __future__ import annotations

from figmill.draw.layer_kinds import hline
from figmill.draw.op_writer import PanelPen
from figmill.figure.layers import VLine


class VLineKind(hline.LineKind[VLine]):
    """Events, over curves and named downwards from the panel's top."""

    layer = VLine
    level = 4
    color = "event"
    upright = True

    def level_of(self, layer: VLine) -> int:
        return hline.KIND.level if layer.behind else self.level

    def note_at(
        self, layer: VLine, pen: PanelPen, width: float, ascent: float
    ) -> tuple[float, float, bool] | None:
        box, pt = pen.box, pen.pt
        x = self.at(layer, pen)
        if not box.x0 <= x <= box.x1:
            return None
        room = x + 3 * pt + width < box.x1
        return (x + 3 * pt if room else x - 3 * pt - width), box.y0 + ascent + 3 * pt, True


KIND = VLineKind()
