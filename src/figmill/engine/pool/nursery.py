"""Where workers come from: what the run asks of it, whatever the system."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

from figmill.system import system


@dataclass(frozen=True, slots=True)
class Born:
    """A worker has a process."""

    worker: int
    pid: int


@dataclass(frozen=True, slots=True)
class Died:
    """A worker's process is gone; ``status`` as `subprocess.Popen.returncode`."""

    worker: int
    status: int


Event: TypeAlias = Born | Died


class Hatched(Protocol):
    """The run's ends of what it shares with one worker.

    ``permits_in`` and ``permits_out`` are the ends of a channel of single bytes; the worker reads
    from the first, too. ``pid`` is 0 until a `Born` tells it.
    """

    stream: socket.socket
    permits_in: int
    permits_out: int
    pid: int

    def stack(self) -> str:
        """Give what the worker was doing when it was ended; empty where that is not known."""
        ...

    def close(self) -> None:
        """Close all of it but the stream."""
        ...


class Nursery(Protocol):
    """Starts workers, ends them, and tells how they ended.

    ``source`` becomes readable when there is something to tell; where it is None, `events` is to
    be asked every ``look_s`` seconds.
    """

    source: socket.socket | None

    @property
    def look_s(self) -> float | None:
        """In how many seconds to ask again; None where ``source`` tells."""
        ...

    def spawn(self, number: int) -> Hatched:
        """Start a worker."""
        ...

    def signal(self, number: int, signal: int) -> None:
        """Send a signal to a worker and to what it started; one that is gone gets none."""
        ...

    def events(self) -> Sequence[Event] | None:
        """Give what has happened; None where the nursery is gone, and with it all workers."""
        ...

    def leave(self) -> None:
        """End all workers, without waiting for that."""
        ...

    def wait(self) -> None:
        """Wait until they are gone, and end by force what does not go."""
        ...


def nursery(staging: Path, preload: Sequence[str], environment: Mapping[str, str]) -> Nursery:
    """Begin a nursery of the kind that this system has.

    Parameters
    ----------
    staging
        A folder for temporary files.
    preload
        Modules that workers start with.
    environment
        Of the workers.
    """
    if system.HAS_FORK_SERVER:
        from figmill.engine.pool.forked import ForkedNursery

        return ForkedNursery(preload, environment)
    from figmill.engine.pool.subprocesses import SubprocessNursery

    return SubprocessNursery(staging, preload, environment)
