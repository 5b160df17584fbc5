"""Texts of instruments and programs with a layout of their own.

Facts of the layouts: EasyEXPERT writes rows that begin with a key, ``DataName`` opens a block; the
4155 and 4156 write a row of names that begins with ``NO.``; LabVIEW's .lvm has a header for the
file and one for each segment; Igor's .itx has waves between ``BEGIN`` and ``END``.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from figmill.errors import InputError
from figmill.notes import Note
from figmill.read.tables.delimited import notation_of
from figmill.read.tables.grid import Row, header_of, named, table_of, unique
from figmill.read.tables.model import Column, DataTable
from figmill.read.text_notation import decode, number_of

_KEYS = (
    "SetupTitle,", "PrimitiveTest,", "TestParameter,", "MetaData,", "AnalysisSetup,",
    "Dimension1,", "DataName,",
)  # fmt: skip
_NO = re.compile(r'^\s*"?NO\.?"?\s*[,;\t ]', re.IGNORECASE | re.MULTILINE)
_SET_SCALE = re.compile(
    r"\s*SetScale\s*/?(?P<how>[PI]?)\s*(?P<axis>[xyd])[\s,]+(?P<a>[^,]+),(?P<b>[^,]+),"
    r"\s*\"(?P<unit>[^\"]*)\"\s*,(?P<waves>.*)",
    re.IGNORECASE,
)
_END_OF_HEADER = "***End_of_Header***"


def _lines(data: bytes, path: Path) -> list[str]:
    return decode(data, path)[0].replace("\r\n", "\n").replace("\r", "\n").split("\n")


def sniff_easyexpert(head: bytes) -> float:
    """Whether rows begin with the keys of EasyEXPERT."""
    text = head.decode("latin-1").replace("\0", "").lstrip("\ufeff\xef\xbb\xbf\xff\xfe")
    return 0.9 if text.startswith(_KEYS) else 0.0


def read_easyexpert(path: Path, data: bytes) -> tuple[DataTable, ...]:
    """Read what EasyEXPERT exports, of a B1500 and its like: one table a test.

    Blocks of one title and the same columns are parts of one table. Where ``Dimension1`` says how
    many points a sweep has, each sweep is a part.
    """
    header: dict[str, str] = {}
    tables: list[DataTable] = []
    names: list[str] = []
    rows: list[list[str]] = []
    odd = 0

    def close() -> None:
        nonlocal odd
        if names and rows:
            made = _easyexpert_table(names, rows, header, odd, path)
            last = tables[-1] if tables else None
            if (
                last
                and [c.title for c in last.columns] == [c.title for c in made.columns]
                and (last.title == made.title)
            ):
                tables[-1] = _joined(last, made)
            else:
                tables.append(made)
        rows.clear()
        odd = 0

    for line in _lines(data, path):
        cells = [cell.strip() for cell in next(csv.reader([line]), [])]
        key = cells[0].lstrip("\ufeff") if cells else ""
        if key == "DataName":
            close()
            names = [cell for cell in cells[1:] if cell]
        elif key == "DataValue":
            if len(cells) - 1 >= len(names):
                rows.append(cells[1 : len(names) + 1])
            else:
                odd += 1
        elif key == "SetupTitle":
            close()
            names = []
            header = {"SetupTitle": ", ".join(cells[1:])}
        elif key and len(cells) > 1:
            if names and rows:  # the settings of another run
                close()
                names = []
            name = cells[1] if key in ("TestParameter", "MetaData", "AnalysisSetup") else key
            header[name] = ", ".join(cells[2:] if name != key else cells[1:])[:500]
    close()
    if not tables:
        raise InputError(
            "there is no block of data in it.",
            file=path,
            place="DataName",
            hint="Export the test again, with its values.",
        )
    return tuple(tables)


def _easyexpert_table(
    names: Sequence[str], rows: Sequence[Sequence[str]], header: dict[str, str], odd: int,
    path: Path,
) -> DataTable:  # fmt: skip
    notes: list[Note] = []
    if odd:
        text = f"rows with too few values are left out: {odd} of {odd + len(rows)}"
        notes.append(Note.loss("row-too-short", text, str(header.get("SetupTitle", ""))))
    units = _easyexpert_units(names, header)
    columns = []
    for at, name in enumerate(names):
        read = [number_of(row[at], ".") for row in rows]
        wrong = sum(value is None for value in read)
        if wrong:
            text = f"{wrong} of {len(read)} cells are not numbers and count as missing"
            notes.append(Note.loss("cells-not-numbers", text, f"column {name!r}"))
        values = np.array([np.nan if value is None else value for value in read])
        columns.append(Column(name, values, units.get(name, "")))
    sizes = [int(t) for t in re.findall(r"\d+", header.get("Dimension1", ""))]
    parts: tuple[int, ...] = (0,)
    if sizes and 1 < sizes[0] < len(rows) and len(rows) % sizes[0] == 0:
        parts = tuple(range(0, len(rows), sizes[0]))
    title = header.get("SetupTitle") or header.get("Analysis.Setup.Title", "")
    return DataTable(unique(columns, notes), title, dict(header), "EasyEXPERT", parts, tuple(notes))


def _easyexpert_units(names: Sequence[str], header: dict[str, str]) -> dict[str, str]:
    """Units as the file lists them, else by the roles of the channels."""
    found: dict[str, str] = {}
    for key, text in header.items():
        if key.endswith("Datum.Unit"):
            listed = [part.strip() for part in text.split(",")]
            if len(listed) == len(names):
                found |= {n: unit for n, unit in zip(names, listed, strict=True) if unit}
    for key, unit in (("Channel.VName", "V"), ("Channel.IName", "A")):
        for name in header.get(key, "").split(","):
            found.setdefault(name.strip(), unit)
    return found


def _joined(one: DataTable, other: DataTable) -> DataTable:
    """Two tables of the same columns, one below the other."""
    columns = []
    for a, b in zip(one.columns, other.columns, strict=True):
        if isinstance(a.values, tuple) or isinstance(b.values, tuple):
            texts = (*map(str, a.values), *map(str, b.values))
            columns.append(Column(a.name, texts, a.unit, "text"))
        else:
            columns.append(replace(a, values=np.concatenate((a.values, b.values))))
    parts = (*one.parts, *(one.rows + part for part in other.parts))
    notes = tuple(dict.fromkeys((*one.notes, *other.notes)))
    return replace(one, columns=tuple(columns), parts=parts, notes=notes)


def sniff_analyser(head: bytes) -> float:
    """Whether a row of names begins with ``NO.``, as the 4155 and 4156 write it."""
    return 0.85 if _NO.search(head.decode("latin-1").replace("\0", "")) else 0.0


def read_analyser(path: Path, data: bytes) -> tuple[DataTable, ...]:
    """Read a list of a 4155 or 4156: names behind ``NO.``, units below, a number before each row.

    A number that starts again begins a part: the next step of VAR2.
    """
    lines = _lines(data, path)
    top = next((at for at, line in enumerate(lines) if _NO.match(line)), len(lines) - 1)
    delimiter, decimal, width = notation_of(lines[top:], path)
    rows = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            if delimiter is None:
                cells = line.replace('"', " ").split()
            else:
                reader = csv.reader([line], delimiter=delimiter, skipinitialspace=True)
                cells = [cell.strip() for cell in next(reader, [])]
            rows.append(Row(number, cells))
    table = table_of(rows, decimal, path, width=width, what="4155/4156")
    counter = table.columns[0]
    parts = table.parts
    if counter.kind == "number" and counter.name.upper().rstrip(".") == "NO":
        again = np.flatnonzero(np.diff(counter.numbers) <= 0) + 1
        parts = tuple(sorted({0, *parts, *again.tolist()}))
        table = replace(table, columns=table.columns[1:])
    return (replace(table, parts=parts),)


def sniff_lvm(head: bytes) -> float:
    """Whether it begins as LabVIEW's measurement files do."""
    return 0.9 if head.lstrip(b"\xef\xbb\xbf").startswith(b"LabVIEW Measurement") else 0.0


def read_lvm(path: Path, data: bytes) -> tuple[DataTable, ...]:
    """Read LabVIEW's measurement file: its segments are parts of one table, if alike."""
    lines = _lines(data, path)
    try:
        end = next(at for at, line in enumerate(lines) if line.startswith(_END_OF_HEADER))
    except StopIteration:
        raise InputError(
            f"{_END_OF_HEADER} is missing.", file=path, hint="Copy the file again."
        ) from None
    separator = "," if "Separator\tComma" in "\n".join(lines[:end]) or any(
        line.startswith("Separator,") for line in lines[:end]
    ) else "\t"  # fmt: skip
    settings = header_of([line.split(separator) for line in lines[1:end]])
    decimal = settings.get("Decimal_Separator", ".").strip() or "."
    how = settings.get("X_Columns", "One")
    tables: list[DataTable] = []
    block: list[list[str]] = []
    about: dict[str, list[str]] = {}
    names: list[str] = []
    inside = False
    for line in [*lines[end + 1 :], ""]:
        cells = [cell.strip() for cell in line.split(separator)]
        if line.startswith(_END_OF_HEADER):
            continue
        if not any(cells):
            if inside and block:
                tables += _lvm_tables(names, block, about, settings, decimal, how)
                block, about, names, inside = [], {}, [], False
            continue
        if not inside and cells[0] == "X_Value":
            names, inside = cells, True
        elif not inside and len(cells) > 1:
            about[cells[0]] = cells[1:]
        elif inside:
            block.append(cells)
        elif number_of(cells[0], decimal) is not None:
            names, inside = ["X_Value", *(f"Channel {n}" for n in range(1, len(cells)))], True
            block.append(cells)
    if not tables:
        raise InputError(
            "no segment of it holds rows.", file=path, hint="Measure or export it again."
        )
    made: list[DataTable] = []
    for table in tables:
        titles = [column.title for column in table.columns]
        # Channels with an x of their own stand in each segment again, one after the other.
        tried = range(len(made)) if table.title else range(len(made))[-1:]
        for at in tried:
            if titles == [c.title for c in made[at].columns] and table.title == made[at].title:
                made[at] = _joined(made[at], table)
                break
        else:
            title = table.title or (f"segment {len(made) + 1}" if made else "")
            made.append(replace(table, title=title))
    return tuple(made)


def _lvm_tables(
    names: list[str], block: list[list[str]], about: dict[str, list[str]],
    settings: dict[str, str], decimal: str, how: str,
) -> list[DataTable]:  # fmt: skip
    """A segment's tables: one for all channels that share an x, called by them if several."""
    at_x = [at for at, name in enumerate(names) if name == "X_Value"]
    at_y = [at for at, name in enumerate(names) if name not in ("X_Value", "Comment")]
    shared: dict[tuple[int, str, str], list[int]] = {}
    for channel, at in enumerate(at_y):
        x = max([one for one in at_x if one < at], default=0)
        start, step = (
            (about.get(key) or [""])[channel if channel < len(about.get(key) or []) else 0]
            for key in ("X0", "Delta_X")
        )
        counted = how == "No"
        shared.setdefault((x, start if counted else "", step if counted else ""), []).append(
            channel
        )
    if len(shared) < 2:
        return [_lvm_table(names, block, about, settings, decimal, how)]
    made = []
    for (x, _, _), channels in shared.items():
        taken = [x, *(at_y[channel] for channel in channels)]
        own = {
            key: [values[n] for n in channels] if len(values) >= len(at_y) else values
            for key, values in about.items()
        }
        rows = [[row[at] if at < len(row) else "" for at in taken] for row in block]
        rows = [row for row in rows if any(row)]
        if rows:
            table = _lvm_table([names[at] for at in taken], rows, own, settings, decimal, how)
            listed = ", ".join(names[at] for at in taken[1:])
            text = f"{len(shared)} groups of channels have an x of their own: each is a table"
            notes = (*table.notes, Note.info("x-by-channel", text))
            made.append(replace(table, title=listed[:60], notes=notes))
    if "Comment" in names:
        at = names.index("Comment")
        remarks = sum(len(row) > at and bool(row[at]) for row in block)
        if remarks and made:
            text = f"{remarks} comments behind the rows are not drawn"
            notes = (*made[0].notes, Note.info("comments-among-rows", text))
            made[0] = replace(made[0], notes=notes)
    return made


def _lvm_table(
    names: list[str], block: list[list[str]], about: dict[str, list[str]],
    settings: dict[str, str], decimal: str, how: str,
) -> DataTable:  # fmt: skip
    notes: list[Note] = []
    if names and names[-1] == "Comment":
        remarks = sum(len(row) >= len(names) and bool(row[len(names) - 1]) for row in block)
        if remarks:
            text = f"{remarks} comments behind the rows are not drawn"
            notes.append(Note.info("comments-among-rows", text))
        names = names[:-1]
    texts = [[row[at] if at < len(row) else "" for row in block] for at in range(len(names))]
    columns: list[Column] = []
    units_y, unit_x = about.get("Y_Unit_Label", []), (about.get("X_Dimension", [""]) or [""])[0]
    channel = 0
    for name, column in zip(names, texts, strict=True):
        read = [number_of(text, decimal) for text in column]
        wrong = sum(value is None for value in read)
        if wrong:
            text = f"{wrong} of {len(read)} cells are not numbers and count as missing"
            notes.append(Note.loss("cells-not-numbers", text, f"column {name!r}"))
        values = np.array([np.nan if value is None else value for value in read])
        if name == "X_Value":
            if how == "No" or not np.isfinite(values).any():
                start, step = (_first_of(about, key) for key in ("X0", "Delta_X"))
                values = start + (step or 1.0) * np.arange(len(block))
                text = "its x is counted from X0 and Delta_X of the header"
                notes.append(Note.info("x-from-header", text))
            columns.append(Column(unit_x or "X", values, "s" if unit_x == "Time" else ""))
        else:
            unit = units_y[channel] if channel < len(units_y) else ""
            channel += 1
            columns.append(Column(name, values, unit))
    header = {**settings, **{key: ", ".join(values) for key, values in about.items()}}
    return DataTable(unique(columns, notes), "", header, "LabVIEW .lvm", (0,), tuple(notes))


def _first_of(about: dict[str, list[str]], key: str) -> float:
    values = about.get(key) or [""]
    found = number_of(values[0], ".")
    if found is None:
        found = number_of(values[0], ",")
    return float(found) if found is not None and np.isfinite(found) else 0.0


def sniff_itx(head: bytes) -> float:
    """Whether it begins as Igor's text files do."""
    return 0.9 if re.match(rb"\s*IGOR\s*[\r\n]", head) else 0.0


def read_itx(path: Path, data: bytes) -> tuple[DataTable, ...]:
    """Read Igor's waves: those between one BEGIN and END are the columns of a table."""
    found: list[tuple[list[str], list[list[str]]]] = []
    scales: dict[str, tuple[str, float, float, str]] = {}
    units: dict[str, str] = {}
    names: list[str] = []
    inside = False
    for line in _lines(data, path):
        bare = line.strip()
        if inside:
            if bare.upper() == "END":
                inside = False
            elif bare:
                found[-1][1].append(bare.split())
        elif bare.upper().startswith("WAVES"):
            waves = re.sub(r"^WAVES(?:/\w+(?:=\([^)]*\))?)*", "", bare, flags=re.IGNORECASE)
            names = [one.strip().strip("'") for one in re.split(r"[,\t]|\s{2,}", waves)]
            names = [one for one in names if one] or waves.split()
        elif bare.upper() == "BEGIN":
            inside = True
            found.append((names, []))
        elif bare[:2].upper() in ("X ", "X\t"):
            for scale in filter(None, map(_SET_SCALE.match, bare[1:].split(";"))):
                waves_of = [wave.strip().strip("'\" ") for wave in scale["waves"].split(",")]
                if scale["axis"].lower() != "x":
                    units.update(dict.fromkeys(waves_of, scale["unit"]))
                    continue
                a, b = number_of(scale["a"].strip(), "."), number_of(scale["b"].strip(), ".")
                if a is not None and b is not None:
                    how = (scale["how"] or "N").upper()
                    scales.update(dict.fromkeys(waves_of, (how, a, b, scale["unit"])))
    tables: list[DataTable] = []
    flat = [one for one in found if one[0] and any(len(row) == len(one[0]) for row in one[1])]
    others = [one for one in found if one[0] and one[1] and one not in flat]
    for number, (waves_, rows) in enumerate(flat, 1):
        title = "" if len(flat) == 1 else f"{number}"
        tables.append(_itx_table(waves_, rows, scales, units, title))
    if others:
        listed = ", ".join(name for one in others for name in one[0])[:80]
        if not tables:
            raise InputError(
                f"its waves have more than one dimension: {listed}.",
                file=path,
                hint="Curves have one: export a row or a column of each.",
            )
        text = f"waves of more than one dimension are left out: {listed}"
        tables[0] = replace(tables[0], notes=(*tables[0].notes, Note.loss("wave-left-out", text)))
    if not tables:
        raise InputError("there are no waves in it.", file=path, hint="Export it again.")
    return tuple(tables)


def _itx_table(
    names: list[str], rows: list[list[str]], scales: dict[str, tuple[str, float, float, str]],
    units: dict[str, str], title: str,
) -> DataTable:  # fmt: skip
    notes: list[Note] = []
    short = sum(len(row) != len(names) for row in rows)
    if short:
        text = f"rows with another number of values are left out: {short} of {len(rows)}"
        notes.append(Note.loss("row-too-short", text))
        rows = [row for row in rows if len(row) == len(names)]
    columns = []
    for at, name in enumerate(names):
        read = [number_of(row[at], ".") for row in rows]
        values = np.array([np.nan if value is None else value for value in read])
        quantity, unit = named(name)
        columns.append(Column(quantity, values, units.get(name) or unit))
    scale = scales.get(names[0])
    if scale and rows:
        how, a, b, unit = scale
        step = b if how == "P" else (b - a) / max(1, len(rows) - (how == "I"))
        columns.insert(0, Column("x", a + step * np.arange(len(rows), dtype=np.float64), unit))
        text = "its x is counted as SetScale says"
        notes.append(Note.info("x-from-header", text))
    return DataTable(unique(columns, notes), title, {}, "Igor .itx", (0,), tuple(notes))
