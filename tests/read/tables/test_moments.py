"""Dates and times in tables."""

import numpy as np
import pytest

from figmill.read.tables.moments import times_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2024-05-01", 1714521600.0),
        ("2024-05-01T12:00:00Z", 1714564800.0),
        ("2024-05-01 14:00:00+02:00", 1714564800.0),
        ("01.05.2024 12:00:00", 1714564800.0),
        ("2024/05/01 12:00:00.5", 1714564800.5),
        ("25/05/2024", 1716595200.0),
        ("05/25/2024 1:30 PM", 1716643800.0),
    ],
)
def test_moments(text, seconds) -> None:
    found, dated, notes = times_of([text], "column 't'")
    assert dated
    assert found.tolist() == [seconds]
    assert not [note for note in notes if note.level != "info"]


def test_a_date_that_may_be_read_two_ways_is_told() -> None:
    found, _, notes = times_of(["05/01/2024", "06/01/2024"], "t")
    assert [note.code for note in notes if note.level == "doubt"] == ["date-order-assumed"]
    assert np.diff(found).tolist() == [31 * 86400.0]  # May to June: the month is first


def test_times_of_day_are_seconds_and_go_on_past_midnight() -> None:
    found, dated, notes = times_of(["23:59:59", "00:00:01"], "t")
    assert not dated
    assert found.tolist() == [86399.0, 86401.0]
    assert [note.code for note in notes] == ["clock-past-midnight", "clock-as-seconds"]


def test_what_is_no_date_is_missing() -> None:
    found, _, _ = times_of(["2024-13-45", "2024-05-01"], "t")
    assert np.isnan(found[0])
