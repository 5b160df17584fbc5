"""Legends: their entries, their samples, and the corner where they hide least."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from figmill.draw import curves
from figmill.draw.layout import BAR_GAP, LINE, SMALLEST, legend_labels
from figmill.draw.op_writer import PanelPen, Scribe, color8
from figmill.draw.ops import Box, Op, Rect
from figmill.draw.text import HALF_DIGIT, fit, rough
from figmill.figure.layer_kind import LegendKey


class Legend(Scribe):
    """Writes a panel's legend."""

    def legend(self, pen: PanelPen) -> Iterator[Op]:
        """The panel's legend."""
        panel, box, pt, style = pen.panel, pen.box, self.pt, self.style
        entries = [
            (label, *entry)
            for label, entry in zip(legend_labels(panel), pen.layers(), strict=True)
            if label
        ]
        outside = panel.legend == "outside"
        handle, pad = 16.0 * pt, 4.0 * pt
        # Inside it covers data at worst; outside it takes from the panel.
        across = pen.placed.legend_room - 3 * pad if outside else 0.6 * box.width
        room = across - handle
        size = style.tick_size
        heading = 1 if panel.legend_title else 0
        tall = box.height - 2 * pad
        while size > SMALLEST and (len(entries) + heading) * size * LINE * pt > tall:
            size -= 0.5
        tallest = max(rough(label, size, self.dpi).height for label, *_ in entries)
        line = max(size * LINE * pt, tallest + pt)  # scripts may stand out of a line
        most = max(1, int(tall / line) - heading)
        left_out = 0
        if len(entries) > most:
            left_out = len(entries) - most + 1
            entries = entries[: most - 1]
        texts: list[str] = []
        for label, *_ in entries:
            fitted = fit(label, room, size, self.dpi, lines=1, smallest=size, middle=True)
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
        corner, hides = self._corner(pen, wide, high)
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
                _, kind, layer, look, its_pen = entries[number]
                key = LegendKey(x0, x1, middle, 0.32 * size * pt)
                yield from kind.legend_ops(layer, its_pen, look, key)
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

    def _corner(self, pen: PanelPen, wide: float, high: float) -> tuple[Box, bool]:
        """Where the legend goes, and whether it hides anything; "best" hides the fewest points."""
        panel, box, gap = pen.panel, pen.box, 4.0 * self.pt
        if panel.legend == "outside":
            left = box.x1 + pen.placed.beside + BAR_GAP * self.pt
            return Box(left, box.y0, left + wide, box.y0 + high), False
        sides = {"right": box.x1 - wide - gap, "left": box.x0 + gap}
        heights = {"upper": box.y0 + gap, "lower": box.y1 - high - gap}
        hidden = {(height, side): 0 for side in sides for height in heights}
        outlines = [its_pen.outline(layer) for _, layer, _, its_pen in pen.layers()]
        for line in outlines:
            if line is not None:
                x, y = curves.filled(line, 3.0 * self.pt).T
                beside = {s: (x > at - gap) & (x < at + wide + gap) for s, at in sides.items()}
                within = {h: (y > at - gap) & (y < at + high + gap) for h, at in heights.items()}
                for height, side in hidden:
                    found = np.count_nonzero(within[height] & beside[side])
                    hidden[height, side] += int(found)
        name = panel.legend or "best"
        if name == "best":
            order = (("upper", "right"), ("upper", "left"), ("lower", "right"), ("lower", "left"))
            corner = min(order, key=hidden.__getitem__)
        else:
            height, _, side = name.partition(" ")
            corner = height, side
        left, top = sides[corner[1]], heights[corner[0]]
        # Only layers with an outline may leave a corner free.
        hides = bool(hidden[corner]) or any(line is None for line in outlines) or panel.grid
        return Box(left, top, left + wide, top + high), hides
