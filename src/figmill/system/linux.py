"""What Linux offers; `portable` has the same names for every other system."""

from __future__ import annotations

import ctypes
import fcntl
import os
import re
import resource
import signal
import stat
import time
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

from figmill.system import unix

NAME = "linux"
KILL = int(signal.SIGKILL)
HAS_FORK_SERVER = True

AT_HANDLE = True
"""Whether entries of a folder are reached by its descriptor (``dir_fd``)."""
FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# A pipe would keep `os.open` waiting.
READ_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
OPEN_FLAGS = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK

OWN_GROUPS = Path("/proc/self/cgroup")
MOUNTS = Path("/proc/self/mountinfo")

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
# Writing this resets the peak of resident memory (proc(5), clear_refs).
_RESET_PEAK = b"5"


def lacks() -> dict[str, str]:
    """What this system cannot do for a run, by what asks for it: nothing here."""
    return {}


def cores() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0))


# Processes


def boot() -> str:
    """What names the time since the machine was started; empty where the system does not tell."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def is_same_boot(told: object) -> bool:
    """Whether `boot` told this since the machine was started."""
    return bool(told) and told == boot()


def process_space() -> str:
    """What names the space that process numbers belong to: containers have each their own."""
    try:
        return os.readlink("/proc/self/ns/pid")  # noqa: PTH115 - no path, but a name
    except OSError:
        return ""


def start_time(pid: int) -> float | None:
    """Ticks between boot and the start of a process; None where there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    # The second field, the program's name, may hold spaces and brackets.
    return int(text.rpartition(")")[2].split()[19])


def is_same_start(told: object, pid: int) -> bool:
    """Whether a process is the one for which `start_time` told this."""
    return told is not None and start_time(pid) == told


def descendants(pid: int) -> Iterator[int]:
    """Give the children of a process, and theirs."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return
    for child in map(int, text.split()):
        yield child
        yield from descendants(child)


def give_signal(number: int) -> None:
    """Send this process a signal, from any thread."""
    os.kill(os.getpid(), number)


def die_with_parent() -> None:
    """Let this process be killed when the one that started it ends."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


def be_first_to_go() -> None:
    """Should the machine run out of memory, let the kernel take this process before others."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")


# Memory


def share_of(pid: int) -> int:
    """Proportional set size (proc(5), smaps_rollup); 0 where the system does not tell."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) << 10 if found else 0


class PeakMemory:
    """The most memory that this process held since `reset`."""

    def __init__(self) -> None:
        try:
            self._handle = os.open("/proc/self/clear_refs", os.O_WRONLY)
        except OSError:
            self._handle = -1

    def reset(self) -> None:
        """Begin again, where the kernel allows it."""
        if self._handle >= 0:
            try:
                os.write(self._handle, _RESET_PEAK)
            except OSError:
                os.close(self._handle)
                self._handle = -1

    def read(self) -> int:
        """Give the peak in bytes."""
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


# Descriptors and channels


def open_files() -> int:
    """How many descriptors this process has open; 0 where the system does not tell."""
    try:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a count alone
    except OSError:
        return 0


def open_file_limit(needed: int) -> int | None:
    """Ask for as many open files as are needed; see `unix.open_file_limit`."""
    return unix.open_file_limit(needed)


def byte_channel() -> tuple[int, int]:
    """Make a channel for single bytes that never waits: the end to read, and the end to write."""
    source, target = os.pipe()
    os.set_blocking(source, False)
    os.set_blocking(target, False)
    return source, target


receive = os.read
transmit = os.write
close_channel = os.close


# Files

read_at = os.pread
pwrite = os.pwrite


def lock(handle: int) -> None:
    """Lock an open file for this process alone, without waiting.

    Raises
    ------
    BlockingIOError
        Another open file has the lock.
    OSError
        The file system has no locks, or the like.
    """
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def unlock(handle: int) -> None:
    """Let go of the lock, which a child of this process may share, too."""
    fcntl.flock(handle, fcntl.LOCK_UN)


def sync_folder(folder: Path, handle: int | None = None) -> None:
    """Make the names in a folder durable.

    Parameters
    ----------
    folder
        Where it is.
    handle
        Its descriptor, where it is open.
    """
    if handle is not None:
        os.fsync(handle)
        return
    opened = os.open(folder, FOLDER_FLAGS)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def link(name: str, other: str, *, source: int | None = None, target: int | None = None) -> None:
    """Give a file a second name, never following links; each in the folder of a descriptor."""
    os.link(name, other, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)


def file_system(folder: Path) -> str:
    """Name the type of a folder's file system where no table of mounts tells; here one does."""
    return ""


def is_own(about: os.stat_result) -> bool:
    """Whether something belongs to this user."""
    return about.st_uid == os.geteuid()


def is_private(about: os.stat_result) -> bool:
    """Whether nobody but the owner may use something."""
    return not stat.S_IMODE(about.st_mode) & 0o077


# State of the process


def environment() -> MutableMapping[Any, Any]:
    """The environment as it may be changed."""
    return os.environb


def environment_now() -> Mapping[Any, Any]:
    """The environment to look at, with names and values as `environment` has them."""
    # What os.environ keeps inside; to decode all of it takes ten times as long.
    kept: Mapping[Any, Any] = getattr(os.environ, "_data", os.environb)
    return kept


@contextmanager
def interrupting(seconds: float, error: type[BaseException]) -> Iterator[None]:
    """Raise an error in the main thread, inside this block, after some seconds.

    Someone else's timer goes on afterwards, and rings at once if it is late.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise error

    begun = time.monotonic()
    handler = signal.signal(signal.SIGALRM, stop)
    remaining, interval = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        if remaining:
            left = remaining - (time.monotonic() - begun)
            signal.setitimer(signal.ITIMER_REAL, max(left, 1e-3), interval)


def timer_runs() -> bool:
    """Whether a timer is to send this process a signal."""
    return signal.getitimer(signal.ITIMER_REAL)[0] > 0


def stop_timer() -> None:
    """Stop that timer."""
    signal.setitimer(signal.ITIMER_REAL, 0.0)
