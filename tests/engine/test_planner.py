from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from figmill.engine import Item, Ledger, events
from figmill.engine.fingerprint import Fingerprint, digest_file, stat_file, take
from figmill.engine.listing import AHEAD
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
        assert taken - given.index <= LARGEST_CHUNK + AHEAD + 1


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


@pytest.mark.parametrize("name", ["a", "a[1]", "caf\u00e9", 'a"b', "a\\b"])
@pytest.mark.parametrize("figures", [1, 2])
@pytest.mark.parametrize("change", ["input", "time", "output", "path", "gone", None])
def test_names_of_files_do_not_hide_a_change(
    change: str | None, figures: int, name: str, tmp_path: Path
) -> None:
    source = tmp_path / f"{name}.cdf"
    source.write_bytes(b"in")
    names = [f"{name}{number}.png" for number in range(figures)]
    for drawn in names:
        (tmp_path / drawn).write_bytes(b"out")
    item = Item("k", (source,), {"n": 1, "deep": {"b": [True, 1.0, None]}})
    with Ledger.open(tmp_path) as ledger:
        with ledger.transaction():
            outputs = tuple(stat_file(tmp_path / drawn, drawn) for drawn in names)
            known = take(item, "1")
            ledger.finish("k", 0, "done", known, run=0, outputs=outputs, source=str(source))
        match change:
            case "input":
                source.write_bytes(b"longer")
            case "time":
                os.utime(source, (1, 1))
            case "output":
                (tmp_path / names[-1]).write_bytes(b"altered")
            case "path":
                item = replace(item, inputs=(tmp_path / names[0],), source=str(source))
            case "gone":
                (tmp_path / names[-1]).unlink()
        plan = planner(tmp_path, ledger, [])
        (look,) = plan._looks([item]).values()
        assert plan._plainly_settled(look, item) is (change is None)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ({"n": 1}, {"n": True}),
        ({"n": 1}, {"n": 1.0}),
        ({"n": [1]}, {"n": [1, 2]}),
        ({"n": np.int64(1)}, {"n": np.float64(5e-324)}),  # the same bytes
    ],
)
def test_other_parameters_of_many_items_are_noticed(
    before: dict[str, Any], now: dict[str, Any], tmp_path: Path
) -> None:
    with Ledger.open(tmp_path) as ledger:
        with ledger.transaction():
            for key in "abcd":
                ledger.finish(key, 0, "done", take(Item(key, (), before), "1"), run=0, source="")
        told: list[events.Event] = []
        items = [Item(key, (), now if key == "c" else before) for key in "abcd"]
        tasks = [task.item.key for task in planner(tmp_path, ledger, told).tasks(items) if task]
        assert tasks == ["c"]
        skipped = [event.keys for event in told if isinstance(event, events.ItemsSkipped)]
        assert skipped == [("a", "b", "d")]


def done(ledger: Ledger, key: str, source: Path, *outputs: str, recipe: str = "") -> None:
    stamp = replace(stat_file(source), digest=digest_file(source))
    out = ledger.path.parent.parent
    made = tuple(stat_file(out / name, name) for name in outputs)
    book = ledger.of(recipe)
    with ledger.transaction():
        book.finish(
            key,
            0,
            "done",
            Fingerprint("1", "{}", (stamp,)),
            run=0,
            outputs=made,
            source=str(source),
        )
        book.own(key, outputs)


def test_another_source_of_the_same_key_is_refused_unless_its_content_is_the_same(
    tmp_path: Path,
) -> None:
    first, second = tmp_path / "d1", tmp_path / "d2"
    for folder in (first, second):
        folder.mkdir()
        (folder / "a").write_bytes(folder.name.encode())
    (tmp_path / "a.png").write_bytes(b"drawn")
    told: list[events.Event] = []
    with Ledger.open(tmp_path) as ledger:
        done(ledger, "a", first / "a", "a.png")
        other = [Item("a", (second / "a",))]
        for look in ("check", "tasks"):
            with pytest.raises(ConfigError) as caught:
                list(getattr(planner(tmp_path, ledger, told), look)(other) or ())
            assert str(first / "a") in caught.value.message
            assert str(second / "a") in caught.value.message
        (second / "a").write_bytes((first / "a").read_bytes())
        planner(tmp_path, ledger, told).check(other)
        assert not [task for task in planner(tmp_path, ledger, told).tasks(other) if task]
        record = ledger.record("a")
    assert record is not None
    assert record.source == str(second / "a")
    (said,) = [event for event in told if isinstance(event, events.Log)]
    assert "the same content is at another place now" in said.message


def test_an_item_whose_key_stands_for_a_folder_may_have_other_files_in_it(tmp_path: Path) -> None:
    for name in ("v1", "v2", "a.png"):
        (tmp_path / name).write_bytes(name.encode())
    with Ledger.open(tmp_path) as ledger:
        done(ledger, "a", tmp_path / "v1", "a.png")
        with ledger.transaction():
            ledger.retouch("a", (stat_file(tmp_path / "v1"),), (), str(tmp_path), 0)
        item = Item("a", (tmp_path / "v2",), source=str(tmp_path))
        (task, _) = planner(tmp_path, ledger, []).tasks([item])
    assert task is not None


def test_files_of_another_recipe_are_refused_before_anything_is_drawn(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"x")
    (tmp_path / "a.png").write_bytes(b"drawn")
    with Ledger.open(tmp_path) as ledger:
        done(ledger, "a", tmp_path / "in", "a.png", recipe="other")
        plan = Planner(
            tmp_path, ledger, "1", run=1, tell=lambda event: None, recipe="mine", parts=("png",)
        )
        with pytest.raises(ConfigError, match=r"a\.png.*'a' of the recipe 'other'"):
            plan.check([Item("b", writes=("a",))])
        plan.check([Item("b", writes=("b",))])
        with pytest.raises(ConfigError, match=r"would both write the file c\.png"):
            plan.check([Item("b", writes=("c",)), Item("d", writes=("c",))])


def test_a_named_file_that_is_missing_stops_only_what_was_never_drawn(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"x")
    (tmp_path / "a.png").write_bytes(b"drawn")
    with Ledger.open(tmp_path) as ledger:
        done(ledger, "a", tmp_path / "in", "a.png")
        (tmp_path / "in").unlink()
        plan = planner(tmp_path, ledger, [])
        plan.check([Item("a", (tmp_path / "in",), named=True), Item("c", (tmp_path / "no",))])
        with pytest.raises(ConfigError, match=r"there is no such file: .*/in2"):
            plan.check([Item("b", (tmp_path / "in2",), named=True)])


def test_what_is_missing_keeps_its_figures(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"x")
    (tmp_path / "a.png").write_bytes(b"drawn")
    told: list[events.Event] = []
    with Ledger.open(tmp_path) as ledger:
        done(ledger, "a", tmp_path / "in", "a.png")
        data = (tmp_path / "in").read_bytes()
        times = (tmp_path / "in").stat()
        (tmp_path / "in").unlink()
        items = [Item("a", (tmp_path / "in",))]
        assert not [task for task in planner(tmp_path, ledger, told).tasks(items) if task]
        (skipped,) = told
        assert isinstance(skipped, events.ItemsSkipped)
        assert skipped.stale == 1
        assert "is missing" in skipped.reason
        assert [one.missing for one in ledger.stale()] == [True]
        # Once it is back all is well again, and nothing is redone.
        (tmp_path / "in").write_bytes(data)
        os.utime(tmp_path / "in", ns=(times.st_atime_ns, times.st_mtime_ns))
        assert not [task for task in planner(tmp_path, ledger, told).tasks(items) if task]
        assert ledger.stale() == []
