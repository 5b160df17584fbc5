"""Output folders that are taken away while a run works in them."""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from figmill.engine import Item, Ledger, Outcome, Outputs, RunOptions, events, recorder, run
from figmill.engine.presence import Presence
from figmill.errors import OutputError
from figmill.system import system

BY_HANDLE = pytest.mark.linux_way("a folder without a descriptor is found by its path")


def go(out: Path, at_third: Callable[[], object]) -> None:
    """Let something happen just after the third item is committed, before that is told further."""
    done = 0

    def work(item: Item, outputs: Outputs) -> Outcome:
        outputs.write(f"{item.key}.txt", b"drawn")
        return Outcome.done()

    def watch(event: events.Event) -> None:
        nonlocal done
        done += isinstance(event, events.ItemFinished)
        if done == 3 and isinstance(event, events.ItemFinished):
            at_third()

    items = [Item(f"k{number}") for number in range(6)]
    options = RunOptions(progress_json_path="progress.json", flush_batch_size=1, log_flush_s=0.01)
    run(items, work, out, version="1", options=options, listeners=[watch])


def test_a_folder_that_was_removed_is_not_made_again(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(OutputError, match="removed, moved or replaced"):
        go(out, lambda: shutil.rmtree(out))
    time.sleep(0.05)  # the logs have a thread of their own
    assert not out.exists()


def test_nothing_is_written_into_a_folder_that_took_its_place(tmp_path: Path) -> None:
    out, away = tmp_path / "out", tmp_path / "away"

    def replace() -> None:
        out.rename(away)
        staged = out / ".figmill" / "staging" / "7-run"
        staged.mkdir(parents=True)
        (staged / "drawing.png").write_text("of another run")

    with pytest.raises(OutputError, match="removed, moved or replaced"):
        go(out, replace)
    time.sleep(0.05)
    assert [p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()] == [
        ".figmill/staging/7-run/drawing.png"
    ]
    assert (away / "k0.txt").read_bytes() == b"drawn"


@pytest.mark.parametrize(
    ("own", "replaced", "first"),
    [
        (False, False, 1),
        (True, False, 2),
        *(pytest.param(*one, marks=BY_HANDLE) for one in ((False, True, 2), (True, True, 1))),
    ],
)
def test_whenever_a_folder_is_moved_nothing_is_made_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: bool, replaced: bool, first: int
) -> None:
    require = Presence.require
    looks, turn = 0, threading.Lock()

    def move_after(at: int, target: Path, away: Path) -> Callable[[Presence], None]:
        def look(presence: Presence) -> None:
            nonlocal looks
            require(presence)
            with turn:  # the logs have a thread of their own
                looks += 1
                if looks == at:  # just after somebody has seen that all is well
                    target.rename(away)
                    if replaced:
                        target.mkdir()
                        (target / "mine").write_text("mine")

        return look

    for at in range(first, 1000, 2):
        out, away = tmp_path / f"out{at}", tmp_path / f"away{at}"
        target = out / ".figmill" if own else out
        looks = 0
        monkeypatch.setattr(Presence, "require", move_after(at, target, away))
        # Without an error it came when nothing was to be written any more, or not at all.
        with contextlib.suppress(OutputError):
            draw(out)
        left = {path.name for path in target.iterdir()} if target.exists() else None
        if looks < at:
            break
        assert left == ({"mine"} if replaced else None), at
    assert at > 8


def draw(out: Path) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        outputs.write(f"of/{item.key}.txt", b"drawn")
        return Outcome.done()

    run(
        [Item("a"), Item("b")],
        work,
        out,
        version="1",
        options=RunOptions(
            progress_json_path="state/progress.json", flush_batch_size=1, log_flush_s=0.01
        ),
        shared=lambda ledger: [("tables/all.csv", b"a,b")],
    )


def test_an_item_is_not_blamed_for_a_folder_that_went_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, away = tmp_path / "out", tmp_path / "away"
    publish = recorder.publish

    def without_a_folder(*given: Any, **named: Any) -> Any:
        out.rename(away)
        return publish(*given, **named)

    monkeypatch.setattr(recorder, "publish", without_a_folder)
    with pytest.raises(OutputError, match="removed, moved or replaced"):
        draw(out)
    away.rename(out)
    monkeypatch.setattr(recorder, "publish", publish)
    with Ledger.read(out) as ledger:
        assert ledger.counts().get("failed", 0) == 0
    draw(out)
    with Ledger.read(out) as ledger:
        assert ledger.counts() == {"done": 2}


def test_a_run_leaves_no_descriptor_open(tmp_path: Path) -> None:
    draw(tmp_path / "first")  # what libraries keep
    before = system.open_files()
    for number in range(3):
        draw(tmp_path / str(number))
        gone = tmp_path / f"gone{number}"
        with pytest.raises(OutputError):
            go(gone, partial(shutil.rmtree, gone))
    assert system.open_files() == before
