"""Diodes of known truth over trials."""

import numpy as np
import pytest

from figmill.numbers.diode import THERMAL_V, diode

V = np.arange(-0.5, 0.8001, 0.01)


def current(n: float = 1.5, i0: float = 1e-12, rs: float = 0.0) -> np.ndarray:
    """I of V = n kT/q ln(I / I_0 + 1) + I R_s, by bisection on the junction's voltage."""
    low, high = np.minimum(V, 0.0), np.maximum(V, 0.0)
    for _ in range(200):
        junction = (low + high) / 2
        made = i0 * np.expm1(junction / (n * THERMAL_V))
        over = junction + made * rs > V
        low, high = np.where(over, low, junction), np.where(over, junction, high)
    return i0 * np.expm1((low + high) / 2 / (n * THERMAL_V))


@pytest.mark.parametrize("sign", [1, -1])
def test_a_clean_diode(sign):
    found = diode(sign * V, sign * current(1.5, 1e-12, 50.0))
    assert found.ideality.value == pytest.approx(1.5, rel=2e-3)
    assert found.series_resistance.value == pytest.approx(50, rel=5e-3)
    assert found.saturation_current.value == pytest.approx(1e-12, rel=0.03)
    assert found.ideality.flags == ()


@pytest.mark.parametrize("relative", [0.002, 0.02])
@pytest.mark.parametrize("rs", [0.0, 20.0])
def test_each_number_is_within_twice_its_error_in_nine_of_ten_trials(relative, rs):
    rng = np.random.default_rng(5)
    clean = current(1.3, 2e-12, rs)
    found = []
    for _ in range(60):
        noise = relative * rng.standard_normal(V.size)
        found.append(diode(V, clean * (1 + noise) + 1e-13 * rng.standard_normal(V.size)))
    for true, estimates in (
        (1.3, [one.ideality for one in found]),
        (2e-12, [one.saturation_current for one in found]),
    ):
        near = [abs(one.value - true) < 2 * one.error for one in estimates]
        assert np.mean(near) >= 0.85
    if rs:
        values = [one.series_resistance for one in found]
        assert np.mean([one.value is not None for one in values]) >= 0.9
        assert np.mean([abs(one.value - rs) < 2 * one.error for one in values if one.value]) >= 0.85


def test_what_is_no_diode_gives_nothing():
    assert diode(V, V / 1e3).ideality.flags in (("no-decade",), ("undefined",))
    assert diode(V, np.zeros(V.size)).ideality.flags == ("undefined",)
    assert diode(V, -current()).ideality.flags == ("undefined",)
    noise = 1e-12 * np.random.default_rng(1).standard_normal(V.size)
    assert diode(V, noise).ideality.value is None


def test_a_resistor_s_ideality_is_not_that_of_a_diode():
    found = diode(V[V > 0.1], V[V > 0.1] / 1e3)
    assert found.ideality.value is None
