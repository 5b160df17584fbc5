"""Widths of bins and records: the variables that attributes of an axis name, in its own unit.

Source: ISTP Metadata Guidelines, "Variable Attributes": DELTA_PLUS_VAR, DELTA_MINUS_VAR,
SI_CONVERSION. They have to be in the unit of what they belong to, and in real files are not.
"""

from __future__ import annotations

import re

import numpy as np

from figmill.notes import Note
from figmill.read.cdf.epochs import UNIX_EPOCH_S, tt2000_to_unix
from figmill.read.cdf.file import CdfVariable
from figmill.read.istp.describe import Described, Float64, collapse_table
from figmill.read.istp.valid import parsed_number

SECONDS = {
    **dict.fromkeys(("ps", "psec", "picosecond", "picoseconds"), 1e-12),
    **dict.fromkeys(("ns", "nsec", "nanosecond", "nanoseconds"), 1e-9),
    **dict.fromkeys(("us", "usec", "µs", "μs", "microsecond", "microseconds"), 1e-6),
    **dict.fromkeys(("ms", "msec", "msecs", "millisecond", "milliseconds"), 1e-3),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86400.0),
}
_LONGER = dict.fromkeys(("week", "weeks"), 604800.0)
# udunits: a year is the tropical year of 1900, a month a twelfth of it.
_LONGER |= dict.fromkeys(("year", "years", "yr", "yrs"), 31556925.9747)
_LONGER |= dict.fromkeys(("month", "months"), 31556925.9747 / 12)
_OWN_UNIT = {"epoch": "ms", "epoch16": "ps", "tt2000": "ns"}
_RELATIVE = re.compile(r"(%|per\s?cent|pct)(?P<percent>)|fraction|ratio|d?e/e", re.IGNORECASE)
_UNSAID = frozenset({"", "none", "na", "n/a", "unitless", "dimensionless", "-"})
_PREFIXES = {"": 1.0, "p": 1e-12, "n": 1e-9, "u": 1e-6, "µ": 1e-6, "μ": 1e-6, "m": 1e-3}
_PREFIXES |= {"c": 1e-2, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
_EV = re.compile(r"([kmgt]?)\s*e(?:lectron)?[\s-]*v(?:olts?)?(?![a-z])", re.IGNORECASE)
_BASES = re.compile(r"([pnuµμmckKMGT]?)(Hz|J|m|g|T|V)(?![A-Za-z])")
_SPELLED = re.compile(
    r"(kilo|mega|giga|milli|micro|nano|centi|[kmg])?(hertz|hz|met(?:er|re)s?|tesla|volts?)(?![a-z])",
    re.IGNORECASE,
)
_WORDS = {"kilo": "k", "mega": "M", "giga": "G", "milli": "m", "micro": "u", "nano": "n"}
_WORDS |= {"centi": "c", "hertz": "Hz", "hz": "Hz", "tesla": "T", "volt": "V", "volts": "V"}
_WORDS |= dict.fromkeys(("meter", "meters", "metre", "metres"), "m")
_WHOLE = re.compile(
    r"(?P<m>angstroms?|\u00c5|\u212b)|(?P<RE>r_?e|earth[ _]radi(i|us))", re.IGNORECASE
)
_WHOLE_SIZES = {"m": 1e-10, "RE": 1.0}
_DEGREES = re.compile(r"(deg(rees?)?|°)(?![a-z\s]*[ckf]\b)", re.IGNORECASE)
_RADIANS = re.compile(r"rad(ians?)?(?![a-z])", re.IGNORECASE)
_JOULES_PER_EV = 1.602176634e-19  # exact: SI brochure, 9th edition
_SI_CONVERSION = re.compile(r"\s*([^>]+?)\s*>\s*(.*\S)\s*")


def time_unit(unit: str, *, longer: bool = False) -> float | None:
    """Read a unit of time as files spell it.

    Parameters
    ----------
    unit
        The text.
    longer
        Whether weeks, months and years count, too.

    Returns
    -------
    float or None
        In seconds; None where it is not a unit of time.

    Examples
    --------
    >>> time_unit("[sec.]"), time_unit("Second(s)"), time_unit("nT")
    (1.0, 1.0, None)
    """
    text = unit.strip().strip("[]()").strip() if not unit.strip().endswith("(s)") else unit.strip()
    text = text.removesuffix("(s)").rstrip(".").lower()
    return SECONDS.get(text, _LONGER.get(text) if longer else None)


def partner(
    described: Described,
    name: str,
    attribute: str,
    centers: Float64,
    notes: list[Note],
    *,
    table: int = 0,
    row: int | None = None,
) -> Float64 | None:
    """Read the variable that an attribute of an axis names, in the shape and unit of the axis.

    Parameters
    ----------
    described
        The file.
    name, attribute
        The axis, and which of its attributes names the other variable.
    centers
        The values of the axis; UNIX seconds of a time.
    notes
        Why the other variable cannot be used, or how it was converted, is added to it.
    table
        The dimension to drop where both are tables by cell; see `collapse_table`.
    row
        Which row of such a table is wanted; None lets `collapse_table` choose.

    Returns
    -------
    ndarray or None
        In the shape of `centers`, with NaN for fill; or (n, m) of centres (m,) where the other
        variable alone changes by record. Of a time, widths are in seconds, whatever
        type or unit the file has them in, and bounds in UNIX seconds.
    """
    other = described.text(name, attribute)
    if not other:
        return None
    variable = described.variable(other)
    bound = attribute in ("LOW_VAR", "HIGH_VAR")
    owner = described.cdf.variables[name]
    wanted = variable is not None and (variable.is_number or (variable.is_time and owner.is_time))
    if variable is None or not wanted or variable.is_empty:
        text = f"its {attribute}, {other}, is not in the file, or holds no numbers"
        notes.append(Note.doubt("bounds-not-in-file", text, name))
        return None
    if variable.is_time and not bound:
        values = _counted(described, other, variable.kind)
        factor: float | None = 1.0
    else:
        values = described.numbers(other)
        factor = 1.0 if bound else _factor(described, name, other, notes)
    if factor is None:
        return None
    dimensions = values.ndim - int(variable.record_varying)
    if table and dimensions == 2:
        cells = values if variable.record_varying else values[None]
        values = collapse_table(cells, table) if row is None else np.take(cells, row, axis=table)
    elif variable.record_varying and values.ndim == 1 and not _is_by_record(owner):
        values = values[:, np.newaxis]  # one for all bins of a record
    values = values.astype(np.float64)
    shape: tuple[int, ...] = centers.shape
    if values.ndim == 2 and centers.ndim == 1:
        same = (values == values[:1]) | (np.isnan(values) & np.isnan(values[:1]))
        if bool(same.all()):
            values = values[0]
        elif values.shape[1] in (1, centers.size):
            shape = (len(values), centers.size)
    try:
        fitting = np.array(np.broadcast_to(values, shape))
    except ValueError:
        text = f"its {attribute}, {other}, has shape {values.shape} and is not used"
        notes.append(Note.doubt("bounds-of-other-shape", text, name))
        return None
    return fitting * np.abs(centers) * -factor if factor < 0 else fitting * factor


def _is_by_record(axis: CdfVariable) -> bool:
    """Whether an axis has one value for each record, as times have."""
    return axis.record_varying and len(axis.shape) == 1


def _counted(described: Described, name: str, kind: str) -> Float64:
    """Widths that are stored with the type of a time: the count alone is meant, in seconds."""
    moments = described.cdf.read(name).astype(np.float64)
    zero = float(tt2000_to_unix(0)) if kind == "tt2000" else -UNIX_EPOCH_S
    # UNIX seconds of a count near the zero of its kind keep 10 us; widths are rounder than that.
    return np.round(moments - zero, 6)


def _factor(described: Described, name: str, other: str, notes: list[Note]) -> float | None:
    """What turns widths into the unit of their axis; negative: a share of the value itself."""
    kind = described.cdf.variables[name].kind
    mine, theirs = described.unit(name).strip(), described.unit(other).strip()
    if kind in _OWN_UNIT:
        size = time_unit(_OWN_UNIT[kind] if theirs.lower() in _UNSAID else theirs)
        if size is not None:
            return size
        text = f"its unit, {theirs!r}, is not a time; it is not used"
        notes.append(Note.doubt("width-not-a-time", text, other))
        return None
    if theirs.lower() in _UNSAID or mine.lower() in _UNSAID or _plain(mine) == _plain(theirs):
        return 1.0
    relative = _RELATIVE.match(theirs)
    factor = None
    if relative is not None:
        factor = -0.01 if relative["percent"] is not None else -1.0
    else:
        own, given = _size(mine), _size(theirs)
        if own is not None and given is not None and own[1] == given[1]:
            factor = given[0] / own[0]
        else:
            sizes = [_si(described, each) for each in (name, other)]
            if sizes[0] is not None and sizes[1] is not None and sizes[0][1] == sizes[1][1]:
                factor = sizes[1][0] / sizes[0][0]
    if factor is None:
        text = f"its unit, {theirs!r}, is not one of {name}, which is in {mine!r}; it is not used"
        notes.append(Note.doubt("width-in-other-unit", text, other))
    elif not np.isclose(factor, 1.0, rtol=1e-9):
        text = f"it is in {theirs} where {name} is in {mine}, and converted"
        notes.append(Note.info("width-converted", text, other))
    return factor


def _plain(unit: str) -> str:
    return re.sub(r"[\s()\[\]]", "", unit).lower()


def _size(unit: str) -> tuple[float, str] | None:
    """How large a unit is, and in what; None where it is not known here."""
    text = unit.strip().lstrip("([ ")
    if found := _EV.match(text):
        prefix = found[1]
        # Nobody measures particles in meV: mev and MEV are MeV in a hurry.
        size = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12}[prefix.lower()]
        if prefix == "m" and found[0].startswith("meV"):
            size = 1e-3
        return size, "eV"
    if text.lower().startswith(("erg", "joule")):
        return (1e-7 if text.lower().startswith("erg") else 1.0) / _JOULES_PER_EV, "eV"
    if _DEGREES.match(text):
        return 1.0, "deg"
    if _RADIANS.match(text):
        return 180.0 / np.pi, "deg"
    if found := _WHOLE.fullmatch(text.rstrip(")] ")):
        base = str(found.lastgroup)
        return _WHOLE_SIZES[base], base
    text = _SPELLED.sub(_as_symbol, text, count=1) if _SPELLED.match(text) else text
    if (found := _BASES.match(text)) and not text[found.end() :].lstrip().startswith(("^", "*")):
        size = _PREFIXES[found[1]]
        return (size / _JOULES_PER_EV, "eV") if found[2] == "J" else (size, found[2])
    return None


def _as_symbol(found: re.Match[str]) -> str:
    """A unit in words as a symbol; nobody measures waves in millihertz by "mhz" or "MHZ"."""
    prefix, base = (found[1] or "").lower(), _WORDS[found[2].lower()]
    if len(prefix) == 1:
        prefix = "k" if prefix == "k" else found[1] if found[2] == "Hz" else prefix.upper()
    return _WORDS.get(prefix, prefix) + base


def _si(described: Described, name: str) -> tuple[float, str] | None:
    """The size of a variable's unit as SI_CONVERSION says it: "1e-9>T"."""
    found = _SI_CONVERSION.fullmatch(described.text(name, "SI_CONVERSION"))
    size = None if found is None else parsed_number(found[1])
    return None if size is None or not size or found is None else (size, _plain(found[2]))
