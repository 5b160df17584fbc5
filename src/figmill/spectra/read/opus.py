"""Bruker OPUS files, through brukeropus."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from figmill.errors import InputError, MissingExtraError
from figmill.notes import Note
from figmill.spectra.read.choice import choose, listing, several
from figmill.spectra.read.units import doubt_values, settle_kind, told_of_kind
from figmill.spectra.spectrum import Evidence, Spectrum, YKind

LIBRARY = "brukeropus"
MAGIC = b"\x0a\x0a\xfe\xfe"

# What a file may hold, the most finished result first; single beams only where there is no more.
_RESULTS: tuple[tuple[str, YKind], ...] = (
    ("a", "absorbance"),
    ("t", "transmittance"),
    ("r", "reflectance"),
    ("logr", "absorbance"),
    ("atr", "absorbance"),
    ("ra", "intensity"),
    ("e", "intensity"),
    ("sm", "intensity"),
    ("rf", "intensity"),
)
_UNITS = {"WN": ("wavenumber", "cm-1"), "MI": ("wavelength", "um"), "LGW": ("unknown", "")}


def sniff(head: bytes) -> float:
    """How sure it is that a file begins as OPUS files do."""
    return 0.9 * head.startswith(MAGIC)


def is_opus(path: Path) -> bool:
    """Whether a file begins as OPUS files do; not where it cannot be read."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:  # whoever reads it says why it cannot be read
        return False


def read_opus(path: Path, data: bytes, wanted: str | int | None = None) -> Spectrum:
    """Read a spectrum of an OPUS file: absorbance before %T, single beams last.

    Parameters
    ----------
    path
        The file.
    data
        Its bytes.
    wanted
        Another one than the most finished result: its name, such as ``Sample Spectrum``, or its
        number in that order, from 1.

    Raises
    ------
    figmill.errors.InputError
        If it is damaged or holds no spectrum.
    figmill.errors.MissingExtraError
        If brukeropus is not installed.
    """
    try:
        from brukeropus import OPUSFile
    except ImportError:
        raise MissingExtraError(LIBRARY, "spectra") from None
    damaged = InputError(
        "the OPUS blocks cannot be read.",
        file=path,
        place="directory",
        hint="The file is damaged or of a form that brukeropus does not know: export it as text.",
    )
    try:
        file = OPUSFile(str(path))
    except Exception as error:
        raise damaged from error
    held = {key: getattr(file, key) for key in getattr(file, "all_data_keys", [])}
    found = [(key, kind) for key, kind in _RESULTS if key in held]
    if not found:
        raise InputError(
            f"there is no spectrum in it{f', only {words}' if (words := ', '.join(held)) else ''}.",
            file=path,
            hint="Save the result spectrum (absorbance, transmittance) with the file.",
        )
    names = [str(held[key].label) for key, _ in found]
    taken = choose(path, names, wanted)
    key, told = found[taken]
    block = held[key]
    x, y = np.asarray(block.x, dtype=np.float64), np.asarray(block.y, dtype=np.float64)
    metadata = _metadata(file)
    of_series: tuple[list[Evidence], list[Note]] = ([], [])
    if y.ndim == 2 and len(y) and y.shape[1:] == x.shape and y.size * 4 <= len(data):
        # Measurements of one sample, one after the other.
        series = [f"{block.label} {number}" for number in range(1, len(y) + 1)]
        which = wanted if len(names) == 1 else None
        place = choose(path, series, which)
        of_series = several(series, place, which)
        metadata["spectra"] = len(series)
        y = y[place]
    if x.ndim != 1 or x.shape != y.shape or x.size * 4 > len(data):
        raise damaged
    kind, evidence = settle_kind(told, y, f"the file's block {block.label!r}")
    if key == "ra":
        quantity, unit = "raman_shift", "cm-1"
    else:
        quantity, unit = _UNITS.get(str(getattr(block.params, "dxu", "WN")), ("unknown", ""))
    notes = [*told_of_kind(told, kind, evidence), *doubt_values(kind, y), *of_series[1]]
    evidence += of_series[0]
    if key in ("sm", "rf"):
        text = "This is a single beam, not a result such as absorbance."
        notes.append(Note.doubt("single-beam", text))
        evidence.append(Evidence("a single beam, not a result", 0.8))
    if wanted is not None and len(names) > 1:
        evidence += several(names, taken, wanted)[0]
    elif len(names) > 1:
        text = f"the most finished one of {listing(names)} (--y takes another)"
        evidence.append(Evidence(text))
        notes.append(Note.info("most-finished-taken", f"It is {text}."))
    return Spectrum(
        x,
        y,
        quantity,  # type: ignore[arg-type]
        unit,
        kind,
        name=path.stem,
        source=str(path),
        format="OPUS",
        metadata=metadata,
        evidence=(Evidence(f"Bruker OPUS, {x.size} points"), *evidence),
        notes=tuple(notes),
    )


def _metadata(file: object) -> dict[str, str | float | int]:
    wanted = {
        "snm": "sample",
        "sfm": "form",
        "ins": "instrument",
        "res": "resolution",
        "nss": "scans",
    }
    params = getattr(file, "params", None)
    found: dict[str, str | float | int] = {}
    for key, name in wanted.items():
        value = getattr(params, key, None)
        if isinstance(value, str | int | float) and value != "":
            found[name] = value
    return found
