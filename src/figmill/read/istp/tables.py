"""Tables that all records of a file share, drawn over their own axis when they are named."""

from __future__ import annotations

import numpy as np

from figmill.notes import Note
from figmill.read.cdf.file import CdfVariable
from figmill.read.istp.axes import Axis, read_axis
from figmill.read.istp.describe import Described
from figmill.read.istp.idl_text import markup, unit_markup
from figmill.read.istp.line_variable import LineCandidate, LineVariable
from figmill.read.istp.spectrograms import Values
from figmill.read.istp.time import TimeAxis
from figmill.read.istp.value_axis import scale_of


def table_candidate(described: Described, variable: CdfVariable) -> LineCandidate | str:
    """A table that all records share, which is drawn when it is named."""
    if len(variable.shape) != 1 or variable.is_empty:
        return "is one table for the whole file"
    name = variable.name
    return LineCandidate(
        name=name,
        label=described.label(name),
        unit=unit_markup(described.unit(name)),
        description=markup(described.text(name, "CATDESC") or described.text(name, "FIELDNAM")),
        primary=False,
        shape=variable.shape,
        time="",
        count=1,
    )


def load_table(described: Described, candidate: LineCandidate) -> LineVariable:
    """Read a table, and what it stands over: its DEPEND_1, else the numbers of its elements."""
    name, size = candidate.name, candidate.shape[0]
    notes: list[Note] = []
    values: Values = described.numbers(name, notes).reshape(size, 1)
    over = described.variable(described.text(name, "DEPEND_1"))
    fits = over is not None and over.is_number and not over.record_varying
    if over is not None and fits and over.shape == (size,) and over.name != name:
        axis = read_axis(described, over.name, 0, notes)
    else:
        axis = element_axis(size)
    notes.append(Note.info("table-of-all-records", "it is one table for all records", name))
    notes += [Note.info("metadata-overridden", why, name) for why in described.overridden(name)]
    return LineVariable(
        name=name,
        label=candidate.label,
        description=candidate.description,
        kind="table",
        scale=scale_of(described, name, values, notes),
        values=values,
        time=TimeAxis("", np.full(size, np.nan)),
        parts=("",),
        units=(candidate.unit,),
        axis=axis,
        suggested=described.scale_limits(name),
        notes=tuple(dict.fromkeys(notes)),
    )


def element_axis(count: int) -> Axis:
    """An axis of the numbers of elements, from 1."""
    numbers = np.arange(1.0, count + 1.0)
    return Axis(
        name="element",
        label="Element",
        unit="",
        role="other",
        evidence="the order in the file",
        scale="linear",
        centers=numbers,
        lo=numbers - 0.5,
        hi=numbers + 0.5,
    )
