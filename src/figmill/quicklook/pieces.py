"""Which files and which time make one figure, where files are joined or cut into pieces."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np

from figmill.errors import ConfigError, FigmillError
from figmill.notes import Note
from figmill.quicklook.rows import Rows
from figmill.read import cdf
from figmill.read.istp.describe import Described
from figmill.read.istp.overrides import BUILTIN, Override, read_overrides
from figmill.read.istp.time import read_time
from figmill.recipes.dataset_names import DatasetName, highest_versions
from figmill.recipes.event_table import Event

Join = Literal["none", "day", "orbit", "all"]

DAY_S = 86400.0
MOST_PIECES = 100_000


@dataclass(frozen=True, slots=True)
class Piece:
    """What one figure shows.

    Attributes
    ----------
    key
        Its name: the dataset, and the time or the orbit.
    files
        Those that have records in it, in the order of their time.
    start, stop
        UNIX seconds, where the time axis has given ends; else None.
    title
        Over the figure.
    interval
        The line of a catalogue that it is made for.
    notes
        Files that were passed over.
    """

    key: str
    files: tuple[Path, ...]
    start: float | None = None
    stop: float | None = None
    title: str = ""
    interval: Event | None = None
    notes: tuple[Note, ...] = ()


def pieces(
    files: Iterable[Path],
    *,
    join: Join = "none",
    every: float | None = None,
    intervals: Sequence[Event] | None = None,
    margin: float = 0.0,
    overrides: str | None = None,
) -> Iterable[Piece]:
    """Make pieces of files, dataset by dataset.

    Parameters
    ----------
    files
        What was found.
    join
        "orbit" joins files that have one orbit number in their name, "all" those of a dataset;
        "day" is `every` of one day.
    every
        Seconds of one figure, counted from 1970-01-01; so those of a day begin at midnight, UTC.
    intervals, margin
        A figure for each of them, with so many seconds to either side.
    overrides
        A file of corrections.

    Yields
    ------
    Piece
        A file that cannot be read, or has no times, is one by itself, which will say so.

    Raises
    ------
    ConfigError
        If there would be more than `MOST_PIECES`.
    """
    every = DAY_S if join == "day" else every
    intervals = None if intervals is None else _distinct(intervals)
    kept, passed = highest_versions(files)
    datasets: dict[str, list[Path]] = {}
    for file in kept:
        datasets.setdefault(DatasetName.of(file).dataset, []).append(file)
    older: dict[str, list[Note]] = {}
    for file, chosen in passed:
        text = f"it is passed over for {chosen.name}, the highest version"
        note = Note.info("version-passed-over", text, str(file))
        older.setdefault(str(chosen), []).append(note)
    shown: set[int] = set()
    for dataset, members in datasets.items():
        covered: list[tuple[float, float, Path]] = []
        for file in members:
            extent = coverage(file, overrides)
            if extent is None:
                yield Piece(file.stem, (file,))
            else:
                covered.append((*extent, file))
        covered.sort(key=lambda each: each[:2])
        for piece in _of_dataset(dataset, covered, join, every, intervals, margin):
            if piece.interval is not None:
                shown.add(piece.interval.line)
            told = tuple(note for file in piece.files for note in older.get(str(file), ()))
            yield Piece(
                piece.key,
                piece.files,
                piece.start,
                piece.stop,
                piece.title,
                piece.interval,
                (*piece.notes, *told),
            )
    for event in intervals or ():
        if event.line not in shown:
            start, stop = _around(event, margin)
            yield Piece(f"interval_{_stamps(start, stop)}", (), start, stop, event.label, event)


Covered = Sequence[tuple[float, float, Path]]


def _of_dataset(
    dataset: str,
    covered: Covered,
    join: Join,
    every: float | None,
    intervals: Sequence[Event] | None,
    margin: float,
) -> Iterable[Piece]:
    if intervals is not None:
        for event in intervals:
            start, stop = _around(event, margin)
            if files := _within(covered, start, stop):
                name = f"{dataset}_{_stamps(start, stop)}"
                title = f"{dataset}, {event.label}" if event.label else dataset
                yield Piece(name, files, start, stop, title, event)
    elif every is not None and covered:
        yield from _regular(dataset, covered, every)
    elif join == "orbit":
        orbits: dict[int, list[Path]] = {}
        for _, _, file in covered:
            orbit = DatasetName.of(file).orbit
            if orbit is None:
                text = "its name has no orbit number; it has a figure of its own"
                note = Note.info("orbit-unknown", text, str(file))
                yield Piece(file.stem, (file,), notes=(note,))
            else:
                orbits.setdefault(orbit, []).append(file)
        for orbit, files_of in orbits.items():
            yield Piece(f"{dataset}_{orbit}", tuple(files_of), title=f"{dataset}, orbit {orbit}")
    elif covered:
        yield Piece(dataset, tuple(file for _, _, file in covered), title=dataset)


def _regular(dataset: str, covered: Covered, every: float) -> Iterable[Piece]:
    numbers: dict[int, None] = {}
    for first, last, _ in covered:
        begin, end = math.floor(first / every), math.floor(last / every)
        if end - begin + len(numbers) >= MOST_PIECES:
            raise ConfigError(
                f"There would be more than {MOST_PIECES:,} figures of {dataset}.",
                hint="Give a longer --every.",
            )
        numbers.update(dict.fromkeys(range(begin, end + 1)))
    for number in sorted(numbers):
        start, stop = number * every, (number + 1) * every
        # A file that ends as the piece begins has no record in it.
        files = _within(covered, start, np.nextafter(stop, -np.inf))
        if files:
            yield Piece(f"{dataset}_{_stamp(start, every)}", files, start, stop, dataset)


def _within(covered: Covered, start: float, stop: float) -> tuple[Path, ...]:
    return tuple(file for first, last, file in covered if first <= stop and last >= start)


def _distinct(intervals: Sequence[Event]) -> list[Event]:
    """Intervals of the same begin and end are one, with the labels of all."""
    found: dict[str, Event] = {}
    for event in intervals:
        assert event.stop is not None
        key = _stamps(event.start, event.stop)
        known = found.get(key)
        labels = (known.label, event.label) if known else (event.label,)
        label = ", ".join(dict.fromkeys(filter(None, labels)))
        found[key] = replace(known or event, label=label)
    return list(found.values())


def _around(event: Event, margin: float) -> tuple[float, float]:
    assert event.stop is not None
    return event.start - margin, event.stop + margin


def _stamp(seconds: float, every: float = 1.0) -> str:
    """A time as names have it, as fine as the step asks for."""
    form = "%Y%m%d" if every % DAY_S == 0 else "%Y%m%dT%H%M" if every % 60 == 0 else "%Y%m%dT%H%M%S"
    milliseconds = round(seconds * 1e3)
    whole, rest = divmod(milliseconds, 1000)
    return datetime.fromtimestamp(whole, UTC).strftime(form) + (f"{rest:03}" if rest else "")


def _stamps(start: float, stop: float) -> str:
    return f"{_stamp(start)}_{_stamp(stop)}"


def coverage(file: Path, overrides: str | None) -> tuple[float, float] | None:
    """From when to when records of what a file draws begin, in UNIX seconds.

    None where it cannot be read, or has nothing to draw.
    """
    try:
        stat = file.stat()
        return _coverage(file, overrides, stat.st_mtime_ns, stat.st_size)
    except OSError:
        return None


@lru_cache(maxsize=100_000)
def _coverage(file: Path, overrides: str | None, *_: int) -> tuple[float, float] | None:
    corrections: tuple[Override, ...] = read_overrides(Path(overrides)) if overrides else ()
    try:
        opened = cdf.open_cdf(file)
        found = Rows.of(opened, corrections)
        described = Described(opened, (*BUILTIN, *corrections))
        times = [row.time for row in found.spectrograms.candidates]
        times += [row.time for row in found.lines.over_time]
        ends = []
        for name in dict.fromkeys(times):
            time = read_time(described, name, [])
            known = np.isfinite(time.centers)
            if known.any():
                # The day of a record is that in which it begins.
                begins = time.centers if time.lo is None else time.lo
                ends += [float(time.centers[known].min()), float(np.nanmax(begins[known]))]
    except FigmillError:
        return None  # its own figure says why
    return (min(ends), max(ends)) if ends else None
