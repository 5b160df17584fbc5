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
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from figmill.errors import FolderInUseError, OutputError

from .outputs import HOME

FILE = "lock"
_NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL}
LEASE_S = 120.0


@contextmanager
def folder_lock(out: Path) -> Iterator[None]:
    """Hold an output folder.

    Raises
    ------
    FolderInUseError
        Another run holds it.
    OutputError
        The folder cannot be written.
    """
    path = out / HOME / FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise OutputError(
            f"the output folder cannot be written: {error.strerror}.",
            file=out,
            hint="Check its permissions and free space, or choose another folder.",
        ) from error
    try:
        _take(handle, out)
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps(owner_now()).encode(), 0)
        yield
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def owner_now() -> dict[str, object]:
    """Describe this process so that any other can tell whether it still lives."""
    return {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "boot": _boot_id(),
        "started": _start_time(os.getpid()),
        "since": time.time(),
    }


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


def _take(handle: int, out: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _in_use(out, _owner(handle)) from None
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        owner = _owner(handle)
        if owner and lives(owner, time.time()):
            raise _in_use(out, owner) from None


def _in_use(out: Path, owner: dict[str, object]) -> FolderInUseError:
    who = f"process {owner['pid']} on {owner['host']}" if owner else "another process"
    return FolderInUseError(
        f"another run ({who}) is working in this folder.",
        file=out,
        hint="Wait until it ends, or choose another output folder.",
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
