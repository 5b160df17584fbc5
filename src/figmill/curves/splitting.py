"""One table, several curves: by a column, at turning points, at jumps, at the file's own parts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from pydantic import Field

from figmill.config.model import Model
from figmill.curves.axes import column_of
from figmill.errors import InputError
from figmill.notes import Note
from figmill.numbers.legs import gate_legs, sweep_parts
from figmill.read.tables import DataTable
from figmill.read.tables.model import Vector

MOST_PIECES = 500
At = Literal["turns", "jumps", "parts"]
Value = float | str
_SAME = 1e-6
_FEW = 3


class Split(Model):
    """How a table becomes several curves.

    Parameters
    ----------
    by
        A column whose value tells the curves apart; a setting of its value.
    at
        Where a curve ends and another begins: ``turns`` of x, ``jumps`` of x back to its
        beginning, ``parts`` that the file itself has (repeated headers, segments, blank lines).
    tolerance
        What x has to come back, in its unit, for a turn; None finds it from the noise.
    """

    by: str | None = None
    at: tuple[At, ...] = ("parts",)
    tolerance: float | None = Field(default=None, gt=0)


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Some rows of a table.

    Parameters
    ----------
    rows
        Their indices, in the order measured.
    value
        What tells it from the others: the value of a column, or None.
    name
        The same as a text: ``"leg 2"``, ``"part 1"``; empty where there is one piece.
    """

    rows: np.ndarray[tuple[int], np.dtype[np.intp]]
    value: Value | None = None
    name: str = ""


def split(table: DataTable, x: Vector, rule: Split, notes: list[Note]) -> tuple[Piece, ...]:
    """Cut a table into curves.

    Parameters
    ----------
    table
        Any.
    x
        Shape (rows,): what the curves run over.
    rule
        How.
    notes
        What was found is added to it.

    Raises
    ------
    figmill.errors.InputError
        There are too many pieces, or no such column.
    """
    whole = np.arange(table.rows)
    pieces = [Piece(whole)]
    if "parts" in rule.at and len(table.parts) > 1:
        edges = [*table.parts, table.rows]
        pieces = [
            Piece(whole[a:b], None, f"part {number}")
            for number, (a, b) in enumerate(pairwise(edges), 1)
            if b > a
        ]
        text = f"its {len(pieces)} parts are curves of their own"
        notes.append(Note.info("parts-apart", text))
    if rule.by is not None:
        pieces = [one for piece in pieces for one in _by_value(table, rule.by, piece)]
        if len(pieces) > MOST_PIECES:
            raise _too_many(len(pieces), f"by {rule.by!r}")
    if "jumps" in rule.at:
        pieces = _cut(pieces, x, "sweep", sweep_parts)
    if "turns" in rule.at:
        pieces = _cut(pieces, x, "leg", lambda part: _legs(part, rule.tolerance))
    if len(pieces) > MOST_PIECES:
        raise _too_many(len(pieces), "there")
    return tuple(pieces)


def _too_many(count: int, how: str) -> InputError:
    return InputError(
        f"{count} curves would be told apart {how}.",
        hint=f"At most {MOST_PIECES} are drawn: is it a measured value rather than a set one?",
    )


def _by_value(table: DataTable, name: str, piece: Piece) -> Iterator[Piece]:
    """Pieces of one value of a column; set values may differ in their last places."""
    column = column_of(table, name)
    if isinstance(column.values, tuple):
        texts = np.array(column.values, dtype=object)[piece.rows]
        for text in dict.fromkeys(texts.tolist()):
            yield Piece(piece.rows[texts == text], str(text), piece.name)
        return
    values = column.values[piece.rows]
    order = np.sort(values[np.isfinite(values)])
    if not order.size:
        yield piece
        return
    span = float(order[-1] - order[0])
    near = _SAME * max(span, float(np.abs(order).max()), 1e-300)
    starts = np.flatnonzero(np.diff(order) > near) + 1
    if len(starts) + 1 > MOST_PIECES:
        raise _too_many(len(starts) + 1, f"by {name!r}")
    groups = np.split(order, starts)
    levels = [float(np.median(group)) for group in groups]
    at = {level: values >= group[0] for level, group in zip(levels, groups, strict=True)}
    seen = []
    for level, group in zip(levels, groups, strict=True):
        inside = at[level] & (values <= group[-1])
        seen.append((int(np.flatnonzero(inside)[0]), level, inside))
    for _, level, inside in sorted(seen, key=lambda one: one[0]):
        yield Piece(piece.rows[inside], _plain(level), piece.name)


def _plain(value: float) -> float:
    """A set value without the noise of its last places."""
    if value == 0 or not math.isfinite(value):
        return value
    return float(f"{value:.6g}")


def _cut(
    pieces: list[Piece], x: Vector, word: str, cut: Callable[[Vector], list[slice]]
) -> list[Piece]:
    made: list[Piece] = []
    for piece in pieces:
        slices = [one for one in cut(x[piece.rows]) if one.stop > one.start]
        if len(slices) < 2:
            made.append(piece)
            continue
        for number, one in enumerate(slices, 1):
            name = ", ".join(filter(None, (piece.name, f"{word} {number}")))
            made.append(Piece(piece.rows[one], piece.value, name))
    return made


def _legs(x: Vector, tolerance: float | None) -> list[slice]:
    """Legs between turns; the point at which x turns belongs to the leg that ends there."""
    if tolerance is None:
        found = gate_legs(x, least=_FEW)
        stops = [leg.stop for leg in found[:-1]]
    else:
        stops = turns(x, tolerance)
    return [slice(a, b) for a, b in pairwise([0, *stops, x.size]) if b > a]


def turns(x: Vector, tolerance: float) -> list[int]:
    """First points after each turn: x must come back by more than the tolerance.

    Parameters
    ----------
    x
        Shape (n,), in the order measured.
    tolerance
        In the unit of x.

    Examples
    --------
    >>> turns(np.array([0.0, 1.0, 0.9, 2.0, 1.0, 0.0]), 0.5)
    [4]
    """
    found: list[int] = []
    low = high = 0
    direction = 0
    for place, value in enumerate(x.tolist()):
        if not math.isfinite(value):
            continue
        if value > x[high] or not math.isfinite(x[high]):
            high = place
        if value < x[low] or not math.isfinite(x[low]):
            low = place
        if direction >= 0 and x[high] - value > tolerance:
            if direction > 0:
                found.append(high + 1)
            direction, low = -1, place
        elif direction <= 0 and value - x[low] > tolerance:
            if direction < 0:
                found.append(low + 1)
            direction, high = 1, place
    return found
