"""Work through executors of `concurrent.futures`; and the limits that they cannot keep."""

import logging
import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path

import pytest

import figmill
from figmill.engine import Item, Ledger, Outcome, Outputs, RunOptions, events, run
from figmill.engine.cancel import CancelToken
from figmill.engine.pool.serial import SerialExecutor
from figmill.errors import ConfigError, EngineError, InputError


@pytest.fixture
def threads() -> Iterator[futures.Executor]:
    with futures.ThreadPoolExecutor(3) as pool:
        yield pool


@pytest.fixture(scope="module")
def processes() -> Iterator[futures.Executor]:
    with futures.ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        yield pool


def draw(item: Item, outputs: Outputs) -> Outcome:
    """Do what the payload says, then write one file."""
    if callable(item.payload):
        item.payload()
    outputs.write(f"{item.key}.txt", item.key.encode())
    return Outcome.done(facts={"pid": os.getpid(), "thread": threading.current_thread().name})


def bad() -> None:
    raise InputError("it is cut", hint="Fetch it again.")


def log_and_print() -> None:
    logging.getLogger("figmill.test").warning("a warning")
    print("a print")  # noqa: T201


def batch(out: Path, pool, payloads: dict[int, object] | None = None, count: int = 12, **options):
    given = payloads or {}
    items = (Item(f"k{number:02}", payload=given.get(number)) for number in range(count))
    heard: list[events.Event] = []
    chosen = RunOptions(executor=pool, backoff_s=0.01, **options)
    report = run(items, draw, out, version="1", options=chosen, listeners=[heard.append])
    return report, heard


def facts(out: Path) -> list[dict]:
    with Ledger.read(out) as ledger:
        return [dict(found) for _, found in ledger.all_facts()]


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_all_items_are_done_there_and_once(tmp_path: Path, request, kind) -> None:
    pool = request.getfixturevalue(kind)
    report, _ = batch(tmp_path / "out", pool, {5: bad})
    assert (report.done, report.failed) == (11, 1)
    assert report.failures[0].failure.category == "invalid-input"
    assert len(list((tmp_path / "out").glob("*.txt"))) == 11
    if kind == "processes":
        assert os.getpid() not in {one["pid"] for one in facts(tmp_path / "out")}
    else:
        assert all(one["thread"].startswith("ThreadPool") for one in facts(tmp_path / "out"))
    again, _ = batch(tmp_path / "out", pool, {5: bad})
    assert (again.done, again.skipped) == (0, 12)


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_what_items_log_is_in_the_log(tmp_path: Path, request, kind) -> None:
    _, heard = batch(tmp_path / "out", request.getfixturevalue(kind), {3: log_and_print}, 4)
    logged = {event.message for event in heard if isinstance(event, events.Log)}
    assert "a warning" in logged
    assert ("a print" in logged) == (kind == "processes")


def test_items_are_taken_as_there_is_room(tmp_path: Path, threads) -> None:
    running, most, lock = 0, 0, threading.Lock()

    def work(item: Item, outputs: Outputs) -> Outcome:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.02)
        with lock:
            running -= 1
        return draw(item, outputs)

    options = RunOptions(executor=threads)
    items = [Item(f"k{number}") for number in range(9)]
    assert run(items, work, tmp_path / "out", version="1", options=options).done == 9
    assert most == 3


def test_an_attempt_is_made_again(tmp_path: Path, threads) -> None:
    attempts = []

    def once() -> None:
        attempts.append(1)
        if len(attempts) == 1:
            raise MemoryError

    report, _ = batch(tmp_path / "out", threads, {0: once}, 2)
    assert (report.done, len(attempts)) == (2, 2)


def test_a_worker_that_dies_ends_the_run_and_loses_nothing(tmp_path: Path) -> None:
    with futures.ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        with pytest.raises(EngineError, match="takes no more work") as caught:
            batch(tmp_path / "out", pool, {3: lambda: os._exit(3)}, 6)
        assert "What was finished is kept" in caught.value.hint
    with Ledger.read(tmp_path / "out") as ledger:
        assert ledger.counts()["done"] == 3
        assert "failed" not in ledger.counts()
    # With figmill's own workers it fails alone.
    options = RunOptions(workers=1, isolate=True, retries={})
    items = [
        Item(f"k{number:02}", payload=(lambda: os._exit(3)) if number == 3 else None)
        for number in range(6)
    ]
    report = run(items, draw, tmp_path / "out", version="1", options=options)
    assert (report.done, report.failed, report.skipped) == (2, 1, 3)


def test_an_executor_that_was_shut_down(tmp_path: Path) -> None:
    pool = futures.ThreadPoolExecutor(1)
    pool.shutdown()
    with pytest.raises(EngineError, match="cannot schedule new futures after shutdown"):
        batch(tmp_path / "out", pool)


def test_a_cancelled_run_finishes_what_runs_or_leaves_it(tmp_path: Path, threads) -> None:
    for now in (False, True):
        token = CancelToken()
        out = tmp_path / f"out-{now}"

        def stop(token=token, now=now) -> None:
            token.cancel(now=now)
            time.sleep(0.3)

        report, _ = batch(out, threads, {0: stop}, 40, cancel=token)
        assert report.interrupted
        assert report.done < 40
        done = {path.stem for path in out.glob("*.txt")}
        assert ("k00" in done) is not now
        again, _ = batch(out, threads, {}, 40)
        assert again.done + again.skipped == 40
        assert len(list(out.glob("*.txt"))) == 40


def test_the_executor_stays_the_callers(tmp_path: Path, threads) -> None:
    batch(tmp_path / "out", threads)
    assert threads.submit(int, "7").result() == 7


LIMITS = {
    "timeout_s": 5.0,
    "memory_limit": 1 << 30,
    "batch_memory_limit": 1 << 32,
    "isolate": True,
    "recycle_after": 5,
}


@pytest.mark.parametrize("name", LIMITS)
def test_limits_that_it_cannot_keep_are_refused_before_anything_runs(
    tmp_path: Path, threads, name: str
) -> None:
    for executor in (threads, SerialExecutor):
        with pytest.raises(ConfigError, match=f"cannot keep {name}") as caught:
            RunOptions(executor=executor, **{name: LIMITS[name]})
        assert "own worker processes keep them" in caught.value.hint
    with pytest.raises(ConfigError, match=f"cannot keep {name}"):
        figmill.batch(
            lambda item: None, ["a"], tmp_path / "out", executor=threads, **{name: LIMITS[name]}
        )
    assert not (tmp_path / "out").exists()


def test_all_that_it_cannot_keep_is_named(threads) -> None:
    with pytest.raises(ConfigError, match="isolate and timeout_s and memory_limit and"):
        RunOptions(executor=threads, **LIMITS)


def test_a_maker_says_which_limits_its_executor_keeps(tmp_path: Path) -> None:
    class Maker:
        honours = ("timeout_s",)

        def __call__(self, staging: Path) -> SerialExecutor:
            return SerialExecutor(staging)

    options = RunOptions(executor=Maker(), timeout_s=5.0)
    assert run([Item("a")], draw, tmp_path / "out", version="1", options=options).done == 1
    with pytest.raises(ConfigError, match="cannot keep memory_limit"):
        RunOptions(executor=Maker(), timeout_s=5.0, memory_limit=1 << 30)


def test_what_is_no_executor() -> None:
    with pytest.raises(ConfigError, match="int is not an executor"):
        RunOptions(executor=4)


def test_batch_with_an_executor(tmp_path: Path, threads) -> None:
    def make(item):
        return {f"{item.key}.txt": threading.current_thread().name}

    report = figmill.batch(make, ["a", "b"], tmp_path / "out", executor=threads)
    assert report.done == 2
    assert (tmp_path / "out" / "a.txt").read_text().startswith("ThreadPoolExecutor")
