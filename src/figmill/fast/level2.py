"""FAST ESA level 2 files: what each record is, and its values in pieces.

The arrays of a record are 64 angles by 96 energies whatever its mode; only the part that the mode
uses is handed out, without the first energy step, which is high-voltage retrace. Energies and
pitch angles are those of each record: its mode's table, and the angles turned by its theta_shift.
Taking these instead of the file's full arrays needs less than half of the memory's traffic; but the
full arrays of all records are compared with them first, and where one does not agree they are used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from figmill.errors import InputError, NoData
from figmill.fast.level2_energies import FILL, Agreement, energy_tables, without_fill
from figmill.fast.level2_records import (
    BYTE_FILL,
    RETRACE_STEPS,
    Array,
    Quality,
    Run,
    known_runs,
    read_by_record,
    record_times,
    runs_of,
    usable_records,
)
from figmill.fast.options import INSTRUMENTS
from figmill.fast.sectors import Floats, wrapped
from figmill.figure import Bins, BinTables
from figmill.notes import Note
from figmill.read import cdf

Quantity = Literal["eflux", "counts", "raw"]

_PIECE = 96

LABELS: dict[str, tuple[str, str]] = {
    "eflux": ("Energy flux", "eV/(cm^2 s sr eV)"),
    "counts": ("Counts", ""),
    "raw": ("Counts", ""),
}
"""Name and unit of each quantity; the documents call the telemetry byte counts, too."""


class Piece(NamedTuple):
    """Consecutive records of one mode.

    ``values``, ``weights`` and ``pitch`` have shape (records, angles in use, energies in use);
    NaN is missing. ``weights`` is the solid angle, where asked for; a negative one is missing.
    """

    first: int
    stop: int
    values: Floats
    pitch: Floats
    weights: Floats | None


@dataclass(frozen=True, slots=True, eq=False)
class Level2:
    """One file, open for reading.

    Attributes
    ----------
    path, instrument
        The file.
    centers
        Centre of each record, UNIX seconds, shape (n,).
    times
        From begin to end of each record.
    usable
        Which records hold good data, shape (n,).
    energies
        Energy bins (eV) by record, without retrace.
    runs
        The records by mode, in order; records that cannot be used belong to none.
    notes
        What people should know about the file.
    """

    path: Path
    instrument: str
    opened: cdf.CdfFile
    centers: NDArray[np.float64]
    times: Bins
    usable: NDArray[np.bool_]
    energies: BinTables
    runs: tuple[Run, ...]
    pitch_from_table: bool
    notes: tuple[Note, ...] = ()
    tables: dict[str, Array] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Number of records."""
        return int(self.centers.size)

    @property
    def energy_centers(self) -> NDArray[np.float64]:
        """Middles of the energy bins of each table, shape (tables, energies)."""
        middle: NDArray[np.float64] = (self.energies.lo + self.energies.hi) / 2
        return middle

    def table_of(self, record: int) -> int:
        """The number of the energy table of a record."""
        return 0 if self.energies.index is None else int(self.energies.index[record])

    def quantities(self) -> tuple[Quantity, ...]:
        """What the file holds."""
        has = self.opened.variables
        pairs: tuple[tuple[Quantity, str], ...] = (
            ("eflux", "eflux"),
            ("counts", "eflux"),
            ("raw", "data"),
        )
        return tuple(name for name, needed in pairs if needed in has and not has[needed].is_empty)

    def pieces(
        self, quantity: Quantity, *, solid_angles: bool = False, most: int = _PIECE
    ) -> Iterator[Piece]:
        """Hand the values out, in pieces of at most `most` records.

        Parameters
        ----------
        quantity
            "eflux", eV/(cm2 s sr eV); "counts", corrected for dead time, from the flux and the
            response of the instrument; "raw", the telemetry byte as it is.
        solid_angles
            Whether weights are wanted.

        Raises
        ------
        InputError
            If the file does not have what is asked for.
        """
        name = "data" if quantity == "raw" else "eflux"
        read = self._reader(name)
        read_omega = self._reader("domega") if solid_angles else None
        read_pitch = None if self.pitch_from_table else self._reader("pitch_angle")
        shift = None if read_pitch else without_fill(self.opened.read("theta_shift"))
        if quantity == "counts":
            self._require_response()
        for run in self.runs:
            cells = (slice(None), slice(0, run.angles), slice(RETRACE_STEPS, run.energies))
            for first in range(run.first, run.stop, most):
                stop = min(first + most, run.stop)
                values = _clean(read(first, stop)[cells], quantity)
                values[~self.usable[first:stop]] = np.nan
                if quantity == "counts":
                    values *= self._response(run, first, stop)
                if read_pitch is None:
                    assert shift is not None
                    theta = self.tables["theta"][run.mode][cells[1:]]
                    pitch = wrapped(theta[None] + shift[first:stop, None, None])
                else:
                    pitch = without_fill(read_pitch(first, stop)[cells])
                omega = None if read_omega is None else read_omega(first, stop)[cells]
                yield Piece(first, stop, values, pitch, omega)

    def _reader(self, name: str) -> Callable[[int, int], Array]:
        variable = self.opened.variables.get(name)
        if variable is None or variable.is_empty:
            raise InputError(
                f"There is no variable {name!r} with values.",
                file=self.path,
                hint="Choose another quantity (eflux, counts, raw) or another rule to collapse.",
            )
        if variable.shape[0] != self.count or len(variable.shape) != 3:
            raise InputError(
                f"It has shape {variable.shape}, for {self.count} records.",
                file=self.path,
                place=name,
                hint="Expected (records, 64, 96); the file is damaged or of another kind.",
            )
        return lambda first, stop: self.opened.records(name, first, stop)

    def _require_response(self) -> None:
        needed = ("geom_factor", "time_integ", "gf", "eff")
        if missing := [name for name in needed if name not in self.tables]:
            raise InputError(
                f"Counts cannot be computed without {' and '.join(missing)}.",
                file=self.path,
                hint="Choose the quantity eflux or raw.",
            )
        for run in self.runs:
            for table in (self.tables["gf"], self.tables["eff"]):
                if table.shape[-2] < run.angles or table.shape[-1] < run.energies:
                    raise InputError(
                        f"The response is known for {table.shape[-2]} angles and "
                        f"{table.shape[-1]} energies, not for {run.angles} and {run.energies}.",
                        file=self.path,
                        hint="Choose the quantity eflux or raw.",
                    )

    def _response(self, run: Run, first: int, stop: int) -> Floats:
        """Counts by flux: geometric factor, that of each sector, efficiency, time."""
        cells = (slice(0, run.angles), slice(RETRACE_STEPS, run.energies))
        seconds = self.tables["time_integ"][first:stop].astype(np.float32)
        factor = self.tables["geom_factor"][first:stop].astype(np.float32) * seconds
        sector = self.tables["gf"]
        if sector.ndim == 3:
            known = self.tables.get("gf_ind", np.zeros(self.count, np.intp))
            which = np.clip(known[first:stop], 0, len(sector) - 1)
            by_cell = sector[which][(slice(None), *cells)]
        else:
            by_cell = sector[cells][None]
        response: Floats = factor[:, None, None] * by_cell * self.tables["eff"][run.mode][cells]
        return response


def _clean(values: Array, quantity: Quantity) -> Floats:
    if quantity == "raw":
        return np.where(values == BYTE_FILL, np.float32(np.nan), values.astype(np.float32))
    return without_fill(values)


def open_level2(
    path: str | Path, instrument: str | None = None, *, quality: Quality = "good"
) -> Level2:
    """Open a file and find out what its records are.

    Parameters
    ----------
    path
        The file.
    instrument
        Which instrument it is of; by default what its name says. A file that names another one
        inside is refused.
    quality
        "good" leaves out records with any quality flag, "any" only those that are not valid.

    Raises
    ------
    InputError
        If it is damaged, lacks what is needed, or is of another instrument.
    NoData
        If it has no records.
    """
    file = Path(path)
    opened = cdf.open_cdf(file)
    instrument = instrument or _instrument_of(file)
    _check_instrument(opened, instrument, file)
    main = next((name for name in ("eflux", "data") if name in opened.variables), None)
    if main is None:
        raise InputError(
            "It has neither eflux nor data.",
            file=file,
            hint="Give a FAST ESA level 2 file, fa_esa_l2_*.cdf.",
        )
    count = opened.variables[main].shape[0]
    if count == 0:
        raise NoData("The file holds no records.", file=file)
    by_record = read_by_record(opened, count, file)
    notes: list[Note] = []
    centers, times = record_times(by_record, notes)
    shape = opened.variables[main].shape
    if len(shape) != 3:
        raise InputError(
            f"It has shape {shape}.", file=file, place=main, hint="Expected three axes."
        )
    usable = usable_records(by_record, shape, quality)
    if np.isnan(times.lo).any():
        usable &= times.used
    runs = runs_of(by_record, usable)
    tables = {
        name: opened.read(name)
        for name in ("energy", "denergy", "theta", "gf", "eff")
        if name in opened.variables and not opened.variables[name].is_empty
    }
    tables |= {
        name: by_record[name]
        for name in ("geom_factor", "time_integ", "gf_ind")
        if name in by_record
    }
    runs = tuple(known_runs(runs, tables, shape, notes))
    agreement = Agreement(opened, tables, by_record, runs, usable)
    pitch_from_table = agreement.of_pitch()
    if not pitch_from_table and "pitch_angle" not in opened.variables:
        raise InputError(
            "It has no pitch angles.",
            file=file,
            place="pitch_angle",
            hint="Expected theta and theta_shift, or pitch_angle.",
        )
    energies, from_table = energy_tables(opened, tables, runs, count, shape, agreement, notes)
    if pitch_from_table:
        shift = by_record["theta_shift"]
        if unknown := int((usable & ~(np.isfinite(shift) & (shift > FILL))).sum()):
            text = f"{unknown} records have no known pitch angle: they are in the row of all alone"
            notes.append(Note.loss("records-without-pitch-angle", text, "theta_shift"))
    else:
        text = "the file's angles are used, since theta + theta_shift differs from them"
        notes.append(Note.info("angles-differ-from-table", text, "pitch_angle"))
    if not from_table:
        text = "the file's energies are used, since the table of modes differs from them"
        notes.append(Note.info("energies-differ-from-table", text, "energy_full"))
    left_out = int(count - usable.sum())
    if left_out:
        text = f"{left_out} of {count} records are marked bad and shown as missing"
        notes.append(Note.loss("records-marked-bad", text))
    return Level2(
        file,
        instrument,
        opened,
        centers,
        times,
        usable,
        energies,
        runs,
        pitch_from_table,
        tuple(notes),
        tables,
    )


def _instrument_of(file: Path) -> str:
    parts = file.name.lower().split("_")
    return next((part for part in parts if part in INSTRUMENTS), "ees")


def _check_instrument(opened: cdf.CdfFile, instrument: str, file: Path) -> None:
    """Refuse a file whose own words name another instrument than its name does."""
    says = " ".join(str(v) for v in opened.attributes.get("Logical_source", ())).lower()
    found = next((one for one in INSTRUMENTS if one in says.split("_")), None)
    if found is not None and found != instrument:
        raise InputError(
            f"The file is named for {instrument} but holds data of {found}.",
            file=file,
            place="Logical_source",
            hint="Rename the file, or download it again.",
        )
