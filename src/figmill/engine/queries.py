"""Questions to the ledger's tables."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from .failures import Failure
from .records import COLUMNS, Attempt, Cause, FailedItem, Record, RunRecord

CHUNK = 500


def rows(db: sqlite3.Connection, keys: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Give the rows of at most ``CHUNK`` keys."""
    # One statement for every full chunk, so that SQLite compiles it once.
    size = CHUNK if len(keys) > 8 else len(keys)
    marks = ",".join("?" * size)
    given = [*keys, *[None] * (size - len(keys))]
    yield from db.execute(f"SELECT {COLUMNS} FROM items WHERE key IN ({marks})", given)  # noqa: S608


def counts(db: sqlite3.Connection) -> dict[str, int]:
    """Count the items in each state."""
    return dict(db.execute("SELECT state, count(*) FROM items GROUP BY state ORDER BY state"))


def failures(
    db: sqlite3.Connection, category: str | None = None, key: str | None = None
) -> list[FailedItem]:
    """Give failed items with their details."""
    columns = ", ".join(f"items.{name.strip()}" for name in COLUMNS.split(","))
    wanted = {"category": category, "items.key": key}
    given = {name: value for name, value in wanted.items() if value is not None}
    where = "".join(f" AND {name} = ?" for name in given)
    sql = (
        f"SELECT {columns}, hint, error_type, traceback FROM items "  # noqa: S608
        f"LEFT JOIN failures USING (key) WHERE state = 'failed'{where} ORDER BY position"
    )
    found = []
    for row in db.execute(sql, list(given.values())):
        record = Record.of(row[:-3])
        hint, error_type, traceback = (text or "" for text in row[-3:])
        found.append(
            FailedItem(
                record, Failure(record.category, record.message, hint, error_type, traceback)
            )
        )
    return found


def causes(failed: Iterable[FailedItem]) -> list[Cause]:
    """Group failures whose messages differ only in numbers, names and paths."""
    groups: dict[tuple[str, str, str], list[FailedItem]] = defaultdict(list)
    for one in failed:
        failure = one.failure
        groups[failure.category, failure.error_type, _gist(failure.message)].append(one)
    found = [
        Cause(category, kind, members[0].failure.message, len(members), _keys(members))
        for (category, kind, _), members in groups.items()
    ]
    return sorted(found, key=lambda cause: (-cause.count, cause.category, cause.message))


def _keys(members: Iterable[FailedItem]) -> tuple[str, ...]:
    return tuple(one.record.key for one in members)


def _gist(message: str) -> str:
    return re.sub(r"'[^']*'|\"[^\"]*\"|\S*/\S*|\d+(\.\d+)?", "*", message)


def attempts(db: sqlite3.Connection, key: str) -> list[Attempt]:
    """Give the failed attempts of an item."""
    sql = (
        "SELECT run, attempt, at, seconds, category, message FROM attempts "
        "WHERE key = ? ORDER BY rowid"
    )
    return [Attempt(*row) for row in db.execute(sql, (key,))]


def runs(db: sqlite3.Connection) -> list[RunRecord]:
    """Give the history of runs."""
    sql = (
        "SELECT id, started, ended, version, workers, host, pid, interrupted, counts "
        "FROM runs ORDER BY id"
    )
    return [RunRecord(*(*row[:7], bool(row[7]), json.loads(row[8]))) for row in db.execute(sql)]
