"""Spectrograms with one byte a pixel: drawing instructions on a picture of palette numbers.

A third of the bytes are written, deflated and stored. Colour maps are given to the levels that the
palette has room for, texts and lines to steps between their colour and the ground: at most one
unit of CIEDE2000 apart from what `raster` draws, two at the edges of texts. Whatever cannot be
drawn so well is left to `raster`.
"""

from __future__ import annotations

import copy
import functools
import threading
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from figmill.draw import png, raster, text
from figmill.draw.color_difference import ciede2000, lab
from figmill.draw.ops import RGB, Cells, Dots, Op, Polygon, Polyline, Rect, Rules, Sheet, Text

SIZE = 256
"""Colours of a PNG palette."""

_STEPS = 58
"""Levels from the ground to the colour of a text: half a step of black on white is 0.9 in L*."""

_FEWER_STEPS = 24
"""The same for what covers few pixels: labels in other colours, edges of a colour bar's tips."""

_BLENDED = 48
"""Room for what lets the ground shine through, such as the bright seam along an event's line."""

_CLOSE = 1.0
"""How far a map's level may be from what it stands for, by CIEDE2000."""

_LONGEST = 16
"""So many levels of a map at most become one."""

_TIP = 4096
"""Polygons of at most so many pixels are drawn: the tips of colour bars."""

_kept = threading.local()


class _NoRoomError(Exception):
    """The palette cannot hold what the sheet shows."""


def draw(sheet: Sheet) -> tuple[NDArray[np.uint8], NDArray[np.uint8]] | None:
    """The sheet's picture with PNG's filter bytes, and its palette.

    Parameters
    ----------
    sheet
        What is drawn.

    Returns
    -------
    tuple or None
        Numbers of shape (height, 1 + width), reused by the next call in the same thread for a
        sheet of the same size, and colours of shape (n, 3). None where one byte does not do.
    """
    if not _suits(sheet.ops):
        return None
    raw = getattr(_kept, "raw", None)
    if raw is None or raw.shape != (sheet.height, 1 + sheet.width):
        raw = _kept.raw = png.blank(sheet.width, sheet.height, 1)
    try:
        pen = _Pen(raw, sheet)
        for op in sheet.ops:
            pen.draw(op)
    except _NoRoomError:
        return None
    return raw, pen.palette.colors[: pen.palette.size].copy()


def _suits(ops: Sequence[Op]) -> bool:
    """Whether there are cells, and nothing that mixes colours over them."""
    cells = False
    for op in ops:
        match op:
            case Cells():
                if op.table is None:
                    return False
                cells = True
            case Polyline():
                if not raster.is_straight(op):
                    return False
            case Polygon():
                low, high = op.points.min(axis=0), op.points.max(axis=0)
                if op.alpha < 1 or np.prod(high - low) > _TIP:
                    return False
            case Rect():
                if op.alpha < 1:
                    return False
            case Rules() | Text():
                pass
            case _:
                return False
    return cells


class _Palette:
    """Colours by number; the same sheet always gets the same."""

    def __init__(self, background: RGB) -> None:
        self.colors = np.zeros((SIZE, 3), np.uint8)
        self.size = 0
        self._numbers: dict[RGB, int] = {}
        self._ramps: dict[tuple[RGB, RGB], NDArray[np.uint8]] = {}
        self._maps: dict[bytes, NDArray[np.uint8]] = {}
        self._blends: dict[tuple[RGB, float], NDArray[np.int16]] = {}
        self.number(background)

    @classmethod
    def of(cls, sheet: Sheet) -> _Palette:
        """The palette that a sheet begins with."""
        inks: Counter[RGB] = Counter()
        plain: set[RGB] = set()
        tables: dict[bytes, None] = {}
        tips: set[RGB] = set()
        blends: set[tuple[RGB, float]] = set()
        for op in sheet.ops:
            if isinstance(op, Text):
                inks[op.color] += len(op.text)
            elif isinstance(op, Cells):
                assert op.table is not None
                tables[op.table.tobytes()] = None
            elif isinstance(op, Polygon):
                tips.add(op.color)
            elif isinstance(op, Polyline) and op.alpha < 1:
                blends.add((op.color, op.alpha))
            elif not isinstance(op, Dots):  # these have too many for a palette
                plain.add(op.color)
        begun = _begun(
            sheet.background,
            tuple(sorted(inks, key=lambda color: (-inks[color], color))),
            tuple(sorted(plain)),
            tuple(sorted(tips)),
            tuple(tables),
            tuple(sorted(blends)),
        )
        own = copy.copy(begun)
        own.colors = begun.colors.copy()
        own._numbers, own._ramps = dict(begun._numbers), dict(begun._ramps)
        return own

    def give_blend(self, color: RGB, alpha: float, until: int) -> None:
        """Find what the ground and the maps' colours become under another; new ones to a number."""
        numbers = np.full(SIZE, -1, np.int16)
        under = np.unique(np.concatenate((*self._maps.values(), np.zeros(1, np.uint8))))
        ground = self.colors[under].astype(np.float64)
        mixed = np.round(ground * (1 - alpha) + np.array(color) * alpha).astype(np.uint8)
        numbers[under] = self._close(mixed, until)
        self._blends[color, alpha] = numbers

    def _close(
        self, colors: NDArray[np.uint8], until: int, enough: float = _CLOSE
    ) -> NDArray[np.uint8]:
        """Numbers of colours that look the same as some; new ones, to a number, where none does."""
        seen, known = lab(colors), lab(self.colors)
        numbers = np.zeros(len(colors), np.uint8)
        for place, (red, green, blue) in enumerate(colors.tolist()):
            exact = self._numbers.get((red, green, blue))
            if exact is not None:
                numbers[place] = exact
                continue
            apart = ciede2000(known[: self.size], seen[place])
            closest = int(apart.argmin())
            if apart[closest] > enough and self.size < until:
                closest = self.number((red, green, blue))
                known[closest] = seen[place]
            elif apart[closest] > 2 * _CLOSE:
                raise _NoRoomError
            numbers[place] = closest
        return numbers

    def blended(self, color: RGB, alpha: float, under: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The numbers of what lies under a colour, with that colour over it."""
        found = np.take(self._blends[color, alpha], under)
        if found.min(initial=0) < 0:
            raise _NoRoomError
        return found.astype(np.uint8)

    def give_levels(self, data: bytes, room: int) -> None:
        """Make room for a colour map, of at most so many colours."""
        fewer = _fewer(data, room)
        if fewer is None:
            raise _NoRoomError
        self._maps[data] = self._numbered(fewer)

    def number(self, color: RGB) -> int:
        """The number of a colour."""
        found = self._numbers.get(color)
        if found is None:
            if self.size == SIZE:
                raise _NoRoomError
            found = self._numbers[color] = self.size
            self.colors[found] = color
            self.size += 1
        return found

    def ramp(self, color: RGB, ground: RGB, steps: int = _STEPS) -> NDArray[np.uint8]:
        """The numbers of a colour over another by coverage, 0 to 255."""
        key = (color, ground)
        if key not in self._ramps:
            self.number(color)
            colors, place = np.unique(_ramp(color, ground, steps), axis=0, return_inverse=True)
            self._ramps[key] = self._close(colors, SIZE, _CLOSE / 2)[place.ravel()]
        return self._ramps[key]

    def map(self, table: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The numbers of a colour map's entries."""
        return self._maps[table.tobytes()]

    def _numbered(self, colors: NDArray[np.uint8]) -> NDArray[np.uint8]:
        distinct, place = np.unique(colors, axis=0, return_inverse=True)
        numbers = [self.number((r, g, b)) for r, g, b in distinct.tolist()]
        return np.array(numbers, np.uint8)[place.ravel()]

    def nearest(self, colors: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The numbers of the colours that are closest, shape (n,), to some of shape (n, 3)."""
        distinct, place = np.unique(colors, axis=0, return_inverse=True)
        missing = [one for one in map(tuple, distinct.tolist()) if one not in self._numbers]
        if len(missing) <= SIZE - self.size:
            return self._numbered(colors)
        apart = ciede2000(lab(distinct)[:, None], lab(self.colors[: self.size])[None])
        if apart.min(axis=1).max() > 2 * _CLOSE:
            raise _NoRoomError
        closest: NDArray[np.uint8] = apart.argmin(axis=1).astype(np.uint8)
        return closest[place.ravel()]


@functools.lru_cache(maxsize=64)
def _begun(
    background: RGB,
    inks: tuple[RGB, ...],
    plain: tuple[RGB, ...],
    tips: tuple[RGB, ...],
    maps: tuple[bytes, ...],
    blends: tuple[tuple[RGB, float], ...],
) -> _Palette:
    """A palette for these texts, areas and lines, tips, colour maps, and what lies over them."""
    made = _Palette(background)
    for place, color in enumerate(inks):
        made.ramp(color, background, _FEWER_STEPS if place else _STEPS)
    for color in plain:
        made.number(color)
    for color in tips:
        made.ramp(color, background, _FEWER_STEPS)
    free = SIZE - made.size - _BLENDED * len(blends)
    for data in maps:
        made.give_levels(data, free // len(maps))
    for left, (color, alpha) in enumerate(blends, 1 - len(blends)):
        made.give_blend(color, alpha, SIZE + left * _BLENDED)
    return made


class _Pen:
    def __init__(self, raw: NDArray[np.uint8], sheet: Sheet) -> None:
        self.sheet = sheet
        self.pixels = raw[:, 1:]
        self.palette = _Palette.of(sheet)
        raw.fill(self.palette.number(sheet.background))
        raw[:, 0] = 0

    def draw(self, op: Op) -> None:
        """Carry out one instruction."""
        match op:
            case Cells():
                self._cells(op)
            case Text():
                self._text(op)
            case Rules():
                number = self.palette.number(op.color)
                for rows, columns in raster.lines_of(op, self.pixels.shape):
                    self.pixels[rows, columns] = number
            case Rect():
                rows, columns = raster.area_of(op, self.pixels.shape)
                self.pixels[rows, columns] = self.palette.number(op.color)
            case Polyline():
                lines, on = raster.dashes_of(op, self.pixels)
                if not (lines.size and on.size):
                    return
                if op.alpha >= 1:
                    lines[on] = self.palette.number(op.color)
                else:
                    lines[on] = self.palette.blended(op.color, op.alpha, lines[on])
            case Polygon():
                self._polygon(op)
            case _:
                raise _NoRoomError

    def _cells(self, op: Cells) -> None:
        assert op.table is not None
        numbers = np.take(self.palette.map(op.table), op.strips)
        x0, y0 = int(op.box.x0), int(op.box.y0)
        area = self.pixels[y0 : y0 + len(op.rows), x0 : x0 + numbers.shape[1]]
        raster.lay_rows(area, numbers, op.rows)

    def _text(self, op: Text) -> None:
        ink = text.ink(op.text, op.size, self.sheet.dpi, op.bold, op.upright)
        rows, columns, cut = raster.place_of(op, ink, self.pixels.shape)
        area = self.pixels[rows, columns]
        if not area.size:
            return
        if not op.plain and (area != area[0, 0]).any():
            raise _NoRoomError
        red, green, blue = self.palette.colors[area[0, 0]].tolist()
        ground = self.sheet.background if op.plain else (red, green, blue)
        area[:] = np.take(self.palette.ramp(op.color, ground), ink.mask[cut])

    def _polygon(self, op: Polygon) -> None:
        """Draw a small polygon on the colours under it."""
        height, width = self.pixels.shape
        (x0, y0), (x1, y1) = (
            np.clip(edge, 0, (width, height)).astype(int).tolist()
            for edge in (op.points.min(axis=0) - 4, op.points.max(axis=0) + 5)
        )
        area = self.pixels[y0:y1, x0:x1]
        if not area.size:
            return
        before = self.palette.colors[area]
        after = raster.smoothed(op, before, (x0, y0), self.sheet)
        changed = (after != before).any(axis=2)
        area[changed] = self.palette.nearest(after[changed])


@functools.lru_cache(maxsize=256)
def _ramp(color: RGB, ground: RGB, steps: int) -> NDArray[np.uint8]:
    """A colour over another by coverage, 0 to 255, in some levels; shape (256, 3)."""
    share = (np.round(np.arange(SIZE) * ((steps - 1) / 255)) / (steps - 1))[:, None]
    made: NDArray[np.uint8] = np.round(
        np.array(ground, float) * (1 - share) + np.array(color, float) * share
    ).astype(np.uint8)
    return made


@functools.lru_cache(maxsize=64)
def _fewer(data: bytes, room: int) -> NDArray[np.uint8] | None:
    """A colour map's table with at most so many colours; None where that would show.

    The first 256 colours are the map, further ones mean something each and stay as they are.
    """
    table = np.frombuffer(data, np.uint8).reshape(-1, 3)
    levels, others = table[:SIZE], table[SIZE:]
    room -= len(np.unique(others, axis=0))
    if len(np.unique(levels, axis=0)) <= room:
        return table
    seen = lab(levels)
    # How far each level is from those after it, as far as one colour may stand for both.
    apart = np.stack(
        [ciede2000(seen, np.roll(seen, -step, axis=0)) for step in range(_LONGEST)], axis=1
    )
    low, high = 0.0, _CLOSE
    best = _grouped(apart, high)
    if best.max() >= room:
        return None
    for _ in range(12):
        middle = (low + high) / 2
        found = _grouped(apart, middle)
        if found.max() < room:
            best, high = found, middle
        else:
            low = middle
    first = np.searchsorted(best, np.arange(best.max() + 1))
    last = np.append(first[1:], len(levels)) - 1
    return np.concatenate((levels[(first + last) // 2][best], others))


def _grouped(apart: NDArray[np.float64], most: float) -> NDArray[np.intp]:
    """The number of each level's group, whose middle is at most so far from its ends."""
    group = np.zeros(len(apart), np.intp)
    start = number = 0
    while start < len(apart):
        stop = start
        while stop + 1 < min(len(apart), start + _LONGEST):
            middle = (start + stop + 1) // 2
            if max(apart[start, middle - start], apart[middle, stop + 1 - middle]) > most:
                break
            stop += 1
        group[start : stop + 1] = number
        start, number = stop + 1, number + 1
    return group
