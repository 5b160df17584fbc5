"""What language-model calls gave and cost: a small database beside the caches of this user.

Several processes use it at once. Before a call, its highest possible cost is set aside; after it,
the true cost takes that place. So the budget holds however many workers ask.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from figmill.errors import OutputError
from figmill.system import system

_SCHEMA = """
CREATE TABLE IF NOT EXISTS plans (
    content TEXT, model TEXT, plan TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (content, model)
);
CREATE TABLE IF NOT EXISTS calls (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, day TEXT NOT NULL, model TEXT NOT NULL,
    file TEXT NOT NULL, tokens_in INTEGER, tokens_out INTEGER, cost REAL NOT NULL,
    result TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS calls_by_day ON calls (day);
"""


@dataclass(frozen=True, slots=True)
class Spent:
    """Calls and cost, of today and of this month (UTC)."""

    calls_today: int
    today: float
    calls_month: int
    month: float


def default_folder() -> Path:
    """Where caches of this user go."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "figmill"


class Store:
    """Plans by content, and the record of calls.

    Parameters
    ----------
    folder
        Made, for this user alone, if missing. Neither it nor the file in it may be a link.
    """

    def __init__(self, folder: str | Path) -> None:
        self.path = Path(folder) / "normalizer.sqlite"

    def plan(self, content: str, model: str) -> str | None:
        """The plan that a model gave for that content, as JSON."""
        with self._open() as db:
            row = db.execute(
                "SELECT plan FROM plans WHERE content = ? AND model = ?", (content, model)
            ).fetchone()
        return None if row is None else str(row[0])

    def keep(self, content: str, model: str, plan: str) -> None:
        """Remember a plan."""
        with self._open() as db:
            db.execute(
                "INSERT OR REPLACE INTO plans VALUES (?, ?, ?, ?)",
                (content, model, plan, time.time()),
            )

    def reserve(
        self,
        model: str,
        file: str,
        cost: float,
        *,
        daily: float | None = None,
        monthly: float | None = None,
    ) -> tuple[int | None, Spent]:
        """Set the highest cost of a call aside.

        Returns
        -------
        number : int or None
            For `settle`; None where a budget does not allow the call.
        spent : Spent
            Before the call, with what others have set aside.
        """
        with self._open() as db:
            db.execute("BEGIN IMMEDIATE")
            spent = _spent(db)
            if (daily is not None and spent.today + cost > daily) or (
                monthly is not None and spent.month + cost > monthly
            ):
                return None, spent
            made = db.execute(
                "INSERT INTO calls (at, day, model, file, cost, result) VALUES (?, ?, ?, ?, ?, ?)",
                (time.time(), _today(), model, file, cost, "under way"),
            )
            return made.lastrowid, spent

    def settle(
        self, number: int, cost: float, result: str, tokens: tuple[int, int] = (0, 0)
    ) -> None:
        """Record what a call came to."""
        with self._open() as db:
            db.execute(
                "UPDATE calls SET cost = ?, result = ?, tokens_in = ?, tokens_out = ? WHERE id = ?",
                (cost, result[:300], *tokens, number),
            )

    def spent(self) -> Spent:
        """What was spent so far."""
        with self._open() as db:
            return _spent(db)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            _make_private(self.path)
            db = sqlite3.connect(self.path, timeout=30)
            try:
                db.executescript(_SCHEMA)
                with db:
                    yield db
            finally:
                db.close()
        except (OSError, sqlite3.Error) as error:
            raise OutputError(
                f"the record of language-model calls cannot be used: {error}.",
                file=self.path,
                hint="Give another folder with --cache-dir; no call is made without the record.",
            ) from error


_making = threading.Lock()


def _make_private(path: Path) -> None:
    """Make the file where there is none, and see to it that no one else can read it.

    An existing file is not opened: closing it would end the locks that SQLite holds in this
    process.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.parent.is_symlink():
        raise _refusal("its folder is a link.", path.parent)
    with _making:
        try:
            about = path.lstat()
        except FileNotFoundError:
            with suppress(FileExistsError):  # another process was quicker
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            about = path.lstat()
    if not stat.S_ISREG(about.st_mode) or about.st_nlink > 1:
        raise _refusal("it is a link, or not a regular file.", path)
    if not system.is_own(about):
        raise _refusal("it belongs to another user.", path)
    if not system.is_private(about):
        path.chmod(0o600)


def _refusal(what: str, path: Path) -> OutputError:
    return OutputError(
        f"the record of language-model calls cannot be used: {what}",
        file=path,
        hint="Move it away, or give another folder with --cache-dir.",
    )


def _spent(db: sqlite3.Connection) -> Spent:
    sums = "SELECT count(*), coalesce(sum(cost), 0) FROM calls WHERE day "
    today = db.execute(f"{sums} = ?", (_today(),)).fetchone()
    month = db.execute(f"{sums} LIKE ?", (f"{_today()[:7]}-%",)).fetchone()
    return Spent(int(today[0]), float(today[1]), int(month[0]), float(month[1]))


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
