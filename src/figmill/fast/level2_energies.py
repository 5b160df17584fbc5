"""Energies and angles of a FAST level 2 file: its tables of modes, held to its full arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from figmill.errors import InputError
from figmill.fast.level2_records import RETRACE_STEPS, Array, Run
from figmill.fast.sectors import Floats
from figmill.figure import Bins, BinTables
from figmill.figure.overlaps import cut_overlaps, were_cut
from figmill.notes import Note
from figmill.read import cdf

FILL = -1e30  # the fill value is -1e31; no quantity comes near it
_PIECE = 96
_COMPARED = 32  # records that are compared at a time
_ANGLE_TOLERANCE = 0.05
_ENERGY_TOLERANCE = 1e-3


def without_fill(values: Array) -> Floats:
    """The values, with NaN for what is missing."""
    return np.where(values > FILL, values, values.dtype.type(np.nan))


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """Compares the tables of modes with the full arrays, in all records that can be used."""

    opened: cdf.CdfFile
    tables: Mapping[str, Array]
    by_record: Mapping[str, Array]
    runs: tuple[Run, ...]
    usable: NDArray[np.bool_]

    def of_pitch(self) -> bool:
        """Whether theta, turned by theta_shift, is the pitch angle."""
        theta, shift = self.tables.get("theta"), self.by_record.get("theta_shift")
        if theta is None or shift is None or not self._fits(theta):
            return False
        known = np.isfinite(shift) & (shift > FILL)
        chosen = self._chosen()
        if chosen.any() and not known[chosen].any():
            return False
        for run in self.runs:
            mine = theta[run.mode, : run.angles, RETRACE_STEPS : run.energies]
            if not (mine > FILL).all():
                return False
            for some, full in self._full("pitch_angle", run):
                sound = known[some]
                if (full[~sound] > FILL).any():
                    return False  # the file knows angles that the table does not
                records, said = some[sound], full[sound]
                away = mine + shift[records, None, None] - said
                if not _turned(away) <= _ANGLE_TOLERANCE:
                    away = mine + shift[records, None, None] - without_fill(said)
                    away = np.mod(away + 180.0, 360.0) - 180.0
                    if np.nanmax(np.abs(away), initial=0.0) > _ANGLE_TOLERANCE:
                        return False
        return True

    def of_energy(self) -> bool:
        """Whether the table of a record's mode is its energies, the same at every angle."""
        table = self.tables.get("energy")
        if table is None or not self._fits(table):
            return False
        widths = self.tables.get("denergy")
        for run in self.runs:
            mine = table[run.mode, : run.angles, RETRACE_STEPS : run.energies]
            row = mine[0]
            if not (row > 0).all() or (np.abs(mine / row - 1) > _ENERGY_TOLERANCE).any():
                return False
            for _, said in self._full("energy_full", run):
                if not (np.abs(said - row) <= _ENERGY_TOLERANCE * row).all():
                    return False
            if widths is None or not self._fits(widths):
                continue
            width = widths[run.mode, 0, RETRACE_STEPS : run.energies]
            for _, said in self._full("denergy_full", run):
                first = said[:, 0]
                off = np.abs(first - width) > _ENERGY_TOLERANCE * row
                if (off & (first > FILL) & (width > FILL)).any():
                    return False
        return True

    def _fits(self, table: Array) -> bool:
        return table.ndim == 3 and all(
            run.mode < table.shape[0]
            and run.angles <= table.shape[1]
            and run.energies <= table.shape[2]
            for run in self.runs
        )

    def _chosen(self) -> NDArray[np.bool_]:
        chosen = np.zeros(self.usable.size, bool)
        for run in self.runs:
            chosen[run.first : run.stop] = True
        return chosen & self.usable

    def _full(self, name: str, run: Run) -> Iterator[tuple[NDArray[np.intp], Array]]:
        """Some usable records of a run, and what a full array has in the cells they use."""
        variable = self.opened.variables.get(name)
        if variable is None or variable.shape != (self.usable.size, *variable.shape[1:]):
            return
        for first in range(run.first, run.stop, _COMPARED):
            stop = min(first + _COMPARED, run.stop)
            usable = self.usable[first:stop]
            if not usable.any():
                continue
            said = self.opened.records(name, first, stop)
            said = said[:, : run.angles, RETRACE_STEPS : run.energies]
            yield first + np.flatnonzero(usable), said if usable.all() else said[usable]


def _turned(away: Floats) -> float:
    """The largest of some angles in degrees, whole turns aside; changes them. NaN if one is."""
    turns = away * away.dtype.type(1 / 360)
    np.rint(turns, out=turns)
    turns *= away.dtype.type(360)
    away -= turns
    return float(max(away.max(initial=0.0), -away.min(initial=0.0)))


def energy_tables(
    opened: cdf.CdfFile,
    tables: Mapping[str, Array],
    runs: tuple[Run, ...],
    count: int,
    shape: tuple[int, ...],
    agreement: Agreement,
    notes: list[Note],
) -> tuple[BinTables, bool]:
    """Energy bins of each record, and whether they come from the table of modes."""
    widest = max((run.energies for run in runs), default=RETRACE_STEPS + 1) - RETRACE_STEPS
    if agreement.of_energy():
        kinds = list(dict.fromkeys((run.mode, run.energies) for run in runs)) or [(0, widest)]
        lo, hi = (np.full((len(kinds), widest), np.nan) for _ in range(2))
        for place, (mode, energies) in enumerate(kinds):
            row = (mode, 0, slice(RETRACE_STEPS, energies))
            width = tables["denergy"][row] if "denergy" in tables else None
            low, high = step_bounds(tables["energy"][row], width, notes)
            lo[place, : low.size], hi[place, : high.size] = low, high
        index = np.zeros(count, np.intp)
        for run in runs:
            index[run.first : run.stop] = kinds.index((run.mode, run.energies))
        return BinTables(lo, hi, index), True
    variable = opened.variables.get("energy_full")
    if variable is None or variable.shape != shape:
        raise InputError(
            "It has no energies that can be used.",
            file=opened.path,
            place="energy",
            hint="Expected energy by mode, or energy_full by record.",
        )
    centers, widths = (np.full((count, widest), np.nan) for _ in range(2))
    has_width = "denergy_full" in opened.variables
    for run in runs:
        for first in range(run.first, run.stop, _PIECE):
            stop = min(first + _PIECE, run.stop)
            cells = (slice(None), 0, slice(RETRACE_STEPS, run.energies))
            to = (slice(first, stop), slice(0, run.energies - RETRACE_STEPS))
            centers[to] = without_fill(opened.records("energy_full", first, stop)[cells])
            if has_width:
                widths[to] = without_fill(opened.records("denergy_full", first, stop)[cells])
    rows, index = np.unique(np.hstack((centers, widths)), axis=0, return_inverse=True)
    bounds = [step_bounds(row[:widest], row[widest:] if has_width else None, notes) for row in rows]
    return BinTables(
        np.stack([low for low, _ in bounds]), np.stack([high for _, high in bounds]), index.ravel()
    ), False


def step_bounds(
    energy: Array, width: Array | None, notes: list[Note] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower and upper bound of energy steps.

    A step without a width of its own (the table repeats an energy, or has no widths) reaches
    halfway to its neighbours, and as far to the other side at an end; steps of the same energy
    share one bin. Steps whose widths overlap are cut midway, as quicklooks do.

    Parameters
    ----------
    energy
        eV, shape (m,), descending; not positive or NaN: unused.
    width
        eV, shape (m,), or None.
    notes
        That steps overlap is added to it, once.
    """
    middle = np.asarray(energy, dtype=np.float64)
    middle = np.where(middle > 0, middle, np.nan)
    around = Bins.from_centers(middle, scale="log")
    if width is None:
        return around.lo.copy(), around.hi.copy()
    half = np.asarray(width, dtype=np.float64) / 2
    own = (half > 0) & np.isfinite(middle) & (half < middle)
    lo = np.where(own, middle - half, around.lo)
    hi = np.where(own, middle + half, around.hi)
    # Beside a step that knows its bounds, one that does not begins where that one ends.
    for place in np.flatnonzero(~own & np.isfinite(middle)):
        higher = np.flatnonzero(own & (middle > middle[place]))
        if higher.size:
            touching = float(np.min(lo[higher]))
            if touching > middle[place]:
                hi[place] = touching
                lo[place] = middle[place] ** 2 / touching
    known = np.isfinite(lo) & np.isfinite(hi)
    cut_lo, cut_hi = cut_overlaps(lo, hi, "log")
    # An overlap of single precision's rounding is none: such bounds keep their digits.
    if were_cut(lo[known], hi[known], cut_lo[known], cut_hi[known]):
        text = "energy steps overlap, by their declared widths; they are cut midway"
        told = Note.info("bins-cut-midway", text, "denergy")
        if notes is not None and told not in notes:
            notes.append(told)
        return cut_lo, cut_hi
    return lo, hi
