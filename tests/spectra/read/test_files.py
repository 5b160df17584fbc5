"""Which reader takes a file, and which files of a folder are spectra."""

from __future__ import annotations

import importlib
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from figmill.errors import ConfigError, InputError
from figmill.read.readers import Readers
from figmill.spectra import SpectraRecipe
from figmill.spectra.files import problem_of
from figmill.spectra.read import files
from figmill.spectra.read.files import read_spectrum
from figmill.spectra.read.opus import MAGIC
from figmill.spectra.reading import find

GUIDE = Path(__file__).parents[3] / "docs" / "guide" / "spectra.md"
TABLE = "\n".join(f"{4000 - n},{n / 100}" for n in range(60))


def block(kind: str, words: str) -> str:
    found = re.findall(rf"```{kind}\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    return str(next(text for text in found if words in text))


@pytest.fixture
def lamp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, install: Callable[[Path, str, str], None]
) -> Path:
    """The guide's reader, installed; a folder with a file of its format."""
    site, folder = tmp_path / "site", tmp_path / "in"
    folder.mkdir()
    points = block("toml", "figmill.readers").replace("project.entry-points.", "").replace('"', "")
    install(site, "lamps", points.replace("[figmill.readers]", "[figmill.readers]\nbad = lamp_x:Y"))
    (site / "lamp_reader.py").write_text(block("python", "LampReader"))
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(__import__("sys").modules, "lamp_reader", raising=False)
    importlib.invalidate_caches()
    monkeypatch.setattr(files, "READERS", Readers("spectrum", files.OWN))
    (folder / "day1.lamp").write_bytes(b"LAMP1" + np.arange(9, dtype="<i4").tobytes())
    return folder


def test_the_reader_of_the_guide(lamp: Path) -> None:
    spectrum = files.read_spectrum(lamp / "day1.lamp")
    assert (spectrum.format, spectrum.x[0], spectrum.y[-1]) == ("lamp", 200.0, 8.0)
    assert [file.key for file in find(str(lamp))] == ["day1"]
    (lamp / "short.csv").write_bytes(b"LAMP1")
    with pytest.raises(InputError, match="it holds no spectrum"):
        files.read_spectrum(lamp / "short.csv")
    (lamp / "table.csv").write_text("wavenumber,absorbance\n" + TABLE)
    assert files.read_spectrum(lamp / "table.csv").format != "lamp"
    (note,) = files.READERS.notes()  # the broken one of that package disables itself alone
    assert note.place == "bad"
    assert "lamps" in note.text


def test_mistakes_of_a_packages_reader_are_those_of_one_file(
    lamp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader: Any = files.reader_of(b"LAMP1")
    for made, words in (
        (lambda self, path: 1 / 0, "lamp reader of lamps .* failed: ZeroDivisionError"),
        (lambda self, path: "text", "gave a str, not a Spectrum"),
    ):
        monkeypatch.setattr(type(reader), "read", made)
        with pytest.raises(InputError, match=words):
            files.read_spectrum(lamp / "day1.lamp")


def test_a_folder_is_searched_by_content(tmp_path: Path) -> None:
    opus = MAGIC + bytes(60)
    for name in ("a.0", "a.3", "a.10", "a.0000", "a.001", "noext"):
        (tmp_path / name).write_bytes(opus)
    for name in ("b.asc", "c.sed", "d.csv", "e.txt"):
        (tmp_path / name).write_text(TABLE)
    (tmp_path / "f.txt").write_bytes(b"\xcd\xf3\x00\x01\x00\x00\xff\xff" + bytes(400))
    (tmp_path / "notes.log").write_text("Dear reader,\nthe lamp was changed.\n")
    (tmp_path / "empty.csv").touch()  # taken, so that it fails and is told
    (tmp_path / "empty.log").touch()
    (tmp_path / "packed.zip").write_bytes(b"PK\x03\x04" + bytes(400))
    (tmp_path / "deeper").mkdir()
    found = find(str(tmp_path))
    opus_files = {"a.0", "a.3", "a.10", "a.0000", "a.001", "noext"}
    texts = {"b.asc", "c.sed", "d.csv", "e.txt", "empty.csv"}
    assert {file.path.name for file in found} == opus_files | texts
    (left,) = found.left_out
    assert left.reasons == {
        "of no format of spectra": 2,
        "of text without a table of numbers": 1,
        "that are empty": 1,
        "folders": 1,
    }


def test_a_run_says_what_it_left_out(tmp_path: Path, figmill: Callable[..., Any]) -> None:
    pytest.importorskip("polars")
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("base.csv", "b.asc"):
        (folder / name).write_text("wavenumber,absorbance\n" + TABLE)
    (folder / "notes.log").write_text("Dear reader")
    asked = (
        "spectra",
        "compare",
        "-b",
        folder / "base.csv",
        folder,
        "-o",
        tmp_path / "out",
        "-p",
        0,
    )
    done = figmill(*asked, "--json")
    assert done.exit_code == 0, done.output
    assert '"event": "left_out"' in done.output.replace('":"', '": "')
    assert "of text without a table of numbers" in done.output
    assert (tmp_path / "out" / "b_vs_base.png").is_file()
    shutil.rmtree(tmp_path / "out")
    assert "1 of text without a table of numbers (notes.log)" in figmill(*asked).output
    (folder / "b.asc").unlink()
    (folder / "base.csv").rename(tmp_path / "base.csv")
    with pytest.raises(ConfigError, match="holds no spectra"):
        SpectraRecipe(baseline=str(tmp_path / "base.csv"), samples=(str(folder),)).files()


def test_a_file_that_cannot_be_a_spectrum_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty.csv").touch()
    (tmp_path / "large.csv").write_bytes(b"0123456789")
    os.mkfifo(tmp_path / "pipe.csv")
    monkeypatch.setattr(files, "MAX_BYTES", 9)
    for name, words in (
        ("gone.csv", "there is no such file"),
        ("", "this is a folder"),
        ("empty.csv", "the file is empty"),
        ("large.csv", "the file has 0 MiB"),
        ("pipe.csv", "a named pipe, not a regular file"),
    ):
        with pytest.raises(InputError, match=words):
            files.read_bytes(tmp_path / name)
        assert words in problem_of(tmp_path / name)


def test_the_head_of_a_file_alone(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"0123456789")
    assert files.read_bytes(tmp_path / "a.csv", 4) == b"0123"
    assert files.read_bytes(tmp_path / "a.csv") == b"0123456789"


@pytest.mark.parametrize("form", ["text", "jcamp"])
def test_one_rule_for_all_formats(tmp_path: Path, form: str) -> None:
    """Percentages of thousands are refused, unless the user says what they are."""
    pairs = [(200.0 + n, 2500.0 + 40 * n) for n in range(60)]
    if form == "text":
        text = "Wavelength (nm),Transmission (%)\n" + "".join(f"{x},{y}\n" for x, y in pairs)
    else:
        rows = "".join(f"{x} {y}\n" for x, y in pairs)
        text = (
            "##TITLE=t\n##JCAMP-DX=5.0\n##XUNITS=NANOMETERS\n##YUNITS=Transmission (%)\n"
            f"##NPOINTS=60\n##XYPOINTS=(XY..XY)\n{rows}##END=\n"
        )
    file = tmp_path / "s.any"
    file.write_text(text)
    with pytest.raises(InputError, match="score 60 of 100") as caught:
        read_spectrum(file)
    assert "--y-kind" in caught.value.hint
    assert read_spectrum(file, y_kind="intensity").confidence >= 0.9
    assert read_spectrum(file, accept_low=True).confidence < 0.7


def test_a_hint_asks_for_nothing_that_was_given(tmp_path: Path) -> None:
    file = tmp_path / "s.csv"
    file.write_text("p,q,s\n" + "".join(f"{n},{n % 7},{n % 5}\n" for n in range(2000, 2050)))
    with pytest.raises(InputError) as caught:
        read_spectrum(file, x_quantity="wavenumber")
    assert "--x-quantity" not in caught.value.hint
    assert "--y" in caught.value.hint
