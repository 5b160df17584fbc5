"""Items from lists that are slow, hang, or raise: the run goes on all the while."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from figmill.engine import Item, Ledger, Outcome, Outputs, RunOptions, run
from figmill.engine.events import Event, Log
from figmill.engine.listing import AHEAD, Listing
from figmill.errors import ConfigError


def items(count: int) -> Iterator[Item]:
    return (Item(f"k{number}") for number in range(count))


@pytest.mark.parametrize("count", [0, 1, 5, 5000])
def test_all_items_come_once_in_order(count: int) -> None:
    for source in (items(count), list(items(count))):
        found = [item for chunk in Listing(source).chunks() for item in chunk]
        assert [item.key for item in found] == [f"k{number}" for number in range(count)]


def test_no_more_is_listed_ahead_than_needed() -> None:
    listed = 0

    def endless() -> Iterator[Item]:
        nonlocal listed
        while True:
            listed += 1
            yield Item(f"k{listed}")

    with Listing(endless()) as listing:
        chunks = listing.chunks(10)
        while listing.taken < 50:
            next(chunks)
        time.sleep(0.1)
        assert listed <= listing.taken + AHEAD + 1
    time.sleep(0.1)
    assert not [one for one in threading.enumerate() if one is listing._thread]


def test_an_error_comes_after_what_was_listed_before() -> None:
    def broken() -> Iterator[Item]:
        yield from items(3)
        raise OSError("gone")

    found = []
    with pytest.raises(OSError, match="gone"):
        for chunk in Listing(broken()).chunks():
            found += chunk
    assert len(found) == 3
    assert Listing(broken()).first(10, 5.0) == (found, False)


def work(item: Item, outputs: Outputs) -> Outcome:
    outputs.write(f"{item.key}.txt", b"x")
    return Outcome.done()


@pytest.mark.parametrize("workers", [0, 2])
def test_a_list_that_hangs_holds_nothing_up(tmp_path: Path, workers: int) -> None:
    """Results are committed, deadlines struck and Ctrl-C answered while it gives nothing."""

    def hanging() -> Iterator[Item]:
        yield Item("a")
        yield Item("long")
        time.sleep(60)

    def act(item: Item, outputs: Outputs) -> Outcome:
        if item.key == "long" and workers:
            time.sleep(30)
        return work(item, outputs)

    def interrupt() -> None:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            time.sleep(0.05)
            if (tmp_path / ".figmill" / "ledger.sqlite").exists():
                with Ledger.read(tmp_path) as ledger:
                    if sum(ledger.counts().get(s, 0) for s in ("done", "failed")) == 2:
                        break
        os.kill(os.getpid(), signal.SIGINT)

    options = RunOptions(workers=workers, timeout_s=0.7 if workers else None, retries={})
    thread = threading.Thread(target=interrupt)
    begun = time.monotonic()
    thread.start()
    report = run(hanging(), act, tmp_path, version="1", options=options)
    took = time.monotonic() - begun
    thread.join()
    assert report.interrupted
    assert (report.done, report.failed) == ((1, 1) if workers else (2, 0))
    assert took < 15


@pytest.mark.parametrize("workers", [0, 2])
def test_a_list_that_raises_in_the_middle_keeps_what_was_done(tmp_path: Path, workers: int) -> None:
    def broken() -> Iterator[Item]:
        yield from items(5)
        raise OSError("the server is gone")

    told: list[Event] = []
    options = RunOptions(workers=workers)
    with pytest.raises(OSError, match="the server is gone") as raised:
        run(broken(), work, tmp_path, version="1", options=options, listeners=[told.append])
    assert "broke off after 5 items" in raised.value.__notes__[0]
    assert any(isinstance(one, Log) and "broke off after 5 items" in one.message for one in told)
    assert len(list(tmp_path.glob("*.txt"))) == 5
    with Ledger.read(tmp_path) as ledger:
        assert ledger.counts() == {"done": 5}
        assert ledger.runs()[-1].interrupted


def test_what_the_list_says_of_the_command_is_raised_as_it_is(tmp_path: Path) -> None:
    def wrong() -> Iterator[Item]:
        yield Item("a")
        raise ConfigError("There is no such folder.")

    with pytest.raises(ConfigError, match="no such folder"):
        run(wrong(), work, tmp_path, version="1")
