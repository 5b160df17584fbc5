"""Histograms: bars that touch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from figmill.draw import pixels, text
from figmill.draw.layer_kinds.bars import bars_ops, bars_outline, bars_sample
from figmill.draw.op_writer import PanelPen, Points, color8
from figmill.draw.ops import Op
from figmill.figure.autoscale import span
from figmill.figure.bars import Histogram
from figmill.figure.layer_kind import Direction, LayerKind, LegendKey, Look, Range
from figmill.notes import Note

if TYPE_CHECKING:
    from figmill.draw.mpl.figure import PanelBuilder


class HistogramKind(LayerKind[Histogram]):
    """Counted when it is drawn."""

    layer = Histogram
    level = 1
    color = "cycle"

    def extent(self, layer: Histogram, direction: Direction, scale: str) -> Range | None:
        if not np.isfinite(layer.values).any():
            return None
        edges, counts = layer.counted()
        return span(edges if direction == "x" else np.append(counts, 0.0), scale)

    def points(self, layer: Histogram) -> tuple[Points, Points]:
        if self.extent(layer, "x", "linear") is None:
            return np.empty(0), np.empty(0)
        edges, counts = layer.counted()
        some = counts > 0
        return ((edges[:-1] + edges[1:]) / 2)[some], counts[some]

    def sticks_at(self, layer: Histogram) -> float:
        return 0.0

    def notes(self, layer: Histogram) -> Iterator[Note]:
        if outside := layer.outside():
            edges = layer.counted()[0]
            known = np.count_nonzero(~np.isnan(layer.values))
            told = f"{outside} of {known} values lie outside the bins "
            told += f"from {edges[0]:g} to {edges[-1]:g} and are not counted"
            yield Note.loss("values-outside-bins", told, layer.label)

    def _places(self, layer: Histogram) -> tuple[tuple[Points, Points], tuple[Points, Points]]:
        edges, counts = layer.counted()
        return (edges[:-1], edges[1:]), (np.zeros_like(counts), counts)

    def outline(self, layer: Histogram, pen: PanelPen) -> Points:
        return bars_outline(pen, *self._places(layer))

    def ops(self, layer: Histogram, pen: PanelPen, look: Look) -> Iterator[Op]:
        x, y = self._places(layer)
        yield from bars_ops(pen, x, y, color8(look.color), layer.alpha)

    def legend_label(self, layer: Histogram) -> str:
        return layer.label

    def legend_ops(
        self, layer: Histogram, pen: PanelPen, look: Look, key: LegendKey
    ) -> Iterator[Op]:
        yield bars_sample(look, key, layer.alpha)

    def artists(self, layer: Histogram, twin: PanelBuilder, look: Look) -> Any:
        edges, counts = layer.counted()
        return twin.ax.bar(
            edges[:-1],
            counts,
            np.diff(edges),
            align="edge",
            color=pixels.rgb(look.color),
            alpha=layer.alpha,
            linewidth=0,
            label=text.for_matplotlib(layer.label),
        )


KIND = HistogramKind()
