"""Values that mean that there is none: instruments write 9.9e37, or a number of their own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from figmill.config.model import Model
from figmill.notes import Note
from figmill.read.tables import Column, DataTable

NO_READING = 9.9e37
"""Keithley and others write 9.9e37 for an overflow and 9.91e37 for no reading, of either sign."""


class Missing(Model):
    """Which values are missing.

    Parameters
    ----------
    above
        Magnitudes from here on are missing; None takes all.
    values
        These are missing, too.
    """

    above: float | None = NO_READING
    values: tuple[float, ...] = ()


def without_missing(table: DataTable, rule: Missing) -> DataTable:
    """A table with NaN for what is missing; each column that had such tells how many.

    Parameters
    ----------
    table
        As it was read.
    rule
        What is missing.
    """
    notes: list[Note] = []
    columns: list[Column] = []
    for column in table.columns:
        if isinstance(column.values, tuple):
            columns.append(column)
            continue
        values = column.values
        gone = np.isinf(values)
        with np.errstate(invalid="ignore"):
            if rule.above is not None and column.kind == "number":
                gone |= np.abs(values) >= rule.above
        for one in rule.values:
            gone |= values == one
        if gone.any():
            text = f"{int(gone.sum())} of {values.size} values mean no reading and are missing"
            notes.append(Note.loss("no-reading", text, f"column {column.name!r}"))
            column = replace(column, values=np.where(gone, np.nan, values))  # noqa: PLW2901
        columns.append(column)
    if not notes:
        return table
    return replace(table, columns=tuple(columns), notes=(*table.notes, *notes))
