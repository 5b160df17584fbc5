from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from figmill.engine import Item, Ledger, events
from figmill.engine.fingerprint import Fingerprint, stat_file
from figmill.engine.planner import LARGEST_CHUNK, Planner
from figmill.errors import ConfigError


def planner(out: Path, ledger: Ledger | None, told: list[events.Event]) -> Planner:
    return Planner(out, ledger, "1", run=1, tell=told.append)


def test_a_key_listed_again_while_it_is_in_work(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        plan = planner(tmp_path, ledger, [])
        tasks = plan.tasks(Item(key) for key in "abcdea")
        with pytest.raises(ConfigError, match="two items have the key 'a'"):
            list(tasks)


def test_what_is_finished_is_forgotten(tmp_path: Path) -> None:
    plan = planner(tmp_path, None, [])
    for task in plan.tasks(Item(f"k{number}") for number in range(100)):
        if task:
            plan.watch(events.ItemFinished(0.0, task.item.key, task.index, "done", 0.0))
    assert plan._out_there == {}


def test_only_a_chunk_is_taken_ahead(tmp_path: Path) -> None:
    taken = 0

    def items() -> Iterator[Item]:
        nonlocal taken
        while True:
            taken += 1
            yield Item(f"k{taken}")

    tasks = planner(tmp_path, None, []).tasks(items())
    for _ in range(5000):
        given = next(tasks)
        while given is None:
            given = next(tasks)
        assert taken - given.index <= LARGEST_CHUNK + 1


def test_items_keep_their_place_in_the_input(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        with ledger.transaction():
            for key in ("k1", "k3"):
                ledger.finish(key, 0, "done", Fingerprint("1", "{}", ()), run=0)
        tasks = planner(tmp_path, ledger, []).tasks(Item(f"k{number}") for number in range(5))
        assert [task.index for task in tasks if task] == [0, 2, 4]


@pytest.mark.parametrize("change", ["input", "output", "state", "version", "parameters", None])
def test_the_quick_look_agrees_with_the_full_one(
    change: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, drawn = tmp_path / "in", tmp_path / "a.png"
    source.write_bytes(b"in")
    drawn.write_bytes(b"out")
    seen = stat_file(source)
    before = Fingerprint(
        "0" if change == "version" else "1", "[1]" if change == "parameters" else "{}", (seen,)
    )
    if change == "parameters":
        before = Fingerprint("1", '{"n":1}', (seen,))
    with Ledger.open(tmp_path) as ledger:
        with ledger.transaction():
            state = "failed" if change == "state" else "done"
            outputs = (stat_file(drawn, "a.png"),)
            ledger.finish("a", 0, state, before, run=0, outputs=outputs)
        if change == "input":
            source.write_bytes(b"longer")
        if change == "output":
            drawn.unlink()
        answers = []
        for quick in (True, False):
            if not quick:
                monkeypatch.setattr(Planner, "_plainly_settled", lambda self, row, item: False)
            told: list[events.Event] = []
            list(planner(tmp_path, ledger, told).tasks([Item("a", (source,))]))
            (event,) = told
            answers.append((type(event), getattr(event, "failed", None)))
    assert answers[0] == answers[1]
    skipped = change in {None, "state"}
    assert (answers[0][0] is events.ItemsSkipped) is skipped
