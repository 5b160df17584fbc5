"""One run of a chip: what is known about it, and its columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figmill.chip.units import factor, split_name
from figmill.errors import InputError
from figmill.figure.intervals import stretches
from figmill.item import JSON
from figmill.read.cache import DataCache
from figmill.read.parquet import read_numbers
from figmill.read.results_body import without_overflows

LIT_V = 0.1
"""A sample is lit where the laser's voltage is above this, in volts."""

_QUANTITIES = ("t", "I", "VL", "Vg", "VDS")
Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What is known about a run without its columns. Lengths of time in s, the rest in SI units.

    Parameters
    ----------
    seq
        Its number in the history of its chip; 0 where it is in none.
    run_id
        What tells it from every other run.
    proc
        The procedure that measured it.
    start_time
        Seconds since 1970 (UTC).
    datetime_local
        When it started, as the lab's clock said.
    has_light
        Whether a wavelength and a laser voltage other than 0 were set.
    wavelength_nm, laser_voltage_v, vds_v, ids_a, vg_fixed_v, laser_period_s
        What was set; None where the procedure does not have it.
    irradiated_power_w
        Power at that laser voltage from a calibration; None where there is none.
    power_flags
        What is to be known about that number, such as ``stale``; ``set`` where the header says it.
    """

    seq: int
    run_id: str
    proc: str
    start_time: float
    datetime_local: str
    has_light: bool = False
    wavelength_nm: float | None = None
    laser_voltage_v: float | None = None
    vds_v: float | None = None
    ids_a: float | None = None
    vg_fixed_v: float | None = None
    laser_period_s: float | None = None
    irradiated_power_w: float | None = None
    power_flags: tuple[str, ...] = ()

    @property
    def called(self) -> str:
        """How notes and messages name the run: ``"run 52"``."""
        return f"run {self.seq}" if self.seq else "the run"

    def as_json(self) -> dict[str, JSON]:
        """All that is known, as JSON values."""
        values = asdict(self)
        return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> RunInfo:
        """Read what `as_json` wrote."""
        known = {field.name: values[field.name] for field in fields(cls)}
        return cls(**{**known, "power_flags": tuple(known["power_flags"])})


@dataclass(frozen=True, slots=True)
class Run:
    """A run and where its columns are.

    Parameters
    ----------
    info
        What is known about it.
    path
        Its staged Parquet file.
    chip
        The chip's name.
    cache
        Where its columns are kept between figures.
    """

    info: RunInfo
    path: Path
    chip: str = ""
    cache: DataCache | None = None

    def column(self, quantity: str, unit: str) -> Vector:
        """A column in the unit asked for, shape (rows,).

        Parameters
        ----------
        quantity
            Its name without unit: ``"t"``, ``"I"``, ``"VL"``, ``"Vg"``, ``"VDS"``.
        unit
            ``"s"``, ``"A"``, ``"V"`` or one of their multiples.

        Raises
        ------
        figmill.errors.InputError
            The run has no such column, or in a unit that is none of these.
        """
        found = self.find(quantity, unit)
        if found is None:
            raise InputError(
                f"{self.info.called.capitalize()} ({self.info.proc}) has no column {quantity!r}.",
                file=self.path,
                hint="The raw file lacks it: leave the run out of this figure.",
            )
        return found

    def find(self, quantity: str, unit: str) -> Vector | None:
        """As `column`, but None where the run has no such column.

        Parameters
        ----------
        quantity, unit
            As for `column`.

        Returns
        -------
        ndarray or None
            float64, shape (rows,), in the unit.
        """
        wanted = _QUANTITIES if quantity in _QUANTITIES else (quantity,)
        for name, values in self._numbers(wanted).items():
            mine, written = split_name(name)
            if mine != quantity:
                continue
            times = factor(written, unit) if written else 1.0
            if times is None:
                raise InputError(
                    f"Column {name!r} of {self.info.called} is in {written!r}, not in {unit}.",
                    file=self.path,
                    hint=f"Correct the unit in the raw file's header row: {unit} or a multiple.",
                )
            # Stages of figmill before 0.2 kept what instruments write for no reading.
            known = without_overflows(values)
            return known if times == 1.0 else known * times
        return None

    def _numbers(self, wanted: tuple[str, ...]) -> Mapping[str, Vector]:
        return read_numbers(self.path, wanted, self.cache)

    def light_windows(self) -> list[tuple[float, float]]:
        """When the light was on: first and last lit sample of each pulse, in seconds."""
        light = self.find("VL", "V")
        if light is None:
            return []
        t = self.column("t", "s")
        found = []
        cuts = [0, *clock_restarts(t), t.size]
        for start, stop in pairwise(cuts):
            part = t[start:stop]
            found += [(float(part[a]), float(part[b])) for a, b in pulses(light[start:stop])]
        return found


def clock_restarts(t: Vector) -> list[int]:
    """Places at which a clock runs back, as in a run that was resumed.

    Examples
    --------
    >>> clock_restarts(np.array([0.0, 1.0, 2.0, 0.0, 1.0]))
    [3]
    """
    return [int(at) + 1 for at in np.flatnonzero(np.diff(t) < 0)]


def pulses(light: Vector) -> list[tuple[int, int]]:
    """First and last index of each unbroken stretch of lit samples.

    Examples
    --------
    >>> pulses(np.array([0.0, 3.0, 3.0, 0.0, 3.0]))
    [(1, 2), (4, 4)]
    """
    return [(start, stop - 1) for start, stop in stretches(light > LIT_V)]
