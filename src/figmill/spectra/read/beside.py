"""Tables that stand side by side in a text: a list of peaks beside a spectrum, pairs of x and y.

Columns are of one table where they share an axis. Another table begins at a column that is named as
an axis once more, behind a y, or at columns that are filled in fewer rows, all in the same ones.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from figmill.read.text_notation import cells_of, decode, is_comment, number_of
from figmill.read.text_table import Table, read_table
from figmill.spectra.read.units import kind_of, plain, x_of

_FEW = 3
"""So many rows must follow the step of an axis, or lie below a table, to say anything."""
_LIST = re.compile(
    r"\bpeaks?\b|\bpos(ition)?\b|\bbands?\b|\bmaxim\w*|\bcent(er|re)\b|^#$|^n[or]\.?$"
)
_LEAP = 50.0
"""Steps of an axis that still goes on: detectors may leave some out."""
_MOST = 2_000
"""Columns; wider tables hold many spectra over one axis."""


@dataclass(frozen=True, slots=True)
class Part:
    """Columns of a table that belong together.

    Parameters
    ----------
    table
        These columns alone, and the rows in which they are filled.
    columns
        Which they are in the whole table, from 0.
    """

    table: Table
    columns: tuple[int, ...]


def read_evened(path: Path, data: bytes) -> Table:
    """Read a table whose rows may be of two widths, since a shorter table stands beside it.

    Parameters
    ----------
    path, data
        As for `figmill.read.text_table.read_table`.

    Raises
    ------
    figmill.errors.InputError
        As `read_table` does.
    """
    table = read_table(path, data)
    if not (_wider_above(table) or _narrower_below(table)):
        return table
    evened = _evened(path, data, table)
    return table if evened is None else read_table(path, evened)


def parts_of(table: Table) -> tuple[Part, ...]:
    """The tables that stand side by side in one; nearly always it is one alone.

    Parameters
    ----------
    table
        What `read_evened` gave.
    """
    width = table.shape[1]
    whole = (Part(table, tuple(range(width))),)
    if not 3 < width <= _MOST:
        return whole
    starts = _by_names(table) or _by_rows(table) or _by_pairs(table)
    if len(starts) < 2:
        return whole
    ends = [*starts[1:], width]
    return tuple(_part(table, range(a, b)) for a, b in zip(starts, ends, strict=True))


def _wider_above(table: Table) -> bool:
    """Whether the line above the rows is a row as well, with more cells or with words in some."""
    if not table.preamble or is_comment(table.preamble[-1]):
        return False
    cells = cells_of(table.preamble[-1], table.notation.delimiter)
    return len(cells) >= table.shape[1] and _row(cells, table.notation.decimal) is not None


def _narrower_below(table: Table) -> bool:
    """Whether rows of fewer cells follow the last row."""
    last = int(table.lines[-1]) if len(table) else 0
    below = [line for number, line in table.between[-_MOST:] if number > last][:_FEW]
    if len(below) < _FEW:
        return False
    rows = [cells_of(line, table.notation.delimiter) for line in below]
    return all(
        1 < len(cells) < table.shape[1] and _row(cells, table.notation.decimal) is not None
        for cells in rows
    )


def _row(cells: Sequence[str], decimal: str) -> list[float] | None:
    """The numbers of a line, NaN for words; None without two numbers at one of its ends."""
    values = [number_of(cell, decimal) for cell in cells]
    row = [math.nan if value is None else value for value in values]
    for pair in (row[:2], row[-2:]):
        if len(pair) == 2 and np.isfinite(pair).all():
            return row
    return None


def _evened(path: Path, data: bytes, table: Table) -> bytes | None:
    """The text with all rows of one width, where one axis goes on through all of them."""
    text, _ = decode(data, path)
    lines = text.replace("\N{MINUS SIGN}", "-").splitlines()
    mark, decimal = table.notation.delimiter, table.notation.decimal
    rows: list[tuple[int, list[str], list[float]]] = []
    for number, line in enumerate(lines):
        cells = [] if is_comment(line) else cells_of(line, mark)
        row = _row(cells, decimal)
        if row is not None:
            rows.append((number, cells, row))
        elif rows and line.strip():
            break
    widths = [len(cells) for _, cells, _ in rows]
    if len(rows) < _FEW or any(b > a for a, b in pairwise(widths)):
        return None
    wide = widths[0]
    grid = np.full((len(rows), wide), np.nan)
    for at, (_, _, row) in enumerate(rows):
        grid[at, : len(row)] = row
    if not any(_goes_on(grid[:, column]) for column in range(wide)):
        return None
    joint = mark if mark is not None else " "
    for number, cells, row in rows:
        kept = [cell if np.isfinite(v) else "nan" for cell, v in zip(cells, row, strict=True)]
        lines[number] = joint.join([*kept, *["nan"] * (wide - len(cells))])
    above = rows[0][0] - 1
    if above >= 0 and mark is not None:  # names of the longer table alone
        names = lines[above].split(mark)
        if 1 < len(names) < wide and not any(number_of(n.strip(), decimal) for n in names):
            lines[above] = mark.join([*names, *["#"] * (wide - len(names))])
    return "\n".join(lines).encode("utf-8") + b"\n"


def _goes_on(values: NDArray[np.float64]) -> bool:
    """Whether a column is an axis without a leap from its first row to its last."""
    steps = np.diff(values)
    if not (np.isfinite(values).all() and ((steps > 0).all() or (steps < 0).all())):
        return False
    size = np.abs(steps)
    return float(size.max()) <= _LEAP * float(np.median(size))


def _is_axis(table: Table, column: int) -> bool:
    text = f"{table.names[column]} {table.units[column]}".strip()
    return bool(text) and x_of(text)[2] and kind_of(text) is None


def _by_names(table: Table) -> list[int]:
    """Where axes are named, each with another column behind it: cm-1, A, cm-1, A."""
    axes = [column for column in range(table.shape[1]) if _is_axis(table, column)]
    starts = [column for column in axes if column - 1 not in axes]
    ends = [*starts[1:], table.shape[1]]
    if len(starts) < 2 or starts[0] != 0:
        return []
    each = [any(c not in axes for c in range(a, b)) for a, b in zip(starts, ends, strict=True)]
    return starts if all(each) else []


def _by_rows(table: Table) -> list[int]:
    """Where two columns or more are filled in other rows than those beside them, and are a list."""
    filled = np.isfinite(table.values)
    counts = filled.sum(axis=0)
    most = int(counts.max())
    sparse = 2 * counts < most
    if not sparse.any() or sparse.all():
        return []
    starts = [0]
    for column in range(1, table.shape[1]):
        same = bool(sparse[column] == sparse[column - 1]) and (
            not sparse[column]
            or 0 in (counts[column], counts[column - 1])  # words, or a column left empty
            or bool((filled[:, column] == filled[:, column - 1]).all())
        )
        if not same:
            starts.append(column)
    ends = [*starts[1:], table.shape[1]]
    main = table.values[:, int(np.argmax(counts))]
    for a, b in zip(starts, ends, strict=True):
        if b - a < 2 or (sparse[a] and not _is_list(table, range(a, b), main)):
            return []
    return starts


def _is_list(table: Table, columns: range, axis: NDArray[np.float64]) -> bool:
    """Whether columns are a table of their own: one of them is an axis, or is called one."""
    words = [f"{table.names[c]} {table.units[c]}".strip() for c in columns]
    if any(words):
        return any(_is_axis(table, c) for c in columns) or any(
            _LIST.search(plain(word)) for word in words
        )
    low, high = float(np.nanmin(axis)), float(np.nanmax(axis))
    values = table.values[:, columns]
    within = (values >= low) & (values <= high) | np.isnan(values)
    return bool(within.all(axis=0).any())


def _by_pairs(table: Table) -> list[int]:
    """Where no column is named and x, y, x, y follow one another."""
    width = table.shape[1]
    if width % 2 or any(table.names):
        return []
    first = table.values[np.isfinite(table.values[:, 0]), 0]
    if first.size <= _FEW:
        return []
    low, high = float(first.min()), float(first.max())
    for column in range(0, width, 2):
        x = table.values[:, column]
        filled = np.isfinite(x)
        steps = np.diff(x[filled])
        if steps.size < _FEW or not ((steps > 0).all() or (steps < 0).all()):
            return []
        if not low <= float(np.median(x[filled])) <= high:
            return []
        y = table.values[filled, column + 1]
        turns = np.diff(y[np.isfinite(y)])
        if (turns > 0).all() or (turns < 0).all():
            return []
    return list(range(0, width, 2))


def _part(table: Table, columns: Sequence[int]) -> Part:
    chosen = list(columns)
    values = table.values[:, chosen]
    rows = np.isfinite(values).any(axis=1)
    made = replace(
        table,
        values=values[rows],
        names=tuple(table.names[c] for c in chosen),
        units=tuple(table.units[c] for c in chosen),
        lines=table.lines[rows],
        first_line=int(table.lines[rows][0]) if rows.any() else table.first_line,
    )
    return Part(made, tuple(chosen))
