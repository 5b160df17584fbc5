"""Histories: the runs of a chip under numbers that, once given, stay.

Configurations name runs by these numbers. A number is therefore never given to another run: a run
that is found late gets a new number at the end, whatever its start.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from figmill.chip.identity import same_runs
from figmill.chip.manifest import NO_GROUP
from figmill.chip.names import Chip, chip_in, order, spoken_name
from figmill.chip.sequences import spoken
from figmill.chip.start import FROM_FILE, FROM_NAME
from figmill.chip.tree import StageTree, natural
from figmill.chip.units import number
from figmill.errors import InputError
from figmill.notes import Note
from figmill.read.parquet import polars, polars_errors, read_frame, write_frame

if TYPE_CHECKING:
    import polars as pl

Row = dict[str, Any]

_FROM_MANIFEST = (
    "has_light",
    "laser_voltage_v",
    "wavelength_nm",
    "vds_v",
    "ids_a",
    "vg_fixed_v",
    "vg_start_v",
    "vg_end_v",
    "vg_step_v",
    "laser_period_s",
    "power_w",
    "source_file",
    "chip_number",
    "chip_group",
    "chip_label",
    "head",
    "run_id",
    "rows",
    "start_time",
    "date_local",
    "date_origin",
    "datetime_local",
    "proc",
)


@dataclass(frozen=True, slots=True)
class Renewed:
    """What became of a history.

    Parameters
    ----------
    group, number
        The chip: its number, or its name where it has none.
    runs
        How many runs it has now.
    added
        Numbers newly given.
    late
        Those of them whose run started no later than runs that had a number already.
    gone
        Numbers whose run is no longer in the manifest; they stay reserved.
    notes
        What was assumed as numbers were given.
    """

    group: str
    number: Chip
    runs: int
    added: tuple[int, ...] = ()
    late: tuple[int, ...] = ()
    gone: tuple[int, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def name(self) -> str:
        """What the chip is called."""
        return spoken_name(self.group, self.number)


def renew_histories(tree: StageTree, *, renumber: bool = False) -> list[Renewed]:
    """Bring every history up to what the manifest holds.

    Parameters
    ----------
    tree
        The stage.
    renumber
        Renumber all runs, in the order of their starts.
    """
    by_chip: dict[tuple[str, Chip], list[Row]] = {}
    for row in tree.manifest.iter_rows(named=True):
        chip = chip_in(row)
        if chip is not None:
            found = str(row["chip_group"] or NO_GROUP), chip
            by_chip.setdefault(found, []).append(_history_row(row, chip))
    # All are read before one is written: two chips may have had one file.
    before = {
        (group, chip): []
        if renumber or tree.found_history(group, chip) is None
        else tree.history(chip, group).to_dicts()
        for group, chip in by_chip
    }
    renewed = []
    for group, chip in sorted(by_chip, key=lambda each: (each[0], order(each[1]))):
        path = tree.history_path(group, chip)
        merged, result = merge(before[group, chip], by_chip[group, chip], group, chip)
        frame = _frame(merged)
        if not path.is_file() or not frame.equals(read_frame(path)):
            write_frame(frame, path)
        renewed.append(result)
    return renewed


def merge(
    before: Sequence[Row], rows: Sequence[Row], group: str, chip: Chip
) -> tuple[list[Row], Renewed]:
    """Put the runs of the manifest under the numbers that a history has given.

    Which run is which, `same_runs` tells: a file that grew, or that another program staged, stays
    the same run.
    """
    rows = sorted(rows, key=_order)
    known = {new: before[old] for old, new in same_runs(before, rows).items()}
    numbered: dict[int, Row] = {}
    new: list[Row] = []
    notes: list[Note] = []
    changed: dict[bool, list[int]] = {False: [], True: []}
    for place, row in enumerate(rows):
        if place not in known:
            new.append(row)
            continue
        was = known[place]
        numbered[was["seq"]] = {**was, **row, "seq": was["seq"]}
        if row.get("datetime_local") is None:
            # Manifests of the older system have no local time; its histories do.
            numbered[was["seq"]]["datetime_local"] = was.get("datetime_local")
        if was["run_id"] != row["run_id"]:
            changed[
                row.get("date_origin") in (FROM_NAME, FROM_FILE) and not row.get("head")
            ].append(was["seq"])
    gone = tuple(row["seq"] for row in before if row["seq"] not in numbered)
    numbered.update({row["seq"]: dict(row) for row in before if row["seq"] in gone})
    first = max(numbered, default=0) + 1
    latest = max((row["start_time"] for row in before), default=float("-inf"))
    added, late = [], []
    for seq, row in enumerate(new, first):
        numbered[seq] = {**row, "seq": seq}
        added.append(seq)
        if row["start_time"] <= latest:
            late.append(seq)
    merged = [numbered[seq] for seq in sorted(numbered)]
    for row in merged:
        if row.get("datetime_local") is None:
            start = datetime.fromtimestamp(row["start_time"], UTC)
            row["datetime_local"] = start.strftime("%Y-%m-%d %H:%M:%S")
    if changed[False]:
        text = "the content has changed; its start or its first rows tell which run it is"
        notes.append(Note.info("run-changed", text, spoken(changed[False])))
    if changed[True]:
        text = "the content has changed, and the file's name alone tells which run it is"
        notes.append(Note.doubt("number-by-file-name", text, spoken(changed[True])))
    if late:
        text = (
            "they started no later than runs that had numbers already: theirs are new, the others "
            "keep theirs (--renumber orders all by start)"
        )
        notes.append(Note.info("runs-found-late", text, spoken(late)))
    if gone:
        text = "no raw file of them is left: their numbers stay taken"
        notes.append(Note.info("runs-gone", text, spoken(gone)))
    for start, count in Counter(row["start_time"] for row in new).items():
        if count > 1:
            alike = [seq for seq in added if numbered[seq]["start_time"] == start]
            text = "they have one start and are numbered by the names of their files"
            notes.append(Note.doubt("numbered-by-name", text, spoken(alike)))
    return merged, Renewed(group, chip, len(merged), tuple(added), tuple(late), gone, tuple(notes))


def align(tree: StageTree, group: str, chip: Chip, reference: str | Path) -> Renewed:
    """Take over the numbers of another history, so that its configurations fit this stage.

    Runs are matched by procedure and the name of their raw file; a run that the other history
    does not know keeps its place after all numbers that it has. Numbers of the other history whose
    run is not here stay free.

    Parameters
    ----------
    reference
        The other history: Parquet, or CSV with columns seq, proc and source_file.

    Raises
    ------
    figmill.errors.InputError
        The other history cannot be read, lacks a column, or has no run in common.
    """
    wanted: dict[tuple[str, str], int] = {}
    notes: list[Note] = []
    for row in _read_reference(Path(reference)):
        name = PurePosixPath(str(row["source_file"])).name
        if (row["proc"], name) in wanted:
            text = f"several {row['proc']} runs of the other history have one name; the last counts"
            notes.append(Note.doubt("file-name-shared", text, name))
        wanted[row["proc"], name] = int(row["seq"])
    rows = tree.history(chip, group).to_dicts()
    placed: dict[int, Row] = {}
    rest = []
    for row in sorted(rows, key=_order):
        seq = wanted.get((row["proc"], PurePosixPath(str(row["source_file"])).name))
        if seq is None or seq in placed:
            rest.append(row)
        else:
            placed[seq] = {**row, "seq": seq}
    if not placed:
        raise InputError(
            f"The other history and that of chip {spoken_name(group, chip)} have no run in common.",
            file=reference,
            hint="Runs are matched by proc and by the file name in source_file.",
        )
    added = []
    for seq, row in enumerate(rest, max((*placed, *wanted.values())) + 1):
        placed[seq] = {**row, "seq": seq}
        added.append(seq)
    merged = [placed[seq] for seq in sorted(placed)]
    write_frame(_frame(merged), tree.history_path(group, chip))
    missing = tuple(sorted(set(wanted.values()) - set(placed)))
    return Renewed(group, chip, len(merged), tuple(added), (), missing, tuple(notes))


def _read_reference(path: Path) -> list[Row]:
    pl = polars()
    try:
        frame = pl.read_csv(path) if path.suffix.lower() == ".csv" else read_frame(path)
    except polars_errors() as error:
        raise InputError(
            f"The other history cannot be read: {error}",
            file=path,
            hint="Give a history as Parquet or CSV.",
        ) from error
    if missing := {"seq", "proc", "source_file"} - set(frame.columns):
        raise InputError(
            f"The other history lacks {', '.join(sorted(missing))}.",
            file=path,
            hint="It needs the columns seq, proc and source_file.",
        )
    rows: list[Row] = frame.to_dicts()
    return rows


def _order(row: Mapping[str, Any]) -> tuple[float, list[tuple[bool, int, str]]]:
    return row["start_time"], natural(row.get("source_file"))


def _history_row(row: Mapping[str, Any], chip: Chip) -> Row:
    start = datetime.fromtimestamp(row["start_time"], UTC)
    made: Row = {name: row.get(name) for name in _FROM_MANIFEST}
    group = row["chip_group"] or NO_GROUP
    made |= {
        "chip_group": group,
        "chip_name": spoken_name(group, chip),
        "date": row["date_local"],
        "time_hms": start.strftime("%H:%M:%S"),
        "start_time_utc": start,
        "parquet_path": row["path"],
        "summary": summary(row, spoken_name(group, chip)),
    }
    return made


def summary(row: Mapping[str, Any], chip: str) -> str:
    """One line that tells a run from its neighbours.

    Examples
    --------
    >>> summary({"proc": "It", "vds_v": 0.1, "vg_fixed_v": -0.4, "has_light": False}, "Alisson67")
    'It Alisson67 VDS=0.1 V VG=-0.4 V dark'
    """
    parts = [str(row["proc"]), chip]
    for name, sign, unit in (
        ("vds_v", "VDS", "V"),
        ("ids_a", "IDS", "A"),
        ("vg_fixed_v", "VG", "V"),
    ):
        if row.get(name) is not None:
            parts.append(f"{sign}={number(row[name], 4)} {unit}")
    if row.get("vg_start_v") is not None and row.get("vg_end_v") is not None:
        parts.append(f"VG={number(row['vg_start_v'])} to {number(row['vg_end_v'])} V")
    if row.get("has_light"):
        if row.get("laser_voltage_v") is not None:
            parts.append(f"VL={number(row['laser_voltage_v'], 4)} V")
        parts.append(f"{number(row['wavelength_nm'], 4)} nm")
    else:
        parts.append("dark")
    return " ".join(parts)


# Columns and types of a history, those of the documented system first.
def _schema() -> dict[str, Any]:
    pl = polars()
    texts, floats = pl.String, pl.Float64
    return {
        "seq": pl.UInt32,
        "date": texts,
        "time_hms": texts,
        "datetime_local": texts,
        "proc": texts,
        "summary": texts,
        "has_light": pl.Boolean,
        "laser_voltage_v": floats,
        "wavelength_nm": floats,
        "vds_v": floats,
        "ids_a": floats,
        "vg_fixed_v": floats,
        "vg_start_v": floats,
        "vg_end_v": floats,
        "vg_step_v": floats,
        "laser_period_s": floats,
        "parquet_path": texts,
        "source_file": texts,
        "chip_number": pl.Int64,
        "chip_group": texts,
        "chip_name": texts,
        "run_id": texts,
        "rows": pl.Int64,
        "date_local": texts,
        "start_time": floats,
        "start_time_utc": pl.Datetime("us", "UTC"),
        "date_origin": texts,
        "chip_label": texts,
        "head": texts,
        "power_w": floats,
    }


def _frame(rows: Iterable[Row]) -> pl.DataFrame:
    schema = _schema()
    plain = [{name: row.get(name) for name in schema} for row in rows]
    frame: pl.DataFrame = polars().DataFrame(plain, schema=schema)
    return frame
