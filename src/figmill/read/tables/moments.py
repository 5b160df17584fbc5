"""Dates and times as tables write them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from figmill.notes import Note
from figmill.read.tables.model import Vector
from figmill.read.text_notation import is_missing

_ISO = re.compile(r"\d{4}-\d\d?-\d\d?(?:[T ]\d\d?:\d\d.*)?")
_DATE = re.compile(
    r"(?P<a>\d{1,4})[./-](?P<b>\d{1,2})[./-](?P<c>\d{2,4})"
    r"(?:[ ,T]+(?P<h>\d{1,2}):(?P<m>\d\d)(?::(?P<s>\d\d(?:[.,]\d+)?))?(?: ?(?P<half>[AaPp][Mm]))?)?"
)
_PIVOT = 69
"""Two digits of a year from here on are of the last century, as POSIX's %y has it."""
_CLOCK = re.compile(r"(\d{1,3}):(\d\d):(\d\d(?:[.,]\d+)?)")


def looks_like_time(text: str) -> bool:
    """Whether a cell is a date, with or without a time, or a time of the day.

    Examples
    --------
    >>> [looks_like_time(t) for t in ("2024-05-01 12:00", "1.5.2024", "12:00:01", "1.5", "W12")]
    [True, True, True, False, False]
    """
    return any(pattern.fullmatch(text) for pattern in (_ISO, _DATE, _CLOCK))


def times_of(texts: Sequence[str], place: str) -> tuple[Vector, bool, list[Note]]:
    """Seconds of a column of dates or times of the day.

    Parameters
    ----------
    texts
        The cells.
    place
        The column, for notes.

    Returns
    -------
    seconds : ndarray
        Shape (n,), float64: since 1970, or of times of the day since midnight; NaN where a cell
        is neither.
    dated : bool
        Whether they are moments, not times of the day.
    notes : list of Note
        What had to be assumed.
    """
    notes: list[Note] = []
    if all(_CLOCK.fullmatch(text) for text in texts if not is_missing(text)):
        return _clock(texts, place, notes), False, notes
    order = _order(texts, place, notes)
    seconds = np.full(len(texts), np.nan)
    odd: list[int] = []
    zoned = local = 0
    for at, text in enumerate(texts):
        moment = _moment(text, order)
        if moment is not None:
            zoned += moment.tzinfo is not None
            local += moment.tzinfo is None
            seconds[at] = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        elif not is_missing(text):
            odd.append(at)
    if odd:
        text = f"{len(odd)} of {len(texts)} cells are not dates and count as missing, such as "
        text += repr(texts[odd[0]][:40])
        notes.append(Note.loss("cells-not-dates", text, f"{place}, row {odd[0] + 1}"))
    if zoned and local:
        text = f"{local} of {zoned + local} times name no time zone, and are taken as UTC"
        notes.append(Note.doubt("zone-assumed", text, place))
    if any(_year_is_short(text) for text in texts):
        text = "its years have two digits: 69 to 99 are taken as 1969 to 1999, others as 20.."
        notes.append(Note.info("year-of-two-digits", text, place))
    if not zoned:
        text = "its times name no time zone, and are shown as they are"
        notes.append(Note.info("times-without-zone", text, place))
    return seconds, True, notes


def _clock(texts: Sequence[str], place: str, notes: list[Note]) -> Vector:
    seconds = np.full(len(texts), np.nan)
    for at, text in enumerate(texts):
        if found := _CLOCK.fullmatch(text):
            hours, minutes, rest = found.groups()
            seconds[at] = int(hours) * 3600 + int(minutes) * 60 + float(rest.replace(",", "."))
    known = np.isfinite(seconds)
    days = np.zeros(len(texts))
    days[known] = np.cumsum(np.diff(seconds[known], prepend=seconds[known][:1]) < -43_200)
    if days.any():
        text = "its clock passes midnight: a day is added from there on"
        notes.append(Note.doubt("clock-past-midnight", text, place))
    notes.append(Note.info("clock-as-seconds", "its times of day are read as seconds", place))
    return np.asarray(seconds + 86_400.0 * days, dtype=np.float64)


def _order(texts: Sequence[str], place: str, notes: list[Note]) -> str:
    """Whether days or months stand first where both are short."""
    found = [match for text in texts if (match := _DATE.fullmatch(text)) and len(match["a"]) <= 2]
    if not found:
        return "dmy"
    if any(int(match["a"]) > 12 for match in found):
        return "dmy"
    if any(int(match["b"]) > 12 for match in found):
        return "mdy"
    if all("." in match[0][:3] for match in found):
        return "dmy"
    text = f"{found[0][0]!r} may be day or month first; the month is taken"
    notes.append(Note.doubt("date-order-assumed", text, place))
    return "mdy"


def _year_is_short(text: str) -> bool:
    found = _DATE.fullmatch(text)
    return found is not None and len(found["a"]) <= 2 and int(found["c"]) <= 99


def _moment(text: str, order: str) -> datetime | None:
    if _ISO.fullmatch(text):
        try:
            return datetime.fromisoformat(text.replace(",", "."))
        except ValueError:
            pass
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    first, second, third = int(found["a"]), int(found["b"]), int(found["c"])
    if len(found["a"]) == 4:
        year, month, day = first, second, third
    else:
        day, month = (first, second) if order == "dmy" else (second, first)
        year = third if third > 99 else third + (2000 if third < _PIVOT else 1900)
    hour = int(found["h"] or 0)
    if half := found["half"]:
        hour = hour % 12 + (12 if half.lower() == "pm" else 0)
    seconds = float((found["s"] or "0").replace(",", "."))
    micro = round(seconds % 1 * 1e6)
    try:
        return datetime(
            year, month, day, hour, int(found["m"] or 0), int(seconds), min(micro, 999_999)
        )
    except ValueError:
        return None
