"""What axes cannot show is told: points without a place, and panels that show nothing."""

from __future__ import annotations

import numpy as np
import pytest

from figmill.figure import (
    Axis,
    Bars,
    Bins,
    Boxes,
    ColorScale,
    Contours,
    Curve,
    Figure,
    Histogram,
    HLine,
    Layer,
    Mesh,
    Panel,
    Scatter,
    Spectrogram,
)
from figmill.figure.unseen import unseen

N = np.nan


def told(*panels: Panel) -> list[tuple[str, str, str]]:
    return [(note.code, note.text.partition(":")[0], note.place) for note in unseen(Figure(panels))]


@pytest.mark.parametrize(
    "panel",
    [
        Panel(Curve([1.0, 2.0, 3.0], [1.0, N, 3.0])),
        Panel(Curve([1.0, 2.0], [0.1, 100.0]), y=Axis("log")),
        Panel(Curve([1.0, 2.0, 3.0], [1.0, 2.0, 30.0]), y=Axis(limits=(0.0, 5.0))),
        Panel(Spectrogram(Bins([0.0], [1.0]), Bins([0.0], [1.0]), np.zeros((1, 1)))),
        Panel(HLine(3.0)),
        Panel(Bars([10.0]), y=Axis(limits=(0.0, 5.0))),
        Panel(Histogram([1.0, 1.0, 2.0], bins=[0, 1.5, 3]), y=Axis("log", limits=(0.1, 0.5))),
        Panel(Contours([0, 1], [0, 1], [[0.0, 1.0], [2.0, N]])),
        Panel(Mesh([0, 1], [0, 1, 2], [[1.0, N]])),
        Panel(Boxes([[1.0], []]), x=Axis(categories=["a", "b"])),
        Panel(Scatter([0.0, 5.0], [0.0, 1.0]), x=Axis(categories=["a"], limits=(0, 6))),
        Panel(),
    ],
)
def test_sound_panels_have_no_note(panel: Panel) -> None:
    assert told(panel) == []


def test_points_without_a_place_are_counted() -> None:
    y = [-1.0, 0.0, 2.0, 3.0, N, np.inf]
    panel = Panel(
        (Curve(np.arange(6.0), y, "a"), Curve([1.0, 2.0], [3.0, 4.0], "b")),
        y=Axis("log"),
        title="t",
    )
    assert told(panel) == [("points-not-shown", "3 of 5 points are not shown", "t: a")]
    linear = Panel(Curve(np.arange(6.0), y))
    assert told(linear) == [("points-not-shown", "1 of 5 points are not shown", "")]
    on_x = Panel(Curve([-1.0, 1.0], [1.0, 2.0]), x=Axis("log"))
    assert told(on_x) == [("points-not-shown", "1 of 2 points are not shown", "")]


def test_panels_that_show_nothing_are_named() -> None:
    nothing = Panel(Curve([1.0, 2.0], [N, N]))
    beyond = Panel(Curve([1.0, 2.0], [1.0, 2.0]), y=Axis(limits=(10.0, 20.0)), row_label="r")
    negative = Panel(Curve([1.0, 2.0], [-1.0, -2.0]), y=Axis("log"))
    cells = Panel(
        Spectrogram(Bins([0.0], [1.0]), Bins([0.0], [1.0]), np.full((1, 1), N), ColorScale())
    )
    assert told(nothing) == [("panel-empty", "none of its data lies within its axes", "")]
    assert told(beyond)[0][::2] == ("panel-empty", "r")
    assert [code for code, _, _ in told(negative)] == ["points-not-shown", "panel-empty"]
    assert told(cells)[0][0] == "panel-empty"
    assert [place for _, _, place in told(nothing, beyond)] == ["panel 1,1", "r"]


@pytest.mark.parametrize(
    "layer",
    [
        Histogram([]),
        Histogram([N, N]),
        Contours([0, 1], [0, 1], [[N, N], [N, 1.0]]),
        Contours([0, 1], [0, 1], [[3.0, 3.0], [3.0, 3.0]]),
        Contours([0, 1], [0, 1], [[0.0, 1.0], [2.0, 3.0]], levels=[5.0]),
        Mesh([0, 1], [0, 1], [[N]]),
        Mesh([[0, 0], [1, N]], [[0, 1], [0, 1]], [[1.0]]),
    ],
)
def test_layers_that_show_nothing_are_told(layer: Layer) -> None:
    assert [code for code, _, _ in told(Panel(layer))] == ["panel-empty"]


def test_what_lies_beyond_the_categories_is_told() -> None:
    bars, names = Bars([1.0, 2.0, 3.0, 4.0], label="n"), Axis(categories=["a", "b"])
    (note,) = unseen(Figure(Panel(bars, x=names)))
    assert (note.level, note.code, note.place) == ("loss", "points-without-category", "n")
    assert note.text.startswith("2 of 4 points are not shown: they lie beyond the 2 categories")
    (note,) = unseen(Figure(Panel(Curve([1.0, 2.0], [0.0, 7.0]), y=names)))
    assert note.code == "points-without-category" and note.text.startswith("1 of 2")


def test_points_without_a_size_are_told() -> None:
    layer = Scatter([1.0, 2.0, N], [1.0, 2.0, 3.0], size=[5.0, N, N], label="s")
    (note,) = unseen(Figure(Panel(layer)))
    assert (note.code, note.place) == ("points-without-size", "s")
    assert note.text == "1 of 2 points have no size and are not drawn"


def test_infinite_values_of_a_histogram_are_counted_among_all() -> None:
    (note,) = unseen(Figure(Panel(Histogram([1.0, 2.0, np.inf, N]))))
    assert note.text.startswith("1 of 3 values lie outside the bins from 1 to 2")
