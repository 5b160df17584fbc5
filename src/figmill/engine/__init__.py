"""Run any work function over many items so that nothing is lost, hung or confused.

The engine knows nothing of figures. `run` is its entrance; `Item`, `Outcome` and `Outputs` are what
a work function meets; `Ledger.read` answers questions about an output folder, also while a run is
on; everything that watches a run is a listener of `events`.

Names are imported when they are first used: recipes need `Item` alone, and workers start sooner.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from figmill._lazy import lazily

if TYPE_CHECKING:
    from figmill.engine import events
    from figmill.engine.cancel import CancelToken
    from figmill.engine.events import Event, Listener
    from figmill.engine.failures import CATEGORIES, Failure, category_of
    from figmill.engine.ledger.ledger import Ledger, ledger_path
    from figmill.engine.ledger.rebuild import Repair, repair
    from figmill.engine.ledger.records import (
        STATES,
        Attempt,
        Cause,
        Earlier,
        FailedItem,
        Record,
        RunRecord,
        Stale,
    )
    from figmill.engine.ledger.snapshot import GenericSnapshot, Snapshot
    from figmill.engine.names import safe_name
    from figmill.engine.options import FailedNote, RunOptions, RunReport
    from figmill.engine.origin import stamp, stamp_of
    from figmill.engine.outputs import Outputs
    from figmill.engine.plan import Decision, decide
    from figmill.engine.pruning import Pruned, prune
    from figmill.engine.runner import run, why
    from figmill.engine.task import Book, Executor, LogLine, Result, RunRecorder, Task, WorkFunction
    from figmill.item import JSON, Item, Outcome

_HOMES = {
    "figmill.item": "JSON Item Outcome",
    "figmill.engine.cancel": "CancelToken",
    "figmill.engine.events": "Event Listener",
    "figmill.engine.failures": "CATEGORIES Failure category_of",
    "figmill.engine.ledger.ledger": "Ledger ledger_path",
    "figmill.engine.ledger.rebuild": "Repair repair",
    "figmill.engine.ledger.records": (
        "STATES Attempt Cause Earlier FailedItem Record RunRecord Stale"
    ),
    "figmill.engine.ledger.snapshot": "GenericSnapshot Snapshot",
    "figmill.engine.names": "safe_name",
    "figmill.engine.options": "FailedNote RunOptions RunReport",
    "figmill.engine.origin": "stamp stamp_of",
    "figmill.engine.outputs": "Outputs",
    "figmill.engine.plan": "Decision decide",
    "figmill.engine.pruning": "Pruned prune",
    "figmill.engine.runner": "run why",
    "figmill.engine.task": "Book Executor LogLine Result RunRecorder Task WorkFunction",
}

__all__ = [
    "CATEGORIES",
    "JSON",
    "STATES",
    "Attempt",
    "Book",
    "CancelToken",
    "Cause",
    "Decision",
    "Earlier",
    "Event",
    "Executor",
    "FailedItem",
    "FailedNote",
    "Failure",
    "GenericSnapshot",
    "Item",
    "Ledger",
    "Listener",
    "LogLine",
    "Outcome",
    "Outputs",
    "Pruned",
    "Record",
    "Repair",
    "Result",
    "RunOptions",
    "RunRecord",
    "RunRecorder",
    "RunReport",
    "Snapshot",
    "Stale",
    "Task",
    "WorkFunction",
    "category_of",
    "decide",
    "events",
    "ledger_path",
    "prune",
    "repair",
    "run",
    "safe_name",
    "stamp",
    "stamp_of",
    "why",
]

_load, __dir__ = lazily(__name__, _HOMES)


def __getattr__(name: str) -> Any:
    if name in ("events", "item"):  # the latter has moved, see _moved.py
        return import_module(f"figmill.engine.{name}")
    return _load(name)
