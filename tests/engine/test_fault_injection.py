"""Disks that are full, broken or read-only at the n-th write."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from figmill.engine import (
    Item,
    Outcome,
    Outputs,
    RunOptions,
    RunReport,
    fault_injection,
    run,
)

Tree = Callable[[Path], dict[str, bytes]]


def draw(item: Item, outputs: Outputs) -> Outcome:
    outputs.write(f"a/{item.key}.txt", item.key.encode())
    outputs.write(f"b/{item.key}.txt", item.key.encode())
    return Outcome.done()


def go(out: Path, **options: Any) -> RunReport:
    items = [Item(f"k{number}") for number in range(6)]
    chosen = {"backoff_s": 0.01, "retries": {}, **options}
    return run(items, draw, out, version="1", options=RunOptions(**chosen))


@pytest.fixture
def arm(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def set_up(orders: str) -> None:
        monkeypatch.setattr(fault_injection, "point", fault_injection._armed(orders))

    return set_up


@pytest.mark.parametrize("what", ["ENOSPC", "EIO", "EROFS", "EDQUOT"])
@pytest.mark.parametrize("at", ["before-write", "before-fsync", "before-rename", "after-rename"])
def test_a_write_that_fails_fails_its_item_alone(
    what: str, at: str, tmp_path: Path, tree: Tree, arm: Callable[[str], None]
) -> None:
    # The sixth write is the second file of the third item.
    arm(f'[{{"at": "{at}", "nth": 6, "do": "{what}"}}]')
    report = go(tmp_path)
    assert (report.done, report.failed) == (5, 1)
    failed = report.failures[0]
    assert (failed.key, failed.failure.category) == ("k2", "output")
    assert not [name for name in tree(tmp_path) if "k2" in name]
    assert len(tree(tmp_path)) == 10
    assert not list((tmp_path / ".figmill").glob("staging/*"))
    arm("[]")
    report = go(tmp_path)
    assert (report.done, report.skipped) == (1, 5)


def test_a_write_that_fails_once_is_tried_again(tmp_path: Path, arm: Callable[[str], None]) -> None:
    arm('[{"at": "before-write", "nth": 3, "do": "EIO"}]')
    assert go(tmp_path, retries={"output": 1}).done == 6


def test_a_disk_that_stays_full_fails_the_rest_and_recovers(
    tmp_path: Path, arm: Callable[[str], None]
) -> None:
    arm('[{"at": "before-fsync", "nth": 5, "until": 99, "do": "ENOSPC"}]')
    report = go(tmp_path)
    assert (report.done, report.failed) == (2, 4)
    assert {note.failure.category for note in report.failures} == {"output"}
    arm("[]")
    assert go(tmp_path).done == 4


def test_what_a_library_writes_itself_counts_as_output(tmp_path: Path) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        path = outputs.path("x.png")
        raise OSError(5, os.strerror(5), str(path))

    report = run([Item("a")], work, tmp_path, version="1", options=RunOptions(retries={}))
    assert report.failures[0].failure.category == "output"


def test_an_error_while_reading_is_not_one_of_output(tmp_path: Path) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        raise OSError(5, os.strerror(5), "/data/in.cdf")

    report = run([Item("a")], work, tmp_path, version="1", options=RunOptions(retries={}))
    assert report.failures[0].failure.category == "generic"


def test_a_file_size_limit_of_the_system(tmp_path: Path, tree: Tree) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, most))
        outputs.write("x.png", b"x" * 5000)
        return Outcome.done()

    options = RunOptions(isolate=True, retries={})
    report = run([Item("a")], work, tmp_path, version="1", options=options)
    assert report.failures[0].failure.category == "output"
    assert tree(tmp_path) == {}


def test_points_do_nothing_in_a_real_run() -> None:
    assert fault_injection.ENVIRONMENT not in os.environ
    assert fault_injection.point is fault_injection._nothing


def test_a_point_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match="no such point"):
        fault_injection._armed('[{"at": "nowhere", "do": "kill"}]')
