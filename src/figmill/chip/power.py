"""Irradiated power from calibrations of the laser."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from figmill.chip.manifest import CALIBRATION
from figmill.chip.runs import Vector
from figmill.chip.tree import StageTree
from figmill.chip.units import factor, split_name
from figmill.errors import InputError
from figmill.read.cache import DataCache
from figmill.read.parquet import read_numbers
from figmill.read.results_body import without_overflows

STALE_H = 24.0


@dataclass(frozen=True, slots=True)
class Power:
    """An irradiated power and what it rests on.

    Parameters
    ----------
    watts
        None where there is no calibration of that wavelength.
    calibration
        The calibration's run_id.
    age_h
        Hours from the calibration to the run; negative where it came later.
    flags
        ``stale`` (older than 24 h), ``later`` (made after the run), ``outside`` (the voltage is
        beyond those calibrated), ``uncalibrated`` (no calibration of the wavelength).
    """

    watts: float | None
    calibration: str = ""
    age_h: float = 0.0
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Calibration:
    """One calibration: when, at what wavelength, and where its columns are."""

    run_id: str
    start_time: float
    wavelength_nm: float
    date: str


@dataclass(slots=True)
class Calibrations:
    """All calibrations of a stage, read when they are needed.

    Examples
    --------
    >>> Calibrations([]).power(455.0, 3.0, 0.0)
    Power(watts=None, calibration='', age_h=0.0, flags=('uncalibrated',))
    """

    known: Sequence[Calibration]
    tree: StageTree | None = None
    cache: DataCache | None = None
    _curves: dict[str, tuple[Vector, Vector]] = field(default_factory=dict)

    @classmethod
    def of(cls, tree: StageTree, cache: DataCache | None = None) -> Calibrations:
        """Find the calibrations of a stage."""
        frame = tree.manifest
        rows: Iterable[tuple[str, float, float | None, str]] = (
            frame.filter(frame["proc"] == CALIBRATION)
            .select("run_id", "start_time", "wavelength_nm", "date_local")
            .iter_rows()
        )
        found = [Calibration(r, t, w, d) for r, t, w, d in rows if w is not None]
        return cls(sorted(found, key=lambda one: (one.start_time, one.run_id)), tree, cache)

    def choose(self, wavelength_nm: float, start: float) -> Calibration | None:
        """The latest earlier one of that wavelength; the next one where there is no earlier."""
        fit = [one for one in self.known if one.wavelength_nm == wavelength_nm]
        earlier = [one for one in fit if one.start_time <= start]
        return earlier[-1] if earlier else fit[0] if fit else None

    def power(self, wavelength_nm: float, laser_voltage_v: float, start: float) -> Power:
        """The power at a laser voltage, linear between the calibrated voltages.

        Parameters
        ----------
        wavelength_nm, laser_voltage_v
            What was set.
        start
            When, in seconds since 1970.
        """
        chosen = self.choose(wavelength_nm, start)
        if chosen is None:
            return Power(None, flags=("uncalibrated",))
        volts, watts = self._curve(chosen)
        age = (start - chosen.start_time) / 3600
        flags = []
        if age > STALE_H:
            flags.append("stale")
        if age < 0:
            flags.append("later")
        if not volts[0] <= laser_voltage_v <= volts[-1]:
            flags.append("outside")
        value = float(np.interp(laser_voltage_v, volts, watts))
        return Power(value, chosen.run_id, age, tuple(flags))

    def _curve(self, chosen: Calibration) -> tuple[Vector, Vector]:
        if chosen.run_id not in self._curves:
            self._curves[chosen.run_id] = self._read(chosen)
        return self._curves[chosen.run_id]

    def _read(self, chosen: Calibration) -> tuple[Vector, Vector]:
        if self.tree is None:
            raise InputError(
                "A calibration without a stage has no columns.", hint="Use Calibrations.of."
            )
        path = self.tree.run_path(CALIBRATION, chosen.date, chosen.run_id)
        found: dict[str, Vector] = {}
        for name, values in read_numbers(path, ("VL", "Power"), self.cache).items():
            quantity, unit = split_name(name)
            times = factor(unit, "V" if quantity == "VL" else "W") if unit else 1.0
            if times is None:
                raise InputError(
                    f"Column {name!r} of a calibration is in {unit!r}.",
                    file=path,
                    hint="Correct the unit in the raw file's header row.",
                )
            found[quantity] = without_overflows(values) * times
        good = (
            np.isfinite(found["VL"]) & np.isfinite(found["Power"])
            if len(found) == 2
            else np.zeros(0, bool)
        )
        if not good.any():
            raise InputError(
                "The calibration holds no pair of laser voltage and power.",
                file=path,
                hint="Remove its raw file and stage again: an older calibration then serves.",
            )
        volts, watts = found["VL"][good], found["Power"][good]
        order = np.argsort(volts, kind="stable")
        return volts[order], watts[order]
