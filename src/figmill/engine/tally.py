"""Count what a run comes to, for its report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from figmill.engine.events import Event, ItemFinished, ItemPlanned, ItemsSkipped
from figmill.engine.options import FailedNote, NoteCount, RunReport
from figmill.notes import Note, of_levels

_SHOWN_FAILURES = 100
_Known = Callable[[], Iterable[tuple[str, str, tuple[Note, ...]]]]


class Tally:
    """A listener that counts for the report.

    Parameters
    ----------
    known
        Gives recipe, key and notes of items that earlier runs finished.
    """

    KINDS = (ItemFinished, ItemPlanned, ItemsSkipped)

    def __init__(self, known: _Known = tuple) -> None:
        self.known = known
        self._counts: Counter[str] = Counter()
        self._failures: list[FailedNote] = []
        self._codes: Counter[tuple[str, str]] = Counter()
        self._texts: dict[tuple[str, str], str] = {}
        self._earlier: dict[str, tuple[Note, ...]] | None = None

    def __call__(self, event: Event) -> None:
        """Count an event."""
        match event:
            case ItemFinished():
                self._counts[event.status] += 1
                self._counts["planned"] -= 1
                self._counts["stale"] += event.stale
                if event.notes:
                    self._count_notes(event.notes)
                if event.failure and len(self._failures) < _SHOWN_FAILURES:
                    self._failures.append(FailedNote(event.key, event.index, event.failure))
            case ItemPlanned():
                self._counts["planned"] += 1
            case ItemsSkipped():
                self._counts["skipped"] += len(event.keys)
                self._counts["known_failed"] += event.failed
                self._counts["stale"] += event.stale
                self._count_earlier(event.keys)

    def _count_earlier(self, keys: Iterable[str]) -> None:
        if self._earlier is None:
            grave = ((key, of_levels(notes, "doubt", "loss")) for _, key, notes in self.known())
            self._earlier = {key: notes for key, notes in grave if notes}
        if self._earlier:
            for key in keys:
                self._count_notes(self._earlier.get(key, ()))

    def _count_notes(self, notes: Iterable[Note]) -> None:
        found = {(note.level, note.code): str(note) for note in of_levels(notes, "doubt", "loss")}
        self._codes.update(found.keys())
        self._counts.update({level for level, _ in found})
        for kind, text in found.items():
            self._texts.setdefault(kind, text)

    def report(self) -> RunReport:
        """Give what was counted so far."""
        counts = self._counts
        return RunReport(
            done=counts["done"],
            no_data=counts["no_data"],
            failed=counts["failed"],
            skipped=counts["skipped"],
            known_failed=counts["known_failed"],
            planned=counts["planned"],
            stale=counts["stale"],
            failures=tuple(self._failures),
            doubts=self._counts["doubt"],
            losses=self._counts["loss"],
            notes=tuple(
                NoteCount(level, code, count, self._texts[level, code])
                for (level, code), count in self._codes.most_common()
            ),
        )
