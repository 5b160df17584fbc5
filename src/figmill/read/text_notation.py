"""How a text file writes its numbers: encoding, delimiter, decimal mark, found by trying them."""

from __future__ import annotations

import codecs
import csv
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from figmill.errors import InputError

COMMENTS = ("#", "//", ";", "%", "*", "!")
GROUPED = re.compile(r"^[+-]?\d{1,3}(?:[.,]\d{3})+$")
"""Digits that may be thousands or decimals: 1,234."""

_MISSING = frozenset(
    {
        *(
            "",
            "nan",
            "na",
            "n/a",
            "n.a.",
            "null",
            "none",
            "nil",
            "nd",
            "n.d.",
            "n/d",
            "inf",
            "-inf",
        ),
        *(
            "over",
            "overflow",
            "overrange",
            "over range",
            "ovr",
            "ovl",
            "ovld",
            "under",
            "underflow",
        ),
        *("sat", "sat.", "saturated", "out of range", "off scale", "bdl", "lod", "invalid"),
    }
)
# Marks alone (---, ****), errors of spreadsheets (#DIV/0!, #NV) and of Microsoft's C library
# (1.#QNAN, -1.#IND), and limits of what was measured (>3.0).
_NO_NUMBER = re.compile(
    r"[-*?.=~_]+|#+|#n/?[av]|#[^\s#]+[!?]|[+-]?1[.,]#(?:qnan|snan|nan|ind|inf)\d*"
    r"|[<>≤≥]=? ?[+-]?\d+(?:[.,]\d+)?(?:e[+-]?\d+)?",
    re.IGNORECASE,
)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?(?:[eE][+-]?\d+)?")
_SPACED = re.compile(r"(?<=\d)[\u00a0\u202f\u2009'\u2019](?=\d{3}(?!\d))")
_SAMPLE = 64
_DELIMITERS: tuple[str | None, ...] = ("\t", ";", "|", ",", None)
_NAMES = {"\t": "tab", ";": "semicolon", "|": "bar", ",": "comma", None: "white space"}
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Notation:
    """How a text file writes its numbers."""

    encoding: str
    delimiter: str | None
    decimal: str

    def __str__(self) -> str:
        mark = "comma" if self.decimal == "," else "point"
        return f"{self.encoding}, {_NAMES[self.delimiter]} between columns, decimal {mark}"


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
        # Some writers pad a line of their header with zero bytes; nothing else of it is binary.
        if not (b"\n" in head or b"\r" in head) or head.count(b"\0") > 0.3 * len(head):
            raise _binary(file)
        data = data.replace(b"\0", b"")
        head = data[:4096]
    control = sum(head.count(byte) for byte in range(32) if byte not in b"\t\n\r\f\x1a")
    if control > 0.01 * len(head):
        raise _binary(file)
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"


def is_comment(line: str) -> bool:
    """Whether a line is marked as a remark."""
    bare = line.lstrip()
    # A leading semicolon may also stand for an empty first cell.
    return bare.startswith(COMMENTS) and not (bare[0] == ";" and cells_of(bare, ";")[1:2] != [])


def cells_of(line: str, delimiter: str | None) -> list[str]:
    """The cells of a line, without quotes and surrounding space."""
    if '"' in line:
        if delimiter is None:
            line = line.replace('"', " ")
        else:
            reader = csv.reader([line], delimiter=delimiter, skipinitialspace=True)
            cells = [cell.strip() for cell in next(reader, [])]
            # Beside a number with a decimal point, commas in quotes part thousands.
            if delimiter == "," and any("." in c and "," not in c for c in cells):
                cells = [c.replace(",", "") if _THOUSANDS.fullmatch(c) else c for c in cells]
            return cells[:-1] if len(cells) > 2 and not cells[-1] else cells
    if delimiter is None:
        return line.split()
    cells = [cell.strip() for cell in line.split(delimiter)]
    # "1.0, 2.0," is two columns whose writer closes every cell.
    if len(cells) > 2 and not cells[-1]:
        cells.pop()
    return cells


def number_of(cell: str, decimal: str) -> float | None:
    """The cell's number, NaN where it says that there is none, or None where it is not a number."""
    text = cell
    if decimal == ",":
        if "." in text:
            text = text.replace(".", "") if GROUPED.match(text.split(",")[0]) else "x"
        text = text.replace(",", ".")
    elif "," in text and "." in text and _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    try:
        value = float(text)
    except ValueError:
        if is_missing(cell):
            return float("nan")
        if (closed := _SPACED.sub("", cell)) != cell:
            return number_of(closed, decimal)
        return _fortran(text)
    if "_" in text:
        return None
    return value if np.isfinite(value) else float("nan")


def is_missing(cell: str) -> bool:
    """Whether a cell says that there is no number: empty, OVER, ---, #DIV/0!, 1.#QNAN, ND, >3.0.

    Examples
    --------
    >>> [is_missing(cell) for cell in ("", "OVER", "****", "-1.#IND", "> 3.0", "Sample 1", "7")]
    [True, True, True, True, True, False, False]
    """
    return cell.lower() in _MISSING or _NO_NUMBER.fullmatch(cell) is not None


def _fortran(text: str) -> float | None:
    """1.5D-03, 1.5d3."""
    if "d" not in text.lower():
        return None
    try:
        return float(re.sub("[dD]", "e", text, count=1))
    except ValueError:
        return None


def numbers_in(cells: Sequence[str], decimal: str) -> int:
    """How many cells are true numbers, or -1 where any is neither number nor missing."""
    count = 0
    for cell in cells:
        value = number_of(cell, decimal)
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


def find_notation(path: Path, lines: Sequence[str], encoding: str) -> tuple[Notation, int, int]:
    """The notation under which most lines are rows of numbers, the first row, and its width."""
    sample = [
        (n, line) for n, line in _sample(lines) if _DIGIT.search(line) and not is_comment(line)
    ]
    best: tuple[float, int] = (0.0, 0)
    chosen: Notation | None = None
    # The width under a notation that reads nearly all: what comes later need not be tried.
    clear = 0
    for rank, delimiter in enumerate(_DELIMITERS):
        for decimal in (".", ","):
            # Decimal commas between commas are told apart where the cells stand in quotes.
            if decimal == delimiter and not any('"' in line for _, line in sample):
                continue
            widths: Counter[int] = Counter()
            for _, line in sample:
                if delimiter is not None and delimiter not in line:
                    continue
                cells = cells_of(line, delimiter)
                if len(cells) > 1 and numbers_in(cells[:64], decimal) > 0:
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
    if chosen is None and (number := _in_both_styles(sample)) is not None:
        raise InputError(
            "some columns are written with decimal points, others with decimal commas.",
            file=path,
            place=f"line {number + 1}",
            hint="Write all numbers of the file one way.",
        )
    if chosen is None:
        raise InputError(
            "there are no rows of numbers in it.",
            file=path,
            hint="A table of two columns at least is expected: x and y of a spectrum.",
        )
    if chosen.delimiter == "," != chosen.decimal and _split_decimals(sample):
        raise InputError(
            "commas both part the columns and stand for the decimal point.",
            file=path,
            place=f"line {sample[-1][0] + 1}",
            hint="Export it with semicolons between the columns, or with decimal points.",
        )
    width = clear or modal_width(lines, chosen)
    for number, line in enumerate(lines):
        if is_comment(line):
            continue
        cells = cells_of(line, chosen.delimiter)
        if len(cells) == width and numbers_in(cells, chosen.decimal) > 0:
            return chosen, number, width
    raise InputError("there are no rows of numbers in it.", file=path, hint="Look at the file.")


def _in_both_styles(sample: Sequence[tuple[int, str]]) -> int | None:
    """The first line whose cells are all numbers, if each may be written its own way."""
    for number, line in sample:
        for delimiter in ("\t", ";", "|", None):
            cells = cells_of(line, delimiter)
            if len(cells) > 1 and all(
                numbers_in([cell.replace(",", ".")], ".") > 0 for cell in cells
            ):
                return number
    return None


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


def modal_width(lines: Sequence[str], notation: Notation) -> int:
    """How many cells most rows have."""
    widths: Counter[int] = Counter()
    for _, line in _sample(lines):
        if is_comment(line):
            continue
        cells = cells_of(line, notation.delimiter)
        if len(cells) > 1 and numbers_in(cells[:64], notation.decimal) > 0:
            widths[len(cells)] += 1
    # Of two widths that are as common, the wider: a short row has lost cells.
    return max(widths, key=lambda width: (widths[width], width)) if widths else 0


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
        "this is not a text file.",
        file=file,
        hint="Its suffix says otherwise: give the instrument's own file with its own suffix, "
        "or export the spectrum as text.",
    )
