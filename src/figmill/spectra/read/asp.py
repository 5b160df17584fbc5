"""Agilent MicroLab .asp files: a number a line: how many, the ends of x, three codes, then y."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from figmill.errors import InputError
from figmill.notes import Note
from figmill.read.text_notation import decode
from figmill.spectra.read.units import doubt_values, settle_kind, told_of_kind
from figmill.spectra.spectrum import Evidence, Spectrum

_HEAD = 6
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_WHOLE = re.compile(r"\d+")


def sniff(head: bytes) -> float:
    """How sure it is that a file begins as Agilent's do: a number a line, the first a count."""
    try:
        text, _ = decode(head[: len(head) // 4 * 4])
    except InputError:
        return 0.0
    lines = [line.strip() for line in text.splitlines()[:-1]]
    numbers = [_NUMBER.fullmatch(line) is not None for line in lines]
    # A value may be missing here and there.
    if len(lines) < _HEAD + 2 or not all(numbers[:_HEAD]) or sum(numbers) < 0.9 * len(lines):
        return 0.0
    count, first, last = lines[0], float(lines[1]), float(lines[2])
    codes = lines[3:_HEAD]
    whole = _WHOLE.fullmatch(count) and int(count) >= 2 and all(map(_WHOLE.fullmatch, codes))
    # Ends of an infrared or visible range, in cm-1 or nm; y follows, mostly with a fraction.
    fits = min(first, last) >= 50 and max(first, last) <= 60_000 and first != last
    return 0.8 if whole and fits and any("." in line for line in lines[_HEAD:]) else 0.0


def read_asp(path: Path, data: bytes, wanted: str | int | None = None) -> Spectrum:
    """Read the one spectrum of a .asp file, whatever is wanted.

    Parameters
    ----------
    path
        The file.
    data
        Its bytes.
    wanted
        A wish for one of several; there is one.

    Raises
    ------
    figmill.errors.InputError
        If it is cut short or holds something other than numbers.
    """
    text, _ = decode(data)
    lines = text.split()
    count, first, last = int(lines[0]), float(lines[1]), float(lines[2])
    values = lines[_HEAD:]
    if len(values) != count:
        raise InputError(
            f"{count} points are promised, and {len(values)} are there.",
            file=path,
            place="line 1",
            hint="The file is damaged or cut short: export it again.",
        )
    y = np.array([float(value) if _NUMBER.fullmatch(value) else np.nan for value in values])
    kind, evidence = settle_kind("unknown", y, "the format does not say what y is")
    # MicroLab is the program of infrared instruments; the file itself names no axis.
    text = "x is taken as wavenumber in cm-1, as MicroLab's is."
    notes = [Note.info("x-of-format", text, "x")]
    notes += [*told_of_kind("unknown", kind, evidence), *doubt_values(kind, y)]
    return Spectrum(
        np.linspace(first, last, count),
        y,
        "wavenumber",
        "cm-1",
        kind,
        name=path.stem,
        source=str(path),
        format="Agilent .asp",
        evidence=(Evidence(f"Agilent .asp, {count} points"), *evidence),
        notes=tuple(notes),
    )
