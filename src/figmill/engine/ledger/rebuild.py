"""Rebuild a lost or damaged ledger from all that still tells of the results.

That is, in this order: the ledger itself where it is sound, the lines beside it (see `sidecar`),
and what the files carry of their origin (see `origin`). Nothing is believed of a file that is not
as it was written.
"""

from __future__ import annotations

import itertools
import json
import os
import sqlite3
import stat as modes
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, TypeAlias

from figmill.engine.filesystem import case_matters, is_network
from figmill.engine.fingerprint import FileStamp, Fingerprint, digest_file
from figmill.engine.ledger import schema, sidecar
from figmill.engine.ledger.database import connect_reading, explained
from figmill.engine.ledger.ledger import Ledger, ledger_path
from figmill.engine.ledger.records import Earlier, Record
from figmill.engine.ledger.results import after_success, by_part, joined
from figmill.engine.lock import folder_lock
from figmill.engine.origin import Origin, read_origin
from figmill.engine.outputs import HOME
from figmill.engine.plan import same_result
from figmill.errors import LedgerError, OutputError

Condition: TypeAlias = Literal["missing", "sound", "damaged", "newer"]
Reader: TypeAlias = Callable[[Path], Mapping[str, str] | None]

# Environmental: another try may find the ledger sound.
_PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_NOMEM,
    }
)


@dataclass(frozen=True, slots=True)
class Repair:
    """What a repair found.

    Parameters
    ----------
    items
        Items that are finished: what is asked for again of them does not run.
    files
        Their files, which are as they were written.
    copies
        Figures under other names than figmill gave them, which were left alone.
    foreign
        Files that belong to nothing, which were left alone.
    incomplete
        Items of which files are missing or were altered: what is missing is made again.
    known
        How many of ``items`` each source told of: ``ledger``, ``sidecar``, ``figures``.
    sound
        Whether the old ledger was sound, and is still in use.
    kept
        Where the old ledger is now; None where there was none, or it is in use.
    """

    items: int
    files: int
    copies: int
    foreign: int
    incomplete: int
    known: Mapping[str, int] = field(default_factory=dict)
    sound: bool = False
    kept: Path | None = None


def repair(out: Path | str, provenance: Reader, *, discard_newer: bool = False) -> Repair:
    """Rebuild the ledger of an output folder; the old one is kept beside the new.

    A ledger that is sound stays, and is given what it does not know. Items that failed are
    forgotten with a damaged one, and run again.

    Parameters
    ----------
    out
        The output folder.
    provenance
        Reads from a file what `stamp` and `stamp_of` gave it; None where there is nothing.
    discard_newer
        Also set a ledger aside that a newer figmill wrote.

    Raises
    ------
    FolderInUseError
        A run holds the folder.
    LedgerError
        A newer figmill wrote the ledger; or another program has it open.
    OutputError
        The folder cannot be written.
    """
    folder = Path(out).absolute()
    path = ledger_path(folder)
    network = is_network(folder)
    with folder_lock(folder, network=network):
        disk = _Disk(folder)
        found = _Findings()
        condition = _condition(path)
        if condition == "newer" and not discard_newer:
            raise _newer(path, folder)
        if condition == "sound" and not _verify(folder, disk, found, network=network):
            condition, found = "damaged", _Findings()
        told = _told(folder, disk, found)
        carried = _carried(disk, provenance, found)
        kept = None if condition in ("missing", "sound") else _set_aside(path, condition)
        with Ledger.open(folder, network=network) as ledger, ledger.transaction():
            for item in _settled(disk, told, carried, found):
                _write(ledger, item, found, fold=case_matters(folder / HOME))
    foreign = len(found.nameless - found.taken)
    return Repair(
        sum(found.known.values()),
        found.files,
        found.copies,
        foreign,
        found.incomplete,
        dict(found.known),
        condition == "sound",
        kept,
    )


_Key: TypeAlias = tuple[str, str]


@dataclass(slots=True)
class _Findings:
    """What is counted on the way, and which files have their place."""

    known: Counter[str] = field(default_factory=Counter)
    files: int = 0
    copies: int = 0
    incomplete: int = 0
    listed: set[_Key] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    nameless: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Item:
    """An item as it will be recorded."""

    recipe: str
    key: str
    source: str
    state: str = "planned"
    index: int | None = None
    place: str | None = None
    result: Earlier | None = None
    earlier: tuple[Earlier, ...] = ()
    attempts: int = 1
    seconds: float = 0.0
    partial: bool = False


class _Disk:
    """The files of an output folder as they are now; links are not followed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._digests: dict[str, str | None] = {}
        self.files = {name: (size, at) for name, size, at in _walk(folder)}

    def path(self, name: str) -> Path:
        return self._folder / name

    def digest(self, name: str) -> str | None:
        """Read a file's content; None where that cannot be."""
        if name not in self._digests:
            try:
                self._digests[name] = digest_file(self.path(name)) if name in self.files else None
            except OSError:
                self._digests[name] = None
        return self._digests[name]

    def holds(self, stamp: FileStamp) -> bool:
        """Whether a file is as it was written."""
        size, at = self.files.get(stamp.path, (-1, 0))
        if size != stamp.size:
            return False
        return at == stamp.mtime_ns or (
            stamp.digest is not None and self.digest(stamp.path) == stamp.digest
        )

    def now(self, stamp: FileStamp) -> FileStamp:
        """Give a stamp with the time that the file has now."""
        return replace(stamp, mtime_ns=self.files[stamp.path][1])

    def stamp(self, name: str, part: str) -> FileStamp | None:
        """Give the stamp of a file as it is; None where it cannot be read."""
        digest = self.digest(name)
        return None if digest is None else FileStamp(name, *self.files[name], digest, part)


def _walk(folder: Path) -> Iterator[tuple[str, int, int]]:
    for at, folders, names in os.walk(folder):
        if Path(at) == folder and HOME in folders:
            folders.remove(HOME)
        folders.sort()
        for name in sorted(names):
            path = Path(at) / name
            try:
                about = path.lstat()
            except OSError:
                continue
            size = about.st_size if modes.S_ISREG(about.st_mode) else -1
            yield path.relative_to(folder).as_posix(), size, about.st_mtime_ns


# The old ledger


def _condition(path: Path) -> Condition:
    if not path.exists():
        return "missing"
    try:
        if schema.is_newer(path):
            return "newer"
        schema.check_file(path)
        if path.stat().st_size == 0:
            return "damaged"
        with explained(path):
            db = connect_reading(path)
            try:
                sound = db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
                if db.execute("PRAGMA user_version").fetchone()[0] > schema.VERSION:
                    return "newer"
                schema.check_version(db, path)
            finally:
                db.close()
    except LedgerError as error:
        if _passes(error):
            raise
        return "damaged"
    except OSError as error:
        raise LedgerError(
            f"it cannot be read: {error.strerror or error}.",
            file=path,
            hint="Check the permissions of the folder.",
        ) from error
    return "sound" if sound else "damaged"


def _passes(error: LedgerError) -> bool:
    cause = error.__cause__
    code = cause.sqlite_errorcode if isinstance(cause, sqlite3.Error) else 0
    return code & 0xFF in _PASSING


def _newer(path: Path, out: Path) -> LedgerError:
    return LedgerError(
        "a newer figmill wrote this ledger.",
        file=path,
        hint=f"Update figmill. To do without that ledger: figmill repair --discard-newer {out}",
    )


def _verify(folder: Path, disk: _Disk, found: _Findings, *, network: bool) -> bool:
    """Compare a ledger with the files; False where it cannot be read to its end."""
    try:
        with Ledger.open(folder, network=network) as opened:
            ledger = opened.of(None)
            published = _being_published(ledger)
            for record in ledger.items():
                _count(ledger, record, disk, found, published)
    except LedgerError as error:
        if _passes(error):
            raise
        return False
    except (ValueError, TypeError, KeyError):  # JSON in it that is none
        return False
    return True


def _being_published(ledger: Ledger) -> frozenset[_Key]:
    intents = (json.loads(text) for _, text in ledger.intents())
    return frozenset((each["recipe"], each["key"]) for each in intents)


def _count(
    ledger: Ledger,
    record: Record,
    disk: _Disk,
    found: _Findings,
    published: frozenset[_Key],
) -> None:
    item = record.recipe, record.key
    found.listed.add(item)
    files = [*record.outputs]
    files += [stamp for one in ledger.earlier(record) for stamp in one.outputs]
    found.taken.update(stamp.path for stamp in files)
    sound = {stamp.path for stamp in files if disk.holds(stamp)}
    # The next run completes what was being published.
    found.incomplete += len(sound) < len(files) and item not in published
    if record.state in ("done", "no_data") and {one.path for one in record.outputs} <= sound:
        found.known["ledger"] += 1
        found.files += len(sound)


def _set_aside(path: Path, condition: Condition) -> Path:
    names = (path.with_name(f"{path.name}.{condition}-{number}") for number in itertools.count(1))
    kept = next(name for name in names if not name.exists())
    try:
        path.rename(kept)
        for suffix in ("-wal", "-journal"):
            # What is in the log belongs to the old file, and would be played into a new one.
            log = path.with_name(path.name + suffix)
            if log.exists():
                log.rename(kept.with_name(kept.name + suffix))
        path.with_name(path.name + "-shm").unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(
            f"the old ledger cannot be set aside: {error.strerror or error}.",
            file=path,
            hint="Check the permissions of the folder.",
        ) from error
    return kept


# What the lines beside it say


def _told(folder: Path, disk: _Disk, found: _Findings) -> dict[_Key, tuple[_Item, list[Earlier]]]:
    """Give what is noted and true, each with the parts that were found altered or missing."""
    told = {}
    try:
        for noted in sidecar.read(folder):
            item = noted.recipe, noted.key
            if item not in found.listed:
                told[item] = _from_note(noted, disk, found)
    except OSError as error:
        raise OutputError(
            f"it cannot be read: {error.strerror or error}.",
            file=folder / HOME / sidecar.FILE,
            hint="Check its permissions, or move it away: then the figures alone are asked.",
        ) from error
    return told


def _from_note(noted: sidecar.Noted, disk: _Disk, found: _Findings) -> tuple[_Item, list[Earlier]]:
    item = _Item(
        noted.recipe,
        noted.key,
        "sidecar",
        index=noted.index,
        place=noted.source,
        attempts=noted.attempts,
        seconds=noted.seconds,
    )
    earlier, lost = _parted(noted.earlier, disk, found)
    if noted.state == "no_data":
        item.state, item.result = "no_data", replace(noted.result, outputs=())
    elif noted.state == "done" or (noted.result.outputs and noted.state != "failed"):
        whole, broken = _parted(by_part(noted.result), disk, found)
        lost += broken
        common = [one for one in broken if not one.part]
        parts = [one for one in whole if one.part or not noted.result.parts]
        if parts and not common:
            item.state = "done"
            item.result = replace(
                noted.result,
                outputs=tuple(stamp for one in whole for stamp in one.outputs),
                parts=frozenset(one.part for one in whole) - {""},
            )
        else:
            earlier += [replace(one, whole=False) for one in whole]
    item.partial = any(
        one.whole and any(s.path not in found.taken and not disk.holds(s) for s in one.outputs)
        for one in lost
    )
    # What is left of a part that lost files goes with the item all the same.
    item.earlier = (*earlier, *(_left(one, disk, found) for one in lost))
    return item, lost


def _parted(
    pieces: Iterable[Earlier], disk: _Disk, found: _Findings
) -> tuple[list[Earlier], list[Earlier]]:
    """Tell results that are as they were written from others."""
    whole, lost = [], []
    for one in pieces:
        # A name that a later result has taken is not this one's any more.
        if all(stamp.path not in found.taken and disk.holds(stamp) for stamp in one.outputs):
            found.taken.update(stamp.path for stamp in one.outputs)
            whole.append(replace(one, outputs=tuple(map(disk.now, one.outputs))))
        else:
            lost.append(one)
    return whole, lost


def _left(one: Earlier, disk: _Disk, found: _Findings) -> Earlier:
    stamps = tuple(
        disk.now(stamp)
        for stamp in one.outputs
        if stamp.path not in found.taken and disk.holds(stamp)
    )
    return replace(one, outputs=stamps, whole=False, stale="")


# What the files carry


_Carried: TypeAlias = list[tuple[FileStamp, Origin]]


def _carried(disk: _Disk, provenance: Reader, found: _Findings) -> dict[_Key, _Carried]:
    """Ask the files that have no place yet where they come from."""
    carried: dict[_Key, _Carried] = defaultdict(list)
    for name, (size, _) in disk.files.items():
        if name in found.taken:
            continue
        found.nameless.add(name)
        if size < 0:
            continue
        try:
            origin = read_origin(provenance(disk.path(name)) or {}, name)
        except OSError:
            origin = None
        stamp = None if origin is None else disk.stamp(name, origin.part)
        if origin is None or stamp is None:
            continue
        listed = (origin.recipe, origin.key) in found.listed
        if not origin.is_of(name) or (listed and not origin.file):
            found.copies += 1
            found.nameless.discard(name)
        elif not listed:
            carried[origin.recipe, origin.key].append((stamp, origin))
    return carried


def _groups(carried: _Carried) -> list[_Carried]:
    """Part files by what they were made of, the oldest first."""
    groups: dict[Origin, _Carried] = defaultdict(list)
    for stamp, origin in carried:
        groups[replace(origin, file="", part="")].append((stamp, origin))
    return sorted(groups.values(), key=lambda group: max(stamp.mtime_ns for stamp, _ in group))


def _from_files(group: _Carried, disk: _Disk) -> tuple[Earlier | None, list[Earlier]]:
    """Give the parts of a result of which all files are there, and what is left of others."""
    origin = group[0][1]
    made = origin.fingerprint or Fingerprint("", "{}", ())
    by_name: dict[str, list[FileStamp]] = defaultdict(list)
    names: dict[str, set[str]] = defaultdict(set)
    for stamp, one in group:
        by_name[stamp.part].append(stamp)
        names[stamp.part].add(one.file)
    usable = origin.fingerprint is not None and origin.facts is not None
    if origin.count:
        usable = usable and len(group) == origin.count
    usable = usable and all(disk.holds(stamp) for stamp in origin.data)
    whole = [part for part in by_name if usable and (origin.count or names[part] >= origin.figures)]
    left = [
        Earlier(part, made, tuple(stamps), frozenset({part} - {""}), whole=False)
        for part, stamps in by_name.items()
        if part not in whole
    ]
    if not whole:
        return None, left
    result = Earlier(
        "",
        made,
        tuple(stamp for part in whole for stamp in by_name[part])
        + tuple(map(disk.now, origin.data)),
        frozenset(whole) - {""},
        origin.facts or "{}",
        notes=origin.notes,
    )
    return result, left


# All of it together


def _settled(
    disk: _Disk,
    told: Mapping[_Key, tuple[_Item, list[Earlier]]],
    carried: Mapping[_Key, _Carried],
    found: _Findings,
) -> Iterator[_Item]:
    for item in sorted({*told, *carried}, key=lambda one: (one[1], one[0])):
        known, lost = told.get(item) or (_Item(*item, source="figures"), [])
        before = [*known.earlier]
        results: list[Earlier] = []
        for group in _groups(carried.get(item, [])):
            result, left = _from_files(group, disk)
            before += left
            known.partial = known.partial or bool(left)
            if result is not None and any(_is_altered(result, one) for one in lost):
                before += [replace(one, whole=False) for one in by_part(result)]
            elif result is not None:
                results.append(result)
        if known.state == "done" and known.result is not None:
            results.append(known.result)
        elif known.state == "planned" and results:
            known.state, known.source = "done", "figures"
        for result in results:
            settled = after_success(before, result)
            before = [*settled.earlier, *by_part(settled.result)]
            if known.state == "done" and result is results[-1]:
                known.result, before = settled.result, [*settled.earlier]
        known.earlier = joined([one for one in before if one.outputs or one.whole])
        found.taken.update(_names(known))
        yield known


def _is_altered(carried: Earlier, lost: Earlier) -> bool:
    """Whether files that carry a known origin are not what was written at that time."""
    return same_result(carried.fingerprint, lost.fingerprint) and lost.part in {
        *carried.parts,
        "",
    }


def _names(item: _Item) -> Iterator[str]:
    kept = [*item.earlier] if item.result is None else [item.result, *item.earlier]
    return (stamp.path for one in kept for stamp in one.outputs)


def _write(ledger: Ledger, item: _Item, found: _Findings, *, fold: bool) -> None:
    names = list(_names(item))
    finished = item.state != "planned"
    found.incomplete += item.partial or not finished
    if not finished and not names:
        return
    book = ledger.of(item.recipe)
    result = item.result or Earlier("", Fingerprint("", "{}", ()), ())
    facts, noted = result.facts, result.notes
    if item.state != "done" and facts == "{}":
        facts = next((one.facts for one in item.earlier if one.whole), facts)
    if item.state != "done" and noted == "[]":
        noted = next((one.notes for one in item.earlier if one.whole), noted)
    book.finish(
        item.key,
        len(found.listed) if item.index is None else item.index,
        item.state,
        result.fingerprint,
        run=0,
        attempts=item.attempts if finished else 0,
        seconds=item.seconds,
        message=result.message,
        outputs=result.outputs,
        facts=facts,
        source=item.place,
        parts=result.parts,
        earlier=item.earlier,
        noted=noted,
    )
    book.own(item.key, names if fold else map(str.casefold, names))
    found.listed.add((item.recipe, item.key))
    if finished:
        found.known[item.source] += 1
        found.files += len(names)
