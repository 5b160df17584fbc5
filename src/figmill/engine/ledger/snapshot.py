"""The progress file: a JSON picture of the ledger for people and other programs.

The ledger alone decides. The file is written from it, and read only where there is no ledger.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from figmill.engine.events import Event, Interrupting, ItemFinished, Log, RunFinished
from figmill.engine.files import Folder
from figmill.engine.fingerprint import Fingerprint
from figmill.engine.ledger.ledger import Ledger
from figmill.item import JSON

SCHEMA_VERSION = 1
# A write that takes t seconds is followed by at least this many times t without one.
_LEISURE = 20
# Slow items are in the file this many seconds after they finished, once something else happens.
_LONGEST_S = 30.0


class Snapshot(Protocol):
    """One form of the progress file."""

    def document(self, ledger: Ledger) -> Mapping[str, JSON]:
        """Draw the picture."""

    def known(
        self, document: Mapping[str, Any]
    ) -> Iterable[tuple[str, Literal["done", "no_data"]]]:
        """Read, from a picture, the keys of finished items with their states, in their order."""


@dataclass(frozen=True, slots=True)
class GenericSnapshot:
    """The documented form.

    ``completed_items``, ``errors`` and ``no_data`` hold keys in the order of the input;
    ``last_index`` is the largest place in the input that the last run worked on, in whatever order
    items finished, and -1 before the first.
    """

    def document(self, ledger: Ledger) -> Mapping[str, JSON]:
        """Draw the picture."""
        keys: dict[str, list[str]] = {"done": [], "failed": [], "no_data": []}
        last_run, last_index = 0, -1
        for key, state, position, run in ledger.settled():
            keys[state].append(key)
            if run > last_run:
                last_run, last_index = run, position
            elif run == last_run:
                last_index = max(last_index, position)
        return {
            "completed_items": keys["done"],
            "errors": keys["failed"],
            "no_data": keys["no_data"],
            "last_index": last_index,
            "schema_version": SCHEMA_VERSION,
        }

    def known(
        self, document: Mapping[str, Any]
    ) -> Iterable[tuple[str, Literal["done", "no_data"]]]:
        """Read the finished items; what failed runs again."""
        for key in document.get("completed_items", ()):
            yield str(key), "done"
        for key in document.get("no_data", ()):
            yield str(key), "no_data"


class SnapshotWriter:
    """A listener that keeps the progress file up to date.

    Parameters
    ----------
    path
        The file.
    snapshot
        Its form.
    ledger
        What it shows.
    every
        Write after this many newly finished items, or 30 s after the last time at the next event;
        also at the end and on interrupt. Where the list is so long that writing takes a noticeable
        part of the run, less often.
    require
        Raises where the output folder is no longer what it was.
    """

    KINDS = (ItemFinished, Interrupting, RunFinished)

    def __init__(
        self,
        path: Path,
        snapshot: Snapshot,
        ledger: Ledger,
        every: int,
        require: Callable[[], None] = lambda: None,
    ) -> None:
        self._require = require
        self._path = path
        self._snapshot = snapshot
        self._ledger = ledger
        self._every = every
        self._new = 0
        self._rest_until = 0.0
        self._written = time.monotonic()

    def __call__(self, event: Event) -> None:
        """Count finished items, and write when it is time."""
        match event:
            case ItemFinished():
                self._new += 1
                self._write_if_due()
            case Interrupting() | RunFinished():
                self.write()
            case _:
                self._write_if_due()

    def _write_if_due(self) -> None:
        now = time.monotonic()
        enough = self._new >= self._every or now >= self._written + _LONGEST_S
        if self._new and enough and now >= self._rest_until:
            self.write()

    def write(self) -> None:
        """Write the file, if anything changed.

        Raises
        ------
        OSError
            It cannot be written; the old one stays.
        OutputError
            A folder on the way to it, in the output folder, is a link.
        """
        begun = time.monotonic()
        document = self._snapshot.document(self._ledger)
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        data = text.encode("utf-8", "backslashreplace")
        self._new = 0
        # Below the output folder nothing is reached through a link; elsewhere it is the user's own.
        out = self._ledger.path.parent.parent
        self._require()
        with Folder.below(out, self._path.parent, make=True, require=self._require) as folder:
            if not folder.holds(self._path.name, data):
                folder.write(self._path.name, data)
        self._written = ended = time.monotonic()
        self._rest_until = ended + _LEISURE * (ended - begun) if ended - begun > 0.005 else 0.0


def adopt(path: Path, snapshot: Snapshot, ledger: Ledger) -> Log | None:
    """Take over what a progress file says is finished, where the ledger knows nothing.

    Returns
    -------
    Log or None
        What people should know of it.
    """
    if not path.exists() or not ledger.empty:
        return None
    try:
        document = json.loads(path.read_bytes())
        known = list(snapshot.known(document))
    except (OSError, ValueError, AttributeError, TypeError) as error:
        text = f"The progress file {path} cannot be used ({error}); everything is planned again."
        return Log(time.time(), "warning", text)
    nothing = Fingerprint("", "{}", ())
    with ledger.transaction():
        for index, (key, state) in enumerate(known):
            ledger.finish(key, index, state, nothing, run=0, attempts=0, imported=True)
    text = f"Took over {len(known)} finished items from the progress file {path}."
    return Log(time.time(), "info", text)
