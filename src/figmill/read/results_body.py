"""The rows of a Results file: names row, numbers, and all that stands between them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from figmill.errors import InputError
from figmill.extras import is_installed
from figmill.notes import Note
from figmill.read.parquet import polars, polars_errors

Column = NDArray[np.float64] | tuple[str, ...]

NO_READING = 9.9e37
"""Keithley and others write 9.9e37 for an overflow and 9.91e37 for no reading, of either sign."""

_DELIMITERS = (",", ";", "\t")
_MOST_SHORT = 0.1
_HINT = "Measure again, or repair the file by hand; it is left out of the stage."
_COMMA = re.compile(r"[-+]?\d*,\d+(?:[eE][-+]?\d+)?")


def read_body(
    body: bytes, encoding: str, file: str | Path, first_line: int, parameters: Mapping[str, str]
) -> tuple[dict[str, Column], tuple[Note, ...]]:
    """Read the names row and the rows below it.

    Parameters
    ----------
    body
        From the names row on, with line ends made one.
    encoding, file
        Of the text, and its name for messages.
    first_line
        The number of the names row's line.
    parameters
        Of the header, to compare a repeated header with.

    Returns
    -------
    columns : dict of str to ndarray or tuple of str
        By name; float64 of shape (rows,), NaN where there is no number.
    notes : tuple of Note
        What was left out, put right or assumed.

    Raises
    ------
    figmill.errors.InputError
        There are no rows, or one has too many fields, or many have too few.
    """
    head, _, rows = body.partition(b"\n")
    header = head.decode(encoding, "replace")
    delimiter = _delimiter(header, rows)
    given = next(csv.reader([header], delimiter=delimiter))
    if len(given) > 1 and not given[-1].strip():
        given.pop()
    names = _unique(given)
    notes = [
        Note.doubt(
            "column-repeated",
            f"a column's name stands twice: this one is {name!r}, and figures take the first",
            f"line {first_line}, column {place + 1}",
        )
        for place, name in enumerate(names)
        if name != given[place].strip()
    ]
    if not rows.strip():
        raise InputError(
            "The measurement has no rows.", file=file, place=f"line {first_line}", hint=_HINT
        )
    columns = _all_numbers(rows, names) if delimiter == "," else None
    if columns is None:
        text = rows.decode(encoding, "replace")
        kept, more = _rows(text, delimiter, header, names, file, first_line + 1, parameters)
        notes += more
        columns, more = _columns(kept, names, comma=delimiter != ",")
        notes += more
    notes += _without_overflows(columns)
    return columns, tuple(notes)


def without_overflows(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The values, with NaN for those that mean no reading; shape (n,)."""
    over = np.isfinite(values) & (np.abs(values) >= NO_READING)
    return np.where(over, np.nan, values) if over.any() else values


def _without_overflows(columns: dict[str, Column]) -> Iterator[Note]:
    for name, values in columns.items():
        if isinstance(values, tuple):
            continue
        kept = without_overflows(values)
        if kept is not values:
            over = int((np.isnan(kept) & ~np.isnan(values)).sum())
            columns[name] = kept
            text = f"{over} of {values.size} values mean no reading (9.9e37 and more): missing"
            yield Note.loss("overflow-missing", text, f"column {name!r}")


def _delimiter(header: str, rows: bytes) -> str:
    """What separates the columns: what cuts the names row and most of the first rows alike."""
    first = [line for line in rows[:4000].split(b"\n")[:20] if line and not line.startswith(b"#")]
    for mark in _DELIMITERS:
        count = header.rstrip(mark).count(mark)
        if count and sum(line.count(mark.encode()) >= count for line in first) * 2 >= len(first):
            return mark
    return ","


def _unique(names: Sequence[str]) -> list[str]:
    taken: dict[str, int] = {}
    result = []
    for name in (name.strip() for name in names):
        taken[name] = taken.get(name, 0) + 1
        result.append(name if taken[name] == 1 else f"{name} [{taken[name]}]")
    return result


def _all_numbers(rows: bytes, names: Sequence[str]) -> dict[str, Column] | None:
    if not is_installed("polars"):
        return None  # the long way reads the same
    pl = polars()
    try:
        frame = pl.read_csv(
            io.BytesIO(rows),
            has_header=False,
            new_columns=list(names),
            schema={name: pl.Float64() for name in names},
        )
    except polars_errors():
        return None
    # polars fills short rows and blank fields with null, silently.
    if frame.width != len(names) or sum(frame.null_count().row(0)):
        return None
    return {name: frame[name].to_numpy() for name in names}


def _rows(
    text: str,
    delimiter: str,
    header: str,
    names: Sequence[str],
    file: str | Path,
    first_line: int,
    parameters: Mapping[str, str],
) -> tuple[list[list[str]], list[Note]]:
    """Cut the rows into fields; lines that are none are left out and told."""
    notes: list[Note] = []
    lines, comments = _lines(text, delimiter, len(names), first_line)
    notes += _comment_notes(comments, parameters)
    again = [fields.strip() for fields in header.rstrip(delimiter).split(delimiter)]
    repeated = [
        number
        for number, fields in lines
        if [part.strip() for part in fields][: len(again)] == again
    ]
    if repeated:
        text = "the names row stands here again: several files are joined, and are read as one run"
        notes.append(Note.doubt("names-row-repeated", text, f"line {repeated[0]}"))
        lines = [line for line in lines if line[0] not in set(repeated)]
    if lines and all(len(fields) > len(names) and not fields[-1].strip() for _, fields in lines):
        lines = [(number, fields[:-1]) for number, fields in lines]
    rows: list[list[str]] = []
    short: list[int] = []
    for place, (number, fields) in enumerate(lines):
        if len(fields) == len(names):
            rows.append(fields)
        elif place == len(lines) - 1 and rows:
            text = "the last row is incomplete and is left out"
            notes.append(Note.loss("row-incomplete", text, f"line {number}"))
        elif len(fields) < len(names):
            short.append(number)
        else:
            raise _misfit(len(fields), len(names), file, number)
    if short and len(short) > max(1, _MOST_SHORT * len(lines)):
        wrong = next(fields for number, fields in lines if number == short[0])
        raise _misfit(len(wrong), len(names), file, short[0])
    if short:
        text = f"rows with too few values are left out: {len(short)} of {len(lines)}"
        notes.append(Note.loss("row-too-short", text, f"line {short[0]}"))
    if not rows:
        raise InputError(
            "The measurement has no rows.", file=file, place=f"line {first_line}", hint=_HINT
        )
    return rows, notes


def _misfit(found: int, wanted: int, file: str | Path, line: int) -> InputError:
    return InputError(
        f"A row has {found} values where {wanted} are expected.",
        file=file,
        place=f"line {line}",
        hint=_HINT,
    )


def _lines(
    text: str, delimiter: str, count: int, first_line: int
) -> tuple[list[tuple[int, list[str]]], list[tuple[int, str]]]:
    """Numbered rows, cut into fields, and numbered comments."""
    comments: list[tuple[int, str]] = []
    plain = text.split("\n")
    for place, line in enumerate(plain):
        before, mark, after = line.partition("#")
        if not mark:
            continue
        # A # within a text is a part of it; one behind a whole row of numbers is a comment.
        fields = before.split(delimiter)
        if not before.strip() or (len(fields) == count and all(map(_number, fields))):
            plain[place] = before.rstrip()
            comments.append((first_line + place, after))
    reader = csv.reader(io.StringIO("\n".join(plain)), delimiter=delimiter)
    lines = [(first_line + reader.line_num - 1, fields) for fields in reader if fields]
    return lines, comments


def _comment_notes(
    comments: Sequence[tuple[int, str]], parameters: Mapping[str, str]
) -> Iterator[Note]:
    if not comments:
        return
    line, first = comments[0]
    if any(text.startswith("Procedure:") for _, text in comments):
        others = [
            name
            for _, text in comments
            for name, mark, value in [text.strip().partition(": ")]
            if mark and parameters.get(name.strip(), value.strip()) != value.strip()
        ]
        if others:
            told = f"the settings of the first count, and {', '.join(others)} differ"
            text = f"a second header stands among the rows: {told}"
            yield Note.doubt("header-repeated", text, f"line {line}")
        else:
            text = "a second header, with the same settings, stands among the rows"
            yield Note.info("header-alike", text, f"line {line}")
    else:
        text = f"comments among the rows are passed over: {len(comments)}, such as {first!r:.60}"
        yield Note.info("comments-among-rows", text, f"line {line}")


def _columns(
    rows: Sequence[Sequence[str]], names: Sequence[str], *, comma: bool
) -> tuple[dict[str, Column], list[Note]]:
    """Texts to numbers, column by column; `comma` allows 0,5 for 0.5."""
    notes: list[Note] = []
    columns: dict[str, Column] = {}
    commas = 0
    for place, name in enumerate(names):
        texts = tuple(row[place].strip() for row in rows)
        read = tuple(_with_point(text) for text in texts) if comma else texts
        commas += sum(a != b for a, b in zip(read, texts, strict=True))
        numbers = [_number(text) for text in read]
        where = f"column {name!r}"
        odd = [text for text, number in zip(texts, numbers, strict=True) if number is None and text]
        known = sum(number is not None for number in numbers)
        if odd and known < len(odd):
            columns[name] = texts
            if known:
                row = texts.index(odd[0]) + 1
                text = f"{len(odd)} of {len(texts)} values are not numbers, such as {odd[0]!r:.40}"
                notes.append(Note.loss("numbers-among-texts", text, f"{where}, row {row}"))
            else:
                notes.append(Note.info("column-of-texts", "it holds texts", where))
            continue
        columns[name] = np.array([np.nan if one is None else one for one in numbers])
        if odd:
            row = texts.index(odd[0]) + 1
            text = (
                f"{len(odd)} of {len(texts)} values are not numbers, such as {odd[0]!r:.40}: "
                "they are missing"
            )
            notes.append(Note.loss("numbers-among-texts", text, f"{where}, row {row}"))
        if 0 < (empty := texts.count("")) < len(texts):
            text = f"fields without a value are missing: {empty} of {len(texts)}"
            notes.append(Note.loss("fields-empty", text, where))
    if commas:
        notes.append(Note.info("decimal-comma", f"{commas} numbers have a decimal comma"))
    return columns, notes


def _with_point(text: str) -> str:
    return text.replace(",", ".") if _COMMA.fullmatch(text) else text


def _number(text: str) -> float | None:
    """The number that a text is; a complex one without imaginary part is real."""
    text = text.strip()
    try:
        return float(text) if "_" not in text else None
    except ValueError:
        pass
    if not text.endswith(("j", "j)")):
        return None
    try:
        value = complex(text)
    except ValueError:
        return None
    return value.real if value.imag == 0 else None
