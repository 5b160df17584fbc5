import numpy as np
import pytest

from figmill.errors import PlottingError
from figmill.figure import Bracket, VLine
from figmill.recipes.events import event_times, markers, zoom_window


def test_event_times_are_sorted_and_only_numbers():
    assert event_times([5.0, None, float("nan"), 1.0, 5.0]) == (1.0, 5.0)
    assert event_times(None) == ()
    assert event_times(3.0) == (3.0,)
    assert event_times(np.array([2.0, 1.0])) == (1.0, 2.0)


@pytest.mark.parametrize(
    ("times", "options", "window"),
    [
        ([], {"minutes": 5}, None),
        ([100.0], {}, None),
        ([100.0], {"minutes": 0}, None),
        ([100.0], {"minutes": 2}, (40.0, 160.0)),
        ([0.0, 100.0], {"minutes": 10}, (-250.0, 350.0)),  # 600 s are more than 150
        ([0.0, 1000.0], {"minutes": 10}, (-250.0, 1250.0)),  # 1.5 times their distance
        ([0.0, 300.0, 1000.0], {"minutes": 10}, (-250.0, 1250.0)),
        ([0.0, 1000.0], {"seconds": 10.0}, (495.0, 505.0)),
        ([0.0], {"minutes": 1, "center": 500.0}, (470.0, 530.0)),
        ([], {"seconds": 20.0, "center": 500.0}, (490.0, 510.0)),
    ],
)
def test_zoom_window(times, options, window):
    assert zoom_window(times, **options) == window


def test_zoom_window_refuses_what_is_no_width():
    with pytest.raises(PlottingError, match="minutes"):
        zoom_window([1.0], minutes=-1)
    with pytest.raises(PlottingError, match="centre"):
        zoom_window([], center=float("inf"), seconds=5)


@pytest.mark.parametrize(
    ("style", "kinds"),
    [("line", [VLine, VLine]), ("bracket", [Bracket]), ("both", [VLine, VLine, Bracket])],
)
def test_styles_of_two_events(style, kinds):
    assert [type(mark) for mark in markers([1.0, 2.0], style)] == kinds


@pytest.mark.parametrize("style", ["line", "bracket", "both"])
def test_a_lone_event_is_a_line_whatever_the_style(style):
    (mark,) = markers([1.0], style)
    assert isinstance(mark, VLine)
    assert mark.at == 1.0


def test_looks_by_matplotlib_names():
    first, second, bracket = markers(
        [1.0, 2.0], "both", {"color": "white", "lw": 2, "ls": ":", "alpha": 0.5, "label": "cusp"}
    )
    assert (first.color, first.width, first.dash, first.alpha) == ("white", 2.0, "dotted", 0.5)
    assert second.dash == "dotted"
    assert (bracket.color, bracket.width, bracket.label) == ("white", 2.0, "cusp")
    assert first.label == second.label == ""  # the bracket says it


def test_one_line_of_several_carries_the_label():
    assert [m.label for m in markers([1.0, 2.0], "line", {"label": "cusp"})] == ["cusp", ""]


def test_unknown_style_and_options_are_refused():
    with pytest.raises(PlottingError, match="arrow"):
        markers([1.0], "arrow")
    with pytest.raises(PlottingError, match="zorder"):
        markers([1.0], "line", {"zorder": 3})
    with pytest.raises(PlottingError, match="wavy"):
        markers([1.0], "line", {"ls": "wavy"})
