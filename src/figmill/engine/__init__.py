"""Run any work function over many items so that nothing is lost, hung or confused.

The engine knows nothing of figures. `run` is its entrance; `Item`, `Outcome` and `Outputs` are what
a work function meets; `Ledger.read` answers questions about an output folder, also while a run is
on; everything that watches a run is a listener of `events`.

Names are imported when they are first used: recipes need `Item` alone, and workers start sooner.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from figmill.engine import events
    from figmill.engine.cancel import CancelToken
    from figmill.engine.events import Event, Listener
    from figmill.engine.failures import CATEGORIES, Failure, category_of
    from figmill.engine.item import JSON, Item, Outcome
    from figmill.engine.ledger import Ledger, ledger_path
    from figmill.engine.names import safe_name
    from figmill.engine.options import FailedNote, RunOptions, RunReport
    from figmill.engine.origin import stamp, stamp_of
    from figmill.engine.outputs import Outputs
    from figmill.engine.plan import Decision, decide
    from figmill.engine.pruning import Pruned, prune
    from figmill.engine.rebuild import Repair, repair
    from figmill.engine.records import (
        STATES,
        Attempt,
        Cause,
        Earlier,
        FailedItem,
        Record,
        RunRecord,
        Stale,
    )
    from figmill.engine.runner import run, why
    from figmill.engine.snapshot import GenericSnapshot, Snapshot
    from figmill.engine.task import Book, Executor, LogLine, Result, Task, WorkFunction

_HOMES = {
    "cancel": ("CancelToken",),
    "events": ("Event", "Listener"),
    "failures": ("CATEGORIES", "Failure", "category_of"),
    "item": ("JSON", "Item", "Outcome"),
    "ledger": ("Ledger", "ledger_path"),
    "names": ("safe_name",),
    "options": ("FailedNote", "RunOptions", "RunReport"),
    "outputs": ("Outputs",),
    "origin": ("stamp", "stamp_of"),
    "plan": ("Decision", "decide"),
    "pruning": ("Pruned", "prune"),
    "rebuild": ("Repair", "repair"),
    "records": (
        "STATES",
        "Attempt",
        "Cause",
        "Earlier",
        "FailedItem",
        "Record",
        "RunRecord",
        "Stale",
    ),
    "runner": ("run", "why"),
    "snapshot": ("GenericSnapshot", "Snapshot"),
    "task": ("Book", "Executor", "LogLine", "Result", "Task", "WorkFunction"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

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


def __getattr__(name: str) -> Any:
    if name == "events":
        return import_module(".events", __name__)
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
