"""A table as a file of curves wants it: its columns, computed ones, values of the header."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from figmill.config.model import suggestion
from figmill.curves.cleaning import Missing
from figmill.curves.expressions import Expression
from figmill.curves.fields import Value, plain_number
from figmill.curves.sources import read_source
from figmill.curves.spec import ColumnMap, Computed
from figmill.errors import InputError
from figmill.notes import Note
from figmill.read.tables import Column, DataTable


@dataclass(frozen=True, slots=True)
class Preparation:
    """What is done to every file.

    Parameters
    ----------
    from_header
        Values by name, each from a setting.
    columns, missing, compute
        As in the file of curves.
    """

    from_header: Mapping[str, str]
    columns: Mapping[str, ColumnMap]
    missing: Missing
    compute: Mapping[str, Computed]


def prepared(
    path: Path, how: Preparation, needed: tuple[str, ...], notes: list[Note], asked: Set[str]
) -> list[tuple[DataTable, dict[str, Value]]]:
    """The tables of a file that have the columns needed, and the values of its header.

    Parameters
    ----------
    path
        The file.
    how
        What is done to it.
    needed
        Columns by their names in the file of curves.
    notes
        What was assumed or passed over is added to it.
    asked
        Values of the header without which something is not shown.

    Raises
    ------
    figmill.errors.InputError
        The file cannot be read, or no table of it has the columns.
    """
    made: list[tuple[DataTable, dict[str, Value]]] = []
    lacking: InputError | None = None
    for table in read_source(path, how.missing):
        told: list[Note] = list(table.notes)
        renamed = _renamed(table, how.columns, told)
        try:
            full = _computed(renamed, how.compute, needed)
            for name in needed:
                _require(full, name, how.columns)
        except InputError as error:
            lacking = lacking or error
            if table.title:
                text = f"the table {table.title!r} is passed over: {error.message}"
                notes.append(Note.info("table-passed-over", text))
            continue
        made.append((full, _values(full, how.from_header, told, asked)))
        notes += told
    if not made:
        assert lacking is not None
        lacking.file = lacking.file or str(path)
        raise lacking
    return made


def column_named(table: DataTable, name: str) -> Column:
    """A column by its exact name."""
    return next(column for column in table.columns if column.name == name)


def _require(table: DataTable, name: str, known: Mapping[str, ColumnMap]) -> None:
    names = [column.name for column in table.columns]
    if name in names:
        return
    wanted = f" ({' or '.join(known[name].names)})" if name in known else ""
    raise InputError(
        f"there is no column {name!r}{wanted}.",
        hint=suggestion(name, names) or f"Its columns: {', '.join(names[:20])}.",
    )


def _renamed(table: DataTable, columns: Mapping[str, ColumnMap], notes: list[Note]) -> DataTable:
    taken: dict[int, Column] = {}
    for name, rule in columns.items():
        fits = [
            at
            for pattern in rule.names
            for at, column in enumerate(table.columns)
            if at not in taken and _fits(column, pattern)
        ]
        if not fits:
            continue
        if len({*fits}) > 1:
            listed = ", ".join(repr(table.columns[at].name) for at in dict.fromkeys(fits))
            text = f"several columns fit {name}: {listed}; the first is taken"
            notes.append(Note.doubt("columns-alike", text, name))
        column = table.columns[fits[0]]
        unit = column.unit if rule.unit is None else rule.unit
        if rule.unit is not None and column.unit and column.unit != rule.unit:
            text = f"its unit is {rule.unit} by the file of curves; the file says {column.unit}"
            notes.append(Note.info("unit-overruled", text, column.name))
        taken[fits[0]] = replace(column, name=name, unit=unit)
    names = {column.name for column in taken.values()}
    made = [
        taken.get(at, column)
        for at, column in enumerate(table.columns)
        if at in taken or column.name not in names
    ]
    return replace(table, columns=tuple(made))


def _fits(column: Column, pattern: str) -> bool:
    wanted = pattern.casefold()
    return any(
        one.casefold() == wanted or fnmatchcase(one.casefold(), wanted)
        for one in (column.name, column.title)
    )


def _computed(
    table: DataTable, compute: Mapping[str, Computed], needed: tuple[str, ...]
) -> DataTable:
    columns = list(table.columns)
    for name, rule in compute.items():
        expression = Expression(rule.expr)
        known = {column.name: column.numbers for column in columns if column.kind != "text"}
        absent = [one for one in expression.names if one not in known]
        if absent:
            if name not in needed:
                continue
            raise InputError(
                f"{name} = {rule.expr} needs the column {absent[0]!r}, which is not there.",
                hint=suggestion(absent[0], known) or f"There are: {', '.join(known)}.",
            )
        values = expression(known, table.rows)
        values = np.where(np.isfinite(values), values, np.nan)
        columns = [column for column in columns if column.name != name]
        columns.append(Column(name, values, rule.unit))
    return replace(table, columns=tuple(columns))


def _values(
    table: DataTable, wanted: Mapping[str, str], notes: list[Note], asked: Set[str]
) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for name, setting in wanted.items():
        folded = setting.casefold()
        text = next(
            (
                value
                for key, value in table.header.items()
                if key.casefold() == folded or fnmatchcase(key.casefold(), folded)
            ),
            None,
        )
        if text is None and name not in asked:
            continue
        if text is None:
            told = f"the header has no setting {setting!r}: {name} is not known"
            notes.append(Note.loss("setting-not-found", told))
            continue
        number = plain_number(text)
        found[name] = text if number is None else number
    return found
