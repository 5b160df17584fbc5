"""PDF and SVG: the same drawing instructions on matplotlib's vector renderers.

Text and lines are vectors, spectrograms are embedded pictures at the figure's resolution.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.backends.backend_pdf import PdfFile, RendererPdf
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.path import Path as Outline
from matplotlib.transforms import Affine2D, Bbox

from figmill.draw import text
from figmill.draw.ops import (
    RGB,
    Box,
    Cells,
    Dots,
    Markers,
    Op,
    Polygon,
    Polyline,
    Rect,
    Rules,
    Sheet,
    Text,
)
from figmill.draw.raster import MARKERS, STROKED, draw_dots
from figmill.draw.settings import VECTOR, settled


def pdf(sheet: Sheet, texts: Mapping[str, str]) -> bytes:
    """A one-page PDF; fonts are embedded."""
    stream = io.BytesIO()
    with settled(VECTOR):
        width, height = sheet.width / sheet.dpi, sheet.height / sheet.dpi
        info = {
            "Title": texts.get("Title"),
            "Creator": texts.get("Software"),
            "Producer": texts.get("Software"),
            "Keywords": json.dumps(dict(texts), ensure_ascii=True),
            "CreationDate": None,  # nothing that changes from run to run
        }
        file = PdfFile(stream, metadata=info)
        try:
            file.newPage(width, height)
            renderer = RendererPdf(file, sheet.dpi, height, width)
            _Pen(renderer, sheet).run(sheet.ops)
            renderer.finalize()
            file.finalize()
        finally:
            file.close()
    return stream.getvalue()


def svg(sheet: Sheet, texts: Mapping[str, str]) -> bytes:
    """An SVG drawing; text is outlines, so that it looks the same everywhere."""
    stream = io.StringIO()
    with settled(VECTOR):
        width, height = sheet.width / sheet.dpi * 72, sheet.height / sheet.dpi * 72
        about: dict[str, Any] = {
            "Title": texts.get("Title"),
            "Creator": texts.get("Software"),
            "Description": json.dumps(dict(texts), ensure_ascii=True),
            "Date": None,
        }
        renderer = RendererSVG(
            width,
            height,
            stream,
            image_dpi=sheet.dpi,
            metadata={key: value for key, value in about.items() if value or key == "Date"},
        )
        _Pen(renderer, sheet).run(sheet.ops)
        renderer.finalize()
    return stream.getvalue().encode("utf-8")


class _Pen:
    """Draws instructions in points (1/72 inch), y upwards."""

    def __init__(self, renderer: RendererBase, sheet: Sheet) -> None:
        self.renderer = renderer
        self.sheet = sheet
        self.scale = 72.0 / sheet.dpi
        self.tall = sheet.height * self.scale
        self.flip = Affine2D().scale(self.scale, -self.scale).translate(0, self.tall)

    def run(self, ops: tuple[Op, ...]) -> None:
        everything = Box(0, 0, self.sheet.width, self.sheet.height)
        self._rect(Rect(everything, self.sheet.background))
        for op in ops:
            if isinstance(op, Text):
                self._text(op)
            elif isinstance(op, Rules):
                self._rules(op)
            elif isinstance(op, Cells):
                self._cells(op)
            elif isinstance(op, Rect):
                self._rect(op)
            elif isinstance(op, Polyline):
                self._polyline(op)
            elif isinstance(op, Polygon):
                self._polygon(op)
            elif isinstance(op, Dots):
                self._dots(op)
            else:
                self._markers(op)

    def _context(
        self,
        color: tuple[int, int, int],
        width: float = 0.0,
        alpha: float = 1.0,
        clip: Box | None = None,
    ) -> GraphicsContextBase:
        context = self.renderer.new_gc()
        context.set_alpha(alpha)
        context.set_foreground(_part(color))
        context.set_linewidth(width * self.scale)
        if clip is not None:
            context.set_clip_rectangle(
                Bbox.from_extents(
                    clip.x0 * self.scale,
                    self.tall - clip.y1 * self.scale,
                    clip.x1 * self.scale,
                    self.tall - clip.y0 * self.scale,
                )
            )
        return context

    def _rect(self, op: Rect) -> None:
        x0, y0, x1, y1 = op.box
        corners = [[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]
        face = (*_part(op.color), op.alpha)
        context = self._context(op.color, alpha=op.alpha)
        self.renderer.draw_path(context, Outline(corners), self.flip, face)
        context.restore()

    def _rules(self, op: Rules) -> None:
        segments = op.segments[np.isfinite(op.segments).all(axis=1)]
        if not len(segments):
            return
        context = self._context(op.color, op.width)
        context.set_capstyle("projecting")
        codes = np.tile(np.array([Outline.MOVETO, Outline.LINETO], np.uint8), len(segments))
        path = Outline(segments.reshape(-1, 2), codes)
        self.renderer.draw_path(context, path, self.flip)
        context.restore()

    def _polyline(self, op: Polyline) -> None:
        if not len(op.points):
            return
        context = self._context(op.color, op.width, op.alpha, op.clip)
        context.set_joinstyle("round")
        context.set_capstyle("butt" if op.dash else "projecting")
        if op.dash:
            context.set_dashes(0, [part * self.scale for part in op.dash])
        self.renderer.draw_path(context, _broken(op.points), self.flip)
        context.restore()

    def _polygon(self, op: Polygon) -> None:
        face = (*_part(op.color), op.alpha)
        context = self._context(op.color, alpha=op.alpha, clip=op.clip)
        outline = np.concatenate((op.points, op.points[:1]))
        self.renderer.draw_path(context, Outline(outline), self.flip, face)
        context.restore()

    def _markers(self, op: Markers) -> None:
        if not len(op.points):
            return
        shape = MARKERS[op.shape]
        stroked = op.shape in STROKED
        context = self._context(
            op.color, max(1.0, op.size / 5) if stroked else 0.0, op.alpha, op.clip
        )
        face = None if stroked else (*_part(op.color), op.alpha)
        size = Affine2D().scale(op.size / 2 * self.scale)
        self.renderer.draw_markers(context, shape, size, Outline(op.points), self.flip, face)
        context.restore()

    def _dots(self, op: Dots) -> None:
        context = self._context((0, 0, 0), clip=op.clip)
        draw_dots(self.renderer, context, op, self.flip, self.scale, self.scale)
        context.restore()

    def _cells(self, op: Cells) -> None:
        picture = op.picture(self.sheet.background)
        opaque = np.full((*picture.shape[:2], 4), 255, np.uint8)
        opaque[:, :, :3] = picture
        opaque[op.rows < 0, :, 3] = 0
        context = self._context((0, 0, 0))
        x, y = op.box.x0 * self.scale, self.tall - op.box.y1 * self.scale
        # The renderers take the bottom row first.
        self.renderer.draw_image(context, x, y, opaque[::-1])
        context.restore()

    def _text(self, op: Text) -> None:
        if not op.text:
            return
        em = op.size * self.sheet.dpi / 72
        found = text.pieces(op.text, op.bold)
        length = text.measure(op.text, op.size, self.sheet.dpi, op.bold).width
        back = {"left": 0.0, "center": 0.5, "right": 1.0}[op.align] * length
        context = self._context(op.color)
        for piece in found:
            along, rise = piece.x * em - back, piece.rise * em
            x, y = (op.x + along, op.y - rise) if op.upright else (op.x - rise, op.y - along)
            # The vector renderers take y as it is for PDF, from the top for SVG.
            y = y * self.scale if self.renderer.flipy() else self.tall - y * self.scale
            face = text.font(op.size * piece.size, op.bold)
            angle = 0 if op.upright else 90
            self.renderer.draw_text(context, x * self.scale, y, piece.text, face, angle)
        context.restore()


def _part(color: RGB) -> tuple[float, float, float]:
    red, green, blue = color
    return red / 255, green / 255, blue / 255


def _broken(points: np.ndarray[Any, np.dtype[np.float64]]) -> Outline:
    """A path that starts again after every NaN."""
    good = np.isfinite(points).all(axis=1)
    start = good.copy()
    start[1:] &= ~good[:-1]
    codes = np.where(start, Outline.MOVETO, Outline.LINETO).astype(np.uint8)
    return Outline(points[good], codes[good])
