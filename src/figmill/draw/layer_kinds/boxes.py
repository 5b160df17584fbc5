"""Boxes with whiskers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from figmill.draw import pixels, text
from figmill.draw.layer_kinds.bars import bars_ops, bars_sample
from figmill.draw.layer_kinds.errorbars import strokes
from figmill.draw.op_writer import PanelPen, Points, color8
from figmill.draw.ops import Markers, Op
from figmill.figure.autoscale import span
from figmill.figure.bars import Boxes
from figmill.figure.layer_kind import Direction, LayerKind, LegendKey, Look, Range

if TYPE_CHECKING:
    from figmill.draw.mpl.figure import PanelBuilder

_LINE, _MEDIAN, _POINT = 1.0, 1.8, 3.0


class BoxesKind(LayerKind[Boxes]):
    """A pale box with a line around it, all of one colour."""

    layer = Boxes
    color = "cycle"

    def extent(self, layer: Boxes, direction: Direction, scale: str) -> Range | None:
        if direction == "x":
            assert isinstance(layer.at, np.ndarray)
            return span(np.append(layer.at - layer.width, layer.at + layer.width), scale)
        return span(np.concatenate([np.empty(0), *layer.samples]), scale)

    def points(self, layer: Boxes) -> tuple[Points, Points]:
        assert isinstance(layer.at, np.ndarray)
        many = [sample.size for sample in layer.samples]
        return np.repeat(layer.at, many), np.concatenate([np.empty(0), *layer.samples])

    def outline(self, layer: Boxes, pen: PanelPen) -> Points:
        lines = self._lines(layer, pen)[0].reshape(-1, 2, 2)
        gap = np.full((len(lines), 1, 2), np.nan)
        return np.concatenate((lines, gap), axis=1).reshape(-1, 2)

    def _lines(self, layer: Boxes, pen: PanelPen) -> tuple[Points, Points, Points]:
        """Lines of boxes and whiskers, medians, each shape (n, 4), and points beyond, (m, 2)."""
        lines, medians, beyond = [np.empty((0, 4))], [np.empty((0, 4))], [np.empty((0, 2))]
        assert isinstance(layer.at, np.ndarray)
        for at, found in zip(layer.at.tolist(), layer.summaries(), strict=True):
            if found is None:
                continue
            half = layer.width / 2
            x = np.array([at - half, at - half / 2, at, at + half / 2, at + half])
            left, inner_left, middle, inner_right, right = pen.x.pixels(x).tolist()
            low, first, median, third, high = pen.y.pixels(np.array(found[:5])).tolist()
            box = [
                [left, first, right, first],
                [left, third, right, third],
                [left, first, left, third],
                [right, first, right, third],
                [middle, low, middle, first],
                [middle, third, middle, high],
                [inner_left, low, inner_right, low],
                [inner_left, high, inner_right, high],
            ]
            lines.append(np.array(box))
            medians.append(np.array([[left, median, right, median]]))
            beyond.append(pen.points(np.full(found.beyond.size, at), found.beyond))
        return np.concatenate(lines), np.concatenate(medians), np.concatenate(beyond)

    def ops(self, layer: Boxes, pen: PanelPen, look: Look) -> Iterator[Op]:
        color = color8(look.color)
        assert isinstance(layer.at, np.ndarray)
        found = [
            (at, each)
            for at, each in zip(layer.at.tolist(), layer.summaries(), strict=True)
            if each is not None
        ]
        at = np.array([each for each, _ in found])
        x = (at - layer.width / 2, at + layer.width / 2)
        y = (
            np.array([each.first for _, each in found]),
            np.array([each.third for _, each in found]),
        )
        yield from bars_ops(pen, x, y, color, layer.alpha)
        lines, medians, beyond = self._lines(layer, pen)
        yield from strokes(lines, _LINE * pen.pt, color, 1.0, pen.box)
        yield from strokes(medians, _MEDIAN * pen.pt, color, 1.0, pen.box)
        seen = beyond[np.isfinite(beyond).all(axis=1)]
        yield Markers(seen, "circle", _POINT * pen.pt, color, pen.box)

    def legend_label(self, layer: Boxes) -> str:
        return layer.label

    def legend_ops(self, layer: Boxes, pen: PanelPen, look: Look, key: LegendKey) -> Iterator[Op]:
        yield bars_sample(look, key, layer.alpha)
        line = np.array([[key.x0, key.y, key.x1, key.y]])
        yield from strokes(line, _MEDIAN * pen.pt, color8(look.color), 1.0, pen.everywhere)

    def artists(self, layer: Boxes, twin: PanelBuilder, look: Look) -> Any:
        if not layer.samples:
            return None
        color = pixels.rgb(look.color)
        line = {"color": color, "linewidth": _LINE}
        assert isinstance(layer.at, np.ndarray)
        made = twin.ax.boxplot(
            [sample[np.isfinite(sample)] for sample in layer.samples],
            positions=layer.at,
            widths=layer.width,
            manage_ticks=False,
            patch_artist=True,
            boxprops={"facecolor": (*color, layer.alpha), "edgecolor": color, "linewidth": _LINE},
            whiskerprops=line,
            capprops=line,
            medianprops={"color": color, "linewidth": _MEDIAN},
            flierprops={
                "marker": "o",
                "markersize": _POINT,
                "markerfacecolor": color,
                "markeredgewidth": 0,
            },
        )
        made["boxes"][0].set_label(text.for_matplotlib(layer.label))
        return made["boxes"][0]


KIND = BoxesKind()
