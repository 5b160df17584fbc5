"""Spectrograms in ISTP-style CDF files, found by their metadata.

`find_spectrograms` looks at descriptions alone and says of every variable whether it can be drawn
as a spectrogram and, if not, why. `load_spectrogram` reads one with its axes.

Source: ISTP Metadata Guidelines, "Variable Attributes" (DEPEND_i, DELTA_PLUS_VAR, LABL_PTR_i,
FILLVAL, VALIDMIN, SCALETYP, VAR_TYPE, DISPLAY_TYPE).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from figmill.errors import InputError
from figmill.read.cdf import CdfFile, CdfVariable
from figmill.read.idl_text import markup, unit_markup
from figmill.read.istp_axes import Axis, label_axis, read_axis
from figmill.read.istp_describe import Described, Role, Scale, missing, role_of
from figmill.read.istp_overrides import BUILTIN, Override
from figmill.read.istp_time import TimeAxis, is_unix_time, read_time

__all__ = [
    "Axis",
    "Candidate",
    "Findings",
    "SpectrogramVariable",
    "TimeAxis",
    "find_spectrograms",
    "load_spectrogram",
]

Values = npt.NDArray[np.float32] | npt.NDArray[np.float64]

_SPECTRAL = ("spectro", "spectral", "plasmagram")
_CHUNK_CELLS = 1 << 22
_LOG_SPAN = 100.0
# What becomes the vertical axis, where there is a choice.
_VERTICAL: tuple[Role, ...] = ("energy", "frequency", "mass", "pitch_angle", "angle", "other")


@dataclass(frozen=True, slots=True)
class _Dimension:
    """What a dimension of the data is: a variable with values, or labels that hold bands."""

    index: int
    name: str
    role: Role
    labels: bool = False
    table: int = 0  # for a table by cell, the dimension of the table that is of no use


@dataclass(frozen=True, slots=True)
class Candidate:
    """A variable that can be drawn as a spectrogram; nothing of it is read yet.

    Attributes
    ----------
    name, label, unit, description
        As the file has them; label and unit as markup.
    primary
        False for support data (uncertainties, counts), which are drawn only when named.
    shape
        Of the data in the file, records first.
    time
        The variable that holds the time of each record.
    y, others
        The variable behind the vertical axis, and those behind the dimensions beside it.
    """

    name: str
    label: str
    unit: str
    description: str
    primary: bool
    shape: tuple[int, ...]
    time: str
    y: str
    others: tuple[str, ...]
    dimensions: tuple[_Dimension, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """What a file holds.

    Attributes
    ----------
    candidates
        Variables that can be drawn, in the order of the file.
    rejected
        For every other variable, why it is no spectrogram.
    """

    candidates: tuple[Candidate, ...]
    rejected: Mapping[str, str]

    @property
    def primary(self) -> tuple[Candidate, ...]:
        """The candidates that a quicklook draws unasked."""
        return tuple(item for item in self.candidates if item.primary)

    def named(self, names: Sequence[str]) -> tuple[Candidate, ...]:
        """Return the candidates of these names, in this order.

        Raises
        ------
        InputError
            If one is not in the file or cannot be drawn; the message says why.
        """
        known = {item.name: item for item in self.candidates}
        for name in names:
            if name not in known:
                reason = self.rejected.get(name)
                raise InputError(
                    f"it {reason}." if reason else "there is no such variable.",
                    place=name,
                    hint=f"Variables to draw: {', '.join(known) or 'none'}.",
                )
        return tuple(known[name] for name in names)

    def why_none(self) -> str:
        """Explain in one sentence why nothing is drawn unasked."""
        support = [item.name for item in self.candidates]
        if support and not self.primary:
            return f"Only support data could be drawn; name them to see them: {', '.join(support)}."
        if not self.rejected:
            return "The file holds no variables."
        almost = [name for name, why in self.rejected.items() if why == _NO_RECORDS]
        if almost:
            return f"There are spectrograms ({_some(almost)}), but no record of them was written."
        reasons = Counter(self.rejected.values()).most_common(3)
        told = "; ".join(f"{count} of them: it {why}" for why, count in reasons)
        return f"None of its {len(self.rejected)} variables is a spectrogram ({told})."


_NO_RECORDS = "holds no records"


def _some(names: Sequence[str], most: int = 4) -> str:
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")


@dataclass(frozen=True, slots=True, eq=False)
class SpectrogramVariable:
    """A spectrogram, read and cleaned.

    Attributes
    ----------
    name, label, unit, description
        As the file has them; label and unit as markup.
    scale
        "log" where the file says so, or where the values span more than two decades.
    values
        Shape (n, m), or (n, k, m) where there is a third dimension; the vertical axis comes last.
        NaN where the file has fill, values outside their valid range, or a bad record.
    time
        The n records.
    y
        The m bins of the vertical axis.
    third
        The k bins of the dimension beside it, usually pitch angle. Several such dimensions are
        joined into one, in C order, with numbers instead of angles.
    notes
        What was mended, and which metadata were overridden and why.
    """

    name: str
    label: str
    unit: str
    description: str
    scale: Scale
    values: Values
    time: TimeAxis
    y: Axis
    third: Axis | None = None
    notes: tuple[str, ...] = ()

    @property
    def has_data(self) -> bool:
        """Whether any value is left."""
        return bool(np.isfinite(self.values).any())


def find_spectrograms(cdf: CdfFile, *, overrides: Sequence[Override] = ()) -> Findings:
    """Find the variables of a file that can be drawn as spectrograms.

    Parameters
    ----------
    cdf
        The file.
    overrides
        Corrections of its metadata, applied after `figmill.read.istp_overrides.BUILTIN`.
    """
    described = Described(cdf, (*BUILTIN, *overrides))
    candidates: dict[str, Candidate] = {}
    rejected: dict[str, str] = {}
    for variable in cdf.variables.values():
        judged = _judge(described, variable)
        if isinstance(judged, Candidate):
            candidates[variable.name] = judged
        else:
            rejected[variable.name] = judged
    for item in list(candidates.values()):
        for axis in (item.time, *(dimension.name for dimension in item.dimensions)):
            candidates.pop(axis, None)
            rejected[axis] = f"is an axis of {item.name}"
    return Findings(candidates=tuple(candidates.values()), rejected=rejected)


def _judge(described: Described, variable: CdfVariable) -> Candidate | str:
    """Make a candidate of a variable, or say why it is none ("it ...")."""
    name = variable.name
    if not variable.is_number or variable.kind == "unknown":
        return "holds times" if variable.is_time else "holds text"
    if not variable.record_varying:
        return "is one table for the whole file"
    if len(variable.shape) < 2 or max(variable.shape[1:]) < 2:
        return "has one value per record: a time series"
    kind = described.text(name, "VAR_TYPE").lower()
    if kind in ("metadata", "ignore_data"):
        return f"is {kind}"
    dimensions = _dimensions(described, variable)
    if isinstance(dimensions, str):
        return dimensions
    vertical = min(dimensions, key=lambda item: _VERTICAL.index(item.role))
    spectral = any(word in described.text(name, "DISPLAY_TYPE").lower() for word in _SPECTRAL)
    if vertical.role == "other" and not spectral:
        return f"has a second dimension, {vertical.name}, that is no energy, angle or frequency"
    if variable.is_empty:
        virtual = described.text(name, "VIRTUAL").lower() == "true"
        return f"{_NO_RECORDS} because it is virtual" if virtual else _NO_RECORDS
    time = _time_of(described, variable)
    if time is None:
        return "does not say when it was measured (no usable DEPEND_0)"
    return Candidate(
        name=name,
        label=described.label(name),
        unit=unit_markup(described.unit(name)),
        description=markup(described.text(name, "CATDESC")),
        primary=kind in ("data", ""),
        shape=variable.shape,
        time=time,
        y=vertical.name,
        others=tuple(item.name for item in dimensions if item is not vertical),
        dimensions=(vertical, *(item for item in dimensions if item is not vertical)),
    )


def _dimensions(described: Described, variable: CdfVariable) -> tuple[_Dimension, ...] | str:
    found = []
    for index, size in enumerate(variable.shape[1:], start=1):
        dimension = _dimension(described, variable, index, size)
        if isinstance(dimension, str):
            return dimension
        found.append(dimension)
    return tuple(found)


def _dimension(
    described: Described, variable: CdfVariable, index: int, size: int
) -> _Dimension | str:
    attribute = f"DEPEND_{index}"
    axis_name = described.text(variable.name, attribute)
    labels = described.text(variable.name, f"LABL_PTR_{index}")
    axis = described.variable(axis_name) if axis_name else None
    if axis is None or axis.kind == "text":
        for pointer in (axis_name, labels):
            bands = label_axis(described, variable.name, pointer) if pointer else None
            if bands is not None and len(bands.centers) == size:
                return _Dimension(index, pointer, "energy", labels=True)
        if axis is not None:
            return f"has components with names ({axis_name}), not bins"
        if axis_name:
            return f"names {axis_name} as {attribute}, which is not in the file"
        if labels:
            return f"has components with names ({labels}), not bins"
        return f"does not say what its dimension {index + 1} is (no {attribute})"
    if not axis.is_number:
        return f"names {axis_name} as {attribute}, which holds no numbers"
    records, *rest = axis.shape if axis.record_varying else (1, *axis.shape)
    table = 0
    if rest == list(variable.shape[1:]) and len(rest) == 2:
        table = 3 - index
    elif rest != [size]:
        return f"has {size} values where its {attribute}, {axis_name}, has {tuple(rest)}"
    if variable.is_empty:
        return _Dimension(index, axis_name, role_of(described, axis_name)[0])
    if axis.is_empty:
        return f"names {axis_name} as {attribute}, which holds no values"
    if axis.record_varying and records not in (1, variable.shape[0]):
        return f"has {variable.shape[0]} records where {axis_name} has {records}"
    return _Dimension(index, axis_name, role_of(described, axis_name)[0], table=table)


def _time_of(described: Described, variable: CdfVariable) -> str | None:
    for attribute in ("DEPEND_0", "DEPEND_TIME"):
        time = described.variable(described.text(variable.name, attribute))
        if time is None or time.is_empty or time.shape[0] != variable.shape[0]:
            continue
        if len(time.shape) == 1 and (time.is_time or is_unix_time(described, time.name)):
            return time.name
    return None


def load_spectrogram(
    cdf: CdfFile, candidate: Candidate, *, overrides: Sequence[Override] = ()
) -> SpectrogramVariable:
    """Read a spectrogram with its axes.

    Parameters
    ----------
    cdf
        The file that the candidate was found in.
    candidate
        From `find_spectrograms`.
    overrides
        The same as were given to `find_spectrograms`.

    Raises
    ------
    InvalidCdfError
        If values cannot be read.
    """
    described = Described(cdf, (*BUILTIN, *overrides))
    notes: list[str] = []
    vertical, *others = candidate.dimensions
    time = read_time(described, candidate.time, notes)
    y = _axis(described, candidate, vertical, notes)
    third = None
    if len(others) == 1:
        third = _axis(described, candidate, others[0], notes)
    elif others:
        third = _joined(candidate, others)
    values = _values(described, candidate.name, notes)
    values = np.moveaxis(values, vertical.index, -1)
    if len(others) > 1:
        values = values.reshape(values.shape[0], -1, values.shape[-1])
    named = (candidate.name, candidate.time, *(item.name for item in candidate.dimensions))
    overridden = [why for name in named for why in described.overridden(name)]
    return SpectrogramVariable(
        name=candidate.name,
        label=candidate.label,
        unit=candidate.unit,
        description=candidate.description,
        scale=_value_scale(described.text(candidate.name, "SCALETYP"), values),
        values=values,
        time=time,
        y=y,
        third=third,
        notes=tuple(dict.fromkeys((*overridden, *notes))),
    )


def _axis(
    described: Described, candidate: Candidate, dimension: _Dimension, notes: list[str]
) -> Axis:
    if dimension.labels:
        axis = label_axis(described, candidate.name, dimension.name)
        if axis is None:
            raise InputError("its labels changed while being read.", place=dimension.name)
        return axis
    return read_axis(described, dimension.name, dimension.table, notes)


def _joined(candidate: Candidate, others: Sequence[_Dimension]) -> Axis:
    count = int(np.prod([candidate.shape[item.index] for item in others]))
    name = " x ".join(item.name for item in others)
    return Axis(
        name=name,
        label=name,
        unit="",
        role="other",
        evidence="several dimensions joined",
        scale="linear",
        centers=np.arange(count, dtype=np.float64),
    )


def _values(described: Described, name: str, notes: list[str]) -> npt.NDArray[Any]:
    """Read the data as floats, with NaN for all that is no measurement."""
    raw = described.cdf.read(name)
    small = raw.dtype.kind in "iu" and raw.dtype.itemsize <= 2
    values = np.empty(raw.shape, np.float32 if small or raw.dtype == np.float32 else np.float64)
    low, high = (_limit(described, name, key, raw) for key in ("VALIDMIN", "VALIDMAX"))
    fill = described.get(name, "FILLVAL")
    outside = infinite = 0
    step = max(1, _CHUNK_CELLS // max(1, int(np.prod(raw.shape[1:]))))
    for start in range(0, len(raw), step):
        part = raw[start : start + step]
        chunk = values[start : start + step]
        chunk[...] = part
        infinite += int(np.count_nonzero(np.isinf(chunk)))
        chunk[missing(part, fill)] = np.nan
        with np.errstate(invalid="ignore"):
            beyond = (chunk < low) | (chunk > high)
        outside += int(np.count_nonzero(beyond))
        chunk[beyond] = np.nan
    if infinite:
        notes.append(f"{name}: {infinite} infinite values are taken as missing")
    if outside:
        notes.append(f"{name}: {outside} values outside VALIDMIN and VALIDMAX are left out")
    bad = _bad_records(described, name, len(values))
    if bad is not None and bad.any():
        values[bad] = np.nan
        notes.append(f"{name}: {int(bad.sum())} records are marked as bad and left out")
    return values


def _limit(
    described: Described, name: str, attribute: str, raw: npt.NDArray[Any]
) -> npt.NDArray[Any] | float:
    """Read VALIDMIN or VALIDMAX: one number, or one for each element of a record."""
    value = described.get(name, attribute)
    never = -np.inf if attribute == "VALIDMIN" else np.inf
    if value is None or isinstance(value, str):
        return never
    limit = np.asarray(value, dtype=np.float64)
    if limit.ndim and limit.shape[-1] != raw.shape[-1]:
        limit = limit[:1] if np.all(limit == limit[0]) else np.asarray(never)
    return np.where(np.isnan(limit), never, limit)


def _bad_records(described: Described, name: str, records: int) -> npt.NDArray[np.bool_] | None:
    flag = described.variable(described.text(name, "QUALITY_VAR"))
    good = described.number(name, "QUALITY_GOOD")
    if flag is None or good is None or flag.shape != (records,):
        return None
    bad: npt.NDArray[np.bool_] = described.cdf.read(flag.name) != good
    return bad


def _value_scale(declared: str, values: npt.NDArray[Any]) -> Scale:
    word = declared.strip().lower()
    if word.startswith("log"):
        return "log"
    if word.startswith("lin"):
        return "linear"
    with np.errstate(invalid="ignore"):
        positive = values[values > 0]
    if positive.size == 0 or bool((values < 0).any()):
        return "linear"
    low, high = np.percentile(positive, (1, 99))
    return "log" if high > _LOG_SPAN * low else "linear"
