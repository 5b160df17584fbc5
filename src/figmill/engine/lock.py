"""One run at a time in an output folder, and never a lock that someone has to remove.

The kernel's lock on OUT/.figmill/lock ends with its process, however that ends. The text in the
file says who holds it, for people. Where there is no such lock (other systems, file systems that
refuse it), or it may count on one machine only (network mounts), a `lease` decides.
"""

from __future__ import annotations

import errno
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from figmill.engine import lease
from figmill.engine.files import Folder
from figmill.engine.lease import Owner
from figmill.engine.outputs import HOME
from figmill.errors import FolderInUseError, OutputError
from figmill.system import system

FILE = "lock"
_NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}


def _nobody(*_told: str) -> None:
    """Tell nobody."""


@contextmanager
def folder_lock(
    out: Path,
    *,
    network: bool = False,
    tell: Callable[[str], None] = _nobody,
    lost: Callable[[], None] = _nobody,
) -> Iterator[None]:
    """Hold an output folder.

    Parameters
    ----------
    out
        The folder.
    network
        True on a network file system, where another machine may hold it.
    tell
        Told in a sentence that this waits to see whether a run on another machine still works.
    lost
        Called, in another thread, when another run has taken the folder: this one was stopped for
        so long that it was taken for dead.

    Raises
    ------
    FolderInUseError
        Another run holds it; at the end, if another run took it meanwhile.
    OutputError
        The folder cannot be written, or a link is where the lock or its folder would be.
    """
    with ExitStack() as stack:
        try:
            top = stack.enter_context(Folder.open(out, make=True))
            home = stack.enter_context(top.folder(HOME, make=True))
            handle = home.file(FILE, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise _unwritable(out, error) from error
        stack.callback(_let_go, handle)
        try:
            locked = _take(handle)
        except BlockingIOError:
            raise in_use(out, _owner(handle)) from None
        held = None
        if network or not locked:
            try:
                held = stack.enter_context(lease.held(home, tell, lost))
            except lease.Taken as taken:
                raise in_use(out, taken.owner) from None
            except OSError as error:
                raise _unwritable(out, error) from error
        try:
            _sign(handle)
        except OSError as error:  # a disk without room for one more block
            raise _unwritable(out, error) from error
        yield
        if held is not None and held.lost:
            raise FolderInUseError(
                "another run has taken this folder: this one was stopped for so long that it was "
                "taken for dead.",
                file=out,
                hint="What it finished before is kept. Let the other run end, then start again.",
            )
        os.ftruncate(handle, 0)


def _let_go(handle: int) -> None:
    # Not only closed: a child that outlives the run may have the same open file.
    with suppress(OSError):
        system.unlock(handle)
    os.close(handle)


def _unwritable(out: Path, error: OSError) -> OutputError:
    return OutputError(
        f"the output folder cannot be written: {error.strerror}.",
        file=out,
        hint="Check its permissions and free space, or choose another folder.",
    )


def _sign(handle: int) -> None:
    text = json.dumps({**lease.owner_now(), "since": time.time()}).encode()
    system.pwrite(handle, text, 0)
    os.ftruncate(handle, len(text))


def owner_in(out: Path) -> Owner:
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


def is_held(out: Path) -> bool:
    """Whether a run is working in a folder.

    A run on this machine is asked for by its process. One on another machine is watched until its
    lease shows progress, at most for three of its beats.
    """
    owner = owner_in(out)
    if not owner:
        return False
    alive = lease.lives_here(owner)
    if alive is not None:
        return alive
    with suppress(OSError, OutputError), Folder.open(out) as top, top.folder(HOME) as home:
        return lease.makes_progress(home, 3 * lease.BEAT_S)
    return False


def _take(handle: int) -> bool:
    """Lock the file; False where the system or the file system has no such locks."""
    try:
        system.lock(handle)
    except BlockingIOError:
        raise
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        return False
    return True


def in_use(out: Path, owner: Owner) -> FolderInUseError:
    """Say that another run holds a folder."""
    known = "pid" in owner and "host" in owner
    who = f"process {owner['pid']} on {owner['host']}" if known else "another process"
    return FolderInUseError(
        f"another run ({who}) is working in this folder.",
        file=out,
        hint="Wait until it ends (a killed run needs no unlocking), or choose another folder.",
    )


def _owner(handle: int) -> Owner:
    try:
        found = json.loads(system.read_at(handle, 4096, 0))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
