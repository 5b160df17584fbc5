"""Tables in text files: any delimiter, decimal mark and preamble, columns of texts and times."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from figmill.errors import InputError
from figmill.notes import Note
from figmill.read.tables.grid import Row, header_of, named, number_in, table_of, unique
from figmill.read.tables.model import MOST_COLUMNS, Column, DataTable
from figmill.read.tables.moments import looks_like_time
from figmill.read.text_notation import cells_of, decode, is_comment, is_missing, number_of

DELIMITERS: tuple[str | None, ...] = ("\t", ";", "|", ",", None)
_SAMPLE = 30
_CLEAR = 0.97
_BETWEEN = 12
_MOST_TABLES = 1_000
_QUOTED = 5
"""Lines that a cell in quotes may run over after its first."""
_SPACED = re.compile(r"[+-]?\d{1,3}(?: \d{3})+(?:[.,]\d+)?")
_WORDED = re.compile(r"[\s\"'#\[(|]*[^\W\d_]")
_ROW = re.compile(r"[\s\"+-]*[\d.]")
_WORTH = {"number": 1.0, "time": 0.9, "missing": 0.6, "text": 0.3}


def read_delimited(path: Path, data: bytes) -> DataTable:
    """Read a text file that holds one table.

    Parameters
    ----------
    path
        Its name, for messages.
    data
        Its bytes.

    Raises
    ------
    figmill.errors.InputError
        It is not text, or there is no table in it.
    """
    lines, encoding = _lines_of(data, path)
    return _table_of_lines(lines, encoding, path, _is_closed(data))


def read_text_tables(path: Path, data: bytes) -> tuple[DataTable, ...]:
    """Read a text file, also one in which tables of other columns stand below each other.

    Parameters
    ----------
    path
        Its name, for messages.
    data
        Its bytes.

    Returns
    -------
    tuple of DataTable
        At least one; of several, each is called by its number.

    Raises
    ------
    figmill.errors.InputError
        It is not text, or there is no table in it.
    """
    lines, encoding = _lines_of(data, path)
    cuts = _further_tables(lines, path)
    if not cuts:
        return (_table_of_lines(lines, encoding, path, _is_closed(data)),)
    made = []
    edges = [0, *cuts, len(lines)]
    text = f"{len(cuts) + 1} tables of other columns stand below each other: each is one of its own"
    for number, (start, stop) in enumerate(pairwise(edges), 1):
        closed = stop < len(lines) or _is_closed(data)
        table = _table_of_lines(lines[start:stop], encoding, path, closed, before=start)
        note = Note.info("tables-below", text, f"line {cuts[0] + 1}")
        made.append(replace(table, title=f"table {number}", notes=(note, *table.notes)))
    return tuple(made)


def _lines_of(data: bytes, path: Path) -> tuple[list[str], str]:
    text, encoding = decode(data, path)
    text = text.replace("\N{MINUS SIGN}", "-")
    if not text.strip():
        raise InputError("the file is empty.", file=path, hint="Export or copy it again.")
    lines = text.split("\n") if "\r" not in text else text.splitlines()
    return _closed_quotes(lines) if '"' in text else lines, encoding


def _closed_quotes(lines: Sequence[str]) -> list[str]:
    """Lines, of which those that a cell in quotes runs over are one, as spreadsheets write them.

    Above the first row its further lines stay, empty, so that places in messages are right; below,
    where an empty line would part the rows, they do not. A quote that is not closed soon is a mark
    of inches or the like.
    """
    made: list[str] = []
    at, rows = 0, False
    while at < len(lines):
        line, taken = lines[at], 1
        while line.count('"') % 2 and taken <= _QUOTED and at + taken < len(lines):
            line = f"{line.rstrip()} {lines[at + taken].lstrip()}"
            taken += 1
        if line.count('"') % 2:
            line, taken = lines[at], 1
        rows = rows or _ROW.match(line) is not None
        made += [*[""] * (0 if rows else taken - 1), line]
        at += taken
    return made


def _is_closed(data: bytes) -> bool:
    """Whether the last line has an end."""
    return data.endswith((b"\n", b"\r", b"\n\0"))


def _further_tables(lines: Sequence[str], path: Path) -> list[int]:
    """Where further tables begin: at names of their own, over rows of their own.

    Words among the rows may also be a fault of the instrument, such as ``ERROR,overload``. So names
    begin a table only behind a blank line, where the number of columns changes, or where they bear
    units; and only if the rows before have names, too.
    """
    worded = [
        at
        for at, line in enumerate(lines)
        if not line[:1].isdigit() and _WORDED.match(line)  # most lines are rows of numbers
    ]
    if len(worded) < 2 or len(worded) * 2 > len(lines):
        return []
    delimiter, decimal, _ = notation_of(lines, path)
    if delimiter is None:
        return []
    known: set[tuple[str, ...]] = set()
    cuts: list[int] = []
    for at in worded:
        names = [cell for cell in _split(lines[at], delimiter) if cell]
        if len(names) < 2 or any(_kind(name, decimal) != "text" for name in names):
            continue
        below = [line for line in lines[at + 1 : at + 8] if line.strip()][:4]
        rows = [_split(line, delimiter) for line in below if _is_row(line, delimiter, decimal)]
        if len(rows) < min(2, len(below)) or any(len(row) != len(names) for row in rows):
            continue
        if not rows or tuple(names) in known:
            continue
        known.add(tuple(names))
        if len(known) < 2:
            continue
        last = at - 1
        while last >= 0 and not _is_row(lines[last], delimiter, decimal):
            last -= 1
        if last < 2 or at - last > _BETWEEN or last + 1 in cuts:  # a row of units, under its names
            continue
        above = len(_split(lines[last], delimiter))
        if (
            any(not line.strip() for line in lines[last + 1 : at])
            or above != len(names)
            or any(named(name)[1] for name in names)
        ):
            cuts.append(last + 1)
    if len(cuts) >= _MOST_TABLES:
        raise InputError(
            f"{len(cuts) + 1:,} tables of other columns stand below each other in it.",
            file=path,
            hint=f"At most {_MOST_TABLES:,} are read: split the file.",
        )
    return cuts


def _is_row(line: str, delimiter: str, decimal: str) -> bool:
    """Whether a line holds numbers or times alone, two at least."""
    if delimiter not in line:
        return False
    kinds = [_kind(cell, decimal) for cell in _split(line, delimiter)]
    return "text" not in kinds and len(kinds) - kinds.count("missing") >= 2


def _table_of_lines(
    lines: Sequence[str], encoding: str, path: Path, closed: bool, *, before: int = 0
) -> DataTable:
    """The one table of some lines, of which `before` lines stand above them in the file."""
    delimiter, decimal, width = notation_of(lines, path)
    if width > MOST_COLUMNS:
        raise InputError(
            f"there are {width:,} columns.",
            file=path,
            hint=f"At most {MOST_COLUMNS:,} are read: do its rows stand where columns should?",
        )
    whole = _header_width(lines, delimiter, decimal, width)
    quick = _quick(lines, delimiter, decimal, width) if whole == width else None
    if quick is None:
        rows = [
            Row(number, _cells(line, delimiter, width), is_comment(line))
            for number, line in enumerate(lines, before + 1)
            if line.strip()
        ]
        if whole > width:  # some writers leave empty cells at the end of a row out
            width = whole
            rows = [_padded(row, width) for row in rows]
        quick = table_of(rows, decimal, path, width=width)
    notes = list(quick.notes)
    if encoding == "latin-1":
        notes.append(Note.info("encoding-customary", "It is not UTF-8 and is read as Latin-1."))
    if decimal == ",":
        notes.append(Note.info("decimal-commas", "Its numbers are read with decimal commas."))
    if not closed and len(lines) > 1 and _is_shorter(lines):
        text = f"The last line has no end and is shorter than the others: {lines[-1][:40]!r}."
        notes.append(Note.doubt("last-line-open", text, f"line {before + len(lines)}"))
    return DataTable(quick.columns, quick.title, quick.header, "text", quick.parts, tuple(notes))


def _header_width(lines: Sequence[str], delimiter: str | None, decimal: str, width: int) -> int:
    """How many cells the line of names has, where it has more than most rows, and some have all."""
    if delimiter is None:
        return width
    top = next((line for line in lines if line.strip() and not is_comment(line)), "")
    names = _split(top, delimiter)
    if len(names) <= width or any(_kind(name, decimal) != "text" for name in names):
        return width
    counts = {len(_cells(line, delimiter, len(names))) for line in lines if line is not top}
    return len(names) if len(names) in counts else width


def _padded(row: Row, width: int) -> Row:
    """A row with the empty cells at its end that were left out."""
    if row.remark or not 1 < len(row.cells) < width:
        return row
    return row._replace(cells=[*row.cells, *[""] * (width - len(row.cells))])


def _is_shorter(lines: Sequence[str]) -> bool:
    """Whether the last row is shorter than those before it by more than numbers differ."""
    usual = [len(line) for line in lines[-20:-1] if _ROW.match(line)]
    return bool(usual) and len(lines[-1]) + 1 < min(usual)


def _split(line: str, delimiter: str | None) -> list[str]:
    """The cells of a line; where a mark parts them, blanks may part thousands (1 000)."""
    cells = cells_of(line, delimiter)
    if " " in line and delimiter in ("\t", ";", "|"):
        return [cell.replace(" ", "") if _SPACED.fullmatch(cell) else cell for cell in cells]
    return cells


def _cells(line: str, delimiter: str | None, width: int) -> list[str]:
    cells = _split(line, delimiter)
    if len(cells) == width - 1 and line.rstrip(" \r\n").endswith(delimiter or "\0"):
        cells.append("")  # the last value is missing
    if delimiter is None and len(cells) != width:
        # Names may hold single blanks where two or more part the columns.
        wide = [part.strip() for part in line.strip().replace("\t", "  ").split("  ")]
        wide = [part for part in wide if part]
        if len(wide) == width:
            return wide
    return cells


def notation_of(lines: Sequence[str], path: Path) -> tuple[str | None, str, int]:
    """Delimiter, decimal mark, and how many cells most rows have.

    The notation is taken under which most cells of the sampled lines are numbers or times.

    Parameters
    ----------
    lines
        The file's.
    path
        For messages.

    Raises
    ------
    figmill.errors.InputError
        No notation gives rows with a number.
    """
    sample = [line for line in _sampled(lines) if line.strip() and not is_comment(line)]
    best: tuple[float, str | None, str, int] | None = None
    for delimiter in DELIMITERS:
        split = [
            (line, _split(line, delimiter))
            for line in sample
            if delimiter is None or delimiter in line
        ]
        if not split:
            continue
        for decimal in (".", ","):
            if decimal == delimiter and not any('"' in line for line, _ in split):
                continue
            widths: Counter[int] = Counter()
            worth: Counter[int] = Counter()
            for _, cells in split:
                if len(cells) < 2:
                    continue
                kinds = [_kind(cell, decimal) for cell in cells[:64]]
                if "number" not in kinds and "time" not in kinds:
                    continue
                widths[len(cells)] += 1
                worth[len(cells)] += sum(_WORTH[kind] for kind in kinds) / len(kinds)  # type: ignore[assignment]
            if not widths:
                continue
            width = max(widths, key=lambda one: (widths[one], one))
            if best is None or worth[width] > best[0] * 1.001:
                best = float(worth[width]), delimiter, decimal, width
            if worth[width] > _CLEAR * len(sample):
                return best[1:]
    if best is not None:
        return best[1:]
    alone = [line for line in sample if number_of(line.strip(), ".") is not None]
    if len(alone) * 2 > len(sample):
        return None, ".", 1
    raise InputError(
        "there are no rows of numbers in it.",
        file=path,
        hint="A table is expected: rows of as many cells, numbers in at least one column.",
    )


def _sampled(lines: Sequence[str]) -> Sequence[str]:
    """Lines to judge by: more of the end than of the beginning, where a preamble may stand."""
    if len(lines) <= 4 * _SAMPLE:
        return lines
    middle = len(lines) // 2
    parts = (lines[:_SAMPLE], lines[middle : middle + _SAMPLE], lines[-_SAMPLE:])
    return [line for part in parts for line in part]


def _kind(cell: str, decimal: str) -> str:
    if is_missing(cell):
        return "missing"
    if number_in(cell, decimal) is not None:  # also with a unit: 0.5 mV
        return "number"
    return "time" if looks_like_time(cell) else "text"


def _quick(
    lines: Sequence[str], delimiter: str | None, decimal: str, width: int
) -> DataTable | None:
    """A table of numbers alone under one line of names, by numpy; None where there is more to see.

    What it takes is read alike by `table_of`; nine in ten files of a lab are such, and it takes a
    tenth of the time.
    """
    if width < 2:
        return None
    at = 0
    while at < len(lines) and (not lines[at].strip() or is_comment(lines[at])):
        at += 1
    if at + 1 >= len(lines):
        return None
    names = _cells(lines[at], delimiter, width)
    if len(names) != width or any(not n or number_of(n, decimal) is not None for n in names):
        return None
    body = list(lines[at + 1 :])
    while body and not body[-1].strip():
        body.pop()
    if decimal == ",":
        joined = "\n".join(body)
        if "." in joined:
            return None
        body = joined.replace(",", ".").split("\n")
    try:
        values = np.loadtxt(body, dtype=np.float64, delimiter=delimiter, comments=None, ndmin=2)
    except ValueError:
        return None
    if values.shape != (len(body), width) or np.isinf(values).any():
        return None
    notes: list[Note] = []
    columns = []
    for number, name in enumerate(names):
        quantity, unit = named(name)
        columns.append(Column(quantity, np.ascontiguousarray(values[:, number]), unit))
    header = header_of([[line.strip()] for line in lines[:at] if line.strip()])
    return DataTable(unique(columns, notes), "", header, notes=tuple(notes))
