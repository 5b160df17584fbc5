"""Tables side by side in a text: a list of peaks beside a spectrum, pairs of x and y."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from figmill.errors import InputError
from figmill.spectra.read.files import read_spectra, read_spectrum

X = np.arange(4000.0, 600.0, -8.0)
Y = 0.02 + 0.8 * np.exp(-(((X - 1740) / 60) ** 2))
X2 = np.arange(3000.0, 900.0, -4.0)
Y2 = 0.03 + 0.5 * np.exp(-(((X2 - 2900) / 90) ** 2))
PEAKS = [("2920.1", "0.61", "CH"), ("1740.2", "1.10", "C=O"), ("1160.3", "0.20", "C-O")]
HEAD = ["wavenumber (cm-1)", "absorbance"]


def lines(*, left: bool, padded: bool, words: int, mark: str, header: bool) -> list[str]:
    """A spectrum with a shorter list of peaks on one of its sides."""
    names = ["Peak", "Height", "Name"][:words]
    out = [mark.join(names + HEAD if left else HEAD + names)] if header else []
    for number, (x, y) in enumerate(zip(X, Y, strict=True)):
        own = [f"{x:.1f}", f"{y:.5f}"]
        listed = list(PEAKS[number][:words]) if number < len(PEAKS) else [""] * words * padded
        out.append(mark.join(listed + own if left else own + listed))
    return out


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("words", [1, 2, 3])
@pytest.mark.parametrize(
    ("left", "padded"), [(False, False), (False, True), (True, True)], ids=["cut", "right", "left"]
)
def test_a_list_of_peaks_beside_a_spectrum_costs_it_no_row(
    tmp_path: Path, mark: str, words: int, left: bool, padded: bool
) -> None:
    file = tmp_path / "s.txt"
    made = lines(left=left, padded=padded, words=words, mark=mark, header=True)
    file.write_text("\n".join(made) + "\n")
    found = read_spectrum(file)
    np.testing.assert_array_equal(found.x, X)
    np.testing.assert_allclose(found.y, Y, atol=1e-5)
    assert (found.x_quantity, found.y_kind) == ("wavenumber", "absorbance")
    assert found.confidence > 0.9
    told = {note.code: note.text for note in found.notes}
    if words > 1:
        assert "filled in 3 rows, are another table" in told["table-left-out"]
    else:
        assert "columns-left-out" in told


def test_without_names_and_with_names_of_the_spectrum_alone(tmp_path: Path) -> None:
    rows = lines(left=False, padded=False, words=2, mark="\t", header=False)
    for head in ([], ["\t".join(HEAD)]):
        file = tmp_path / "s.txt"
        file.write_text("\n".join([*head, *rows]) + "\n")
        found = read_spectrum(file)
        np.testing.assert_array_equal(found.x, X)
        assert "table-left-out" in [note.code for note in found.notes]


def pairs(*, named: bool, cut: bool) -> list[str]:
    """Two spectra of different lengths, each with an x of its own, the longer one first."""
    out = ["cm-1,A (oil 2),cm-1,A (oil 1)"] if named else []
    for number, (x, y) in enumerate(zip(X2, Y2, strict=True)):
        other = f"{X[number]},{Y[number]:.5f}" if number < X.size else ","
        row = f"{x},{y:.5f},{other}"
        out.append(row.rstrip(",") if cut else row)
    return out


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("cut", [True, False])
def test_pairs_of_columns_are_spectra_over_axes_of_their_own(
    tmp_path: Path, named: bool, cut: bool
) -> None:
    file = tmp_path / "s.csv"
    file.write_text("\n".join(pairs(named=named, cut=cut)) + "\n")
    first, second = read_spectra(file, x_quantity="wavenumber", y_kind="absorbance")
    np.testing.assert_array_equal(first.x, X2)
    np.testing.assert_array_equal(second.x, X)
    np.testing.assert_allclose(second.y, Y, atol=1e-5)
    assert read_spectrum(file, y=2).x.size == X.size
    if named:
        assert [first.name, second.name] == ["A (oil 2)", "A (oil 1)"]
        np.testing.assert_array_equal(read_spectrum(file, y="A (oil 1)").x, X)
        assert "spectra-not-taken" in [note.code for note in read_spectrum(file).notes]
        # With x named, columns are counted as the text has them.
        with pytest.raises(InputError, match="no column '5'"):
            read_spectrum(file, x=3, y=5)
        np.testing.assert_allclose(read_spectrum(file, x=3, y=4).y, Y, atol=1e-5)


def test_a_column_of_a_shorter_range_over_the_same_axis_stays_a_column(tmp_path: Path) -> None:
    short = [
        f"{y * x / 4000:.5f}" if n < 100 else "" for n, (x, y) in enumerate(zip(X, Y, strict=True))
    ]
    rows = [f"{x},{y:.5f},{s},{s}" for x, y, s in zip(X, Y, short, strict=True)]
    file = tmp_path / "s.csv"
    file.write_text("\n".join(["cm-1,A (1),A (2),A (3)", *rows]) + "\n")
    assert [s.name for s in read_spectra(file)] == ["A (1)", "A (2)", "A (3)"]
    assert np.isfinite(read_spectrum(file, y=3).y).sum() == 100


def test_two_axes_of_one_spectrum_are_no_pairs(tmp_path: Path) -> None:
    rows = [f"{1e7 / x:.3f},{x},{y:.5f},{y + 1:.5f}" for x, y in zip(X, Y, strict=True)]
    file = tmp_path / "s.csv"
    file.write_text("\n".join(["nm,cm-1,A (1),A (2)", *rows]) + "\n")
    assert len(read_spectra(file)) == 2
    np.testing.assert_array_equal(read_spectrum(file).x, X)
