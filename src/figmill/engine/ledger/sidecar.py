"""What the ledger knows of results, once more as plain lines, so that losing it loses nothing.

OUT/.figmill/results.jsonl has one JSON object a line for every result that was done or had no data;
of several lines about one item the last one counts. It is appended to and never waited for: what it
says is checked against the files before anything relies on it.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from pathlib import Path
from typing import Any

from figmill import notes
from figmill.engine.events import Event, Log
from figmill.engine.files import Folder
from figmill.engine.fingerprint import FileStamp, Fingerprint, canonical
from figmill.engine.ledger.ledger import Ledger
from figmill.engine.ledger.records import Earlier, dump_stamps
from figmill.engine.outputs import HOME
from figmill.errors import LedgerError, OutputError

FILE = "results.jsonl"
# It is written again, shorter, when it is larger than this and than twice what is needed.
ROOM = 32 << 20
_FORGOTTEN = "forgotten"
_BLOCK = 1 << 20
_GONE_WRONG = (OSError, OutputError, LedgerError)


@dataclass(frozen=True, slots=True)
class Noted:
    """What one line says of an item; the fields are those of `records.Record` and `Earlier`."""

    recipe: str
    key: str
    index: int
    source: str | None
    state: str
    result: Earlier
    earlier: tuple[Earlier, ...]
    attempts: int
    seconds: float
    at: float


def line_of(
    row: tuple[Any, ...], facts: str = "{}", earlier: Sequence[Earlier] = (), notes: str = "[]"
) -> str:
    """Write a row of ``records.COLUMNS`` as a line.

    Parameters
    ----------
    row
        Its parameters, inputs and outputs are JSON already and are taken over as they are.
    facts
        The item's facts, JSON too.
    earlier
        What else lies on disk of the item.
    notes
        The item's notes, JSON too.
    """
    source = "null" if row[17] is None else quoted(row[17])
    more = f',"notes":{notes}' if notes != "[]" else ""
    more += f',"earlier":{json.dumps([_plain(one) for one in earlier])}' if earlier else ""
    return (
        f'{_head(row[16], row[3], row[18])},"key":{quoted(row[0])},"index":{row[1]},'
        f'"source":{source},"state":"{row[2]}","parameters":{row[4]},"inputs":{row[5]},'
        f'"outputs":{row[6]},"facts":{facts},"message":{quoted(row[11])},"attempts":{row[8]},'
        f'"seconds":{row[12]:.6f},"at":{row[15]:.3f}{more}}}\n'
    )


@lru_cache(maxsize=64)
def _head(recipe: str, version: str, parts: str) -> str:
    """Write what is the same for nearly all items of a run."""
    listed = json.dumps(parts.split("\n") if parts else [])
    return f'{{"recipe":{quoted(recipe)},"version":{quoted(version)},"parts":{listed}'


class Sidecar:
    """The open file of one run; a context manager.

    Parameters
    ----------
    out
        The output folder.
    tell
        Takes a `Log` event, once, when the file cannot be written: the run goes on all the same.
    require
        Raises where the output folder is no longer what it was.
    """

    def __init__(
        self,
        out: Path,
        tell: Callable[[Event], None] = lambda event: None,
        require: Callable[[], None] = lambda: None,
    ) -> None:
        self._require = require
        self._out = out
        self._tell = tell
        self._handle = -1
        self._torn = False
        self._told = False

    def append(self, lines: Sequence[str]) -> None:
        """Add lines, with one write."""
        if not lines:
            return
        try:
            if self._handle < 0:
                self._open()
            data = _encoded("\n" + "".join(lines) if self._torn else "".join(lines))
            self._torn = True
            written = os.write(self._handle, data)
            if written < len(data):
                raise OSError(f"only {written} of {len(data)} bytes could be written")
            self._torn = False
        except _GONE_WRONG as error:
            self._tell_of(error)

    def forget(self, items: Sequence[tuple[str, str]]) -> None:
        """Note that items, each a recipe and a key, were let go of."""
        now = time.time()
        self.append(
            [
                json.dumps({"recipe": recipe, "key": key, "state": _FORGOTTEN, "at": now}) + "\n"
                for recipe, key in items
            ]
        )

    def shorten(self, ledger: Ledger) -> None:
        """Write it again from the ledger, where this run has let it grow far beyond its need."""
        if self._handle < 0:
            return
        try:
            size = os.fstat(self._handle).st_size
            if size > ROOM and size > 2 * ledger.size_of_results():
                self._rewrite(ledger)
        except _GONE_WRONG as error:
            self._tell_of(error)

    def close(self) -> None:
        """Close the file."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)

    def __enter__(self) -> Sidecar:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> None:
        with Folder.below(self._out, self._out / HOME, require=self._require) as home:
            self._handle = home.file(FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        # A kill may have cut the last line short.
        self._torn = os.fstat(self._handle).st_size > 0

    def _rewrite(self, ledger: Ledger) -> None:
        temporary = f".{FILE}-{secrets.token_hex(8)}.tmp"
        with Folder.below(self._out, self._out / HOME, require=self._require) as home:
            handle = home.file(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
            try:
                with os.fdopen(handle, "wb", _BLOCK) as file:
                    for row, facts, earlier, notes in ledger.results():
                        file.write(_encoded(line_of(row, facts, earlier, notes)))
                    file.flush()
                    # The old one goes for this one, which must not be lost with the power.
                    os.fsync(file.fileno())
                home.rename(temporary, FILE)
            except BaseException:
                with contextlib.suppress(OSError):
                    home.remove(temporary)
                raise
        self.close()

    def _tell_of(self, error: Exception) -> None:
        self._require()  # without the folder the run does not go on
        if self._told:
            return
        self._told = True
        what = error.strerror if isinstance(error, OSError) and error.strerror else error
        text = (
            f"{self._out / HOME / FILE} cannot be written: {what}. The run goes on, but "
            "figmill repair would know less."
        )
        self._tell(Log(time.time(), "notice", text))


def read(out: Path) -> Iterator[Noted]:
    """Give what is noted of each item, the latest first; what makes no sense is left out.

    Raises
    ------
    figmill.errors.OutputError
        The file is a link, or is not a regular file.
    OSError
        It cannot be read.
    """
    try:
        with Folder.below(out, out / HOME) as home:
            handle = home.file(FILE, os.O_RDONLY)
    except FileNotFoundError:
        return
    with os.fdopen(handle, "rb") as file:
        places: dict[tuple[str, str], tuple[float, int]] = {}
        place = 0
        for text in file:
            known = _loaded(text)
            if known is not None:
                # Only where it is: all lines together may be larger than memory.
                places[known["recipe"], known["key"]] = known["at"], place
                if known["state"] == _FORGOTTEN:
                    del places[known["recipe"], known["key"]]
            place += len(text)
        for _, place in sorted(places.values(), reverse=True):
            file.seek(place)
            yield _noted(json.loads(file.readline()))


def _loaded(text: bytes) -> dict[str, Any] | None:
    """Read a line; None where it was cut, or is not one of these."""
    try:
        known: dict[str, Any] = json.loads(text)
        if not (
            isinstance(known["recipe"], str)
            and isinstance(known["key"], str)
            and isinstance(known["at"], float | int)
        ):
            return None
        if b"\\ud" in text:
            json.dumps(known, ensure_ascii=False).encode()  # what is not Unicode raises
        if known["state"] != _FORGOTTEN:
            _noted(known)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return known


def _noted(known: dict[str, Any]) -> Noted:
    return Noted(
        known["recipe"],
        known["key"],
        int(known["index"]),
        None if known["source"] is None else str(known["source"]),
        str(known["state"]),
        _result(known),
        tuple(_result(one) for one in known.get("earlier", ())),
        int(known["attempts"]),
        float(known["seconds"]),
        float(known["at"]),
    )


def _plain(one: Earlier) -> dict[str, Any]:
    made = one.fingerprint
    return {
        "part": one.part,
        "version": made.version,
        "parameters": json.loads(made.parameters),
        "inputs": json.loads(dump_stamps(made.inputs)),
        "outputs": json.loads(dump_stamps(one.outputs)),
        "facts": json.loads(one.facts),
        "message": one.message,
        "whole": one.whole,
        "stale": one.stale,
        "notes": json.loads(one.notes),
    }


def _result(known: dict[str, Any]) -> Earlier:
    part = str(known.get("part", ""))
    return Earlier(
        part,
        Fingerprint(str(known["version"]), _mapping(known["parameters"]), _stamps(known["inputs"])),
        _stamps(known["outputs"]),
        frozenset(map(str, known.get("parts", [part] if part else ()))),
        _mapping(known["facts"]),
        str(known["message"]),
        bool(known.get("whole", True)),
        str(known.get("stale", "")),
        notes.dump(notes.load(json.dumps(known.get("notes", [])))),
    )


def _mapping(value: object) -> str:
    if not isinstance(value, dict):
        raise TypeError("not a mapping")
    return canonical(value)


def _stamps(listed: object) -> tuple[FileStamp, ...]:
    if not isinstance(listed, list):
        raise TypeError("not a list")
    return tuple(
        FileStamp(
            str(path),
            int(size),
            int(at),
            digest if digest is None else str(digest),
            *map(str, part),
        )
        for path, size, at, digest, *part in listed
    )


def _encoded(text: str) -> bytes:
    # In JSON an escape stands for what is not Unicode.
    return text.encode("utf-8", "backslashreplace")
