"""A CDF file as its own metadata and the overrides describe it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from figmill.notes import Note
from figmill.read.cdf.file import AttributeValue, CdfFile, CdfVariable
from figmill.read.istp.idl_text import markup
from figmill.read.istp.overrides import Override

Float64 = npt.NDArray[np.float64]
Role = Literal["energy", "frequency", "pitch_angle", "angle", "mass", "other"]
Scale = Literal["linear", "log"]

_ENERGY_UNIT = re.compile(r"^\W*([kMGTm]?eV|J|joules?|erg)\b", re.IGNORECASE)
_FREQUENCY_UNIT = re.compile(r"^\W*[kMGT]?Hz\b", re.IGNORECASE)
_ANGLE_UNIT = re.compile(r"^\W*(deg|°|rad)", re.IGNORECASE)
_NAMED: tuple[tuple[Role, re.Pattern[str]], ...] = (
    ("pitch_angle", re.compile(r"pitch|(?<![a-z])pa(?![a-z])", re.IGNORECASE)),
    ("energy", re.compile(r"energ", re.IGNORECASE)),
    ("frequency", re.compile(r"freq", re.IGNORECASE)),
    ("mass", re.compile(r"(?<![a-z])(mass|amu)(?![a-z])", re.IGNORECASE)),
    (
        "angle",
        re.compile(
            r"angle|theta|(?<![a-z])phi|azim|elev|look|sector|latitud|longit", re.IGNORECASE
        ),
    ),
)
_FILL_BEYOND = -9e30  # the convention is -1e31; no measurement is that low


class Described:
    """A CDF file as its overrides describe it."""

    def __init__(self, cdf: CdfFile, overrides: Sequence[Override]) -> None:
        self.cdf = cdf
        self._overrides = tuple(overrides)
        self._known: dict[str, tuple[Mapping[str, AttributeValue], tuple[str, ...]]] = {}

    def variable(self, name: str) -> CdfVariable | None:
        """Return a variable, or None where the file has none of that name."""
        return self.cdf.variables.get(name)

    def _described(self, name: str) -> tuple[Mapping[str, AttributeValue], tuple[str, ...]]:
        if name not in self._known:
            attributes = dict(self.cdf.variables[name].attributes)
            reasons = []
            for rule in self._overrides:
                if rule.matches(self.cdf.path.name, name):
                    attributes.update(rule.set)
                    if rule.why and rule.set.keys() - {"VAR_TYPE"}:
                        reasons.append(f"{name}: {rule.why}")
            self._known[name] = (
                {key: value for key, value in attributes.items() if value != ""},
                tuple(reasons),
            )
        return self._known[name]

    def get(self, name: str, attribute: str) -> AttributeValue | None:
        """Return an attribute of a variable, or None."""
        return self._described(name)[0].get(attribute)

    def text(self, name: str, attribute: str) -> str:
        """Return a text attribute of a variable, or ""."""
        value = self.get(name, attribute)
        return value if isinstance(value, str) else ""

    def number(self, name: str, attribute: str) -> float | None:
        """Return a numeric attribute that has one value, or None."""
        value = self.get(name, attribute)
        return float(value) if isinstance(value, int | float) else None

    def overridden(self, name: str) -> tuple[str, ...]:
        """Return why the metadata of a variable were overridden, if they were."""
        return self._described(name)[1]

    def unit(self, name: str) -> str:
        """Return the unit of a variable as the file spells it, from UNITS or UNIT_PTR."""
        unit = self.text(name, "UNITS").strip()
        pointed = self.cdf.variables.get(self.text(name, "UNIT_PTR"))
        if not unit and pointed is not None and pointed.kind == "text" and not pointed.is_empty:
            units = {str(item).strip() for item in np.ravel(self.cdf.read(pointed.name))}
            unit = units.pop() if len(units) == 1 else ""
        return unit

    def label(self, name: str) -> str:
        """Return the label of a variable as markup."""
        label = self.text(name, "LABLAXIS") or self.text(name, "FIELDNAM")
        return markup(label) or name

    def words(self, name: str) -> str:
        """Return everything that the file says of a variable in words."""
        parts = (self.text(name, key) for key in ("LABLAXIS", "FIELDNAM", "CATDESC"))
        return " ".join((name.replace("_", " "), *parts))

    def numbers(self, name: str) -> npt.NDArray[Any]:
        """Read a numeric variable as floats, its fill values as NaN."""
        values = self.cdf.read(name)
        kind = np.float32 if values.dtype == np.float32 else np.float64
        floats = values.astype(kind)
        floats[missing(values, self.get(name, "FILLVAL"))] = np.nan
        return floats


def missing(values: npt.NDArray[Any], fill: AttributeValue | None) -> npt.NDArray[np.bool_]:
    """Find fill values: the declared one, the customary -1e31, NaN and infinity."""
    absent = np.zeros(values.shape, dtype=bool)
    if values.dtype.kind == "f":
        absent |= ~np.isfinite(values) | (values <= _FILL_BEYOND)
    for candidate in fill if isinstance(fill, tuple) else (fill,):
        if isinstance(candidate, int | float) and np.isfinite(candidate):
            if values.dtype.kind == "f":
                with np.errstate(over="ignore"):
                    absent |= values == values.dtype.type(candidate)
            elif candidate == int(candidate):
                absent |= values == int(candidate)
    return absent


def role_of(described: Described, name: str) -> tuple[Role, str]:
    """Tell what a variable measures, and what says so: its unit first, then its words."""
    declared = described.text(name, "ROLE")
    for role, _ in _NAMED:
        if declared == role:
            return role, "an override"
    unit = described.unit(name)
    words = described.words(name)
    if _ENERGY_UNIT.match(unit):
        return "energy", f"its unit, {unit}"
    if _FREQUENCY_UNIT.match(unit):
        return "frequency", f"its unit, {unit}"
    if _ANGLE_UNIT.match(unit):
        pitch = _NAMED[0][1].search(words)
        return ("pitch_angle" if pitch else "angle"), f"its unit, {unit}, and the words {words!r}"
    for role, pattern in _NAMED:
        found = pattern.search(words)
        if found:
            return role, f"the word {found[0]!r} in {words!r}"
    return "other", "nothing in its unit or its words"


def collapse_table(
    values: npt.NDArray[Any], axis: int, name: str = "", notes: list[Note] | None = None
) -> Float64:
    """Reduce a table (n, k, m) to the axis that it holds: a row of it that is in use.

    Parameters
    ----------
    values
        Energies or angles given for every cell.
    axis
        The dimension to drop, 1 or 2.
    name, notes
        Where rows differ, a note about this variable is added.
    """
    used = np.isfinite(values).any(axis=2 if axis == 1 else 1).all(axis=0)
    candidates = np.flatnonzero(used)
    chosen = int(candidates[len(candidates) // 2]) if len(candidates) else 0
    row: Float64 = np.take(values, chosen, axis=axis).astype(np.float64)
    if notes is not None:
        others = np.abs(values - np.expand_dims(row, axis))
        if bool((others > 1e-6 * np.abs(np.expand_dims(row, axis))).any()):
            text = f"its values differ by row; those of row {chosen + 1} stand for all"
            notes.append(Note.doubt("axis-differs-by-cell", text, name))
    return row


def partner(
    described: Described,
    name: str,
    attribute: str,
    centers: Float64,
    notes: list[Note],
    *,
    table: int = 0,
) -> Float64 | None:
    """Read the variable that an attribute of an axis names, in the shape of the axis.

    Parameters
    ----------
    described
        The file.
    name, attribute
        The axis, and which of its attributes names the other variable.
    centers
        The values of the axis.
    notes
        Why the other variable cannot be used is added to it.
    table
        The dimension to drop where both are tables by cell; see `collapse_table`.
    """
    other = described.text(name, attribute)
    if not other:
        return None
    variable = described.variable(other)
    if variable is None or not variable.is_number or variable.is_empty:
        text = f"its {attribute}, {other}, is not in the file, or holds no numbers"
        notes.append(Note.doubt("bounds-not-in-file", text, name))
        return None
    values = described.numbers(other)
    if table and values.ndim == 3:
        values = collapse_table(values, table)
    values = values.astype(np.float64)
    if variable.record_varying and centers.ndim == values.ndim - 1:
        values = values[0]
    try:
        return np.array(np.broadcast_to(values, centers.shape))
    except ValueError:
        text = f"its {attribute}, {other}, has shape {values.shape} and is not used"
        notes.append(Note.doubt("bounds-of-other-shape", text, name))
        return None


def is_energy_unit(unit: str) -> bool:
    """Whether a unit is one of energy, per charge or nucleon or not."""
    return _ENERGY_UNIT.match(unit) is not None
