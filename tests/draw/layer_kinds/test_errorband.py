"""Error bands: a line over the area of its errors."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from figmill.draw.compose import compose
from figmill.draw.layout import layout
from figmill.draw.ops import Polygon, Polyline
from figmill.figure import Axis, Curve, ErrorBand, Figure, Panel


def test_the_area_spans_the_errors_and_ends_where_they_do() -> None:
    x = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    error = np.array([1.0, 1.0, np.nan, 2.0, 2.0])
    layer = ErrorBand(x, np.full(5, 5.0), error, color="#ff0000", width=0, alpha=1.0)
    panel = Panel(layer, x=Axis(limits=(0, 4)), y=Axis(limits=(0, 10)))
    figure = Figure(panel, size=(4, 4), dpi=100)
    (placed,) = layout(figure).panels
    box = placed.box
    rgb = np.asarray(Image.open(io.BytesIO(figure.to_bytes("png"))).convert("RGB"))
    red = (rgb == (255, 0, 0)).all(axis=2)
    for part, low, high in ((0.125, 4, 6), (0.875, 3, 7)):
        rows = np.flatnonzero(red[:, int(box.x0 + part * box.width)])
        assert rows[0] == pytest.approx(box.y1 - high / 10 * box.height, abs=1)
        assert rows[-1] + 1 == pytest.approx(box.y1 - low / 10 * box.height, abs=1)
    assert not red[:, int(box.x0 + 0.3 * box.width) : int(box.x0 + 0.7 * box.width)].any()


def test_areas_lie_under_all_lines() -> None:
    x = np.linspace(0, 1, 5)
    layers = [Curve(x, x), ErrorBand(x, x, 0.1), ErrorBand(x, 1 - x, 0.1)]
    kinds = [type(op) for op in compose(Figure(Panel(layers), size=(4, 3))).ops]
    kinds = [kind for kind in kinds if kind in (Polygon, Polyline)]
    assert kinds == [Polygon, Polygon, Polyline, Polyline, Polyline]


def test_a_band_to_zero_leaves_a_log_panel_at_its_foot() -> None:
    x = np.linspace(0, 1, 5)
    layer = ErrorBand(x, np.ones(5), 2.0)
    figure = Figure(Panel(layer, y=Axis("log", limits=(0.1, 10))), size=(4, 3))
    (placed,) = layout(figure).panels
    (area,) = [op for op in compose(figure).ops if isinstance(op, Polygon)]
    assert area.points[:, 1].max() > placed.box.y1
    assert area.points[:, 1].min() == pytest.approx(placed.y.pixels(np.array([3.0]))[0])


def test_the_twin_has_line_and_area() -> None:
    x = np.array([0.0, 1.0])
    figure = Figure(Panel(ErrorBand(x, [5.0, 6.0], [1.0, 2.0], label="m")), size=(4, 3))
    (axes,) = figure.to_matplotlib().axes
    np.testing.assert_array_equal(axes.lines[0].get_xydata(), [[0, 5], [1, 6]])
    (path,) = axes.collections[0].get_paths()
    assert {tuple(point) for point in path.vertices.tolist()} >= {(0, 4), (0, 6), (1, 4), (1, 8)}
    assert axes.get_legend().get_texts()[0].get_text() == "m"
