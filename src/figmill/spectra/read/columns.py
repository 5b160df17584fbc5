"""Which column of a table is x, which is y, and why.

The decision goes by header words first, then by values: x must run one way over nearly all of its
rows, must not be a pressure, a time or a row number, and should cover a range that instruments do.
Everything that was seen becomes `Evidence`; the product of its factors is the confidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from figmill.errors import InputError
from figmill.notes import Note
from figmill.read.text_table import Table
from figmill.spectra.read.units import (
    intensity_of,
    is_interim,
    is_other,
    kind_of,
    leave_unknown,
    plain,
    plausible_x,
    settle_kind,
    told_of_kind,
    x_of,
)
from figmill.spectra.spectrum import Evidence, Vector, XQuantity, YKind

# What an instrument was set to says nothing of the axis.
_SETTINGS = re.compile(
    r"laser|excit|anregung|filter|resol|auflos|range|bereich|\bstep|schritt|slit|spalt|band ?width"
    r"|bandbreite|interval|spacing|speed|rate\b|grating|gitter|groove|blaze|calib|kalibr|offset"
    r"|cent(er|re)|\bpeak|\blamp|aperture|\b(from|start|end|stop|first|last|min|max)\w*\b"
)
_LASER = re.compile(r"\blaser|excitation|anregung")
_LASER_OF_SCALE = re.compile(
    r"he ?-?ne\b|interfero|\bft ?-?n?m?f?ir\b|\bft ?-?ir|reference laser|laser (freq|wave ?num)"
)
# Lines by which programs of one kind of instrument are known, and what their x is.
_WRITERS: tuple[tuple[re.Pattern[str], XQuantity, str], ...] = (
    (
        re.compile(r"^(spectrasuite|ooibase32|jaz)\b.*data file|^data from .* node"),
        "wavelength",
        "nm",
    ),
    (re.compile(r"spectra vista|^text conversion of header file"), "wavelength", "nm"),
)
_ABOUT_Y = re.compile(
    r"^(y|ordinate)|unit|data|mode|measur|mess|type|display|format|spectr|photometr|signal|title"
)
_VALUE = re.compile(r"\s*[+-]?\d")
_WHOLE = (1.0, 2.0, 4.0, 5.0, 10.0)

_READ_ABOVE = 500
_PAIR = re.compile(r"^(.*?)[:=\t]\s*(.*)$")
# A number with its unit, or after a colon; not 1/cm.
_SETTING = re.compile(r"\d\s*(?:nm|um|cm|micron)|[:=]\s*\d(?!\s*/)")


@dataclass(frozen=True, slots=True)
class Structure:
    """How a table is understood.

    Parameters
    ----------
    x, y
        Column numbers, from 0.
    x_quantity, x_unit, y_kind
        What they hold.
    evidence
        What that rests on.
    unsorted, repeated
        Rows out of order in x, and rows that repeat the x of another.
    others
        Further columns that could be y.
    notes
        What of it is guessed, or left out.
    y_name, y_unit
        What the words call an intensity.
    """

    x: int
    y: int
    x_quantity: XQuantity
    x_unit: str
    y_kind: YKind
    evidence: tuple[Evidence, ...]
    unsorted: int = 0
    repeated: int = 0
    others: tuple[int, ...] = ()
    notes: tuple[Note, ...] = ()
    y_name: str = ""
    y_unit: str = ""

    @property
    def confidence(self) -> float:
        """The product of the evidence's factors, 0 to 1."""
        return float(np.prod([item.factor for item in self.evidence]))


@dataclass(frozen=True, slots=True)
class _Column:
    index: int
    text: str
    values: Vector
    runs: bool
    named: XQuantity | None
    unit: str
    other: bool
    kind: YKind | None

    @property
    def span(self) -> float:
        low, high = float(self.values.min()), float(self.values.max())
        return (high - low) / max(abs(low), abs(high), 1e-300)

    @property
    def counter(self) -> bool:
        """Whether it merely counts the rows."""
        steps = np.diff(self.values)
        return bool((steps == 1).all() and self.values[0] in (0, 1))


def understand(
    table: Table,
    *,
    x: str | int | None = None,
    y: str | int | None = None,
    x_quantity: XQuantity | None = None,
    y_kind: YKind | None = None,
    alike: bool = False,
) -> Structure:
    """Find x and y in a table.

    Parameters
    ----------
    table
        What `read_table` gave.
    x, y
        Columns that the user names, by header or by number from 1; None finds them.
    x_quantity, y_kind
        What they hold, where the user says so: that settles it.
    alike
        Whether further columns are spectra as the first one is, so that they are no other choice.

    Raises
    ------
    figmill.errors.InputError
        If no column can be x, none is left for y, or a named column is not there.
    """
    rows, width = table.shape
    if rows < 2:
        raise InputError(
            f"there {'is 1 row' if rows == 1 else 'are no rows'} of numbers.",
            file=table.source,
            hint="A spectrum needs two points at least; look at the file.",
        )
    if width < 2:
        raise InputError(
            "there is one column of numbers.",
            file=table.source,
            hint="A spectrum needs x and y; look at the file's delimiter.",
        )
    columns = [_column(table, i) for i in range(width)]
    evidence: list[Evidence] = [_parsed(table)]
    notes: list[Note] = []
    across = _find(table, x) if x is not None else None
    upright = _find(table, y) if y is not None else None
    chosen = columns[across] if across is not None else _choose_x(table, columns, upright, evidence)
    if across is not None:
        evidence.append(Evidence(f"x is {_name(table, across)}, as asked"))
    unsorted, repeated = _order(table, chosen, evidence)
    if upright is None:
        upright, kind, others = _choose_y(table, columns, chosen, evidence, notes, alike)
    else:
        kind, others = columns[upright].kind, ()
        evidence.append(Evidence(f"y is {_name(table, upright)}, as asked"))
    if upright == chosen.index:
        raise InputError(
            "x and y are the same column.", file=table.source, hint="Name two columns."
        )
    values = table.values[:, upright]
    if not np.isfinite(values).any():
        raise InputError(
            f"y ({_name(table, upright)}) has no value in any row.",
            file=table.source,
            hint="Export the spectrum again, or name another column.",
        )
    told = y_kind if y_kind is not None else kind
    counts = told == "intensity" or (
        told in (None, "unknown") and float(np.nanpercentile(np.abs(values), 99.5)) > 200.0
    )
    light = told is not None and told not in ("intensity", "unknown")
    quantity, unit = _quantity(
        table, chosen, evidence, notes, counts=counts, light=light, asked=x_quantity
    )
    arbitrary = plain(columns[upright].text) in ("a.u.", "a.u", "au")
    if quantity == "raman_shift" and arbitrary and y_kind is None:
        kind = "intensity"  # arbitrary units there, absorbance units elsewhere
        text = "a.u. beside a Raman shift are taken as arbitrary units, not as absorbance."
        notes.append(Note.info("arbitrary-units", text))
    if y_kind is not None:
        settled, seen = y_kind, [Evidence(f"y is {y_kind.replace('_', ' ')}, as asked")]
        if kind is not None and kind != y_kind:
            text = f"y is taken as {y_kind}, as asked, and not as {kind}."
            notes.append(Note.info("kind-as-asked", text))
    else:
        source = f"y is {_name(table, upright)}"
        if kind is None and not columns[upright].text:
            source += ", without a header"
        settled, seen = settle_kind(kind or "unknown", values, source)
        if kind is None and quantity == "raman_shift" and settled != "intensity":
            settled, seen = "intensity", [Evidence(f"{source}; along a Raman shift", 0.95)]
        if kind is None and leave_unknown(settled, seen, shaped=quantity == "wavenumber"):
            text = "no word says what y is, nor do its values"
            settled, seen = "unknown", [Evidence(f"{source}; {text}", 0.95)]
            text = "What y is remains unknown: no word says so, and its values are no evidence."
            notes.append(Note.doubt("kind-unknown", text))
        else:
            if kind is None and settled != "intensity":
                seen.append(Evidence("no word says what y is", 0.9))
            notes += told_of_kind(kind or "unknown", settled, seen)
    return Structure(
        chosen.index,
        upright,
        quantity,
        unit,
        settled,
        (*evidence, *seen),
        unsorted,
        repeated,
        others,
        tuple(notes),
        *_intensity(table, columns[upright], settled),
    )


def _intensity(table: Table, column: _Column, kind: YKind) -> tuple[str, str]:
    """What an intensity is of: by its header, else by a line above that says what y is."""
    if kind != "intensity":
        return "", ""
    found = intensity_of(column.text)
    if found[0] or column.kind is not None:
        return found
    lines = (line for line in _words_above(table) if _kind_above(line) == "intensity")
    return next((told for line in lines if (told := intensity_of(line))[0]), ("", ""))


def guessed_axis(table: Table, column: int, *, counts: bool) -> tuple[XQuantity, str]:
    """What x would be by its values alone, as `understand` guesses it.

    Parameters
    ----------
    table, column
        The column of x, from 0.
    counts
        Whether y is an intensity.
    """
    return _by_values(_column(table, column), [], [], counts=counts)


def without_setting(table: Table) -> Table:
    """The table without a header that is none: "Excitation wavelength,532 nm" is a setting.

    So is "#AxisUnit[1]=", which LabSpec writes above its numbers with a tab before the value.
    """
    if len(table.names) != 2:
        return table
    key, value = table.names
    if key.endswith(("=", ":")):
        pairs = [(key, value), tuple(table.units)]
        lines = tuple(f"{a} {b}" for a, b in pairs if a)
        return replace(
            table,
            names=("", ""),
            units=("", ""),
            preamble=(*table.preamble, *lines),
            header_line=0,
        )
    if not (_SETTINGS.search(plain(key)) and _VALUE.match(value)):
        return table
    line = f"{key}: {value}"
    return replace(table, names=("", ""), preamble=(*table.preamble, line), header_line=0)


def _column(table: Table, index: int) -> _Column:
    text = f"{table.names[index]} {table.units[index]}".strip()
    values = table.values[:, index]
    finite = values[np.isfinite(values)]
    steps = np.diff(finite)
    runs = finite.size >= 2 and bool((steps > 0).all() or (steps < 0).all())
    quantity, unit, certain = x_of(text)
    kind = None if certain and _leads(text) else kind_of(text)
    # "Raman intensity" and "Absorbance (400 cm-1)" name a y, for all that they say of x.
    named: XQuantity | None = quantity if certain and kind is None else None
    if plain(text) in ("x", "x-axis", "x axis", "abscissa", "xvalues", "x values"):
        named = "unknown"
    other = is_other(text) and kind is None
    return _Column(index, text, finite, runs, named, unit, other, kind)


def _leads(text: str) -> bool:
    """Whether the words of x come before those of y: "Wavenumber / absorbance axis".

    "Raman" alone says nothing of an axis: "Raman intensity" is a y.
    """
    words = plain(text)
    if words.startswith("raman") and not x_of(words.removeprefix("raman"))[2]:
        return False
    return x_of(words.split(" ")[0])[2] and kind_of(words.split(" ")[0]) is None


def _choose_x(
    table: Table, columns: list[_Column], taken: int | None, evidence: list[Evidence]
) -> _Column:
    named = [c for c in columns if c.named is not None and c.values.size >= 2 and c.index != taken]
    if named:
        # Where two are named, one that runs; a Raman shift before the absolute wavenumbers that
        # Raman instruments write beside it, and wavenumber before the rest.
        order = ("wavenumber", "raman_shift", "wavelength", "unknown")
        best = min(
            named,
            key=lambda c: (
                not c.runs,
                "raman" not in plain(c.text),
                order.index(c.named or "unknown"),
                c.index,
            ),
        )
        evidence.append(Evidence(f"x is {_name(table, best.index)}, by its header"))
        if len(named) > 1:
            rest = ", ".join(_name(table, c.index) for c in named if c is not best)
            evidence.append(Evidence(f"{rest} could be x too", 0.95))
        return best
    free = [
        c
        for c in columns
        if c.runs
        and not c.other
        and c.kind is None
        and c.index != taken
        and c.values.size > 0.5 * len(table)
    ]
    if len(free) > 1:
        free = [c for c in free if not c.counter] or free
    if not free:
        tried = ", ".join(_name(table, c.index) for c in columns[:8])
        raise InputError(
            f"no column can be x: none of {tried} is named as a spectral axis or runs one way "
            "from the first row to the last.",
            file=table.source,
            hint="Name the column of x, or sort the file by it.",
        )
    best = max(free, key=lambda c: (plausible_x("wavenumber", "cm-1", c.values), c.span, -c.index))
    evidence.append(
        Evidence(
            f"x is {_name(table, best.index)}: it runs one way, though no header says so", 0.92
        )
    )
    # In two columns y may happen to run one way as well; x comes first.
    if len(free) > 1:
        if len(columns) == 2:
            best = free[0]
        evidence.append(Evidence(f"{len(free) - 1} more columns run one way", 0.85))
    if best.counter:
        evidence.append(Evidence("x only counts the rows", 0.6))
    return best


def _quantity(
    table: Table,
    column: _Column,
    evidence: list[Evidence],
    notes: list[Note],
    *,
    counts: bool,
    light: bool,
    asked: XQuantity | None,
) -> tuple[XQuantity, str]:
    """What x is: as asked, by its header, by the lines above, or by its values."""
    quantity, unit = column.named or "unknown", column.unit
    if asked is not None:
        if quantity != asked:
            unit = {"wavelength": "nm", "unknown": ""}.get(asked, "cm-1")
            if quantity != "unknown":
                text = f"x is taken as {asked} in {unit}, as asked, and not as {quantity}."
                notes.append(Note.info("x-as-asked", text))
        evidence.append(Evidence(f"x is {asked.replace('_', ' ')}, as asked"))
        return asked, unit
    if quantity == "unknown":
        quantity, unit = _by_lines_above(table, column, evidence, notes, counts=counts, light=light)
    if quantity == "unknown":
        quantity, unit = _by_values(column, evidence, notes, counts=counts)
    if quantity == "wavelength" and unit == "nm" and column.values.max() < 60:
        unit = "um"
        text = "wavelengths below 60 are taken as µm"
        evidence.append(Evidence(text, 0.9))
        notes.append(Note.doubt("x-unit-assumed", "x is taken as µm, since it stays below 60."))
    if not plausible_x(quantity, unit, column.values):
        low, high = float(column.values.min()), float(column.values.max())
        evidence.append(
            Evidence(f"x from {low:.4g} to {high:.4g} is not a range of {quantity} in {unit}", 0.7)
        )
    return quantity, unit


def _by_lines_above(
    table: Table,
    column: _Column,
    evidence: list[Evidence],
    notes: list[Note],
    *,
    counts: bool,
    light: bool,
) -> tuple[XQuantity, str]:
    """What the lines above the numbers say of x; settings of the instrument do not count.

    An excitation laser is evidence for a Raman shift, unless y is a share of light, or the laser is
    that by which an interferometer counts.
    """
    above = _words_above(table)
    lasers = [line for line in above if _LASER.search(plain(line))]
    scale = any(_LASER_OF_SCALE.search(plain(line)) for line in above)
    for line in above:
        words = plain(line)
        for pattern, quantity, unit in _WRITERS:
            if pattern.search(words):
                text = f"a line above the numbers says {line.strip()[:60]!r}"
                evidence.append(Evidence(text))
                text = f"x is taken as {quantity} in {unit}: {text}."
                notes.append(Note.info("x-from-line-above", text))
                return quantity, unit
        told, unit, certain = x_of(line)
        if not certain or kind_of(line) is not None:
            continue
        if _SETTINGS.search(words) or _SETTING.search(words):
            continue
        text = f"a line above the numbers says {line.strip()[:60]!r}"
        if told == "wavenumber" and counts and lasers and not scale:
            # Raman programs write the unit of a shift alone; who counts light has no interferogram.
            told = "raman_shift"
            text = f"{text}, another one names a laser, and y is an intensity"
        evidence.append(Evidence(text))
        text = f"x is taken as {told.replace('_', ' ')} in {unit}: {text}."
        notes.append(Note.info("x-from-line-above", text))
        return told, unit
    lines = lasers
    if not lines or scale or light:
        return "unknown", ""
    low, high = float(column.values.min()), float(column.values.max())
    found = re.search(r"(\d{3,4}(?:[.,]\d+)?) ?nm", plain(lines[0]))
    at = float(found[1].replace(",", ".")) if found else 0.0
    if high > 5000.0 or (at and low > 0.95 * at and high < 2.0 * at):
        return "unknown", ""  # absolute wavelengths or wavenumbers of the scattered light
    text = f"a line above the numbers names a laser, {lines[0].strip()[:60]!r}"
    evidence.append(Evidence(text, 0.95))
    notes.append(Note.doubt("x-from-setting", f"x is taken as Raman shift in cm-1: {text}."))
    return "raman_shift", "cm-1"


def _words_above(table: Table) -> tuple[str, ...]:
    """The lines above the numbers that are read for their words: of very many, both ends."""
    above = table.preamble
    return above if len(above) <= 2 * _READ_ABOVE else (*above[:_READ_ABOVE], *above[-_READ_ABOVE:])


def _by_values(
    column: _Column, evidence: list[Evidence], notes: list[Note], *, counts: bool
) -> tuple[XQuantity, str]:
    """A guess of x by its range and steps: a doubt, always."""
    values = column.values
    low, high = float(values.min()), float(values.max())
    steps = np.abs(np.diff(values))
    whole = bool((values == np.round(values)).all()) and bool(
        np.isin(steps, _WHOLE).all() and np.ptp(steps) == 0
    )
    quantity: XQuantity = "wavenumber"
    unit, sure = "cm-1", 1.0
    if low < 0:
        quantity, sure = "raman_shift", 0.9
    elif low >= 150 and high <= 1150:
        quantity, unit, sure = "wavelength", "nm", 0.85
    elif counts and high <= 5000:
        quantity, sure = "raman_shift", 0.9
    elif whole and low >= 150 and high <= 2600:
        # Grating instruments of the near infrared write whole nanometres; so do some in cm-1.
        quantity, unit, sure = "wavelength", "nm", 0.85
    elif _fine(steps) and low >= 150 and high <= 2600:
        quantity, unit, sure = "wavelength", "nm", 0.85
    elif high <= 1150:
        sure = 0.75
    elif low >= 150 and high <= 2600:
        sure = 0.92  # a part of the infrared, or of the near infrared in nm
    text = f"x from {low:.6g} to {high:.6g} is taken as {quantity.replace('_', ' ')} in {unit}"
    if column.named is None or sure < 1:
        evidence.append(Evidence(text, sure))
    text = (
        f"x is taken as {quantity.replace('_', ' ')} in {unit}, by its values alone, {low:.6g} to "
        f"{high:.6g}."
    )
    notes.append(Note.doubt("x-assumed", text))
    return quantity, unit


def _fine(steps: Vector) -> bool:
    """Whether steps are equal and a simple part of 1, as gratings are moved by: 0.1, 0.2, 0.5."""
    usual = float(np.median(steps))
    even = bool((np.abs(steps - usual) <= 1e-3 * usual).all())
    return even and any(abs(usual - part) < 1e-6 for part in (0.05, 0.1, 0.2, 0.25, 0.5))


def _order(table: Table, column: _Column, evidence: list[Evidence]) -> tuple[int, int]:
    """Rows that are out of order, and rows that repeat an x."""
    values = column.values
    if column.runs:
        steps = np.abs(np.diff(values))
        usual = float(np.median(steps))
        regular = bool((np.abs(steps - usual) <= 0.02 * usual).mean() > 0.9)
        evidence.append(
            Evidence("its steps are equal") if regular else Evidence("its steps differ", 0.99)
        )
        return 0, 0
    repeated = values.size - np.unique(values).size
    if repeated > 0.5 * values.size:
        raise InputError(
            f"{_name(table, column.index)} has {values.size} rows and only "
            f"{values.size - repeated} different values: it is not an axis of a spectrum.",
            file=table.source,
            hint="Name the column of x.",
        )
    steps = np.diff(values)
    downward = (steps < 0).sum() > (steps > 0).sum()
    unsorted = int((steps > 0).sum() if downward else (steps < 0).sum())
    if unsorted:
        evidence.append(Evidence(f"x turns at {unsorted} rows and must be sorted", 0.85))
    if repeated:
        evidence.append(Evidence(f"{repeated} rows repeat an x", 0.92))
    return unsorted, int(repeated)


def _choose_y(
    table: Table,
    columns: list[_Column],
    x: _Column,
    evidence: list[Evidence],
    notes: list[Note],
    alike: bool,
) -> tuple[int, YKind | None, tuple[int, ...]]:
    rest = [c for c in columns if c.index != x.index and c.named is None and not c.other]
    rest = _alive(table, rest, x, evidence)
    named = [c for c in rest if c.kind is not None]
    if named:
        order: tuple[YKind, ...] = (
            "absorbance",
            "percent_transmittance",
            "transmittance",
            "percent_reflectance",
            "reflectance",
            "log_inverse_reflectance",
            "kubelka_munk",
            "absorption_coefficient",
            "log_epsilon",
            "intensity",
        )
        best = min(
            named,
            key=lambda c: (is_interim(c.text), order.index(c.kind or "intensity"), c.index),
        )
        same = [
            c.index
            for c in named
            if c is not best and (c.kind, is_interim(c.text)) == (best.kind, is_interim(best.text))
        ]
        if same:
            _first_of(f"{len(same)} more columns hold {best.kind}", 0.75, evidence, notes)
        elif len(named) > 1:
            evidence.append(Evidence("other columns hold it as another kind", 0.97))
        return best.index, best.kind, tuple(same)
    if not rest:
        raise InputError(
            f"beside x ({_name(table, x.index)}) there is no column that could be y.",
            file=table.source,
            hint="Name the column of y.",
        )
    finished = [c for c in rest if not is_interim(c.text)] or rest
    if len(finished) > 1:
        count = len(finished) - 1
        if alike:
            _first_of(f"{count} more rows are spectra", 0.97, evidence, notes)
        else:
            _first_of(f"{count} more columns could be y", 0.7, evidence, notes)
    told = None
    for line in _words_above(table):
        if not x_of(line)[2] and (told := _kind_above(line)) is not None:
            text = f"a line above the numbers says {line.strip()[:60]!r}"
            evidence.append(Evidence(text))
            notes.append(Note.info("kind-from-line-above", f"y is taken as {told}: {text}."))
            break
    return finished[0].index, told, tuple(c.index for c in finished[1:])


def _kind_above(line: str) -> YKind | None:
    """What a line above the numbers says y is: "Intensity counts", "Y units: %T".

    "Accessory: diffuse reflectance" does not say it, nor does a sentence.
    """
    found = _PAIR.match(line.strip())
    if found is None:
        return kind_of(line) if len(line.split()) <= 4 else None
    key = plain(found[1].strip("#*;%! "))
    if _ABOUT_Y.search(key) or kind_of(found[1]):
        return kind_of(found[2]) or (kind_of(found[1]) if not found[2] else None)
    return None


def _first_of(others: str, factor: float, evidence: list[Evidence], notes: list[Note]) -> None:
    text = f"{others}: this is the first"
    evidence.append(Evidence(text, factor))
    notes.append(Note.loss("spectra-not-taken", f"{text}. Take another by name or number (--y)."))


def _alive(
    table: Table, columns: list[_Column], x: _Column, evidence: list[Evidence]
) -> list[_Column]:
    """The columns that hold more than one value where x is; all of them where none does.

    A column that was never filled in, or is one number throughout, is not the spectrum while
    another one varies; nor is one that only counts the rows.
    """
    there = np.isfinite(table.values[:, x.index])

    def varies(column: _Column) -> bool:
        values = table.values[there, column.index]
        values = values[np.isfinite(values)]
        return values.size >= 2 and bool((values != values[0]).any())

    alive = [c for c in columns if varies(c) and not c.counter]
    if not alive:
        return columns
    if dead := [c for c in columns if c.kind is not None and not varies(c)]:
        names = ", ".join(_name(table, c.index) for c in dead)
        evidence.append(Evidence(f"{names}: one value throughout, so not y"))
    return alive


def unread_rows(table: Table) -> str:
    """What is to be said of rows that could not be read; empty where there is none."""
    if not table.unread:
        return ""
    line, text = table.unread[0]
    total = len(table) + table.unread_count
    return (
        f"{table.unread_count} of {total} rows cannot be read, the first on line {line}: "
        f"{text[:40]!r}"
    )


def told_of_table(table: Table) -> Iterator[Note]:
    """What is to be said of how a table's text was read."""
    if lost := unread_rows(table):
        yield Note.loss("rows-unread", lost)
    if table.mixed:
        text = f"{len(table.mixed)} rows use the other decimal mark"
        yield Note.doubt("decimal-marks-mixed", f"{text}.", f"line {table.mixed[0]}")
    if table.odd:
        line, word = table.odd[0]
        text = f"{table.odd_count} cells are not numbers and count as missing, the first {word!r}."
        yield Note.loss("cells-not-numbers", text, f"line {line}")
    if table.epilogue:
        first, after = table.epilogue[0]
        count = len(table.epilogue)
        text = f"{count} lines follow the numbers and are metadata, the first {after[:40]!r}."
        yield Note.info("lines-after-numbers", text, f"line {first}")
    if table.padded:
        text = f"{table.padded} zero bytes pad its text and are left out."
        yield Note.info("zero-bytes-left-out", text)
    if table.notation.encoding == "latin-1":
        yield Note.info("encoding-customary", "The text is not UTF-8 and is read as Latin-1.")
    if table.notation.decimal == ",":
        yield Note.info("decimal-commas", "Its numbers are read with decimal commas.")


def _parsed(table: Table) -> Evidence:
    total = len(table) + table.unread_count
    if lost := unread_rows(table):
        return Evidence(lost, (len(table) / total) ** 2 * 0.95)
    if table.mixed:
        return Evidence(f"{len(table.mixed)} rows use the other decimal mark", 0.85)
    return Evidence(f"all {total} rows are read ({table.notation})")


def _find(table: Table, wanted: str | int) -> int:
    """The number from 0 of a column that the user names by header or by number from 1."""
    text = str(wanted).strip()
    for index, name in enumerate(table.names):
        if name and plain(name) == plain(text):
            return index
    number = text.removeprefix("column ").strip()
    if number.isdigit() and 1 <= int(number) <= table.shape[1]:
        return int(number) - 1
    raise InputError(
        f"there is no column {text!r}.",
        file=table.source,
        hint=f"Its columns: {', '.join(table.columns[:20])}.",
    )


def _name(table: Table, index: int) -> str:
    return repr(table.columns[index])
