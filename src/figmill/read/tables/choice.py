"""Which reader reads a table: the one that is surest by the file's first bytes."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from figmill.errors import InputError
from figmill.read.column_names import split_name
from figmill.read.filecheck import explained, read_bytes
from figmill.read.pymeasure import parse_results, procedure_of
from figmill.read.readers import Reader, Readers, read_head
from figmill.read.tables import binary, instruments, jsonl
from figmill.read.tables.delimited import read_text_tables
from figmill.read.tables.grid import unique
from figmill.read.tables.model import Column, DataTable
from figmill.read.tables.moments import looks_like_time, times_of
from figmill.read.tables.traces import stacked
from figmill.read.text_notation import decode

TEXTS = (".csv", ".tsv", ".txt", ".dat", ".lvm", ".itx", ".jsonl", ".ndjson", ".xy", ".prn")
PACKED = (".parquet", ".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".h5", ".hdf5", ".hdf")
SUFFIXES = (*TEXTS, *PACKED)
"""Suffixes of files in folders that are taken for tables."""
MOST_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Format:
    """A reader of figmill's own, made of functions."""

    format: str
    looks: Callable[[bytes, str], float]
    decode: Callable[[Path, bytes], tuple[DataTable, ...]]
    gives: str = "table"

    def sniff(self, head: bytes, name: str) -> float:
        """How sure it is of a file."""
        return self.looks(head, name)

    def read(self, path: Path) -> tuple[DataTable, ...]:
        """Read all tables of a file."""
        with explained(path):
            data = read_bytes(path)
        if len(data) > MOST_BYTES:
            raise InputError(
                f"the file has {len(data) >> 20} MiB.",
                file=path,
                hint=f"At most {MOST_BYTES >> 20} MiB are read: is it a table?",
            )
        if not data.strip():
            raise InputError("the file is empty.", file=path, hint="Export or copy it again.")
        try:
            return self.decode(path, data)
        except csv.Error as error:
            raise InputError(
                f"a line of it cannot be cut into cells: {error}.",
                file=path,
                hint="A quotation mark may be open: export it again.",
            ) from error


def _looks_like_text(head: bytes, name: str) -> float:
    try:
        text, _ = decode(head[: len(head) // 4 * 4])
    except InputError:
        return 0.0
    return 0.3 if text.strip() else 0.05


def _pymeasure(path: Path, data: bytes) -> tuple[DataTable, ...]:
    found = parse_results(data, path)
    notes = list(found.notes)
    columns = []
    for name, values in found.columns.items():
        quantity, unit = split_name(name)
        if isinstance(values, tuple) and all(looks_like_time(text) for text in values if text):
            seconds, dated, told = times_of(values, f"column {quantity!r}")
            notes += told
            columns.append(
                Column(quantity, seconds, "" if dated else "s", "time" if dated else "number")
            )
        else:
            kind = "text" if isinstance(values, tuple) else "number"
            columns.append(Column(quantity, values, unit, kind))  # type: ignore[arg-type]
    header = {"Procedure": found.procedure, **found.metadata, **found.parameters}
    return (DataTable(unique(columns, notes), "", header, "PyMeasure", (0,), tuple(notes)),)


OWN: tuple[Format, ...] = (
    Format("PyMeasure", lambda h, _: 0.9 if procedure_of(h) is not None else 0.0, _pymeasure),
    Format("EasyEXPERT", lambda h, _: instruments.sniff_easyexpert(h), instruments.read_easyexpert),
    Format("LabVIEW .lvm", lambda h, _: instruments.sniff_lvm(h), instruments.read_lvm),
    Format("Igor .itx", lambda h, _: instruments.sniff_itx(h), instruments.read_itx),
    Format("4155/4156", lambda h, _: instruments.sniff_analyser(h), instruments.read_analyser),
    Format("Parquet", lambda h, _: binary.sniff_parquet(h), binary.read_parquet),
    Format("Excel", binary.sniff_excel, binary.read_excel),
    Format("HDF5", lambda h, _: binary.sniff_hdf5(h), binary.read_hdf5),
    Format("JSON lines", lambda h, _: jsonl.sniff_jsonl(h), jsonl.read_jsonl),
    Format("text", _looks_like_text, read_text_tables),
)
READERS: Readers[Reader[tuple[DataTable, ...]]] = Readers("table", OWN)


def read_tables(path: str | Path) -> tuple[DataTable, ...]:
    r"""Read all tables of a file of any supported format; its bytes say what it is.

    Parameters
    ----------
    path
        Text in any notation, PyMeasure, EasyEXPERT, 4155/4156, .lvm, .itx, JSON lines; Parquet,
        Excel and HDF5 with the extra ``tables``.

    Returns
    -------
    tuple of DataTable
        At least one.

    Raises
    ------
    figmill.errors.InputError
        The file cannot be read, or holds no table.
    figmill.errors.MissingExtraError
        Its format needs a library that is not installed.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "iv.csv"
    ...     _ = file.write_text("Diode 7;;\nU/V;I (mA);Lage\n0,5;1,25;A1\n1,0;2,5;A1\n")
    ...     (table,) = read_tables(file)
    >>> [(c.name, c.unit, c.kind) for c in table.columns], table.columns[1].values
    ([('U', 'V', 'number'), ('I', 'mA', 'number'), ('Lage', '', 'text')], array([1.25, 2.5 ]))
    """
    path = Path(path)
    with explained(path):
        head = read_head(path)
    reader, _ = READERS.choose(head, path.name)
    if reader is None:
        raise InputError(
            "no reader of tables knows this file.",
            file=path,
            hint="Text, Parquet, Excel, HDF5 and JSON lines are read: export it as text.",
        )
    tables = tuple(stacked(table) for table in reader.read(path))
    told = READERS.notes()
    return tuple(replace(one, notes=(*one.notes, *told)) for one in tables) if told else tables
