"""The run's side of executing: publish files, commit to the ledger, tell listeners."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from figmill.errors import OutputError

from . import faults
from .events import Event, ItemFinished, ItemStarted, Log, Retry
from .failures import Failure
from .files import fsync
from .filesystem import case_matters
from .fingerprint import FileStamp, Fingerprint, canonical, stat_file
from .ledger import Ledger
from .outputs import HOME, StagedFile, make_durable, publish, remove
from .records import Record
from .task import LogLine, Result, Task

LONGEST_BACKOFF_S = 30.0


class Recorder:
    """The book that executors write into (see `task.Book`).

    Parameters
    ----------
    out
        The output folder.
    ledger
        Its ledger, open for writing.
    version
        Of recipe and figmill.
    run
        The run's number.
    tell
        Takes events.
    retries, backoff_s
        As in `RunOptions`.
    each_turn
        Called by the executor between what it does.
    """

    def __init__(
        self,
        out: Path,
        ledger: Ledger,
        version: str,
        *,
        run: int,
        tell: Callable[[Event], None],
        retries: Mapping[str, int],
        backoff_s: float,
        each_turn: Callable[[], None] = lambda: None,
    ) -> None:
        self.turn = each_turn
        self._out = out
        self._ledger = ledger
        self._version = version
        self._run = run
        self._tell = tell
        self._retries = retries
        self._backoff_s = backoff_s
        self._case_matters = case_matters(out / HOME)
        self._claimed: dict[int, str] = {}

    def claim(self, tasks: Sequence[Task], worker: int, *, behind: bool = False) -> None:
        """Note in the ledger that the first of a worker's tasks runs; behind another none does."""
        faults.point("before-claim")
        if not behind:
            first = tasks[0]
            # A claim that loss of power undoes is only a claim less.
            with self._ledger.transaction(durable=False):
                if worker in self._claimed:
                    # It has ended and is yet to be settled: who dies now does not die of it.
                    self._ledger.release([self._claimed[worker]])
                self._ledger.claim(
                    first.item.key, first.index, run=self._run, attempt=first.attempt
                )
            self._claimed[worker] = first.item.key
        faults.point("after-claim")
        for task in tasks:
            self._tell(ItemStarted(time.time(), task.item.key, task.index, worker, task.attempt))

    def release(self, tasks: Sequence[Task]) -> None:
        """Set claimed tasks back to planned."""
        with self._ledger.transaction():
            self._ledger.release([task.item.key for task in tasks])

    def log(self, line: LogLine, key: str | None = None) -> None:
        """Pass a log record on to the listeners."""
        self._tell(Log(line.at, line.level, line.message, key, line.fields))

    def settle(self, ended: Sequence[tuple[Task, Result]]) -> list[float | None]:
        """Publish the files of what ended, commit all of it at once, then tell.

        Returns
        -------
        list of float or None
            For each task None where its state is final, or seconds until it is to be tried again.
        """
        taken: dict[str, str] = {}
        published = self._publish_all(ended, taken)
        delays = [self._delay(task, result) for task, result in published]
        self._finish(published, delays, taken)
        return delays

    def _finish(
        self,
        ended: Sequence[tuple[Task, Result]],
        delays: Sequence[float | None],
        taken: Mapping[str, str],
    ) -> None:
        for (task, result), delay in zip(ended, delays, strict=True):
            record = task.before
            if delay is None and record is not None and record.outputs:
                remove(self._out, self._stale(record, result, taken))
        faults.point("before-commit")
        with self._ledger.transaction():
            for (task, result), delay in zip(ended, delays, strict=True):
                self._commit(task, result, retry=delay is not None)
        settled = {task.item.key for task, _ in ended}
        self._claimed = {at: key for at, key in self._claimed.items() if key not in settled}
        faults.point("after-commit")
        for (task, result), delay in zip(ended, delays, strict=True):
            self._report(task, result, delay)

    def _stale(self, record: Record, result: Result, taken: Mapping[str, str]) -> list[str]:
        # What this item wrote before and did not write now must not pass for a result of it; but
        # by now it may be another item's.
        written = {stamp.path for stamp in result.published}
        names = [stamp.path for stamp in record.outputs if stamp.path not in written]
        owners = ((name, self._ledger.owner(self._fold(name))) for name in names)
        return [
            name
            for name, owner in owners
            if owner is not None and owner[0] == record.key and self._fold(name) not in taken
        ]

    def set_aside(self, task: Task, reason: str) -> None:
        """Let an item fail without working on it."""
        hint = "Look into its input; figmill retry gives it another chance."
        failure = Failure("crash", reason, hint)
        self._finish([(task, Result("failed", failure=failure))], [None], {})

    def _publish_all(
        self, ended: Sequence[tuple[Task, Result]], taken: dict[str, str]
    ) -> list[tuple[Task, Result]]:
        """Publish the files of what ended together, with one wait for the disk per folder."""
        broken = make_durable([file for _, result in ended for file in result.files])
        results: list[tuple[Task, Result]] = []
        touched: dict[Path, list[int]] = {}
        for number, (task, result) in enumerate(ended):
            published, folders = self._publish(task, result, taken, broken)
            results.append((task, published))
            for folder in folders:
                touched.setdefault(folder, []).append(number)
        for folder, numbers in touched.items():
            try:
                fsync(folder)
            except OSError as error:
                for number in numbers:
                    task, result = results[number]
                    results[number] = task, self._unpublish(result, error)
        return results

    def _publish(
        self,
        task: Task,
        result: Result,
        taken: dict[str, str],
        broken: Mapping[str, OSError],
    ) -> tuple[Result, tuple[Path, ...]]:
        if not result.files:
            return result, ()
        try:
            for file in result.files:
                if file.temporary in broken:
                    raise broken[file.temporary]
            self._refuse_taken(task.item.key, result.files, taken)
            published = publish(self._out, result.files)
            taken.update((self._fold(stamp.path), task.item.key) for stamp in published.stamps)
            return replace(result, published=published.stamps), published.folders
        except OSError as error:
            failure = Failure.of(error, writing=True)
        except OutputError as error:
            failure = Failure.of(error)
        for file in result.files:
            Path(file.temporary).unlink(missing_ok=True)
        return replace(result, status="failed", failure=failure, files=()), ()

    def _unpublish(self, result: Result, error: OSError) -> Result:
        """What becomes of a result whose names the disk did not take."""
        remove(self._out, [stamp.path for stamp in result.published])
        failure = Failure.of(error, writing=True)
        return replace(result, status="failed", failure=failure, files=(), published=())

    def _refuse_taken(
        self, key: str, files: Iterable[StagedFile], taken: Mapping[str, str]
    ) -> None:
        for file in files:
            name = self._fold(file.name)
            owner, run = self._ledger.owner(name) or (None, 0)
            other = taken.get(name) or (owner if run == self._run else None)
            if other is not None and other != key:
                raise OutputError(
                    f"item {other!r} of this run has written this file already.",
                    file=file.name,
                    hint="Give each item file names of its own (not equal but for case).",
                )

    def _fold(self, name: str) -> str:
        return name if self._case_matters else name.casefold()

    def _delay(self, task: Task, result: Result) -> float | None:
        if result.failure is None or task.attempt > self._retries.get(result.failure.category, 0):
            return None
        return min(LONGEST_BACKOFF_S, self._backoff_s * 2.0 ** (task.attempt - 1))

    def _commit(self, task: Task, result: Result, *, retry: bool) -> None:
        key, record = task.item.key, task.before
        if result.failure:
            self._ledger.note_attempt(
                key,
                run=self._run,
                attempt=task.attempt,
                seconds=result.seconds,
                failure=result.failure,
            )
        if retry:
            return
        if record and record.outputs:
            self._ledger.disown(key, (self._fold(stamp.path) for stamp in record.outputs))
        if result.published:
            self._ledger.own(key, (self._fold(stamp.path) for stamp in result.published))
        self._ledger.finish(
            key,
            task.index,
            result.status,
            Fingerprint(self._version, canonical(task.item.parameters), _inputs(task, result)),
            run=self._run,
            attempts=task.attempt,
            seconds=result.seconds,
            message=result.message,
            outputs=result.published,
            facts=result.facts,
            failure=result.failure,
            peak_memory=result.peak_memory,
            fresh=record is None,
        )

    def _report(self, task: Task, result: Result, delay: float | None) -> None:
        key, index, now = task.item.key, task.index, time.time()
        if delay is not None and result.failure is not None:
            self._tell(Retry(now, key, index, task.attempt, delay, result.failure))
            return
        self._tell(
            ItemFinished(
                now,
                key,
                index,
                result.status,
                result.seconds,
                result.worker,
                task.attempt,
                result.failure.message if result.failure else result.message,
                tuple(stamp.path for stamp in result.published),
                {} if result.facts == "{}" else json.loads(result.facts),
                result.failure,
                result.peak_memory,
            )
        )


def _inputs(task: Task, result: Result) -> tuple[FileStamp, ...]:
    """What the item read; a worker that crashed or was ended could not tell."""
    if result.inputs or not result.failure:
        return result.inputs
    return tuple(stat_file(path) for path in task.item.inputs)
