"""A ledger that is lost, damaged, newer or sound: what a repair makes of each."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from figmill.engine import (
    Item,
    Ledger,
    Outcome,
    Outputs,
    Repair,
    RunOptions,
    RunReport,
    ledger_path,
    repair,
    run,
    stamp,
    stamp_of,
)
from figmill.engine.fingerprint import canonical
from figmill.engine.ledger import sidecar
from figmill.engine.ledger.schema import VERSION as SCHEMA
from figmill.engine.lock import folder_lock
from figmill.engine.origin import FACTS, INPUTS, ITEM, VERSION
from figmill.errors import FolderInUseError, LedgerError, OutputError
from figmill.notes import Note

TABLE = b"x,y\n1,2\n"
DATA = {"c": TABLE}


def drawn(formats: tuple[str, ...]) -> Callable[[Item, Outputs], Outcome]:
    """A work function: two figures an item, a table for item c, facts."""

    def work(item: Item, outputs: Outputs) -> Outcome:
        if item.key == "empty":
            return Outcome.no_data("There is nothing.")
        facts = {"n": item.key * int(item.parameters.get("long", 1))}
        names = [f"x/{item.key}-{n}" for n in (1, 2)]
        data = {f"x/{item.key}.csv": TABLE} if item.key == "c" else {}
        notes = (Note.doubt("guessed", "it may be 2", f"line {len(item.key)}"),)
        origin = stamp(item, "1", recipe="r", figures=names, data=data, facts=facts, noted=notes)
        for name in names:
            for kind in formats:
                carried = json.dumps({**origin, **stamp_of(name, kind)}).encode()
                outputs.write(f"{name}.{kind}", carried, part=kind)
        for name, text in data.items():
            outputs.write(name, text)
        return Outcome.done("It is done.", facts, notes)

    return work


def provenance(path: Path) -> Mapping[str, str] | None:
    try:
        found = json.loads(path.read_bytes())
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def go(
    out: Path, items: list[Item], formats: tuple[str, ...] = ("png", "pdf"), **options: bool
) -> RunReport:
    return run(
        items,
        drawn(formats),
        out,
        version="1",
        recipe="r",
        parts=formats,
        options=RunOptions(**options),  # type: ignore[arg-type]
    )


def contents(out: Path) -> dict[str, tuple[object, ...]]:
    """All that the ledger knows but when."""
    with Ledger.read(out) as ledger:
        return {
            record.key: (
                record.index,
                record.state,
                record.fingerprint,
                sorted(record.outputs, key=lambda one: one.path),
                record.parts,
                record.message,
                record.source,
                ledger.facts_text(record),
                ledger.notes_text(record),
                ledger.earlier(record),
            )
            for record in ledger.items()
        }


def without(out: Path, what: str) -> None:
    match what:
        case "deleted":
            ledger_path(out).unlink()
        case "cut":
            os.truncate(ledger_path(out), 5000)
        case "empty":
            os.truncate(ledger_path(out), 0)
        case "garbage":
            ledger_path(out).write_bytes(b"not a ledger at all" * 100)
        case "garbage within":
            with ledger_path(out).open("r+b") as file:
                file.seek(4096)
                file.write(b"\xaa" * 8192)
        case "all deleted":
            shutil.rmtree(out / ".figmill")


@pytest.fixture
def items(tmp_path: Path) -> list[Item]:
    source = tmp_path / "in.dat"
    source.write_bytes(b"data")
    return [*(Item(key, (source,), {"dpi": 200}) for key in "bac"), Item("empty")]


@pytest.fixture
def out(tmp_path: Path, items: list[Item]) -> Path:
    folder = tmp_path / "out"
    go(folder, items)
    return folder


def alone(out: Path) -> None:
    """Leave the figures alone to tell of the results."""
    without(out, "all deleted")


@pytest.mark.parametrize("what", ["deleted", "cut", "empty", "garbage", "garbage within"])
def test_the_notes_beside_it_restore_all_of_a_ledger(
    what: str, out: Path, items: list[Item]
) -> None:
    before = contents(out)
    without(out, what)
    damaged = ledger_path(out).read_bytes() if what != "deleted" else b""
    found = repair(out, provenance)
    assert found == Repair(4, 13, 0, 0, 0, {"sidecar": 4}, False, found.kept)
    assert contents(out) == before
    if what == "deleted":
        assert found.kept is None
    else:
        assert found.kept is not None
        assert found.kept.read_bytes() == damaged
    assert go(out, items).counts["skipped"] == 4


def test_figures_alone_restore_items_tables_and_facts(out: Path, items: list[Item]) -> None:
    before = contents(out)
    alone(out)
    (out / "notes.txt").write_text("mine")
    found = repair(out, provenance)
    assert found == Repair(3, 13, 0, 1, 0, {"figures": 3}, False, None)
    again = go(out, items)
    assert (again.done, again.no_data, again.skipped) == (0, 1, 3)
    after = contents(out)
    # The message alone is not in the files.
    assert {key: (*one[:5], *one[6:]) for key, one in after.items() if key != "empty"} == {
        key: (*one[:5], *one[6:]) for key, one in before.items() if key != "empty"
    }


def test_without_engine_provenance_the_notes_do(tmp_path: Path) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        if item.key != "facts":
            outputs.write(f"{item.key}.txt", b"plain")
        return Outcome.done("", {"key": item.key})

    items = [Item("a"), Item("b"), Item("facts")]
    run(items, work, tmp_path, version="1")
    before = contents(tmp_path)
    without(tmp_path, "garbage")
    assert repair(tmp_path, provenance).known == {"sidecar": 3}
    assert contents(tmp_path) == before
    assert run(items, work, tmp_path, version="1").skipped == 3


def test_earlier_files_are_restored_with_their_options(
    out: Path, items: list[Item], tmp_path: Path
) -> None:
    other = [Item("a", (tmp_path / "in.dat",), {"dpi": 300})]
    go(out, other, ("png",))
    before = contents(out)["a"]
    assert before[-1]  # the pdf of 200 dpi
    for loss in (lambda: without(out, "deleted"), lambda: alone(out)):
        loss()
        repair(out, provenance)
        after = contents(out)["a"]
        assert after[4] == before[4] == frozenset({"png"})
        assert [(one.part, one.outputs, one.stale) for one in after[-1]] == [  # type: ignore[attr-defined]
            (one.part, one.outputs, one.stale)
            for one in before[-1]  # type: ignore[attr-defined]
        ]
        assert go(out, other, ("png",)).skipped == 1
        assert go(out, [items[1]], ("pdf",)).skipped == 1
        assert go(out, other, ("png",)).skipped == 1


@pytest.mark.parametrize("loss", ["deleted", "all deleted"])
def test_complete_formats_are_restored_and_others_run_again(
    loss: str, out: Path, items: list[Item]
) -> None:
    (out / "x" / "b-1.pdf").unlink()
    without(out, loss)
    found = repair(out, provenance)
    assert found.incomplete == 1
    with Ledger.read(out) as ledger:
        record = ledger.record("b")
        assert record is not None
        assert (record.state, record.parts) == ("done", frozenset({"png"}))
        assert [one.whole for one in ledger.earlier(record)] == [False]
    again = go(out, items[:3], ("png",))
    assert (again.skipped, again.ok) == (3, True)
    full = go(out, items[:3])
    assert (full.done, full.skipped, full.failed) == (1, 2, 0)


@pytest.mark.parametrize("loss", ["deleted", "all deleted"])
@pytest.mark.parametrize("table", [b"x,y\n1,3\n", b"", None])
def test_an_item_without_its_table_runs_again(
    table: bytes | None, loss: str, out: Path, items: list[Item]
) -> None:
    path = out / "x" / "c.csv"
    if table is None:
        path.unlink()
    else:
        path.write_bytes(table)
    without(out, loss)
    assert repair(out, provenance).incomplete == 1
    again = go(out, items[:3], overwrite=True)
    assert (again.done, again.skipped, again.failed) == (1, 2, 0)
    assert path.read_bytes() == TABLE


def test_a_figure_that_was_altered_is_not_believed(out: Path, items: list[Item]) -> None:
    path = out / "x" / "a-1.png"
    path.write_text(json.dumps({**json.loads(path.read_text()), "Title": "other"}))
    without(out, "deleted")
    assert repair(out, provenance).incomplete == 1
    again = go(out, items)
    assert (again.done, again.skipped) == (1, 3)


@pytest.mark.parametrize("loss", ["deleted", "all deleted"])
def test_copies_are_left_alone(loss: str, out: Path, items: list[Item]) -> None:
    (out / "paper").mkdir()
    for to in ("paper/a-1.png", "x/best.pdf"):
        shutil.copy(out / "x" / "a-1.png", out / to)
    shutil.copy(out / "x" / "c.csv", out / "paper")
    without(out, loss)
    found = repair(out, provenance)
    assert (found.copies, found.foreign, found.incomplete) == (2, 1, 0)
    assert go(out, items[:3]).skipped == 3
    assert (out / "paper" / "a-1.png").exists()


def test_facts_that_are_too_large_for_a_figure_run_again(out: Path, items: list[Item]) -> None:
    long = [Item("a", (), {"long": 5000}), items[0]]
    go(out, long)
    alone(out)
    assert repair(out, provenance).incomplete == 1
    again = go(out, long)
    assert (again.done, again.skipped) == (1, 1)
    with Ledger.read(out) as ledger:
        assert ledger.facts("a") == {"n": "a" * 5000}


def test_what_was_pruned_does_not_come_back(out: Path) -> None:
    from figmill.engine import prune

    prune(out, ["a", "empty"], remove_files=True)
    without(out, "deleted")
    found = repair(out, provenance)
    assert (found.items, found.incomplete) == (2, 0)
    assert contents(out).keys() == {"b", "c"}


def test_a_name_that_passed_to_another_item_is_its_own(tmp_path: Path) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        outputs.write(str(item.parameters["name"]), b"same")
        return Outcome.done()

    def exchange(a: str, b: str) -> list[Item]:
        return [Item("a", (), {"name": a}), Item("b", (), {"name": b})]

    run(exchange("1", "2"), work, tmp_path, version="1")
    run(exchange("2", "3"), work, tmp_path, version="1")
    without(tmp_path, "deleted")
    repair(tmp_path, provenance)
    assert run(exchange("2", "3"), work, tmp_path, version="1").skipped == 2
    assert run(exchange("2", "3"), work, tmp_path, version="2").done == 2


def test_what_was_in_work_when_the_notes_were_shortened_keeps_its_files(
    out: Path, items: list[Item], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Ledger.open(out, "r") as ledger, ledger.transaction():
        ledger.claim("a", 1, run=1, attempt=1, running=False)
    monkeypatch.setattr(sidecar, "ROOM", 0)
    notes = out / ".figmill" / sidecar.FILE
    notes.write_bytes(notes.read_bytes() * 20)
    go(out, [items[0]], force=True)
    assert len(notes.read_bytes().splitlines()) == 4
    without(out, "deleted")
    assert repair(out, provenance).items == 4
    assert go(out, items).skipped == 4


# A sound ledger


def test_a_sound_ledger_stays_and_is_compared_with_the_files(out: Path) -> None:
    before = ledger_path(out).stat().st_ino, contents(out)
    (out / "notes.txt").write_text("mine")
    assert repair(out, provenance) == Repair(4, 13, 0, 1, 0, {"ledger": 4}, True, None)
    (out / "x" / "a-1.png").write_text("altered")
    (out / "x" / "b-1.png").unlink()
    found = repair(out, provenance)
    assert (found.items, found.incomplete, found.sound) == (2, 2, True)
    assert (ledger_path(out).stat().st_ino, contents(out)) == before
    assert list(ledger_path(out).parent.glob("*damaged*")) == []


def test_a_sound_ledger_is_given_what_it_does_not_know(out: Path, items: list[Item]) -> None:
    without(out, "deleted")
    go(out, [Item("new")])
    found = repair(out, provenance)
    assert found.known == {"ledger": 1, "sidecar": 4}
    assert go(out, [*items, Item("new")]).skipped == 5
    alone(out)
    go(out, [Item("new")], force=True, overwrite=True)
    assert repair(out, provenance).known == {"ledger": 1, "figures": 3}


def test_what_was_being_published_stays_for_the_next_run(out: Path) -> None:
    staged = out / ".figmill" / "staging" / "1-ab" / "1-1.png"
    staged.parent.mkdir(parents=True)
    staged.write_bytes(b"waits")
    text = json.dumps({"recipe": "r", "key": "a"})
    with Ledger.open(out, "r") as ledger, ledger.transaction():
        ledger.intend([text])
    (out / "x" / "a-1.png").write_text("half published")
    found = repair(out, provenance)
    assert (found.sound, found.incomplete) == (True, 0)
    assert staged.read_bytes() == b"waits"
    with Ledger.read(out) as ledger:
        assert [content for _, content in ledger.intents()] == [text]


def test_an_older_ledger_is_migrated(out: Path) -> None:
    shutil.rmtree(out / ".figmill")
    ledger_path(out).parent.mkdir()
    with sqlite3.connect(ledger_path(out)) as db:
        for statement in OLD.split(";"):
            db.execute(statement)
    db.close()
    found = repair(out, lambda path: None)
    assert (found.sound, found.kept, found.known) == (True, None, {"ledger": 1})
    with Ledger.read(out) as ledger:
        (record,) = ledger.items()
        assert (record.recipe, record.parts) == ("toy", frozenset({"*.png"}))


OLD = f"""
CREATE TABLE items (key TEXT PRIMARY KEY, position INTEGER NOT NULL, state TEXT NOT NULL,
    version TEXT NOT NULL, parameters TEXT NOT NULL, inputs TEXT NOT NULL,
    outputs TEXT NOT NULL DEFAULT '[]', imported INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0, interruptions INTEGER NOT NULL DEFAULT 0,
    category TEXT NOT NULL DEFAULT '', message TEXT NOT NULL DEFAULT '',
    seconds REAL NOT NULL DEFAULT 0, peak_memory INTEGER NOT NULL DEFAULT 0,
    run INTEGER NOT NULL, at REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX unfinished ON items (state);
CREATE TABLE failures (key TEXT PRIMARY KEY, hint TEXT, error_type TEXT, traceback TEXT);
CREATE TABLE attempts (key TEXT, run INTEGER, attempt INTEGER, at REAL, seconds REAL,
    category TEXT, message TEXT);
CREATE INDEX attempts_of ON attempts (key);
CREATE TABLE owners (path TEXT PRIMARY KEY, key TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE facts (key TEXT PRIMARY KEY, facts TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE states (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE runs (id INTEGER PRIMARY KEY, started REAL NOT NULL, ended REAL,
    version TEXT NOT NULL, workers INTEGER NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL,
    interrupted INTEGER NOT NULL DEFAULT 0, counts TEXT NOT NULL DEFAULT '{{}}');
INSERT INTO items (key, position, state, version, parameters, inputs, run, at)
    VALUES ('a', 0, 'done', 'figmill 0.1.0, toy 1, png', '{{}}', '[]', 1, 0);
PRAGMA user_version = 1;
PRAGMA application_id = {0x4669674D}
"""


# A newer one, or one that cannot be used


@pytest.mark.parametrize("cut", [False, True])
def test_a_newer_ledger_is_set_aside_only_when_asked(
    cut: bool, out: Path, items: list[Item]
) -> None:
    with sqlite3.connect(ledger_path(out)) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    db.close()
    if cut:
        os.truncate(ledger_path(out), 6000)
    before = ledger_path(out).read_bytes()
    with pytest.raises(LedgerError, match=r"newer figmill.*--discard-newer"):
        repair(out, provenance)
    assert ledger_path(out).read_bytes() == before
    found = repair(out, provenance, discard_newer=True)
    assert found.kept is not None
    assert (found.kept.name, found.kept.read_bytes()) == ("ledger.sqlite.newer-1", before)
    assert go(out, items).skipped == 4


def test_what_is_in_the_log_is_kept_with_the_old_ledger(out: Path) -> None:
    without(out, "garbage")
    log = ledger_path(out).with_name("ledger.sqlite-wal")
    log.write_bytes(b"left over" * 1000)
    found = repair(out, provenance)
    assert found.kept is not None
    assert found.kept.with_name(f"{found.kept.name}-wal").read_bytes() == b"left over" * 1000
    with Ledger.read(out) as ledger:
        assert ledger.counts() == {"done": 3, "no_data": 1}


def test_each_damaged_ledger_gets_a_name_of_its_own(out: Path) -> None:
    kept = []
    for _ in range(2):
        without(out, "garbage")
        kept.append(repair(out, provenance).kept)
    assert [path and path.name for path in kept] == [
        "ledger.sqlite.damaged-1",
        "ledger.sqlite.damaged-2",
    ]


def test_a_ledger_that_another_program_holds_is_not_set_aside(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from figmill.engine.ledger import rebuild

    def busy(path: Path) -> sqlite3.Connection:
        error = sqlite3.OperationalError("database is locked")
        error.sqlite_errorcode = sqlite3.SQLITE_BUSY
        raise error

    before = contents(out)
    with monkeypatch.context() as patch:
        patch.setattr(rebuild, "connect_reading", busy)
        with pytest.raises(LedgerError, match="locked"):
            repair(out, provenance)
    assert contents(out) == before


def test_notes_that_are_a_link_are_not_followed_and_nothing_is_lost(out: Path) -> None:
    without(out, "garbage")
    notes = out / ".figmill" / sidecar.FILE
    notes.rename(out.parent / "elsewhere")
    notes.symlink_to(out.parent / "elsewhere")
    with pytest.raises(OutputError, match="link"):
        repair(out, provenance)
    assert ledger_path(out).read_bytes().startswith(b"not a ledger")


def test_a_folder_in_use_is_not_repaired(out: Path) -> None:
    with folder_lock(out), pytest.raises(FolderInUseError):
        repair(out, provenance)


# What figures say that does not fit together


def test_files_of_different_runs_are_not_mixed(out: Path) -> None:
    alone(out)
    path = out / "x" / "a-1.png"
    path.write_text(json.dumps({**json.loads(path.read_text()), VERSION: "0"}))
    assert repair(out, provenance).incomplete == 1
    assert contents(out)["a"][4] == frozenset({"pdf"})


@pytest.mark.parametrize("name", [INPUTS, FACTS])
def test_provenance_that_makes_no_sense(name: str, out: Path, items: list[Item]) -> None:
    alone(out)
    for path in (out / "x").glob("a-*"):
        path.write_text(json.dumps({**json.loads(path.read_text()), name: "[[1]]"}))
    assert repair(out, provenance).incomplete == 1
    again = go(out, items[:3])
    assert (again.done, again.skipped, again.failed) == (1, 2, 0)


def test_pipes_and_links_are_foreign(out: Path) -> None:
    alone(out)
    os.mkfifo(out / "pipe")
    (out / "link.png").symlink_to(out / "x" / "a-1.png")
    found = repair(out, provenance)
    assert (found.items, found.foreign, found.copies) == (3, 2, 0)


def test_an_input_that_changed_since_is_seen(out: Path, items: list[Item], tmp_path: Path) -> None:
    (tmp_path / "in.dat").write_bytes(b"atad")
    for loss in ("deleted", "all deleted"):
        without(out, loss)
        repair(out, provenance)
        assert go(out, items, dry_run=True).planned == (3 if loss == "deleted" else 4)


def old(item: str, kind: str, formats: str, files: int) -> str:
    """What a figure of figmill 0.1 carried."""
    return json.dumps(
        {
            ITEM: item,
            VERSION: f"figmill 0.1.0, toy 1, {formats}",
            "figmill:parameters": canonical({"dpi": 200}),
            INPUTS: "[]",
            "figmill:files": str(files),
            "Title": kind,
        }
    )


def test_old_figures_with_a_count_are_still_read(tmp_path: Path) -> None:
    for kind in ("png", "pdf"):
        (tmp_path / f"a.{kind}").write_text(old("a", kind, "png pdf", 2))
    (tmp_path / "b.png").write_text(old("b", "png", "png", 2))
    (tmp_path / "c.png").write_text(old("c", "png", "png", 1))
    (tmp_path / "c.svg").write_text(old("c", "svg", "svg", 1))
    found = repair(tmp_path, provenance)
    assert (found.items, found.incomplete, found.foreign) == (2, 1, 0)
    listed = [Item(key, parameters={"dpi": 200}) for key in "abc"]
    report = run(
        listed,
        drawn(("png",)),
        tmp_path,
        version="figmill 0.1.0, toy 1",
        recipe="toy",
        parts=("png",),
        options=RunOptions(dry_run=True),
    )
    assert (report.skipped, report.planned) == (2, 1)


def test_a_dry_run_after_a_repair_plans_what_was_repaired(out: Path, items: list[Item]) -> None:
    without(out, "deleted")
    repair(out, provenance)
    planned = go(out, items, dry_run=True, force=True)
    assert (planned.planned, planned.skipped) == (4, 0)


def test_after_a_repair_by_figures_items_are_in_the_order_of_the_list_again(
    out: Path, items: list[Item]
) -> None:
    alone(out)
    repair(out, provenance)
    go(out, items)
    with Ledger.read(out) as ledger:
        assert [key for key, _ in ledger.all_facts()] == ["b", "a", "c"]
