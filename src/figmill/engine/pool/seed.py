"""A fork of the command's process, made before its run begins, that becomes the fork server.

It has everything imported that the command has, so that numpy, pydantic and the readers are not
imported twice for one file. That is safe only where figmill owns the process: a caller's script or
notebook may have threads, which a fork leaves behind half-way, and open files. There, and wherever
anything is not as it was when the command began, the fork server starts as a process of its own.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from figmill import own_process

if TYPE_CHECKING:
    import socket

_POLL_S = 0.002
_PATIENCE_S = 5.0
_HIGHEST = 1 << 16


@dataclass(frozen=True, slots=True)
class Seed:
    """A process that waits to become a fork server.

    Parameters
    ----------
    control
        The run's end of the socket to it.
    pid
        Its process.
    environment
        That of it, and of its workers.
    """

    control: socket.socket
    pid: int
    environment: Mapping[str, str]

    def wait(self, timeout: float) -> None:
        """Wait until it has ended.

        Parameters
        ----------
        timeout
            At most so many seconds.

        Raises
        ------
        subprocess.TimeoutExpired
            It has not.
        """
        import subprocess
        import time

        until = time.monotonic() + timeout
        while not self._gone():
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired("figmill's fork server", timeout)
            time.sleep(_POLL_S)

    def kill(self) -> None:
        """End it by force, and wait for that."""
        import signal

        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)

    def _gone(self) -> bool:
        try:
            return os.waitpid(self.pid, os.WNOHANG)[0] != 0
        except ChildProcessError:  # someone else has waited for it
            return True


@dataclass(slots=True)
class _Here:
    """What `take` gives in this process."""

    planted: Seed | None = None


_HERE = _Here()


@contextlib.contextmanager
def planted(wanted: bool = True) -> Iterator[None]:
    """Have a seed at hand for the first fork server of a run, where that is safe.

    Parameters
    ----------
    wanted
        False: the run will have no workers.
    """
    from figmill.system import system

    own_process.imported()
    if not (wanted and system.HAS_FORK_SERVER and _HERE.planted is None and _is_untouched()):
        yield
        return
    _HERE.planted = seed = _plant()
    try:
        yield
    finally:
        if _HERE.planted is seed:
            _HERE.planted = None
            seed.control.close()
            seed.wait(_PATIENCE_S)


def take(environment: Mapping[str, str]) -> Seed | None:
    """Hand the seed over; None where there is none, or not with this environment.

    Parameters
    ----------
    environment
        That the workers are to have.
    """
    if _HERE.planted is None or _HERE.planted.environment != environment:
        return None
    seed, _HERE.planted = _HERE.planted, None
    return seed


def _is_untouched() -> bool:
    """Whether the process is a command's own, with one thread and the files it began with."""
    if own_process.has_files():
        return False
    try:
        return len(os.listdir("/proc/self/task")) == 1  # noqa: PTH208
    except OSError:
        return False


def _plant() -> Seed:
    import socket

    from figmill.engine.pool.threads import limited

    environment = limited(os.environ)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()  # or both processes would print it
    pid = os.fork()
    if pid == 0:
        _grow(theirs.detach(), environment)
    theirs.close()
    return Seed(ours, pid, environment)


def _grow(handle: int, environment: Mapping[str, str]) -> None:
    """Become a fork server, with nothing of the command but what it has imported."""
    try:
        from types import ModuleType

        from figmill.engine.pool.forkserver import main

        os.environ.update(environment)
        sys.argv = ["-c"]
        sys.modules["__main__"] = ModuleType("__main__")
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.closerange(3, handle)
        os.closerange(handle + 1, _HIGHEST)
        main(handle)
    except KeyboardInterrupt:
        pass  # the command tells of it
    except BaseException:  # noqa: BLE001 - told, as at the end of a process of its own
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(0)
