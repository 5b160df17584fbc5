"""``figmill notes``, and what a run says of its notes."""

import io
import json
from dataclasses import asdict, replace

import pytest
from PIL import Image

from figmill import NoData, provenance
from figmill.engine import Ledger
from figmill.engine.origin import LONGEST_NOTES, NOTES
from figmill.notes import Note, load

GUESS = Note.doubt("unit-guessed", "it is taken as nm", "line 3")
CUT = Note.loss("rows-cut", "two rows are left out")
PLAIN = Note.info("sorted", "the rows were sorted")
OF = {"sound": (), "told": (PLAIN,), "guessed": (GUESS, PLAIN), "cut": (CUT, GUESS)}


@pytest.fixture
def noting(toys, data, monkeypatch):
    """Four items, of which one has no notes, one an info, two a doubt, one of these a loss."""
    described = toys.ToyRecipe.describe

    def describe(self, item):
        return replace(described(self, item), notes=OF[item.key])

    monkeypatch.setattr(toys.ToyRecipe, "describe", describe)
    data(**dict.fromkeys(OF, "ok"))


def picture(data: bytes) -> bytes:
    return Image.open(io.BytesIO(data)).tobytes()


def go(figmill, job, *more):
    return figmill("run", job, "-p", "0", "--timeout", "0", *more)


def test_a_run_says_how_many_carry_doubts_and_losses_again_when_nothing_is_new(
    figmill, noting, job
) -> None:
    for _ in range(2):
        said = go(figmill, job).stdout
        assert "Of 4 items, 2 (50 %) carry a doubt and 1 (25 %) carry a loss:" in said
        assert "2  doubt  unit-guessed: line 3: it is taken as nm" in said
        assert f"figmill notes {job.parent / 'out'}" in said
        assert "sorted" not in said


def test_strict_makes_them_a_failure_also_when_nothing_is_new(figmill, noting, job) -> None:
    assert go(figmill, job).exit_code == 0
    for more in ((), ("--quiet",), ("--json",)):
        strict = go(figmill, job, "--strict", *more)
        assert strict.exit_code == 1
        assert "(--strict): unit-guessed (2), rows-cut (1)" in strict.stderr
    assert figmill("run", job, "--dry-run", "--strict").exit_code == 0


def test_strict_is_content_with_infos(figmill, toys, data, job, noting, monkeypatch) -> None:
    monkeypatch.setitem(OF, "guessed", (PLAIN,))
    monkeypatch.setitem(OF, "cut", ())
    assert go(figmill, job, "--strict").exit_code == 0


def test_json_of_a_run_tells_them(figmill, noting, job) -> None:
    lines = [json.loads(line) for line in go(figmill, job, "--json").stdout.splitlines()]
    finished = {line["key"]: line for line in lines if line["event"] == "item_finished"}
    assert finished["guessed"]["notes"] == [asdict(GUESS), asdict(PLAIN)]
    assert finished["sound"]["notes"] == []
    summary = lines[-1]
    assert (summary["doubts"], summary["losses"]) == (2, 1)
    assert [(n["code"], n["items"]) for n in summary["notes"]] == [
        ("unit-guessed", 2),
        ("rows-cut", 1),
    ]


def test_notes_by_code_the_gravest_first(figmill, noting, job) -> None:
    go(figmill, job)
    lines = figmill("notes", job.parent / "out").stdout.splitlines()
    assert lines[0] == "3 of 4 items with notes"
    assert [line.split()[:3] for line in lines[3:6]] == [
        ["1", "loss", "rows-cut"],
        ["2", "doubt", "unit-guessed"],
        ["2", "info", "sorted"],
    ]


def test_notes_of_a_code_item_by_item_and_of_a_level(figmill, noting, job) -> None:
    go(figmill, job)
    out = job.parent / "out"
    told = figmill("notes", out, "--code", "unit-guessed").stdout
    assert "2 of 4" in told
    assert [line.split()[:2] for line in told.splitlines()[3:]] == [
        ["doubt", "cut"],
        ["doubt", "guessed"],
    ]
    lines = figmill("notes", out, "--level", "loss", "--json").stdout.splitlines()
    assert [json.loads(line) for line in lines] == [{"recipe": "toy", "key": "cut", **asdict(CUT)}]


def test_unknown_codes_and_levels_are_refused(figmill, noting, job) -> None:
    go(figmill, job)
    out = job.parent / "out"
    result = figmill("notes", out, "--code", "unit-gessed")
    assert result.exit_code == 2
    assert "rows-cut, sorted, unit-guessed" in result.stderr
    assert figmill("notes", out, "--level", "grave").exit_code == 2
    assert (
        "There are no notes"
        in figmill("notes", out, "--level", "info", "--code", "rows-cut").stdout
    )


def test_figures_carry_their_notes_and_a_repair_reads_them_there(figmill, noting, job) -> None:
    go(figmill, job)
    out = job.parent / "out"
    carried = provenance.read(out / "cut.png") or {}
    assert load(carried[NOTES]) == (CUT, GUESS)
    assert NOTES not in (provenance.read(out / "sound.png") or {})
    for file in (out / ".figmill").glob("*.sqlite*"):
        file.unlink()
    (out / ".figmill" / "results.jsonl").unlink()
    figmill("repair", out)
    with Ledger.read(out) as ledger:
        found = {key: noted for _, key, noted in ledger.all_notes()}
    assert found == {"cut": (CUT, GUESS), "guessed": (GUESS, PLAIN), "told": (PLAIN,)}


def test_a_figure_has_room_for_the_gravest_notes(figmill, noting, job, monkeypatch) -> None:
    many = tuple(Note.info("x", f"{n} " + "y" * 900) for n in range(60))
    monkeypatch.setitem(OF, "cut", (*many, CUT))
    go(figmill, job)
    text = (provenance.read(job.parent / "out" / "cut.png") or {})[NOTES]
    assert len(text) <= LONGEST_NOTES
    assert load(text)[0] == CUT
    assert load(text)[-1].code == "notes-cut"


def test_notes_stand_on_the_figure_where_asked_for_also_after_retry(
    figmill, noting, data, job
) -> None:
    out = job.parent / "out"
    go(figmill, job)
    plain = {file.stem: file.read_bytes() for file in out.glob("*.png")}
    assert "4 done" in go(figmill, job, "--notes-on-figure").stdout
    told = {file.stem: file.read_bytes() for file in out.glob("*.png")}
    figures = {key: picture(told[key]) != picture(plain[key]) for key in OF}
    assert figures == {"sound": False, "told": True, "guessed": True, "cut": True}
    assert "4 unchanged" in go(figmill, job, "--notes-on-figure").stdout
    data(cut="zero")
    assert go(figmill, job, "--notes-on-figure").exit_code == 1
    data(cut="ok")
    assert figmill("retry", out).exit_code == 0
    assert (out / "cut.png").read_bytes() == told["cut"]


def test_items_without_data_keep_the_notes_that_say_why(
    figmill, toys, data, job, monkeypatch
) -> None:
    def describe(self, item):
        raise NoData("Nothing is left.", notes=[CUT])

    monkeypatch.setattr(toys.ToyRecipe, "describe", describe)
    data(a="ok")
    assert go(figmill, job, "--strict").exit_code == 1
    with Ledger.read(job.parent / "out") as ledger:
        assert list(ledger.all_notes()) == [("toy", "a", (CUT,))]


def test_small_files_hold_the_same_pixels_and_are_another_figure(figmill, noting, job) -> None:
    out = job.parent / "out"
    go(figmill, job)
    fast = {file.stem: file.read_bytes() for file in out.glob("*.png")}
    assert "4 done" in go(figmill, job, "--compress", "small").stdout
    small = {file.stem: file.read_bytes() for file in out.glob("*.png")}
    assert all(len(small[key]) < len(fast[key]) for key in OF)
    assert all(picture(small[key]) == picture(fast[key]) for key in OF)
    assert "4 unchanged" in go(figmill, job, "--compress", "small").stdout
    assert figmill("retry", out).exit_code == 0
    assert (out / "cut.png").read_bytes() == small["cut"]
    assert "small" in go(figmill, job, "--compress", "tiny").output
