"""What a run does with results that come together."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from figmill.engine import Failure, Item, Ledger, Outcome, Outputs, events
from figmill.engine import outputs as outputs_module
from figmill.engine import recorder as recorder_module
from figmill.engine.outputs import HOME
from figmill.engine.recorder import Recorder
from figmill.engine.run_item import perform
from figmill.engine.task import Result, Task
from figmill.errors import OutputError

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


def later(ledger: Ledger, version: str) -> Recorder:
    """The recorder of a later run into a folder, which retries nothing."""
    return Recorder(
        ledger.path.parent.parent,
        ledger,
        version,
        run=ledger.begin_run(version, 2),
        tell=lambda event: None,
        retries={},
        backoff_s=0,
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


def test_names_pass_on_once_their_owner_has_others(tmp_path: Path, recorder: Recorder) -> None:
    recorder.settle(ended(tmp_path, "1.txt", "2.txt", "3.txt"))
    with Ledger.open(tmp_path) as ledger:
        second = later(ledger, "2")
        moves = ended(tmp_path, "2.txt", "3.txt", "4.txt")
        tasks = [
            Task(n, Item(f"{n + 1}.txt"), before=ledger.record(f"{n + 1}.txt")) for n in range(3)
        ]
        for task, (_, result) in zip(tasks, moves, strict=True):
            assert second.settle([(task, result)]) == [None]
            if task.index < 2:  # it waits, and what it is to replace is as it was
                assert (tmp_path / "2.txt").read_text() == "2.txt"
        second.conclude(interrupted=False)
        assert ledger.counts() == {"done": 3}
        owner = ledger.owner("2.txt")
        assert owner is not None
        assert owner.key == "1.txt"
        # The first name has no successor: it stays, and is told.
        assert [one.file.path for one in ledger.stale()] == ["1.txt"]
    assert sorted(path.name for path in tmp_path.glob("*.txt")) == [
        f"{n}.txt" for n in (1, 2, 3, 4)
    ]


def test_what_waits_for_an_item_that_fails_is_refused(tmp_path: Path, recorder: Recorder) -> None:
    recorder.settle(ended(tmp_path, "1.txt", "2.txt"))
    with Ledger.open(tmp_path) as ledger:
        second = later(ledger, "2")
        ((_, result),) = ended(tmp_path, "2.txt")
        first, other = (
            Task(n, Item(f"{n + 1}.txt"), before=ledger.record(f"{n + 1}.txt")) for n in (0, 1)
        )
        second.settle([(first, replace(result, message="new"))])
        second.settle([(other, Result("failed", failure=Failure("generic", "broken")))])
        second.conclude(interrupted=False)
        assert ledger.counts() == {"failed": 2}
        assert len(ledger.stale()) == 2
    assert (tmp_path / "2.txt").read_text() == "2.txt"


def test_items_that_exchange_names_do_so_together(
    tmp_path: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder.settle(ended(tmp_path, "1.txt", "2.txt"))
    with Ledger.open(tmp_path) as ledger:

        def exchange(version: str) -> None:
            book = later(ledger, version)
            results = [result for _, result in ended(tmp_path, "2.txt", "1.txt")]
            for number, result in enumerate(results):
                key = f"{number + 1}.txt"
                book.settle([(Task(number, Item(key), before=ledger.record(key)), result)])
            book.conclude(interrupted=False)

        publish = recorder_module.publish
        calls = 0

        def second_fails(*given: Any, **named: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == 2:
                raise OSError(errno.EIO, "no")
            return publish(*given, **named)

        monkeypatch.setattr(recorder_module, "publish", second_fails)
        exchange("2")
        assert ledger.counts() == {"failed": 2}
        assert (tmp_path / "1.txt").read_text() == "1.txt"
        monkeypatch.setattr(recorder_module, "publish", publish)
        exchange("3")
        assert ledger.counts() == {"done": 2}
        assert ledger.stale() == []


def test_items_that_exchange_names_across_folders_are_not_parted_by_one_of_them(
    tmp_path: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder.settle(ended(tmp_path, "a/1.txt", "b/2.txt"))
    with Ledger.open(tmp_path) as ledger:
        book = later(ledger, "2")

        def refuse(path: Path) -> None:
            if path.name == "b":
                raise OSError(errno.EIO, os.strerror(errno.EIO))

        monkeypatch.setattr(recorder_module, "fsync", refuse)
        results = [result for _, result in ended(tmp_path, "b/2.txt", "a/1.txt")]
        for number, key in enumerate(("a/1.txt", "b/2.txt")):
            text = Path(results[number].files[0].temporary)
            text.write_text(f"new of {key}")
            book.settle([(Task(number, Item(key), before=ledger.record(key)), results[number])])
        book.conclude(interrupted=False)
        assert ledger.counts() == {"failed": 2}
    assert (tmp_path / "a/1.txt").read_text() == "a/1.txt"
    assert (tmp_path / "b/2.txt").read_text() == "b/2.txt"


def test_a_foreign_file_is_left_alone(tmp_path: Path, told: list[events.Event]) -> None:
    (tmp_path / "a.txt").write_text("mine")
    (tmp_path / "b.txt").write_text("b.txt")
    with Ledger.open(tmp_path) as ledger:

        def book(**more: Any) -> Recorder:
            return Recorder(
                tmp_path, ledger, "1", run=1, tell=told.append, retries={}, backoff_s=0, **more
            )

        book().settle(ended(tmp_path, "a.txt", "b.txt"))
        # The same content is not a loss: it is taken as the item's own.
        assert ledger.counts() == {"done": 1, "failed": 1}
        assert (tmp_path / "a.txt").read_text() == "mine"
        (failed,) = ledger.failures()
        assert failed.failure.category == "output"
        assert "no run into this folder has made" in failed.failure.message
        book(is_own=lambda path, item: path.name == item.key).settle(ended(tmp_path, "a.txt"))
        assert (tmp_path / "a.txt").read_text() == "a.txt"
        (tmp_path / "c.txt").write_text("mine")
        book(overwrite=True).settle(ended(tmp_path, "c.txt"))
        assert (tmp_path / "c.txt").read_text() == "c.txt"


@pytest.mark.parametrize("target", ["kept.txt", "nowhere", "folder"])
def test_a_link_that_someone_put_there_is_left_alone(
    tmp_path: Path, recorder: Recorder, target: str
) -> None:
    (tmp_path / "kept.txt").write_text("a.txt")
    (tmp_path / "folder").mkdir()
    (tmp_path / "a.txt").symlink_to(tmp_path / target)
    recorder.settle(ended(tmp_path, "a.txt"))
    assert (tmp_path / "a.txt").readlink() == tmp_path / target
    assert (tmp_path / "kept.txt").read_text() == "a.txt"


def test_what_is_in_the_way_stays_there_so_that_nothing_is_tried_again(
    tmp_path: Path, recorder: Recorder
) -> None:
    (tmp_path / "a.txt").write_text("mine")
    (tmp_path / "b.txt").mkdir()
    assert recorder.settle(ended(tmp_path, "a.txt", "b.txt")) == [None, None]


def test_nothing_is_put_into_a_folder_that_took_the_place_of_the_output_folder(
    tmp_path: Path,
) -> None:
    with Ledger.open(tmp_path) as ledger:

        def require() -> None:
            if ledger.intents():  # it went away while the disk was waited for
                raise OutputError("the output folder was moved.")

        book = Recorder(
            tmp_path,
            ledger,
            "1",
            run=ledger.begin_run("1", 2),
            tell=lambda event: None,
            retries={},
            backoff_s=0,
            require=require,
        )
        with pytest.raises(OutputError, match="was moved"):
            book.settle(ended(tmp_path, "a/1.txt"))
    assert [path.name for path in tmp_path.iterdir()] == [HOME]


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
    rename = outputs_module._rename

    def noted_rename(place: Any) -> None:
        done.append("rename")
        rename(place)

    monkeypatch.setattr(outputs_module, "fsync", lambda path: done.append("fsync file"))
    monkeypatch.setattr(recorder_module, "fsync", lambda path: done.append("fsync folder"))
    monkeypatch.setattr(outputs_module, "_rename", noted_rename)
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
