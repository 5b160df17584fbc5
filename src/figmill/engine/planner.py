"""Turn a stream of items into a stream of tasks, leaving out what needs nothing."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import fingerprint
from .events import Event, ItemFinished, ItemPlanned, ItemsSkipped
from .fingerprint import FileStamp, Fingerprint, canonical, stat_file, with_digests
from .item import Item
from .ledger import Ledger
from .plan import Decision, Known, decide
from .records import Record, load_stamps
from .task import Task

LARGEST_CHUNK = 1000
_PATIENCE_S = 0.02
_SETTLED = frozenset({"done", "no_data"})


class Planner:
    """Plan items as they come; never more than a chunk of them is held.

    Parameters
    ----------
    out
        The output folder.
    ledger
        What is known; None where there is no ledger yet (a dry run of a new folder).
    version
        Of recipe and figmill.
    run
        The run's number, to tell items that are listed twice.
    tell
        Takes `ItemPlanned` and `ItemsSkipped` events.
    force
        Run everything.
    retry
        Categories of failure that run again although nothing changed.
    set_aside
        Takes an item that the run dies of, and the reason: it fails without being worked on.
    """

    def __init__(
        self,
        out: Path,
        ledger: Ledger | None,
        version: str,
        *,
        run: int,
        tell: Callable[[Event], None],
        force: bool = False,
        retry: frozenset[str] = frozenset(),
        set_aside: Callable[[Task, str], None] = lambda task, reason: None,
    ) -> None:
        self._set_aside = set_aside
        # Planned and not finished; the ledger may not have heard of them yet.
        self._out_there: set[str] = set()
        self._out = out
        self._ledger = ledger
        self._version = version
        self._run = run
        self._tell = tell
        self._force = force
        self._retry = retry

    def watch(self, event: Event) -> None:
        """Note, as a listener, which items are no longer in work."""
        if isinstance(event, ItemFinished):
            self._out_there.discard(event.key)

    def tasks(self, items: Iterable[Item]) -> Iterator[Task | None]:
        """Give a task for each item that is to run, and None after each chunk of the input."""
        numbered = enumerate(items)
        size = 1
        while True:
            begun = time.perf_counter()
            chunk = list(itertools.islice(numbered, size))
            if not chunk:
                return
            # A list that comes slowly is planned item by item, a fast one in large chunks.
            slow = time.perf_counter() - begun > _PATIENCE_S
            size = max(1, size // 4) if slow else min(LARGEST_CHUNK, size * 4)
            yield from self._plan(chunk)
            yield None

    def _plan(self, chunk: list[tuple[int, Item]]) -> Iterator[Task]:
        rows: dict[str, tuple[Any, ...]] = {}
        if self._ledger is not None:
            rows = {row[0]: row for row in self._ledger.rows([item.key for _, item in chunk])}
        waiting: list[tuple[Task, Decision]] = []
        skipped: list[str] = []
        aside: list[tuple[Task, str]] = []
        failed = 0
        met: set[str] = set()
        retouched: list[tuple[str, tuple[FileStamp, ...], tuple[FileStamp, ...]]] = []
        for index, item in chunk:
            row = rows.get(item.key)
            in_work = item.key in met or item.key in self._out_there
            if in_work or (row is not None and row[14] == self._run):
                self._tell(ItemsSkipped(time.time(), (item.key,), index, 0, "It is listed twice."))
                continue
            met.add(item.key)
            if row is not None and not self._force and self._plainly_settled(row, item):
                skipped.append(item.key)
                continue
            now = fingerprint.take(item, self._version)
            record = None if row is None else Record.of(row)
            known = None if record is None else record.known
            decision, now, outputs = resolve(
                self._out, known, now, retry=self._retry, force=self._force
            )
            if decision.action == "set aside" and known is not None:
                poison = Task(index, item, known.interruptions, record)
                aside.append((poison, decision.reason))
                continue
            if decision.runs:
                waiting.append((Task(index, item, before=record), decision))
                self._out_there.add(item.key)
                continue
            skipped.append(item.key)
            failed += known is not None and known.state == "failed"
            if decision.retouch:
                retouched.append((item.key, now.inputs, outputs))
        if retouched and self._ledger is not None and self._run:
            with self._ledger.transaction():
                for key, inputs, outputs in retouched:
                    self._ledger.retouch(key, inputs, outputs)
        if skipped:
            self._tell(ItemsSkipped(time.time(), tuple(skipped), chunk[-1][0], failed))
        for poison, reason in aside:
            self._tell(ItemPlanned(time.time(), poison.item.key, poison.index, "set aside", reason))
            self._set_aside(poison, reason)
        for task, decision in waiting:
            key, index = task.item.key, task.index
            self._tell(ItemPlanned(time.time(), key, index, decision.action, decision.reason))
            yield task

    def _plainly_settled(self, row: tuple[Any, ...], item: Item) -> bool:
        # The common case of `decide`, for a million items: everything equal at first sight.
        if row[2] not in _SETTLED or row[7] or row[3] != self._version:
            return False
        if row[4] != canonical(item.parameters):
            return False
        if row[5] != "[]" or item.inputs:
            stamps = load_stamps(row[5])
            if len(stamps) != len(item.inputs):
                return False
            for stamp, path in zip(stamps, item.inputs, strict=True):
                if not _untouched(stamp, stat_file(path)):
                    return False
        if row[6] != "[]":
            for stamp in load_stamps(row[6]):
                if not _untouched(stamp, stat_file(self._out / stamp.path, stamp.path)):
                    return False
        return True


def _untouched(before: FileStamp, now: FileStamp) -> bool:
    return (before.path, before.size, before.mtime_ns) == (now.path, now.size, now.mtime_ns)


def resolve(
    out: Path,
    known: Known | None,
    now: Fingerprint,
    *,
    retry: frozenset[str] = frozenset(),
    force: bool = False,
) -> tuple[Decision, Fingerprint, tuple[FileStamp, ...]]:
    """Decide on an item, reading the content of files where only that can tell.

    Returns
    -------
    decision : Decision
        Never ``look``.
    now : Fingerprint
        With the digests that were needed.
    outputs : tuple of FileStamp
        The recorded outputs as they are now.
    """
    outputs: tuple[FileStamp, ...] = ()
    if known is not None:
        outputs = tuple(_seen(out, stamp) for stamp in known.outputs)
    if force:
        action = Decision("run" if known is None else "redo", "Everything is to run again.")
        return action, now, outputs
    decision = decide(known, now, outputs, retry=retry)
    if decision.action == "look":
        wanted = set(decision.unread_inputs)
        read = tuple(
            with_digests([stamp])[0] if place in wanted else stamp
            for place, stamp in enumerate(now.inputs)
        )
        # A file that can no longer be read is not the one that was recorded.
        now = replace(now, inputs=tuple(replace(s, digest=s.digest or "unread") for s in read))
        outputs = tuple(
            replace(stamp, digest=_digest(out, stamp.path) or "unread")
            if stamp.path in decision.unread_outputs
            else stamp
            for stamp in outputs
        )
        decision = decide(known, now, outputs, retry=retry)
    if known is not None and decision.retouch:
        now = replace(now, inputs=_filled(known.fingerprint.inputs, now.inputs))
        outputs = _filled(known.outputs, outputs)
    return decision, now, outputs


def _seen(out: Path, stamp: FileStamp) -> FileStamp:
    return stat_file(out / stamp.path, stamp.path)


def _digest(out: Path, name: str) -> str | None:
    try:
        return fingerprint.digest_file(out / name)
    except OSError:
        return None


def _filled(before: tuple[FileStamp, ...], now: tuple[FileStamp, ...]) -> tuple[FileStamp, ...]:
    # Skipping means that the content is the recorded one.
    return tuple(replace(new, digest=old.digest) for old, new in zip(before, now, strict=True))
