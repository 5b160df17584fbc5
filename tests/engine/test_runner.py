from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from figmill.engine import (
    Failure,
    Item,
    Ledger,
    Outcome,
    Outputs,
    RunOptions,
    events,
    run,
    why,
)
from figmill.engine import outputs as outputs_module
from figmill.engine import recorder as recorder_module
from figmill.engine.fingerprint import Fingerprint
from figmill.engine.runner import Hub
from figmill.errors import ConfigError, InputError, LedgerError, NoData, OutputError
from figmill.system import system

Tree = Callable[[Path], dict[str, bytes]]


def draw(item: Item, outputs: Outputs) -> Outcome:
    data = b"".join(path.read_bytes() for path in item.inputs)
    outputs.write(f"{item.key}.txt", repr(dict(item.parameters)).encode() + data)
    return Outcome.done(facts={"size": len(data)})


def go(out: Path, items: Any, work: Any = draw, **options: Any) -> Any:
    told: list[events.Event] = []
    version = options.pop("version", "1")
    report = run(
        items, work, out, version=version, options=RunOptions(**options), listeners=[told.append]
    )
    return replace(report, listener_errors=report.listener_errors), told


def of(told: list[events.Event], kind: type[Any]) -> list[Any]:
    return [event for event in told if isinstance(event, kind)]


def test_done_no_data_and_failed(tmp_path: Path) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        if item.key == "b":
            raise NoData("it holds no record.", file="b.cdf")
        if item.key == "c":
            return Outcome.no_data("all fill")
        if item.key == "d":
            raise InputError("it is cut short.", file="d.cdf", hint="Fetch it again.")
        return draw(item, outputs)

    report, told = go(tmp_path, [Item(key) for key in "abcd"], work)
    assert (report.done, report.no_data, report.failed) == (1, 2, 1)
    assert not report.ok
    finished = {event.key: event for event in of(told, events.ItemFinished)}
    assert finished["b"].message == "b.cdf: it holds no record."
    assert finished["c"].message == "all fill"
    assert finished["d"].category == "invalid-input"
    assert finished["a"].facts == {"size": 0}
    with Ledger.read(tmp_path) as ledger:
        assert ledger.counts() == {"done": 1, "failed": 1, "no_data": 2}
        failure = ledger.failure("d")
    assert failure is not None
    assert failure.hint == "Fetch it again."
    assert "InputError" in failure.traceback


def test_events_come_in_order(tmp_path: Path) -> None:
    _, told = go(tmp_path, [Item("a")])
    assert [type(event).__name__ for event in told] == [
        "RunStarted",
        "ItemPlanned",
        "ItemStarted",
        "ItemFinished",
        "RunFinished",
    ]


def test_files_are_durable_before_they_are_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    fsync, rename, finish = outputs_module.fsync, outputs_module._rename, Ledger.finish

    def noted_fsync(path: Path) -> None:
        done.append("fsync folder" if path.is_dir() else "fsync file")
        fsync(path)

    def noted_rename(place: Any) -> None:
        done.append("rename")
        rename(place)

    def noted_finish(self: Ledger, *given: Any, **named: Any) -> tuple[Any, ...]:
        done.append("finish")
        return finish(self, *given, **named)

    monkeypatch.setattr(outputs_module, "fsync", noted_fsync)
    monkeypatch.setattr(recorder_module, "fsync", noted_fsync)
    monkeypatch.setattr(outputs_module, "_rename", noted_rename)
    monkeypatch.setattr(Ledger, "finish", noted_finish)
    go(tmp_path / "out", [Item("a")])
    assert done == ["fsync file", "rename", "fsync folder", "finish"]


def test_a_second_run_redoes_nothing(tmp_path: Path) -> None:
    go(tmp_path, [Item("a"), Item("b")])
    before = (tmp_path / "a.txt").stat().st_mtime_ns
    report, told = go(tmp_path, [Item("a"), Item("b"), Item("c")])
    assert (report.done, report.skipped) == (1, 2)
    assert (tmp_path / "a.txt").stat().st_mtime_ns == before
    assert [event.key for event in of(told, events.ItemPlanned)] == ["c"]


def test_a_changed_input_redoes_its_items(tmp_path: Path) -> None:
    source = tmp_path / "in.dat"
    source.write_bytes(b"one")
    items = [Item("a", (source,)), Item("b")]
    out = tmp_path / "out"
    go(out, items)
    source.write_bytes(b"three")
    report, told = go(out, items)
    assert (report.done, report.skipped) == (1, 1)
    assert "changed from 3 to 5 bytes" in of(told, events.ItemPlanned)[0].reason
    assert (out / "a.txt").read_bytes().endswith(b"three")


def test_a_touched_input_of_the_same_content_is_read_once(tmp_path: Path) -> None:
    source = tmp_path / "in.dat"
    source.write_bytes(b"one")
    items = [Item("a", (source,))]
    go(tmp_path / "out", items)
    os.utime(source, ns=(1, 1))
    assert go(tmp_path / "out", items)[0].skipped == 1
    with Ledger.read(tmp_path / "out") as ledger:
        record = ledger.record("a")
    assert record is not None
    assert record.fingerprint.inputs[0].mtime_ns == 1


def test_the_same_size_and_another_content(tmp_path: Path) -> None:
    source = tmp_path / "in.dat"
    source.write_bytes(b"one")
    items = [Item("a", (source,))]
    go(tmp_path / "out", items)
    source.write_bytes(b"two")
    os.utime(source, ns=(1, 1))
    _, told = go(tmp_path / "out", items)
    assert "content of input" in of(told, events.ItemPlanned)[0].reason


def test_an_input_that_changes_while_it_is_read(tmp_path: Path) -> None:
    source = tmp_path / "in.dat"
    source.write_bytes(b"one")

    def work(item: Item, outputs: Outputs) -> Outcome:
        # What is drawn was there for a moment only: neither before nor after.
        source.write_bytes(b"two")
        found = draw(item, outputs)
        source.write_bytes(b"one")
        os.utime(source, ns=(7, 7))
        return found

    items = [Item("a", (source,))]
    go(tmp_path / "out", items, work)
    report, _ = go(tmp_path / "out", items)
    assert report.done == 1
    assert (tmp_path / "out" / "a.txt").read_bytes().endswith(b"one")


def test_lost_and_altered_outputs_are_redone(tmp_path: Path) -> None:
    items = [Item("a"), Item("b"), Item("c")]
    go(tmp_path, items)
    (tmp_path / "a.txt").unlink()
    (tmp_path / "b.txt").write_bytes(b"scribble")
    report, _ = go(tmp_path, items)
    assert (report.done, report.skipped) == (2, 1)
    assert (tmp_path / "b.txt").read_bytes() == b"{}"


def test_what_an_item_no_longer_writes_stays_and_is_told(tmp_path: Path, tree: Tree) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        for number in range(int(str(item.parameters["n"]))):
            outputs.write(f"{number}.txt", b"x")
        return Outcome.done() if item.parameters["n"] else Outcome.no_data("none")

    for number, stale in ((3, 0), (1, 2), (2, 1), (0, 3), (3, 0)):
        report, _ = go(tmp_path, [Item("a", parameters={"n": number})], work)
        assert sorted(tree(tmp_path)) == ["0.txt", "1.txt", "2.txt"]
        assert (report.stale, report.ok) == (stale, not stale)
        with Ledger.read(tmp_path) as ledger:
            assert [one.file.path for one in ledger.stale()] == [
                f"{n}.txt" for n in range(3 - stale, 3)
            ]


def test_a_file_that_moved_to_another_item_stays(tmp_path: Path, tree: Tree) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        outputs.write(str(item.parameters["file"]), item.key.encode())
        return Outcome.done()

    for workers in (1, 2):
        out = tmp_path / str(workers)
        go(out, [Item("a", parameters={"file": "x"}), Item("b", parameters={"file": "y"})], work)
        swapped = [Item("b", parameters={"file": "x"}), Item("a", parameters={"file": "y"})]
        # Alone neither may take what the other one has; together they exchange it.
        for item in swapped:
            report, _ = go(out, [item], work, workers=workers, retries={})
            assert (report.failed, report.stale) == (1, 1)
            assert "belongs to item" in report.failures[0].failure.message
            assert tree(out) == {"x": b"a", "y": b"b"}
        report, _ = go(out, swapped, work, workers=workers)
        assert (report.done, report.ok) == (2, True)
        assert tree(out) == {"x": b"b", "y": b"a"}
        assert go(out, swapped, work)[0].skipped == 2


def test_an_item_that_fails_leaves_nothing_of_itself_visible(tmp_path: Path, tree: Tree) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        outputs.write("a.txt", b"x")
        raise ValueError("afterwards")

    go(tmp_path, [Item("a")])
    before = tree(tmp_path)
    go(tmp_path, [Item("a"), Item("b")], work, version="2")
    assert tree(tmp_path) == before
    assert not list((tmp_path / ".figmill").glob("staging/*"))


def test_failures_leave_no_temporary_files_behind(tmp_path: Path) -> None:
    staged: list[int] = []

    def work(item: Item, outputs: Outputs) -> Outcome:
        outputs.write("a.txt", b"x")
        if item.key == "b":
            return Outcome.no_data("none after all")
        raise ValueError("afterwards")

    def watch(event: events.Event) -> None:
        if isinstance(event, events.ItemFinished):
            staged.append(len(list((tmp_path / ".figmill" / "staging").rglob("*.txt"))))

    run([Item("a"), Item("b")], work, tmp_path, version="1", listeners=[watch])
    assert staged == [0, 0]


def test_failures_are_left_alone_until_asked(tmp_path: Path) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        raise ValueError

    go(tmp_path, [Item("a")], work)
    report, _ = go(tmp_path, [Item("a")])
    assert (report.skipped, report.known_failed, report.ok) == (1, 1, False)
    report, _ = go(tmp_path, [Item("a")], retry_failed=frozenset({"generic"}))
    assert report.done == 1
    go(tmp_path, [Item("b")], work)
    with Ledger.open(tmp_path) as ledger:
        assert ledger.retry() == 1
    assert go(tmp_path, [Item("b")])[0].done == 1


def test_force_and_afresh(tmp_path: Path) -> None:
    go(tmp_path, [Item("a")])
    assert go(tmp_path, [Item("a")], force=True)[0].done == 1
    assert go(tmp_path, [Item("a")], ignore_progress_json=True)[0].done == 1


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    report, told = go(out, [Item("a")], dry_run=True)
    assert (report.planned, report.done) == (1, 0)
    assert of(told, events.ItemPlanned)[0].reason == "It is new."
    assert not out.exists()
    go(out, [Item("a")])
    before = sorted(out.rglob("*"))
    report, told = go(out, [Item("a", parameters={"n": 1}), Item("b")], dry_run=True)
    assert [event.action for event in of(told, events.ItemPlanned)] == ["redo", "run"]
    assert sorted(out.rglob("*")) == before


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("apart", [1, 5, 3000])
def test_a_key_that_is_listed_twice(tmp_path: Path, stream: bool, apart: int) -> None:
    first, second = tmp_path / "d1" / "a", tmp_path / "d2" / "a"
    for path in (first, second):
        path.parent.mkdir()
        path.write_bytes(path.parent.name.encode())
    between = [Item(f"k{number}") for number in range(apart - 1)]
    items = [Item("a", (first,)), *between, Item("a", (second,))]

    def nothing(item: Item, outputs: Outputs) -> Outcome:
        return Outcome.done()

    for _ in range(2):  # also where the ledger has all of them as finished
        with pytest.raises(ConfigError) as caught:
            go(tmp_path / "out", iter(items) if stream else items, nothing)
        assert str(first) in caught.value.message
        assert str(second) in caught.value.message
        assert "'a'" in caught.value.message
        if not stream:
            assert not (tmp_path / "out").exists()
            break


def test_two_items_may_not_write_the_same_file(tmp_path: Path) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        outputs.write("same.txt", item.key.encode())
        return Outcome.done()

    for workers in (1, 2):
        out = tmp_path / str(workers)
        report, _ = go(out, [Item("a"), Item("b")], work, workers=workers, retries={})
        assert (report.done, report.failed) == (1, 1)
        failure = report.failures[0].failure
        assert failure.category == "output"
        assert "this file belongs to item" in failure.message
        # Nor in another run, whoever comes first.
        report, _ = go(out, [Item("c")], work, workers=workers, retries={})
        assert (report.done, report.failed) == (0, 1)
        assert (out / "same.txt").read_bytes() in (b"a", b"b")


def test_names_equal_but_for_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert go(tmp_path / "a", [Item("Orbit"), Item("orbit")])[0].done == 2
    monkeypatch.setattr("figmill.engine.recorder.case_matters", lambda folder: False)
    report, _ = go(tmp_path / "b", [Item("Orbit"), Item("orbit")], retries={})
    assert (report.done, report.failed) == (1, 1)
    assert (tmp_path / "b" / "Orbit.txt").exists()


def test_a_name_that_changes_but_for_case_is_the_same_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("figmill.engine.recorder.case_matters", lambda folder: False)
    generation = 1

    def work(item: Item, outputs: Outputs) -> Outcome:
        names = {
            "renamed": ("One.txt", "one.txt"),
            "replaced": ("Two.txt", "two.txt"),
            "first": ("Three.txt", "four.txt"),
            "second": ("five.txt", "three.txt"),
        }
        before, now = names[item.key]
        replaces = (before,) if item.key == "replaced" else ()
        outputs.write(before if generation == 1 else now, b"drawn", replaces=replaces)
        return Outcome.done()

    def listed() -> list[Item]:
        keys = ("renamed", "replaced", "first", "second")
        return [Item(key, parameters={"g": generation}) for key in keys]

    go(tmp_path, listed(), work)
    generation = 2
    assert go(tmp_path, listed(), work)[0].done == 4
    with Ledger.read(tmp_path) as ledger:
        # Pruning these takes no file that has been drawn since.
        assert [one.file.path for one in ledger.stale()] == ["five.txt"]
    assert (tmp_path / "Two.txt").exists()  # here two names, where case does not matter one file


def test_a_listener_that_raises_is_recorded(tmp_path: Path) -> None:
    told: list[events.Event] = []

    def broken(event: events.Event) -> None:
        raise RuntimeError("no terminal")

    items = [Item(f"k{number}") for number in range(10)]
    report = run(items, draw, tmp_path, version="1", listeners=[broken, told.append])
    assert report.done == 10
    assert len(report.listener_errors) == 3
    assert "no terminal" in report.listener_errors[0]
    assert any("no terminal" in event.message for event in of(told, events.Log))


def test_listeners_are_told_what_they_take() -> None:
    everything: list[events.Event] = []
    logs: list[events.Event] = []
    hub = Hub([everything.append])
    started = events.ItemStarted(0.0, "k", 0, 1, 1)
    hub.tell(started)
    hub.add(logs.append, events.Log)
    said = events.Log(0.0, "info", "said")
    hub.tell(started)
    hub.tell(said)
    assert everything == [started, started, said]
    assert logs == [said]
    hub.drop([everything.append])
    hub.tell(said)
    assert len(everything) == 3
    assert logs == [said, said]


def test_an_endless_stream_is_taken_as_it_comes(tmp_path: Path) -> None:
    def stream() -> Iterator[Item]:
        number = 0
        while True:
            yield Item(f"k{number:05}")
            number += 1

    from figmill.engine import CancelToken

    cancel = CancelToken()
    finished = 0

    def watch(event: events.Event) -> None:
        nonlocal finished
        finished += isinstance(event, events.ItemFinished)
        if finished == 50:
            cancel.cancel()

    report = run(
        stream(), draw, tmp_path, version="1", options=RunOptions(cancel=cancel), listeners=[watch]
    )
    assert (report.done, report.interrupted) == (50, True)


def test_a_slow_stream_is_worked_on_at_once(tmp_path: Path) -> None:
    order: list[str] = []

    def stream() -> Iterator[Item]:
        for number in range(5):
            order.append(f"listed {number}")
            time.sleep(0.03)
            yield Item(str(number))

    def work(item: Item, outputs: Outputs) -> Outcome:
        order.append(f"drawn {item.key}")
        return Outcome.done()

    go(tmp_path, stream(), work)
    # The list is a step ahead.
    assert order.index("drawn 0") < order.index("listed 3")
    assert order.index("drawn 1") < order.index("listed 4")


def test_a_stream_that_raises_keeps_what_is_done(tmp_path: Path) -> None:
    def stream() -> Iterator[Item]:
        yield Item("a")
        raise RuntimeError("the folder went away")

    with pytest.raises(RuntimeError, match="went away"):
        go(tmp_path, stream())
    report, _ = go(tmp_path, [Item("a"), Item("b")])
    assert (report.done, report.skipped) == (1, 1)


@pytest.mark.parametrize(
    "key", ["../../x", "a\0b", "x" * 300, "😀", "\udcff", "CON", "a/b", "tab\t"]
)
def test_odd_keys(key: str, tmp_path: Path, tree: Tree) -> None:
    from figmill.engine import safe_name

    def work(item: Item, outputs: Outputs) -> Outcome:
        outputs.write(f"{safe_name(item.key)}.png", b"x")
        return Outcome.done()

    for workers in (1, 2):
        out = tmp_path / str(workers)
        assert go(out, [Item(key), Item("plain")], work, workers=workers)[0].done == 2
        assert go(out, [Item(key), Item("plain")], work, workers=workers)[0].skipped == 2
        assert len(tree(out)) == 2


def test_a_key_that_is_none() -> None:
    with pytest.raises(ConfigError, match="at least one character"):
        Item("")


def test_a_missing_input_fails_with_its_path(tmp_path: Path) -> None:
    report, _ = go(tmp_path, [Item("a", (tmp_path / "none.cdf",))])
    failure = report.failures[0].failure
    assert failure.category == "invalid-input"
    assert "none.cdf: there is no such file" in failure.message


def test_a_work_function_that_returns_nothing(tmp_path: Path) -> None:
    report, _ = go(tmp_path, [Item("a")], lambda item, outputs: None)
    assert "must return an Outcome" in report.failures[0].failure.message


def test_why_tells_the_reason(tmp_path: Path) -> None:
    source = tmp_path / "in.dat"
    source.write_bytes(b"one")
    item = Item("a", (source,), {"dpi": 200})
    out = tmp_path / "out"
    go(out, [item])
    assert why(out, "a")[0].reason == "It is done and nothing changed."
    assert why(out, "b")[0].action == "run"
    assert "dpi was 200" in why(out, "a", replace(item, parameters={"dpi": 1}))[0].reason
    assert "version changed" in why(out, "a", item, "2")[0].reason
    source.write_bytes(b"other")
    assert "in.dat changed" in why(out, "a")[0].reason
    (out / "a.txt").unlink()


def test_there_is_no_room_for_what_is_in_work(tmp_path: Path) -> None:
    go(tmp_path, [Item("a")])
    (tmp_path / ".figmill" / "staging").write_text("in the way")
    with pytest.raises(OutputError, match="for figures in work cannot be made"):
        go(tmp_path, [Item("a"), Item("b")])
    assert (tmp_path / "a.txt").exists()


def test_the_output_folder_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="cannot be made"):
        go(tmp_path / "file" / "out", [])


@pytest.mark.parametrize(
    "options",
    [
        {"workers": -1},
        {"flush_batch_size": 0},
        {"timeout_s": 0},
        {"memory_limit": -5},
        {"retries": {"bad luck": 1}},
        {"timeout_s": float("nan")},
    ],
)
def test_options_out_of_range(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        RunOptions(**options)


def test_a_run_needs_a_version(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="version"):
        go(tmp_path, [], version="")


def test_the_second_run_of_many_items_is_quick(tmp_path: Path) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        return Outcome.done()

    items = [Item(f"k{number:05}") for number in range(5000)]
    go(tmp_path, items, work, workers=2, log=False)
    begun = time.process_time()
    assert go(tmp_path, items, work)[0].skipped == 5000
    # 100,000 in 3 s.
    assert time.process_time() - begun < 0.6


@pytest.mark.parametrize("workers", [0, 2])
def test_what_is_wrong_with_the_command_ends_the_run_and_fails_no_item(
    tmp_path: Path, workers: int
) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        if item.parameters["map"] == "nonsense" and item.key != "first":
            raise ConfigError("there is no colour map 'nonsense'.", hint="Take viridis.")
        return draw(item, outputs)

    def items(colours: str) -> list[Item]:
        return [Item(key, parameters={"map": colours}) for key in ("first", "a", "b", "c")]

    assert go(tmp_path, items("viridis"), work, workers=workers)[0].ok
    told: list[events.Event] = []
    with pytest.raises(ConfigError, match="no colour map") as caught:
        run(
            items("nonsense"),
            work,
            tmp_path,
            version="1",
            options=RunOptions(workers=workers),
            listeners=[told.append],
        )
    assert caught.value.hint == "Take viridis."
    assert not [event for event in of(told, events.ItemFinished) if event.failure]
    assert isinstance(told[-1], events.RunFinished)
    with Ledger.read(tmp_path) as ledger:
        assert ledger.failures() == []
        assert "running" not in ledger.counts()
        assert all(not record.interruptions for record in ledger.items())
    # With what was right before, all is as it was.
    report, _ = go(tmp_path, items("viridis"), work, workers=workers)
    assert report.ok


def test_an_item_that_an_earlier_version_failed_for_its_command_is_tried_again(
    tmp_path: Path,
) -> None:
    with Ledger.open(tmp_path) as ledger, ledger.transaction():
        for key, kind in (
            ("a", "MissingExtraError"),
            ("b", "InputError"),
            ("c", "ModuleNotFoundError"),
        ):
            failure = Failure("invalid-input", "cdflib is not installed.", "", kind)
            ledger.finish(
                key, 0, "failed", Fingerprint("1", "{}", ()), run=1, failure=failure, source=""
            )
    report, _ = go(tmp_path, [Item("a"), Item("b"), Item("c")])
    assert (report.done, report.known_failed) == (2, 1)


def test_a_timeout_that_no_item_could_keep_to_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"at least 0\.01 s, not 0\.0001"):
        RunOptions(timeout_s=0.0001)
    assert RunOptions(timeout_s=0.01).timeout_s == 0.01


def test_what_the_system_cannot_do_is_said_to_a_run_that_asks_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacks = {"memory": "No limits here.", "timeout": "No traces here.", "workers": "Slow."}
    monkeypatch.setattr(system, "lacks", lambda: lacks)

    def said(**options: Any) -> list[str]:
        heard: list[events.Event] = []
        run(
            [Item("a")],
            lambda item, outputs: Outcome.done(),
            tmp_path,
            version="1",
            options=RunOptions(**options),
            listeners=[heard.append],
        )
        texts = [event.message for event in heard if isinstance(event, events.Log)]
        return [text for text in texts if text in lacks.values()]

    assert said() == []
    assert said(memory_limit=1 << 30) == ["No limits here."]
    assert said(batch_memory_limit=1 << 30, timeout_s=9) == ["No limits here.", "No traces here."]


def test_the_end_of_a_run_is_kept_once_what_was_in_work_has_made_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    end_run = Ledger.end_run

    def full(self: Ledger, *given: Any, **more: Any) -> None:
        if (tmp_path / ".figmill" / "staging").exists():
            raise LedgerError("the ledger cannot be used: database or disk is full.")
        end_run(self, *given, **more)

    monkeypatch.setattr(Ledger, "end_run", full)
    run([Item("a")], lambda item, outputs: Outcome.done(), tmp_path, version="1")
    with Ledger.read(tmp_path) as ledger:
        (found,) = ledger.runs()
    assert found.ended is not None
    assert found.counts["done"] == 1
