"""Questions to the ledger's tables."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from figmill.engine.failures import Failure
from figmill.engine.fingerprint import Fingerprint
from figmill.engine.ledger.records import (
    COLUMNS,
    Attempt,
    Cause,
    Earlier,
    FailedItem,
    Record,
    RunRecord,
    Stale,
    load_stamps,
)

CHUNK = 500


def rows(
    db: sqlite3.Connection,
    keys: Sequence[str],
    recipe: str | None = None,
    columns: str = COLUMNS,
    given: Sequence[str] = (),
) -> Iterable[tuple[Any, ...]]:
    """Give the rows of at most ``CHUNK`` keys, of one recipe or of all, the oldest first."""
    # One statement for every full chunk, so that SQLite compiles it once.
    size = CHUNK if len(keys) > 8 else len(keys)
    marks = ",".join("?" * size)
    bound = [*given, *keys, *[None] * (size - len(keys))]
    if recipe is None:
        return db.execute(
            f"SELECT {columns} FROM items WHERE key IN ({marks}) ORDER BY at",  # noqa: S608
            bound,
        )
    return db.execute(
        f"SELECT {columns} FROM items WHERE key IN ({marks}) AND recipe = ?",  # noqa: S608
        [*bound, recipe],
    )


def counts(db: sqlite3.Connection) -> dict[str, int]:
    """Count the items in each state."""
    return dict(db.execute("SELECT state, count(*) FROM items GROUP BY state ORDER BY state"))


def stale(db: sqlite3.Connection) -> list[Stale]:
    """Give the files that should have been replaced, in the order of their items."""
    found: list[Stale] = []
    sql = "SELECT recipe, key, outputs, stale_why FROM items WHERE stale > 0 ORDER BY position, key"
    for recipe, key, outputs, why in db.execute(sql).fetchall():
        own: list[Stale] = []
        if why:
            own += [Stale(recipe, key, stamp, why, True) for stamp in load_stamps(outputs)]
        for row in earlier(db, recipe, key):
            if row.stale:
                inputs, left_over = row.fingerprint.inputs, not row.whole
                own += [
                    Stale(recipe, key, stamp, row.stale, False, inputs, left_over)
                    for stamp in row.outputs
                ]
        found += sorted(own, key=lambda one: one.file.path)
    return found


def earlier(db: sqlite3.Connection, recipe: str, key: str) -> list[Earlier]:
    """Give what earlier attempts at an item left behind."""
    sql = (
        "SELECT part, version, parameters, inputs, outputs, facts, message, whole, stale, notes "
        "FROM earlier WHERE key = ? AND recipe = ? ORDER BY part"
    )
    return [
        Earlier(
            row[0],
            Fingerprint(row[1], row[2], load_stamps(row[3])),
            load_stamps(row[4]),
            frozenset({row[0]} - {""}),
            row[5],
            row[6],
            bool(row[7]),
            row[8],
            row[9],
        )
        for row in db.execute(sql, (key, recipe))
    ]


# An item that failed, or was claimed, has a result where an earlier attempt left files.
_WITH_RESULT = "(state IN ('done', 'no_data') OR outputs != '[]' OR apart > 0) AND NOT imported"


def results(db: sqlite3.Connection) -> Iterator[tuple[tuple[Any, ...], str, str]]:
    """Give the rows of items that have a result, each with facts and notes, as in the input."""
    sql = (
        f"SELECT {COLUMNS}, facts.facts, notes.notes FROM items "  # noqa: S608
        "LEFT JOIN facts USING (key, recipe) LEFT JOIN notes USING (key, recipe) "
        f"WHERE {_WITH_RESULT} ORDER BY position, key"
    )
    for row in db.execute(sql):
        yield row[:-2], row[-2] or "{}", row[-1] or "[]"


def size_of_results(db: sqlite3.Connection) -> int:
    """Add up the lengths of what `results` gives."""
    texts = ("key", "recipe", "source", "version", "parameters", "inputs", "outputs", "message")
    lengths = " + ".join(f"coalesce(length({name}), 0)" for name in texts)
    sql = f"SELECT total({lengths} + 200) FROM items WHERE {_WITH_RESULT}"  # noqa: S608
    return int(
        db.execute(sql).fetchone()[0]
        + db.execute("SELECT total(length(facts)) FROM facts").fetchone()[0]
        + db.execute("SELECT total(length(notes)) FROM notes").fetchone()[0]
    )


def failures(
    db: sqlite3.Connection,
    category: str | None = None,
    key: str | None = None,
    recipe: str | None = None,
) -> list[FailedItem]:
    """Give failed items with their details."""
    columns = ", ".join(f"items.{name.strip()}" for name in COLUMNS.split(","))
    wanted = {"category": category, "items.key": key, "items.recipe": recipe}
    given = {name: value for name, value in wanted.items() if value is not None}
    where = "".join(f" AND {name} = ?" for name in given)
    sql = (
        f"SELECT {columns}, hint, error_type, traceback FROM items "  # noqa: S608
        f"LEFT JOIN failures USING (recipe, key) WHERE state = 'failed'{where} ORDER BY position"
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
