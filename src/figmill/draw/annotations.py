"""Titles, brackets, and the texts inside a panel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from figmill.draw.layout import BRACKET_HEIGHT, EDGE, LINE, SMALLEST, Placed
from figmill.draw.op_writer import Scribe, color8
from figmill.draw.ops import Box, Op, Rect, Rules
from figmill.draw.text import fit, measure
from figmill.figure.layers import Bracket, HLine, Mark, Spectrogram, VLine


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
        y = box.y0 - 3.0 * pt
        if any(isinstance(layer, Bracket) for layer in placed.panel.layers):
            y -= BRACKET_HEIGHT * pt
            if any(isinstance(b, Bracket) and b.label for b in placed.panel.layers):
                y -= self.style.tick_size * LINE * pt
        for line in placed.title.lines:
            yield self.text(box.x0, y, line, placed.title.size, align="left")

    def brackets(self, placed: Placed) -> Iterator[Op]:
        """Brackets over the panel."""
        box, pt = placed.box, self.pt
        for layer in placed.panel.layers:
            if not isinstance(layer, Bracket):
                continue
            ends = placed.x.pixels(np.array([layer.low, layer.high], dtype=np.float64))
            if not np.isfinite(ends).all():
                continue
            left, right = sorted((float(ends[0]), float(ends[1])))
            if right < box.x0 or left > box.x1:
                continue
            color = color8(self.style.event if layer.color is None else layer.color)
            foot, top = box.y0 - 1.5 * pt, box.y0 - (BRACKET_HEIGHT + 0.5) * pt
            # An end outside the panel is left open.
            segments = [[max(left, box.x0), top, min(right, box.x1), top]]
            segments += [[x, top, x, foot] for x in (left, right) if box.x0 <= x <= box.x1]
            yield Rules(np.array(segments), color, layer.width * pt)
            if layer.label:
                size = self.style.tick_size
                label = fit(layer.label, box.width, size, self.dpi, lines=1, smallest=SMALLEST)
                half = measure(label.lines[0], label.size, self.dpi).width / 2
                middle = (max(left, box.x0) + min(right, box.x1)) / 2
                x = min(max(middle, box.x0 + half), box.x1 - half)
                yield self.text(x, top - 2.5 * pt, label.lines[0], label.size, color=color)

    def notes(self, placed: Placed, crossed: Callable[[Box], bool]) -> Iterator[Op]:
        """Texts inside the panel: its note, names of lines, marks.

        None covers another while there is room. Where a curve runs under one, as `crossed` says,
        or a spectrogram, it stands on a ground of its own.
        """
        box, pt, style = placed.box, self.pt, self.style
        taken: list[Box] = []
        pictured = any(isinstance(layer, Spectrogram) for layer in placed.panel.layers)
        if placed.panel.note:
            fitted = fit(placed.panel.note, 0.9 * box.width, style.label_size, self.dpi, lines=4)
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
        for layer in placed.panel.layers:
            if isinstance(layer, VLine | HLine) and layer.label:
                text, color = layer.label, layer.color
                color = color or (style.event if isinstance(layer, VLine) else style.muted)
            elif isinstance(layer, Mark):
                text, color = layer.text, layer.color or style.ink
            else:
                continue
            fitted = fit(text, 0.5 * box.width, size, self.dpi, lines=1, smallest=SMALLEST)
            extent = measure(fitted.lines[0], fitted.size, self.dpi)
            x, y = self._anchor(layer, placed, extent.width, extent.ascent)
            if not (np.isfinite(x) and np.isfinite(y)):
                continue
            x = min(max(x, box.x0 + 2 * pt), box.x1 - extent.width - 2 * pt)
            y = min(max(y, box.y0 + extent.ascent + 2 * pt), box.y1 - extent.descent - 2 * pt)
            spot = Box(x, y - extent.ascent, x + extent.width, y + extent.descent)
            # Events are named downwards from the panel's top, all else upwards from where it is.
            down = isinstance(layer, VLine) or (isinstance(layer, Mark) and layer.place == "below")
            spot = _free(spot, taken, box, extent.height + 1.5 * pt, down=down)
            taken.append(spot)
            if pictured or crossed(spot):
                pad = 1.5 * pt
                under = Box(spot.x0 - pad, spot.y0 - pad, spot.x1 + pad, spot.y1 + pad)
                yield Rect(under, color8(style.panel), 0.75)
            yield self.text(
                spot.x0,
                spot.y0 + extent.ascent,
                fitted.lines[0],
                fitted.size,
                align="left",
                color=color8(color),
                plain=False,
            )

    def _anchor(
        self, layer: VLine | HLine | Mark, placed: Placed, width: float, ascent: float
    ) -> tuple[float, float]:
        """Where a text starts: x of its left end, y of its baseline."""
        box, pt = placed.box, self.pt
        if isinstance(layer, VLine):
            x = float(placed.x.pixels(np.array([layer.at]))[0])
            if not box.x0 <= x <= box.x1:
                return np.nan, np.nan
            room = x + 3 * pt + width < box.x1
            return (x + 3 * pt if room else x - 3 * pt - width), box.y0 + ascent + 3 * pt
        if isinstance(layer, HLine):
            y = float(placed.y.pixels(np.array([layer.at]))[0])
            if not box.y0 <= y <= box.y1:
                return np.nan, np.nan
            return box.x1 - width - 4 * pt, y - 3 * pt
        x = float(placed.x.pixels(np.array([layer.x]))[0])
        y = float(placed.y.pixels(np.array([layer.y]))[0])
        if not (box.x0 <= x <= box.x1 and box.y0 - 1 <= y <= box.y1 + 1):
            return np.nan, np.nan
        if layer.place == "beside":
            return x + 4 * pt, y + ascent / 2
        x -= {"left": 0.0, "center": width / 2, "right": width}[layer.align]
        return x, (y - 4 * pt if layer.place == "above" else y + ascent + 4 * pt)


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
