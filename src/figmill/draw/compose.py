"""From a layout to drawing instructions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from figmill.draw import curves, pixels
from figmill.draw.layout import (
    BAR_GAP,
    BAR_TIP,
    BRACKET_HEIGHT,
    EDGE,
    LABEL_GAP,
    LINE,
    SMALLEST,
    TICK_GAP,
    Bar,
    Layout,
    Placed,
    View,
    has_legend,
    labelled,
    layout,
)
from figmill.draw.ops import (
    RGB,
    Align,
    Box,
    Cells,
    Markers,
    Op,
    Polygon,
    Polyline,
    Rect,
    Rules,
    Sheet,
    Text,
)
from figmill.draw.text import HALF_DIGIT, fit, measure
from figmill.figure.color import Color
from figmill.figure.layers import (
    Band,
    Bracket,
    Curve,
    Dash,
    Fill,
    HLine,
    Mark,
    Spectrogram,
    VLine,
)
from figmill.figure.model import Figure
from figmill.figure.resample import sources
from figmill.figure.style import Style

Points = NDArray[np.float64]

# In multiples of the line's width.
DASHES: dict[Dash, tuple[float, ...]] = {
    "solid": (),
    "dashed": (4.0, 2.2),
    "dotted": (1.0, 1.8),
    "dashdot": (5.0, 2.0, 1.0, 2.0),
}
PATTERNS: tuple[Dash, ...] = ("solid", "dashed", "dashdot", "dotted")


def compose(figure: Figure) -> Sheet:
    """Everything there is to draw, in order.

    Raises
    ------
    PlottingError
        If the figure has no room for what it holds, or names an unknown colour.
    """
    placed = layout(figure)
    composer = _Composer(placed)
    background = color8(figure.style.background)
    return Sheet(placed.width, placed.height, figure.dpi, background, tuple(composer.ops()))


def color8(color: Color) -> RGB:
    """A colour as three bytes."""
    red, green, blue = pixels.rgb(color)
    return round(red * 255), round(green * 255), round(blue * 255)


def spectrogram_cells(
    layer: Spectrogram, placed: Placed, limits: tuple[float, float], style: Style
) -> Cells:
    """A spectrogram on the pixels of its panel."""
    box = placed.box
    width, height = int(box.width), int(box.height)
    low, high = placed.x.pixels(layer.x.lo) - box.x0, placed.x.pixels(layer.x.hi) - box.x0
    columns = sources(np.minimum(low, high), np.maximum(low, high), width)
    tables = []
    for number in range(layer.y.lo.shape[0]):
        low, high = (
            placed.y.pixels(edge[number]) - box.y0 for edge in (_open(layer, placed), layer.y.hi)
        )
        tables.append(sources(np.minimum(low, high), np.maximum(low, high), height))
    picture = pixels.picture(
        layer.values, columns, tuple(tables), layer.y.index, limits, layer.color.scale == "log"
    )
    strips = np.take(pixels.lookup(layer.color, style), picture.strips, axis=0)
    return Cells(box, strips, picture.rows)


def _open(layer: Spectrogram, placed: Placed) -> NDArray[np.float64]:
    """Lower edges; on a log axis a bin that reaches down to 0 is cut at the axis's end."""
    low = layer.y.lo
    if placed.y.axis.scale == "log" and np.any(low <= 0):
        low = np.where((low <= 0) & (layer.y.hi > 0), min(placed.y.low, 1e-300) or 1e-300, low)
        low = np.where(low == 1e-300, placed.y.low, low)
    return low


class _Entry(NamedTuple):
    """One line of a legend."""

    label: str
    ops: tuple[str, RGB, float, Dash, str | None, float, float]


class _Composer:
    def __init__(self, placed: Layout) -> None:
        self.layout = placed
        self.figure = placed.figure
        self.style = placed.figure.style
        self.pt = placed.point
        self.dpi = placed.figure.dpi
        self.ink = color8(self.style.ink)
        self.muted = color8(self.style.muted)
        self._lines: dict[tuple[int, int, int], Points] = {}

    def ops(self) -> Iterator[Op]:
        yield from self._title()
        for placed in self.layout.panels:
            yield from self._panel(placed)

    # -- around the panels ---------------------------------------------------------------------

    def _title(self) -> Iterator[Op]:
        title = self.layout.title
        y = EDGE * self.pt
        for line in title.lines:
            yield self._text(self.layout.width / 2, y + title.size * self.pt, line, title.size)
            y += title.size * LINE * self.pt

    def _text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        align: Align = "center",
        color: RGB | None = None,
        upright: bool = True,
        bold: bool = False,
        plain: bool = True,
    ) -> Text:
        ink = self.ink if color is None else color
        return Text(x, y, text, size, ink, align, upright, bold, plain)

    def _panel(self, placed: Placed) -> Iterator[Op]:
        style, panel, box = self.style, placed.panel, placed.box
        if style.panel != style.background:
            yield Rect(box, color8(style.panel))
        colors = self._curve_colors(placed)
        for layer, limits in zip(panel.layers, placed.colors, strict=True):
            if isinstance(layer, Spectrogram) and limits is not None:
                yield spectrogram_cells(layer, placed, limits, style)
        if panel.grid:
            yield from self._grid(placed)
        order = {Band: 0, Fill: 1, HLine: 2, Curve: 3, VLine: 4}
        for position, layer in sorted(
            enumerate(panel.layers), key=lambda pair: order.get(type(pair[1]), 9)
        ):
            if isinstance(layer, Band):
                yield from self._band(layer, placed, colors[position])
            elif isinstance(layer, Fill):
                yield from self._fill(layer, placed, colors[position])
            elif isinstance(layer, Curve):
                yield from self._curve(layer, placed, colors[position])
            elif isinstance(layer, HLine | VLine):
                yield self._line(layer, placed)
        yield from self._frame(placed)
        yield from self._y_axis(placed)
        yield from self._x_axis(placed)
        if placed.bar is not None:
            yield from self._bar(placed, placed.bar)
        yield from self._names(placed)
        yield from self._brackets(placed)
        yield from self._notes(placed)
        if has_legend(panel):
            yield from self._legend(placed, colors)

    # -- data ----------------------------------------------------------------------------------

    def _curve_colors(self, placed: Placed) -> dict[int, tuple[RGB, Dash]]:
        """Colours of the layers that did not choose one: the theme's cycle, then new dashes."""
        chosen: dict[int, tuple[RGB, Dash]] = {}
        number = 0
        cycle = self.style.cycle
        for position, layer in enumerate(placed.panel.layers):
            if isinstance(layer, Curve | Fill | Band):
                dash: Dash = layer.dash if isinstance(layer, Curve) else "solid"
                if layer.color is not None:
                    chosen[position] = color8(layer.color), dash
                    continue
                if isinstance(layer, Band):
                    chosen[position] = self.muted, dash
                    continue
                if dash == "solid":
                    dash = PATTERNS[(number // len(cycle)) % len(PATTERNS)]
                chosen[position] = color8(cycle[number % len(cycle)]), dash
                number += 1
        return chosen

    def _points(self, placed: Placed, x: Points, y: Points) -> Points:
        return curves.tame(np.column_stack((placed.x.pixels(x), placed.y.pixels(y))))

    def _curve(self, layer: Curve, placed: Placed, look: tuple[RGB, Dash]) -> Iterator[Op]:
        color, dash = look
        width = self.style.line_width if layer.width is None else layer.width
        if width > 0:
            yield Polyline(
                self._line_of(layer, placed),
                color,
                width * self.pt,
                placed.box,
                self._dash(dash, width),
                layer.alpha,
            )
        if layer.marker is not None:
            points = self._points(placed, layer.x, layer.y)
            seen = points[np.isfinite(points).all(axis=1)]
            yield Markers(
                seen, layer.marker, layer.marker_size * self.pt, color, placed.box, layer.alpha
            )

    def _line_of(self, layer: Curve, placed: Placed) -> Points:
        """The curve on the panel's pixels; asked for by the curve and by its legend."""
        key = (id(layer), placed.row, placed.column)
        if key not in self._lines:
            points = curves.reduce(self._points(placed, layer.x, layer.y))
            self._lines[key] = curves.visible(points, placed.box)
        return self._lines[key]

    def _dash(self, dash: Dash, width: float) -> tuple[float, ...]:
        return tuple(part * max(width, 0.8) * self.pt for part in DASHES[dash])

    def _fill(self, layer: Fill, placed: Placed, look: tuple[RGB, Dash]) -> Iterator[Op]:
        upper = self._points(placed, layer.x, layer.high)
        lower = self._points(placed, layer.x, layer.low)
        good = np.isfinite(upper + lower)[:, 0] & np.isfinite(upper + lower)[:, 1]
        for run in _runs(good):
            outline = np.concatenate((upper[run], lower[run][::-1]))
            yield Polygon(outline, look[0], placed.box, layer.alpha)

    def _band(self, layer: Band, placed: Placed, look: tuple[RGB, Dash]) -> Iterator[Op]:
        view = placed.x if layer.axis == "x" else placed.y
        ends = view.pixels(np.array([layer.low, layer.high], dtype=np.float64))
        start, stop = sorted((_onto(ends[0], view, first=True), _onto(ends[1], view, first=False)))
        box = placed.box
        if layer.axis == "x":
            start, stop = max(start, box.x0), min(stop, box.x1)
            shaded = Box(start, box.y0, stop, box.y1)
        else:
            start, stop = max(start, box.y0), min(stop, box.y1)
            shaded = Box(box.x0, start, box.x1, stop)
        if start < stop:
            yield Rect(shaded, look[0], layer.alpha)

    def _line(self, layer: VLine | HLine, placed: Placed) -> Op:
        box = placed.box
        color = layer.color
        if color is None:
            color = self.style.event if isinstance(layer, VLine) else self.style.muted
        if isinstance(layer, VLine):
            at = self._sharp(placed.x, layer)
            points = np.array([[at, box.y0], [at, box.y1]])
        else:
            at = self._sharp(placed.y, layer)
            points = np.array([[box.x0, at], [box.x1, at]])
        return Polyline(
            curves.tame(points),
            color8(color),
            layer.width * self.pt,
            box,
            self._dash(layer.dash, layer.width),
            layer.alpha,
        )

    def _sharp(self, view: View, layer: VLine | HLine) -> float:
        """Where a straight line stands so that whole pixels are its width."""
        width = max(1, round(layer.width * self.pt))
        at = float(view.pixels(np.array([layer.at]))[0])
        return at if not np.isfinite(at) else round(at - width / 2) + width / 2

    # -- axes ----------------------------------------------------------------------------------

    def _grid(self, placed: Placed) -> Iterator[Op]:
        box = placed.box
        x, y = placed.x.pixels(placed.x.ticks.major), placed.y.pixels(placed.y.ticks.major)
        segments = np.concatenate(
            (
                np.column_stack((x, np.full_like(x, box.y0), x, np.full_like(x, box.y1))),
                np.column_stack((np.full_like(y, box.x0), y, np.full_like(y, box.x1), y)),
            )
        )
        yield Rules(segments, color8(self.style.grid), 0.6 * self.pt)

    def _frame(self, placed: Placed) -> Iterator[Op]:
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
        yield Rules(np.concatenate(parts), self.ink, style.frame_width * pt)

    def _y_axis(self, placed: Placed) -> Iterator[Op]:
        style, pt, box = self.style, self.pt, placed.box
        size = style.tick_size
        x = box.x0 - (style.tick_length + TICK_GAP) * pt
        ticks = placed.y.ticks
        for at, label in zip(placed.y.pixels(ticks.major), ticks.labels, strict=True):
            yield self._text(x, at + HALF_DIGIT * size * pt, label, size, align="right")
        x -= placed.tick_room + LABEL_GAP / 2 * pt
        middle = (box.y0 + box.y1) / 2
        for fitted, bold in ((placed.y_label, False), (placed.row_label, True)):
            for line in reversed(fitted.lines):
                baseline = x - 0.28 * fitted.size * pt
                yield self._text(baseline, middle, line, fitted.size, upright=False, bold=bold)
                x -= fitted.size * LINE * pt
            if fitted.lines:
                x -= LABEL_GAP / 2 * pt

    def _x_axis(self, placed: Placed) -> Iterator[Op]:
        if not placed.shows_x:
            return
        style, pt, box = self.style, self.pt, placed.box
        size = style.tick_size
        line = size * LINE * pt
        ticks = placed.x.ticks
        at = placed.x.pixels(ticks.major)
        y = box.y1 + (style.tick_length + TICK_GAP) * pt + size * pt
        for x, label in zip(at, ticks.labels, strict=True):
            yield self._text(self._inside(x, label, size), y, label, size)
        lowest = max(p.row for p in self.layout.panels if p.column == placed.column)
        if placed.row == lowest and placed.x.axis.scale == "time":
            for row in self.figure.tick_rows:
                y += line
                name = fit(
                    row.label, box.x0 - EDGE * pt, size, self.dpi, lines=1, smallest=SMALLEST
                )
                for text in name.lines:
                    yield self._text(
                        box.x0 - 10 * pt, y, text, name.size, align="right", color=self.muted
                    )
                for x, value in zip(at, row.at(ticks.major), strict=True):
                    if np.isfinite(value):
                        text = f"{value:.{row.decimals}f}".replace("-", "\N{MINUS SIGN}")
                        yield self._text(self._inside(x, text, size), y, text, size)
        for text in placed.x_label.lines:
            y += LABEL_GAP * pt + placed.x_label.size * 1.1 * pt
            yield self._text((box.x0 + box.x1) / 2, y, text, placed.x_label.size)

    def _inside(self, x: float, label: str, size: float) -> float:
        """Keep a centred label on the sheet."""
        half = measure(label, size, self.dpi).width / 2 + self.pt
        return min(max(x, half), self.layout.width - half)

    def _bar(self, placed: Placed, bar: Bar) -> Iterator[Op]:
        style, pt, box = self.style, self.pt, bar.box
        width, height = int(box.width), int(box.height)
        table = pixels.lookup(bar.scale, style)
        numbers = pixels.LEVELS - 1 - (np.arange(height) * pixels.LEVELS) // height
        yield Cells(box, np.repeat(table[:, None, :], width, axis=1), numbers.astype(np.intp))
        tip = round(BAR_TIP * pt) - 1.0
        middle = (box.x0 + box.x1) / 2
        everywhere = Box(0, 0, self.layout.width, self.layout.height)
        below, above = out_of_range(placed, bar)
        if above and bar.scale.above is not None:
            top = np.array([[box.x0, box.y0], [box.x1, box.y0], [middle, box.y0 - tip]])
            yield Polygon(top, _rgb(table[pixels.ABOVE]), everywhere)
        if below and bar.scale.below is not None:
            bottom = np.array([[box.x0, box.y1], [box.x1, box.y1], [middle, box.y1 + tip]])
            yield Polygon(bottom, _rgb(table[pixels.BELOW]), everywhere)
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
            yield self._text(x, y + HALF_DIGIT * size * pt, label, size, align="left")
        x += bar.room + LABEL_GAP / 2 * pt
        for line in bar.label.lines:
            x += bar.label.size * LINE * pt
            yield self._text(
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

    # -- words ---------------------------------------------------------------------------------

    def _names(self, placed: Placed) -> Iterator[Op]:
        box, pt = placed.box, self.pt
        y = box.y0 - 3.0 * pt
        if any(isinstance(layer, Bracket) for layer in placed.panel.layers):
            y -= BRACKET_HEIGHT * pt
            if any(isinstance(b, Bracket) and b.label for b in placed.panel.layers):
                y -= self.style.tick_size * LINE * pt
        for line in placed.title.lines:
            yield self._text(box.x0, y, line, placed.title.size, align="left")

    def _brackets(self, placed: Placed) -> Iterator[Op]:
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
                yield self._text(x, top - 2.5 * pt, label.lines[0], label.size, color=color)

    def _notes(self, placed: Placed) -> Iterator[Op]:
        """Texts inside the panel: its note, names of lines, marks. None covers another."""
        box, pt, style = placed.box, self.pt, self.style
        taken: list[Box] = []
        pictured = any(isinstance(layer, Spectrogram) for layer in placed.panel.layers)
        if placed.panel.note:
            fitted = fit(placed.panel.note, 0.9 * box.width, style.label_size, self.dpi, lines=4)
            height = len(fitted.lines) * fitted.size * LINE * pt
            y = (box.y0 + box.y1 - height) / 2
            for line in fitted.lines:
                y += fitted.size * LINE * pt
                yield self._text(
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
            step = extent.height + 1.5 * pt
            direction = 1.0 if isinstance(layer, VLine) else -1.0
            for _ in range(40):
                if not any(_meets(spot, other) for other in taken):
                    break
                moved = spot.y0 + direction * step
                if moved < box.y0 or moved + spot.height > box.y1:
                    break
                spot = Box(spot.x0, moved, spot.x1, moved + spot.height)
            taken.append(spot)
            if pictured:
                pad = 1.5 * pt
                under = Box(spot.x0 - pad, spot.y0 - pad, spot.x1 + pad, spot.y1 + pad)
                yield Rect(under, color8(style.panel), 0.75)
            yield self._text(
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

    # -- legend --------------------------------------------------------------------------------

    def _legend(self, placed: Placed, colors: dict[int, tuple[RGB, Dash]]) -> Iterator[Op]:
        panel, box, pt, style = placed.panel, placed.box, self.pt, self.style
        entries = [(i, layer) for i, layer in enumerate(panel.layers) if labelled(layer)]
        outside = panel.legend == "outside"
        handle, pad = 16.0 * pt, 4.0 * pt
        room = (
            placed.legend_room - handle - 3 * pad
            if outside
            else min(placed.legend_room, 0.6 * box.width) - handle
        )
        size = style.tick_size
        heading = 1 if panel.legend_title else 0
        tall = box.height - 2 * pad
        while size > SMALLEST and (len(entries) + heading) * size * LINE * pt > tall:
            size -= 0.5
        line = size * LINE * pt
        most = max(1, int(tall / line) - heading)
        left_out = 0
        if len(entries) > most:
            left_out = len(entries) - most + 1
            entries = entries[: most - 1]
        texts: list[str] = []
        for _, layer in entries:
            assert isinstance(layer, Curve | Fill | Band)
            texts.extend(fit(layer.label, room, size, self.dpi, lines=1, smallest=size).lines[:1])
        if left_out:
            texts.append(f"and {left_out} more")
        title = fit(panel.legend_title, room + handle, size, self.dpi, lines=1, smallest=size).lines
        widest = max(measure(text, size, self.dpi).width for text in texts)
        wide = max(
            [widest + handle + 3 * pad]
            + [measure(text, size, self.dpi).width + 2 * pad for text in title]
        )
        high = (len(texts) + len(title)) * line + 2 * pad * 0.6
        corner = self._corner(placed, wide, high)
        if not outside:
            yield Rect(corner, color8(style.panel), 0.82)
        y = corner.y0 + 0.6 * pad
        for text in title:
            yield self._text(
                corner.x0 + pad, y + 0.78 * line, text, size, align="left", plain=outside
            )
            y += line
        for number, text in enumerate(texts):
            middle = y + line / 2
            x0, x1 = corner.x0 + pad, corner.x0 + pad + handle
            if number < len(entries):
                position, layer = entries[number]
                yield from self._handle(layer, colors[position], x0, x1, middle, size)
            yield self._text(
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
        self, layer: object, look: tuple[RGB, Dash], x0: float, x1: float, y: float, size: float
    ) -> Iterator[Op]:
        """A legend entry's sample."""
        color, dash = look
        pt = self.pt
        everywhere = Box(0, 0, self.layout.width, self.layout.height)
        if isinstance(layer, Fill | Band):
            half = 0.32 * size * pt
            yield Rect(Box(x0, y - half, x1, y + half), color, max(layer.alpha, 0.2))
            return
        assert isinstance(layer, Curve)
        width = self.style.line_width if layer.width is None else layer.width
        if width > 0:
            yield Polyline(
                np.array([[x0, y], [x1, y]]),
                color,
                min(width, 3.0) * pt,
                everywhere,
                self._dash(dash, width),
                layer.alpha,
            )
        if layer.marker is not None:
            yield Markers(
                np.array([[(x0 + x1) / 2, y]]),
                layer.marker,
                min(layer.marker_size, 7.0) * pt,
                color,
                everywhere,
                layer.alpha,
            )

    def _corner(self, placed: Placed, wide: float, high: float) -> Box:
        """Where the legend goes; "best" is the corner that hides the fewest points."""
        box, gap = placed.box, 4.0 * self.pt
        if placed.panel.legend == "outside":
            left = box.x1 + BAR_GAP * self.pt
            return Box(left, box.y0, left + wide, box.y0 + high)
        corners = {
            f"{vertical} {side}": Box(x, y, x + wide, y + high)
            for side, x in (("right", box.x1 - wide - gap), ("left", box.x0 + gap))
            for vertical, y in (("upper", box.y0 + gap), ("lower", box.y1 - high - gap))
        }
        if placed.panel.legend != "best":
            return corners[str(placed.panel.legend)]
        hidden = dict.fromkeys(corners, 0)
        for layer in placed.panel.layers:
            if isinstance(layer, Curve):
                points = curves.filled(self._line_of(layer, placed), 3.0 * self.pt)
                for name, corner in corners.items():
                    hidden[name] += int(
                        np.count_nonzero(
                            (points[:, 0] > corner.x0 - gap)
                            & (points[:, 0] < corner.x1 + gap)
                            & (points[:, 1] > corner.y0 - gap)
                            & (points[:, 1] < corner.y1 + gap)
                        )
                    )
        return corners[
            min(("upper right", "upper left", "lower right", "lower left"), key=hidden.__getitem__)
        ]


def out_of_range(placed: Placed, bar: Bar) -> tuple[bool, bool]:
    """Whether any value in the panel lies below, and above, the colour limits."""
    below = above = False
    for layer in placed.panel.layers:
        if isinstance(layer, Spectrogram) and layer.values.size:
            low = np.fmin.reduce(layer.values, axis=None)
            high = np.fmax.reduce(layer.values, axis=None)
            below |= bool(low < bar.low)
            above |= bool(high > bar.high)
    return below, above


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


def _onto(pixel: float, view: View, *, first: bool) -> float:
    """A pixel position; what the scale has no place for (0 on a log axis) is its end."""
    if np.isfinite(pixel):
        return float(pixel)
    return view.start if first else view.stop


def _meets(one: Box, other: Box) -> bool:
    return one.x0 < other.x1 and other.x0 < one.x1 and one.y0 < other.y1 and other.y0 < one.y1


def _runs(good: NDArray[np.bool_]) -> Iterator[slice]:
    """Slices of consecutive True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], good, [False])).astype(np.int8)))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        yield slice(int(start), int(stop))
