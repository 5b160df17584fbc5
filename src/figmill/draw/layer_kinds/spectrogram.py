"""Spectrograms: values on cells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from figmill.draw import pixels
from figmill.draw.layout import Placed, View
from figmill.draw.op_writer import PanelPen
from figmill.draw.ops import Cells, Op
from figmill.figure.autoscale import bins_span, color_range
from figmill.figure.bins import Bins
from figmill.figure.layer_kind import Direction, LayerKind, Look, Range
from figmill.figure.layers import Spectrogram
from figmill.figure.resample import sources

if TYPE_CHECKING:
    from matplotlib.cm import ScalarMappable

    from figmill.draw.mpl.figure import PanelBuilder

Numbers = NDArray[np.float64]


def spectrogram_picture(layer: Spectrogram, placed: Placed, limits: Range) -> pixels.Picture:
    """A spectrogram on the pixels of its panel."""
    box = placed.box
    width, height = int(box.width), int(box.height)
    columns = sources(*_columns(layer.x, placed.x, box.x0), width)
    tables = [
        sources(*_pixels(low, high, placed.y, box.y0), height)
        for low, high in zip(layer.y.lo, layer.y.hi, strict=True)
    ]
    return pixels.picture(
        layer.values, columns, tuple(tables), layer.y.index, limits, layer.color.scale == "log"
    )


def _columns(x: Bins, view: View, start: float) -> tuple[Numbers, Numbers]:
    """Edges of records in pixels, by their exact times where they have such."""
    if x.exact is None or view.axis.scale != "time":
        return _pixels(x.lo, x.hi, view, start)
    one, other = (np.where(x.used, view.exact_pixels(each) - start, np.nan) for each in x.exact)
    return np.minimum(one, other), np.maximum(one, other)


def _pixels(low: Numbers, high: Numbers, view: View, start: float) -> tuple[Numbers, Numbers]:
    """Lower and upper edges of bins in pixels from `start`.

    On a log axis a bin that reaches down to 0 is cut at the axis's end.
    """
    if view.axis.scale == "log" and np.any(low <= 0):
        low = np.where((low <= 0) & (high > view.low), view.low, low)
    one, other = view.pixels(low) - start, view.pixels(high) - start
    return np.minimum(one, other), np.maximum(one, other)


class SpectrogramKind(LayerKind[Spectrogram]):
    """Cells straight on the pixels of the panel, under its grid."""

    layer = Spectrogram
    level = -1
    fits = "exact"
    covers = True

    def extent(self, layer: Spectrogram, direction: Direction, scale: str) -> Range | None:
        return bins_span(layer.x if direction == "x" else layer.y, scale)

    def color_range(self, layer: Spectrogram, x: Range, y: Range) -> Range:
        return color_range(layer, x, y)

    def ops(self, layer: Spectrogram, pen: PanelPen, look: Look) -> Iterator[Op]:
        assert look.limits is not None
        picture = spectrogram_picture(layer, pen.placed, look.limits)
        below, above = (bool(np.any(picture.strips == n)) for n in (pixels.BELOW, pixels.ABOVE))
        table = pixels.lookup(layer.color, pen.style)
        yield Cells(pen.box, picture.strips, picture.rows, below, above, table)

    def artists(self, layer: Spectrogram, twin: PanelBuilder, look: Look) -> ScalarMappable:
        from matplotlib.cm import ScalarMappable
        from matplotlib.collections import PolyCollection

        from figmill.draw.mpl.mesh import blocks, colors_of, norm_of

        limits, scale = look.limits, layer.color
        assert limits is not None
        norm = norm_of(scale, limits)
        cmap = colors_of(scale, twin.style)
        for x, y, values in blocks(layer):
            if scale.scale == "log":
                # matplotlib takes what has no logarithm for missing; here it is below range.
                drawn = np.where(values <= 0, limits[0] / 1e3, values)
            else:
                drawn = values
            cells = np.ma.masked_invalid(drawn)
            if y.shape[1] == 2 and np.array_equal(y[1:, 0], y[:-1, 1]):
                edges = np.append(y[:, 0], y[-1, 1])
                twin.ax.pcolormesh(x, edges, cells.T, norm=norm, cmap=cmap, rasterized=True)
                continue
            corners = np.empty((len(x) - 1, len(y), 4, 2))
            corners[..., 0, 0] = corners[..., 3, 0] = x[:-1, None]
            corners[..., 1, 0] = corners[..., 2, 0] = x[1:, None]
            corners[..., 0, 1] = corners[..., 1, 1] = y[None, :, 0]
            corners[..., 2, 1] = corners[..., 3, 1] = y[None, :, 1]
            twin.ax.add_collection(
                PolyCollection(
                    list(corners.reshape(-1, 4, 2)),
                    array=cells.ravel(),
                    norm=norm,
                    cmap=cmap,
                    linewidth=0,
                    antialiased=False,
                    rasterized=True,
                )
            )
        return ScalarMappable(norm=norm, cmap=cmap)


KIND = SpectrogramKind()
