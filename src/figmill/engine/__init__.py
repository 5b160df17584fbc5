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
    from . import events
    from .cancel import CancelToken
    from .events import Event, Listener
    from .failures import CATEGORIES, Failure, category_of
    from .item import JSON, Item, Outcome
    from .ledger import Ledger, ledger_path
    from .names import safe_name
    from .options import FailedNote, RunOptions, RunReport
    from .origin import stamp, stamp_of
    from .outputs import Outputs
    from .plan import Decision, decide
    from .pruning import Pruned, prune
    from .rebuild import Repair, repair
    from .records import STATES, Attempt, Cause, Earlier, FailedItem, Record, RunRecord, Stale
    from .runner import run, why
    from .snapshot import GenericSnapshot, Snapshot
    from .task import Book, Executor, LogLine, Result, Task, WorkFunction

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
