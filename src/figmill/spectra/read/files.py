"""Read a spectrum from any file: the bytes say what it is, never the suffix."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from figmill.errors import InputError
from figmill.notes import Note, joined
from figmill.read.text_table import Table, read_table
from figmill.spectra.read import jcamp, opus, perkin, spc
from figmill.spectra.read.apply import apply_plan, check_against
from figmill.spectra.read.columns import Structure, understand
from figmill.spectra.read.plan import MEDIUM, UNSURE, Plan, Planned, plan_by_rules
from figmill.spectra.read.units import doubt_values
from figmill.spectra.spectrum import Evidence, Spectrum, XQuantity, YKind

SUFFIXES = (
    *(".csv", ".txt", ".tsv", ".dat", ".dpt", ".asp", ".prn", ".xy"),
    *(".jdx", ".dx", ".jcm", ".spc", ".sp", ".0", ".1", ".2"),
)
MAX_BYTES = 512 * 2**20
SURE = 0.8
"""Below this confidence a normaliser is asked for a plan."""

_PACKED = {
    b"PK\x03\x04": "a zip archive (or a spreadsheet)",
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ\0": "an xz archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"\xd0\xcf\x11\xe0": "an old office document",
    b"%PDF": "a PDF document",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
}

Reader = Callable[[Path, bytes, str | int | None], Spectrum]
"""Given a file, its bytes, and which of its spectra is wanted."""
Planner = Callable[[Table, Structure | None, bytes], Planned]
"""Given a table, how the rules understand it (None: not at all) and the file's bytes."""


def read_spectrum(
    path: str | Path,
    *,
    x: str | int | None = None,
    y: str | int | None = None,
    x_quantity: XQuantity | None = None,
    y_kind: YKind | None = None,
    planner: Planner | None = None,
    accept_low: bool = False,
) -> Spectrum:
    r"""Read a spectrum from a file of any supported format.

    Parameters
    ----------
    path
        Text in any notation, JCAMP-DX, Galactic SPC, Bruker OPUS or PerkinElmer .sp.
    x, y
        Columns of a text file, by header or by number from 1; None finds them. In a file of
        several spectra, `y` says which: by name or by number from 1; None takes the first.
    x_quantity, y_kind
        What they hold, where the file does not say or is wrong.
    planner
        Asked for a plan where the rules are less than 80 % sure; None leaves it to the rules.
    accept_low
        Apply a plan that scores below 70, too.

    Returns
    -------
    Spectrum
        In the file's own kind and order, with the evidence for the reading.

    Raises
    ------
    figmill.errors.InputError
        If the file is missing, empty, of another kind, damaged, or not understood.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "oil.csv"
    ...     _ = file.write_text("Wellenzahl;Transmission %\n4000,0;99,5\n3998,0;98,5\n")
    ...     s = read_spectrum(file)
    >>> s.x_quantity, s.y_kind, s.y
    ('wavenumber', 'percent_transmittance', array([99.5, 98.5]))
    """
    path = Path(path)
    data = read_bytes(path)
    binary = reader_of(data)
    if binary is not None:
        spectrum = binary(path, data, y)
    else:
        table = read_table(path, data)
        structure: Structure | None = None
        doubt: InputError | None = None
        try:
            structure = understand(table, x=x, y=y)
        except InputError as error:
            if planner is None or x is not None or y is not None:
                raise
            doubt = error
        if structure is not None and y_kind is not None:
            structure = _told(structure, y_kind)
        by_user = any(word is not None for word in (x, y, y_kind))
        spectrum = _from_table(
            path, data, table, structure, doubt, planner, accept_low=accept_low, by_user=by_user
        )
    changes: dict[str, object] = {}
    if y_kind is not None and y_kind != spectrum.y_kind:
        evidence = (*spectrum.evidence, Evidence(f"y is {y_kind}, as asked"))
        changes |= {
            "y_kind": y_kind,
            "evidence": evidence,
            "notes": doubt_values(y_kind, spectrum.y),
        }
    if x_quantity is not None and x_quantity != spectrum.x_quantity:
        unit = "nm" if x_quantity == "wavelength" else "cm-1"
        changes |= {"x_quantity": x_quantity, "x_unit": unit}
    if changes:
        spectrum = replace(spectrum, **changes)  # type: ignore[arg-type]
    return replace(spectrum, notes=(*spectrum.notes, *_doubts(spectrum)))


def _doubts(spectrum: Spectrum) -> Iterator[Note]:
    """What the reading rests on and is not sure, as far as no note tells it already."""
    told = " ".join(spectrum.warnings)
    left = [item for item in spectrum.evidence if item.factor < 1 and item.what not in told]
    if left and spectrum.confidence < UNSURE:
        why = "; ".join(item.what for item in left)
        sure = f"{100 * spectrum.confidence:.0f} % sure"
        yield Note.doubt("reading-unsure", f"Its reading is {sure}: {why}.")


def _told(structure: Structure, y_kind: YKind) -> Structure:
    """With the user's word on y, doubts about its kind are settled."""
    doubts = ("do not fit", "no word says what y is", "a fraction?")
    kept = tuple(e for e in structure.evidence if not any(d in e.what for d in doubts))
    return replace(structure, y_kind=y_kind, evidence=kept)


def _from_table(
    path: Path,
    data: bytes,
    table: Table,
    structure: Structure | None,
    doubt: InputError | None,
    planner: Planner | None,
    *,
    accept_low: bool,
    by_user: bool,
) -> Spectrum:
    notes: list[Note] = []
    record: dict[str, str | float | int] = {}
    if planner is not None and (structure is None or structure.confidence < SURE):
        answer = planner(table, structure, data)
        record = {"normalizer_cached": int(answer.cached), "normalizer_cost": answer.cost}
        why = answer.note
        if answer.plan is not None:
            try:
                made = _planned(path, table, structure, answer.plan, accept_low=accept_low)
            except InputError as error:
                why = f"The normaliser's plan is not used: {error.message}"
            else:
                told = [Note.info("normaliser-says", answer.note)] if answer.note else []
                return _noted(made, told, {**record, "normalizer": "llm"})
        if why:
            notes.append(Note.doubt("normaliser-without-plan", why))
        notes.append(Note.info("rules-used", "The rules are used instead."))
        record["normalizer"] = "fallback"
    if structure is None:
        assert doubt is not None
        raise doubt
    plan = plan_by_rules(table, structure)
    if plan.score < MEDIUM and not accept_low:
        doubts = "; ".join(item.what for item in structure.evidence if item.factor < 0.95)
        said = f" {joined(notes)}" if notes else ""
        raise InputError(
            f"it is not understood well enough (score {plan.score:g} of 100): {doubts}.{said}",
            file=path,
            hint="Name its columns and their kinds (--x, --y, --y-kind), or accept it as it is "
            "(--accept-low).",
        )
    made = apply_plan(plan, table, name=path.stem, evidence=structure.evidence, by_user=by_user)
    return _noted(made, notes, record)


def _planned(
    path: Path, table: Table, structure: Structure | None, plan: Plan, *, accept_low: bool
) -> Spectrum:
    """Apply a normaliser's plan, unless anything speaks against it."""
    if plan.score < MEDIUM and not accept_low:
        raise InputError(f"its score of {plan.score:g} is low.")
    check_against(plan, table, structure)
    evidence = (Evidence(f"a normaliser's plan of score {plan.score:g}", plan.score / 100.0),)
    notes = tuple(Note.doubt("normaliser-warns", text) for text in plan.warnings)
    return apply_plan(plan, table, name=path.stem, evidence=evidence, notes=notes)


def _noted(
    spectrum: Spectrum, notes: Sequence[Note], record: dict[str, str | float | int]
) -> Spectrum:
    if not record:
        return spectrum
    return replace(
        spectrum,
        notes=(*spectrum.notes, *notes),
        metadata={**spectrum.metadata, **record},
    )


def format_of(data: bytes) -> str:
    """The format that the bytes are of: JCAMP-DX, SPC, OPUS, PerkinElmer .sp or text."""
    reader = reader_of(data)
    names: dict[object, str] = {
        perkin.read_perkin: "PerkinElmer .sp",
        opus.read_opus: "OPUS",
        spc.read_spc: "SPC",
        jcamp.read_jcamp: "JCAMP-DX",
    }
    return "text" if reader is None else names[reader]


def reader_of(data: bytes) -> Reader | None:
    """The reader for a file of these bytes; None for text."""
    if data.startswith(perkin.MAGIC):
        return perkin.read_perkin
    if data.startswith(opus.MAGIC):
        return opus.read_opus
    if spc.looks_like_spc(data):
        return spc.read_spc
    if data[:512].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"##"):
        head = data[:4096].upper()
        if b"JCAMP" in head or b"##TITLE" in head:
            return jcamp.read_jcamp
    return None


def read_bytes(path: Path) -> bytes:
    """The file's bytes, once it is sure that they can be a spectrum."""
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise InputError("this is a folder.", file=path, hint="Name the files in it.")
        if not path.is_file():
            raise InputError("this is not a regular file.", file=path, hint="Name a file.")
        if size == 0:
            raise InputError("the file is empty.", file=path, hint="Export the spectrum again.")
        if size > MAX_BYTES:
            raise InputError(
                f"the file has {size / 2**20:,.0f} MiB.",
                file=path,
                hint=f"At most {MAX_BYTES // 2**20} MiB are read: is this one spectrum?",
            )
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError(
            "there is no such file.", file=path, hint="Check its name and folder."
        ) from None
    except PermissionError:
        raise InputError(
            "the file may not be read.", file=path, hint="Correct its permissions."
        ) from None
    except OSError as error:
        raise InputError(
            f"the file cannot be read: {error.strerror}.", file=path, hint="Check disk and path."
        ) from error
    check_packed(data, path)
    return data


def check_packed(data: bytes, path: Path) -> None:
    """Refuse archives and documents: nothing is unpacked, so nothing can blow up.

    Raises
    ------
    figmill.errors.InputError
        If the bytes begin as one of them does.
    """
    for magic, what in _PACKED.items():
        if data.startswith(magic):
            raise InputError(
                f"this is {what}, whatever its suffix says.",
                file=path,
                hint="Unpack it, or export the spectrum as text, JCAMP-DX or the like.",
            )
