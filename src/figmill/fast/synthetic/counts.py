"""What the demo's instrument counts, record by record, in the arrays of a level 2 file."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from figmill.errors import ConfigError
from figmill.fast.synthetic.instrument import (
    ANGLES,
    DEAD_TIME_S,
    DECOMPRESSED,
    ENERGIES,
    GEOMETRIC_FACTOR,
    MODE_SHAPE,
    ModeTable,
    compress,
    sector_factor,
    solid_angle,
    stacked,
)
from figmill.fast.synthetic.plasma import (
    Array,
    Beam,
    Float64,
    Pass,
    beam_flux,
    electron_flux,
    ion_flux,
)
from figmill.fast.synthetic.schema import FILL

_CHUNK = 256
_IN_MEMORY_BYTES = 1 << 30
_CELLS = ("data", "eflux", "energy_full", "denergy_full", "pitch_angle", "domega")


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """Begin and end (UNIX seconds) and mode of each record, shape (n,)."""

    start: Float64
    end: Float64
    modes: Array

    @property
    def center(self) -> Float64:
        """Middle of each record."""
        return 0.5 * (self.start + self.end)


def measure(
    line: Timeline,
    where: Pass,
    tables: list[ModeTable | None],
    beams: Sequence[Beam],
    rng: np.random.Generator,
    *,
    electrons: bool,
    scratch: str,
) -> dict[str, Array]:
    """Count what the instrument sees, in chunks of one mode.

    Parameters
    ----------
    line
        The records.
    where
        The pass.
    tables
        By mode; None for a mode that does not occur.
    beams
        What to add to the plasma of the pass.
    rng
        Makes the noise.
    electrons
        Or ions.
    scratch
        A folder for arrays that are too big for memory.

    Returns
    -------
    dict
        The arrays of all variables that vary by record.
    """
    count = len(line.modes)
    cells = {
        key: _blank(count, np.uint8 if key == "data" else np.float32, Path(scratch) / key)
        for key in _CELLS
    }
    lasts = line.end - line.start
    shift = (180.0 + 70.0 * np.sin(2 * np.pi * (line.center - where.center) / 600.0)).astype("f4")
    background = 0.02 + 0.3 * np.exp(-0.5 * ((where.place(line.center)[0] - 60.0) / 2.0) ** 2)
    energies = np.array([MODE_SHAPE[mode][1] for mode in line.modes])
    integration = lasts / energies
    quality = np.zeros(count, dtype=np.uint8)
    factor = sector_factor()
    for first, last in _chunks(line.modes):
        mode = int(line.modes[first])
        table = tables[mode]
        if table is None:
            raise ConfigError(f"The demo's timeline uses mode {mode}, which has no table.")
        angles, steps = MODE_SHAPE[mode]
        pitch = np.mod(table.theta[None] + shift[first:last, None, None], np.float32(360.0))
        pitch[pitch >= 360.0] = 0.0
        wide = pitch.astype(np.float64)
        times, energy = line.center[first:last], table.energy.astype(np.float64)
        flux = (electron_flux if electrons else ion_flux)(where, times, energy, wide)
        for beam in beams:
            low, high = max(beam.first, first), min(beam.last + 1, last)
            if low < high:
                flux[low - first : high - first] += beam_flux(
                    beam, energy, wide[low - first : high - first]
                )
        seconds = integration[first:last, None, None]
        response = GEOMETRIC_FACTOR * factor[:angles, :steps] * table.efficiency * seconds
        seen = flux * response + background[first:last, None, None]
        # High-voltage retrace: the first step counts whatever passes.
        seen[:, :, 0] = 300.0 * rng.random(seen.shape[:2])
        busy = DEAD_TIME_S / seconds
        codes = compress(rng.poisson(seen / (1.0 + seen * busy)))
        counted = DECOMPRESSED[codes]
        true = counted / (1.0 - counted * busy)
        here = (slice(first, last), slice(0, angles), slice(0, steps))
        cells["data"][here] = codes
        cells["eflux"][here] = true / response
        cells["energy_full"][here] = table.energy
        cells["denergy_full"][here] = table.width
        cells["pitch_angle"][here] = pitch
        cells["domega"][here] = solid_angle(wide, table.sector)
        full = (codes >= len(DECOMPRESSED) - 1).any(axis=(1, 2))
        slow = (counted * busy > 0.2).any(axis=(1, 2))
        quality[first:last] = 2 * full + 4 * slow
    sectors = np.array([MODE_SHAPE[mode][0] for mode in line.modes])
    zeros = np.zeros(count, dtype=np.int16)
    return {
        **{"epoch": line.center, "time_unix": line.center},
        **{"time_start": line.start, "time_end": line.end},
        **{"time_delta": lasts, "time_integ": integration},
        **{"valid": np.ones(count, dtype=np.int16), "data_quality": quality},
        **{"nbins": sectors.astype(np.uint8), "nenergy": energies.astype(np.uint8)},
        "geom_factor": np.full(count, GEOMETRIC_FACTOR, dtype=np.float32),
        **{"gf_ind": zeros, "bins_ind": zeros.copy(), "mode_ind": line.modes},
        "theta_shift": shift,
        "theta_max": np.full(count, 360.0, dtype=np.float32),
        "theta_min": np.zeros(count, dtype=np.float32),
        "bkg": background.astype(np.float32),
        "sc_pot": np.full(count, 0.0, dtype=np.float32),
        **cells,
    }


def _blank(count: int, dtype: Any, path: Path) -> Array:
    """Make an array of cells that are all unused; a big one lies on disk, not in memory."""
    shape = (count, ANGLES, ENERGIES)
    big = 4 * len(_CELLS) * count * ANGLES * ENERGIES > _IN_MEMORY_BYTES
    array = np.memmap(path, dtype, "w+", shape=shape) if big else np.empty(shape, dtype)
    array[...] = 0 if dtype == np.uint8 else FILL
    return array


def _chunks(modes: Array) -> list[tuple[int, int]]:
    bounds = [0, *(int(i) + 1 for i in np.flatnonzero(np.diff(modes.astype(int)))), len(modes)]
    return [
        (first, min(first + _CHUNK, end))
        for start, end in itertools.pairwise(bounds)
        for first in range(start, end, _CHUNK)
    ]


def constants(
    tables: list[ModeTable | None], orbit: int, count: int, *, electrons: bool, burst: bool
) -> dict[str, Array]:
    """Make the arrays of all variables that do not vary by record."""
    angles = 32 if burst else ANGLES
    factor = sector_factor()
    # Survey files hold ten tables of factors, of which gf_ind names one; burst files hold one.
    factors = factor if burst else np.repeat(factor[None], 10, axis=0)
    return {
        "energy": stacked(tables, angles, "energy"),
        "denergy": stacked(tables, angles, "width"),
        "theta": stacked(tables, angles, "theta"),
        "dtheta": stacked(tables, angles, "sector"),
        "eff": stacked(tables, angles, "efficiency"),
        "gf": factors,
        "bkg_arr": np.zeros_like(factors),
        "bins": np.ones((angles, ENERGIES), dtype=np.uint8),
        "dead": np.array(DEAD_TIME_S, dtype=np.float32),
        "mass": np.array(5.68566e-6 if electrons else 0.0104389, dtype=np.float32),
        "charge": np.array(-1 if electrons else 1, dtype=np.int16),
        "num_dists": np.array(count, dtype=np.int32),
        "orbit_start": np.array(orbit, dtype=np.int32),
        "orbit_end": np.array(orbit, dtype=np.int32),
        "compno_96": np.arange(1, 97, dtype=np.int16),
        "compno_64": np.arange(1, 65, dtype=np.int16),
    }
