"""Faults of worker processes: each fails its own item, in its own category, and nothing else."""

from __future__ import annotations

import ctypes
import logging
import os
import random
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from figmill.engine import Item, Ledger, Outcome, Outputs, RunOptions, RunReport, events, run
from figmill.engine.pool.worker import Hello, _Server
from figmill.engine.recorder import Recorder
from figmill.engine.task import Result, Task
from figmill.errors import EngineError
from figmill.system import system

FAST = {"backoff_s": 0.01, "grace_s": 0.3}


def draw(item: Item, outputs: Outputs) -> Outcome:
    """Do what the payload says, then write one file."""
    if callable(item.payload):
        item.payload()
    outputs.write(f"{item.key}.txt", item.key.encode())
    return Outcome.done()


def batch(out: Path, payloads: dict[int, Any], count: int = 20, **options: Any) -> RunReport:
    items = (Item(f"k{number:03}", payload=payloads.get(number)) for number in range(count))
    chosen: dict[str, Any] = {"workers": 2, **FAST, **options}
    return run(items, draw, out, version="1", options=RunOptions(**chosen))


def short() -> None:
    time.sleep(0.001)


def segfault() -> None:
    ctypes.string_at(0)


def endless_c() -> None:
    # One call that never returns to the interpreter.
    ctypes.CDLL(None).pause()
    while True:
        sum(range(10**9))


def deaf() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)


def stopped() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def hungry() -> None:
    kept = []
    while True:
        kept.append(b"x" * (20 << 20))
        time.sleep(0.005)


def hungry_child() -> None:
    code = "kept = [b'x' * (400 << 20)]; import time; time.sleep(60)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("trouble", "category", "says"),
    [
        (segfault, "crash", "SIGSEGV"),
        (lambda: os._exit(3), "crash", "code 3"),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "crash", "SIGKILL"),
        (lambda: sys.exit(4), "generic", "SystemExit: 4"),
        (lambda: 1 / 0, "divide-by-zero", "division by zero"),
        (lambda: list("")[1], "generic", "IndexError"),
        (lambda: open("/no/such/file"), "invalid-input", "No such file"),  # noqa: SIM115, PTH123
        (lambda: (_ for _ in ()).throw(MemoryError()), "memory", "MemoryError"),
    ],
)
def test_trouble_fails_its_item_alone(
    trouble: Callable[[], None], category: str, says: str, tmp_path: Path
) -> None:
    report = batch(tmp_path, {7: trouble}, retries={})
    assert (report.done, report.failed) == (19, 1)
    (failed,) = report.failures
    assert (failed.key, failed.index, failed.failure.category) == ("k007", 7, category)
    assert says in failed.failure.message
    assert sorted(path.name for path in tmp_path.glob("*.txt")) == [
        f"k{number:03}.txt" for number in range(20) if number != 7
    ]


@pytest.mark.parametrize("hang", [endless_c, deaf, stopped, lambda: time.sleep(60)])
def test_a_hang_ends_at_its_deadline(hang: Callable[[], None], tmp_path: Path) -> None:
    begun = time.monotonic()
    report = batch(tmp_path, {3: hang}, timeout_s=0.5, retries={})
    assert (report.done, report.failed) == (19, 1)
    assert report.failures[0].failure.category == "timeout"
    assert time.monotonic() - begun < 5


def test_a_timeout_shows_where_it_hung(tmp_path: Path) -> None:
    report = batch(tmp_path, {0: endless_c}, count=1, timeout_s=0.4, retries={})
    assert "endless_c" in report.failures[0].failure.traceback


def test_a_segfault_shows_where_it_was(tmp_path: Path) -> None:
    report = batch(tmp_path, {0: segfault}, count=1, retries={})
    assert "in segfault" in report.failures[0].failure.traceback


@pytest.mark.parametrize("eater", [hungry, hungry_child])
def test_a_worker_over_its_memory_ends_its_own_item(
    eater: Callable[[], None], tmp_path: Path
) -> None:
    report = batch(tmp_path, {3: eater}, memory_limit=300 << 20, retries={})
    assert (report.done, report.failed) == (19, 1)
    failure = report.failures[0].failure
    assert failure.category == "memory"
    assert "allowed are 300 MiB" in failure.message
    with Ledger.read(tmp_path) as ledger:
        record = ledger.record("k003")
    assert record is not None
    assert record.peak_memory > 300 << 20


def test_who_makes_room_for_others_is_tried_again_without_an_attempt(tmp_path: Path) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        kept = b"x" * (250 << 20)
        time.sleep(0.7)
        return Outcome.done(str(len(kept)))

    options = RunOptions(workers=4, batch_memory_limit=650 << 20, retries={})
    report = run([Item(f"{n}") for n in range(8)], work, tmp_path, version="1", options=options)
    assert (report.done, report.failed) == (8, 0)
    with Ledger.read(tmp_path) as ledger:
        assert {record.attempts for record in ledger.items()} == {1}


def test_the_batch_limit_ends_the_largest(tmp_path: Path) -> None:
    report = batch(tmp_path, {3: hungry}, batch_memory_limit=500 << 20, retries={})
    assert (report.done, report.failed) == (19, 1)
    assert report.failures[0].failure.category == "memory"


def test_a_result_that_cannot_travel(tmp_path: Path) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        return Outcome.done(facts={"thing": threading.Lock()})  # type: ignore[dict-item]

    report = run([Item("a")], work, tmp_path, version="1", options=RunOptions(isolate=True))
    assert report.failures[0].failure.category == "generic"
    assert "not JSON values" in report.failures[0].failure.message


def test_a_result_of_many_megabytes(tmp_path: Path) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        return Outcome.done(facts={"much": "x" * (20 << 20)})

    report = run([Item("a")], work, tmp_path, version="1", options=RunOptions(isolate=True))
    assert report.done == 1
    with Ledger.read(tmp_path) as ledger:
        facts = ledger.facts("a")
    assert facts is not None
    assert len(str(facts["much"])) == 20 << 20


def test_what_an_item_leaves_running_is_ended(tmp_path: Path) -> None:
    note = tmp_path / "pids"

    def leave() -> None:
        for apart in (False, True):
            code = "import time; time.sleep(60)"
            child = subprocess.Popen([sys.executable, "-c", code], start_new_session=apart)
            with note.open("a") as file:
                file.write(f"{child.pid}\n")
        os._exit(1)

    report = batch(tmp_path / "out", {1: leave}, count=4, retries={})
    assert (report.done, report.failed) == (3, 1)
    until = time.monotonic() + 5
    while any(_lives(int(pid)) for pid in note.read_text().split()):
        assert time.monotonic() < until, "a grandchild outlived its worker"
        time.sleep(0.02)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_no_process_is_left_after_the_run(tmp_path: Path) -> None:
    pids = tmp_path / "pids"

    def work(item: Item, outputs: Outputs) -> Outcome:
        with pids.open("a") as file:
            file.write(f"{os.getpid()}\n{os.getppid()}\n")
        return Outcome.done()

    run([Item("a"), Item("b")], work, tmp_path / "out", version="1", options=RunOptions(workers=2))
    until = time.monotonic() + 5
    others = {int(pid) for pid in pids.read_text().split()} - {os.getpid()}
    assert others
    while any(_lives(pid) for pid in others):
        assert time.monotonic() < until, "a worker outlived the run"
        time.sleep(0.02)


def test_retries_by_category_are_counted_and_kept(tmp_path: Path) -> None:
    told: list[events.Event] = []
    report = run(
        [Item("a", payload=lambda: os._exit(1)), Item("b", payload=lambda: 1 / 0)],
        draw,
        tmp_path,
        version="1",
        options=RunOptions(workers=2, backoff_s=0.01, retries={"crash": 2}),
        listeners=[told.append],
    )
    assert report.failed == 2
    retries = [event for event in told if isinstance(event, events.Retry)]
    assert [(event.key, event.attempt) for event in retries] == [("a", 1), ("a", 2)]
    assert retries[1].delay == 2 * retries[0].delay
    with Ledger.read(tmp_path) as ledger:
        assert [attempt.attempt for attempt in ledger.attempts("a")] == [1, 2, 3]
        assert len(ledger.attempts("b")) == 1


def test_what_works_the_second_time_is_done(tmp_path: Path) -> None:
    mark = tmp_path / "mark"

    def once() -> None:
        if not mark.exists():
            mark.touch()
            os._exit(1)

    report = batch(tmp_path / "out", {4: once})
    assert (report.done, report.failed) == (20, 0)
    with Ledger.read(tmp_path / "out") as ledger:
        record = ledger.record("k004")
    assert record is not None
    assert record.attempts == 2


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_kills_lose_and_repeat_nothing(seed: int, tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    count = 2000

    def work(item: Item, outputs: Outputs) -> Outcome:
        handle = os.open(starts, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, f"{item.key} {os.getpid()}\n".encode())
        os.close(handle)
        time.sleep(0.0005)
        return Outcome.done()

    over = threading.Event()
    chance = random.Random(seed)
    kills = 0

    def kill() -> None:
        nonlocal kills
        while not over.wait(chance.uniform(0.02, 0.1)) and kills < 20:
            lines = starts.read_text().splitlines() if starts.exists() else []
            if lines and lines[-1].count(" ") == 1:
                try:
                    os.kill(int(lines[-1].split()[1]), signal.SIGKILL)
                    kills += 1
                except ProcessLookupError:
                    continue

    killer = threading.Thread(target=kill)
    killer.start()
    finished: list[str] = []

    def watch(event: events.Event) -> None:
        if isinstance(event, events.ItemFinished):
            finished.append(event.key)

    items = (Item(f"k{number:04}") for number in range(count))
    options = RunOptions(workers=2, backoff_s=0.01, retries={"crash": 9})
    try:
        report = run(items, work, tmp_path / "out", version="1", options=options, listeners=[watch])
    finally:
        over.set()
        killer.join()
    assert kills >= 3
    assert report.done == count
    assert sorted(finished) == [f"k{number:04}" for number in range(count)]
    begun = Counter(line.split()[0] for line in starts.read_text().splitlines())
    assert sum(begun.values()) - count <= kills
    with Ledger.read(tmp_path / "out") as ledger:
        assert ledger.counts() == {"done": count}


@pytest.mark.linux_way("it is about the fork server")
def test_a_killed_nursery_is_replaced(tmp_path: Path) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        if item.payload:
            mark = Path(item.payload)
            if not mark.exists():
                mark.touch()
                os.kill(os.getppid(), signal.SIGKILL)
                time.sleep(5)
        return Outcome.done()

    items = [Item(f"k{n}", payload=str(tmp_path / "mark") if n == 3 else None) for n in range(10)]
    options = RunOptions(workers=2, **FAST)
    assert run(items, work, tmp_path / "out", version="1", options=options).done == 10


@pytest.mark.linux_way("it is about the fork server")
def test_workers_die_with_their_nursery(tmp_path: Path) -> None:
    pids = tmp_path / "pids"

    def work(item: Item, outputs: Outputs) -> Outcome:
        if item.key == "a" and not pids.exists():
            pids.write_text(str(os.getpid()))
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(60)
        return Outcome.done()

    options = RunOptions(isolate=True, **FAST)
    assert run([Item("a")], work, tmp_path / "out", version="1", options=options).done == 1
    assert not _lives(int(pids.read_text()))


def test_all_that_an_item_started_dies_with_the_run(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    script = (
        "import os, subprocess, time\n"
        "from figmill.engine import *\n"
        "def work(item, outputs):\n"
        "    child = subprocess.Popen(['sleep', '60'])\n"
        f"    open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}\\n')\n"
        "    time.sleep(60)\n"
        f"run([Item('a')], work, {str(tmp_path / 'out')!r}, version='1',"
        " options=RunOptions(isolate=True))\n"
    )
    with subprocess.Popen([sys.executable, "-c", script]) as process:
        until = time.monotonic() + 20
        while not (pids.exists() and pids.read_text().endswith("\n")):
            assert time.monotonic() < until
            time.sleep(0.02)
        process.kill()
    while any(_lives(int(pid)) for pid in pids.read_text().split()):
        assert time.monotonic() < until, "something outlived the run"
        time.sleep(0.02)


def test_what_a_worker_said_before_it_died_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    select = selectors.DefaultSelector.select

    def death_first(self: Any, timeout: float | None = None) -> Any:
        return sorted(select(self, timeout), key=lambda found: found[0].data != "nursery")

    monkeypatch.setattr(selectors.DefaultSelector, "select", death_first)

    def work(item: Item, outputs: Outputs) -> Outcome:
        if item.key == "c":
            threading.Timer(0.05, lambda: os._exit(1)).start()
        time.sleep(0.01)
        return Outcome.done()

    def watch(event: events.Event) -> None:
        if isinstance(event, events.ItemFinished) and event.key == "b":
            # The worker has c by now: both its answer and its death are there when this ends.
            time.sleep(0.5)

    options = RunOptions(isolate=True, retries={})
    items = [Item(key) for key in "abc"]
    report = run(items, work, tmp_path, version="1", options=options, listeners=[watch])
    assert (report.done, report.failed) == (3, 0)


def test_permits_of_a_later_message_are_kept_for_it() -> None:
    taking, giving = system.byte_channel()
    hello = Hello(1, "", b"", (), "", 0)
    server = _Server(-1, taking, hello, draw, lambda answer: None)
    assert not server._allowed(b"\1")
    system.transmit(giving, b"\2\2")
    assert not server._allowed(b"\1")
    assert server._allowed(b"\2")
    assert server._allowed(b"\2")
    assert not server._allowed(b"\2")
    for handle in (taking, giving):
        system.close_channel(handle)


def test_a_worker_that_is_held_up_between_two_items_goes_on(tmp_path: Path) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        if item.key == "k020":
            allowed = _Server._allowed

            def held_up(server: _Server, tag: bytes) -> bool:
                _Server._allowed = allowed  # type: ignore[method-assign]
                time.sleep(0.3)
                return allowed(server, tag)

            _Server._allowed = held_up  # type: ignore[method-assign, assignment]
        time.sleep(0.002)
        return Outcome.done(facts={"pid": os.getpid()})

    items = [Item(f"k{number:03}") for number in range(60)]
    # Without the deadline a worker that is given nothing more would wait for ever.
    options = RunOptions(isolate=True, timeout_s=5)
    report = run(items, work, tmp_path, version="1", options=options)
    assert report.done == 60
    with Ledger.read(tmp_path) as ledger:
        assert len({facts["pid"] for _, facts in ledger.all_facts()}) == 1


def test_results_that_come_soon_are_settled_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle = Recorder.settle
    sizes: list[int] = []

    def noted(book: Recorder, ended: Sequence[tuple[Task, Result]]) -> list[float | None]:
        sizes.append(len(ended))
        return settle(book, ended)

    monkeypatch.setattr(Recorder, "settle", noted)
    monkeypatch.setattr("figmill.engine.pool.executor._GATHER_S", 60.0)
    batch(tmp_path, dict.fromkeys(range(200), short), count=200, workers=1, isolate=True)
    assert sum(sizes) == 200
    # Sixteen at a time, and what is left whenever no worker has anything in work.
    assert 3 <= len(sizes) <= 40


def test_workers_are_recycled(tmp_path: Path) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        return Outcome.done(facts={"pid": os.getpid()})

    items = [Item(f"k{number}") for number in range(20)]
    options = RunOptions(isolate=True, recycle_after=5)
    run(items, work, tmp_path, version="1", options=options)
    with Ledger.read(tmp_path) as ledger:
        served = Counter(facts["pid"] for _, facts in ledger.all_facts())
    assert sorted(served.values()) == [5, 5, 5, 5]


def test_a_worker_that_grows_is_replaced(tmp_path: Path) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        kept = sys.modules.setdefault("kept_by_test", [])  # type: ignore[call-overload]
        kept.append(b"x" * (30 << 20))
        time.sleep(0.15)
        return Outcome.done(facts={"pid": os.getpid()})

    items = [Item(f"k{number}") for number in range(12)]
    options = RunOptions(isolate=True, recycle_growth=60 << 20)
    run(items, work, tmp_path, version="1", options=options)
    with Ledger.read(tmp_path) as ledger:
        assert len({facts["pid"] for _, facts in ledger.all_facts()}) > 1


def test_closures_and_lambdas_travel(tmp_path: Path) -> None:
    prefix = "of a closure"

    def work(item: Item, outputs: Outputs) -> Outcome:
        outputs.write("x.txt", f"{prefix} {item.payload(20)}".encode())
        return Outcome.done()

    items = [Item("x", payload=lambda n: n + 1)]
    run(items, work, tmp_path, version="1", options=RunOptions(isolate=True))
    assert (tmp_path / "x.txt").read_bytes() == b"of a closure 21"


def test_a_work_function_that_cannot_travel(tmp_path: Path) -> None:
    lock = threading.Lock()

    def work(item: Item, outputs: Outputs) -> Outcome:
        with lock:
            return Outcome.done()

    with pytest.raises(EngineError, match="cannot be sent to workers"):
        run([Item("a")], work, tmp_path, version="1", options=RunOptions(isolate=True))


def test_a_payload_that_cannot_travel_fails_its_item(tmp_path: Path) -> None:
    items = [Item("a", payload=threading.Lock()), Item("b")]
    report = run(items, draw, tmp_path, version="1", options=RunOptions(workers=2))
    assert (report.done, report.failed) == (1, 1)
    assert "cannot be sent" in report.failures[0].failure.message


def test_a_script_without_a_main_guard(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from figmill.engine import *\n"
        "print('started')\n"
        "suffix = '.txt'\n"
        "def work(item, outputs):\n"
        "    outputs.write(item.key + suffix, b'x')\n"
        "    return Outcome.done()\n"
        f"print(run([Item('a'), Item('b')], work, {str(tmp_path / 'out')!r}, version='1',"
        " options=RunOptions(workers=2)).done)\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.split() == ["started", "2"]


def test_the_same_bytes_with_any_worker_count(
    tmp_path: Path, tree: Callable[[Path], dict[str, bytes]]
) -> None:
    for workers in (1, 2, 3):
        batch(tmp_path / str(workers), {}, workers=workers)
    assert tree(tmp_path / "1") == tree(tmp_path / "2") == tree(tmp_path / "3")


def test_a_stream_is_taken_only_as_there_is_room(tmp_path: Path) -> None:
    given = finished = ahead = 0

    def items() -> Any:
        nonlocal given, ahead
        for number in range(3000):
            given += 1
            ahead = max(ahead, given - finished)
            yield Item(f"k{number:05}")

    def watch(event: events.Event) -> None:
        nonlocal finished
        finished += isinstance(event, events.ItemFinished)

    def work(item: Item, outputs: Outputs) -> Outcome:
        return Outcome.done()

    options = RunOptions(workers=2)
    run(items(), work, tmp_path, version="1", options=options, listeners=[watch])
    assert finished == 3000
    assert ahead < 1500


def test_a_slow_item_does_not_hold_up_those_sent_behind_it(tmp_path: Path) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        if item.key == "k0500":
            time.sleep(2.0)
        return Outcome.done()

    finished: list[str] = []

    def watch(event: events.Event) -> None:
        if isinstance(event, events.ItemFinished):
            finished.append(event.key)

    items = [Item(f"k{number:04}") for number in range(1000)]
    options = RunOptions(workers=2)
    run(items, work, tmp_path, version="1", options=options, listeners=[watch])
    assert len(finished) == 1000
    assert finished[-1] == "k0500"


def test_workers_tell_what_they_log(tmp_path: Path) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        logging.getLogger("figmill.test").info("drawing %s", item.key)
        if item.key == "b":
            os._exit(9)
        return Outcome.done()

    told: list[events.Event] = []
    options = RunOptions(workers=2, retries={})
    run(
        [Item("a"), Item("b")],
        work,
        tmp_path,
        version="1",
        options=options,
        listeners=[told.append],
    )
    logged = {(e.key, e.message) for e in told if isinstance(e, events.Log)}
    assert logged == {("a", "drawing a"), ("b", "drawing b")}


def test_from_another_thread(tmp_path: Path) -> None:
    reports: list[RunReport] = []
    thread = threading.Thread(target=lambda: reports.append(batch(tmp_path, {})))
    thread.start()
    thread.join(30)
    assert reports[0].done == 20


def test_clock_jumps_end_nothing_early_or_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, jump = time.time, [0.0]
    monkeypatch.setattr(time, "time", lambda: real() + jump[0])

    def watch(event: events.Event) -> None:
        jump[0] = -jump[0] * 10 if jump[0] else 86_400.0

    items = [Item(f"k{n}", payload=(lambda: time.sleep(60)) if n == 2 else None) for n in range(9)]
    options = RunOptions(workers=2, timeout_s=1.0, retries={})
    begun = time.monotonic()
    report = run(items, draw, tmp_path, version="1", options=options, listeners=[watch])
    assert (report.done, report.failed) == (8, 1)
    assert report.failures[0].failure.category == "timeout"
    assert 1.0 <= time.monotonic() - begun < 5
    assert run(items, draw, tmp_path, version="1", options=options).skipped == 9


def test_one_of_each_among_two_hundred(tmp_path: Path) -> None:
    broken = tmp_path / "broken.dat"
    broken.write_bytes(b"")

    def corrupt() -> None:
        from figmill.errors import InputError

        raise InputError("it is empty.", file=broken, hint="Fetch it again.")

    troubles = {40: lambda: time.sleep(60), 80: segfault, 120: hungry, 160: corrupt}
    report = batch(
        tmp_path / "out", troubles, count=200, timeout_s=2, memory_limit=300 << 20, retries={}
    )
    assert (report.done, report.failed) == (196, 4)
    categories = {note.index: note.failure.category for note in report.failures}
    assert categories == {40: "timeout", 80: "crash", 120: "memory", 160: "invalid-input"}


@pytest.mark.parametrize("trouble", [lambda: os._exit(3), lambda: time.sleep(60)])
def test_a_killed_item_is_left_alone_until_its_input_changes(
    trouble: Callable[[], None], tmp_path: Path
) -> None:
    source = tmp_path / "in"
    source.write_text("bad")
    items = [Item("bad", inputs=(source,)), Item("good", inputs=(source,))]

    def work(item: Item, outputs: Outputs) -> Outcome:
        if item.key == "bad":
            trouble()
        outputs.write(f"{item.key}.txt", b"x")
        return Outcome.done()

    options = RunOptions(workers=2, timeout_s=0.5, retries={})
    first = run(items, work, tmp_path / "out", version="1", options=options)
    again = run(items, work, tmp_path / "out", version="1", options=options)
    assert (first.done, first.failed) == (1, 1)
    assert (again.failed, again.skipped, again.known_failed) == (0, 2, 1)
    source.write_text("changed")
    third = run(items, work, tmp_path / "out", version="1", options=options)
    assert (third.done, third.failed) == (1, 1)


@pytest.mark.linux_way("the limit is asked for with `resource`")
@pytest.mark.parametrize(("hard", "fewer"), [(1024, False), (120, True)])
def test_many_workers_stay_within_what_a_process_may_open(
    tmp_path: Path, hard: int, fewer: bool
) -> None:
    code = f"""
import resource, time
from figmill.engine import Item, Outcome, RunOptions, run
from figmill.engine.events import Log
resource.setrlimit(resource.RLIMIT_NOFILE, (90, {hard}))
def work(item, outputs):
    time.sleep(0.05)
    return Outcome.done()
said = []
tell = lambda event: said.append(event.message) if isinstance(event, Log) else None
options = RunOptions(workers=40)
report = run([Item(str(n)) for n in range(100)], work, "out", version="1", options=options,
             listeners=[tell])
print(report.done, any("instead of 40" in one for one in said))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout == f"100 {fewer}\n", done.stderr


def fork_server() -> int:
    """The process that forks the workers, seen from one of them."""
    return os.getppid()


@pytest.mark.linux_way("it is about the fork server")
def test_the_death_of_the_fork_server_costs_nobody_an_attempt(tmp_path: Path) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        mark = tmp_path / "killed"
        if item.key == "3" and not mark.exists():
            mark.touch()
            os.kill(fork_server(), signal.SIGKILL)
        time.sleep(0.1)
        return Outcome.done()

    options = RunOptions(workers=3, retries={})
    out = tmp_path / "out"
    report = run([Item(str(n)) for n in range(12)], work, out, version="1", options=options)
    assert (report.done, report.failed) == (12, 0)
    with Ledger.read(out) as ledger:
        assert {record.attempts for record in ledger.items()} == {1}


@pytest.mark.linux_way("it is about the fork server")
def test_an_item_that_kills_the_fork_server_each_time_fails(tmp_path: Path) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        if item.key == "3":
            os.kill(fork_server(), signal.SIGKILL)
            time.sleep(5)
        return Outcome.done()

    options = RunOptions(workers=1, isolate=True, retries={})
    report = run([Item(str(n)) for n in range(6)], work, tmp_path, version="1", options=options)
    assert (report.done, report.failed) == (5, 1)


def test_the_death_of_one_worker_leaves_what_other_items_started_alone(tmp_path: Path) -> None:
    """A daemon has left its item's session and parent; it ends with the run, and not before."""
    note, alive = tmp_path / "pid", tmp_path / "alive"

    def work(item: Item, outputs: Outputs) -> Outcome:
        if item.key == "daemon":
            code = f"import time; open({str(note)!r}, 'w').write('x'); time.sleep(60)"
            subprocess.Popen(
                ["setsid", "sh", "-c", f'"{sys.executable}" -c "{code}" & echo $! > {note}.id']
            )
            time.sleep(2.5)
            number = int(Path(f"{note}.id").read_text())
            alive.write_text(str(Path(f"/proc/{number}").exists()))
        elif item.key == "crash":
            while not note.exists():
                time.sleep(0.02)
            os._exit(3)
        return Outcome.done()

    options = RunOptions(workers=2, retries={})
    out = tmp_path / "out"
    report = run([Item("daemon"), Item("crash")], work, out, version="1", options=options)
    assert (report.done, report.failed) == (1, 1)
    assert alive.read_text() == "True"
    number = int(Path(f"{note}.id").read_text())
    until = time.monotonic() + 5
    while Path(f"/proc/{number}").exists():
        assert time.monotonic() < until, "it outlived the run"
        time.sleep(0.02)
