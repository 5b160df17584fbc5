"""What the ledger answers: plain values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from figmill.engine.failures import Failure
from figmill.engine.fingerprint import FileStamp, Fingerprint
from figmill.engine.plan import Known

STATES = ("planned", "running", "done", "no_data", "failed", "skipped")

COLUMNS = (
    "key, position, state, version, parameters, inputs, outputs, imported, attempts, "
    "interruptions, category, message, seconds, peak_memory, run, at, recipe, source, parts, "
    "apart, stale, stale_why"
)

LOOK = (
    "key, source, inputs, outputs, nullif(parameters, ?), iif(state IN ('done', 'no_data') AND "
    "version = ? AND NOT imported AND apart = 0 AND stale = 0, parts, NULL)"
)
"""What tells of most items, at one look, that they need nothing.

Parameters are NULL where they are those that are given first, parts where anything but inputs,
outputs, parameters and parts tells that the item is not settled by the version that is given next.
"""


@dataclass(frozen=True, slots=True)
class Record:
    """One item as the ledger holds it. Times are seconds since 1970, sizes bytes.

    Parameters
    ----------
    key, index
        The item's key and its place in the input.
    state
        Such as ``"done"`` or ``"failed"``.
    fingerprint, outputs, parts
        Of the last attempt; what earlier ones left behind is in ``Ledger.earlier``.
    imported
        Whether it was taken over from a progress file.
    attempts, interruptions
        How often it was tried, and how often a run ended meanwhile.
    category, message
        Why it failed, or what it says of itself.
    seconds
        How long the last attempt took.
    peak_memory
        Bytes; 0 where unknown.
    run, at
        The number of the run, and when it ended, in seconds since 1970.
    recipe, source
        Whose item it is, and what its key stands for.
    apart
        How many results of earlier attempts are on disk.
    stale
        The number of files on disk that should have been replaced and were not.
    stale_why
        The reason, where files of the last attempt are among them.
    """

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
    recipe: str = ""
    source: str | None = None
    parts: frozenset[str] = frozenset()
    apart: int = 0
    stale: int = 0
    stale_why: str = ""

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> Record:
        """Read a row of ``COLUMNS``."""
        own = list(row)
        own[3:7] = [Fingerprint(row[3], row[4], load_stamps(row[5])), load_stamps(row[6])]
        own[5] = bool(row[7])
        own[16] = load_parts(row[18])
        return cls(*own)

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
            self.parts,
        )

    @property
    def result(self) -> Earlier | None:
        """What is on disk of the item's last attempt; None where that left nothing."""
        if self.state == "done" or (self.outputs and self.state != "failed"):
            return Earlier("", self.fingerprint, self.outputs, self.parts, message=self.message)
        return None


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier attempt at an item left on disk, and nothing has replaced.

    Parameters
    ----------
    part
        Which part of the item: a file format, for example; empty for files of no part.
    fingerprint
        What it was made of.
    outputs
        Its files.
    parts
        Of a whole result: all its parts.
    facts, message, notes
        As the work gave them; ``facts`` and ``notes`` are JSON.
    whole
        Whether it is all that this part should be; False for files that are left over.
    stale
        Why it should have been replaced; empty where it need not be.
    """

    part: str
    fingerprint: Fingerprint
    outputs: tuple[FileStamp, ...]
    parts: frozenset[str] = frozenset()
    facts: str = "{}"
    message: str = ""
    whole: bool = True
    stale: str = ""
    notes: str = "[]"


@dataclass(frozen=True, slots=True)
class FailedItem:
    """A failed item with everything kept of its failure.

    Parameters
    ----------
    record
        The item.
    failure
        Why it failed, with its traceback.
    """

    record: Record
    failure: Failure


@dataclass(frozen=True, slots=True)
class Cause:
    """Failures that share one cause: category, error and message without its particulars.

    Parameters
    ----------
    category
        One of `figmill.engine.CATEGORIES`.
    error_type
        The exception's name.
    message
        What the failures share.
    count
        How many items failed by it.
    keys
        These items.
    """

    category: str
    error_type: str
    message: str
    count: int
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One failed attempt in an item's history.

    Parameters
    ----------
    run, attempt
        The number of the run, and of the attempt in it, from 1.
    at
        When it ended, in seconds since 1970.
    seconds
        How long it took.
    category, message
        Why it failed.
    """

    run: int
    attempt: int
    at: float
    seconds: float
    category: str
    message: str


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run in the history; ``ended`` is None while it runs, or where it was killed.

    Parameters
    ----------
    id
        Its number.
    started, ended
        Seconds since 1970; `ended` is None while it runs, or where it was killed.
    version
        Of the work, or of figmill.
    workers
        How many processes.
    host, pid
        Where it ran.
    interrupted
        Whether it was stopped before all was done.
    counts
        How many items came to each state.
    """

    id: int
    started: float
    ended: float | None
    version: str
    workers: int
    host: str
    pid: int
    interrupted: bool
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Stale:
    """A file that should have been replaced and was not, with the reason.

    Parameters
    ----------
    recipe, key
        Whose file it is.
    file
        The file as the ledger knows it.
    why
        The reason.
    missing
        Whether the reason is a missing input.
    inputs
        What it was made of.
    left_over
        Whether its item has done without such a file since.
    """

    recipe: str
    key: str
    file: FileStamp
    why: str
    missing: bool = False
    inputs: tuple[FileStamp, ...] = ()
    left_over: bool = False


def dump_parts(parts: frozenset[str]) -> str:
    """Write the names of parts, one a line."""
    return "\n".join(sorted(parts))


def load_parts(text: str) -> frozenset[str]:
    """Read what `dump_parts` wrote."""
    return frozenset(text.split("\n")) if text else frozenset()


def dump_stamps(stamps: tuple[FileStamp, ...]) -> str:
    """Write file stamps as JSON."""
    if not stamps:
        return "[]"
    return json.dumps(
        [
            [s.path, s.size, s.mtime_ns, s.digest, s.part]
            if s.part
            else [s.path, s.size, s.mtime_ns, s.digest]
            for s in stamps
        ]
    )


def load_stamps(text: str) -> tuple[FileStamp, ...]:
    """Read what `dump_stamps` wrote."""
    if text == "[]":
        return ()
    return tuple(FileStamp(*fields) for fields in json.loads(text))
