"""Catch what work functions log."""

from __future__ import annotations

import io
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from figmill.engine.task import LogLine
from figmill.text import shortened

LONGEST = 10_000


class _Catcher(logging.Handler):
    def __init__(self, take: Callable[[LogLine], None]) -> None:
        super().__init__(logging.INFO)
        self._take = take
        self._taking = False

    def emit(self, record: logging.LogRecord) -> None:
        fields = {"logger": record.name}
        if record.exc_info:
            fields["traceback"] = logging.Formatter().formatException(record.exc_info)
        try:
            text = record.getMessage()
        except Exception as error:  # noqa: BLE001 - of the work's own objects; logging goes on
            text = f"{record.msg!r:.200} (its arguments do not fit: {type(error).__name__})"
        text = shortened(text, LONGEST)
        line = LogLine(record.created, record.levelname.lower(), text, fields)
        if self._taking:
            return  # logged by someone who was told of a log record
        self._taking = True
        try:
            self._take(line)
        except OSError:
            self.handleError(record)
        finally:
            self._taking = False


class Prints(io.TextIOBase):
    """What stands for standard output while an item is worked on: each line becomes a log record.

    Results of commands are printed there, and must stay what they are.
    """

    def __init__(self) -> None:
        self._begun = ""

    def writable(self) -> bool:
        """It can be written to."""
        return True

    def write(self, text: str, /) -> int:
        """Log whole lines, and keep the rest."""
        *lines, self._begun = (self._begun + str(text)).split("\n")
        for line in lines:
            if line.strip():
                logging.getLogger("figmill.print").info("%s", line)
        if len(self._begun) > LONGEST:
            self.finish()
        return len(text)

    def finish(self) -> None:
        """Log a line that was not ended."""
        rest, self._begun = self._begun, ""
        if rest.strip():
            logging.getLogger("figmill.print").info("%s", rest)


class _Switch(io.TextIOBase):
    """Standard output while items are worked on, in this thread or in several at a time.

    What a thread prints that works on an item is that item's. So is what a thread of an item's own
    prints, which cannot be told apart: it goes to the item that began last. The main thread keeps
    its output while only others work.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._own: Any = None
        self._prints: dict[int, Prints] = {}

    def begin(self, prints: Prints) -> Prints | None:
        """Catch what this thread prints; what it did with it before."""
        with self._lock:
            if not self._prints:
                self._own, sys.stdout = sys.stdout, self
            thread = threading.get_ident()
            before = self._prints.pop(thread, None)
            self._prints[thread] = prints
            return before

    def end(self, before: Prints | None) -> None:
        """Go back to what `begin` gave."""
        with self._lock:
            thread = threading.get_ident()
            del self._prints[thread]
            if before is not None:
                self._prints[thread] = before
            elif not self._prints:
                if sys.stdout is self:  # else somebody has set another one for good
                    sys.stdout = self._own
                self._own = None

    def _target(self) -> Any:
        prints = self._prints.get(threading.get_ident())
        if prints is not None:
            return prints
        latest = None if _in_main() else next(reversed([*self._prints.values()]), None)
        return latest or self._own or sys.__stdout__

    def writable(self) -> bool:
        """It can be written to."""
        return True

    def write(self, text: str, /) -> int:
        """Write to whatever this thread's output is."""
        return int(self._target().write(text))

    def flush(self) -> None:
        """Hand on what waits."""
        self._target().flush()

    def fileno(self) -> int:
        """The descriptor of output that has one."""
        return int(self._target().fileno())

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return bool(self._target().isatty())


_SWITCH = _Switch()


def _in_main() -> bool:
    return threading.current_thread() is threading.main_thread()


@contextmanager
def catch_prints() -> Iterator[None]:
    """Log what is printed inside."""
    prints = Prints()
    before = _SWITCH.begin(prints)
    try:
        yield
    finally:
        prints.finish()
        _SWITCH.end(before)


def catch_logs(take: Callable[[LogLine], None]) -> Callable[[], None]:
    """Send what is logged in this process, by `logging`, to ``take``.

    Returns
    -------
    callable
        Undoes it.
    """
    handler = _Catcher(take)
    root, own = logging.getLogger(), logging.getLogger("figmill")
    level = own.level
    root.addHandler(handler)
    if own.level == logging.NOTSET:
        own.setLevel(logging.INFO)

    def undo() -> None:
        root.removeHandler(handler)
        own.setLevel(level)

    return undo
