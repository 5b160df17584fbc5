"""Demo data: FAST ESA level 2 files and orbit files, made by program, with a known truth.

The files follow the schema of the mission's: names, shapes, fill values, modes, virtual variables
without records, telemetry bytes. What they hold is a pass over the pole as `synthetic_plasma`
describes it, counted with Poisson noise. The same arguments give the same bytes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from figmill.errors import ConfigError
from figmill.fast.synthetic.counts import Timeline, constants, measure
from figmill.fast.synthetic.files import save_cdf
from figmill.fast.synthetic.instrument import ModeTable, mode_table
from figmill.fast.synthetic.plasma import (
    ORBIT_PERIOD_S,
    Array,
    Beam,
    CuspDispersion,
    Float64,
    InvertedV,
    Pass,
    pass_at,
)
from figmill.fast.synthetic.schema import BY_RECORD, CONSTANT, ORBIT
from figmill.recipes.demo import unwritten

INSTRUMENTS = ("ees", "eeb", "ies", "ieb")
"""Electrons and ions, survey and burst."""

CUSP_TABLE = "FAST_Cusp_Indices.csv"
"""Name of the cusp table in the folder."""

FIRST_ORBIT = 13616
_FIRST_POLE = datetime(2000, 1, 28, 21, 30, tzinfo=UTC).timestamp()
_SURVEY_S = 1850.0
_GAP_S = 150.0
_SURVEY_LEAD_S = 1225.0
_BURST_STEP_S = 0.078
_MOST_BURST_S = 1200.0
_ORBIT_RECORDS = 400
_OVERFLOW, _DEAD_TIME = 2, 4
_BEAM_CELLS = ((18, 0.0), (24, 90.0), (40, 180.0))  # by mode: energy step and pitch angle


@dataclass(frozen=True, slots=True, eq=False)
class FileTruth:
    """What was put into one file of one instrument.

    Attributes
    ----------
    instrument, path, records
        The file.
    times
        Centre of each record, UNIX seconds, shape (n,).
    modes
        Mode of each record, shape (n,).
    mode_changes
        The first record of every new mode.
    gaps
        End of the last record before and begin of the first record after each gap, UNIX seconds.
    bad_records
        Records that are marked as not valid.
    flagged_records
        Records with a quality flag: an overflow, or a dead time too long.
    beams
        Known beams, one for each mode.
    """

    instrument: str
    path: Path
    records: int
    times: Float64
    modes: Array
    mode_changes: tuple[int, ...]
    gaps: tuple[tuple[float, float], ...]
    bad_records: tuple[int, ...]
    flagged_records: tuple[int, ...]
    beams: tuple[Beam, ...]


@dataclass(frozen=True, slots=True)
class OrbitTruth:
    """What was put into the files of one orbit.

    Attributes
    ----------
    orbit
        Its number.
    files
        By instrument.
    ephemeris
        The orbit file.
    arc, cusp
        The inverted-V and the cusp of this pass.
    midnight
        When the magnetic local time passes 24, UNIX seconds.
    cusp_records
        By instrument, the first and last record in the cusp table, or None.
    """

    orbit: int
    files: Mapping[str, FileTruth]
    ephemeris: Path
    arc: InvertedV
    cusp: CuspDispersion
    midnight: float
    cusp_records: Mapping[str, tuple[int, int] | None]


def write_orbits(
    folder: Path,
    orbits: int = 2,
    *,
    seed: int = 13616,
    survey_records: int = 800,
    burst_records: int = 903,
    instruments: Sequence[str] = INSTRUMENTS,
) -> list[OrbitTruth]:
    """Write the files of some orbits, and the cusp table, into a folder.

    Parameters
    ----------
    folder
        Gets ``YYYY/MM/fa_esa_l2_{instrument}_{time}_{orbit}_v01.cdf``,
        ``YYYY/MM/fa_k0_orb_{orbit}_v01.cdf`` and the cusp table.
    orbits
        How many.
    seed
        Of the noise.
    survey_records, burst_records
        Records of each file; the pass stays as long, so more records are shorter ones.
    instruments
        Which of ees, eeb, ies and ieb.

    Returns
    -------
    list of OrbitTruth
        What was put in.

    Raises
    ------
    ConfigError
        If an instrument is unknown or a number is too small.
    OutputError
        If a file cannot be written.
    """
    unknown = [name for name in instruments if name not in INSTRUMENTS]
    if unknown or orbits < 1 or min(survey_records, burst_records) < 1:
        raise ConfigError(
            f"Unknown instruments {unknown}." if unknown else "Orbits and records start at 1.",
            hint=f"Choose from {', '.join(INSTRUMENTS)}, and numbers of 1 and more.",
        )
    truths = []
    for number in range(orbits):
        center = _FIRST_POLE + number * ORBIT_PERIOD_S
        where = pass_at(center, strength=0.6 + 0.4 * float(np.cos(number)) ** 2)
        orbit = FIRST_ORBIT + number
        month = folder / f"{datetime.fromtimestamp(center, UTC):%Y/%m}"
        _make_folder(month)
        files = {}
        for name in instruments:
            count = survey_records if name.endswith("s") else burst_records
            rng = np.random.default_rng((seed, orbit, INSTRUMENTS.index(name)))
            files[name] = _write_instrument(month, orbit, name, where=where, count=count, rng=rng)
        ephemeris = month / f"fa_k0_orb_{orbit}_v01.cdf"
        _write_ephemeris(ephemeris, orbit, where)
        marks = {
            name: _cusp_records(files[name].times, where.cusp, one_line=number % 2 == 1)
            for name in files
        }
        truths.append(
            OrbitTruth(
                orbit=orbit,
                files=files,
                ephemeris=ephemeris,
                arc=where.arc,
                cusp=where.cusp,
                midnight=where.midnight(),
                cusp_records=marks,
            )
        )
    _write_cusp_table(folder, truths)
    return truths


def _survey(where: Pass, count: int) -> Timeline:
    """Three modes in turn, the second half as fast; a gap in the middle of the second."""
    place = np.arange(count) / count
    modes = np.select([place < 0.55, place < 0.7], [0, 1], 2).astype(np.uint8)
    step = np.where(modes == 1, 2.0, 1.0)
    step *= _SURVEY_S / step.sum()
    start = where.center - _SURVEY_LEAD_S + np.cumsum(step) - step
    second = np.flatnonzero(modes == 1)
    if len(second) > 1:
        start[second[len(second) // 2] :] += _GAP_S
    return Timeline(start=start, end=start + step, modes=modes)


def _burst(where: Pass, count: int, *, electrons: bool) -> Timeline:
    """Three bursts: in the arc, over the pole and in the cusp; the last of another mode."""
    step = min(_BURST_STEP_S, _MOST_BURST_S / count)
    places = (
        0.5 * (where.arc.start + where.arc.end),
        where.center,
        0.5 * (where.cusp.start + where.cusp.end),
    )
    which = np.minimum(np.arange(count) * 3 // count, 2)
    start = np.empty(count)
    for burst, middle in enumerate(places):
        inside = which == burst
        length = int(inside.sum())
        start[inside] = middle + (np.arange(length) - 0.5 * length) * step
    modes = np.where((which == 2) & electrons, 2, 0).astype(np.uint8)
    return Timeline(start=start, end=start + step, modes=modes)


def _write_instrument(
    folder: Path, orbit: int, name: str, *, where: Pass, count: int, rng: np.random.Generator
) -> FileTruth:
    electrons, burst = name[0] == "e", name[2] == "b"
    line = _burst(where, count, electrons=electrons) if burst else _survey(where, count)
    stamp = f"{datetime.fromtimestamp(float(line.start[0]), UTC):%Y%m%d%H%M%S}"
    path = folder / f"fa_esa_l2_{name}_{stamp}_{orbit}_v01.cdf"
    tables: list[ModeTable | None] = [mode_table(mode, electrons=electrons) for mode in range(3)]
    if burst:
        tables[1] = None
        if not electrons:
            del tables[2]
    beams = _beams(line.modes, tables, late=burst)
    bad = (count // 5,) if count >= 10 else ()
    with tempfile.TemporaryDirectory(prefix="figmill-") as scratch:
        arrays = measure(line, where, tables, beams, rng, electrons=electrons, scratch=scratch)
        arrays["valid"][list(bad)] = 0
        if count >= 10:
            arrays["data_quality"][count // 3] |= _OVERFLOW
            arrays["data_quality"][count // 3 + 1] |= _DEAD_TIME
        flagged = tuple(int(i) for i in np.flatnonzero(arrays["data_quality"]))
        arrays |= constants(tables, orbit, count, electrons=electrons, burst=burst)
        kind = f"{'Electron' if electrons else 'Ion'} {'Burst' if burst else 'Survey'}"
        texts = {
            "project_name": "FAST",
            "data_name": f"{'E' if electrons else 'I'}esa {'Burst' if burst else 'Survey'}",
            "data_level": "Level 2",
            "units_name": "Compressed",
        }
        title = f"FAST ESA {kind} Distributions (synthetic)"
        heading = {"TITLE": title, "Logical_source": f"fa_esa_l2_{name}"}
        heading["Logical_file_id"] = path.stem
        entries = {**BY_RECORD, **CONSTANT}
        save_cdf(path, entries, arrays, heading=heading, time="epoch", texts=texts)
    steps = np.diff(line.modes.astype(int))
    apart = np.flatnonzero(line.start[1:] - line.end[:-1] > 1.0)
    return FileTruth(
        instrument=name,
        path=path,
        records=count,
        times=line.center,
        modes=line.modes,
        mode_changes=tuple(int(i) + 1 for i in np.flatnonzero(steps)),
        gaps=tuple((float(line.end[i]), float(line.start[i + 1])) for i in apart),
        bad_records=bad,
        flagged_records=flagged,
        beams=beams,
    )


def _beams(modes: Array, tables: list[ModeTable | None], *, late: bool) -> tuple[Beam, ...]:
    """One beam for each mode: early in it, or late, where a burst begins in the arc."""
    beams = []
    for mode, table in enumerate(tables):
        records = np.flatnonzero(modes == mode)
        if table is None or len(records) == 0:
            continue
        step, pitch = _BEAM_CELLS[mode]
        middle = len(records) * 3 // 4 if late else len(records) // 4
        last = min(middle + 4, len(records) - 1)
        energy = float(table.energy[step])
        beams.append(Beam(int(records[middle]), int(records[last]), mode, energy, pitch))
    return tuple(beams)


def _write_ephemeris(path: Path, orbit: int, where: Pass) -> None:
    times = where.center + (np.arange(_ORBIT_RECORDS) / _ORBIT_RECORDS - 0.5) * ORBIT_PERIOD_S
    latitude, local_time = where.place(times)
    longitude = np.mod(15.0 * local_time + 80.0 - (times - where.center) / 240.0, 360.0) - 180.0
    arrays: dict[str, Array] = {
        "Epoch": times,
        "unix_time": times,
        "orbit": np.full(len(times), orbit, dtype=np.int32),
        "alt": where.altitude(times).astype(np.float32),
        "flat": (0.93 * latitude).astype(np.float32),
        "flng": longitude.astype(np.float32),
        "mlt": np.minimum(local_time.astype(np.float32), np.nextafter(np.float32(24), 0)),
        "ilat": latitude.astype(np.float32),
    }
    heading = {"TITLE": "FAST orbit (synthetic)", "Logical_source": "fa_k0_orb"}
    save_cdf(path, ORBIT, arrays, heading=heading, time="Epoch")


def _cusp_records(
    times: Float64, cusp: CuspDispersion, *, one_line: bool
) -> tuple[int, int] | None:
    inside = np.flatnonzero((times >= cusp.start) & (times <= cusp.end))
    if len(inside) == 0:
        return None
    if one_line:
        middle = int(inside[len(inside) // 2])
        return middle, middle
    return int(inside[0]), int(inside[-1])


def _write_cusp_table(folder: Path, truths: Sequence[OrbitTruth]) -> None:
    header = ["Orbit Number", "Folder Path", "orb File", "orb min Index", "orb Max Index"]
    order = ("eeb", "ees", "ieb", "ies")
    for name in order:
        header += [name, f"{name} File", f"{name} min Index", f"{name} Max Index"]
    lines = ["\t".join(header)]
    for truth in truths:
        month = truth.ephemeris.parent.relative_to(folder).as_posix()
        row = [str(truth.orbit), f"./FAST_data/{month}", truth.ephemeris.name, "", ""]
        for name in order:
            file, mark = truth.files.get(name), truth.cusp_records.get(name)
            marks = [str(index) for index in mark] if mark else ["", ""]
            row += [str(file is not None), file.path.name if file else "", *marks]
        lines.append("\t".join(row).rstrip("\t"))  # a row ends at its last value
    path = folder / CUSP_TABLE
    try:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise unwritten(path, error) from error


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritten(folder, error) from error
