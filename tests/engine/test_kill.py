"""SIGKILL of the whole run at every labelled point, then one restart."""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from figmill.engine import Ledger
from figmill.engine.fault_injection import LABELS

Victim = Callable[..., Any]
Tree = Callable[[Path], dict[str, bytes]]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    drawn = {}
    for number in range(12):
        data = f"drawn item{number:04}\n".encode() * 100
        drawn[f"a/item{number:04}.txt"] = data
        drawn[f"b/item{number:04}.bin"] = data[::-1]
    return drawn


@pytest.mark.parametrize("isolate", [False, True], ids=["serial", "pool"])
@pytest.mark.parametrize("label", LABELS)
def test_a_killed_run_continues_where_it_was(
    label: str,
    isolate: bool,
    tmp_path: Path,
    victim: Victim,
    tree: Tree,
    expected: dict[str, bytes],
) -> None:
    out = tmp_path / "out"
    # A pool claims and commits several items at once; on a busy machine all of them.
    nth = 1 if isolate and label.endswith(("claim", "commit", "intent")) else 5
    faults = [{"at": label, "nth": nth, "do": "kill-run"}]
    killed = victim(out, faults=faults, isolate=isolate)
    assert killed.returncode == -9, killed.stderr
    _until_quiet(out)
    assert tree(out).items() <= expected.items()
    begun = _lines(f"{out}.starts")
    finished = {line.split()[0] for line in _lines(f"{out}.done")}

    again = victim(out, isolate=isolate)
    assert again.returncode == 0, again.stderr
    progress = out / "progress.json"
    listed = json.loads(progress.read_text())
    assert listed["completed_items"] == [f"item{number:04}" for number in range(12)]
    progress.unlink()
    assert tree(out) == expected
    starts = Counter(_lines(f"{out}.starts"))
    assert all(starts[key] == 1 for key in finished)
    # At most what was in work when it died ran twice.
    assert sum(starts.values()) <= 12 + len(set(begun) - finished)
    with Ledger.read(out) as ledger:
        assert ledger.counts() == {"done": 12}
    assert not list((out / ".figmill").glob("staging/*"))


def test_a_file_is_never_half_there(tmp_path: Path, victim: Victim, tree: Tree) -> None:
    out = tmp_path / "out"
    victim(out, faults=[{"at": "after-write", "nth": 1, "do": "kill-run"}])
    assert tree(out) == {}
    staged = list((out / ".figmill" / "staging").rglob("*.txt"))
    assert len(staged) == 1
    # Cleaned at the start already: this run does not reach its end either.
    victim(out, faults=[{"at": "before-write", "nth": 1, "do": "kill-run"}])
    assert not staged[0].exists()


def test_two_files_of_an_item_are_done_only_together(
    tmp_path: Path, victim: Victim, tree: Tree
) -> None:
    out = tmp_path / "out"
    victim(out, faults=[{"at": "after-rename", "nth": 1, "do": "kill-run"}], count=1)
    assert list(tree(out)) == ["a/item0000.txt"]
    with Ledger.read(out) as ledger:
        assert ledger.counts() == {"running": 1}
    victim(out, count=1)
    assert {"a/item0000.txt", "b/item0000.bin"} <= set(tree(out))


@pytest.mark.parametrize("isolate", [False, True])
def test_an_item_is_not_at_fault_where_the_run_is_killed(
    tmp_path: Path, victim: Victim, isolate: bool
) -> None:
    out = tmp_path / "out"
    fault = {"at": "before-work", "nth": 1, "do": "kill-run"}
    for _ in range(6):
        assert victim(out, faults=[fault], count=3, isolate=isolate).returncode == -9
    last = victim(out, count=3, isolate=isolate)
    assert json.loads(last.stdout)["done"] == 3, last.stderr


def test_an_item_that_the_run_dies_of_is_set_aside(tmp_path: Path, victim: Victim) -> None:
    out = tmp_path / "out"
    for _ in range(5):
        assert victim(out, count=3, fatal="item0000").returncode == -signal.SIGSEGV
    last = victim(out, count=3)
    assert json.loads(last.stdout)["done"] == 2, last.stderr
    with Ledger.read(out) as ledger:
        (failed,) = ledger.failures()
    assert failed.record.key == "item0000"
    assert failed.failure.category == "crash"
    assert "died 5 times" in failed.failure.message


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def _until_quiet(out: Path) -> None:
    # The nursery ends the workers a moment after the run is gone.
    until = time.monotonic() + 10
    while any(_lives(pid) for pid in set(_lines(f"{out}.pids"))):
        assert time.monotonic() < until, "workers outlived their run"
        time.sleep(0.02)


def _lives(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
