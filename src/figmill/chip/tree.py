"""A staged tree: its manifest, its histories, and where each run's file is.

Trees of the documented system are read as they are: their paths are relative to a root that is
elsewhere, so a run is found by its procedure, date and number instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from figmill.chip.identity import same_runs
from figmill.chip.manifest import NUMBERS, RENAMED, TEXTS, read_notes, run_folder
from figmill.chip.names import (
    Chip,
    chip_in,
    history_name,
    order,
    read_history_name,
    spoken_name,
)
from figmill.errors import ConfigError, InputError
from figmill.notes import Note
from figmill.read.parquet import polars, read_frame, write_frame

if TYPE_CHECKING:
    import polars as pl

    from figmill.item import JSON

_RESTORE = (
    "Restore the file from a copy: the numbers of the runs are in it alone. Without one, remove it "
    "and stage with --renumber: configurations that name runs by number then mean others."
)
MANIFEST = "raw_measurements/_manifest/manifest.parquet"
HISTORIES = "chip_histories"
USUAL_GROUP = "Alisson"
"""The group of chips that commands mean where a stage has it and none is named."""


class StageTree:
    """A folder that holds staged runs.

    Parameters
    ----------
    root
        The folder.

    Raises
    ------
    figmill.errors.ConfigError
        It is not a stage.
    """

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root)
        if not self.root.is_dir():
            raise ConfigError(
                "There is no such stage.",
                file=self.root,
                hint="Make one: figmill chip stage RAW -o STAGE.",
            )
        if not (self.root / "raw_measurements").is_dir():
            raise ConfigError(
                "The folder is not a stage: it has no raw_measurements.",
                file=self.root,
                hint="Make one: figmill chip stage RAW -o STAGE, or give the right --stage.",
            )

    @classmethod
    def made(cls, root: str | Path) -> StageTree:
        """The stage at a folder, made if missing."""
        (Path(root) / "raw_measurements").mkdir(parents=True, exist_ok=True)
        return cls(root)

    @cached_property
    def manifest(self) -> pl.DataFrame:
        """One row a run, with figmill's names for the columns."""
        path = self.root / MANIFEST
        if not path.is_file():
            raise InputError(
                "The stage has no manifest.",
                file=path,
                hint="Stage the raw files: figmill chip stage RAW -o STAGE.",
            )
        pl = polars()
        frame = read_frame(path)
        frame = frame.rename({old: new for old, new in RENAMED.items() if old in frame.columns})
        if "start_time" not in frame.columns:
            utc = pl.col("start_time_utc").str.to_datetime(time_zone="UTC", time_unit="us")
            frame = frame.with_columns(start_time=utc.dt.epoch("us") / 1e6)
        return frame

    def write_manifest(self, rows: Iterable[Mapping[str, JSON]]) -> pl.DataFrame:
        """Write the manifest, ordered by start and name; runs staged twice count once.

        Runs that the tree held already, and that were not staged now, stay in it.
        """
        by_id: dict[Any, Mapping[str, Any]] = {}
        for row in sorted(rows, key=_order):
            by_id.setdefault(row["run_id"], row)
        if (self.root / MANIFEST).is_file():
            for row in self._left_over([*by_id.values()]):
                by_id[row["run_id"]] = row
        schema = _schema()
        kept = [
            {name: row.get(name) for name in schema} for row in sorted(by_id.values(), key=_order)
        ]
        frame: pl.DataFrame = polars().DataFrame(kept, schema=schema)
        write_frame(frame, self.root / MANIFEST)
        self.__dict__.pop("manifest", None)
        return frame

    def _left_over(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
        """Runs of the manifest that are none of these rows, in another state."""
        before = _by_chip(self.manifest.iter_rows(named=True))
        now = _by_chip(rows)
        for chip, runs in before.items():
            known = same_runs(runs, now.get(chip, []))
            for place, row in enumerate(runs):
                path = self.run_path(row["proc"], row["date_local"], row["run_id"])
                if place not in known and path.is_file():
                    yield row

    def chips(self) -> list[tuple[str, Chip]]:
        """Group and number, or name, of every chip with a history."""
        found: set[tuple[str, Chip]] = set()
        for path in sorted((self.root / HISTORIES).glob("*_history.parquet")):
            named = read_history_name(path.name)
            if named is not None:
                found |= _chips_within(path, named)
        return sorted(found, key=lambda chip: (chip[0], order(chip[1])))

    def group_or_usual(self, group: str | None) -> str:
        """The group that is named, or else the one that must be meant.

        Parameters
        ----------
        group
            As named; None for the usual one where the stage has it, or its only one.

        Raises
        ------
        figmill.errors.ConfigError
            None is named, and the stage has several.
        """
        if group is not None:
            return group
        groups = sorted({one for one, _ in self.chips()})
        if USUAL_GROUP in groups or not groups:
            return USUAL_GROUP
        if len(groups) > 1:
            raise ConfigError(
                f"The stage has chips of several groups: {', '.join(groups)}.",
                file=self.root,
                place="group",
                hint="Name one: --group NAME, or chip_group: NAME in a configuration.",
            )
        return groups[0]

    def history_path(self, group: str, number: Chip) -> Path:
        """Where the history of a chip lies."""
        return self.root / HISTORIES / history_name(group, number)

    def found_history(self, group: str, number: Chip) -> Path | None:
        """Where the history of a chip is, or None.

        Up to 0.1 the history of chip 2 of group W1 and that of chip 12 of group W were one file.
        """
        own = self.history_path(group, number)
        if own.is_file():
            return own
        shared = Path(f"{group}{number}_history.parquet")
        path = self.root / HISTORIES / shared
        if shared.name != str(shared) or not path.is_file():
            return None
        named = read_history_name(path.name)
        there = named is not None and (group, number) in _chips_within(path, named)
        return path if there else None

    def history(self, number: Chip, group: str | None = None) -> pl.DataFrame:
        """The history of a chip, in the order of its numbers.

        Parameters
        ----------
        number
            The chip's number, or its name.
        group
            Its group; see `group_or_usual`.

        Raises
        ------
        figmill.errors.ConfigError
            The stage has no history of that chip.
        """
        group = self.group_or_usual(group)
        path = self.found_history(group, number)
        if path is None:
            names = ", ".join(spoken_name(g, n) for g, n in self.chips()) or "none"
            raise ConfigError(
                f"The stage has no history of chip {spoken_name(group, number)}.",
                file=self.root,
                hint=f"Chips with one: {names}. Stage raw files of it: figmill chip stage.",
            )
        pl = polars()
        try:
            frame = read_frame(path)
        except InputError as error:
            raise InputError(error.message, file=path, hint=_RESTORE) from error
        if (mine := [is_of(row, group, number) for row in frame.iter_rows(named=True)]) and not all(
            mine
        ):
            frame = frame.filter(pl.Series(mine))
        if "start_time" not in frame.columns and "start_time_utc" in frame.columns:
            frame = frame.with_columns(start_time=pl.col("start_time_utc").dt.epoch("us") / 1e6)
        needed = {"seq", "proc", "run_id", "start_time"}
        if missing := needed - set(frame.columns):
            raise InputError(
                f"The history lacks {', '.join(sorted(missing))}.",
                file=path,
                hint=_RESTORE,
            )
        return frame.sort("seq")

    @cached_property
    def notes(self) -> dict[str, list[Note]]:
        """By run, what was assumed or left out when it was staged; none in stages without notes."""
        if not (self.root / MANIFEST).is_file() or "notes" not in self.manifest.columns:
            return {}
        noted = self.manifest.filter(polars().col("notes").list.len() > 0)
        return {run: read_notes(texts) for run, texts in noted.select("run_id", "notes").rows()}

    def run_path(self, proc: str, date: str, run_id: str) -> Path:
        """Where a run's file is, or should be."""
        path = self.root / run_folder(proc, date, run_id) / "part-000.parquet"
        if path.is_file():
            return path
        # A history made in another time zone may date it otherwise.
        folder = self.root / f"raw_measurements/proc={proc}"
        found = sorted(folder.glob(f"date=*/run_id={run_id}/*.parquet")) if folder.is_dir() else []
        return found[0] if found else path


def _by_chip(
    rows: Iterable[Mapping[str, Any]],
) -> dict[tuple[Any, Chip | None], list[Mapping[str, Any]]]:
    found: dict[tuple[Any, Chip | None], list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault((row.get("chip_group"), chip_in(row)), []).append(row)
    return found


def is_of(row: Mapping[str, Any], group: str, chip: Chip) -> bool:
    """Whether a history's row is of that chip; one that does not say so is."""
    return row.get("chip_group") in (None, group) and chip_in(row) in (None, chip)


def _chips_within(path: Path, named: tuple[str, Chip]) -> set[tuple[str, Chip]]:
    """The chips whose runs a history holds; by its name where it is damaged or does not say."""
    try:
        frame = read_frame(path)
    except InputError:
        return {named}
    known = [name for name in ("chip_group", "chip_number", "chip_label") if name in frame.columns]
    rows = frame.select(known).unique().to_dicts() if known else []
    found: set[tuple[str, Chip]] = set()
    for row in rows:
        chip = chip_in(row)
        found.add((str(row.get("chip_group") or named[0]), named[1] if chip is None else chip))
    return found or {named}


def _order(row: Mapping[str, Any]) -> tuple[float, list[tuple[bool, int, str]]]:
    return row["start_time"], natural(row["source_file"])


def _schema() -> dict[str, Any]:
    types = polars()
    texts = dict.fromkeys(
        (
            "run_id",
            "proc",
            "chip_group",
            "chip_label",
            "head",
            "start_time_utc",
            "date_local",
            "datetime_local",
            "date_origin",
            "path",
            "source_file",
            "sensor_model",
            *TEXTS.values(),
        ),
        types.String,
    )
    return {
        **texts,
        "chip_number": types.Int64,
        "rows": types.Int64,
        "has_light": types.Boolean,
        **dict.fromkeys(("start_time", *NUMBERS), types.Float64),
        **dict.fromkeys(("columns", "notes"), types.List(types.String)),
    }


def natural(name: Any) -> list[tuple[bool, int, str]]:
    """A key that sorts ``It_2`` before ``It_10``.

    Examples
    --------
    >>> sorted(["It_10", "It_2"], key=natural)
    ['It_2', 'It_10']
    """
    parts = re.split(r"(\d+)", str(name))
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts]
