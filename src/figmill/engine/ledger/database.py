"""Opening the ledger's file, and explaining what goes wrong with it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from figmill.engine.ledger import schema
from figmill.errors import LedgerError


def connect_reading(path: Path) -> sqlite3.Connection:
    """Open a ledger so that nothing can be written through it."""
    name = path.absolute().as_uri()
    # With leave to write SQLite tidies its log away afterwards; the last is for folders that may
    # not be written at all.
    for mode in ("mode=rw", "mode=ro", "mode=ro&immutable=1"):
        connection = sqlite3.connect(f"{name}?{mode}", uri=True, timeout=30)
        try:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        except sqlite3.OperationalError:
            connection.close()
            if "immutable" in mode:
                raise
        else:
            break
    return connection


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what SQLite raises into sentences.

    Raises
    ------
    LedgerError
        The database cannot be used, or is damaged.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        raise LedgerError(
            f"the ledger cannot be used: {error}.",
            file=path,
            hint="Check free space, permissions and whether another program holds the file.",
        ) from error
    except sqlite3.DatabaseError as error:
        raise schema.damaged(path, f"the ledger is damaged: {error}.") from error
