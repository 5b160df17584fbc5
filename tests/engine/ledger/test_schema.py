"""Ledgers of earlier versions go on, and nothing is drawn again for it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from figmill.engine import (
    Item,
    Ledger,
    Outcome,
    Outputs,
    RunOptions,
    RunReport,
    ledger_path,
    run,
)
from figmill.engine.ledger import schema
from figmill.errors import InputError
from figmill.notes import Note

HERE = Path(__file__).parent
FORMATS = ("png", "pdf")
THEN = 10**18  # the time that all of its files had


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Inputs, outputs and ledger as figmill 0.1.0 left them, of the formats png and pdf."""
    out = tmp_path / "out"
    for path, data in {
        **{tmp_path / "in" / f"{key}.dat": key.encode() for key in "abcd"},
        **{out / "x" / f"{key}.{s}": f"{key} as {s}".encode() for key in "ab" for s in FORMATS},
        **{out / "x" / f"{key}.csv": b"1,2" for key in "ab"},
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, ns=(THEN, THEN))
    ledger_path(out).parent.mkdir()
    text = (HERE / "ledger_v1.sql").read_text(encoding="utf-8")
    with sqlite3.connect(ledger_path(out)) as db:
        db.executescript(text.replace("{IN}", str(tmp_path / "in")))
    db.close()
    return tmp_path


def test_a_ledger_of_version_2_learns_to_keep_notes(tmp_path: Path) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        outputs.write("a.txt", b"a")
        return Outcome.done(notes=[Note.loss("cut", "one is cut")])

    run([Item("a")], work, tmp_path, version="1")
    with sqlite3.connect(ledger_path(tmp_path)) as db:
        db.executescript(
            "DROP TABLE notes; ALTER TABLE earlier DROP COLUMN notes; PRAGMA user_version = 2;"
        )
    db.close()
    with Ledger.read(tmp_path) as ledger:  # a reader changes nothing
        assert list(ledger.all_notes()) == []
    report = run([Item("a")], work, tmp_path, version="1")
    assert (report.skipped, report.losses) == (1, 0)
    report = run([Item("a")], work, tmp_path, version="1", options=RunOptions(force=True))
    assert (report.done, report.losses) == (1, 1)


def go(folder: Path, *formats: str, parts: tuple[str, ...] = (), version: str = "3") -> RunReport:
    def work(item: Item, outputs: Outputs) -> Outcome:
        if item.key == "c":
            raise InputError("not a table", file="c.dat")
        if item.key == "d":
            return Outcome.no_data("all fill")
        for kind in formats:
            part = f"{parts[0]}.{kind}" if parts else kind
            outputs.write(f"x/{item.key}.{kind}", f"{item.key} as {kind}".encode(), part=part)
        outputs.write(f"x/{item.key}.csv", b"1,2")
        return Outcome.done("noted", {"n": 1})

    paths = {key: folder / "in" / f"{key}.dat" for key in "abcd"}
    items = [Item(key, (path,), {"dpi": 200}, parts=parts) for key, path in paths.items()]
    return run(
        items,
        work,
        folder / "out",
        version=f"figmill 0.1.0, toy {version}",
        recipe="toy",
        parts=formats,
        options=RunOptions(log=False),
    )


@pytest.mark.parametrize("formats", [FORMATS, ("png",), ("pdf",)])
@pytest.mark.parametrize("parts", [(), ("bands log",)])
def test_nothing_is_drawn_again(
    folder: Path,
    formats: tuple[str, ...],
    parts: tuple[str, ...],
    tree: Callable[[Path], dict[str, bytes]],
) -> None:
    before = tree(folder / "out")
    for _ in range(2):
        report = go(folder, *formats, parts=parts)
        assert (report.skipped, report.done, report.known_failed) == (4, 0, 1)
        assert report.stale == 0
    assert tree(folder / "out") == before
    with sqlite3.connect(ledger_path(folder / "out")) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
        names = {row[0] for row in db.execute("SELECT name FROM sqlite_master")}
    db.close()
    assert not any(name.startswith("old_") for name in names)


def test_what_a_killed_run_had_begun_is_the_same_item(folder: Path) -> None:
    with sqlite3.connect(ledger_path(folder / "out")) as db:
        db.execute("DELETE FROM items WHERE key = 'b'")
        db.execute(
            "INSERT INTO items (key, position, state, version, parameters, inputs, attempts, run, "
            "at) VALUES ('b', 1, 'running', '', '{}', '[]', 1, 2, 0)"
        )
    db.close()
    assert go(folder, "png", "pdf").done == 1
    with Ledger.read(folder / "out") as ledger:
        assert ledger.counts() == {"done": 2, "failed": 1, "no_data": 1}
        assert {record.recipe for record in ledger.items()} == {"toy"}


def test_a_format_that_is_not_there_yet_is_drawn_beside(folder: Path) -> None:
    report = go(folder, "svg")
    assert (report.done, report.stale) == (2, 0)
    assert {path.suffix for path in (folder / "out" / "x").iterdir()} == {
        ".png", ".pdf", ".csv", ".svg"
    }  # fmt: skip
    # Those of before are out of date once the recipe has changed and only others are drawn.
    report = go(folder, "svg", version="4")
    assert (report.done, report.stale) == (2, 4)


def test_what_it_knew_is_known(folder: Path) -> None:
    with Ledger.read(folder / "out", "toy") as ledger:  # a reader leaves the file as it is
        assert ledger.counts() == {"done": 2, "failed": 1, "no_data": 1}
        assert [key for key, _ in ledger.all_facts()] == ["a", "b"]
        failure = ledger.failure("c")
        assert failure is not None
        assert (failure.category, failure.hint) == ("invalid-input", "Fetch it again.")
        assert [attempt.category for attempt in ledger.attempts("c")] == ["invalid-input"]
        record = ledger.record("a")
        assert record is not None
        assert record.fingerprint.version == "figmill 0.1.0, toy 3"
        assert record.parts == {"*.png", "*.pdf"}
        owner = ledger.owner("x/a.csv")
        assert owner is not None
        assert (owner.recipe, owner.key) == ("toy", "a")
        assert len(ledger.runs()) == 2
        assert ledger.predates_tables
    with Ledger.read(folder / "out", "other") as ledger:
        assert not ledger.predates_tables
    with sqlite3.connect(ledger_path(folder / "out")) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (1,)
    db.close()


def test_an_interrupted_migration_changes_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "_with_parts", lambda *given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        go(folder, "png")
    monkeypatch.undo()
    assert go(folder, "png").skipped == 4
