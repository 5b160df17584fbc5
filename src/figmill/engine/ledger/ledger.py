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
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from figmill import notes
from figmill.engine.failures import Failure
from figmill.engine.filesystem import is_network
from figmill.engine.fingerprint import FileStamp, Fingerprint
from figmill.engine.ledger import queries, schema
from figmill.engine.ledger.database import connect_reading, explained
from figmill.engine.ledger.records import (
    COLUMNS,
    Attempt,
    Cause,
    Earlier,
    FailedItem,
    Record,
    RunRecord,
    Stale,
    dump_parts,
    dump_stamps,
)
from figmill.engine.outputs import HOME
from figmill.errors import LedgerError
from figmill.item import JSON
from figmill.notes import Note
from figmill.text import plain_text

FILE = "ledger.sqlite"
T = TypeVar("T")


def ledger_path(out: Path) -> Path:
    """Say where the ledger of an output folder is.

    Parameters
    ----------
    out
        The output folder.

    Returns
    -------
    pathlib.Path
        Whether or not it is there.
    """
    return out / HOME / FILE


def _where_it_is(out: Path) -> str:
    if (out / HOME).exists():
        return f"It was removed; rebuild it: figmill repair {out}"
    lost = f"If .figmill was removed from it: figmill repair {out}"
    return f"Nothing was run into {out} yet; check the folder's name. {lost}"


def _upgraded_copy(connection: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    # A reader changes nothing; the next run brings the file itself up to date.
    copy = sqlite3.connect(":memory:", isolation_level=None)
    try:
        connection.backup(copy)
        schema.upgrade(copy, path)
        copy.execute("PRAGMA query_only = ON")
    except BaseException:
        copy.close()
        raise
    connection.close()
    return copy


class Ledger:
    """The ledger of one output folder.

    Open it with `Ledger.open` (the run that holds the folder) or `Ledger.read` (anyone, at any
    time). Use it as a context manager. An item is known by its recipe and its key; a ledger that
    was opened for one recipe sees and writes only the items of that.

    Parameters
    ----------
    connection
        The open data base.
    path
        Its file.
    recipe
        Whose items are seen and written; None for those of all recipes.
    """

    def __init__(
        self, connection: sqlite3.Connection, path: Path, recipe: str | None = None
    ) -> None:
        self._db = connection
        self._durable = True
        self._recipe = recipe
        self.path = path

    @classmethod
    def open(cls, out: Path, recipe: str = "", *, network: bool | None = None) -> Ledger:
        """Open for writing; make the ledger where there is none.

        Parameters
        ----------
        out
            The output folder.
        recipe
            Whose items are read and written.
        network
            True on a network file system, where a write-ahead log is not valid; None to look.

        Raises
        ------
        LedgerError
            It is damaged, foreign, of a newer version, or cannot be written.
        """
        path = ledger_path(out)
        schema.check_file(path)
        path.parent.mkdir(parents=True, exist_ok=True)
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
        return cls(connection, path, recipe)

    @classmethod
    def read(cls, out: Path, recipe: str | None = None) -> Ledger:
        """Open for reading, also while a run is on.

        Parameters
        ----------
        out
            The output folder.
        recipe
            Whose items are read; None for those of all. Of items of several recipes that share a
            key, questions about one key are answered for the one that was worked on last.

        Raises
        ------
        LedgerError
            There is none, or it is damaged, foreign or of a newer version.
        """
        path = ledger_path(out)
        if not path.exists():
            raise LedgerError("there is no ledger here.", file=path, hint=_where_it_is(out))
        schema.check_file(path)
        with explained(path):
            connection = connect_reading(path)
            try:
                if schema.check_version(connection, path) < schema.VERSION:
                    connection = _upgraded_copy(connection, path)
            except BaseException:
                connection.close()
                raise
        return cls(connection, path, recipe)

    def of(self, recipe: str | None) -> Ledger:
        """Give the same open ledger for the items of another recipe; None for those of all."""
        return Ledger(self._db, self.path, recipe)

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

    def all_of(self, key: str) -> list[Record]:
        """Give the items of one key, one a recipe."""
        with explained(self.path):
            return [Record.of(row) for row in queries.rows(self._db, [key], self._recipe)]

    def earlier(self, record: Record) -> list[Earlier]:
        """Give what earlier attempts at an item left on disk, by part."""
        if not record.apart:
            return []
        return self._ask(queries.earlier, record.recipe, record.key)

    def stale(self) -> list[Stale]:
        """Give the files that should have been replaced and were not, of all recipes."""
        return self._ask(queries.stale)

    def rows(
        self, keys: Sequence[str], columns: str = COLUMNS, given: Sequence[str] = ()
    ) -> list[tuple[Any, ...]]:
        """Give these columns of the items of these keys, in any order.

        Parameters
        ----------
        keys
            Keys of items.
        columns
            SQL names of columns, or expressions of them, separated by commas.
        given
            Values for the question marks in ``columns``.

        Returns
        -------
        list of tuple
            One for each key that is known, with the columns in that order.
        """
        found: list[tuple[Any, ...]] = []
        with explained(self.path):
            for start in range(0, len(keys), queries.CHUNK):
                chunk = keys[start : start + queries.CHUNK]
                found += queries.rows(self._db, chunk, self._recipe, columns, given)
        return found

    @property
    def empty(self) -> bool:
        """Whether it knows no item."""
        where, given = self._where()
        return self._one(f"SELECT 1 FROM items WHERE {where} LIMIT 1", *given) is None  # noqa: S608

    def counts(self) -> dict[str, int]:
        """Count the items in each state."""
        return self._ask(queries.counts)

    def items(self, state: str | None = None, limit: int | None = None) -> Iterator[Record]:
        """Give the items, all or of one state, in the order of the input.

        Parameters
        ----------
        state
            Only items of this state, such as ``"done"``.
        limit
            The most items to give; None for all.

        Yields
        ------
        Record
            An item.
        """
        where, given = self._where()
        if state:
            where, given = f"{where} AND state = ?", [*given, state]
        sql = f"SELECT {COLUMNS} FROM items WHERE {where} ORDER BY position LIMIT ?"  # noqa: S608
        with explained(self.path):
            for row in self._db.execute(sql, [*given, -1 if limit is None else limit]):
                yield Record.of(row)

    def failures(self, category: str | None = None) -> list[FailedItem]:
        """Give the failed items with their tracebacks, in the order of the input."""
        return self._ask(queries.failures, category, None, self._recipe)

    def failure(self, key: str) -> Failure | None:
        """Give the failure of one item; None where it did not fail."""
        found = self._ask(queries.failures, None, key, self._recipe)
        return max(found, key=lambda one: one.record.at).failure if found else None

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
        where, given = self._where()
        sql = (
            f"SELECT key, state, position, run FROM items WHERE {where} "  # noqa: S608
            "AND state IN ('done', 'no_data', 'failed') ORDER BY position"
        )
        with explained(self.path):
            yield from self._db.execute(sql, given)

    def facts(self, key: str) -> dict[str, JSON] | None:
        """Give what an item's work noted as facts; None where it noted nothing."""
        where, given = self._where()
        row = self._one(f"SELECT facts FROM facts WHERE key = ? AND {where}", key, *given)  # noqa: S608
        return None if row is None else json.loads(row[0])

    def facts_text(self, record: Record) -> str:
        """Give an item's facts as JSON."""
        sql = "SELECT facts FROM facts WHERE key = ? AND recipe = ?"
        row = self._one(sql, record.key, record.recipe)
        return "{}" if row is None else str(row[0])

    def all_facts(self) -> Iterator[tuple[str, dict[str, JSON]]]:
        """Give the facts of every item that has a result, in the order of the input.

        That is what is done or had no data, and what could not be redone since.
        """
        where, given = self._where()
        sql = (
            f"SELECT key, facts FROM facts JOIN items USING (key, recipe) WHERE {where} "  # noqa: S608
            "AND (state IN ('done', 'no_data') OR apart > 0) ORDER BY position"
        )
        with explained(self.path):
            for key, text in self._db.execute(sql, given):
                yield key, json.loads(text)

    def earlier_facts(self) -> Iterator[tuple[str, dict[str, JSON]]]:
        """Give the facts of earlier results whose files stay beside later ones of their items."""
        where, given = self._where()
        sql = (
            f"SELECT key, facts FROM earlier WHERE {where} "  # noqa: S608
            "AND whole AND stale = '' ORDER BY key, part"
        )
        with explained(self.path):
            for key, text in self._db.execute(sql, given):
                yield key, json.loads(text)

    def notes_text(self, record: Record) -> str:
        """Give an item's notes as JSON."""
        sql = "SELECT notes FROM notes WHERE key = ? AND recipe = ?"
        row = self._one(sql, record.key, record.recipe)
        return "[]" if row is None else str(row[0])

    def all_notes(self) -> Iterator[tuple[str, str, tuple[Note, ...]]]:
        """Give recipe, key and notes of every item that has any, in the order of the input.

        Those are of the figures that lie on disk: of what is done or had no data, and of what could
        not be redone since.
        """
        where, given = self._where()
        sql = (
            f"SELECT recipe, key, notes FROM notes JOIN items USING (key, recipe) WHERE {where} "  # noqa: S608
            "AND (state IN ('done', 'no_data') OR apart > 0) ORDER BY position, key"
        )
        with explained(self.path):
            for recipe, key, text in self._db.execute(sql, given):
                yield recipe, key, notes.load(text)

    def results(self) -> Iterator[tuple[tuple[Any, ...], str, list[Earlier], str]]:
        """Give each item of which there is a result: its row, facts, earlier files and notes."""
        with explained(self.path):
            for row, facts, noted in queries.results(self._db):
                earlier = queries.earlier(self._db, row[16], row[0]) if row[19] else []
                yield row, facts, earlier, noted

    def size_of_results(self) -> int:
        """Say how many characters, about, all that `results` gives has."""
        return self._ask(queries.size_of_results)

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
        """Keep a named value for a recipe.

        Parameters
        ----------
        name
            The value's name.
        value
            What is kept; it replaces what was kept under the name.
        """
        self.update_state(name, lambda _before: value)

    def update_state(self, name: str, change: Callable[[bytes | None], bytes]) -> bytes:
        """Read, change and keep a named value in one transaction.

        Parameters
        ----------
        name
            The value's name.
        change
            Called with what is kept, None for nothing; gives what is kept from then on.

        Returns
        -------
        bytes
            What is kept now.
        """
        with self.transaction():
            value = change(self.state(name))
            self._write("INSERT OR REPLACE INTO states VALUES (?, ?)", (name, value))
        return value

    def begin_run(self, version: str, workers: int, *, died_of_it: bool = False) -> int:
        """Open a run in the history, and take back what a killed run had claimed.

        Parameters
        ----------
        version, workers
            Of the run.
        died_of_it
            The run before died of what it had in work: that is held against the item.

        Returns
        -------
        int
            The run's number.
        """
        with self.transaction():
            self._write(
                "UPDATE items SET state = 'planned', interruptions = interruptions + ? "
                "WHERE state = 'running'",
                (int(died_of_it),),
            )
            # What was wrong with the machine or the command is not held against an item.
            self._write(
                "UPDATE items SET state = 'planned', attempts = 0 WHERE state = 'failed' AND "
                "(key, recipe) IN (SELECT key, recipe FROM failures "
                "WHERE error_type IN ('ConfigError', 'MissingExtraError', 'ModuleNotFoundError'))"
            )
            cursor = self._db.execute(
                "INSERT INTO runs (started, recipe, version, workers, host, pid) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (
                    time.time(),
                    self._recipe or "",
                    version,
                    workers,
                    socket.gethostname(),
                    os.getpid(),
                ),
            )
        return int(cursor.lastrowid or 0)

    def end_run(self, run: int, counts: Mapping[str, int], *, interrupted: bool) -> None:
        """Close a run in the history.

        Parameters
        ----------
        run
            The run's number.
        counts
            How many items came to each state.
        interrupted
            Whether it was stopped before all was done.
        """
        with self.transaction():
            self._write(
                "UPDATE runs SET ended = ?, interrupted = ?, counts = ? WHERE id = ?",
                (time.time(), interrupted, json.dumps(dict(counts)), run),
            )

    def claim(self, key: str, index: int, *, run: int, attempt: int, running: bool = True) -> None:
        """Note that an item is about to be worked on; what is known of its outputs stays.

        Parameters
        ----------
        key, index
            The item's key and its place in the input.
        run, attempt
            The number of the run, and of the attempt at the item in it, from 1.
        running
            Whether it runs at once; otherwise it waits behind another one of its worker.
        """
        self._write(
            "INSERT INTO items (recipe, key, position, state, version, parameters, inputs, "
            "attempts, run, at) VALUES (?, ?, ?, ?, '', '{}', '[]', ?, ?, ?) "
            "ON CONFLICT (key, recipe) DO UPDATE SET "
            "position = excluded.position, state = excluded.state, attempts = excluded.attempts, "
            "run = excluded.run, at = excluded.at, imported = 0",
            (
                self.recipe,
                key,
                index,
                "running" if running else "planned",
                attempt,
                run,
                time.time(),
            ),
        )

    def release(self, keys: Iterable[str]) -> None:
        """Give claimed items back that will not be worked on in this run."""
        self._db.executemany(
            "UPDATE items SET state = 'planned' WHERE key = ? AND recipe = ?",
            [(key, self.recipe) for key in keys],
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
        source: str | None = None,
        parts: frozenset[str] = frozenset(),
        earlier: Sequence[Earlier] = (),
        noted: str = "[]",
    ) -> tuple[Any, ...]:
        """Note the final state of an item with everything it came from.

        Parameters
        ----------
        key, index
            The item's key and its place in the input.
        state
            ``done``, ``no_data`` or ``failed``.
        fingerprint
            What the result was made of.
        run, attempts
            The number of the run, and how many attempts it took.
        seconds
            How long the last attempt took.
        message
            What the item says of itself, or the failure's message.
        outputs
            The files that were published.
        facts
            A JSON object.
        failure
            Where it failed.
        peak_memory
            Bytes; 0 where unknown.
        imported
            Whether the result was taken over from a progress file.
        fresh
            Whether the ledger cannot hold anything of an earlier result.
        source
            What the key stands for.
        parts
            The parts of the item that the result has, such as file formats.
        earlier
            What earlier results have left on disk.
        noted
            The item's notes, as JSON.

        Returns
        -------
        tuple
            The row of ``records.COLUMNS`` as it was written.
        """
        row = (
            key,
            index,
            state,
            fingerprint.version,
            fingerprint.parameters,
            dump_stamps(fingerprint.inputs),
            dump_stamps(outputs),
            imported,
            attempts,
            0,
            failure.category if failure else "",
            plain_text(failure.message if failure else message),
            seconds,
            peak_memory,
            run,
            time.time(),
            self.recipe,
            source,
            dump_parts(parts) if parts else "",
            len(earlier),
            sum(len(one.outputs) for one in earlier if one.stale),
            "",
        )
        self._write(
            f"INSERT OR REPLACE INTO items ({COLUMNS}) "  # noqa: S608
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        if failure:
            details = (failure.hint, failure.error_type, failure.traceback)
            self._write(
                "INSERT OR REPLACE INTO failures VALUES (?, ?, ?, ?, ?)",
                (self.recipe, key, *map(plain_text, details)),
            )
        elif not fresh:
            self._forget("failures", key)
        if not fresh:
            self._put_earlier(key, earlier)
        for table, text, none in (("facts", facts, "{}"), ("notes", noted, "[]")):
            if text != none:
                sql = f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?)"  # noqa: S608
                self._write(sql, (self.recipe, key, text))
            elif not fresh and (state == "done" or not earlier):
                self._forget(table, key)
        return row

    def restore(
        self, record: Record, result: Earlier, earlier: Sequence[Earlier], *, run: int
    ) -> None:
        """Note that an item is as an earlier attempt left it.

        Parameters
        ----------
        record
            The item as it is known.
        result
            What the earlier attempt left, and is valid again.
        earlier
            What other attempts left on disk.
        run
            The number of the run.
        """
        self.finish(
            record.key,
            record.index,
            "done",
            result.fingerprint,
            run=run,
            attempts=record.attempts,
            seconds=record.seconds,
            message=result.message,
            outputs=result.outputs,
            facts=result.facts,
            peak_memory=record.peak_memory,
            source=record.source,
            parts=result.parts,
            earlier=earlier,
            noted=result.notes,
        )

    def mark(self, record: Record, why: str) -> int:
        """Note that an item's files should be replaced and cannot be; empty: that they are fine.

        Parameters
        ----------
        record
            The item as it is known.
        why
            The reason; empty where nothing is stale.

        Returns
        -------
        int
            How many of its files are stale now.
        """
        apart = sum(len(one.outputs) for one in self.earlier(record) if one.stale)
        stale = apart + (len(record.outputs) if why else 0)
        self._write(
            "UPDATE items SET stale = ?, stale_why = ? WHERE key = ? AND recipe = ?",
            (stale, plain_text(why), record.key, record.recipe),
        )
        return stale

    def put_earlier(self, record: Record, earlier: Sequence[Earlier]) -> None:
        """Replace what is known of an item's earlier files.

        Parameters
        ----------
        record
            The item as it is known.
        earlier
            What attempts before the last left on disk.
        """
        self._put_earlier(record.key, earlier, record.recipe)
        stale = sum(len(one.outputs) for one in earlier if one.stale)
        self._write(
            "UPDATE items SET apart = ?, stale = ?, stale_why = '' WHERE key = ? AND recipe = ?",
            (len(earlier), stale, record.key, record.recipe),
        )

    def strike(
        self, record: Record, names: Collection[str], fold: Callable[[str], str] = str
    ) -> None:
        """Take files out of what is known of an item: they are gone, or another's.

        Parameters
        ----------
        record
            The item.
        names
            The files, as ``fold`` spells them.
        fold
            Gives names that are one file the same spelling.
        """
        left = []
        for one in self.earlier(record):
            kept = tuple(stamp for stamp in one.outputs if fold(stamp.path) not in names)
            if len(kept) == len(one.outputs):
                left.append(one)
            elif kept:
                left.append(replace(one, outputs=kept, whole=False))
        outputs = tuple(stamp for stamp in record.outputs if fold(stamp.path) not in names)
        self._write(
            "UPDATE items SET outputs = ? WHERE key = ? AND recipe = ?",
            (dump_stamps(outputs), record.key, record.recipe),
        )
        self.put_earlier(record, left)

    def forget(self, record: Record) -> None:
        """Forget an item and all that is known of it."""
        for table in ("items", "failures", "facts", "notes", "earlier", "owners"):
            self._forget(table, record.key, record.recipe)

    def _put_earlier(self, key: str, earlier: Sequence[Earlier], recipe: str | None = None) -> None:
        self._forget("earlier", key, recipe)
        self._db.executemany(
            "INSERT INTO earlier VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    self.recipe if recipe is None else recipe,
                    key,
                    one.part,
                    one.fingerprint.version,
                    one.fingerprint.parameters,
                    dump_stamps(one.fingerprint.inputs),
                    dump_stamps(one.outputs),
                    one.facts,
                    plain_text(one.message),
                    one.whole,
                    plain_text(one.stale),
                    one.notes,
                )
                for one in earlier
            ],
        )

    def _forget(self, table: str, key: str, recipe: str | None = None) -> None:
        self._write(
            f"DELETE FROM {table} WHERE key = ? AND recipe = ?",  # noqa: S608
            (key, self.recipe if recipe is None else recipe),
        )

    def note_attempt(
        self, key: str, *, run: int, attempt: int, seconds: float, failure: Failure
    ) -> None:
        """Keep a failed attempt in an item's history.

        Parameters
        ----------
        key
            The item's key.
        run, attempt
            The number of the run, and of the attempt in it, from 1.
        seconds
            How long it took.
        failure
            Why it failed.
        """
        self._write(
            "INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self.recipe,
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
        self,
        key: str,
        inputs: tuple[FileStamp, ...],
        outputs: tuple[FileStamp, ...],
        source: str | None,
        index: int,
    ) -> None:
        """Remember new places and times of files whose content is the same.

        Parameters
        ----------
        key, index
            The item's key and its place in the input.
        inputs, outputs
            Its files as they are now.
        source
            What its key stands for; None for what is known.
        """
        self._write(
            "UPDATE items SET inputs = ?, outputs = ?, source = ?, position = ? "
            "WHERE key = ? AND recipe = ?",
            (dump_stamps(inputs), dump_stamps(outputs), source, index, key, self.recipe),
        )

    def owner(self, path: str) -> Record | None:
        """Give the item that an output belongs to, of whatever recipe; None for a foreign file."""
        row = self._one("SELECT recipe, key FROM owners WHERE path = ?", path)
        if row is None:
            return None
        with explained(self.path):
            found = list(queries.rows(self._db, [row[1]], row[0]))
        return Record.of(found[0]) if found else None

    def owners(self, paths: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Give recipe and key of the items that outputs belong to, by path."""
        found: dict[str, tuple[str, str]] = {}
        with explained(self.path):
            for start in range(0, len(paths), queries.CHUNK):
                chunk = paths[start : start + queries.CHUNK]
                marks = ",".join("?" * len(chunk))
                sql = f"SELECT path, recipe, key FROM owners WHERE path IN ({marks})"  # noqa: S608
                found.update((row[0], (row[1], row[2])) for row in self._db.execute(sql, chunk))
        return found

    def own(self, key: str, paths: Iterable[str]) -> None:
        """Remember which item these outputs belong to.

        Parameters
        ----------
        key
            The item's key.
        paths
            Files, below the output folder.
        """
        self._db.executemany(
            "INSERT OR REPLACE INTO owners VALUES (?, ?, ?)",
            [(path, self.recipe, key) for path in paths],
        )

    def disown(self, key: str, paths: Iterable[str]) -> None:
        """Forget that outputs belong to an item.

        Parameters
        ----------
        key
            The item's key.
        paths
            Files, below the output folder.
        """
        self._db.executemany(
            "DELETE FROM owners WHERE path = ? AND key = ? AND recipe = ?",
            [(path, key, self.recipe) for path in paths],
        )

    # What is being published

    def intend(self, contents: Iterable[str]) -> list[int]:
        """Keep what is about to be published, until `settle_intents`; give its numbers."""
        return [
            int(
                self._db.execute("INSERT INTO intents (content) VALUES (?)", (text,)).lastrowid or 0
            )
            for text in contents
        ]

    def intents(self) -> list[tuple[int, str]]:
        """Give what was being published when a run was killed, with its numbers."""
        with explained(self.path):
            return list(self._db.execute("SELECT id, content FROM intents ORDER BY id"))

    def settle_intents(self, numbers: Iterable[int]) -> None:
        """Forget what was to be published: it is."""
        self._db.executemany("DELETE FROM intents WHERE id = ?", [(n,) for n in numbers])

    def retry(self, category: str | None = None, keys: Iterable[str] | None = None) -> int:
        """Set failed items back, so that the next run works on them again.

        Parameters
        ----------
        category
            Only failures of this category.
        keys
            Only items of these keys.

        Returns
        -------
        int
            How many.
        """
        where, given = ("AND category = ?", [category]) if category else ("", [])
        chosen = None if keys is None else set(keys)
        own, of = self._where()
        sql = f"SELECT key, recipe FROM items WHERE state = 'failed' {where} AND {own}"  # noqa: S608
        found = self._db.execute(sql, [*given, *of]).fetchall()
        again = [row for row in found if chosen is None or row[0] in chosen]
        with self.transaction():
            self._db.executemany(
                "UPDATE items SET state = 'planned', attempts = 0, interruptions = 0 "
                "WHERE key = ? AND recipe = ?",
                again,
            )
        return len(again)

    @property
    def recipe(self) -> str:
        """Whose items are written; empty for those of no recipe."""
        return self._recipe or ""

    @property
    def predates_tables(self) -> bool:
        """Whether this recipe has items from before the owners of shared files were noted.

        Those are items of a ledger that was migrated or rebuilt, until they are done again.
        """
        last = int(self.state(schema.MIGRATED) or b"0")
        sql = "SELECT 1 FROM items WHERE recipe = ? AND run <= ? LIMIT 1"
        return self._one(sql, self.recipe, last) is not None

    def _where(self) -> tuple[str, list[str]]:
        return ("recipe = ?", [self._recipe]) if self._recipe is not None else ("1", [])

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
