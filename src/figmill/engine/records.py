"""What the ledger answers: plain values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .failures import Failure
from .fingerprint import FileStamp, Fingerprint
from .plan import Known

STATES = ("planned", "running", "done", "no_data", "failed", "skipped")

COLUMNS = (
    "key, position, state, version, parameters, inputs, outputs, imported, attempts, "
    "interruptions, category, message, seconds, peak_memory, run, at"
)


@dataclass(frozen=True, slots=True)
class Record:
    """One item as the ledger holds it. Times are seconds since 1970, sizes bytes."""

    key: str
    index: int
    state: str
    fingerprint: Fingerprint
    outputs: tuple[FileStamp, ...]
    imported: bool
    attempts: int
    interruptions: int
    category: str
    message: str
    seconds: float
    peak_memory: int
    run: int
    at: float

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> Record:
        """Read a row of ``COLUMNS``."""
        return cls(
            row[0],
            row[1],
            row[2],
            Fingerprint(row[3], row[4], load_stamps(row[5])),
            load_stamps(row[6]),
            bool(row[7]),
            *row[8:],
        )

    @property
    def known(self) -> Known:
        """The part that planning needs."""
        return Known(
            self.state,
            self.fingerprint,
            self.outputs,
            self.category,
            self.attempts,
            self.imported,
            self.interruptions,
        )


@dataclass(frozen=True, slots=True)
class FailedItem:
    """A failed item with everything kept of its failure."""

    record: Record
    failure: Failure


@dataclass(frozen=True, slots=True)
class Cause:
    """Failures that share one cause: category, error and message without its particulars."""

    category: str
    error_type: str
    message: str
    count: int
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One failed attempt in an item's history."""

    run: int
    attempt: int
    at: float
    seconds: float
    category: str
    message: str


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run in the history; ``ended`` is None while it runs, or where it was killed."""

    id: int
    started: float
    ended: float | None
    version: str
    workers: int
    host: str
    pid: int
    interrupted: bool
    counts: Mapping[str, int]


def dump_stamps(stamps: tuple[FileStamp, ...]) -> str:
    """Write file stamps as JSON."""
    if not stamps:
        return "[]"
    return json.dumps([[s.path, s.size, s.mtime_ns, s.digest] for s in stamps])


def load_stamps(text: str) -> tuple[FileStamp, ...]:
    """Read what `dump_stamps` wrote."""
    if text == "[]":
        return ()
    return tuple(FileStamp(*fields) for fields in json.loads(text))
