"""What happens in a run, as values; whoever watches a run listens to these."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from figmill.engine.failures import Failure
from figmill.item import JSON
from figmill.notes import Note


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened; ``at`` is the wall clock in seconds since 1970.

    Parameters
    ----------
    at
        The wall clock, in seconds since 1970.
    """

    at: float


@dataclass(frozen=True, slots=True)
class RunStarted(Event):
    """A run began. ``total`` is the number of items where the caller's list has a length."""

    run: int
    out: str
    version: str
    workers: int
    total: int | None
    pid: int


@dataclass(frozen=True, slots=True)
class ItemPlanned(Event):
    """An item will run (``run`` or ``redo``), in a dry run too; ``reason`` is a sentence.

    ``replaces`` names its files, which stay until new ones take their place.
    """

    key: str
    index: int
    action: str
    reason: str
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemsSkipped(Event):
    """Items need nothing; told in bundles, since there may be a million.

    ``failed`` of them are known failures that are left alone; ``stale`` is the number of files
    that should be replaced and are not. ``reason`` is given where that is worth telling.
    """

    keys: tuple[str, ...]
    last_index: int
    failed: int = 0
    reason: str = ""
    stale: int = 0


@dataclass(frozen=True, slots=True)
class ItemStarted(Event):
    """A worker took an item; ``worker`` is its number, 0 for the run's own process."""

    key: str
    index: int
    worker: int
    attempt: int


@dataclass(frozen=True, slots=True)
class ItemFinished(Event):
    """An item reached its state and the ledger holds it.

    ``status`` is ``done``, ``no_data`` or ``failed``; ``outputs`` are names relative to the output
    folder; ``seconds`` is the time of the last attempt; ``peak_memory`` bytes, 0 where unknown;
    ``stale`` the number of the item's earlier files that should have been replaced and were not;
    ``notes`` what was assumed or left out.
    """

    key: str
    index: int
    status: str
    seconds: float
    worker: int = 0
    attempts: int = 1
    message: str = ""
    outputs: tuple[str, ...] = ()
    facts: Mapping[str, JSON] = field(default_factory=dict)
    failure: Failure | None = None
    peak_memory: int = 0
    stale: int = 0
    notes: tuple[Note, ...] = ()

    @property
    def category(self) -> str:
        """The failure's category; empty for what did not fail."""
        return self.failure.category if self.failure else ""


@dataclass(frozen=True, slots=True)
class Retry(Event):
    """An attempt failed and the item will be tried again after ``delay`` seconds."""

    key: str
    index: int
    attempt: int
    delay: float
    failure: Failure


@dataclass(frozen=True, slots=True)
class Log(Event):
    """A log record, from the run or from a worker."""

    level: str
    message: str
    key: str | None = None
    fields: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Interrupting(Event):
    """Someone asked the run to stop: after what runs (``now`` false) or at once."""

    now: bool


@dataclass(frozen=True, slots=True)
class RunFinished(Event):
    """The run ended; counts by state, as in the report."""

    run: int
    counts: Mapping[str, int]
    interrupted: bool
    seconds: float


Listener: TypeAlias = Callable[[Event], None]
