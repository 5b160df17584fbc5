"""Which variables of an ISTP-style CDF file are spectrograms, and why the others are none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from figmill.errors import InputError
from figmill.read.cdf.file import CdfFile, CdfVariable
from figmill.read.istp.axes import label_axis
from figmill.read.istp.describe import Described, Role, role_of
from figmill.read.istp.idl_text import markup, unit_markup
from figmill.read.istp.overrides import BUILTIN, Override
from figmill.read.istp.time import is_unix_time

_SPECTRAL = ("spectro", "spectral", "plasmagram")
# What becomes the vertical axis, where there is a choice.
_VERTICAL: tuple[Role, ...] = ("energy", "frequency", "mass", "pitch_angle", "angle", "other")


@dataclass(frozen=True, slots=True)
class Dimension:
    """What a dimension of the data is: a variable with values, or labels that hold bands.

    Attributes
    ----------
    index
        Which dimension of the data, the records being 0.
    name, role
        The variable and what it measures.
    labels
        Whether it holds labels, not values.
    table
        For a table by cell, the dimension of the table that is of no use here; else 0.
    """

    index: int
    name: str
    role: Role
    labels: bool = False
    table: int = 0


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
    dimensions
        The same in detail, the vertical axis first.
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
    dimensions: tuple[Dimension, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """What a file holds.

    Attributes
    ----------
    candidates
        Variables that can be drawn, in the order of the file.
    rejected
        For every other variable, why it is not a spectrogram.
    puzzling
        Those of ``rejected`` that the file calls data and describes in part only, with the reason:
        a spectrogram may be lost there.
    """

    candidates: tuple[Candidate, ...]
    rejected: Mapping[str, str]
    puzzling: tuple[tuple[str, str], ...] = ()

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
        told = "; ".join(f"{count}: {why}" for why, count in reasons)
        return f"None of its {len(self.rejected)} variables is a spectrogram ({told})."


_PRIMARY = ("data", "")
_NO_RECORDS = "holds no records"
_PUZZLING = ("names ", "does not say ")


def _some(names: Sequence[str], most: int = 4) -> str:
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")


def find_spectrograms(cdf: CdfFile, *, overrides: Sequence[Override] = ()) -> Findings:
    """Find the variables of a file that can be drawn as spectrograms.

    Parameters
    ----------
    cdf
        The file.
    overrides
        Corrections of its metadata, applied after `figmill.read.istp.overrides.BUILTIN`.
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
    puzzling = tuple(
        (name, why)
        for name, why in rejected.items()
        if described.text(name, "VAR_TYPE").lower() == "data"
        and (why.startswith(_PUZZLING) or " where " in why)
    )
    return Findings(tuple(candidates.values()), rejected, puzzling)


def _judge(described: Described, variable: CdfVariable) -> Candidate | str:
    """Make a candidate of a variable, or say why it is none ("it ...")."""
    name = variable.name
    if not variable.is_number or variable.kind == "unknown":
        return "holds times" if variable.is_time else "holds text"
    if not variable.record_varying:
        return "is one table for the whole file"
    if len(variable.shape) < 2 or max(variable.shape[1:]) < 2:
        return "has one value per record, a time series"
    kind = described.text(name, "VAR_TYPE").lower()
    if kind in ("metadata", "ignore_data"):
        return f"is {kind}"
    dimensions = _dimensions(described, variable)
    if isinstance(dimensions, str):
        return dimensions
    vertical = min(dimensions, key=lambda item: _VERTICAL.index(item.role))
    spectral = any(word in described.text(name, "DISPLAY_TYPE").lower() for word in _SPECTRAL)
    if vertical.role == "other" and not spectral:
        return f"has a second dimension, {vertical.name}, that is not an energy, angle or frequency"
    if variable.is_empty:
        virtual = described.text(name, "VIRTUAL").lower() == "true"
        if virtual:
            return f"{_NO_RECORDS} because it is virtual"
        return _NO_RECORDS if kind in _PRIMARY else f"{_NO_RECORDS}, and is {kind}"
    time = _time_of(described, variable)
    if time is None:
        return "does not say when it was measured (no usable DEPEND_0)"
    return Candidate(
        name=name,
        label=described.label(name),
        unit=unit_markup(described.unit(name)),
        description=markup(described.text(name, "CATDESC")),
        primary=kind in _PRIMARY,
        shape=variable.shape,
        time=time,
        y=vertical.name,
        others=tuple(item.name for item in dimensions if item is not vertical),
        dimensions=(vertical, *(item for item in dimensions if item is not vertical)),
    )


def _dimensions(described: Described, variable: CdfVariable) -> tuple[Dimension, ...] | str:
    found = []
    for index, size in enumerate(variable.shape[1:], start=1):
        dimension = _dimension(described, variable, index, size)
        if isinstance(dimension, str):
            return dimension
        found.append(dimension)
    return tuple(found)


def _dimension(
    described: Described, variable: CdfVariable, index: int, size: int
) -> Dimension | str:
    attribute = f"DEPEND_{index}"
    axis_name = described.text(variable.name, attribute)
    labels = described.text(variable.name, f"LABL_PTR_{index}")
    axis = described.variable(axis_name) if axis_name else None
    if axis is None or axis.kind == "text":
        for pointer in (axis_name, labels):
            bands = label_axis(described, variable.name, pointer) if pointer else None
            if bands is not None and len(bands.centers) == size:
                return Dimension(index, pointer, "energy", labels=True)
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
        return Dimension(index, axis_name, role_of(described, axis_name)[0])
    if axis.is_empty:
        return f"names {axis_name} as {attribute}, which holds no values"
    if axis.record_varying and records not in (1, variable.shape[0]):
        return f"has {variable.shape[0]} records where {axis_name} has {records}"
    return Dimension(index, axis_name, role_of(described, axis_name)[0], table=table)


def _time_of(described: Described, variable: CdfVariable) -> str | None:
    for attribute in ("DEPEND_0", "DEPEND_TIME"):
        time = described.variable(described.text(variable.name, attribute))
        if time is None or time.is_empty or time.shape[0] != variable.shape[0]:
            continue
        if len(time.shape) == 1 and (time.is_time or is_unix_time(described, time.name)):
            return time.name
    return None
