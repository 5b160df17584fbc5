"""JSON lines: one object a line, its keys are the columns."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from figmill.errors import InputError
from figmill.notes import Note
from figmill.read.tables.grid import named, unique
from figmill.read.tables.model import MOST_COLUMNS, Column, DataTable
from figmill.read.tables.moments import looks_like_time, times_of
from figmill.read.text_notation import decode


def sniff_jsonl(head: bytes) -> float:
    """Whether the first line is an object of JSON, or a list of such begins."""
    line = head.lstrip(b"\xef\xbb\xbf \r\n\t").partition(b"\n")[0].strip()
    if line.startswith(b"[") and head.lstrip(b"\xef\xbb\xbf [\r\n\t").startswith(b"{"):
        return 0.7
    if not line.startswith(b"{"):
        return 0.0
    try:
        return 0.8 if isinstance(json.loads(line), dict) else 0.0
    except (ValueError, RecursionError):
        return 0.0


def read_jsonl(path: Path, data: bytes) -> tuple[DataTable, ...]:
    """Read JSON lines, or a list of objects.

    Raises
    ------
    figmill.errors.InputError
        No line is an object.
    """
    text = decode(data, path)[0]
    notes: list[Note] = []
    rows: list[dict[str, Any]] = []
    bad: list[int] = []
    if text.lstrip().startswith("["):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError(f"it is not JSON: {error}.", file=path, hint="Export it again.") from (
                error
            )
        rows = [row for row in found if isinstance(row, dict)]
    else:
        for number, line in enumerate(text.split("\n"), 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                row = None
            if isinstance(row, dict):
                rows.append(row)
            else:
                bad.append(number)
    if bad:
        text = f"{len(bad)} of {len(rows) + len(bad)} lines are not objects and are left out"
        notes.append(Note.loss("rows-unread", text, f"line {bad[0]}"))
    counts = Counter(key for row in rows for key in row)
    if not rows or len(counts) > MOST_COLUMNS:
        raise InputError(
            "no line of it is an object that can be read."
            if not rows
            else f"there are {len(counts):,} columns.",
            file=path,
            hint='Each line must be an object, such as {"V": 0.1, "I": 1e-6}.',
        )
    columns: list[Column] = []
    for key in counts:
        values = [row.get(key) for row in rows]
        column = _column(key, values, notes)
        if column is not None:
            columns.append(column)
    if not columns:
        raise InputError("no key holds values.", file=path, hint="Lists and objects are not read.")
    return (DataTable(unique(columns, notes), "", {}, "JSON lines", (0,), tuple(notes)),)


def _column(key: str, values: list[Any], notes: list[Note]) -> Column | None:
    name, unit = named(str(key))
    place = f"column {name!r}"
    known = [value for value in values if value is not None]
    if any(isinstance(value, dict | list) for value in known):
        notes.append(
            Note.loss("column-nested", "it holds lists or objects, and is left out", place)
        )
        return None
    numbers = [value for value in known if isinstance(value, int | float)]
    if numbers or not known:
        if len(numbers) < len(known):
            text = f"{len(known) - len(numbers)} of {len(values)} cells are not numbers and count "
            notes.append(Note.loss("cells-not-numbers", f"{text}as missing", place))
        read = [
            float(v) if isinstance(v, int | float) and abs(v) < 1e308 else np.nan for v in values
        ]
        return Column(name, np.array(read), unit)
    texts = ["" if value is None else str(value) for value in values]
    if all(looks_like_time(text) for text in texts if text):
        seconds, dated, told = times_of(texts, place)
        notes += told
        return Column(name, seconds, "" if dated else "s", "time" if dated else "number")
    return Column(name, tuple(texts), unit, "text")
