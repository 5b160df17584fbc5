"""Text as masks of ink, rendered once by matplotlib and kept."""

from __future__ import annotations

import functools
import math
import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties, findfont, get_font
from numpy.typing import NDArray

from figmill.draw.settings import TEXT, settled
from figmill.figure import markup

# DejaVu Sans comes with matplotlib itself, so a figure looks the same on every machine.
FAMILY = "DejaVu Sans"

# Half the height of a digit in DejaVu Sans (1493 of 2048 units), in ems: a label is centred on
# its digits, not on a box that grows with a superscript.
HALF_DIGIT = 0.3645

_CACHED = 8192
_EXACT = 1200.0
_LONGEST = 1200  # characters


Value = TypeVar("Value")


class Kept(Generic[Value]):
    """The values used last, up to so many bytes: titles differ in every figure of a batch."""

    def __init__(self, most: int) -> None:
        self._most, self._bytes = most, 0
        self._values: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Value | None:
        """The value, or None."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key][0]

    def put(self, key: Hashable, value: Value, size: int) -> None:
        """Keep a value of `size` bytes, and let go what was not used for longest."""
        with self._lock:
            size += 256  # the entry itself
            if key not in self._values and size <= self._most // 8:
                self._values[key] = (value, size)
                self._bytes += size
            while self._bytes > self._most:
                _, (_, freed) = self._values.popitem(last=False)
                self._bytes -= freed


class Extent(NamedTuple):
    """Size of a line of text in pixels: width, above the baseline, below the baseline."""

    width: float
    ascent: float
    descent: float

    @property
    def height(self) -> float:
        """From the lowest to the highest ink."""
        return self.ascent + self.descent


class Ink(NamedTuple):
    """A rendered line of text.

    ``mask`` (h, w) is its coverage, 0..255; ``left`` and ``top`` place the mask's corner from the
    start of the baseline.
    """

    mask: NDArray[np.uint8]
    left: int
    top: int


@functools.lru_cache(maxsize=256)
def font(size: float, bold: bool = False) -> FontProperties:
    """The font at a size in points."""
    # What is not said here would be taken from the user's configuration.
    return FontProperties(
        family=FAMILY,
        style="normal",
        variant="normal",
        weight="bold" if bold else "normal",
        stretch="normal",
        size=size,
    )


@functools.lru_cache(maxsize=1)
def _characters() -> frozenset[int]:
    return frozenset(get_font(findfont(font(10.0))).get_charmap())


@functools.lru_cache(maxsize=_CACHED)
def known(text: str) -> str:
    """The text as far as it can be drawn.

    A label may come from a stranger's file: control characters become spaces, and what the font
    cannot draw becomes a box.
    """
    drawn = _characters()
    return "".join((c if ord(c) in drawn else "□") if c.isprintable() else " " for c in text)


class Piece(NamedTuple):
    """A stretch of a label on one level: where it starts and sits, in ems of the label's size."""

    text: str
    size: float
    x: float
    rise: float


# A superscript's digits stand with their feet at mid-height of the line's digits, a subscript's
# with half of their height below the line; both are 0.7 of the size, as mathtext has them.
_LEVELS = {"base": (1.0, 0.0), "super": (0.7, 0.38), "sub": (0.7, -0.18)}
_SCRIPT_GAP = 0.04
_ASCENT, _DESCENT = 0.78, 0.24  # of usual characters, in ems
_LARGE = 22.0  # pixels an em, from which characters may stand on whole pixels
_TALL = 0.4  # what unusual ones, such as an accent over a capital, may add


@functools.lru_cache(maxsize=_CACHED)
def pieces(text: str, bold: bool = False) -> tuple[Piece, ...]:
    """A label's stretches, each to be drawn as plain text.

    Setting scripts by hand spares mathtext's parser: 3 ms for every new label.
    """
    found: list[Piece] = []
    x = 0.0
    runs = markup.parse(known(text))
    for number, run in enumerate(runs, start=1):
        scale, rise = _LEVELS[run.level]
        gap = 0.0 if run.level == "base" else _SCRIPT_GAP
        found.append(Piece(run.text, scale, x + gap, rise))
        if number < len(runs):
            x += scale * _advance(run.text, bold) + 2 * gap
    return tuple(found)


@functools.lru_cache(maxsize=_CACHED)
def _advance(text: str, bold: bool) -> float:
    """How far plain text moves on, in ems; spaces at its ends count."""
    return (_width(f"|{text}|", 10.0, _EXACT, bold) - _width("||", 10.0, _EXACT, bold)) / (
        10.0 * _EXACT / 72
    )


def _width(text: str, size: float, dpi: float, bold: bool) -> float:
    wide, _, _ = _plain(text, size, dpi, bold)
    return wide


@functools.lru_cache(maxsize=_CACHED)
def _plain(text: str, size: float, dpi: float, bold: bool) -> tuple[float, float, float]:
    """Width, height and descent of plain text."""
    with settled(TEXT):
        wide, high, below = _scratch(8, 8, dpi).get_text_width_height_descent(
            text, font(size, bold), False
        )
    return float(wide), float(high), float(below)


def rough(text: str, size: float, dpi: float, bold: bool = False) -> Extent:
    """The room that a line of text takes at most, but for a pixel or two.

    The sum of its characters' widths: kerning only brings them closer. Shaping a text that is new,
    as a title is in every figure of a batch, takes a millisecond; this takes none.
    """
    em = size * dpi / 72
    width = rise = fall = 0.0
    for run in markup.parse(known(text)):
        scale, shift = _LEVELS[run.level]
        width += scale * sum(_advance(character, bold) for character in run.text) + 2 * _SCRIPT_GAP
        rise, fall = max(rise, shift + scale - 1), max(fall, -shift)
    return Extent(width * em, (_ASCENT + rise) * em, (_DESCENT + fall) * em)


@functools.lru_cache(maxsize=_CACHED)
def measure(text: str, size: float, dpi: float, bold: bool = False) -> Extent:
    """How much room one line of marked-up text takes, in pixels.

    Fitted to pixels, a text may be narrower than its outline in a vector file; a layout has to
    hold both.
    """
    if not text:
        return Extent(0.0, 0.0, 0.0)
    em = size * dpi / 72
    right = ascent = descent = 0.0
    for piece in pieces(text, bold):
        wide, high, below = _plain(piece.text, size * piece.size, dpi, bold)
        exact = piece.size * _advance(piece.text, bold) * em
        right = max(right, piece.x * em + max(wide, exact))
        ascent = max(ascent, high - below + piece.rise * em)
        descent = max(descent, below - piece.rise * em)
    return Extent(right, ascent, descent)


def ink(text: str, size: float, dpi: float, bold: bool = False, upright: bool = True) -> Ink:
    """The text rendered; turned to read from bottom to top where not `upright`."""
    key = (text, size, dpi, bold, upright)
    found = _INKS.get(key)
    if found is None:
        found = _render(*key)
        _INKS.put(key, found, found.mask.nbytes)
    return found


def _render(text: str, size: float, dpi: float, bold: bool, upright: bool) -> Ink:
    if size * dpi / 72 >= _LARGE and len(text) > 1:
        return _set(text, size, dpi, bold, upright)
    extent, em = rough(text, size, dpi, bold), size * dpi / 72
    pad = 3 + math.ceil(_TALL * em)
    above, below = math.ceil(extent.ascent) + pad, math.ceil(extent.descent) + pad
    renderer = _scratch(math.ceil(1.02 * extent.width) + 2 * pad, above + below, dpi)
    context = renderer.new_gc()
    context.set_foreground((0.0, 0.0, 0.0))
    with settled(TEXT):
        for piece in pieces(text, bold):
            face = font(size * piece.size, bold)
            x, y = pad + round(piece.x * em), above - round(piece.rise * em)
            renderer.draw_text(context, x, y, piece.text, face, 0, ismath=False)
    mask = np.asarray(renderer.buffer_rgba())[:, :, 3]
    used_rows, used_columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    if not used_rows.size:
        return Ink(np.zeros((0, 0), np.uint8), 0, 0)
    top, bottom = int(used_rows[0]), int(used_rows[-1]) + 1
    left, right = int(used_columns[0]), int(used_columns[-1]) + 1
    cut = mask[top:bottom, left:right]
    if upright:
        return Ink(np.ascontiguousarray(cut), left - pad, top - above)
    # Turned a quarter: what was to the right is now up, what was above is now to the left.
    return Ink(np.ascontiguousarray(np.rot90(cut)), top - above, pad - right)


def _set(text: str, size: float, dpi: float, bold: bool, upright: bool) -> Ink:
    """The text from kept characters, each on the pixel nearest to its place.

    Where a character is so many pixels high, the shift of half a pixel at most is not seen.
    """
    em = size * dpi / 72
    placed: list[tuple[int, int, NDArray[np.uint8]]] = []
    for piece in pieces(text, bold):
        x, y = piece.x * em, -round(piece.rise * em)
        scale = piece.size * em
        for character, after in zip(piece.text, [*piece.text[1:], ""], strict=True):
            one = ink(character, size * piece.size, dpi, bold)
            if one.mask.size:
                placed.append((round(x) + one.left, y + one.top, one.mask))
            x += scale * (
                _advance(character + after, bold) - (_advance(after, bold) if after else 0)
            )
    if not placed:
        return Ink(np.zeros((0, 0), np.uint8), 0, 0)
    left, top = min(x for x, _, _ in placed), min(y for _, y, _ in placed)
    right = max(x + mask.shape[1] for x, _, mask in placed)
    bottom = max(y + mask.shape[0] for _, y, mask in placed)
    whole = np.zeros((bottom - top, right - left), np.uint8)
    for x, y, mask in placed:
        area = whole[y - top : y - top + mask.shape[0], x - left : x - left + mask.shape[1]]
        np.maximum(area, mask, out=area)
    if upright:
        return Ink(whole, left, top)
    return Ink(np.ascontiguousarray(np.rot90(whole)), top, -right)


def for_matplotlib(text: str) -> str:
    """The label for matplotlib's own text, which reads mathtext between dollar signs."""
    text = known(text)
    return markup.to_mathtext(text) if markup.has_scripts(text) else text.replace("$", r"\$")


def _scratch(width: int, height: int, dpi: float) -> RendererAgg:
    return RendererAgg(width, height, dpi)


_INKS: Kept[Ink] = Kept(4 << 20)


class Fitted(NamedTuple):
    """Text broken into lines, at the size that fits."""

    lines: tuple[str, ...]
    size: float


def fit(
    text: str,
    room: float,
    size: float,
    dpi: float,
    *,
    lines: int = 2,
    smallest: float = 6.0,
    bold: bool = False,
    broken: str = "",
    middle: bool = False,
) -> Fitted:
    """Break text into at most `lines` lines of at most `room` pixels.

    First it is wrapped at spaces, then made smaller down to `smallest` points, and only then cut
    with an ellipsis, so that nothing ever runs over its neighbour. `broken` is the same text with
    line breaks at its best places; it is taken as soon as the text does not fit in one line.
    `middle` cuts out of the middle, for labels that differ at their ends.
    """
    if not text:
        return Fitted((), size)
    if len(text) > _LONGEST:  # measuring a novel takes seconds, and it is cut anyway
        text, broken = text[:_LONGEST] + "…", ""
    if "\n" not in text and rough(text, size, dpi, bold).width <= 0.97 * room:
        return Fitted((text,), size)
    if broken and lines > 1 and measure(text, size, dpi, bold).width > room:
        text = broken
    steps = [size]
    while steps[-1] - 0.5 >= smallest:
        steps.append(steps[-1] - 0.5)
    for step in steps:
        found = _wrap(text, room, step, dpi, bold)
        if len(found) <= lines and all(
            measure(line, step, dpi, bold).width <= room for line in found
        ):
            return Fitted(tuple(found), step)
    last = steps[-1]
    found = _wrap(text, room, last, dpi, bold)
    kept = [*found[: lines - 1], " ".join(found[lines - 1 :])]
    return Fitted(tuple(_cut(line, room, last, dpi, bold, middle) for line in kept), last)


def _wrap(text: str, room: float, size: float, dpi: float, bold: bool) -> list[str]:
    broken: list[str] = []
    for paragraph in text.splitlines() or [""]:
        line = ""
        for word in _words(paragraph):
            trial = f"{line} {word}" if line else word
            if line and measure(trial, size, dpi, bold).width > room:
                broken.append(line)
                line = word
            else:
                line = trial
        broken.append(line)
    return broken


def _words(text: str) -> list[str]:
    """Split at spaces, but not inside the braces of a superscript."""
    words, depth = [""], 0
    for character in text:
        depth += (character == "{") - (character == "}" and depth > 0)
        if character == " " and depth == 0:
            words.append("")
        else:
            words[-1] += character
    return [word for word in words if word]


def _cut(text: str, room: float, size: float, dpi: float, bold: bool, middle: bool) -> str:
    """The text, or as much of it as has room, with an ellipsis for the rest."""
    if measure(text, size, dpi, bold).width <= room:
        return text
    plain = markup.plain(text)

    def shortened(keep: int) -> str:
        head = (keep + 1) // 2 if middle else keep
        tail = plain[len(plain) - (keep - head) :] if keep > head else ""
        return plain[:head].rstrip() + "…" + tail.lstrip()

    low, high = 0, len(plain) - 1
    while low < high:
        half = (low + high + 1) // 2
        if measure(shortened(half), size, dpi, bold).width <= room:
            low = half
        else:
            high = half - 1
    return shortened(low)
