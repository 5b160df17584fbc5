"""PerkinElmer .sp files: a tree of blocks, each an id (int16), a size (int32) and its bytes.

Read by figmill itself: the few blocks that hold a spectrum are simple, and no maintained library
with a free licence reads them.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from figmill.errors import InputError
from figmill.notes import Note
from figmill.spectra.read.units import doubt_values, kind_of, settle_kind, told_of_kind, x_of
from figmill.spectra.spectrum import Evidence, Spectrum

MAGIC = b"PEPE"
_CONSTANT_INTERVAL = b"PEPE2D constant interval DataSet file"
_HEADER = 44
_DATA_SET = 120
_X_RANGE, _COUNT, _X_LABEL, _Y_LABEL = -29838, -29835, -29833, -29832
_DATA, _NAME = -29828, -29823
_FLOATS = 8


def sniff(head: bytes) -> float:
    """How sure it is that a file begins as PerkinElmer's do."""
    return 0.9 * head.startswith(MAGIC)


def read_perkin(path: Path, data: bytes, wanted: str | int | None = None) -> Spectrum:
    """Read the one spectrum in the bytes of a .sp file, whatever is wanted.

    Raises
    ------
    figmill.errors.InputError
        If it is cut short, or holds something other than one spectrum with a constant interval.
    """
    if not data.startswith(_CONSTANT_INTERVAL):
        raise InputError(
            "this PerkinElmer file does not hold one spectrum with a constant interval.",
            file=path,
            place="header",
            hint="Export the spectrum as .sp, JCAMP-DX or text.",
        )
    outer = _blocks(path, data, _HEADER, len(data))
    if _DATA_SET not in outer:
        raise _broken(path, "the data set")
    start, size = outer[_DATA_SET]
    members = _blocks(path, data, start, start + size)
    first, last = _unpack(path, data, members, _X_RANGE, "<dd", "the range of x")
    count = int(_unpack(path, data, members, _COUNT, "<i", "the number of points")[0])
    start, size = _member(path, members, _DATA, "the values")
    # Typed values: a two-byte type code, the number of bytes, then the numbers.
    (length,) = struct.unpack_from("<i", data, start + 2)
    if length != count * _FLOATS or size < length + 6:
        raise InputError(
            f"{count} points are promised, and {length / _FLOATS:g} are there.",
            file=path,
            place="the values",
            hint="The file is damaged or cut short: export it again.",
        )
    y = np.frombuffer(data, "<f8", count, start + 6)
    x_label, y_label = (_text(data, members, which) for which in (_X_LABEL, _Y_LABEL))
    quantity, unit, certain = x_of(x_label)
    if not certain:
        quantity, unit = "wavenumber", "cm-1"
    told = kind_of(y_label) or "unknown"
    kind, evidence = settle_kind(told, y, f"the file calls y {y_label!r}")
    notes = [*told_of_kind(told, kind, evidence), *doubt_values(kind, y)]
    evidence = [Evidence(f"PerkinElmer .sp, {count} points", 1.0), *evidence]
    if not certain:
        text = f"x is called {x_label!r}, taken as wavenumber"
        evidence.append(Evidence(text, 0.8))
        notes.append(Note.doubt("x-assumed", f"{text} in cm-1."))
    metadata: dict[str, str | float | int] = {"x label": x_label, "y label": y_label}
    if title := _text(data, members, _NAME):
        metadata["title"] = title
    return Spectrum(
        np.linspace(first, last, count),
        y,
        quantity,
        unit,
        kind,
        name=path.stem,
        source=str(path),
        format="PerkinElmer .sp",
        metadata=metadata,
        evidence=tuple(evidence),
        notes=tuple(notes),
    )


def _blocks(path: Path, data: bytes, at: int, end: int) -> dict[int, tuple[int, int]]:
    """Where each block's bytes begin and how many they are, by id; the first of each counts."""
    found: dict[int, tuple[int, int]] = {}
    while at + 6 <= end:
        number, size = struct.unpack_from("<hi", data, at)
        if size < 0 or at + 6 + size > end:
            raise _broken(path, f"the block at byte {at}")
        found.setdefault(number, (at + 6, size))
        at += 6 + size
    return found


def _member(
    path: Path, members: dict[int, tuple[int, int]], number: int, what: str
) -> tuple[int, int]:
    if number not in members:
        raise _broken(path, what)
    return members[number]


def _unpack(
    path: Path, data: bytes, members: dict[int, tuple[int, int]], number: int, form: str, what: str
) -> tuple[float, ...]:
    start, size = _member(path, members, number, what)
    if size < 2 + struct.calcsize(form):
        raise _broken(path, what)
    return struct.unpack_from(form, data, start + 2)


def _text(data: bytes, members: dict[int, tuple[int, int]], number: int) -> str:
    start, size = members.get(number, (0, 0))
    if size < 4:
        return ""
    (length,) = struct.unpack_from("<H", data, start + 2)
    return data[start + 4 : start + 4 + min(length, size - 4)].decode("latin-1").strip("\0 ")


def _broken(path: Path, what: str) -> InputError:
    return InputError(
        f"{what} cannot be read.",
        file=path,
        place="PerkinElmer blocks",
        hint="The file is damaged or cut short: export it again.",
    )
