from __future__ import annotations

from pathlib import Path

import pytest

from figmill.engine import Item, Ledger, Outcome, Outputs, RunOptions, prune, run
from figmill.errors import ConfigError, FolderInUseError, LedgerError, NoData


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.dat"
    path.write_bytes(b"data")
    return path


def work(item: Item, outputs: Outputs) -> Outcome:
    if item.parameters.get("fail"):
        raise NoData("nothing in that range")
    for number in range(int(str(item.parameters.get("files", 1)))):
        outputs.write(f"{item.key}{number}.txt", b"x")
    return Outcome.done()


def go(out: Path, *items: Item, recipe: str = "") -> None:
    run(list(items), work, out, version="1", recipe=recipe, options=RunOptions(log=False))


def names(out: Path) -> list[str]:
    return sorted(path.name for path in out.glob("*.txt"))


def test_it_says_what_would_go_and_removes_only_when_asked(tmp_path: Path) -> None:
    out = tmp_path / "out"
    go(out, Item("a", parameters={"files": 3}), Item("b"))
    go(out, Item("a", parameters={"files": 1}), Item("b", parameters={"fail": 1}))
    found = prune(out)
    assert [one.file.path for one in found.files] == ["a1.txt", "a2.txt", "b0.txt"]
    assert "no data now: nothing in that range" in found.files[-1].why
    assert names(out) == ["a0.txt", "a1.txt", "a2.txt", "b0.txt"]
    assert prune(out, remove_files=True).files == found.files
    assert names(out) == ["a0.txt"]
    assert prune(out).files == ()
    with Ledger.read(out) as ledger:
        assert ledger.stale() == []
        assert ledger.owner("b0.txt") is None
    # What was removed is made again where it is asked for.
    go(out, Item("b"))
    assert names(out) == ["a0.txt", "b0.txt"]


def test_what_is_stale_since_its_input_is_missing_stays(tmp_path: Path, source: Path) -> None:
    out = tmp_path / "out"
    go(out, Item("a", (source,)))
    source.rename(source.with_name("elsewhere"))
    go(out, Item("a", (source,)))
    found = prune(out, remove_files=True)
    assert (found.files, [one.file.path for one in found.kept]) == ((), ["a0.txt"])
    assert names(out) == ["a0.txt"]
    assert [one.file.path for one in prune(out, ["a"], remove_files=True).files] == ["a0.txt"]
    assert names(out) == []


def test_what_was_made_of_a_missing_file_stays_whatever_the_run_said_of_it(
    tmp_path: Path, source: Path
) -> None:
    out = tmp_path / "out"
    go(out, Item("before", (source,)), Item("since", (source,)))
    go(out, Item("before", (source,), {"fail": 1}))
    content = source.read_bytes()
    source.unlink()
    go(out, Item("since", (), {"fail": 1}))  # it fails for want of what it does not list
    found = prune(out, remove_files=True)
    assert found.files == ()
    assert sorted(one.file.path for one in found.kept) == ["before0.txt", "since0.txt"]
    assert {one.why for one in found.kept} == {
        f"Input {source} is missing; what was made of it stays."
    }
    assert names(out) == ["before0.txt", "since0.txt"]
    source.write_bytes(content)
    assert len(prune(out, remove_files=True).files) == 2
    assert names(out) == []


def test_a_forced_redo_that_finds_no_data_leaves_what_is_stale(tmp_path: Path) -> None:
    out = tmp_path / "out"
    go(out, Item("a"))

    def empty(item: Item, outputs: Outputs) -> Outcome:
        raise NoData("nothing any more")

    report = run([Item("a")], empty, out, version="1", options=RunOptions(force=True, log=False))
    assert (report.no_data, report.stale) == (1, 1)
    go(out, Item("a"))
    assert [one.file.path for one in prune(out).files] == ["a0.txt"]


def test_what_an_item_has_done_without_goes_and_its_missing_input_is_told(
    tmp_path: Path, source: Path
) -> None:
    out, other = tmp_path / "out", tmp_path / "other.dat"
    other.write_bytes(b"other")
    go(out, Item("a", (source, other), {"files": 2}))
    other.unlink()
    go(out, Item("a", (source,), {"files": 1}))
    (gone,) = prune(out, remove_files=True).files
    assert gone.why.endswith(f"has made since. Input {other} is missing.")
    assert names(out) == ["a0.txt"]


def test_an_item_that_is_named_goes_with_all_its_files(tmp_path: Path) -> None:
    out = tmp_path / "out"
    go(out, Item("a", parameters={"files": 2}), Item("b"))
    go(out, Item("a", parameters={"files": 1}))
    found = prune(out, ["a"], remove_files=True)
    assert found.forgotten == (("", "a"),)
    assert names(out) == ["b0.txt"]
    with Ledger.read(out) as ledger:
        assert [record.key for record in ledger.items()] == ["b"]
    with pytest.raises(ConfigError, match="no item 'z' is known"):
        prune(out, ["z"])


def test_an_item_of_the_same_key_and_another_recipe_is_told(tmp_path: Path) -> None:
    out = tmp_path / "out"
    go(out, Item("a"), recipe="one")
    run(
        [Item("a")],
        lambda item, outputs: (outputs.write("other.txt", b"y"), Outcome.done())[1],  # type: ignore[func-returns-value]
        out,
        version="1",
        recipe="two",
    )
    assert sorted(prune(out, ["a"]).forgotten) == [("one", "a"), ("two", "a")]
    assert names(out) == ["a0.txt", "other.txt"]


def test_failed_items_are_forgotten(tmp_path: Path) -> None:
    out = tmp_path / "out"

    def fails(item: Item, outputs: Outputs) -> Outcome:
        raise ValueError

    go(out, Item("a"))
    run([Item("a"), Item("b")], fails, out, version="2")
    assert prune(out, failed=True).forgotten == (("", "a"), ("", "b"))
    with Ledger.read(out) as ledger:
        assert ledger.counts() == {"failed": 2}
    prune(out, failed=True, remove_files=True)
    with Ledger.read(out) as ledger:
        assert ledger.counts() == {}
    assert names(out) == []


def test_nothing_outside_is_removed(tmp_path: Path) -> None:
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"

    def deep(item: Item, outputs: Outputs) -> Outcome:
        for number in range(int(str(item.parameters["files"]))):
            outputs.write(f"sub/{number}.txt", b"x")
        return Outcome.done()

    for files in (2, 1):
        run([Item("a", parameters={"files": files})], deep, out, version="1")
    (out / "sub").rename(elsewhere)
    (out / "sub").symlink_to(elsewhere)
    assert prune(out, remove_files=True).files == ()
    assert sorted(path.name for path in elsewhere.iterdir()) == ["0.txt", "1.txt"]


def test_a_folder_that_cannot_be_pruned_is_told(tmp_path: Path) -> None:
    from figmill.engine.lock import folder_lock

    with pytest.raises(LedgerError, match="no ledger"):
        prune(tmp_path, remove_files=True)
    assert list(tmp_path.iterdir()) == []
    go(tmp_path, Item("a"))
    with folder_lock(tmp_path):
        assert prune(tmp_path).files == ()
        with pytest.raises(FolderInUseError):
            prune(tmp_path, remove_files=True)
