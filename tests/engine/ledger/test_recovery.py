"""What the next run makes of files that were being put in place when a run ended."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from figmill.engine import (
    Item,
    Ledger,
    Outcome,
    Outputs,
    RunOptions,
    RunReport,
    events,
    fault_injection,
    run,
    runner,
)

Tree = Callable[[Path], dict[str, bytes]]
Names = Callable[[int, int], list[str]]
COUNT = 3


class Ended(BaseException):
    """What ends a run at once: no work or engine code expects it."""


def pair(number: int, _generation: int) -> list[str]:
    return [f"a/{number}.txt", f"b/{number}.txt"]


def ring(number: int, generation: int) -> list[str]:
    """Each item has the name that its neighbour had in the generation before."""
    return [f"{(number + generation) % COUNT}.txt"]


def content(number: int, generation: int) -> bytes:
    return f"item {number} of generation {generation}".encode()


def go(
    out: Path, names: Names, generation: int, fail: Collection[int] = (), *, overwrite: bool = False
) -> RunReport:
    def work(item: Item, outputs: Outputs) -> Outcome:
        if item.payload in fail:
            raise ValueError("it cannot be drawn")
        for name in names(item.payload, generation):
            outputs.write(name, content(item.payload, generation))
        return Outcome.done()

    items = [Item(f"k{n}", parameters={"g": generation}, payload=n) for n in range(COUNT)]
    options = RunOptions(retries={}, log=False, overwrite=overwrite)
    return run(items, work, out, version="1", options=options)


def generations(out: Path, names: Names) -> list[set[int]]:
    """Say, for each item, of which generations all its files are there."""
    return [
        {
            g
            for g in (1, 2)
            if all(
                (out / name).is_file() and (out / name).read_bytes() == content(number, g)
                for name in names(number, g)
            )
        }
        for number in range(COUNT)
    ]


@pytest.fixture
def end_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int], None]:
    def set_up(label: str, nth: int) -> None:
        passed = 0

        def point(at: str) -> None:
            nonlocal passed
            passed += at == label
            if at == label and passed == nth:
                monkeypatch.setattr(fault_injection, "point", fault_injection._nothing)
                raise Ended

        monkeypatch.setattr(fault_injection, "point", point)

    return set_up


@pytest.mark.parametrize("names", [pair, ring])
@pytest.mark.parametrize(
    ("label", "nth"),
    [*(("after-rename", n) for n in range(1, 4)), ("before-rename", 2), ("after-intent", 3)],
)
def test_an_item_is_of_one_generation_whatever_comes(
    tmp_path: Path, end_at: Callable[[str, int], None], names: Names, label: str, nth: int
) -> None:
    go(tmp_path, names, 1)
    if names is ring and label == "after-intent":
        nth = 1  # items that exchange their names are intended together
    end_at(label, nth)
    with pytest.raises(Ended):
        go(tmp_path, names, 2)
    # Whatever is completed or put back, nothing of it is drawn.
    go(tmp_path, names, 3, fail=range(COUNT))
    found = generations(tmp_path, names)
    assert all(found), found
    if names is ring:
        assert len(set(map(frozenset, found))) == 1
    assert not list((tmp_path / ".figmill").glob("staging/*"))


def test_with_nothing_to_put_back_what_is_there_stays(
    tmp_path: Path, tree: Tree, end_at: Callable[[str, int], None]
) -> None:
    go(tmp_path, pair, 1)
    end_at("after-rename", 1)
    with pytest.raises(Ended):
        go(tmp_path, pair, 2)
    shutil.rmtree(tmp_path / ".figmill" / "staging")
    go(tmp_path, pair, 3, fail=range(COUNT))
    assert tree(tmp_path)["a/0.txt"] == content(0, 2)
    assert tree(tmp_path)["b/0.txt"] == content(0, 1)


def test_what_can_no_longer_be_completed_is_put_back(
    tmp_path: Path, tree: Tree, end_at: Callable[[str, int], None]
) -> None:
    for name in pair(0, 1):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("mine")
    end_at("after-rename", 1)
    with pytest.raises(Ended):
        go(tmp_path, pair, 1, overwrite=True)
    assert tree(tmp_path)["a/0.txt"] == content(0, 1)
    # This run may not replace what is in the way.
    go(tmp_path, pair, 1)
    assert tree(tmp_path)["a/0.txt"] == tree(tmp_path)["b/0.txt"] == b"mine"
    with Ledger.read(tmp_path) as ledger:
        assert ledger.counts() == {"done": 2, "failed": 1}


def test_one_new_file_of_a_killed_run_is_its_items_own(
    tmp_path: Path, tree: Tree, end_at: Callable[[str, int], None]
) -> None:
    def one(number: int, _generation: int) -> list[str]:
        return [f"{number}.txt"]

    end_at("before-commit", 1)
    with pytest.raises(Ended):
        go(tmp_path, one, 1)
    # With other options it has another content, and takes the place of the first all the same.
    report = go(tmp_path, one, 2)
    # What was completed beforehand is not of this run.
    assert (report.done, report.planned, report.total) == (COUNT, 0, COUNT)
    assert tree(tmp_path)["0.txt"] == content(0, 2)


def test_one_file_of_a_new_name_does_not_get_in_the_way(
    tmp_path: Path, end_at: Callable[[str, int], None]
) -> None:
    def chain(number: int, generation: int) -> list[str]:
        return [f"{number + generation}.txt"]

    go(tmp_path, chain, 1)
    end_at("before-commit", 3)  # of the last, which waits for no other's name
    with pytest.raises(Ended):
        go(tmp_path, chain, 2)
    go(tmp_path, chain, 3, fail=range(COUNT))
    assert all(generations(tmp_path, chain))
    assert go(tmp_path, chain, 4).failed == 0


def test_what_was_completed_is_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[events.Event] = []
    monkeypatch.setattr(runner, "recover", lambda *_: (1, 2))
    run([], lambda item, outputs: Outcome.done(), tmp_path, version="1", listeners=[told.append])
    said = " ".join(event.message for event in told if isinstance(event, events.Log))
    assert "the files of 1 item that" in said
    assert "Undid 2 items that" in said
