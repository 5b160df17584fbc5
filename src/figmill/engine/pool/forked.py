"""The run's side of the fork server: Linux's way to workers that start at once."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from figmill.engine.pool.forkserver import PACKET
from figmill.engine.pool.nursery import Born, Died, Event, Hatched
from figmill.engine.pool.seed import Seed, take
from figmill.system import system

_PATIENCE_S = 5.0
_LONGEST_STACK = 1 << 16
_START = (
    "import os, sys; sys.path[:] = {path!r}\n"
    "from figmill.engine.pool.forkserver import main; main({fd})\n"
    "os._exit(0)"  # nothing to finish, and the run waits
)


@dataclass(slots=True)
class _Forked:
    stream: socket.socket
    permits_in: int
    permits_out: int
    notes: int
    pid: int = 0

    def stack(self) -> str:
        size = os.fstat(self.notes).st_size
        return os.pread(self.notes, min(size, _LONGEST_STACK), 0).decode("utf-8", "replace")

    def close(self) -> None:
        for handle in (self.permits_in, self.permits_out, self.notes):
            os.close(handle)


class ForkedNursery:
    """A `Nursery` that is a process of its own, which forks the workers.

    Parameters
    ----------
    preload
        Modules that it imports once, for all workers.
    environment
        Of it and the workers.
    """

    look_s = None

    def __init__(self, preload: Sequence[str], environment: Mapping[str, str]) -> None:
        self._process: Seed | subprocess.Popen[bytes]
        if (seed := take(environment)) is not None:
            self._control, self._process = seed.control, seed
        else:
            self._control, self._process = _started(environment)
        self.source: socket.socket | None = self._control
        self._request({"preload": [*preload]})

    def spawn(self, number: int) -> Hatched:
        """Ask for a worker; its process is told later."""
        ours, theirs = socket.socketpair()
        permits_in, permits_out = system.byte_channel()
        notes = os.memfd_create("figmill-notes")
        self._request({"spawn": number}, [theirs.fileno(), permits_in, notes])
        theirs.close()
        return _Forked(ours, permits_in, permits_out, notes)

    def signal(self, number: int, signal: int) -> None:
        """Ask for a signal to a worker and its group."""
        self._request({"signal": signal, "worker": number})

    def events(self) -> Sequence[Event] | None:
        """Give what it told; None where someone killed it, and its workers died with it."""
        try:
            data = self._control.recv(PACKET)
        except ConnectionResetError:
            data = b""
        if not data:
            return None
        answer = json.loads(data)
        if "pid" in answer:
            return [Born(answer["born"], answer["pid"])]
        return [Died(answer["died"], answer["status"])]

    def leave(self) -> None:
        """Let it end its workers and itself."""
        self._control.close()

    def wait(self) -> None:
        """Wait until it is gone."""
        try:
            self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            if not isinstance(self._process, Seed):
                self._process.wait()

    def _request(self, request: dict[str, object], handles: Sequence[int] = ()) -> None:
        # A nursery that is gone is noticed, and replaced, when its socket is read.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            socket.send_fds(self._control, [json.dumps(request).encode()], handles)


def _started(environment: Mapping[str, str]) -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Start a fork server as a process of its own."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    process = subprocess.Popen(
        [sys.executable, "-c", _START.format(path=sys.path, fd=theirs.fileno())],
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
        env=environment,
    )
    theirs.close()
    return ours, process
