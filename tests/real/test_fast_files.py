"""The FAST reduction on real files: the mission's master, HOPE, ELFIN; the real cusp table."""

from pathlib import Path

import numpy as np
import pytest

from figmill.errors import NoData
from figmill.fast.cusps import CUSP_TABLE, read_cusps
from figmill.fast.level2 import open_level2
from figmill.fast.sectors import SECTORS, collapse_sectors
from figmill.read import cdf

DATA = Path(__file__).parents[3] / "shared" / "data" / "cdf"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="no real files beside the repository")


def test_the_master_has_no_records():
    with pytest.raises(NoData, match="no records"):
        open_level2(DATA / "fa_esa_l2_eeb_00000000_v01.cdf")


def test_the_cusp_table():
    table = read_cusps(DATA / CUSP_TABLE)
    assert len(table) > 300
    assert table[13519] == {"ees": (423, 464), "ies": (421, 461)}
    assert table[13477] == {}
    indices = [marks for row in table.values() for marks in row.values()]
    assert all(0 <= first <= last for first, last in indices)


def plainly(values, pitch, sector, rule):
    """The rows of a sector, by masked arrays and in double precision."""
    inside = np.zeros(values.shape, bool)
    for low, high in sector.ranges:
        inside |= np.broadcast_to((pitch >= low) & (pitch < high), values.shape)
    if sector.is_all:
        inside[:] = True
    chosen = np.ma.masked_array(values.astype(np.float64), ~(inside & np.isfinite(values)))
    found = {"sum": chosen.sum, "mean": chosen.mean}[rule](axis=1)
    return np.ma.filled(found, np.nan)


@pytest.mark.parametrize("rule", ["sum", "mean"])
@pytest.mark.parametrize("name", ["FEDU", "FPDU", "Counts_E"])
def test_pitch_angle_rows_of_hope(name, rule):
    file = cdf.open_cdf(DATA / "rbspa_rel04_ect-hope-PA-L3_20121201_v0.0.0.cdf")
    values = file.read(name)
    values = np.where(values > -1e30, values, np.nan).astype(np.float32)
    if name != "Counts_E":
        assert np.isnan(values[:, [0, 10]]).all()  # the outermost angles are all fill
    angles = file.read("PITCH_ANGLE")[None, :, None]
    rows = collapse_sectors(values, angles, SECTORS, rule=rule)
    assert rows.shape == (4, 100, 72)
    for sector, row in zip(SECTORS, rows, strict=True):
        np.testing.assert_allclose(row, plainly(values, angles, sector, rule), rtol=1e-5)
    assert np.isfinite(rows[0]).any()


@pytest.mark.parametrize("spin", ["hs", "fs"])
def test_pitch_angle_rows_of_elfin(spin):
    file = cdf.open_cdf(DATA / "elb_l2_epdef_20210914_v01.cdf")
    values = file.read(f"elb_pef_{spin}_Epat_nflux").astype(np.float32)
    angles = file.read(f"elb_pef_{spin}_epa_spec")[:, :, None].astype(np.float32)
    rows = collapse_sectors(values, angles, SECTORS, rule="mean")
    for sector, row in zip(SECTORS, rows, strict=True):
        np.testing.assert_allclose(row, plainly(values, angles, sector, "mean"), rtol=1e-5)
    # The order of angles flips every half spin; the rows do not care.
    again = collapse_sectors(values[:, ::-1], angles[:, ::-1], SECTORS, rule="mean")
    np.testing.assert_allclose(again, rows, rtol=1e-5)
