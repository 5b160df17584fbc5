"""The demo's instrument: its tables of energies and angles, and how it counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from figmill.fast.synthetic.plasma import Array, Float64
from figmill.fast.synthetic.schema import FILL

ENERGIES, ANGLES = 96, 64
"""Size of the arrays of each record, whatever its mode."""

MODE_SHAPE = ((32, 48), (64, 48), (32, 96))
"""Angles and energies in use, by mode."""

DEAD_TIME_S = 1.1e-7
GEOMETRIC_FACTOR = 1.47e-4
_SWEEP_DEG = 11.25
_REPEATED_STEPS = 4
_ENERGY_STEP = 0.245
_LARGEST_EXPONENT = 12


def _decompression() -> Float64:
    """What each telemetry byte stands for: 4 bits of exponent, 4 bits of mantissa.

    A byte stands for the middle of the counts that it is sent for.
    """
    codes = np.arange(256)
    exponent, mantissa = codes >> 4, codes & 15
    shift = np.maximum(exponent - 1, 0)
    low = np.where(exponent == 0, mantissa, (16 + mantissa) << shift)
    table: Float64 = low + ((1 << shift) - 1) / 2.0
    return table[: (_LARGEST_EXPONENT + 1) << 4]


DECOMPRESSED = _decompression()
"""Counts by telemetry byte; higher bytes do not occur."""

_FIRST_COUNT = np.concatenate(([0.0], np.floor(0.5 * (DECOMPRESSED[:-1] + DECOMPRESSED[1:])) + 0.5))


def compress(counts: Array) -> Array:
    """Return the telemetry byte for each count; what is beyond the highest byte saturates."""
    return (np.searchsorted(_FIRST_COUNT, counts, side="right") - 1).astype(np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class ModeTable:
    """Energies and angles of one mode.

    Attributes
    ----------
    energy, width
        eV, shape (energies,), descending; the first step is retrace, of no width.
    theta
        Degrees, shape (angles, energies): the sectors turn a little during a sweep.
    sector
        Width of a sector, degrees.
    efficiency
        Shape (energies,).
    """

    energy: Array
    width: Array
    theta: Array
    sector: float
    efficiency: Array


def mode_table(mode: int, *, electrons: bool) -> ModeTable:
    """Make the table of a mode.

    Parameters
    ----------
    mode
        0, 1 or 2.
    electrons
        Their sweep starts at 30 keV, that of ions at 24 keV.
    """
    angles, energies = MODE_SHAPE[mode]
    top = 30000.0 if electrons else 24000.0
    # The sweep voltage comes in steps of which two make the smallest difference of energies.
    edges = np.round(np.geomspace(top, 4.9, energies) / (2 * _ENERGY_STEP)) * 2 * _ENERGY_STEP
    energy = np.concatenate(([top * 1.1], 0.5 * (edges[:-1] + edges[1:])))
    width = np.concatenate(([0.0], edges[:-1] - edges[1:]))
    if energies == ENERGIES:  # the long table ends with steps that are one, and have no width
        energy[-_REPEATED_STEPS:] = energy[-_REPEATED_STEPS]
        width[-_REPEATED_STEPS:] = 0.0
    sector = 360.0 / angles
    drift = np.arange(energies) * _SWEEP_DEG / ENERGIES
    theta = np.mod(112.5 - sector * np.arange(angles)[:, None] + drift, 360.0)
    efficiency = 0.42 + 0.57 / (1.0 + (energy / 1.2e4) ** 1.2)
    return ModeTable(
        energy=energy.astype(np.float32),
        width=width.astype(np.float32),
        theta=theta.astype(np.float32),
        sector=sector,
        efficiency=efficiency.astype(np.float32),
    )


def sector_factor() -> Array:
    """Return the relative sensitivity of the sectors, shape (64, 96)."""
    sensitivity = 0.9 + 0.08 * np.sin(np.arange(ANGLES) * 2.4)
    return np.repeat(sensitivity[:, None], ENERGIES, axis=1).astype(np.float32)


def solid_angle(pitch: Array, sector: float) -> Array:
    """Return the solid angle (sr) of sectors of a plane that the field lies in.

    All sectors of a full turn add up to 4 pi: each side of the field stands for half the sphere.

    Parameters
    ----------
    pitch
        Middle of the sectors, degrees, 0 to 360.
    sector
        Their width, degrees.
    """

    def swept(angle: Array) -> Array:
        return 2.0 * np.floor(angle / 180.0) + 1.0 - np.cos(np.radians(np.mod(angle, 180.0)))

    omega: Array = np.pi * (swept(pitch + sector / 2) - swept(pitch - sector / 2))
    return omega


def stacked(tables: list[ModeTable | None], angles: int, name: str) -> Array:
    """Stack one attribute of the tables as the file has it, shape (modes, angles, energies).

    A mode that the instrument does not use, and cells that a mode does not use, hold the fill
    value; efficiencies hold 0 there.
    """
    empty = 0.0 if name == "efficiency" else FILL
    stack = np.full((len(tables), angles, ENERGIES), empty, dtype=np.float32)
    for mode, table in enumerate(tables):
        if table is not None:
            used_angles, used_energies = MODE_SHAPE[mode]
            values = table.sector if name == "sector" else getattr(table, name)
            stack[mode, :used_angles, :used_energies] = values
    return stack
