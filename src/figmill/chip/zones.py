"""The time zone of a stage: as it was recorded, or as the local times of its runs tell."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from figmill.chip.manifest import zone_of
from figmill.chip.tree import HISTORIES, MANIFEST
from figmill.errors import ConfigError, InputError
from figmill.notes import Note
from figmill.read.parquet import read_frame, write_whole

USUAL_ZONE = "UTC"
_RECORD = "timezone.txt"
_LONGEST = 100


def recorded_zone(stage: Path) -> str | None:
    """The name of the zone with which a stage was made; None where none was recorded."""
    path = (stage / MANIFEST).with_name(_RECORD)
    try:
        name = path.read_text(encoding="utf-8")[:_LONGEST].strip()
        zone_of(name)
    except (OSError, UnicodeDecodeError, ConfigError):
        return None
    return name


def record_zone(stage: Path, name: str) -> None:
    """Keep the name of the zone with a stage."""
    path = (stage / MANIFEST).with_name(_RECORD)
    if recorded_zone(stage) != name:
        write_whole(path, f"{name}\n".encode())


def zone_of_stage(stage: Path) -> tuple[str, tuple[Note, ...]]:
    """The zone in which more runs are to be staged, and what was assumed.

    Parameters
    ----------
    stage
        The stage, which need not exist.

    Returns
    -------
    name : str
        As recorded; else the first, by name, that fits all local times of the histories; else UTC.
    notes : tuple of Note
        That it was found by local times, or that none fits.
    """
    if name := recorded_zone(stage):
        return name, ()
    times = sorted(set(_local_times(stage)))
    if all(seconds == local for seconds, local in times):
        return USUAL_ZONE, ()
    for name in sorted(available_timezones()):
        if "/" in name and not name.startswith("Etc/") and _fits(name, times):
            text = f"the local times of its runs fit {name}, which is taken (--timezone names it)"
            return name, (Note.doubt("timezone-from-times", text, "time zone"),)
    text = "the local times of its runs fit no time zone: new ones are in UTC (--timezone names it)"
    return USUAL_ZONE, (Note.doubt("timezone-not-found", text, "time zone"),)


def _local_times(stage: Path) -> Iterable[tuple[int, int]]:
    """Starts and local times of runs, both in whole seconds as if of UTC."""
    for path in sorted((stage / HISTORIES).glob("*_history.parquet")):
        try:
            frame = read_frame(path)
        except InputError:
            continue
        if not {"start_time", "datetime_local"} <= {*frame.columns}:
            continue
        for start, text in frame.select("start_time", "datetime_local").iter_rows():
            try:
                local = datetime.fromisoformat(str(text)).replace(tzinfo=UTC)
                yield int(start), int(local.timestamp())
            except (TypeError, ValueError):
                continue


def _fits(name: str, times: Iterable[tuple[int, int]]) -> bool:
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    for seconds, local in times:
        moment = datetime.fromtimestamp(seconds, zone)
        # Local times are whole seconds, cut or rounded.
        if abs(moment.replace(tzinfo=UTC).timestamp() - local) > 1:
            return False
    return True
