"""Spectrograms on pixels: what each pixel shows, and in which colour."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from figmill.draw.color_difference import ciede2000, lab
from figmill.errors import PlottingError
from figmill.figure.color import AUTO, Color, ColorScale
from figmill.figure.resample import Index, Sources, Values, means
from figmill.figure.style import Style

LEVELS = 256
BELOW, ABOVE, MISSING, BLANK = LEVELS, LEVELS + 1, LEVELS + 2, LEVELS + 3

# What colours out of range must differ by (CIEDE2000): from the ground and from missing cells, and
# from the map but for the tenth of it that they continue.
_APART, _APART_WITHIN = 7.0, 3.0
_SURE = 8.0  # of an accent, from all of them
_EVERY = 4
_NEAR_THE_END = LEVELS // _EVERY // 10
_ACCENTS = ("#c8553d", "#4c78a8", "#3d8f6e", "#7b4f9e", "#d4a72c", "#e7298a", "#3d0073", "#9be000")


class Picture(NamedTuple):
    """Colour numbers of a spectrogram on pixels: row r shows ``strips[rows[r]]``, -1 is blank."""

    strips: NDArray[np.uint16]
    rows: Index


def picture(
    values: Values,
    columns: Sources,
    rows: tuple[Sources, ...],
    table: Index | None,
    limits: tuple[float, float],
    log: bool,
) -> Picture:
    """Bin a spectrogram to pixels and number its colours.

    Parameters
    ----------
    values
        Shape (n, m).
    columns
        Which records each pixel column shows.
    rows
        For each y table, which bins each pixel row shows.
    table
        Shape (n,): each record's y table; None where there is only one.
    limits, log
        The colour scale.

    Returns
    -------
    Picture
        ``strips`` of shape (s, pixel columns).
    """
    if table is None or len(rows) == 1:
        reduced = means(means(values, columns).T, rows[0])
        numbers = color_numbers(reduced, limits, log)
        return Picture(_spread(numbers, columns.shown), rows[0].shown)

    # Neighbouring pixel rows that show the same of every table are one strip.
    shown = np.stack([one.shown for one in rows])
    new = np.ones(shown.shape[1], bool)
    new[1:] = (shown[:, 1:] != shown[:, :-1]).any(axis=0)
    shown = shown[:, new]
    height = shown.shape[1]
    total = np.zeros((height, columns.start.size))
    count = np.zeros((height, columns.start.size), np.intp)
    covered = np.zeros((height, columns.start.size), bool)
    # A pixel column may hold records of several tables: they meet on pixels, not on bins.
    length = columns.stop - columns.start
    owner = np.repeat(np.arange(length.size), length)
    within = np.arange(owner.size) - np.repeat(np.cumsum(length) - length, length)
    members = columns.order[columns.start[owner] + within]
    for number, per_row in enumerate(rows):
        chosen = np.flatnonzero(table[members] == number)
        if chosen.size == 0:
            continue
        part = means(values[members[chosen]].T, per_row)
        here = shown[number]
        seen = here >= 0
        finite = np.isfinite(part)
        # One number for a column: its records of this table, added up.
        mine = owner[chosen]
        first = np.flatnonzero(np.concatenate((np.ones(1, bool), mine[1:] != mine[:-1])))
        amount = np.add.reduceat(np.where(finite, part, 0.0), first, axis=1)
        times = np.add.reduceat(finite, first, axis=1, dtype=np.intp)
        target = np.ix_(seen, mine[first])
        total[target] += amount[here[seen]]
        count[target] += times[here[seen]]
        covered[target] = True
    mean = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    numbers = color_numbers(mean, limits, log)
    numbers[~covered] = BLANK
    assert numbers.shape == (height, columns.start.size)
    return Picture(_spread(numbers, columns.shown), np.cumsum(new) - 1)


def _spread(numbers: NDArray[np.uint16], shown: Index) -> NDArray[np.uint16]:
    """From one number a source to one a pixel column; columns without a source are blank."""
    if shown.size == numbers.shape[1] and not np.any(shown < 0):
        return numbers
    blank = np.full((numbers.shape[0], 1), BLANK, np.uint16)
    return np.concatenate((numbers, blank), axis=1)[:, shown]


def color_numbers(values: Values, limits: tuple[float, float], log: bool) -> NDArray[np.uint16]:
    """Number of the colour of each value: 0..255 inside the limits, then below, above, missing.

    The same as ``Colormap(Normalize(value))`` of matplotlib for values inside the limits.

    Raises
    ------
    PlottingError
        If the limits are not increasing.

    Examples
    --------
    >>> color_numbers(np.array([0.0, 1.0, 10.0, 100.0, 1e3, np.nan]), (1, 100), log=True)
    array([256,   0, 128, 255, 257, 258], dtype=uint16)
    """
    low, high = limits
    if not low < high:
        raise PlottingError(f"Colour limits {low:g} to {high:g} are not increasing.")
    values = np.asarray(values)
    if values.dtype.kind != "f":
        values = values.astype(np.float64)
    if log:
        with np.errstate(divide="ignore", invalid="ignore"):
            scaled = np.log10(values)
        bottom = float(np.log10(low))
        scaled -= bottom
        scaled *= LEVELS / (float(np.log10(high)) - bottom)
    else:
        scaled = values - low
        scaled *= LEVELS / (high - low)
    missing = ~np.isfinite(values)
    # fmax and fmin, unlike clip, turn NaN into the bound; a value at the upper limit has the last
    # colour.
    np.fmax(scaled, 0, out=scaled)
    np.fmin(scaled, LEVELS - 1, out=scaled)
    numbers = scaled.astype(np.uint16)
    numbers[values < low] = BELOW
    numbers[values > high] = ABOVE
    numbers[missing] = MISSING
    return numbers


@functools.lru_cache(maxsize=64)
def lookup(scale: ColorScale, style: Style) -> NDArray[np.uint8]:
    """The colours by number, shape (260, 3): the map, then below, above, missing, blank.

    Raises
    ------
    PlottingError
        If there is no colour map or colour of that name.
    """
    try:
        cmap = colormaps[scale.colormap]
    except KeyError:
        raise PlottingError(
            f"There is no colour map {scale.colormap!r}.",
            hint="Use a name matplotlib knows, such as viridis, cividis, plasma or inferno.",
        ) from None
    table = np.empty((LEVELS + 4, 3), np.uint8)
    ramp = np.asarray(cmap(np.linspace(0, 1, LEVELS)))[:, :3]
    table[:LEVELS] = np.round(ramp * 255)
    first, last = ramp[0], ramp[-1]
    below, above = _tips(scale.colormap, style.panel, style.missing)
    table[BELOW] = _color8(scale.below, below, tuple(first))
    table[ABOVE] = _color8(scale.above, above, tuple(last))
    blank = to_rgb(style.panel)
    table[MISSING] = _color8(scale.missing, to_rgb(style.missing), blank)
    table[BLANK] = _color8(style.panel, blank, blank)
    table.flags.writeable = False
    return table


@functools.lru_cache(maxsize=256)
def _tips(colormap: str, panel: str, missing: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Colours of what is below and above a map, told apart from the ground and what is missing.

    A darker shade of the first colour and a paler one of the last; where such a shade is too near
    to the panel's ground, to missing cells or to colours in the midst of the map, as a paler white
    is, an accent that is far from all of them.
    """
    ramp = np.asarray(colormaps[colormap](np.linspace(0, 1, LEVELS)))[:, :3]
    colors = lab(255 * ramp)[::_EVERY]
    taken = [lab(255 * np.array(to_rgb(each))) for each in (panel, missing)]
    tips: list[tuple[float, ...]] = []
    for shade, others in (
        (0.45 * ramp[0], colors[_NEAR_THE_END:]),
        (0.5 * ramp[-1] + 0.5, colors[:-_NEAR_THE_END]),
    ):
        choices = np.round(255 * np.array([shade, *(to_rgb(each) for each in _ACCENTS)])) / 255
        seen = lab(255 * choices)
        apart = [ciede2000(seen, each) for each in taken]
        free = np.minimum.reduce(apart)
        within = ciede2000(seen[:, None], others[None]).min(axis=1)
        sound = (free >= _APART) & (within >= _APART_WITHIN)
        # The first accent that is well apart, else the one that is furthest.
        apart_most = np.minimum(np.minimum(free, within)[1:], _SURE)
        chosen = 0 if sound[0] else 1 + int(np.argmax(apart_most))
        tips.append(tuple(choices[chosen]))
        taken.append(seen[chosen])
    return tips[0], tips[1]


def _color8(
    color: Color | None, auto: tuple[float, ...], none: tuple[float, ...]
) -> NDArray[np.uint8]:
    if color is None:
        chosen = none
    elif isinstance(color, str) and color == AUTO:
        chosen = auto
    else:
        chosen = rgb(color)
    return np.round(np.array(chosen[:3]) * 255).astype(np.uint8)


@functools.lru_cache(maxsize=1024)
def rgb(color: Color) -> tuple[float, float, float]:
    """Red, green and blue in 0..1.

    Raises
    ------
    PlottingError
        If it is not a colour.
    """
    try:
        return to_rgb(color)
    except ValueError:
        raise PlottingError(
            f"{color!r} is not a colour.", hint="Use a name, '#rrggbb', or numbers in 0..1."
        ) from None
