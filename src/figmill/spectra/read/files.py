"""Read a spectrum from any file: the bytes say what it is, never the suffix."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from figmill.errors import FigmillError, InputError
from figmill.notes import Note, joined
from figmill.read.filecheck import check_regular, explained
from figmill.read.readers import HEAD, Reader, Readers
from figmill.read.text_notation import decode
from figmill.read.text_table import Table
from figmill.spectra.holes import spans
from figmill.spectra.read import asp, jcamp, opus, perkin, sig, spc, transposed
from figmill.spectra.read.apply import apply_plan, check_against, told_of_columns
from figmill.spectra.read.beside import read_evened
from figmill.spectra.read.blocks import Block, blocks_of, chosen
from figmill.spectra.read.columns import Structure, understand
from figmill.spectra.read.plan import MEDIUM, UNSURE, Plan, Planned, plan_by_rules
from figmill.spectra.read.units import ABOUT_X, ABOUT_Y, doubt_values
from figmill.spectra.spectrum import Evidence, Spectrum, XQuantity, YKind

SHARED = (".txt", ".dat", ".prn", ".xy", ".0", ".1", ".2")
"""Suffixes of spectra that files of other formats have, too."""
SUFFIXES = (".csv", ".tsv", ".dpt", ".asp", ".jdx", ".dx", ".jcm", ".spc", ".sp", ".sig", *SHARED)
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

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][-+]?\d+)?")
_BETWEEN = re.compile(r"[\s,;|]+")
_ROWS = 5
_TOLD = 3
_IN_ROWS = Note.info("spectra-in-rows", "Each row is a spectrum; the first row is x.")
_TABLE, _TEXT = 0.5, 0.2


class SpectrumReader(Reader[Spectrum], Protocol):
    """What reads spectra of one format; a `Reader` that gives ``"spectrum"``."""

    def read(self, path: Path, which: str | int | None = None) -> Spectrum:
        """Read a spectrum.

        Parameters
        ----------
        path
            The file.
        which
            In a file of several spectra, the one that is wanted, by name or by number from 1. It is
            passed only where somebody asked for one.
        """
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """A reader of figmill's own, made of functions."""

    format: str
    looks: Callable[[bytes], float]
    decode: Callable[[Path, bytes, str | int | None], Spectrum]
    gives: str = "spectrum"

    def sniff(self, head: bytes, name: str) -> float:
        """How sure it is of a file, by its first bytes alone."""
        return self.looks(head)

    def read(self, path: Path, which: str | int | None = None) -> Spectrum:
        """Read a spectrum."""
        return self.decode(path, read_bytes(path), which)


def _looks_like_text(head: bytes) -> float:
    """More where there is a table of numbers in it."""
    try:
        # A character may be cut in two at the end of the head: latin-1 then takes it.
        text, _ = decode(head[: len(head) // 4 * 4])
    except InputError:
        return 0.0
    if transposed.sniff(head):
        return _TABLE
    rows = width = 0
    for line in text.splitlines()[: None if len(head) < HEAD else -1]:
        cells = _BETWEEN.split(line.strip(" \t\r,;|"))
        numeric = len(cells) > 1 and all(map(_NUMBER.fullmatch, cells))
        rows = rows + 1 if numeric and len(cells) == width else int(numeric)
        width = len(cells)
        if rows >= _ROWS:
            return _TABLE
    return _TEXT if text.strip() else 0.0


TEXT: SpectrumReader = Format(
    "text", _looks_like_text, lambda path, data, which: _from_text(path, data, y=which)
)
OWN: tuple[SpectrumReader, ...] = (
    Format("PerkinElmer .sp", perkin.sniff, perkin.read_perkin),
    Format("OPUS", opus.sniff, opus.read_opus),
    Format("SPC", spc.sniff, spc.read_spc),
    Format("JCAMP-DX", jcamp.sniff, jcamp.read_jcamp),
    Format("SVC .sig", sig.sniff, sig.read_sig),
    Format("Agilent .asp", asp.sniff, asp.read_asp),
    TEXT,
)
READERS: Readers[SpectrumReader] = Readers("spectrum", OWN)

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
    return _read(
        path,
        read_bytes(path),
        x=x,
        y=y,
        x_quantity=x_quantity,
        y_kind=y_kind,
        planner=planner,
        accept_low=accept_low,
    )


def _read(
    path: Path,
    data: bytes,
    *,
    block: Block | None = None,
    x: str | int | None = None,
    y: str | int | None = None,
    x_quantity: XQuantity | None = None,
    y_kind: YKind | None = None,
    planner: Planner | None = None,
    accept_low: bool = False,
) -> Spectrum:
    reader = reader_of(data, path.name)
    if reader is None:
        spectrum = _from_text(
            path,
            data,
            block=block,
            x=x,
            y=y,
            x_quantity=x_quantity,
            y_kind=y_kind,
            planner=planner,
            accept_low=accept_low,
        )
    elif isinstance(reader, Format):
        spectrum = reader.decode(path, data, y)
    else:
        spectrum = _from_other(reader, path, y)
    if spectrum.format != TEXT.format:
        spectrum = _refuse_unsure(spectrum, x_quantity, y_kind, accept_low=accept_low)
    changes: dict[str, object] = {}
    notes = [*spectrum.notes]
    if x_quantity is not None:
        notes = [note for note in notes if note.code not in ABOUT_X]
    if y_kind is not None and spectrum.format != TEXT.format:
        notes = [note for note in notes if note.code not in ABOUT_Y]
    if y_kind is not None and y_kind != spectrum.y_kind:
        evidence = (*spectrum.evidence, Evidence(f"y is {y_kind}, as asked"))
        changes |= {"y_kind": y_kind, "evidence": evidence}
        text = f"y is taken as {y_kind}, as asked, and not as {spectrum.y_kind}."
        notes = [note for note in notes if note.code not in ABOUT_Y]
        notes += (Note.info("kind-as-asked", text), *doubt_values(y_kind, spectrum.y))
    if x_quantity is not None and x_quantity != spectrum.x_quantity:
        unit = "nm" if x_quantity == "wavelength" else "cm-1"
        changes |= {"x_quantity": x_quantity, "x_unit": unit}
        text = f"x is taken as {x_quantity} in {unit}, as asked, and not as {spectrum.x_quantity}."
        notes.append(Note.info("x-as-asked", text))
    changes["notes"] = tuple(notes)
    spectrum = replace(spectrum, **changes)  # type: ignore[arg-type]
    return replace(spectrum, notes=(*spectrum.notes, *_doubts(spectrum), *_holes(spectrum)))


def spectrum_in(path: Path, data: bytes) -> Spectrum:
    """Read a spectrum from the beginning of a file, however unsure it is.

    Parameters
    ----------
    path
        The file, for its name.
    data
        Its first bytes, to the end of a line.

    Raises
    ------
    figmill.errors.InputError
        It holds none.
    """
    return _read(path, data, accept_low=True)


def _holes(spectrum: Spectrum) -> Iterator[Note]:
    found = [f"{low:g} to {high:g}" for low, high in spans(spectrum.x)]
    if found:
        more = f" and {len(found) - _TOLD} more" if len(found) > _TOLD else ""
        text = f"there are no points from {', '.join(found[:_TOLD])}{more}: lines break there."
        yield Note.loss("points-missing", text, "x")


def read_spectra(
    path: str | Path,
    *,
    x: str | int | None = None,
    x_quantity: XQuantity | None = None,
    y_kind: YKind | None = None,
    accept_low: bool = False,
) -> tuple[Spectrum, ...]:
    r"""Read all spectra of a file: those one below another, all columns, all blocks.

    Parameters
    ----------
    path
        A file of any supported format.
    x, x_quantity, y_kind, accept_low
        As for `read_spectrum`, for each of them.

    Returns
    -------
    tuple of Spectrum
        In the file's order, each with its own name where there are several.

    Raises
    ------
    figmill.errors.InputError
        If one of them cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "oils.csv"
    ...     _ = file.write_text("cm-1,A (new),A (used)\n4000,0.1,0.2\n3998,0.4,0.3\n")
    ...     [float(s.y[1]) for s in read_spectra(file, y_kind="absorbance")]
    [0.4, 0.3]
    """
    path = Path(path)
    data = read_bytes(path)
    reader = reader_of(data, path.name)
    told: tuple[Note, ...] = ()
    if reader is not None:
        first = read_spectrum(path, x_quantity=x_quantity, y_kind=y_kind, accept_low=accept_low)
        count = int(first.metadata.get("spectra", 1))
        if count < 2:
            return (first,)
        wishes: list[str | int | None] = list(range(1, count + 1))
        names = [f"{path.stem} {number}" for number in wishes]
        blocks: list[Block | None] = [None] * count
        beside: list[tuple[Note, ...]] = [()] * count
    else:
        check_packed(data, path)
        if transposed.sniff(data[:HEAD]):
            data, told = transposed.upright(path, data), (_IN_ROWS,)
        wishes, names, blocks, beside = [], [], [], []
        for block in blocks_of(read_evened(path, data), x=x):
            found = understand(block.table, x=x)
            columns = sorted((found.y, *found.others))
            # The other spectra of a table are read as well: they are not left out of this one.
            left_out = tuple(told_of_columns(block.table, {found.x, *columns}))
            for column in columns:
                label = block.table.columns[column]
                wishes.append(column + 1 if len(columns) > 1 else None)
                blocks.append(block)
                beside.append(left_out)
                both = f"{block.name}, {label}" if block.name else label
                names.append(block.name if block.name and len(columns) == 1 else both)
    made: list[Spectrum] = []
    for wish, name, block_, left in zip(wishes, names, blocks, beside, strict=True):
        spectrum = _read(
            path,
            data,
            block=block_,
            x=x,
            y=wish,
            x_quantity=x_quantity,
            y_kind=y_kind,
            accept_low=accept_low,
        )
        named = replace(spectrum, name=name) if len(wishes) > 1 else spectrum
        own = named.notes
        if block_ is not None:
            own = (*left, *(note for note in own if note.code != "columns-left-out"))
        made.append(replace(named, notes=(*told, *own)))
    return tuple(made)


def _refuse_unsure(
    spectrum: Spectrum, x_quantity: XQuantity | None, y_kind: YKind | None, *, accept_low: bool
) -> Spectrum:
    """Hold what any reader gives to the rule for text: below 70 % sure it is refused.

    What the user says of x and y settles doubts about them.
    """
    kept = tuple(
        item
        for item in spectrum.evidence
        if not (y_kind is not None and any(words in item.what for words in _OF_Y))
        and not (x_quantity is not None and any(words in item.what for words in _OF_X))
    )
    if len(kept) < len(spectrum.evidence):
        spectrum = replace(spectrum, evidence=kept)
    if accept_low or 100 * spectrum.confidence >= MEDIUM:
        return spectrum
    doubts = "; ".join(item.what for item in kept if item.factor < 0.95)
    raise InputError(
        f"it is not understood well enough (score {100 * spectrum.confidence:.0f} of 100): "
        f"{doubts}.",
        file=spectrum.source or None,
        hint="Say what its axes hold (--x-quantity, --y-kind), or accept it as it is "
        "(--accept-low).",
    )


_OF_Y = ("do not fit", "a fraction?", "values of ", "is not a kind known", "all values are equal")
_OF_X = ("names no spectral axis", "is not a spectral axis")


def _doubts(spectrum: Spectrum) -> Iterator[Note]:
    """What the reading rests on and is not sure, as far as no note tells it already."""
    told = " ".join(map(str, spectrum.notes))
    left = [item for item in spectrum.evidence if item.factor < 1 and item.what not in told]
    if left and spectrum.confidence < UNSURE:
        why = "; ".join(item.what for item in left)
        sure = f"{100 * spectrum.confidence:.0f} % sure"
        yield Note.doubt("reading-unsure", f"Its reading is {sure}: {why}.")


def _from_other(reader: SpectrumReader, path: Path, which: str | int | None) -> Spectrum:
    """What a package's reader reads; its mistakes are those of one file."""
    try:
        made = reader.read(path) if which is None else reader.read(path, which)
    except FigmillError:
        raise
    except Exception as error:
        why = f"{type(error).__name__}: {error}".rstrip(".: ")
        raise _mistaken(reader, path, f"failed: {why}") from error
    if not isinstance(made, Spectrum):
        raise _mistaken(reader, path, f"gave a {type(made).__name__}, not a Spectrum")
    return made


def _mistaken(reader: SpectrumReader, path: Path, what: str) -> InputError:
    return InputError(
        f"the {reader.format} reader of {READERS.origin(reader)} {what}.",
        file=path,
        hint="Update or uninstall that package, or ask its author; --debug shows the traceback.",
    )


def _from_text(
    path: Path,
    data: bytes,
    *,
    block: Block | None = None,
    x: str | int | None = None,
    y: str | int | None = None,
    x_quantity: XQuantity | None = None,
    y_kind: YKind | None = None,
    planner: Planner | None = None,
    accept_low: bool = False,
) -> Spectrum:
    check_packed(data, path)
    wished, told = y, [*_open_end(data)]
    if block is None and transposed.sniff(data[:HEAD]):
        data = transposed.upright(path, data)
        told.append(_IN_ROWS)
    if block is None:
        block, y = chosen(blocks_of(read_evened(path, data), x=x), path, x=x, y=y)
    table = block.table
    structure: Structure | None = None
    doubt: InputError | None = None
    try:
        structure = understand(
            table, x=x, y=y, x_quantity=x_quantity, y_kind=y_kind, alike=_IN_ROWS in told
        )
    except InputError as error:
        if planner is None or x is not None or y is not None:
            raise
        doubt = error
    words = {"--x": x, "--y": wished, "--x-quantity": x_quantity, "--y-kind": y_kind}
    given = tuple(option for option, word in words.items() if word is not None)
    if structure is not None:
        structure = replace(structure, evidence=(*structure.evidence, *block.evidence))
    made = _from_table(
        path, data, table, structure, doubt, planner, accept_low=accept_low, given=given
    )
    if structure is not None and made.y_kind == "intensity":
        made = replace(made, y_name=structure.y_name, y_unit=structure.y_unit)
    return replace(made, notes=(*block.notes, *made.notes, *told))


def _open_end(data: bytes) -> Iterator[Note]:
    """A last number that seems to be cut: no line end, and shorter than all before it."""
    if data.endswith((b"\n", b"\r", b"\0")):
        return
    *before, last = [line.strip() for line in data[-4096:].splitlines() or [b""]]
    if len(before) > _ROWS and 0 < len(last) < min(map(len, before[-10:])):
        cut = last[:60].decode("latin-1")
        text = f"The last line has no end and is shorter than the others: {cut!r}."
        yield Note.doubt("last-line-open", text)


def _from_table(
    path: Path,
    data: bytes,
    table: Table,
    structure: Structure | None,
    doubt: InputError | None,
    planner: Planner | None,
    *,
    accept_low: bool,
    given: tuple[str, ...],
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
        notes.append(Note.doubt("rules-used", "The rules are used instead."))
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
            hint=_hint(given),
        )
    made = apply_plan(
        plan,
        table,
        name=path.stem,
        evidence=structure.evidence,
        notes=structure.notes,
        by_user=bool(given),
    )
    return _noted(made, notes, record)


def _hint(given: Sequence[str]) -> str:
    """What the user can say who has not said it yet."""
    left = [o for o in ("--x", "--y", "--x-quantity", "--y-kind") if o not in given]
    accept = "accept it as it is (--accept-low)."
    return f"Say what it holds ({', '.join(left)}), or {accept}" if left else accept.capitalize()


def _planned(
    path: Path, table: Table, structure: Structure | None, plan: Plan, *, accept_low: bool
) -> Spectrum:
    """Apply a normaliser's plan, unless anything speaks against it."""
    if plan.score < MEDIUM and not accept_low:
        raise InputError(f"its score of {plan.score:g} is low.")
    unsaid = check_against(plan, table, structure)
    evidence = (Evidence(f"a normaliser's plan of score {plan.score:g}", plan.score / 100.0),)
    warned = (Note.doubt("normaliser-warns", text) for text in plan.warnings)
    notes = (*unsaid, *warned)
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


def format_of(data: bytes, name: str = "") -> str:
    """The format that the bytes are of, such as JCAMP-DX, SPC, OPUS or text."""
    return (reader_of(data, name) or TEXT).format


def reader_of(data: bytes, name: str = "") -> SpectrumReader | None:
    """The reader for a file of these bytes and this name; None for text."""
    reader, _ = READERS.choose(data[:HEAD], name)
    return None if reader is TEXT else reader


def why_no_spectrum(head: bytes, name: str) -> str:
    r"""Why a file of a folder is left out; empty where it may be a spectrum.

    Parameters
    ----------
    head
        Its first bytes.
    name
        Its name. With a suffix of spectra, anything that can be read at all is taken, and what is
        empty, so that it fails and is told.

    Examples
    --------
    >>> why_no_spectrum(b"4000 0.1\n" * 9, "oil.asc"), why_no_spectrum(b"Dear reader", "a.asc")
    ('', 'of text without a table of numbers')
    """
    _, sure = READERS.choose(head, name)
    known = Path(name).suffix.lower() in SUFFIXES
    if sure >= _TABLE or (known and (sure or not head)):
        return ""
    if not head:
        return "that are empty"
    return "of text without a table of numbers" if sure else "of no format of spectra"


def read_bytes(path: Path, most: int = -1) -> bytes:
    """The file's bytes, once it is sure that it is of a kind and size that are read.

    Parameters
    ----------
    path
        The file.
    most
        How many bytes are read; by default all.

    Raises
    ------
    figmill.errors.InputError
        If it is missing, not a regular file, empty or too large, or may not be read.
    """
    with explained(path):
        size = check_regular(path).st_size
        if size == 0:
            raise InputError("the file is empty.", file=path, hint="Export the spectrum again.")
        if size > MAX_BYTES:
            raise InputError(
                f"the file has {size / 2**20:,.0f} MiB.",
                file=path,
                hint=f"At most {MAX_BYTES // 2**20} MiB are read: is this one spectrum?",
            )
        with path.open("rb") as file:
            return file.read(most)


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
