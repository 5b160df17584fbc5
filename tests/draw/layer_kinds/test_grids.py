"""Meshes and contours, against cells and lines worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from figmill.draw import pixels
from figmill.draw.compose import compose
from figmill.draw.layout import layout
from figmill.draw.ops import Cells, Polyline
from figmill.figure import Axis, ColorScale, Contours, Figure, Mesh, Panel

from ..figures import maps

AXES = {"x": Axis(limits=(0, 4)), "y": Axis(limits=(0, 4))}


def numbers(layer: Mesh) -> tuple[np.ndarray, object]:
    """The colours' numbers on the panel's pixels, and its place."""
    figure = Figure(Panel(layer, **AXES), size=(5, 4), dpi=100)  # type: ignore[arg-type]
    (placed,) = layout(figure).panels
    cells = next(op for op in compose(figure).ops if isinstance(op, Cells))
    return cells.strips[cells.rows], placed


def test_each_pixel_of_a_turned_cell_shows_its_value() -> None:
    # A square on its corner, split in two along the diagonal from (2, 1) to (2, 3).
    x = np.array([[1.0, 2.0], [2.0, 2.0], [3.0, 2.0]])
    y = np.array([[2.0, 3.0], [1.0, 3.0], [2.0, 3.0]])
    scale = ColorScale(limits=(0, 255))
    found, _ = numbers(Mesh(x, y, [[10.0], [200.0]], scale))
    high, wide = found.shape
    across = (np.arange(wide) + 0.5) / wide * 4
    down = (4 - (np.arange(high) + 0.5) / high * 4)[:, None]
    inside = np.abs(across - 2) + np.abs(down - 2)
    left = (inside < 0.97) & (across < 1.97)
    right = (inside < 0.97) & (across > 2.03)
    wanted = pixels.color_numbers(np.array([10.0, 200.0]), (0, 255), log=False)
    assert (found[left] == wanted[0]).all() and left.sum() > 5000
    assert (found[right] == wanted[1]).all()
    assert (found[inside > 1.03] == pixels.BLANK).all()


def test_cells_that_touch_leave_no_hole() -> None:
    r, angle = np.meshgrid(np.linspace(0.1, 6, 40), np.linspace(0, np.pi / 2, 57), indexing="ij")
    found, _ = numbers(Mesh(r * np.cos(angle), r * np.sin(angle), np.ones((39, 56))))
    high, wide = found.shape
    radius = np.hypot(*np.meshgrid(np.arange(wide) / wide * 4, 4 - np.arange(high) / high * 4))
    assert not (found[radius > 0.2] == pixels.BLANK).any()


def test_missing_below_and_above_have_their_own_numbers() -> None:
    values = [[np.nan, -1.0], [300.0, 128.0]]
    found, _ = numbers(Mesh([0, 2, 4], [0, 2, 4], values, ColorScale(limits=(0, 255))))
    high, wide = found.shape
    quarters = found[[3 * high // 4, high // 4]][:, [wide // 4, 3 * wide // 4]]
    wanted = [[pixels.MISSING, pixels.ABOVE], [pixels.BELOW, 128]]
    assert quarters.tolist() == wanted


def test_a_cell_without_a_corner_is_not_drawn() -> None:
    x, y = np.meshgrid([0.0, 2.0, 4.0], [0.0, 2.0, 4.0], indexing="ij")
    x[2, 2] = np.nan
    found, _ = numbers(Mesh(x, y, np.ones((2, 2)), ColorScale(limits=(0, 2))))
    high, wide = found.shape
    assert (found[: high // 2 - 2, wide // 2 + 2 :] == pixels.BLANK).all()
    assert (found[high // 2 + 2 :] != pixels.BLANK).all()


def test_contours_of_a_cone_are_circles() -> None:
    x = np.linspace(0, 4, 161)
    cone = np.hypot(x[:, None] - 2, x - 2)
    layer = Contours(x, x, cone, [0.5, 1.5], color="#ff0000", labels=False)
    figure = Figure(Panel(layer, **AXES), size=(5, 4), dpi=100)  # type: ignore[arg-type]
    (placed,) = layout(figure).panels
    lines = [op.points for op in compose(figure).ops if isinstance(op, Polyline)]
    assert len(lines) == 2
    box = placed.box
    for line, radius in zip(lines, (0.5, 1.5), strict=True):
        good = line[np.isfinite(line).all(axis=1)]
        along = (good[:, 0] - box.x0) / box.width * 4 - 2
        up = (box.y1 - good[:, 1]) / box.height * 4 - 2
        np.testing.assert_allclose(np.hypot(along, up), radius, atol=0.002)


def test_levels_are_written_where_there_is_room() -> None:
    (*_, panel) = maps()
    texts = [getattr(op, "text", "") for op in compose(Figure(panel, size=(5, 3.5))).ops]
    assert {"10", "30", "50"} <= set(texts)


def test_the_twins_have_the_same_cells_and_levels() -> None:
    made = Figure([maps()], size=(10, 3), dpi=100).to_matplotlib()
    assert made.axes[0].collections[0].get_array().size == 15 * 40
    found = [each for axes in made.axes for each in axes.collections if hasattr(each, "levels")]
    assert found[1].levels.tolist() == [10, 30, 50, 70, 90]
    legends = [axes.get_legend() for axes in made.axes if axes.get_legend() is not None]
    assert [each.get_text() for each in legends[0].get_texts()] == ["lines"]
    assert made.axes[0].collections[0].norm.vmax == pytest.approx(3)
