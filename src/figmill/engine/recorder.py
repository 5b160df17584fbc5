"""The run's side of executing: publish files, commit to the ledger, tell listeners."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from figmill import notes
from figmill.engine import fault_injection
from figmill.engine.events import Event, ItemFinished, ItemStarted, Log, Retry
from figmill.engine.failures import Failure
from figmill.engine.files import fsync
from figmill.engine.filesystem import case_matters
from figmill.engine.fingerprint import (
    FileStamp,
    Fingerprint,
    canonical,
    digest_file,
    stat_file,
)
from figmill.engine.ledger import results
from figmill.engine.ledger.intents import Intent, intent_of
from figmill.engine.ledger.ledger import Ledger
from figmill.engine.ledger.records import Earlier, Record
from figmill.engine.ledger.sidecar import Sidecar, line_of
from figmill.engine.outputs import (
    HOME,
    Published,
    StagedFile,
    begun_to_publish,
    forget_replaced,
    make_durable,
    publish,
    remove,
    stat_output,
    withdraw,
)
from figmill.engine.task import LogLine, Result, Task
from figmill.errors import ConfigError, OutputError
from figmill.item import Item

LONGEST_BACKOFF_S = 30.0


@dataclass(slots=True)
class _Batch:
    """What is settled together: results by place, and what they have published so far."""

    ended: list[tuple[Task, Result]]
    group: frozenset[str] = frozenset()
    again: bool = False
    intents: list[int] = field(default_factory=list)
    taken: dict[str, str] = field(default_factory=dict)
    published: dict[int, Published] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)


class Recorder:
    """The book that executors write into (see `task.RunRecorder`).

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
    recipe
        Whose items they are.
    each_turn
        Called by the executor between what it does.
    require
        Raises where the output folder is no longer what it was.
    is_own
        Whether a file that the ledger does not know was made for an item; by its provenance.
    overwrite
        Replace files that belong to no item.
    sidecar
        Takes a line for each result; None keeps none.
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
        recipe: str = "",
        each_turn: Callable[[], None] = lambda: None,
        require: Callable[[], None] = lambda: None,
        is_own: Callable[[Path, Item], bool] = lambda path, item: False,
        overwrite: bool = False,
        sidecar: Sidecar | None = None,
    ) -> None:
        self.turn = each_turn
        self._out = out
        self._ledger = ledger
        self._version = version
        self._run = run
        self._tell = tell
        self._retries = retries
        self._backoff_s = backoff_s
        self._recipe = recipe
        self._require = require
        self._is_own = is_own
        self._overwrite = overwrite
        self._sidecar = sidecar
        self._case_matters = case_matters(out / HOME)
        self._claimed: dict[int, str] = {}
        self._fault = ""
        # Results whose file names belong to items that may be given others in this run.
        self._held: list[tuple[Task, Result]] = []

    def claim(self, tasks: Sequence[Task], worker: int, *, behind: bool = False) -> None:
        """Note in the ledger that the first of a worker's tasks runs; behind another none does."""
        fault_injection.point("before-claim")
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
        fault_injection.point("after-claim")
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

        Raises
        ------
        ConfigError
            What ended tells of the command or the machine, not of its item; told once.
        OutputError
            The output folder is no longer what it was when the run began.
        """
        self._require()
        ready, places = [], []
        faults: list[tuple[Task, Failure]] = []
        for place, (task, result) in enumerate(ended):
            if result.failure is not None and result.failure.of_command:
                faults.append((task, result.failure))
            elif self._blockers(task, result):
                self._hold(task, result)
            else:
                ready.append((task, result))
                places.append(place)
        delays: list[float | None] = [None] * len(ended)
        for place, delay in zip(places, self._settle(_Batch(ready)), strict=True):
            delays[place] = delay
        self._settle_freed()
        if faults:
            self._tell_fault(faults)
        return delays

    def _tell_fault(self, faults: Sequence[tuple[Task, Failure]]) -> None:
        """End the run with what is wrong with it; its items have not failed."""
        self.release([task for task, _ in faults])
        if not self._fault:
            self._fault = faults[0][1].message
            raise ConfigError(self._fault, hint=faults[0][1].hint or None)

    def complete(self, intents: Sequence[Intent]) -> bool:
        """Publish and record what a killed run was publishing; say whether that could be done.

        Parameters
        ----------
        intents
            One item's, or those of a group of items that exchange their names.
        """
        ended, begun = [], []
        for intent in intents:
            begun.append(self._begun(intent))
            files = tuple(
                file if Path(file.temporary).exists() else replace(file, durable=True)
                for file in intent.result.files
            )
            task = replace(intent.task, before=self._ledger.record(intent.task.item.key))
            ended.append((task, replace(intent.result, files=files)))
        numbers = [intent.number for intent in intents]
        batch = _Batch(ended, intents[0].group, again=True, intents=numbers)
        self._publish_all(batch)
        failed = [n for n, (_, result) in enumerate(batch.ended) if result.status == "failed"]
        for number in failed:
            withdraw(self._out, begun[number])
        self._finish(batch, [None] * len(batch.ended))
        return not failed

    def undo(self, intents: Sequence[Intent]) -> None:
        """Put back what was there before a killed run began to publish these."""
        for intent in intents:
            withdraw(self._out, self._begun(intent))
        with self._ledger.transaction():
            self._ledger.settle_intents([intent.number for intent in intents])

    def _begun(self, intent: Intent) -> list[tuple[str, str | None]]:
        begun = begun_to_publish(self._out, intent.result.files)
        owned = self._ledger.owners([self._fold(name) for name, _ in begun])
        # A finished file had this name: with nothing to put in its place, what is there stays.
        return [one for one in begun if one[1] is not None or self._fold(one[0]) not in owned]

    def conclude(self, *, interrupted: bool) -> None:
        """Settle what waited for file names of other items: no more items will end.

        Parameters
        ----------
        interrupted
            Whether items were left out; what waits for those is given back.
        """
        self._settle_freed()
        # Items that wait for one another alone exchange their names: all of them are finished.
        group = dict(enumerate(self._held))
        while True:
            keys = {task.item.key for task, _ in group.values()}
            stuck = [n for n, (task, r) in group.items() if not self._blockers(task, r) <= keys]
            if not stuck:
                break
            for number in stuck:
                del group[number]
        self._held = [one for number, one in enumerate(self._held) if number not in group]
        keys = {task.item.key for task, _ in group.values()}
        if group:
            self._settle(_Batch(list(group.values()), frozenset(keys)), final=True)
        rest, self._held = self._held, []
        if rest and interrupted:
            self.release([task for task, _ in rest])
        elif rest:
            self._settle(_Batch(rest), final=True)

    def set_aside(self, task: Task, reason: str) -> None:
        """Let an item fail without working on it."""
        hint = "Look into its input; figmill retry gives it another chance."
        failure = Failure("crash", reason, hint)
        self._finish(_Batch([(task, Result("failed", failure=failure))]), [None])

    # Names that pass from item to item

    def _blockers(self, task: Task, result: Result) -> set[str]:
        """Items that have names of these files, and may be given others in this run."""
        if not result.files:
            return set()
        owners = self._ledger.owners([self._fold(file.name) for file in result.files])
        return {
            key
            for recipe, key in set(owners.values())
            if recipe == self._recipe
            and key != task.item.key
            and key not in task.item.shares_with
            and not self._is_settled(key)
        }

    def _is_settled(self, key: str) -> bool:
        record = self._ledger.record(key)
        return record is None or (
            record.run == self._run and record.state not in ("planned", "running")
        )

    def _hold(self, task: Task, result: Result) -> None:
        kept = []
        for number, file in enumerate(result.files):
            # Under a name that the clean-up after a dead worker does not take for its own.
            path = Path(file.temporary)
            held = path.with_name(f"held-{task.index}-{number}-{path.name}")
            path.rename(held)
            kept.append(replace(file, temporary=str(held)))
        self._held.append((task, replace(result, files=tuple(kept))))

    def _settle_freed(self) -> None:
        while free := [one for one in self._held if not self._blockers(*one)]:
            self._held = [one for one in self._held if one not in free]
            self._settle(_Batch(free), final=True)

    # Publishing

    def _settle(self, batch: _Batch, *, final: bool = False) -> list[float | None]:
        self._publish_all(batch)
        delays = [None if final else self._delay(task, result) for task, result in batch.ended]
        self._finish(batch, delays)
        return delays

    def _publish_all(self, batch: _Batch) -> None:
        """Publish the files of what ended together, with one wait for the disk per folder."""
        broken = make_durable([file for _, result in batch.ended for file in result.files])
        for number, (task, result) in enumerate(batch.ended):
            if result.files:
                batch.ended[number] = task, self._checked(task, result, broken, batch)
        self._refuse_parted_group(batch)
        self._intend(batch)
        touched: dict[Path, list[int]] = {}
        for number, (task, result) in enumerate(batch.ended):
            if not result.files:
                continue
            try:
                published = publish(
                    self._out, result.files, again=batch.again, require=self._require
                )
            except OSError as error:
                self._require()  # that the folder went away is not the item's fault
                batch.ended[number] = task, _refused(result, Failure.of(error, writing=True))
                continue
            except OutputError as error:
                self._require()
                batch.ended[number] = task, _refused(result, Failure.of(error, lasting=True))
                continue
            batch.published[number] = published
            batch.ended[number] = task, replace(result, published=published.stamps)
            for folder in published.folders:
                touched.setdefault(folder, []).append(number)
        for folder, numbers in touched.items():
            try:
                fsync(folder)
            except OSError as error:
                for number in numbers:
                    self._withdraw(batch, number, error)
        self._refuse_parted_group(batch)

    def _refuse_parted_group(self, batch: _Batch) -> None:
        """Items that exchange names are stored together or not at all."""
        failed = next((t for t, result in batch.ended if result.status == "failed"), None)
        if not batch.group or failed is None:
            return
        for number, (task, result) in enumerate(batch.ended):
            if (published := batch.published.pop(number, None)) is not None:
                withdraw(self._out, published.undo)
            if result.status != "failed":
                refusal = OutputError(
                    f"it exchanges file names with item {failed.item.key!r}, which could not be "
                    "stored.",
                    hint="Run it again once that is solved.",
                )
                batch.ended[number] = task, _refused(result, Failure.of(refusal))

    def _withdraw(self, batch: _Batch, number: int, error: OSError) -> None:
        """What becomes of a result whose names the disk did not take."""
        published = batch.published.pop(number, None)
        if published is not None:
            withdraw(self._out, published.undo)
            task, result = batch.ended[number]
            batch.ended[number] = task, _refused(result, Failure.of(error, writing=True))

    def _checked(
        self, task: Task, result: Result, broken: Mapping[str, OSError], batch: _Batch
    ) -> Result:
        """A result whose files may be published, or the failure that they may not."""
        try:
            for file in result.files:
                if file.temporary in broken:
                    raise broken[file.temporary]
            self._refuse_taken(task, result, batch)
        except OSError as error:
            return _refused(result, Failure.of(error, writing=True))
        except OutputError as error:
            return _refused(result, Failure.of(error, lasting=True))
        batch.taken.update((self._fold(file.name), task.item.key) for file in result.files)
        return result

    def _refuse_taken(self, task: Task, result: Result, batch: _Batch) -> None:
        key, files = task.item.key, result.files
        before = task.before
        own = {stamp.path for stamp in before.outputs} if before is not None else set()
        owners = self._ledger.owners([self._fold(file.name) for file in files])
        for file in files:
            name = self._fold(file.name)
            other = batch.taken.get(name)
            if other is not None and other != key:
                raise _taken(file.name, other)
            owner = owners.get(name)
            if owner is None:
                if file.name not in own:
                    self._refuse_foreign(task, file)
            elif owner != (self._recipe, key) and not self._may_pass(
                owner, file.name, task, result, batch
            ):
                recipe = "" if owner[0] == self._recipe else owner[0]
                raise _taken(file.name, owner[1], recipe)

    def _may_pass(
        self, owner: tuple[str, str], name: str, task: Task, result: Result, batch: _Batch
    ) -> bool:
        """Whether another item's file may be replaced: that needs it no more, or is the same."""
        recipe, key = owner
        if recipe != self._recipe:
            return False
        if key in batch.group or key in task.item.shares_with:
            return True
        record = self._ledger.record(key)
        if record is None:
            return True
        if _is_moved(record, result):
            text = f"{name} is taken over from {key}: the same content is at another place now."
            self._tell(Log(time.time(), "notice", text, task.item.key))
            return True
        current = [*record.outputs]
        current += [s for one in self._ledger.earlier(record) if one.whole for s in one.outputs]
        return self._fold(name) not in {self._fold(stamp.path) for stamp in current}

    def _refuse_foreign(self, task: Task, file: StagedFile) -> None:
        if stat_output(self._out, file.name) is None:
            return
        path = self._out / file.name
        if self._overwrite or (not path.is_symlink() and self._is_replaceable(path, task, file)):
            return
        raise OutputError(
            "a file of this name is there that no run into this folder has made.",
            file=file.name,
            hint="Move it away, choose another folder, or let it be replaced: --overwrite.",
        )

    def _is_replaceable(self, path: Path, task: Task, file: StagedFile) -> bool:
        if path.is_dir() or self._is_own(path, task.item):
            return True  # publishing says what is wrong with a folder
        try:
            return digest_file(path) == file.digest
        except OSError:
            return False

    def _intend(self, batch: _Batch) -> None:
        """Keep what is needed to complete what a kill would part, or leave without an owner."""
        if not batch.again:
            contents = []
            parted = False
            for task, result in batch.ended:
                several = len(result.files) > 1 or bool(result.files and batch.group)
                if several or _has_new_name(task, result):
                    text = intent_of(task, result, self._recipe, self._version, batch.group)
                    contents.append(text)
                parted |= several
            if contents:
                # A single file that loss of power leaves without an owner is whole all the same.
                with self._ledger.transaction(durable=parted):
                    batch.intents += self._ledger.intend(contents)
        fault_injection.point("after-intent")

    def _fold(self, name: str) -> str:
        return name if self._case_matters else name.casefold()

    # Committing

    def _finish(self, batch: _Batch, delays: Sequence[float | None]) -> None:
        fault_injection.point("before-commit")
        stale: list[int] = []
        replaced: list[tuple[str, tuple[FileStamp, ...]]] = []
        with self._ledger.transaction():
            for task, result in batch.ended:
                if result.published:
                    self._take_over(task.item.key, result.published)
                    names = (self._fold(stamp.path) for stamp in result.published)
                    self._ledger.own(task.item.key, names)
            for (task, result), delay in zip(batch.ended, delays, strict=True):
                stale.append(self._commit(batch, task, result, replaced, retry=delay is not None))
            if batch.intents:
                self._ledger.settle_intents(batch.intents)
        settled = {task.item.key for task, _ in batch.ended}
        self._claimed = {at: key for at, key in self._claimed.items() if key not in settled}
        fault_injection.point("after-commit")
        if self._sidecar is not None:
            self._sidecar.append(batch.lines)
        for published in batch.published.values():
            forget_replaced(published.undo)
        for key, files in replaced:
            self._remove_replaced(key, files)
        for (task, result), delay, count in zip(batch.ended, delays, stale, strict=True):
            self._report(task, result, delay, count)

    def _remove_replaced(self, key: str, files: Sequence[FileStamp]) -> None:
        """Remove files that have a successor of another name, now that the ledger has it."""
        self._require()
        gone = set(remove(self._out, [stamp.path for stamp in files]))
        record = self._ledger.record(key)
        if record is None:
            return
        left = []
        for one in self._ledger.earlier(record):
            kept = tuple(stamp for stamp in one.outputs if stamp.path not in gone)
            if kept or one.whole:
                left.append(replace(one, outputs=kept))
        with self._ledger.transaction():
            self._ledger.put_earlier(record, left)
            self._ledger.disown(key, map(self._fold, gone))

    def _delay(self, task: Task, result: Result) -> float | None:
        failure = result.failure
        if failure is None or failure.lasting:
            return None
        if task.attempt > self._retries.get(failure.category, 0):
            return None
        return min(LONGEST_BACKOFF_S, self._backoff_s * 2.0 ** (task.attempt - 1))

    def _commit(
        self,
        batch: _Batch,
        task: Task,
        result: Result,
        replaced: list[tuple[str, tuple[FileStamp, ...]]],
        *,
        retry: bool,
    ) -> int:
        """Write a result into the ledger; give the number of the item's files that are stale."""
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
            return 0
        now = Fingerprint(self._version, canonical(task.item.parameters), _inputs(task, result))
        outputs, parts, facts = result.published, task.wanted, result.facts
        earlier: tuple[Earlier, ...] = ()
        before = self._before(record)
        if before and result.status == "done":
            made = Earlier("", now, outputs, parts, facts, result.message, notes=result.notes)
            others = {self._fold(name) for file in result.files for name in file.replaces}
            elsewhere = self._belongs_elsewhere(key)
            settled = results.after_success(before, made, elsewhere, self._fold)
            outputs, parts, earlier = (
                settled.result.outputs,
                settled.result.parts,
                settled.earlier,
            )
            going = tuple(s for one in earlier for s in one.outputs if self._fold(s.path) in others)
            if going:
                replaced.append((key, going))
        elif before:
            empty = result.status == "no_data"
            earlier = results.after_failure(before, now, task.wanted, _why(result), empty=empty)
        row = self._ledger.finish(
            key,
            task.index,
            result.status,
            now,
            run=self._run,
            attempts=task.attempt,
            seconds=result.seconds,
            message=result.message,
            outputs=outputs,
            facts=facts,
            failure=result.failure,
            peak_memory=result.peak_memory,
            fresh=record is None,
            source=task.source,
            parts=parts,
            earlier=earlier,
            noted=result.notes,
        )
        if self._sidecar is not None and result.failure is None:
            batch.lines.append(line_of(row, facts, earlier, result.notes))
        if not earlier:
            return 0
        going_names = {stamp.path for _, files in replaced for stamp in files}
        return sum(
            stamp.path not in going_names for one in earlier if one.stale for stamp in one.outputs
        )

    def _before(self, record: Record | None) -> list[Earlier]:
        """All that lies on disk of an item, by part."""
        if record is None:
            return []
        found = self._ledger.earlier(record)
        if record.result is not None:
            facts = self._ledger.facts_text(record)
            noted = self._ledger.notes_text(record)
            found += results.by_part(replace(record.result, facts=facts, notes=noted))
        return found

    def _belongs_elsewhere(self, key: str) -> Callable[[str], bool]:
        def elsewhere(path: str) -> bool:
            name = self._fold(path)
            owner = self._ledger.owners([name]).get(name)
            return owner is not None and owner != (self._recipe, key)

        return elsewhere

    def _take_over(self, key: str, stamps: Sequence[FileStamp]) -> None:
        """Strike names that were another item's from what that one has."""
        owners = self._ledger.owners([self._fold(stamp.path) for stamp in stamps])
        for recipe, other in set(owners.values()):
            if recipe != self._recipe or other == key:
                continue
            record = self._ledger.record(other)
            if record is not None:
                names = {self._fold(stamp.path) for stamp in stamps}
                self._ledger.strike(record, names, self._fold)

    def _report(self, task: Task, result: Result, delay: float | None, stale: int) -> None:
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
                stale,
                notes.load(result.notes),
            )
        )


def _is_moved(record: Record, result: Result) -> bool:
    """Whether an item's source is gone, and a result was made of the same content elsewhere."""
    before = record.fingerprint.inputs
    return (
        bool(record.source)
        and not Path(str(record.source)).exists()
        and len(before) == len(result.inputs) > 0
        and all(
            old.digest is not None and old.digest == new.digest
            for old, new in zip(before, result.inputs, strict=True)
        )
    )


def _taken(name: str, key: str, recipe: str = "") -> OutputError:
    whose = f"item {key!r} of the recipe {recipe!r}" if recipe else f"item {key!r}"
    return OutputError(
        f"this file belongs to {whose}.",
        file=name,
        hint="Give each item file names of its own (not equal but for case), or run them into "
        "different folders.",
    )


def _refused(result: Result, failure: Failure) -> Result:
    for file in result.files:
        # Not on a disk that can only be read by now; the end of the run tries again.
        with contextlib.suppress(OSError):
            Path(file.temporary).unlink(missing_ok=True)
    return replace(result, status="failed", failure=failure, files=(), published=())


def _has_new_name(task: Task, result: Result) -> bool:
    own = {stamp.path for stamp in task.before.outputs} if task.before is not None else set()
    return any(file.name not in own for file in result.files)


def _why(result: Result) -> str:
    if result.failure is None:
        return f"The item was to be redone, and has no data now: {result.message}"
    return f"It was to be redone and failed ({result.failure.category}): {result.failure.message}"


def _inputs(task: Task, result: Result) -> tuple[FileStamp, ...]:
    """What the item read; a worker that crashed or was ended could not tell."""
    if result.inputs or not result.failure:
        return result.inputs
    return tuple(stat_file(path) for path in task.item.inputs)
