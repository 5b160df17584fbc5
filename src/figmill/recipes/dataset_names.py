"""What the name of a mission's file says: dataset, date, orbit, version."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_NAME = re.compile(
    r"(?P<dataset>.+?)"
    r"(?:_(?P<stamp>\d{8}(?:[T-]?\d{4,6}Z?|_\d{6})?(?:-\d{8}(?:T?\d{4,6}Z?)?)?))?"
    r"(?:_(?P<orbit>\d{3,6}))?"
    r"(?:[_-]?[vV](?P<version>\d+(?:[._-]\d+)*))?"
)


@dataclass(frozen=True, slots=True)
class DatasetName:
    """The parts of a file's name.

    Attributes
    ----------
    dataset
        What all files of a dataset have in common.
    stamp
        Its date, as it stands there, or "".
    orbit
        Its orbit number, or None.
    version
        Its version, to be compared; () where it has none.
    """

    dataset: str
    stamp: str = ""
    orbit: int | None = None
    version: tuple[int, ...] = ()

    @classmethod
    def of(cls, path: Path) -> DatasetName:
        """Take a name apart.

        Examples
        --------
        >>> DatasetName.of(Path("mms1_fpi_des_20151016_v3.3.10.cdf"))
        DatasetName(dataset='mms1_fpi_des', stamp='20151016', orbit=None, version=(3, 3, 10))
        >>> DatasetName.of(Path("fa_k0_orb_13616_v01.cdf"))
        DatasetName(dataset='fa_k0_orb', stamp='', orbit=13616, version=(1,))
        """
        found = _NAME.fullmatch(path.stem)
        if found is None:
            return cls(path.stem)
        version = tuple(int(part) for part in re.findall(r"\d+", found["version"] or ""))
        orbit = None if found["orbit"] is None else int(found["orbit"])
        return cls(found["dataset"], found["stamp"] or "", orbit, version)


def highest_versions(
    files: Iterable[Path],
) -> tuple[tuple[Path, ...], tuple[tuple[Path, Path], ...]]:
    """Keep of files that differ by their version alone the highest one.

    Parameters
    ----------
    files
        In any order. Files of one name and version in several folders are the same to it: the
        first stays.

    Returns
    -------
    kept : tuple of Path
        In the order that they came.
    passed_over : tuple of (Path, Path)
        Each other file, and the one that stands for it.
    """
    best: dict[tuple[str, str, int | None], Path] = {}
    every = list(files)
    for file in every:
        name = DatasetName.of(file)
        key = (name.dataset, name.stamp, name.orbit)
        known = best.get(key)
        if known is None or name.version > DatasetName.of(known).version:
            best[key] = file
    kept, passed = [], []
    for file in every:
        name = DatasetName.of(file)
        chosen = best[name.dataset, name.stamp, name.orbit]
        if chosen is file:
            kept.append(file)
        else:
            passed.append((file, chosen))
    return tuple(kept), tuple(passed)
