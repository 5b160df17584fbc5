"""Vendors' own layouts of text, with files that say what is in them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from figmill.errors import InputError
from figmill.spectra import read_spectra, read_spectrum
from figmill.spectra.read import opus

X = np.linspace(4000.0, 650.0, 68)
Y = 0.02 + 0.6 * np.exp(-(((X - 1740) / 60) ** 2))


def asp(folder: Path, *, y: list[str] | None = None, count: int | None = None) -> Path:
    values = y or [f"{value:.6f}" for value in Y]
    head = [str(count or len(values)), "4000.0", "650.0", "1", "2", "4"]
    file = folder / "oil.asp"
    file.write_text("\r\n".join([*head, *values]) + "\r\n")
    return file


def test_agilent(tmp_path: Path) -> None:
    found = read_spectrum(asp(tmp_path))
    assert found.format == "Agilent .asp"
    np.testing.assert_allclose(found.x, X)
    np.testing.assert_allclose(found.y, Y, atol=1e-6)
    assert (found.x_quantity, found.y_kind) == ("wavenumber", "absorbance")
    assert {note.code for note in found.notes} == {"x-of-format", "kind-assumed"}
    asked = read_spectrum(asp(tmp_path), y_kind="absorbance", x_quantity="wavenumber")
    assert [note for note in asked.notes if note.level == "doubt"] == []


def test_agilent_that_is_cut_or_odd(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="70 points are promised, and 68 are there"):
        read_spectrum(asp(tmp_path, count=70))
    values = [f"{value:.6f}" for value in Y]
    values[10:12] = ["****", "1.#QNAN"]
    found = read_spectrum(asp(tmp_path, y=values))
    assert np.isnan(found.y).sum() == 2
    assert np.isnan(found.y[[10, 11]]).all()
    (lost,) = (note for note in found.notes if note.level == "loss")
    assert lost.code == "points-without-value"
    assert "2" in lost.text


@pytest.mark.parametrize("text", ["1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n", "68\n0.1\n0.2\n" * 9])
def test_other_columns_of_numbers_are_not_agilents(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.asp").write_text(text)
    with pytest.raises(InputError):
        read_spectrum(tmp_path / "a.asp")


SIG = """/*** Spectra Vista SIG Data ***/
name= leaf.sig
instrument= HI: 1 (HR-1024i)
units= Radiance, Radiance
data=
"""


def sig(folder: Path, rows: list[str]) -> Path:
    (folder / "leaf.sig").write_text(SIG + "\n".join(rows) + "\n")
    return folder / "leaf.sig"


def row(x: float, percent: float) -> str:
    return f"{x:.1f}  {1000 + x:.2f}  {10 * percent:.2f}  {percent:.2f}"


def test_spectra_vista_joins_detectors_and_says_so(tmp_path: Path) -> None:
    first, second = np.arange(400.0, 1001.0, 2.0), np.arange(980.0, 1300.0, 4.0)
    file = sig(tmp_path, [*(row(x, 20.0) for x in first), *(row(x, 30.0) for x in second)])
    found = read_spectrum(file)
    assert (found.x_quantity, found.x_unit, found.y_kind) == (
        "wavelength",
        "nm",
        "percent_reflectance",
    )
    assert (np.diff(found.x) > 0).all()
    assert found.x[found.y == 20].max() == 988
    assert found.x[found.y == 30].min() == 992
    (note,) = (note for note in found.notes if note.code == "detectors-joined")
    assert "980 to 1000 nm; they are joined at 990" in note.text
    target = read_spectrum(file, y="target")
    assert (target.y_kind, target.y[0]) == ("intensity", 200)
    assert found.metadata["instrument"] == "HI: 1 (HR-1024i)"


def test_spectra_vista_that_is_damaged_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"'402.0  n/a' is not four numbers|'402.0 n/a'") as told:
        read_spectrum(sig(tmp_path, [row(400, 20), "402.0 n/a", row(404, 20)]))
    assert told.value.place == "line 7"
    (tmp_path / "no.sig").write_text("/*** Spectra Vista SIG Data ***/\nname= a\n")
    with pytest.raises(InputError, match="no table behind data="):
        read_spectrum(tmp_path / "no.sig")


def test_a_series_of_opus_is_many_spectra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    brukeropus: Any = pytest.importorskip("brukeropus")
    x = np.linspace(4000.0, 600.0, 50)
    series = np.stack([n / 10 * np.exp(-(((x - 1700) / 80) ** 2)) for n in range(1, 6)])
    block = SimpleNamespace(x=x, y=series, label="Absorbance", params=SimpleNamespace(dxu="WN"))
    monkeypatch.setattr(
        brukeropus, "OPUSFile", lambda path: SimpleNamespace(all_data_keys=["a"], a=block)
    )
    data = opus.MAGIC + bytes(4 * series.size)
    first = opus.read_opus(tmp_path / "series.0", data)
    np.testing.assert_allclose(first.y, series[0])
    (note,) = (note for note in first.notes if note.code == "spectra-not-taken")
    assert "5 spectra" in note.text
    third = opus.read_opus(tmp_path / "series.0", data, "3")
    np.testing.assert_allclose(third.y, series[2])
    with pytest.raises(InputError, match="no spectrum '9'"):
        opus.read_opus(tmp_path / "series.0", data, "9")


@pytest.mark.parametrize("form", [(",", "."), (";", ","), ("\t", ".")])
@pytest.mark.parametrize("corner", ["sample", "Wavenumber (cm-1)", ""])
def test_spectra_in_rows(tmp_path: Path, form: tuple[str, str], corner: str) -> None:
    delimiter, point = form
    x = np.arange(4000.0, 600.0, -4.0)  # its first row is longer than what is looked into first
    rows = [[corner, *(f"{v:.1f}" for v in x)]]
    for number in (1, 2, 3):
        y = number * (0.02 + 0.5 * np.exp(-(((x - 1740) / 60) ** 2)))
        rows.append([f"s{number}", *(f"{v:.5f}" for v in y)])
    file = tmp_path / "rows.csv"
    file.write_text("\n".join(delimiter.join(row) for row in rows).replace(".", point) + "\n")
    found = read_spectrum(file, y="s2", y_kind="absorbance")
    np.testing.assert_allclose(found.x, x)
    np.testing.assert_allclose(
        found.y, 2 * (0.02 + 0.5 * np.exp(-(((x - 1740) / 60) ** 2))), atol=1e-5
    )
    assert found.x_quantity == "wavenumber"
    assert "spectra-in-rows" in {note.code for note in found.notes}
    every = read_spectra(file, y_kind="absorbance")
    assert [s.name for s in every] == ["s1", "s2", "s3"]
    assert [round(float(s.y.max() / 0.52), 3) for s in every] == [1, 2, 3]


def test_rows_without_a_word_are_all_spectra(tmp_path: Path) -> None:
    """Other rows are no other choice of y, so that they cost no confidence."""
    x = np.arange(4000.0, 650.0, -4.0)
    band = np.exp(-(((x - 1700) / 30) ** 2))
    rows = [["sample", *map(str, x)]]
    rows += [[name, *map(str, 0.02 + size * band)] for name, size in (("s1", 0.3), ("s2", 0.6))]
    path = tmp_path / "plate.csv"
    path.write_text("\n".join(",".join(row) for row in rows))
    first = read_spectrum(path)
    assert first.confidence >= 0.7
    assert "kind-assumed" in {note.code for note in first.notes}
    one, two = read_spectra(path)
    np.testing.assert_allclose([one.y.max(), two.y.max()], [0.32, 0.62], rtol=1e-3)


def test_whole_rows_are_not_taken_for_cut_ones(tmp_path: Path) -> None:
    x = range(4000, 992, -4)  # the last one is the only one of three digits
    rows = [["", *map(str, x)], ["s", *(["0.25"] * 376), *(["0.50"] * 376)]]
    (tmp_path / "a.csv").write_text("\n".join(",".join(row) for row in rows) + "\n")
    found = read_spectrum(tmp_path / "a.csv", y="s", y_kind="absorbance")
    assert "last-line-open" not in {note.code for note in found.notes}


def test_rows_of_other_lengths_are_named(tmp_path: Path) -> None:
    axis = ",".join(map(str, range(400, 450)))
    (tmp_path / "a.csv").write_text(f"x,{axis}\na,{axis}\nb,1,2,3\n")
    with pytest.raises(InputError, match="this row has 4 cells, the first has 51") as told:
        read_spectrum(tmp_path / "a.csv", y="a", y_kind="intensity")
    assert told.value.place == "row 3"


def test_a_table_of_properties_is_not_transposed(tmp_path: Path) -> None:
    columns = ",".join(f"{n}" for n in range(1, 12))
    rows = "\n".join(f"{400 + n},{','.join(['0.5'] * 11)}" for n in range(50))
    (tmp_path / "a.csv").write_text(f"nm,{columns}\n{rows}\n")
    found = read_spectrum(tmp_path / "a.csv", y=2, y_kind="absorbance")
    assert found.x.size == 50


@pytest.mark.parametrize(
    ("header", "x", "nm"),
    [("Wavelength (Å)", 4000.0, 400.0), ("Wavelength (pm)", 500_000.0, 500.0)],
)
def test_unusual_units_of_x_are_brought_to_usual_ones(
    tmp_path: Path, header: str, x: float, nm: float
) -> None:
    rows = "".join(f"{x * (1 + n / 50):.1f},{0.1 + n / 100}\n" for n in range(50))
    (tmp_path / "a.csv").write_text(f"{header},Absorbance\n{rows}", encoding="utf-8")
    found = read_spectrum(tmp_path / "a.csv")
    assert (found.x_quantity, found.x_unit) == ("wavelength", "nm")
    assert found.x[0] == pytest.approx(nm)
    assert "unit-changed" in {note.code for note in found.notes}


def test_a_number_that_was_cut_at_the_end_is_a_doubt(tmp_path: Path) -> None:
    rows = [f"{4000 - 2 * n}.0,{0.05 + n / 1000:.3f}" for n in range(60)]
    whole, cut = "\n".join(["cm-1,Absorbance", *rows]), tmp_path / "cut.csv"
    cut.write_text(whole[:-2])
    assert "last-line-open" in {note.code for note in read_spectrum(cut).notes}
    cut.write_text(whole)
    assert "last-line-open" not in {note.code for note in read_spectrum(cut).notes}
    cut.write_text(whole[:-2] + "\n")
    assert "last-line-open" not in {note.code for note in read_spectrum(cut).notes}


def test_a_minus_sign_is_a_minus(tmp_path: Path) -> None:
    rows = "".join(f"{4000 - 2 * n},\N{MINUS SIGN}0.0{n}\n" for n in range(10, 60))
    (tmp_path / "a.csv").write_text(f"cm-1,Absorbance\n{rows}", encoding="utf-8")
    found = read_spectrum(tmp_path / "a.csv")
    assert found.y[0] == pytest.approx(-0.01)
    assert np.isfinite(found.y).all()
