"""Read the Results files of PyMeasure: a commented header, one header row, comma-separated rows.

Units stay as they are written: a parameter is kept as its text, a column under its own name,
because seconds and milliseconds stand side by side in one file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from figmill.errors import InputError
from figmill.notes import Note
from figmill.read.column_names import split_name
from figmill.read.filecheck import explained, read_bytes
from figmill.read.results_body import Column, read_body

_SECTIONS = ("Procedure", "Parameters", "Metadata", "Data")
_ENCODINGS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SAID = ("fields-empty", "numbers-among-texts", "overflow-missing")
_ESCAPED = re.compile(r"(?:[^\\]|\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|[\\nrt]))*")
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
    columns, more = read_body(body, encoding, file, first_line, parameters)
    told = (*notes, *repeated, *more, *_doubtful(columns, more))
    last_line = first_line + body.count(b"\n")
    if not data.endswith(b"\n") and not any(note.code == "row-incomplete" for note in more):
        text = "the file ends without a line end: its last value may be cut"
        told = (*told, Note.doubt("last-line-open", text, f"line {last_line}"))
    return Results(procedure, parameters, metadata, columns, body, told)


def unescaped(text: str) -> str:
    r"""A value as it was set: since 0.7 PyMeasure writes what is not ASCII as escapes.

    Examples
    --------
    >>> unescaped(r"10 \xb5A"), unescaped(r"C:\data"), unescaped("25 °C")
    ('10 µA', 'C:\\data', '25 °C')
    """
    if "\\" not in text or not text.isascii() or not _ESCAPED.fullmatch(text):
        return text
    decoded = text.encode("ascii").decode("unicode_escape")
    try:
        decoded.encode()
    except UnicodeEncodeError:
        return text
    return decoded


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
        if isinstance(values, tuple):
            continue
        empty = values.size - int(np.isfinite(values).sum())
        noted = any(note.code in _SAID and note.place.startswith(where) for note in told)
        if 0 < empty < values.size and not noted:
            text = f"{empty} of {values.size} values are not numbers"
            yield Note.info("values-missing", text, where)


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
            key, value = key.strip(), unescaped(value.strip())
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
