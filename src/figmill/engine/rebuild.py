"""Rebuild a lost or damaged ledger from what the finished files say of themselves."""

from __future__ import annotations

import itertools
import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .filesystem import is_network
from .fingerprint import FileStamp, Fingerprint, canonical, digest_file, stat_file, with_digests
from .item import Item
from .ledger import Ledger, ledger_path
from .lock import folder_lock
from .outputs import HOME

ITEM = "figmill:item"
VERSION = "figmill:version"
PARAMETERS = "figmill:parameters"
INPUTS = "figmill:inputs"
FILES = "figmill:files"


@dataclass(frozen=True, slots=True)
class Repair:
    """What a repair found.

    Parameters
    ----------
    items
        Items that are done, by their files.
    files
        Files that belong to them.
    foreign
        Files without provenance, which were left alone.
    incomplete
        Items of which files are missing; they run again.
    kept
        Where the old ledger is now; None where there was none.
    """

    items: int
    files: int
    foreign: int
    incomplete: int
    kept: Path | None


def stamp(item: Item, version: str, *, files: int = 1) -> dict[str, str]:
    """Say what the files of an item must carry so that the ledger can be rebuilt from them.

    Holds nothing that changes from run to run or from machine to machine: of the inputs the names,
    sizes and digests.

    Parameters
    ----------
    item
        The item.
    version
        The run's version.
    files
        How many files the item writes.

    Returns
    -------
    dict of str to str
        To be embedded in every file as it is (PNG text, PDF and SVG metadata).
    """
    inputs = with_digests(stat_file(path) for path in item.inputs)
    return {
        ITEM: item.key,
        VERSION: version,
        PARAMETERS: canonical(item.parameters),
        INPUTS: json.dumps([[Path(one.path).name, one.size, one.digest] for one in inputs]),
        FILES: str(files),
    }


def repair(out: Path | str, provenance: Callable[[Path], Mapping[str, str] | None]) -> Repair:
    """Rebuild the ledger of an output folder; the old one is kept beside the new.

    Items without files of their own (no data, failed) are forgotten and run again.

    Parameters
    ----------
    out
        The output folder.
    provenance
        Reads from a file what `stamp` gave it; None where there is nothing.

    Raises
    ------
    FolderInUseError
        A run holds the folder.
    OutputError
        The folder cannot be written.
    """
    folder = Path(out).absolute()
    network = is_network(folder)
    with folder_lock(folder, network=network):
        found, foreign = _gather(folder, provenance)
        kept = _set_aside(ledger_path(folder))
        items = files = incomplete = 0
        with Ledger.open(folder, network=network) as ledger, ledger.transaction():
            for position, key in enumerate(sorted(found)):
                parts = found[key]
                record = _record(parts)
                if record is None:
                    incomplete += 1
                    continue
                stamps = tuple(sorted((stamp for stamp, _ in parts), key=lambda one: one.path))
                ledger.finish(key, position, "done", record, run=0, outputs=stamps)
                ledger.own(key, (stamp.path for stamp in stamps))
                items += 1
                files += len(stamps)
    return Repair(items, files, foreign, incomplete, kept)


_Part = tuple[FileStamp, Mapping[str, str]]


def _gather(
    folder: Path, provenance: Callable[[Path], Mapping[str, str] | None]
) -> tuple[dict[str, list[_Part]], int]:
    found: dict[str, list[_Part]] = defaultdict(list)
    foreign = 0
    for path in _files(folder):
        name = path.relative_to(folder).as_posix()
        try:
            carried = provenance(path)
            digest = digest_file(path)
        except OSError:
            carried = digest = None
        if not carried or ITEM not in carried or digest is None:
            foreign += 1
            continue
        seen = stat_file(path, name)
        found[carried[ITEM]].append((FileStamp(name, seen.size, seen.mtime_ns, digest), carried))
    return found, foreign


def _files(folder: Path) -> Iterator[Path]:
    for at, folders, names in os.walk(folder):
        if Path(at) == folder and HOME in folders:
            folders.remove(HOME)
        folders.sort()
        yield from (Path(at) / name for name in sorted(names))


def _record(parts: list[_Part]) -> Fingerprint | None:
    # Files of different versions or inputs are left over from different runs of one item.
    carried = parts[0][1]
    if any(dict(other) != dict(carried) for _, other in parts):
        return None
    try:
        if int(carried.get(FILES, "1")) != len(parts):
            return None
        inputs = tuple(
            FileStamp(name, size, 0, digest) for name, size, digest in json.loads(carried[INPUTS])
        )
        return Fingerprint(carried[VERSION], carried[PARAMETERS], inputs)
    except (KeyError, ValueError, TypeError):
        return None


def _set_aside(path: Path) -> Path | None:
    kept = None
    if path.exists():
        names = (path.with_name(f"{path.name}.damaged-{number}") for number in itertools.count(1))
        kept = next(name for name in names if not name.exists())
        path.rename(kept)
    # The log belongs to the old file; beside a new one it would be played into it.
    for suffix in ("-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return kept
