"""The plain lines about results: what they say, and what becomes of bad ones."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest

from figmill.engine import (
    Item,
    Ledger,
    Outcome,
    Outputs,
    RunReport,
    events,
    prune,
    run,
)
from figmill.engine.fingerprint import FileStamp, Fingerprint
from figmill.engine.ledger import sidecar
from figmill.engine.ledger.records import Earlier
from figmill.engine.ledger.sidecar import Noted, Sidecar, line_of, read

MADE = Earlier(
    "",
    Fingerprint("1", '{"dpi":200,"unit":"µ"}', (FileStamp("/in.dat", 4, 5, "ab"),)),
    (FileStamp("a.png", 1, 2, "cd", "png"), FileStamp("a.csv", 1, 2, "ef")),
    frozenset({"png", "pdf"}),
    '{"n":1.5,"text":"one\\ntwo"}',
    "It has\ntwo lines.",
)
LEFT = replace(MADE, part="svg", parts=frozenset({"svg"}), whole=False, stale="It is old.")


def work(item: Item, outputs: Outputs) -> Outcome:
    match item.key:
        case "none":
            return Outcome.no_data("There is nothing.", {"looked": True})
        case "bad":
            raise ValueError("no")
    outputs.write(f"{item.key}.txt", str(item.parameters).encode())
    return Outcome.done("It is done.", {"n": 1})


def ran(out: Path, keys: str = "a b none bad", **given: object) -> RunReport:
    items = [Item(key, parameters=given) for key in keys.split()]
    return run(items, work, out, version="1", recipe="r")


def home(out: Path) -> Path:
    return out / ".figmill" / sidecar.FILE


class Line(Protocol):
    def __call__(self, key: str = "k", *, at: float = 0.0, earlier: Sequence[Earlier] = ()) -> str:
        """Give the line of MADE under a key."""


@pytest.fixture
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with Ledger.open(tmp_path_factory.mktemp("ledger"), "r") as ledger:

        def write(key: str = "k", *, at: float = 0.0, earlier: Sequence[Earlier] = ()) -> str:
            with ledger.transaction():
                row = ledger.finish(
                    key,
                    3,
                    "done",
                    MADE.fingerprint,
                    run=1,
                    attempts=2,
                    seconds=0.25,
                    message=MADE.message,
                    outputs=MADE.outputs,
                    parts=MADE.parts,
                    source="/in.dat",
                    earlier=earlier,
                )
            return line_of((*row[:15], at, *row[16:]), MADE.facts, earlier)

        yield write


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / ".figmill").mkdir()
    return tmp_path


def test_a_line_says_all_that_the_ledger_knows(out: Path, line: Line) -> None:
    home(out).write_text(line(at=7.5, earlier=[LEFT]))
    assert list(read(out)) == [
        Noted("r", "k", 3, "/in.dat", "done", MADE, (LEFT,), 2, 0.25, 7.5),
    ]


def test_a_run_notes_what_it_made_and_nothing_of_failures(tmp_path: Path) -> None:
    ran(tmp_path)
    with Ledger.read(tmp_path) as ledger:
        records = {key: ledger.record(key) for key in ("a", "b", "none")}
    found = {noted.key: noted for noted in read(tmp_path)}
    assert found.keys() == records.keys()
    for key, record in records.items():
        assert record is not None
        noted = found[key]
        assert (noted.recipe, noted.index, noted.state) == ("r", record.index, record.state)
        assert noted.result.fingerprint == record.fingerprint
        assert noted.result.outputs == record.outputs
        assert noted.result.message == record.message
        assert noted.at == pytest.approx(record.at, abs=1e-3)
    assert (found["a"].result.facts, found["none"].result.facts) == ('{"n":1}', '{"looked":true}')


def test_what_needs_nothing_gets_no_line(tmp_path: Path) -> None:
    ran(tmp_path, "a b")
    before = home(tmp_path).read_bytes()
    assert ran(tmp_path, "a b").skipped == 2
    assert home(tmp_path).read_bytes() == before


def test_files_of_earlier_options_are_in_the_line(tmp_path: Path) -> None:
    def draw(item: Item, outputs: Outputs) -> Outcome:
        for part in item.parameters["parts"]:
            outputs.write(f"{item.key}.{part}", b"drawn", part=part)
        return Outcome.done()

    for part in ("png", "pdf"):
        run([Item("a", parameters={"parts": [part]})], draw, tmp_path, version="1", parts=(part,))
    (noted,) = read(tmp_path)
    assert [stamp.path for stamp in noted.result.outputs] == ["a.pdf"]
    assert [(one.part, one.whole, one.outputs[0].path) for one in noted.earlier] == [
        ("png", True, "a.png")
    ]


def test_the_last_line_of_an_item_counts_and_the_latest_item_is_first(
    out: Path, line: Line
) -> None:
    lines = [line("a", at=1), line("b", at=2), line("a", at=3).replace("two lines", "one line")]
    home(out).write_text("".join(lines))
    found = list(read(out))
    assert [noted.key for noted in found] == ["a", "b"]
    assert found[0].result.message == "It has\none line."


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"{",
        b"[1]",
        b"null",
        b'"text"',
        b"\x00" * 500,
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"recipe":"r","key":"x"}',
        b'{"recipe":"r","key":"\\ud800","state":"forgotten","at":1}',
    ],
)
def test_a_bad_line_is_left_out(out: Path, line: Line, bad: bytes) -> None:
    cut = line("cut").encode()
    home(out).write_bytes(
        line("a").encode() + bad + b"\n" + cut[: len(cut) // 2] + b"\n" + line("b").encode()
    )
    assert sorted(noted.key for noted in read(out)) == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("index", None),
        ("parameters", [1]),
        ("inputs", [[1]]),
        ("outputs", {}),
        ("facts", None),
        ("parts", 1),
        ("earlier", [{}]),
    ],
)
def test_a_line_that_lacks_something_is_left_out(
    out: Path, line: Line, name: str, value: object
) -> None:
    known = json.loads(line())
    home(out).write_text(json.dumps({**known, name: value}))
    assert list(read(out)) == []
    known.pop(name, None)
    home(out).write_text(json.dumps(known))
    assert [noted.key for noted in read(out)] == (["k"] if name in ("parts", "earlier") else [])


def test_after_a_cut_line_the_next_one_stands_alone(out: Path, line: Line) -> None:
    home(out).write_text(line("a") + line("b")[:-20])
    with Sidecar(out) as side:
        side.append([line("c"), line("d")])
    assert sorted(noted.key for noted in read(out)) == ["a", "c", "d"]


def test_what_is_not_unicode_is_escaped(out: Path, line: Line) -> None:
    with Sidecar(out) as side:
        side.append([line("a").replace("µ", "\udcff")])
    assert b"\\udcff" in home(out).read_bytes()


def test_lines_that_come_together_are_one_write(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writes: list[bytes] = []
    monkeypatch.setattr(sidecar.os, "write", lambda _, data: writes.append(data) or len(data))  # type: ignore[func-returns-value]
    with Sidecar(out) as side:
        side.append(["one\n", "two\n"])
        side.append([])
        side.append(["three\n"])
    assert writes == [b"one\ntwo\n", b"three\n"]


def test_a_disk_that_is_full_is_told_once_and_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, refused = os.write, []

    def refuse(handle: int, data: bytes) -> int:
        if b'"recipe"' in data and len(refused) < 2:
            refused.append(data)
            write(handle, data[:30])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(handle, data)

    monkeypatch.setattr(os, "write", refuse)
    told: list[events.Event] = []
    items = [Item(key) for key in "abc"]
    report = run(items, work, tmp_path, version="1", listeners=[told.append])
    assert (report.done, len(refused)) == (3, 2)
    warned = [event for event in told if isinstance(event, events.Log)]
    assert [event.level for event in warned] == ["notice"]
    assert "No space left" in warned[0].message
    assert [noted.key for noted in read(tmp_path)] == ["c"]


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    out = tmp_path / "out"
    (out / ".figmill").mkdir(parents=True)
    home(out).symlink_to(victim)
    told: list[events.Event] = []
    report = run([Item("a")], work, out, version="1", listeners=[told.append])
    assert (report.done, victim.read_text()) == (1, "mine")
    assert any(isinstance(event, events.Log) and "is a link" in event.message for event in told)


def test_what_was_forgotten_is_not_given(out: Path, line: Line) -> None:
    with Sidecar(out) as side:
        side.append([line("a"), line("b")])
        side.forget([("r", "a"), ("r", "never there")])
        side.append([line("c")])
    assert sorted(noted.key for noted in read(out)) == ["b", "c"]


def test_what_is_pruned_is_forgotten_here_too(tmp_path: Path) -> None:
    ran(tmp_path, "a b none")
    prune(tmp_path, ["a", "none"], remove_files=True)
    assert [noted.key for noted in read(tmp_path)] == ["b"]


def test_it_is_written_again_when_it_has_grown_far_beyond_its_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran(tmp_path, "a b none")
    monkeypatch.setattr(sidecar, "ROOM", 2000)
    sizes = []
    for n in range(20):
        ran(tmp_path, "a b", n=n)
        sizes.append(home(tmp_path).stat().st_size)
    with Ledger.read(tmp_path) as ledger:
        needed = ledger.size_of_results()
    assert max(sizes) < 2 * needed + 4000
    assert min(sizes[10:]) < 2 * needed
    found = {noted.key: noted for noted in read(tmp_path)}
    assert sorted(found) == ["a", "b", "none"]
    assert found["a"].result.fingerprint.parameters == '{"n":19}'
    assert found["none"].result.facts == '{"looked":true}'
    assert [path.name for path in home(tmp_path).parent.glob("*.tmp")] == []


def test_a_run_that_made_nothing_leaves_it_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran(tmp_path, "a")
    before = home(tmp_path).read_bytes() * 10
    home(tmp_path).write_bytes(before)
    monkeypatch.setattr(sidecar, "ROOM", 0)
    ran(tmp_path, "a")
    assert home(tmp_path).read_bytes() == before


def test_without_a_file_nothing_is_noted(tmp_path: Path) -> None:
    assert list(read(tmp_path)) == []
