"""Turn a stream of items into a stream of tasks, leaving out what needs nothing."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from figmill.engine import fingerprint
from figmill.engine.conflicts import Conflicts, none_there, source_of
from figmill.engine.events import Event, ItemFinished, ItemPlanned, ItemsSkipped, Log
from figmill.engine.fingerprint import (
    FileStamp,
    Fingerprint,
    absolute,
    canonical,
    stat_file,
    with_digests,
)
from figmill.engine.ledger import results
from figmill.engine.ledger.ledger import Ledger
from figmill.engine.ledger.records import LOOK, Earlier, Record, dump_parts
from figmill.engine.listing import Listing, up_to_an_error
from figmill.engine.plan import Decision, Known, decide, intact, stays, unchanged
from figmill.engine.seen import SeenKeys
from figmill.engine.task import Task
from figmill.errors import ConfigError, FigmillError
from figmill.item import Item
from figmill.text import plain_text

LARGEST_CHUNK = 1000
# A list that can be read twice is looked through first, as far as that goes quickly.
_CHECKED = 200_000
_CHECKING_S = 5.0


@dataclass(slots=True)
class _Chunk:
    """What planning a chunk of items has to tell and to write once it is through."""

    waiting: list[tuple[Task, Decision, tuple[str, ...]]] = field(default_factory=list)
    decisions: dict[str, Decision] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    failed: int = 0
    stale: int = 0
    aside: list[tuple[Task, str]] = field(default_factory=list)
    retouched: list[tuple[Record, Fingerprint, tuple[FileStamp, ...], str]] = field(
        default_factory=list
    )
    marked: list[tuple[Record, int, str]] = field(default_factory=list)
    restored: list[tuple[Record, results.Settled, str]] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)


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
        The run's number; negative where nothing may be written.
    tell
        Takes `ItemPlanned`, `ItemsSkipped` and `Log` events.
    recipe
        Whose items they are.
    parts
        The parts of every item that are asked for, such as file formats.
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
        recipe: str = "",
        parts: Sequence[str] = (),
        force: bool = False,
        retry: frozenset[str] = frozenset(),
        set_aside: Callable[[Task, str], None] = lambda task, reason: None,
    ) -> None:
        self.set_aside = set_aside
        self.broken: Exception | None = None
        self.run = run
        # Planned and not finished; the ledger may not have heard of them yet.
        self._out_there: dict[str, str] = {}
        self._seen = SeenKeys()
        self._out = out
        self._below = f"{out}{os.sep}"
        self._ledger = ledger
        self._version = version
        self._tell = tell
        self._parts = tuple(parts)
        self._wanted_of_all = frozenset(parts)
        self._conflicts = Conflicts(out, ledger, recipe, parts)
        self._usual = "{}"
        self._wanted_text = dump_parts(self._wanted_of_all)
        self._force = force
        self._retry = retry

    def watch(self, event: Event) -> None:
        """Note, as a listener, which items are no longer in work."""
        if isinstance(event, ItemFinished):
            self._out_there.pop(event.key, None)

    def wanted(self, item: Item) -> frozenset[str]:
        """Name the parts of an item that are asked for."""
        if not item.parts:
            return self._wanted_of_all
        if not self._parts:
            return frozenset(item.parts)
        return frozenset(f"{own}.{part}" for own in item.parts for part in self._parts)

    def check(self, items: Iterable[Item]) -> None:
        """Look through a list before anything is drawn, as far as that goes quickly.

        Raises
        ------
        ConfigError
            Two items have one key, or would write one file; an item would write what belongs to
            another; a file that the command names is not there.
        """
        begun = time.monotonic()
        seen = SeenKeys()
        sources: dict[str, Item] = {}
        writers: dict[str, str] = {}
        missing: list[Item] = []
        checked = 0
        listing = Listing(items)
        for chunk in up_to_an_error(listing.chunks(LARGEST_CHUNK)):
            known = self._looks(chunk)
            self._conflicts.refuse_twins(chunk, seen, sources.get)
            if checked < LARGEST_CHUNK:
                sources.update((item.key, item) for item in chunk)
            self._conflicts.refuse_writers(chunk, writers)
            for item in chunk:
                row = known.get(item.key)
                if row is not None:
                    if row[1] != source_of(item):
                        self._require_same(item)
                elif item.named and item.inputs and not stat_file(item.inputs[0]).exists:
                    missing.append(item)
            checked += len(chunk)
            if checked >= _CHECKED or time.monotonic() - begun > _CHECKING_S:
                break
        listing.close()
        if missing:
            raise none_there(missing)

    def decision(self, item: Item, record: Record) -> Decision:
        """Say what would become of an item, and why; nothing is written.

        Raises
        ------
        ConfigError
            Its key stands for something else.
        """
        chunk = _Chunk()
        self._plan_one(record.index, item, record, chunk)
        if chunk.restored:
            return Decision("restore", "An earlier run left what is asked for now.")
        return chunk.decisions[item.key]

    def tasks(self, items: Iterable[Item]) -> Iterator[Task | None]:
        """Give a task for each item that is to run, and None after each chunk of the input.

        None also comes where the list gives nothing for a moment. A list that raises ends here;
        ``broken`` is its error then.

        Raises
        ------
        ConfigError
            As for `check`: what was finished before stays.
        """
        with Listing(items) as listing:
            chunks = listing.chunks(LARGEST_CHUNK)
            while True:
                first = listing.taken
                try:
                    chunk = next(chunks)
                except StopIteration:
                    return
                except Exception as error:  # noqa: BLE001 - raised by the run at its end
                    self.broken = error
                    self._tell_broken(error, listing.taken)
                    return
                if chunk:
                    yield from self._plan(list(enumerate(chunk, first)))
                yield None

    def _tell_broken(self, error: Exception, count: int) -> None:
        if isinstance(error, FigmillError):
            return  # it says all that is to be known
        text = (
            f"The list of items broke off after {count} items: {type(error).__name__}: {error}. "
            "These are finished; start the same run again for the rest."
        )
        error.add_note(text)
        self._tell(Log(time.time(), "error", text))

    def _looks(self, items: Sequence[Item]) -> dict[str, tuple[Any, ...]]:
        if self._ledger is None or not items:
            return {}
        # Those of the first are those of all, mostly; and no error is told before its item's turn.
        with contextlib.suppress(ConfigError):
            self._usual = canonical(items[0].parameters)
        keys = [item.key for item in items]
        return {row[0]: row for row in self._ledger.rows(keys, LOOK, (self._usual, self._version))}

    def _require_same(self, item: Item) -> None:
        record = None if self._ledger is None else self._ledger.record(item.key)
        if record is not None:
            self._conflicts.is_moved(record, item)

    def _plan(self, numbered: list[tuple[int, Item]]) -> Iterator[Task]:
        looks = self._looks([item for _, item in numbered])
        self._conflicts.refuse_twins(
            [item for _, item in numbered], self._seen, self._known_item(looks)
        )
        chunk = _Chunk()
        left: list[tuple[int, Item]] = []
        for index, item in numbered:
            look = looks.get(item.key)
            if look is not None and not self._force and self._plainly_settled(look, item):
                chunk.skipped.append(item.key)
            else:
                left.append((index, item))
        records: dict[str, Record] = {}
        if self._ledger is not None:
            records = self._ledger.records([item.key for _, item in left if item.key in looks])
        for index, item in left:
            self._plan_one(index, item, records.get(item.key), chunk)
        self._write(chunk)
        self._tell_of(chunk, numbered[-1][0])
        for task, decision, replaces in chunk.waiting:
            key, index = task.item.key, task.index
            self._tell(
                ItemPlanned(time.time(), key, index, decision.action, decision.reason, replaces)
            )
            yield task

    def _plan_one(self, index: int, item: Item, record: Record | None, chunk: _Chunk) -> None:
        wanted = self.wanted(item)
        if record is None:
            # What JSON does not know is told before anything runs.
            canonical(item.parameters, item.key)
            chunk.waiting.append((_task(index, item, None, wanted), _NEW, ()))
            self._out_there[item.key] = source_of(item)
            return
        moved = self._conflicts.is_moved(record, item)
        now = fingerprint.take(item, self._version)
        known = record.known
        earlier: Sequence[Earlier] = ()
        if self._ledger is not None:
            earlier = self._ledger.earlier(record)
        decision, now, outputs = resolve(
            self._out,
            known,
            now,
            retry=self._retry,
            force=self._force,
            wanted=wanted,
            earlier=earlier,
        )
        task = _task(index, item, record, wanted)
        chunk.decisions[item.key] = decision
        if decision.action == "set aside":
            chunk.aside.append((replace(task, attempt=known.interruptions), decision.reason))
            return
        if decision.action == "keep":
            chunk.skipped.append(item.key)
            files = record.outputs or tuple(s for one in earlier for s in one.outputs)
            chunk.stale += len(files)
            chunk.marked.append((record, len(files), decision.reason))
            return
        unfinished = known.state in ("planned", "running") and bool(record.outputs)
        if (
            (decision.runs or known.state == "failed")
            and not self._force
            and (earlier or unfinished)
        ):
            found = self._restored(record, earlier, now, wanted)
            if found is not None:
                chunk.skipped.append(item.key)
                chunk.restored.append((record, found, task.source))
                chunk.stale += sum(len(one.outputs) for one in found.earlier if one.stale)
                return
        if decision.runs:
            files = (*record.outputs, *(s for one in earlier for s in one.outputs))
            replaced = (stamp.path for stamp in files if results.is_among(stamp.part, wanted))
            chunk.waiting.append((task, decision, tuple(replaced)))
            self._out_there[item.key] = task.source
            return
        chunk.skipped.append(item.key)
        chunk.failed += known.state == "failed"
        if record.stale_why:
            chunk.marked.append((record, 0, ""))
        chunk.stale += sum(len(one.outputs) for one in earlier if one.stale)
        if moved:
            chunk.moved.append(f"{item.key}: from {record.source} to {task.source}")
        if decision.retouch or record.source != task.source:
            inputs = now.inputs if decision.retouch else record.fingerprint.inputs
            outputs = outputs if decision.retouch else record.outputs
            # A record of a repair does not know the item's place in the list.
            placed = replace(record, index=index)
            chunk.retouched.append((placed, replace(now, inputs=inputs), outputs, task.source))

    def _restored(
        self,
        record: Record,
        earlier: Sequence[Earlier],
        now: Fingerprint,
        wanted: frozenset[str],
    ) -> results.Settled | None:
        read: list[Fingerprint] = []

        def holds(one: Earlier) -> bool:
            if (one.fingerprint.version, one.fingerprint.parameters) != (
                now.version,
                now.parameters,
            ):
                return False
            if not read:
                read.append(replace(now, inputs=with_digests(now.inputs)))
            return unchanged(
                one.fingerprint, one.outputs, read[0], _read_again(self._out, one.outputs)
            )

        before = [*earlier]
        if record.result is not None:
            facts = self._ledger.facts_text(record) if self._ledger is not None else "{}"
            noted = self._ledger.notes_text(record) if self._ledger is not None else "[]"
            before += results.by_part(replace(record.result, facts=facts, notes=noted))
        return results.restorable(before, wanted, holds)

    def _write(self, chunk: _Chunk) -> None:
        if self._ledger is None or self.run < 0:
            return
        if not (chunk.retouched or chunk.marked or chunk.restored):
            return
        with self._ledger.transaction():
            for record, now, outputs, source in chunk.retouched:
                self._ledger.retouch(record.key, now.inputs, outputs, source, record.index)
            for record, _, why in chunk.marked:
                self._ledger.mark(record, why)
            for record, found, source in chunk.restored:
                self._ledger.restore(
                    replace(record, source=source), found.result, found.earlier, run=self.run
                )

    def _tell_of(self, chunk: _Chunk, last: int) -> None:
        now = time.time()
        if chunk.moved:
            number = len(chunk.moved)
            others = f"{number} items, the first is " if number > 1 else ""
            text = f"the same content is at another place now: {others}{chunk.moved[0]}"
            self._tell(Log(now, "notice", text))
        apart = {record.key for record, _, why in chunk.marked if why}
        for record, files, why in chunk.marked:
            if why:
                self._tell(ItemsSkipped(now, (record.key,), last, 0, why, files))
                chunk.stale -= files
        rest = tuple(key for key in chunk.skipped if key not in apart)
        if rest:
            self._tell(ItemsSkipped(now, rest, last, chunk.failed, "", chunk.stale))
        for poison, reason in chunk.aside:
            self._tell(ItemPlanned(now, poison.item.key, poison.index, "set aside", reason))
            self.set_aside(poison, reason)

    def _known_item(self, rows: dict[str, tuple[Any, ...]]) -> Callable[[str], Item | None]:
        def find(key: str) -> Item | None:
            if key in self._out_there:
                return Item(key, source=self._out_there[key])
            if key in rows:
                return Item(key, source=rows[key][1] or "")
            return None

        return find

    def _plainly_settled(self, look: tuple[Any, ...], item: Item) -> bool:
        # The common case of `decide`, for a million items: everything equal at first sight.
        _, source, inputs, outputs, parameters, parts = look
        if parts != (dump_parts(self.wanted(item)) if item.parts else self._wanted_text):
            return False
        # Of a Mapping that is no dict, or not of plain values, nothing is known beforehand.
        written = canonical(item.parameters, item.key)
        if written != (self._usual if parameters is None else parameters):
            return False
        paths = [absolute(path) for path in item.inputs]
        if item.source is None and paths:
            named = paths[0] if paths[0].isascii() else plain_text(paths[0])
        else:
            named = source_of(item)
        return (
            source == named
            and (_are_untouched(inputs, paths) if paths else inputs == "[]")
            and (outputs == "[]" or _are_untouched(outputs, None, self._below))
        )


_NEW = Decision("run", "It is new.")


def _task(index: int, item: Item, record: Record | None, wanted: frozenset[str]) -> Task:
    return Task(index, item, before=record, wanted=wanted, source=source_of(item))


def _are_untouched(text: str, paths: Sequence[str] | None, below: str = "") -> bool:
    """Whether files have the sizes and times of stamps as the ledger keeps them.

    Parameters
    ----------
    text
        The stamps, as `dump_stamps` writes them.
    paths
        The paths that they must have; None for those that they have.
    below
        Stands before each path.
    """
    if text.count("[") == 2 and "\\" not in text and (paths is None or len(paths) == 1):
        # One file of a usual name, a million times: its stamp is written rather than read.
        path = text[3 : text.find('"', 3)] if paths is None else paths[0]
        found = _stat(f"{below}{path}")
        if found is None:
            return False
        if text.startswith(f'[["{path}", {found.st_size}, {found.st_mtime_ns}, '):
            return True
    stamps = json.loads(text)
    if paths is not None and [stamp[0] for stamp in stamps] != paths:
        return False
    for path, size, mtime_ns, *_ in stamps:
        found = _stat(f"{below}{path}")
        if found is None or found.st_size != size or found.st_mtime_ns != mtime_ns:
            return False
    return True


def _stat(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)  # noqa: PTH116 - a million times
    except (OSError, ValueError):
        return None


def resolve(
    out: Path,
    known: Known | None,
    now: Fingerprint,
    *,
    retry: frozenset[str] = frozenset(),
    force: bool = False,
    wanted: frozenset[str] = frozenset(),
    earlier: Sequence[Earlier] = (),
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
        gone = next((stamp.path for stamp in now.inputs if not stamp.exists), None)
        if gone is not None and _has_figures(out, known, earlier):
            return Decision("keep", stays(gone)), now, ()
    if force:
        action = Decision("run" if known is None else "redo", "Everything is to run again.")
        return action, now, outputs
    decision = decide(known, now, outputs, retry=retry, wanted=wanted)
    if decision.action == "look":
        unread = set(decision.unread_inputs)
        read = tuple(
            with_digests([stamp])[0] if place in unread else stamp
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
        decision = decide(known, now, outputs, retry=retry, wanted=wanted)
    if known is not None and decision.retouch:
        now = replace(now, inputs=_filled(known.fingerprint.inputs, now.inputs))
        outputs = _filled(known.outputs, outputs)
    return decision, now, outputs


def _has_figures(out: Path, known: Known, earlier: Sequence[Earlier]) -> bool:
    kept = (known.outputs, *(one.outputs for one in earlier if one.whole))
    return any(files and intact(files, _read_again(out, files)) for files in kept)


def _read_again(out: Path, before: Sequence[FileStamp]) -> tuple[FileStamp, ...]:
    """Files as they are now, with their digests where times differ."""
    found = []
    for old in before:
        new = _seen(out, old)
        if new.exists and (new.size, new.mtime_ns) != (old.size, old.mtime_ns):
            new = replace(new, digest=_digest(out, new.path) or "unread")
        found.append(new)
    return tuple(found)


def _seen(out: Path, stamp: FileStamp) -> FileStamp:
    return replace(stat_file(out / stamp.path, stamp.path), part=stamp.part)


def _digest(out: Path, name: str) -> str | None:
    try:
        return fingerprint.digest_file(out / name)
    except OSError:
        return None


def _filled(before: tuple[FileStamp, ...], now: tuple[FileStamp, ...]) -> tuple[FileStamp, ...]:
    # Skipping means that the content is the recorded one.
    return tuple(replace(new, digest=old.digest) for old, new in zip(before, now, strict=True))
