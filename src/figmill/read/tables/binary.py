"""Tables in Parquet, Excel and HDF5 files, by libraries of the extra ``tables``."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from figmill.errors import InputError
from figmill.extras import need
from figmill.notes import Note
from figmill.read.tables.grid import Row, header_of, named, table_of, unique
from figmill.read.tables.model import MOST_COLUMNS, MOST_ROWS, Column, DataTable

EXTRA = "tables"
_MOST_VALUES = 200_000_000
_DEEPEST = 12
_MOST_SETS = 2000
_WIDE = 256


def sniff_parquet(head: bytes) -> float:
    """Whether it is a Parquet file."""
    return 0.9 if head.startswith(b"PAR1") else 0.0


def read_parquet(path: Path, data: bytes) -> tuple[DataTable, ...]:
    """Read a Parquet file; numbers, times and texts become columns."""
    need("polars", EXTRA)
    import polars as pl

    from figmill.read.parquet import polars_errors

    notes: list[Note] = []
    try:
        frame = pl.read_parquet(io.BytesIO(data), hive_partitioning=False)
    except polars_errors() as error:
        raise InputError(
            f"the file is not a Parquet file that can be read: {str(error).rstrip('.')}.",
            file=path,
            hint="Write or copy it again.",
        ) from error
    columns: list[Column] = []
    for series in frame.get_columns():
        name, unit = named(series.name)
        if series.dtype.is_numeric() or series.dtype in (pl.Boolean, pl.Null):
            values = series.cast(pl.Float64, strict=False).to_numpy()
            columns.append(Column(name, np.array(values, dtype=np.float64), unit))
        elif series.dtype == pl.Date or isinstance(series.dtype, pl.Datetime):
            micro = series.cast(pl.Datetime("us")).dt.epoch("us").cast(pl.Float64).to_numpy()
            columns.append(Column(name, np.asarray(micro, dtype=np.float64) / 1e6, "", "time"))
        elif series.dtype in (pl.String, pl.Categorical):
            texts = series.cast(pl.String).fill_null("").to_list()
            columns.append(Column(name, tuple(texts), unit, "text"))
        else:
            text = f"it holds {series.dtype}, which cannot be drawn, and is left out"
            notes.append(Note.loss("column-nested", text, f"column {name!r}"))
    if not columns or not frame.height:
        raise InputError("it has no rows.", file=path, hint="Write it again, with its data.")
    return (DataTable(unique(columns, notes), "", {}, "Parquet", (0,), tuple(notes)),)


def sniff_excel(head: bytes, name: str) -> float:
    """Whether it is a spreadsheet, by its first bytes and its suffix."""
    spread = name.lower().endswith((".xlsx", ".xls", ".xlsm", ".xlsb", ".ods"))
    packed = head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))
    return 0.8 if spread and packed else 0.0


def read_excel(path: Path, data: bytes) -> tuple[DataTable, ...]:
    """Read a spreadsheet: one table for each sheet that holds rows of numbers.

    Sheets of settings alone become the header of the tables.
    """
    need("python_calamine", EXTRA)
    from python_calamine import CalamineError, CalamineWorkbook

    tables: list[DataTable] = []
    settings: dict[str, str] = {}
    passed: list[str] = []
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for name in book.sheet_names:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            grid = _grid(rows)
            if not grid:
                continue
            try:
                table = table_of(grid, ".", path, what="Excel")
            except InputError:
                settings |= header_of([row.cells for row in grid])
                passed.append(name)
                continue
            tables.append(replace(table, title=name))
    except CalamineError as error:
        raise InputError(
            f"the spreadsheet cannot be read: {error}.", file=path, hint="Save it again as .xlsx."
        ) from error
    if not tables:
        raise InputError(
            "no sheet holds rows of numbers.",
            file=path,
            hint=f"Its sheets: {', '.join(passed) or 'none'}.",
        )
    notes: tuple[Note, ...] = ()
    if passed:
        text = f"sheets without rows of numbers are read as settings: {', '.join(passed)[:200]}"
        notes = (Note.info("sheets-as-settings", text),)
    if len(tables) == 1:
        tables[0] = replace(tables[0], title="")
    return tuple(
        replace(one, header={**settings, **one.header}, notes=(*one.notes, *notes))
        for one in tables
    )


def _grid(rows: Sequence[Sequence[Any]]) -> list[Row]:
    grid = []
    for number, row in enumerate(rows[:MOST_ROWS], 1):
        cells = [_cell(value) for value in row[:MOST_COLUMNS]]
        if any(cells):
            grid.append(Row(number, cells))
    used = max((at + 1 for row in grid for at, cell in enumerate(row.cells) if cell), default=0)
    left = min((next(at for at, cell in enumerate(row.cells) if cell) for row in grid), default=0)
    return [Row(row.line, row.cells[left:used]) for row in grid]


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime | date):
        return value.isoformat(*([" "] if isinstance(value, datetime) else []))
    if isinstance(value, time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return repr(value.total_seconds())
    return str(value).strip()


def sniff_hdf5(head: bytes) -> float:
    """Whether it is an HDF5 file."""
    return 0.7 if head.startswith(b"\x89HDF\r\n\x1a\n") else 0.0


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, KeyError, ValueError, TypeError, RuntimeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"the HDF5 file cannot be read: {error}.", file=path, hint="Copy or write it again."
        ) from error


def read_hdf5(path: Path, data: bytes) -> tuple[DataTable, ...]:
    """Read an HDF5 file: vectors of one length in one group are a table, and so is a compound set.

    Links to other files are not followed.
    """
    need("h5py", EXTRA)
    import h5py

    tables: list[DataTable] = []
    notes: list[Note] = []
    with _explained(path), h5py.File(io.BytesIO(data), "r") as file:
        header = {str(k): str(v)[:200] for k, v in list(file.attrs.items())[:200]}
        _of_group(file, "", tables, notes, header, h5py, 0)
    if not tables:
        raise InputError(
            "there is no table in it.",
            file=path,
            hint="Vectors of one length in a group are expected, or a data set with fields.",
        )
    if len(tables) == 1:
        tables[0] = replace(tables[0], title="")
    return tuple(replace(one, notes=(*one.notes, *notes)) for one in tables)


def _of_group(
    group: Any, name: str, tables: list[DataTable], notes: list[Note], header: dict[str, str],
    h5py: Any, depth: int,
) -> None:  # fmt: skip
    own = {**header, **{str(k): str(v)[:200] for k, v in list(group.attrs.items())[:200]}}
    vectors: dict[int, list[Column]] = {}
    below: list[tuple[str, Any]] = []
    for count, key in enumerate(group):
        if count >= _MOST_SETS:
            text = f"only the first {_MOST_SETS} sets of a group are read"
            notes.append(Note.loss("sets-left-out", text, name or "/"))
            break
        if isinstance(group.get(key, getlink=True), h5py.ExternalLink):
            text = "it is a link to another file, and is not followed"
            notes.append(Note.loss("link-not-followed", text, f"{name}/{key}"))
            continue
        thing = group[key]
        if isinstance(thing, h5py.Group):
            below.append((key, thing))
        elif thing.size is not None and thing.size <= _MOST_VALUES:
            _of_set(key, thing, name, vectors, tables, own, notes)
        else:
            text = "it is too large to be read as a table"
            notes.append(Note.loss("sets-left-out", text, f"{name}/{key}"))
    for number, columns in enumerate(vectors.values()):
        title = name.strip("/") + (f" {number + 1}" if len(vectors) > 1 else "")
        tables.append(DataTable(unique(columns, notes), title.strip(), own, "HDF5"))
    for key, thing in below:
        if depth < _DEEPEST:
            _of_group(thing, f"{name}/{key}", tables, notes, own, h5py, depth + 1)


def _of_set(
    key: str, thing: Any, name: str, vectors: dict[int, list[Column]], tables: list[DataTable],
    header: dict[str, str], notes: list[Note],
) -> None:  # fmt: skip
    fields = thing.dtype.names
    if fields and thing.ndim == 1:
        values = thing[()]
        columns = []
        for one in fields:
            column = _h5_column(one, values[one], "")
            if column is None:
                text = "it holds neither numbers nor texts, and is left out"
                notes.append(Note.loss("column-nested", text, f"column {one!r}"))
            else:
                columns.append(column)
        if columns and thing.size:
            title = f"{name}/{key}".strip("/")
            tables.append(DataTable(unique(columns, notes), title, header, "HDF5"))
        return
    unit = _h5_text(thing.attrs.get("units", thing.attrs.get("unit", "")))
    if thing.ndim == 1 and thing.size > 1:
        column = _h5_column(key, thing[()], unit)
        if column is not None:
            vectors.setdefault(int(thing.size), []).append(column)
            return
    elif thing.ndim == 2 and thing.dtype.kind in "fiub" and 0 < thing.shape[1] <= _WIDE:
        values = np.asarray(thing[()], dtype=np.float64)
        for at in range(values.shape[1]):
            vectors.setdefault(len(values), []).append(
                Column(f"{key}[{at}]", values[:, at].copy(), unit)
            )
        return
    elif thing.ndim == 0 or thing.size == 1:
        header.setdefault(key, _h5_text(thing[()])[:200])
        return
    text = f"it is of shape {thing.shape} and type {thing.dtype}, and is left out"
    notes.append(Note.loss("sets-left-out", text, f"{name}/{key}"))


def _h5_column(key: str, values: Any, unit: str) -> Column | None:
    name, own = named(str(key))
    kind = values.dtype.kind
    if values.ndim == 1 and kind in "fiub":
        return Column(name, np.asarray(values, dtype=np.float64), unit or own)
    if values.ndim == 1 and kind in "SO" and all(isinstance(v, str | bytes) for v in values[:50]):
        return Column(name, tuple(_h5_text(v) for v in values), unit or own, "text")
    return None


def _h5_text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
