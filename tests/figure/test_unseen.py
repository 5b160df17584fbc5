"""What axes cannot show is told: points without a place, and panels that show nothing."""

from __future__ import annotations

import numpy as np
import pytest

from figmill.figure import Axis, Bins, ColorScale, Curve, Figure, HLine, Panel, Spectrogram
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
