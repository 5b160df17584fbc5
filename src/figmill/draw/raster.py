"""Pixels: carries out drawing instructions on an RGB picture.

Straight lines, areas, cells and text are written directly; only slanted lines, polygons and
markers need an anti-aliasing rasteriser, and get matplotlib's Agg on just their panel.
"""

from __future__ import annotations

import functools
import math
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.path import Path as Outline
from matplotlib.transforms import Affine2D, Bbox, IdentityTransform
from numpy.typing import NDArray

from figmill.draw import png, strokes, text
from figmill.draw.ops import (
    RGB,
    Box,
    Cells,
    Dots,
    Markers,
    Op,
    Polygon,
    Polyline,
    Rect,
    Rules,
    Sheet,
    Text,
)

Picture = NDArray[np.uint8]


def _shape(*corners: tuple[float, float], strokes: bool = False) -> Outline:
    codes = [Outline.MOVETO, Outline.LINETO] * (len(corners) // 2) if strokes else None
    return Outline(np.array(corners), codes)


MARKERS: dict[str, Outline] = {
    "circle": Outline.unit_circle(),
    "square": _shape((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9), (-0.9, -0.9)),
    "triangle": _shape((-1, -0.8), (1, -0.8), (0, 1), (-1, -0.8)),
    "diamond": _shape((0, -1.2), (1, 0), (0, 1.2), (-1, 0), (0, -1.2)),
    "cross": _shape((-0.8, -0.8), (0.8, 0.8), (-0.8, 0.8), (0.8, -0.8), strokes=True),
    "plus": _shape((-1, 0), (1, 0), (0, -1), (0, 1), strokes=True),
}
STROKED = ("cross", "plus")

# A curve of more points than this fills its panel; looking for its bounds would be in vain.
_LONG = 512

# Agg's memory for one path is limited; longer ones are drawn in pieces.
_CHUNK = 10_000

# So many markers are stamped one by one; more go faster through Agg.
STAMPED = 400

# One picture's memory is kept for the next figure of the same size: fetching fresh pages from
# the system costs as much as drawing into them.
_kept = threading.local()

# Room for the labels that a batch's figures share; their titles come and go.
_TILES: text.Kept[Picture] = text.Kept(8 << 20)


def draw(sheet: Sheet) -> Picture:
    """The sheet's picture with PNG's filter bytes, as `png.blank` lays it out.

    The array is reused by the next call in the same thread for a sheet of the same size.
    """
    raw = getattr(_kept, "raw", None)
    if raw is None or raw.shape != (sheet.height, 1 + 3 * sheet.width):
        raw = _kept.raw = png.blank(sheet.width, sheet.height)
    rgb = png.pixels_of(raw)
    if len(set(sheet.background)) == 1:
        raw.fill(sheet.background[0])
        raw[:, 0] = 0
    else:
        rgb[:] = sheet.background
    _Pen(raw, sheet).run(sheet.ops)
    return raw


@functools.lru_cache(maxsize=64)
def _stamp(shape: str, size: float, dpi: float) -> NDArray[np.uint8]:
    """A marker's coverage, 0..255, in a square with the marker's pixel in the middle."""
    reach = math.ceil(1.3 * size / 2) + 2
    side = 2 * reach + 1
    agg = RendererAgg(side, side, dpi)
    agg.clear()
    spot = Markers(
        np.array([[reach + 0.5, reach + 0.5]]), shape, size, (0, 0, 0), Box(0, 0, side, side)
    )
    smooth = _Smooth(spot.clip, Sheet(side, side, dpi, (255, 255, 255), ()))
    smooth.draw(agg, spot)
    return np.ascontiguousarray(np.asarray(agg.buffer_rgba())[:, :, 3])


def stamps(op: Markers, sheet: Sheet) -> Iterator[tuple[tuple[slice, slice], NDArray[np.uint8]]]:
    """The rows and columns of each marker on a sheet, and its coverage there, 0..255."""
    mask = _stamp(op.shape, op.size, sheet.dpi)
    reach = mask.shape[0] // 2
    alpha = np.round(mask * op.alpha).astype(np.uint8)
    clip = op.clip.common(Box(0, 0, sheet.width, sheet.height))
    for x, y in np.floor(op.points).astype(np.intp).tolist():
        x0, x1 = max(x - reach, int(clip.x0)), min(x + reach + 1, int(clip.x1))
        y0, y1 = max(y - reach, int(clip.y0)), min(y + reach + 1, int(clip.y1))
        if x0 < x1 and y0 < y1:
            cut = alpha[y0 - y + reach : y1 - y + reach, x0 - x + reach : x1 - x + reach]
            yield (slice(y0, y1), slice(x0, x1)), cut


class _Pen:
    def __init__(self, raw: Picture, sheet: Sheet) -> None:
        self.raw = raw
        self.rgb = png.pixels_of(raw)
        self.sheet = sheet
        self.smooth: _Smooth | None = None
        self.painted: list[Box] = []
        self.whole = Box(0, 0, sheet.width, sheet.height)

    def run(self, ops: Iterable[Op]) -> None:
        for op in ops:
            if isinstance(op, Polyline | Polygon | Markers | Dots):
                if not self._directly(op):
                    self._smooth_for(op.clip).add(op)
                continue
            self._flush()
            if isinstance(op, Text):
                self._text(op)
            elif isinstance(op, Rules):
                self._rules(op)
                self.painted.append(_around(op.segments))
            elif isinstance(op, Cells):
                self._cells(op)
                self.painted.append(op.box)
            else:
                self._rect(op)
                self.painted.append(op.box)
        self._flush()

    def _directly(self, op: Polyline | Polygon | Markers | Dots) -> bool:
        """Draw what needs no rasteriser; say whether it was such."""
        if isinstance(op, Markers):
            return self._stamps(op)
        return isinstance(op, Polyline) and (self._straight(op) or self._stroke(op))

    def _stamps(self, op: Markers) -> bool:
        """Draw a few markers, each from one mask, at whole pixels as Agg does."""
        if len(op.points) > STAMPED:
            return False
        self._flush()
        mask = _stamp(op.shape, op.size, self.sheet.dpi)
        reach = mask.shape[0] // 2
        alpha = np.round(mask * op.alpha).astype(np.uint8)[:, :, None]
        # What `_blend` would find again for every marker.
        rest, laid = _shares(alpha, op.color, mask.shape[1])
        clip = op.clip.common(self.whole)
        for x, y in np.floor(op.points).astype(np.intp).tolist():
            x0, x1 = max(x - reach, int(clip.x0)), min(x + reach + 1, int(clip.x1))
            y0, y1 = max(y - reach, int(clip.y0)), min(y + reach + 1, int(clip.y1))
            if x0 < x1 and y0 < y1:
                left, right = 3 * (x0 - x + reach), 3 * (x1 - x + reach)
                cut = np.s_[y0 - y + reach : y1 - y + reach, left:right]
                area = self.rgb[y0:y1, x0:x1]
                mixed = area.reshape(y1 - y0, right - left) * rest[cut]
                mixed += laid[cut]
                mixed //= 255
                area[:] = mixed.reshape(area.shape)
        self.painted.append(op.clip)
        return True

    def _straight(self, op: Polyline) -> bool:
        """Draw a line that is upright or level; say whether it was one."""
        if not is_straight(op):
            return False
        self._flush()
        lines, on = dashes_of(op, self.rgb)
        if lines.size and on.size:
            if op.alpha >= 1:
                lines[on] = op.color
            else:
                mixed = lines[on]
                _blend(mixed, round(op.alpha * 255), op.color)
                lines[on] = mixed
        self.painted.append(op.clip)
        return True

    def _stroke(self, op: Polyline) -> bool:
        """Draw a solid line that seldom turns back; say whether it was one."""
        # Parts that overlap would show through each other.
        parts = strokes.legs(op.points, strokes.MOST_LEGS if op.alpha >= 1 else 1)
        if op.dash or parts is None:
            return False
        self._flush()
        clip = op.clip.common(self.whole)
        for part in parts:
            _lay(self.raw, strokes.coverage(part, op.width, clip), op.color, op.alpha)
        self.painted.append(op.clip)
        return True

    def _smooth_for(self, clip: Box) -> _Smooth:
        if self.smooth is None or self.smooth.clip != clip:
            self._flush()
            self.smooth = _Smooth(clip, self.sheet)
        return self.smooth

    def _flush(self) -> None:
        if self.smooth is not None:
            clip = self.smooth.clip
            plain = not any(clip.meets(box) for box in self.painted)
            self.smooth.onto(self.rgb, self.sheet.background if plain else None)
            self.painted.append(clip)
            self.smooth = None

    def _rect(self, op: Rect) -> None:
        area = self.rgb[area_of(op, self.rgb.shape)]
        width = area.shape[1]
        if op.alpha >= 1:
            # One row first: rows are copied several times as fast as pixels are.
            area[:] = np.full((width, 3), op.color, np.uint8)
        elif _ground(area) is not None:
            # One pixel tells what all become.
            mixed = area[:1, :1].copy()
            _blend(mixed, round(op.alpha * 255), op.color)
            area[:] = np.full((width, 3), mixed[0, 0], np.uint8)
        else:
            _blend(area, round(op.alpha * 255), op.color)

    def _rules(self, op: Rules) -> None:
        color = np.array(op.color, np.uint8)
        for where in lines_of(op, self.rgb.shape):
            self.rgb[where] = color

    def _cells(self, op: Cells) -> None:
        x0, y0 = int(op.box.x0), int(op.box.y0)
        area = self.rgb[y0 : y0 + len(op.rows), x0 : x0 + op.strips.shape[1]]
        lay_rows(area, op.colors, op.rows)

    def _text(self, op: Text) -> None:
        ink = text.ink(op.text, op.size, self.sheet.dpi, op.bold, op.upright)
        rows, columns, cut = place_of(op, ink, self.rgb.shape)
        area = self.rgb[rows, columns]
        if not area.size:
            return
        ground = self.sheet.background if op.plain else _ground(area)
        if ground is not None:
            area[:] = _tile(op, self.sheet.dpi, ground)[cut]
        else:
            _blend(area, ink.mask[cut][:, :, None], op.color)


def is_straight(op: Polyline) -> bool:
    """Whether a line is upright or level, and is drawn on whole pixels.

    That are dashed lines, and solid ones whose ends are not seen.
    """
    if len(op.points) != 2 or not np.isfinite(op.points).all():
        return False
    (x0, y0), (x1, y1) = op.points.tolist()
    if x0 != x1 and y0 != y1:
        return False
    if op.dash:
        return True
    if x0 == x1:
        return bool(min(y0, y1) <= op.clip.y0 and max(y0, y1) >= op.clip.y1)
    return bool(min(x0, x1) <= op.clip.x0 and max(x0, x1) >= op.clip.x1)


def dashes_of(
    op: Polyline, pixels: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
    """What a dashed line covers of a picture, along the line, and where its dashes lie there."""
    (x0, y0), (x1, y1) = op.points.tolist()
    height, width = pixels.shape[:2]
    clip = op.clip.common(Box(0, 0, width, height))
    columns, rows = (int(clip.x0), int(clip.x1)), (int(clip.y0), int(clip.y1))
    if x0 == x1:
        on = _dashed(min(y0, y1), max(y0, y1), op.dash, rows)
        return pixels[:, _across(x0, op.width, columns)], on
    on = _dashed(min(x0, x1), max(x0, x1), op.dash, columns)
    return pixels[_across(y0, op.width, rows)].swapaxes(0, 1), on


def area_of(op: Rect, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """The rows and columns of a rectangle on a picture of a shape; at least a pixel each."""
    height, width = shape[:2]
    x0, x1 = (min(max(round(v), 0), width) for v in (op.box.x0, op.box.x1))
    y0, y1 = (min(max(round(v), 0), height) for v in (op.box.y0, op.box.y1))
    return slice(y0, max(y1, min(y0 + 1, height))), slice(x0, max(x1, min(x0 + 1, width)))


def lines_of(op: Rules, shape: tuple[int, ...]) -> Iterator[tuple[slice, slice]]:
    """The rows and columns of straight lines on a picture of a shape."""
    height, width = shape[:2]
    thick = max(1, round(op.width))
    segments = op.segments[np.isfinite(op.segments).all(axis=1)]
    # A line of n pixels stands on the pixel boundary it is given, the odd pixel after it.
    low = np.minimum(segments[:, :2], segments[:, 2:])
    high = np.maximum(segments[:, :2], segments[:, 2:])
    start = np.floor(low - thick / 2 + 0.5).astype(np.intp)
    stop = np.floor(high - thick / 2 + 0.5).astype(np.intp) + thick
    np.clip(start, 0, (width, height), out=start)
    np.clip(stop, 0, (width, height), out=stop)
    for (x0, y0), (x1, y1) in zip(start.tolist(), stop.tolist(), strict=True):
        yield slice(y0, y1), slice(x0, x1)


def lay_rows(area: NDArray[np.uint8], strips: NDArray[np.uint8], rows: NDArray[np.intp]) -> None:
    """Fill an area's rows with strips, by their numbers; -1 leaves a row as it is."""
    change = np.flatnonzero(np.diff(rows)) + 1
    start = [0, *change.tolist()]
    stop = [*change.tolist(), len(rows)]
    if len(start) > 0.6 * len(rows) and rows.min(initial=0) >= 0:
        area[:] = strips if len(strips) == len(rows) else strips[rows]
        return
    shown = rows[start].tolist()
    for first, last, number in zip(start, stop, shown, strict=True):
        if number >= 0:
            area[first:last] = strips[number]


def place_of(
    op: Text, ink: text.Ink, shape: tuple[int, ...]
) -> tuple[slice, slice, tuple[slice, slice]]:
    """The rows and columns that a text takes on a picture of a shape, and what part of its ink."""
    height, width = ink.mask.shape
    # Aligned by what is seen: centred and right-aligned labels end where their ink ends.
    back = {"left": 0.0, "center": 0.5, "right": 1.0}[op.align]
    if op.upright:
        x = round(op.x - back * width) if back else round(op.x) + ink.left
        y = round(op.y) + ink.top
    else:
        x = round(op.x) + ink.left
        y = round(op.y - (1 - back) * height) if back else round(op.y) + ink.top
    x0, y0 = max(x, 0), max(y, 0)
    x1, y1 = max(min(x + width, shape[1]), x0), max(min(y + height, shape[0]), y0)
    return slice(y0, y1), slice(x0, x1), (slice(y0 - y, y1 - y), slice(x0 - x, x1 - x))


def smoothed(op: Polygon, before: Picture, corner: tuple[int, int], sheet: Sheet) -> Picture:
    """A part of a picture, whose corner lies there on the sheet, with a polygon drawn on it."""
    after = np.array(before)
    points = op.points - np.array(corner)
    height, width = before.shape[:2]
    box = Box(0, 0, width, height)
    pen = _Smooth(box, replace(sheet, width=width, height=height))
    pen.add(replace(op, points=points, clip=box))
    pen.onto(after, None)
    return after


def _across(middle: float, width: float, clip: tuple[int, int]) -> slice:
    """The pixels that a straight line is thick."""
    thick = max(1, round(width))
    # Halves always go the same way: of two lines half a pixel off, both do.
    first = math.floor(middle - thick / 2 + 0.5)
    return slice(max(first, clip[0]), max(min(first + thick, clip[1]), 0))


def _dashed(
    start: float, stop: float, dash: tuple[float, ...], clip: tuple[int, int]
) -> NDArray[np.intp]:
    """The pixels on which the dashes of a straight line lie, ascending; all, if it has none."""
    low, high = clip
    if not dash:
        return np.arange(max(round(start), low), max(min(round(stop), high), low))
    ends = np.cumsum((0.0, *dash))
    periods = np.arange(
        max(0.0, (low - start) // ends[-1]), max(0.0, (min(stop, high) - start) / ends[-1])
    )
    begin = start + periods[:, None] * ends[-1] + ends[:-1:2]
    end = np.minimum(begin + dash[::2], min(stop, high))
    np.maximum(begin, low, out=begin)
    some = end > begin
    first = np.rint(begin[some]).astype(np.intp)
    on = np.zeros(max(high - low, 0), bool)
    # What is there is at least a pixel long.
    last = np.maximum(np.rint(end[some]).astype(np.intp), first + 1)
    for a, b in zip((first - low).tolist(), (last - low).tolist(), strict=True):
        on[a:b] = True
    return np.flatnonzero(on) + low


def _tile(op: Text, dpi: float, background: RGB) -> Picture:
    """Text already blended with a plain background."""
    key = (op.text, op.size, op.bold, op.upright, op.color, dpi, background)
    tile = _TILES.get(key)
    if tile is None:
        mask = text.ink(op.text, op.size, dpi, op.bold, op.upright).mask
        tile = np.empty((*mask.shape, 3), np.uint8)
        tile[:] = background
        _blend(tile, mask[:, :, None], op.color)
        _TILES.put(key, tile, tile.nbytes)
    return tile


def _ground(area: Picture) -> RGB | None:
    """The colour of an area that has but one; looking costs a tenth of mixing."""
    if not area.size or (area[0, 0] != area[-1, -1]).any():
        return None
    red, green, blue = area[0, 0].tolist()
    row = np.full(area.shape[1:], (red, green, blue), np.uint8)
    return (red, green, blue) if (area == row).all() else None


def _blend(area: Picture, alpha: int | NDArray[np.uint8], color: RGB) -> None:
    """Lay a colour over an area; `alpha` in 0..255, shape (h, w, 1) where it varies."""
    # Pixels side by side as plain rows: three times as fast as along an axis of three channels.
    # 255 x 255 and a half fit into 16 bits.
    height, width, channels = area.shape
    rest, laid = _shares(alpha, color, width)
    mixed = area.reshape(height, width * channels) * rest
    mixed += laid
    mixed //= 255
    area[:] = mixed.reshape(area.shape)


def _shares(
    alpha: int | NDArray[np.uint8], color: RGB, width: int
) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """The share of 255 that stays of each value in rows of pixels, and what a colour adds."""
    whole = np.array([[alpha]], np.uint16) if isinstance(alpha, int) else alpha[:, :, 0]
    cover = np.repeat(whole, 3, axis=1).astype(np.uint16)
    if isinstance(alpha, int):
        cover = np.tile(cover, (1, width))
    tint = np.tile(np.array(color, np.uint16), width)
    return np.uint16(255) - cover, tint * cover + np.uint16(127)


class _Smooth:
    """Anti-aliased drawing on one clip box."""

    def __init__(self, clip: Box, sheet: Sheet) -> None:
        self.clip = clip
        self.dpi = sheet.dpi
        self.x0, self.y0 = max(int(clip.x0), 0), max(int(clip.y0), 0)
        self.width = min(int(np.ceil(clip.x1)), sheet.width) - self.x0
        self.height = min(int(np.ceil(clip.y1)), sheet.height) - self.y0
        self.ops: list[Polyline | Polygon | Markers | Dots] = []

    def add(self, op: Polyline | Polygon | Markers | Dots) -> None:
        self.ops.append(op)

    def onto(self, rgb: Picture, background: RGB | None) -> None:
        """Draw; `background` is the one colour that is there so far, if it is one."""
        if self.width <= 0 or self.height <= 0 or not self.ops:
            return
        self._shrink()
        if self.width <= 0 or self.height <= 0:
            return
        area = rgb[self.y0 : self.y0 + self.height, self.x0 : self.x0 + self.width]
        agg = self._renderer()
        buffer = np.asarray(agg.buffer_rgba())
        if background is not None:
            buffer.view(np.uint32)[:] = np.array([*background, 255], np.uint8).view(np.uint32)
        else:
            # Channel by channel takes a third of the time of buffer[:, :, :3] = area.
            for channel in range(3):
                buffer[:, :, channel] = area[:, :, channel]
            buffer[:, :, 3] = 255
        for op in self.ops:
            self.draw(agg, op)
        for channel in range(3):
            area[:, :, channel] = buffer[:, :, channel]

    def _shrink(self) -> None:
        """Work only where something is drawn."""
        low = np.array([np.inf, np.inf])
        high = -low
        for op in self.ops:
            if not len(op.points):
                continue
            if len(op.points) > _LONG:
                return
            if isinstance(op, Markers | Dots):
                reach = 4.0 + (op.size if isinstance(op, Markers) else float(op.sizes.max()))
            else:
                reach = 4.0 + getattr(op, "width", 0.0)
            low = np.fmin(low, np.fmin.reduce(op.points, axis=0) - reach)
            high = np.fmax(high, np.fmax.reduce(op.points, axis=0) + reach)
        if not (np.isfinite(low).all() and np.isfinite(high).all()):
            self.width = 0
            return
        x0, y0 = max(self.x0, int(low[0])), max(self.y0, int(low[1]))
        self.width = min(self.x0 + self.width, int(np.ceil(high[0]))) - x0
        self.height = min(self.y0 + self.height, int(np.ceil(high[1]))) - y0
        self.x0, self.y0 = x0, y0

    def _renderer(self) -> RendererAgg:
        agg = getattr(_kept, "agg", None)
        if agg is None or (agg.width, agg.height, agg.dpi) != (self.width, self.height, self.dpi):
            agg = _kept.agg = RendererAgg(self.width, self.height, self.dpi)
        return agg

    def draw(self, agg: RendererAgg, op: Polyline | Polygon | Markers | Dots) -> None:
        context = agg.new_gc()
        to_points = 72.0 / self.dpi  # the unit of widths in a graphics context
        # Agg counts y upwards from the bottom.
        flip = Affine2D().translate(-self.x0, -self.y0).scale(1, -1).translate(0, self.height)
        clip = op.clip
        context.set_clip_rectangle(
            Bbox.from_extents(
                clip.x0 - self.x0,
                self.height - (clip.y1 - self.y0),
                clip.x1 - self.x0,
                self.height - (clip.y0 - self.y0),
            )
        )
        if isinstance(op, Dots):
            draw_dots(agg, context, op, flip, to_points, 1.0)
            return
        context.set_alpha(op.alpha)
        red, green, blue = (part / 255 for part in op.color)
        color = (red, green, blue)
        context.set_foreground(color)
        context.set_antialiased(True)
        if isinstance(op, Polyline):
            context.set_linewidth(op.width * to_points)
            context.set_joinstyle("round")
            context.set_capstyle("butt" if op.dash else "projecting")
            context.set_snap(False)
            if op.dash:
                context.set_dashes(0, [part * to_points for part in op.dash])
            for start in range(0, max(len(op.points) - 1, 1), _CHUNK):
                path = Outline(op.points[start : start + _CHUNK + 1])
                path.should_simplify = False
                agg.draw_path(context, path, flip)
        elif isinstance(op, Polygon):
            context.set_linewidth(0)
            path = Outline(op.points, closed=False)
            path.should_simplify = False
            agg.draw_path(context, path, flip, (*color, op.alpha))
        else:
            shape = MARKERS[op.shape]
            size = Affine2D().scale(op.size / 2)
            if op.shape in STROKED:
                context.set_linewidth(max(1.0, op.size / 5) * to_points)
                face = None
            else:
                context.set_linewidth(0)
                face = (*color, op.alpha)
            # Agg places markers on whole pixels: those on one pixel are one.
            spots = np.unique(np.rint(op.points), axis=0) if op.alpha >= 1 else op.points
            for start in range(0, len(spots), _CHUNK):
                part = Outline(spots[start : start + _CHUNK])
                agg.draw_markers(context, shape, size, part, flip, face)


def draw_dots(
    renderer: RendererBase,
    context: GraphicsContextBase,
    op: Dots,
    place: Affine2D,
    to_points: float,
    scale: float,
) -> None:
    """Draw symbols by a renderer of matplotlib's.

    Parameters
    ----------
    renderer, context
        Where; the clip is set in the context.
    op
        What.
    place
        From the sheet's pixels to the renderer's unit, which is `scale` times as small.
    to_points, scale
        A pixel in points, and in the renderer's unit.
    """
    if not len(op.points):
        return
    sizes = np.zeros((len(op.sizes), 3, 3))
    sizes[:, 0, 0] = sizes[:, 1, 1] = op.sizes / 2 * scale
    sizes[:, 2, 2] = 1.0
    colors = np.empty((len(op.colors), 4))
    colors[:, :3] = op.colors / 255
    colors[:, 3] = op.alpha
    stroked = op.shape in STROKED
    widths = np.maximum(1.0, op.sizes / 5) * to_points if stroked else np.zeros(1)
    nothing = np.empty((0, 4))
    draw: Any = renderer.draw_path_collection  # arrays, where its stubs want sequences
    draw(
        context,
        IdentityTransform(),
        [MARKERS[op.shape]],
        sizes,
        op.points,
        place,
        nothing if stroked else colors,
        colors if stroked else nothing,
        widths,
        [(0, None)],
        [True],
        [None],
        "screen",
    )


def _lay(raw: Picture, covered: strokes.Coverage, color: RGB, alpha: float) -> None:
    """Lay a colour over some pixels of a PNG picture, each by its share."""
    flat = raw.reshape(-1)
    solid, edge = covered.places(raw.shape[1], 3)
    share = np.round(covered.share * np.float32(255 * alpha)).astype(np.uint16)
    if alpha < 1:
        edge = np.concatenate((solid, edge))
        share = np.concatenate((np.full(len(solid), round(255 * alpha), np.uint16), share))
    rest = 255 - share
    for channel, part in enumerate(color):
        here = flat[channel:]
        if alpha >= 1:
            here[solid] = part
        mixed = here[edge] * rest
        mixed += share * np.uint16(part) + np.uint16(127)
        mixed //= 255
        here[edge] = mixed


def _around(segments: NDArray[np.float64]) -> Box:
    """The box that holds all of some lines."""
    if not len(segments):
        return Box(0, 0, 0, 0)
    low, high = np.nanmin(segments, axis=0), np.nanmax(segments, axis=0)
    return Box(
        min(low[0], low[2]) - 1,
        min(low[1], low[3]) - 1,
        max(high[0], high[2]) + 1,
        max(high[1], high[3]) + 1,
    )
