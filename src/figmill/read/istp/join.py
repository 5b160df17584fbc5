"""Variables of several files on one axis of time: one after the other, none twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from figmill.figure.bins import Bins, BinTables, time_bins
from figmill.figure.leap_seconds import OFFSETS, SECOND, STARTS, in_leap_second, to_tai
from figmill.figure.overlaps import cut_overlaps
from figmill.notes import Note
from figmill.read.istp.axes import Axis
from figmill.read.istp.describe import Float64
from figmill.read.istp.line_variable import LineVariable
from figmill.read.istp.spectrograms import SpectrogramVariable
from figmill.read.istp.states import MOST_STATES
from figmill.read.istp.time import TimeAxis

Records = npt.NDArray[np.intp]
Variable = SpectrogramVariable | LineVariable


def join(variables: Sequence[Variable], notes: list[Note]) -> list[Variable]:
    """Join one variable of several files.

    Parameters
    ----------
    variables
        As each file has it, in any order.
    notes
        What was cut or could not be joined is added to it.

    Returns
    -------
    list
        One variable; more where they are not the same thing: of another unit, kind, or other
        components or angles. Those stay apart, with a doubt. Records of a file that begin before
        the end of the file that came before are left out.
    """
    groups: dict[tuple[object, ...], list[Variable]] = {}
    for variable in variables:
        groups.setdefault(_alike(variable), []).append(variable)
    if len(groups) > 1:
        text = f"it differs in unit, components or bins between files; {len(groups)} rows are drawn"
        notes.append(Note.doubt("variables-not-joined", text, variables[0].name))
    made: list[Variable] = []
    for group in groups.values():
        group.sort(key=lambda variable: _first(variable.time))
        spectrograms = [each for each in group if isinstance(each, SpectrogramVariable)]
        lines = [each for each in group if isinstance(each, LineVariable)]
        if spectrograms:
            made.append(_spectrogram(spectrograms, notes))
        if lines:
            made.append(_line(lines, notes))
    return made


def _alike(variable: Variable) -> tuple[object, ...]:
    """What has to be the same for two to be one."""
    if isinstance(variable, LineVariable) and variable.kind == "table":
        return "table", variable.units, variable.values.tobytes()
    if isinstance(variable, LineVariable):
        # A flag that has one value in one file and twenty in another is one variable.
        sensors = variable.kind == "sensors"
        return "line", variable.parts, variable.units, sensors
    third = variable.third
    beside = () if third is None else (third.name, third.unit, third.centers.shape[-1])
    fixed = () if third is None or third.varies else tuple(np.nan_to_num(third.centers).tolist())
    return "spectrogram", variable.unit, variable.y.unit, variable.values.ndim, beside, fixed


def _first(time: TimeAxis) -> float:
    known = time.centers[np.isfinite(time.centers)]
    return float(known.min()) if known.size else np.inf


def _spectrogram(
    variables: Sequence[SpectrogramVariable], notes: list[Note]
) -> SpectrogramVariable:
    first = variables[0]
    if len(variables) == 1:
        return first
    time, kept = _times(first.name, variables, notes)
    y, widths = _axis([each.y for each in variables], kept)
    third = first.third
    if third is not None and any(
        each.third is not None and each.third.varies for each in variables
    ):
        third, _ = _axis([each.third for each in variables if each.third is not None], kept)
    most = max(widths)
    parts: list[npt.NDArray[Any]] = []
    for variable, which in zip(variables, kept, strict=True):
        values: npt.NDArray[Any] = variable.values[which]
        room = most - values.shape[-1]
        if room:
            pad = [(0, 0)] * (values.ndim - 1) + [(0, room)]
            values = np.pad(values, pad, constant_values=np.nan)
        parts.append(values)
    return replace(
        first,
        scale="log" if any(each.scale == "log" for each in variables) else "linear",
        values=np.concatenate(parts),
        time=time,
        y=y,
        third=third,
        # One plain mean among them, and the whole is told to be plain.
        collapsed=min(each.collapsed for each in variables),
        weighted_by=_weighted_by(variables),
        beside=(third,) if third is not None and len(first.beside) == 1 else first.beside,
        notes=_told(variables),
    )


def _weighted_by(variables: Sequence[SpectrogramVariable]) -> str:
    """What the means of all were weighted by; "" where one is plain, or none has such weights."""
    names = dict.fromkeys(each.weighted_by for each in variables)
    if not any(names) or len({each.collapsed for each in variables}) > 1:
        return ""
    return " or ".join(name or "solid angle" for name in names)


def _line(variables: Sequence[LineVariable], notes: list[Note]) -> LineVariable:
    first = variables[0]
    if len(variables) == 1 or first.kind == "table":
        return first
    time, kept = _times(first.name, variables, notes)

    def joined(tables: Sequence[Float64 | None]) -> Float64 | None:
        if all(table is None for table in tables):
            return None
        whole = [
            variable.values.astype(np.float64) if table is None else table
            for variable, table in zip(variables, tables, strict=True)
        ]
        return np.concatenate([table[which] for table, which in zip(whole, kept, strict=True)])

    states: dict[int, str] = {}
    for variable in variables:
        states |= dict(variable.states or {})
    kinds = {variable.kind for variable in variables}
    values = np.concatenate(
        [variable.values[which] for variable, which in zip(variables, kept, strict=True)]
    )
    # Files that hold few values of it by chance do not make a flag of it.
    many = "states" in kinds and len(np.unique(values[np.isfinite(values)])) > MOST_STATES
    return replace(
        first,
        kind="lines" if many or "lines" in kinds else first.kind,
        scale="log" if {each.scale for each in variables} == {"log"} else "linear",
        values=values,
        time=time,
        low=joined([variable.low for variable in variables]),
        high=joined([variable.high for variable in variables]),
        states=states,
        notes=_told(variables),
    )


def _told(variables: Sequence[Variable]) -> tuple[Note, ...]:
    return tuple(dict.fromkeys(note for variable in variables for note in variable.notes))


def _times(
    name: str, variables: Sequence[Variable], notes: list[Note]
) -> tuple[TimeAxis, list[Records]]:
    """Put times one after the other; which records of each are taken."""
    times = [variable.time for variable in variables]
    every = [_unfolded(time) for time in times]
    starts = [float(np.nanmin(one)) for one in every[1:] if np.isfinite(one).any()]
    kept: list[Records] = []
    end = -np.inf
    dropped = 0
    for number, (variable, moments) in enumerate(zip(variables, every, strict=True)):
        with np.errstate(invalid="ignore"):
            later = moments > end
            # Fill at the end of a file takes no record of the next one away.
            there = np.isfinite(variable.values).reshape(len(moments), -1).any(axis=1)
            measured = moments[there & later]
            last = float(measured.max()) if measured.size else -np.inf
            later &= (moments <= last) | (moments < min(starts[number:], default=np.inf))
        dropped += int(np.count_nonzero(np.isfinite(moments) & ~later & there))
        kept.append(np.flatnonzero(later))
        known = moments[later]
        end = max(end, float(known.max())) if known.size else end
    if dropped:
        text = f"{dropped} records lie within the file before theirs and are left out"
        notes.append(Note.info("files-overlap", text, name))
    centers = np.concatenate([time.centers[which] for time, which in zip(times, kept, strict=True)])
    if all(time.lo is None or time.hi is None for time in times):
        return TimeAxis(times[0].name, centers, tai=_exact(times, kept)), kept
    lows, highs = [], []
    for time, which in zip(times, kept, strict=True):
        low, high = time.lo, time.hi
        if low is None or high is None:
            around = time_bins(time.centers)
            low, high = around.lo, around.hi
        lows.append(low[which])
        highs.append(high[which])
    low, high = np.concatenate(lows), np.concatenate(highs)
    tai = _exact(times, kept)
    if tai is not None:
        low, high = _exactly_cut(tai, np.isfinite(low) & np.isfinite(high))
    elif bool((high[:-1] > low[1:]).any()):
        low, high = cut_overlaps(low, high, "linear")
    return TimeAxis(times[0].name, centers, low, high, tai), kept


def _unfolded(time: TimeAxis) -> Float64:
    """Seconds of each record, without the fold that UNIX seconds have at a leap second."""
    era = np.clip(np.searchsorted(STARTS, time.centers, side="right") - 1, 0, None)
    seconds: Float64 = time.centers + OFFSETS[era]
    if time.tai is not None:
        # Second 60 has the numbers of second 0.
        folded = in_leap_second(time.tai[0] + (time.tai[1] - time.tai[0]) // 2)
        with np.errstate(invalid="ignore"):
            folded &= time.centers >= STARTS[era]
            folded &= time.centers < STARTS[era] + 1
        seconds = np.where(folded, seconds - 1.0, seconds)
    return seconds


def _exactly_cut(
    tai: npt.NDArray[np.int64], used: npt.NDArray[np.bool_]
) -> tuple[Float64, Float64]:
    """Cut records that overlap where files meet, in place; give their bounds in UNIX seconds."""
    used = used & (tai[0] < tai[1])
    if used.any():
        first = int(tai[:, used].min())
        low, high = (np.where(used, (each - first) / SECOND, np.nan) for each in tai)
        if bool((high[:-1] > low[1:]).any()):
            cut = cut_overlaps(low, high, "linear")
            tai[:, used] = np.round(np.stack(cut)[:, used] * SECOND).astype(np.int64) + first
    bins = Bins.from_tai(tai, used)
    return bins.lo, bins.hi


def _exact(times: Sequence[TimeAxis], kept: Sequence[Records]) -> npt.NDArray[np.int64] | None:
    """Begin and end of each record in TAI, where one of the files needs them."""
    if all(time.tai is None for time in times):
        return None
    parts: list[npt.NDArray[np.int64]] = []
    for time, which in zip(times, kept, strict=True):
        tai = time.tai
        if tai is None:
            low, high = time.lo, time.hi
            if low is None or high is None:
                around = time_bins(time.centers)
                low, high = around.lo, around.hi
            tai = np.array(
                [[to_tai(one) if np.isfinite(one) else 0 for one in ends] for ends in (low, high)]
            )
        parts.append(tai[:, which])
    return np.concatenate(parts, axis=1)


def _axis(axes: Sequence[Axis], kept: Sequence[Records]) -> tuple[Axis, list[int]]:
    """An axis for all records: the same for all, or by record; and how many bins each file has."""
    widths = [axis.centers.shape[-1] for axis in axes]
    first = axes[0]
    if all(_same(first, axis) for axis in axes):
        return first, widths
    most = max(widths)
    bounded = any(axis.lo is not None and axis.hi is not None for axis in axes)
    tables: tuple[list[Float64], list[Float64], list[Float64]] = ([], [], [])
    for axis, which in zip(axes, kept, strict=True):
        low, high = axis.lo, axis.hi
        if bounded and (low is None or high is None):
            rows = BinTables.from_center_rows(np.atleast_2d(axis.centers), scale=axis.scale)
            index = np.zeros(1, np.intp) if rows.index is None else rows.index
            low, high = (table[index].reshape(axis.centers.shape) for table in (rows.lo, rows.hi))
        for table, given in zip(tables, (axis.centers, low, high), strict=True):
            if given is not None:
                by_record = given[which] if axis.varies else np.tile(given, (len(which), 1))
                room = ((0, 0), (0, most - given.shape[-1]))
                table.append(np.pad(by_record, room, constant_values=np.nan))
    centers, low, high = (np.concatenate(table) if table else None for table in tables)
    assert centers is not None
    return replace(first, centers=centers, lo=low, hi=high), widths


def _same(one: Axis, other: Axis) -> bool:
    if one.varies or other.varies:
        return False
    pairs = ((one.centers, other.centers), (one.lo, other.lo), (one.hi, other.hi))
    return all(
        (a is None and b is None)
        or (a is not None and b is not None and np.array_equal(a, b, equal_nan=True))
        for a, b in pairs
    )
