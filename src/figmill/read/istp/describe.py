"""A CDF file as its own metadata and the overrides describe it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from figmill.notes import Note
from figmill.read.cdf.epochs import epoch_to_unix, tt2000_to_unix
from figmill.read.cdf.file import AttributeValue, CdfFile, CdfVariable
from figmill.read.istp.idl_text import markup
from figmill.read.istp.overrides import Override
from figmill.read.istp.valid import (
    missing,
    numeric,
    parsed_number,
    spelled,
    undeclared,
    valid_limits,
)
from figmill.read.istp.virtual import WithVirtual

Float64 = npt.NDArray[np.float64]
_Made = TypeVar("_Made")
# No UNIX time is that large (the year 33658); counts of CDF's time types are.
_COUNT = 1e12
_YEAR_S = 365.25 * 86400.0

Role = Literal["energy", "frequency", "pitch_angle", "angle", "mass", "other"]
Scale = Literal["linear", "log"]

_ENERGY_UNIT = re.compile(r"^\W*([kMGTm]?eV|J|joules?|erg)\b", re.IGNORECASE)
_FREQUENCY_UNIT = re.compile(r"^\W*[kMGT]?Hz\b", re.IGNORECASE)
_ANGLE_UNIT = re.compile(r"^\W*(deg(?!\.?(rees?)?\s*[CKF]\b)|°(?!\s*[CKF])|rad)", re.IGNORECASE)
_NAMED: tuple[tuple[Role, re.Pattern[str]], ...] = (
    ("pitch_angle", re.compile(r"pitch|(?<![a-z])pa(?![a-z])", re.IGNORECASE)),
    ("energy", re.compile(r"energ", re.IGNORECASE)),
    ("frequency", re.compile(r"freq", re.IGNORECASE)),
    ("mass", re.compile(r"(?<![a-z])(mass|amu)(?![a-z])", re.IGNORECASE)),
    (
        "angle",
        re.compile(r"angle|theta|(?<![a-z])phi(?![a-z])|azim|elev|latitud|longit", re.IGNORECASE),
    ),
)


class Described:
    """A CDF file as its overrides describe it."""

    def __init__(self, cdf: CdfFile, overrides: Sequence[Override]) -> None:
        self.cdf = cdf if isinstance(cdf, WithVirtual) else WithVirtual(cdf)
        name = cdf.path.name
        self._overrides = tuple(rule for rule in overrides if rule.matches_file(name))
        self._known: dict[str, tuple[Mapping[str, AttributeValue], tuple[str, ...]]] = {}
        self._times: dict[str, npt.NDArray[Any]] = {}
        self._made: dict[tuple[Any, ...], tuple[Any, tuple[Note, ...]]] = {}

    def once(
        self, key: tuple[Any, ...], make: Callable[[list[Note]], _Made], notes: list[Note]
    ) -> _Made:
        """Make something of the file once, for all rows that share it.

        Parameters
        ----------
        key
            What it is.
        make
            Makes it, and adds notes to the list that it is given.
        notes
            They are added to it every time.
        """
        if key not in self._made:
            told: list[Note] = []
            made = make(told)
            self._made[key] = made, tuple(told)
        known: tuple[_Made, tuple[Note, ...]] = self._made[key]
        notes.extend(known[1])
        return known[0]

    def variable(self, name: str) -> CdfVariable | None:
        """Return a variable, or None where the file has none of that name."""
        return self.cdf.variables.get(name)

    def _described(self, name: str) -> tuple[Mapping[str, AttributeValue], tuple[str, ...]]:
        if name not in self._known:
            attributes = dict(self.cdf.variables[name].attributes)
            reasons = []
            for rule in self._overrides:
                if rule.matches_variable(name):
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
        """Return an attribute that is one number, or text that spells one; else None."""
        numbers = numeric(self.get(name, attribute))
        return float(numbers[0]) if len(numbers) == 1 else None

    def scale_limits(self, name: str) -> tuple[float | None, float | None]:
        """Return SCALEMIN and SCALEMAX, the limits that the file suggests; of arrays the widest."""
        low, high = (
            [number for number in numeric(self.get(name, key)) if math.isfinite(number)]
            for key in ("SCALEMIN", "SCALEMAX")
        )
        return (float(min(low)) if low else None), (float(max(high)) if high else None)

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

    def read(self, name: str) -> npt.NDArray[Any]:
        """Read a variable as the file has it; times, which are asked for again, once."""
        if not self.cdf.variables[name].is_time:
            return self.cdf.read(name)
        if name not in self._times:
            self._times[name] = self.cdf.read(name)
        return self._times[name]

    def numbers(self, name: str, notes: list[Note] | None = None) -> npt.NDArray[Any]:
        """Read a numeric variable as floats, with NaN for what is fill or outside its valid range.

        Parameters
        ----------
        name
            The variable: bins or times, not data. A valid range that no value fits is the file's
            mistake, and left aside.
        notes
            What was left out is added to it.
        """
        return self.cleaned(name, self.read(name), [] if notes is None else notes)

    def cleaned(
        self, name: str, values: npt.NDArray[Any], notes: list[Note] | None = None
    ) -> npt.NDArray[Any]:
        """Clean values of a variable, or of some of its records, as `numbers` does."""
        told = [] if notes is None else notes
        kind = np.float32 if values.dtype == np.float32 else np.float64
        floats = values.astype(kind)
        fill = self.get(name, "FILLVAL")
        floats[missing(values, fill)] = np.nan
        if count := undeclared(values, fill):
            text = f"{count} values are the customary fill of their type, which no FILLVAL declares"
            told.append(Note.info("fill-customary", text, name))
        return self.within_valid(name, floats, told)

    def within_valid(
        self, name: str, values: npt.NDArray[Any], notes: list[Note]
    ) -> npt.NDArray[Any]:
        """Replace what lies outside VALIDMIN and VALIDMAX of bins or times by NaN, and tell it.

        Parameters
        ----------
        name
            The variable.
        values
            Of it, as floats; times in UNIX seconds.
        notes
            What was left out is added to it.
        """
        variable = self.cdf.variables[name]
        least, most = (self.get(name, key) for key in ("VALIDMIN", "VALIDMAX"))
        if variable.is_time:
            least, most = moment(least, variable.kind), moment(most, variable.kind)
        low, high = valid_limits(
            least, most, values.shape, name, notes, by_record=variable.record_varying
        )
        low, high = (limit.astype(values.dtype) for limit in (low, high))
        with np.errstate(invalid="ignore"):
            beyond = (values < low) | (values > high)
        count = int(np.count_nonzero(beyond))
        if not count:
            return values
        what = "times" if variable.is_time else "values"
        many = int(np.count_nonzero(np.isfinite(values)))
        mistaken = count < many and 2 * count > many and _differ(values, beyond)
        if mistaken and not (variable.is_time and _elsewhere(values, beyond)):
            where = spelled(low, high) if not variable.is_time else "VALIDMIN and VALIDMAX"
            text = f"{count} of its {many} {what} lie outside {where}, which are not applied"
            notes.append(Note.doubt("valid-range-unusable", text, name))
            return values
        if count == many:
            where = spelled(low, high) if not variable.is_time else "VALIDMIN and VALIDMAX"
            text = f"all its {count} {what} lie outside {where}, which are not applied"
            # Files outlive the year that was once thought their last: that is no doubt of a time.
            note = Note.info if variable.is_time else Note.doubt
            notes.append(note("valid-range-unusable", text, name))
            return values
        if variable.is_time:
            text = f"{count} records have times outside VALIDMIN and VALIDMAX and are left out"
            notes.append(Note.loss("times-outside-valid-range", text, name))
        else:
            text = (
                f"{count} of its values lie outside {spelled(low, high)}; those bins are not used"
            )
            notes.append(Note.loss("bins-outside-valid-range", text, name))
        return np.where(beyond, values.dtype.type(np.nan), values)


def _differ(values: npt.NDArray[Any], beyond: npt.NDArray[np.bool_]) -> bool:
    """Whether values outside a valid range are measurements rather than one stand-in repeated.

    Where most of a variable lies outside, it is the range that is wrong; but channels that are not
    in use are filled with the same number, and may be many.
    """
    row, out = values, beyond
    if values.ndim > 1:
        first = int(np.argmax(beyond.reshape(len(values), -1).any(axis=1)))
        row, out = values[first], beyond[first]
    distinct = np.unique(row[out]).size
    return bool(2 * distinct > np.count_nonzero(out) and distinct > 1)


def _elsewhere(times: Float64, beyond: npt.NDArray[np.bool_]) -> bool:
    """Whether most times outside a valid range lie years from those within, as an unset clock's."""
    inside = times[np.isfinite(times) & ~beyond]
    away = (times < inside.min() - _YEAR_S) | (times > inside.max() + _YEAR_S)
    return bool(2 * np.count_nonzero(away) > np.count_nonzero(beyond))


def moment(value: AttributeValue | None, kind: str) -> AttributeValue | None:
    """Give a limit of a time variable in UNIX seconds.

    Parameters
    ----------
    value
        UNIX seconds, which is what times of a CDF type are read as; or, from files that lost the
        type, the bare count of the variable's kind, or an ISO 8601 text.
    kind
        Of the variable: "epoch", "epoch16" or "tt2000".
    """
    if isinstance(value, str):
        number = parsed_number(value)
        if number is not None:
            return moment(number, kind)
        try:
            return float(np.datetime64(value.strip().rstrip("Z"), "ns").astype(np.int64)) / 1e9
        except ValueError:
            return value
    if isinstance(value, int | float) and math.isfinite(value):
        if kind == "tt2000" and abs(value) > _COUNT:
            return float(tt2000_to_unix(int(value)))
        if kind == "epoch" and value > _COUNT:
            return float(epoch_to_unix(value))
    return value


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


def is_energy_unit(unit: str) -> bool:
    """Whether a unit is one of energy, per charge or nucleon or not."""
    return _ENERGY_UNIT.match(unit) is not None
