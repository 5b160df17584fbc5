"""How far a run is, for scripts and notebooks: a line that is updated in place."""

from __future__ import annotations

import contextlib
import shutil
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TextIO

from figmill.engine import events
from figmill.engine.events import Event, Listener
from figmill.text import duration, one_line

QUIET_FOR_S = 2.0
"""Nothing is said of a run that is shorter; lines come at least as far apart as this."""
_COUNT_AFTER_S = 0.3
_TERMINAL_S, _NOTEBOOK_S = 0.1, 0.5
"""How far apart updates are."""


class Tally:
    """Counts what is finished, and estimates the rest.

    Parameters
    ----------
    count
        Lists the items once more, in a thread, where the run does not know how many there are; None
        leaves it unknown.
    """

    def __init__(self, count: Callable[[], Iterable[object]] | None = tuple) -> None:
        self._count = count
        self.finished = 0
        self.skipped = 0
        self.total: int | None = None
        self.failed: Counter[str] = Counter()
        self._begun: float | None = None

    def __call__(self, event: Event) -> None:
        """Count an event."""
        match event:
            case events.RunStarted():
                self.total = event.total
                if self.total is None and self._count is not None:
                    threading.Thread(target=self._count_items, daemon=True).start()
            case events.ItemsSkipped():
                self.skipped += len(event.keys)
            case events.ItemStarted() if self._begun is None:
                self._begun = time.monotonic()  # workers have started by now
            case events.ItemFinished():
                self.finished += 1
                if event.category:
                    self.failed[event.category] += 1

    def _count_items(self) -> None:
        assert self._count is not None
        time.sleep(_COUNT_AFTER_S)  # a run that is over by then need not list its items twice
        # The run itself meets whatever is wrong with the list, and tells it.
        with contextlib.suppress(Exception):
            self.total = sum(1 for _ in self._count())

    @property
    def work(self) -> int | None:
        """How many items there are to work on, where that is known."""
        return None if self.total is None else max(self.total - self.skipped, self.finished)

    @property
    def rate(self) -> float:
        """Items a second."""
        begun = time.monotonic() if self._begun is None else self._begun
        return self.finished / max(time.monotonic() - begun, 1e-3)

    def failures(self) -> str:
        """The failures by category, as ``3 failed (2 timeout, 1 crash)``."""
        if not self.failed:
            return ""
        parts = ", ".join(f"{count} {category}" for category, count in self.failed.most_common())
        return f"{self.failed.total()} failed ({parts})"

    def line(self) -> str:
        """How far the run is."""
        parts = [f"{self.finished}{f' of {self.work}' if self.work is not None else ''} items"]
        parts.append(f"{self.rate:.1f}/s")
        if self.work is not None and self.work > self.finished and self.finished:
            parts.append(f"{duration((self.work - self.finished) / self.rate)} left")
        if failed := self.failures():
            parts.append(failed)
        return ", ".join(parts)


class Display(Protocol):
    """Where the line stands."""

    every_s: float

    def show(self, line: str) -> None:
        """Show a line in place of the last one."""
        ...

    def close(self) -> None:
        """Leave the last line as it is."""
        ...


class Terminal:
    """A line of a terminal that is written over."""

    every_s = _TERMINAL_S

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def show(self, line: str) -> None:
        """Write over the last line; what is wider than the terminal is cut."""
        room = shutil.get_terminal_size().columns - 1
        # "\x1b[K" clears what a longer line left behind.
        self._stream.write(f"\r{line[:room]}\x1b[K")
        self._stream.flush()

    def close(self) -> None:
        """End the line."""
        self._stream.write("\n")
        self._stream.flush()


class Plain:
    """Lines one below the other, for files and pipes."""

    every_s = QUIET_FOR_S

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def show(self, line: str) -> None:
        """Write a line."""
        self._stream.write(f"{line}\n")
        self._stream.flush()

    def close(self) -> None:
        """Leave it."""


class Notebook:
    """An output of a notebook's cell that is replaced; it needs no widgets."""

    every_s = _NOTEBOOK_S

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, line: str) -> None:
        """Replace the output."""
        from IPython.display import display

        text = {"text/plain": line}
        if self._handle is None:
            self._handle = display(text, raw=True, display_id=True)
        else:
            self._handle.update(text, raw=True)

    def close(self) -> None:
        """Leave it."""


class Shown:
    """A listener that shows how far a run is.

    Parameters
    ----------
    display
        Where.
    count
        As for `Tally`.
    """

    def __init__(self, display: Display, count: Callable[[], Iterable[object]] | None) -> None:
        self._display = display
        self._tally = Tally(count)
        self._next = time.monotonic() + QUIET_FOR_S
        self._begun = False

    def __call__(self, event: Event) -> None:
        """Count an event, and show the line where it is time."""
        self._tally(event)
        now = time.monotonic()
        if isinstance(event, events.ItemFinished | events.Interrupting) and now >= self._next:
            self._next = now + self._display.every_s
            self._show(event)

    def close(self) -> None:
        """Show how far the run came, if anything was shown before."""
        if self._begun:
            self._show(None)
            self._display.close()

    def _show(self, event: Event | None) -> None:
        self._begun = True
        stopping = "stopping: " if isinstance(event, events.Interrupting) else ""
        self._display.show(one_line(stopping + self._tally.line()))


@contextmanager
def showing(
    wanted: bool | None, count: Callable[[], Iterable[object]] | None = None
) -> Iterator[tuple[Listener, ...]]:
    """Show how far a run is, where somebody looks.

    Parameters
    ----------
    wanted
        True shows it in any case, False never; None in a notebook, and where standard error is a
        terminal.
    count
        As for `Tally`.

    Yields
    ------
    tuple of Listener
        To hand to the run: one or none.
    """
    display = None if wanted is False else display_of(wanted=wanted is True)
    if display is None:
        yield ()
        return
    shown = Shown(display, count)
    try:
        yield (shown,)
    finally:
        # A stream that was closed meanwhile is no reason to lose the report.
        with contextlib.suppress(OSError, ValueError):
            shown.close()


def display_of(*, wanted: bool) -> Display | None:
    """Choose where a line is shown; None where nobody would see it and none is wanted."""
    if in_notebook():
        return Notebook()
    stream = sys.stderr
    if stream is None:  # a program without a console
        return None
    if stream.isatty():
        return Terminal(stream)
    return Plain(stream) if wanted else None


def in_notebook() -> bool:
    """Whether a notebook's kernel runs this; IPython is not imported to find out."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return getattr(shell, "kernel", None) is not None
