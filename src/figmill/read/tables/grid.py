"""From cells to a table: where the rows begin, what heads them, and what each column holds.

Text files and spreadsheets are grids of cells alike. Columns of numbers, of times and of texts
stand side by side in them; rows are told from what stands before by the kinds of their cells.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from figmill.errors import InputError
from figmill.figure.units import typeset_unit
from figmill.notes import Note
from figmill.read.column_names import split_name
from figmill.read.tables.model import Column, DataTable, Kind
from figmill.read.tables.moments import looks_like_time, times_of
from figmill.read.text_notation import is_missing, number_of

_JUDGED = 60
_MOSTLY = 0.6
_WITH_UNIT = re.compile(r"([-+]?\d[\d.,eE+-]*)\s*([A-Za-zµ\u03bcΩ\u2126°%/]+)")
_PAIR = re.compile(r"^[\s#/;%*!]*([^:=;,\t]{1,60}?)\s*[:=;,\t]\s*(.+?)[\s;,]*$")
_BRACKETED = re.compile(r"[\[(](.*)[\])]")
_SLASHED = re.compile(r"(.+?)\s*(?:/|, | in )\s*([A-Za-zµΩ°%][\w^·*/µΩ°%-]*)")
_SHORT = 12
_BASES = frozenset(
    {"V", "A", "W", "s", "Hz", "F", "Ohm", "ohm", "Ω", "\u2126", "m", "eV", "J", "N", "Pa", "S"}
)
_PREFIXES = {
    "f": -15, "p": -12, "n": -9, "u": -6, "µ": -6, "\u03bc": -6, "m": -3,
    "k": 3, "M": 6, "G": 9, "T": 12,
}  # fmt: skip
# 0,5 among points, 0.5 ± 0.1, 1.5×10^-3, (0.5), 1+2j; but not 3-4, 1/2, 1.2.3 and the like.
_LIKE_NUMBER = re.compile(
    r"[(\u201c'\u2018]*[-+]?\d[\d.,' eEij()^*x\u00d7\u00b7\u00b1+\u201d\u2019-]*",
    re.IGNORECASE,
)
_LIKE_CODE = re.compile(r"\d+(?:[-/x ]+\d+)*|\d+(?:\.\d+){2,}")
_DAY = 86_400.0
_ELAPSED = re.compile(r"elaps|durat|lapse|verstrich|dauer|laufzeit", re.IGNORECASE)
_DAMAGED = re.compile(r"[\s\"'+-]*[\d.]+[\d.,;eE+\s-]*")


class Row(NamedTuple):
    """The cells of one line.

    Parameters
    ----------
    line
        Its number, from 1.
    cells
        Texts without quotes and blanks around.
    remark
        Whether it is marked as a comment.
    """

    line: int
    cells: list[str]
    remark: bool = False


@dataclass
class _Body:
    """Rows, and all that stands among and behind them."""

    rows: list[list[str]] = field(default_factory=list)
    parts: list[int] = field(default_factory=lambda: [0])
    headers: list[int] = field(default_factory=list)
    unread: list[Row] = field(default_factory=list)
    remarks: list[Row] = field(default_factory=list)
    after: list[Row] = field(default_factory=list)


def table_of(
    rows: Sequence[Row], decimal: str, source: object, *, width: int = 0, what: str = "text"
) -> DataTable:
    """Make a table of a grid.

    Parameters
    ----------
    rows
        All lines that are not empty, in order.
    decimal
        The decimal mark.
    source
        The file, for messages.
    width
        How many cells most rows have; 0 counts them.
    what
        The format's name.

    Raises
    ------
    figmill.errors.InputError
        There are no rows of numbers.
    """
    width = width or _usual_width(rows, decimal)
    kinds = _kinds(rows, decimal, width)
    first = _first(rows, decimal, kinds) if "number" in kinds or "time" in kinds else None
    if first is None:
        raise InputError(
            "there are no rows of numbers in it.",
            file=str(source),
            hint="A table is expected: rows of as many cells, numbers in at least one column.",
        )
    names, units, top, damaged = _header(rows, first, width, decimal)
    body = _body(rows, first, kinds, decimal, names)
    body.unread[:0] = damaged[::-1]
    notes = list(_told(body))
    header = header_of([row.cells for row in rows[:top]])
    columns = _columns(body.rows, kinds, names, units, decimal, notes)
    return DataTable(columns, "", header, what, tuple(dict.fromkeys(body.parts)), tuple(notes))


def header_of(lines: Sequence[Sequence[str]]) -> dict[str, str]:
    """Settings by name: of lines of two cells, and of texts such as ``name: value``.

    Examples
    --------
    >>> header_of([["# VDS", "0.1 V"], ["Operator: A. B."], ["hello"]])
    {'VDS': '0.1 V', 'Operator': 'A. B.'}
    """
    found: dict[str, str] = {}
    for cells in lines[:2000]:
        full = [cell for cell in cells if cell]
        if len(full) >= 2 and not re.search(r"[:=]\s*\S", full[0]):
            name, value = full[0], ", ".join(full[1:])
        elif pair := _PAIR.match(" ".join(full)):
            name, value = pair[1], pair[2]
        else:
            continue
        found.setdefault(name.strip("#%;*!/ \t").rstrip(":=").strip()[:60], value.strip()[:200])
    found.pop("", None)
    return found


def named(text: str) -> tuple[str, str]:
    """A column's name and unit, as ``V_G (V)``, ``V_G [V]``, ``V_G / V`` or ``V_G, V``.

    Numbers in brackets count traces, and what is no unit that figmill knows stays in the name.

    Examples
    --------
    >>> named("DrainI(1)"), named("U/V"), named("I_D (A)"), named("time, s"), named("on/off")
    (('DrainI(1)', ''), ('U', 'V'), ('I_D', 'A'), ('time', 's'), ('on/off', ''))
    """
    text = " ".join(text.split())
    name, unit = split_name(text)
    if unit and not unit.isdigit() and name:
        return name, unit
    found = _SLASHED.fullmatch(text)
    if found and _is_unit(found[2]):
        return found[1], found[2]
    return text, ""


def _is_unit(text: str) -> bool:
    """Whether a word is a unit for certain: figmill can typeset it, or it is one by itself."""
    symbol = typeset_unit(text)
    return len(text) <= _SHORT and (
        symbol != text
        or text in {"s", "h", "d", "V", "A", "W", "K", "m", "F", "S", "T", "J", "N", "Hz", "nm"}
        or re.fullmatch(r"[fpnumkMGµ](?:A|V|W|S|s|Hz|m|F|Ohm|Ω|K|T|eV|g|J|N|Pa)", text) is not None
        or text in {"Ohm", "Ω", "eV", "%", "°C", "Pa", "bar", "mbar", "min", "dB", "cm"}
    )


def number_in(cell: str, decimal: str) -> float | None:
    """The number of a cell, also of ``0.00 s``; see `number_of`."""
    value = number_of(cell, decimal)
    if value is None and (found := _WITH_UNIT.fullmatch(cell)):
        return number_of(found[1], decimal)
    if value is None and cell.lower() in ("true", "false"):
        return float(cell.lower() == "true")
    return value


def _usual_width(rows: Sequence[Row], decimal: str) -> int:
    widths: Counter[int] = Counter()
    for row in rows:
        if not row.remark and any(_kind(cell, decimal) != "text" for cell in row.cells):
            widths[len(row.cells)] += 1
    return max(widths, key=lambda width: (widths[width], width)) if widths else 0


def _kind(cell: str, decimal: str) -> Kind | None:
    """What a cell holds; None where it says that there is nothing."""
    if is_missing(cell):
        return None
    if number_in(cell, decimal) is not None:
        return "number"
    return "time" if looks_like_time(cell) else "text"


def _kinds(rows: Sequence[Row], decimal: str, width: int) -> list[Kind]:
    """What each column holds, by the last half of the rows, which no preamble reaches."""
    fitting = [row for row in rows if len(row.cells) == width and not row.remark]
    judged = fitting[-max(3, min(_JUDGED, len(fitting) // 2 + 1)) :]
    kinds: list[Kind] = []
    for at in range(width):
        found = Counter(_kind(row.cells[at], decimal) for row in judged)
        found.pop(None, None)
        total = sum(found.values())
        kind: Kind = "number"
        if total:
            best = max(found, key=lambda one: found[one])
            kind = best if best is not None and found[best] >= _MOSTLY * total else "text"
        kinds.append(kind)
    return kinds


def _fits(row: Row, kinds: Sequence[Kind], decimal: str) -> bool:
    """Whether a line is a row: no word in any column of numbers or times, and a value in one."""
    if row.remark or len(row.cells) != len(kinds):
        return False
    valued = False
    for cell, kind in zip(row.cells, kinds, strict=True):
        found = None if kind == "text" else _kind(cell, decimal)
        if found not in (None, kind):
            return False
        valued |= found == kind
    return valued


def _first(rows: Sequence[Row], decimal: str, kinds: Sequence[Kind]) -> int | None:
    """The first row: most of those behind it are rows, too."""
    for at, row in enumerate(rows):
        if _fits(row, kinds, decimal):
            after = [one for one in rows[at + 1 : at + 12] if not one.remark][:4]
            if sum(_fits(one, kinds, decimal) for one in after) * 2 >= len(after):
                return at
    return None


def _header(
    rows: Sequence[Row], first: int, width: int, decimal: str
) -> tuple[list[str], list[str], int, list[Row]]:
    """Names, units, the first line that belongs to them, and rows between that are damaged."""
    empty = [""] * width
    damaged: list[Row] = []
    found: list[tuple[int, list[str]]] = []
    for at in range(first - 1, max(-1, first - 4), -1):
        cells = _heading(rows[at], width, decimal)
        if cells is None:
            if found or rows[at].remark or not _DAMAGED.match(" ".join(rows[at].cells)):
                break
            damaged.append(rows[at])
            continue
        found.append((at, cells))
    if not found:
        return empty, empty, first, []
    at, names = found[0]
    if len(found) > 1 and all(_unit_cell(cell) is not None for cell in names):
        units = [_unit_cell(cell) or "" for cell in names]
        return found[1][1], units, found[1][0], damaged
    return names, empty, at, damaged


def _heading(row: Row, width: int, decimal: str) -> list[str] | None:
    cells = list(row.cells)
    if row.remark and cells:
        cells[0] = cells[0].lstrip("#%;*!/ \t")
        if not cells[0] and len(cells) == width + 1:
            del cells[0]
    if len(cells) == width + 1 and not cells[-1]:
        cells.pop()
    if len(cells) == width - 1 >= 2 and not row.remark:  # a frame's index has no name
        cells.insert(0, "")
    if len(cells) != width or not any(cells):
        return None
    words = [cell and number_of(cell, decimal) is None for cell in cells]
    if all(word or not cell for word, cell in zip(words, cells, strict=True)):
        return cells
    # Names that are numbers, such as angles, stand behind a word.
    return cells if width > 2 and words[0] and not any(words[1:]) else None


def _unit_cell(cell: str) -> str | None:
    """The unit that a cell in the row of units is; None where it is a name."""
    if not cell or cell in ("-", "--", "a.u.", "arb. units"):
        return "" if cell in ("", "-", "--") else cell
    if found := _BRACKETED.fullmatch(cell):
        return found[1]
    return cell if _is_unit(cell) else None


def _body(
    rows: Sequence[Row], first: int, kinds: Sequence[Kind], decimal: str, names: Sequence[str]
) -> _Body:
    body = _Body()
    width = len(kinds)
    heading = [name for name in names if name]
    pending: list[Row] = []
    previous = rows[first].line - 1
    for row in rows[first:]:
        gap, previous = row.line - previous > 1, row.line
        cells = row.cells
        if row.remark:
            body.remarks.append(row)
            continue
        if heading and [cell for cell in cells if cell] == heading:
            body.headers.append(row.line)
            body.parts.append(len(body.rows))
            continue
        if len(cells) == width + 1 and not cells[-1]:
            cells = cells[:-1]
        if len(cells) == width and _holds(cells, kinds, decimal):
            body.unread += pending
            pending = []
            if gap and body.rows and body.parts[-1] != len(body.rows):
                body.parts.append(len(body.rows))
            body.rows.append(cells)
        else:
            pending.append(row)
    # What stands behind the last row is its end, not a row that was lost, unless it is cut short.
    if (
        pending
        and _kind(pending[0].cells[0] if pending[0].cells else "", decimal) == kinds[0]
        and (kinds[0] != "text")
    ):
        body.unread.append(pending.pop(0))
    body.after = pending
    return body


def _holds(cells: Sequence[str], kinds: Sequence[Kind], decimal: str) -> bool:
    """Whether a value stands in one of the columns of numbers or times."""
    return any(
        kind != "text" and _kind(cell, decimal) == kind
        for cell, kind in zip(cells, kinds, strict=True)
    )


def _told(body: _Body) -> list[Note]:
    notes: list[Note] = []
    if body.unread:
        row = body.unread[0]
        total = len(body.rows) + len(body.unread)
        text = f"{len(body.unread)} of {total} rows cannot be read, the first: "
        text += repr(" ".join(row.cells)[:40])
        notes.append(Note.loss("rows-unread", text, f"line {row.line}"))
    if body.headers:
        text = f"the header stands among the rows again, {len(body.headers)} times: a part begins"
        notes.append(Note.info("header-again", text, f"line {body.headers[0]}"))
    if body.remarks:
        row = body.remarks[0]
        text = f"comments among the rows are passed over: {len(body.remarks)}, such as "
        text += repr(" ".join(row.cells)[:60])
        notes.append(Note.info("comments-among-rows", text, f"line {row.line}"))
    if body.after:
        row = body.after[0]
        text = f"{len(body.after)} lines follow the rows and are not read, the first "
        text += repr(" ".join(row.cells)[:40])
        notes.append(Note.info("lines-after-rows", text, f"line {row.line}"))
    return notes


def _columns(
    rows: Sequence[Sequence[str]],
    kinds: Sequence[Kind],
    names: Sequence[str],
    units: Sequence[str],
    decimal: str,
    notes: list[Note],
) -> tuple[Column, ...]:
    columns: list[Column] = []
    for at, kind in enumerate(kinds):
        name, unit = named(names[at])
        texts = [row[at] for row in rows]
        title = name or f"column {at + 1}"
        place = f"column {title!r}"
        unit = units[at] or unit
        if kind == "number":
            numbers, unit = _numbers(texts, decimal, unit, place, notes)
            columns.append(Column(title, numbers, unit))
        elif kind == "time":
            seconds, dated, told = times_of(texts, place)
            notes += told
            columns.append(
                Column(title, seconds, "" if dated else "s", "time" if dated else "number")
            )
        else:
            if odd := _like_numbers(texts):
                text = f"its cells look like numbers, but are read as texts, such as {odd[:40]!r}"
                notes.append(Note.doubt("numbers-unread", text, place))
            columns.append(Column(title, tuple(texts), unit, "text"))
    return unique(_dated(columns, notes), notes)


def _like_numbers(texts: Sequence[str]) -> str:
    """The first cell of texts that all look like numbers in a writing that is not read; or none."""
    first = ""
    for text in texts:
        if is_missing(text):
            continue
        if not _LIKE_NUMBER.fullmatch(text) or _LIKE_CODE.fullmatch(text):
            return ""
        first = first or text
    return first


def _dated(columns: Sequence[Column], notes: list[Note]) -> list[Column]:
    """Columns, in which a time of the day is a moment where its date stands beside it."""
    made = list(columns)
    clocks = {note.place for note in notes if note.code == "clock-as-seconds"}
    for at, column in enumerate(columns):
        place = f"column {column.name!r}"
        if place not in clocks or _ELAPSED.search(column.name):
            continue
        beside = [columns[one] for one in (at - 1, at + 1) if 0 <= one < len(columns)]
        dates = next((one for one in beside if one.kind == "time" and _whole_days(one)), None)
        known = column.numbers[np.isfinite(column.numbers)]
        if dates is None or not known.size:
            continue
        past = any(n.code == "clock-past-midnight" and n.place == place for n in notes)
        if known.max() >= _DAY and not past:
            continue  # hours beyond 24 are a duration
        notes[:] = [note for note in notes if note.place != place or not _of_clock(note)]
        text = f"its times of day are taken on the dates of the column {dates.name!r}"
        notes.append(Note.info("clock-dated", text, place))
        moments = dates.numbers + column.numbers % _DAY
        made[at] = Column(column.name, moments, "", "time")
    return made


def _of_clock(note: Note) -> bool:
    return note.code in ("clock-as-seconds", "clock-past-midnight")


def _whole_days(column: Column) -> bool:
    """Whether a column holds dates without a time."""
    known = column.numbers[np.isfinite(column.numbers)]
    return bool(known.size) and bool((known % _DAY == 0).all())


def unique(columns: Sequence[Column], notes: list[Note]) -> tuple[Column, ...]:
    """Columns of which no two have one name and unit; a second one is numbered, and told."""
    taken: Counter[str] = Counter()
    made: list[Column] = []
    for column in columns:
        taken[column.name] += 1
        if (count := taken[column.name]) > 1:
            name = f"{column.name} [{count}]"
            text = f"a column's name stands twice: this one is called {name!r}"
            notes.append(Note.doubt("column-repeated", text, column.name))
            column = Column(name, column.values, column.unit, column.kind)  # noqa: PLW2901
        made.append(column)
    return tuple(made)


def _factors(written: Counter[str], valued: int) -> dict[str, float]:
    """What values of units that differ by their prefix alone are multiplied by; else nothing.

    All are turned into the commonest. Values without a unit beside them leave open which is theirs.
    """
    if sum(written.values()) < valued:
        return {}
    powers: dict[str, int] = {}
    bases = {unit for unit in written if unit in _BASES}
    bases |= {unit[1:] for unit in written if unit[:1] in _PREFIXES and unit[1:] in _BASES}
    if len(bases) != 1:
        return {}
    base = bases.pop()
    for unit in written:
        if unit != base and unit[1:] != base:
            return {}
        powers[unit] = 0 if unit == base else _PREFIXES[unit[0]]
    to = powers[written.most_common(1)[0][0]]
    return {unit: 10.0 ** (power - to) for unit, power in powers.items()}


def _numbers(
    texts: Sequence[str], decimal: str, unit: str, place: str, notes: list[Note]
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], str]:
    values = np.empty(len(texts))
    odd: list[int] = []
    written: Counter[str] = Counter()
    for at, text in enumerate(texts):
        value = number_in(text, decimal)
        if value is None:
            odd.append(at)
            value = math.nan
        elif not text[-1:].isdigit() and (found := _WITH_UNIT.fullmatch(text)):
            written[found[2]] += 1
        values[at] = value
    if odd:
        text = f"{len(odd)} of {len(texts)} cells are not numbers and count as missing, such as "
        text += repr(texts[odd[0]][:40])
        notes.append(Note.loss("cells-not-numbers", text, f"{place}, row {odd[0] + 1}"))
    if 0 < (empty := int(np.isnan(values).sum()) - len(odd)) < values.size:
        text = f"{empty} of {values.size} values are missing"
        notes.append(Note.info("values-missing", text, place))
    own = next(iter(written)) if len(written) == 1 else ""
    if len(written) > 1 and (factors := _factors(written, len(texts) - len(odd) - empty)):
        own = next(name for name, factor in factors.items() if factor == 1.0)
        for at, text in enumerate(texts):
            if found := _WITH_UNIT.fullmatch(text):
                values[at] *= factors[found[2]]
        text = (
            f"its values bear several units, {', '.join(sorted(written))}: {own} is that of all now"
        )
        notes.append(Note.info("units-converted", text, place))
    if own:
        if unit and typeset_unit(unit) != typeset_unit(own):
            text = f"its values are in {own}, where its name says {unit}: {own} is taken"
            notes.append(Note.doubt("units-differ", text, place))
        return values, own
    if len(written) > 1:
        text = f"its values bear several units: {', '.join(sorted(written))}"
        notes.append(Note.doubt("units-differ", text, place))
    return values, unit
