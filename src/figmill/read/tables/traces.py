"""Traces side by side, as a 4200 writes them: ``DrainI(1) GateV(1) DrainI(2) GateV(2)``."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from figmill.notes import Note
from figmill.read.tables.model import Column, DataTable

_TRACE = re.compile(r"(.+?) ?\((\d{1,4})\)")


def stacked(table: DataTable) -> DataTable:
    """Put traces that stand side by side below each other, each a part.

    Parameters
    ----------
    table
        Any; one whose columns are not all of numbered traces is given back as it is.
    """
    found: dict[int, dict[str, Column]] = {}
    beside: list[Column] = []
    for column in table.columns:
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
    notes = [*table.notes]
    text = f"{len(found)} traces stand side by side in it, and are read one after the other"
    notes.append(Note.info("traces-stacked", text))
    if beside:
        listed = ", ".join(column.name for column in beside[:8])
        text = f"columns beside the traces are left out: {listed}"
        notes.append(Note.loss("columns-beside-traces", text))
    return replace(table, columns=columns, parts=tuple(parts), notes=tuple(notes))
