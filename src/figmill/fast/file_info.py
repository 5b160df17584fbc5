"""What a FAST file holds, in words and numbers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from figmill.fast.ephemeris import read_ephemeris
from figmill.fast.filenames import describe_instrument, parse_name
from figmill.fast.level2 import Level2, open_level2
from figmill.item import JSON


def of_file(path: str | Path) -> dict[str, JSON]:
    """Look into a level 2 file or an orbit file.

    Raises
    ------
    InputError
        If its name or its content is of another kind.
    NoData
        If it has no records.
    """
    file = Path(path)
    name = parse_name(file.name)
    found: dict[str, JSON] = {"file": file.name, "orbit": name.orbit, "version": name.version}
    if name.instrument == "orb":
        track = read_ephemeris(file)
        return found | {
            "records": int(track.times.size),
            "start": _time(float(np.nanmin(track.times))),
            "end": _time(float(np.nanmax(track.times))),
            "rows": [row.label for row in track.rows],
        }
    level = open_level2(file, name.instrument)
    extent = level.times.extent
    energies = level.energies.extent
    found |= {
        "instrument": f"{name.instrument} ({describe_instrument(name.instrument)})",
        "records": level.count,
        "bad records": int(level.count - level.usable.sum()),
        "start": _time(extent[0]) if extent else "",
        "end": _time(extent[1]) if extent else "",
        "gaps": _gaps(level),
        "modes": _modes(level),
        "energies": f"{energies[0]:.4g} to {energies[1]:.6g} eV" if energies else "",
        "quantities": list(level.quantities()),
    }
    if level.notes:
        found["notes"] = [str(note) for note in level.notes]
    return found


def _modes(level: Level2) -> list[str]:
    counts: dict[str, int] = {}
    for run in level.runs:
        words = f"{run.mode} ({run.energies} energies x {run.angles} angles)"
        counts[words] = counts.get(words, 0) + run.stop - run.first
    return [f"{words}: {count} records" for words, count in counts.items()]


def _gaps(level: Level2) -> list[str]:
    used = level.times.used
    low, high = level.times.lo[used], level.times.hi[used]
    order = np.argsort(low, kind="stable")
    low, high = low[order], high[order]
    lasts = float(np.median(high - low)) if low.size else 0.0
    wide = low[1:] - high[:-1]
    return [
        f"{_time(float(high[i]))}, {wide[i]:.1f} s"
        for i in np.flatnonzero(wide > max(0.5 * lasts, 1e-3))
    ]


def _time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"
