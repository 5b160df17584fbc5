"""Workers as processes of their own, which every system can start.

Each imports what it needs itself. It never imports the caller's main script, so scripts need no
guard; and as it is not a child in the sense of `multiprocessing`, daemonic processes may start it,
too. A worker's standard input is its lifeline: when the run ends, however that is, the pipe breaks,
and the worker ends what it started and itself.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import signal as signals
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil

from figmill.engine.pool.nursery import Died, Event, Hatched
from figmill.system import system

MARK = "FIGMILL_WORKER"
_LOOK_S = 0.1
_SOON_S = 0.01
_PATIENCE_S = 5.0
_LONGEST_STACK = 1 << 16
_START = (
    "import sys; sys.path[:] = {path!r}\n"
    "from figmill.engine.pool.subprocesses import main; main()\n"
)


@dataclass(slots=True)
class _Started:
    stream: socket.socket
    permits_in: int
    permits_out: int
    notes: Path
    process: subprocess.Popen[bytes]
    pid: int = field(init=False)

    def __post_init__(self) -> None:
        self.pid = self.process.pid

    def stack(self) -> str:
        with suppress(OSError), self.notes.open("rb") as file:
            return file.read(_LONGEST_STACK).decode("utf-8", "replace")
        return ""

    def close(self) -> None:
        system.close_channel(self.permits_in)
        system.close_channel(self.permits_out)
        with suppress(OSError):
            self.notes.unlink()


class SubprocessNursery:
    """A `Nursery` in the run's own process.

    Parameters
    ----------
    staging
        A folder for temporary files.
    preload
        Modules that each worker imports first.
    environment
        Of the workers.
    """

    source: socket.socket | None = None

    def __init__(
        self, staging: Path, preload: Sequence[str], environment: Mapping[str, str]
    ) -> None:
        self._staging = staging
        self._preload = [*preload]
        self._environment = environment
        self._mark = secrets.token_hex(8)
        self._living: dict[int, subprocess.Popen[bytes]] = {}
        self._ending = False

    @property
    def look_s(self) -> float | None:
        """Soon where a worker was told to end, else now and then; never where there are none."""
        if not self._living:
            return None
        return _SOON_S if self._ending else _LOOK_S

    def spawn(self, number: int) -> Hatched:
        """Start a worker."""
        ours, theirs = socket.socketpair()
        permits_in, permits_out = system.byte_channel()
        notes = self._staging / f"stack-{number}"
        passed = [] if sys.platform == "win32" else [theirs.fileno(), permits_in]
        process = subprocess.Popen(
            [sys.executable, "-c", _START.format(path=sys.path)],
            stdin=subprocess.PIPE,
            env={**self._environment, MARK: f"{self._mark}-{number}"},
            pass_fds=passed,
            # Ctrl-C at the terminal is for the run alone.
            start_new_session=sys.platform != "win32",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        orders = {
            "channel": _handed(theirs, process.pid),
            "permits": _handed(permits_in, process.pid),
            "notes": os.fspath(notes),
            "preload": self._preload,
        }
        assert process.stdin is not None
        with suppress(BrokenPipeError, OSError):  # it is gone already, which is told in its turn
            process.stdin.write(json.dumps(orders).encode() + b"\n")
            process.stdin.flush()
        theirs.close()
        self._living[number] = process
        return _Started(ours, permits_in, permits_out, notes, process)

    def signal(self, number: int, signal: int) -> None:
        """Send a signal to a worker and what it started."""
        process = self._living.get(number)
        if process is not None and process.poll() is None:
            self._ending = True
            _end([*system.descendants(process.pid), process.pid], signal)

    def events(self) -> Sequence[Event] | None:
        """Give who has died since."""
        gone = {
            number: status
            for number, process in self._living.items()
            if (status := process.poll()) is not None
        }
        for number in gone:
            process = self._living.pop(number)
            if process.stdin is not None:
                with suppress(OSError):
                    process.stdin.close()
        if gone:
            _end(_marked({f"{self._mark}-{number}" for number in gone}), system.KILL)
            self._ending = bool(self._living) and self._ending
        return [Died(number, status) for number, status in gone.items()]

    def leave(self) -> None:
        """Cut the lifelines, and kill."""
        for process in self._living.values():
            if process.poll() is None:
                _end([*system.descendants(process.pid), process.pid], system.KILL)
            if process.stdin is not None:
                with suppress(OSError):
                    process.stdin.close()

    def wait(self) -> None:
        """Wait until they are gone, and end what they left running."""
        until = time.monotonic() + _PATIENCE_S
        for process in self._living.values():
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._living:
            _end(_marked({f"{self._mark}-{number}" for number in self._living}), system.KILL)
        self._living.clear()


def _handed(end: socket.socket | int, pid: int) -> int | str:
    """What a worker needs to use a socket of the run: its number, or on Windows a duplicate."""
    if sys.platform == "win32":
        if isinstance(end, int):
            with socket.socket(fileno=end) as borrowed:
                try:
                    return base64.b64encode(borrowed.share(pid)).decode()
                finally:
                    borrowed.detach()
        return base64.b64encode(end.share(pid)).decode()
    return end if isinstance(end, int) else end.fileno()


def _received(told: int | str) -> int:
    """The worker's own number of a socket that `_handed` described."""
    if sys.platform == "win32":
        return socket.fromshare(base64.b64decode(str(told))).detach()
    return int(told)


def _end(pids: Iterable[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError, OSError):
            os.kill(pid, number)


def _marked(marks: set[str]) -> list[int]:
    """Find the processes that items of some workers started, by their environment."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(MARK) in marks:
                found.append(process.pid)
    return found


def main() -> None:
    """Be a worker: read from standard input what the run hands over, and serve it."""
    lifeline = os.dup(0)
    orders: dict[str, Any] = json.loads(_line(lifeline))
    watch = threading.Thread(target=_end_with, args=(lifeline,), name="figmill-lifeline")
    watch.daemon = True
    watch.start()
    for name in orders["preload"]:
        # What is missing here fails in the worker, where its error can be told.
        with suppress(Exception):
            import_module(name)
    from figmill.engine.pool.worker import serve

    notes = os.open(orders["notes"], os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    status = 70
    try:
        serve(_received(orders["channel"]), _received(orders["permits"]), notes)
        status = 0
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
        raise
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(status)


def _line(handle: int) -> bytes:
    # Byte by byte: what follows the line is not for this reader.
    found = bytearray()
    while (byte := os.read(handle, 1)) not in (b"", b"\n"):
        found += byte
    if not found:
        os._exit(0)
    return bytes(found)


def _end_with(lifeline: int) -> None:
    with suppress(OSError):
        while os.read(lifeline, 1):
            pass
    _end(system.descendants(os.getpid()), system.KILL)
    os._exit(-signals.SIGTERM & 0xFF)
