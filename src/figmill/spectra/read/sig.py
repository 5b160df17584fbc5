"""Spectra Vista .sig files: a header of ``name= value``, then wavelength, reference, target, %R."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from figmill.errors import InputError
from figmill.notes import Note
from figmill.read.text_notation import decode
from figmill.spectra.read.choice import choose
from figmill.spectra.read.units import doubt_values, settle_kind
from figmill.spectra.spectrum import Evidence, Spectrum, YKind

MAGIC = b"/*** Spectra Vista"
_COLUMNS: tuple[tuple[str, YKind], ...] = (
    ("reflectance", "percent_reflectance"),
    ("target", "intensity"),
    ("reference", "intensity"),
)
_PLACES = (3, 2, 1)
_KEPT = ("name", "instrument", "units", "time", "comm")
_ENTRY = re.compile(r"\s*([^=]+?)\s*=\s*(.*?)\s*")


def sniff(head: bytes) -> float:
    """How sure it is that a file begins as Spectra Vista's do."""
    return 0.9 * head.lstrip(b"\xef\xbb\xbf").startswith(MAGIC)


def read_sig(path: Path, data: bytes, wanted: str | int | None = None) -> Spectrum:
    """Read the reflectance of a .sig file.

    Detectors that overlap are joined in the middle of their overlap.

    Parameters
    ----------
    path
        The file.
    data
        Its bytes.
    wanted
        Another column than ``reflectance``: ``target`` or ``reference``, or the number among
        these three, from 1.

    Raises
    ------
    figmill.errors.InputError
        If its table is missing or has a row of another form.
    """
    text, _ = decode(data)
    head, found, table = text.partition("data=")
    rows = [(number, line.split()) for number, line in enumerate(table.splitlines(), 1)]
    cells = [(number, row) for number, row in rows if row]
    if not found or len(cells) < 2:
        raise InputError(
            "there is no table behind data=.",
            file=path,
            place="data=",
            hint="The file is damaged or cut short: export it again.",
        )
    above = head.count("\n")
    values = np.empty((len(cells), 4))
    for place, (number, row) in enumerate(cells):
        try:
            values[place] = [float(cell) for cell in row]
        except ValueError:
            raise InputError(
                f"{' '.join(row)[:60]!r} is not four numbers.",
                file=path,
                place=f"line {above + number}",
                hint="A row has wavelength, reference, target and reflectance in %.",
            ) from None
    kept, notes = _joined(values[:, 0])
    taken = choose(path, [name for name, _ in _COLUMNS], wanted)
    name, told = _COLUMNS[taken]
    y = values[kept, _PLACES[taken]]
    kind, evidence = settle_kind(told, y, f"the column {name}")
    others = ", ".join(other for other, _ in _COLUMNS if other != name)
    notes.append(Note.info("columns-not-drawn", f"{others} are not drawn (--y takes one)."))
    entries = {
        entry[1]: entry[2] for line in head.splitlines() if (entry := _ENTRY.fullmatch(line))
    }
    return Spectrum(
        values[kept, 0],
        y,
        "wavelength",
        "nm",
        kind,
        name=path.stem,
        source=str(path),
        format="SVC .sig",
        metadata={key: entries[key] for key in _KEPT if entries.get(key)},
        evidence=(Evidence(f"Spectra Vista .sig, {len(cells)} rows"), *evidence),
        notes=(*notes, *doubt_values(kind, y)),
    )


def _joined(x: NDArray[np.float64]) -> tuple[NDArray[np.bool_], list[Note]]:
    """Which rows to keep so that x rises, and what was cut."""
    kept = np.ones(x.size, bool)
    notes = []
    for place in np.flatnonzero(np.diff(x) <= 0):
        low, high = float(x[place + 1]), float(x[place])
        middle = (low + high) / 2
        kept[: place + 1] &= x[: place + 1] < middle
        kept[place + 1 :] &= x[place + 1 :] >= middle
        text = f"detectors overlap from {low:g} to {high:g} nm; they are joined at {middle:g}"
        notes.append(Note.info("detectors-joined", text, "x"))
    return kept, notes
