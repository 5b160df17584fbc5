"""JCAMP-DX spectra: labelled records, and ordinates in the five forms AFFN, PAC, SQZ, DIF, DUP.

After R. S. McDonald and P. A. Wilks, "JCAMP-DX: A Standard Form for Exchange of Infrared Spectra in
Computer Readable Form", Appl. Spectrosc. 42, 151 (1988). What a file promises of its data is
checked after reading: NPOINTS, FIRSTX, LASTX, FIRSTY, MAXY, MINY, the abscissa of every line, and
the repeated ordinate that closes each line of differences.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from figmill.errors import InputError
from figmill.notes import Note
from figmill.read.text_notation import is_missing
from figmill.spectra.read.choice import choose, several
from figmill.spectra.read.units import (
    doubt_values,
    intensity_of,
    kind_of,
    settle_kind,
    told_of_kind,
    x_of,
)
from figmill.spectra.spectrum import Evidence, Spectrum, Vector

_SQZ = {c: n for n, c in enumerate("@ABCDEFGHI")} | {c: -n for n, c in enumerate("abcdefghi", 1)}
_DIF = {c: n for n, c in enumerate("%JKLMNOPQR")} | {c: -n for n, c in enumerate("jklmnopqr", 1)}
_DUP = {c: n for n, c in enumerate("STUVWXYZ", 1)} | {"s": 9}
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]\d+)?"
_TOKEN = re.compile(
    rf"(?P<affn>{_NUMBER})|(?P<sqz>[@A-Ia-i]\d*)|(?P<dif>[%J-Rj-r]\d*)|(?P<dup>[S-Zs]\d*)"
    r"|(?P<missing>\?)|(?P<space>[\s,;]+)"
)
# 3271E434 is an abscissa and a squeezed 5434: only a signed exponent is one.
_LETTERS = re.compile(r"[A-Za-z%@?](?![+-]\d)|[A-DF-Za-df-z%@?]")
_BARE = re.compile(rf"{_NUMBER}[\s,;]+{_NUMBER}")
_POINTS = re.compile(r"(?<=\d),(?=\d)")
_PARTED = re.compile(r"\d,\d+(,?\s+|;\s*)[+-]?\d")
_AFFN = re.compile(_NUMBER)
_PARTS = re.compile(r"\s*[,;]\s*|\s+")
_CURVES = ("XYDATA", "XYPOINTS", "RADATA")
_FORMS = (*_CURVES, "PEAKTABLE")
MAX_POINTS = 5_000_000


@dataclass
class _Block:
    """One ##TITLE to ##END: its records by simplified label, and the lines of its data."""

    labels: dict[str, str] = field(default_factory=dict)
    form: str = ""
    variables: str = ""
    lines: list[tuple[int, str]] = field(default_factory=list)
    plain: bool = False
    """Whether its columns follow the records without one of their own."""
    commas: bool = False
    """Whether its numbers have decimal commas."""


def sniff(head: bytes) -> float:
    """How sure it is that a file begins with labelled records of the standard."""
    if not head[:512].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"##"):
        return 0.0
    labels = head.upper()
    return 0.9 * (b"JCAMP" in labels or b"##TITLE" in labels)


def read_jcamp(path: Path, data: bytes, wanted: str | int | None = None) -> Spectrum:
    """Read a spectrum from the bytes of a JCAMP-DX file: the first, or the one that is wanted.

    Parameters
    ----------
    path
        Where they are from.
    data
        The bytes.
    wanted
        In a file of several spectra, the title of one, or its number from 1.

    Raises
    ------
    figmill.errors.InputError
        If there is no spectrum in it, a line cannot be read, or a promise about the number of
        points does not hold.
    """
    blocks = _parse(data)
    spectra = [block for block in blocks if block.form in _CURVES or block.plain]
    if not spectra:
        if any("NTUPLES" in block.labels for block in blocks):
            raise InputError(
                "it holds NTUPLES (pages of several variables), which are not read.",
                file=path,
                hint="Export the spectrum by itself, as ##XYDATA= or as text.",
            )
        forms = ", ".join(sorted({block.form for block in blocks if block.form})) or "no data"
        raise InputError(
            f"this JCAMP-DX file holds {forms}, not a spectrum.",
            file=path,
            hint="A record ##XYDATA= or ##XYPOINTS= is needed.",
        )
    titles = [each.labels.get("TITLE", "") for each in spectra]
    taken = choose(path, titles, wanted)
    block = spectra[taken]
    labels = block.labels
    notes: list[Note] = []
    x_factor = _real(path, labels, "XFACTOR", 1.0)
    y_factor = _real(path, labels, "YFACTOR", 1.0)
    if block.plain:
        x, y = _pairs(path, block, notes)
        text = "Its columns stand without a record ##XYPOINTS= and are read as x and y."
        notes.append(Note.info("record-missing", text))
        x, y = x * x_factor, y * y_factor
    elif block.form == "XYPOINTS" or "XY..XY" in block.variables.upper():
        x, y = _pairs(path, block, notes)
        x, y = x * x_factor, y * y_factor
    else:
        x, y = _runs(path, block, x_factor, notes)
        y = y * y_factor
    if block.commas:
        notes.append(Note.info("decimal-commas", "Its numbers are read with decimal commas."))
    _check_step(path, labels, x)
    of_points: list[Note] = []
    x, y = _once(x, y, of_points)
    notes += _promises(path, labels, x, y, y_factor)
    quantity, unit, certain = x_of(labels.get("XUNITS", ""))
    if quantity == "wavenumber" and "raman" in labels.get("DATATYPE", "").lower():
        quantity = "raman_shift"
    y_units = labels.get("YUNITS", "")
    name, y_unit = intensity_of(y_units)
    if not name:
        name, y_unit = intensity_of(labels.get("DATATYPE", ""))
    told = kind_of(y_units) or "unknown"
    kind, evidence = settle_kind(told, y, f"YUNITS is {y_units!r}")
    of_kind = told_of_kind(told, kind, evidence)
    if told == "unknown" and re.search(r"\w", y_units) and kind != "intensity":
        # The file says what it is in words of its own: the curve's shape cannot know better.
        kind, evidence = "unknown", [Evidence(f"YUNITS {y_units!r} is not a kind known here", 0.95)]
        text = f"What y is remains unknown: YUNITS says {y_units[:60]!r}."
        of_kind = (Note.doubt("kind-unknown", text),)
    evidence.insert(0, Evidence(f"JCAMP-DX, {x.size} points, XUNITS {labels.get('XUNITS', '')!r}"))
    if not certain:
        evidence.append(Evidence("XUNITS names no spectral axis", 0.8))
    evidence += [Evidence(note.text, 0.9) for note in notes if note.level == "doubt"]
    notes += of_points
    evidence += [Evidence(note.text, 0.97) for note in of_points if note.level == "loss"]
    more, others = several(titles, taken, wanted)
    evidence += more
    notes += others
    if passed := sorted({block.form for block in blocks if block.form} - set(_CURVES)):
        text = f"Its {', '.join(passed)} is not read, since that is not a spectrum."
        notes.append(Note.info("blocks-passed-over", text))
    if not _is_utf8(data):
        notes.append(
            Note.info("encoding-customary", "The text is not UTF-8 and is read as Latin-1.")
        )
    metadata: dict[str, str | float | int] = {
        key.lower(): value for key, value in labels.items() if value and len(value) < 300
    }
    if len(spectra) > 1:
        metadata["spectra"] = len(spectra)
    return Spectrum(
        x,
        y,
        quantity,
        unit,
        kind,
        name=path.stem,
        source=str(path),
        format="JCAMP-DX",
        metadata=metadata,
        evidence=tuple(evidence),
        notes=(*notes, *of_kind, *doubt_values(kind, y)),
        y_name=name,
        y_unit=y_unit,
    )


def _parse(data: bytes) -> list[_Block]:
    text = data.decode("utf-8-sig") if _is_utf8(data) else data.decode("latin-1")
    blocks: list[_Block] = []
    open_blocks: list[_Block] = []
    label = ""
    for number, line in enumerate(text.splitlines(), 1):
        clean = line.split("$$", 1)[0]
        if clean.lstrip().startswith("##"):
            name, _, value = clean.strip()[2:].partition("=")
            label = re.sub(r"[\s\-/_]", "", name).upper()
            value = value.strip()
            if label == "TITLE" or not open_blocks:
                open_blocks.append(_Block())
                blocks.append(open_blocks[-1])
            block = open_blocks[-1]
            if label == "END":
                open_blocks.pop()
            elif label in _FORMS and not block.form and not block.plain:
                block.form, block.variables = label, value.replace(" ", "")
            else:
                block.labels.setdefault(label, value)
        elif open_blocks and clean.strip():
            block = open_blocks[-1]
            if label == block.form or block.plain:
                block.lines.append((number, clean))
            elif not block.form and _BARE.fullmatch(clean.strip()):
                block.plain = True
                block.lines.append((number, clean))
            elif label in block.labels:
                block.labels[label] = f"{block.labels[label]}\n{clean.strip()}".strip()
    for block in blocks:
        full = [line for _, line in block.lines[:50] if not any(map(is_missing, _parts(line)))]
        if full and all(map(_has_commas, full)):
            block.commas = True
            block.lines = [(number, _POINTS.sub(".", line)) for number, line in block.lines]
    return blocks


def _has_commas(line: str) -> bool:
    """Whether a line's commas are decimal marks: digits on both sides, and no point anywhere.

    Where commas part x from y as well, a blank follows these; so "1000,0, 0,5" is one pair, and
    "1000,5" alone is read as the standard has it.
    """
    return "." not in line and len(_POINTS.findall(line)) > 1 and bool(_PARTED.search(line.strip()))


def _check_step(path: Path, labels: dict[str, str], x: Vector) -> None:
    """Refuse a file whose step contradicts its ends by more than a rounding or a sign.

    Raises
    ------
    figmill.errors.InputError
        If DELTAX is another step than that from FIRSTX to LASTX.
    """
    step = _real(path, labels, "DELTAX", 0.0)
    if not step or x.size < 2 or "XYPOINTS" in labels:
        return
    found = (x[-1] - x[0]) / (x.size - 1)
    if abs(abs(step) - abs(found)) > 0.05 * abs(found):
        raise InputError(
            f"DELTAX is {step:g}, and {x.size} points from {x[0]:g} to {x[-1]:g} have a step of "
            f"{found:g}.",
            file=path,
            place="header",
            hint="The file contradicts itself: export it again.",
        )


def _once(x: Vector, y: Vector, notes: list[Note]) -> tuple[Vector, Vector]:
    """Each x once, where some points are given again."""
    steps = np.diff(x)
    if x.size < 2 or (steps > 0).all() or (steps < 0).all():
        return x, y
    _, first, inverse = np.unique(x, return_index=True, return_inverse=True)
    if first.size == x.size:
        return x, y
    differ = int(np.count_nonzero(np.abs(y - y[first][inverse]) > 0))
    text = f"{x.size - first.size} points repeat an x and are left out"
    text = f"{text}; {differ} of them have another y." if differ else f"{text}."
    notes.append(Note.loss("x-repeated", text))
    keep = np.sort(first)
    return x[keep], y[keep]


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _runs(path: Path, block: _Block, x_factor: float, notes: list[Note]) -> tuple[Vector, Vector]:
    """(X++(Y..Y)): one abscissa a line, then ordinates at equal steps."""
    promised = int(min(max(_real(path, block.labels, "NPOINTS", MAX_POINTS), 0), MAX_POINTS))
    values: list[float] = []
    starts: list[tuple[int, float, int]] = []  # line, abscissa, how many ordinates came before
    differences = False
    for number, line in block.lines:
        row, tail_is_difference = _row(path, number, line, promised + 2)
        if not row:
            continue
        ordinates = row[1:]
        if differences and ordinates and values:
            # The first ordinate after differences repeats the last one, as a check.
            if abs(ordinates[0] - values[-1]) > 1e-6 * max(1.0, abs(values[-1])):
                raise InputError(
                    f"the ordinate {ordinates[0]:g} should repeat {values[-1]:g}, the last of the "
                    "line before.",
                    file=path,
                    place=f"line {number}",
                    hint="The file is damaged there: export it again.",
                )
            ordinates = ordinates[1:]
            starts.append((number, row[0], len(values) - 1))
        else:
            starts.append((number, row[0], len(values)))
        values.extend(ordinates)
        differences = tail_is_difference
    y = np.array(values)
    if block.labels.get("NPOINTS") and y.size != promised:
        raise InputError(
            f"NPOINTS promises {promised} points, and {y.size} are there.",
            file=path,
            place="##XYDATA",
            hint="The file is damaged or cut short: export it again.",
        )
    if y.size < 2:
        raise InputError(
            f"there are {y.size} points in this spectrum.",
            file=path,
            place="##XYDATA",
            hint="A spectrum needs two points at least; look at the file.",
        )
    first = _real(path, block.labels, "FIRSTX", starts[0][1] * x_factor)
    if block.labels.get("LASTX"):
        last = _real(path, block.labels, "LASTX", 0.0)
    else:
        step = _real(path, block.labels, "DELTAX", float("nan"))
        last = first + step * (y.size - 1)
    if not np.isfinite(first + last) or first == last:
        raise InputError(
            "neither LASTX nor DELTAX says how far x runs.",
            file=path,
            place="header",
            hint="Add ##LASTX= or ##DELTAX=.",
        )
    step = (last - first) / (y.size - 1)
    # Abscissas of lines are rounded by their writers: half a step, or four digits, is no error.
    room = max(abs(step) * 0.51, 5e-4 * max(abs(first), abs(last)) * 0.5)
    wrong = [
        (line, x * x_factor, first + step * before)
        for line, x, before in starts
        if abs(x * x_factor - (first + step * before)) > room
    ]
    if wrong:
        at, told, counted = wrong[0]
        text = (
            f"{len(wrong)} of {len(starts)} lines begin at another x than counted; "
            f"line {at}: {told:g}, counted {counted:g}."
        )
        notes.append(Note.doubt("x-disagrees", text))
    return np.linspace(first, last, y.size), y


def _row(path: Path, number: int, line: str, most: int) -> tuple[list[float], bool]:
    """The numbers of one line, at most so many, and whether the last one was a difference."""
    if not _LETTERS.search(line):
        try:
            return [float(part) for part in line.split()], False
        except ValueError:
            pass  # packed (4000+95+96), or separated by commas
    if (plain := _written_out(line)) is not None:
        return plain, False
    row: list[float] = []
    step = 0.0
    differences = False
    at = 0
    while at < len(line):
        token = _TOKEN.match(line, at)
        if token is None:
            raise InputError(
                f"{line[at : at + 10].strip()!r} is not a number of any JCAMP-DX form.",
                file=path,
                place=f"line {number}",
                hint="The file is damaged there: export it again.",
            )
        at = token.end()
        text = token.group()
        kind = token.lastgroup
        if kind == "affn":
            row.append(float(text))
            differences = False
        elif kind == "sqz":
            row.append(_signed(_SQZ[text[0]], text))
            differences = False
        elif kind == "dif" and row:
            step = _signed(_DIF[text[0]], text)
            row.append(row[-1] + step)
            differences = True
        elif kind == "dup" and len(row) > 1:
            times = int(f"{_DUP[text[0]]}{text[1:]}") - 1
            if times + len(row) > most:
                raise InputError(
                    f"{text!r} repeats a value {times + 1} times.",
                    file=path,
                    place=f"line {number}",
                    hint="The file is damaged there: export it again.",
                )
            for _ in range(times):
                row.append(row[-1] + step if differences else row[-1])
        elif kind == "missing":
            row.append(float("nan"))
            differences = False
    return row, differences


def _parts(line: str) -> list[str]:
    return _PARTS.split(line.strip().rstrip(",;"))


def _written_out(line: str) -> list[float] | None:
    """The numbers of a line that are written out, NaN for words: OVER, ---. None for packed lines.

    Letters are digits in packed forms: OVER would be 6, repeated, 5 and a step of 9. But these
    begin with a number's first digit, and stand beside none that are written out.
    """
    row: list[float] = []
    for part in _parts(line):
        if is_missing(part):
            row.append(float("nan"))
        elif _AFFN.fullmatch(part):
            row.append(float(part))
        else:
            return None
    return row


def _signed(lead: int, text: str) -> float:
    return float(f"{lead}{text[1:]}")


def _pairs(path: Path, block: _Block, notes: list[Note]) -> tuple[Vector, Vector]:
    """(XY..XY): abscissa and ordinate of every point."""
    numbers: list[float] = []
    for number, line in block.lines:
        row, _ = _row(path, number, line, MAX_POINTS)
        numbers.extend(row)
    if len(numbers) % 2:
        raise InputError(
            f"{len(numbers)} numbers are no pairs of x and y.",
            file=path,
            place=f"##{block.form}",
            hint="The file is damaged: export it again.",
        )
    values = np.array(numbers).reshape(-1, 2)
    promised = int(_real(path, block.labels, "NPOINTS", len(values)))
    if promised != len(values):
        raise InputError(
            f"NPOINTS promises {promised} points, and {len(values)} are there.",
            file=path,
            place=f"##{block.form}",
            hint="The file is damaged or cut short: export it again.",
        )
    if lost := int(np.count_nonzero(np.isnan(values[:, 0]))):
        notes.append(Note.loss("points-without-x", f"{lost} points have no x and are left out."))
        values = values[np.isfinite(values[:, 0])]
    return values[:, 0], values[:, 1]


def _promises(
    path: Path, labels: dict[str, str], x: Vector, y: Vector, y_factor: float
) -> list[Note]:
    """What the header says of the data and is not so."""
    broken: list[Note] = []
    if x.size == 0 or not np.isfinite(y).any():
        return broken
    step = abs(x[-1] - x[0]) / max(x.size - 1, 1)
    span = float(np.nanmax(y) - np.nanmin(y))
    found = {
        "FIRSTX": (float(x[0]), step * 0.5),
        "LASTX": (float(x[-1]), step * 0.5),
        "FIRSTY": (float(y[0]), 1e-3 * span + 2 * abs(y_factor)),
        "MAXY": (float(np.nanmax(y)), 1e-3 * span + 2 * abs(y_factor)),
        "MINY": (float(np.nanmin(y)), 1e-3 * span + 2 * abs(y_factor)),
    }
    for label, (value, room) in found.items():
        told = _real(path, labels, label, value)
        # Some writers round MAXY and MINY to whole numbers.
        if np.isfinite(value) and abs(told - value) > max(room, 1e-4 * abs(told)):
            text = f"{label} is {told:g} in the header and {value:g} in the data."
            broken.append(Note.doubt("header-disagrees", text))
    return broken


def _real(path: Path, labels: dict[str, str], label: str, default: float) -> float:
    text = labels.get(label, "").strip()
    if not text:
        return default
    try:
        value = float(text.split()[0].replace(",", "."))
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise InputError(
            f"##{label}= {text[:40]!r} is not a number.",
            file=path,
            place="header",
            hint="Correct the header, or export the file again.",
        )
    return value
