"""Values by record that are no spectrogram: time series, vectors, sensors, flags.

`find_lines` looks at descriptions alone, at what `find_spectrograms` left; `load_lines` reads one.
Times, fill, valid ranges and counts of records are dealt with by the code for spectrograms.

Source: ISTP Metadata Guidelines, "Variable Attributes" (DEPEND_0, LABL_PTR_i, UNIT_PTR,
DELTA_PLUS_VAR, SCALETYP, VAR_TYPE, DISPLAY_TYPE).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import numpy.typing as npt

from figmill.notes import Note
from figmill.read.cdf.file import CdfFile, CdfVariable
from figmill.read.istp.describe import Described, Float64
from figmill.read.istp.find import (
    PRIMARY,
    Dimension,
    Findings,
    display_type,
    is_view,
    part_names,
    time_of,
)
from figmill.read.istp.idl_text import markup, unit_markup
from figmill.read.istp.line_variable import (
    MOST_LINES,
    Kind,
    LineCandidate,
    LineFindings,
    LineVariable,
)
from figmill.read.istp.overrides import BUILTIN, Override
from figmill.read.istp.spectrograms import Values, common_records, virtual_notes
from figmill.read.istp.states import state_names, states_of
from figmill.read.istp.tables import element_axis, load_table, table_candidate
from figmill.read.istp.time import read_time
from figmill.read.istp.value_axis import period_of, scale_of
from figmill.read.istp.values import read_values
from figmill.read.istp.virtual import function_of, why_not_computed
from figmill.read.istp.widths import partner

_NOT_LINES = ("is an image ", "is a map ")
_UNUSABLE = ("names ", "does not say what ")
_BOUNDS = ("DELTA_PLUS_VAR", "DELTA_MINUS_VAR", "LOW_VAR", "HIGH_VAR", "WIDTH_VAR", "QUALITY_VAR")
_UNNAMED = "element of "
# Elements of a variable as DISPLAY_TYPE spells them: y=flux(3), indices from 1.
_ELEMENT = re.compile(r"\by\s*=\s*(\w+)\s*\(\s*(\d+)\s*\)")


def find_lines(
    cdf: CdfFile, findings: Findings, *, overrides: Sequence[Override] = ()
) -> LineFindings:
    """Find the variables of a file that can be drawn over time and are no spectrograms.

    Parameters
    ----------
    cdf
        The file.
    findings
        What `find_spectrograms` found in it.
    overrides
        The same as were given to it.
    """
    described = Described(cdf, (*BUILTIN, *overrides))
    spectrograms = {item.name for item in findings.candidates}
    times = {item.time for item in findings.candidates}
    times |= {described.text(name, "DEPEND_0") for name in cdf.variables}
    belonging = {described.text(name, key) for name in cdf.variables for key in _BOUNDS}
    candidates: list[LineCandidate] = []
    rejected: dict[str, str] = {}
    unasked: list[str] = []
    puzzling: list[tuple[str, str]] = []
    time_found: dict[tuple[str, str, int], str | None] = {}
    # With what is virtual as it is once it is computed: in the file it has no records.
    for variable in described.cdf.variables.values():
        name = variable.name
        if name in spectrograms:
            continue
        why = findings.rejected.get(name, "")
        judged = _judge(described, variable, why, time_found)
        if isinstance(judged, str):
            rejected[name] = judged
            wanted = display_type(described, name) != "no_plot"
            is_data = described.text(name, "VAR_TYPE").lower() in PRIMARY
            if is_data and wanted and _is_lost(described, variable):
                puzzling.append((name, judged))
            continue
        if why.startswith(_UNUSABLE) or " where " in why:
            text = f"it {why}; it is drawn by the number of its elements"
            doubt = Note.doubt("axis-not-used", text, name)
            judged = replace(judged, doubts=(*judged.doubts, doubt))
        is_data = described.text(name, "VAR_TYPE").lower() in PRIMARY
        display = display_type(described, name)
        aside = why.startswith("is an axis of ") or name in times or name in belonging
        sensible = judged.count <= MOST_LINES or why.startswith("has components with names")
        unwanted = display == "no_plot" or is_view(described, variable)
        aside = aside or not judged.time
        primary = is_data and not aside and sensible and not unwanted
        if is_data and not aside and unwanted:
            unasked.append(name)
        # What says of itself neither what it is nor when it was measured is not drawn unasked.
        if not described.text(name, "VAR_TYPE") and judged.doubts:
            primary = False
        candidates.append(replace(judged, primary=primary))
    return LineFindings(tuple(candidates), rejected, tuple(unasked), tuple(puzzling))


def _is_lost(described: Described, variable: CdfVariable) -> bool:
    """Whether a virtual variable would have values, were its function or its components known."""
    if not variable.is_empty or not function_of(variable):
        return False
    named = [described.variable(variable.text(f"COMPONENT_{i}").strip()) for i in range(4)]
    known = [each for each in named if each is not None]
    return not known or not all(each.is_empty for each in known)


def _judge(
    described: Described,
    variable: CdfVariable,
    why: str,
    time_found: dict[tuple[str, str, int], str | None],
) -> LineCandidate | str:
    """Make a candidate of a variable, or say why it is none ("it ...")."""
    name = variable.name
    if not variable.is_number or variable.kind == "unknown":
        return "holds times" if variable.is_time else "holds text"
    if not variable.record_varying:
        return table_candidate(described, variable)
    if variable.is_empty:
        why_empty = f" {why_not_computed(variable)}" if function_of(variable) else ""
        return f"is a time series without records{why_empty}"
    if why.startswith(_NOT_LINES):
        return why
    doubts: list[Note] = []
    # Most variables of a file have one time, and to judge a plain number it has to be read.
    named = (described.text(name, "DEPEND_0"), described.text(name, "DEPEND_TIME"))
    key = (*named, variable.shape[0])
    if key not in time_found:
        time_found[key] = time_of(described, variable)
    time = time_found[key]
    if time is None:
        alike = [
            other.name
            for other in described.cdf.variables.values()
            if other.is_time and other.shape == variable.shape[:1]
        ]
        if len(alike) != 1:
            return "does not say when it was measured (no usable DEPEND_0)"
        (time,) = alike
        said = described.text(name, "DEPEND_0").strip() or "none"
        text = (
            f"it names no time that can be used (DEPEND_0: {said}); {time}, which has as many "
            "records, is taken"
        )
        doubts.append(Note.doubt("time-assumed", text, name))
    count = math.prod(variable.shape[1:])
    return LineCandidate(
        name=name,
        label=_label(described, name, many=len(variable.shape) > 1),
        unit=unit_markup(described.unit(name)),
        description=markup(described.text(name, "CATDESC") or described.text(name, "FIELDNAM")),
        primary=True,
        shape=variable.shape,
        time=time,
        count=count,
        doubts=tuple(doubts),
        chosen=_chosen(described, name, count),
    )


def _chosen(described: Described, name: str, count: int) -> tuple[int, ...]:
    """The parts that DISPLAY_TYPE names, counted from 1 there and from 0 here."""
    found = _ELEMENT.findall(described.text(name, "DISPLAY_TYPE"))
    numbers = [int(number) - 1 for each, number in found if each.lower() == name.lower()]
    inside = [number for number in dict.fromkeys(numbers) if 0 <= number < count]
    return tuple(inside) if count > 1 and len(inside) == len(set(numbers)) else ()


def _label(described: Described, name: str, *, many: bool) -> str:
    """The label of the y axis; components have names of their own, and a sentence is no label."""
    label = described.text(name, "LABLAXIS")
    return markup(label) if many else described.label(name)


def _parts(described: Described, variable: CdfVariable, notes: list[Note]) -> tuple[str, ...]:
    """What the values of one record are called."""
    names: list[tuple[str, ...]] = []
    for index, size in enumerate(variable.shape[1:], start=1):
        pointer = described.text(variable.name, f"DEPEND_{index}")
        dimension = Dimension(index, pointer, "other")
        found = part_names(described, variable.name, dimension, size)[:size]
        if len(found) != size or found[0].startswith(_UNNAMED):
            found = tuple(str(number) for number in range(1, size + 1))
            if size > 1:
                text = f"nothing names the {size} elements of its dimension {index}; numbers do"
                notes.append(Note.info("components-unnamed", text, variable.name))
        if size > 1:
            names.append(found)
    return tuple(", ".join(parts) for parts in product(*names))


def load_lines(
    cdf: CdfFile,
    candidate: LineCandidate,
    *,
    overrides: Sequence[Override] = (),
    described: Described | None = None,
) -> LineVariable:
    """Read values over time.

    Parameters
    ----------
    cdf
        The file that the candidate was found in.
    candidate
        From `find_lines`.
    overrides
        The same as were given to `find_lines`.
    described
        The file as these describe it, as for `load_spectrogram`: rows share their times then.

    Raises
    ------
    InvalidCdfError
        If values cannot be read.
    """
    known = Described(cdf, (*BUILTIN, *overrides)) if described is None else described
    described = known
    if not candidate.time:
        return load_table(described, candidate)
    notes: list[Note] = [*candidate.doubts]
    name, count = candidate.name, candidate.count
    time = known.once(
        ("time", candidate.time), lambda told: read_time(known, candidate.time, told), notes
    )
    whole = read_values(described, name, (), notes)
    below, above = _uncertainty(described, name, whole, notes)
    flat: Values = whole.reshape(len(whole), count)
    records, time, axis, _ = common_records(name, len(flat), time, element_axis(count), None, notes)
    values = flat[:records]
    low, high = (
        None if each is None else each.reshape(len(whole), count)[: len(values)]
        for each in (below, above)
    )
    parts = _parts(described, described.cdf.variables[name], notes)
    units = _units(described, name, count, candidate.unit)
    if which := list(candidate.chosen):
        gone = [part for number, part in enumerate(parts) if number not in which]
        if gone:
            text = f"its DISPLAY_TYPE names {len(which)} of {count} elements; not {', '.join(gone)}"
            notes.append(Note.info("elements-chosen-by-file", text, name))
        values = values[:, which]
        low, high = (None if each is None else each[:, which] for each in (low, high))
        parts, units = (tuple(each[number] for number in which) for each in (parts, units))
        axis = element_axis(len(which))
    display = [word.strip().lower() for word in described.text(name, "DISPLAY_TYPE").split(">")]
    if "noerrorbars" in display:
        low = high = None
    kind: Kind = "lines" if len(axis.centers) <= MOST_LINES else "sensors"
    states = None
    if kind == "lines" and states_of(described, name, values) is not None:
        kind, states = "states", state_names(described, name)
    virtual = virtual_notes(described, (name, candidate.time))
    overridden = [
        Note.info("metadata-overridden", why, each)
        for each in (name, candidate.time)
        for why in described.overridden(each)
    ]
    return LineVariable(
        name=name,
        label=candidate.label,
        description=candidate.description,
        kind=kind,
        scale="linear" if kind == "states" else scale_of(described, name, values, notes),
        values=values,
        time=time,
        parts=parts,
        units=units,
        low=low,
        high=high,
        states=states,
        scatter="scatter" in display,
        period=period_of(described, name, values),
        suggested=described.scale_limits(name),
        notes=tuple(dict.fromkeys((*overridden, *notes, *virtual))),
    )


def _uncertainty(
    described: Described, name: str, values: npt.NDArray[np.floating], notes: list[Note]
) -> tuple[Float64 | None, Float64 | None]:
    """Values less and plus their uncertainty; None where the file gives none."""
    numbers = values.astype(np.float64)
    found = []
    for attribute in ("DELTA_MINUS_VAR", "DELTA_PLUS_VAR"):
        other = described.variable(described.text(name, attribute))
        by_record = other is not None and other.record_varying and len(other.shape) == 1
        if by_record and values.ndim > 1:
            # One uncertainty for all parts of a record.
            flat = numbers.reshape(len(numbers), -1)
            width = partner(described, name, attribute, flat, notes)
            found.append(None if width is None else width.reshape(values.shape))
        else:
            found.append(partner(described, name, attribute, numbers, notes))
    minus, plus = found
    if minus is None and plus is None:
        return None, None
    # With one of the two alone, it goes to its own side only.
    low = numbers if minus is None else numbers - np.abs(minus)
    high = numbers if plus is None else numbers + np.abs(plus)
    return low, high


def _units(described: Described, name: str, count: int, common: str) -> tuple[str, ...]:
    """The unit of each part, from UNIT_PTR where that has as many."""
    pointed = described.variable(described.text(name, "UNIT_PTR"))
    if pointed is not None and pointed.kind == "text" and not pointed.is_empty:
        texts = [str(item) for item in np.ravel(described.cdf.read(pointed.name))]
        if len(texts) == count:
            return tuple(unit_markup(text) for text in texts)
    return (common,) * count
