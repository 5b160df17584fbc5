"""Bars, histograms and boxes on pixels worked out by hand."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from figmill.draw.compose import compose
from figmill.draw.layout import Placed, layout
from figmill.draw.ops import Text
from figmill.figure import Axis, Bars, Boxes, Figure, Histogram, Layer, Panel

from ..figures import amounts

RED = "#ff0000"


def drawn(layer: Layer, **axes: Axis) -> tuple[np.ndarray, Placed]:
    """Where it is red, and the panel's place."""
    figure = Figure(Panel(layer, **axes), size=(5, 4), dpi=100)  # type: ignore[arg-type]
    (placed,) = layout(figure).panels
    rgb = np.asarray(Image.open(io.BytesIO(figure.to_bytes("png"))).convert("RGB"))
    return (rgb == (255, 0, 0)).all(axis=2), placed


def test_bars_fill_from_base_to_height() -> None:
    layer = Bars([4.0, -2.0, np.nan], width=0.5, base=1.0, color=RED)
    red, placed = drawn(layer, x=Axis(limits=(-1, 3)), y=Axis(limits=(-5, 5)))
    for at, low, high in ((0, 1, 4), (1, -2, 1)):
        left, right = np.rint(placed.x.pixels(np.array([at - 0.25, at + 0.25]))).astype(int)
        top, foot = np.rint(placed.y.pixels(np.array([high, low], float))).astype(int)
        assert red[top:foot, left:right].all()
        red[top:foot, left:right] = False
    assert not red.any()


def test_bars_of_a_log_axis_stand_on_the_frame() -> None:
    red, placed = drawn(Bars([10.0], color=RED), y=Axis("log", limits=(1, 100)))
    rows = np.flatnonzero(red.any(axis=1))
    assert rows[0] == pytest.approx(placed.box.y0 + placed.box.height / 2, abs=1)
    assert rows[-1] >= placed.box.y1 - 2


def test_a_histogram_is_as_high_as_its_counts() -> None:
    layer = Histogram([0.5, 1.5, 1.5, 2.5], bins=[0, 1, 2, 3], color=RED)
    red, placed = drawn(layer, x=Axis(limits=(0, 3)), y=Axis(limits=(0, 4)))
    box = placed.box
    for part, count in ((0.2, 1), (0.5, 2), (0.8, 1)):
        tall = red[:, int(box.x0 + part * box.width)].sum()
        assert tall == pytest.approx(count / 4 * box.height, abs=2)


def test_boxes_have_their_lines_at_the_quartiles() -> None:
    sample = np.append(np.arange(1.0, 10.0), 30.0)
    layer = Boxes([sample], color=RED, alpha=0.0, width=0.5)
    red, placed = drawn(layer, x=Axis(limits=(-1, 1)), y=Axis(limits=(0, 32)))
    # Beside the middle: first quartile, median, third quartile of 1..9 and 30.
    column = int(placed.x.pixels(np.array([0.2]))[0])
    rows = np.flatnonzero(red[:, column])
    rows = rows[np.insert(np.diff(rows) > 1, 0, True)]
    wanted = placed.y.pixels(np.percentile(sample, (75, 50, 25)))
    np.testing.assert_allclose(rows, wanted, atol=1.5)
    # The point beyond the whiskers, and the whisker's end at 9.
    middle = np.flatnonzero(red[:, int(placed.x.pixels(np.zeros(1))[0])])
    assert abs(middle[0] - placed.y.pixels(np.array([30.0]))[0]) < 3
    assert (np.abs(middle - placed.y.pixels(np.array([9.0]))[0]) < 1.5).any()


def test_long_names_of_categories_are_shortened_and_many_left_out() -> None:
    (panel, *_) = amounts()
    texts = [op.text for op in compose(Figure(panel, size=(3.3, 2.5))).ops if isinstance(op, Text)]
    assert "as grown" in texts and "etched" in texts
    assert any(text.startswith("ann") and "…" in text for text in texts)
    many = Panel(Bars(np.ones(200)), x=Axis(categories=[f"sample {k}" for k in range(200)]))
    (placed,) = layout(Figure(many, size=(4, 3))).panels
    assert 2 <= len(placed.x.ticks.labels) <= 20
    assert len(placed.x.ticks.major) + len(placed.x.ticks.minor) == 200


def test_the_twins_have_the_same_rectangles() -> None:
    figure = Figure([amounts()], size=(9, 3), dpi=100)
    made = figure.to_matplotlib()
    bars, counts, boxes = made.axes
    first = bars.patches[0]
    assert (first.get_x(), first.get_height()) == (pytest.approx(-0.4), 3.0)
    assert len(bars.get_xticklabels()) == 3
    layer = figure.panels[0][1].layers[0]  # type: ignore[union-attr]
    heights = [patch.get_height() for patch in counts.patches[: len(layer.counted()[1])]]
    np.testing.assert_array_equal(heights, layer.counted()[1])
    assert len(boxes.patches) == 3


def test_the_twin_takes_no_boxes_and_bars_without_an_end() -> None:
    assert Figure(Panel(Boxes([])), size=(4, 3)).to_matplotlib().axes
    (axes,) = Figure(Panel(Bars([1.0, np.inf, 3.0])), size=(4, 3)).to_matplotlib().axes
    heights = [bar.get_height() for bar in axes.patches]
    np.testing.assert_array_equal(heights, [1.0, np.nan, 3.0])
    axes.figure.draw_without_rendering()


def test_fewer_names_of_categories_are_written_rather_than_remnants() -> None:
    for many, pattern in ((200, "cat {}"), (30, "Device {} run 3")):
        names = [pattern.format(k) for k in range(many)]
        panel = Panel(Bars(np.ones(many)), x=Axis(categories=names))
        (placed,) = layout(Figure(panel, size=(6, 4), dpi=100)).panels
        labels, at = placed.x.ticks.labels, placed.x.ticks.major.astype(int)
        assert list(labels) == [names[place] for place in at] and len(labels) >= 4
        assert len(placed.x.ticks.minor) == many - len(labels)
