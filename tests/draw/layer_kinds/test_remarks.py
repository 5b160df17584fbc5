"""Text boxes and arrows: where they stand, and what keeps clear of them."""

from __future__ import annotations

import numpy as np
import pytest

from figmill.draw.compose import compose
from figmill.draw.layout import layout
from figmill.draw.ops import Polygon, Polyline, Text
from figmill.errors import PlottingError
from figmill.figure import Arrow, Axis, Curve, Figure, Panel, TextBox, VLine

from ..figures import remarks
from ..test_layout import boxes

X = np.linspace(0, 1, 5)


def test_lines_stand_in_their_corner_and_in_their_order() -> None:
    for place in ("upper left", "upper right", "lower left", "lower right"):
        figure = Figure(Panel([Curve(X, X), TextBox("one\ntwo", place)]), size=(5, 3), dpi=100)
        (placed,) = layout(figure).panels
        box = placed.box
        found = {
            op.text: (op, at) for op, at in boxes(compose(figure)) if op.text in ("one", "two")
        }
        one, two = found["one"][1], found["two"][1]
        assert one.y1 <= two.y0 + 1
        assert (one.x0 < box.x0 + 20) == place.endswith("left")
        assert (one.y0 < box.y0 + 20) == place.startswith("upper")
        for at in (one, two):
            assert box.x0 < at.x0 and at.x1 < box.x1 and box.y0 < at.y0 and at.y1 < box.y1


def test_a_long_line_is_shortened_and_too_many_are_told() -> None:
    many = TextBox("\n".join(f"line {k}" for k in range(99)))
    texts = [
        op.text for op in compose(Figure(Panel(many), size=(4, 2))).ops if isinstance(op, Text)
    ]
    lines = [text for text in texts if text.startswith("line")]
    assert f"and {99 - len(lines)} more lines" in texts
    texts = [op.text for op, _ in boxes(compose(Figure(remarks(), size=(5, 2.6))))]
    assert any("…" in text and text.startswith("B_z") for text in texts)


def test_legends_keep_clear_of_text_boxes() -> None:
    for place in ("upper left", "upper right"):
        layers = [Curve(X, 0 * X - 3, label="one"), TextBox("T = 4.2 K", place)]
        panel = Panel(layers, y=Axis(limits=(-4, 4)))
        found = boxes(compose(Figure(panel, size=(5, 3), dpi=100)))
        one, box = (
            next(at for op, at in found if op.text == name) for name in ("one", "T = 4.2 K")
        )
        assert not one.meets(box)


def test_an_arrow_points_at_its_point() -> None:
    layer = Arrow(8.0, 5.0, 2.0, 5.0, "tail", width=1.0, head=10.0)
    panel = Panel(layer, x=Axis(limits=(0, 10)), y=Axis(limits=(0, 10)))
    figure = Figure(panel, size=(5, 4), dpi=72)
    (placed,) = layout(figure).panels
    tip = placed.x.pixels(np.array([8.0]))[0], placed.y.pixels(np.array([5.0]))[0]
    ops = compose(figure).ops
    (head,) = [op.points for op in ops if isinstance(op, Polygon)]
    np.testing.assert_allclose(head[0], tip)
    np.testing.assert_allclose(head[1:], [[tip[0] - 10, tip[1] + 3.5], [tip[0] - 10, tip[1] - 3.5]])
    (shaft,) = [op.points for op in ops if isinstance(op, Polyline)]
    assert shaft[0, 0] == placed.x.pixels(np.array([2.0]))[0] and shaft[1, 0] < tip[0]
    (text,) = [at for op, at in boxes(compose(figure)) if op.text == "tail"]
    assert text.x1 <= shaft[0, 0]


def test_the_twin_has_text_and_arrow() -> None:
    (axes,) = Figure(remarks(), size=(5, 3)).to_matplotlib().axes
    texts = [each.get_text() for each in axes.texts]
    assert {"maximum", "minimum", "no frame"} < set(texts)
    tips = [each.xy for each in axes.texts if getattr(each, "arrow_patch", None) is not None]
    assert (np.pi / 2, 1.0) in tips


def test_the_twin_keeps_the_lines_of_a_text_box() -> None:
    (axes,) = Figure(TextBox("T = 4.2 K\nB_{z} = 1 T\n5 $"), size=(5, 3)).to_matplotlib().axes
    lines = axes.texts[0].get_text().split("\n")
    assert lines[0] == "T = 4.2 K" and "B" in lines[1] and lines[2] == "5 \\$"


def test_what_is_no_remark_is_refused() -> None:
    with pytest.raises(PlottingError, match="place"):
        TextBox("a", "middle")  # type: ignore[arg-type]
    with pytest.raises(PlottingError, match="begins and ends"):
        Arrow(1.0, 1.0, 1.0, 1.0)


def test_names_of_lines_keep_clear_of_a_text_box() -> None:
    box = TextBox("T = 4 K\nB = 2 T", "upper right")
    panel = Panel([VLine(5.0, label="entered here"), box], x=Axis(limits=(0, 8)))
    found = {op.text: at for op, at in boxes(compose(Figure(panel, size=(3.3, 2.5), dpi=150)))}
    name = found["entered here"]
    assert not any(name.meets(found[line]) for line in ("T = 4 K", "B = 2 T"))
