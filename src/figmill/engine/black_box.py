"""Whether a run in one process died of its own work, or was ended from outside.

A fault in a compiled library (SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL) leaves the stack in a file
of the run; SIGKILL and SIGTERM, as of a walltime, leave nothing. So an item is only held to have
killed the run where that is known. Worker processes need none of this: their run outlives them.
"""

from __future__ import annotations

import contextlib
import faulthandler
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILE = "fault.txt"


def take(home: Path) -> bool:
    """Say whether the run before died of its own work; it is said once."""
    path = home / FILE
    try:
        found = not path.is_symlink() and path.stat().st_size > 0
        path.unlink()
    except OSError:
        return False
    return found


@contextmanager
def recording(home: Path) -> Iterator[None]:
    """Record a fatal fault of this process, unless something else does already."""
    if faulthandler.is_enabled():
        yield
        return
    path = home / FILE
    try:
        file = path.open("xb")
    except OSError:  # on a disk that is full, for example: the run goes on without
        yield
        return
    with file:
        faulthandler.enable(file)
        try:
            yield
        finally:
            faulthandler.disable()
            with contextlib.suppress(OSError):
                path.unlink()
