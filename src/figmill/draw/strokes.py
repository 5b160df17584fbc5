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

Points = NDArray[np.float64]
Single = NDArray[np.float32]

# Nodes a pixel: the thinner the line, the more a shifted edge shows.
_FINE, _COARSE = 8, 4
_THIN = 3.0


# A sweep goes up and down a few times, a record has a few gaps; what turns or breaks more often is
# left to a rasteriser.
MOST_LEGS = 64


class Coverage(NamedTuple):
    """Pixels that a stroke touches: ``rows`` and ``columns`` (n,), ``share`` of each, 0 to 1."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    share: Single


def legs(points: Points, most: int = MOST_LEGS) -> list[Points] | None:
    """The parts of a curve between its breaks, and the points where x turns back.

    Rows of NaN break a curve. Two parts share the point where x turns. None where there are more
    parts than `most`.
    """
    good = np.isfinite(points[:, 0]) & np.isfinite(points[:, 1])
    edges = np.flatnonzero(np.diff(np.concatenate(([False], good, [False])).astype(np.int8)))
    if len(edges) > 2 * most:
        return None
    found: list[Points] = []
    for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        run = points[start:stop]
        step = np.diff(run[:, 0])
        moves = np.flatnonzero(step)
        turns = moves[1:][(step[moves[1:]] > 0) != (step[moves[:-1]] > 0)]
        if len(found) + len(turns) >= most:
            return None
        bounds = [0, *turns.tolist(), len(run) - 1]
        found.extend(run[a : b + 1] for a, b in itertools.pairwise(bounds))
    return found


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
    parts = _FINE if width < _THIN else _COARSE
    top, bottom, first = _envelope(points[:, 0], points[:, 1], width / 2, clip, parts)
    return _on_pixels(top, bottom, first, clip, parts)


def _envelope(
    x: NDArray[np.float64], y: NDArray[np.float64], radius: float, clip: Box, parts: int
) -> tuple[Single, Single, int]:
    """Upper and lower edge of the stroke in the middle of each part, and the first part's number.

    Node i stands at x = i / parts; part i lies between nodes i and i + 1.
    """
    reach = math.ceil(radius * parts)
    first = max(math.floor(x[0] * parts), int(clip.x0) * parts - reach - 1)
    last = min(math.ceil(x[-1] * parts), int(clip.x1) * parts + reach + 1)
    if last < first:
        nothing = np.zeros(0, np.float32)
        return nothing, nothing, first
    # What the curve spans at each node: its own value there, and the points nearest to it.
    nodes = np.arange(first, last + 1) / parts
    at_node = np.interp(nodes, x, y)
    reached = (nodes >= x[0]) & (nodes <= x[-1])
    low, high = np.where(reached, at_node, np.inf), np.where(reached, at_node, -np.inf)
    nearest = np.rint(x * parts).astype(np.intp) - first
    inside = (nearest >= 0) & (nearest < len(low))
    if inside.any():
        near, values = nearest[inside], y[inside]
        start = np.flatnonzero(np.diff(near, prepend=-1))
        at = near[start]
        low[at] = np.minimum(low[at], np.minimum.reduceat(values, start))
        high[at] = np.maximum(high[at], np.maximum.reduceat(values, start))
    low, high = low.astype(np.float32), high.astype(np.float32)
    # Node i bounds parts i - 1 and i; parts are numbered from `reach` before the first node.
    top = np.full(len(low) + 2 * reach, np.inf, np.float32)
    bottom = -top
    for away in range(reach + 1):
        distance = (away + 0.5) / parts
        if distance > radius and away:
            break
        half = np.float32(math.sqrt(max(radius**2 - distance**2, 0.0)))
        for shift in (reach - 1 - away, reach + away):
            skip = max(-shift, 0)
            there = slice(shift + skip, shift + len(low))
            size = len(top[there])
            np.minimum(top[there], low[skip : skip + size] - half, out=top[there])
            np.maximum(bottom[there], high[skip : skip + size] + half, out=bottom[there])
    # Where the curve is steep, the disc's very edge decides.
    middle = (np.arange(len(top)) + (first - reach + 0.5)) / parts
    for side in (-radius, radius):
        edge = middle + side
        there = (edge >= x[0]) & (edge <= x[-1])
        value = np.interp(edge, x, y).astype(np.float32)
        np.minimum(top, value, out=top, where=there)
        np.maximum(bottom, value, out=bottom, where=there)
    return top, bottom, first - reach


def _on_pixels(top: Single, bottom: Single, first: int, clip: Box, parts: int) -> Coverage:
    """Share of each pixel that lies between the edges."""
    left = first // parts
    width = -(-(first + len(top)) // parts) - left
    lead, trail = first - left * parts, (left + width) * parts - first - len(top)
    upper = np.pad(top, (lead, trail), constant_values=np.inf).reshape(width, parts)
    lower = np.pad(bottom, (lead, trail), constant_values=-np.inf).reshape(width, parts)
    inside = slice(max(int(clip.x0) - left, 0), max(int(clip.x1) - left, 0))
    upper = np.clip(upper[inside], clip.y0, clip.y1)
    lower = np.clip(lower[inside], clip.y0, clip.y1)
    left = max(left, int(clip.x0))
    # Part by part is several times as fast as along an axis of so few.
    tops, bottoms = list(upper.T), list(lower.T)
    row0 = np.floor(functools.reduce(np.minimum, tops)).astype(np.intp)
    row1 = np.ceil(functools.reduce(np.maximum, bottoms)).astype(np.intp)
    tall = np.maximum(row1 - row0, 0)
    column = np.repeat(np.arange(len(tall)), tall)
    start = np.cumsum(tall) - tall
    row = np.arange(column.size) - start[column] + row0[column]
    share = np.ones(column.size, np.float32)
    # Only the pixels that an edge crosses have to be worked out.
    first_full = functools.reduce(np.maximum, tops)
    last_full = functools.reduce(np.minimum, bottoms)
    crossed = np.flatnonzero((row < first_full[column]) | (row + 1 > last_full[column]))
    edge, mine = row[crossed].astype(np.float32), column[crossed]
    part_of = np.zeros(crossed.size, np.float32)
    for part in range(parts):
        covered = np.minimum(edge + 1, bottoms[part][mine])
        covered -= np.maximum(edge, tops[part][mine])
        part_of += np.clip(covered, 0, 1, out=covered)
    share[crossed] = part_of / parts
    return Coverage(row, column + left, share)
