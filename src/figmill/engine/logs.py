"""The run's logs: a text file for people and JSON lines for programs, written in bundles."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from figmill.engine.events import (
    Event,
    Interrupting,
    ItemFinished,
    ItemsSkipped,
    Log,
    Retry,
    RunFinished,
    RunStarted,
)
from figmill.engine.files import Folder
from figmill.engine.outputs import HOME
from figmill.errors import OutputError
from figmill.text import as_json_line, one_line


class RunLog:
    """A listener that writes two log files, named after the run.

    Events are kept in memory and written, by a thread of its own, when there are ``every`` of
    them, every ``seconds`` seconds, on interrupt, and at the end. A run with nothing to tell
    writes no files.

    Parameters
    ----------
    folder
        Where the files ``run-000001.log`` and ``run-000001.jsonl`` go.
    every, seconds
        When to write.
    require
        Raises where the output folder is no longer what it was.
    """

    KINDS = (RunStarted, RunFinished, ItemsSkipped, ItemFinished, Retry, Log, Interrupting)

    def __init__(
        self,
        folder: Path,
        every: int,
        seconds: float,
        require: Callable[[], None] = lambda: None,
    ) -> None:
        self._require = require
        self._folder = folder
        self._every = every
        self._seconds = seconds
        # Two locks: events are taken while files are written. Reentrant, for signal handlers.
        self._lock = threading.RLock()
        self._writing = threading.RLock()
        self._events: list[Event] = []
        self._name = "run"
        self._noteworthy = False
        self._due = threading.Event()
        self._ended = False
        self._thread: threading.Thread | None = None
        self._files: list[BinaryIO] = []
        self._error: Exception | None = None

    def __call__(self, event: Event) -> None:
        """Take an event.

        Raises
        ------
        OSError
            The files cannot be written (also where the background writer could not).
        """
        if isinstance(event, RunStarted):
            self._name = f"run-{event.run:06d}"
        if self._thread is None and not isinstance(event, _SILENT):
            self._thread = threading.Thread(target=self._tick, name="figmill-log", daemon=True)
            self._thread.start()
        with self._lock:
            self._events.append(event)
            waiting = len(self._events)
            if not self._noteworthy:
                self._noteworthy = not isinstance(event, _SILENT)
        if isinstance(event, RunFinished):
            self._ended = True
            self._due.set()
            if self._thread is not None:
                self._thread.join()
            self.flush()
            self._close()
        elif waiting == self._every or isinstance(event, Interrupting):
            self._due.set()
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def flush(self) -> None:
        """Write what is kept.

        Raises
        ------
        OSError
            The files cannot be written; what was kept is given up.
        OutputError
            ``require`` raises it.
        """
        self._require()
        with self._lock:
            if not self._events or not self._noteworthy:
                return
            events, self._events = self._events, []
        with self._writing:
            records = [record for event in events if (record := _record(event)) is not None]
            text, lines = _rendered(records)
            if not self._files:
                # Kept open for as long as the run lasts.
                self._files = _opened(self._folder, self._name, self._require)
            try:
                for file, content in zip(self._files, (text, lines), strict=True):
                    file.write(content.encode("utf-8", "backslashreplace"))
                    file.flush()
            except OSError:
                self._close()
                raise

    def close(self) -> None:
        """End without writing what is kept: the run did, or the folder is not its own any more."""
        self._ended = True
        self._due.set()
        if self._thread is not None:
            self._thread.join()
        self._close()

    def _close(self) -> None:
        files, self._files = self._files, []
        for file in files:
            # What could not be written is tried again here, in vain.
            with contextlib.suppress(OSError):
                file.close()

    def _tick(self) -> None:
        while not self._ended:
            self._due.wait(self._seconds)
            self._due.clear()
            if self._ended:
                return  # whoever ended it writes the rest, if anything is to be written
            try:
                self.flush()
            except OutputError as error:
                # Another folder may be where the run worked, or a link: nothing is written there.
                self._close()
                self._error = error
                return
            except Exception as error:  # noqa: BLE001 - raised again at the next event
                # There, in the run's own thread, it is recorded.
                self._error = error


_SILENT = (RunStarted, RunFinished, ItemsSkipped)


def _opened(folder: Path, name: str, require: Callable[[], None]) -> list[BinaryIO]:
    homes = [path for path in (folder, *folder.parents) if path.name == HOME]
    # A folder that the user gave may be a link, but nothing in figmill's own.
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    if homes:
        found = Folder.below(homes[-1].parent, folder, make=True, require=require)
    else:
        found = Folder.open(folder, make=True)
    with contextlib.ExitStack() as stack, found as opened:
        files: list[BinaryIO] = [
            stack.enter_context(os.fdopen(opened.file(f"{name}{suffix}", flags), "ab"))
            for suffix in (".log", ".jsonl")
        ]
        stack.pop_all()
    return files


def _record(event: Event) -> dict[str, Any] | None:
    match event:
        case RunStarted():
            known = {"run": event.run, "version": event.version, "workers": event.workers}
            return _line(event, "info", "run started", known)
        case ItemFinished(failure=None):
            known = {"item": event.key, "seconds": round(event.seconds, 6)}
            if event.message:
                known["message"] = event.message
            return _line(event, "info", event.status, known)
        case ItemFinished(failure=failure) if failure is not None:
            known = {
                "item": event.key,
                "category": failure.category,
                "message": failure.message,
                "hint": failure.hint,
                "attempts": event.attempts,
                "seconds": round(event.seconds, 6),
                "traceback": failure.traceback,
            }
            return _line(event, "error", "failed", known)
        case Retry():
            known = {
                "item": event.key,
                "category": event.failure.category,
                "message": event.failure.message,
                "attempt": event.attempt,
                "delay": event.delay,
            }
            return _line(event, "warning", "retry", known)
        case Log():
            item = {} if event.key is None else {"item": event.key}
            return _line(event, event.level, event.message, {**item, **event.fields})
        case Interrupting():
            how = "stops at once" if event.now else "finishes what runs"
            return _line(event, "warning", f"interrupted: the run {how}", {})
        case RunFinished():
            known = {"run": event.run, **event.counts, "seconds": round(event.seconds, 3)}
            known["interrupted"] = event.interrupted
            return _line(event, "info", "run finished", known)
        case ItemsSkipped(reason=reason) if reason:
            return _line(event, "warning", reason, {"item": event.keys[0]})
    return None


def _line(event: Event, level: str, text: str, known: Mapping[str, Any]) -> dict[str, Any]:
    try:
        stamp = datetime.fromtimestamp(event.at, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):  # a clock set to no calendar's time
        stamp = str(event.at)
    return {"timestamp": stamp, "level": level, "event": text, **known}


def _rendered(records: Iterable[dict[str, Any]]) -> tuple[str, str]:
    """The records as text and as lines of JSON; what they name cannot look like a record."""
    texts, lines = [], []
    for record in records:
        lines.append(as_json_line(record) + "\n")
        head = "{} {:8} {}".format(*map(record.pop, ("timestamp", "level", "event")))
        traceback = record.pop("traceback", "")
        pairs = " ".join(f"{name}={value!r}" for name, value in record.items() if value != "")
        texts.append(one_line(f"{head} {pairs}".rstrip()) + "\n")
        texts += [f"    {one_line(line)}\n" for line in str(traceback).splitlines()]
    return "".join(texts), "".join(lines)
