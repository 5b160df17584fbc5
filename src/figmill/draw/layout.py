"""Where everything in a figure goes: boxes of whole pixels, decided from the description alone.

Nothing is drawn to be measured. Margins have fixed sizes, so that the figures of a batch can be
flipped through; they only grow where a label would not fit otherwise.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from figmill.draw.ops import Box
from figmill.draw.text import Fitted, fit, measure, rough
from figmill.errors import PlottingError
from figmill.figure.autoscale import axis_ranges
from figmill.figure.color import ColorScale
from figmill.figure.function_axis import FunctionAxis
from figmill.figure.layer_kind import Range, kind_of
from figmill.figure.layers import Spectrogram
from figmill.figure.leap_seconds import SECOND, leaps_within, to_tai
from figmill.figure.model import Axis, Figure, Panel, TickRow
from figmill.figure.style import Style
from figmill.figure.ticks import (
    NO_TICKS,
    Ticks,
    angle_ticks,
    linear_ticks,
    log_ticks,
    symlog_ticks,
    time_ticks,
)
from figmill.figure.units import typeset_unit

# All in points (1/72 inch).
EDGE = 7.0
TITLE_GAP = 6.0
ROW_GAP = 9.0
LABEL_GAP = 4.0
TICK_GAP = 2.5
BAR_GAP = 7.0
BAR_WIDTH = 9.0
BAR_TIP = 5.0
TICK_ROOM = 24.0  # room kept for tick labels whatever their length, so that figures agree
LINE = 1.28  # line spacing, in text sizes
SMALLEST = 6.0
FOOTER_SIZE = 5.5
FOOTER_SHARE = 1 / 7  # of the height, at most
MOST_TICKS = 60
_READABLE = 5.0  # widths of an m: with less room, a name that is shortened says nothing
LEAST = 12.0  # of a panel's height
ANGLES = frozenset({"°", "deg", "degree", "degrees"})


NOTHING = Fitted((), 8.0)


class View(NamedTuple):
    """An axis on pixels: `low` and `high` are values, `start` and `stop` where they stand.

    `leaps` are the leap seconds between, which have a second of their own.
    """

    axis: Axis
    low: float
    high: float
    start: float
    stop: float
    ticks: Ticks
    leaps: tuple[float, ...] = ()

    def pixels(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pixel positions of values; NaN where the scale has no place for them."""
        high = self.high
        if self.leaps:
            values = values + np.searchsorted(np.array(self.leaps), values, side="right")
            high += len(self.leaps)
        places = self.axis.project(values, self.low, high)
        places *= self.stop - self.start
        places += self.start
        return places

    def exact_pixels(self, counts: NDArray[np.int64]) -> NDArray[np.float64]:
        """Pixel positions of times in nanoseconds of TAI."""
        begin = to_tai(self.low)
        length = (to_tai(self.high) - begin) / SECOND
        places = self.axis.project((counts - begin) / SECOND, 0.0, length)
        places *= self.stop - self.start
        places += self.start
        return places


class Bar(NamedTuple):
    """A colour bar."""

    scale: ColorScale
    low: float
    high: float
    box: Box
    ticks: Ticks
    label: Fitted
    room: float


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A panel with its place, ranges, ticks and fitted labels."""

    panel: Panel
    row: int
    column: int
    box: Box
    x: View
    y: View
    colors: tuple[Range | None, ...]
    bar: Bar | None
    shows_x: bool
    y_label: Fitted
    row_label: Fitted
    x_label: Fitted
    title: Fitted
    tick_room: float
    legend_room: float = 0.0
    y2: View | None = None
    y2_label: Fitted = NOTHING
    y2_room: float = 0.0  # pixels that the second y axis takes at the right
    beside: float = 0.0  # pixels that it and the colour bar take
    shares_bar: bool = False  # with the rows below it, at the last of which the bar stands
    y2_tick_room: float = 0.0
    x2: View | None = None
    x2_label: Fitted = NOTHING


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """All places of a figure, in pixels."""

    figure: Figure
    width: int
    height: int
    point: float
    title: Fitted
    footer: Fitted
    panels: tuple[Placed, ...] = field(default_factory=tuple)


def layout(figure: Figure) -> Layout:
    """Place every part of a figure.

    Raises
    ------
    PlottingError
        If the figure is too small for what it holds.
    """
    return _Layouter(figure).run()


@functools.lru_cache(maxsize=4096)
def named(axis_label: str, unit: str, factor: str = "") -> str:
    """A label with its unit and common factor, typeset: ``Current (10^{−6} A)``."""
    unit = typeset_unit(unit) if unit.strip() else ""
    inside = " ".join(part for part in (factor.lstrip("×") if unit else factor, unit) if part)
    if not inside:
        return axis_label
    return f"{axis_label} ({inside})" if axis_label else inside


def make_ticks(
    axis: Axis, low: float, high: float, target: int, span: Range | None = None
) -> Ticks:
    """Ticks of an axis between two values; kept, since a batch asks for the same over and over.

    ``span`` is what the context of a time axis names, as for `figmill.figure.ticks.time_ticks`.
    """
    if axis.categories:
        return _names(axis.categories, float(low), float(high), target)
    angle = axis.unit.strip().lower() in ANGLES
    if axis.ticks == 0:
        return NO_TICKS
    return _ticks(axis.scale, angle, float(low), float(high), target, span, axis.threshold)


@functools.lru_cache(maxsize=4096)
def _ticks(
    scale: str,
    angle: bool,
    low: float,
    high: float,
    target: int,
    span: Range | None,
    threshold: float | None,
) -> Ticks:
    if threshold is not None:
        return symlog_ticks(low, high, threshold, target)
    if scale == "log":
        return log_ticks(low, high, target)
    if scale == "time":
        return time_ticks(low, high, target, span)
    return angle_ticks(low, high, target) if angle else linear_ticks(low, high, target)


@functools.lru_cache(maxsize=256)
def _names(categories: tuple[str, ...], low: float, high: float, target: int) -> Ticks:
    """A tick at each category, and a name at as many as are wanted."""
    first, last = max(0, math.ceil(low)), min(len(categories) - 1, math.floor(high))
    at = range(first, last + 1)
    every = max(1, -(-len(at) // max(target, 1)))
    named = at[::every]
    others = [float(place) for place in at if place not in named]
    return Ticks(
        np.array(named, float), tuple(categories[place] for place in named), np.array(others)
    )


class _Layouter:
    """The steps of one layout: first all that is vertical, then, from its ticks, the rest."""

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self.style = figure.style
        self.width, self.height = figure.pixels
        self.dpi = figure.dpi
        self.pt = figure.dpi / 72.0
        self.rows, self.columns = figure.shape
        self.colors: dict[tuple[int, int], tuple[Range | None, ...]] = {}
        self.xs: dict[tuple[int, int], Range] = {}
        self.heights: list[tuple[int, int]] = []
        self.bars: dict[tuple[int, int], tuple[int, int]] = {}  # the rows that share a bar
        self.tick_rooms: dict[int, float] = {}
        self.y2_tick_rooms: dict[int, float] = {}
        self.y2s: dict[tuple[int, int], Range] = {}
        self.lowest = {
            c: max((r for r in range(self.rows) if figure.panels[r][c] is not None), default=0)
            for c in range(self.columns)
        }

    def run(self) -> Layout:
        figure, pt = self.figure, self.pt
        title = fit(
            figure.title,
            self.width - 2 * EDGE * pt,
            self.style.title_size,
            self.dpi,
            lines=3,
            smallest=7.0,
        )
        xs, ys = axis_ranges(figure, "x"), axis_ranges(figure, "y")
        self.xs, self.y2s = xs, axis_ranges(figure, "y2")
        self.spans = self._time_spans()
        for (r, c), x in xs.items():
            panel = figure.panels[r][c]
            assert panel is not None
            of_y2 = (kind_of(each).color_range(each, x, self.y2s[r, c]) for each in panel.y2_layers)
            self.colors[r, c] = (
                *(kind_of(layer).color_range(layer, x, ys[r, c]) for layer in panel.layers),
                *of_y2,
            )
        if figure.share_colors:
            self._share_colors()
        footer = self._footer()
        heights = self.heights = self._rows(title, footer)
        columns = self._columns(ys, heights)
        panels = []
        for r in range(self.rows):
            for c in range(self.columns):
                panel = figure.panels[r][c]
                if panel is not None:
                    panels.append(self._place(panel, r, c, xs[r, c], ys[r, c], heights, columns))
        return Layout(figure, self.width, self.height, pt, title, footer, tuple(panels))

    def _share_colors(self) -> None:
        """Give neighbouring rows with one colour scale one range, and note which they are."""
        for column in range(self.columns):
            group: list[int] = []
            before: ColorScale | None = None
            for row in range(self.rows + 1):
                scale = None
                panel = self.figure.panels[row][column] if row < self.rows else None
                if panel is not None and (found := self._coloured(panel, row, column)) is not None:
                    scale = replace(found[0], limits=(None, None))
                if scale is None or scale != before:
                    self._join(group, column)
                    group = []
                if scale is not None:
                    group.append(row)
                before = scale

    def _join(self, rows: list[int], column: int) -> None:
        if len(rows) < 2:
            return
        seen = []
        for row in rows:
            panel = self.figure.panels[row][column]
            assert panel is not None
            found = self._coloured(panel, row, column)
            assert found is not None
            seen.append(found)
            self.bars[row, column] = rows[0], rows[-1]
        lows = [scale.limits[0] for scale, _ in seen if scale.limits[0] is not None]
        highs = [scale.limits[1] for scale, _ in seen if scale.limits[1] is not None]
        low = min(lows or [limits[0] for _, limits in seen])
        high = max(highs or [limits[1] for _, limits in seen])
        if not low < high:
            raise PlottingError(
                f"Panels that share their colours leave nothing between {low:g} and {high:g}.",
                hint="Give them limits that agree, or share_colors=False.",
            )
        for row in rows:
            limits = list(self.colors[row, column])
            limits[next(k for k, each in enumerate(limits) if each is not None)] = low, high
            self.colors[row, column] = tuple(limits)

    def _bar_rows(self, row: int, column: int) -> tuple[int, int]:
        """Top and bottom of all rows that a panel's colour bar is for."""
        first, last = self.bars.get((row, column), (row, row))
        return self.heights[first][0], self.heights[last][1]

    def _footer(self) -> Fitted:
        line = FOOTER_SIZE * LINE * self.pt
        lines = max(1, int(FOOTER_SHARE * self.height / line))
        room = self.width - 2 * EDGE * self.pt
        size = FOOTER_SIZE
        return fit(self.figure.footer, room, size, self.dpi, lines=lines, smallest=size)

    def shows_x(self, row: int, column: int) -> bool:
        """Whether a panel's x axis is labelled: not where the panel below it has the same."""
        if not self.figure.share_x or row == self.lowest[column]:
            return True
        axes = [
            (r, panel.x)
            for r in range(row, self.rows)
            if (panel := self.figure.panels[r][column]) is not None
        ]
        (here, mine), (below, other) = axes[:2]
        same = mine.placing() == other.placing()
        return not (same and self.xs[here, column] == self.xs[below, column])

    def _rows(self, title: Fitted, footer: Fitted) -> list[tuple[int, int]]:
        """Top and bottom pixel of each row of panels."""
        style, pt = self.style, self.pt
        top = EDGE + (len(title.lines) * title.size * LINE + TITLE_GAP if title.lines else 0.0)
        above, below = [], []
        for r, panels in enumerate(self.figure.panels):
            present = [(c, panel) for c, panel in enumerate(panels) if panel is not None]
            above.append(max((self._above(panel) for _, panel in present), default=0.0))
            below.append(max((self._below(panel, r, c) for c, panel in present), default=0.0))
        foot = EDGE + (len(footer.lines) * footer.size * LINE + LABEL_GAP if footer.lines else 0.0)
        half_label = 0.5 * style.tick_size
        fixed = (top + half_label + sum(above) + sum(below) + ROW_GAP * (self.rows - 1) + foot) * pt
        weights = self.figure.row_heights or (1.0,) * self.rows
        room = self.height - fixed
        if room < LEAST * self.pt * self.rows:
            raise PlottingError(
                f"A figure {self.height} pixels high has no room for {self.rows} rows.",
                hint="Make it higher, or draw fewer rows.",
            )
        rows, y = [], (top + half_label) * pt
        for r in range(self.rows):
            y += above[r] * pt
            height = room * weights[r] / sum(weights)
            rows.append((round(y), round(y + height)))
            y += height + (below[r] + ROW_GAP) * pt
        return rows

    def _above(self, panel: Panel) -> float:
        """Points needed over a panel."""
        space = self.style.label_size * LINE + 1.0 if panel.title else 0.0
        marks = room_above(panel, self.style)
        if panel.x2 is not None:
            marks += x2_room(self.style)
        return space + marks + 1.0 if marks else space

    def _below(self, panel: Panel, row: int, column: int) -> float:
        """Points needed under a panel."""
        style = self.style
        if not self.shows_x(row, column):
            return 0.0
        space = style.tick_length + TICK_GAP + style.tick_size * LINE
        if row == self.lowest[column] and panel.x.scale == "time":
            space += len(self.figure.tick_rows) * style.tick_size * LINE
        # A common factor of the ticks is written there too.
        factor = make_ticks(panel.x, *self.xs[row, column], 6).factor
        if panel.x.scale == "time" or panel.x.label or panel.x.unit or factor:
            space += LABEL_GAP + style.label_size * LINE
        return space

    def _columns(
        self, ys: dict[tuple[int, int], Range], heights: list[tuple[int, int]]
    ) -> list[tuple[int, int]]:
        """Left and right pixel of each column of panels."""
        pt = self.pt
        left, right = [], []
        for c in range(self.columns):
            sides = [
                self._sides(panel, ys[r, c], heights[r], r, c)
                for r in range(self.rows)
                if (panel := self.figure.panels[r][c]) is not None
            ]
            room = self.tick_rooms.get(c, 0.0)
            left.append(max((side[0] for side in sides), default=0.0) + room)
            right.append(max((side[1] for side in sides), default=0.0))
        weights = self.figure.column_widths or (1.0,) * self.columns
        room = self.width - sum(left) - sum(right) - 2 * EDGE * pt
        if room < 40 * self.columns:
            raise PlottingError(
                f"A figure {self.width} pixels wide has no room for {self.columns} columns "
                "beside their labels.",
                hint="Make it wider, or shorten the labels.",
            )
        columns, x = [], EDGE * pt
        for c in range(self.columns):
            x += left[c]
            width = room * weights[c] / sum(weights)
            columns.append((round(x), round(x + width)))
            x += width + right[c]
        return columns

    def _sides(
        self, panel: Panel, y: Range, rows: tuple[int, int], row: int, column: int
    ) -> tuple[float, float]:
        """Pixels needed left and right of a panel."""
        style, pt = self.style, self.pt
        ticks = self._y_ticks(panel.y, y, rows)
        room = self._tick_room(ticks)
        self.tick_rooms[column] = max(self.tick_rooms.get(column, 0.0), room)
        left = (style.tick_length + TICK_GAP) * pt
        y_label, row_label = self._side_labels(panel, ticks, rows)
        for label in (y_label, row_label):
            if label.lines:
                left += (len(label.lines) * label.size * LINE + LABEL_GAP / 2) * pt
        right = self._y2_room(panel, rows, row, column)
        if (coloured := self._coloured(panel, row, column)) is not None:
            right += self._bar_room(*coloured, self._bar_rows(row, column))
        if panel.legend == "outside" and has_legend(panel):
            right += self.legend_width(panel) + 2 * LABEL_GAP * pt
        right = right or 0.6 * measure("00:00", style.tick_size, self.dpi).width
        if self.figure.tick_rows and row == self.lowest[column] and panel.x.scale == "time":
            names = [
                measure(r.label, style.tick_size, self.dpi).width for r in self.figure.tick_rows
            ]
            left = max(left, min(max(names), 0.2 * self.width) + 12 * pt - room)
        return left, right

    def _y2_room(self, panel: Panel, rows: tuple[int, int], row: int, column: int) -> float:
        """Pixels that the second y axis takes; the widest of a column is kept for all its ticks."""
        if panel.y2 is None:
            return 0.0
        ticks = self._y_ticks(panel.y2, self.y2s[row, column], rows)
        room = max(self.y2_tick_rooms.get(column, 0.0), self._tick_room(ticks))
        self.y2_tick_rooms[column] = room
        label = self._y2_label(panel.y2, ticks, rows)
        room += (self.style.tick_length + TICK_GAP) * self.pt
        if label.lines:
            room += (len(label.lines) * label.size * LINE + LABEL_GAP / 2) * self.pt
        return room

    def _y2_label(self, axis: Axis, ticks: Ticks, rows: tuple[int, int]) -> Fitted:
        height = rows[1] - rows[0] + 0.6 * ROW_GAP * self.pt
        text = named(axis.label, axis.unit, ticks.factor)
        return self._upright(text, height, self.style.label_size)

    def legend_width(self, panel: Panel) -> float:
        """Pixels that the panel's legend takes across, kept to 30 % of the figure."""
        labels = [*legend_labels(panel), panel.legend_title]
        size, dpi = self.style.tick_size, self.dpi
        widest = max(rough(label, size, dpi).width for label in labels)
        if panel.legend == "outside":
            # Fitted to few pixels a text may be wider, and would be shortened in room of its own.
            widest = max(widest, *(measure(label, size, dpi).width for label in labels))
        return min(widest + 30 * self.pt, 0.3 * self.width)

    def _tick_room(self, ticks: Ticks) -> float:
        widest = max(
            (measure(label, self.style.tick_size, self.dpi).width for label in ticks.labels),
            default=0.0,
        )
        # Grown in steps, so that figures with about the same labels have the same margins.
        step = 6.0 * self.pt
        return max(TICK_ROOM * self.pt, math.ceil(widest / step) * step)

    def _y_ticks(self, axis: Axis, y: Range, rows: tuple[int, int]) -> Ticks:
        height = rows[1] - rows[0]
        line = self.style.tick_size * self.pt
        most = min(axis.ticks or max(2, min(9, int(height / (2.4 * line)))), MOST_TICKS)
        if axis.categories:
            wanted = max(1, min(len(axis.categories), int(height / (1.3 * line))))
            return self._shortened(make_ticks(axis, *y, wanted), 0.25 * self.width)
        ticks = make_ticks(axis, *y, most)
        while most > 1 and not _apart(
            axis.project(ticks.major, *y) * height,
            np.full(len(ticks.major), 1.05 * line),
            0.0,
        ):
            most -= 1
            ticks = make_ticks(axis, *y, most)
        return ticks

    def _side_labels(
        self, panel: Panel, ticks: Ticks, rows: tuple[int, int]
    ) -> tuple[Fitted, Fitted]:
        height = rows[1] - rows[0] + 0.6 * ROW_GAP * self.pt
        size = self.style.label_size
        return (
            self._upright(named(panel.y.label, panel.y.unit, ticks.factor), height, size),
            fit(panel.row_label, height, size, self.dpi, lines=2, smallest=SMALLEST, bold=True),
        )

    def _coloured(self, panel: Panel, row: int, column: int) -> tuple[ColorScale, Range] | None:
        """The scale and limits that the panel's colour bar shows, if it has one."""
        if not panel.colorbar:
            return None
        layer: Any
        for layer, limits in zip(panel.all_layers, self.colors[row, column], strict=True):
            if limits is not None:
                return layer.color, limits
        return None

    def _bar_room(self, scale: ColorScale, limits: Range, rows: tuple[int, int]) -> float:
        style, pt = self.style, self.pt
        tip = round(BAR_TIP * pt)
        bar = (rows[0] + tip, rows[1] - tip)
        ticks = self._y_ticks(Axis(scale=scale.scale), limits, bar)
        label = self._bar_label(scale, ticks.factor, rows)
        lines = (len(label.lines) * label.size * LINE + LABEL_GAP / 2) * pt
        return (
            (BAR_GAP + BAR_WIDTH + style.tick_length + TICK_GAP) * pt
            + self._tick_room(ticks)
            + (lines if label.lines else 0.0)
        )

    def _bar_label(self, scale: ColorScale, factor: str, rows: tuple[int, int]) -> Fitted:
        height = rows[1] - rows[0] + 0.6 * ROW_GAP * self.pt
        return self._upright(named(scale.label, scale.unit, factor), height, self.style.label_size)

    def _upright(self, label: str, room: float, size: float) -> Fitted:
        """A label along a vertical axis; its unit goes to a line of its own first."""
        broken = label.replace(" (", "\n(", 1) if label.endswith(")") else ""
        return fit(label, room, size, self.dpi, lines=2, smallest=SMALLEST, broken=broken)

    def _bar(self, scale: ColorScale, limits: Range, rows: tuple[int, int], right: int) -> Bar:
        pt = self.pt
        left = right + round(BAR_GAP * pt)
        # The tips for values out of range stay within the panel's height.
        tip = round(BAR_TIP * pt)
        bar = (rows[0] + tip, rows[1] - tip)
        box = Box(left, bar[0], left + max(3, round(BAR_WIDTH * pt)), bar[1])
        ticks = self._y_ticks(Axis(scale=scale.scale), limits, bar)
        label = self._bar_label(scale, ticks.factor, rows)
        return Bar(scale, *limits, box, ticks, label, self._tick_room(ticks))

    def _place(
        self,
        panel: Panel,
        row: int,
        column: int,
        x: Range,
        y: Range,
        heights: list[tuple[int, int]],
        columns: list[tuple[int, int]],
    ) -> Placed:
        rows, (left, right) = heights[row], columns[column]
        box = Box(left, rows[0], right, rows[1])
        shows = self.shows_x(row, column)
        y_ticks = self._y_ticks(panel.y, y, rows)
        x_ticks = self._x_ticks(panel.x, x, right - left, self.spans.get((row, column)))
        coloured = self._coloured(panel, row, column)
        y2_room = self._y2_room(panel, rows, row, column)
        bar_rows, last = self._bar_rows(row, column), self.bars.get((row, column), (row, row))[1]
        bar = None
        if coloured is not None and row == last:  # one of several rows stands at the last
            bar = self._bar(*coloured, bar_rows, right + round(y2_room))
        x2, x2_label = None, NOTHING
        if panel.x2 is not None:
            x2_ticks = self._x2_ticks(panel.x2, panel.x, x, right - left)
            x2 = View(panel.x, *x, float(left), float(right), x2_ticks)
            text = named(panel.x2.label, panel.x2.unit, x2_ticks.factor)
            size = self.style.label_size
            x2_label = fit(
                text, right - left, size, self.dpi, lines=1, smallest=SMALLEST, middle=True
            )
        y2 = None
        if panel.y2 is not None:
            y2_range = self.y2s[row, column]
            y2_ticks = self._y_ticks(panel.y2, y2_range, rows)
            y2 = View(panel.y2, *y2_range, float(rows[1]), float(rows[0]), y2_ticks)
        y_label, row_label = self._side_labels(panel, y_ticks, rows)
        return Placed(
            panel=panel,
            row=row,
            column=column,
            box=box,
            x=View(panel.x, *x, float(left), float(right), x_ticks, self._leaps(panel, column, x)),
            y=View(panel.y, *y, float(rows[1]), float(rows[0]), y_ticks),
            colors=self.colors[row, column],
            bar=bar,
            shows_x=shows,
            y_label=y_label,
            row_label=row_label,
            x_label=self._x_label(panel, x_ticks, right - left) if shows else NOTHING,
            title=fit(
                panel.title,
                right - left,
                self.style.label_size,
                self.dpi,
                lines=1,
                smallest=SMALLEST,
            ),
            tick_room=self.tick_rooms[column],
            legend_room=self.legend_width(panel) if has_legend(panel) else 0.0,
            x2=x2,
            x2_label=x2_label,
            y2=y2,
            y2_label=NOTHING if y2 is None else self._y2_label(y2.axis, y2.ticks, rows),
            y2_room=y2_room,
            beside=y2_room + (0.0 if coloured is None else self._bar_room(*coloured, bar_rows)),
            shares_bar=row != last,
            y2_tick_room=self.y2_tick_rooms.get(column, 0.0),
        )

    def _leaps(self, panel: Panel, column: int, x: Range) -> tuple[float, ...]:
        """Leap seconds on an axis of times, if a panel of its column tells them apart."""
        if panel.x.scale != "time":
            return ()
        panels = [row[column] for row in self.figure.panels] if self.figure.share_x else [panel]
        exact = any(
            isinstance(layer, Spectrogram) and layer.x.exact is not None
            for each in panels
            if each is not None
            for layer in each.layers
        )
        return leaps_within(*x) if exact else ()

    def _x_label(self, panel: Panel, ticks: Ticks, width: int) -> Fitted:
        text = named(panel.x.label, panel.x.unit, ticks.factor)
        size = self.style.label_size
        if panel.x.scale == "time":
            full = ", ".join(part for part in (text or "Time", ticks.context) if part)
            full = full if "UTC" in full else f"{full} (UTC)"
            # In a narrow panel the date is worth more than the word.
            wide = measure(full, size, self.dpi).width > width
            text = ticks.context if wide and ticks.context else full
        return fit(text, width, size, self.dpi, lines=1, smallest=SMALLEST, middle=True)

    def _time_spans(self) -> dict[tuple[int, int], Range]:
        """What the data of time axes span, without the room around them."""
        panels = [panel for row in self.figure.panels for panel in row if panel is not None]
        if not any(panel.x.scale == "time" and None in panel.x.limits for panel in panels):
            return {}
        return axis_ranges(self.figure, "x", room=False)

    def _x_ticks(self, axis: Axis, x: Range, width: int, span: Range | None) -> Ticks:
        """As many ticks as have room beside each other."""
        size = self.style.tick_size
        em = size * self.pt
        if axis.categories:
            return self._x_names(axis, x, width, em)
        most = min(axis.ticks or max(2, min(12, int(width / (4.2 * em)))), MOST_TICKS)
        while True:
            ticks = make_ticks(axis, *x, most, span if axis.scale == "time" else None)
            widths = np.array([measure(t, size, self.dpi).width for t in ticks.labels])
            for row in self.figure.tick_rows if axis.scale == "time" else ():
                texts = [f"{value:.{row.decimals}f}" for value in row.at(ticks.major)]
                room = [measure(text, size, self.dpi).width for text in texts]
                widths = np.maximum(widths, room) if room else widths
            at = axis.project(ticks.major, *x) * width
            if most <= 1 or _apart(at, widths, 0.7 * em):
                return ticks
            most -= 1

    def _x_names(self, axis: Axis, x: Range, width: int, em: float) -> Ticks:
        """As many names of categories as can be read and told apart; of others their ticks."""
        wanted = max(1, min(len(axis.categories), int(width / (3.0 * em))))
        most: Ticks | None = None
        while True:
            ticks = make_ticks(axis, *x, wanted)
            places = np.sort(axis.project(ticks.major, *x)) * width
            room = float(np.diff(places).min()) if len(places) > 1 else float(width)
            short = self._shortened(ticks, room - 0.7 * em)
            most = most or short
            apart = len(set(short.labels)) == len(set(ticks.labels)) and room >= _READABLE * em
            if short.labels == ticks.labels or apart:
                return short
            if wanted <= 2:
                return most  # few names would have no more room: rather all of them
            wanted -= max(1, wanted // 8)

    def _shortened(self, ticks: Ticks, room: float) -> Ticks:
        """The same ticks with names that have room, shortened in the middle."""
        size = self.style.tick_size
        labels = [
            "".join(fit(name, room, size, self.dpi, lines=1, smallest=size, middle=True).lines)
            for name in ticks.labels
        ]
        return Ticks(ticks.major, tuple(labels), ticks.minor, ticks.context, ticks.factor)

    def _x2_ticks(self, second: FunctionAxis, axis: Axis, x: Range, width: int) -> Ticks:
        """As many ticks of a second x axis as have room beside each other."""
        size = self.style.tick_size
        em = size * self.pt
        most = max(2, min(12, int(width / (4.2 * em))))
        while True:
            ticks = second.ticks_over(axis, *x, most)
            widths = np.array([measure(t, size, self.dpi).width for t in ticks.labels])
            if most <= 1 or _apart(axis.project(ticks.major, *x) * width, widths, 0.7 * em):
                return ticks
            most -= 1


def _apart(centres: NDArray[np.float64], widths: NDArray[np.float64], gap: float) -> bool:
    """Whether labels of these widths, centred there, leave at least `gap` between them."""
    if len(centres) < 2:
        return True
    order = np.argsort(centres)
    centres, widths = centres[order], widths[order]
    return bool(np.all(np.diff(centres) - (widths[1:] + widths[:-1]) / 2 >= gap))


def row_texts(row: TickRow, ticks: Ticks) -> list[str]:
    """What a tick row says at each tick; nothing where it has no value."""
    return [
        f"{value:.{row.decimals}f}".replace("-", "\N{MINUS SIGN}") if np.isfinite(value) else ""
        for value in row.at(ticks.major)
    ]


def x2_room(style: Style) -> float:
    """Points that a second x axis needs over its panel."""
    # Without a label its line stays free: a common factor of the ticks is written there.
    space = style.tick_length + TICK_GAP + style.tick_size * LINE
    return space + LABEL_GAP + style.label_size * LINE


def room_above(panel: Panel, style: Style) -> float:
    """Points that the panel's layers need over it."""
    return max((kind_of(layer).room_above(layer, style) for layer in panel.all_layers), default=0.0)


def legend_labels(panel: Panel) -> list[str]:
    """What the legend says of each layer; nothing of those without an entry."""
    labels = [kind_of(layer).legend_label(layer) for layer in panel.all_layers]
    first = len(panel.layers)
    return [*labels[:first], *(label and f"{label} (right axis)" for label in labels[first:])]


def has_legend(panel: Panel) -> bool:
    """Whether a panel shows a legend."""
    return panel.legend is not None and any(legend_labels(panel))
