"""The ledger's tables: made, checked, and brought up to date."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from figmill.errors import LedgerError

APPLICATION_ID = 0x4669674D  # "FigM"
VERSION = 3
MIGRATED = "last run before the migration to version 2"

_TABLES = """
CREATE TABLE items (
    recipe TEXT NOT NULL,
    key TEXT NOT NULL,
    position INTEGER NOT NULL,
    source TEXT,
    state TEXT NOT NULL,
    version TEXT NOT NULL,
    parameters TEXT NOT NULL,
    parts TEXT NOT NULL DEFAULT '',
    inputs TEXT NOT NULL,
    outputs TEXT NOT NULL DEFAULT '[]',
    apart INTEGER NOT NULL DEFAULT 0,
    stale INTEGER NOT NULL DEFAULT 0,
    stale_why TEXT NOT NULL DEFAULT '',
    imported INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    interruptions INTEGER NOT NULL DEFAULT 0,
    category TEXT NOT NULL DEFAULT '',
    message TEXT NOT NULL DEFAULT '',
    seconds REAL NOT NULL DEFAULT 0,
    peak_memory INTEGER NOT NULL DEFAULT 0,
    run INTEGER NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (key, recipe)
) WITHOUT ROWID;
CREATE INDEX unfinished ON items (state) WHERE state NOT IN ('done', 'no_data');
CREATE INDEX out_of_date ON items (stale) WHERE stale > 0;
CREATE TABLE failures (
    recipe TEXT NOT NULL,
    key TEXT NOT NULL,
    hint TEXT NOT NULL,
    error_type TEXT NOT NULL,
    traceback TEXT NOT NULL,
    PRIMARY KEY (key, recipe)
) WITHOUT ROWID;
CREATE TABLE attempts (
    recipe TEXT NOT NULL,
    key TEXT NOT NULL,
    run INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    at REAL NOT NULL,
    seconds REAL NOT NULL,
    category TEXT NOT NULL,
    message TEXT NOT NULL
);
CREATE INDEX attempts_of ON attempts (key);
CREATE TABLE owners (path TEXT PRIMARY KEY, recipe TEXT NOT NULL, key TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE facts (
    recipe TEXT NOT NULL,
    key TEXT NOT NULL,
    facts TEXT NOT NULL,
    PRIMARY KEY (key, recipe)
) WITHOUT ROWID;
CREATE TABLE notes (
    recipe TEXT NOT NULL,
    key TEXT NOT NULL,
    notes TEXT NOT NULL,
    PRIMARY KEY (key, recipe)
) WITHOUT ROWID;
CREATE TABLE earlier (
    recipe TEXT NOT NULL,
    key TEXT NOT NULL,
    part TEXT NOT NULL,
    version TEXT NOT NULL,
    parameters TEXT NOT NULL,
    inputs TEXT NOT NULL,
    outputs TEXT NOT NULL,
    facts TEXT NOT NULL,
    message TEXT NOT NULL,
    whole INTEGER NOT NULL,
    stale TEXT NOT NULL,
    notes TEXT NOT NULL DEFAULT '[]',
    PRIMARY KEY (key, recipe, part, whole)
) WITHOUT ROWID;
CREATE TABLE intents (id INTEGER PRIMARY KEY, content TEXT NOT NULL);
CREATE TABLE states (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    started REAL NOT NULL,
    ended REAL,
    recipe TEXT NOT NULL DEFAULT '',
    version TEXT NOT NULL,
    workers INTEGER NOT NULL,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    interrupted INTEGER NOT NULL DEFAULT 0,
    counts TEXT NOT NULL DEFAULT '{}'
);
"""

# Of version 1 a ledger told neither which recipe an item belongs to nor which formats it has; both
# were words of its version text, as in "figmill 0.1.0, quicklook 1, png pdf".
_OF_RECIPE = re.compile(r"(figmill [^,]+, (\S+) [^,]+?)(?:, ([a-z]+(?: [a-z]+)*))?")


def _from_1(db: sqlite3.Connection) -> None:
    """Lead a ledger of version 1 to version 2."""
    for table in ("items", "failures", "attempts", "owners", "facts", "runs"):
        db.execute(f"ALTER TABLE {table} RENAME TO old_{table}")
    for index in ("unfinished", "attempts_of"):
        db.execute(f"DROP INDEX {index}")
    db.execute("ALTER TABLE states RENAME TO old_states")
    for statement in filter(str.strip, _TABLES.split(";")):
        db.execute(statement)
    runs = db.execute("SELECT id, version FROM old_runs ORDER BY id").fetchall()
    recipe_of = {number: split_version(version)[1] for number, version in runs}
    last_recipe = recipe_of[runs[-1][0]] if runs else ""
    recipes: dict[str, str] = {}
    rows = db.execute(
        "SELECT key, position, state, version, parameters, inputs, outputs, imported, attempts, "
        "interruptions, category, message, seconds, peak_memory, run, at FROM old_items"
    ).fetchall()
    for row in rows:
        version, recipe, formats = split_version(row[3])
        if row[7]:  # known from a progress file alone
            recipe = last_recipe
        elif not version:  # a killed run had begun with it
            recipe = recipe_of.get(row[14], last_recipe)
        recipes[row[0]] = recipe
        db.execute(
            "INSERT INTO items (key, position, state, version, parameters, inputs, outputs, "
            "imported, attempts, interruptions, category, message, seconds, peak_memory, run, at, "
            "recipe, parts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *row[:3],
                version,
                *row[4:6],
                _with_parts(row[6], formats),
                *row[7:],
                recipe,
                "\n".join(sorted(f"*.{kind}" for kind in formats)),
            ),
        )
    for table, columns in (
        ("failures", "hint, error_type, traceback"),
        ("attempts", "run, attempt, at, seconds, category, message"),
        ("owners", "path"),
        ("facts", "facts"),
    ):
        marks = ", ".join("?" * (2 + len(columns.split(","))))
        found = db.execute(f"SELECT key, {columns} FROM old_{table}").fetchall()  # noqa: S608
        db.executemany(
            f"INSERT INTO {table} (recipe, key, {columns}) VALUES ({marks})",  # noqa: S608
            [(recipes.get(row[0], last_recipe), *row) for row in found],
        )
    db.execute("INSERT INTO states SELECT name, value FROM old_states")
    db.execute(
        "INSERT INTO runs (id, started, ended, version, workers, host, pid, interrupted, counts) "
        "SELECT id, started, ended, version, workers, host, pid, interrupted, counts FROM old_runs"
    )
    db.execute(
        "INSERT OR REPLACE INTO states "
        "SELECT ?, CAST(CAST(coalesce(max(id), 0) AS TEXT) AS BLOB) FROM runs",
        (MIGRATED,),
    )
    db.executemany(
        "UPDATE runs SET recipe = ? WHERE id = ?", [(name, n) for n, name in recipe_of.items()]
    )
    for table in ("items", "failures", "attempts", "owners", "facts", "runs", "states"):
        db.execute(f"DROP TABLE old_{table}")


def _from_2(db: sqlite3.Connection) -> None:
    """Lead a ledger of version 2 to version 3, which keeps notes."""
    notes = next(one for one in _TABLES.split(";") if "CREATE TABLE notes" in one)
    db.execute(notes)
    db.execute("ALTER TABLE earlier ADD COLUMN notes TEXT NOT NULL DEFAULT '[]'")


def split_version(text: str) -> tuple[str, str, tuple[str, ...]]:
    """Split a version text of figmill 0.1 into version, recipe and formats.

    Examples
    --------
    >>> split_version("figmill 0.1.0, quicklook 1, png pdf")
    ('figmill 0.1.0, quicklook 1', 'quicklook', ('png', 'pdf'))
    >>> split_version("mine")
    ('mine', '', ())
    """
    found = _OF_RECIPE.fullmatch(text)
    if not found:
        return text, "", ()
    return found[1], found[2], tuple((found[3] or "").split())


def _with_parts(outputs: str, formats: tuple[str, ...]) -> str:
    # A file of a format is of that part; any other belongs to the whole item.
    if outputs == "[]" or not formats:
        return outputs
    stamps = []
    for stamp in json.loads(outputs):
        suffix = stamp[0].rpartition(".")[2]
        stamps.append([*stamp[:4], *([f"*.{suffix}"] if suffix in formats else [])])
    return json.dumps(stamps)


def _create(db: sqlite3.Connection) -> None:
    for statement in filter(str.strip, _TABLES.split(";")):
        db.execute(statement)


# Version -> what leads from it to a later one, and which.
MIGRATIONS: Mapping[int, tuple[Callable[[sqlite3.Connection], None], int]] = MappingProxyType(
    {0: (_create, VERSION), 1: (_from_1, VERSION), 2: (_from_2, VERSION)}
)

_BESIDE = ("-wal", "-shm", "-journal")
REPAIR_HINT = "Run: figmill repair {out} (it rebuilds the ledger and draws nothing again)."


def check_file(path: Path) -> None:
    """Look at the first bytes of a ledger before SQLite does.

    Raises
    ------
    LedgerError
        The file is not a SQLite database, or was cut short.
    """
    for own in (path.parent, path, *(path.with_name(path.name + end) for end in _BESIDE)):
        if own.is_symlink():
            raise LedgerError(
                "it is a link: figmill neither reads nor writes a ledger through links.",
                file=own,
                hint="Replace the link by what it points to, or delete it.",
            )
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except FileNotFoundError:
        return
    if not head:
        return
    if not head.startswith(b"SQLite format 3\0"):
        raise damaged(path, "this is not a ledger (not an SQLite file).")
    page_size = int.from_bytes(head[16:18], "big")
    pages = int.from_bytes(head[28:32], "big")
    size = path.stat().st_size
    log = path.with_name(path.name + "-wal")
    # While there is a write-ahead log the main file may rightly be behind its header.
    has_log = log.exists() and log.stat().st_size > 0
    expected = (65536 if page_size == 1 else page_size) * pages
    if not has_log and size < expected:
        raise damaged(path, f"the ledger was cut short: {size} bytes of {expected}.")


def is_newer(path: Path) -> bool:
    """Whether a newer figmill wrote a ledger, as far as its first bytes say: it may be damaged."""
    with path.open("rb") as file:
        head = file.read(100)
    application, version = (int.from_bytes(head[at : at + 4], "big") for at in (68, 60))
    return head.startswith(b"SQLite") and application == APPLICATION_ID and version > VERSION


def upgrade(connection: sqlite3.Connection, path: Path) -> None:
    """Create the tables or migrate them to this version, in one transaction.

    Raises
    ------
    LedgerError
        The file belongs to another program or to a newer figmill.
    """
    version = check_version(connection, path)
    while version < VERSION:
        migrate, reached = MIGRATIONS[version]
        connection.execute("BEGIN IMMEDIATE")
        try:
            migrate(connection)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {reached}")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        version = reached


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
