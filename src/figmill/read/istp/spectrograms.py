"""Spectrograms in ISTP-style CDF files, found by their metadata.

`find_spectrograms` looks at descriptions alone and says of every variable whether it can be drawn
as a spectrogram and, if not, why. `load_spectrogram` reads one with its axes.

Source: ISTP Metadata Guidelines, "Variable Attributes" (DEPEND_i, DELTA_PLUS_VAR, LABL_PTR_i,
FILLVAL, VALIDMIN, SCALETYP, VAR_TYPE, DISPLAY_TYPE).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from figmill.errors import InputError
from figmill.notes import Note
from figmill.read.cdf.file import CdfFile
from figmill.read.istp.axes import Axis, label_axis, read_axis
from figmill.read.istp.describe import Described, Scale
from figmill.read.istp.find import Candidate, Dimension
from figmill.read.istp.overrides import BUILTIN, Override
from figmill.read.istp.time import TimeAxis, read_time
from figmill.read.istp.valid import customary_fill, missing, spelled, undeclared, valid_limits

Values = npt.NDArray[np.float32] | npt.NDArray[np.float64]

_CHUNK_CELLS = 1 << 22
_LOG_SPAN = 100.0


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
    beside
        The axes of which the third dimension is made, in their order: one, or those joined.
    notes
        What was assumed or left out, and which metadata were overridden and why.
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
    notes: tuple[Note, ...] = ()
    beside: tuple[Axis, ...] = ()

    @property
    def has_data(self) -> bool:
        """Whether any value is left."""
        return bool(np.isfinite(self.values).any())


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
    notes: list[Note] = []
    vertical, *others = candidate.dimensions
    time = read_time(described, candidate.time, notes)
    y = _axis(described, candidate, vertical, notes)
    others.sort(key=lambda item: item.index)
    beside = tuple(_axis(described, candidate, item, notes) for item in others)
    third = beside[0] if len(beside) == 1 else None
    if len(others) > 1:
        third = _joined(candidate, others)
        notes.append(
            Note.info("dimensions-joined", f"{third.name} are taken as one", candidate.name)
        )
    values = _values(described, candidate, notes)
    # Dimensions of which one element is taken are gone; the others keep their order.
    left = sorted(item.index for item in candidate.dimensions)
    values = np.moveaxis(values, 1 + left.index(vertical.index), -1)
    if len(others) > 1:
        values = values.reshape(values.shape[0], -1, values.shape[-1])
    time, y, third, values = _common_records(candidate.name, time, y, third, values, notes)
    named = (candidate.name, candidate.time, *(item.name for item in candidate.dimensions))
    overridden = [
        Note.info("metadata-overridden", why, name)
        for name in named
        for why in described.overridden(name)
    ]
    return SpectrogramVariable(
        name=candidate.row,
        label=candidate.label,
        unit=candidate.unit,
        description=candidate.description,
        scale=_value_scale(described.text(candidate.name, "SCALETYP"), values),
        values=values,
        time=time,
        y=y,
        third=third,
        notes=tuple(dict.fromkeys((*overridden, *notes))),
        beside=(third,) if len(beside) == 1 and third is not None else beside,
    )


def _common_records(
    name: str, time: TimeAxis, y: Axis, third: Axis | None, values: Values, notes: list[Note]
) -> tuple[TimeAxis, Axis, Axis | None, Values]:
    """Bring data, times and axes by record to the records that all of them have."""
    axes = [axis for axis in (y, third) if axis is not None and axis.varies]
    counts = {name: len(values), time.name: len(time.centers)}
    counts |= {axis.name: len(axis.centers) for axis in axes}
    count = min(counts.values())
    if max(counts.values()) == count:
        return time, y, third, values
    others = " and ".join(
        f"{other} has {n}" for other, n in counts.items() if other != name and n != counts[name]
    )
    text = f"it has {counts[name]} records where {others}; the first {count} are drawn"
    notes.append(Note.loss("record-counts-differ", text, name))

    def first(bounds: npt.NDArray[np.float64] | None) -> npt.NDArray[np.float64] | None:
        return None if bounds is None else bounds[:count]

    def cut(axis: Axis) -> Axis:
        if not axis.varies:
            return axis
        return replace(axis, centers=axis.centers[:count], lo=first(axis.lo), hi=first(axis.hi))

    return (
        replace(time, centers=time.centers[:count], lo=first(time.lo), hi=first(time.hi)),
        cut(y),
        None if third is None else cut(third),
        values[:count],
    )


def _axis(
    described: Described, candidate: Candidate, dimension: Dimension, notes: list[Note]
) -> Axis:
    if dimension.labels:
        axis = label_axis(described, candidate.name, dimension.name)
        if axis is None:
            raise InputError("its labels changed while being read.", place=dimension.name)
        return axis
    row = None
    if dimension.table and candidate.chosen:
        row = candidate.chosen[dimension.table - 1]
    return read_axis(described, dimension.name, dimension.table, notes, row=row)


def _joined(candidate: Candidate, others: Sequence[Dimension]) -> Axis:
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


def _values(
    described: Described, candidate: Candidate, notes: list[Note]
) -> npt.NDArray[np.floating[Any]]:
    """Read the data as floats, with NaN for all that is not a measurement."""
    name = candidate.name
    raw = described.cdf.read(name)
    low, high = valid_limits(
        described.get(name, "VALIDMIN"), described.get(name, "VALIDMAX"), raw.shape, name, notes
    )
    for dimension, chosen in enumerate(candidate.chosen, start=1):
        if chosen is not None:
            raw = raw.take([chosen], axis=dimension)
            low, high = (_element(limit, dimension - raw.ndim, chosen) for limit in (low, high))
    small = raw.dtype.kind in "iu" and raw.dtype.itemsize <= 2
    values = np.empty(raw.shape, np.float32 if small or raw.dtype == np.float32 else np.float64)
    low, high = low.astype(values.dtype), high.astype(values.dtype)
    fill = described.get(name, "FILLVAL")
    outside = infinite = customary = valid = 0
    step = max(1, _CHUNK_CELLS // max(1, int(np.prod(raw.shape[1:]))))
    for start in range(0, len(raw), step):
        part = raw[start : start + step]
        chunk = values[start : start + step]
        chunk[...] = part
        infinite += int(np.count_nonzero(np.isinf(chunk)))
        chunk[missing(part, fill)] = np.nan
        customary += undeclared(part, fill)
        valid += int(np.count_nonzero(np.isfinite(chunk)))
        with np.errstate(invalid="ignore"):
            beyond = (chunk < low) | (chunk > high)
        outside += int(np.count_nonzero(beyond))
        chunk[beyond] = np.nan
    if infinite:
        text = f"{infinite} infinite values are taken as missing"
        notes.append(Note.loss("values-infinite", text, name))
    if customary:
        number = customary_fill(raw.dtype)
        text = f"{customary} values are {number}, the customary fill of {raw.dtype}, and missing"
        notes.append(Note.info("fill-customary", text, name))
    if outside and outside == valid:
        text = f"all {outside} values lie outside {spelled(low, high)}"
        notes.append(Note.loss("values-outside-valid-range", text, name))
    elif outside:
        share = f"{outside} values ({100 * outside / values.size:.2g} %)"
        text = f"{share} outside VALIDMIN and VALIDMAX are left out"
        notes.append(Note.loss("values-outside-valid-range", text, name))
    bad = _bad_records(described, name, len(values))
    if bad is not None and bad.any():
        values[bad] = np.nan
        text = f"{int(bad.sum())} records are marked as bad and left out"
        notes.append(Note.loss("records-marked-bad", text, name))
    gone = [i for i, chosen in enumerate(candidate.chosen, start=1) if chosen is not None]
    return np.squeeze(values, axis=tuple(gone))


def _element(limit: npt.NDArray[np.float64], axis: int, chosen: int) -> npt.NDArray[np.float64]:
    """One element of limits that differ along a dimension, counted from the last."""
    if limit.ndim < -axis or limit.shape[axis] == 1:
        return limit
    return limit.take([chosen], axis=axis)


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
