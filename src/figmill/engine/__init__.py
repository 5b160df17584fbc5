"""Run any work function over many items so that nothing is lost, hung or confused.

The engine knows nothing of figures. `run` is its entrance; `Item`, `Outcome` and `Outputs` are what
a work function meets; `Ledger.read` answers questions about an output folder, also while a run is
on; everything that watches a run is a listener of `events`.
"""

from __future__ import annotations

from . import events
from .cancel import CancelToken
from .events import Event, Listener
from .failures import CATEGORIES, Failure, category_of
from .item import JSON, Item, Outcome
from .ledger import Ledger, ledger_path
from .names import safe_name
from .options import FailedNote, RunOptions, RunReport
from .outputs import Outputs
from .plan import Decision, decide
from .records import STATES, Attempt, Cause, FailedItem, Record, RunRecord
from .repair import Repair, repair, stamp
from .run import run, why
from .snapshot import GenericSnapshot, Snapshot
from .task import Book, Executor, LogLine, Result, Task, WorkFunction

__all__ = [
    "CATEGORIES",
    "JSON",
    "STATES",
    "Attempt",
    "Book",
    "CancelToken",
    "Cause",
    "Decision",
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
    "Record",
    "Repair",
    "Result",
    "RunOptions",
    "RunRecord",
    "RunReport",
    "Snapshot",
    "Task",
    "WorkFunction",
    "category_of",
    "decide",
    "events",
    "ledger_path",
    "repair",
    "run",
    "safe_name",
    "stamp",
    "why",
]
