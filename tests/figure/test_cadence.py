"""Times that cannot belong to the others, and pauses that are usual."""

import numpy as np
import pytest

from figmill.figure.cadence import local_median, strays

HOUR = 1.59e9 + 60.0 * np.arange(60)


@pytest.mark.parametrize("year", [0.0, 4.07e9, 946728000.0, -6e10])
def test_a_time_of_another_age_is_a_stray(year: float) -> None:
    times = HOUR.copy()
    times[:5] = year
    assert np.flatnonzero(strays(times)).tolist() == [0, 1, 2, 3, 4]


def test_strays_of_several_ages_in_any_order() -> None:
    times = HOUR[::-1].copy()
    times[7], times[30], times[41] = 0.0, 4.07e9, np.nan
    assert np.flatnonzero(strays(times)).tolist() == [7, 30]


def test_sound_times_have_no_strays() -> None:
    yearly = 3.15e7 * np.arange(40)
    halves = np.concatenate((HOUR, HOUR + 4e7))
    day_later = np.append(HOUR, HOUR[-1] + 20 * 86400)
    year_with_gap = np.append(3600.0 * np.arange(8000), 3600.0 * 8000 + 1e8)
    for times in (HOUR, yearly, halves, day_later, year_with_gap, HOUR[:1], np.array([np.nan])):
        assert not strays(times).any()


def test_the_median_around_each_value() -> None:
    assert local_median(np.array([1.0, 1, 1, 9, 1, 1, 1, 5, 5, 5, 5])).tolist() == [
        *(1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 5.0, 5.0, 5.0, 5.0, 5.0)
    ]
