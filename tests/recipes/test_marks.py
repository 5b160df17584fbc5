"""Events, intervals and tick rows on panels over time."""

import numpy as np

from figmill.figure import Axis, Bracket, Curve, Panel, VLine
from figmill.notes import Note
from figmill.read import istp
from figmill.recipes.event_table import Event
from figmill.recipes.marks import marked, tick_row

LINE = Curve([0.0, 100.0], [0.0, 1.0])
PANELS = [Panel(LINE, x=Axis("time")), Panel(LINE), Panel(LINE, x=Axis("time"))]


def test_events_are_lines_and_intervals_have_a_bracket_over_the_top_row() -> None:
    events = [Event(30.0, 60.0, "cusp", 1), Event(10.0, None, "shock", 2)]
    top, spectrum, low = marked(PANELS, events, (0.0, 100.0), [])
    shock, bracket, *ends = top.layers[1:]
    assert isinstance(shock, VLine) and (shock.at, shock.label) == (10.0, "shock")
    assert isinstance(bracket, Bracket)
    assert (bracket.low, bracket.high, bracket.label) == (30.0, 60.0, "cusp")
    assert [end.at for end in ends] == [30.0, 60.0]
    assert spectrum is PANELS[1]
    assert [(line.at, line.label) for line in low.layers[1:]] == [
        (10.0, ""),
        (30.0, ""),
        (60.0, ""),
    ]


def test_names_of_brackets_that_would_meet_stand_at_their_begins() -> None:
    events = [Event(10.0 + 3 * i, 11.0 + 3 * i, "a long name", i) for i in range(2)]
    events.append(Event(60.0, 90.0, "alone", 3))

    def names(room: float) -> list[tuple[str, str]]:
        top = marked(PANELS, events, (0.0, 100.0), [], room=room)[0]
        labels = [(type(each).__name__, each.label) for each in top.layers[1:]]  # type: ignore[attr-defined]
        return [each for each in labels if each[1]]

    assert names(1.0) == [
        ("VLine", "a long name"),
        ("VLine", "a long name"),
        ("Bracket", "alone"),
    ]
    assert [kind for kind, _ in names(10.0)] == ["Bracket"] * 3


def test_what_is_outside_is_not_drawn_and_brackets_end_with_the_axis() -> None:
    events = [Event(-5.0, 20.0, "a", 1), Event(150.0, None, "b", 2), Event(150.0, 170.0, "c", 3)]
    top, *_ = marked(PANELS, events, (0.0, 100.0), [])
    bracket, end = top.layers[1:]
    assert (bracket.low, bracket.high, end.at) == (0.0, 20.0, 20.0)


def test_many_events_lose_their_names_and_then_some_are_left_out() -> None:
    notes: list[Note] = []
    top, *_ = marked(PANELS, [Event(i / 10, None, "x", i) for i in range(600)], (0.0, 100.0), notes)
    assert [note.code for note in notes] == ["events-left-out", "events-unnamed"]
    assert len(top.layers) == 501
    assert {line.label for line in top.layers[1:]} == {""}


def variable(values: object, **words: object) -> istp.LineVariable:
    table = np.asarray(values, dtype=float)[:, None]
    times = 1e9 + 60.0 * np.arange(len(table))
    given = {"name": "mlt", "label": "MLT", "description": "", "units": ("hr",), "parts": ("",)}
    return istp.LineVariable(
        kind="lines",
        scale="linear",
        values=table,
        time=istp.TimeAxis("Epoch", words.pop("times", times)),  # type: ignore[arg-type]
        **(given | words),  # type: ignore[arg-type]
    )


def test_a_tick_row_has_the_values_their_unit_and_their_period() -> None:
    row = tick_row(variable([23.9, 0.1, 0.3], period=24.0))
    assert (row.label, row.period, row.decimals) == ("MLT (h)", 24.0, 1)
    np.testing.assert_allclose(row.at([1e9 + 30, 1e9 + 60]), [0.0, 0.1])
    row = tick_row(variable([5000.0, 5001.0], name="alt", label="Altitude", units=("km",)))
    assert (row.label, row.period, row.decimals) == ("Altitude (km)", None, 0)


def test_small_values_under_the_axis_are_not_all_zero() -> None:
    row = tick_row(variable([1e-7, 2.5e-7], units=("T",)))
    assert (row.label, row.decimals) == ("MLT (10^{\N{MINUS SIGN}9} T)", 1)
    np.testing.assert_allclose(row.at([1e9, 1e9 + 60]), [100.0, 250.0])
    row = tick_row(variable([-4e9, 2e9], units=("",)))
    assert (row.label, row.decimals) == ("MLT (10^{9})", 2)
    np.testing.assert_allclose(row.at([1e9]), [-4.0])
    assert tick_row(variable([0.0, 0.2], units=("T",))).label == "MLT (T)"


def test_a_tick_row_interpolates_over_no_gap() -> None:
    times = 1e9 + np.array([0.0, 60, 120, 180, 240, 4000, 4060, 4120, 4180])
    row = tick_row(variable(np.arange(9.0), times=times, units=("",)))
    found = row.at(1e9 + np.array([90.0, 2000.0, 4030.0]))
    np.testing.assert_allclose(found, [1.5, np.nan, 5.5])
