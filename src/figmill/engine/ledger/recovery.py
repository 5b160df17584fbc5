"""Complete, or undo, what a killed run was publishing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from figmill.engine.ledger.intents import Intent, read_intent
from figmill.engine.ledger.ledger import Ledger
from figmill.engine.outputs import is_published
from figmill.engine.recorder import Recorder


def recover(out: Path, ledger: Ledger, book: Callable[[str, str], Recorder]) -> tuple[int, int]:
    """See to it that the files of every item are there together.

    Parameters
    ----------
    out
        The output folder, which the caller holds.
    ledger
        Its ledger, open for writing.
    book
        Makes a recorder for a recipe and a version.

    Returns
    -------
    completed, undone : int
        How many items.
    """
    completed = undone = 0
    for group in _groups([read_intent(*row) for row in ledger.intents()]):
        recorder = book(group[0].recipe, group[0].version)
        if all(_is_at_hand(out, intent) for intent in group):
            whole = recorder.complete(group)
        else:
            # Something of it is lost: what had been there before comes back.
            recorder.undo(group)
            whole = False
        completed += len(group) if whole else 0
        undone += 0 if whole else len(group)
    return completed, undone


def _groups(intents: Sequence[Intent]) -> list[list[Intent]]:
    """Put items that exchange names together: they are completed or undone together."""
    found: dict[frozenset[str], list[Intent]] = {}
    for intent in intents:
        found.setdefault(intent.group or frozenset({intent.task.item.key}), []).append(intent)
    return list(found.values())


def _is_at_hand(out: Path, intent: Intent) -> bool:
    return all(
        Path(file.temporary).is_file() or is_published(out, file) for file in intent.result.files
    )
