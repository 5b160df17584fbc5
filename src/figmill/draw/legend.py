"""Legends: their entries, their samples, and the place where they hide nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from figmill.draw import curves
from figmill.draw.free_place import Occupancy
from figmill.draw.layout import BAR_GAP, LINE, SMALLEST, legend_labels
from figmill.draw.op_writer import PanelPen, Scribe, color8
from figmill.draw.ops import Box, Op, Rect
from figmill.draw.text import HALF_DIGIT, fit, rough
from figmill.figure.layer_kind import LayerKind, LegendKey, Look
from figmill.figure.layers import Layer

_MOST_COLUMNS = 4

Entry = tuple[str, LayerKind[Any], Layer, Look, PanelPen]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What a legend holds, and where.

    Parameters
    ----------
    box
        Its place, in pixels.
    entries
        Layers with a sample; ``texts`` has one more where others are left out.
    texts, title
        As they are written.
    size, line
        Of the font in points, and from line to line in pixels.
    columns
        How many stand beside each other, each ``column`` pixels wide.
    column
        Their width.
    ground
        Whether something may run under it.
    covers
        Whether it hides data, and no place inside does not.
    """

    box: Box
    entries: list[Entry]
    texts: list[str]
    title: tuple[str, ...]
    size: float
    line: float
    columns: int
    column: float
    ground: bool
    covers: bool


class Legend(Scribe):
    """Writes a panel's legend."""

    @property
    def _handle(self) -> float:
        return 16.0 * self.pt

    @property
    def _pad(self) -> float:
        return 4.0 * self.pt

    def plan(self, pen: PanelPen) -> Plan:
        """Decide what the panel's legend holds and where it stands.

        One column in a corner, if that hides nothing; else, where the place is free to choose,
        wherever it hides nothing, in several columns or smaller.
        """
        panel, box, pad = pen.panel, pen.box, self._pad
        entries: list[Entry] = [
            (label, *entry)
            for label, entry in zip(legend_labels(panel), pen.layers(), strict=True)
            if label
        ]
        outside = panel.legend == "outside"
        # Inside it covers data at worst; outside it takes from the panel.
        across = pen.placed.legend_room - 3 * pad if outside else 0.6 * box.width
        size = self.style.tick_size
        heading = 1 if panel.legend_title else 0
        tall = box.height - 2 * pad
        while size > SMALLEST and (len(entries) + heading) * size * LINE * self.pt > tall:
            size -= 0.5
        line = self._line(entries, size)
        most = max(1, int(tall / line) - heading)
        kept, left_out = entries, 0
        if len(entries) > most:
            left_out = len(entries) - most + 1
            kept = entries[: most - 1]
        plan = self._sized(pen, kept, left_out, size, 1, across)
        corner, hidden, ground = self._corner(pen, plan.box.width, plan.box.height)
        if hidden and (panel.legend or "best") == "best":
            other = self._elsewhere(pen, entries)
            return other or _moved(plan, corner, ground, covers=True)
        return _moved(plan, corner, ground, covers=False)

    def _line(self, entries: list[Entry], size: float) -> float:
        tallest = max(rough(label, size, self.dpi).height for label, *_ in entries)
        return max(size * LINE * self.pt, tallest + self.pt)  # scripts may stand out of a line

    def _sized(
        self,
        pen: PanelPen,
        entries: list[Entry],
        left_out: int,
        size: float,
        columns: int,
        across: float,
    ) -> Plan:
        """A plan without a place: how large it is."""
        handle, pad, dpi = self._handle, self._pad, self.dpi
        room = across - handle
        texts: list[str] = []
        for label, *_ in entries:
            fitted = fit(label, room, size, dpi, lines=1, smallest=size, middle=True)
            texts.extend(fitted.lines)
        if left_out:
            texts.append(f"and {left_out} more")
        title = fit(pen.panel.legend_title, room + handle, size, dpi, lines=1, smallest=size).lines
        widest = max(rough(text, size, dpi).width for text in texts)
        column = widest + handle + 3 * pad
        wide = max([column * columns] + [rough(text, size, dpi).width + 2 * pad for text in title])
        line = self._line(entries, size) if entries else size * LINE * self.pt
        rows = -(-len(texts) // columns)
        high = (rows + len(title)) * line + 2 * pad * 0.6
        box = Box(0.0, 0.0, wide, high)
        return Plan(box, entries, texts, title, size, line, columns, column, False, False)

    def _elsewhere(self, pen: PanelPen, entries: list[Entry]) -> Plan | None:
        """A place inside the panel where nothing is hidden, in several columns or smaller."""
        lines = [by.outline(layer) for _, layer, _, by in pen.layers()]
        outlines = [line for line in lines if line is not None]
        cell = 2.0 * self.pt
        occupied = Occupancy(pen.box, outlines, cell)
        size = self.style.tick_size
        while size >= min(SMALLEST, self.style.tick_size):
            for columns in range(1, min(_MOST_COLUMNS, len(entries)) + 1):
                across = min(0.6, 0.9 / columns) * pen.box.width
                plan = self._sized(pen, entries, 0, size, columns, across)
                found = occupied.free(plan.box.width, plan.box.height, 3.0 * self.pt)
                if found is not None:
                    left, top = found
                    box = Box(left, top, left + plan.box.width, top + plan.box.height)
                    ground = len(outlines) < len(lines) or pen.panel.grid
                    return _moved(plan, box, ground, covers=False)
            size -= 1.0
        return None

    def legend(self, plan: Plan, pen: PanelPen) -> Iterator[Op]:
        """The panel's legend, as it was planned."""
        pt, size, line, pad, handle = self.pt, plan.size, plan.line, self._pad, self._handle
        outside = pen.panel.legend == "outside"
        box = plan.box
        if plan.ground:
            yield Rect(box, color8(self.style.panel), 0.82)
        top = box.y0 + 0.6 * pad
        for text in plan.title:
            yield self.text(
                box.x0 + pad, top + 0.78 * line, text, size, align="left", plain=outside
            )
            top += line
        rows = -(-len(plan.texts) // plan.columns)
        for number, text in enumerate(plan.texts):
            column, row = divmod(number, rows)
            left = box.x0 + column * plan.column
            middle = top + row * line + line / 2
            x0, x1 = left + pad, left + pad + handle
            if number < len(plan.entries):
                _, kind, layer, look, its_pen = plan.entries[number]
                key = LegendKey(x0, x1, middle, 0.32 * size * pt)
                yield from kind.legend_ops(layer, its_pen, look, key)
            yield self.text(
                x1 + pad,
                middle + HALF_DIGIT * size * pt,
                text,
                size,
                align="left",
                plain=outside,
                color=self.ink if number < len(plan.entries) else self.muted,
            )

    def _corner(self, pen: PanelPen, wide: float, high: float) -> tuple[Box, int, bool]:
        """Where the legend goes, how much it hides there, and whether it needs a ground.

        "best" hides the fewest points.
        """
        panel, box, gap = pen.panel, pen.box, 4.0 * self.pt
        if panel.legend == "outside":
            left = box.x1 + pen.placed.beside + BAR_GAP * self.pt
            return Box(left, box.y0, left + wide, box.y0 + high), 0, False
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
        ground = bool(hidden[corner]) or any(line is None for line in outlines) or panel.grid
        return Box(left, top, left + wide, top + high), hidden[corner], ground


def _moved(plan: Plan, box: Box, ground: bool, *, covers: bool) -> Plan:
    return Plan(
        box,
        plan.entries,
        plan.texts,
        plan.title,
        plan.size,
        plan.line,
        plan.columns,
        plan.column,
        ground,
        covers,
    )
