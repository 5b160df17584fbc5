"""The records of a FAST level 2 file: when they are, which can be used, and their modes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from figmill.errors import InputError
from figmill.figure import Bins, time_bins
from figmill.figure.cadence import strays
from figmill.notes import Note
from figmill.read import cdf

Array: TypeAlias = NDArray[Any]
Quality = Literal["good", "any"]

RETRACE_STEPS = 1
BYTE_FILL = 255
_LATEST = 4102444800.0  # 2100: what is later, or before 1970, is not a time of a record


class Run(NamedTuple):
    """Consecutive records that share mode, number of angles and number of energies."""

    first: int
    stop: int
    mode: int
    angles: int
    energies: int


_NEEDED = ("mode_ind",)
_KNOWN = (
    *("time_unix", "time_start", "time_end", "time_integ", "valid", "data_quality", "nbins"),
    *("nenergy", "mode_ind", "gf_ind", "geom_factor", "theta_shift", "epoch"),
)


def read_by_record(opened: cdf.CdfFile, count: int, file: Path) -> dict[str, Array]:
    """Read the variables that have one value a record, as far as the file has them.

    Raises
    ------
    InputError
        If one that is needed is missing, or has not one value for each record.
    """
    found = {}
    for name in _KNOWN:
        variable = opened.variables.get(name)
        if variable is None or variable.is_empty:
            continue
        values = opened.read(name)
        if values.shape != (count,):
            raise InputError(
                f"It has shape {values.shape}, for {count} records.",
                file=file,
                place=name,
                hint="The file is damaged; download it again.",
            )
        found[name] = values
    missing = [name for name in _NEEDED if name not in found]
    if missing or not {"time_unix", "epoch", "time_start"} & set(found):
        raise InputError(
            f"There is no variable {' and no '.join(missing) or 'time_unix'}.",
            file=file,
            hint="Give a FAST ESA level 2 file, fa_esa_l2_*.cdf.",
        )
    return found


def sound_times(values: Array) -> NDArray[np.float64]:
    """UNIX seconds as float64, with NaN for what cannot be a time of the mission."""
    seconds = np.asarray(values, dtype=np.float64)
    return np.where((seconds > 0) & (seconds < _LATEST), seconds, np.nan)


def record_times(known: dict[str, Array], notes: list[Note]) -> tuple[NDArray[np.float64], Bins]:
    """Centres and bounds; records whose bounds make no sense get them from their centres."""

    def seconds(name: str) -> NDArray[np.float64] | None:
        if name not in known:
            return None
        return sound_times(known[name])

    start, end = seconds("time_start"), seconds("time_end")
    center = seconds("time_unix")
    center = seconds("epoch") if center is None else center
    if center is None:
        assert start is not None
        center = start if end is None else (start + end) / 2
    away = strays(center)
    if away.any():
        text = f"{int(away.sum())} records have times far from all others and are left out"
        notes.append(Note.loss("times-far-from-others", text, "time_unix"))
        center = np.where(away, np.nan, center)
    if start is None or end is None:
        return center, time_bins(center)
    sound = (end > start) & (start <= center) & (center <= end)
    if sound.all():
        return center, Bins(start, end)
    around = time_bins(center)
    if count := int((~sound & ~away).sum()):
        text = f"{count} records have no sound begin and end; they get the usual ones"
        notes.append(Note.doubt("time-bounds-unusable", text, "time_start, time_end"))
    return center, Bins(np.where(sound, start, around.lo), np.where(sound, end, around.hi))


def usable_records(
    known: dict[str, Array], shape: tuple[int, ...], quality: Quality
) -> NDArray[np.bool_]:
    """Which records hold data: valid, not flagged, with a size that fits the arrays' `shape`.

    Where the file does not say how many angles and energies a record has, it has them all.
    """
    usable = np.ones(shape[0], bool)
    if "valid" in known:
        usable &= known["valid"] == 1
    if "data_quality" in known:
        flags = known["data_quality"]
        usable &= flags == 0 if quality == "good" else flags != BYTE_FILL
    for name, most in (("nbins", shape[1]), ("nenergy", shape[2])):
        if name in known:
            usable &= (known[name] > 0) & (known[name] <= most)
        else:
            known[name] = np.full(shape[0], most)
    usable &= known["nenergy"] > RETRACE_STEPS
    return usable


def runs_of(known: dict[str, Array], usable: NDArray[np.bool_]) -> tuple[Run, ...]:
    """Group consecutive records of one mode and size."""
    columns = [known[name].astype(np.int64) for name in ("mode_ind", "nbins", "nenergy")]
    good = np.flatnonzero(usable)
    if good.size == 0:
        return ()
    # A record that cannot be used joins the run around it: its values become missing.
    source = good[np.maximum(np.searchsorted(good, np.arange(usable.size), side="right") - 1, 0)]
    table = np.stack([column[source] for column in columns])
    cuts = np.flatnonzero((table[:, 1:] != table[:, :-1]).any(axis=0)) + 1
    starts = [0, *cuts.tolist()]
    stops = [*cuts.tolist(), usable.size]
    return tuple(
        Run(first, stop, *(int(v) for v in table[:, first]))
        for first, stop in zip(starts, stops, strict=True)
    )


def known_runs(
    runs: tuple[Run, ...], tables: dict[str, Array], shape: tuple[int, ...], notes: list[Note]
) -> Iterator[Run]:
    """Runs whose mode the tables know; others have no energies."""
    for run in runs:
        modes = len(tables["energy"]) if "energy" in tables and tables["energy"].ndim == 3 else None
        if run.mode < 0 or (modes is not None and run.mode >= modes):
            text = f"{run.stop - run.first} records of the unknown mode {run.mode} are left out"
            notes.append(Note.loss("records-of-unknown-mode", text, "mode_ind"))
            continue
        yield run
