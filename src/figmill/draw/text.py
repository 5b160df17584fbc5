"""Text as masks of ink, rendered once by matplotlib and kept."""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties, findfont, get_font
from numpy.typing import NDArray

from figmill.figure import markup

# DejaVu Sans comes with matplotlib itself, so a figure looks the same on every machine.
FAMILY = "DejaVu Sans"

# Half the height of a digit in DejaVu Sans (1493 of 2048 units), in ems: a label is centred on
# its digits, not on a box that grows with a superscript.
HALF_DIGIT = 0.3645

_CACHED = 20_000
_FINE = 8


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
    return FontProperties(family=FAMILY, size=size, weight="bold" if bold else "normal")


@functools.lru_cache(maxsize=1)
def _characters() -> frozenset[int]:
    return frozenset(get_font(findfont(font(10.0))).get_charmap())


@functools.lru_cache(maxsize=_CACHED)
def prepared(text: str) -> tuple[str, bool]:
    """The text as matplotlib wants it, and whether that is mathtext.

    A label may come from a stranger's file: control characters become spaces, and what the font
    cannot draw becomes a box.
    """
    known = _characters()
    text = "".join((c if ord(c) in known else "□") if c.isprintable() else " " for c in text)
    return markup.to_mathtext(text), markup.has_scripts(text)


@functools.lru_cache(maxsize=_CACHED)
def measure(text: str, size: float, dpi: float, bold: bool = False) -> Extent:
    """How much room one line of marked-up text takes, in pixels."""
    if not text:
        return Extent(0.0, 0.0, 0.0)
    source, math_ = prepared(text)
    width, height, descent = _scratch(8, 8, dpi).get_text_width_height_descent(
        source, font(size, bold), math_
    )
    # Fitted to pixels, a text may be narrower than its outline in a vector file; a layout has to
    # hold both.
    fine, _, _ = _scratch(8, 8, _FINE * dpi).get_text_width_height_descent(
        source, font(size, bold), math_
    )
    return Extent(max(float(width), fine / _FINE), float(height - descent), float(descent))


@functools.lru_cache(maxsize=_CACHED)
def ink(text: str, size: float, dpi: float, bold: bool = False, upright: bool = True) -> Ink:
    """The text rendered; turned to read from bottom to top where not `upright`."""
    extent = measure(text, size, dpi, bold)
    pad = 3
    above, below = math.ceil(extent.ascent) + pad, math.ceil(extent.descent) + pad
    width = math.ceil(extent.width) + 2 * pad
    renderer = _scratch(width, above + below, dpi)
    source, math_ = prepared(text)
    context = renderer.new_gc()
    context.set_foreground((0.0, 0.0, 0.0))
    renderer.draw_text(context, pad, above, source, font(size, bold), 0, ismath=math_)
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


def _scratch(width: int, height: int, dpi: float) -> RendererAgg:
    return RendererAgg(width, height, dpi)


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
) -> Fitted:
    """Break text into at most `lines` lines of at most `room` pixels.

    First it is wrapped at spaces, then made smaller down to `smallest` points, and only then cut
    with an ellipsis, so that nothing ever runs over its neighbour. `broken` is the same text with
    line breaks at its best places; it is taken as soon as the text does not fit in one line.
    """
    if not text:
        return Fitted((), size)
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
    kept = [_cut(line, room, last, dpi, bold) for line in found[:lines]]
    if len(found) > lines:
        kept[-1] = _cut(kept[-1] + " …", room, last, dpi, bold, force=True)
    return Fitted(tuple(kept), last)


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


def _cut(text: str, room: float, size: float, dpi: float, bold: bool, force: bool = False) -> str:
    if not force and measure(text, size, dpi, bold).width <= room:
        return text
    plain = markup.plain(text).rstrip(" …")
    low, high = 0, len(plain)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(plain[:middle] + "…", size, dpi, bold).width <= room:
            low = middle
        else:
            high = middle - 1
    return plain[:low].rstrip() + "…"
