from __future__ import annotations

import math

import numpy as np
import pytest

from figmill.errors import InputError
from figmill.spectra.calibration import calibrate


def test_against_polyfit_with_errors() -> None:
    rng = np.random.default_rng(1)
    x = np.array([0.25, 0.5, 1, 2.5, 5, 7.5, 10])
    y = 0.02 + 0.27 * x + rng.normal(0, 0.01, x.size)
    (slope, intercept), covariance = np.polyfit(x, y, 1, cov="unscaled")
    line = calibrate(x, y)
    assert (line.slope, line.intercept) == pytest.approx((slope, intercept))
    assert line.slope_error == pytest.approx(line.residual * math.sqrt(covariance[0, 0]))
    assert line.intercept_error == pytest.approx(line.residual * math.sqrt(covariance[1, 1]))
    assert line.r2 == pytest.approx(np.corrcoef(x, y)[0, 1] ** 2)


def test_prediction_intervals_hold_what_they_promise() -> None:
    rng = np.random.default_rng(7)
    x = np.linspace(0, 10, 8)
    held_area = held_value = 0
    trials = 1500
    for _ in range(trials):
        line = calibrate(x, 0.1 + 0.3 * x + rng.normal(0, 0.05, x.size))
        area = 0.1 + 0.3 * 6.0 + rng.normal(0, 0.05)
        held_area += abs(area - line.area(6.0)) <= line.interval(6.0)
        found = line.read(area)
        held_value += found.low <= 6.0 <= found.high
    assert held_area / trials == pytest.approx(0.95, abs=0.02)
    assert held_value / trials == pytest.approx(0.95, abs=0.02)


def test_readings_beyond_the_known_values_say_so() -> None:
    line = calibrate([0, 1, 2, 3], [0.0, 1.01, 1.99, 3.0])
    assert line.read(5.0).outside
    assert not line.read(1.5).outside


def test_a_line_that_is_all_noise_has_unbounded_readings() -> None:
    line = calibrate([0, 1, 2, 3], [1.0, -1.0, 1.0, -0.9])
    assert line.read(0.5).low == -math.inf


@pytest.mark.parametrize(
    ("x", "y", "says"),
    [
        ([1, 2], [1, 2], "2 usable points"),
        ([1, 2, 3], [1, 2, float("nan")], "2 usable points"),
        ([1, 1, 1], [1, 2, 3], "one and the same"),
        ([1, 2, 3], [2, 2, 2], "do not change"),
    ],
)
def test_what_cannot_be_calibrated(x: list[float], y: list[float], says: str) -> None:
    with pytest.raises(InputError, match=says):
        calibrate(x, y)
