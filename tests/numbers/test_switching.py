"""How transistors switch, against devices of known truth over trials."""

import numpy as np
import pytest

from figmill.numbers.switching import (
    on_off_ratio,
    slope_factor,
    swing,
    threshold_at_current,
    threshold_linear,
    threshold_saturation,
)

VG = np.arange(-1, 3.0001, 0.02)
K = 1e-3 * 1.1e-4 * 50
OVER = np.clip(VG - 1, 0, None)
# 80 mV a decade up to a plateau, over a floor of 2 pA.
PURE = 1e-12 * 10 ** (np.clip(VG, -1, 0.4) / 0.08)
STEEP = 2e-12 + PURE


def within(found: list, true: float) -> float:
    values = np.array([one.value for one in found])
    return float(np.mean(np.abs(values - true) < 2 * np.array([one.error for one in found])))


@pytest.mark.parametrize("noise", [0.0005, 0.002, 0.01])
def test_a_threshold_in_the_linear_regime(noise):
    rng = np.random.default_rng(1)
    line = K * np.where(OVER > 0.1, OVER * 0.1 - 0.005, OVER**2 / 2)
    found = [
        threshold_linear(VG, line + noise * line.max() * rng.standard_normal(VG.size), 0.1)
        for _ in range(100)
    ]
    assert within(found, 1.0) >= 0.9
    assert threshold_linear(VG, line, 0.1).value == pytest.approx(1, abs=1e-3)


THERMAL = 0.025852


def ekv(vg: np.ndarray, vds: float, n: float = 1.3) -> np.ndarray:
    """Enz, Krummenacher, Vittoz (1995), with a threshold of 0.8 V and a floor of 2 pA."""

    def charge(v: np.ndarray) -> np.ndarray:
        return np.log1p(np.exp(v / 2)) ** 2

    over = (vg - 0.8) / (n * THERMAL)
    return 2 * n * 2e-5 * THERMAL**2 * (charge(over) - charge(over - vds / THERMAL)) + 2e-12


@pytest.mark.parametrize("vds", [0.1, 0.5, 1.0])
def test_a_body_that_takes_a_part_of_the_gate_does_not_move_the_threshold(vds):
    current = ekv(VG, vds)
    factor = slope_factor(swing(VG, current))
    assert factor[0] == pytest.approx(1.3, rel=0.02)
    assert threshold_linear(VG, current, vds, factor).value == pytest.approx(0.8, abs=0.02)
    # The textbook's formula is off by (n - 1) V_DS / 2.
    assert threshold_linear(VG, current, vds).value > 0.8 + 0.15 * vds


@pytest.mark.parametrize("step", [0.02, 0.05])
def test_a_swing_is_that_of_weak_inversion(step):
    vg = np.arange(-1, 3.0001, step)
    true = 1.3 * THERMAL * np.log(10)
    clean = swing(vg, ekv(vg, 0.1))
    assert clean.value == pytest.approx(true, rel=0.05 if "few-points" in clean.flags else 0.01)
    rng = np.random.default_rng(6)
    noisy = [swing(vg, ekv(vg, 0.1) * (1 + 0.01 * rng.standard_normal(vg.size))) for _ in range(40)]
    assert np.median([one.value for one in noisy]) == pytest.approx(true, rel=0.06)
    assert all(one.error is not None for one in noisy)


def test_a_floor_of_noise_is_no_part_of_a_swing():
    rng = np.random.default_rng(4)
    true = 1.3 * THERMAL * np.log(10)
    found = [
        swing(VG, ekv(VG, 0.1) - 2e-12 + 3e-13 * rng.standard_normal(VG.size)) for _ in range(40)
    ]
    values = np.array([one.value for one in found])
    errors = np.array([one.error for one in found])
    assert np.median(values) == pytest.approx(true, rel=0.05)
    assert np.mean(np.abs(values - true) < 2 * errors) >= 0.8


def test_a_threshold_at_constant_current():
    current = 1e-12 * 10 ** (VG / 0.1)
    # 1e-7 A W/L with W/L = 10: six decades above 1e-12 A.
    assert threshold_at_current(VG, current, 10.0).value == pytest.approx(0.6, abs=1e-3)
    p_type = threshold_at_current(-VG, current, 4.0)
    assert p_type.value == pytest.approx(-0.5, abs=1e-3)
    assert threshold_at_current(VG, current, 1e30).flags == ("not-crossed",)


def test_a_threshold_in_saturation():
    rng = np.random.default_rng(2)
    law = K * OVER**2 / 2
    noisy = [law * (1 + 0.002 * rng.standard_normal(VG.size)) for _ in range(100)]
    assert within([threshold_saturation(VG, one) for one in noisy], 1.0) >= 0.9
    assert threshold_saturation(VG, law).value == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_swing_of_either_polarity(sign):
    found = swing(sign * VG, STEEP)
    assert found.value == pytest.approx(0.08, rel=0.03)
    assert found.flags == ()
    back = swing(sign * VG[::-1], STEEP[::-1])
    assert back.value == pytest.approx(found.value, rel=1e-9)


def test_a_swing_below_the_limit_and_none_at_all():
    fast = 1e-12 + 1e-12 * 10 ** (np.clip(VG, -1, 0.3) / 0.04)
    assert (
        "below-limit"
        in swing(np.linspace(-1, 3, 2001), np.interp(np.linspace(-1, 3, 2001), VG, fast)).flags
    )
    assert swing(VG, 1 + 0.01 * VG).flags == ("no-decade",)


def test_an_on_off_ratio_and_its_lower_bound():
    assert on_off_ratio(STEEP).value == pytest.approx(STEEP.max() / STEEP.min(), rel=0.01)
    noise = 1e-11 * np.random.default_rng(3).standard_normal(VG.size)
    assert on_off_ratio(1e-15 + PURE * (VG > 0.2) + noise).flags == ("off-at-floor",)
    assert on_off_ratio(np.zeros(50)).flags == ("undefined",)
