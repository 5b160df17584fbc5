"""Which variables of an ISTP-style CDF file are spectrograms, and why the others are none."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from figmill.errors import InputError
from figmill.read.cdf.file import CdfFile, CdfVariable
from figmill.read.istp.axes import label_axis, unreadable_bands
from figmill.read.istp.describe import Described, Role, role_of
from figmill.read.istp.idl_text import markup, unit_markup
from figmill.read.istp.origins import misunderstood
from figmill.read.istp.overrides import BUILTIN, Override
from figmill.read.istp.time import is_unix_time
from figmill.read.istp.virtual import function_of, why_not_computed

# What may be averaged where it stands beside the vertical axis; all else is drawn row by row.
_AVERAGED: tuple[Role, ...] = ("energy", "pitch_angle", "angle")
# Records up to this long are vectors, unless they say otherwise.
_MOST_COMPONENTS = 3
_LOOKED_AT = 16
_OF_A_STEP = 0.25
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
    parts
        What its elements are called where they are things of their own: components, sensors,
        species. They get a row each; only angles and energies are ever averaged.
    """

    index: int
    name: str
    role: Role
    labels: bool = False
    table: int = 0
    parts: tuple[str, ...] = ()


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
        The same in detail, the vertical axis first; without those of which one element is taken.
    part
        What is drawn of a variable that has several rows, such as "Bx"; else "".
    chosen
        For each dimension of a record, the element that is taken, or None for all.
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
    part: str = ""
    chosen: tuple[int | None, ...] = ()

    @property
    def row(self) -> str:
        """What its row is called: the variable, and what of it is drawn."""
        return f"{self.name} {self.part}".rstrip()


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
    data
        The variables that the file calls data.
    unasked
        Candidates that are drawn on demand only: the file says so (DISPLAY_TYPE no_plot), or they
        are another view of data that it has.
    described
        The file as its overrides describe it; `load_spectrogram` takes it, so that rows share what
        they have in common.
    """

    candidates: tuple[Candidate, ...]
    rejected: Mapping[str, str]
    puzzling: tuple[tuple[str, str], ...] = ()
    data: tuple[str, ...] = ()
    unasked: tuple[str, ...] = ()
    described: Described | None = field(default=None, repr=False, compare=False)

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
        known: dict[str, list[Candidate]] = {}
        for item in self.candidates:
            known.setdefault(item.name, []).append(item)
            if item.part:
                known.setdefault(item.row, []).append(item)
        for name in names:
            if name not in known:
                reason = self.rejected.get(name)
                raise InputError(
                    f"it {reason}." if reason else "there is no such variable.",
                    place=name,
                    hint=f"Variables to draw: {', '.join(known) or 'none'}.",
                )
        return tuple(dict.fromkeys(item for name in names for item in known[name]))

    def why_none(self) -> str:
        """Explain in one sentence why nothing is drawn unasked."""
        support = list(dict.fromkeys(item.name for item in self.candidates))
        if support and not self.primary:
            kind = "what the file does not want in overviews" if self.unasked else "support data"
            return f"Only {kind} could be drawn; name them to see them: {', '.join(support)}."
        if not self.rejected:
            return "The file holds no variables."
        almost = [name for name, why in self.rejected.items() if why == _NO_RECORDS]
        if almost:
            return f"There are spectrograms ({_some(almost)}), but no record of them was written."
        puzzling = dict(self.puzzling)
        order = sorted(
            self.rejected, key=lambda name: (name not in puzzling, name not in self.data)
        )
        reasons: dict[tuple[bool, str], list[str]] = {}
        for name in order:
            reasons.setdefault((name in self.data, self.rejected[name]), []).append(name)
        told = "; ".join(
            f"{names[0]} {why}" if is_data and len(names) == 1 else f"{len(names)}: {why}"
            for (is_data, why), names in list(reasons.items())[:3]
        )
        return f"None of its {len(self.rejected)} variables is a spectrogram ({told})."


PRIMARY = ("data", "")
_NO_RECORDS = "holds no records"
_PUZZLING = ("names ", "does not say ", "is an image ", "is a map ")
_MAPS = ("image", "map_image", "flux_image", "fuv_image", "skymap", "mapped")
# A slice of a variable as DISPLAY_TYPE spells it: z=psd(*,3), indices from 1.
_SLICE = re.compile(r"\bz\s*=\s*(\w+)\s*\(([^()]*)\)")


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
    candidates: dict[str, tuple[Candidate, ...]] = {}
    rejected: dict[str, str] = {}
    for variable in described.cdf.variables.values():
        judged = _judge(described, variable)
        if isinstance(judged, Candidate):
            candidates[variable.name] = _rows(described, judged)
        else:
            rejected[variable.name] = judged
    for item in [row for rows in candidates.values() for row in rows]:
        for axis in (item.time, *(dimension.name for dimension in item.dimensions)):
            candidates.pop(axis, None)
            rejected[axis] = f"is an axis of {item.name}"
    puzzling = tuple(
        (name, why)
        for name, why in rejected.items()
        if described.text(name, "VAR_TYPE").lower() == "data"
        and (why.startswith(_PUZZLING) or " where " in why)
    )
    found = tuple(row for rows in candidates.values() for row in rows)
    kinds = {name: described.text(name, "VAR_TYPE").lower() for name in described.cdf.variables}
    return Findings(
        found,
        rejected,
        puzzling,
        data=tuple(name for name, kind in kinds.items() if kind == "data"),
        unasked=tuple(
            dict.fromkeys(
                item.name for item in found if kinds[item.name] in PRIMARY and not item.primary
            )
        ),
        described=described,
    )


def display_type(described: Described, name: str) -> str:
    """The first word of DISPLAY_TYPE, in lower case."""
    return described.text(name, "DISPLAY_TYPE").split(">")[0].strip().lower()


def _rows(described: Described, whole: Candidate) -> tuple[Candidate, ...]:
    """The rows of a variable: one for each slice that it names or each of its parts."""
    by_index = {item.index: item for item in whole.dimensions}
    sizes = whole.shape[1:]
    choices: list[tuple[int | None, ...]] = []
    for name, text in _SLICE.findall(described.text(whole.name, "DISPLAY_TYPE")):
        indices = [part.strip() for part in text.split(",")]
        plain = all(part == "*" or part.isdigit() for part in indices)
        if name.lower() != whole.name.lower() or len(indices) != len(sizes) or not plain:
            continue
        one = tuple(None if part == "*" else int(part) - 1 for part in indices)
        open_ = [i for i, part in enumerate(one) if part is None]
        inside = all(
            part is None or 0 <= part < size for part, size in zip(one, sizes, strict=True)
        )
        if inside and open_ and any(not by_index[i + 1].parts for i in open_):
            choices.append(one)
    if all(set(one) == {None} for one in choices):
        choices = [(None,) * len(sizes)]
    rows: list[Candidate] = []
    for choice in dict.fromkeys(choices):
        # Parts that no slice names get a row each, too.
        ranges = [
            range(sizes[i]) if part is None and by_index[i + 1].parts else (part,)
            for i, part in enumerate(choice)
        ]
        rows.extend(_row(described, whole, by_index, chosen) for chosen in product(*ranges))
    return tuple(rows)


def _row(
    described: Described,
    whole: Candidate,
    by_index: Mapping[int, Dimension],
    chosen: tuple[int | None, ...],
) -> Candidate:
    if all(part is None for part in chosen):
        return whole
    names = []
    for index, part in enumerate(chosen, start=1):
        if part is not None:
            dimension = by_index[index]
            parts = dimension.parts or part_names(described, whole.name, dimension, part + 1)
            names.append(parts[part])
    left = [item for item in whole.dimensions if chosen[item.index - 1] is None]
    vertical = min(left, key=lambda item: _VERTICAL.index(item.role))
    others = tuple(item for item in left if item is not vertical)
    return replace(
        whole,
        y=vertical.name,
        others=tuple(item.name for item in others),
        dimensions=(vertical, *others),
        part=", ".join(names),
        chosen=chosen,
    )


def part_names(
    described: Described, owner: str, dimension: Dimension, size: int
) -> tuple[str, ...]:
    """What the elements of a dimension are called: by labels, else by the values of its axis."""
    for pointer in (described.text(owner, f"LABL_PTR_{dimension.index}"), dimension.name):
        labels = described.variable(pointer)
        if labels is None or labels.kind != "text" or labels.is_empty:
            continue
        texts = [str(item).strip() for item in np.ravel(described.cdf.read(pointer))]
        if len(texts) >= size and len(set(texts)) == len(texts):
            return tuple(texts)
    axis = described.variable(dimension.name)
    label = described.label(dimension.name) if axis is not None else f"element of {owner}"
    if axis is not None and axis.is_number and not axis.is_empty and len(axis.shape) == 1:
        unit = unit_markup(described.unit(dimension.name))
        values = described.cdf.read(dimension.name)
        if len(values) >= size and len(np.unique(values)) == len(values):
            return tuple(f"{label} {value:g} {unit}".rstrip() for value in values)
    return tuple(f"{label} {number}" for number in range(1, size + 1))


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
    drawn = [item for item in dimensions if not item.parts]
    if not drawn:
        return f"has components with names ({dimensions[0].name}), not bins"
    display = display_type(described, name)
    over = " and ".join(described.label(item.name) for item in drawn)
    if display in _MAPS:
        return f"is an image over {over} (DISPLAY_TYPE {display}), which is not drawn over time"
    if variable.shape[0] == 1 and _is_map(described, drawn):
        return f"is a map over {over}, which is not drawn over time"
    vertical = min(drawn, key=lambda item: _VERTICAL.index(item.role))
    spectral = any(word in described.text(name, "DISPLAY_TYPE").lower() for word in _SPECTRAL)
    if vertical.role == "other" and not spectral and not _is_axis(described, vertical, display):
        return f"has a second dimension, {vertical.name}, that is not an energy, angle or frequency"
    dimensions = tuple(
        replace(item, parts=part_names(described, name, item, variable.shape[item.index]))
        if item is not vertical
        and not item.parts
        and (item.role not in _AVERAGED or _differ_by(described, vertical, item))
        else item
        for item in dimensions
    )
    if variable.is_empty:
        if function_of(variable):
            return f"{_NO_RECORDS} {why_not_computed(variable)}"
        return _NO_RECORDS if kind in PRIMARY else f"{_NO_RECORDS}, and is {kind}"
    time = time_of(described, variable)
    if time is None:
        return _why_no_time(described, variable)
    return Candidate(
        name=name,
        label=described.label(name),
        unit=unit_markup(described.unit(name)),
        description=markup(described.text(name, "CATDESC")),
        primary=kind in PRIMARY and display != "no_plot" and not is_view(described, variable),
        shape=variable.shape,
        time=time,
        y=vertical.name,
        others=tuple(item.name for item in dimensions if item is not vertical),
        dimensions=(vertical, *(item for item in dimensions if item is not vertical)),
    )


def is_view(described: Described, variable: CdfVariable) -> bool:
    """Whether a virtual variable is another view of data that the file has.

    Parameters
    ----------
    described, variable
        The file, with its virtual variables, and one of them.
    """
    components = described.cdf.computed.get(variable.name, ())
    if function_of(variable) != "alternate_view" or not components:
        return False
    return described.text(components[0], "VAR_TYPE").lower() == "data"


def _is_map(described: Described, dimensions: Sequence[Dimension]) -> bool:
    words = " ".join(described.words(item.name).lower() for item in dimensions)
    return "latitud" in words and "longitud" in words


def _differ_by(described: Described, vertical: Dimension, other: Dimension) -> bool:
    """Whether each element of another dimension has bins of its own on the vertical axis.

    The channels of one number are then not of one energy, and have no mean. Of tables by record,
    which are as large as the data, the first records are looked at, and small drifts do not count.
    """
    variable = described.cdf.variables[vertical.name]
    if vertical.table != other.index or variable.is_empty:
        return False
    if variable.record_varying:
        first = min(_LOOKED_AT, variable.shape[0])
        cells = described.cleaned(vertical.name, described.cdf.records(vertical.name, 0, first))
        return any(_apart(np.moveaxis(cell, other.index - 1, 0), _OF_A_STEP) for cell in cells)
    return _apart(np.moveaxis(described.numbers(vertical.name), other.index - 1, 0), 0.0)


def _apart(table: npt.NDArray[np.floating[Any]], share: float) -> bool:
    """Whether rows differ, by more than a share of the step between their bins."""
    used = table[np.isfinite(table).all(axis=1)].astype(np.float64)
    if len(used) < 2:
        return False
    row = used[0]
    steps = np.abs(np.gradient(row)) if share and row.size > 1 else 0.0
    return bool((np.abs(used - row) > 1e-6 * np.abs(row) + share * steps).any())


def _is_axis(described: Described, dimension: Dimension, display: str) -> bool:
    """Whether an axis of another quantity (speed, altitude, mass) holds more than an index."""
    if display in ("time_series", "stack_plot") or not described.unit(dimension.name):
        return False
    axis = described.cdf.variables[dimension.name]
    return axis.is_number and not axis.is_empty and axis.shape[-1] > _MOST_COMPONENTS


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
        if broken := [_unreadable(described, each) for each in (axis_name, labels) if each]:
            for why in filter(None, broken):
                return why
        if axis is None and axis_name:
            return f"names {axis_name} as {attribute}, which is not in the file"
        for pointer in (axis_name, labels):
            texts = described.variable(pointer) if pointer else None
            if texts is not None and texts.kind == "text" and size in texts.shape:
                named = Dimension(index, pointer, "other")
                return replace(named, parts=part_names(described, variable.name, named, size))
        if axis is not None or labels:
            return f"has components with names ({axis_name or labels}), not bins"
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
    same_time = described.text(axis_name, "DEPEND_0") == described.text(variable.name, "DEPEND_0")
    if axis.record_varying and records not in (1, variable.shape[0]) and not same_time:
        return f"has {variable.shape[0]} records where {axis_name} has {records}"
    return Dimension(index, axis_name, role_of(described, axis_name)[0], table=table)


def _unreadable(described: Described, pointer: str) -> str:
    """Why labels that hold some ranges of energy cannot be the axis ("names ..."), or ""."""
    labels = described.variable(pointer)
    if labels is None or labels.kind != "text" or labels.is_empty or len(labels.shape) != 1:
        return ""
    texts = described.cdf.read(pointer)
    wrong = unreadable_bands(texts)
    if not wrong:
        return ""
    return f"names {pointer}, whose label {wrong!r} is not a range such as '3.4 - 4.7 MeV'"


def _why_no_time(described: Described, variable: CdfVariable) -> str:
    """Why the time of a variable cannot be used ("does not say ...")."""
    said = "does not say when it was measured"
    for attribute in ("DEPEND_0", "DEPEND_TIME"):
        name = described.text(variable.name, attribute)
        if not name:
            continue
        time = described.variable(name)
        if time is None:
            return f"{said}: its {attribute}, {name}, is not in the file"
        if time.is_empty:
            return f"{said}: its {attribute}, {name}, holds no records"
        if len(time.shape) != 1 or time.kind == "text":
            return f"{said}: its {attribute}, {name}, does not hold one time for each record"
        if words := misunderstood(described, name):
            return f"{said}: {name} counts {words!r}, which is not understood"
        return f"{said}: nothing says since when its {attribute}, {name}, counts"
    return f"{said} (no usable DEPEND_0)"


def time_of(described: Described, variable: CdfVariable) -> str | None:
    """The time of a variable, of as many records if there is one, else of its own DEPEND_0."""
    usable = []
    for attribute in ("DEPEND_0", "DEPEND_TIME"):
        time = described.variable(described.text(variable.name, attribute))
        if time is None or time.is_empty or len(time.shape) != 1:
            continue
        if time.is_time or is_unix_time(described, time.name):
            usable.append(time)
    fitting = [time for time in usable if time.shape[0] == variable.shape[0]]
    return next((time.name for time in (*fitting, *usable)), None)
