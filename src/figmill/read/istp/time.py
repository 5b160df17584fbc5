"""When each record of a CDF file was measured, and for how long."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from figmill.notes import Note
from figmill.read.istp.describe import Described, Float64, partner

_BEGINS = re.compile(r"\b(begin|start)(ning)?\s+of\b", re.IGNORECASE)
_SECONDS = {
    **dict.fromkeys(("ps", "psec", "picoseconds"), 1e-12),
    **dict.fromkeys(("ns", "nsec", "nanosecond", "nanoseconds"), 1e-9),
    **dict.fromkeys(("us", "usec", "µs", "microsecond", "microseconds"), 1e-6),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), 1e-3),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86400.0),
}
_OWN_UNIT = {"epoch": "ms", "epoch16": "ps", "tt2000": "ns"}
_HAIRLINE = 0.01
_GAP = 1.75
_LATEST_UNIX = 6e9


@dataclass(frozen=True, slots=True, eq=False)
class TimeAxis:
    """When each record was measured, in UNIX seconds.

    Attributes
    ----------
    name
        The variable.
    centers
        Shape (n,), as the file orders them; NaN where missing.
    lo, hi
        Begin and end of each record, where the file gives them, else None. An instrument that
        measures half of the time has records that do not touch.
    """

    name: str
    centers: Float64
    lo: Float64 | None = None
    hi: Float64 | None = None


def read_time(described: Described, name: str, notes: list[Note]) -> TimeAxis:
    """Read the time of each record, with its bounds where the file gives them.

    Parameters
    ----------
    described
        The file.
    name
        A variable of one of CDF's time types, or UNIX seconds.
    notes
        What was assumed or left out is added to it.
    """
    centers = described.numbers(name).astype(np.float64).reshape(-1)
    seconds = described.number(name, "BIN_SECONDS")
    if seconds is not None:
        return _anchored(name, centers, np.full_like(centers, seconds), described)
    bounds = [partner(described, name, key, centers, notes) for key in ("LOW_VAR", "HIGH_VAR")]
    if bounds[0] is not None and bounds[1] is not None:
        return _checked_time(name, centers, bounds[0], bounds[1], notes)
    plus, minus = (
        _seconds(described, name, key, centers, notes)
        for key in ("DELTA_PLUS_VAR", "DELTA_MINUS_VAR")
    )
    if plus is not None or minus is not None:
        lo = centers - (0.0 if minus is None else np.abs(minus))
        hi = centers + (0.0 if plus is None else np.abs(plus))
        return _checked_time(name, centers, lo, hi, notes)
    if _BEGINS.search(described.words(name)) and len(centers) > 1:
        text = (
            "it is the beginning of each record, by its description; a record lasts until the next"
        )
        notes.append(Note.info("time-begins-record", text, name))
        return _anchored(name, centers, _steps(centers), described, anchor="start")
    return TimeAxis(name=name, centers=centers)


def is_unix_time(described: Described, name: str) -> bool:
    """Whether a plain number is a UNIX time: its unit is seconds and its values are of this age."""
    variable = described.variable(name)
    if variable is None or not variable.is_number or variable.is_empty:
        return False
    if described.unit(name).lower() not in _SECONDS or len(variable.shape) != 1:
        return False
    values = described.numbers(name)
    finite = values[np.isfinite(values)]
    return bool(finite.size and finite.min() > 1e7 and finite.max() < _LATEST_UNIX)


def _anchored(
    name: str, times: Float64, lasts: Float64, described: Described, anchor: str = ""
) -> TimeAxis:
    share = {"start": 0.0, "center": 0.5, "end": 1.0}.get(
        anchor or described.text(name, "BIN_ANCHOR") or "center", 0.5
    )
    lo = times - share * lasts
    return TimeAxis(name=name, centers=lo + 0.5 * lasts, lo=lo, hi=lo + lasts)


def _steps(times: Float64) -> Float64:
    """How long each record lasts if it lasts until the next, but no longer than is usual here."""
    steps = np.diff(times)
    steps = np.append(steps, steps[-1])
    steps[~(steps > 0)] = np.nan
    usual = float(np.nanmedian(steps)) if np.isfinite(steps).any() else 1.0
    return np.where(steps <= _GAP * usual, steps, usual)


def _checked_time(
    name: str, centers: Float64, lo: Float64, hi: Float64, notes: list[Note]
) -> TimeAxis:
    """Join records that all but touch, and give up bounds that cannot be used."""
    known = np.isfinite(centers)
    sound = known & np.isfinite(lo) & np.isfinite(hi) & (lo < hi)
    lost = int(np.count_nonzero(known) - np.count_nonzero(sound))
    if 2 * np.count_nonzero(sound) < np.count_nonzero(known):
        text = "its bounds are unusable; records reach midway to their neighbours"
        notes.append(Note.doubt("time-bounds-unusable", text, name))
        return TimeAxis(name=name, centers=centers)
    if lost:
        text = f"{lost} records without a usable beginning and end are left out"
        notes.append(Note.loss("records-without-bounds", text, name))
    lo, hi = np.where(sound, lo, np.nan), np.where(sound, hi, np.nan)
    if len(lo) > 1:
        # Widths are often rounded: a sliver of a gap is not a gap.
        with np.errstate(invalid="ignore"):
            sliver = np.abs(lo[1:] - hi[:-1]) < _HAIRLINE * (hi - lo)[:-1]
        hi[:-1] = np.where(sliver, lo[1:], hi[:-1])
    return TimeAxis(name=name, centers=np.where(sound, 0.5 * (lo + hi), centers), lo=lo, hi=hi)


def _seconds(
    described: Described, name: str, attribute: str, centers: Float64, notes: list[Note]
) -> Float64 | None:
    values = partner(described, name, attribute, centers, notes)
    if values is None:
        return None
    width = described.text(name, attribute)
    kind = described.cdf.variables[name].kind
    unit = described.unit(width).strip().lower() or _OWN_UNIT.get(kind, "s")
    if unit not in _SECONDS:
        text = f"its unit, {unit!r}, is not a time; it is not used"
        notes.append(Note.doubt("width-not-a-time", text, width))
        return None
    return values * _SECONDS[unit]
