"""Points with colours and sizes of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from figmill.draw import pixels, text
from figmill.draw.layer_kinds.curve import MPL_MARKERS
from figmill.draw.op_writer import PanelPen, Points, color8
from figmill.draw.ops import Dots, Markers, Op
from figmill.figure.autoscale import scaled_range, span
from figmill.figure.color import ColorScale
from figmill.figure.layer_kind import Direction, LayerKind, LegendKey, Look, Range
from figmill.figure.scatter import Scatter
from figmill.notes import Note

if TYPE_CHECKING:
    from figmill.draw.mpl.figure import PanelBuilder


class ScatterKind(LayerKind[Scatter]):
    """Symbols in the order of the points."""

    layer = Scatter
    color = "cycle"

    def extent(self, layer: Scatter, direction: Direction, scale: str) -> Range | None:
        return span(layer.x if direction == "x" else layer.y, scale)

    def points(self, layer: Scatter) -> tuple[Points, Points]:
        return layer.x, layer.y

    def notes(self, layer: Scatter) -> Iterator[Note]:
        placed = np.isfinite(layer.x) & np.isfinite(layer.y)
        if lost := int(np.count_nonzero(placed & np.isnan(layer.size))):
            told = f"{lost} of {int(placed.sum())} points have no size and are not drawn"
            yield Note.loss("points-without-size", told, layer.label)

    def color_range(self, layer: Scatter, x: Range, y: Range) -> Range | None:
        if layer.values is None:
            return None
        assert isinstance(layer.color, ColorScale)
        seen = (layer.x >= x[0]) & (layer.x <= x[1]) & (layer.y >= y[0]) & (layer.y <= y[1])
        return scaled_range(layer.color, layer.values[seen])

    def outline(self, layer: Scatter, pen: PanelPen) -> Points:
        # Each point as a stroke of its width, with a break after it.
        at = pen.points(layer.x, layer.y)
        half = np.zeros_like(at)
        half[:, 0] = np.asarray(layer.size) / 2 * pen.pt
        return np.stack((at - half, at + half, np.full_like(at, np.nan)), axis=1).reshape(-1, 2)

    def ops(self, layer: Scatter, pen: PanelPen, look: Look) -> Iterator[Op]:
        points = pen.points(layer.x, layer.y)
        sizes = np.broadcast_to(np.asarray(layer.size, np.float64), len(points)) * pen.pt
        seen = np.isfinite(points).all(axis=1) & np.isfinite(sizes) & (sizes > 0)
        if look.limits is None:
            colors = np.broadcast_to(np.array(color8(look.color), np.uint8), (len(points), 3))
            if np.ndim(layer.size) == 0:
                size = float(np.asarray(layer.size)) * pen.pt
                color = color8(look.color)
                yield Markers(points[seen], layer.marker, size, color, pen.box, layer.alpha)
                return
            below = above = False
        else:
            assert isinstance(layer.color, ColorScale) and layer.values is not None
            numbers = _numbers(layer.values, layer.color, look.limits)
            if layer.color.missing is None:
                seen &= numbers != pixels.MISSING
            colors = pixels.lookup(layer.color, pen.style)[numbers]
            below, above = (bool(np.any(numbers == n)) for n in (pixels.BELOW, pixels.ABOVE))
        yield Dots(
            points[seen],
            layer.marker,
            sizes[seen],
            colors[seen],
            pen.box,
            layer.alpha,
            below,
            above,
        )

    def legend_label(self, layer: Scatter) -> str:
        return layer.label

    def legend_ops(self, layer: Scatter, pen: PanelPen, look: Look, key: LegendKey) -> Iterator[Op]:
        color = color8(look.color)
        if isinstance(layer.color, ColorScale):
            red, green, blue = pixels.lookup(layer.color, pen.style)[pixels.LEVELS // 2].tolist()
            color = red, green, blue
        sizes = np.asarray(layer.size, np.float64)
        size = float(np.nanmedian(sizes)) if sizes.size and np.isfinite(sizes).any() else 0.0
        at = np.array([[(key.x0 + key.x1) / 2, key.y]])
        yield Markers(at, layer.marker, min(size, 7.0) * pen.pt, color, pen.everywhere, layer.alpha)

    def artists(self, layer: Scatter, twin: PanelBuilder, look: Look) -> Any:
        options: dict[str, Any] = {"color": pixels.rgb(look.color)}
        if look.limits is not None:
            from figmill.draw.mpl.mesh import colors_of, norm_of

            assert isinstance(layer.color, ColorScale) and layer.values is not None
            # matplotlib takes what has no logarithm for missing; here it is below range.
            log = layer.color.scale == "log"
            drawn = layer.values
            if log:
                drawn = np.where(drawn <= 0, look.limits[0] / 1e3, drawn)
            options = {
                "c": np.where(np.isfinite(drawn), drawn, np.nan),
                "cmap": colors_of(layer.color, twin.style),
                "norm": norm_of(layer.color, look.limits),
                "plotnonfinite": True,
            }
        return twin.ax.scatter(
            layer.x,
            layer.y,
            np.square(layer.size),
            marker=MPL_MARKERS[layer.marker],
            alpha=layer.alpha,
            linewidths=1 if layer.marker in ("cross", "plus") else 0,
            label=text.for_matplotlib(layer.label),
            **options,
        )


def _numbers(values: Points, scale: ColorScale, limits: Range) -> NDArray[np.uint16]:
    return pixels.color_numbers(values, limits, log=scale.scale == "log")


KIND = ScatterKind()
