"""Irradiated power: which calibration, and what it says."""

import pytest

from figmill.chip.power import Calibration, Calibrations
from figmill.chip.tree import StageTree
from figmill.errors import InputError

pl = pytest.importorskip("polars")


@pytest.fixture
def calibrations(tmp_path):
    tree = StageTree.made(tmp_path)
    known = []
    for name, start, wavelength, slope in (
        ("early", 0.0, 455.0, 1e-6),
        ("late", 100 * 3600.0, 455.0, 2e-6),
        ("other", 50 * 3600.0, 365.0, 3e-6),
    ):
        known.append(Calibration(name, start, wavelength, "2025-01-01"))
        path = tree.run_path("LaserCalibration", "2025-01-01", name)
        path.parent.mkdir(parents=True)
        volts = [5.0, 0.0, 1.0]  # not in order
        frame = {"VL (V)": volts, "Power (mW)": [1e3 * slope * v for v in volts]}
        pl.DataFrame(frame).write_parquet(path)
    return Calibrations(known, tree)


@pytest.mark.parametrize(
    ("hours", "name", "watts", "flags"),
    [
        (1, "early", 2e-6, ()),
        (30, "early", 2e-6, ("stale",)),
        (100, "late", 4e-6, ()),
        (101, "late", 4e-6, ()),
    ],
)
def test_the_latest_earlier_one_counts(calibrations, hours, name, watts, flags):
    found = calibrations.power(455.0, 2.0, hours * 3600.0)
    assert (found.calibration, found.flags) == (name, flags)
    assert found.watts == pytest.approx(watts)


def test_the_next_one_where_there_is_no_earlier(calibrations):
    found = calibrations.power(365.0, 2.0, 0.0)
    assert (found.calibration, found.flags) == ("other", ("later",))
    assert found.age_h == -50


def test_beyond_the_calibrated_voltages_is_flagged(calibrations):
    assert calibrations.power(455.0, 7.0, 3600.0).flags == ("outside",)


def test_no_calibration(calibrations):
    found = calibrations.power(999.0, 2.0, 0.0)
    assert (found.watts, found.flags) == (None, ("uncalibrated",))


@pytest.mark.parametrize(
    "columns",
    [
        {"VL (V)": [1.0]},
        {"VL (V)": [1.0], "Power (bel)": [1.0]},
        {"VL (V)": [None], "Power (W)": [1.0]},
    ],
)
def test_a_calibration_without_sense_is_refused(calibrations, columns):
    path = calibrations.tree.run_path("LaserCalibration", "2025-01-01", "other")
    pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.Float64)).write_parquet(path)
    with pytest.raises(InputError) as caught:
        calibrations.power(365.0, 2.0, 0.0)
    assert caught.value.file == str(path)
