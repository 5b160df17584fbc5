"""Spectra by themselves, without a baseline."""

from pathlib import Path

import numpy as np
import pytest

from figmill import mill
from figmill.engine import RunOptions
from figmill.read.readers import Readers
from figmill.spectra import each
from figmill.spectra.each import SpectraEachRecipe
from figmill.spectra.read import files

pytest.importorskip("polars")

X = np.linspace(4000.0, 700.0, 400)
Y = np.exp(-(((X - 1700.0) / 40.0) ** 2))


def write(file: Path, header: str, x=X, y=Y) -> Path:
    rows = "\n".join(f"{a:.3f},{b:.6f}" for a, b in zip(x, y, strict=True))
    file.write_text(f"{header}\n{rows}\n" if header else f"{rows}\n", encoding="utf-8")
    return file


def claim(file: Path):
    return SpectraEachRecipe.sniff(file, file.read_bytes()[:4096])


def test_a_figure_has_the_values_of_its_file(tmp_path: Path) -> None:
    file = write(tmp_path / "oil.csv", "wavenumber (cm-1),absorbance")
    recipe = SpectraEachRecipe(paths=(str(file),))
    (item,) = recipe.items()
    (drawing,) = recipe.describe(item).drawings
    ((panel,),) = drawing.figure.panels
    (curve,) = panel.layers
    np.testing.assert_allclose(curve.x, X, atol=5e-4)
    np.testing.assert_allclose(curve.y, Y, atol=5e-7)
    assert panel.x.reverse
    assert (panel.x.label, panel.y.label) == ("Wavenumber", "Absorbance")


def test_two_exports_of_one_spectrum_have_a_figure_each(tmp_path: Path) -> None:
    write(tmp_path / "oil.csv", "wavenumber (cm-1),absorbance")
    write(tmp_path / "oil.txt", "wavenumber (cm-1),absorbance")
    recipe = SpectraEachRecipe(paths=(str(tmp_path),), dpi=40)
    assert [item.key for item in recipe.items()] == ["oil.csv", "oil.txt"]
    assert mill.run(recipe, tmp_path / "out", options=RunOptions()).done == 2
    assert sorted(path.name for path in (tmp_path / "out").glob("*.png")) == [
        "oil.csv.png",
        "oil.txt.png",
    ]


def test_tables_are_claimed_by_their_words(tmp_path: Path) -> None:
    spectrum = claim(write(tmp_path / "a.csv", "wavenumber (cm-1),absorbance"))
    assert (spectrum.confidence, spectrum.why) == (0.7, "a spectrum as text, over wavenumber")
    only_y = claim(write(tmp_path / "b.csv", "channel,absorbance"))
    assert only_y.confidence == 0.6
    assert "only its values say" in only_y.why
    trace = claim(write(tmp_path / "c.csv", "t (s),I (A)", np.arange(400.0), Y))
    assert trace is None or trace.confidence < 0.5
    slow = claim(write(tmp_path / "e.csv", "t,I", np.linspace(0.0, 10.0, 400), np.arange(400.0)))
    assert slow is None or slow.confidence < 0.5  # a time of 0 to 10 is not a wavenumber
    bare = claim(write(tmp_path / "d.csv", ""))
    assert bare.confidence < 0.5
    assert "no word in it" in bare.why


def test_a_long_header_is_looked_through(tmp_path: Path) -> None:
    above = "\n".join(f"# line {n} of a long story" for n in range(400))
    file = write(tmp_path / "a.txt", f"{above}\nwavenumber (cm-1),absorbance")
    assert claim(file).confidence == 0.7


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "latin-1"])
def test_texts_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    file = write(tmp_path / "a.txt", "# Öl, heiß\nwavenumber (cm-1),absorbance")
    text = file.read_text(encoding="utf-8")
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    file.write_bytes(mark + text.encode(encoding))
    assert claim(file).confidence == 0.7


def test_binary_formats_are_claimed_by_their_bytes(tmp_path: Path) -> None:
    file = tmp_path / "a.dat"
    file.write_text("##TITLE=oil\n##JCAMP-DX=4.24\n##DATA TYPE=INFRARED SPECTRUM\n")
    assert claim(file).why == "a spectrum: JCAMP-DX"
    file.write_bytes(bytes(range(256)) * 20)
    assert claim(file) is None


LAMP = """
import numpy as np
from figmill.spectra.spectrum import Spectrum

class LampReader:
    format = "lamp"
    gives = "spectrum"

    def sniff(self, head, name):
        return 1.0 if head.startswith(b"LAMP1") else 0.0

    def read(self, path, which=None):
        y = np.frombuffer(path.read_bytes()[5:], "<i4").astype(float)
        return Spectrum(200.0 + np.arange(y.size), y, "wavelength", "nm", "intensity", path.stem)
"""


def test_files_of_a_reader_from_outside_are_found_and_drawn(
    outside, figmill, tmp_path: Path, monkeypatch
) -> None:
    outside("lamps", "[figmill.readers]\nlamp = lamp_of_test:LampReader\n", lamp_of_test=LAMP)
    # Readers are looked for once a process.
    fresh = Readers("spectrum", files.OWN)
    monkeypatch.setattr(files, "READERS", fresh)
    monkeypatch.setattr(each, "READERS", fresh)
    monkeypatch.chdir(tmp_path)
    Path("mixed").mkdir()
    Path("mixed/day1.bin").write_bytes(b"LAMP1" + np.arange(9, dtype="<i4").tobytes())
    Path("mixed/other.bin").write_bytes(b"LAMP2" + bytes(40))
    result = figmill("draw", "mixed", "-o", "figs", "-p", "0")
    assert result.exit_code == 0, result.output
    assert "a spectrum: lamp" in result.stderr
    assert [path.as_posix() for path in Path("figs").rglob("*.png")] == [
        "figs/spectra-each/day1.bin.png"
    ]


def test_a_spectrum_without_a_value_has_no_data(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("wavenumber (cm-1),absorbance\n" + "".join(f"{x},nan\n" for x in X))
    report = mill.run(SpectraEachRecipe(paths=(str(file),)), tmp_path / "out", options=RunOptions())
    assert (report.done, report.failed + report.no_data) == (0, 1)
