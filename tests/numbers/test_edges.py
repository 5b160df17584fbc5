"""Times between levels, against exponentials of known time constant."""

import numpy as np
import pytest

from figmill.numbers.edges import edge_time

pytest.importorskip("scipy")

T = np.arange(0, 60, 0.1)
TAU = 10.0
# The second level is the mean of the last twentieth.
END = 1 - np.exp(-T[-30:] / TAU).mean()
TRUE = TAU * (np.log(1 - 0.1 * END) - np.log(1 - 0.9 * END))


@pytest.mark.parametrize("snr", [10.0, 20.0, 50.0])
def test_a_rise_in_noise_is_within_twice_its_error_in_nine_of_ten_trials(snr):
    rng = np.random.default_rng(1)
    found = []
    for _ in range(100):
        noisy = 1 - np.exp(-T / TAU) + rng.standard_normal(T.size) / snr
        found.append(edge_time(T, 1e-6 + 1e-8 * noisy, 1e-6 + 1e-8 * rng.standard_normal(60) / snr))
    values = np.array([one.value for one in found])
    errors = np.array([one.error for one in found])
    assert values.mean() == pytest.approx(TRUE, rel=0.01)
    assert values.std() < 0.05 * TRUE
    assert np.mean(np.abs(values - TRUE) < 2 * errors) >= 0.9
    assert 0.7 < errors.mean() / values.std() < 1.5


def test_a_clean_edge_is_read_from_its_samples():
    found = edge_time(T, 1 - np.exp(-T / TAU), np.zeros(20))
    assert found.value == pytest.approx(TRUE, rel=1e-3)
    assert found.method == "10 % to 90 %"


def test_an_edge_with_a_jump_or_of_another_shape_is_not_forced_into_an_exponential():
    rng = np.random.default_rng(2)
    noise = rng.standard_normal(T.size) / 50
    jump = 0.5 + 0.5 * (1 - np.exp(-T / TAU)) + noise
    end = 0.5 + 0.5 * END
    # The jump passes 10 % at once.
    wanted = -TAU * np.log(1 - (0.9 * end - 0.5) / 0.5)
    assert edge_time(T, jump, noise[:60]).value == pytest.approx(wanted, rel=0.1)
    line = np.clip(T / 30, 0, 1) + noise
    found = edge_time(T, line, noise[:60])
    assert found.value == pytest.approx(24, rel=0.1)
    assert "running mean" in found.method


def test_what_is_noise_or_nothing_says_so():
    rng = np.random.default_rng(3)
    found = edge_time(T, rng.standard_normal(T.size), rng.standard_normal(20))
    assert "noise" in found.flags
    assert edge_time(T, np.ones_like(T), np.ones(20)).flags == ("undefined",)
    assert edge_time(T[:3], T[:3], np.zeros(3)).flags == ("undefined",)
    step = np.where(T > 0.05, 1.0, 0.0)
    found = edge_time(T, step, np.zeros(20))
    assert "under-sampled" in found.flags
    # Between which samples the levels are passed is all that is known.
    assert found.error == pytest.approx((T[1] - T[0]) / np.sqrt(6), rel=0.01)
