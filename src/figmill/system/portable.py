"""What `linux` offers, for any system, with Python and psutil alone.

Nothing here may name what only some systems have without asking for it: `os` and `signal` of
Windows lack half of what they have elsewhere. `lacks` says what remains undone.
"""

from __future__ import annotations

import ctypes
import errno
import faulthandler
import os
import signal
import socket
import stat
import sys
import threading
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

NAME = "portable"
# Where there is no such signal, whatever `os.kill` is given ends the process at once.
KILL = int(getattr(signal, "SIGKILL", 9))
HAS_FORK_SERVER = False

AT_HANDLE = False
FOLDER_FLAGS = os.O_RDONLY
# Windows would translate ends of lines, and hand descriptors to children.
OPEN_FLAGS = getattr(os, "O_BINARY", 0) | getattr(os, "O_NOINHERIT", 0)
READ_FLAGS = os.O_RDONLY | OPEN_FLAGS

OWN_GROUPS = Path(os.devnull)
MOUNTS = Path(os.devnull)

_MOST_SOCKETS = 500
_SAME_START_S = 2.0
_SAME_BOOT_S = 60.0

_sockets: dict[int, socket.socket] = {}


def lacks() -> dict[str, str]:
    """What this system cannot do for a run, a sentence each, by what asks for it."""
    said = {
        "workers": "Each worker imports its modules itself, which takes about half a second.",
        "memory": "Limits of memory go by what is resident in each process: pages that processes "
        "share count for every one of them.",
        "power": "The names of new files are not forced to disk: after a loss of power the last "
        "figures may have to be made again.",
        "links": "Whether a name in the output folder is a link is looked at before and after it "
        "is opened, not at once with that.",
        "locks": "Two runs in one folder are told apart by a lease, not by a lock of the kernel.",
    }
    if not hasattr(faulthandler, "register"):
        said["timeout"] = (
            "An item that is over its time is ended without a traceback of where it was."
        )
    return said


def cores() -> int:
    """The number of cores that this process may use."""
    with suppress(AttributeError, psutil.Error):  # macOS does not tell
        return len(psutil.Process().cpu_affinity())
    return os.cpu_count() or 1


# Processes


def boot() -> str:
    """When the machine was started, in seconds of its clock."""
    return f"{psutil.boot_time():.0f}"


def is_same_boot(told: object) -> bool:
    """Whether `boot` told this since the machine was started; clocks are corrected a little."""
    try:
        return abs(float(str(told)) - psutil.boot_time()) < _SAME_BOOT_S
    except ValueError:
        return False


def process_space() -> str:
    """What names the space that process numbers belong to: here a machine has one."""
    return ""


def start_time(pid: int) -> float | None:
    """When a process was started, in seconds of the machine's clock; None where there is none."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return float(process.create_time())
    except psutil.NoSuchProcess:
        return None
    except psutil.AccessDenied:  # it is there, and somebody else's
        return 0.0


def is_same_start(told: object, pid: int) -> bool:
    """Whether a process is the one for which `start_time` told this."""
    now = start_time(pid)
    if now is None or not isinstance(told, (int, float)):
        return False
    return now == 0.0 or abs(now - told) < _SAME_START_S


def descendants(pid: int) -> Iterator[int]:
    """Give the children of a process, and theirs."""
    with suppress(psutil.Error):
        for child in psutil.Process(pid).children(recursive=True):
            yield child.pid


def give_signal(number: int) -> None:
    """Let the main thread handle a signal as if it had come, from any thread."""
    import _thread

    _thread.interrupt_main(signal.Signals(number))


def die_with_parent() -> None:
    """Nothing: a worker watches a pipe of the run instead."""


def be_first_to_go() -> None:
    """Nothing: which process goes first is the system's choice."""


# Memory


def share_of(pid: int) -> int:
    """Give 0: what processes share is not told in a way that is quick enough."""
    return 0


class PeakMemory:
    """The most memory that this process held, as far as it was looked at."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._before = 0

    def reset(self) -> None:
        """Begin again."""
        self._before = self._process.memory_info().rss

    def read(self) -> int:
        """Give in bytes what is held now, or was at the beginning."""
        return max(self._before, int(self._process.memory_info().rss))


# Descriptors and channels


def open_files() -> int:
    """How many descriptors or handles this process has open; 0 where the system does not tell."""
    with suppress(AttributeError, psutil.Error):
        if sys.platform == "win32":
            return psutil.Process().num_handles()
        return psutil.Process().num_fds()
    return 0


def open_file_limit(needed: int) -> int | None:
    """Ask for as many open files as are needed; see `unix.open_file_limit`.

    Windows has no limit that a run would meet, but `select` takes 512 sockets there.
    """
    try:
        from figmill.system import unix
    except ImportError:
        return _MOST_SOCKETS if sys.platform == "win32" else None
    return unix.open_file_limit(needed)


def byte_channel() -> tuple[int, int]:
    """Make a channel for single bytes that never waits: the end to read, and the end to write."""
    source, target = socket.socketpair()
    for end in (source, target):
        end.setblocking(False)
        gone = _sockets.get(end.fileno())
        if gone is not None:
            gone.detach()  # whoever had this number has closed it; it must not be closed again
        _sockets[end.fileno()] = end
    return source.fileno(), target.fileno()


def receive(handle: int, size: int) -> bytes:
    """Read from a channel's end."""
    return _socket(handle).recv(size)


def transmit(handle: int, data: bytes | memoryview) -> int:
    """Write to a channel's end; give how much went."""
    return _socket(handle).send(data)


def close_channel(handle: int) -> None:
    """Close a channel's end."""
    _socket(handle).close()
    del _sockets[handle]


def _socket(handle: int) -> socket.socket:
    # On Windows a socket's handle is no descriptor that `os.read` would know.
    found = _sockets.get(handle)
    if found is None:
        found = _sockets[handle] = socket.socket(fileno=handle)
    return found


# Files


def read_at(handle: int, size: int, offset: int) -> bytes:
    """Read a file from a place on; nobody else may use the descriptor meanwhile."""
    os.lseek(handle, offset, os.SEEK_SET)
    return os.read(handle, size)


def pwrite(handle: int, data: bytes, offset: int) -> int:
    """Write into a file from a place on; nobody else may use the descriptor meanwhile."""
    os.lseek(handle, offset, os.SEEK_SET)
    return os.write(handle, data)


def lock(handle: int) -> None:
    """Say that there are no locks that end with their process.

    Raises
    ------
    OSError
        Always, with ``ENOSYS``.
    """
    raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))


def unlock(handle: int) -> None:
    """Nothing: there is no lock."""


def sync_folder(folder: Path, handle: int | None = None) -> None:
    """Nothing: a folder cannot be opened everywhere, and so not be forced to disk."""


def link(name: str, other: str, *, source: int | None = None, target: int | None = None) -> None:
    """Give a file a second name."""
    os.link(name, other)


def file_system(folder: Path) -> str:
    """Name the type of a folder's file system; ``cifs`` for any share of Windows."""
    where = folder.resolve()
    if str(where).startswith("\\\\"):
        return "cifs"
    longest, found = -1, ""
    for part in psutil.disk_partitions(all=True):
        point = Path(part.mountpoint)
        if where.is_relative_to(point) and len(point.parts) >= longest:
            longest = len(point.parts)
            found = "cifs" if "remote" in part.opts.split(",") else part.fstype
    return found


def is_own(about: os.stat_result) -> bool:
    """Whether something belongs to this user; systems without such numbers guard it themselves."""
    ask = getattr(os, "geteuid", None)
    return ask is None or about.st_uid == ask()


def is_private(about: os.stat_result) -> bool:
    """Whether nobody but the owner may use something; Windows has no such bits of a file."""
    return sys.platform == "win32" or not stat.S_IMODE(about.st_mode) & 0o077


# State of the process


def environment() -> MutableMapping[Any, Any]:
    """The environment as it may be changed."""
    return os.environ


def environment_now() -> Mapping[Any, Any]:
    """The environment to look at, with names and values as `environment` has them."""
    return dict(os.environ)


@contextmanager
def interrupting(seconds: float, error: type[BaseException]) -> Iterator[None]:
    """Raise an error in the thread that is inside this block, after some seconds.

    Another thread asks the interpreter to raise it (``PyThreadState_SetAsyncExc``).
    """
    raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
    thread = ctypes.c_ulong(threading.get_ident())
    turn = threading.Lock()
    state = {"over": False, "late": False}

    def stop() -> None:
        with turn:
            if not state["over"]:
                state["late"] = True
                raise_in(thread, ctypes.py_object(error))

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    raised = False
    try:
        try:
            yield
        except error:
            raised = True
            raise
        finally:
            with turn:
                state["over"] = True
                if state["late"] and not raised:
                    # It was asked for, and not raised yet: it must not come later.
                    raise_in(thread, None)
            timer.cancel()
    finally:
        timer.join()
    if state["late"]:
        raise error


def timer_runs() -> bool:
    """Whether a timer is to send this process a signal; none is set here."""
    return False


def stop_timer() -> None:
    """Nothing: there is none."""
