"""Legends and their aliases."""

import pytest

from figmill.chip.legend import labels, legend_name
from figmill.chip.runs import RunInfo
from figmill.errors import ConfigError


def run(seq: int = 1, **known) -> RunInfo:
    return RunInfo(seq, "a", "It", 0.0, "2025-10-14 15:03:12", **known)


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("wl", "wavelength"),
        ("lambda", "wavelength"),
        ("gate", "vg"),
        ("VGS", "vg"),
        ("led", "laser_voltage"),
        ("laser", "laser_voltage"),
        ("led_voltage", "laser_voltage"),
        ("pow", "irradiated_power"),
        ("power", "irradiated_power"),
        ("led_power", "irradiated_power"),
        ("date", "datetime"),
        ("time", "datetime"),
        ("dt", "datetime"),
        ("datetime", "datetime"),
    ],
)
def test_aliases(asked, name):
    assert legend_name(asked) == name


def test_anything_else_lists_them():
    with pytest.raises(ConfigError) as caught:
        legend_name("colour")
    assert "irradiated_power (pow, power, led_power)" in caught.value.hint


@pytest.mark.parametrize(
    ("by", "known", "label"),
    [
        ("wavelength", {"wavelength_nm": 365.0, "has_light": True}, "365 nm"),
        ("wavelength", {"wavelength_nm": 365.0}, "dark"),
        ("wavelength", {"wavelength_nm": 0.0}, "dark"),
        ("vg", {"vg_fixed_v": -0.4}, "-0.4 V"),
        ("vg", {}, "no gate voltage"),
        ("laser_voltage", {"has_light": True, "laser_voltage_v": 2.19}, "2.19 V"),
        ("laser_voltage", {"laser_voltage_v": 0.0}, "dark"),
        ("irradiated_power", {"has_light": True, "irradiated_power_w": 5.98e-6}, "5.98 µW"),
        ("irradiated_power", {"has_light": True, "irradiated_power_w": 1.2e-5}, "12.0 µW"),
        ("irradiated_power", {"has_light": True, "laser_voltage_v": 2.0}, "laser at 2 V"),
        ("irradiated_power", {"has_light": False, "irradiated_power_w": 1e-6}, "dark"),
        ("datetime", {}, "2025-10-14 15:03"),
    ],
)
def test_labels(by, known, label):
    assert labels([run(**known)], by) == [label]


def test_equal_labels_are_told_apart_by_number():
    found = labels([run(4, vg_fixed_v=1.0), run(5, vg_fixed_v=2.0), run(9, vg_fixed_v=1.0)], "vg")
    assert found == ["1 V (#4)", "2 V", "1 V (#9)"]
