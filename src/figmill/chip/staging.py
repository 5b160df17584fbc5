"""Bring a stage up to what a folder of raw files holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from figmill import mill
from figmill.chip.history import Renewed, renew_histories
from figmill.chip.manifest import CALIBRATION, read_notes
from figmill.chip.names import chip_in
from figmill.chip.stage import StageRecipe
from figmill.chip.tree import StageTree, natural
from figmill.chip.zones import record_zone, zone_of_stage
from figmill.engine import Ledger, Listener, RunOptions, RunReport

# What the engine says of an item whose file another one has.
_WRITTEN = re.compile(r"""this file belongs to item (['"])(?P<by>.*)\1\.""")


@dataclass(frozen=True, slots=True)
class StageReport:
    """What came of staging.

    Parameters
    ----------
    run
        The engine's report.
    runs
        How many runs the stage holds now.
    rejects
        Raw files that could not be used, and why.
    copies
        Raw files that hold a measurement that another one holds.
    histories
        What became of each history.
    notes
        Raw files of which something was put right or left out, and what.
    chipless
        Raw files that name no chip and are no calibrations: they are in no history.
    files
        How many raw files there are.
    """

    run: RunReport
    runs: int
    rejects: tuple[tuple[str, str], ...]
    copies: tuple[str, ...]
    histories: tuple[Renewed, ...]
    notes: tuple[tuple[str, str], ...] = ()
    chipless: tuple[str, ...] = ()
    files: int = 0

    @property
    def is_barren(self) -> bool:
        """Whether there are raw files and every one of them was rejected."""
        return 0 < self.files == len(self.rejects)


def stage_raw(
    raw: str | Path,
    stage: str | Path,
    *,
    timezone: str | None = None,
    lab: str | Path | None = None,
    renumber: bool = False,
    options: RunOptions | None = None,
    listeners: Sequence[Listener] = (),
) -> StageReport:
    """Bring a stage up to what a folder of raw files holds.

    Parameters
    ----------
    raw
        The folder; its subfolders count.
    stage
        The stage, which is made if missing. Only new and changed files are read.
    timezone
        The lab's time zone, for the dates in histories and legends; None for that of the stage, or
        else UTC.
    lab
        The lab file; see `figmill.chip.lab.Lab`.
    renumber
        Give every run of every history a new number, by its start. Configurations that name runs
        by number then mean others.
    options, listeners
        As for `figmill.engine.run`.

    Raises
    ------
    figmill.errors.ConfigError
        There is no such folder, or nothing in it.
    """
    zone, assumed = (timezone, ()) if timezone else zone_of_stage(Path(stage))
    recipe = StageRecipe(raw=Path(raw), timezone=zone, lab=None if lab is None else Path(lab))
    recipe.check()
    listed = {item.key for item in recipe.items()}
    report = mill.run(recipe, stage, options=options, listeners=listeners, raise_interrupt=False)
    if options is not None and options.dry_run:
        return StageReport(report, 0, (), (), (), files=len(listed))
    rejects, chipless = [], []
    notes = [(str(note.place), note.text) for note in assumed]
    with Ledger.read(Path(stage), recipe.name) as ledger:
        failed = {one.record.key: one for one in ledger.failures()}
        facts = {key: row for key, row in ledger.all_facts() if key not in failed}
    holders: dict[object, list[str]] = {}
    for key, row in facts.items():
        if key in listed:
            holders.setdefault(row["run_id"], []).append(key)
    for key, one in failed.items():
        if key not in listed:
            continue
        written = _WRITTEN.search(one.failure.message)
        if written and written["by"] in facts:
            holders.setdefault(facts[written["by"]]["run_id"], []).append(key)
        else:
            # The message starts with the whole path; what follows it tells line and reason.
            said = one.failure.message.removeprefix(str(Path(raw) / key)).lstrip(",: ")
            rejects.append((key, said.removeprefix(key).lstrip(",: ")))
    # Which of several copies was staged is chance; the first by name stands for them all.
    copies = []
    rows = [row for key, row in facts.items() if key not in listed]
    for keys in holders.values():
        first, *others = sorted(keys, key=natural)
        copies += others
        row = {**next(facts[key] for key in keys if key in facts), "source_file": first}
        rows.append(row)
        told = read_notes(row["notes"])
        notes += [(first, str(note)) for note in told if note.code != "chip-not-named"]
        if chip_in(row) is None and row["proc"] != CALIBRATION:
            chipless.append(first)
    tree = StageTree.made(stage)
    manifest = tree.write_manifest(rows)
    record_zone(tree.root, zone)
    histories = tuple(renew_histories(tree, renumber=renumber))
    return StageReport(
        report,
        manifest.height,
        tuple(rejects),
        tuple(sorted(copies)),
        histories,
        tuple(sorted(notes)),
        tuple(sorted(chipless)),
        len(listed),
    )
