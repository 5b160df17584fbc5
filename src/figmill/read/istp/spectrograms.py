"""Spectrograms in ISTP-style CDF files, found by their metadata.

`find_spectrograms` looks at descriptions alone and says of every variable whether it can be drawn
as a spectrogram and, if not, why. `load_spectrogram` reads one with its axes.

Source: ISTP Metadata Guidelines, "Variable Attributes" (DEPEND_i, DELTA_PLUS_VAR, LABL_PTR_i,
FILLVAL, VALIDMIN, SCALETYP, VAR_TYPE, DISPLAY_TYPE).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from figmill.errors import InputError
from figmill.figure.pieces import any_finite
from figmill.notes import Note
from figmill.read.cdf.file import CdfFile, CdfVariable
from figmill.read.istp.axes import Axis, label_axis, read_axis
from figmill.read.istp.describe import Described, Float64, Scale
from figmill.read.istp.find import Candidate, Dimension
from figmill.read.istp.overrides import BUILTIN, Override
from figmill.read.istp.spread import Spread, spans
from figmill.read.istp.time import TimeAxis, read_time
from figmill.read.istp.values import CleanValues, Floats
from figmill.read.istp.virtual import function_of

Values = Floats

_LOG_SPAN = 100.0
_TOLD_OF_BINS = {"bins-outside-valid-range", "bins-without-measurement"}


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
        Shape (n, m), or (n, k, m) where there is a third dimension and it was not collapsed; the
        vertical axis comes last.
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
    collapsed
        How the third dimension was brought down while reading, as the reduction calls it; empty
        where it was not.
    suggested
        SCALEMIN and SCALEMAX of the values; None where the file says nothing.
    weighted_by
        The variable of the weights by which a third dimension was brought down; "" for none.
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
    collapsed: str = ""
    suggested: tuple[float | None, float | None] = (None, None)
    weighted_by: str = ""

    @property
    def has_data(self) -> bool:
        """Whether any value is left."""
        return any_finite(self.values)


class Reduction(NamedTuple):
    """How a third dimension is brought down while values are read.

    Attributes
    ----------
    reduce
        Takes some records (r, k, m), which it must not write to, and the number of the first;
        gives them as (r, m).
    how
        In a word.
    """

    reduce: Callable[[Values, int], Values]
    how: str


CellWeights = Callable[[int, int], Float64]
"""Weights (r, k, m) of so many records from one on."""

Collapse = Callable[[Sequence[Axis], int, CellWeights | None], Reduction]
"""Chooses a reduction: from the axes beside the vertical one, the number of records, and the
weights of all cells where the file has such."""


def load_spectrogram(
    cdf: CdfFile,
    candidate: Candidate,
    *,
    overrides: Sequence[Override] = (),
    collapse: Collapse | None = None,
    described: Described | None = None,
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
    collapse
        Brings a third dimension down while values are read, so that no more than a piece of them
        is in memory; by default they are kept.
    described
        What `find_spectrograms` found of the same file with the same overrides (its
        ``described``): times and axes that rows share are read once. They are shared then, so do
        not write to them.

    Raises
    ------
    InvalidCdfError
        If values cannot be read.
    """
    if described is None:
        described = Described(cdf, (*BUILTIN, *overrides))
    notes: list[Note] = []
    vertical, *others = candidate.dimensions
    known = described
    time = known.once(
        ("time", candidate.time), lambda told: read_time(known, candidate.time, told), notes
    )
    y = _axis(described, candidate, vertical, notes)
    others.sort(key=lambda item: item.index)
    averaged = collapse is not None and bool(others)
    weight = _weight(described, candidate, notes if averaged else [])
    of_others: list[Note] = []
    beside = tuple(_axis(described, candidate, item, of_others) for item in others)
    # Where all cells have weights of their own, it does not matter how angles differ by cell.
    settled = weight is not None and collapse is not None
    notes.extend(note for note in of_others if not settled or note.code != "axis-differs-by-cell")
    third = beside[0] if len(beside) == 1 else None
    if len(others) > 1:
        third = _joined(candidate, others)
        notes.append(
            Note.info("dimensions-joined", f"{third.name} are taken as one", candidate.name)
        )
    clean = CleanValues(described, candidate.name, candidate.chosen, notes)
    differing: list[Note] = []
    count, time, y, third = common_records(candidate.name, clean.records, time, y, third, differing)
    beside = (third,) if len(beside) == 1 and third is not None else beside
    declared = described.text(candidate.name, "SCALETYP")
    # Dimensions of which one element is taken are gone; the others keep their order.
    left = sorted(item.index for item in candidate.dimensions)
    place = 1 + left.index(vertical.index)
    cells = None if weight is None else _cell_weights(described, weight.name, place)
    reduction = collapse(beside, count, cells) if collapse is not None and beside else None
    # The scale is judged by the values in the file, which are not there any more later.
    spread = None if reduction is None or declared else Spread()
    values = _read_values(clean, place, count, reduction, spread)
    notes.extend((*clean.notes(), *differing))
    told = {note.code for note in notes if note.place == y.name}
    # What is outside the valid range, or no measurement, is told of the axis.
    if not told & _TOLD_OF_BINS and (lost := _without_bin(y, values)):
        text = f"{lost} of its values lie in bins without a place on the axis, and are not drawn"
        notes.append(Note.loss("values-without-bin", text, candidate.name))
    named = (candidate.name, candidate.time, *(item.name for item in candidate.dimensions))
    notes.extend(virtual_notes(described, named))
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
        scale=value_scale(declared, values, spread),
        values=values,
        time=time,
        y=y,
        third=third,
        notes=tuple(dict.fromkeys((*overridden, *notes))),
        beside=beside,
        collapsed="" if reduction is None else reduction.how,
        suggested=described.scale_limits(candidate.name),
        weighted_by=weight.name if weight is not None and reduction is not None else "",
    )


def _without_bin(axis: Axis, values: Values) -> int:
    """How many values have a bin that is not used."""
    lost = np.isnan(axis.centers)
    if not lost.any() or (axis.varies and len(axis.centers) != len(values)):
        return 0
    there = np.isfinite(values)
    if there.ndim == 3:
        there = np.asarray(there.any(axis=1))
    return int(np.count_nonzero(there & lost))


def _weight(described: Described, candidate: Candidate, notes: list[Note]) -> CdfVariable | None:
    """The variable of the weights of all cells (WEIGHT_VAR), where it fits them."""
    name = described.text(candidate.name, "WEIGHT_VAR")
    if not name:
        return None
    weight = described.variable(name)
    if weight is None:
        why = "is not in the file"
    elif any(one is not None for one in candidate.chosen):
        why = "is not taken apart as its rows are"
    elif weight.shape != candidate.shape or not weight.is_number:
        why = f"has shape {weight.shape} where it has {candidate.shape}"
    else:
        return weight
    text = f"its weights, {name}, are not used: that variable {why}"
    notes.append(Note.doubt("weights-not-used", text, candidate.name))
    return None


def _cell_weights(described: Described, name: str, place: int) -> CellWeights:
    """Weights of all cells, read as they are needed, in the shape of the values."""

    def read(first: int, count: int) -> Float64:
        many = described.cdf.records(name, first, first + count)
        weights = np.moveaxis(described.cleaned(name, many), place, -1)
        return weights.reshape(len(weights), -1, weights.shape[-1]).astype(np.float64)

    return read


def _read_values(
    clean: CleanValues,
    place: int,
    count: int,
    reduction: Reduction | None,
    spread: Spread | None,
) -> Values:
    """Read values (records, ..., bins) into their final array, collapsed if so asked.

    Parameters
    ----------
    clean
        What is read.
    place
        Which dimension becomes the last one.
    count
        How many records are kept.
    reduction
        What makes (records, m) of a piece (records, k, m); None leaves it as it is.
    spread
        Sees the values before that.
    """
    values: Values | None = None
    for first, part in clean.pieces():
        piece = np.moveaxis(part, place, -1)
        if piece.ndim > 3:
            piece = piece.reshape(len(piece), -1, piece.shape[-1])
        piece = piece[: max(0, count - first)]
        if spread is not None:
            spread.add(piece)
        made = piece if reduction is None else reduction.reduce(piece, first)
        if values is None:
            values = np.empty((count, *made.shape[1:]), made.dtype)
        values[first : first + len(made)] = made
    assert values is not None, "a candidate has records"
    return values


def common_records(
    name: str, records: int, time: TimeAxis, y: Axis, third: Axis | None, notes: list[Note]
) -> tuple[int, TimeAxis, Axis, Axis | None]:
    """Bring times and axes by record to the records that they and the data have.

    Parameters
    ----------
    name, records
        The data, and how many records it has.
    time, y, third
        As in `SpectrogramVariable`.
    notes
        That records are left out is added to it.
    """
    axes = [axis for axis in (y, third) if axis is not None and axis.varies]
    counts = {name: records, time.name: len(time.centers)}
    counts |= {axis.name: len(axis.centers) for axis in axes}
    count = min(counts.values())
    if max(counts.values()) == count:
        return count, time, y, third
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
        count,
        replace(
            time,
            centers=time.centers[:count],
            lo=first(time.lo),
            hi=first(time.hi),
            tai=None if time.tai is None else time.tai[:, :count],
        ),
        cut(y),
        None if third is None else cut(third),
    )


def virtual_notes(described: Described, names: Sequence[str]) -> list[Note]:
    """Tell which of some variables are computed of others, and how."""
    return [
        Note.info(
            "virtual-computed",
            f"it is virtual, and computed of {' and '.join(described.cdf.computed[name])} "
            f"by {function_of(described.cdf.variables[name])}",
            name,
        )
        for name in names
        if name in described.cdf.computed
    ]


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
    return described.once(
        ("axis", dimension.name, dimension.table, row),
        lambda told: read_axis(described, dimension.name, dimension.table, told, row=row),
        notes,
    )


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


def value_scale(declared: str, values: Values, spread: Spread | None = None) -> Scale:
    """The scale of values: as SCALETYP has it, else by how much they span, or once did."""
    word = declared.strip().lower()
    if word.startswith("log"):
        return "log"
    if word.startswith("lin"):
        return "linear"
    wide = spans(values, _LOG_SPAN) if spread is None else spread.exceeds(_LOG_SPAN)
    return "log" if wide else "linear"
