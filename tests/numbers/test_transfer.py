"""Numbers of transfer curves, against devices of known truth over trials."""

import numpy as np
import pytest

from figmill.numbers.legs import gate_legs
from figmill.numbers.slopes import steepest
from figmill.numbers.transfer import (
    crossing,
    extremum,
    mobility,
    regime,
    saturation_mobility,
    usual_current,
)

SWEEP = np.arange(-5, 5.0001, 0.025)
VG = np.arange(-1, 3.0001, 0.02)
THERMAL = 0.025852


def graphene(vg: np.ndarray, neutral: float) -> np.ndarray:
    return 1e-6 * np.sqrt(1 + ((vg - neutral) / 1.5) ** 2)


def ekv(vg: np.ndarray, threshold: float, vds: float = 0.1, n: float = 1.3) -> np.ndarray:
    """Enz, Krummenacher, Vittoz, Analog Integr. Circuits Signal Process. 8, 83 (1995)."""

    def charge(v: np.ndarray) -> np.ndarray:
        return np.log1p(np.exp(v / 2)) ** 2

    over = (vg - threshold) / (n * THERMAL)
    return 2 * n * 2e-5 * THERMAL**2 * (charge(over) - charge(over - vds / THERMAL)) + 2e-12


@pytest.mark.parametrize(
    ("noise", "neutral"), [(0.002, 0.5), (0.008, 0.5), (0.008, -1.3), (0.02, 0.7)]
)
def test_the_vertex_is_within_twice_its_error_in_nine_of_ten_trials(noise, neutral):
    rng = np.random.default_rng(7)
    clean = graphene(SWEEP, neutral)
    found = [
        extremum(SWEEP, clean * (1 + noise * rng.standard_normal(SWEEP.size))) for _ in range(100)
    ]
    values = np.array([one.value for one in found])
    errors = np.array([one.error for one in found])
    assert np.mean(np.abs(values - neutral) < 2 * errors) >= 0.9
    assert 0.7 < errors.mean() / values.std() < 1.5
    flagged = np.mean(["noise" in one.flags for one in found])
    assert flagged == pytest.approx(float(noise > 0.01), abs=0.15)


def test_the_vertex_of_a_clean_sharp_minimum_is_exact():
    for neutral in (-0.31, 0.0, 0.4375):
        sharp = np.sqrt(0.35**2 + (SWEEP - neutral) ** 2)
        found = extremum(SWEEP, sharp)
        assert found.value == pytest.approx(neutral, abs=1e-3)
        assert found.flags == ()
        assert extremum(SWEEP, 1 / sharp, "max").value == pytest.approx(neutral, abs=1e-3)


def skewed(vg: np.ndarray) -> np.ndarray:
    return 1e-6 * (np.sqrt(0.25 + vg**2) + 0.55 * vg)


def ambipolar(vg: np.ndarray) -> np.ndarray:
    return 1e-9 * (np.exp(-vg / 0.3) + 0.2 * np.exp(vg / 0.15))


def two_mobilities(vg: np.ndarray) -> np.ndarray:
    return 1e-6 / (0.3 + 1 / np.sqrt(0.25 + np.where(vg < 0, 1.0, 0.5) * vg**2))


@pytest.mark.parametrize("shape", [skewed, ambipolar, two_mobilities])
@pytest.mark.parametrize("noise", [0.001, 0.008])
def test_the_error_of_a_minimum_with_unlike_sides_covers_how_far_it_is_off(shape, noise):
    fine = np.linspace(-2, 2, 400_001)
    lowest = fine[np.argmin(shape(fine))]
    rng = np.random.default_rng(3)
    covered = []
    for _ in range(24):
        neutral = rng.uniform(-0.6, 0.6)
        vg = np.arange(-1.8, 1.3, 0.02) + neutral
        found = extremum(
            vg, shape(vg - neutral) * (1 + noise * rng.standard_normal(vg.size)), "min"
        )
        covered.append(abs(found.value - neutral - lowest) < 2 * found.error)
    assert np.mean(covered) >= 0.75


def test_windows_that_disagree_are_in_the_error():
    vg = np.arange(-3, 3, 0.1)
    sharp = 1 + np.abs(vg - 0.03) * np.where(vg > 0.03, 3, 1)
    found = extremum(vg, sharp)
    assert abs(found.value - 0.03) < 3 * found.error
    asked = extremum(vg, skewed(vg), window_v=1.5)
    assert "window-sensitive" in asked.flags


def test_nothing_but_noise_has_no_extremum():
    noise = np.random.default_rng(2).standard_normal((40, 200)) * 1e-12
    vg = np.linspace(-2, 2, 200)
    found = [extremum(vg, one) for one in noise]
    assert sum(one.value is None for one in found) >= 36
    assert "noise" in next(one for one in found if one.value is None).flags


def test_a_window_that_is_asked_for_is_used():
    noisy = graphene(SWEEP, 0.5) * (
        1 + 0.005 * np.random.default_rng(1).standard_normal(SWEEP.size)
    )
    narrow, wide = (extremum(SWEEP, noisy, window_v=volts) for volts in (0.3, 1.0))
    assert "+-0.3 V" in narrow.method
    assert narrow.error > wide.error


def test_a_measured_gate_does_not_move_the_vertex():
    rng = np.random.default_rng(9)
    found = [
        extremum(SWEEP + 0.03 * rng.standard_normal(SWEEP.size), graphene(SWEEP, 0.5)).value
        for _ in range(30)
    ]
    assert np.mean(found) == pytest.approx(0.5, abs=0.01)


def test_a_transistor_that_is_off_has_no_neutrality_point():
    rng = np.random.default_rng(11)
    for _ in range(20):
        current = ekv(VG, 0.8) + 3e-13 * rng.standard_normal(VG.size)
        for leg in (slice(None), slice(None, None, -1)):
            found = extremum(VG[leg], current[leg])
            assert (found.value, found.flags) == (None, ("unipolar",))


def test_minima_at_the_end_and_curves_without_one_are_flagged():
    assert extremum(SWEEP, SWEEP + 10).flags == ("edge",)
    assert extremum(SWEEP, np.ones_like(SWEEP)).flags
    assert extremum(SWEEP[:2], SWEEP[:2]).flags == ("undefined",)


def test_a_shift_is_found_at_a_constant_current():
    rng = np.random.default_rng(13)
    values, errors = [], []
    for _ in range(200):
        forward, back = (
            crossing(VG, ekv(VG, threshold) * (1 + 0.02 * rng.standard_normal(VG.size)), 1e-9)
            for threshold in (0.8, 1.05)
        )
        values.append(back.value - forward.value)
        errors.append(np.hypot(forward.error, back.error))
    assert np.mean(np.abs(np.array(values) - 0.25) < 2 * np.array(errors)) >= 0.9
    assert 0.7 < np.mean(errors) / np.std(values) < 1.5


def test_currents_that_are_not_passed_or_twice():
    assert crossing(VG, np.full_like(VG, 1e-9), 1e-6).flags == ("not-crossed",)
    both = np.concatenate((ekv(VG, 0.8), ekv(VG, 0.8)[::-1]))
    found = crossing(np.arange(both.size) * 0.02, both, 1e-8)
    assert "crossed-twice" in found.flags


def test_the_usual_current_is_within_both_curves():
    assert usual_current(ekv(VG, 0.8), ekv(VG, 1.05)) == pytest.approx(1e-8)
    assert usual_current(graphene(SWEEP, 0.5)) is None
    assert usual_current() is None


@pytest.mark.parametrize(("vds", "name"), [(0.1, "linear"), (5.0, "saturation")])
def test_mobilities_of_a_square_law(vds, name):
    k = 1e-3 * 1.1e-4 * 50
    over = np.clip(VG - 1, 0, None)
    current = k * np.where(over > vds, over * vds - vds**2 / 2, over**2 / 2)
    gm = steepest(VG, current)
    at = float(np.interp(gm.at, VG, current))
    assert regime(at, gm.value, vds) == name
    if name == "linear":
        assert 1e4 * mobility(gm.value, vds, 20, 1000, 1.1e-4) == pytest.approx(10, rel=1e-3)
    else:
        slope = steepest(VG, np.sqrt(current)).value
        assert 1e4 * saturation_mobility(slope, 20, 1000, 1.1e-4) == pytest.approx(10, rel=1e-3)


def test_a_measured_gate_leaves_the_mobility_within_a_few_per_cent():
    rng = np.random.default_rng(15)
    both = np.concatenate((VG, VG[::-1]))
    true = steepest(VG, ekv(VG, 0.8)).value
    for noise in (0.012, 0.03):
        measured = both + noise * rng.standard_normal(both.size)
        for leg in gate_legs(measured):
            found = steepest(measured[leg], ekv(both, 0.8)[leg])
            assert found.value == pytest.approx(true, rel=0.06)
