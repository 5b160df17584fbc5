"""Only regular files are read: a pipe or a device could keep a run waiting for ever."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from figmill.errors import InputError

_KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def check_regular(path: str | os.PathLike[str]) -> os.stat_result:
    """Look at a file before it is opened.

    Returns
    -------
    os.stat_result
        What was seen; links are followed.

    Raises
    ------
    OSError
        It is not a regular file, and ``strerror`` says what it is; or it cannot be looked at.

    Examples
    --------
    >>> check_regular("/dev/null")
    Traceback (most recent call last):
    OSError: [Errno 22] it is a device, not a regular file: '/dev/null'
    """
    try:
        found = Path(path).stat()
    except OSError as error:
        if error.errno == errno.ELOOP:
            error.strerror = "it is a link that leads to itself"
        raise
    if stat.S_ISREG(found.st_mode):
        return found
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder", os.fspath(path))
    kind = _KINDS.get(stat.S_IFMT(found.st_mode), "something else")
    raise OSError(errno.EINVAL, f"it is {kind}, not a regular file", os.fspath(path))


@contextmanager
def explained(path: Path, kind: type[InputError] = InputError) -> Iterator[None]:
    """Say of a file that cannot be read why not, and what to do.

    Parameters
    ----------
    path
        The file that is read inside.
    kind
        Which error is raised.

    Examples
    --------
    >>> with explained(Path("gone.csv")):
    ...     check_regular("gone.csv")
    Traceback (most recent call last):
    figmill.errors.InputError: gone.csv: there is no such file. Check its name and folder.
    """
    try:
        yield
        return
    except FileNotFoundError:
        what, hint = "there is no such file", "Check its name and folder."
    except PermissionError:
        what, hint = "the file may not be read", "Correct its permissions."
    except IsADirectoryError:
        what, hint = "this is a folder", "Name the files in it."
    except OSError as error:
        what, hint = f"the file cannot be read: {error.strerror}", "Check what it is, and its disk."
    raise kind(f"{what}.", file=path, hint=hint)


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Read a whole regular file.

    Raises
    ------
    OSError
        See `check_regular`; or it cannot be read.
    """
    check_regular(path)
    return Path(path).read_bytes()
