"""Output folders that are taken away while a run works in them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from figmill.engine import Item, Outcome, Outputs, RunOptions, events, run
from figmill.errors import OutputError


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
