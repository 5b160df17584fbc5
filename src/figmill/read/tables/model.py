"""What a table of measurements is, whatever file it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from figmill.notes import Note

Vector: TypeAlias = NDArray[np.float64]
Kind: TypeAlias = Literal["number", "time", "text"]

MOST_ROWS = 50_000_000
MOST_COLUMNS = 5_000


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column.

    Parameters
    ----------
    name
        Without its unit.
    values
        Shape (rows,), float64, NaN where there is no number; of times, seconds since 1970. Texts
        where it holds neither.
    unit
        As the file writes it; empty where it has none.
    kind
        What it holds.
    """

    name: str
    values: Vector | tuple[str, ...]
    unit: str = ""
    kind: Kind = "number"

    @property
    def numbers(self) -> Vector:
        """The values; of texts, NaN."""
        if isinstance(self.values, tuple):
            return np.full(len(self.values), np.nan)
        return self.values

    @property
    def title(self) -> str:
        """Name and unit, as messages call it.

        Examples
        --------
        >>> Column("VG", np.zeros(1), "V").title
        'VG (V)'
        """
        return f"{self.name} ({self.unit})" if self.unit else self.name


@dataclass(frozen=True, slots=True, eq=False)
class DataTable:
    """A table of measurements.

    Parameters
    ----------
    columns
        All of one length.
    title
        What tells it from the other tables of its file: a sheet, a group, a test.
    header
        What the file says besides: settings by name, as texts.
    format
        What people call the file's format.
    parts
        The first row of each part that the file itself tells apart: segments, repeated headers.
    notes
        What was assumed or left out on the way.
    """

    columns: tuple[Column, ...]
    title: str = ""
    header: Mapping[str, str] = field(default_factory=dict)
    format: str = "text"
    parts: tuple[int, ...] = (0,)
    notes: tuple[Note, ...] = ()

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.columns[0].values) if self.columns else 0
