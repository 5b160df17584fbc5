"""When each record of a CDF file was measured, and for how long."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from figmill.figure.bins import Bins, time_bins
from figmill.figure.cadence import strays
from figmill.figure.leap_seconds import SECOND, leaps_within
from figmill.figure.overlaps import cut_overlaps, were_cut
from figmill.notes import Note
from figmill.read.cdf.epochs import scale_to_unix, tt2000_to_unix
from figmill.read.istp.describe import Described, Float64
from figmill.read.istp.origins import J2000, origin_of
from figmill.read.istp.valid import missing
from figmill.read.istp.widths import partner, time_unit

# What says that a time is the begin of its own record; "since the beginning of 1970" does not.
_BEGINS = re.compile(
    r"(?<!since )(?<!since the )\bbegin(ning)? of (the |an |each |every |its )?"
    r"([a-z-]+ )?(interval|period|accumulation|record|average|averaging|integration|measurement"
    r"|sample|bin|window|spin|sweep)s?\b",
    re.IGNORECASE,
)
# Steps that UNIX seconds, which keep 0.2 us, would distort.
_CLOSE_S = 2e-5
_HAIRLINE = 0.01
_GAP = 1.75
_LATEST_UNIX = 6e9
# A scale less TAI, s: GPS time began with that of 1980, TT is defined so.
_AHEAD_OF_TAI = {"TAI": 0.0, "TT": 32.184, "GPS": -19.0}


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
        measures half of the time has records that do not touch; records that overlapped are cut
        midway.
    tai
        Where UNIX seconds cannot tell the records apart (a leap second, steps below a
        microsecond): begin and end of each in nanoseconds of TAI, shape (2, n). Else None.
    """

    name: str
    centers: Float64
    lo: Float64 | None = None
    hi: Float64 | None = None
    tai: npt.NDArray[np.int64] | None = None


def read_time(described: Described, name: str, notes: list[Note]) -> TimeAxis:
    """Read the time of each record, with its bounds where the file gives them.

    Parameters
    ----------
    described
        The file.
    name
        A variable of one of CDF's time types, or a number that `is_unix_time` takes for a time.
    notes
        What was assumed or left out is added to it.
    """
    centers = _moments(described, name, notes)
    counts = _apart(described, name, centers)
    known = np.isfinite(centers)
    distinct = np.unique((centers if counts is None else counts)[known]).size
    if again := int(np.count_nonzero(known)) - distinct:
        text = (
            f"{again} records have the time of another; such share a column, which has their mean"
        )
        notes.append(Note.loss("times-repeated", text, name))
    if counts is None:
        return _bounded(described, name, centers, notes)
    if leaps_within(float(centers[known].min()) - 1.0, float(centers[known].max()) + 1.0):
        text = "a leap second lies within; it has a place of its own on the axis"
        notes.append(Note.info("leap-second-shown", text, name))
    # The same by seconds from the first record, which keep what the file has.
    first = int(counts[known].min())
    elapsed = np.where(known, (counts - first) / SECOND, np.nan)
    found = _bounded(described, name, elapsed, notes)
    lo, hi = found.lo, found.hi
    if lo is None or hi is None:
        around = time_bins(elapsed)
        lo, hi = around.lo, around.hi
    used = np.isfinite(lo) & np.isfinite(hi)
    tai = np.stack(
        [np.where(used, np.round(each * SECOND), 0).astype(np.int64) for each in (lo, hi)]
    )
    tai += first
    bins = Bins.from_tai(tai, used)
    return TimeAxis(name=name, centers=centers, lo=bins.lo, hi=bins.hi, tai=tai)


def _apart(described: Described, name: str, centers: Float64) -> npt.NDArray[np.int64] | None:
    """Exact times, where UNIX seconds would fold or merge them; else None."""
    times = centers[np.isfinite(centers)]
    if times.size < 2 or not described.cdf.variables[name].is_time:
        return None
    if any(described.text(name, key) for key in ("LOW_VAR", "HIGH_VAR")):
        return None  # which are in UNIX seconds
    steps = np.abs(np.diff(times))
    close = bool((steps < _CLOSE_S).any())
    if not close and not leaps_within(float(times.min()) - 1.0, float(times.max()) + 1.0):
        return None
    return described.cdf.tai(name)


def _bounded(described: Described, name: str, centers: Float64, notes: list[Note]) -> TimeAxis:
    """The bounds of records at these times, in seconds from anywhere."""
    seconds = described.number(name, "BIN_SECONDS")
    if seconds is not None:
        share = {"start": 0.0, "center": 0.5, "end": 1.0}.get(
            described.text(name, "BIN_ANCHOR") or "center", 0.5
        )
        lo = centers - share * seconds
        return TimeAxis(name=name, centers=lo + 0.5 * seconds, lo=lo, hi=lo + seconds)
    bounds = [partner(described, name, key, centers, notes) for key in ("LOW_VAR", "HIGH_VAR")]
    if bounds[0] is not None and bounds[1] is not None:
        return _checked_time(name, centers, bounds[0], bounds[1], notes)
    location = bin_location(described, name, notes)
    plus, minus = (
        partner(described, name, key, centers, notes)
        for key in ("DELTA_PLUS_VAR", "DELTA_MINUS_VAR")
    )
    if plus is not None or minus is not None:
        below = np.zeros_like(centers) if minus is None else np.abs(minus)
        above = np.zeros_like(centers) if plus is None else np.abs(plus)
        return _checked_time(name, centers, centers - below, centers + above, notes)
    if location is not None and location != 0.5:
        text = f"its BIN_LOCATION is {location:g}; a record lasts until the next"
        notes.append(Note.info("time-bin-location", text, name))
        return _located(name, centers, location)
    if location is None and _BEGINS.search(described.words(name)) and len(centers) > 1:
        text = (
            "it is the beginning of each record, by its description; a record lasts until the next"
        )
        notes.append(Note.info("time-begins-record", text, name))
        return _located(name, centers, 0.0)
    return TimeAxis(name=name, centers=centers)


def bin_location(described: Described, name: str, notes: list[Note]) -> float | None:
    """Read BIN_LOCATION: where in its bin a value stands, 0 its begin, 1 its end."""
    if described.get(name, "BIN_LOCATION") is None:
        return None
    words = {"begin": 0.0, "start": 0.0, "center": 0.5, "centre": 0.5, "middle": 0.5, "end": 1.0}
    word = described.text(name, "BIN_LOCATION").strip().lower()
    location = words.get(word, described.number(name, "BIN_LOCATION"))
    if location is None or not 0 <= location <= 1:
        said = described.get(name, "BIN_LOCATION")
        text = f"its BIN_LOCATION, {said!r}, is not a number from 0 to 1 and is not used"
        notes.append(Note.doubt("bin-location-unusable", text, name))
        return None
    return location


def is_unix_time(described: Described, name: str) -> bool:
    """Whether a plain number is a time: its origin is said, or it has UNIX seconds of this age."""
    variable = described.variable(name)
    if variable is None or not variable.is_number or variable.is_empty or len(variable.shape) != 1:
        return False
    origin = origin_of(described, name)
    if origin is not None and origin.among == (-np.inf, np.inf):
        return True
    if origin is None and time_unit(described.unit(name)) != 1.0:
        return False
    values = described.numbers(name)
    finite = values[np.isfinite(values)]
    least, most = (1e7, _LATEST_UNIX) if origin is None else origin.among
    return bool(finite.size and finite.min() > least and finite.max() < most)


def _moments(described: Described, name: str, notes: list[Note]) -> Float64:
    """UNIX seconds of each record, with NaN for what cannot be a time of it."""
    centers = described.numbers(name, notes).astype(np.float64).reshape(-1)
    variable = described.cdf.variables[name]
    values = described.read(name).reshape(-1)
    gone = missing(values, described.get(name, "FILLVAL"))
    if count := int(np.count_nonzero(gone)):
        text = f"{count} records have no time and are left out"
        notes.append(Note.loss("records-without-time", text, name))
    if not variable.is_time:
        centers = _counted(described, name, centers, values, gone, notes)
    away = strays(centers)
    if count := int(np.count_nonzero(away)):
        # A minute more, since the leap seconds before 1972 are those of 1972.
        dates = ((centers[away] + 60.0) * 1e3).astype("datetime64[ms]")
        years = sorted({int(date[:4]) for date in np.datetime_as_string(dates, unit="Y")})
        when = f"in {years[0]}" if len(years) == 1 else f"from {years[0]} to {years[-1]}"
        text = f"{count} records have times far from all others ({when}) and are left out"
        notes.append(Note.loss("times-far-from-others", text, name))
        centers = np.where(away, np.nan, centers)
    return centers


def _counted(
    described: Described,
    name: str,
    counts: Float64,
    raw: npt.NDArray[Any],
    gone: npt.NDArray[np.bool_],
    notes: list[Note],
) -> Float64:
    """UNIX seconds of plain numbers that count time from an origin."""
    origin = origin_of(described, name)
    if origin is None:
        unit = described.unit(name)
        text = f"it has {unit!r} and nothing says since when; seconds since 1970-01-01 are assumed"
        if described.text(name, "TIME_BASE"):
            text += f" (TIME_BASE {described.text(name, 'TIME_BASE')!r} is not understood)"
        notes.append(Note.doubt("time-origin-assumed", text, name))
        return counts
    said = f"it counts {origin.said!r}"
    nanoseconds = origin.by_name or origin.scale == "TT"
    if nanoseconds and origin.start == J2000 and origin.seconds == 1e-9 and raw.dtype.kind == "i":
        moments = np.where(gone, np.nan, tt2000_to_unix(raw))
        text = f"{said}; Terrestrial Time is assumed, as TT2000 has it"
        if origin.by_name:
            notes.append(Note.doubt("time-scale-assumed", text, name))
        else:
            notes.append(Note.info("time-from-words", said, name))
        return moments
    moments = origin.start + counts * origin.seconds
    if origin.by_name:
        text = f"{said}; noon of 2000-01-01 in UTC is assumed"
        notes.append(Note.doubt("time-scale-assumed", text, name))
    elif origin.scale in _AHEAD_OF_TAI:
        moments = scale_to_unix(moments, _AHEAD_OF_TAI[origin.scale])
        text = f"{said} in {origin.scale}; its leap seconds are taken off"
        notes.append(Note.info("time-scale-converted", text, name))
    elif not described.overridden(name):  # a correction is told as such
        notes.append(Note.info("time-from-words", said, name))
    return moments


def _located(name: str, times: Float64, share: float) -> TimeAxis:
    """Records that touch, each with its time at one share of its length."""
    lo, hi = np.full_like(times, np.nan), np.full_like(times, np.nan)
    known = np.flatnonzero(np.isfinite(times))
    order = known[np.argsort(times[known], kind="stable")]
    ascending = times[order]
    if len(order) < 2:
        return TimeAxis(name=name, centers=times)
    # The cell around each time says how long it lasts where its neighbour is missing.
    around = time_bins(ascending)
    width = around.hi - around.lo
    steps = np.diff(ascending)
    touching = (around.hi[:-1] >= around.lo[1:]) & (steps > 0)
    after = np.where(np.append(touching, False), np.append(steps, np.nan), width)
    before = np.where(np.insert(touching, 0, False), np.insert(steps, 0, np.nan), width)
    lo[order], hi[order] = ascending - share * before, ascending + (1 - share) * after
    return TimeAxis(name=name, centers=0.5 * (lo + hi), lo=lo, hi=hi)


def _checked_time(
    name: str, centers: Float64, lo: Float64, hi: Float64, notes: list[Note]
) -> TimeAxis:
    """Complete bounds, join records that all but touch, and cut those that overlap."""
    known = np.isfinite(centers)
    sound = known & np.isfinite(lo) & np.isfinite(hi) & (lo < hi)
    if 2 * np.count_nonzero(sound) < np.count_nonzero(known):
        text = "its bounds are unusable; records reach midway to their neighbours"
        notes.append(Note.doubt("time-bounds-unusable", text, name))
        return TimeAxis(name=name, centers=centers)
    lost = known & ~sound
    lo, hi = np.where(sound, lo, np.nan), np.where(sound, hi, np.nan)
    if lost.any():
        # As long as the cadence around, and with its time at the usual share of its length.
        around = time_bins(centers)
        width = (around.hi - around.lo)[lost]
        share = float(np.median((centers[sound] - lo[sound]) / (hi[sound] - lo[sound])))
        lo[lost], hi[lost] = centers[lost] - share * width, centers[lost] + (1 - share) * width
        text = (
            f"{int(lost.sum())} records have no usable beginning and end; they are as long as "
            "the cadence around them"
        )
        notes.append(Note.info("record-length-from-cadence", text, name))
        sound = known & (lo < hi)
    if len(lo) > 1:
        # Widths are often rounded: a sliver of a gap is not a gap.
        with np.errstate(invalid="ignore"):
            sliver = np.abs(lo[1:] - hi[:-1]) < _HAIRLINE * (hi - lo)[:-1]
        hi[:-1] = np.where(sliver, lo[1:], hi[:-1])
        if bool((hi[:-1] <= lo[1:]).all()):  # as most are: in order, and apart
            return TimeAxis(name=name, centers=0.5 * (lo + hi), lo=lo, hi=hi)
        cut_lo, cut_hi = cut_overlaps(lo, hi, "linear", mirror=True)
        if count := were_cut(lo, hi, cut_lo, cut_hi):
            text = f"{count} records overlap, by their declared length; they are cut midway"
            notes.append(Note.info("records-cut-midway", text, name))
        lo, hi = cut_lo, cut_hi
    return TimeAxis(name=name, centers=np.where(sound, 0.5 * (lo + hi), centers), lo=lo, hi=hi)
