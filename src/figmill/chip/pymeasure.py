"""Read the Results files of PyMeasure: a commented header, one header row, comma-separated rows.

Units stay as they are written: a parameter is kept as its text, a column under its own name,
because seconds and milliseconds stand side by side in one file.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from figmill.chip.units import split_name
from figmill.errors import InputError
from figmill.notes import Note
from figmill.read.filecheck import explained, read_bytes
from figmill.read.parquet import polars, polars_errors

Column = NDArray[np.float64] | tuple[str, ...]

_SECTIONS = ("Procedure", "Parameters", "Metadata", "Data")
_ENCODINGS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_NO_READING = 9.9e37
_HINT = "Measure again, or repair the file by hand; it is left out of the stage."


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """One measurement as PyMeasure wrote it.

    Parameters
    ----------
    procedure
        The last dotted part of the procedure's path: ``"It"``.
    parameters, metadata
        Texts as written, with their units: ``{"VDS": "0.1 V"}``.
    columns
        By name, in the file's order: float64 of shape (rows,), or texts where the column holds
        something other than numbers.
    body
        The bytes of header row and rows, with line ends made one: what makes the run itself.
    notes
        What was assumed or left out on the way.
    """

    procedure: str
    parameters: Mapping[str, str]
    metadata: Mapping[str, str]
    columns: Mapping[str, Column]
    body: bytes
    notes: tuple[Note, ...] = ()

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(next(iter(self.columns.values())))


def read_results(path: str | Path) -> Results:
    """Read a Results file.

    Raises
    ------
    figmill.errors.InputError
        The file cannot be read, is not a Results file, or holds no rows.
    """
    path = Path(path)
    with explained(path):
        data = read_bytes(path)
    return parse_results(data, path)


def procedure_of(head: bytes) -> str | None:
    r"""Tell by a file's first bytes the procedure of which they are Results.

    Parameters
    ----------
    head
        A few hundred bytes are enough, unless much stands before the line ``#Procedure``.

    Returns
    -------
    str or None
        The last dotted part of the procedure's path; None where the file is not a Results file.

    Examples
    --------
    >>> procedure_of(b"#Procedure: <lab.It>\n#Parameters:\n"), procedure_of(b"t,I\n0,1\n")
    ('It', None)
    """
    encoding = next((name for mark, name in _ENCODINGS if head.startswith(mark)), "latin-1")
    for line in head.decode(encoding, "replace").splitlines():
        if found := re.match(r"#\s*Procedure\s*:(.*)", line):
            return found[1].strip().strip("<>").rpartition(".")[2].strip()
        if line.strip() and not line.startswith("#"):
            break
    return None


def parse_results(data: bytes, file: str | Path = "") -> Results:
    r"""Read the bytes of a Results file.

    Parameters
    ----------
    data
        The whole file.
    file
        Its name, for messages.

    Raises
    ------
    figmill.errors.InputError
        It is not a Results file, or holds no rows, or a row in its middle is ragged.

    Examples
    --------
    >>> text = b"#Procedure: <lab.It>\n#Parameters:\n#\tVDS: 0.1 V\n#Data:\nt (s),I (A)\n0.0,1e-6\n"
    >>> found = parse_results(text)
    >>> found.procedure, found.parameters["VDS"], found.columns["I (A)"]
    ('It', '0.1 V', array([1.e-06]))
    """
    if not data.strip():
        raise InputError("The file is empty.", file=file, hint=_HINT)
    encoding, notes = _encoding(data, file)
    if encoding.startswith("utf-16"):
        try:
            data = data.decode(encoding).encode()
        except UnicodeError as error:
            raise InputError(
                "The text is UTF-16 and damaged.", file=file, hint="Copy the file again."
            ) from error
        encoding = "utf-8"
    data = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    start, header = _header(data, encoding)
    procedure, parameters, metadata, repeated = _read_header(header, file)
    body = data[start:].strip(b"\n")
    if not body:
        missing = "neither metadata nor rows" if not metadata else "no rows"
        raise InputError(f"The measurement has {missing}.", file=file, hint=_HINT)
    first_line = data.count(b"\n", 0, start) + 1
    columns, more = _read_body(body, encoding, file, first_line)
    told = (*notes, *repeated, *more, *_doubtful(columns, more))
    last_line = first_line + body.count(b"\n")
    if not data.endswith(b"\n") and not any(note.code == "row-incomplete" for note in more):
        text = "the file ends without a line end: its last value may be cut"
        told = (*told, Note.doubt("last-line-open", text, f"line {last_line}"))
    return Results(procedure, parameters, metadata, columns, body, told)


def _doubtful(columns: Mapping[str, Column], told: Sequence[Note]) -> Iterator[Note]:
    """Tell what of the columns figures may show otherwise than it was meant."""
    first: dict[str, str] = {}
    for name, values in columns.items():
        where = f"column {name!r}"
        quantity = split_name(name)[0]
        other = first.setdefault(quantity, name)
        if other != name:
            text = f"two columns hold {quantity}; figures take the first, {other!r}"
            yield Note.doubt("quantity-repeated", text, where)
        if bracket := re.search(r"\[[^\]\d][^\]]*\]$", name):
            text = f"the unit {bracket[0]} is not understood: no figure shows the column"
            yield Note.loss("unit-in-brackets", text, where)
        if isinstance(values, tuple):
            continue
        empty = values.size - int(np.isfinite(values).sum())
        noted = any(note.code == "fields-empty" and note.place == where for note in told)
        if 0 < empty < values.size and not noted:
            text = f"{empty} of {values.size} values are not numbers"
            yield Note.info("values-missing", text, where)
        # Keithley and others write 9.9e37 and 9.91e37 for an overflow and for no reading.
        if over := int((np.abs(values) >= _NO_READING).sum()):
            text = f"{over} of {values.size} values mean no reading (9.9e37 and more) but are kept"
            yield Note.doubt("overflow-as-number", text, where)


def _encoding(data: bytes, file: str | Path) -> tuple[str, tuple[Note, ...]]:
    for mark, name in _ENCODINGS:
        if data.startswith(mark):
            return name, ()
    if b"\0" in data[:4096]:
        raise InputError(
            "The file is binary, not text.",
            file=file,
            place="byte " + str(data.index(b"\0")),
            hint="Give PyMeasure Results files (CSV with a header of # lines).",
        )
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        text = "it is not UTF-8: the text is read as Windows-1252"
        return "cp1252", (Note.doubt("encoding-assumed", text, f"byte {error.start}"),)
    return "utf-8", ()


def _header(data: bytes, encoding: str) -> tuple[int, list[str]]:
    # The rows may be megabytes: only the leading # lines are cut into lines.
    position, lines = 0, []
    while position < len(data):
        end = data.find(b"\n", position)
        end = len(data) if end < 0 else end
        line = data[position:end]
        if line.strip() and not line.startswith(b"#"):
            break
        lines.append(line.decode(encoding, "replace"))
        position = end + 1
    return min(position, len(data)), lines


def _read_header(
    lines: Sequence[str], file: str | Path
) -> tuple[str, dict[str, str], dict[str, str], list[Note]]:
    procedure = ""
    notes: list[Note] = []
    found: dict[str, dict[str, str]] = {"Parameters": {}, "Metadata": {}}
    section = ""
    for number, line in enumerate(lines, start=1):
        text = line[1:]
        name, _, value = text.partition(":")
        if not text.startswith(("\t", " ")) and name.strip() in _SECTIONS:
            section = name.strip()
            if section == "Procedure":
                named = value.strip().strip("<>").rpartition(".")[2].strip()
                if procedure not in ("", named):
                    told = f"a second procedure is named; {named!r} counts, not {procedure!r}"
                    notes.append(Note.doubt("procedure-repeated", told, f"line {number}"))
                procedure = named
            continue
        if section in found and text.strip():
            # A colon may stand in a name; between name and value it is followed by a blank.
            key, mark, value = text.strip().partition(": ")
            if not mark:
                key, _, value = text.strip().partition(":")
            key, value = key.strip(), value.strip()
            if found[section].get(key, value) != value:
                told = f"{key} stands twice; the last value, {value!r}, counts"
                notes.append(Note.doubt("parameter-repeated", told, f"line {number}"))
            found[section][key] = value
        elif text.strip():
            told = f"{text.strip()!r:.60} stands in no section and is left out"
            notes.append(Note.loss("header-line-left-out", told, f"line {number}"))
    if not re.fullmatch(r"[\w-]+", procedure):
        raise InputError(
            "The file names no procedure."
            if not procedure
            else f"The procedure {procedure!r} is not a name.",
            file=file,
            place="line 1",
            hint="A PyMeasure Results file starts with '#Procedure: <module.Name>'.",
        )
    return procedure, found["Parameters"], found["Metadata"], notes


def _read_body(
    body: bytes, encoding: str, file: str | Path, first_line: int
) -> tuple[dict[str, Column], tuple[Note, ...]]:
    head, _, rows = body.partition(b"\n")
    given = next(csv.reader([head.decode(encoding, "replace")]))
    names = _unique(given)
    notes = [
        Note.doubt(
            "column-repeated",
            f"a column's name stands twice: this one is {name!r}, and figures take the first",
            f"line {first_line}, column {place + 1}",
        )
        for place, name in enumerate(names)
        if name != given[place].strip()
    ]
    if len(names) == 1 and (mark := re.search("[;\t]", names[0])):
        text = f"columns that {mark[0]!r} separates are not told apart: they are one, of texts"
        notes.append(Note.loss("separator-not-understood", text, f"line {first_line}"))
    if not rows.strip():
        raise InputError(
            "The measurement has no rows.", file=file, place=f"line {first_line}", hint=_HINT
        )
    quick = _all_numbers(rows, names)
    if quick is not None:
        return quick, tuple(notes)
    columns, more = _row_by_row(rows.decode(encoding, "replace"), names, file, first_line + 1)
    return columns, (*notes, *more)


def _unique(names: Sequence[str]) -> list[str]:
    taken: dict[str, int] = {}
    result = []
    for name in (name.strip() for name in names):
        taken[name] = taken.get(name, 0) + 1
        result.append(name if taken[name] == 1 else f"{name} [{taken[name]}]")
    return result


def _all_numbers(rows: bytes, names: Sequence[str]) -> dict[str, Column] | None:
    pl = polars()
    try:
        frame = pl.read_csv(
            io.BytesIO(rows),
            has_header=False,
            new_columns=list(names),
            schema={name: pl.Float64() for name in names},
        )
    except polars_errors():
        return None
    # polars fills short rows and blank fields with null, silently.
    if frame.width != len(names) or sum(frame.null_count().row(0)):
        return None
    return {name: frame[name].to_numpy() for name in names}


def _row_by_row(
    text: str, names: Sequence[str], file: str | Path, first_line: int
) -> tuple[dict[str, Column], list[Note]]:
    notes: list[Note] = []
    rows: list[list[str]] = []
    lines = list(_lines(text, first_line))
    for place, (number, fields) in enumerate(lines):
        if len(fields) == len(names):
            rows.append(fields)
        elif place == len(lines) - 1 and rows:
            text = "the last row is incomplete and is left out"
            notes.append(Note.loss("row-incomplete", text, f"line {number}"))
        else:
            raise InputError(
                f"A row has {len(fields)} values where {len(names)} are expected.",
                file=file,
                place=f"line {number}",
                hint=_HINT,
            )
    if not rows:
        raise InputError(
            "The measurement has no rows.", file=file, place=f"line {first_line}", hint=_HINT
        )
    columns: dict[str, Column] = {}
    for place, name in enumerate(names):
        texts = tuple(row[place].strip() for row in rows)
        columns[name] = texts
        try:
            columns[name] = np.array([float(t) if t else np.nan for t in texts])
        except ValueError:
            row = next(row for row, text in enumerate(texts) if not _is_number(text))
            where = f"column {name!r}, row {row + 1}"
            if any(text and _is_number(text) for text in texts):
                lost = sum(not _is_number(text) for text in texts)
                text = f"{lost} of {len(texts)} values are not numbers, such as {texts[row]!r:.40}"
                notes.append(Note.loss("numbers-among-texts", text, where))
            else:
                notes.append(Note.info("column-of-texts", "it holds texts", f"column {name!r}"))
        else:
            empty = texts.count("")
            if 0 < empty < len(texts):
                text = f"fields without a value are missing: {empty} of {len(texts)}"
                notes.append(Note.loss("fields-empty", text, f"column {name!r}"))
    return columns, notes


def _is_number(text: str) -> bool:
    try:
        float(text or "nan")
    except ValueError:
        return False
    return True


def _lines(text: str, first_line: int) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text))
    for fields in reader:
        if fields:
            yield first_line + reader.line_num - 1, fields
