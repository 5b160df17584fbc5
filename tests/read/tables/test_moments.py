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


def test_a_missing_time_of_day_leaves_the_others_as_they_are() -> None:
    found, dated, notes = times_of(["23:59:58", "NA", "", "00:00:01"], "t")
    assert not dated
    np.testing.assert_array_equal(found, [86398.0, np.nan, np.nan, 86401.0])
    assert [note.code for note in notes] == ["clock-past-midnight", "clock-as-seconds"]


def test_years_of_two_digits_are_of_the_century_that_posix_says() -> None:
    found, _, notes = times_of(["31.12.68", "31.12.69", "13.03.97"], "t")
    assert found.tolist() == [3124137600.0, -86400.0, 858211200.0]
    assert "year-of-two-digits" in [note.code for note in notes]


def test_what_is_not_a_date_among_dates_is_a_loss() -> None:
    found, _, notes = times_of(["2024-02-29", "2024-02-30", "NA"], "t")
    assert np.isfinite(found).tolist() == [True, False, False]
    (loss,) = [note for note in notes if note.level == "loss"]
    assert (loss.code, loss.place) == ("cells-not-dates", "t, row 2")
    assert loss.text.startswith("1 of 3 cells")


def test_times_with_and_without_a_zone_in_one_column_are_a_doubt() -> None:
    found, _, notes = times_of(["2024-05-01T12:00:00+02:00", "2024-05-01T12:00:00"], "t")
    assert np.diff(found).tolist() == [7200.0]
    assert [(note.level, note.code) for note in notes] == [("doubt", "zone-assumed")]
