"""The durable memory of an output folder: which item is in which state, and from what.

One SQLite file, OUT/.figmill/ledger.sqlite, written by one run at a time and readable by anyone
meanwhile. What is committed survives SIGKILL and loss of power.
"""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from figmill.errors import LedgerError

from . import queries, schema
from .database import connect_reading, explained, plain_text
from .failures import Failure
from .filesystem import is_network
from .fingerprint import FileStamp, Fingerprint
from .item import JSON
from .outputs import HOME
from .records import COLUMNS, Attempt, Cause, FailedItem, Record, RunRecord, dump_stamps

FILE = "ledger.sqlite"
T = TypeVar("T")


def ledger_path(out: Path) -> Path:
    """Say where the ledger of an output folder is."""
    return out / HOME / FILE


class Ledger:
    """The ledger of one output folder.

    Open it with `Ledger.open` (the run that holds the folder) or `Ledger.read` (anyone, at any
    time). Use it as a context manager.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._db = connection
        self._durable = True
        self.path = path

    @classmethod
    def open(cls, out: Path, *, network: bool | None = None) -> Ledger:
        """Open for writing; make the ledger where there is none.

        Parameters
        ----------
        out
            The output folder.
        network
            True on a network file system, where a write-ahead log is not valid; None to look.

        Raises
        ------
        LedgerError
            It is damaged, foreign, of a newer version, or cannot be written.
        """
        path = ledger_path(out)
        path.parent.mkdir(parents=True, exist_ok=True)
        schema.check_file(path)
        with explained(path):
            connection = sqlite3.connect(path, isolation_level=None, timeout=30)
            try:
                # Before anything is written: it may be someone else's file.
                schema.check_version(connection, path)
                network = is_network(path.parent) if network is None else network
                connection.execute(f"PRAGMA journal_mode = {'DELETE' if network else 'WAL'}")
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA journal_size_limit = 8388608")
                schema.upgrade(connection, path)
            except BaseException:
                connection.close()
                raise
        return cls(connection, path)

    @classmethod
    def read(cls, out: Path) -> Ledger:
        """Open for reading, also while a run is on.

        Raises
        ------
        LedgerError
            There is none, or it is damaged, foreign or of a newer version.
        """
        path = ledger_path(out)
        if not path.exists():
            raise LedgerError(
                "there is no ledger here.",
                file=path,
                hint=f"Nothing was run into {out} yet; check the folder's name.",
            )
        schema.check_file(path)
        with explained(path):
            connection = connect_reading(path)
            try:
                if schema.check_version(connection, path) < schema.VERSION:
                    raise LedgerError(
                        "an older figmill wrote this ledger.",
                        file=path,
                        hint="Run the job once more: that brings it up to date.",
                    )
            except BaseException:
                connection.close()
                raise
        return cls(connection, path)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Reading

    def record(self, key: str) -> Record | None:
        """Give one item; None where it is unknown."""
        return self.records((key,)).get(key)

    def records(self, keys: Sequence[str]) -> dict[str, Record]:
        """Give the items of these keys that are known."""
        return {row[0]: Record.of(row) for row in self.rows(keys)}

    def rows(self, keys: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """Give the rows of ``records.COLUMNS`` for these keys, in any order."""
        with explained(self.path):
            for start in range(0, len(keys), queries.CHUNK):
                yield from queries.rows(self._db, keys[start : start + queries.CHUNK])

    @property
    def empty(self) -> bool:
        """Whether it knows no item."""
        return self._one("SELECT 1 FROM items LIMIT 1") is None

    def counts(self) -> dict[str, int]:
        """Count the items in each state."""
        return self._ask(queries.counts)

    def items(self, state: str | None = None, limit: int | None = None) -> Iterator[Record]:
        """Give the items, all or of one state, in the order of the input."""
        where, given = ("WHERE state = ?", [state]) if state else ("", [])
        sql = f"SELECT {COLUMNS} FROM items {where} ORDER BY position LIMIT ?"  # noqa: S608
        with explained(self.path):
            for row in self._db.execute(sql, [*given, -1 if limit is None else limit]):
                yield Record.of(row)

    def failures(self, category: str | None = None) -> list[FailedItem]:
        """Give the failed items with their tracebacks, in the order of the input."""
        return self._ask(queries.failures, category)

    def failure(self, key: str) -> Failure | None:
        """Give the failure of one item; None where it did not fail."""
        found = self._ask(queries.failures, None, key)
        return found[0].failure if found else None

    def causes(self) -> list[Cause]:
        """Group the failures by cause, the most frequent first."""
        return queries.causes(self.failures())

    def attempts(self, key: str) -> list[Attempt]:
        """Give the failed attempts in an item's history, the oldest first."""
        return self._ask(queries.attempts, key)

    def runs(self) -> list[RunRecord]:
        """Give the history of runs, the oldest first."""
        return self._ask(queries.runs)

    def settled(self) -> Iterator[tuple[str, str, int, int]]:
        """Give key, state, position and run of what is done, had no data or failed, in order."""
        sql = (
            "SELECT key, state, position, run FROM items "
            "WHERE state IN ('done', 'no_data', 'failed') ORDER BY position"
        )
        with explained(self.path):
            yield from self._db.execute(sql)

    def facts(self, key: str) -> dict[str, JSON] | None:
        """Give what an item's work noted as facts; None where it noted nothing."""
        row = self._one("SELECT facts FROM facts WHERE key = ?", key)
        return None if row is None else json.loads(row[0])

    def all_facts(self) -> Iterator[tuple[str, dict[str, JSON]]]:
        """Give the facts of every item that is done or had no data, in the order of the input."""
        sql = (
            "SELECT key, facts FROM facts JOIN items USING (key) "
            "WHERE state IN ('done', 'no_data') ORDER BY position"
        )
        with explained(self.path):
            for key, text in self._db.execute(sql):
                yield key, json.loads(text)

    def state(self, name: str) -> bytes | None:
        """Give a named value that a recipe keeps; None where there is none."""
        row = self._one("SELECT value FROM states WHERE name = ?", name)
        return None if row is None else bytes(row[0])

    # Writing

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[None]:
        """Commit all that is written inside together, or nothing of it.

        Parameters
        ----------
        durable
            False where loss of power may undo it (a process that dies never does).
        """
        with explained(self.path):
            if durable != self._durable:
                self._db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
                self._durable = durable
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def put_state(self, name: str, value: bytes) -> None:
        """Keep a named value for a recipe."""
        self.update_state(name, lambda _before: value)

    def update_state(self, name: str, change: Callable[[bytes | None], bytes]) -> bytes:
        """Read, change and keep a named value in one transaction."""
        with self.transaction():
            value = change(self.state(name))
            self._write("INSERT OR REPLACE INTO states VALUES (?, ?)", (name, value))
        return value

    def begin_run(self, version: str, workers: int) -> int:
        """Open a run in the history, and take back what a killed run had claimed.

        Returns
        -------
        int
            The run's number.
        """
        with self.transaction():
            self._write(
                "UPDATE items SET state = 'planned', interruptions = interruptions + 1 "
                "WHERE state = 'running'"
            )
            cursor = self._db.execute(
                "INSERT INTO runs (started, version, workers, host, pid) VALUES (?, ?, ?, ?, ?)",
                (time.time(), version, workers, socket.gethostname(), os.getpid()),
            )
        return int(cursor.lastrowid or 0)

    def end_run(self, run: int, counts: Mapping[str, int], *, interrupted: bool) -> None:
        """Close a run in the history."""
        with self.transaction():
            self._write(
                "UPDATE runs SET ended = ?, interrupted = ?, counts = ? WHERE id = ?",
                (time.time(), interrupted, json.dumps(dict(counts)), run),
            )

    def claim(self, key: str, index: int, *, run: int, attempt: int, running: bool = True) -> None:
        """Note that an item is about to be worked on; what is known of its outputs stays."""
        self._write(
            "INSERT INTO items (key, position, state, version, parameters, inputs, attempts, run, "
            "at) VALUES (?, ?, ?, '', '{}', '[]', ?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
            "position = excluded.position, state = excluded.state, attempts = excluded.attempts, "
            "run = excluded.run, at = excluded.at, imported = 0",
            (key, index, "running" if running else "planned", attempt, run, time.time()),
        )

    def release(self, keys: Iterable[str]) -> None:
        """Give claimed items back that will not be worked on in this run."""
        self._db.executemany(
            "UPDATE items SET state = 'planned' WHERE key = ?", [(k,) for k in keys]
        )

    def finish(
        self,
        key: str,
        index: int,
        state: str,
        fingerprint: Fingerprint,
        *,
        run: int,
        attempts: int = 1,
        seconds: float = 0.0,
        message: str = "",
        outputs: tuple[FileStamp, ...] = (),
        facts: str = "{}",
        failure: Failure | None = None,
        peak_memory: int = 0,
        imported: bool = False,
        fresh: bool = False,
    ) -> None:
        """Note the final state of an item with everything it came from.

        ``fresh`` says that the ledger cannot hold anything of an earlier result.
        """
        self._write(
            f"INSERT OR REPLACE INTO items ({COLUMNS}) "  # noqa: S608
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?)",
            (
                key,
                index,
                state,
                fingerprint.version,
                fingerprint.parameters,
                dump_stamps(fingerprint.inputs),
                dump_stamps(outputs),
                imported,
                attempts,
                failure.category if failure else "",
                plain_text(failure.message if failure else message),
                seconds,
                peak_memory,
                run,
                time.time(),
            ),
        )
        if failure:
            details = (failure.hint, failure.error_type, failure.traceback)
            self._write(
                "INSERT OR REPLACE INTO failures VALUES (?, ?, ?, ?)",
                (key, *map(plain_text, details)),
            )
        elif not fresh:
            self._write("DELETE FROM failures WHERE key = ?", (key,))
        if facts != "{}":
            self._write("INSERT OR REPLACE INTO facts VALUES (?, ?)", (key, facts))
        elif not fresh:
            self._write("DELETE FROM facts WHERE key = ?", (key,))

    def note_attempt(
        self, key: str, *, run: int, attempt: int, seconds: float, failure: Failure
    ) -> None:
        """Keep a failed attempt in an item's history."""
        self._write(
            "INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                key,
                run,
                attempt,
                time.time(),
                seconds,
                failure.category,
                plain_text(failure.message),
            ),
        )

    def retouch(
        self, key: str, inputs: tuple[FileStamp, ...], outputs: tuple[FileStamp, ...]
    ) -> None:
        """Remember new times of files whose content is the same."""
        self._write(
            "UPDATE items SET inputs = ?, outputs = ? WHERE key = ?",
            (dump_stamps(inputs), dump_stamps(outputs), key),
        )

    def owner(self, path: str) -> tuple[str, int] | None:
        """Say which item wrote an output last, and in which run; 0 where it runs again now."""
        row = self._one(
            # Its row names the run that claimed it, in which it has written nothing yet.
            "SELECT owners.key, CASE WHEN state IN ('running', 'planned') THEN 0 "
            "ELSE items.run END "
            "FROM owners JOIN items USING (key) WHERE path = ?",
            path,
        )
        return None if row is None else (row[0], row[1])

    def own(self, key: str, paths: Iterable[str]) -> None:
        """Remember which item wrote these outputs."""
        self._db.executemany(
            "INSERT OR REPLACE INTO owners VALUES (?, ?)", [(path, key) for path in paths]
        )

    def disown(self, key: str, paths: Iterable[str]) -> None:
        """Forget that an item wrote these outputs."""
        self._db.executemany(
            "DELETE FROM owners WHERE path = ? AND key = ?", [(path, key) for path in paths]
        )

    def retry(self, category: str | None = None, keys: Iterable[str] | None = None) -> int:
        """Set failed items back, so that the next run works on them again.

        Returns
        -------
        int
            How many.
        """
        where, given = ("AND category = ?", [category]) if category else ("", [])
        chosen = None if keys is None else set(keys)
        sql = f"SELECT key FROM items WHERE state = 'failed' {where}"  # noqa: S608
        found = [row[0] for row in self._db.execute(sql, given)]
        again = [(key,) for key in found if chosen is None or key in chosen]
        with self.transaction():
            self._db.executemany(
                "UPDATE items SET state = 'planned', attempts = 0, interruptions = 0 WHERE key = ?",
                again,
            )
        return len(again)

    def _ask(self, question: Callable[..., T], *given: Any) -> T:
        with explained(self.path):
            return question(self._db, *given)

    def _one(self, sql: str, *given: Any) -> tuple[Any, ...] | None:
        with explained(self.path):
            row: tuple[Any, ...] | None = self._db.execute(sql, given).fetchone()
            return row

    def _write(self, sql: str, given: Sequence[Any] = ()) -> None:
        # Always inside a transaction, which explains what goes wrong.
        self._db.execute(sql, given)
