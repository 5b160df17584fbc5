"""Tables of values over time, as people keep them: CSV with a time and named columns of numbers."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from figmill.errors import ConfigError
from figmill.read import istp
from figmill.recipes.event_table import table_lines, unix_seconds

_UNIT = "()[]"
_HINT = "The first line names the columns: time, MLT (h), altitude (km); the others have values."


def read_values(path: Path) -> dict[str, istp.LineVariable]:
    """Read a table of values over time, by the names of its columns.

    Parameters
    ----------
    path
        Columns parted by commas, semicolons or tabs; the first has ISO 8601 times, UTC where they
        say nothing else. Names may have a unit in brackets: "MLT (h)". Empty cells are missing.

    Raises
    ------
    ConfigError
        If the file is missing, is not such a table, or a cell cannot be read.
    """
    lines = table_lines(path)
    if len(lines) < 2:
        raise ConfigError("It holds no values.", file=path, hint=_HINT)
    delimiter = next((mark for mark in ("\t", ";") if mark in lines[0][1]), ",")
    rows = [
        (number, [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter))])
        for number, line in lines
    ]
    header = rows[0][1]
    times = np.empty(len(rows) - 1)
    table = np.full((len(rows) - 1, len(header)), np.nan)
    for row, (number, cells) in enumerate(rows[1:]):
        place = f"line {number}"
        if len(cells) != len(header):
            raise ConfigError(
                f"It has {len(cells)} cells where the first line has {len(header)}.",
                file=path,
                place=place,
                hint=_HINT,
            )
        try:
            times[row] = unix_seconds(cells[0])
            table[row, 1:] = [float(cell) if cell else np.nan for cell in cells[1:]]
        except ValueError as error:
            raise ConfigError(f"{error}.", file=path, place=place, hint=_HINT) from error
    made: dict[str, istp.LineVariable] = {}
    for column, name in enumerate(header[1:], start=1):
        label, _, unit = name.partition("(" if "(" in name else "[")
        unit = unit.strip(_UNIT + " ")
        if label.strip() in made:
            raise ConfigError(
                f"Two of its columns are called {label.strip()!r}.",
                file=path,
                place=f"line {rows[0][0]}",
                hint="Give each column a name of its own.",
            )
        made[label.strip()] = istp.LineVariable(
            name=label.strip(),
            label=label.strip(),
            description="",
            kind="lines",
            scale="linear",
            values=table[:, [column]],
            time=istp.TimeAxis(header[0], times),
            parts=("",),
            units=(unit,),
            period=_period(label, unit, table[:, column]),
        )
    return made


def _period(label: str, unit: str, values: np.ndarray) -> float | None:
    """What a column comes round after, by the same words as a file's variable."""
    return istp.period_by_words(label, unit, values[:, None])
