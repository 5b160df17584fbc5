"""A staged tree: its manifest, its histories, and where each run's file is.

Trees of the documented system are read as they are: their paths are relative to a root that is
elsewhere, so a run is found by its procedure, date and number instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from figmill.chip.manifest import NUMBERS, RENAMED, TEXTS, read_notes, run_folder
from figmill.errors import ConfigError, InputError
from figmill.notes import Note
from figmill.read.parquet import polars, read_frame, write_frame

if TYPE_CHECKING:
    import polars as pl

    from figmill.item import JSON

MANIFEST = "raw_measurements/_manifest/manifest.parquet"
HISTORIES = "chip_histories"
_HISTORY = re.compile(r"(?P<group>.+?)(?P<number>\d+)_history\.parquet")


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
            starts = {(row["proc"], round(row["start_time"], 3)) for row in by_id.values()}
            for row in self.manifest.iter_rows(named=True):
                known = (row["proc"], round(row["start_time"], 3)) in starts
                path = self.run_path(row["proc"], row["date_local"], row["run_id"])
                if row["run_id"] not in by_id and not known and path.is_file():
                    by_id[row["run_id"]] = row
        schema = _schema()
        kept = [
            {name: row.get(name) for name in schema} for row in sorted(by_id.values(), key=_order)
        ]
        frame: pl.DataFrame = polars().DataFrame(kept, schema=schema)
        write_frame(frame, self.root / MANIFEST)
        self.__dict__.pop("manifest", None)
        return frame

    def chips(self) -> list[tuple[str, int]]:
        """Group and number of every chip with a history."""
        found = []
        for path in sorted((self.root / HISTORIES).glob("*_history.parquet")):
            match = _HISTORY.fullmatch(path.name)
            if match:
                found.append((match["group"], int(match["number"])))
        return sorted(found)

    def history_path(self, group: str, number: int) -> Path:
        """Where the history of a chip lies."""
        return self.root / HISTORIES / f"{group}{number}_history.parquet"

    def history(self, number: int, group: str = "Alisson") -> pl.DataFrame:
        """The history of a chip, in the order of its numbers.

        Raises
        ------
        figmill.errors.ConfigError
            The stage has no history of that chip.
        """
        path = self.history_path(group, number)
        if not path.is_file():
            names = ", ".join(f"{g}{n}" for g, n in self.chips()) or "none"
            raise ConfigError(
                f"The stage has no history of chip {group}{number}.",
                file=self.root,
                hint=f"Chips with one: {names}. Stage raw files of it: figmill chip stage.",
            )
        pl = polars()
        frame = read_frame(path)
        if "start_time" not in frame.columns and "start_time_utc" in frame.columns:
            frame = frame.with_columns(start_time=pl.col("start_time_utc").dt.epoch("us") / 1e6)
        needed = {"seq", "proc", "run_id", "start_time"}
        if missing := needed - set(frame.columns):
            raise InputError(
                f"The history lacks {', '.join(sorted(missing))}.",
                file=path,
                hint="Make it again: figmill chip stage RAW -o STAGE.",
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


def _order(row: Mapping[str, Any]) -> tuple[float, list[tuple[bool, int, str]]]:
    return row["start_time"], natural(row["source_file"])


def _schema() -> dict[str, Any]:
    types = polars()
    texts = dict.fromkeys(
        (
            "run_id",
            "proc",
            "chip_group",
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
