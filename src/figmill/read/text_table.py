"""Tables of numbers in text files, whatever the notation.

`read_table` finds encoding, delimiter and decimal mark, what stands before the numbers, and the
numbers, one by one: a row that cannot be read is reported with its line, never dropped in silence,
and a header never costs a row.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figmill.errors import InputError
from figmill.read.filecheck import read_bytes
from figmill.read.text_notation import (
    GROUPED,
    Notation,
    cells_of,
    decode,
    find_notation,
    is_comment,
    number_of,
    numbers_in,
)

MAX_COLUMNS = 20_000
MAX_BETWEEN = 20_000
"""Lines among the rows, or after them, that are kept."""
_LONGEST_NAME = 40
_LONGEST_LINE = 80
_KEPT = 100
_PAIR = re.compile(r"^\s*[#/;%*!\s]*([^:=;,\t]{1,60}?)\s*[:=;,\t]\s*(.+?)\s*$")


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A text file as numbers.

    Parameters
    ----------
    values
        Shape (rows, columns), float64; NaN where a cell is empty or says so.
    names, units
        One text a column; empty where the file has none.
    notation
        Encoding, delimiter and decimal mark.
    preamble
        The lines before the numbers that are no header, comments too.
    header_line, first_line
        Line numbers, from 1, of the header (0: none) and of the first row.
    unread
        Lines among the rows that could not be read, the first hundred: line number and text.
    unread_count
        How many they are in all.
    mixed
        Line numbers of rows that were written with the other decimal mark, the first hundred.
    lines
        Shape (rows,): the line number of every row.
    between
        All lines among the rows that could not be read, at most `MAX_BETWEEN`.
    odd
        Cells that are neither numbers nor say that there is none, and count as missing, the first
        hundred: line number and text.
    odd_count
        How many they are in all.
    epilogue
        The lines after the last row.
    padded
        How many zero bytes padded the text and were left out.
    """

    values: NDArray[np.float64]
    names: tuple[str, ...]
    units: tuple[str, ...]
    notation: Notation
    preamble: tuple[str, ...] = ()
    header_line: int = 0
    first_line: int = 1
    unread: tuple[tuple[int, str], ...] = ()
    unread_count: int = 0
    mixed: tuple[int, ...] = ()
    source: str = ""
    metadata: dict[str, str | float | int] = field(default_factory=dict)
    lines: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    between: tuple[tuple[int, str], ...] = ()
    odd: tuple[tuple[int, str], ...] = ()
    odd_count: int = 0
    epilogue: tuple[tuple[int, str], ...] = ()
    padded: int = 0

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.values.shape[0], self.values.shape[1]

    def __len__(self) -> int:
        return int(self.values.shape[0])

    @property
    def columns(self) -> tuple[str, ...]:
        """A name for each column; those without one are called by their number."""
        return tuple(name or f"column {i}" for i, name in enumerate(self.names, 1))


def read_table(path: str | Path, data: bytes | None = None) -> Table:
    """Read the table of numbers in a text file.

    Parameters
    ----------
    path
        The file; it is opened only where `data` is None.
    data
        Its bytes.

    Raises
    ------
    figmill.errors.InputError
        If the file is not text, holds no numbers, or its notation cannot be told.
    """
    path = Path(path)
    if data is None:
        data = read_bytes(path)
    text, encoding = decode(data, path)
    text = text.replace("\N{MINUS SIGN}", "-")
    lines = text.split("\n") if "\r" not in text else text.splitlines()
    if lines and not lines[-1]:
        lines.pop()
    notation, first, width = find_notation(path, lines, encoding)
    if width > MAX_COLUMNS:
        raise InputError(
            f"there are {width:,} columns.",
            file=path,
            place=f"line {first + 1}",
            hint=f"At most {MAX_COLUMNS:,} are read: is this a table of spectra?",
        )
    first = _upward(lines, first, notation, width)
    stop = _downward(lines, first, notation, width)
    rows = _rows(path, lines[:stop], first, notation, width)
    names, units, header = _header(lines, first, notation, width)
    preamble = tuple(
        line.strip() for line in lines[: header - 1 if header else first] if line.strip()
    )
    values = rows.values
    metadata: dict[str, str | float | int] = {}
    epilogue = tuple(
        (number, line.strip()[:_LONGEST_LINE])
        for number, line in enumerate(lines[stop : stop + MAX_BETWEEN], stop + 1)
        if line.strip()
    )
    for line in (*preamble[:200], *(line for _, line in epilogue[:200])):
        if found := _PAIR.match(line):
            metadata.setdefault(found[1].strip(), found[2].strip()[:200])
    return Table(
        values,
        names,
        units,
        notation,
        preamble,
        header,
        first + 1,
        rows.unread[:_KEPT],
        rows.unread_count,
        rows.mixed,
        str(path),
        metadata,
        rows.lines,
        rows.unread,
        rows.odd,
        rows.odd_count,
        epilogue,
        0 if encoding.startswith("utf-16") or encoding == "utf-32" else data.count(b"\0"),
    )


def _upward(lines: Sequence[str], first: int, notation: Notation, width: int) -> int:
    """The first row where rows above it differ only in that a cell is not a number.

    Their first cells must continue the steps of those below, so that no header is one of them.
    """
    below: list[float] = []
    for line in lines[first : first + 8]:
        value = _leading(line, notation, width)
        if value is not None:
            below.append(value)
    if len(below) < 3:
        return first
    step = float(np.median(np.diff(below)))
    last = below[0]
    while first > 0 and step:
        value = _leading(lines[first - 1], notation, width)
        if value is None or not 0.2 < (last - value) / step < 5.0:
            break
        first, last = first - 1, value
    return first


def _leading(line: str, notation: Notation, width: int) -> float | None:
    """The number in the first cell of a line of so many cells."""
    cells = cells_of(line, notation.delimiter)
    value = number_of(cells[0], notation.decimal) if len(cells) == width else None
    return None if value is None or math.isnan(value) else value


def _downward(lines: Sequence[str], first: int, notation: Notation, width: int) -> int:
    """One more than the last line that is a row, or is one cut short: it begins with a number."""
    for at in range(len(lines) - 1, first, -1):
        cells = cells_of(lines[at], notation.delimiter)
        value = number_of(cells[0], notation.decimal) if cells else None
        if value is not None and not math.isnan(value):
            return at + 1
        if len(cells) == width and numbers_in(cells, notation.decimal) > 0:
            return at + 1
    return first + 1


@dataclass(frozen=True, slots=True)
class _Rows:
    values: NDArray[np.float64]
    lines: NDArray[np.int64]
    unread: tuple[tuple[int, str], ...] = ()
    unread_count: int = 0
    mixed: tuple[int, ...] = ()
    odd: tuple[tuple[int, str], ...] = ()
    odd_count: int = 0


def _rows(path: Path, lines: Sequence[str], first: int, notation: Notation, width: int) -> _Rows:
    quick = _quick(lines[first:], notation, width)
    if quick is not None:
        at = np.arange(first + 1, first + 1 + len(quick))
        if len(lines) - first != len(quick):  # numpy passes over empty lines
            at = np.array([n for n, line in enumerate(lines[first:], first + 1) if line.strip()])
        return _Rows(quick, at)
    values: list[list[float]] = []
    numbers: list[int] = []
    unread: list[tuple[int, str]] = []
    mixed: list[int] = []
    odd: list[tuple[int, str]] = []
    unread_count = odd_count = 0
    other = "." if notation.decimal == "," else ","
    for number, line in enumerate(lines[first:], first + 1):
        if not line.strip() or is_comment(line):
            continue
        row = _row(line, notation.delimiter, (notation.decimal,), width)
        if row is None and other != notation.delimiter:
            row = _row(line, notation.delimiter, (notation.decimal, other), width)
            if row is not None:
                if _ambiguous(line, notation):
                    raise InputError(
                        f"{line.strip()[:60]!r} can be read with decimal points or with decimal "
                        "commas.",
                        file=path,
                        place=f"line {number}",
                        hint="Write all numbers of the file one way.",
                    )
                if len(mixed) < _KEPT:
                    mixed.append(number)
        if row is None and (found := _holed(line, notation, width)) is not None:
            row, words = found
            odd_count += len(words)
            odd += [(number, word[:40]) for word in words[: _KEPT - len(odd)]]
        if row is None:
            unread_count += 1
            if len(unread) < MAX_BETWEEN:
                unread.append((number, line.strip()[:_LONGEST_LINE]))
        else:
            values.append(row)
            numbers.append(number)
    array = np.array(values, dtype=np.float64).reshape(-1, width)
    at = np.array(numbers, dtype=np.int64)
    return _Rows(array, at, tuple(unread), unread_count, tuple(mixed), tuple(odd), odd_count)


def _holed(line: str, notation: Notation, width: int) -> tuple[list[float], list[str]] | None:
    """A row that begins with a number and has words where others are, and those words.

    Of two columns, the second may be missing altogether.
    """
    cells = cells_of(line, notation.delimiter)
    if len(cells) == 1 and width == 2:
        cells.append("")
    if len(cells) != width or _leading_is_missing(cells[0], notation):
        return None
    row = [number_of(cell, notation.decimal) for cell in cells]
    words = [cell or "no cell" for cell, v in zip(cells, row, strict=True) if v is None or not cell]
    return [math.nan if value is None else value for value in row], words


def _leading_is_missing(cell: str, notation: Notation) -> bool:
    value = number_of(cell, notation.decimal)
    return value is None or math.isnan(value)


def _quick(lines: Sequence[str], notation: Notation, width: int) -> NDArray[np.float64] | None:
    """All rows at once by numpy, or None where any line needs a closer look."""
    body: Any = lines
    if notation.decimal == ",":
        joined = "\n".join(lines)
        if "." in joined:
            return None
        body = joined.replace(",", ".").split("\n")
    try:
        values = np.loadtxt(
            body, dtype=np.float64, delimiter=notation.delimiter, comments=None, ndmin=2
        )
    except ValueError:
        return None
    if values.shape[1] != width or not np.isfinite(values).all():
        return None
    return values


def _row(
    line: str, delimiter: str | None, decimals: tuple[str, ...], width: int
) -> list[float] | None:
    cells = cells_of(line, delimiter)
    if len(cells) > width or len(cells) < 2:
        cells = cells_of(re.split(r"#|//|!", line, maxsplit=1)[0], delimiter)
    if len(cells) == width - 1 and line.rstrip().endswith(delimiter or "\0"):
        cells.append("")
    if len(cells) != width:
        return None
    row: list[float] = []
    for cell in cells:
        tried = (number_of(cell, decimal) for decimal in decimals)
        value = next((found for found in tried if found is not None), None)
        if value is None:
            return None
        row.append(value)
    return None if all(map(math.isnan, row)) else row


def _ambiguous(line: str, notation: Notation) -> bool:
    """Whether a cell in the other style may be thousands as well as decimals: 1,234."""
    return any(
        GROUPED.match(cell)
        and not cell.lstrip("+-").startswith("0")
        and number_of(cell, notation.decimal) is None
        for cell in cells_of(line, notation.delimiter)
    )


def _header(
    lines: Sequence[str], first: int, notation: Notation, width: int
) -> tuple[tuple[str, ...], tuple[str, ...], int]:
    """Names, units, and the header's line: the lines above the numbers with as many cells."""
    empty = ("",) * width
    found: list[tuple[int, list[str]]] = []
    at = first - 1
    while at >= 0 and len(found) < 2:
        line = lines[at]
        if not line.strip():
            at -= 1
            continue
        cells = _header_cells(line, notation, width)
        if cells is None:
            break
        # A second header line is written like the first: a remark above it is none.
        if found and (
            is_comment(line) != is_comment(lines[found[0][0] - 1])
            or max(map(len, cells)) > _LONGEST_NAME
        ):
            break
        found.append((at + 1, cells))
        at -= 1
    if not found:
        return empty, empty, 0
    if len(found) == 1:
        line_number, names = found[0]
        return tuple(names), empty, line_number
    (_, units), (line_number, names) = found
    if sum(len(unit) for unit in units) > 40 * width:
        return tuple(units), empty, found[0][0]
    return tuple(names), tuple(units), line_number


def _header_cells(line: str, notation: Notation, width: int) -> list[str] | None:
    bare = line.strip()
    if is_comment(bare):
        bare = re.sub(r"^\s*(?:#|//|;|%(?!\s*[TtRr]\b)|\*|!)+", "", bare).strip()
    for delimiter in dict.fromkeys((notation.delimiter, "\t", ";", ",", "|")):
        if delimiter is None:
            # Names may hold single spaces; units stand in brackets.
            cells = re.split(r"\t+|\s{2,}", bare)
            if len(cells) != width:
                cells = re.findall(r"[^\s(\[]+(?:\s*[(\[][^)\]]*[)\]])?", bare)
        else:
            cells = [cell.strip().strip('"') for cell in bare.split(delimiter)]
            if len(cells) == width + 1 and not cells[-1]:
                cells.pop()
            if len(cells) != width and delimiter == "\t":
                cells = [cell.strip() for cell in re.split(r"\t+", bare)]
        if len(cells) == width and any(number_of(cell, notation.decimal) is None for cell in cells):
            return cells
    return None
