"""Whether an output folder is still the one that the run began in."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from figmill.errors import OutputError

LOOK_S = 0.25


class Presence:
    """Notices that a folder, or figmill's own files in it, went away or were replaced.

    A folder is known by device and inode, so that another one, or another file system, under the
    same name is told apart.

    Parameters
    ----------
    out
        The output folder.
    parts
        Paths in it that must stay what they are, with links followed nowhere but for ``out``.
    """

    def __init__(self, out: Path, parts: tuple[Path, ...]) -> None:
        self._out = out
        self._known = {out: _identity(out, follow=True)}
        self._known |= {path: _identity(path, follow=False) for path in parts}

    def missing(self) -> Path | None:
        """Give what is no longer there, or is another one now; None where all is well."""
        for path, known in self._known.items():
            if _identity(path, follow=path == self._out) != known:
                return path
        return None

    def require(self) -> None:
        """Raise where the folder is not what it was.

        Raises
        ------
        OutputError
            It was removed, moved or replaced.
        """
        lost = self.missing()
        if lost is not None:
            raise gone(self._out, lost)

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Say that the folder went away where something inside failed because of that.

        Raises
        ------
        OutputError
            In the place of an `OSError`.
        """
        try:
            yield
        except OSError as error:
            lost = self.missing()
            if lost is None:
                raise
            raise gone(self._out, lost) from error

    @contextmanager
    def watched(self, alarm: Callable[[], None]) -> Iterator[None]:
        """Look several times a second, in a thread, and call ``alarm`` once where it went away."""
        done = threading.Event()

        def look() -> None:
            while not done.wait(LOOK_S):
                if self.missing() is not None:
                    alarm()
                    return

        thread = threading.Thread(target=look, name="figmill-presence", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


def gone(out: Path, lost: Path) -> OutputError:
    """Build the error for an output folder that went away under a run."""
    what = "the output folder" if lost == out else f"{lost.relative_to(out)} in the output folder"
    return OutputError(
        f"{what} was removed, moved or replaced while the run was working in it. The run stopped.",
        file=out,
        hint="Start it again once the folder is back: what is there and finished stays.",
    )


def _identity(path: Path, *, follow: bool) -> tuple[int, int] | None:
    try:
        found = os.stat(path, follow_symlinks=follow)  # noqa: PTH116 - for every batch of results
    except OSError:
        return None
    return found.st_dev, found.st_ino
