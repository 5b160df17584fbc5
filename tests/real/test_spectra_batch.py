"""Real spectra compared and calibrated."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from figmill import mill
from figmill.engine import RunOptions
from figmill.figure import Curve
from figmill.spectra import CalibrationRecipe, SpectraRecipe

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "spectra"
FUELS = DATA / "biodiesel"
QUICK = RunOptions(workers=0, log=False)
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(),
    reason="the real spectra (shared/data/spectra beside the repository) are absent",
)
KNOWN = {
    "biodiesel_0_25": 0.25, "biodiesel_0_50": 0.5, "biodiesel_1_0": 1.0, "biodiesel_2_5": 2.5,
    "biodiesel_5_0": 5.0, "biodiesel_7_5": 7.5, "biodiesel_10_0": 10.0,
}  # fmt: skip


def test_the_biodiesel_oracle(tmp_path: Path) -> None:
    recipe = CalibrationRecipe(
        baseline=str(FUELS / "biodiesel_0.csv"),
        known={str(FUELS / f"{name}.csv"): share for name, share in KNOWN.items()},
        unknown=tuple(
            str(FUELS / f"{name}.csv")
            for name in ("biodiesel_B5", "biodiesel_B0_5", "diesel_unknown")
        ),
        band="ester: 1725-1765",
        dpi=60,
    )
    assert mill.run(recipe, tmp_path, options=QUICK).ok
    found = json.loads((tmp_path / "calibration.json").read_text())
    assert f"{found['slope']:.4f}" == "0.2744"
    assert f"{found['intercept']:.4f}" == "0.0190"
    assert f"{found['r2']:.5f}" == "0.99978"
    read = {row["sample"]: f"{row['read']:.2f}" for row in found["samples"]}
    assert read["biodiesel_B5"] == "4.99"
    assert read["biodiesel_B0_5"] == "0.52"
    assert read["diesel_unknown"] == "0.47"


def test_what_is_read_does_not_depend_on_the_grid(tmp_path: Path) -> None:
    """B5 on every fourth point, calibrated on all, reads 4.97; with the points inside, 4.57."""
    lines = (FUELS / "biodiesel_B5.csv").read_text().splitlines()
    header = 0 if lines[0][:1].isdigit() else 1
    for first in range(4):
        sparse = tmp_path / f"sparse_{first}.csv"
        sparse.write_text("\n".join(lines[:header] + lines[header + first :: 4]) + "\n")
    recipe = CalibrationRecipe(
        baseline=str(FUELS / "biodiesel_0.csv"),
        known={str(FUELS / f"{name}.csv"): share for name, share in KNOWN.items()},
        unknown=tuple(str(tmp_path / f"sparse_{first}.csv") for first in range(4)),
        band="ester: 1725-1765",
        dpi=60,
    )
    assert mill.run(recipe, tmp_path / "out", options=QUICK).ok
    found = json.loads((tmp_path / "out" / "calibration.json").read_text())
    read = [row["read"] for row in found["samples"] if row["role"] == "unknown"]
    assert read == pytest.approx([4.965, 4.941, 4.967, 5.013], abs=2e-3)  # by numpy alone
    assert read[0] == pytest.approx(4.97, abs=0.02)


def test_every_fuel_against_the_blank(tmp_path: Path) -> None:
    recipe = SpectraRecipe(
        baseline=str(FUELS / "biodiesel_0.csv"),
        samples=(str(FUELS),),
        bands=("ester: 1725-1765",),
        local_baseline=False,
        dpi=50,
    )
    report = mill.run(recipe, tmp_path, options=QUICK)
    assert (report.done, report.failed) == (10, 0)
    with (tmp_path / "metrics.csv").open() as stream:
        rows = {row["sample"]: row for row in csv.DictReader(stream)}
    areas = [float(rows[name]["area_difference[ester]"]) for name in KNOWN]
    slope, _ = np.polyfit(list(KNOWN.values()), areas, 1)
    assert f"{slope:.4f}" == "0.2744"


@pytest.mark.parametrize("name", ["eu", "pct", "sci", "bom"])
def test_a_sample_is_the_same_in_any_notation(name: str) -> None:
    variants = DATA / "csv_variants"
    recipe = SpectraRecipe(
        baseline=str(variants / "plain.csv"), samples=(str(variants / f"{name}.csv"),)
    )
    (item,) = recipe.items()
    described = recipe.describe(item)
    facts = described.facts["metrics"]
    assert isinstance(facts, dict)
    assert facts["rms_difference"] < 1e-6  # type: ignore[operator]
    panel = described.drawings[0].figure.panels[0][0]
    assert panel is not None
    assert panel.y.label == "Absorbance"
    assert {layer.x.size for layer in panel.layers if isinstance(layer, Curve)} == {1771}


def test_formats_mix(tmp_path: Path) -> None:
    """A %T baseline from SPC; samples as fraction from JCAMP, absorbance from SPC and .sp."""
    recipe = SpectraRecipe(
        baseline=str(DATA / "spc" / "Ft-ir.spc"),
        samples=tuple(
            str(DATA / name)
            for name in (
                "jcamp/O_LABCALC.DX",
                "spc/polyr.spc",
                "perkinelmer/specio.sp",
                "opus/bo_file.0",
            )
        ),
        dpi=50,
        difference=True,
    )
    report = mill.run(recipe, tmp_path, options=QUICK)
    assert (report.done, report.failed) == (4, 0)


def test_intensities_are_not_compared_with_absorbance(tmp_path: Path) -> None:
    recipe = SpectraRecipe(
        baseline=str(DATA / "spc" / "polyr.spc"), samples=(str(DATA / "spc" / "os_ata.spc"),)
    )
    report = mill.run(recipe, tmp_path, options=QUICK)
    assert report.failed == 1
    assert "cannot be compared" in report.failures[0].failure.message


def test_a_truncated_opus_file_is_a_clear_failure(tmp_path: Path) -> None:
    from figmill.errors import InputError
    from figmill.spectra.read.files import read_spectrum

    whole = (DATA / "opus" / "bo_file.0").read_bytes()
    cut = tmp_path / "cut.0"
    for size in (24, 500, 30_000, 120_000, 200_000):
        cut.write_bytes(whole[:size])
        with pytest.raises(InputError, match=r"cannot be read|no spectrum") as caught:
            read_spectrum(cut)
        assert caught.value.file == str(cut)
