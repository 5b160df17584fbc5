"""Frames, ticks, their labels, and colour bars."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from figmill.draw import pixels
from figmill.draw.layout import (
    BAR_TIP,
    EDGE,
    LABEL_GAP,
    LINE,
    SMALLEST,
    TICK_GAP,
    Bar,
    Placed,
    View,
    room_above,
    row_texts,
)
from figmill.draw.op_writer import Scribe, color8
from figmill.draw.ops import RGB, Box, Cells, Op, Polygon, Rules
from figmill.draw.text import HALF_DIGIT, fit, measure
from figmill.figure.model import TickRow


class Axes(Scribe):
    """Writes what stands around the data."""

    def grid(self, placed: Placed) -> Iterator[Op]:
        """Faint lines that continue the major ticks."""
        box = placed.box
        x, y = placed.x.pixels(placed.x.ticks.major), placed.y.pixels(placed.y.ticks.major)
        segments = np.concatenate(
            (
                np.column_stack((x, np.full_like(x, box.y0), x, np.full_like(x, box.y1))),
                np.column_stack((np.full_like(y, box.x0), y, np.full_like(y, box.x1), y)),
            )
        )
        yield Rules(segments, color8(self.style.grid), 0.6 * self.pt)

    def frame(self, placed: Placed) -> Iterator[Op]:
        """The frame and all ticks: they are one colour and one width."""
        style, pt, box = self.style, self.pt, placed.box
        parts = [_outline(box)]
        for ticks, length in (("major", style.tick_length), ("minor", style.minor_length)):
            x = placed.x.pixels(getattr(placed.x.ticks, ticks))
            y = placed.y.pixels(getattr(placed.y.ticks, ticks))
            long = length * pt
            parts.append(
                np.column_stack((x, np.full_like(x, box.y1), x, np.full_like(x, box.y1 + long)))
            )
            parts.append(
                np.column_stack((np.full_like(y, box.x0 - long), y, np.full_like(y, box.x0), y))
            )
            if placed.x2 is not None:
                x = placed.x2.pixels(getattr(placed.x2.ticks, ticks))
                parts.append(
                    np.column_stack((x, np.full_like(x, box.y0 - long), x, np.full_like(x, box.y0)))
                )
            if placed.y2 is not None:
                y = placed.y2.pixels(getattr(placed.y2.ticks, ticks))
                parts.append(
                    np.column_stack((np.full_like(y, box.x1), y, np.full_like(y, box.x1 + long), y))
                )
        yield Rules(np.concatenate(parts), self.ink, style.frame_width * pt)

    def y_axis(self, placed: Placed) -> Iterator[Op]:
        """Tick labels, and the axis's and the row's names."""
        style, pt, box = self.style, self.pt, placed.box
        size = style.tick_size
        x = box.x0 - (style.tick_length + TICK_GAP) * pt
        ticks = placed.y.ticks
        for at, label in zip(placed.y.pixels(ticks.major), ticks.labels, strict=True):
            yield self.text(x, at + HALF_DIGIT * size * pt, label, size, align="right")
        x -= placed.tick_room + LABEL_GAP / 2 * pt
        middle = (box.y0 + box.y1) / 2
        for fitted, bold in ((placed.y_label, False), (placed.row_label, True)):
            for line in reversed(fitted.lines):
                baseline = x - 0.28 * fitted.size * pt
                yield self.text(baseline, middle, line, fitted.size, upright=False, bold=bold)
                x -= fitted.size * LINE * pt
            if fitted.lines:
                x -= LABEL_GAP / 2 * pt

    def y2_axis(self, placed: Placed) -> Iterator[Op]:
        """Tick labels and the name of the second y axis."""
        if placed.y2 is None:
            return
        style, pt, box = self.style, self.pt, placed.box
        size = style.tick_size
        x = box.x1 + (style.tick_length + TICK_GAP) * pt
        ticks = placed.y2.ticks
        for at, label in zip(placed.y2.pixels(ticks.major), ticks.labels, strict=True):
            yield self.text(x, at + HALF_DIGIT * size * pt, label, size, align="left")
        x += placed.y2_tick_room + LABEL_GAP / 2 * pt
        fitted, middle = placed.y2_label, (box.y0 + box.y1) / 2
        for line in fitted.lines:
            x += fitted.size * LINE * pt
            yield self.text(x - 0.28 * fitted.size * pt, middle, line, fitted.size, upright=False)

    def x2_axis(self, placed: Placed) -> Iterator[Op]:
        """Tick labels and the name of the second x axis, over what layers have over the panel."""
        if placed.x2 is None:
            return
        style, pt, box = self.style, self.pt, placed.box
        size, ticks = style.tick_size, placed.x2.ticks
        y = box.y0 - (room_above(placed.panel, style) + style.tick_length + TICK_GAP) * pt
        for x, label in zip(placed.x2.pixels(ticks.major), ticks.labels, strict=True):
            yield self.text(self._inside(x, label, size), y, label, size)
        y -= (LABEL_GAP + size * 1.1) * pt
        for text in placed.x2_label.lines:
            yield self.text((box.x0 + box.x1) / 2, y, text, placed.x2_label.size)

    def x_axis(self, placed: Placed) -> Iterator[Op]:
        """Tick labels, rows of values under them, and the name of the axis."""
        if not placed.shows_x:
            return
        style, pt, box = self.style, self.pt, placed.box
        size = style.tick_size
        line = size * LINE * pt
        ticks = placed.x.ticks
        at = placed.x.pixels(ticks.major)
        y = box.y1 + (style.tick_length + TICK_GAP) * pt + size * pt
        for x, label in zip(at, ticks.labels, strict=True):
            yield self.text(self._inside(x, label, size), y, label, size)
        lowest = max(p.row for p in self.layout.panels if p.column == placed.column)
        if placed.row == lowest and placed.x.axis.scale == "time":
            for row in self.figure.tick_rows:
                y += line
                yield from self._tick_row(row, placed, at, y)
        for text in placed.x_label.lines:
            y += LABEL_GAP * pt + placed.x_label.size * 1.1 * pt
            yield self.text((box.x0 + box.x1) / 2, y, text, placed.x_label.size)

    def _tick_row(
        self, row: TickRow, placed: Placed, at: NDArray[np.float64], y: float
    ) -> Iterator[Op]:
        """A row's name, and its values under the ticks; the name ends before the first of them."""
        size, pt = self.style.tick_size, self.pt
        end = placed.box.x0 - 10 * pt
        texts = row_texts(row, placed.x.ticks)
        for x, text in zip(at, texts, strict=True):
            if text:
                x = self._inside(x, text, size)  # noqa: PLW2901
                end = min(end, x - measure(text, size, self.dpi).width / 2 - 5 * pt)
                yield self.text(x, y, text, size)
        name = fit(row.label, end - EDGE * pt, size, self.dpi, lines=1, smallest=SMALLEST)
        for text in name.lines:
            yield self.text(end, y, text, name.size, align="right", color=self.muted)

    def _inside(self, x: float, label: str, size: float) -> float:
        """Keep a centred label on the sheet."""
        half = measure(label, size, self.dpi).width / 2 + self.pt
        return min(max(x, half), self.layout.width - half)

    def bar(self, placed: Placed, bar: Bar, below: bool, above: bool) -> Iterator[Op]:
        """The colour bar; it has tips where any value in the panel is out of range."""
        style, pt, box = self.style, self.pt, bar.box
        width, height = int(box.width), int(box.height)
        table = pixels.lookup(bar.scale, style)
        numbers = pixels.LEVELS - 1 - (np.arange(height) * pixels.LEVELS) // height
        strips = np.repeat(np.arange(len(table), dtype=np.uint16)[:, None], width, axis=1)
        yield Cells(box, strips, numbers.astype(np.intp), table=table)
        tip = round(BAR_TIP * pt) - 1.0
        middle = (box.x0 + box.x1) / 2
        if above and bar.scale.above is not None:
            top = np.array([[box.x0, box.y0], [box.x1, box.y0], [middle, box.y0 - tip]])
            yield Polygon(top, _rgb(table[pixels.ABOVE]), self.everywhere)
        if below and bar.scale.below is not None:
            bottom = np.array([[box.x0, box.y1], [box.x1, box.y1], [middle, box.y1 + tip]])
            yield Polygon(bottom, _rgb(table[pixels.BELOW]), self.everywhere)
        view = View(placed.y.axis, bar.low, bar.high, box.y1, box.y0, bar.ticks)
        parts = [_outline(box)]
        at = {kind: self._bar_pixels(bar, view, kind) for kind in ("major", "minor")}
        for kind, length in (("major", style.tick_length), ("minor", style.minor_length)):
            y = at[kind]
            parts.append(
                np.column_stack(
                    (np.full_like(y, box.x1), y, np.full_like(y, box.x1 + length * pt), y)
                )
            )
        yield Rules(np.concatenate(parts), self.ink, style.frame_width * pt)
        size = style.tick_size
        x = box.x1 + (style.tick_length + TICK_GAP) * pt
        for y, label in zip(at["major"], bar.ticks.labels, strict=True):
            yield self.text(x, y + HALF_DIGIT * size * pt, label, size, align="left")
        x += bar.room + LABEL_GAP / 2 * pt
        for line in bar.label.lines:
            x += bar.label.size * LINE * pt
            yield self.text(
                x - 0.28 * bar.label.size * pt,
                (box.y0 + box.y1) / 2,
                line,
                bar.label.size,
                upright=False,
            )

    def _bar_pixels(self, bar: Bar, view: View, kind: str) -> NDArray[np.float64]:
        values = getattr(bar.ticks, kind)
        if bar.scale.scale == "log":
            fraction = np.log(values / bar.low) / np.log(bar.high / bar.low)
        else:
            fraction = (values - bar.low) / (bar.high - bar.low)
        placed: NDArray[np.float64] = view.start + fraction * (view.stop - view.start)
        return placed


def _rgb(row: NDArray[np.uint8]) -> RGB:
    return int(row[0]), int(row[1]), int(row[2])


def _outline(box: Box) -> NDArray[np.float64]:
    return np.array(
        [
            [box.x0, box.y0, box.x1, box.y0],
            [box.x0, box.y1, box.x1, box.y1],
            [box.x0, box.y0, box.x0, box.y1],
            [box.x1, box.y0, box.x1, box.y1],
        ]
    )
