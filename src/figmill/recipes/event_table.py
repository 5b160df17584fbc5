"""Tables of events and intervals, as people keep them: CSV with a time, or a begin and an end."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from figmill.config.paths import missing
from figmill.errors import ConfigError

_MOST_BYTES = 50_000_000
_PART = re.compile(r"[^a-z0-9]+")
_START = ("start", "begin", "from", "time", "epoch", "datetime", "date", "t0", "t")
_STOP = ("stop", "end", "to", "t1")
_LABEL = ("label", "name", "event", "type", "id", "comment")
_EXAMPLE = "Lines such as 2001-02-03T04:00, 2001-02-03T05:00, cusp; a first line may name them."


@dataclass(frozen=True, slots=True)
class Event:
    """An event, or an interval.

    Attributes
    ----------
    start
        UNIX seconds.
    stop
        The same; None for an event without length.
    label
        What it is called, or "".
    line
        Where it stands in its file, from 1.
    """

    start: float
    stop: float | None
    label: str
    line: int


def unix_seconds(text: str) -> float:
    """UNIX seconds of an ISO 8601 time; without an offset it is UTC.

    Raises
    ------
    ValueError
        It is something else.
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is not an ISO 8601 time such as 1998-09-25 or 1998-09-25T00:30:00"
        ) from None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def read_events(path: Path, *, intervals: bool = False) -> tuple[Event, ...]:
    """Read a table of events.

    Parameters
    ----------
    path
        Columns parted by commas, semicolons or tabs; a begin or a time, an end or nothing, a
        label or nothing, in this order or as the first line names them. Lines that are empty or
        begin with # count for nothing. Times are ISO 8601, UTC where they say nothing else.
    intervals
        Whether each line has to have an end.

    Raises
    ------
    ConfigError
        If the file is missing, is not such a table, or a line cannot be read.
    """
    lines = table_lines(path)
    delimiter = next((mark for mark in ("\t", ";") if lines and mark in lines[0][1]), ",")
    rows = [
        (number, [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter))])
        for number, line in lines
    ]
    if not rows:
        raise ConfigError("It holds no line.", file=path, hint=_EXAMPLE)
    columns = _columns(rows[0][1])
    if columns is None:
        columns = (0, 1, 2)
    else:
        rows = rows[1:]
    return tuple(_event(path, number, cells, columns, intervals) for number, cells in rows)


def table_lines(path: Path) -> list[tuple[int, str]]:
    """The lines of a table, numbered from 1, without those that are empty or begin with #.

    Parameters
    ----------
    path
        A text file of UTF-8, up to 50 MB.

    Raises
    ------
    ConfigError
        If it is missing or cannot be read.
    """
    if not path.is_file():
        if path.exists():
            raise ConfigError("It is not a regular file.", file=path, hint="Name a CSV file.")
        raise missing(path, "file")
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ConfigError("It has more than 50 MB.", file=path, hint=_EXAMPLE)
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"It cannot be read ({error}).", file=path, hint=_EXAMPLE) from error
    return [
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]


def _columns(cells: Sequence[str]) -> tuple[int, int, int] | None:
    """Which columns hold begin, end and label, where the first line names them; -1 for none."""
    if any(_is_moment(cell) for cell in cells):
        return None  # a line of its own, whatever its label begins with
    words = [cell.lower() for cell in cells]
    found: list[int] = []
    for names in (_START, _STOP, _LABEL):
        long = [name for name in names if len(name) > 2]
        exact = [i for name in names for i, word in enumerate(words) if word == name]
        # "time_end" is an end, although it begins as a time does.
        part = [i for name in long for i, word in enumerate(words) if name in _PART.split(word)]
        close = [i for name in long for i, word in enumerate(words) if word.startswith(name)]
        found.append(next((i for i in (*exact, *part, *close) if i not in found), -1))
    return None if found[0] < 0 else (found[0], found[1], found[2])


def _is_moment(text: str) -> bool:
    try:
        unix_seconds(text)
    except ValueError:
        return False
    return True


def _event(
    path: Path, number: int, cells: Sequence[str], columns: tuple[int, int, int], intervals: bool
) -> Event:
    start, stop, label = (cells[i] if 0 <= i < len(cells) else "" for i in columns)
    place = f"line {number}"
    try:
        begin = unix_seconds(start)
        end = unix_seconds(stop) if stop and _is_time(stop, needed=intervals) else None
    except ValueError as error:
        raise ConfigError(f"{error}.", file=path, place=place, hint=_EXAMPLE) from error
    if stop and end is None and not label:
        label = stop  # a time and a label
    if intervals and end is None:
        raise ConfigError("It has no end.", file=path, place=place, hint=_EXAMPLE)
    if end is not None and not begin < end:
        raise ConfigError(
            f"Its end, {stop}, is not later than its begin, {start}.",
            file=path,
            place=place,
            hint="Correct the line, or take it out.",
        )
    return Event(begin, end, label, number)


def _is_time(text: str, *, needed: bool) -> bool:
    """Whether the second column is an end; where none is needed it may be a label."""
    return needed or text[:4].isdigit()
