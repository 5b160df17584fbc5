"""Answers to light against their truth."""

import numpy as np
import pytest

from figmill.chip.metrics.light import fall_time, light_step, relaxation, rise_time
from figmill.chip.runs import pulses

pytest.importorskip("scipy")

T = np.arange(0, 180, 0.0835)
LIGHT = np.where((T > 60) & (T <= 120), 3.0, 0.0)


def noise(scale: float) -> np.ndarray:
    return scale * np.random.default_rng(3).standard_normal(T.size)


def test_a_step_is_last_lit_minus_first_lit():
    values = np.arange(T.size, dtype=float)
    lit = np.flatnonzero(LIGHT)
    assert light_step(values, LIGHT) == lit[-1] - lit[0]
    assert light_step(values, np.zeros_like(T)) is None
    # 0.1 V is the laser's offset, not light.
    assert light_step(values, np.full_like(T, 0.1)) is None


def test_several_pulses():
    light = np.array([0.0, 3, 3, 0, 0, 2, 0, 5])
    assert pulses(light) == [(1, 2), (5, 5), (7, 7)]
    assert light_step(np.arange(8.0), light) == 6


def test_rise_and_fall_of_exponentials():
    up = 1 - np.exp(-np.clip(T - 60, 0, None) / 5)
    values = np.where(T <= 120, up, up[T <= 120][-1] * np.exp(-(T - 120) / 4))
    ratio = np.log(9)
    assert rise_time(T, values, LIGHT).seconds == pytest.approx(5 * ratio, rel=0.01)
    assert fall_time(T, 1e-5 - 1e-7 * values, LIGHT).seconds == pytest.approx(4 * ratio, rel=0.01)
    assert rise_time(T, values, np.zeros_like(T)) is None


def test_edges_in_noise_are_flagged():
    found = rise_time(T, noise(1.0), LIGHT)
    assert found is None or "noise" in found.flags
    assert rise_time(T, np.ones_like(T), LIGHT) is None


@pytest.mark.parametrize(("tau", "beta"), [(3.0, 1.0), (12.0, 0.7), (30.0, 0.5), (8.0, 1.4)])
@pytest.mark.parametrize("amplitude", [3e-7, -2e-6])
def test_relaxations_are_found(tau, beta, amplitude):
    truth = 1e-5 + amplitude * np.exp(-((T / tau) ** beta))
    found = relaxation(T + 1e9, truth + noise(1e-10))
    assert found.tau == pytest.approx(tau, rel=0.03)
    assert found.beta == pytest.approx(beta, rel=0.03)
    assert found.amplitude == pytest.approx(amplitude, rel=0.03)
    assert found.level == pytest.approx(1e-5, rel=0.01)
    assert found.flags == ()


def test_what_cannot_be_known_is_flagged_or_left_out():
    assert relaxation(T, np.full_like(T, 2.0)) is None
    assert relaxation(T[:10], T[:10]) is None
    assert relaxation(T, np.full_like(T, np.nan)) is None
    assert "long" in relaxation(T, np.exp(-T / 2000)).flags
    assert "noise" in relaxation(T, noise(1.0)).flags
    assert "short" in relaxation(T, np.where(T > 0, 0.0, 1.0)).flags
    assert relaxation(T, np.exp(-T / 20)).flags == ()


def test_a_long_trace_takes_no_longer():
    t = np.arange(478_325) * 0.0835
    found = relaxation(t, np.exp(-((t / 4000) ** 0.6)))
    assert found.tau == pytest.approx(4000, rel=0.03)
    assert "thinned" in found.flags
