"""Widths of bins and records: the variables that attributes of an axis name, in its own unit.

Source: ISTP Metadata Guidelines, "Variable Attributes": DELTA_PLUS_VAR, DELTA_MINUS_VAR,
SI_CONVERSION. They have to be in the unit of what they belong to, and in real files are not.
"""

from __future__ import annotations

import re

import numpy as np

from figmill.notes import Note
from figmill.read.cdf.epochs import UNIX_EPOCH_S, tt2000_to_unix
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
_OWN_UNIT = {"epoch": "ms", "epoch16": "ps", "tt2000": "ns"}
_RELATIVE = re.compile(r"(%|per\s?cent|pct)(?P<percent>)|fraction|ratio|d?e/e", re.IGNORECASE)
_UNSAID = frozenset({"", "none", "na", "n/a", "unitless", "dimensionless", "-"})
_PREFIXES = {"": 1.0, "p": 1e-12, "n": 1e-9, "u": 1e-6, "µ": 1e-6, "μ": 1e-6, "m": 1e-3}
_PREFIXES |= {"c": 1e-2, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
_EV = re.compile(r"([kmgt]?)\s*e(?:lectron)?[\s-]*v(?:olts?)?(?![a-z])", re.IGNORECASE)
_BASES = re.compile(r"([pnuµμmckKMGT]?)(Hz|J|m|g|T|V)(?![A-Za-z])")
_DEGREES = re.compile(r"(deg(rees?)?|°)(?![a-z\s]*[ckf]\b)", re.IGNORECASE)
_RADIANS = re.compile(r"rad(ians?)?(?![a-z])", re.IGNORECASE)
_JOULES_PER_EV = 1.602176634e-19  # exact: SI brochure, 9th edition
_SI_CONVERSION = re.compile(r"\s*([^>]+?)\s*>\s*(.*\S)\s*")


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
        In the shape of `centers`, with NaN for fill. Of a time, widths are in seconds, whatever
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
        if centers.ndim == 1 and bool((values == values[:1]).all()):
            values = values[0]
    values = values.astype(np.float64)
    if variable.record_varying and centers.ndim == values.ndim - 1:
        values = values[0]
    try:
        fitting = np.array(np.broadcast_to(values, centers.shape))
    except ValueError:
        text = f"its {attribute}, {other}, has shape {values.shape} and is not used"
        notes.append(Note.doubt("bounds-of-other-shape", text, name))
        return None
    return fitting * np.abs(centers) * -factor if factor < 0 else fitting * factor


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
        unit = theirs.lower()
        unit = _OWN_UNIT[kind] if unit in _UNSAID else unit
        if unit in SECONDS:
            return SECONDS[unit]
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
    if (found := _BASES.match(text)) and not text[found.end() :].lstrip().startswith(("^", "*")):
        size = _PREFIXES[found[1]]
        return (size / _JOULES_PER_EV, "eV") if found[2] == "J" else (size, found[2])
    return None


def _si(described: Described, name: str) -> tuple[float, str] | None:
    """The size of a variable's unit as SI_CONVERSION says it: "1e-9>T"."""
    found = _SI_CONVERSION.fullmatch(described.text(name, "SI_CONVERSION"))
    size = None if found is None else parsed_number(found[1])
    return None if size is None or not size or found is None else (size, _plain(found[2]))
