"""Remove files that have no place any more, and forget items: only here does a finished file go."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from figmill.engine.filesystem import case_matters, is_network
from figmill.engine.fingerprint import stat_file
from figmill.engine.ledger.ledger import Ledger, ledger_path
from figmill.engine.ledger.records import Record, Stale
from figmill.engine.ledger.sidecar import Sidecar
from figmill.engine.lock import folder_lock
from figmill.engine.outputs import remove
from figmill.engine.plan import stays
from figmill.errors import ConfigError
from figmill.text import plain_text


@dataclass(frozen=True, slots=True)
class Pruned:
    """What a pruning removes, or would.

    Parameters
    ----------
    files
        Files, each with the reason.
    forgotten
        Recipe and key of items that are forgotten: they run again when a job lists them.
    kept
        Stale files that stay, each with the reason: what they were made of is missing, so nothing
        could replace them.
    """

    files: tuple[Stale, ...]
    forgotten: tuple[tuple[str, str], ...]
    kept: tuple[Stale, ...]


def prune(
    out: Path | str,
    items: Collection[str] = (),
    *,
    failed: bool = False,
    remove_files: bool = False,
) -> Pruned:
    """Find, and remove if asked to, what an output folder need not keep.

    Without ``items`` those are its stale files: what should have been replaced and was not.

    Parameters
    ----------
    out
        The output folder.
    items
        Keys of items to let go of with all their files.
    failed
        Also forget the items that failed; what lies on disk of them counts as stale.
    remove_files
        False only says what would go.

    Raises
    ------
    figmill.errors.ConfigError
        An item is not known.
    figmill.errors.FolderInUseError
        A run holds the folder.
    figmill.errors.LedgerError
        There is no ledger, or it cannot be used.
    """
    folder = Path(out).absolute()
    if not remove_files:
        with Ledger.read(folder) as ledger:
            return _found(ledger, items, failed=failed)
    Ledger.read(folder).close()  # where there is none, none is made
    network = is_network(folder)
    with folder_lock(folder, network=network), Ledger.open(folder, network=network) as ledger:
        found = _found(ledger.of(None), items, failed=failed)
        gone = set(remove(folder, [one.file.path for one in found.files]))
        fold = str if case_matters(ledger_path(folder).parent) else str.casefold
        files = tuple(one for one in found.files if one.file.path in gone)
        with ledger.transaction():
            for recipe, key in dict.fromkeys((one.recipe, one.key) for one in files):
                book = ledger.of(recipe)
                record = book.record(key)
                if record is not None:
                    names = {
                        one.file.path for one in files if (one.recipe, one.key) == (recipe, key)
                    }
                    book.strike(record, names)
                    book.disown(key, map(fold, names))
            forgotten = []
            for recipe, key in found.forgotten:
                book = ledger.of(recipe)
                record = book.record(key)
                if record is not None and _names(book, record) <= gone:
                    book.forget(record)
                    forgotten.append((recipe, key))
        with Sidecar(folder) as sidecar:
            sidecar.forget(forgotten)
        return Pruned(files, found.forgotten, found.kept)


def _found(ledger: Ledger, items: Collection[str], *, failed: bool) -> Pruned:
    forgotten: list[Record] = []
    files: list[Stale] = []
    kept: list[Stale] = []
    if items:
        # As items have them: a file's name need not be UTF-8.
        for key in map(plain_text, items):
            records = ledger.all_of(key)
            if not records:
                out = ledger.path.parent.parent
                raise ConfigError(
                    f"no item {key!r} is known.",
                    file=out,
                    hint=f"To see items of similar names: figmill why {out} {key}",
                )
            forgotten += records
            for record in records:
                files += _files(ledger, record, "The item was named.")
    else:
        there = cache(lambda path: stat_file(path).exists)
        for one in ledger.stale():
            # Nothing could take the place of what was made from a file that is missing, whatever
            # the run said of it: a recipe may fail for want of a file that it does not list.
            gone = next((s.path for s in one.inputs if s.exists and not there(s.path)), "")
            if gone and one.left_over:  # the item is complete without it
                files.append(replace(one, why=f"{one.why} Input {gone} is missing."))
            elif gone:
                kept.append(replace(one, why=stays(gone), missing=True))
            else:
                (kept if one.missing else files).append(one)
    if failed:
        forgotten += [one.record for one in ledger.failures()]
    return Pruned(
        tuple(files),
        tuple(dict.fromkeys((record.recipe, record.key) for record in forgotten)),
        tuple(kept),
    )


def _files(ledger: Ledger, record: Record, why: str) -> list[Stale]:
    found = [Stale(record.recipe, record.key, stamp, why) for stamp in record.outputs]
    for one in ledger.earlier(record):
        found += [
            Stale(record.recipe, record.key, stamp, one.stale or why) for stamp in one.outputs
        ]
    return found


def _names(ledger: Ledger, record: Record) -> set[str]:
    return {one.file.path for one in _files(ledger, record, "")}
