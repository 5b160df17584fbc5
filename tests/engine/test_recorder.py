"""What a run does with results that come together."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from figmill.engine import Item, Ledger, Outcome, Outputs, events
from figmill.engine import outputs as outputs_module
from figmill.engine import recorder as recorder_module
from figmill.engine.outputs import HOME
from figmill.engine.perform import perform
from figmill.engine.recorder import Recorder
from figmill.engine.task import Result, Task

Ended = list[tuple[Task, Result]]


@pytest.fixture
def told() -> list[events.Event]:
    return []


@pytest.fixture
def recorder(tmp_path: Path, told: list[events.Event]) -> Iterator[Recorder]:
    with Ledger.open(tmp_path) as ledger:
        run = ledger.begin_run("1", 2)
        yield Recorder(
            tmp_path, ledger, "1", run=run, tell=told.append, retries={"output": 1}, backoff_s=0.5
        )


def ended(out: Path, *names: str, durable: bool = True) -> Ended:
    """Items that each wrote one file."""

    def work(item: Item, outputs: Outputs) -> Outcome:
        outputs.write(item.key, item.key.encode())
        return Outcome.done()

    found: Ended = []
    for number, name in enumerate(names):
        item = Item(name)
        outputs = Outputs(out / HOME / "staging", f"1-{number}")
        found.append((Task(number, item), perform(item, work, outputs, durable=durable)))
    return found


def test_items_that_end_together_share_one_wait_for_their_folder(
    tmp_path: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = ended(tmp_path, "a/1.txt", "a/2.txt", "a/3.txt", "b/1.txt")
    waits: list[str] = []
    monkeypatch.setattr(
        recorder_module, "fsync", lambda path: waits.append(path.relative_to(tmp_path).as_posix())
    )
    assert recorder.settle(results) == [None] * 4
    assert sorted(waits) == [".", "a", "b"]
    assert (tmp_path / "a/2.txt").read_text() == "a/2.txt"


def test_what_the_disk_does_not_take_is_no_success(
    tmp_path: Path,
    recorder: Recorder,
    told: list[events.Event],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    results = ended(tmp_path, "a/1.txt", "b/1.txt", "a/2.txt")

    def refuse(path: Path) -> None:
        if path.name == "a":
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(recorder_module, "fsync", refuse)
    assert recorder.settle(results) == [0.5, None, 0.5]
    assert sorted(path.name for path in tmp_path.rglob("*.txt")) == ["1.txt"]
    assert [type(event).__name__ for event in told] == ["Retry", "ItemFinished", "Retry"]
    retry = told[0]
    assert isinstance(retry, events.Retry)
    assert retry.failure.category == "output"
    assert "Input/output error" in retry.failure.message


def test_only_what_runs_is_claimed(tmp_path: Path, recorder: Recorder) -> None:
    recorder.claim([Task(0, Item("a")), Task(1, Item("b"))], 1)
    recorder.claim([Task(2, Item("c"))], 1, behind=True)
    with Ledger.read(tmp_path) as ledger:
        assert [(record.key, record.state) for record in ledger.items()] == [("a", "running")]


@pytest.mark.parametrize("state", ["running", "planned"])
def test_an_item_may_write_what_one_that_runs_again_wrote_before(
    tmp_path: Path, recorder: Recorder, state: str
) -> None:
    recorder.settle(ended(tmp_path, "1.txt", "2.txt"))
    with Ledger.open(tmp_path) as ledger:
        run = ledger.begin_run("2", 2)
        second = Recorder(
            tmp_path, ledger, "2", run=run, tell=lambda _: None, retries={}, backoff_s=0
        )
        (_, result), (_, moved) = ended(tmp_path, "2.txt", "3.txt")
        first, other = (
            Task(n, Item(f"{n + 1}.txt"), before=ledger.record(f"{n + 1}.txt")) for n in (0, 1)
        )
        second.claim([first], 1)
        second.claim([other], 2)
        if state == "planned":
            second.claim([Task(2, Item("x"))], 2)
        assert second.settle([(first, result)]) == [None]
        assert second.settle([(other, moved)]) == [None]
        assert ledger.counts()["done"] == 2
        assert ledger.owner("2.txt") == ("1.txt", run)
    assert sorted(path.name for path in tmp_path.glob("*.txt")) == ["2.txt", "3.txt"]


def test_what_ended_and_waits_to_be_settled_is_not_running(
    tmp_path: Path, recorder: Recorder
) -> None:
    first, second, third = ended(tmp_path, "a", "b", "c")

    def states() -> dict[str, str]:
        with Ledger.read(tmp_path) as ledger:
            return {record.key: record.state for record in ledger.items()}

    recorder.claim([first[0]], 1)
    recorder.claim([second[0]], 2)
    recorder.claim([third[0]], 1)
    assert states() == {"a": "planned", "b": "running", "c": "running"}
    recorder.settle([first, third])
    recorder.claim([Task(3, Item("d"))], 1)
    assert states() == {"a": "done", "b": "running", "c": "done", "d": "running"}


@pytest.mark.parametrize("slow", [False, True])
def test_files_that_workers_left_are_waited_for_before_they_appear(
    tmp_path: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch, slow: bool
) -> None:
    count = 12
    if slow:
        monkeypatch.setattr(outputs_module, "_SLOW_S", -1.0)
    results = ended(tmp_path, *(f"{number}.txt" for number in range(count)), durable=False)
    done: list[str] = []
    replace = Path.replace

    def noted_replace(self: Path, target: Path) -> Path:
        done.append("rename")
        return replace(self, target)

    monkeypatch.setattr(outputs_module, "fsync", lambda path: done.append("fsync file"))
    monkeypatch.setattr(recorder_module, "fsync", lambda path: done.append("fsync folder"))
    monkeypatch.setattr(Path, "replace", noted_replace)
    recorder.settle(results)
    assert done == ["fsync file"] * count + ["rename"] * count + ["fsync folder"]


def test_a_file_that_the_disk_refuses_fails_its_item_alone(
    tmp_path: Path,
    recorder: Recorder,
    told: list[events.Event],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    results = ended(tmp_path, "a.txt", "b.txt", "c.txt", durable=False)
    full = results[1][1].files[0].temporary

    def refuse(path: Path) -> None:
        if str(path) == full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(outputs_module, "fsync", refuse)
    assert recorder.settle(results) == [None, 0.5, None]
    assert sorted(path.name for path in tmp_path.glob("*.txt")) == ["a.txt", "c.txt"]
    assert not Path(full).exists()
    (retry,) = (event for event in told if isinstance(event, events.Retry))
    assert "No space left" in retry.failure.message
