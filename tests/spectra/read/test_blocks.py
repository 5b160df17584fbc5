"""What of a text is one spectrum: stacked spectra, tables after tables, holes, overlaps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from figmill.errors import InputError
from figmill.spectra.read.files import read_spectra, read_spectrum
from figmill.spectra.spectrum import Spectrum

X = np.arange(4000.0, 600.0, -8.0)
FIRST = 0.02 + 0.8 * np.exp(-(((X - 1740) / 60) ** 2))
SECOND = 0.03 + 0.5 * np.exp(-(((X - 2900) / 90) ** 2))
HEAD = "wavenumber (cm-1),absorbance"


def rows(*columns: np.ndarray, delimiter: str = ",") -> list[str]:
    return [delimiter.join(f"{v:.5f}" for v in row) for row in zip(*columns, strict=True)]


def write(folder: Path, *lines: str | list[str], name: str = "s.csv") -> Path:
    flat = [each for line in lines for each in ([line] if isinstance(line, str) else line)]
    file = folder / name
    file.write_text("\n".join(flat) + "\n")
    return file


def codes(spectrum: Spectrum) -> list[str]:
    return [note.code for note in spectrum.notes]


SHIFTED = {
    "titles and headers": (["Sample 1", HEAD], ["Sample 2", HEAD]),
    "headers alone": ([HEAD], [HEAD]),
    "titles alone": ([HEAD], ["Sample 2"]),
    "empty lines": ([HEAD], ["", ""]),
    "nothing": ([HEAD], []),
    "comments": ([HEAD], ["# Sample 2"]),
}


@pytest.mark.parametrize("shift", [0.0, -1.3, 3.9])
@pytest.mark.parametrize("way", [1, -1], ids=["down", "up"])
@pytest.mark.parametrize("form", SHIFTED)
def test_stacked_spectra_are_never_one(tmp_path: Path, form: str, way: int, shift: float) -> None:
    above, between = SHIFTED[form]
    file = write(
        tmp_path,
        above,
        rows(X[::way], FIRST[::way]),
        between,
        rows(X[::way] + shift, SECOND[::way]),
    )
    taken = read_spectrum(file)
    np.testing.assert_allclose(taken.x, X[::way], atol=1e-5)
    np.testing.assert_allclose(taken.y, FIRST[::way], atol=1e-5)
    assert "spectra-not-taken" in codes(taken)
    other = read_spectrum(file, y=2)
    np.testing.assert_allclose(other.x, X[::way] + shift, atol=1e-5)
    np.testing.assert_allclose(other.y, SECOND[::way], atol=1e-5)
    assert [s.x.size for s in read_spectra(file)] == [X.size, X.size]
    if form == "titles and headers":
        np.testing.assert_array_equal(read_spectrum(file, y="sample 2").y, other.y)
        assert [s.name for s in read_spectra(file)] == ["Sample 1", "Sample 2"]
    with pytest.raises(InputError, match="no spectrum '7'"):
        read_spectrum(file, y=7)


def test_a_scan_there_and_back_is_two_spectra(tmp_path: Path) -> None:
    file = write(tmp_path, HEAD, rows(X, FIRST), rows(X[::-1] + 0.7, SECOND[::-1]))
    np.testing.assert_allclose(read_spectrum(file).y, FIRST, atol=1e-5)
    np.testing.assert_allclose(read_spectrum(file, y=2).y, SECOND[::-1], atol=1e-5)


def test_stacked_spectra_beside_a_row_number(tmp_path: Path) -> None:
    both, y = np.concatenate((X, X - 1.3)), np.concatenate((FIRST, SECOND))
    file = write(tmp_path, f"n,{HEAD}", rows(np.arange(both.size), both, y))
    np.testing.assert_allclose(read_spectrum(file).y, FIRST, atol=1e-5)


PEAKS = [(1740.0, 38.2), (2900.0, 21.0), (1160.0, 7.5)]


@pytest.mark.parametrize("peaks", [PEAKS, sorted(PEAKS), sorted(PEAKS)[::-1], PEAKS[:1]])
@pytest.mark.parametrize(
    "head", [["Peak position,Peak area"], ["", "Peaks"], ["", "Peak,Area", ""]]
)
@pytest.mark.parametrize("way", [1, -1], ids=["down", "up"])
def test_a_table_after_the_table_is_not_in_it(tmp_path: Path, head, peaks, way: int) -> None:
    listed = [f"{x},{y}" for x, y in peaks]
    found = read_spectrum(write(tmp_path, HEAD, rows(X[::way], FIRST[::way]), head, listed))
    np.testing.assert_allclose(found.x, X[::way], atol=1e-5)
    assert found.y.max() < 0.83
    (note,) = [note for note in found.notes if note.code == "table-left-out"]
    line = 1 + X.size + len(head) + 1
    assert str(line) in note.text
    assert "rows-unread" not in codes(found)


def test_a_table_of_another_width_is_another(tmp_path: Path) -> None:
    found = read_spectrum(
        write(tmp_path, HEAD, rows(X, FIRST), "Peak,Height,Area", "1740,0.8,38", "1160,0.1,7")
    )
    assert found.x.size == X.size
    assert f"Lines {X.size + 3} to {X.size + 4} are another table" in found.notes[0].text
    assert found.confidence > 0.9


def test_a_peak_list_before_the_spectrum_is_not_it(tmp_path: Path) -> None:
    file = write(tmp_path, "Peak,Area", "1740,38.2", "2900,21", "", HEAD, rows(X, FIRST))
    found = read_spectrum(file)
    assert found.x.size == X.size
    assert found.y.max() < 0.83
    assert (found.x_quantity, found.y_kind) == ("wavenumber", "absorbance")
    assert "table-left-out" in codes(found)


@pytest.mark.parametrize(
    "tail",
    [
        [">>>>>End Processed Spectral Data<<<<<"],
        ["", "blank", "Collection Time: 14/01/2008 17:36:35", "Scan rate (nm/min),600.0", "<End>"],
        ["; from a viewer", "# a comment"],
    ],
)
def test_lines_after_the_table_are_metadata(tmp_path: Path, tail: list[str]) -> None:
    found = read_spectrum(write(tmp_path, HEAD, rows(X, FIRST), tail))
    assert found.x.size == X.size
    assert found.confidence == 1.0
    assert codes(found) == ["lines-after-numbers"]
    if len(tail) > 3:
        assert found.metadata["Scan rate (nm/min)"] == "600.0"


WORDS = ["OVER", "---", "****", "#DIV/0!", "#VALUE!", "1.#QNAN", "-1.#IND", ">3.0", "ND", "< 0.01"]


@pytest.mark.parametrize("word", [*WORDS, "", "ÜBERLAUF", "no light"])
@pytest.mark.parametrize("at", [slice(0, 12), slice(100, 140), slice(-9, None)])
def test_cells_that_are_no_numbers_are_missing_wherever_they_stand(
    tmp_path: Path, word: str, at: slice
) -> None:
    lines = rows(X, FIRST)
    lines[at] = [f"{line.split(',')[0]},{word}" for line in lines[at]]
    found = read_spectrum(write(tmp_path, "Wavenumber (cm-1),%R", lines), y_kind="absorbance")
    np.testing.assert_allclose(found.x, X, atol=1e-5)
    expected = FIRST.copy()
    expected[at] = np.nan
    np.testing.assert_allclose(found.y, expected, atol=1e-5)
    assert "points-without-value" in codes(found)
    assert ("cells-not-numbers" in codes(found)) == (word in ("ÜBERLAUF", "no light"))


def test_the_header_stays_where_the_first_rows_have_no_number(tmp_path: Path) -> None:
    lines = rows(X, 100 * FIRST)
    lines[:40] = [f"{line.split(',')[0]},???!" for line in lines[:40]]
    found = read_spectrum(write(tmp_path, "Wavenumber (cm-1),%R", lines))
    assert (found.x[0], found.y_kind, int(np.isnan(found.y).sum())) == (
        4000.0,
        "percent_reflectance",
        40,
    )


def test_a_last_row_that_is_cut_short_is_told(tmp_path: Path) -> None:
    file = write(tmp_path, HEAD, rows(X, FIRST), "592.0")
    found = read_spectrum(file)
    assert found.x.size == X.size + 1
    assert np.isnan(found.y[-1])
    assert {"points-without-value", "cells-not-numbers"} <= set(codes(found))


def test_detectors_that_overlap_are_cut_in_the_middle(tmp_path: Path) -> None:
    """400..1000 and 980..1900, in steps of 2: 991 is the first point of the second detector."""
    x = np.concatenate((np.arange(400.0, 1001.0, 2.0), np.arange(980.0, 1901.0, 2.0)))
    y = np.concatenate((np.full(301, 0.2), np.full(461, 0.3))) + 1e-5 * x
    for way in (1, -1):
        found = read_spectrum(write(tmp_path, "Wavelength (nm),R", rows(x[::way], y[::way])))
        up = found.ascending()
        np.testing.assert_allclose(up.x, np.arange(400.0, 1901.0, 2.0))
        np.testing.assert_allclose(
            up.y - 1e-5 * up.x, np.where(up.x < 990 + way, 0.2, 0.3), atol=2e-5
        )
        (note,) = [n for n in found.notes if n.code == "detectors-overlap"]
        assert "at 990" in note.text
        assert "11 rows" in note.text


def test_a_row_out_of_place_is_still_sorted(tmp_path: Path) -> None:
    lines = rows(X, FIRST)
    lines.insert(200, lines.pop(20))
    found = read_spectrum(write(tmp_path, HEAD, lines))
    np.testing.assert_allclose(found.x, X, atol=1e-5)
    np.testing.assert_allclose(found.y, FIRST, atol=1e-5)
    assert "rows-sorted" in codes(found)


def test_zero_bytes_that_pad_a_header_are_left_out(tmp_path: Path) -> None:
    file = tmp_path / "s.ttt"
    head = b"Spectrometer: A1" + b"\0" * 40 + b"\r\nWave   ;Transmittance\r\n[nm]   ;[%]\r\n"
    x = np.arange(190.0, 600.0)
    file.write_bytes(head + "\r\n".join(rows(x, x / 10, delimiter=";")).encode())
    found = read_spectrum(file)
    assert (found.x_quantity, found.y_kind) == ("wavelength", "percent_transmittance")
    np.testing.assert_allclose(found.y, x / 10)
    assert codes(found) == ["zero-bytes-left-out"]


@pytest.mark.parametrize(
    ("cells", "head"),
    [
        (lambda x, y: f'"{x:.1f}","{y:.5f}"'.replace(".", ","), '"Wellenzahl","Extinktion"'),
        (lambda x, y: f'"{x:,.1f}",{y:.5f}', "Wavenumber,Absorbance"),
        (lambda x, y: f'"{x:,.0f}",{y:.5f}', "Wavenumber,Absorbance"),
        (lambda x, y: f"{x:,.1f},{y:.5f}".replace(",", "\u00a0", int(x >= 1000)), HEAD),
        (lambda x, y: f"{x:,.1f};{y:.5f}".replace(",", "'"), "Wellenzahl;Extinktion"),
    ],
)
def test_quoted_and_grouped_numbers(tmp_path: Path, cells, head: str) -> None:
    lines = [cells(x, y) for x, y in zip(X, FIRST, strict=True)]
    found = read_spectrum(write(tmp_path, head, lines))
    np.testing.assert_allclose(found.x, X)
    np.testing.assert_allclose(found.y, FIRST, atol=1e-5)


def test_names_may_be_parted_by_more_tabs_than_numbers(tmp_path: Path) -> None:
    file = write(tmp_path, "#Raman shift\t\t#Intensity", rows(X[::-1], SECOND, delimiter="\t"))
    found = read_spectrum(file)
    assert (found.x_quantity, found.y_kind) == ("raman_shift", "intensity")
