"""When a run was measured: from its header in any usual form, from its name, or from its file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from figmill.chip.units import read_quantity
from figmill.errors import InputError
from figmill.notes import Note

FROM_HEADER, FROM_NAME, FROM_FILE = "meta", "name", "file"
"""Where a start comes from; by name it is but a date, by file the time it was last written."""

USUAL = "Start time"
FORMS = ("epoch", "iso", "ctime", "date")
"""Forms of a start: ticks since 1970, ISO 8601, ctime, and dates with slashes or points."""

# Other names of it, those that tell most first.
_NAMES = ("start time", "start_time", "start", "started", "timestamp", "datetime", "date and time")
_DAY = re.compile(r"(20\d\d)-(\d\d)-(\d\d)")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_CLOCK = r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?"
_CTIME = re.compile(rf"[A-Z][a-z]{{2}},? ([A-Z][a-z]{{2}}) +(\d{{1,2}}) {_CLOCK} (\d{{4}})")
_BY_YEAR = re.compile(rf"(\d{{4}})[/.](\d{{1,2}})[/.](\d{{1,2}})[ T,]+{_CLOCK}")
_BY_DAY = re.compile(rf"(\d{{1,2}})\.(\d{{1,2}})\.(\d{{4}})[ T,]+{_CLOCK}")
# From 1980 to 2200: everything else is not a clock's reading.
_FIRST, _LAST = 3.2e8, 7.3e9
_TICKS = ((1.0, "s"), (1e3, "ms"), (1e6, "µs"), (1e9, "ns"))


@dataclass(frozen=True, slots=True)
class StartRule:
    """Where the start of a run stands.

    Parameters
    ----------
    header
        How the header calls it.
    forms
        Which of `FORMS` it may have.
    by_name
        Whether the date in the file's name stands for one that is missing.
    """

    header: str = USUAL
    forms: tuple[str, ...] = FORMS
    by_name: bool = True


ANYHOW = StartRule()


@dataclass(frozen=True, slots=True)
class Start:
    """When a run was measured.

    Parameters
    ----------
    seconds
        Since 1970 (UTC).
    origin
        `FROM_HEADER`, `FROM_NAME` or `FROM_FILE`.
    notes
        What was assumed.
    """

    seconds: float
    origin: str
    notes: tuple[Note, ...] = ()


def find_start(
    metadata: Mapping[str, str],
    parameters: Mapping[str, str],
    source: str,
    zone: tzinfo,
    file_time: float | None = None,
    rule: StartRule = ANYHOW,
) -> Start:
    """Find when a run was measured.

    Parameters
    ----------
    metadata, parameters
        Of its header.
    source
        The file's name.
    zone
        The lab's time zone, for times that name none.
    file_time
        When the file was last written, in seconds since 1970; taken where nothing else tells.
    rule
        Where the start stands.

    Raises
    ------
    figmill.errors.InputError
        Nothing says when it was measured.
    """
    given = _given(metadata, parameters, rule.header)
    text = given[1] if given else ""
    found = read_time(text, zone, rule.forms)
    if given and found is not None:
        seconds, told = found
        notes = [] if given[0] in (USUAL, rule.header) else [f"{given[0]!r} is taken for the start"]
        notes += [told] if told else []
        return Start(
            seconds,
            FROM_HEADER,
            tuple(Note.info("start-read-as", one, given[0]) for one in notes),
        )
    why = f"it is {text!r}" if text else "the metadata do not say when it was measured"
    day = _DAY.search(Path(source).name)
    if day is not None and rule.by_name:
        try:
            seconds = datetime(int(day[1]), int(day[2]), int(day[3]), tzinfo=UTC).timestamp()
        except ValueError:
            pass
        else:
            text = f"{why}; the date in the file's name is taken, at 00:00 UTC"
            return Start(seconds, FROM_NAME, (Note.doubt("start-from-name", text, USUAL),))
    if file_time is not None and _FIRST < file_time < _LAST:
        text = f"{why}; the time at which the file was last written is taken"
        return Start(file_time, FROM_FILE, (Note.doubt("start-from-file", text, USUAL),))
    raise InputError(
        f"Nothing says when it was measured: the metadata's Start time is {text!r}."
        if text
        else "Nothing says when it was measured: the metadata has no Start time.",
        file=source,
        place="#Metadata",
        hint="Add a line '#\\tStart time: SECONDS' (since 1970) under #Metadata.",
    )


def _given(
    metadata: Mapping[str, str], parameters: Mapping[str, str], name: str
) -> tuple[str, str] | None:
    both = {**parameters, **metadata}
    for exact in (name, USUAL):
        if both.get(exact):
            return exact, both[exact]
    by_name = {key.strip().casefold(): key for key in both if both[key]}
    for usual in _NAMES:
        if usual in by_name:
            key = by_name[usual]
            return key, both[key]
    return None


def read_time(text: str, zone: tzinfo, forms: Sequence[str] = FORMS) -> tuple[float, str] | None:
    """Read a time as instruments and programs write it.

    Parameters
    ----------
    text
        Seconds, ms, µs or ns since 1970; ISO 8601; ``Tue Mar  4 14:03:22 2025``;
        ``2025/03/04 14:03:22``; ``04.03.2025 14:03``.
    zone
        For times that name none.
    forms
        Which of `FORMS` are read.

    Returns
    -------
    seconds : float
        Since 1970 (UTC).
    told : str
        What was assumed; empty where nothing was.

    Examples
    --------
    >>> read_time("2025-03-04T22:03:22Z", UTC), read_time("1741000000123", UTC)
    ((1741125802.0, ''), (1741000000.123, 'it is taken as ms since 1970'))
    """
    text = text.strip()
    found = read_quantity(text)
    if found is not None and "epoch" in forms and re.fullmatch(r"[-+\d.eE]+(\s*s)?", text):
        for ticks, unit in _TICKS:
            if _FIRST < found.value / ticks < _LAST:
                told = "" if unit == "s" else f"it is taken as {unit} since 1970"
                return found.value / ticks, told
        return None
    form, moment = _moment(text)
    if moment is None or form not in forms:
        return None
    told = ""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
        told = f"it names no time zone: that of the lab, {zone}, is taken"
    try:
        seconds = moment.timestamp()
    except (OverflowError, ValueError):
        return None
    return (seconds, told) if _FIRST < seconds < _LAST else None


def _moment(text: str) -> tuple[str, datetime | None]:
    if re.match(r"\d{4}-?\d\d-?\d\d[T ]", text):
        try:
            return "iso", datetime.fromisoformat(text.replace(",", ".").replace(" UTC", "+00:00"))
        except ValueError:
            return "", None
    fields: tuple[str | None, ...]
    form = "date"
    if found := _CTIME.fullmatch(text):
        form = "ctime"
        month, day, hour, minute, second, part, year = found.groups()
        if month not in _MONTHS:
            return "", None
        fields = (year, str(_MONTHS.index(month) + 1), day, hour, minute, second, part)
    elif found := _BY_YEAR.fullmatch(text):
        fields = found.groups()
    elif found := _BY_DAY.fullmatch(text):
        day, month, year, *clock = found.groups()
        fields = (year, month, day, *clock)
    else:
        return "", None
    year, month, day, hour, minute, second, part = (field or "0" for field in fields)
    date, micro = (int(year), int(month), int(day)), int(part[:6].ljust(6, "0"))
    try:
        return form, datetime(*date, int(hour), int(minute), int(second), micro)
    except ValueError:
        return "", None
