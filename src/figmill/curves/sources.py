"""Files with tables: which they are, and what is read of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from figmill.curves.cleaning import Missing, without_missing
from figmill.errors import InputError
from figmill.notes import Note
from figmill.read.tables import SUFFIXES, DataTable, read_tables
from figmill.read.tables.choice import READERS
from figmill.read.tables.delimited import notation_of
from figmill.read.text_notation import decode
from figmill.recipes.inputs import FoundFiles, find_files

# Readmes, logs and pictures of other programs have these suffixes, too.
_SHARED = (".txt", ".dat", ".prn", ".xy")


def found_tables(paths: Iterable[str], *, shared_keys: bool = False) -> FoundFiles:
    """Files that may hold tables; of texts, those whose first lines are not of numbers are told.

    Parameters
    ----------
    paths
        Files, folders, patterns.
    shared_keys
        Allow two files of one key, where figures are not called by their files.

    Raises
    ------
    figmill.errors.ConfigError
        A path finds no file, or two would share a key.
    """
    return find_files(
        paths,
        SUFFIXES,
        judge=_why_not,
        unsure=_SHARED,
        shared_keys=shared_keys,
        what="tables",
    )


def _why_not(head: bytes, name: str) -> str:
    reader, sure = READERS.choose(head, name)
    if reader is None or sure < 0.1:
        return "that no reader of tables knows"
    if not name.lower().endswith(_SHARED):
        return "" if sure > 0.5 else "of another suffix than tables have"
    if sure > 0.5:
        return ""
    try:
        text, _ = decode(head[: len(head) // 4 * 4])
        notation_of(text.splitlines(), Path(name))
    except InputError:
        return "that hold no table"
    return ""


def read_source(path: Path, missing: Missing) -> tuple[DataTable, ...]:
    """All tables of a file, with NaN for what is missing.

    Raises
    ------
    figmill.errors.InputError
        The file cannot be read, or holds no table.
    """
    return tuple(without_missing(table, missing) for table in read_tables(path))


def labels_of(paths: Sequence[Path]) -> list[str]:
    """A name for each file: its stem, with as many folders as tell it from the others.

    Examples
    --------
    >>> labels_of([Path("a/iv.csv"), Path("b/iv.csv"), Path("b/cv.csv")])
    ['a/iv', 'b/iv', 'cv']
    """
    parts = [(*path.parent.parts, path.stem) for path in paths]
    depth = [1] * len(parts)
    for _ in range(max(map(len, parts), default=1)):
        names = ["/".join(one[-n:]) for one, n in zip(parts, depth, strict=True)]
        alike = {name for name in names if names.count(name) > 1} if len(names) < 5000 else set()
        if not alike:
            break
        depth = [n + (name in alike) for n, name in zip(depth, names, strict=True)]
    return ["/".join(one[-n:]) for one, n in zip(parts, depth, strict=True)]


def placed(notes: Iterable[Note], path: Path) -> list[Note]:
    """Notes of one of several files, each with the file's name before its place."""
    name = os.fspath(path.name)
    return [replace(note, place=f"{name}, {note.place}" if note.place else name) for note in notes]
