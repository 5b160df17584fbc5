"""Titles, and the texts inside a panel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from figmill.draw.layout import EDGE, LINE, SMALLEST, Placed, room_above, x2_room
from figmill.draw.op_writer import PanelPen, Scribe, color8
from figmill.draw.ops import Box, Op, Rect
from figmill.draw.text import fit, measure

_OVER_TEXTS = 5
"""Layers of this level and above have a ground of their own, on which no other text stands."""


class Words(Scribe):
    """Writes what is to be read beside the axes."""

    def title(self) -> Iterator[Op]:
        """The figure's title."""
        title = self.layout.title
        y = EDGE * self.pt
        for line in title.lines:
            yield self.text(self.layout.width / 2, y + title.size * self.pt, line, title.size)
            y += title.size * LINE * self.pt

    def footer(self) -> Iterator[Op]:
        """The small type under all panels."""
        footer, pt = self.layout.footer, self.pt
        y = self.layout.height - EDGE * pt - len(footer.lines) * footer.size * LINE * pt
        for line in footer.lines:
            y += footer.size * LINE * pt
            yield self.text(EDGE * pt, y, line, footer.size, align="left", color=self.muted)

    def names(self, placed: Placed) -> Iterator[Op]:
        """The panel's title."""
        box, pt = placed.box, self.pt
        above = room_above(placed.panel, self.style)
        if placed.panel.x2 is not None:
            above += x2_room(self.style)
        y = box.y0 - (3.0 + above) * pt
        for line in placed.title.lines:
            yield self.text(box.x0, y, line, placed.title.size, align="left")

    def notes(self, pen: PanelPen) -> Iterator[Op]:
        """Texts inside the panel: its note, and those of its layers.

        None covers another while there is room. Where a curve runs under one, or a spectrogram,
        it stands on a ground of its own.
        """
        panel, box, pt, style = pen.panel, pen.box, self.pt, self.style
        taken = [
            Box(*np.nanmin(around, axis=0).tolist(), *np.nanmax(around, axis=0).tolist())
            for kind, layer, _, by in pen.layers()
            if kind.level_of(layer) >= _OVER_TEXTS
            and (around := by.outline(layer)) is not None
            and np.isfinite(around).any()
        ]
        if panel.note:
            fitted = fit(panel.note, 0.9 * box.width, style.label_size, self.dpi, lines=4)
            height = len(fitted.lines) * fitted.size * LINE * pt
            y = (box.y0 + box.y1 - height) / 2
            for line in fitted.lines:
                y += fitted.size * LINE * pt
                yield self.text(
                    (box.x0 + box.x1) / 2,
                    y - 0.28 * fitted.size * pt,
                    line,
                    fitted.size,
                    color=self.muted,
                    plain=False,
                )
        size = style.tick_size
        for kind, layer, look, its_pen in pen.layers():
            if not (text := kind.note(layer)):
                continue
            fitted = fit(text, 0.5 * box.width, size, self.dpi, lines=1, smallest=SMALLEST)
            extent = measure(fitted.lines[0], fitted.size, self.dpi)
            place = kind.note_at(layer, its_pen, extent.width, extent.ascent)
            if place is None:
                continue
            x, y, down = place
            x = min(max(x, box.x0 + 2 * pt), box.x1 - extent.width - 2 * pt)
            y = min(max(y, box.y0 + extent.ascent + 2 * pt), box.y1 - extent.descent - 2 * pt)
            spot = Box(x, y - extent.ascent, x + extent.width, y + extent.descent)
            spot = _free(spot, taken, box, extent.height + 1.5 * pt, down=down)
            taken.append(spot)
            if pen.covered or pen.crossed(spot):
                pad = 1.5 * pt
                under = Box(spot.x0 - pad, spot.y0 - pad, spot.x1 + pad, spot.y1 + pad)
                yield Rect(under, color8(style.panel), 0.75)
            yield self.text(
                spot.x0,
                spot.y0 + extent.ascent,
                fitted.lines[0],
                fitted.size,
                align="left",
                color=color8(look.color),
                plain=False,
            )


def _free(spot: Box, taken: Sequence[Box], box: Box, step: float, *, down: bool) -> Box:
    """The nearest place inside the panel, above or below, where a text covers no other."""
    for direction in (1.0, -1.0) if down else (-1.0, 1.0):
        y0 = spot.y0
        while box.y0 <= y0 and y0 + spot.height <= box.y1:
            moved = Box(spot.x0, y0, spot.x1, y0 + spot.height)
            if not any(moved.meets(other) for other in taken):
                return moved
            y0 += direction * step
    return spot
