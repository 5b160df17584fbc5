"""Lines of real files against the same arrays as cdflib reads them."""

from pathlib import Path

import numpy as np
import pytest

from figmill.figure import Curve, Figure, Panel
from figmill.quicklook import QuicklookRecipe

cdflib = pytest.importorskip("cdflib")

SHARED = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(
    not (SHARED / "cdf-more").is_dir(), reason=f"the real files are not in {SHARED}"
)

# Files whose times say that they begin their record: they are drawn at its middle.
BEGINS = {"ac_h0_mfi": 8.0, "ac_k2_mfi": 1800.0}
FILES = {
    "cdf-more/ac_h0_mfi_20230102_v07.cdf": 6,
    "cdf-more/ac_k2_mfi_20220101_v03.cdf": 2,
    "cdf-more/omni_coho1hr_merged_mag_plasma_20240901_v01.cdf": 11,
    "cdf-more/psp_fld_l2_mag_rtn_1min_20200104_v02.cdf": 1,
    "cdf/de2_ion2s_rpa_19830213_v01.cdf": 14,
    "cdf/rbspa_rel04_ect-hope-PA-L3_20121201_v0.0.0.cdf": 2,
    "cdf/elb_l2_epdef_20210914_v01.cdf": 10,
}


def drawn(path: Path, **options: object) -> Figure:
    recipe = QuicklookRecipe(paths=(str(path),), **options)
    (item,) = recipe.items()
    return recipe.describe(item).drawings[0].figure


def expected(file: object, name: str) -> tuple[np.ndarray, np.ndarray]:
    """UNIX seconds (n,) and values (n, k), with NaN for fill and values outside their range."""
    about = file.varattsget(name)  # type: ignore[attr-defined]
    values = np.asarray(file.varget(name)).astype(np.float64)  # type: ignore[attr-defined]
    values = values.reshape(len(values), -1)
    values[values < -9e30] = np.nan
    if "FILLVAL" in about:
        values[values == float(np.ravel(about["FILLVAL"])[0])] = np.nan
    for key, beyond in (("VALIDMIN", np.less), ("VALIDMAX", np.greater)):
        values[beyond(values, np.asarray(about.get(key, np.nan), dtype=float))] = np.nan
    epoch = file.varget(about["DEPEND_0"])  # type: ignore[attr-defined]
    return np.asarray(cdflib.cdfepoch.unixtime(epoch), dtype=float), values


@pytest.mark.parametrize("name", FILES)
def test_every_line_has_the_files_values_at_their_times(name: str) -> None:
    file = cdflib.CDF(str(SHARED / name))
    shift = next((s for start, s in BEGINS.items() if start in name), 0.0)
    compared = 0
    for (panel,) in drawn(SHARED / name, show="lines").panels:
        assert isinstance(panel, Panel)
        lines = [layer for layer in panel.layers if isinstance(layer, Curve) and layer.width != 0]
        if not lines:
            continue  # a ribbon
        times, values = expected(file, panel.row_label)
        assert len(lines) == values.shape[1]
        for line, column in zip(lines, values.T, strict=True):
            if panel.y.scale == "log":
                column[column <= 0] = np.nan
            order = np.argsort(times, kind="stable")
            known, there = np.isfinite(column[order]), np.isfinite(line.y)
            np.testing.assert_allclose(line.y[there], column[order][known], rtol=1e-6)
            at = times[order][known]
            if shift:
                np.testing.assert_allclose(line.x[there] - at, shift, atol=1.0)
            else:
                np.testing.assert_allclose(line.x[there], at, atol=2e-3)
        compared += 1
    assert compared == FILES[name]


def test_the_flag_of_ace_is_a_ribbon_of_its_states() -> None:
    path = SHARED / "cdf-more/ac_h0_mfi_20230102_v07.cdf"
    flags = np.unique(cdflib.CDF(str(path)).varget("Q_FLAG"))
    (panel,) = drawn(path, rows=("Q_FLAG",)).panels[0]
    assert panel is not None
    assert [layer.label.split()[0] for layer in panel.layers] == [str(flag) for flag in flags]


def test_the_magnitude_is_the_one_that_the_file_has() -> None:
    path = SHARED / "cdf-more/ac_h0_mfi_20230102_v07.cdf"
    (panel,) = drawn(path, rows=("BGSEc",), magnitude=True).panels[0]
    assert panel is not None
    line = panel.layers[-1]
    assert isinstance(line, Curve)
    vector = np.asarray(cdflib.CDF(str(path)).varget("BGSEc"), dtype=float)
    length = np.sqrt((np.where(vector < -9e30, np.nan, vector) ** 2).sum(axis=1))
    there = np.isfinite(line.y)
    np.testing.assert_allclose(line.y[there], length[np.isfinite(length)], rtol=1e-6)


def test_pieces_of_six_hours_hold_the_records_of_their_time_and_no_others() -> None:
    path = SHARED / "cdf-more/ac_h0_mfi_20230102_v07.cdf"
    times, values = expected(cdflib.CDF(str(path)), "Magnitude")
    times = times + BEGINS["ac_h0_mfi"]
    recipe = QuicklookRecipe(paths=(str(path),), rows=("Magnitude",), every="6h")
    items = list(recipe.items())
    assert [item.key for item in items] == [
        f"ac_h0_mfi_20230102T{hour:02}00" for hour in (0, 6, 12, 18)
    ]
    for item in items:
        (panel,) = recipe.describe(item).drawings[0].figure.panels[0]
        low, high = panel.x.limits
        line = panel.layers[0]
        assert isinstance(line, Curve)
        inside = (line.x >= low) & (line.x < high) & np.isfinite(line.y)
        wanted = (times >= low) & (times < high) & np.isfinite(values[:, 0])
        np.testing.assert_allclose(line.y[inside], values[wanted, 0], rtol=1e-6)
