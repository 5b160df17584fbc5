"""Gate sweeps against scipy and against devices of known truth."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from figmill.chip.metrics.sweeps import (
    Cnp,
    check_window,
    hysteresis,
    legs,
    mobility,
    neutrality_points,
    savgol_derivative,
    transconductance,
)
from figmill.chip.synthetic import Device
from figmill.errors import InputError

scipy_signal = pytest.importorskip("scipy.signal")


def test_a_sweep_is_cut_where_it_turns():
    vg = Device().sweep()
    assert [(leg.start, leg.stop) for leg in legs(vg)] == [(0, 101), (101, 301), (301, 401)]


def test_short_legs_and_repeated_voltages():
    up = np.arange(20.0)
    assert legs(np.concatenate((up, [18.0, 17.0]))) == [slice(0, 20)]
    assert legs(np.repeat(up, 2)) == [slice(0, 40)]
    assert legs(np.full(30, 2.0)) == []
    assert legs(np.zeros(1)) == []


@given(st.lists(st.floats(-5, 5), min_size=0, max_size=60))
def test_legs_are_apart_and_in_order(values):
    found = legs(np.array(values), least=2)
    assert all(a.stop <= b.start for a, b in pairwise(found))
    assert all(0 <= leg.start < leg.stop <= len(values) for leg in found)


@pytest.mark.parametrize(("window", "order"), [(21, 7), (5, 2), (51, 3), (3, 1), (101, 5)])
@pytest.mark.parametrize("step", [0.05, -0.05])
def test_savgol_is_that_of_scipy(window, order, step):
    y = np.random.default_rng(1).normal(size=101)
    wanted = scipy_signal.savgol_filter(y, window, order, deriv=1, delta=step)
    found = savgol_derivative(y, window, order, step)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-9 * np.abs(wanted).max())


@pytest.mark.parametrize(("window", "order"), [(20, 3), (103, 3), (5, 5), (5, 0), (1, 1), (-3, 1)])
def test_a_window_that_does_not_fit_says_what_would(window, order):
    with pytest.raises(InputError, match="does not fit a leg of 101") as caught:
        check_window(window, order, 101)
    assert "3 to 101" in caught.value.hint
    check_window(101, 100, 101)
    check_window(99, 3, 100)


def test_transconductance_of_a_parabola_is_a_line():
    vg = Device().sweep()
    for method in ("gradient", "savgol"):
        for x, gm in transconductance(vg, vg**2, method, 21, 3):
            np.testing.assert_allclose(gm[1:-1], 2 * x[1:-1], atol=1e-9)


def test_neutrality_points_and_hysteresis_are_the_truth():
    device = Device(noise=0.0)
    vg = device.sweep()
    points = neutrality_points(vg, 0.1 * device.conductance(vg))
    assert [point.rising for point in points] == [False, True, False]
    half = device.hysteresis_v / 2
    assert points[0].volts == pytest.approx(device.cnp_v + half, abs=1e-3)
    assert points[1].volts == pytest.approx(device.cnp_v - half, abs=1e-3)
    assert points[2].flags == ("edge",)
    assert hysteresis(points) == pytest.approx(device.hysteresis_v, abs=2e-3)


def test_the_drain_voltage_peaks_at_the_same_point():
    device = Device(noise=0.0, hysteresis_v=0.0)
    vg = device.sweep()
    points = neutrality_points(vg, -1e-5 / device.conductance(vg), "max")
    assert points[1].volts == pytest.approx(device.cnp_v, abs=1e-3)


def test_sweeps_without_a_minimum_are_flagged():
    vg = Device().sweep()
    assert {point.flags for point in neutrality_points(vg, vg + 10)} == {("edge",)}
    assert all(point.flags for point in neutrality_points(vg, np.ones_like(vg)))
    assert hysteresis([Cnp(0.1, True)]) is None
    assert hysteresis([Cnp(0.1, True), Cnp(0.3, False, ("edge",))]) is None
    assert hysteresis([Cnp(0.3, False), Cnp(0.1, True)]) == pytest.approx(0.2)


def test_mobility_of_a_known_device():
    device = Device(noise=0.0)
    vg = device.sweep()
    peak = max(np.abs(gm).max() for _, gm in transconductance(vg, 0.1 * device.conductance(vg)))
    found = mobility(peak, -0.1, 10, 10, device.capacitance_f_m2)
    assert found == pytest.approx(device.mobility_m2_vs, rel=5e-3)
