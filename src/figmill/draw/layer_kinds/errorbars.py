"""Points with error bars."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from figmill.draw import curves, pixels, text
from figmill.draw.layer_kinds.curve import MPL_MARKERS
from figmill.draw.layout import View
from figmill.draw.op_writer import PanelPen, Points, color8
from figmill.draw.ops import RGB, Box, Markers, Op, Polyline, Rules
from figmill.figure.autoscale import span
from figmill.figure.layer_kind import Direction, LayerKind, LegendKey, Look, Range
from figmill.figure.uncertain import ErrorBars

if TYPE_CHECKING:
    from figmill.draw.mpl.figure import PanelBuilder

Numbers = Points

# So many times as high as the panel.
_BEYOND = 12.0


def reaching(values: Numbers, view: View) -> Numbers:
    """Pixels of the lower ends of errors; those that a log axis has no place for lie far below."""
    places = view.pixels(values)
    if view.axis.scale == "log":
        low, high = view.pixels(np.array([view.low, view.high]))
        places[values <= 0] = low + _BEYOND * (low - high)
    return places


def floored(values: Numbers, points: Numbers, scale: str) -> Numbers:
    """Lower ends of errors for matplotlib, which drops those that a log axis has no place for."""
    return np.where(values <= 0, points * 1e-12, values) if scale == "log" else values


class ErrorBarsKind(LayerKind[ErrorBars]):
    """Bars under their markers, on whole pixels as frames and ticks are."""

    layer = ErrorBars
    color = "cycle"

    def extent(self, layer: ErrorBars, direction: Direction, scale: str) -> Range | None:
        return span(np.concatenate(layer.ends(direction)), scale)

    def points(self, layer: ErrorBars) -> tuple[Points, Points]:
        return layer.x, layer.y

    def outline(self, layer: ErrorBars, pen: PanelPen) -> Points:
        return curves.tame(np.concatenate([*self._bars(layer, pen), pen.points(layer.x, layer.y)]))

    def _bars(self, layer: ErrorBars, pen: PanelPen) -> Iterator[Points]:
        """Upright and level bars, each as its two ends and a break: shape (3 n, 2)."""
        at = pen.points(layer.x, layer.y)
        for direction, error in (("y", layer.y_error), ("x", layer.x_error)):
            if error is None:
                continue
            along, view = (1, pen.y) if direction == "y" else (0, pen.x)
            low, high = layer.ends(direction)
            bars = np.repeat(at[:, None, :], 3, axis=1)
            bars[:, 0, along], bars[:, 1, along] = reaching(low, view), view.pixels(high)
            bars[:, 2] = np.nan
            bars[(low == high) | ~np.isfinite(at).all(axis=1)] = np.nan
            yield curves.tame(bars.reshape(-1, 2))

    def ops(self, layer: ErrorBars, pen: PanelPen, look: Look) -> Iterator[Op]:
        color, pt = color8(look.color), pen.pt
        points = pen.points(layer.x, layer.y)
        if layer.line_width > 0:
            line = curves.visible(curves.reduce(points), pen.box)
            yield Polyline(line, color, layer.line_width * pt, pen.box, alpha=layer.alpha)
        lines = [np.empty((0, 4))]
        for bars in self._bars(layer, pen):
            both = bars.reshape(-1, 3, 2)[:, :2]
            lines.append(both.reshape(-1, 4))
            if layer.cap > 0:
                lines.append(_caps(both, layer.cap / 2 * pt, pen.box))
        yield from strokes(np.concatenate(lines), layer.width * pt, color, layer.alpha, pen.box)
        if layer.marker is not None:
            seen = points[np.isfinite(points).all(axis=1)]
            yield Markers(seen, layer.marker, layer.marker_size * pt, color, pen.box, layer.alpha)

    def legend_label(self, layer: ErrorBars) -> str:
        return layer.label

    def legend_ops(
        self, layer: ErrorBars, pen: PanelPen, look: Look, key: LegendKey
    ) -> Iterator[Op]:
        color, middle = color8(look.color), (key.x0 + key.x1) / 2
        bar = np.array([[middle, key.y - key.half, middle, key.y + key.half]])
        yield Rules(bar, color, min(layer.width, 3.0) * pen.pt)
        if layer.line_width > 0:
            line = np.array([[key.x0, key.y, key.x1, key.y]])
            yield Rules(line, color, min(layer.line_width, 3.0) * pen.pt)
        if layer.marker is not None:
            size = min(layer.marker_size, 7.0) * pen.pt
            at = np.array([[middle, key.y]])
            yield Markers(at, layer.marker, size, color, pen.everywhere, layer.alpha)

    def artists(self, layer: ErrorBars, twin: PanelBuilder, look: Look) -> Any:
        lengths: dict[str, Numbers | None] = {"x": None, "y": None}
        for direction, values, view in (("x", layer.x, twin.x), ("y", layer.y, twin.y)):
            if getattr(layer, f"{direction}_error") is not None:
                low, high = layer.ends(direction)
                low = floored(low, values, view.axis.scale)
                both = np.stack((values - low, high - values))
                if view.axis.scale == "log":
                    both[:, values <= 0] = np.nan  # they have no place, and no bar either
                lengths[direction] = both
        made = twin.ax.errorbar(
            *twin.points(layer.x, layer.y),
            lengths["y"],
            lengths["x"],
            color=pixels.rgb(look.color),
            alpha=layer.alpha,
            elinewidth=layer.width,
            capthick=layer.width,
            capsize=layer.cap / 2,
            linestyle="solid" if layer.line_width else "none",
            linewidth=layer.line_width,
            marker=MPL_MARKERS[layer.marker] if layer.marker else "",
            markersize=layer.marker_size,
            label=text.for_matplotlib(layer.label),
        )
        # As an option it would be the width of the caps too.
        made.lines[0].set_markeredgewidth(1 if layer.marker in ("cross", "plus") else 0)
        return made


def _caps(bars: Points, half: float, box: Box) -> Points:
    """Strokes across those ends of bars that are in the panel, shape (m, 4)."""
    ends = bars.reshape(-1, 2)
    upright = np.repeat(bars[:, 0, 0] == bars[:, 1, 0], 2)
    inside = (ends[:, 0] > box.x0) & (ends[:, 0] < box.x1)
    inside &= (ends[:, 1] > box.y0) & (ends[:, 1] < box.y1)
    ends, upright = ends[inside], upright[inside]
    across = np.where(upright[:, None], (half, 0.0), (0.0, half))
    return np.concatenate((ends - across, ends + across), axis=1)


def strokes(lines: Points, width: float, color: RGB, alpha: float, box: Box) -> Iterator[Op]:
    """Upright and level strokes, shape (n, 4), cut to the panel."""
    lines = lines[np.isfinite(lines).all(axis=1)]
    low, high = np.minimum(lines[:, :2], lines[:, 2:]), np.maximum(lines[:, :2], lines[:, 2:])
    inside = (high[:, 0] >= box.x0) & (low[:, 0] <= box.x1)
    inside &= (high[:, 1] >= box.y0) & (low[:, 1] <= box.y1)
    low = np.maximum(low[inside], (box.x0, box.y0))
    high = np.minimum(high[inside], (box.x1, box.y1))
    if not len(low):
        return
    if alpha < 1:
        apart = np.full_like(low, np.nan)
        line = np.stack((low, high, apart), axis=1).reshape(-1, 2)
        yield Polyline(line, color, width, box, alpha=alpha)
        return
    # Rules reach half their width beyond both ends; here the end is the value.
    half = np.minimum(max(1, round(width)) / 2, (high - low) / 2)
    ends = np.concatenate((low + half, high - half), axis=1)
    yield Rules(np.unique(np.rint(2 * ends) / 2, axis=0), color, width)


KIND = ErrorBarsKind()
