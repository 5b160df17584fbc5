"""Panels of values over time: lines that break where spectrograms are blank, ribbons, vectors."""

from typing import Any

import numpy as np

from figmill.figure import Bins, Curve, Fill, Spans
from figmill.figure.leap_seconds import from_tai
from figmill.figure.style import PAPER
from figmill.notes import Note
from figmill.read import istp
from figmill.recipes.lines import line_panels, sensors_as_spectrogram, why_unseen
from figmill.recipes.panels import in_range, panel, times

START = 1e9


def variable(values: Any, times: Any = None, **fields: Any) -> istp.LineVariable:
    table = np.asarray(values, dtype=np.float64)
    table = table[:, None] if table.ndim == 1 else table
    count = table.shape[1]
    when = START + 10.0 * np.arange(len(table)) if times is None else np.asarray(times)
    given: dict[str, Any] = {
        "name": "n",
        "label": "n",
        "description": "Density",
        "kind": "lines",
        "scale": "linear",
        "parts": ("",) if count == 1 else tuple("xyz"[:count]),
        "units": ("nT",) * count,
        "time": istp.TimeAxis("Epoch", when),
    }
    return istp.LineVariable(values=table, **(given | fields))


def curves(made: Any) -> list[Curve]:
    return [layer for layer in made.layers if isinstance(layer, Curve)]


def test_a_line_has_the_values_at_their_times() -> None:
    (made,) = line_panels(variable([1.0, 3.0, 2.0]))
    (line,) = curves(made)
    np.testing.assert_array_equal(line.x, START + np.array([0.0, 10.0, 20.0]))
    np.testing.assert_array_equal(line.y, [1.0, 3.0, 2.0])
    assert (made.y.label, made.y.unit, made.row_label, made.title) == ("", "nT", "n", "Density")
    (made,) = line_panels(variable([1.0], label="N_{p}"))
    assert made.y.label == "N_{p}"
    assert made.legend is None


def test_a_line_breaks_where_a_spectrogram_of_its_records_is_blank() -> None:
    times = START + np.array([0.0, 10, 20, 30, 40, 100, 110, 120, 130, 140])
    values = variable(np.arange(10.0), times)
    (made,) = line_panels(values)
    (line,) = curves(made)
    (broken,) = np.flatnonzero(np.isnan(line.y))
    assert 40 <= line.x[broken] - START <= 100
    shown = panel(sensors_as_spectrogram(values)).layers[0]
    gaps = shown.x.lo[1:] > shown.x.hi[:-1]  # type: ignore[attr-defined]
    assert np.flatnonzero(gaps).tolist() == [broken - 1]


def test_missing_values_break_a_line_and_lone_ones_are_dots() -> None:
    (made,) = line_panels(variable([1.0, 2.0, np.nan, 4.0, np.nan, 6.0, 7.0]))
    line, dots = curves(made)
    assert np.isnan(line.y).tolist() == [False, False, True, False, True, False, False]
    assert (dots.y.tolist(), dots.width, dots.marker) == ([4.0], 0, "circle")


def test_a_regular_pause_does_not_break_a_line() -> None:
    when = START + 10.0 * np.arange(20)
    time = istp.TimeAxis("Epoch", when, when - 2.0, when + 2.0)
    (made,) = line_panels(variable(np.arange(20.0), time=time))
    assert np.isfinite(curves(made)[0].y).all()


def test_values_that_come_round_break_the_line() -> None:
    (made,) = line_panels(variable([350.0, 359.0, 1.0, 10.0], period=360.0))
    line, *_ = curves(made)
    assert np.isnan(line.y).tolist() == [False, False, True, False, False]
    (made,) = line_panels(variable([350.0, 359.0, 1.0, 10.0]))
    assert np.isfinite(curves(made)[0].y).all()


def test_what_the_file_wants_as_points_has_no_line() -> None:
    (made,) = line_panels(variable([1.0, 2.0, 3.0], scatter=True))
    (points,) = curves(made)
    assert (points.width, points.marker, points.y.tolist()) == (0, "circle", [1.0, 2.0, 3.0])


def test_records_out_of_order_are_drawn_in_order_of_time() -> None:
    (made,) = line_panels(variable([3.0, 1.0, 2.0], START + np.array([20.0, 0.0, 10.0])))
    assert curves(made)[0].y.tolist() == [1.0, 2.0, 3.0]


def test_a_leap_second_is_not_drawn_over_the_second_after() -> None:
    begins = 1483228836 * 10**9 + 250_000_000 * np.arange(-4, 8)  # seconds 59, 60 and 0
    tai = np.stack((begins, begins + 250_000_000))
    bins = Bins.from_tai(tai, np.ones(12, bool))
    time = istp.TimeAxis("Epoch", from_tai(begins + 125_000_000), bins.lo, bins.hi, tai)
    notes: list[Note] = []
    (made,) = line_panels(variable(np.arange(12.0), time=time), notes=notes)
    np.testing.assert_array_equal(curves(made)[0].y, [0, 1, 2, 3, 8, 9, 10, 11])
    assert [note.code for note in notes] == ["leap-second-not-in-line"]
    # Its day ends with it.
    assert in_range(times(time), (None, 1483228800.0)).tolist() == [True] * 8 + [False] * 4


def test_records_outside_the_time_range_are_not_in_the_line() -> None:
    (made,) = line_panels(variable(np.arange(10.0)), x_limits=(START + 21, START + 61))
    assert curves(made)[0].y.tolist() == [2.0, 3.0, 4.0, 5.0, 6.0]
    (made,) = line_panels(variable(np.arange(10.0)), x_limits=(START + 210, None))
    assert why_unseen(made) == "has no record in the time range"


def test_components_are_named_and_have_their_magnitude() -> None:
    vector = variable([[3.0, 4.0, 12.0], [1.0, 2.0, 2.0], [1.0, np.nan, 2.0]])
    (made,) = line_panels(vector, magnitude=True)
    lines = {line.label: line for line in curves(made) if line.width is None}
    assert list(lines) == ["x", "y", "z", "magnitude"]
    np.testing.assert_array_equal(lines["magnitude"].y, [13.0, 3.0, np.nan])
    assert [lines[name].color for name in "xyz"] == list(PAPER.cycle[:3])
    assert made.legend == "outside"


def test_the_magnitude_is_that_of_negative_components_on_a_log_axis_too() -> None:
    vector = variable([[3.0, -4.0, 12.0], [-2.0, 3.0, 6.0], [np.nan, 1.0, 1.0], [1.0, -2.0, 2.0]])
    (made,) = line_panels(vector, y_scale="log", magnitude=True)
    (length,) = [line for line in curves(made) if line.label == "magnitude"]
    np.testing.assert_array_equal(length.y, [13.0, 7.0, np.nan, 3.0])
    # The last has no neighbour: it is a dot.
    assert curves(made)[-1].marker == "circle"
    np.testing.assert_array_equal(curves(made)[-1].y, [3.0])


def test_angles_and_pairs_have_no_magnitude_and_say_so() -> None:
    for values in (
        variable(np.ones((3, 3)), units=("deg",) * 3),
        variable(np.ones((3, 2))),
        variable(np.ones((3, 3)), units=("km", "deg", "deg")),
    ):
        notes: list[Note] = []
        made = line_panels(values, magnitude=True, notes=notes)
        assert "magnitude" not in [line.label for each in made for line in curves(each)]
        assert "magnitude-not-drawn" in [note.code for note in notes]


def test_components_of_several_units_have_a_panel_each() -> None:
    notes: list[Note] = []
    made = line_panels(variable(np.ones((3, 3)), units=("km", "deg", "deg")), notes=notes)
    assert [each.y.unit for each in made] == ["km", "deg"]
    assert [[line.label for line in curves(each)] for each in made] == [["x"], ["y", "z"]]
    assert [note.code for note in notes] == ["components-of-several-units"]


def test_uncertainties_are_bars_or_a_band() -> None:
    values = np.array([[1.0], [2.0], [3.0]])
    given = variable(values, low=values - 0.5, high=values + 1.0)
    (made,) = line_panels(given)
    bars, line = curves(made)
    np.testing.assert_array_equal(bars.y[:3], [0.5, 2.0, np.nan])
    np.testing.assert_array_equal(bars.x[:3], START)
    assert bars.color == line.color
    (made,) = line_panels(given, uncertainty="band")
    (band,) = [layer for layer in made.layers if isinstance(layer, Fill)]
    np.testing.assert_array_equal(band.low, [0.5, 1.5, 2.5])
    np.testing.assert_array_equal(band.high, [2.0, 3.0, 4.0])
    (made,) = line_panels(given, uncertainty="none")
    assert len(made.layers) == 1
    many = np.ones((101, 1))
    (made,) = line_panels(variable(many, low=many, high=many))
    assert isinstance(made.layers[0], Fill)


def test_what_a_log_axis_cannot_show_is_a_loss() -> None:
    notes: list[Note] = []
    values = np.array([[0.0], [10.0], [1000.0]])
    given = variable(values, scale="log", low=values - 50.0, high=values + 50.0)
    (made,) = line_panels(given, notes=notes)
    assert made.y.scale == "log"
    bars, line, *_ = curves(made)
    np.testing.assert_array_equal(line.y, [np.nan, 10.0, 1000.0])
    np.testing.assert_array_equal(bars.y[3:5], [10.0, 60.0])
    assert [note.code for note in notes] == ["values-not-positive", "uncertainty-clipped"]
    (made,) = line_panels(given, y_scale="linear")
    assert made.y.scale == "linear"


def test_limits_that_a_log_axis_cannot_have_are_left_to_the_data() -> None:
    notes: list[Note] = []
    made = variable([1.0, 1000.0], scale="log")
    (shown,) = line_panels(made, y_limits=(0.0, 50.0), notes=notes)
    assert shown.y.limits == (None, 50.0)
    assert [(note.level, note.code) for note in notes] == [("doubt", "limit-not-positive")]
    (shown,) = line_panels(made, y_scale="linear", y_limits=(0.0, 50.0))
    assert shown.y.limits == (0.0, 50.0)


def test_states_are_ribbons_the_rare_over_the_frequent() -> None:
    flags = variable([0.0, 0, 1, 0, np.nan, 0, 0], kind="states", states={0: "good"})
    (made,) = line_panels(flags)
    ribbons = [layer for layer in made.layers if isinstance(layer, Spans)]
    assert [each.label for each in ribbons] == ["no value", "0 good", "1"]
    np.testing.assert_array_equal(ribbons[1].low - START, [-5.0, 25.0, 45.0])
    np.testing.assert_array_equal(ribbons[1].high - START, [15.0, 35.0, 65.0])
    np.testing.assert_array_equal(ribbons[2].low - START, [15.0])
    np.testing.assert_array_equal(ribbons[2].high - START, [25.0])
    assert made.y.ticks == 0
    assert why_unseen(made) == ""


def test_large_states_keep_all_their_digits() -> None:
    (made,) = line_panels(variable([1234567.0, 1234568.0, 1234567.0], kind="states"))
    assert [layer.label for layer in made.layers] == ["1234567", "1234568"]


def test_a_lone_state_says_that_its_length_is_invented() -> None:
    notes: list[Note] = []
    line_panels(variable([1.0], kind="states"), notes=notes)
    assert [note.code for note in notes] == ["lone-record-width"]


def test_the_color_of_a_state_does_not_depend_on_its_share() -> None:
    def colors(values: list[float]) -> dict[str, object]:
        (made,) = line_panels(variable(values, kind="states"))
        return {layer.label: layer.color for layer in made.layers if isinstance(layer, Spans)}

    assert colors([0, 0, 0, 1]) == colors([0, 1, 1, 1])


def test_more_lines_than_colors_differ_by_their_dashes() -> None:
    parts = tuple(f"s{i}" for i in range(12))
    given = variable(np.ones((3, 12)), parts=parts, units=("",) * 12)
    (made,) = line_panels(given)
    assert len({(line.color, line.dash) for line in curves(made)}) == 12


def test_sensors_are_a_spectrogram_over_their_number() -> None:
    parts = tuple(f"s{i}" for i in range(1, 14))
    values = np.arange(39.0).reshape(3, 13)
    notes: list[Note] = []
    given = variable(values, parts=parts, units=("V",) * 13, kind="sensors")
    made = sensors_as_spectrogram(given, notes)
    np.testing.assert_array_equal(made.values, values)
    np.testing.assert_array_equal(made.y.centers, np.arange(1, 14))
    assert "1 (s1) to 13 (s13)" in notes[0].text


def test_values_outside_the_limits_are_told() -> None:
    (made,) = line_panels(variable([1.0, 2.0]), y_limits=(10.0, None))
    assert why_unseen(made) == "has no value within the limits: they are 1 to 2 nT"
    (made,) = line_panels(variable([np.nan, np.nan]))
    assert why_unseen(made) == "holds only fill at the times shown"
