"""From entries to figures: which runs, which files, and all that can be known to be wrong."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from figmill.chip.config import Entry, Select
from figmill.chip.names import Chip
from figmill.chip.power import Calibrations
from figmill.chip.runs import Run, RunInfo
from figmill.chip.sequences import compact, spoken
from figmill.chip.tree import StageTree
from figmill.config.model import together
from figmill.errors import ConfigError, FigmillError, InputError
from figmill.item import JSON, Item
from figmill.notes import Note
from figmill.read.cache import DataCache

_SPELLED_NUMBERS = 12


@dataclass(frozen=True, slots=True)
class Planned:
    """An entry whose runs are known.

    Parameters
    ----------
    entry
        The entry.
    runs
        Its runs, in the order asked.
    missing
        Numbers of runs that the history knows but whose data the stage lacks.
    notes
        What a range passed over, and what was assumed when its runs were staged.
    """

    entry: Entry
    runs: tuple[Run, ...]
    missing: tuple[int, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def folder(self) -> str:
        """Where its files go, below the output folder."""
        proc = self.runs[0].info.proc
        base = f"{self.entry.file_name}/{proc}"
        lit = {run.info.has_light for run in self.runs}
        return base if len(lit) > 1 else f"{base}/{'Light' if lit.pop() else 'Dark'}_{proc}"

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its figures below the output folder, without suffix."""
        return tuple(self.name(stem) for stem in self.entry.plot.stems)

    def name(self, stem: str) -> str:
        """The name of one of its figures."""
        numbers = [run.info.seq for run in self.runs]
        spelled = (
            "_".join(map(str, numbers)) if len(numbers) <= _SPELLED_NUMBERS else compact(numbers)
        )
        tag = self.entry.tag or f"seq_{spelled}"
        return f"{self.folder}/{self.entry.file_name}_{stem}_{tag}"

    def item(self) -> Item:
        """The engine's item: named by its first file, redone when options, runs or data change."""
        entry = self.entry
        # A run without data is not an input, but named as missing: staging it changes the item.
        missing: dict[str, JSON] = {"missing": list(self.missing)} if self.missing else {}
        return Item(
            self.names[0],
            tuple(run.path for run in self.runs if run.info.seq not in self.missing),
            {
                **missing,
                "plot": entry.plot.type,
                "options": entry.plot.model_dump(mode="json"),
                "look": entry.look.model_dump(mode="json"),
                "chip": entry.chip_name,
                "names": dict(zip(entry.plot.stems, self.names, strict=True)),
                "runs": [run.info.as_json() for run in self.runs],
            },
            payload={"notes": self.notes},
        )


@dataclass(slots=True)
class Stage:
    """A stage as planning sees it: histories and calibrations, each read once."""

    tree: StageTree
    cache: DataCache | None = None
    _rows: dict[tuple[str, Chip], dict[int, Mapping[str, Any]]] = field(default_factory=dict)
    _calibrations: Calibrations | None = None
    _usual: str | None = None

    def settled(self, entry: Entry) -> Entry:
        """The entry with the group that is meant where it names none.

        Raises
        ------
        figmill.errors.ConfigError
            The stage has several groups.
        """
        if entry.group_given:
            return entry
        if self._usual is None:
            self._usual = self.tree.group_or_usual(None)
        return replace(entry, group=self._usual, group_given=True)

    def rows(self, group: str, chip: Chip) -> dict[int, Mapping[str, Any]]:
        """The history of a chip, by number."""
        if (group, chip) not in self._rows:
            history = self.tree.history(chip, group)
            self._rows[group, chip] = {int(row["seq"]): row for row in history.to_dicts()}
        return self._rows[group, chip]

    def run(self, row: Mapping[str, Any], *, power: bool, chip: str = "") -> Run:
        """The run of a history's row, with its irradiated power where that is wanted."""
        info = info_of(row)
        if power and info.has_light and info.wavelength_nm and info.laser_voltage_v is not None:
            if self._calibrations is None:
                self._calibrations = Calibrations.of(self.tree, self.cache)
            found = self._calibrations.power(
                info.wavelength_nm, info.laser_voltage_v, info.start_time
            )
            info = replace(info, irradiated_power_w=found.watts, power_flags=found.flags)
        if power and row.get("power_w") is not None:
            info = replace(info, irradiated_power_w=float(row["power_w"]), power_flags=("set",))
        date = str(row.get("date_local") or row.get("date") or "")
        path = self.tree.run_path(info.proc, date, info.run_id)
        return Run(info, path, chip, self.cache)


def info_of(row: Mapping[str, Any]) -> RunInfo:
    """What a history's row says of its run."""
    return RunInfo(
        seq=int(row["seq"]),
        run_id=row["run_id"],
        proc=row["proc"],
        start_time=float(row["start_time"]),
        datetime_local=str(row.get("datetime_local") or ""),
        has_light=bool(row.get("has_light")),
        wavelength_nm=row.get("wavelength_nm"),
        laser_voltage_v=row.get("laser_voltage_v"),
        vds_v=row.get("vds_v"),
        ids_a=row.get("ids_a"),
        vg_fixed_v=row.get("vg_fixed_v"),
        laser_period_s=row.get("laser_period_s"),
    )


def plan_entry(entry: Entry, stage: Stage) -> Planned:
    """Find the runs of an entry, and check its options against them.

    Raises
    ------
    figmill.errors.ConfigError
        It names runs that are not there or of another procedure, or an option does not fit them.
    """
    entry = stage.settled(entry)
    rows = stage.rows(entry.group, entry.chip)
    chosen, notes = _chosen(entry, rows)
    runs = tuple(
        stage.run(row, power=entry.plot.uses_power, chip=entry.chip_name) for row in chosen
    )
    missing = tuple(run.info.seq for run in runs if not run.path.is_file())
    if not missing:
        try:
            entry.plot.check(runs)
        except InputError as error:
            raise entry.error(f"{entry.plot.type}: {error.message}", error.hint or "") from error
    if silent := [row["seq"] for row in chosen if row.get("has_light") is None]:
        text = "the history does not say whether they were lit: they are taken as dark"
        notes.append(Note.doubt("light-not-told", text, spoken(silent)))
    for run in runs:
        notes += [
            replace(note, place=f"run {run.info.seq}, {note.place}".rstrip(", "))
            for note in stage.tree.notes.get(run.info.run_id, ())
        ]
    return Planned(entry, runs, missing, tuple(notes))


def plan_all(entries: Iterable[Entry], stage: Stage) -> list[Planned | ConfigError]:
    """Plan every entry; what is wrong with one stands in its place.

    Of two entries that would write one file, the later one is wrong.
    """
    result: list[Planned | ConfigError] = []
    writers: dict[str, Entry] = {}
    for entry in entries:
        try:
            planned = plan_entry(entry, stage)
        except FigmillError as error:
            result.append(_as_config(error, entry))
            continue
        taken = [name for name in planned.names if name in writers]
        if taken:
            other = writers[taken[0]].where
            result.append(
                entry.error(
                    f"Two entries would write {taken[0]!r}: this one and that of {other}.",
                    "Give one of them another tag.",
                )
            )
            continue
        writers.update(dict.fromkeys(planned.names, entry))
        result.append(planned)
    return result


def plan_or_raise(entries: Iterable[Entry], stage: Stage) -> list[Planned]:
    """Plan every entry.

    Raises
    ------
    figmill.errors.ConfigError
        All that is wrong, each with its line.
    """
    entries = list(entries)
    # A chip without history is one problem, however many entries want it.
    lacking: dict[tuple[str, Chip], ConfigError] = {}
    known = []
    for given in entries:
        chip = (given.group, given.chip)
        try:
            entry = stage.settled(given)
            chip = (entry.group, entry.chip)
            if chip not in lacking:
                stage.rows(*chip)
                known.append(entry)
        except FigmillError as error:
            lacking.setdefault(chip, _as_config(error, given))
    plans = plan_all(known, stage)
    problems = [*lacking.values(), *(plan for plan in plans if isinstance(plan, ConfigError))]
    if problems:
        raise together(problems)
    return [plan for plan in plans if isinstance(plan, Planned)]


def _as_config(error: FigmillError, entry: Entry) -> ConfigError:
    if isinstance(error, ConfigError) and (error.file, error.place) == (
        entry.file or None,
        entry.where or None,
    ):
        return error
    place = ", ".join(part for part in (error.file, error.place) if part)
    return entry.error(f"{place}: {error.message}" if place else error.message, error.hint or "")


def _chosen(
    entry: Entry, rows: Mapping[int, Mapping[str, Any]]
) -> tuple[list[Mapping[str, Any]], list[Note]]:
    wanted = entry.plot.procedures
    proc = " or ".join(wanted)
    notes: list[Note] = []
    if entry.asked is None:
        chosen = [row for row in rows.values() if row["proc"] in wanted]
    else:
        chosen = _by_number(entry, rows, notes)
    if entry.select is not None:
        fitting = [row for row in chosen if _fits(row, entry.select)]
        if not fitting:
            raise entry.error(
                f"select fits none of {len(chosen)} {proc} runs of {entry.chip_name}.",
                "List them with: figmill chip history "
                f"{entry.chip} --group {shlex.quote(entry.group)} --proc {wanted[0]}",
            )
        chosen = fitting[-entry.select.last :] if entry.select.last else fitting
    return chosen, notes


def _by_number(
    entry: Entry, rows: Mapping[int, Mapping[str, Any]], notes: list[Note]
) -> list[Mapping[str, Any]]:
    assert entry.asked is not None
    wanted = entry.plot.procedures
    proc = " or ".join(wanted)
    hint = (
        f"List its runs with: figmill chip history {entry.chip} --group {shlex.quote(entry.group)}"
    )
    chosen, absent, others = [], [], []
    for seq in entry.asked.numbers:
        row = rows.get(seq)
        if row is None:
            absent.append(seq)
        elif row["proc"] not in wanted:
            others.append(seq)
        else:
            chosen.append(row)
    named = entry.asked.named
    if gone := [seq for seq in absent if seq in named]:
        raise entry.error(
            f"{entry.chip_name} has no run {compact(gone)}; it has {compact(list(rows))}.", hint
        )
    if wrong := [seq for seq in others if seq in named]:
        listed = _by_procedure(wrong, rows)
        raise entry.error(f"{entry.plot.type} draws {proc} runs, but asked for is {listed}.", hint)
    if not chosen:
        raise entry.error(
            f"There is no {proc} run among {compact(entry.asked.numbers)} of {entry.chip_name}.",
            hint,
        )
    if others:
        text = f"passed over {_by_procedure(others, rows)}: not {proc}"
        notes.append(Note.info("runs-of-other-procedures", text))
    if absent:
        notes.append(Note.info("runs-not-there", f"passed over {compact(absent)}: no such run"))
    return chosen


def _by_procedure(numbers: Iterable[int], rows: Mapping[int, Mapping[str, Any]]) -> str:
    found: dict[str, list[int]] = {}
    for seq in numbers:
        found.setdefault(rows[seq]["proc"], []).append(seq)
    return ", ".join(f"{compact(members)} ({proc})" for proc, members in found.items())


_FIELDS = {
    "wavelength_nm": "wavelength_nm",
    "vg": "vg_fixed_v",
    "laser_voltage": "laser_voltage_v",
    "vds": "vds_v",
}


def _fits(row: Mapping[str, Any], select: Select) -> bool:
    if select.proc is not None and row["proc"] != select.proc:
        return False
    if select.has_light is not None and bool(row.get("has_light")) != select.has_light:
        return False
    return all(_among(row.get(column), getattr(select, name)) for name, column in _FIELDS.items())


def _among(value: float | None, wanted: float | Sequence[float] | None) -> bool:
    if wanted is None:
        return True
    if value is None:
        return False
    several = wanted if isinstance(wanted, Sequence) else (wanted,)
    return any(abs(value - one) <= 1e-9 + 1e-6 * abs(one) for one in several)


def default_stage(given: str | Path | None = None) -> Path:
    """The stage: as given, or from the environment, or where it usually is.

    ``FIGMILL_CHIP_STAGE`` names it, else ``stage`` and ``data/02_stage`` below the current folder
    are looked at.

    Parameters
    ----------
    given
        What the user names; None to look.
    """
    if given is not None:
        return Path(given)
    named = os.environ.get("FIGMILL_CHIP_STAGE")
    if named:
        return Path(named)
    usual = (Path("stage"), Path("data/02_stage"))
    return next((path for path in usual if path.is_dir()), usual[0])
