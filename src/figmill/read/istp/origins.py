"""From when a plain number counts time, as the words of a file say it: "UNIT since DATE".

Units and dates are those of udunits, which netCDF's conventions use, and the other spellings of
real files. What is understood in part only is not understood: a date with a figure left over, or
a time zone of unknown offset, would be a wrong time that looks like a right one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np

from figmill.read.istp.describe import Described
from figmill.read.istp.widths import time_unit

TimeScale = Literal["", "UTC", "TAI", "TT", "GPS"]

_COUNTED = r"(?:\s*,?\s*\b(?:that have |which have |have )?(?:elapsed|passed|counted|measured)\b)?"
_SINCE = re.compile(
    rf"(?P<before>^|.*?[\s(\[,:;=])(?P<unit>[a-zµμ]+)(?:\.|\(s\))?{_COUNTED}"
    r"\s+(?P<word>since|from|after|past)\s+(?P<after>.*)",
    re.IGNORECASE | re.DOTALL,
)
# "hundredths of seconds", "10 seconds", "seconds of year": not counts of the unit itself.
_NOT_WHOLE = re.compile(r"(\bof|\d|ths?|half|-|/)\s*$", re.IGNORECASE)
_HOW_MANY = re.compile(
    r"\b(number|count|amount|total|fraction|time|units?)\s+of\s*$", re.IGNORECASE
)
_SCALE = r"TAI|TDT|TDB|TT|ET|GPST?|UTC|UT1?|GMT"
_SCALES: dict[str, TimeScale] = {"UTC": "UTC", "UT": "UTC", "UT1": "UTC", "GMT": "UTC", "Z": "UTC"}
_SCALES |= {"TAI": "TAI", "GPS": "GPS", "GPST": "GPS"}
_SCALES |= dict.fromkeys(("TT", "TDT", "TDB", "ET"), "TT")  # TDB is within 2 ms of TT
_SCALE_BEFORE = re.compile(rf"\b({_SCALE})\b(?:\s+time)?(?:\s+in)?\s*$")
_SCALE_AFTER = re.compile(rf"\s*[,;]?\s*[(\[]?\s*(?:in\s+)?({_SCALE})\b")

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = "(?P<name>" + "|".join(_MONTHS) + r")[a-z]*\.?"
_CLOCK = (
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d{1,2})(?::(?P<second>\d{1,2}(?:\.\d*)?))?"
    r"|h(?:rs?)?(?![a-z]))"
)
_DATES = tuple(
    re.compile(rf"(?<![\w.:/-]){form}", re.IGNORECASE)
    for form in (
        r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?!\d)",
        r"(?P<year>\d{4})/(?P<month>\d{1,2})/(?P<day>\d{1,2})(?!\d)",
        r"(?P<year>\d{4})-(?P<doy>\d{3})(?!\d)",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?!\d)",
        rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s-]{_MONTH},?[\s-]"
        r"(?P<year>\d{4})(?!\d)",
        rf"{_MONTH}[\s-](?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?[\s-]"
        r"(?P<year>\d{4})(?!\d)",
        rf"(?P<year>\d{{4}})[\s-]{_MONTH}[\s-](?P<day>\d{{1,2}})(?!\d)",
        r"(?P<first>\d{1,2})/(?P<other>\d{1,2})/(?P<year>\d{4})(?!\d)",
        r"(?P<year>\d{4})(?![\d:/.]|-\d)",
    )
)
_TIME_OF_DAY = re.compile(rf"(?:T|\s*,?\s+(?:at\s+)?){_CLOCK}")
_DENSE_TIME = re.compile(r"T(?P<hour>\d{2})(?P<minute>\d{2})?(?P<second>\d{2}(?:\.\d*)?)?(?!\d)")
_HOUR_ALONE = re.compile(r"(?:T|\s+)(?P<hour>\d{1,2})(?![\d:./-])(?!\s*[a-z])", re.IGNORECASE)
_ZONE = re.compile(r"\s*(?P<zone>Z\b|[+-]\d{1,2}(?::?\d{2})?(?!\d))")
_BEFORE_DATE = re.compile(rf"^\D*$|^\D*?(?<!\d){_CLOCK}\D*$", re.IGNORECASE)
# What may not follow: more figures, halves of the day, zones of unknown offset.
_LEFT_OVER = re.compile(r"\s*[,.:/-]?\s*(\d|[ap]\.?m\b|[A-Z]{2,5}\b)", re.IGNORECASE)
_ZONE_WORD = re.compile(r"\s*\(?\s*[A-Z]{3,4}\b")
_MJD, _JULIAN, _MJD2000 = -3506716800.0, -2440587.5 * 86400.0, 946684800.0
J2000 = 946728000.0
"""Noon of 2000-01-01, in seconds of 86,400 a day."""
_J2000_NAME = re.compile(r"\bJ2000(\.0)?\b", re.IGNORECASE)
_UNIX_NAME = re.compile(r"\b(unix|posix)\b", re.IGNORECASE)
_DAY_COUNTS = (
    (re.compile(r"\b(MJD2000|modified julian (date|days?),? 2000)\b", re.IGNORECASE), _MJD2000),
    (re.compile(r"\b(MJD|modified[ _]julian[ _](dates?|days?))\b", re.IGNORECASE), _MJD),
    (re.compile(r"\b(JD|julian[ _](dates?|days?))\b", re.IGNORECASE), _JULIAN),
)
# What a count of days must be like, that a day of the year is not taken for a Julian day.
_DAYS = {_MJD2000: (-40000.0, 40000.0), _MJD: (15000.0, 100000.0), _JULIAN: (2.3e6, 2.6e6)}


@dataclass(frozen=True, slots=True)
class Origin:
    """From when a plain number counts time, and in what.

    Attributes
    ----------
    seconds
        One unit of the count, in seconds.
    start
        The moment of its zero: seconds of 86,400 a day since 1970-01-01, in its own scale.
    said
        The words of the file.
    by_name
        Whether they name J2000, a moment of Terrestrial Time, and neither a date nor a scale.
    scale
        The time scale that the file names; "" counts as UTC without leap seconds.
    among
        Least and largest count that can be one; such words are used for other things too.
    """

    seconds: float
    start: float
    said: str
    by_name: bool = False
    scale: TimeScale = ""
    among: tuple[float, float] = (-np.inf, np.inf)


def origin_of(described: Described, name: str) -> Origin | None:
    """Find what a plain number counts, by UNITS, else by its description, else by TIME_BASE.

    Parameters
    ----------
    described, name
        The file, and the variable.

    Returns
    -------
    Origin or None
        None where nothing is said, or nothing that is understood.
    """
    declared = _SCALES.get(described.text(name, "TIME_SCALE").strip().upper(), "")
    for key in ("UNITS", "CATDESC", "LABLAXIS", "FIELDNAM"):
        text = described.text(name, key)
        found = _counted(text, declared) or (
            _named_count(described, name, text, in_units=key == "UNITS")
        )
        if found is not None:
            return found
    base = described.text(name, "TIME_BASE")
    seconds = time_unit(described.unit(name))
    if seconds is None or not base:
        return None
    started = _start(base)
    if started is None:
        return None
    start, scale, by_name = started
    scale = declared or scale
    said = f"{described.unit(name)}, TIME_BASE {base}"
    return Origin(seconds, start, said, by_name and not scale, scale)


def misunderstood(described: Described, name: str) -> str:
    """Give the words that count a time from something that is not understood, or ""."""
    for key in ("UNITS", "CATDESC", "LABLAXIS", "FIELDNAM"):
        text = described.text(name, key)
        found = _SINCE.fullmatch(text)
        if found and found["word"].lower() == "since" and origin_of(described, name) is None:
            return text.strip()
    return ""


def _counted(text: str, declared: TimeScale) -> Origin | None:
    """Read "UNIT since DATE"."""
    found = _SINCE.fullmatch(text)
    if found is None:
        return None
    seconds = time_unit(found["unit"], longer=True)
    before = found["before"]
    if seconds is None or (_NOT_WHOLE.search(before) and not _HOW_MANY.search(before)):
        return None
    started = _start(found["after"])
    if started is None:
        return None
    start, scale, by_name = started
    named = _SCALE_BEFORE.search(before)
    scale = declared or (_SCALES[named[1]] if named else scale)
    return Origin(seconds, start, text.strip(), by_name and not scale, scale)


def _named_count(described: Described, name: str, text: str, *, in_units: bool) -> Origin | None:
    """Read counts that have a name: UNIX time, Julian days."""
    unit = time_unit(described.unit(name))
    if _UNIX_NAME.search(text):
        words = [time_unit(word) for word in re.findall(r"[A-Za-zµμ]{2,}", text)]
        spelled = next((size for size in words if size is not None), 1.0)
        return Origin(spelled if unit is None else unit, 0.0, text.strip())
    for pattern, start in _DAY_COUNTS:
        whole = pattern.fullmatch(text.strip())
        unsaid = not described.unit(name).strip(" -") or unit == 86400.0
        if whole or (not in_units and pattern.search(text) and unsaid):
            return Origin(86400.0, start, text.strip(), among=_DAYS[start])
    return None


def _start(text: str) -> tuple[float, TimeScale, bool] | None:
    """A moment in words: its seconds, its scale, and whether it is J2000 by name alone."""
    dated = _date(text)
    if _J2000_NAME.search(text):
        if dated is not None and re.search(r"\d:\d\d", text):
            return *dated, False
        scale = re.search(rf"\b({_SCALE})\b", text)
        return J2000, _SCALES[scale[1]] if scale else "", True
    if dated is not None:
        return *dated, False
    if _UNIX_NAME.search(text) or re.match(r"(the )?epoch\b(?!.*\d)", text, re.IGNORECASE):
        return 0.0, "", False
    if re.search(r"\bMJD\b", text) and not re.search(r"\d", text):
        return _MJD, "", False
    return None


def _date(text: str) -> tuple[float, TimeScale] | None:
    """Seconds from 1970 to a date in words, and its scale; None where it is none or unclear."""
    text = text.strip()
    found = next((hit for form in _DATES if (hit := form.search(text))), None)
    if found is None:
        return None
    part = {key: value for key, value in found.groupdict().items() if value}
    midnight = _midnight(part)
    before = _BEFORE_DATE.match(text[: found.start()])
    if midnight is None or before is None:
        return None
    rest = text[found.end() :]
    clock = before if before["hour"] else None
    if clock is None:
        forms = (_TIME_OF_DAY, _DENSE_TIME, _HOUR_ALONE)
        clock = next((hit for form in forms if (hit := form.match(rest))), None)
        rest = rest[clock.end() :] if clock else rest
    seconds = midnight
    if clock is not None:
        told = clock.groupdict()
        hour, minute, second = (float(told.get(key) or 0) for key in ("hour", "minute", "second"))
        if hour > 24 or minute >= 60 or second >= 61:
            return None
        seconds += 3600.0 * hour + 60.0 * minute + second
    if zone := _ZONE.match(rest):
        rest = rest[zone.end() :]
        if sign := re.fullmatch(r"([+-])(\d{1,2}):?(\d{2})?", zone["zone"]):
            away = 3600.0 * int(sign[2]) + 60.0 * int(sign[3] or 0)
            seconds += -away if sign[1] == "+" else away
    scale = _SCALE_AFTER.match(rest)
    if scale is not None:
        rest = rest[scale.end() :]
    left = _LEFT_OVER.match(rest)
    if left and (left[1].isdigit() or left[1].lower().startswith(("am", "pm", "a.m", "p.m"))):
        return None
    if clock is not None and scale is None and _ZONE_WORD.match(rest):
        word = rest.strip(" ()").split()[0].strip("()")
        if word.isupper() and word not in ("MJD",):
            return None
    return seconds, _SCALES[scale[1]] if scale else ("UTC" if zone else "")


def _midnight(part: dict[str, str]) -> float | None:
    """Seconds from 1970 to the begin of a date, proleptic Gregorian; None where there is none."""
    month, day = int(part.get("month", 1)), int(part.get("day", 1))
    if "name" in part:
        month = 1 + _MONTHS.index(part["name"].lower())
    if "first" in part:
        # Which of the two is the day shows only where one is no month, or both are the same.
        first, other = int(part["first"]), int(part["other"])
        if first != other and max(first, other) <= 12:
            return None
        month, day = min(first, other), max(first, other)
    try:
        date = np.datetime64(f"{int(part['year']):04}-{month:02}-{day:02}", "D")
    except ValueError:
        return None
    days = int(date.astype(np.int64)) + int(part.get("doy", 1)) - 1
    return 86400.0 * days
