"""Traces side by side, as a 4200 writes them: ``DrainI(1) GateV(1) DrainI(2) GateV(2)``."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from figmill.notes import Note
from figmill.read.tables.model import Column, DataTable

_AGAIN = re.compile(r" \[\d+\]$")
_COUNTED = re.compile(r"(?<=\D)(?:[ _-]?\d{1,3}| \[\d+\])$")
_TRACE = re.compile(r"(.+?) ?\((\d{1,4})\)")


def stacked(table: DataTable) -> DataTable:
    """Put traces that stand side by side below each other, each a part.

    Parameters
    ----------
    table
        Any; one whose columns are not all of numbered traces is given back as it is. Columns of one
        name but for a number are traces, too, where an empty column parts them: ``V1 I1 - V2 I2``.
    """
    found = _spaced(table)
    beside: list[Column] = []
    for column in () if found else table.columns:
        match = _TRACE.fullmatch(column.name)
        if match and column.kind == "number":
            found.setdefault(int(match[2]), {})[match[1]] = column
        else:
            beside.append(column)
    if len(found) < 2:
        return table
    names = list(next(iter(found.values())))
    if any(set(trace) != set(names) for trace in found.values()):
        return table
    pieces: dict[str, list[np.ndarray[tuple[int], np.dtype[np.float64]]]] = {n: [] for n in names}
    parts, row = [], 0
    for _, trace in sorted(found.items()):
        block = np.column_stack([trace[name].numbers for name in names])
        filled = np.flatnonzero(np.isfinite(block).any(axis=1))
        block = block[: filled[-1] + 1] if filled.size else block[:0]
        parts.append(row)
        row += len(block)
        for at, name in enumerate(names):
            pieces[name].append(block[:, at])
    first = found[min(found)]
    columns = tuple(Column(name, np.concatenate(pieces[name]), first[name].unit) for name in names)
    notes = [note for note in table.notes if note.code != "column-repeated"]
    text = f"{len(found)} traces stand side by side in it, and are read one after the other"
    notes.append(Note.info("traces-stacked", text))
    if beside:
        listed = ", ".join(column.name for column in beside[:8])
        text = f"columns beside the traces are left out: {listed}"
        notes.append(Note.loss("columns-beside-traces", text))
    return replace(table, columns=columns, parts=tuple(parts), notes=tuple(notes))


def _spaced(table: DataTable) -> dict[int, dict[str, Column]]:
    """Columns by trace and name, where empty columns part traces of the same columns."""
    groups: list[list[Column]] = [[]]
    for column in table.columns:
        if re.fullmatch(r"column \d+", column.name) and not np.isfinite(column.numbers).any():
            groups.append([])
        else:
            groups[-1].append(column)
    groups = [group for group in groups if group]
    if len(groups) < 2 or any(
        len(group) < 2 or any(column.kind != "number" for column in group) for group in groups
    ):
        return {}
    for counted in (_AGAIN, _COUNTED):
        traces = {
            number: {counted.sub("", column.name): column for column in group}
            for number, group in enumerate(groups, 1)
        }
        alike = {tuple((n, c.unit) for n, c in trace.items()) for trace in traces.values()}
        whole = all(len(traces[n]) == len(group) for n, group in enumerate(groups, 1))
        if len(alike) == 1 and whole:
            return traces
    return {}
