from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from figmill.engine import (
    Item,
    Ledger,
    Outcome,
    Outputs,
    RunOptions,
    ledger_path,
    repair,
    run,
    stamp,
)
from figmill.engine.rebuild import INPUTS
from figmill.errors import FolderInUseError


def work(item: Item, outputs: Outputs) -> Outcome:
    if item.key == "empty":
        return Outcome.no_data("none")
    carried = stamp(item, "1", files=2)
    for suffix in ("png", "svg"):
        outputs.write(f"x/{item.key}.{suffix}", json.dumps(carried).encode())
    return Outcome.done()


def provenance(path: Path) -> Mapping[str, str] | None:
    try:
        found = json.loads(path.read_bytes())
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


@pytest.fixture
def items(tmp_path: Path) -> list[Item]:
    source = tmp_path / "in.dat"
    source.write_bytes(b"data")
    return [*(Item(key, (source,), {"dpi": 200}) for key in "abc"), Item("empty")]


@pytest.fixture
def out(tmp_path: Path, items: list[Item]) -> Path:
    folder = tmp_path / "out"
    run(items, work, folder, version="1")
    return folder


def test_a_lost_ledger_is_rebuilt(out: Path, items: list[Item]) -> None:
    ledger_path(out).unlink()
    (out / "notes.txt").write_text("mine")
    found = repair(out, provenance)
    assert (found.items, found.files, found.foreign, found.incomplete) == (3, 6, 1, 0)
    assert found.kept is None
    report = run(items, work, out, version="1")
    assert (report.skipped, report.done, report.no_data) == (3, 0, 1)
    assert run(items, work, out, version="1").skipped == 4
    assert run(items, work, out, version="2").done == 3


@pytest.mark.parametrize("damage", [b"", b"not a ledger at all" * 100])
def test_a_damaged_ledger_is_kept_aside(damage: bytes, out: Path, items: list[Item]) -> None:
    ledger_path(out).write_bytes(damage)
    found = repair(out, provenance)
    assert found.kept is not None
    assert found.kept.read_bytes() == damage
    again = repair(out, provenance)
    assert again.kept != found.kept
    assert run(items, work, out, version="1").skipped == 3


def test_a_stale_log_is_not_played_into_the_new_ledger(out: Path) -> None:
    log = ledger_path(out).with_name("ledger.sqlite-wal")
    log.write_bytes(b"left over" * 1000)
    repair(out, provenance)
    with Ledger.read(out) as ledger:
        assert ledger.counts() == {"done": 3}


def test_an_item_with_a_missing_file_runs_again(out: Path, items: list[Item]) -> None:
    (out / "x" / "b.svg").unlink()
    found = repair(out, provenance)
    assert (found.items, found.incomplete) == (2, 1)
    report = run(items, work, out, version="1")
    assert (report.done, report.skipped) == (1, 2)


def test_files_of_different_runs_are_not_mixed(out: Path) -> None:
    path = out / "x" / "a.png"
    carried = json.loads(path.read_text())
    path.write_text(json.dumps({**carried, "figmill:version": "0"}))
    assert repair(out, provenance).incomplete == 1


def test_provenance_that_makes_no_sense(out: Path) -> None:
    for suffix in ("png", "svg"):
        path = out / "x" / f"a.{suffix}"
        path.write_text(json.dumps({**json.loads(path.read_text()), INPUTS: "[[1]]"}))
    assert repair(out, provenance).incomplete == 1


def test_an_input_that_changed_since_is_seen(out: Path, items: list[Item], tmp_path: Path) -> None:
    (tmp_path / "in.dat").write_bytes(b"atad")
    repair(out, provenance)
    assert run(items, work, out, version="1").done == 3


def test_what_is_embedded_is_the_same_everywhere(tmp_path: Path) -> None:
    stamps = []
    for place in ("one", "two"):
        folder = tmp_path / place
        folder.mkdir()
        (folder / "in.dat").write_bytes(b"data")
        stamps.append(stamp(Item("k", (folder / "in.dat",)), "1"))
    assert stamps[0] == stamps[1]
    assert str(tmp_path) not in str(stamps)


def test_a_folder_in_use_is_not_repaired(out: Path) -> None:
    from figmill.engine.lock import folder_lock

    with folder_lock(out), pytest.raises(FolderInUseError):
        repair(out, provenance)


def test_a_dry_run_after_a_repair_plans_what_was_repaired(out: Path, items: list[Item]) -> None:
    ledger_path(out).unlink()
    repair(out, provenance)
    planned = run(items, work, out, version="1", options=RunOptions(dry_run=True, force=True))
    assert (planned.planned, planned.skipped) == (4, 0)
