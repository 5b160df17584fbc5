"""Values with errors: what is taken, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from figmill.errors import PlottingError
from figmill.figure import ErrorBand, ErrorBars


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        (0.5, [[0.5, 0.5], [0.5, 0.5]]),
        ([1, 2], [[1, 2], [1, 2]]),
        ([[1, 2], [3, np.nan]], [[1, 2], [3, np.nan]]),
    ],
)
def test_errors_are_one_number_one_each_or_two_rows(error, wanted) -> None:
    bars = ErrorBars([1.0, 2.0], [3.0, 4.0], error)
    np.testing.assert_array_equal(bars.y_error, wanted)
    np.testing.assert_array_equal(ErrorBand([1.0, 2.0], [3.0, 4.0], error).error, wanted)


def test_durations_are_errors_of_times() -> None:
    moments = np.array(["1970-01-01", "1970-01-02"], dtype="M8[D]")
    bars = ErrorBars(moments, [1.0, 2.0], x_error=np.timedelta64(2, "m"))
    np.testing.assert_array_equal(bars.ends("x"), [[-120, 86_280], [120, 86_520]])


@pytest.mark.parametrize("error", [-1.0, [1, -2], np.inf, [1, 2, 3], [[1, 2]], "much"])
def test_what_is_not_the_length_of_a_bar_is_refused(error) -> None:
    for make in (ErrorBars, ErrorBand):
        with pytest.raises(PlottingError) as told:
            make([1.0, 2.0], [3.0, 4.0], error)
        assert told.value.hint


def test_ends_are_the_points_where_no_error_is_known() -> None:
    bars = ErrorBars([1.0, 2.0], [3.0, 4.0], [[1, np.nan], [2, 5]])
    np.testing.assert_array_equal(bars.ends("y"), [[2, 4], [5, 9]])
    np.testing.assert_array_equal(bars.ends("x"), [[1, 2], [1, 2]])
    low, high = ErrorBand([1.0, 2.0], [3.0, 4.0], [1.0, np.nan]).ends()
    np.testing.assert_array_equal([low, high], [[2, np.nan], [4, np.nan]])
