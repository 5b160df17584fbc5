"""FAST file names: which orbit, instrument and version a file is, and what a folder holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from figmill.config.paths import missing
from figmill.errors import InputError
from figmill.fast.options import INSTRUMENTS
from figmill.recipes.inputs import find_files

"""Electrons and ions, survey and burst; the default order of rows."""

SPECIES = {"e": "electrons", "i": "ions"}
KINDS = {"s": "survey", "b": "burst"}

_LEVEL_2 = re.compile(
    r"fa_esa_l2_(?P<instrument>[a-z]{3})_(?P<start>\d{14})_(?P<orbit>\d+)_v(?P<version>\d+)\.cdf",
    re.IGNORECASE,
)
_ORBIT = re.compile(r"fa_k0_orb_(?P<orbit>\d+)_v(?P<version>\d+)\.cdf", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Name:
    """What a file name says.

    Attributes
    ----------
    instrument
        One of `INSTRUMENTS`, or "orb" for an orbit file.
    orbit, version
        Numbers.
    start
        Begin of the data, UTC; None for an orbit file.
    """

    instrument: str
    orbit: int
    version: int
    start: datetime | None = None

    @property
    def rank(self) -> tuple[int, float]:
        """Of several files of an orbit and instrument, the highest one counts."""
        return self.version, self.start.timestamp() if self.start else 0.0


def parse_name(name: str) -> Name:
    """Read a file name.

    Raises
    ------
    InputError
        If it is not that of a FAST ESA level 2 file or orbit file.

    Examples
    --------
    >>> parse_name("fa_esa_l2_ees_20000128210935_13616_v02.cdf").orbit
    13616
    """
    if match := _ORBIT.fullmatch(name):
        return Name("orb", int(match["orbit"]), int(match["version"]))
    if not (match := _LEVEL_2.fullmatch(name)):
        raise InputError(
            "The name is not that of a FAST ESA file.",
            file=name,
            hint="Expected fa_esa_l2_ees_20000128210935_13616_v01.cdf or fa_k0_orb_13616_v01.cdf.",
        )
    instrument = match["instrument"].lower()
    if instrument not in INSTRUMENTS:
        raise InputError(
            f"There is no instrument {instrument!r}.",
            file=name,
            hint=f"There are {', '.join(INSTRUMENTS)}.",
        )
    try:
        start = datetime.strptime(match["start"], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise InputError(
            f"{match['start']} is not a time.", file=name, hint="Expected YYYYMMDDhhmmss."
        ) from error
    return Name(instrument, int(match["orbit"]), int(match["version"]), start)


@dataclass(frozen=True, slots=True)
class OrbitFiles:
    """The files of one orbit.

    Attributes
    ----------
    orbit
        Its number.
    files
        By instrument, the file that counts.
    ephemeris
        The orbit file, or None.
    passed_over
        Files of this orbit that do not count, since a later one replaces them.
    """

    orbit: int
    files: Mapping[str, Path] = field(default_factory=dict)
    ephemeris: Path | None = None
    passed_over: tuple[Path, ...] = ()

    @property
    def start(self) -> datetime:
        """Begin of the earliest file, by its name."""
        starts = [parse_name(path.name).start for path in self.files.values()]
        return min(start for start in starts if start is not None)

    @property
    def rivals(self) -> Mapping[str, str]:
        """By instrument, the name of another file of the same version, where there is one."""
        found = {}
        for path in self.passed_over:
            other = parse_name(path.name)
            chosen = self.files.get(other.instrument)
            if chosen is not None and parse_name(chosen.name).version == other.version:
                found[other.instrument] = path.name
        return found

    @property
    def folder(self) -> str:
        """Where its figures go: ``year/month/orbit``."""
        return f"{self.start:%Y/%m}/{self.orbit}"


@dataclass(frozen=True, slots=True)
class Found:
    """What a folder holds.

    Attributes
    ----------
    orbits
        Those with at least one instrument file, by number.
    unfit
        CDF files whose names are not of this mission, with the reason.
    """

    orbits: Sequence[OrbitFiles]
    unfit: Sequence[tuple[Path, str]]


def check_paths(paths: Iterable[str | Path]) -> None:
    """Make sure that folders and files are there.

    Raises
    ------
    ConfigError
        If one is not.
    """
    for path in paths:
        if not Path(path).exists():
            raise missing(path, "file or folder")


def discover(paths: Iterable[str | Path], instruments: Sequence[str] = INSTRUMENTS) -> Found:
    """Find the files of orbits at any depth.

    Parameters
    ----------
    paths
        Folders, and files.
    instruments
        Which instruments are wanted.

    Raises
    ------
    ConfigError
        If a path is not there.
    """
    check_paths(paths := list(paths))
    best: dict[tuple[int, str], tuple[tuple[int, float], str, Path]] = {}
    passed: dict[int, list[Path]] = {}
    unfit: list[tuple[Path, str]] = []
    for _, file, _ in find_files(paths, (".cdf",), shared_keys=True, what="CDF files"):
        try:
            name = parse_name(file.name)
        except InputError as error:
            unfit.append((file, error.message))
            continue
        if name.instrument != "orb" and name.instrument not in instruments:
            continue
        key = (name.orbit, name.instrument)
        candidate = (name.rank, file.as_posix(), file)
        known = best.get(key)
        if known is None or candidate[:2] > known[:2]:
            best[key] = candidate
            candidate = known or candidate
        if known is not None:
            passed.setdefault(name.orbit, []).append(candidate[2])
    orbits = []
    for number in sorted({orbit for orbit, instrument in best if instrument != "orb"}):
        files = {one: best[number, one][2] for one in instruments if (number, one) in best}
        ephemeris = best.get((number, "orb"))
        orbits.append(
            OrbitFiles(
                number,
                files,
                ephemeris[2] if ephemeris else None,
                tuple(sorted(passed.get(number, ()))),
            )
        )
    return Found(orbits, unfit)


def describe_instrument(instrument: str) -> str:
    """An instrument in words.

    Examples
    --------
    >>> describe_instrument("eeb")
    'electrons, burst'
    """
    return f"{SPECIES[instrument[0]]}, {KINDS[instrument[2]]}"
