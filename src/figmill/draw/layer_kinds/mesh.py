"""Values on cells of four corners."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from figmill.draw import pixels
from figmill.draw.op_writer import PanelPen, Points
from figmill.draw.ops import Cells, Op
from figmill.figure.autoscale import scaled_range, span
from figmill.figure.grids import Mesh
from figmill.figure.layer_kind import Direction, LayerKind, Look, Range

if TYPE_CHECKING:
    from figmill.draw.mpl.figure import PanelBuilder


class MeshKind(LayerKind[Mesh]):
    """Each pixel shows the cell that most of it lies in, under the grid."""

    layer = Mesh
    level = -1
    fits = "exact"
    covers = True

    def extent(self, layer: Mesh, direction: Direction, scale: str) -> Range | None:
        return span(layer.x if direction == "x" else layer.y, scale)

    def points(self, layer: Mesh) -> tuple[Points, Points] | None:
        # Not made of points; without any cell of a value it shows nothing, as without points.
        whole = _corners(np.asarray(np.isfinite(layer.x + layer.y))).all(axis=0)
        some = bool((whole & np.isfinite(layer.values)).any())
        return None if some else (np.empty(0), np.empty(0))

    def color_range(self, layer: Mesh, x: Range, y: Range) -> Range:
        inside = np.ones(layer.values.shape, bool)
        for corners, (low, high) in ((layer.x, x), (layer.y, y)):
            four = _corners(corners)
            inside &= (four.max(axis=0) > low) & (four.min(axis=0) < high)
        return scaled_range(layer.color, layer.values[inside])

    def ops(self, layer: Mesh, pen: PanelPen, look: Look) -> Iterator[Op]:
        assert look.limits is not None
        numbers = pixels.color_numbers(layer.values, look.limits, log=layer.color.scale == "log")
        places = pen.points(layer.x.ravel(), layer.y.ravel()).reshape(*layer.x.shape, 2)
        box = pen.box
        strips = _picture(places - (box.x0, box.y0), numbers, int(box.width), int(box.height))
        below, above = (bool(np.any(strips == n)) for n in (pixels.BELOW, pixels.ABOVE))
        rows = np.arange(len(strips))
        yield Cells(box, strips, rows, below, above, pixels.lookup(layer.color, pen.style))

    def artists(self, layer: Mesh, twin: PanelBuilder, look: Look) -> Any:
        from figmill.draw.mpl.mesh import colors_of, norm_of

        assert look.limits is not None
        drawn = layer.values
        if layer.color.scale == "log":
            # matplotlib takes what has no logarithm for missing; here it is below range.
            drawn = np.where(drawn <= 0, look.limits[0] / 1e3, drawn)
        whole = np.asarray(np.isfinite(layer.x + layer.y))
        drawn = np.where(_corners(whole).all(axis=0), drawn, np.nan)
        return twin.ax.pcolormesh(
            np.where(whole, layer.x, 0.0),
            np.where(whole, layer.y, 0.0),
            np.ma.masked_invalid(drawn),
            norm=norm_of(layer.color, look.limits),
            cmap=colors_of(layer.color, twin.style),
            rasterized=True,
        )


def _corners(grid: NDArray[Any]) -> NDArray[Any]:
    """The four corners of each cell, shape (4, n, m)."""
    return np.stack((grid[:-1, :-1], grid[1:, :-1], grid[1:, 1:], grid[:-1, 1:]))


def _picture(
    places: Points, numbers: NDArray[np.uint16], width: int, height: int
) -> NDArray[np.uint16]:
    """The number of the cell on each pixel, `BLANK` beside them: shape (height, width).

    matplotlib's rasteriser fills the cells without mixing colours, and a colour is a number.
    """
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.transforms import Affine2D, IdentityTransform

    agg: Any = RendererAgg(width, height, 72.0)
    context = agg.new_gc()
    context.set_antialiased(False)
    whole = _corners(np.asarray(np.isfinite(places).all(axis=2))).all(axis=0)
    told = numbers.astype(np.int64)
    faces = np.zeros((told.size, 4))
    faces[:, 0], faces[:, 1] = (told & 255).ravel() / 255, (told >> 8).ravel() / 255
    faces[:, 3] = whole.ravel()
    flip = Affine2D().scale(1, -1).translate(0, height)
    # The renderer goes along the second axis first, as the corners do.
    agg.draw_quad_mesh(
        context,
        flip,
        numbers.shape[1],
        numbers.shape[0],
        np.nan_to_num(places, nan=0.0),
        np.zeros((1, 2)),
        IdentityTransform(),
        faces,
        False,
        np.empty((0, 4)),
    )
    drawn = np.asarray(agg.buffer_rgba()).astype(np.int64)
    found = drawn[..., 0] + (drawn[..., 1] << 8)
    return np.where(drawn[..., 3] == 0, pixels.BLANK, found).astype(np.uint16)


KIND = MeshKind()
