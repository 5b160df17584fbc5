"""What an item changes in its process is put back before the next one."""

from __future__ import annotations

import gc
import json
import locale
import os
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from figmill.engine import Item, Ledger, Outcome, Outputs, RunOptions, run
from figmill.process_state import ProcessState
from figmill.system import system

# Those of them that this system has.
SIGNALS = [
    getattr(signal, name) for name in ("SIGTERM", "SIGUSR1", "SIGALRM") if hasattr(signal, name)
]


def state() -> dict[str, object]:
    mask = os.umask(0o77)
    os.umask(mask)
    return {
        "folder": str(Path.cwd()),
        "umask": mask,
        "numpy": np.geterr(),
        "handlers": [str(signal.getsignal(n)) for n in SIGNALS],
        "locale": locale.setlocale(locale.LC_ALL),
        "environment": "FIGMILL_TEST_MARK" in os.environ,
        "home": os.environ.get("HOME"),
        "collecting": gc.isenabled(),
        "timer": system.timer_runs(),
    }


def spoil() -> None:
    os.chdir("/")
    os.umask(0o777)
    np.seterr(all="raise")
    for number in SIGNALS:
        signal.signal(number, lambda *_: None)
    for name in ("C.UTF-8", "C"):
        locale.setlocale(locale.LC_ALL, name)
    os.environ["FIGMILL_TEST_MARK"] = "1"
    os.environ.pop("HOME", None)
    gc.disable()
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 30)


def test_all_comes_back() -> None:
    before = state()
    kept = ProcessState()
    spoil()
    assert state() != before
    kept.restore()
    assert state() == before


def test_handlers_are_not_made_enums() -> None:
    # Nine for every item: 13 microseconds in place of 5.
    assert not any(isinstance(one, signal.Handlers) for one in ProcessState()._handlers.values())


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_the_next_item_finds_what_the_first_found(tmp_path: Path, workers: int) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        found = json.loads(json.dumps(state()))
        outputs.write(f"{item.key}.txt", b"x")
        spoil()
        return Outcome.done(facts={"state": found})

    mine = state()
    options = RunOptions(workers=workers, isolate=workers == 1, retries={})
    report = run([Item(f"{n}") for n in range(6)], work, tmp_path, version="1", options=options)
    assert report.done == 6
    assert state() == mine
    with Ledger.read(tmp_path) as ledger:
        found = [facts["state"] for _, facts in ledger.all_facts()]
    assert all(one == found[0] for one in found)
    assert (tmp_path / "5.txt").stat().st_mode & 0o444 == 0o444


@pytest.mark.parametrize("leak", ["threads", "descriptors"])
def test_a_worker_that_leaks_is_replaced_and_loses_nothing(tmp_path: Path, leak: str) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        count = system.open_files()
        running = threading.active_count()
        if leak == "threads":
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        else:
            kept.extend(os.open(os.devnull, os.O_RDONLY) for _ in range(40))
            time.sleep(0.3)
        return Outcome.done(facts={"descriptors": count, "threads": running, "pid": os.getpid()})

    kept: list[int] = []
    options = RunOptions(workers=1, isolate=True, retries={})
    report = run([Item(f"{n}") for n in range(12)], work, tmp_path, version="1", options=options)
    assert (report.done, report.failed) == (12, 0)
    with Ledger.read(tmp_path) as ledger:
        found = [facts for _, facts in ledger.all_facts()]
    assert len({one["pid"] for one in found}) > 3
    if leak == "threads":
        assert {one["threads"] for one in found} == {found[0]["threads"]}
    else:
        assert max(int(str(one["descriptors"])) for one in found) < 200
