"""The table of cusp crossings: for each orbit and instrument, its first and last record."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from figmill.errors import InputError
from figmill.fast.options import INSTRUMENTS

CUSP_TABLE = "FAST_Cusp_Indices.csv"
"""Its usual name."""

Marks = tuple[int, int]
CuspTable = Mapping[int, Mapping[str, Marks]]

_ORBIT = "Orbit Number"


def read_cusp_files(path: str | Path) -> Mapping[int, Mapping[str, str]]:
    """The names of the files that a table's indices count the records of, where it has them.

    Raises
    ------
    InputError
        As for `read_cusps`.
    """
    found: dict[int, dict[str, str]] = {}
    for number, row in enumerate(_rows(path), start=2):
        orbit = _index(row.get(_ORBIT), number)
        if orbit is not None:
            names = {name: (row.get(f"{name} File") or "").strip() for name in INSTRUMENTS}
            found[orbit] = {name: file for name, file in names.items() if file}
    return found


def read_cusps(path: str | Path) -> CuspTable:
    """Read a cusp table: tab separated, one row an orbit; rows may be short.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    mapping
        By orbit, and by instrument where it has both indices: the first and the last record in
        that instrument's file, counted from 0.

    Raises
    ------
    InputError
        If it cannot be read, has other columns, or an index is not a whole number.
    """
    try:
        return cusps_of(_rows(path))
    except InputError as error:
        error.file = str(path)
        raise


def _rows(path: str | Path) -> list[dict[str, str]]:
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"The cusp table cannot be read ({error}).", file=path, hint="Give a text file."
        ) from error
    lines = text.splitlines()
    delimiter = "\t" if lines and "\t" in lines[0] else ","
    return list(csv.DictReader(lines, delimiter=delimiter, restval=""))


def cusps_of(rows: Iterable[Mapping[str, Any]]) -> CuspTable:
    """Take the indices out of a table's rows.

    Parameters
    ----------
    rows
        Mappings with ``Orbit Number`` and, for each instrument, ``ees min Index`` and
        ``ees Max Index``; blank where there is none.

    Raises
    ------
    InputError
        If a column is missing or an index is not a whole number.
    """
    table: dict[int, dict[str, Marks]] = {}
    for number, row in enumerate(rows, start=2):
        if _ORBIT not in row:
            raise InputError(
                f"There is no column {_ORBIT!r}.",
                hint="The table is tab separated, with a first line that names its columns.",
            )
        orbit = _index(row[_ORBIT], number)
        if orbit is None:
            continue
        marks = table.setdefault(orbit, {})
        for instrument in INSTRUMENTS:
            first = _index(row.get(f"{instrument} min Index"), number)
            last = _index(row.get(f"{instrument} Max Index"), number)
            if first is not None and last is not None:
                marks[instrument] = (min(first, last), max(first, last))
    return table


def _index(value: Any, line: int) -> int | None:
    # A data frame gives whole numbers beside blanks as floats, and blanks as NaN.
    text = "" if value is None or value != value else str(value).strip()  # noqa: PLR0124 - NaN
    if not text:
        return None
    try:
        number = float(text)
        if number != int(number):
            raise ValueError
        return int(number)
    except (ValueError, OverflowError) as error:
        raise InputError(
            f"{text!r} is not a whole number.", place=f"line {line}", hint="Correct the table."
        ) from error
