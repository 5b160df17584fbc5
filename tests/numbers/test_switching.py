"""How transistors switch, against devices of known truth over trials."""

import numpy as np
import pytest

from figmill.numbers.switching import (
    on_off_ratio,
    swing,
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
