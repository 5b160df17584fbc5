"""One run at a time in an output folder, and never a lock that someone has to remove.

The kernel's lock on OUT/.figmill/lock ends with its process, however that ends. The text in the
file says who holds it, for people; where a file system has no locks (some network mounts), that
text alone decides, and it counts only as long as its process lives.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from figmill.engine.files import Folder
from figmill.engine.outputs import HOME
from figmill.errors import FolderInUseError, OutputError

FILE = "lock"
_NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL}
LEASE_S = 120.0


@contextmanager
def folder_lock(out: Path, *, network: bool = False) -> Iterator[None]:
    """Hold an output folder.

    Parameters
    ----------
    out
        The folder.
    network
        True on a network file system, where another machine may hold it.

    Raises
    ------
    FolderInUseError
        Another run holds it.
    OutputError
        The folder cannot be written, or a link is where the lock or its folder would be.
    """
    try:
        with Folder.open(out, make=True) as top, top.folder(HOME, make=True) as home:
            handle = home.file(FILE, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise _unwritable(out, error) from error
    try:
        _take(handle, out, network=network)
        try:
            _sign(handle)
        except OSError as error:  # a disk without room for one more block
            raise _unwritable(out, error) from error
        with _renewed(handle) if network else nullcontext():
            yield
        os.ftruncate(handle, 0)
    finally:
        # Not only closed: a child that outlives the run may have the same open file.
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_UN)
        os.close(handle)


def _unwritable(out: Path, error: OSError) -> OutputError:
    return OutputError(
        f"the output folder cannot be written: {error.strerror}.",
        file=out,
        hint="Check its permissions and free space, or choose another folder.",
    )


def _sign(handle: int) -> None:
    text = json.dumps(owner_now()).encode()
    os.pwrite(handle, text, 0)
    os.ftruncate(handle, len(text))


@contextmanager
def _renewed(handle: int) -> Iterator[None]:
    done = threading.Event()

    def renew() -> None:
        while not done.wait(LEASE_S / 4):
            # A lease that cannot be renewed runs out; the kernel's lock still holds.
            with suppress(OSError):
                _sign(handle)

    thread = threading.Thread(target=renew, name="figmill-lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def owner_now() -> dict[str, object]:
    """Describe this process so that any other can tell whether it still lives."""
    return {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "boot": _boot_id(),
        "started": _start_time(os.getpid()),
        "since": time.time(),
    }


def owner_in(out: Path) -> dict[str, object]:
    """Read who holds an output folder, or held it when it was killed; empty where nobody does."""
    try:
        with Folder.open(out) as top, top.folder(HOME) as home:
            handle = home.file(FILE, os.O_RDONLY)
    except (OSError, OutputError):  # no run yet; or a link, which no run would have taken
        return {}
    try:
        return _owner(handle)
    finally:
        os.close(handle)


def lives(owner: dict[str, object], now: float) -> bool:
    """Whether the process that wrote a lock is still there.

    On another host nobody can look; there the lease of `LEASE_S` seconds since it was written
    counts.
    """
    if owner.get("host") != socket.gethostname():
        since = owner.get("since", 0.0)
        return isinstance(since, (int, float)) and abs(now - since) < LEASE_S
    pid = owner.get("pid")
    if owner.get("boot") != _boot_id() or not isinstance(pid, int):
        return False
    return _start_time(pid) == owner.get("started")


def _take(handle: int, out: Path, *, network: bool) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _in_use(out, _owner(handle)) from None
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        network = True
    # Network mounts may keep locks to one machine, or have none.
    if network and (owner := _owner(handle)) and lives(owner, time.time()):
        raise _in_use(out, owner)


def _in_use(out: Path, owner: dict[str, object]) -> FolderInUseError:
    who = f"process {owner['pid']} on {owner['host']}" if owner else "another process"
    return FolderInUseError(
        f"another run ({who}) is working in this folder.",
        file=out,
        hint="Wait until it ends (a killed run needs no unlocking), or choose another folder.",
    )


def _owner(handle: int) -> dict[str, object]:
    try:
        found = json.loads(os.pread(handle, 4096, 0))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _start_time(pid: int) -> int | None:
    """Ticks between boot and the start of a process; None where there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    # The second field, the program's name, may hold spaces and brackets.
    return int(text.rpartition(")")[2].split()[19])
