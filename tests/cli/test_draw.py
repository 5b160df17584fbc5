"""``figmill draw``: folders of files of all kinds."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from figmill.chip.synthetic import write_raw
from figmill.engine import Ledger
from figmill.fast.synthetic import write_orbits
from figmill.quicklook.synthetic import write_files

pytest.importorskip("polars")
pytest.importorskip("pycdfpp")


def spectrum(file: Path, header: str = "wavenumber (cm-1),absorbance") -> None:
    x = np.linspace(4000.0, 700.0, 60)
    rows = "".join(f"{at:.2f},{0.1 + np.exp(-(((at - 1700) / 90) ** 2)):.5f}\n" for at in x)
    file.write_text(f"{header}\n{rows}")


@pytest.fixture(scope="session")
def mission(tmp_path_factory) -> Path:
    """CDF files of two missions, made once."""
    folder = tmp_path_factory.mktemp("mission")
    write_files(folder / "other", days=1)
    write_orbits(folder / "fast", orbits=1, survey_records=40, burst_records=40)
    return folder


@pytest.fixture
def mixed(tmp_path: Path, mission: Path, monkeypatch) -> Path:
    """A folder of all kinds, below the current one."""
    monkeypatch.chdir(tmp_path)
    folder = Path("mixed")
    shutil.copytree(mission, folder / "cdf")
    write_raw(Path("raw"))
    (folder / "chip").mkdir()
    for name in ("IVg", "It", "LaserCalibration"):
        shutil.copy(next(iter(sorted(Path("raw").rglob(f"{name}2*.csv")))), folder / "chip")
    (folder / "ir").mkdir()
    spectrum(folder / "ir" / "oil.csv")
    spectrum(folder / "ir" / "oil.txt")
    (folder / "readme.txt").write_text("Dear reader, this is a story.")
    (folder / "trace.csv").write_text("t,I\n" + "".join(f"{n},{n % 7}\n" for n in range(40)))
    spectrum(folder / "numbers.csv", "alpha,beta")
    return folder


def lines(text: str, event: str) -> list[dict]:
    return [one for one in map(json.loads, text.splitlines()) if one["event"] == event]


def test_a_dry_run_says_what_draws_what_and_why(figmill, mixed) -> None:
    result = figmill("draw", mixed, "-o", "figs", "--dry-run")
    assert result.exit_code == 0, result.output
    rows = {line.split("  ")[0].strip(): line for line in result.stdout.splitlines()[::-1]}
    assert "a CDF file named as FAST ESA level 2 files are" in result.stdout
    assert "quicklook would draw it, less surely" in rows["fast"]
    assert "a CDF file" in rows["quicklook"]
    assert "a spectrum as text, over wavenumber" in rows["spectra-each"]
    assert "PyMeasure results of" in rows["chip-runs"]
    assert "PyMeasure results of LaserCalibration, which no plot type draws" in result.stdout
    assert "no word in it says that it is a spectrum" in result.stdout
    assert "no recipe knows its content" in result.stdout
    assert not Path("figs").exists()


def test_json_has_every_file_and_ends_with_one_summary(figmill, mixed) -> None:
    result = figmill("draw", mixed, "-o", "figs", "--dry-run", "--json")
    files = {Path(one["file"]).name: one for one in lines(result.stdout, "file")}
    assert len(files) == sum(path.is_file() for path in mixed.rglob("*"))
    assert files["oil.csv"]["recipe"] == "spectra-each"
    assert files["readme.txt"]["recipe"] is None
    esa = next(one for name, one in files.items() if name.startswith("fa_esa"))
    assert esa["recipe"] == "fast"
    assert esa["others"]["quicklook"] == {"confidence": 0.8, "why": "a CDF file"}
    (summary,) = lines(result.stdout, "summary")
    assert json.loads(result.stdout.splitlines()[-1]) == summary
    assert list(summary["recipes"]) == ["chip-runs", "fast", "quicklook", "spectra-each"]
    nobodys = {name for name, one in files.items() if one["recipe"] is None}
    assert {"readme.txt", "trace.csv", "numbers.csv"} <= nobodys
    assert summary["not_drawn"] == len(nobodys)
    assert summary["planned"] == sum(one["planned"] for one in summary["recipes"].values()) > 0


@pytest.mark.slow
def test_everything_is_drawn_once_into_a_folder_of_its_recipe(figmill, mixed) -> None:
    result = figmill("draw", mixed, "-o", "figs", "-p", "0", "--json")
    assert result.exit_code == 0, result.output
    assert Path("figs/spectra-each/ir/oil.csv.png").is_file()
    assert Path("figs/spectra-each/ir/oil.txt.png").is_file()
    assert len(list(Path("figs/chip-runs/chip").glob("*.png"))) == 2
    assert list(Path("figs/quicklook/cdf/other").glob("*.png"))
    assert not list(Path("figs/quicklook/cdf").rglob("fa_*.png"))
    assert list(Path("figs/fast").rglob("*_pitch-angle_ESA_*.png"))
    (summary,) = lines(result.stdout, "summary")
    assert summary["ok"] is True
    assert summary["failed"] == 0
    again = lines(figmill("draw", mixed, "-o", "figs", "-p", "0", "--json").stdout, "summary")[0]
    assert again["done"] == 0
    assert again["skipped"] == summary["done"] + summary["no_data"]
    # One more file: it alone is drawn.
    spectrum(mixed / "new.csv")
    more = lines(figmill("draw", mixed, "-o", "figs", "-p", "0", "--json").stdout, "summary")[0]
    assert more["done"] == 1


def test_only_the_recipe_that_is_named(figmill, mixed) -> None:
    result = figmill("draw", mixed, "-o", "figs", "-p", "0", "--recipe", "spectra-each", "--json")
    made = sorted(path.name for path in Path("figs").rglob("*.png"))
    # A recipe that is named draws what it is not sure of, too.
    assert {"oil.csv.png", "oil.txt.png"} <= {*made}
    assert [path.name for path in Path("figs").iterdir()] == ["spectra-each"]
    assert list(lines(result.stdout, "summary")[0]["recipes"]) == ["spectra-each"]


def test_recipes_that_cannot_be_asked(figmill, mixed) -> None:
    for name, said in (
        ("own", "does not find its files by itself"),
        ("nope", "there is no recipe"),
    ):
        result = figmill("draw", mixed, "-o", "figs", "--recipe", name)
        assert result.exit_code == 2
        assert said in result.stderr
    assert not Path("figs").exists()


@pytest.fixture
def spectra(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = Path("spectra")
    folder.mkdir()
    for name in ("a.csv", "b.csv"):
        spectrum(folder / name)
    return folder


def test_what_figmill_made_is_not_drawn_again(figmill, spectra) -> None:
    for _ in range(2):
        result = figmill("draw", ".", "-o", "figs", "-p", "0")
        assert result.exit_code == 0, result.output
    assert "the output folder (figs/)" in result.stderr
    assert "2 unchanged" in result.stdout
    # Other output folders of figmill hold tables that look like spectra.
    spectrum(Path("figs") / "spectra-each" / "table.csv")
    shutil.move("figs", "old")
    result = figmill("draw", ".", "-o", "figs", "-p", "0", "--json")
    assert lines(result.stdout, "summary")[0]["done"] == 2
    assert lines(result.stdout, "left_out")


def test_nothing_to_draw(figmill, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("texts").mkdir()
    Path("texts/a.txt").write_text("Dear reader")
    result = figmill("draw", "texts", "-o", "figs")
    assert result.exit_code == 2
    assert "no recipe draws anything of texts" in result.stderr
    assert "no recipe knows its content" in result.stderr
    assert figmill("draw", "nowhere", "-o", "figs").exit_code == 2
    assert not Path("figs").exists()


TWINS = """
from pathlib import Path
from typing import ClassVar
from figmill import Claim, ConfigError, Curve, Description, Drawing, Figure, Item, Panel, Recipe

class One(Recipe):
    name: ClassVar[str] = "one"
    paths: tuple[str, ...]
    @classmethod
    def sniff(cls, path, head):
        return Claim(0.9, "a star") if head.startswith(b"*") else None
    def items(self):
        from figmill.recipes.inputs import find_files
        for key, path, named in find_files(self.paths, (), judge=lambda head, name: ""):
            yield Item(key, inputs=(path,))
    def describe(self, item):
        if item.inputs[0].read_text() == "*bad":
            raise ValueError("it is bad")
        figure = Figure(Panel(Curve([0, 1], [0, 1])), size=(2, 1.5), dpi=50)
        return Description((Drawing(item.key, figure),))

class Two(One):
    name: ClassVar[str] = "two"
    @classmethod
    def sniff(cls, path, head):
        return Claim(0.9, "a sun") if head.startswith(b"*") and b"sun" in head else None

class Picky(One):
    name: ClassVar[str] = "picky"
    @classmethod
    def sniff(cls, path, head):
        return Claim(0.9, "a cross") if head.startswith(b"+") else None
    @classmethod
    def of_files(cls, files):
        raise ConfigError("it needs two crosses.", hint="Bring another one.")
"""
POINTS = "[figmill.recipes]\none = twins:One\ntwo = twins:Two\npicky = twins:Picky\n"


@pytest.fixture
def stars(outside, tmp_path: Path, monkeypatch) -> Path:
    outside("twins", POINTS, twins=TWINS)
    monkeypatch.chdir(tmp_path)
    folder = Path("stars")
    folder.mkdir()
    (folder / "a.dat").write_text("*")
    (folder / "b.dat").write_text("* sun")
    (folder / "c.dat").write_text("*bad")
    return folder


def test_recipes_of_other_packages_and_files_that_two_would_draw(figmill, stars) -> None:
    result = figmill("draw", stars, "-o", "figs", "-p", "0")
    assert result.exit_code == 1  # c is bad
    assert "one (a star) and two (a sun) are equally sure of it" in result.stderr
    assert [path.name for path in Path("figs").rglob("*.png")] == ["a.png"]
    result = figmill("draw", stars, "-o", "figs", "-p", "0", "--recipe", "two")
    assert result.exit_code == 0
    assert Path("figs/two/b.png").is_file()


def test_a_recipe_that_cannot_begin_keeps_no_other_back(figmill, stars) -> None:
    (stars / "d.dat").write_text("+")
    (stars / "c.dat").unlink()
    result = figmill("draw", stars, "-o", "figs", "-p", "0")
    assert result.exit_code == 1
    assert "picky draws nothing: it needs two crosses." in result.stderr
    assert Path("figs/one/a.png").is_file()
    assert not Path("figs/picky").exists()
    alone = figmill("draw", stars, "-o", "figs", "-p", "0", "--recipe", "picky")
    assert alone.exit_code == 2


def test_commands_about_the_output_folder_work_on_those_in_it(figmill, stars) -> None:
    spectrum(stars / "oil.csv")
    figmill("draw", stars, "-o", "figs", "-p", "0")
    status = figmill("status", "figs", "--json")
    assert [Path(json.loads(line)["out"]).name for line in status.stdout.splitlines()] == [
        "one",
        "spectra-each",
    ]
    assert "2 items in figs/one" in figmill("status", "figs").stdout
    assert "it is bad" in figmill("errors", "figs").stdout
    assert "c: would not run" in figmill("why", "figs", "c").stdout
    assert figmill("why", "figs", "nothing").exit_code == 2
    assert figmill("notes", "figs").exit_code == 0
    (stars / "c.dat").write_text("*good")
    result = figmill("retry", "figs", "-p", "0")
    assert result.exit_code == 0, result.output
    with Ledger.read(Path("figs/one")) as ledger:
        assert ledger.counts() == {"done": 2}


def test_a_run_that_is_stopped_begins_no_other_recipe(figmill, stars, monkeypatch) -> None:
    from figmill import mill
    from figmill.engine import RunReport

    spectrum(stars / "oil.csv")
    monkeypatch.setattr(mill, "run", lambda *a, **k: RunReport(interrupted=True, signal=2))
    result = figmill("draw", stars, "-o", "figs", "-p", "0")
    assert result.exit_code == 130
    assert "Not begun: spectra-each." in result.stdout


@pytest.mark.parametrize("name", ["fa_esa_l2_ees_20000128210935_13616_v02.cdf", "day.cdf"])
def test_a_damaged_cdf_file_is_told_and_drawn_by_none(figmill, tmp_path, monkeypatch, name) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    (Path("data") / name).write_bytes(b"\0" * 5000)
    result = figmill("draw", "data", "-o", "figs")
    assert result.exit_code == 2
    assert "it does not begin as CDF files do" in result.stderr
    # Who names the recipe learns it as that file's failure.
    assert figmill("draw", "data", "-o", "figs", "-r", "quicklook", "-p", "0").exit_code == 1


def test_many_files_are_told_before_they_are_looked_into(figmill, spectra, monkeypatch) -> None:
    from figmill.cli import draw

    assert "Looking into" not in figmill("draw", spectra, "-o", "figs", "-n").stderr
    monkeypatch.setattr(draw, "_MANY", 2)
    assert "Looking into 2 files." in figmill("draw", spectra, "-o", "figs", "-n").stderr


def test_files_of_one_name_keep_no_others_back(figmill, stars) -> None:
    (stars / "c.dat").unlink()
    (stars / "b.dat").write_text("*")
    (stars / "B.txt").write_text("*")
    result = figmill("draw", stars, "-o", "figs", "-p", "0")
    assert result.exit_code == 0, result.output
    assert "another file of one has its name, 'b': rename one" in result.stderr
    assert "another file of one has its name, 'B': rename one" in result.stderr
    assert [path.name for path in Path("figs").rglob("*.png")] == ["a.png"]
    (stars / "a.dat").unlink()
    result = figmill("draw", stars, "-o", "figs", "-p", "0")
    assert result.exit_code == 2
    assert "Two files would be drawn as" in result.stderr
