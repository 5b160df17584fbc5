"""Complete, or undo, what a killed run was publishing."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from .fingerprint import digest_file
from .intents import read_intent
from .ledger import Ledger
from .outputs import StagedFile, withdraw
from .recorder import Recorder


def recover(out: Path, ledger: Ledger, book: Callable[[str, str], Recorder]) -> tuple[int, int]:
    """See to it that the files of every item are there together.

    Parameters
    ----------
    out
        The output folder, which the caller holds.
    ledger
        Its ledger, open for writing.
    book
        Makes a recorder for a recipe and a version.

    Returns
    -------
    completed, undone : int
        How many items.
    """
    completed = undone = 0
    for number, text in ledger.intents():
        recipe, version, task, result = read_intent(text)
        here = [_is_published(out, file) for file in result.files]
        if all(
            there or Path(file.temporary).is_file()
            for there, file in zip(here, result.files, strict=True)
        ):
            task = replace(task, before=ledger.of(recipe).record(task.item.key))
            book(recipe, version).complete(task, result, number)
            completed += 1
            continue
        # Something of it is lost: what had been there before comes back.
        withdraw(
            out,
            [
                (file.name, _kept(file))
                for there, file in zip(here, result.files, strict=True)
                if there
            ],
        )
        with ledger.transaction():
            ledger.settle_intents([number])
        undone += 1
    return completed, undone


def _is_published(out: Path, file: StagedFile) -> bool:
    if Path(file.temporary).exists():
        return False
    with contextlib.suppress(OSError):
        return digest_file(out / file.name) == file.digest
    return False


def _kept(file: StagedFile) -> str | None:
    temporary = Path(file.temporary)
    found = sorted(temporary.parent.glob(f"{temporary.name}.old-*"))
    return str(found[0]) if found else None
