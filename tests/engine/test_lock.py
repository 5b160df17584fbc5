from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from figmill.engine import (
    Item,
    Ledger,
    Outcome,
    Outputs,
    RunOptions,
    events,
    lease,
    lock,
    run,
)
from figmill.engine.lock import folder_lock
from figmill.errors import FolderInUseError, OutputError
from figmill.system import system

HOLDER = """
import errno, sys, time
from pathlib import Path
from figmill.engine.lock import folder_lock
from figmill.system import system
def refuse(handle):
    raise OSError(errno.ENOLCK, "no locks")
if sys.argv[2] == "refusing":
    system.lock = refuse
with folder_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def holder(out: Path, *, refusing: bool = False) -> subprocess.Popen[str]:
    how = "refusing" if refusing else "locking"
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(out), how], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_run_says_who_holds_the_folder(tmp_path: Path) -> None:
    with holder(tmp_path) as first:
        try:
            with pytest.raises(FolderInUseError, match=f"process {first.pid} on") as caught:
                run([Item("a")], lambda item, outputs: Outcome.done(), tmp_path, version="1")
            assert "no unlocking" in str(caught.value)
        finally:
            first.kill()


def test_a_killed_run_needs_no_unlocking(tmp_path: Path) -> None:
    with holder(tmp_path) as first:
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert json.loads((tmp_path / ".figmill" / "lock").read_text())["pid"] == first.pid
    with folder_lock(tmp_path):
        pass


def test_two_runs_in_one_process(tmp_path: Path) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        run([Item("b")], work, tmp_path, version="1")
        return Outcome.done()

    report = run([Item("a")], work, tmp_path, version="1", options=RunOptions(retries={}))
    assert "another run" in report.failures[0].failure.message


def test_workers_do_not_inherit_the_hold(tmp_path: Path) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        handles = Path("/proc/self/fd").iterdir()
        mine = {str(handle.readlink()) for handle in handles if handle.is_symlink()}
        return Outcome.done(facts={"open": sorted(mine)})

    run([Item("a")], work, tmp_path, version="1", options=RunOptions(isolate=True))
    with Ledger.read(tmp_path) as ledger:
        facts = ledger.facts("a")
    assert facts is not None
    assert not [name for name in facts["open"] if "figmill/l" in name]  # type: ignore[union-attr]


class Refusing:
    """A file system without locks."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __call__(self, handle: int) -> None:
        raise OSError(self.number, os.strerror(self.number))


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_without_locks_a_lease_decides(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system, "lock", Refusing(number))
    with (
        folder_lock(tmp_path),
        pytest.raises(FolderInUseError, match=f"process {os.getpid()} on"),
        folder_lock(tmp_path),
    ):
        pass
    with folder_lock(tmp_path):
        pass


def test_without_locks_a_killed_run_is_seen_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "_changes", lambda *_asked: pytest.fail("it watches"))
    with holder(tmp_path, refusing=True) as first:
        monkeypatch.setattr(system, "lock", Refusing(errno.ENOLCK))
        try:
            with pytest.raises(FolderInUseError, match=f"process {first.pid} on"):
                folder_lock(tmp_path).__enter__()
        finally:
            first.kill()
    with folder_lock(tmp_path):
        assert lock.is_held(tmp_path)
    assert not lock.is_held(tmp_path)


def test_another_error_is_not_swallowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "lock", Refusing(errno.EIO))
    with pytest.raises(OSError, match="Input/output"), folder_lock(tmp_path):
        pass


def test_on_a_network_a_lock_is_not_enough(tmp_path: Path) -> None:
    with folder_lock(tmp_path, network=True):
        (last,) = (tmp_path / ".figmill" / "lease").iterdir()
        assert json.loads(last.read_text())["released"] is False
    assert json.loads(last.read_text())["released"] is True


def test_a_run_that_was_taken_for_dead_stops_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "BEAT_S", 0.02)
    monkeypatch.setattr(system, "lock", Refusing(errno.ENOLCK))
    begun: list[str] = []

    def work(item: Item, outputs: Outputs) -> Outcome:
        begun.append(item.key)
        (tmp_path / ".figmill" / "lease" / "00000002").write_text("{}")
        time.sleep(1)
        return Outcome.done()

    items = [Item("a"), Item("b"), Item("c")]
    with pytest.raises(FolderInUseError, match="another run has taken this folder"):
        run(items, work, tmp_path, version="1", options=RunOptions(workers=0))
    assert begun == ["a"]


def test_a_run_says_that_it_waits_for_another_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system, "lock", Refusing(errno.ENOLCK))
    monkeypatch.setattr(lease, "WATCH_S", 0.1)
    monkeypatch.setattr(lease, "_LOOK_S", 0.01)
    home = tmp_path / ".figmill" / "lease"
    home.mkdir(parents=True)
    elsewhere = {**lease.owner_now(), "host": "elsewhere", "pid": 7}
    (home / "00000001").write_text(json.dumps(elsewhere))
    said: list[str] = []

    def listener(event: object) -> None:
        if isinstance(event, events.Log):
            said.append(event.message)

    report = run([], lambda *_: Outcome.done(), tmp_path, version="1", listeners=[listener])
    assert report.total == 0
    (text,) = [text for text in said if "elsewhere" in text]
    assert "process 7 on elsewhere" in text
    assert "watching for up to 0.1 s" in text


@pytest.mark.parametrize("text", ["", "{", "[]", "\0\0"])
def test_a_damaged_note_holds_nobody_up(text: str, tmp_path: Path) -> None:
    note = tmp_path / ".figmill" / "lock"
    note.parent.mkdir()
    note.write_text(text)
    with folder_lock(tmp_path, network=True):
        pass


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / ".figmill").write_bytes(b"")
    with pytest.raises(OutputError, match="cannot be written"), folder_lock(tmp_path):
        pass


@pytest.mark.parametrize("where", [".figmill", ".figmill/lock"])
def test_a_link_in_its_place_is_refused(where: str, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "lock").write_bytes(b"a file of somebody else")
    out = tmp_path / "out"
    (out / where).parent.mkdir(parents=True)
    (out / where).symlink_to(elsewhere / "lock" if where.endswith("lock") else elsewhere)
    refusal = pytest.raises(OutputError, match="is a link: figmill does not write")
    with refusal as caught, folder_lock(out):
        pass
    assert caught.value.file == str(out / where)
    assert (elsewhere / "lock").read_bytes() == b"a file of somebody else"
    assert lock.owner_in(out) == {}


def test_the_output_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "real")
    with folder_lock(tmp_path / "out"):
        assert lock.owner_in(tmp_path / "real")["pid"] == os.getpid()
    assert lock.owner_in(tmp_path / "real") == {}


def test_asking_for_the_owner_waits_for_no_pipe(tmp_path: Path) -> None:
    (tmp_path / ".figmill").mkdir()
    os.mkfifo(tmp_path / ".figmill" / "lock")
    assert lock.owner_in(tmp_path) == {}
    assert lock.owner_in(tmp_path / "absent") == {}


def test_a_disk_without_room_for_the_lock_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(system, "pwrite", full)
    with pytest.raises(OutputError, match="No space left"), folder_lock(tmp_path):
        pass
    monkeypatch.undo()
    with folder_lock(tmp_path):
        pass


@pytest.mark.linux_way("it forks, and is about the kernel's lock")
def test_a_child_that_outlives_the_run_does_not_hold_its_folder(tmp_path: Path) -> None:
    with folder_lock(tmp_path):
        child = os.fork()
        if child == 0:
            time.sleep(30)
            os._exit(0)
    try:
        with folder_lock(tmp_path):
            pass
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
