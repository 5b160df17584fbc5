"""Strokes of curves straight to pixels.

A rasteriser strokes a curve join by join, and on the whole panel it is drawn on; a measured curve
is nearly all joins and touches a tenth of its panel. As long as x goes one way, the stroke is the
region between two functions of x: the lowest and the highest value of the curve around each x,
each widened by a disc of the line's width. That region is worked out on a few nodes a pixel, and
only its own pixels are touched.
"""

from __future__ import annotations

import functools
import itertools
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from figmill.draw.ops import Box
from figmill.figure.intervals import stretches

Points = NDArray[np.float64]
Single = NDArray[np.float32]

# Nodes a pixel: the thinner the line, the more a shifted edge shows.
_FINE, _COARSE = 8, 4
_THIN = 3.0

# Level strokes up to so many pixels long are kept.
_SHORT = 200


# A sweep goes up and down a few times, a record has a few gaps; what turns or breaks more often is
# left to a rasteriser.
MOST_LEGS = 64


class Coverage(NamedTuple):
    """Pixels that a stroke touches.

    ``rows``, ``columns``, ``share`` (n,): pixels at its edges, and the share of each that is
    covered, 0 to 1. ``top``, ``tall`` (m,): in each column from ``left`` on, the first row that is
    wholly covered, and how many are.
    """

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    share: Single
    left: int
    top: NDArray[np.intp]
    tall: NDArray[np.intp]

    def places(self, row: int, channels: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Where the pixels begin in a flat PNG picture: those wholly covered, and those at edges.

        Parameters
        ----------
        row
            Bytes of a row, with its filter byte.
        channels
            Bytes of a pixel.
        """
        before = np.cumsum(self.tall) - self.tall
        first = 1 + channels * np.arange(self.left, self.left + len(before)) + self.top * row
        solid = np.repeat(first - before * row, self.tall)
        solid += np.arange(0, len(solid) * row, row)
        return solid, self.rows * row + self.columns * channels + 1


def legs(points: Points, most: int = MOST_LEGS) -> list[Points] | None:
    """The parts of a curve between its breaks, and the points where x turns back.

    Rows of NaN break a curve. Two parts share the point where x turns. None where there are more
    parts than `most`.
    """
    bounds = _whole(points)
    if len(bounds) > most:
        return None
    found: list[Points] = []
    for start, stop in bounds:
        run = points[start:stop]
        step = np.diff(run[:, 0])
        turns = np.zeros(0, np.intp)
        if step.size and step.min() < 0 < step.max():
            moves = np.flatnonzero(step)
            turns = moves[1:][(step[moves[1:]] > 0) != (step[moves[:-1]] > 0)]
        if len(found) + len(turns) >= most:
            return None
        corners = [0, *turns.tolist(), len(run) - 1]
        found.extend(run[a : b + 1] for a, b in itertools.pairwise(corners))
    return found


def _whole(points: Points) -> list[tuple[int, int]]:
    """Start and stop of each stretch of points without NaN."""
    finite = np.isfinite(points)
    if finite.all():
        return [(0, len(points))] if len(points) else []
    return stretches(finite[:, 0] & finite[:, 1])


def coverage(points: Points, width: float, clip: Box) -> Coverage:
    """The pixels of a stroke with round joins and ends.

    Parameters
    ----------
    points
        Shape (n, 2), in pixels, without NaN, x going one way.
    width
        The line's width in pixels.
    clip
        Whole pixels; nothing outside it is touched.
    """
    if len(points) > 1 and points[0, 0] > points[-1, 0]:
        points = points[::-1]
    if len(points) == 2:
        (x0, y0), (x1, y1) = points.tolist()
        reach = width / 2 + 1
        if (
            y0 == y1
            and x1 - x0 < _SHORT
            and clip.x0 <= x0 - reach
            and x1 + reach <= clip.x1
            and clip.y0 <= y0 - reach
            and y0 + reach <= clip.y1
        ):
            # Keys of legends: the same stroke over and over, in other places.
            column, row = math.floor(x0), math.floor(y0)
            drawn = _short(x0 - column, y0 - row, x1 - x0, width)
            return drawn._replace(
                rows=drawn.rows + row,
                columns=drawn.columns + column,
                left=drawn.left + column,
                top=drawn.top + row,
            )
    return _coverage(points, width, clip)


@functools.lru_cache(maxsize=256)
def _short(x: float, y: float, length: float, width: float) -> Coverage:
    """A level stroke from a point in the first pixel, clipped nowhere."""
    reach = math.ceil(width / 2 + 1)
    clip = Box(-reach, -reach, _SHORT + reach, 1 + reach)
    return _coverage(np.array([[x, y], [x + length, y]]), width, clip)


def _coverage(points: Points, width: float, clip: Box) -> Coverage:
    parts = _FINE if width < _THIN else _COARSE
    edges, first = _envelope(points[:, 0], points[:, 1], width / 2, clip, parts)
    return _on_pixels(edges, first, clip, parts)


def _envelope(
    x: NDArray[np.float64], y: NDArray[np.float64], radius: float, clip: Box, parts: int
) -> tuple[Single, int]:
    """Edges of the stroke in the middle of each part, and the first part's number.

    Node i stands at x = i / parts; part i lies between nodes i and i + 1. The parts are those of
    whole pixels.

    Returns
    -------
    edges : ndarray, shape (2, parts)
        The upper edge, and the negative of the lower one: the least of both is what is sought.
    first : int
    """
    reach = math.ceil(radius * parts)
    first = max(math.floor(x[0] * parts), int(clip.x0) * parts - reach - 1)
    last = min(math.ceil(x[-1] * parts), int(clip.x1) * parts + reach + 1)
    if last < first:
        return np.zeros((2, 0), np.float32), first // parts * parts
    # What the curve spans at each node: its own value there, and the points nearest to it.
    nodes = np.arange(first, last + 1) / parts
    span = np.empty((2, len(nodes)))
    span[0] = np.interp(nodes, x, y, left=np.nan, right=np.nan)
    np.negative(span[0], out=span[1])
    np.fmin(span, np.inf, out=span)
    nearest = np.rint(x * parts).astype(np.intp) - first
    start, stop = np.searchsorted(nearest, (0, len(nodes)))
    if start < stop:
        near, values = nearest[start:stop], y[start:stop]
        groups = np.flatnonzero(np.concatenate(([True], near[1:] != near[:-1])))
        at = near[groups]
        span[0, at] = np.minimum(span[0, at], np.minimum.reduceat(values, groups))
        span[1, at] = np.minimum(span[1, at], -np.maximum.reduceat(values, groups))
    # Node i bounds parts i - 1 and i; parts are numbered from that of a whole pixel that lies
    # `reach` before the first node, and so are the nodes here.
    begin = (first - reach) // parts * parts
    size = -(-(last + reach - begin) // parts) * parts
    padded = np.full((2, size + 2 * reach + 1), np.inf, np.float32)
    lead = first - begin + reach
    padded[:, lead : lead + len(nodes)] = span
    edges = np.full((2, size), np.inf, np.float32)
    pair = np.empty((2, size), np.float32)
    for away in range(reach + 1):
        distance = (away + 0.5) / parts
        if distance > radius and away:
            break
        half = np.float32(math.sqrt(max(radius**2 - distance**2, 0.0)))
        before, after = reach - away, reach + 1 + away
        np.minimum(padded[:, before : before + size], padded[:, after : after + size], out=pair)
        pair -= half
        np.minimum(edges, pair, out=edges)
    # Where the curve is steep, the disc's very edge decides.
    middle = (np.arange(begin, begin + size) + 0.5) / parts
    for side in (-radius, radius):
        pair[0] = np.interp(middle + side, x, y, left=np.nan, right=np.nan)
        np.negative(pair[0], out=pair[1])
        np.fmin(edges, pair, out=edges)
    return edges, begin


def _on_pixels(edges: Single, first: int, clip: Box, parts: int) -> Coverage:
    """Share of each pixel that lies between the edges."""
    left, width = first // parts, edges.shape[1] // parts
    inside = slice(max(int(clip.x0) - left, 0), max(int(clip.x1) - left, 0))
    both = edges.reshape(2, width, parts)[:, inside]
    upper = np.clip(both[0], clip.y0, clip.y1)
    lower = np.clip(-both[1], clip.y0, clip.y1)
    left = max(left, int(clip.x0))
    # Part by part is several times as fast as along an axis of so few.
    tops, bottoms = list(upper.T), list(lower.T)
    row0 = np.floor(functools.reduce(np.minimum, tops)).astype(np.intp)
    row1 = np.ceil(functools.reduce(np.maximum, bottoms)).astype(np.intp)
    full0 = np.ceil(functools.reduce(np.maximum, tops)).astype(np.intp)
    full1 = np.floor(functools.reduce(np.minimum, bottoms)).astype(np.intp)
    np.maximum(row1, row0, out=row1)
    solid = full1 > full0
    full0, full1 = np.where(solid, full0, row1), np.where(solid, full1, row1)
    # Only the pixels that an edge crosses have to be worked out: those over and under the solid.
    starts = np.concatenate((row0, full1))
    tall = np.concatenate((full0 - row0, row1 - full1))
    mine = np.repeat(np.tile(np.arange(len(row0)), 2), tall)
    row = np.repeat(starts - (np.cumsum(tall) - tall), tall) + np.arange(len(mine))
    edge = row.astype(np.float32)
    share = np.zeros(len(mine), np.float32)
    for top_of, bottom_of in zip(tops, bottoms, strict=True):
        covered = np.minimum(edge + 1, bottom_of[mine])
        covered -= np.maximum(edge, top_of[mine])
        share += np.maximum(covered, 0, out=covered)
    share /= parts
    return Coverage(row, mine + left, share, left, full0, full1 - full0)
