"""Lines of equal values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from figmill.draw import curves, pixels, text
from figmill.draw.op_writer import PanelPen, Points, color8
from figmill.draw.ops import RGB, Box, Op, Polyline, Rect
from figmill.draw.text import HALF_DIGIT, measure
from figmill.figure.autoscale import scaled_range, span
from figmill.figure.color import ColorScale
from figmill.figure.grids import Contours
from figmill.figure.layer_kind import Direction, LayerKind, LegendKey, Look, Range

if TYPE_CHECKING:
    from figmill.draw.mpl.figure import PanelBuilder

_BREAK = np.full((1, 2), np.nan)


class ContoursKind(LayerKind[Contours]):
    """Lines found by contourpy, which matplotlib brings; linear between the points."""

    layer = Contours
    fits = "exact"

    def extent(self, layer: Contours, direction: Direction, scale: str) -> Range | None:
        return span(layer.x if direction == "x" else layer.y, scale)

    def points(self, layer: Contours) -> tuple[Points, Points] | None:
        # Not made of points; without any line it shows nothing, which is told as for points.
        known, levels = layer.values[np.isfinite(layer.values)], layer.at()
        any_line = known.size and bool(((levels >= known.min()) & (levels <= known.max())).any())
        return None if any_line else (np.empty(0), np.empty(0))

    def color_range(self, layer: Contours, x: Range, y: Range) -> Range | None:
        if not isinstance(layer.color, ColorScale):
            return None
        return scaled_range(layer.color, layer.at())

    def _lines(self, layer: Contours, pen: PanelPen) -> Iterator[tuple[float, list[Points]]]:
        """Each level, and its lines in pixels."""
        from contourpy import contour_generator

        grid = np.ma.masked_invalid(layer.values)
        found = contour_generator(layer.x, layer.y, grid)
        for level in layer.at().tolist():
            lines = [np.asarray(line, np.float64) for line in found.lines(level)]
            yield level, [pen.points(line[:, 0].copy(), line[:, 1].copy()) for line in lines]

    def outline(self, layer: Contours, pen: PanelPen) -> Points:
        lines = [line for _, found in self._lines(layer, pen) for line in found]
        parts = [part for line in lines for part in (line, _BREAK)]
        return curves.visible(np.concatenate([_BREAK, *parts]), pen.box)

    def ops(self, layer: Contours, pen: PanelPen, look: Look) -> Iterator[Op]:
        found = list(self._lines(layer, pen))
        colors = self._colors(layer, pen, look, np.array([level for level, _ in found]))
        for (_, lines), color in zip(found, colors, strict=True):
            if lines:
                whole = np.concatenate([np.concatenate((line, _BREAK)) for line in lines])
                shown = curves.visible(whole, pen.box)
                yield Polyline(shown, color, layer.width * pen.pt, pen.box)
        if layer.labels:
            yield from self._labels(found, pen)

    def _colors(self, layer: Contours, pen: PanelPen, look: Look, levels: Points) -> list[RGB]:
        if not isinstance(layer.color, ColorScale):
            return [color8(look.color)] * len(levels)
        assert look.limits is not None
        numbers = pixels.color_numbers(levels, look.limits, log=layer.color.scale == "log")
        table = pixels.lookup(layer.color, pen.style)[numbers]
        return [(red, green, blue) for red, green, blue in table.tolist()]

    def _labels(self, found: list[tuple[float, list[Points]]], pen: PanelPen) -> Iterator[Op]:
        """Levels on a ground in the middle of their longest line, where that has room."""
        size, taken = 0.85 * pen.style.tick_size, list[Box]()
        pad = pen.pt
        for level, lines in found:
            said = f"{level:g}".replace("-", "\N{MINUS SIGN}")
            extent = measure(said, size, pen.dpi)
            for line in sorted(lines, key=_length, reverse=True)[:3]:
                if _length(line) < 3 * extent.width:
                    break
                x, y = line[len(line) // 2].tolist()
                box = Box(
                    x - extent.width / 2 - pad,
                    y - extent.height / 2 - pad,
                    x + extent.width / 2 + pad,
                    y + extent.height / 2 + pad,
                )
                inside = box.x0 > pen.box.x0 and box.x1 < pen.box.x1
                inside &= box.y0 > pen.box.y0 and box.y1 < pen.box.y1
                if inside and not any(box.meets(other) for other in taken):
                    taken.append(box)
                    yield Rect(box, color8(pen.style.panel), 0.8)
                    y += HALF_DIGIT * size * pen.pt
                    yield pen.text(x, y, said, size, plain=False)
                    break

    def legend_label(self, layer: Contours) -> str:
        # With colours by level, the colour bar says what they are.
        return "" if isinstance(layer.color, ColorScale) else layer.label

    def legend_ops(
        self, layer: Contours, pen: PanelPen, look: Look, key: LegendKey
    ) -> Iterator[Op]:
        level = np.floor(key.y) + 0.5
        line = np.array([[key.x0, level], [key.x1, level]])
        yield Polyline(line, color8(look.color), min(layer.width, 3.0) * pen.pt, pen.everywhere)

    def artists(self, layer: Contours, twin: PanelBuilder, look: Look) -> Any:
        from matplotlib.lines import Line2D

        levels = layer.at()
        if not levels.size:
            return None
        options: dict[str, Any] = {"colors": [pixels.rgb(look.color)]}
        if isinstance(layer.color, ColorScale):
            from figmill.draw.mpl.mesh import colors_of, norm_of

            assert look.limits is not None
            options = {
                "norm": norm_of(layer.color, look.limits),
                "cmap": colors_of(layer.color, twin.style),
            }
        made = twin.ax.contour(
            layer.x,
            layer.y,
            np.ma.masked_invalid(layer.values),
            levels=levels,
            linewidths=layer.width,
            negative_linestyles="solid",
            **options,
        )
        if layer.labels:
            twin.ax.clabel(made, fmt="%g", fontsize=0.85 * twin.style.tick_size)
        if look.limits is not None:
            return made
        label = text.for_matplotlib(layer.label)
        return Line2D([], [], color=pixels.rgb(look.color), linewidth=layer.width, label=label)


def _length(line: Points) -> float:
    steps = np.diff(line, axis=0)
    return float(np.nansum(np.hypot(steps[:, 0], steps[:, 1])))


KIND = ContoursKind()
