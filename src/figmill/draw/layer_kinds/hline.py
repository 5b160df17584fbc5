"""Horizontal lines, and what they share with vertical ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, TypeVar

import numpy as np

from figmill.draw import curves, pixels, text
from figmill.draw.op_writer import PanelPen, color8
from figmill.draw.ops import Op, Polyline
from figmill.figure.autoscale import span
from figmill.figure.layer_kind import Direction, LayerKind, Look, Range
from figmill.figure.layers import HLine, VLine

if TYPE_CHECKING:
    from figmill.draw.mpl.figure import PanelBuilder

AnyLine = TypeVar("AnyLine", HLine, VLine)


class LineKind(LayerKind[AnyLine]):
    """A line across the panel; over a spectrogram, on a pale strip of its own."""

    fits = "event"
    upright: ClassVar[bool]

    def extent(self, layer: AnyLine, direction: Direction, scale: str) -> Range | None:
        along = direction == ("x" if self.upright else "y")
        return span(np.array([layer.at]), scale) if along else None

    def at(self, layer: AnyLine, pen: PanelPen) -> float:
        """Where the line stands, in pixels."""
        return float((pen.x if self.upright else pen.y).pixels(np.array([layer.at]))[0])

    def ops(self, layer: AnyLine, pen: PanelPen, look: Look) -> Iterator[Op]:
        box, at = pen.box, self.at(layer, pen)
        if np.isfinite(at):  # whole pixels are its width
            pixels_wide = max(1, round(layer.width * pen.pt))
            at = round(at - pixels_wide / 2) + pixels_wide / 2
        ends = [[at, box.y0], [at, box.y1]] if self.upright else [[box.x0, at], [box.x1, at]]
        points, width = curves.tame(np.array(ends)), layer.width * pen.pt
        if pen.covered:
            yield Polyline(points, color8(pen.style.panel), width + 1.6 * pen.pt, box, alpha=0.75)
        dash = pen.dash(look.dash, layer.width)
        yield Polyline(points, color8(look.color), width, box, dash, layer.alpha)

    def note(self, layer: AnyLine) -> str:
        return layer.label

    def artists(self, layer: AnyLine, twin: PanelBuilder, look: Look) -> None:
        color, upright = pixels.rgb(look.color), self.upright
        (twin.ax.axvline if upright else twin.ax.axhline)(
            layer.at,
            color=color,
            zorder=1.9 if self.level_of(layer) < self.level else 2.0,  # curves have 2
            linewidth=layer.width,
            alpha=layer.alpha,
            linestyle=twin.dashes(look.dash),
        )
        if layer.label:
            twin.ax.annotate(
                text.for_matplotlib(layer.label),
                (layer.at, 1.0) if upright else (1.0, layer.at),
                (3, -3) if upright else (-4, 3),
                xycoords=("data", "axes fraction") if upright else ("axes fraction", "data"),
                textcoords="offset points",
                ha="left" if upright else "right",
                va="top" if upright else "bottom",
                color=color,
                fontproperties=text.font(twin.style.tick_size),
            )


class HLineKind(LineKind[HLine]):
    """Horizontal lines, under curves and named at their right end."""

    layer = HLine
    level = 2
    color = "muted"
    upright = False

    def note_at(
        self, layer: HLine, pen: PanelPen, width: float, ascent: float
    ) -> tuple[float, float, bool] | None:
        y = self.at(layer, pen)
        if not pen.box.y0 <= y <= pen.box.y1:
            return None
        return pen.box.x1 - width - 4 * pen.pt, y - 3 * pen.pt, False


KIND = HLineKind()
