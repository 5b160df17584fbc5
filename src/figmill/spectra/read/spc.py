"""Galactic SPC files (GRAMS, Thermo): one header of 512 bytes, then values.

Read by figmill itself after Galactic's published description of the format ("A Brief Guide to SPC
File Format"): the maintained library brings a data-frame package along for two vectors.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from figmill.errors import InputError
from figmill.notes import Note
from figmill.spectra.read.choice import choose, several
from figmill.spectra.read.units import (
    doubt_values,
    intensity_of,
    kind_of,
    settle_kind,
    told_of_kind,
    x_of,
)
from figmill.spectra.spectrum import Evidence, Spectrum, Vector, XQuantity, YKind

_HEADER, _SUBHEADER = 512, 32
_SHORT, _MANY, _OWN_LABELS, _OWN_X, _GIVEN_X = 0x01, 0x04, 0x20, 0x40, 0x80
_FLOATS = -128
_ORDERS = {0x4B: "<", 0x4C: ">"}
_OLD = (0x4D, 0xCF)
MAX_POINTS = 50_000_000

_X: dict[int, tuple[XQuantity, str]] = {
    1: ("wavenumber", "cm-1"),
    2: ("wavelength", "um"),
    3: ("wavelength", "nm"),
    13: ("raman_shift", "cm-1"),
}
_Y: dict[int, YKind] = {
    0: "intensity",
    2: "absorbance",
    3: "kubelka_munk",
    10: "log_inverse_reflectance",
    4: "intensity",
    11: "percent_transmittance",
    128: "transmittance",
    129: "reflectance",
}
_Y_NAMES = {
    **{0: "arbitrary intensity", 1: "interferogram", 2: "absorbance", 3: "Kubelka-Munk"},
    **{
        4: "counts",
        10: "log(1/R)",
        11: "percent",
        128: "transmission",
        129: "reflectance",
        131: "single beam",
    },
}


def sniff(head: bytes) -> float:
    """How sure it is of a file: one byte tells, so others may be surer; "PK" begins archives."""
    version = len(head) >= 256 and (head[1] in _ORDERS or head[1] in _OLD)
    return 0.7 * (version and b"\0" in head[:32] and not head.startswith(b"PK"))


def read_spc(path: Path, data: bytes, wanted: str | int | None = None) -> Spectrum:
    """Read a spectrum from the bytes of an SPC file: the first, or the one that is wanted.

    Parameters
    ----------
    path
        Where they are from.
    data
        The bytes.
    wanted
        In a file of several spectra, the number of one from 1, or its z as ``z = 0.5``.

    Raises
    ------
    figmill.errors.InputError
        If it is cut short, of the format of the 1980s, or holds no usable spectrum.
    """
    version = data[1]
    if version in _OLD:
        raise InputError(
            "this is an SPC file of the oldest form (before 1996).",
            file=path,
            place="header",
            hint="Open it in GRAMS, Spectragryph or the like and save it again.",
        )
    if len(data) < _HEADER + _SUBHEADER:
        raise _short(path, len(data), _HEADER + _SUBHEADER)
    order = _ORDERS[version]
    flags, _, _, exponent = struct.unpack_from("BBBb", data, 0)
    points, first, last, spectra = struct.unpack_from(f"{order}iddi", data, 4)
    x_type, y_type = data[28], data[29]
    at = _HEADER
    x: Vector | None = None
    if flags & _GIVEN_X and not flags & _OWN_X:
        x = _numbers(path, data, at, points, f"{order}f4")
        at += 4 * points
    width = 2 if flags & _SHORT and exponent != _FLOATS else 4
    starts = _starts(data, at, spectra, order, width, None if flags & _OWN_X else points)
    names = [f"z = {z:g}" for _, z in starts] or ["z = 0"]
    taken = choose(path, names, wanted)
    if starts:
        at = starts[taken][0]
    if len(data) < at + _SUBHEADER:
        raise _short(path, len(data), at + _SUBHEADER)
    sub_exponent = struct.unpack_from("b", data, at + 1)[0]
    sub_points = struct.unpack_from(f"{order}i", data, at + 16)[0]
    at += _SUBHEADER
    if flags & _MANY or flags & _OWN_X:
        exponent = sub_exponent
    if flags & _OWN_X:
        points = sub_points
        x = _numbers(path, data, at, points, f"{order}f4")
        at += 4 * points
    if exponent == _FLOATS:
        y = _numbers(path, data, at, points, f"{order}f4")
    elif flags & _SHORT:
        y = _numbers(path, data, at, points, f"{order}i2") * 2.0 ** (exponent - 16)
    else:
        y = _numbers(path, data, at, points, f"{order}i4") * 2.0 ** (exponent - 32)
    if points < 2 or not np.isfinite(y).any():
        raise InputError(
            f"there are {points} points in it, {int(np.isfinite(y).sum())} of them with a value.",
            file=path,
            place="values",
            hint="A spectrum needs two points at least: export it again.",
        )
    if x is None:
        x = np.linspace(first, last, points)
    quantity, unit = _X.get(x_type, ("unknown", ""))
    told = _Y.get(y_type, "unknown")
    y_name = _Y_NAMES.get(y_type, f"type {y_type}")
    labels = _labels(data) if flags & _OWN_LABELS else []
    if quantity == "unknown" and labels and x_of(labels[0])[2]:
        quantity, unit, _ = x_of(labels[0])
    if told == "unknown" and len(labels) > 1:
        told, y_name = kind_of(labels[1]) or "unknown", labels[1]
    meant = told
    # The code 128 says transmission, which instruments store as a percentage or as a fraction.
    if told == "percent_transmittance" and np.nanmax(y, initial=0.0) <= 1.3:
        told = "transmittance"
    kind, evidence = settle_kind(told, y, f"the header says y is {y_name}")
    overruled = kind == "absorbance" and any(item.factor < 1 for item in evidence)
    if overruled:
        # Raman and other intensities are often saved under the code of absorbance.
        kind = "intensity"
        evidence = [Evidence(f"the header says {y_name}, values do not: read as intensity", 0.9)]
    notes = list(doubt_values(kind, y))
    if not (overruled and told == "absorbance"):
        notes += told_of_kind(meant, kind, evidence)
    else:
        highest = np.nanmax(y)
        text = f"The header says absorbance, but values reach {highest:.4g}: read as intensity."
        notes.append(Note.doubt("kind-overruled", text))
    evidence.insert(0, Evidence(f"Galactic SPC, {points} points, x type {x_type}"))
    if quantity == "unknown":
        evidence.append(Evidence(f"x type {x_type} is not a spectral axis", 0.7))
    more, others = several(names, taken, wanted)
    evidence += more
    notes += others
    if spectra > len(names):
        text = f"The header promises {spectra} spectra, and {len(names)} are there."
        notes.append(Note.loss("spectra-missing", text))
        evidence.append(Evidence("spectra are missing at the end", 0.8))
    intensity = intensity_of(y_name) if meant == "intensity" else ("", "")
    metadata = _metadata(data, order)
    if len(names) > 1:
        metadata["spectra"] = len(names)
    return Spectrum(
        x,
        y,
        quantity,
        unit,
        kind,
        name=path.stem,
        source=str(path),
        format="SPC",
        metadata=metadata,
        evidence=tuple(evidence),
        notes=tuple(notes),
        y_name=intensity[0],
        y_unit=intensity[1],
    )


def _starts(
    data: bytes, at: int, spectra: int, order: str, width: int, points: int | None
) -> list[tuple[int, float]]:
    """Where the subheader of each spectrum begins, and its z; as many as the file holds.

    `width` is the bytes of a value, `points` how many there are in each spectrum; None where each
    has its own x and number of points.
    """
    found: list[tuple[int, float]] = []
    while len(found) < spectra and at + _SUBHEADER <= len(data):
        (z,) = struct.unpack_from(f"{order}f", data, at + 4)
        found.append((at, z))
        own = struct.unpack_from(f"{order}i", data, at + 16)[0]
        size = (4 + width) * own if points is None else width * points
        if size < 0:
            break
        at += _SUBHEADER + size
    return found


def _numbers(path: Path, data: bytes, at: int, count: int, kind: str) -> Vector:
    if not 0 <= count <= MAX_POINTS:
        raise InputError(
            f"the header promises {count} points.",
            file=path,
            place="header",
            hint="The file is damaged: export it again.",
        )
    wanted = at + count * np.dtype(kind).itemsize
    if len(data) < wanted:
        raise _short(path, len(data), wanted)
    return np.frombuffer(data, kind, count, at).astype(np.float64)


def _labels(data: bytes) -> list[str]:
    text = data[218:248].decode("latin-1")
    return [part.strip() for part in text.split("\0")]


def _metadata(data: bytes, order: str) -> dict[str, str | float | int]:
    found: dict[str, str | float | int] = {}
    comment = data[88:218].split(b"\0")[0].decode("latin-1").strip()
    if comment:
        found["comment"] = comment
    stamp = struct.unpack_from(f"{order}I", data, 32)[0]
    year, month, day, hour, minute = (
        stamp >> 20,
        stamp >> 16 & 15,
        stamp >> 11 & 31,
        stamp >> 6 & 31,
        stamp & 63,
    )
    if year and 1 <= month <= 12 and day:
        found["date"] = f"{year:04d}-{month:02d}-{day:02d} {hour:02d}:{minute:02d}"
    log_at = struct.unpack_from(f"{order}I", data, 248)[0]
    if log_at and log_at + 64 <= len(data):
        size, _, text_at = struct.unpack_from(f"{order}III", data, log_at)
        text = data[log_at + text_at : log_at + size].split(b"\0")[0].decode("latin-1")
        for line in text.splitlines():
            key, sign, value = line.partition("=")
            if sign and key.strip():
                found.setdefault(key.strip().lower(), value.strip())
    return found


def _short(path: Path, have: int, want: int) -> InputError:
    return InputError(
        f"the file ends at byte {have}; its header promises {want}.",
        file=path,
        place="values",
        hint="It was cut short: copy or export it again.",
    )
