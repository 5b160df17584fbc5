"""Data on the pixels of a panel: spectrograms, curves, areas, lines."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from figmill.draw import curves, pixels
from figmill.draw.layout import Layout, Placed, View
from figmill.draw.op_writer import Scribe, color8
from figmill.draw.ops import RGB, Box, Cells, Markers, Op, Polygon, Polyline, Rect
from figmill.figure.color import Color
from figmill.figure.intervals import stretches
from figmill.figure.layers import Band, Curve, Dash, Fill, HLine, Spectrogram, VLine
from figmill.figure.model import Panel
from figmill.figure.resample import sources
from figmill.figure.style import Style

Points = NDArray[np.float64]
Numbers = NDArray[np.float64]
Look = tuple[RGB, Dash]

# In multiples of the line's width.
DASHES: dict[Dash, tuple[float, ...]] = {
    "solid": (),
    "dashed": (4.0, 2.2),
    "dotted": (1.0, 1.8),
    "dashdot": (5.0, 2.0, 1.0, 2.0),
}
PATTERNS: tuple[Dash, ...] = ("solid", "dashed", "dashdot", "dotted")


def spectrogram_picture(
    layer: Spectrogram, placed: Placed, limits: tuple[float, float]
) -> pixels.Picture:
    """A spectrogram on the pixels of its panel."""
    box = placed.box
    width, height = int(box.width), int(box.height)
    columns = sources(*_pixels(layer.x.lo, layer.x.hi, placed.x, box.x0), width)
    tables = [
        sources(*_pixels(low, high, placed.y, box.y0), height)
        for low, high in zip(layer.y.lo, layer.y.hi, strict=True)
    ]
    return pixels.picture(
        layer.values, columns, tuple(tables), layer.y.index, limits, layer.color.scale == "log"
    )


def _pixels(low: Numbers, high: Numbers, view: View, start: float) -> tuple[Numbers, Numbers]:
    """Lower and upper edges of bins in pixels from `start`.

    On a log axis a bin that reaches down to 0 is cut at the axis's end.
    """
    if view.axis.scale == "log" and np.any(low <= 0):
        low = np.where((low <= 0) & (high > view.low), view.low, low)
    one, other = view.pixels(low) - start, view.pixels(high) - start
    return np.minimum(one, other), np.maximum(one, other)


def looks(panel: Panel, style: Style) -> dict[int, tuple[Color, Dash]]:
    """Colours and patterns of curves and areas, by their place among the layers.

    Who did not choose a colour gets the next of the theme's cycle; when all are used, the pattern
    changes. A band is neutral.
    """
    chosen: dict[int, tuple[Color, Dash]] = {}
    number = 0
    for position, layer in enumerate(panel.layers):
        if not isinstance(layer, Curve | Fill | Band):
            continue
        dash: Dash = layer.dash if isinstance(layer, Curve) else "solid"
        if layer.color is not None:
            chosen[position] = layer.color, dash
        elif isinstance(layer, Band):
            chosen[position] = style.muted, dash
        else:
            if dash == "solid":
                dash = PATTERNS[(number // len(style.cycle)) % len(PATTERNS)]
            chosen[position] = style.cycle[number % len(style.cycle)], dash
            number += 1
    return chosen


class Data(Scribe):
    """Writes the layers of panels."""

    def __init__(self, placed: Layout) -> None:
        super().__init__(placed)
        self._lines: dict[tuple[int, int, int], Points] = {}

    def spectrogram(self, layer: Spectrogram, placed: Placed, limits: tuple[float, float]) -> Cells:
        """A spectrogram in its colours."""
        picture = spectrogram_picture(layer, placed, limits)
        strips = np.take(pixels.lookup(layer.color, self.style), picture.strips, axis=0)
        below, above = (bool(np.any(picture.strips == n)) for n in (pixels.BELOW, pixels.ABOVE))
        return Cells(placed.box, strips, picture.rows, below, above)

    def looks(self, placed: Placed) -> dict[int, Look]:
        """Colour and pattern of the panel's curves and areas, by their place among its layers."""
        return {
            position: (color8(color), dash)
            for position, (color, dash) in looks(placed.panel, self.style).items()
        }

    def points(self, placed: Placed, x: Points, y: Points) -> Points:
        """Pixel positions of points."""
        points = np.empty((len(x), 2))
        points[:, 0], points[:, 1] = placed.x.pixels(x), placed.y.pixels(y)
        return curves.tame(points)

    def curve(self, layer: Curve, placed: Placed, look: Look) -> Iterator[Op]:
        """A line and its markers."""
        color, dash = look
        width = self.style.line_width if layer.width is None else layer.width
        if width > 0:
            line = self.line_of(layer, placed)
            yield Polyline(
                line, color, width * self.pt, placed.box, self.dash(dash, width), layer.alpha
            )
            lone = curves.lone(line)
            if len(lone):
                size = max(width, 1.0) * self.pt
                yield Markers(lone, "circle", size, color, placed.box, layer.alpha)
        if layer.marker is not None:
            points = self.points(placed, layer.x, layer.y)
            seen = points[np.isfinite(points).all(axis=1)]
            yield Markers(
                seen, layer.marker, layer.marker_size * self.pt, color, placed.box, layer.alpha
            )

    def line_of(self, layer: Curve, placed: Placed) -> Points:
        """The curve on the panel's pixels; asked for by the curve and by its legend."""
        key = (id(layer), placed.row, placed.column)
        if key not in self._lines:
            points = curves.reduce(self.points(placed, layer.x, layer.y))
            self._lines[key] = curves.visible(points, placed.box)
        return self._lines[key]

    def crosses(self, placed: Placed, box: Box) -> bool:
        """Whether one of the panel's curves may run through a part of it."""
        for layer in placed.panel.layers:
            if isinstance(layer, Curve):
                line = self.line_of(layer, placed)
                low = np.minimum(line[1:], line[:-1])
                high = np.maximum(line[1:], line[:-1])
                across = (low[:, 0] < box.x1) & (high[:, 0] > box.x0)
                if np.any(across & (low[:, 1] < box.y1) & (high[:, 1] > box.y0)):
                    return True
        return False

    def dash(self, dash: Dash, width: float) -> tuple[float, ...]:
        """A line pattern in pixels."""
        return tuple(part * max(width, 0.8) * self.pt for part in DASHES[dash])

    def fill(self, layer: Fill, placed: Placed, look: Look) -> Iterator[Op]:
        """The area between two curves."""
        upper = self.points(placed, layer.x, layer.high)
        lower = self.points(placed, layer.x, layer.low)
        good = np.isfinite(upper + lower).all(axis=1)
        for start, stop in stretches(good):
            # Each edge is reduced by itself: of a pixel column both extremes stay.
            above, below = curves.reduce(upper[start:stop]), curves.reduce(lower[start:stop])
            outline = np.concatenate((above, below[::-1]))
            yield Polygon(outline, look[0], placed.box, layer.alpha)

    def band(self, layer: Band, placed: Placed, look: Look) -> Iterator[Op]:
        """A shaded range, up to the edges of the panel."""
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

    def line(self, layer: VLine | HLine, placed: Placed) -> Iterator[Op]:
        """A vertical or horizontal line; over a spectrogram, on a pale strip of its own."""
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
        points, width = curves.tame(points), layer.width * self.pt
        if any(isinstance(other, Spectrogram) for other in placed.panel.layers):
            yield Polyline(points, color8(self.style.panel), width + 1.6 * self.pt, box, alpha=0.75)
        dash = self.dash(layer.dash, layer.width)
        yield Polyline(points, color8(color), width, box, dash, layer.alpha)

    def _sharp(self, view: View, layer: VLine | HLine) -> float:
        """Where a straight line stands so that whole pixels are its width."""
        width = max(1, round(layer.width * self.pt))
        at = float(view.pixels(np.array([layer.at]))[0])
        return at if not np.isfinite(at) else round(at - width / 2) + width / 2


def _onto(pixel: float, view: View, *, first: bool) -> float:
    """A pixel position; what the scale has no place for (0 on a log axis) is its end."""
    if np.isfinite(pixel):
        return float(pixel)
    return view.start if first else view.stop
