"""Second axes: what stands on them, and where."""

from __future__ import annotations

import numpy as np
import pytest

from figmill.draw.compose import compose
from figmill.draw.layout import layout
from figmill.draw.ops import Polyline, Rules, Text
from figmill.errors import PlottingError
from figmill.figure import Axis, Bracket, Curve, Figure, FunctionAxis, Panel, VLine
from figmill.figure.autoscale import settled
from figmill.figure.unseen import unseen

from .test_layout import boxes

X = np.array([0.0, 1.0, 2.0])


def two_axes(**panel: object) -> Figure:
    return Figure(
        Panel(
            [Curve(X, 10 * X, label="one"), VLine(1.5)],
            y=Axis(label="Left", limits=(0, 20)),
            y2_layers=Curve(X, 1e-3 * X, label="two"),
            y2=Axis(label="Right", unit="A", limits=(0, 4e-3)),
            **panel,  # type: ignore[arg-type]
        ),
        size=(5, 3),
        dpi=100,
    )


def test_a_second_y_axis_has_its_own_places_ticks_and_label() -> None:
    figure = two_axes()
    sheet, (placed,) = compose(figure), layout(figure).panels
    box = placed.box
    lines = [op.points for op in sheet.ops if isinstance(op, Polyline)]
    first, second = (points for points in lines if len(points) == 3)
    # Half of 0 to 20 is the middle; a quarter of 0 to 4e-3 stands there for the other.
    assert first[1, 1] == pytest.approx(box.y1 - 0.5 * box.height)
    assert second[1, 1] == pytest.approx(box.y1 - 0.25 * box.height)
    texts = {op.text: op for op in sheet.ops if isinstance(op, Text)}
    assert texts["Right (10^{−3} A)"].x > box.x1 > texts["Left"].x
    at = [
        op for op in sheet.ops if isinstance(op, Text) and op.text in ("2", "2.0") and op.x > box.x1
    ]
    assert at[0].y == pytest.approx(box.y1 - 0.5 * box.height, abs=5)
    ticks = np.concatenate([op.segments for op in sheet.ops if isinstance(op, Rules)])
    beside = ticks[(ticks[:, 0] == box.x1) & (ticks[:, 2] > box.x1)]
    assert np.any(np.abs(beside[:, 1] - (box.y1 - 0.5 * box.height)) < 1e-6)


def test_the_legend_says_which_curve_stands_on_the_right() -> None:
    for place in ("best", "outside"):
        texts = [op.text for op in compose(two_axes(legend=place)).ops if isinstance(op, Text)]
        assert "one" in texts and "two (right axis)" in texts


def test_nothing_beside_a_second_axis_covers_anything() -> None:
    for figure in (two_axes(), two_axes(legend="outside")):
        found = boxes(compose(figure))
        for number, (_, one) in enumerate(found):
            for _, other in found[number + 1 :]:
                assert not one.meets(other)


def test_limits_of_a_second_axis_come_from_its_own_layers() -> None:
    panel = Panel(Curve(X, 10 * X), y2_layers=[Curve(X + 3, -X)])
    (placed,) = layout(Figure(panel, size=(5, 3))).panels
    assert placed.y2 is not None
    assert placed.y.high == pytest.approx(21) and placed.y2.low == pytest.approx(-2.1)
    assert placed.x.high > 5  # x is one for both
    kept = settled(Figure(panel, size=(5, 3))).panels[0][0]
    assert kept is not None and kept.y2 is not None
    assert kept.y2.limits == (placed.y2.low, placed.y2.high)


def test_what_a_second_axis_cannot_show_is_told() -> None:
    panel = Panel(Curve(X, X + 1), y2_layers=Curve(X, -X, label="two"), y2=Axis("log"))
    (note,) = unseen(Figure(panel, size=(5, 3)))
    assert note.code == "points-not-shown" and "3 of 3" in note.text


def test_a_second_axis_is_an_axis() -> None:
    with pytest.raises(PlottingError, match="y2"):
        Panel(Curve(X, X), y2="log")  # type: ignore[arg-type]


def test_the_twin_has_a_second_axis() -> None:
    made = two_axes().to_matplotlib()
    left, right = made.axes
    assert left.get_ylim() == (0, 20) and right.get_ylim() == (0, 4e-3)
    assert right.get_ylabel().startswith("Right")
    np.testing.assert_array_equal(right.lines[0].get_ydata(), 1e-3 * X)
    assert [text.get_text() for text in left.get_legend().get_texts()] == [
        "one",
        "two (right axis)",
    ]


def test_a_symlog_axis_shows_both_signs_with_room_around() -> None:
    y = np.array([-100.0, 0.0, 1e4])
    axis = Axis("symlog", threshold=1.0, label="I", unit="nA")
    figure = Figure(Panel(Curve(X, y), y=axis), size=(5, 3), dpi=100)
    (placed,) = layout(figure).panels
    # 19/9 and 28/9 decades to either side of 0, and a twentieth of all as room.
    low, high = 10 / 9 + 2, 10 / 9 + 4
    whole = 1.1 * (low + high)
    at = placed.y.pixels(y)
    assert (at[0] - at[2]) / placed.box.height == pytest.approx(1 / 1.1)
    assert (at[1] - at[2]) / placed.box.height == pytest.approx(high / whole)
    assert list(unseen(figure)) == []
    (axes,) = figure.to_matplotlib().axes
    assert axes.get_yscale() == "symlog"
    drawn = axes.transData.transform(np.column_stack((X, y)))[:, 1]
    np.testing.assert_allclose(300 - drawn, at, atol=0.6)


def test_a_second_x_axis_stands_over_the_panel_at_the_functions_values() -> None:
    nm = np.linspace(400, 800, 9)
    panel = Panel(
        [Curve(nm, nm), Bracket(500, 600, label="band")],
        x=Axis(label="Wavelength", unit="nm", limits=(400, 800)),
        x2=FunctionAxis(lambda nm: 1239.84 / nm, "Energy", "eV"),
        title="A film",
    )
    figure = Figure(panel, size=(5, 3), dpi=100)
    sheet, (placed,) = compose(figure), layout(figure).panels
    box = placed.box
    texts = {op.text: op for op in sheet.ops if isinstance(op, Text)}
    two = texts["2.0"] if "2.0" in texts else texts["2.00"]
    assert two.x == pytest.approx(box.x0 + (1239.84 / 2 - 400) / 400 * box.width)
    names = [texts[name].y for name in ("A film", "Energy (eV)", two.text, "band")]
    assert names == sorted(names) and names[-1] < box.y0
    found = boxes(sheet)
    for number, (_, one) in enumerate(found):
        assert not any(one.meets(other) for _, other in found[number + 1 :])
    made = figure.to_matplotlib()
    made.canvas.draw()
    (top,) = made.axes[0].child_axes
    at = [float(place) for place in top.get_xticks()]
    assert min(abs(place - 1239.84 / 2) for place in at) < 1e-9
    assert top.get_xlabel() == "Energy (eV)"
