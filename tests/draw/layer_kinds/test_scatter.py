"""Points by value and size, against colours and places worked out by hand."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from figmill.draw import pixels
from figmill.draw.compose import compose
from figmill.draw.layout import layout
from figmill.draw.ops import Dots, Polygon
from figmill.errors import PlottingError
from figmill.figure import Axis, ColorScale, Figure, Panel, Scatter

AXES = {"x": Axis(limits=(0, 4)), "y": Axis(limits=(0, 4))}


def drawn(layer: Scatter) -> tuple[np.ndarray, Figure]:
    figure = Figure(Panel(layer, **AXES), size=(5, 4), dpi=100)  # type: ignore[arg-type]
    return np.asarray(Image.open(io.BytesIO(figure.to_bytes("png"))).convert("RGB")), figure


def test_each_point_has_the_colour_of_its_value_and_its_size() -> None:
    scale = ColorScale(limits=(0, 10))
    values = np.array([0.0, 5.0, 10.0, np.nan, 11.0, -1.0])
    x, y = np.array([1.0, 2, 3, 1, 2, 3]), np.array([1.0, 1, 1, 3, 3, 3])
    sizes = np.array([10.0, 14.4, 20.0, 12.0, 12.0, 12.0])
    rgb, figure = drawn(Scatter(x, y, values, scale, size=sizes))
    (placed,) = layout(figure).panels
    table = pixels.lookup(scale, figure.style)
    wanted = [0, 128, 255, pixels.MISSING, pixels.ABOVE, pixels.BELOW]
    places = zip(placed.x.pixels(x), placed.y.pixels(y), wanted, sizes, strict=True)
    for column, row, number, size in places:
        assert rgb[int(row), int(column)].tolist() == table[number].tolist()
        inside = (rgb[int(row)] == table[number]).all(axis=1)[: int(placed.box.x1)]
        assert inside.sum() == pytest.approx(size * 100 / 72, abs=2)
    # The colour bar has both tips, since values lie beyond it.
    assert sum(isinstance(op, Polygon) for op in compose(figure).ops) == 2


def test_later_points_lie_over_earlier_ones() -> None:
    scale = ColorScale(limits=(0, 1))
    for values in ([0.0, 1.0], [1.0, 0.0]):
        rgb, figure = drawn(Scatter([2.0, 2.0], [2.0, 2.0], values, scale, size=20.0))
        (placed,) = layout(figure).panels
        here = rgb[
            int(placed.y.pixels(np.array([2.0]))[0]), int(placed.x.pixels(np.array([2.0]))[0])
        ]
        table = pixels.lookup(scale, figure.style)
        assert here.tolist() == table[255 * int(values[1])].tolist()


def test_limits_of_colours_come_from_what_is_in_view() -> None:
    layer = Scatter([1.0, 2.0, 9.0], [1.0, 2.0, 3.0], [5.0, 7.0, 900.0])
    _, figure = drawn(layer)
    (placed,) = layout(figure).panels
    assert placed.colors == ((5.0, 7.0),)


def test_missing_values_are_left_out_where_the_scale_says_so() -> None:
    scale = ColorScale(limits=(0, 1), missing=None)
    _, figure = drawn(Scatter([1.0, 2.0], [1.0, 2.0], [np.nan, 0.5], scale))
    (dots,) = [op for op in compose(figure).ops if isinstance(op, Dots)]
    assert len(dots.points) == 1


@pytest.mark.parametrize("kind", ["pdf", "svg"])
def test_vectors_have_as_many_symbols(kind: str) -> None:
    layer = Scatter([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], size=[3.0, 4.0, 5.0], color="#ff0000")
    _, figure = drawn(layer)
    data = figure.to_bytes(kind)
    assert len(data) > 2000
    if kind == "svg":
        assert data.count(b"#ff0000") >= 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"values": [1.0]},
        {"size": [1.0, -2.0]},
        {"size": [1.0]},
        {"size": 2000.0},
        {"color": ColorScale()},
        {"values": [1.0, 2.0], "color": "red"},
    ],
)
def test_what_does_not_fit_is_refused(wrong) -> None:
    with pytest.raises(PlottingError):
        Scatter([1.0, 2.0], [3.0, 4.0], **wrong)


def test_the_twin_has_the_same_points_colours_and_sizes() -> None:
    scale = ColorScale("log", limits=(1, 100), label="v")
    layer = Scatter([1.0, 2.0], [3.0, 4.0], [1.0, 100.0], scale, size=[4.0, 6.0], label="runs")
    _, figure = drawn(layer)
    made = figure.to_matplotlib()
    made.canvas.draw()
    points = made.axes[0].collections[0]
    np.testing.assert_array_equal(points.get_offsets(), [[1, 3], [2, 4]])
    np.testing.assert_array_equal(points.get_sizes(), [16, 36])
    table = pixels.lookup(scale, figure.style) / 255
    np.testing.assert_allclose(points.get_facecolors()[:, :3], table[[0, 255]], atol=0.01)
    assert len(made.axes) == 2  # a colour bar
    assert made.axes[0].get_legend().get_texts()[0].get_text() == "runs"
