"""Which columns are x and y where nobody says so, and how people name columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from itertools import pairwise

import numpy as np

from figmill.config.model import suggestion
from figmill.errors import InputError
from figmill.figure.units import typeset_unit
from figmill.notes import Note
from figmill.read.tables import Column, DataTable
from figmill.read.tables.model import Vector

_COUNTERS = re.compile(r"(?:|no\.?|nr\.?|#|index|idx|point|row|column \d+|unnamed:? ?\d*)", re.I)
_STRICT = 0.9
_EVEN = 0.02
_LISTED = 8
MOST_DRAWN = 200
"""Columns that are drawn where nobody names them."""


def is_monotonic(values: Vector) -> bool:
    """Whether a column runs one way: never back, and in nine of ten steps on.

    Examples
    --------
    >>> is_monotonic(np.array([0.0, 1.0, 1.0, 2.0] + [*range(3, 20)]))
    True
    >>> is_monotonic(np.array([0.0, 1.0, 0.0])), is_monotonic(np.zeros(5))
    (False, False)
    """
    steps = np.diff(values[np.isfinite(values)])
    if not steps.size:
        return False
    up, down = int((steps > 0).sum()), int((steps < 0).sum())
    return min(up, down) == 0 and max(up, down) >= _STRICT * steps.size


def is_stepped(values: Vector) -> bool:
    """Whether a column runs in even steps, or even ratios, as what somebody has set does.

    Examples
    --------
    >>> is_stepped(np.array([0.0, 0.1, 0.2, 0.3])), is_stepped(np.array([1.0, 10.0, 100.0]))
    (True, True)
    >>> is_stepped(np.array([0.0, 1.0, 4.0, 9.0]))
    False
    """
    known = values[np.isfinite(values)]
    if known.size < 3:
        return False
    tried = [np.diff(known)]
    if (known > 0).all():
        tried.append(np.diff(np.log(known)))
    return any(
        bool((np.abs(steps - np.median(steps)) <= _EVEN * abs(np.median(steps))).all())
        for steps in tried
    )


def is_counter(column: Column, nameless: bool) -> bool:
    """Whether a column only counts the rows: 0, 1, 2, ..., under no name or that of a counter.

    Parameters
    ----------
    column
        Any.
    nameless
        Whether no column of its table has a name: the first may well be x then.
    """
    if column.kind != "number" or not _COUNTERS.fullmatch(column.name.strip()):
        return False
    if nameless:
        return False
    values = column.numbers
    return values.size > 1 and values[0] in (0.0, 1.0) and bool((np.diff(values) == 1.0).all())


def is_nameless(table: DataTable) -> bool:
    """Whether no column of a table has a name: they are called by their numbers."""
    return all(re.fullmatch(r"column \d+", column.name) for column in table.columns)


def column_of(table: DataTable, wanted: str) -> Column:
    """The column of a name, of a name with unit, of a pattern with ``*``, or of a number from 1.

    Raises
    ------
    figmill.errors.InputError
        There is none; the message lists those there are.
    """
    for column in table.columns:
        if wanted in (column.name, column.title):
            return column
    folded = wanted.casefold()
    for column in table.columns:
        if folded in (column.name.casefold(), column.title.casefold()):
            return column
    for column in table.columns:
        if fnmatchcase(column.name.casefold(), folded) or (
            fnmatchcase(column.title.casefold(), folded)
        ):
            return column
    if wanted.isdigit() and 1 <= int(wanted) <= len(table.columns):
        return table.columns[int(wanted) - 1]
    names = [column.name for column in table.columns]
    raise InputError(
        f"there is no column {wanted!r}.",
        hint=suggestion(wanted, names) or f"Its columns: {', '.join(names[:20])}.",
    )


def columns_of(table: DataTable, wanted: str) -> tuple[Column, ...]:
    """All columns that a pattern fits, or the one of a name.

    Raises
    ------
    figmill.errors.InputError
        There is none.
    """
    if any(mark in wanted for mark in "*?"):
        folded = wanted.casefold()
        found = tuple(
            column
            for column in table.columns
            if fnmatchcase(column.name.casefold(), folded)
            or fnmatchcase(column.title.casefold(), folded)
        )
        if found:
            return found
    return (column_of(table, wanted),)


def default_x(table: DataTable, notes: list[Note]) -> Column | None:
    """The column to draw over: of times, else the only one that runs one way, else the first.

    Columns run one way where they do in each part of the table; one that is constant is x only
    where all are.

    Parameters
    ----------
    table
        Any.
    notes
        What was taken, and why, is added to it.

    Returns
    -------
    Column or None
        None where the only column of numbers is y.
    """
    nameless = is_nameless(table)
    numeric = [
        column
        for column in table.columns
        if column.kind != "text" and np.isfinite(column.numbers).any()
    ]
    counting = [column for column in numeric if is_counter(column, nameless)]
    usable = [column for column in numeric if column not in counting] or counting
    if not usable:
        raise InputError("no column of it holds numbers.", hint="Look at the file.")
    if len(usable) == 1:
        if counting and counting != usable:
            notes.append(Note.info("x-taken", f"x is {counting[0].title!r}, which counts the rows"))
            return counting[0]
        notes.append(Note.info("x-taken", "there is one column of numbers: x counts the rows"))
        return None
    running = [column for column in usable if _in_each_part(is_monotonic, column, table)]
    moments = [c for c in usable if c.kind == "time" and not is_constant(c.numbers)]
    timely = [column for column in moments if column in running]
    if not timely and usable[0].kind == "time":
        timely = moments  # a clock that was set back is still what the rest was logged over
    if timely:
        chosen = max(timely, key=lambda one: np.unique(one.numbers).size)
        which = "the only column" if len(moments) == 1 else "the finest column"
        text = f"x is {chosen.title!r}, {which} of dates and times"
        if back := _steps_back(chosen, table):
            text += f", though it goes back {back} times; name it with x if it is another"
            notes.append(Note.doubt("x-assumed", text))
        else:
            notes.append(Note.info("x-taken", text))
    elif len(running) == 1:
        text = f"x is {running[0].title!r}, the only column that runs one way"
        notes.append(Note.info("x-taken", text))
        chosen = running[0]
    else:
        varying = [c for c in usable if not is_constant(c.numbers)]
        first = (varying or usable)[0]
        # What is held over many rows was set around a sweep: x is in the sweep.
        chosen = first if running else next((c for c in varying if not _is_held(c)), first)
        why = (
            f"{len(running)} columns run one way: {_listed(running)}"
            if running
            else "no column runs one way"
        )
        which = "the first column" if chosen is usable[0] else "the first column that varies"
        text = f"x is {chosen.title!r}, {which}: {why}"
        stepped = [column for column in running if _in_each_part(is_stepped, column, table)]
        if chosen is not first:
            text = f"x is {chosen.title!r}, the first column that is not held over several rows"
            notes.append(Note.doubt("x-assumed", f"{text}; name it with x if it is another"))
        elif running and (chosen not in running or (stepped and chosen not in stepped)):
            notes.append(Note.doubt("x-assumed", f"{text}; name it with x if it is another"))
        else:
            notes.append(Note.info("x-taken", text))
    if counting and chosen not in counting:
        text = "it only counts the rows, and is not drawn"
        notes.append(Note.info("column-counts", text, f"column {counting[0].name!r}"))
    return chosen


def is_constant(values: Vector) -> bool:
    """Whether all numbers of a column are one, or there is none.

    Examples
    --------
    >>> is_constant(np.array([2.0, np.nan, 2.0])), is_constant(np.array([1.0, 2.0]))
    (True, False)
    """
    known = values[np.isfinite(values)]
    return not known.size or bool((known == known[0]).all())


def _in_each_part(holds: Callable[[Vector], bool], column: Column, table: DataTable) -> bool:
    """Whether something holds of each part of a column that has more than one row."""
    pieces = np.split(column.numbers, [at for at in table.parts if 0 < at < table.rows])
    return all(holds(piece) for piece in pieces if piece.size > 1)


def _is_held(column: Column) -> bool:
    """Whether most rows repeat the value of the row before."""
    steps = np.diff(column.numbers[np.isfinite(column.numbers)])
    return bool(steps.size) and 2 * int((steps == 0).sum()) > steps.size


def _steps_back(column: Column, table: DataTable) -> int:
    """How often a column turns against the way that it mostly runs, within the parts of a table."""
    back = 0
    for piece in np.split(column.numbers, [at for at in table.parts if 0 < at < table.rows]):
        steps = np.diff(piece[np.isfinite(piece)])
        back += min(int((steps > 0).sum()), int((steps < 0).sum()))
    return back


def is_stepwise(column: Column, table: DataTable) -> bool:
    """Whether a column of numbers has one value in each part of its table, or throughout."""
    values = column.numbers
    edges = [*table.parts, len(values)]
    if column.kind != "number" or len(values) < 2:
        return False
    for start, stop in pairwise(edges):
        known = values[start:stop]
        known = known[np.isfinite(known)]
        if known.size and np.ptp(known) > 0:
            return False
    return bool(np.isfinite(values).any())


def stepping(table: DataTable) -> Column | None:
    """The only column that is constant in each part of a table, and differs between parts."""
    if len(table.parts) < 2:
        return None
    found = [
        column
        for column in table.columns
        if is_stepwise(column, table)
        and np.ptp(column.numbers[np.isfinite(column.numbers)]) > 0
        and min(np.diff([*table.parts, table.rows])) > 1
    ]
    return found[0] if len(found) == 1 else None


def default_y(
    table: DataTable, x: Column | None, notes: list[Note], by: str | None = None
) -> tuple[Column, ...]:
    """The columns to draw: all of numbers that share the unit of the first one that varies.

    Parameters
    ----------
    table
        Any.
    x
        What they are drawn over.
    notes
        What was taken and what was passed over, and why, is added to it.
    by
        The column that tells curves apart: it is not drawn.

    Raises
    ------
    figmill.errors.InputError
        There is none besides x.
    """
    nameless = is_nameless(table)
    passed: list[str] = []
    candidates: list[Column] = []
    constant: list[Column] = []
    for column in table.columns:
        if column is x or is_counter(column, nameless):
            continue
        if by is not None and by.casefold() in (column.name.casefold(), column.title.casefold()):
            passed.append(f"{column.title!r} tells the curves apart")
        elif column.kind == "text":
            passed.append(f"{column.title!r} holds texts")
        elif column.kind == "time":
            passed.append(f"{column.title!r} holds times")
        elif not np.isfinite(column.numbers).any():
            passed.append(f"{column.title!r} has no value")
        elif is_stepwise(column, table):
            constant.append(column)
        else:
            candidates.append(column)
    if not candidates:
        candidates, constant = constant, []
    if not candidates:
        raise InputError(
            "there is no column to draw over x.",
            hint=f"Passed over: {'; '.join(passed) or 'nothing'}.",
        )
    unit = typeset_unit(candidates[0].unit)
    taken = tuple(column for column in candidates if typeset_unit(column.unit) == unit)
    passed += [f"{column.title!r} has another unit" for column in candidates if column not in taken]
    parts = " in each part" if len(table.parts) > 1 else ""
    passed += [f"{column.title!r} is constant{parts}" for column in constant]
    if len(taken) > MOST_DRAWN:
        text = f"only the first {MOST_DRAWN} of {len(taken)} columns are drawn; name others with y"
        notes.append(Note.loss("columns-too-many", text))
        taken = taken[:MOST_DRAWN]
    text = f"y is {_listed(taken)}"
    if len(taken) > 1:
        text += f", in {unit}" if unit else ", which have no unit"
    if passed:
        more = f"; and {len(passed) - _LISTED} more" if len(passed) > _LISTED else ""
        text += f"; passed over: {'; '.join(passed[:_LISTED])}{more}"
    notes.append(Note.info("y-taken", text))
    return taken


def _listed(columns: Sequence[Column]) -> str:
    more = f" and {len(columns) - _LISTED} more" if len(columns) > _LISTED else ""
    return ", ".join(repr(column.title) for column in columns[:_LISTED]) + more
