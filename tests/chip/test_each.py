"""Raw measurements, each by itself."""

from pathlib import Path

import numpy as np
import pytest

from figmill import mill
from figmill.chip.each import ChipRunsRecipe
from figmill.engine import Ledger, RunOptions
from figmill.errors import InputError
from figmill.read.pymeasure import procedure_of, read_results

pytest.importorskip("polars")


def first(raw: Path, what: str) -> Path:
    return next(path for path in sorted(raw.rglob("*.csv")) if path.name.startswith(what))


def described(path: Path, **options):
    recipe = ChipRunsRecipe(paths=(str(path),), **options)
    (item,) = recipe.items()
    return recipe.describe(item)


def test_a_transfer_curve_has_the_columns_of_its_file(raw: Path) -> None:
    path = first(raw, "IVg")
    found = described(path)
    (drawing,) = found.drawings
    assert drawing.name == path.stem
    (curve,) = drawing.figure.panels[0][0].layers
    columns = read_results(path).columns
    np.testing.assert_allclose(curve.x, columns["Vg (V)"])
    # It is drawn in microamperes.
    np.testing.assert_allclose(curve.y, np.asarray(columns["I (A)"]) * 1e6)
    assert curve.label in ("dark", "light")  # it has no number in a history
    assert found.facts == {"plot": "plot-ivg", "procedure": "IVg"}


def test_how_it_is_drawn_is_told_with_the_options(raw: Path) -> None:
    found = described(first(raw, "It"))
    (note,) = [one for one in found.notes if one.code == "plot-type-taken"]
    assert note.level == "info"
    assert "plot-its with" in note.text
    assert "baseline_mode fixed" in note.text
    assert not [one for one in found.notes if "run 0" in str(one)]


def test_what_the_reader_doubts_goes_with_the_figure(raw: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.csv"
    path.write_bytes(first(raw, "IVg").read_bytes().rstrip(b"\n")[:-3])
    found = described(path)
    assert {note.code for note in found.notes} & {"numbers-among-texts", "last-line-open"}


def test_what_is_no_number_is_left_out_of_the_curve_alone(raw: Path, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    good = first(raw, "IVg").read_text().splitlines()
    path.write_text("\n".join([*good[:-1], good[-1].rpartition(",")[0] + ",overflow"]) + "\n")
    (drawing,) = (found := described(path)).drawings
    (curve,) = drawing.figure.panels[0][0].layers
    assert np.isnan(curve.y[-1])
    assert np.isfinite(curve.y[:-1]).all()
    assert [note.level for note in found.notes if note.code == "numbers-among-texts"] == ["loss"]


def test_claims_by_content(raw: Path, tmp_path: Path) -> None:
    sweep = first(raw, "IVg")
    claim = ChipRunsRecipe.sniff(Path("any.dat"), sweep.read_bytes()[:4096])
    assert (claim.confidence, claim.why) == (0.95, "PyMeasure results of IVg")
    assert ChipRunsRecipe.sniff(sweep, b"t,I\n0,1\n") is None
    other = ChipRunsRecipe.sniff(sweep, b"#Procedure: <lab.Noise>\n#Parameters:\n")
    assert other.confidence == 0.0
    assert "Noise, which no plot type draws" in other.why


def test_a_procedure_without_plot_type_fails_alone(raw: Path, tmp_path: Path) -> None:
    path = tmp_path / "noise.csv"
    path.write_bytes(first(raw, "IVg").read_bytes().replace(b"IVg", b"Noise"))
    with pytest.raises(InputError, match="No plot type draws runs of Noise"):
        described(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_procedure_in_any_encoding(encoding: str) -> None:
    assert procedure_of("#Procedure: <lab.sub.Vt>\n#Parameters:\n".encode(encoding)) == "Vt"
    assert procedure_of("t (s)\n#Procedure: <lab.Vt>\n".encode(encoding)) is None


def test_runs_from_a_folder(raw: Path, tmp_path: Path) -> None:
    recipe = ChipRunsRecipe(paths=(str(raw),), dpi=40)
    report = mill.run(recipe, tmp_path / "out", options=RunOptions())
    calibrations = [path for path in raw.rglob("*.csv") if "Calibration" in path.name]
    assert report.failed == len(calibrations)
    assert report.done == len(list(raw.rglob("*.csv"))) - len(calibrations)
    with Ledger.read(tmp_path / "out") as ledger:
        assert all("No plot type" in one.failure.message for one in ledger.failures())
    again = mill.run(recipe, tmp_path / "out", options=RunOptions())
    assert again.done == 0
