"""What of a text's rows is one spectrum: stacked spectra, further tables, overlapping detectors.

A table of text is all rows of one width. Whether they are one spectrum is told by their axis: rows
that follow a line of text and do not continue it, or that step back over much of it, begin another
spectrum or another table; two of them are never read as one. Detectors that overlap a little are
joined in the middle of their overlap. Tables side by side are told apart first, by `beside`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from figmill.notes import Note
from figmill.read.text_notation import cells_of, number_of
from figmill.read.text_table import Table
from figmill.spectra.read.beside import Part, parts_of
from figmill.spectra.read.choice import choose, several
from figmill.spectra.read.columns import without_setting
from figmill.spectra.read.units import kind_of, plain, x_of
from figmill.spectra.spectrum import Evidence, Vector

_FEW = 5
"""Rows below which a piece is no spectrum of its own, unless a line of text stands before it."""
_OVERLAP = 0.25
"""The share of their ranges up to which two pieces are detectors of one spectrum."""
_PART = 0.3
"""The share of the longest block's rows from which another one is a spectrum, too."""
_FAR = 50.0
"""Steps between rows that still continue an axis across a line of text."""
_CANDIDATES = 8


@dataclass(frozen=True, slots=True)
class Block:
    """Rows that are one spectrum.

    Parameters
    ----------
    table
        These rows alone.
    name
        What a line above them says, or their number.
    notes, evidence
        What was joined or left out.
    columns
        Its columns' places in the text, from 0, where another table stands beside it.
    """

    table: Table
    name: str = ""
    notes: tuple[Note, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    columns: tuple[int, ...] = ()


@dataclass
class _Piece:
    """Rows that run one way: the first, one more than the last, and how they begin."""

    start: int
    stop: int
    texts: tuple[tuple[int, str], ...] = ()
    seams: list[tuple[int, int, float, float]] = field(default_factory=list)

    def __len__(self) -> int:
        return self.stop - self.start


def blocks_of(table: Table, *, x: str | int | None = None) -> tuple[Block, ...]:
    """The spectra that stand in a table, one below another or side by side; most hold one.

    Parameters
    ----------
    table
        What `figmill.spectra.read.beside.read_evened` gave.
    x
        The column of x, where the user names it: all columns are one table then.
    """
    table = without_setting(table)
    parts = parts_of(table) if x is None else ()
    return _below(table, x) if len(parts) < 2 else _beside(parts)


def _beside(parts: Sequence[Part]) -> tuple[Block, ...]:
    """The spectra of tables that stand side by side, without lists of peaks."""
    longest = max(len(part.table) for part in parts)
    taken = [part for part in parts if len(part.table) >= _PART * longest]
    notes = [_list_left_out(part) for part in parts if part not in taken]
    evidence = tuple(Evidence(note.text.rstrip("."), 0.97) for note in notes)
    blocks: list[Block] = []
    for part in taken:
        words = [w for w in part.table.names[1:] if w and not x_of(w)[2]]
        for block in _below(part.table, None):
            name = ", ".join(dict.fromkeys(w for w in (words[0] if words else "", block.name) if w))
            blocks.append(
                replace(
                    block,
                    name=name if len(taken) > 1 else block.name,
                    notes=(*notes, *block.notes),
                    evidence=(*evidence, *block.evidence),
                    columns=part.columns,
                )
            )
    names = [block.name for block in blocks]
    if len(blocks) > 1 and len(set(names)) < len(names):
        blocks = [
            replace(block, name=f"{block.name} ({number})".strip() if block.name else f"{number}")
            for number, block in enumerate(blocks, 1)
        ]
    return tuple(blocks)


def _list_left_out(part: Part) -> Note:
    first, last = part.columns[0] + 1, part.columns[-1] + 1
    where = f"Columns {first} to {last}" if last > first else f"Column {first}"
    text = f"{where}, filled in {len(part.table)} rows, are another table, and not read."
    return Note.loss("table-left-out", text)


def _below(table: Table, x: str | int | None) -> tuple[Block, ...]:
    """The spectra that stand one below another in a table."""
    axis = _axis(table, x)
    pieces = _pieces(table, axis) if axis is not None else [_Piece(0, len(table))]
    longest = max(len(piece) for piece in pieces)
    least = min(longest, max(2, math.ceil(_PART * longest)))
    taken = [p for p in pieces if len(p) >= least and _is_like(table, p, pieces)]
    taken = taken or [max(pieces, key=len)]
    notes: list[Note] = []
    for piece in pieces:
        if piece not in taken:
            first, last = int(table.lines[piece.start]), int(table.lines[piece.stop - 1])
            notes.append(_left_out(first, last))
    notes += _tables_of_other_width(table, pieces)
    if len(taken) == 1:
        if len(pieces) == 1 and not notes and not pieces[0].seams:
            return (Block(table),)
        return (_block(table, axis, taken[0], "", notes),)
    names = [_name(table, piece, number) for number, piece in enumerate(taken, 1)]
    return tuple(
        _block(table, axis, piece, name, notes) for piece, name in zip(taken, names, strict=True)
    )


def chosen(
    blocks: Sequence[Block], path: Path, *, x: str | int | None, y: str | int | None
) -> tuple[Block, str | int | None]:
    """The block that is meant, and what is left of the wish for a column of y.

    The name of a block means it. So does a number, unless x is named as well or the table has more
    than two columns: then it is a column of the first block.

    Raises
    ------
    figmill.errors.InputError
        If there is no such spectrum.
    """
    if len(blocks) == 1:
        return blocks[0], _own_column(blocks[0], y)
    names = [block.name for block in blocks]
    text = str(y).strip() if y is not None else ""
    named = text.casefold() in (name.casefold() for name in names)
    columns = [plain(name) for name in blocks[0].table.names if name]
    numbered = text.isdecimal() and x is None and blocks[0].table.shape[1] == 2
    if y is None or not (named or numbered):
        at, wanted = 0, None
        for number, block in enumerate(blocks):
            inner = [plain(name) for name in block.table.names if name]
            if text.isdecimal() and int(text) - 1 in block.columns:
                at, y = number, block.columns.index(int(text) - 1) + 1
                columns.append(plain(str(y)))
                break
            if block.columns and text and plain(text) in inner:
                at, columns = number, inner
                break
        if y is not None and not text.isdecimal() and plain(text) not in columns:
            choose(path, names, y)  # neither a spectrum nor a column: say which there are
    else:
        at, wanted = choose(path, names, y), y
    evidence, notes = several(names, at, wanted)
    block = blocks[at]
    block = replace(block, notes=(*block.notes, *notes), evidence=(*block.evidence, *evidence))
    return block, None if wanted is not None else y


def _own_column(block: Block, y: str | int | None) -> str | int | None:
    """A column of the whole text by number, as the number that it has in a block."""
    text = str(y).strip()
    if not (block.columns and text.isdecimal() and int(text) - 1 in block.columns):
        return y
    return block.columns.index(int(text) - 1) + 1


def _axis(table: Table, x: str | int | None) -> int | None:
    """The column whose turns tell spectra apart: the one that is named, or runs longest."""
    names = [f"{a} {b}".strip() for a, b in zip(table.names, table.units, strict=True)]
    if x is not None:
        text = str(x).strip()
        for index, name in enumerate(table.names):
            if name and plain(name) == plain(text):
                return index
        number = text.removeprefix("column ").strip()
        return int(number) - 1 if number.isdigit() and 1 <= int(number) <= len(names) else None
    for index, name in enumerate(names):
        if x_of(name)[2] and kind_of(name) is None:
            return index
    best, length = None, float(_FEW) - 1.0
    for index in range(min(table.shape[1], _CANDIDATES)):
        values = table.values[:, index]
        steps = np.diff(values[np.isfinite(values)])
        if steps.size == 0 or not steps.any():
            continue
        if (steps == 1).all() and values[0] in (0, 1) and table.shape[1] > 2:
            continue  # it counts the rows
        signs = np.sign(steps[steps != 0])
        mean = len(table) / (1 + np.count_nonzero(signs[1:] != signs[:-1]))
        if mean > (3.0 * length if best is not None else length):
            best, length = index, mean
    return best


def _pieces(table: Table, axis: int) -> list[_Piece]:
    x = table.values[:, axis]
    texts = _texts(table)
    finite = np.isfinite(x)
    steps = np.diff(x[finite])
    if not texts and ((steps > 0).all() or (steps < 0).all()):
        return [_Piece(0, len(table))]
    usual = float(np.median(np.abs(steps[steps != 0]))) if steps.any() else 0.0
    pieces = [_Piece(0, 1)]
    by_text = [True]
    last = float("nan")
    direction = 0.0
    index = 0
    total = len(table)
    while index < total:
        value = float(x[index])
        broken = index > 0 and index in texts
        if index and np.isfinite(last) and np.isfinite(value):
            step = value - last
            on = step * direction >= 0
            if broken:
                on = on and abs(step) <= _FAR * usual and not _is_header(table, texts[index])
            elif not on and index + 1 < total:
                # One row that is out of place does not end what goes on after it.
                ahead = float(x[index + 1]) - last
                if ahead * direction > 0 and abs(ahead) <= 5 * usual:
                    index += 1
                    continue
            if not on:
                pieces[-1].stop = index
                pieces.append(_Piece(index, index + 1, texts.get(index, ())))
                by_text.append(broken)
                direction = 0.0
            elif direction == 0.0:
                direction = float(np.sign(step))
        if np.isfinite(value):
            last = value
        index += 1
    pieces[-1].stop = total
    return _joined(x, pieces, by_text)


def _joined(x: Vector, pieces: list[_Piece], by_text: list[bool]) -> list[_Piece]:
    """Pieces that are one: rows merely out of order, and detectors that overlap a little."""
    lengths = [len(piece) for piece in pieces]
    scattered = len(pieces) > 2 and float(np.median(lengths)) < _FEW
    kept: list[_Piece] = []
    for piece, text in zip(pieces, by_text, strict=True):
        if not kept or text:
            kept.append(piece)
            continue
        before = kept[-1]
        if scattered:
            before.stop = piece.stop
            continue
        low, high, back = _overlap(x, before, piece)
        span = min(_span(x, before), _span(x, piece))
        if 0 <= back <= 2 and len(piece) >= _FEW:  # a row or two out of order
            before.stop = piece.stop
        elif back > 2 and len(piece) >= _FEW and high - low <= _OVERLAP * span:
            before.seams.append((piece.start, piece.stop, low, high))
            before.stop = piece.stop
        else:
            kept.append(piece)
    return kept


def _overlap(x: Vector, before: _Piece, after: _Piece) -> tuple[float, float, int]:
    """Where the last rows of one piece lie in the range of the next that goes on beyond it.

    Returns the ends of the overlap, and how many rows of the first lie in it; -1 where the second
    does not go on in the same direction.
    """
    start = before.seams[-1][0] if before.seams else before.start
    a, b = x[start : before.stop], x[after.start : after.stop]
    a, b = a[np.isfinite(a)], b[np.isfinite(b)]
    if a.size < 2 or b.size < 2:
        return 0.0, 0.0, -1
    way = np.sign(a[-1] - a[0])
    if way != np.sign(b[-1] - b[0]) or (b[-1] - a[-1]) * way <= 0 or (b[0] - a[0]) * way <= 0:
        return 0.0, 0.0, -1
    low, high = sorted((float(b[0]), float(a[-1])))
    return low, high, int(np.count_nonzero((a >= low) & (a <= high)))


def _span(x: Vector, piece: _Piece) -> float:
    part = x[piece.start : piece.stop]
    part = part[np.isfinite(part)]
    return float(np.ptp(part)) if part.size else 0.0


def _texts(table: Table) -> dict[int, tuple[tuple[int, str], ...]]:
    """The lines of text before each row that follows some, by the row's place."""
    found: dict[int, list[tuple[int, str]]] = {}
    if table.between:
        numbers = np.array([line for line, _ in table.between])
        places = np.searchsorted(table.lines, numbers)
        for place, (number, line) in zip(places.tolist(), table.between, strict=True):
            if place < len(table):
                found.setdefault(place, []).append((number, line))
    return {place: tuple(lines) for place, lines in found.items()}


def _is_header(table: Table, texts: Sequence[tuple[int, str]]) -> bool:
    return any(_columns(table, line) is not None for _, line in texts)


def _columns(table: Table, line: str) -> list[str] | None:
    """The names in a line that heads columns, or None: as many cells, one a word of an axis."""
    cells = [cell.strip() for cell in cells_of(line.lstrip("#%;! "), table.notation.delimiter)]
    if len(cells) != table.shape[1]:
        return None
    if any(number_of(cell, table.notation.decimal) is not None for cell in cells):
        return None
    return cells if any(x_of(cell)[2] or kind_of(cell) for cell in cells) else None


def _is_like(table: Table, piece: _Piece, pieces: Sequence[_Piece]) -> bool:
    """Whether a block can be a spectrum as the first: one headed by other words is not."""
    if piece is pieces[0] or not piece.texts:
        return True
    width = table.shape[1]
    for _, line in piece.texts:
        cells = cells_of(line, table.notation.delimiter)
        if len(cells) == width and all(re.search(r"[^\W\d]", cell) for cell in cells):
            return _columns(table, line) is not None
    return True


def _name(table: Table, piece: _Piece, number: int) -> str:
    lines = [line for _, line in piece.texts]
    if piece.start == 0:
        lines = list(table.preamble)
    words = [
        line.strip("#%;!*=-<> ,\t")
        for line in lines
        if _columns(table, line) is None and re.search(r"\w", line)
    ]
    return words[-1][:60] if words else f"spectrum {number}"


def _left_out(first: int, last: int) -> Note:
    where = f"Lines {first} to {last} are" if last > first else f"Line {first} is"
    return Note.loss("table-left-out", f"{where} another table, and not read.")


def _tables_of_other_width(table: Table, pieces: Sequence[_Piece]) -> list[Note]:
    """Lines of numbers of another width that follow a text, after a block's last row."""
    found: list[Note] = []
    if not table.between:
        return found
    ends = [int(table.lines[p.stop - 1]) for p in pieces]
    starts = [int(table.lines[p.start]) for p in pieces[1:]] + [2**62]
    for end, start in zip(ends, starts, strict=True):
        lines = [(number, line) for number, line in table.between if end < number < start]
        numeric = [number for number, line in lines if _begins_with_number(table, line)]
        if numeric and lines[0][0] < numeric[0]:
            found.append(_left_out(numeric[0], numeric[-1]))
    return found


def _begins_with_number(table: Table, line: str) -> bool:
    cells = cells_of(line, table.notation.delimiter)
    value = number_of(cells[0], table.notation.decimal) if cells else None
    return value is not None and bool(np.isfinite(value))


def _block(
    table: Table, axis: int | None, piece: _Piece, name: str, notes: Sequence[Note]
) -> Block:
    kept = np.zeros(len(table), dtype=bool)
    kept[piece.start : piece.stop] = True
    told = list(notes)
    if axis is not None:
        for start, stop, low, high in piece.seams:
            told.append(_seam(table.values[:, axis], kept, piece.start, start, stop, low, high))
    lines = table.lines[piece.start : piece.stop]
    first, last = int(lines[0]), int(lines[-1])

    def within(items: Sequence[tuple[int, str]]) -> tuple[tuple[int, str], ...]:
        return tuple(item for item in items if first <= item[0] <= last)

    between = within(table.between)
    if piece.stop == len(table) and not any(n.code == "table-left-out" for n in notes):
        between += tuple(item for item in table.between if item[0] > last)  # a row cut short
    odd = within(table.odd)
    heads = [cells for _, line in piece.texts if (cells := _columns(table, line)) is not None]
    above = table.preamble
    if piece.start:
        above = (*above, *(line for _, line in piece.texts if _columns(table, line) is None))
    part = replace(
        table,
        values=table.values[kept],
        lines=table.lines[kept],
        names=tuple(heads[-1]) if heads else table.names,
        units=("",) * table.shape[1] if heads else table.units,
        preamble=above,
        first_line=first,
        between=between,
        unread=between[:100],
        unread_count=len(between) + max(table.unread_count - len(table.between), 0),
        odd=odd,
        odd_count=len(odd) if len(odd) < len(table.odd) else table.odd_count,
        mixed=tuple(number for number in table.mixed if first <= number <= last),
    )
    evidence = tuple(Evidence(note.text.rstrip("."), 0.97) for note in told)
    return Block(part, name, tuple(told), evidence)


def _seam(
    x: Vector,
    kept: NDArray[np.bool_],
    first: int,
    start: int,
    stop: int,
    low: float,
    high: float,
) -> Note:
    """Cut an overlap of two detectors in its middle."""
    middle = (low + high) / 2
    rising = x[stop - 1] > x[start]
    before, after = np.arange(first, start), np.arange(start, stop)
    beyond = x[before] > middle if rising else x[before] < middle
    ahead = x[after] <= middle if rising else x[after] >= middle
    dropped = int(np.count_nonzero(beyond & kept[before])) + int(np.count_nonzero(ahead))
    kept[before[beyond]] = False
    kept[after[ahead]] = False
    text = (
        f"x steps back from {high if rising else low:g} to {low if rising else high:g}, where two "
        f"detectors overlap; it is cut in the middle, at {middle:g}, and {dropped} rows are left "
        "out."
    )
    return Note.loss("detectors-overlap", text)
