"""Steepest slopes and noise, against their truth over trials."""

import math

import numpy as np
import pytest

from figmill.numbers.slopes import noise_of, smooth_at, steepest

VG = np.arange(-1, 3.0001, 0.02)
LINE = 5.5e-7 * np.clip(VG - 1, 0, None)


def test_noise_of_a_smooth_curve_is_that_of_its_noise():
    rng = np.random.default_rng(1)
    found = [noise_of(np.exp(VG) + 0.01 * rng.standard_normal(VG.size)) for _ in range(50)]
    assert np.mean(found) == pytest.approx(0.01, rel=0.1)
    assert noise_of(np.arange(5.0)) == 0
    assert noise_of(VG**2) < 1e-12


@pytest.mark.parametrize("noise", [0.0005, 0.002, 0.01])
def test_the_slope_is_within_twice_its_error_in_nine_of_ten_trials(noise):
    rng = np.random.default_rng(2)
    scale = noise * LINE.max()
    found = [steepest(VG, LINE + scale * rng.standard_normal(VG.size)) for _ in range(200)]
    values = np.array([one.value for one in found]) / 5.5e-7
    errors = np.array([one.error for one in found]) / 5.5e-7
    assert np.mean(np.abs(values - 1) < 2 * errors) >= 0.9
    assert values.mean() == pytest.approx(1, abs=0.01)


def test_noise_of_a_measured_gate_does_not_flatten_the_slope():
    rng = np.random.default_rng(3)
    found = [steepest(VG + 0.03 * rng.standard_normal(VG.size), LINE) for _ in range(100)]
    values = np.array([one.value for one in found]) / 5.5e-7
    assert values.mean() == pytest.approx(1, abs=0.02)
    assert all("few-points" not in one.flags for one in found)


def test_a_clean_curve_has_the_slope_of_its_neighbours():
    found = steepest(VG, VG**2)
    assert found.value == pytest.approx(np.abs(np.gradient(VG**2, VG))[1:-1].max(), rel=2e-3)
    assert "edge" in found.flags
    twice = steepest(np.repeat(VG, 2), np.repeat(LINE, 2))
    assert twice.value == pytest.approx(5.5e-7, rel=1e-6)


def test_what_has_no_slope():
    assert steepest(VG[:5], VG[:5]).flags == ("few-points",)
    assert steepest(np.full(50, 1.0), VG[:50]).value is None
    rng = np.random.default_rng(4)
    assert "noise" in steepest(VG, rng.standard_normal(VG.size)).flags


def test_the_error_of_a_narrow_peak_has_what_a_line_flattens():
    vg = np.arange(-1, 3, 0.02)
    rng = np.random.default_rng(8)
    # The slope is a bell of 0.12 V: its peak is 1.
    area = 0.12 * np.sqrt(np.pi / 2)
    clean = np.array([area * math.erf((v - 1) / 0.12 / np.sqrt(2)) for v in vg])
    found = [steepest(vg, clean + 0.003 * rng.standard_normal(vg.size)) for _ in range(60)]
    values = np.array([one.value for one in found])
    errors = np.array([one.error for one in found])
    assert np.mean(np.abs(values - 1) < 2 * errors) >= 0.8


def test_a_smooth_curve_s_value_at_a_place():
    x = np.linspace(0, 1, 101)
    value, error = smooth_at(x, 1 + x**3, 0.5, 0.2)
    assert value == pytest.approx(1.125, rel=1e-9)
    assert error < 1e-6
