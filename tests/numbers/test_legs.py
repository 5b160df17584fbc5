"""Legs of sweeps that were set, measured, repeated or joined."""

import numpy as np
import pytest

from figmill.numbers.legs import gate_legs, position_noise, sweep_parts

UP = np.arange(-1, 3.0001, 0.02)
BOTH = np.concatenate((UP, UP[::-1]))


def test_set_values_are_cut_exactly():
    vg = np.concatenate(
        (np.arange(0, -5, -0.05), np.arange(-5, 5, 0.05), np.arange(5, -0.02, -0.05))
    )
    assert position_noise(vg) == 0
    assert [(leg.start, leg.stop) for leg in gate_legs(vg)] == [(0, 101), (101, 301), (301, 401)]
    assert sweep_parts(vg) == [slice(0, vg.size)]


@pytest.mark.parametrize("noise", [2e-3, 12e-3, 30e-3])
def test_measured_values_turn_once(noise):
    rng = np.random.default_rng(5)
    for _ in range(50):
        vg = BOTH + noise * rng.standard_normal(BOTH.size)
        assert position_noise(vg) == pytest.approx(noise, rel=0.4)
        legs = gate_legs(vg)
        assert len(legs) == 2
        assert abs(legs[0].stop - UP.size) <= 2 + 4 * noise / 0.02


def test_a_measured_sweep_of_three_legs():
    vg = np.concatenate((UP, UP[::-1], UP)) + 0.01 * np.random.default_rng(1).normal(
        size=3 * UP.size
    )
    assert len(gate_legs(vg)) == 3


def test_sweeps_that_jump_back_begin_with_their_first_point():
    family = np.tile(UP, 3)
    wanted = [slice(k * UP.size, (k + 1) * UP.size) for k in range(3)]
    assert gate_legs(family) == wanted
    assert sweep_parts(family) == wanted
    noisy = family + 0.012 * np.random.default_rng(2).normal(size=family.size)
    assert gate_legs(noisy) == wanted


def test_a_family_without_jumps_is_cut_where_the_other_voltage_steps():
    vds = np.repeat([0.1, 0.5], UP.size)
    assert gate_legs(BOTH, breaks=vds) == [slice(0, UP.size), slice(UP.size, BOTH.size)]
    measured = vds + 1e-4 * np.random.default_rng(3).normal(size=vds.size)
    assert sweep_parts(BOTH, measured) == [slice(0, UP.size), slice(UP.size, BOTH.size)]
    steady = 0.1 + 1e-4 * np.random.default_rng(3).normal(size=vds.size)
    assert sweep_parts(BOTH, steady) == [slice(0, BOTH.size)]


def test_steps_of_two_sizes_are_one_leg():
    vg = np.concatenate((np.arange(0, 1, 0.01), np.arange(1, 5, 0.2)))
    assert gate_legs(vg) == [slice(0, vg.size)]
    log = np.geomspace(1e-3, 10, 100)
    assert gate_legs(log) == [slice(0, 100)]


def test_what_is_no_sweep():
    assert gate_legs(np.full(30, 2.0)) == []
    assert gate_legs(np.full(30, np.nan)) == []
    assert gate_legs(np.zeros(0)) == []


def test_a_voltage_without_a_reading_costs_no_leg() -> None:
    x = np.concatenate((np.linspace(-2, 3, 101), np.linspace(3, -2, 101)[1:]))
    x[40] = np.nan
    assert gate_legs(x) == [slice(0, 101), slice(101, 201)]
    assert gate_legs(np.full(30, np.nan)) == []
