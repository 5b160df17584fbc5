"""Figures with one byte a pixel: drawing instructions on a picture of palette numbers.

A third of the bytes are written, deflated and stored. Colour maps are given to the levels that the
palette has room for, texts and lines to steps between their colour and the ground: at most one
unit of CIEDE2000 apart from what `raster` draws, two at the edges of texts and where curves cross.
Whatever cannot be drawn so well is left to `raster`.
"""

from __future__ import annotations

import copy
import functools
import itertools
import threading
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from figmill.draw import png, raster, strokes, text
from figmill.draw.color_difference import ciede2000, lab, roughly_even
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

SIZE = 256
"""Colours of a PNG palette."""

_STEPS = 58
"""Levels from the ground to the colour of a text: half a step of black on white is 0.9 in L*."""

_FEWER_STEPS = 24
"""The same for what covers few pixels: labels in other colours."""

_BLENDED = 48
"""Room for what lets the ground shine through, such as the bright seam along an event's line."""

_CLOSE = 1.0
"""How far a map's level may be from what it stands for, by CIEDE2000."""

_LONGEST = 16
"""So many levels of a map at most become one."""

_TIP = 4096
"""Polygons of at most so many pixels are drawn: the tips of colour bars."""

_MIXED = 24
"""Room for what curves make of each other where there are colour maps, too."""

_CROSSING = 1.4
"""How far a colour may be from what it stands for where few pixels have it: where curves cross."""

_SHARED = 3
"""So many colours at most may come to one number that is left; more are seldom found room."""

_LARGE = 1000
"""What so many pixels share, such as the colour of a band, is kept as it is."""

_SURELY = 0.85
"""What is left of that for a rough measure of it."""

_CROSSED = 60
"""Numbers that two curves need where they cross; with less no picture of them is begun."""

_NEAR = 4
"""So many of the closest colours are compared."""

_UNLIKE = 0.001
"""The share of pixels that may be further than `_CLOSE` from what they stand for."""

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
    if pen.palette.unlike > _UNLIKE * sheet.width * sheet.height:
        return None
    return raw, pen.palette.colors[: pen.palette.size].copy()


def _suits(ops: Sequence[Op]) -> bool:
    """Whether there are cells, curves or a few markers, and nothing that mixes many colours."""
    some = cells = dim = False
    for op in ops:
        match op:
            case Cells():
                if op.table is None:
                    return False
                some = cells = True
            case Polyline():
                if not raster.is_straight(op):
                    if op.dash:
                        return False
                    some = True
            case Markers():
                if len(op.points) > raster.STAMPED:
                    return False
                some = True
            case Polygon():
                low, high = op.points.min(axis=0), op.points.max(axis=0)
                if op.alpha < 1 or np.prod(high - low) > _TIP:
                    return False
            case Rect():
                dim |= op.alpha < 1
            case Rules() | Text():
                pass
            case _:
                return False
    # Over cells, anything translucent makes too many colours.
    return some and not (cells and dim)


class _Palette:
    """Colours by number; the same sheet always gets the same."""

    def __init__(self, background: RGB) -> None:
        self.colors = np.zeros((SIZE, 3), np.uint8)
        self.size = 0
        self._numbers: dict[RGB, int] = {}
        self._ramps: dict[tuple[RGB, RGB], NDArray[np.uint8]] = {}
        self._maps: dict[bytes, NDArray[np.uint8]] = {}
        self._blends: dict[tuple[RGB, float], NDArray[np.int16]] = {}
        # By colour, what a share of it makes of what is under it: shape (SIZE * 256,), -1 unknown.
        self._over: dict[RGB, NDArray[np.int16]] = {}
        # How far what has a number may be from what it stands for, and how many pixels are.
        self._off = np.zeros(SIZE)
        self.unlike = 0
        self.number(background)

    @classmethod
    def of(cls, sheet: Sheet) -> _Palette:
        """The palette that a sheet begins with."""
        inks: Counter[RGB] = Counter()
        plain: set[RGB] = set()
        tables: dict[bytes, None] = {}
        tips: set[RGB] = set()
        blends: set[tuple[RGB, float]] = set()
        lines: dict[tuple[RGB, RGB], None] = {}
        areas: list[Rect] = []
        together: dict[Box, dict[RGB, None]] = {}
        for op in sheet.ops:
            if isinstance(op, Rect):
                areas.append(op)
            if isinstance(op, Markers) or (isinstance(op, Polyline) and not raster.is_straight(op)):
                lines[op.color, _ground(op.clip, areas, sheet.background)] = None
                if len(op.points) > 2:  # not the keys of a legend
                    together.setdefault(op.clip, {})[op.color] = None
            elif isinstance(op, Text):
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
        crossing = {pair for met in together.values() for pair in itertools.combinations(met, 2)}
        if _CROSSED * len(crossing) > SIZE:
            raise _NoRoomError  # before colours are looked for, which takes longer
        begun = _begun(
            sheet.background,
            tuple(sorted(inks, key=lambda color: (-inks[color], color))),
            tuple(sorted(plain)),
            tuple(sorted(tips)),
            tuple(tables),
            tuple(sorted(blends)),
            tuple(lines),
        )
        if SIZE - begun.size < _CROSSED * len(crossing):
            raise _NoRoomError
        own = copy.copy(begun)
        own.colors, own._off = begun.colors.copy(), begun._off.copy()
        own._over = {color: table.copy() for color, table in begun._over.items()}
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

    def give_line(self, color: RGB, ground: RGB) -> None:
        """Make room for the edges of lines of a colour over the ground."""
        under = self.number(ground)
        colors, off = _steps(color, ground)
        steps = self._numbered(colors)
        np.maximum.at(self._off, steps, off)
        table = self._over.setdefault(color, np.full(SIZE * SIZE, -1, np.int16))
        table[under * SIZE : (under + 1) * SIZE] = steps

    def over(
        self, color: RGB, under: NDArray[np.uint8], share: NDArray[np.uint8]
    ) -> NDArray[np.uint8]:
        """The numbers of what lies under a colour, with a share of that colour over it.

        Parameters
        ----------
        color
            What is laid over it.
        under
            Numbers, shape (n,).
        share
            How much of the colour is seen, 0 to 255, shape (n,).
        """
        table = self._over.setdefault(color, np.full(SIZE * SIZE, -1, np.int16))
        pairs = under.astype(np.uint16) * np.uint16(SIZE) + share
        found = np.take(table, pairs)
        new = found < 0
        if new.any():
            counts = np.bincount(pairs[new], minlength=SIZE * SIZE)
            met = np.flatnonzero(counts)
            self._learn(color, table, met, counts[met])
            found = np.take(table, pairs)
        return found.astype(np.uint8)

    def _learn(
        self,
        color: RGB,
        table: NDArray[np.int16],
        pairs: NDArray[np.intp],
        counts: NDArray[np.intp],
    ) -> None:
        """Find numbers for what shares of a colour make of what is under it."""
        under, share = np.divmod(pairs, SIZE)
        left = 1 - share / 255
        mixed = self.colors[under] * left[:, None] + np.array(color) * (1 - left[:, None])
        colors = np.round(mixed).astype(np.uint8)
        seen = lab(colors)
        numbers, apart = _closest(seen, lab(self.colors[: self.size]))
        # What is under it may be off already: both together stay within what is allowed.
        before = self._off[under] * left
        # Where it is not, many pixels may be alike: the edges of a curve over a band.
        most = np.where(before > 0, np.minimum(_CROSSING, 2 * _CLOSE - before), _CLOSE)
        most[counts > _LARGE] = 0.0
        poor = np.flatnonzero(apart > most)
        if len(poor) > _SHARED * (SIZE - self.size):
            raise _NoRoomError
        # The furthest first, until all are close to something.
        far, even, enough = apart[poor], roughly_even(seen[poor]), _SURELY * most[poor]
        while far.size and (far > enough).any():
            worst = int((far - enough).argmax())
            red, green, blue = colors[poor[worst]].tolist()
            number = self.number((red, green, blue))
            differ = np.sqrt(((even - even[worst]) ** 2).sum(axis=1))
            closer = differ < far
            far[closer], numbers[poor[closer]] = differ[closer], number
        apart[poor] = ciede2000(lab(self.colors[numbers[poor]]), seen[poor])
        if (apart > 2 * _CLOSE - before).any():
            raise _NoRoomError
        off = before + apart
        np.maximum.at(self._off, numbers, off)
        self.unlike += int(counts[off > _CLOSE].sum())
        table[pairs] = numbers

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
        closest = _nearest(distinct.tobytes(), self.colors[: self.size].tobytes())
        if closest is None:
            raise _NoRoomError
        return closest[place.ravel()]


@functools.lru_cache(maxsize=256)  # the tips of colour bars are the same in every figure
def _nearest(some: bytes, known: bytes) -> NDArray[np.uint8] | None:
    """The number of the closest of known colours for each of some; None where one is too far."""
    seen, palette = (np.frombuffer(one, np.uint8).reshape(-1, 3) for one in (some, known))
    apart = ciede2000(lab(seen)[:, None], lab(palette)[None])
    if apart.min(axis=1).max() > 2 * _CLOSE:
        return None
    closest: NDArray[np.uint8] = apart.argmin(axis=1).astype(np.uint8)
    return closest


@functools.lru_cache(maxsize=64)
def _begun(
    background: RGB,
    inks: tuple[RGB, ...],
    plain: tuple[RGB, ...],
    tips: tuple[RGB, ...],
    maps: tuple[bytes, ...],
    blends: tuple[tuple[RGB, float], ...],
    lines: tuple[tuple[RGB, RGB], ...],
) -> _Palette:
    """A palette for these texts, areas, tips, colour maps, what lies over them, and curves."""
    made = _Palette(background)
    for place, color in enumerate(inks):
        made.ramp(color, background, _FEWER_STEPS if place else _STEPS)
    for color in plain:
        made.number(color)
    for color in tips:
        # Levels that look evenly apart: of a dark tip over white, so many even ones would show.
        made._numbered(_steps(color, background, _CROSSING)[0])
    for color, ground in lines:
        made.give_line(color, ground)
    free = SIZE - made.size - _BLENDED * len(blends) - (_MIXED if lines else 0)
    for data in maps:
        made.give_levels(data, free // len(maps))
    for left, (color, alpha) in enumerate(blends, 1 - len(blends)):
        made.give_blend(color, alpha, SIZE + left * _BLENDED)
    return made


class _Pen:
    def __init__(self, raw: NDArray[np.uint8], sheet: Sheet) -> None:
        self.sheet = sheet
        self.raw = raw
        self.pixels = raw[:, 1:]
        self.cells = any(isinstance(op, Cells) for op in sheet.ops)
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
                area = self.pixels[raster.area_of(op, self.pixels.shape)]
                if op.alpha >= 1:
                    area[:] = self.palette.number(op.color)
                else:
                    self._lay(area, np.full(area.shape, round(255 * op.alpha), np.uint8), op.color)
            case Polyline() if not raster.is_straight(op):
                self._stroke(op)
            case Markers():
                for where, share in raster.stamps(op, self.sheet):
                    self._lay(self.pixels[where], share, op.color)
            case Polyline():
                lines, on = raster.dashes_of(op, self.pixels)
                if not (lines.size and on.size):
                    return
                if op.alpha >= 1:
                    lines[on] = self.palette.number(op.color)
                elif self.cells:
                    lines[on] = self.palette.blended(op.color, op.alpha, lines[on])
                else:
                    self._lay_evenly(lines, on, op.color, op.alpha)
            case Polygon():
                self._polygon(op)
            case _:
                raise _NoRoomError

    def _stroke(self, op: Polyline) -> None:
        parts = strokes.legs(op.points, strokes.MOST_LEGS if op.alpha >= 1 else 1)
        if parts is None:
            raise _NoRoomError
        flat = self.raw.reshape(-1)
        clip = op.clip.common(Box(0, 0, self.sheet.width, self.sheet.height))
        for part in parts:
            covered = strokes.coverage(part, op.width, clip)
            solid, edge = covered.places(self.raw.shape[1], 1)
            if op.alpha >= 1:
                flat[solid] = self.palette.number(op.color)
            else:
                whole = np.full(len(solid), round(255 * op.alpha), np.uint8)
                flat[solid] = self.palette.over(op.color, flat[solid], whole)
            share = np.round(covered.share * np.float32(255 * op.alpha)).astype(np.uint8)
            flat[edge] = self.palette.over(op.color, flat[edge], share)

    def _lay_evenly(
        self, lines: NDArray[np.uint8], on: NDArray[np.intp], color: RGB, alpha: float
    ) -> None:
        under = lines[on]
        share = np.full(under.size, round(255 * alpha), np.uint8)
        lines[on] = self.palette.over(color, under.ravel(), share).reshape(under.shape)

    def _lay(self, area: NDArray[np.uint8], share: NDArray[np.uint8], color: RGB) -> None:
        """Lay a colour over an area, by its share of each pixel."""
        touched = share > 0
        area[touched] = self.palette.over(color, area[touched], share[touched])

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
            self._lay(area, ink.mask[cut], op.color)
            return
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


def _ground(box: Box, areas: Sequence[Rect], background: RGB) -> RGB:
    """The colour that a box has, of the areas that were drawn so far."""
    for area in reversed(areas):
        if area.alpha >= 1 and area.box.meets(box):
            return area.color
    return background


def _closest(
    seen: NDArray[np.float64], known: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Which of known colours look most like some, and how far they are apart by CIEDE2000.

    Colours that lie close in L*a*b* are compared; the whole table of differences takes ten times
    as long.
    """
    even, others = roughly_even(known), roughly_even(seen)
    near = (even**2).sum(axis=1) - 2 * (others @ even.T)
    few = min(_NEAR, len(known))
    places = np.argpartition(near, few - 1, axis=1)[:, :few]
    apart = ciede2000(known[places], seen[:, None])
    best = apart.argmin(axis=1)
    rows = np.arange(len(seen))
    return places[rows, best], apart[rows, best]


@functools.lru_cache(maxsize=256)
def _steps(
    color: RGB, ground: RGB, most: float = _CLOSE
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """A colour over another by coverage, 0 to 255, in as few levels as look right.

    Parameters
    ----------
    color, ground
        The two.
    most
        How far a level may be from what it stands for.

    Returns
    -------
    colors : ndarray of uint8, shape (256, 3)
    off : ndarray, shape (256,)
        How far each is from what it stands for.
    """
    share = np.arange(SIZE)[:, None]
    exact = ((np.array(ground) * (255 - share) + np.array(color) * share + 127) // 255).astype(
        np.uint8
    )
    group = _grouped(_apart(lab(exact)), most)
    first = np.searchsorted(group, np.arange(group.max() + 1))
    last = np.append(first[1:], SIZE) - 1
    made: NDArray[np.uint8] = exact[(first + last) // 2][group]
    made[0], made[-1] = ground, color
    return made, ciede2000(lab(made), lab(exact))


def _apart(seen: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each level is from those after it, as far as one colour may stand for both."""
    return np.stack(
        [ciede2000(seen, np.roll(seen, -step, axis=0)) for step in range(_LONGEST)], axis=1
    )


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
    apart = _apart(lab(levels))
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
