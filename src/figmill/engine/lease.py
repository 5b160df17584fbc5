"""Hold a folder without locks of the kernel: a lease that others can see being kept up.

The folder OUT/.figmill/lease holds one file per generation, ``00000017``; who made the highest
holds the lease. A file is made whole and at once under a name that nobody had (a hard link; where
there are none, ``O_EXCL``), so that of several that try one wins. In it stand the owner (process,
host, boot) and a counter that the owner raises every `BEAT_S` seconds.

Whether an owner lives is seen without comparing two machines' clocks: on the same machine by its
process, at once; elsewhere by watching, with the own clock, whether the counter changes within
`WATCH_S` seconds. The highest file is never removed, only marked as released: so numbers only
grow, and nobody takes what somebody else has judged and taken meanwhile.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeAlias

from figmill.engine.files import Folder
from figmill.errors import OutputError
from figmill.system import system

FOLDER = "lease"
BEAT_S = 5.0
WATCH_S = 60.0
"""Twelve beats; and network mounts may show a file's content a while late (nfs(5): acregmax)."""
_LOOK_S = 0.5
_LARGEST = 4096

Owner: TypeAlias = dict[str, object]

_held: set[str] = set()
"""Tokens of the leases that this process holds."""


class Taken(Exception):  # noqa: N818 - no error, but an answer
    """Somebody else holds the lease."""

    def __init__(self, owner: Owner) -> None:
        super().__init__(owner)
        self.owner = owner


class Lease:
    """A lease that this process holds."""

    def __init__(self, folder: Folder, number: int, token: str) -> None:
        self._folder = folder
        self._number = number
        self._token = token
        self._beats = 0
        self.lost = False
        """Whether another process has taken it."""

    def beat(self) -> None:
        """Show that the owner is at work, unless somebody has taken the lease.

        Raises
        ------
        OSError
            The folder cannot be read or written.
        """
        self.lost = self.lost or max(_numbers(self._folder), default=0) != self._number
        if not self.lost:
            self._beats += 1
            self._write(released=False)

    def release(self) -> None:
        """Let others take it at once."""
        _held.discard(self._token)
        self.lost = self.lost or max(_numbers(self._folder), default=0) != self._number
        if not self.lost:
            self._write(released=True)

    def _write(self, *, released: bool) -> None:
        data = _text(self._token, self._beats, released=released)
        handle = self._folder.file(_name(self._number), os.O_WRONLY)
        try:
            system.pwrite(handle, data, 0)
            os.ftruncate(handle, len(data))
        finally:
            os.close(handle)


@contextmanager
def held(home: Folder, tell: Callable[[str], None], lost: Callable[[], None]) -> Iterator[Lease]:
    """Hold the lease of a folder, and keep it up from a thread.

    Parameters
    ----------
    home
        OUT/.figmill.
    tell
        Told that this waits, see `take`.
    lost
        Called in the thread when somebody has taken it.

    Raises
    ------
    Taken
        Somebody holds it.
    OSError
        The folder cannot be written.
    """
    with home.folder(FOLDER, make=True) as folder:
        lease = take(folder, tell)
        done = threading.Event()

        def keep_up() -> None:
            while not done.wait(BEAT_S):
                # What cannot be written now is tried again; meanwhile it may be lost.
                with suppress(OSError, OutputError):
                    lease.beat()
                if lease.lost:
                    lost()
                    return

        thread = threading.Thread(target=keep_up, name="figmill-lease", daemon=True)
        thread.start()
        try:
            yield lease
        finally:
            done.set()
            thread.join()
            # Where it cannot be written, others see that this process is gone.
            with suppress(OSError, OutputError):
                lease.release()


def take(folder: Folder, tell: Callable[[str], None]) -> Lease:
    """Take a lease that nobody holds, or whose owner shows no life.

    Raises
    ------
    Taken
        Its owner lives.
    OSError
        The folder cannot be written.
    """
    while True:
        last = max(_numbers(folder), default=0)
        if last and not _is_free(folder, last, tell):
            raise Taken(_owner(_read(folder, last)))
        mine = last + 1
        token = secrets.token_hex(8)
        _held.add(token)  # before others of this process can read it
        try:
            _make(folder, _name(mine), token)
        except FileExistsError:
            _held.discard(token)
            continue  # somebody was quicker
        except OSError:
            _held.discard(token)
            raise
        if max(_numbers(folder), default=0) > mine:
            # While this process looked, others took and passed on what it had judged.
            folder.remove(_name(mine))
            _held.discard(token)
            continue
        for number in _numbers(folder):
            if number < mine:
                with suppress(FileNotFoundError):
                    folder.remove(_name(number))
        return Lease(folder, mine, token)


def owner_now() -> Owner:
    """Describe this process so that any other can tell whether it still lives."""
    return {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "boot": system.boot(),
        "space": system.process_space(),
        "started": system.start_time(os.getpid()),
        "by": system.NAME,
    }


def lives_here(owner: Owner) -> bool | None:
    """Whether an owner on this machine lives; None where it is elsewhere, or that is not known.

    Another boot of the same host is elsewhere, too: two machines may have one name.
    """
    pid = owner.get("pid")
    if (
        owner.get("host") != socket.gethostname()
        or owner.get("by") != system.NAME
        or owner.get("space") != system.process_space()
        or not system.is_same_boot(owner.get("boot"))
        or not isinstance(pid, int)
    ):
        return None
    return system.is_same_start(owner.get("started"), pid)


def makes_progress(home: Folder, seconds: float) -> bool:
    """Whether the owner of a lease does something within some seconds."""
    with home.folder(FOLDER) as folder:
        last = max(_numbers(folder), default=0)
        return bool(last) and _changes(folder, last, seconds) and not _is_released(folder)


def _is_released(folder: Folder) -> bool:
    return _owner(_read(folder, max(_numbers(folder), default=0))).get("released") is True


def _is_free(folder: Folder, number: int, tell: Callable[[str], None]) -> bool:
    owner = _owner(_read(folder, number))
    if owner.get("released") is True:
        return True
    alive = lives_here(owner)
    if alive is not None:
        # This process may have let go, and had no room on the disk to write so.
        return not alive or (owner.get("pid") == os.getpid() and owner.get("token") not in _held)
    who = f"process {owner['pid']} on {owner['host']}" if "host" in owner else "another process"
    tell(
        f"The folder was last used by {who}, which this machine cannot ask: watching for up to "
        f"{WATCH_S:g} s whether it is still at work."
    )
    return not _changes(folder, number, WATCH_S) or _is_released(folder)


def _changes(folder: Folder, number: int, seconds: float) -> bool:
    """Whether anything changes about a lease within some seconds of this process's clock."""
    first = _read(folder, number)
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(_LOOK_S, left))
        if _read(folder, number) != first or max(_numbers(folder), default=0) != number:
            return True
    return False


def _numbers(folder: Folder) -> list[int]:
    return [int(entry.name) for entry in folder.entries() if entry.name.isdecimal()]


def _name(number: int) -> str:
    return f"{number:08d}"


def _read(folder: Folder, number: int) -> bytes:
    try:
        return folder.read(_name(number), _LARGEST)
    except (FileNotFoundError, OutputError):  # let go meanwhile; or nothing that a run wrote
        return b""


def _owner(data: bytes) -> Owner:
    try:
        found = json.loads(data)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _text(token: str, beats: int, *, released: bool) -> bytes:
    about = {**owner_now(), "token": token, "beats": beats, "released": released}
    return json.dumps(about).encode()


def _make(folder: Folder, name: str, token: str) -> None:
    """Make a lease's file, whole, unless there is one.

    Raises
    ------
    FileExistsError
        There is one.
    """
    data = _text(token, 0, released=False)
    temporary = f".{secrets.token_hex(8)}.tmp"
    with os.fdopen(folder.file(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    try:
        folder.link(temporary, name)
    except FileExistsError:
        raise
    except OSError:  # no hard links here; who reads it half written watches it for a while
        with os.fdopen(folder.file(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as file:
            file.write(data)
    finally:
        folder.remove(temporary)
