"""The ledger's tables: made, checked, and brought up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from figmill.errors import LedgerError

APPLICATION_ID = 0x4669674D  # "FigM"
VERSION = 1

_TABLES = """
CREATE TABLE items (
    key TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    state TEXT NOT NULL,
    version TEXT NOT NULL,
    parameters TEXT NOT NULL,
    inputs TEXT NOT NULL,
    outputs TEXT NOT NULL DEFAULT '[]',
    imported INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    interruptions INTEGER NOT NULL DEFAULT 0,
    category TEXT NOT NULL DEFAULT '',
    message TEXT NOT NULL DEFAULT '',
    seconds REAL NOT NULL DEFAULT 0,
    peak_memory INTEGER NOT NULL DEFAULT 0,
    run INTEGER NOT NULL,
    at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX unfinished ON items (state) WHERE state NOT IN ('done', 'no_data');
CREATE TABLE failures (
    key TEXT PRIMARY KEY,
    hint TEXT NOT NULL,
    error_type TEXT NOT NULL,
    traceback TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE attempts (
    key TEXT NOT NULL,
    run INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    at REAL NOT NULL,
    seconds REAL NOT NULL,
    category TEXT NOT NULL,
    message TEXT NOT NULL
);
CREATE INDEX attempts_of ON attempts (key);
CREATE TABLE owners (path TEXT PRIMARY KEY, key TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE facts (key TEXT PRIMARY KEY, facts TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE states (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    started REAL NOT NULL,
    ended REAL,
    version TEXT NOT NULL,
    workers INTEGER NOT NULL,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    interrupted INTEGER NOT NULL DEFAULT 0,
    counts TEXT NOT NULL DEFAULT '{}'
);
"""

# Version -> the statements that lead from it to the next.
MIGRATIONS: Mapping[int, str] = MappingProxyType({0: _TABLES})

REPAIR_HINT = "Run: figmill repair {out} (it rebuilds the ledger from the figures themselves)."


def check_file(path: Path) -> None:
    """Look at the first bytes of a ledger before SQLite does.

    Raises
    ------
    LedgerError
        The file is no SQLite database, or was cut short.
    """
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except FileNotFoundError:
        return
    if not head:
        return
    if not head.startswith(b"SQLite format 3\0"):
        raise damaged(path, "this is no ledger (not an SQLite file).")
    page_size = int.from_bytes(head[16:18], "big")
    pages = int.from_bytes(head[28:32], "big")
    size = path.stat().st_size
    log = path.with_name(path.name + "-wal")
    # While there is a write-ahead log the main file may rightly be behind its header.
    has_log = log.exists() and log.stat().st_size > 0
    expected = (65536 if page_size == 1 else page_size) * pages
    if not has_log and size < expected:
        raise damaged(path, f"the ledger was cut short: {size} bytes of {expected}.")


def upgrade(connection: sqlite3.Connection, path: Path) -> None:
    """Create the tables or migrate them to this version, in one transaction.

    Raises
    ------
    LedgerError
        The file belongs to another program or to a newer figmill.
    """
    version = check_version(connection, path)
    while version < VERSION:
        script = (
            f"BEGIN IMMEDIATE; {MIGRATIONS[version]}"
            f"PRAGMA application_id = {APPLICATION_ID};"
            f"PRAGMA user_version = {version + 1}; COMMIT;"
        )
        connection.executescript(script)
        version += 1


def check_version(connection: sqlite3.Connection, path: Path) -> int:
    """Give the schema version of an open database; 0 for an empty one.

    Raises
    ------
    LedgerError
        The file belongs to another program or to a newer figmill.
    """
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if application != APPLICATION_ID and tables:
        raise damaged(path, "this SQLite file belongs to another program.")
    if version > VERSION:
        raise LedgerError(
            f"a newer figmill wrote this ledger (version {version}; this one knows {VERSION}).",
            file=path,
            hint="Update figmill, or choose another output folder.",
        )
    return int(version)


def damaged(path: Path, what: str) -> LedgerError:
    """Build the error for a ledger that cannot be used."""
    return LedgerError(what, file=path, hint=REPAIR_HINT.format(out=path.parent.parent))
