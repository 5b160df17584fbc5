"""Leases: who holds a folder where the kernel has no lock to give."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from figmill.engine import lease
from figmill.engine.files import Folder
from figmill.engine.lease import Lease, Taken, lives_here, owner_now, take
from figmill.system import system

HOLD_AND_DIE = """
import os, sys
from pathlib import Path
from figmill.engine.files import Folder
from figmill.engine.lease import take
take(Folder.open(Path(sys.argv[1])), print)
os._exit(0)
"""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "WATCH_S", 0.3)
    monkeypatch.setattr(lease, "_LOOK_S", 0.01)


def silent(text: str) -> None:
    pytest.fail(f"it waits: {text}")


def held_elsewhere(folder: Path, number: int = 1, **change: Any) -> Path:
    file = folder / f"{number:08d}"
    owner = {**owner_now(), "host": "elsewhere", "beats": 0, "released": False, **change}
    file.write_text(json.dumps(owner))
    return file


def test_one_holds_it_until_it_lets_go(tmp_path: Path) -> None:
    with Folder.open(tmp_path) as folder:
        first = take(folder, silent)
        with pytest.raises(Taken) as caught:
            take(folder, silent)
        assert caught.value.owner["pid"] == os.getpid()
        first.release()
        second = take(folder, silent)
        assert [path.name for path in tmp_path.iterdir()] == ["00000002"]
        first.beat()
        assert first.lost
        second.beat()
        assert not second.lost


def test_who_could_not_write_that_it_let_go_may_take_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: object) -> int:
        raise OSError(28, "No space left on device")

    with Folder.open(tmp_path) as folder:
        first = take(folder, silent)
        with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
            patch.setattr(system, "pwrite", full)
            first.release()
        second = take(folder, silent)
        with pytest.raises(Taken):
            take(folder, silent)
        second.release()


def test_a_dead_owner_on_this_machine_is_seen_at_once(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", HOLD_AND_DIE, str(tmp_path)], check=True)
    with Folder.open(tmp_path) as folder:
        take(folder, silent)


@pytest.mark.parametrize(
    ("change", "alive"),
    [
        ({}, True),
        ({"pid": 2**22 + 1}, False),
        ({"started": 1}, False),
        ({"boot": "an earlier one"}, None),
        ({"space": "of a container"}, None),
        ({"host": "elsewhere"}, None),
        ({"pid": "?"}, None),
    ],
)
def test_who_lives_here(change: dict[str, object], alive: bool | None) -> None:
    assert lives_here({**owner_now(), **change}) is alive


def test_an_owner_elsewhere_that_makes_progress_keeps_it(tmp_path: Path) -> None:
    held_elsewhere(tmp_path)
    timer = threading.Timer(0.1, held_elsewhere, (tmp_path,), {"beats": 1})
    timer.start()
    said: list[str] = []
    begun = time.monotonic()
    with Folder.open(tmp_path) as folder, pytest.raises(Taken):
        take(folder, said.append)
    assert time.monotonic() - begun < 0.29  # as soon as it is seen
    assert "on elsewhere" in said[0]
    timer.join()


@pytest.mark.parametrize("since", [0.0, 1e12])
def test_an_owner_elsewhere_without_progress_loses_it_whatever_its_clock(
    since: float, tmp_path: Path
) -> None:
    held_elsewhere(tmp_path, since=since)
    begun = time.monotonic()
    with Folder.open(tmp_path) as folder:
        take(folder, lambda text: None)
    assert time.monotonic() - begun >= 0.3


def test_an_owner_elsewhere_that_lets_go_meanwhile(tmp_path: Path) -> None:
    held_elsewhere(tmp_path)
    timer = threading.Timer(0.1, held_elsewhere, (tmp_path,), {"released": True})
    timer.start()
    with Folder.open(tmp_path) as folder:
        take(folder, lambda text: None)
    timer.join()


@pytest.mark.parametrize("text", ["", "{", "[]", "\0\0"])
def test_a_damaged_lease_is_watched_and_taken(text: str, tmp_path: Path) -> None:
    (tmp_path / "00000009").write_text(text)
    with Folder.open(tmp_path) as folder:
        take(folder, lambda text: None)
    assert [path.name for path in tmp_path.iterdir()] == ["00000010"]


def test_of_many_that_try_one_gets_it(tmp_path: Path) -> None:
    held_elsewhere(tmp_path, released=True)
    got: list[Lease] = []
    refused: list[Taken] = []
    start = threading.Barrier(16)

    def attempt() -> None:
        with Folder.open(tmp_path) as folder:
            start.wait()
            try:
                # Who meets a lease that is just being written watches it for a moment.
                got.append(take(folder, lambda text: None))
            except Taken as taken:
                refused.append(taken)

    threads = [threading.Thread(target=attempt) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(got), len(refused)) == (1, 15)


def test_who_judged_late_does_not_take_what_others_took_since(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_elsewhere(tmp_path, released=True)
    real: Callable[..., bool] = lease._is_free
    overtaken = []

    def slow(folder: Folder, number: int, tell: Callable[[str], None]) -> bool:
        free = real(folder, number, tell)
        if not overtaken:
            # Two others take it in turn, and the second has it still.
            overtaken.append(number)
            take(folder, silent).release()
            take(folder, silent)
        return free

    monkeypatch.setattr(lease, "_is_free", slow)
    with Folder.open(tmp_path) as folder, pytest.raises(Taken):
        take(folder, silent)
    assert [path.name for path in tmp_path.iterdir()] == ["00000003"]


def test_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_given: object, **_options: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(system, "link", refused)
    with Folder.open(tmp_path) as folder:
        take(folder, silent)
        with pytest.raises(Taken):
            take(folder, silent)
    assert [path.name for path in tmp_path.iterdir()] == ["00000001"]


def test_it_is_kept_up_while_it_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "BEAT_S", 0.02)
    lost: list[bool] = []
    with (
        Folder.open(tmp_path) as home,
        lease.held(home, silent, lambda: lost.append(True)) as held,
    ):
        assert lease.makes_progress(home, 5)
        held_elsewhere(tmp_path / lease.FOLDER, 2)
        until = time.monotonic() + 5
        while not lost:
            assert time.monotonic() < until
            time.sleep(0.01)
        assert held.lost
    # What another has is left to it.
    last = json.loads((tmp_path / lease.FOLDER / "00000002").read_text())
    assert (last["host"], last["released"]) == ("elsewhere", False)


def test_the_progress_of_nobody(tmp_path: Path) -> None:
    (tmp_path / lease.FOLDER).mkdir()
    with Folder.open(tmp_path) as home:
        assert not lease.makes_progress(home, 0.05)
        held_elsewhere(tmp_path / lease.FOLDER)
        assert not lease.makes_progress(home, 0.05)
