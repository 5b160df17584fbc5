"""Stopping: Ctrl-C, SIGTERM, cancel() from Python and from other threads."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from figmill.engine import CancelToken, Item, Ledger, Outcome, Outputs, RunOptions, events, run
from figmill.engine.cancel import NOW, signals

PROGRAM = """
import json, os, sys, time
from figmill.engine import *
out, seconds, options = sys.argv[1], float(sys.argv[2]), json.loads(sys.argv[3])
def work(item, outputs):
    open(out + ".begun", "a").write(item.key + "\\n")
    time.sleep(seconds)
    outputs.write(item.key + ".txt", b"x")
    return Outcome.done()
try:
    report = run((Item(f"k{n:02}") for n in range(40)), work, out, version="1",
                 options=RunOptions(progress_json_path="progress.json", **options))
    print(json.dumps({"interrupted": report.interrupted, **report.counts}))
except KeyboardInterrupt:
    print(json.dumps({"raised": True}))
"""


def interrupt(
    out: Path, seconds: float, *numbers: int, **options: Any
) -> tuple[dict[str, Any], float]:
    """Start a run, send it signals once two items have begun, and give its answer."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(out), str(seconds), json.dumps(options)],
        stdout=subprocess.PIPE,
        text=True,
    )
    begun = Path(f"{out}.begun")
    until = time.monotonic() + 20
    while not begun.exists() or len(begun.read_text().split()) < 2:
        assert time.monotonic() < until
        time.sleep(0.01)
    since = time.monotonic()
    for number in numbers:
        process.send_signal(number)
        time.sleep(0.2)
    answer, _ = process.communicate(timeout=30)
    return json.loads(answer), time.monotonic() - since


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_finishes_what_runs(workers: int, number: int, tmp_path: Path) -> None:
    out = tmp_path / "out"
    answer, _ = interrupt(out, 0.3, number, workers=workers)
    begun = Path(f"{out}.begun").read_text().split()
    assert answer["interrupted"] is True
    assert answer["done"] == len(begun) < 40
    listed = json.loads((out / "progress.json").read_text())
    assert listed["completed_items"] == sorted(begun)
    with Ledger.read(out) as ledger:
        assert ledger.runs()[-1].interrupted
        assert ledger.runs()[-1].ended is not None


@pytest.mark.parametrize("workers", [1, 2])
def test_the_second_stops_at_once_and_keeps_everything(workers: int, tmp_path: Path) -> None:
    out = tmp_path / "out"
    answer, seconds = interrupt(out, 5.0 if workers > 1 else 1.5, 2, 2, workers=workers)
    assert seconds < 4
    assert answer["interrupted"] is True
    with Ledger.read(out) as ledger:
        counts = ledger.counts()
        assert counts.get("done", 0) == answer["done"]
        assert "running" not in counts
        assert all(one.interruptions == 0 for one in ledger.items())
    assert not list((out / ".figmill").glob("staging/*"))


@pytest.mark.parametrize("workers", [1, 2])
def test_without_handlers_ctrl_c_is_the_callers(workers: int, tmp_path: Path) -> None:
    out = tmp_path / "out"
    answer, seconds = interrupt(
        out, 0.5, signal.SIGINT, workers=workers, install_signal_handlers=False
    )
    assert answer == {"raised": True}
    assert seconds < 4
    with Ledger.read(out) as ledger:
        assert ledger.runs()[-1].interrupted
        if workers > 1:
            assert "running" not in ledger.counts()


def quick(item: Item, outputs: Outputs) -> Outcome:
    return Outcome.done()


def test_handlers_are_restored(tmp_path: Path) -> None:
    def mine(number: int, frame: object) -> None:
        raise AssertionError

    before = signal.signal(signal.SIGINT, mine)
    try:
        seen = []

        def watch(event: events.Event) -> None:
            seen.append(signal.getsignal(signal.SIGINT))

        run([Item("a")], quick, tmp_path / "a", version="1", listeners=[watch])
        assert seen[0] is not mine
        assert signal.getsignal(signal.SIGINT) is mine
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
        seen.clear()
        options = RunOptions(install_signal_handlers=False)
        run([Item("a")], quick, tmp_path / "b", version="1", options=options, listeners=[watch])
        assert set(seen) == {mine}
    finally:
        signal.signal(signal.SIGINT, before)


def test_handlers_are_restored_after_an_error(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)

    def items() -> Any:
        yield Item("a")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        run(items(), quick, tmp_path, version="1")
    assert signal.getsignal(signal.SIGINT) is before


def test_no_handlers_outside_the_main_thread(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    seen = []

    def inside() -> None:
        with signals(CancelToken(), install=True):
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()
    assert seen == [before]


@pytest.mark.parametrize("workers", [1, 2])
def test_cancelling_from_a_listener(workers: int, tmp_path: Path) -> None:
    cancel = CancelToken()
    told: list[events.Event] = []

    def watch(event: events.Event) -> None:
        told.append(event)
        if isinstance(event, events.ItemFinished):
            cancel.cancel()

    items = (Item(f"k{number:03}") for number in range(500))
    options = RunOptions(workers=workers, cancel=cancel)
    report = run(items, quick, tmp_path, version="1", options=options, listeners=[watch])
    assert report.interrupted
    assert 1 <= report.done < 500
    assert any(isinstance(event, events.Interrupting) for event in told)
    again = run((Item(f"k{number:03}") for number in range(500)), quick, tmp_path, version="1")
    assert again.done + again.skipped == 500
    assert again.skipped == report.done


def test_cancelling_from_another_thread(tmp_path: Path) -> None:
    def slow(item: Item, outputs: Outputs) -> Outcome:
        time.sleep(30)
        return Outcome.done()

    cancel = CancelToken()
    timer = threading.Timer(0.7, lambda: cancel.cancel(now=True))
    timer.start()
    begun = time.monotonic()
    told: list[tuple[str, int]] = []

    def watch(event: events.Event) -> None:
        told.append((type(event).__name__, threading.get_ident()))

    options = RunOptions(workers=2, cancel=cancel)
    items = [Item(f"k{number}") for number in range(9)]
    report = run(items, slow, tmp_path, version="1", options=options, listeners=[watch])
    assert time.monotonic() - begun < 5
    assert (report.interrupted, report.done, report.failed) == (True, 0, 0)
    # Listeners are told in the run's own thread, whoever cancelled.
    assert {ident for _, ident in told} == {threading.get_ident()}
    assert "Interrupting" in {name for name, _ in told}
    with Ledger.read(tmp_path) as ledger:
        assert set(ledger.counts()) <= {"planned"}


def test_a_token_that_was_cancelled_before(tmp_path: Path) -> None:
    cancel = CancelToken()
    cancel.cancel(now=True)
    assert cancel.level == NOW
    report = run([Item("a")], quick, tmp_path, version="1", options=RunOptions(cancel=cancel))
    assert (report.done, report.interrupted) == (0, True)


def test_work_that_is_waiting_to_be_tried_again_is_given_up(tmp_path: Path) -> None:
    cancel = CancelToken()

    def fail(item: Item, outputs: Outputs) -> Outcome:
        raise ValueError

    def watch(event: events.Event) -> None:
        if isinstance(event, events.Retry):
            cancel.cancel()

    for workers in (1, 2):
        options = RunOptions(workers=workers, cancel=cancel, retries={"generic": 5}, backoff_s=20.0)
        begun = time.monotonic()
        run(
            [Item("a")],
            fail,
            tmp_path / str(workers),
            version="1",
            options=options,
            listeners=[watch],
        )
        assert time.monotonic() - begun < 5


def test_the_environment_is_left_alone(tmp_path: Path) -> None:
    before, folder = dict(os.environ), Path.cwd()
    run([Item("a")], quick, tmp_path, version="1", options=RunOptions(isolate=True))
    assert (dict(os.environ), Path.cwd()) == (before, folder)
