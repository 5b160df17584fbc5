"""Legends: their entries, their samples, and the corner where they hide least."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from figmill.draw import curves
from figmill.draw.layers import Data, Look
from figmill.draw.layout import BAR_GAP, LINE, SMALLEST, Placed, labelled
from figmill.draw.op_writer import Scribe, color8
from figmill.draw.ops import Box, Markers, Op, Polyline, Rect
from figmill.draw.text import HALF_DIGIT, fit, rough
from figmill.figure.layers import Band, Curve, Fill


class Legend(Scribe):
    """Writes a panel's legend."""

    def __init__(self, data: Data) -> None:
        super().__init__(data.layout)
        self.data = data

    def legend(self, placed: Placed, colors: dict[int, Look]) -> Iterator[Op]:
        """The panel's legend."""
        panel, box, pt, style = placed.panel, placed.box, self.pt, self.style
        entries = [
            (position, layer) for position, layer in enumerate(panel.layers) if labelled(layer)
        ]
        outside = panel.legend == "outside"
        handle, pad = 16.0 * pt, 4.0 * pt
        # Inside it covers data at worst; outside it takes from the panel.
        across = placed.legend_room - 3 * pad if outside else 0.6 * box.width
        room = across - handle
        size = style.tick_size
        heading = 1 if panel.legend_title else 0
        tall = box.height - 2 * pad
        while size > SMALLEST and (len(entries) + heading) * size * LINE * pt > tall:
            size -= 0.5
        tallest = max(rough(layer.label, size, self.dpi).height for _, layer in entries)
        line = max(size * LINE * pt, tallest + pt)  # scripts may stand out of a line
        most = max(1, int(tall / line) - heading)
        left_out = 0
        if len(entries) > most:
            left_out = len(entries) - most + 1
            entries = entries[: most - 1]
        texts: list[str] = []
        for _, layer in entries:
            fitted = fit(layer.label, room, size, self.dpi, lines=1, smallest=size, middle=True)
            texts.extend(fitted.lines)
        if left_out:
            texts.append(f"and {left_out} more")
        title = fit(panel.legend_title, room + handle, size, self.dpi, lines=1, smallest=size).lines
        widest = max(rough(text, size, self.dpi).width for text in texts)
        wide = max(
            [widest + handle + 3 * pad]
            + [rough(text, size, self.dpi).width + 2 * pad for text in title]
        )
        high = (len(texts) + len(title)) * line + 2 * pad * 0.6
        corner, hides = self._corner(placed, wide, high)
        if hides:
            yield Rect(corner, color8(style.panel), 0.82)
        y = corner.y0 + 0.6 * pad
        for text in title:
            yield self.text(
                corner.x0 + pad, y + 0.78 * line, text, size, align="left", plain=outside
            )
            y += line
        for number, text in enumerate(texts):
            middle = y + line / 2
            x0, x1 = corner.x0 + pad, corner.x0 + pad + handle
            if number < len(entries):
                position, layer = entries[number]
                yield from self._handle(layer, colors[position], x0, x1, middle, size)
            yield self.text(
                x1 + pad,
                middle + HALF_DIGIT * size * pt,
                text,
                size,
                align="left",
                plain=outside,
                color=self.ink if number < len(entries) else self.muted,
            )
            y += line

    def _handle(
        self, layer: object, look: Look, x0: float, x1: float, y: float, size: float
    ) -> Iterator[Op]:
        """A legend entry's sample."""
        color, dash = look
        pt = self.pt
        if isinstance(layer, Fill | Band):
            half = 0.32 * size * pt
            yield Rect(Box(x0, y - half, x1, y + half), color, max(layer.alpha, 0.2))
            return
        assert isinstance(layer, Curve)
        width = self.style.line_width if layer.width is None else layer.width
        if width > 0:
            # On whole pixels all keys look alike.
            level, start = np.floor(y) + 0.5, np.floor(x0)
            yield Polyline(
                np.array([[start, level], [start + (x1 - x0), level]]),
                color,
                min(width, 3.0) * pt,
                self.everywhere,
                self.data.dash(dash, width),
                layer.alpha,
            )
        if layer.marker is not None:
            yield Markers(
                np.array([[(x0 + x1) / 2, y]]),
                layer.marker,
                min(layer.marker_size, 7.0) * pt,
                color,
                self.everywhere,
                layer.alpha,
            )

    def _corner(self, placed: Placed, wide: float, high: float) -> tuple[Box, bool]:
        """Where the legend goes, and whether it hides anything; "best" hides the fewest points."""
        box, gap = placed.box, 4.0 * self.pt
        if placed.panel.legend == "outside":
            left = box.x1 + BAR_GAP * self.pt
            return Box(left, box.y0, left + wide, box.y0 + high), False
        sides = {"right": box.x1 - wide - gap, "left": box.x0 + gap}
        heights = {"upper": box.y0 + gap, "lower": box.y1 - high - gap}
        hidden = {(height, side): 0 for side in sides for height in heights}
        for layer in placed.panel.layers:
            if isinstance(layer, Curve):
                x, y = curves.filled(self.data.line_of(layer, placed), 3.0 * self.pt).T
                beside = {s: (x > at - gap) & (x < at + wide + gap) for s, at in sides.items()}
                within = {h: (y > at - gap) & (y < at + high + gap) for h, at in heights.items()}
                for height, side in hidden:
                    found = np.count_nonzero(within[height] & beside[side])
                    hidden[height, side] += int(found)
        name = placed.panel.legend or "best"
        if name == "best":
            order = (("upper", "right"), ("upper", "left"), ("lower", "right"), ("lower", "left"))
            corner = min(order, key=hidden.__getitem__)
        else:
            height, _, side = name.partition(" ")
            corner = height, side
        left, top = sides[corner[1]], heights[corner[0]]
        # Curves are the only layers that may leave a corner free.
        only_curves = all(isinstance(layer, Curve) for layer in placed.panel.layers)
        hides = bool(hidden[corner]) or not only_curves or placed.panel.grid
        return Box(left, top, left + wide, top + high), hides
