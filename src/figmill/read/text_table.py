"""Tables of numbers in text files, whatever the notation.

`read_table` finds encoding, delimiter and decimal mark, what stands before the numbers, and the
numbers, one by one: a row that cannot be read is reported with its line, never dropped in silence,
and a header never costs a row.
"""

from __future__ import annotations

import codecs
import csv
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figmill.errors import InputError

MAX_COLUMNS = 20_000
_COMMENTS = ("#", "//", ";", "%", "*", "!")
_MISSING = frozenset(
    {"", "nan", "na", "n/a", "null", "none", "-", "--", "nil", "#n/a", "inf", "-inf"}
)
_SAMPLE = 64
_LONGEST_NAME = 40
_KEPT = 100
_DELIMITERS: tuple[str | None, ...] = ("\t", ";", "|", ",", None)
_NAMES = {"\t": "tab", ";": "semicolon", "|": "bar", ",": "comma", None: "white space"}
_GROUPED = re.compile(r"^[+-]?\d{1,3}(?:[.,]\d{3})+$")
_DIGIT = re.compile(r"\d")
_PAIR = re.compile(r"^\s*[#/;%*!\s]*([^:=;,\t]{1,60}?)\s*[:=;,\t]\s*(.+?)\s*$")


@dataclass(frozen=True, slots=True)
class Notation:
    """How a text file writes its numbers."""

    encoding: str
    delimiter: str | None
    decimal: str

    def __str__(self) -> str:
        mark = "comma" if self.decimal == "," else "point"
        return f"{self.encoding}, {_NAMES[self.delimiter]} between columns, decimal {mark}"


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
        Rows that could not be read, the first hundred: line number and text.
    unread_count
        How many they are in all.
    mixed
        Line numbers of rows that were written with the other decimal mark, the first hundred.
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


def decode(data: bytes, file: str | Path | None = None) -> tuple[str, str]:
    """Text and encoding: by byte-order mark, by pattern, UTF-8, then Windows-1252.

    Raises
    ------
    figmill.errors.InputError
        If the bytes are no text.
    """
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return _decoded(data, name, file), name
    head = data[:4096]
    if len(head) > 1 and b"\0" in head:
        even, odd = head[::2].count(0), head[1::2].count(0)
        half = len(head) / 2
        if odd > 0.4 * half and even < 0.1 * half:
            return _decoded(data, "utf-16-le", file), "utf-16-le"
        if even > 0.4 * half and odd < 0.1 * half:
            return _decoded(data, "utf-16-be", file), "utf-16-be"
        raise _binary(file)
    control = sum(head.count(byte) for byte in range(32) if byte not in b"\t\n\r\f\x1a")
    if control > 0.01 * len(head):
        raise _binary(file)
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"


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
        If the file is no text, holds no numbers, or its notation cannot be told.
    """
    path = Path(path)
    if data is None:
        data = path.read_bytes()
    text, encoding = decode(data, path)
    lines = text.split("\n") if "\r" not in text else text.splitlines()
    if lines and not lines[-1]:
        lines.pop()
    notation, first, width = _notation(path, lines, encoding)
    if width > MAX_COLUMNS:
        raise InputError(
            f"there are {width:,} columns.",
            file=path,
            place=f"line {first + 1}",
            hint=f"At most {MAX_COLUMNS:,} are read: is this a table of spectra?",
        )
    rows = _rows(path, lines, first, notation, width)
    names, units, header = _header(lines, first, notation, width)
    preamble = tuple(
        line.strip() for line in lines[: header - 1 if header else first] if line.strip()
    )
    values = rows.values
    metadata: dict[str, str | float | int] = {}
    for line in preamble[:200]:
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
        rows.unread,
        rows.unread_count,
        rows.mixed,
        str(path),
        metadata,
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    values: NDArray[np.float64]
    unread: tuple[tuple[int, str], ...] = ()
    unread_count: int = 0
    mixed: tuple[int, ...] = ()


def _decoded(data: bytes, name: str, file: str | Path | None) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        raise InputError(
            f"the file says it is {name}, and byte {error.start} is not.",
            file=file,
            hint="It was cut short or edited: export it again.",
        ) from None


def _binary(file: str | Path | None) -> InputError:
    return InputError(
        "this is no text file.",
        file=file,
        hint="Its suffix says otherwise: give the instrument's own file with its own suffix, "
        "or export the spectrum as text.",
    )


def _is_comment(line: str) -> bool:
    bare = line.lstrip()
    # A leading semicolon may also stand for an empty first cell.
    return bare.startswith(_COMMENTS) and not (bare[0] == ";" and _cells(bare, ";")[1:2] != [])


def _cells(line: str, delimiter: str | None) -> list[str]:
    if '"' in line:
        if delimiter is None:
            line = line.replace('"', " ")
        else:
            reader = csv.reader([line], delimiter=delimiter, skipinitialspace=True)
            cells = [cell.strip() for cell in next(reader, [])]
            return cells[:-1] if len(cells) > 2 and not cells[-1] else cells
    if delimiter is None:
        return line.split()
    cells = [cell.strip() for cell in line.split(delimiter)]
    # "1.0, 2.0," is two columns whose writer closes every cell.
    if len(cells) > 2 and not cells[-1]:
        cells.pop()
    return cells


def _number(cell: str, decimal: str) -> float | None:
    """The cell's number, NaN where it says that there is none, or None where it is no number."""
    text = cell
    if decimal == ",":
        if "." in text:
            text = text.replace(".", "") if _GROUPED.match(text.split(",")[0]) else "x"
        text = text.replace(",", ".")
    try:
        value = float(text)
    except ValueError:
        if text.lower() in _MISSING:
            return float("nan")
        return _fortran(text)
    if "_" in text:
        return None
    return value if np.isfinite(value) else float("nan")


def _fortran(text: str) -> float | None:
    """1.5D-03, 1.5d3."""
    if "d" not in text.lower():
        return None
    try:
        return float(re.sub("[dD]", "e", text, count=1))
    except ValueError:
        return None


def _numeric(cells: Sequence[str], decimal: str) -> int:
    """How many cells are true numbers, or -1 where any is neither number nor missing."""
    count = 0
    for cell in cells:
        value = _number(cell, decimal)
        if value is None:
            return -1
        count += not math.isnan(value)
    return count


def _sample(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Lines to judge by: the first ones, some of the middle and the last."""
    total = len(lines)
    if total <= _SAMPLE:
        yield from enumerate(lines)
        return
    third = _SAMPLE // 4
    for start in (0, total // 3, 2 * total // 3, total - third):
        for number in range(start, min(start + third, total)):
            yield number, lines[number]


def _notation(path: Path, lines: Sequence[str], encoding: str) -> tuple[Notation, int, int]:
    """The notation under which most lines are rows of numbers, the first row, and its width."""
    sample = [
        (n, line) for n, line in _sample(lines) if _DIGIT.search(line) and not _is_comment(line)
    ]
    best: tuple[float, int] = (0.0, 0)
    chosen: Notation | None = None
    # The width under a notation that reads nearly all: what comes later need not be tried.
    clear = 0
    for rank, delimiter in enumerate(_DELIMITERS):
        for decimal in (".", ","):
            if decimal == delimiter:
                continue
            widths: Counter[int] = Counter()
            for _, line in sample:
                if delimiter is not None and delimiter not in line:
                    continue
                cells = _cells(line, delimiter)
                if len(cells) > 1 and _numeric(cells[:64], decimal) > 0:
                    widths[len(cells)] += 1
            if not widths:
                continue
            width, count = widths.most_common(1)[0]
            score = (float(count), -(2 * rank + (decimal == ",")))
            if score > best:
                best, chosen = score, Notation(encoding, delimiter, decimal)
                clear = width if count > 0.9 * len(sample) else 0
            if clear:
                break
        if clear:
            break
    if chosen is None:
        raise InputError(
            "there are no rows of numbers in it.",
            file=path,
            hint="A table of two columns at least is expected: x and y of a spectrum.",
        )
    if chosen.delimiter == "," and _split_decimals(sample):
        raise InputError(
            "commas both part the columns and stand for the decimal point.",
            file=path,
            place=f"line {sample[-1][0] + 1}",
            hint="Export it with semicolons between the columns, or with decimal points.",
        )
    width = clear or _modal_width(lines, chosen)
    for number, line in enumerate(lines):
        if _is_comment(line):
            continue
        cells = _cells(line, chosen.delimiter)
        if len(cells) == width and _numeric(cells, chosen.decimal) > 0:
            return chosen, number, width
    raise InputError("there are no rows of numbers in it.", file=path, hint="Look at the file.")


def _split_decimals(sample: Sequence[tuple[int, str]]) -> bool:
    """Whether columns of digits are the halves of numbers: 700,7395,0,07253."""
    odd = leading = 0
    for _, line in sample:
        cells = line.split(",")
        if (
            len(cells) % 2
            or len(cells) < 4
            or not all(c.strip().lstrip("+-").isdigit() for c in cells)
        ):
            odd += 1
        elif any(len(c.strip()) > 1 and c.strip().startswith("0") for c in cells[1::2]):
            leading += 1
    return leading > 2 and leading > odd


def _modal_width(lines: Sequence[str], notation: Notation) -> int:
    widths: Counter[int] = Counter()
    for _, line in _sample(lines):
        if _is_comment(line):
            continue
        cells = _cells(line, notation.delimiter)
        if len(cells) > 1 and _numeric(cells[:64], notation.decimal) > 0:
            widths[len(cells)] += 1
    # Of two widths that are as common, the wider: a short row has lost cells.
    return max(widths, key=lambda width: (widths[width], width)) if widths else 0


def _rows(path: Path, lines: Sequence[str], first: int, notation: Notation, width: int) -> _Rows:
    quick = _quick(lines[first:], notation, width)
    if quick is not None:
        return _Rows(quick)
    values: list[list[float]] = []
    unread: list[tuple[int, str]] = []
    mixed: list[int] = []
    unread_count = 0
    other = "." if notation.decimal == "," else ","
    for number, line in enumerate(lines[first:], first + 1):
        if not line.strip() or _is_comment(line):
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
        if row is None:
            unread_count += 1
            if len(unread) < _KEPT:
                unread.append((number, line.strip()[:80]))
        else:
            values.append(row)
    array = np.array(values, dtype=np.float64).reshape(-1, width)
    return _Rows(array, tuple(unread), unread_count, tuple(mixed))


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
    cells = _cells(line, delimiter)
    if len(cells) > width or len(cells) < 2:
        cells = _cells(re.split(r"#|//|!", line, maxsplit=1)[0], delimiter)
    if len(cells) == width - 1 and line.rstrip().endswith(delimiter or "\0"):
        cells.append("")
    if len(cells) != width:
        return None
    row: list[float] = []
    for cell in cells:
        tried = (_number(cell, decimal) for decimal in decimals)
        value = next((found for found in tried if found is not None), None)
        if value is None:
            return None
        row.append(value)
    return None if all(map(math.isnan, row)) else row


def _ambiguous(line: str, notation: Notation) -> bool:
    """Whether a cell in the other style may be thousands as well as decimals: 1,234."""
    return any(
        _GROUPED.match(cell)
        and not cell.lstrip("+-").startswith("0")
        and _number(cell, notation.decimal) is None
        for cell in _cells(line, notation.delimiter)
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
            _is_comment(line) != _is_comment(lines[found[0][0] - 1])
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
    if _is_comment(bare):
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
        if len(cells) == width and any(_number(cell, notation.decimal) is None for cell in cells):
            return cells
    return None
