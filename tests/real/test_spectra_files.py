"""Every real spectrum is read with the right axis, kind and values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from figmill.spectra.read.files import read_spectrum

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "spectra"
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(),
    reason="the real spectra (shared/data/spectra beside the repository) are absent",
)

# file: first x, last x, points, first y, kind, quantity
TRUTH = {
    "jcamp/L_dupdec1.jdx": (4400, 450, 3951, 82.25, "percent_transmittance"),
    "jcamp/L_fixdec1.jdx": (4400.007, 450, 3951, 64.915, "percent_transmittance"),
    "jcamp/L_pacdec1.jdx": (4000, 700, 3301, 101.60, "percent_transmittance"),
    "jcamp/L_xyinc1.jdx": (400, 4000, 3601, 0.448, "transmittance"),
    "jcamp/O_LABCALC.DX": (249.741, 3699.742, 3435, 0.971056, "transmittance"),
    "jcamp/os_nitro.jdx": (7498.994, 599.91952, 7154, 0.68973011, "reflectance"),
    "opus/bo_file.0": (9997.7209, 499.4040, 4927, 0.008769, "absorbance"),
    "perkinelmer/specio.sp": (4000, 700, 3301, 0.037239, "absorbance"),
    "spc/Ft-ir.spc": (4000, 450, 1776, 95.1375, "percent_transmittance"),
    "spc/Ft-ir.txt": (4000, 450, 1776, 95.1375, "percent_transmittance"),
    "spc/os_ata.spc": (117.77999, 1050, 559, 218.72, "intensity"),
    "spc/polyr.spc": (447.48407, 4002.28174, 1844, 0.065904, "absorbance"),
    "spc/polys.spc": (447.48407, 4002.28174, 1844, 0.0080506, "absorbance"),
}


@pytest.mark.parametrize("name", TRUTH)
def test_axis_kind_and_values(name: str) -> None:
    first, last, points, first_y, kind = TRUTH[name]
    s = read_spectrum(DATA / name)
    assert s.x.size == points
    assert s.x[0] == pytest.approx(first, rel=1e-6)
    assert s.x[-1] == pytest.approx(last, rel=1e-6)
    assert s.y[0] == pytest.approx(first_y, rel=1e-4)
    assert (s.x_quantity, s.x_unit, s.y_kind) == ("wavenumber", "cm-1", kind)


@pytest.mark.parametrize("name", ["bom", "eu", "pct", "sci"])
def test_one_spectrum_in_five_notations(name: str) -> None:
    plain = read_spectrum(DATA / "csv_variants" / "plain.csv")
    other = read_spectrum(DATA / "csv_variants" / f"{name}.csv").to_kind("absorbance")
    # One of the forms keeps seven digits of x.
    np.testing.assert_allclose(other.x, plain.x, rtol=6e-7)
    np.testing.assert_allclose(other.y, plain.y, atol=1e-6, rtol=0)


def test_no_row_is_lost() -> None:
    for file in sorted((DATA / "biodiesel").glob("*.csv")):
        lines = file.read_text().split()
        s = read_spectrum(file)
        assert s.x.size == len(lines) - 1
        assert f"{s.x[0]:.4f}" == lines[1].split(",")[0]


def test_spc_equals_its_export() -> None:
    spc, text = (read_spectrum(DATA / "spc" / f"Ft-ir.{suffix}") for suffix in ("spc", "txt"))
    np.testing.assert_allclose(spc.x, text.x, rtol=0, atol=1e-9)
    np.testing.assert_allclose(spc.y, text.y, rtol=0, atol=1e-9)
    assert spc.y_kind == text.y_kind


def test_jcamp_keeps_its_promises() -> None:
    for file in sorted((DATA / "jcamp").iterdir()):
        assert read_spectrum(file).warnings == (), file.name


def test_opus_gives_another_of_its_spectra_by_name_or_number() -> None:
    file = DATA / "opus" / "bo_file.0"
    by_name = read_spectrum(file, y="Sample Spectrum")
    np.testing.assert_array_equal(by_name.y, read_spectrum(file, y=2).y)
    assert by_name.y_kind == "intensity"
    assert by_name.y.max() == pytest.approx(0.0354390, rel=1e-5)
    assert read_spectrum(file, y=3).x.size == 4933
    assert any("2: Sample Spectrum" in item.what for item in read_spectrum(file).evidence)
