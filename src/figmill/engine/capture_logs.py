"""Catch what work functions log."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout

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


@contextmanager
def catch_prints() -> Iterator[None]:
    """Log what is printed inside."""
    prints = Prints()
    with redirect_stdout(prints):
        try:
            yield
        finally:
            prints.finish()


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
