"""What is written as JCAMP-DX is read back as it was, by figmill and by a second reader."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from figmill import mill
from figmill.engine import RunOptions
from figmill.spectra.each import SpectraEachRecipe
from figmill.spectra.jcamp_writer import jcamp_of
from figmill.spectra.read.files import read_spectrum
from figmill.spectra.read.jcamp import read_jcamp
from figmill.spectra.spectrum import Spectrum, YKind

X = np.linspace(4000.1234567, 650.7654321, 67)
Y = 0.1 + np.exp(-(((X - 1740) / 60) ** 2)) / 3


@pytest.mark.parametrize("kind", get_args(YKind))
def test_a_kind_is_read_back_as_it_was(kind: YKind) -> None:
    y = 90 * Y if kind.startswith("percent") else Y
    made = read_jcamp(Path("a.jdx"), jcamp_of(Spectrum(X, y, y_kind=kind, name="a")))
    np.testing.assert_array_equal(made.x, X)
    np.testing.assert_array_equal(made.y, y)
    assert made.y_kind == kind
    assert [n for n in made.notes if n.level == "doubt" and n.code != "kind-unknown"] == []


@pytest.mark.parametrize(
    ("quantity", "unit"),
    [("wavenumber", "cm-1"), ("raman_shift", "cm-1"), ("wavelength", "nm"), ("wavelength", "um")],
)
def test_an_axis_is_read_back_as_it_was(quantity: str, unit: str) -> None:
    y = Y.copy()
    y[3] = np.nan
    made = Spectrum(X, y, quantity, unit, "intensity", y_name="Counts")  # type: ignore[arg-type]
    found = read_jcamp(Path("a.jdx"), jcamp_of(made))
    assert (found.x_quantity, found.x_unit) == (quantity, unit)
    np.testing.assert_array_equal(found.y, y)
    assert found.y_name == "Counts"


def test_a_second_reader_agrees() -> None:
    jcamp = pytest.importorskip("jcamp")
    found = jcamp.jcamp_read(jcamp_of(Spectrum(X, Y, name="a")).decode().splitlines())
    np.testing.assert_array_equal(found["x"], X)
    np.testing.assert_array_equal(found["y"], Y)


def test_a_title_cannot_break_out_of_its_line() -> None:
    text = jcamp_of(Spectrum(X, Y, name="a\n##END=\n$$ b")).decode()
    assert text.splitlines()[0] == "##TITLE=a ##END= $ $ b"


def test_plot_exports_what_it_draws(tmp_path: Path) -> None:
    rows = "\n".join(f"{a!r},{b!r}" for a, b in zip(X.tolist(), Y.tolist(), strict=True))
    (tmp_path / "oil.csv").write_text(f"cm-1,absorbance\n{rows}\n")
    recipe = SpectraEachRecipe(paths=(str(tmp_path / "oil.csv"),), dpi=40, export=("csv", "jdx"))
    out = tmp_path / "out"
    assert mill.run(recipe, out, options=RunOptions(workers=0, log=False)).ok
    for suffix in ("csv", "jdx"):
        found = read_spectrum(out / "data" / f"oil.csv.{suffix}")
        order = np.argsort(-found.x)
        np.testing.assert_array_equal(found.x[order], X)
        np.testing.assert_array_equal(found.y[order], Y)
        assert found.y_kind == "absorbance"
