"""What is known of values that are lines: before they are read, and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from figmill.notes import Note
from figmill.read.istp.axes import Axis
from figmill.read.istp.describe import Float64, Scale
from figmill.read.istp.spectrograms import Values
from figmill.read.istp.time import TimeAxis

Kind = Literal["lines", "states", "sensors", "table"]

MOST_LINES = 12
"""More components or sensors than this are a spectrogram over their number."""


@dataclass(frozen=True, slots=True)
class LineCandidate:
    """A variable that can be drawn over time; nothing of it is read yet.

    Attributes
    ----------
    name, label, unit, description
        As the file has them; label and unit as markup.
    primary
        False for what is drawn only when it is named: support data, what the file does not want in
        overviews, axes and uncertainties of others.
    shape
        In the file, records first.
    time
        The variable that holds the time of each record; "" for a table that all records share.
    count
        How many values a record has.
    doubts
        What is assumed of it.
    chosen
        Which of the parts DISPLAY_TYPE names, where it does ("y=flux(1),y=flux(3)"); else empty.
    """

    name: str
    label: str
    unit: str
    description: str
    primary: bool
    shape: tuple[int, ...]
    time: str
    count: int
    doubts: tuple[Note, ...] = ()
    chosen: tuple[int, ...] = ()

    @property
    def row(self) -> str:
        """What its row is called."""
        return self.name


@dataclass(frozen=True, slots=True)
class LineFindings:
    """What a file holds beside spectrograms.

    Attributes
    ----------
    candidates
        Variables that can be drawn, in the order of the file.
    rejected
        For every other variable that is no spectrogram, why it cannot be drawn.
    unasked
        Data that the file wants drawn on demand only (DISPLAY_TYPE no_plot).
    puzzling
        Data that are virtual and cannot be computed, with the reason ("is ...").
    """

    candidates: tuple[LineCandidate, ...]
    rejected: Mapping[str, str]
    unasked: tuple[str, ...] = ()
    puzzling: tuple[tuple[str, str], ...] = ()

    @property
    def over_time(self) -> tuple[LineCandidate, ...]:
        """The candidates that have a value a record."""
        return tuple(item for item in self.candidates if item.time)

    @property
    def primary(self) -> tuple[LineCandidate, ...]:
        """The candidates that a quicklook draws unasked."""
        return tuple(item for item in self.candidates if item.primary)


@dataclass(frozen=True, slots=True, eq=False)
class LineVariable:
    """Values over time, read and cleaned.

    Attributes
    ----------
    name, label, description
        As the file has them; label as markup.
    kind
        "lines"; "states" for a flag, a mode or an index of few values; "sensors" where there are
        more than `MOST_LINES` parts; "table" for what all records share.
    scale
        "log" where the file or the values ask for it and the values can have it.
    values
        Shape (n, k). NaN where the file has fill, values outside their valid range, or a bad
        record.
    time
        The n records.
    parts, units
        Names and units of the k parts; units as markup.
    low, high
        Shape (n, k): the values less and plus their uncertainty (DELTA_MINUS_VAR, DELTA_PLUS_VAR),
        or None.
    states
        What the file calls values of a flag: {0: "good"}.
    scatter
        Whether the file wants points without a line.
    period
        What values come round after: 360 degrees, 24 hours; None where they do not.
    axis
        Of a table, whose k values are in shape (k, 1), what it stands over; else None.
    suggested
        SCALEMIN and SCALEMAX; None where the file says nothing.
    notes
        What was assumed or left out, and which metadata were overridden and why.
    """

    name: str
    label: str
    description: str
    kind: Kind
    scale: Scale
    values: Values
    time: TimeAxis
    parts: tuple[str, ...]
    units: tuple[str, ...]
    low: Float64 | None = None
    high: Float64 | None = None
    states: Mapping[int, str] | None = None
    scatter: bool = False
    period: float | None = None
    axis: Axis | None = None
    suggested: tuple[float | None, float | None] = (None, None)
    notes: tuple[Note, ...] = ()

    @property
    def has_data(self) -> bool:
        """Whether any value is left."""
        return bool(np.isfinite(self.values).any())
