"""One tidy table of derived numbers: a row a number, with unit, method and flags."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from figmill.chip.metrics.light import fall_time, light_step, relaxation, rise_time
from figmill.chip.metrics.sweeps import (
    hysteresis,
    mobility,
    neutrality_points,
    transconductance,
)
from figmill.chip.names import Chip, spoken_name
from figmill.chip.plan import Stage
from figmill.chip.runs import Run, pulses
from figmill.chip.sequences import compact
from figmill.chip.tree import StageTree
from figmill.errors import ConfigError, InputError
from figmill.read.cache import DataCache
from figmill.read.parquet import polars

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Geometry:
    """What a mobility needs besides the measurement.

    Parameters
    ----------
    length_um, width_um
        Of the channel.
    capacitance_f_m2
        Of the gate.
    """

    length_um: float
    width_um: float
    capacitance_f_m2: float

    @classmethod
    def of(
        cls,
        length_um: float | None = None,
        width_um: float | None = None,
        capacitance_f_m2: float | None = None,
    ) -> Geometry | None:
        """The geometry, or None where nothing of it is given.

        Raises
        ------
        figmill.errors.ConfigError
            Only a part of it is given, or a number is not above 0.
        """
        given = (length_um, width_um, capacitance_f_m2)
        if all(value is None for value in given):
            return None
        if length_um is None or width_um is None or capacitance_f_m2 is None:
            raise ConfigError(
                "A mobility needs the length, the width and the capacitance.",
                hint="Give all three: length_um, width_um, capacitance_f_m2.",
            )
        if not min(length_um, width_um, capacitance_f_m2) > 0:
            raise ConfigError(
                "Length, width and capacitance must be above 0.",
                hint=f"Given were {length_um}, {width_um} and {capacitance_f_m2}.",
            )
        return cls(length_um, width_um, capacitance_f_m2)


@dataclass(frozen=True, slots=True)
class Metric:
    """A derived number.

    Parameters
    ----------
    name
        What it is: ``delta_current``.
    value
        The number; None where it could not be told, for which `flags` give the reason.
    unit
        Its unit.
    method
        How it was found.
    flags
        What is to be known about it.
    part
        The leg or pulse, where there are several.
    """

    name: str
    value: float | None
    unit: str
    method: str
    flags: tuple[str, ...] = ()
    part: str = ""


def run_metrics(run: Run, geometry: Geometry | None = None) -> list[Metric]:
    """All numbers that a run's procedure gives.

    Raises
    ------
    figmill.errors.InputError
        Its columns cannot be read.
    """
    derive = _DERIVED.get(run.info.proc)
    return [] if derive is None else list(derive(run, geometry))


def _trace(column: str, unit: str, name: str) -> Callable[[Run, Geometry | None], Iterator[Metric]]:
    def derive(run: Run, _: Geometry | None) -> Iterator[Metric]:
        t, values = run.column("t", "s"), run.column(column, unit)
        light = run.find("VL", "V")
        good = np.isfinite(t) & np.isfinite(values)
        t, values = t[good], values[good]
        lit = pulses(light[good]) if light is not None else []
        if light is not None and lit:
            light = light[good]
            several = ("pulses",) if len(lit) > 1 else ()
            step = light_step(values, light)
            yield Metric(name, step, unit, "last lit sample - first lit sample", several)
            for label, find in (("rise_time", rise_time), ("fall_time", fall_time)):
                edge = find(t, values, light)
                flags = edge.flags if edge else ("undefined",)
                yield Metric(label, edge.seconds if edge else None, "s", "10 % to 90 %", flags)
            yield from _power(run)
        start = lit[-1][1] + 1 if lit else 0
        found = relaxation(t[start:], values[start:])
        method = "I0 + A exp(-(t/tau)^beta), least squares, " + (
            "after the light" if lit else "whole dark run"
        )
        if found is None:
            yield Metric("relaxation_tau", None, "s", method, ("undefined",))
        else:
            yield Metric("relaxation_tau", found.tau, "s", method, found.flags)
            yield Metric("relaxation_beta", found.beta, "", method, found.flags)
            yield Metric("relaxation_amplitude", found.amplitude, unit, method, found.flags)
            yield Metric("relaxation_level", found.level, unit, method, found.flags)

    return derive


def _power(run: Run) -> Iterator[Metric]:
    if run.info.has_light:
        watts = run.info.irradiated_power_w
        method = "calibration of the same wavelength, linear in laser voltage"
        flags = run.info.power_flags if watts is not None else ("uncalibrated",)
        yield Metric("irradiated_power", watts, "W", method, flags)


def _transfer(run: Run, geometry: Geometry | None) -> Iterator[Metric]:
    vg, current = run.column("Vg", "V"), run.column("I", "A")
    yield from _neutrality(vg, current, "min")
    method = "(L/W) |gm| / (C_ox |Vds|)"
    peaks = []
    for place, (x, gm) in enumerate(transconductance(vg, current), 1):
        part = f"leg {place} {'up' if x[-1] > x[0] else 'down'}"
        if np.isfinite(gm).any():
            peaks.append(float(np.nanmax(np.abs(gm))))
            yield Metric("gm_peak", peaks[-1], "S", "central differences", part=part)
            if geometry is not None and run.info.vds_v:
                value = mobility(
                    peaks[-1],
                    run.info.vds_v,
                    geometry.length_um,
                    geometry.width_um,
                    geometry.capacitance_f_m2,
                )
                yield Metric("mobility", 1e4 * value, "cm^2/Vs", method, part=part)
    if not peaks:
        yield Metric("gm_peak", None, "S", "central differences", ("undefined",))
    if geometry is not None and not (peaks and run.info.vds_v):
        yield Metric("mobility", None, "cm^2/Vs", method, ("undefined",))


def _drain_voltage(run: Run, _: Geometry | None) -> Iterator[Metric]:
    yield from _neutrality(run.column("Vg", "V"), run.column("VDS", "V"), "max")


def _neutrality(vg: Any, values: Any, extremum: Any) -> Iterator[Metric]:
    points = neutrality_points(vg, values, extremum)
    method = f"parabola through the 1 % window at the {extremum}imum"
    if not points:
        yield Metric("cnp", None, "V", method, ("undefined",))
    for place, point in enumerate(points, 1):
        part = f"leg {place} {'up' if point.rising else 'down'}"
        yield Metric("cnp", point.volts, "V", method, point.flags, part)
    width = hysteresis(points)
    if width is not None:
        yield Metric("hysteresis", width, "V", "cnp of the leg down - cnp of the leg up")


_DERIVED: dict[str, Callable[[Run, Geometry | None], Iterator[Metric]]] = {
    "It": _trace("I", "A", "delta_current"),
    "Vt": _trace("VDS", "V", "delta_voltage"),
    "IVg": _transfer,
    "VVg": _drain_voltage,
}


def metrics_table(
    tree: StageTree,
    chip: Chip,
    group: str,
    seq: Iterable[int] | None = None,
    geometry: Geometry | None = None,
    *,
    cache: DataCache | None = None,
) -> pl.DataFrame:
    """The numbers of a chip's runs.

    Parameters
    ----------
    tree
        The stage.
    chip, group
        The chip.
    seq
        Run numbers; None for all. A run without data in the stage has one row that says so.
    geometry
        For mobilities.
    cache
        Where columns are kept.

    Returns
    -------
    DataFrame
        Columns chip_group, chip_number (null where the chip goes by a name), chip_label,
        seq, run_id, proc, metric, part, value, unit, method,
        flags.

    Raises
    ------
    figmill.errors.ConfigError
        The stage has no such chip, or the chip has no such run.
    """
    name = spoken_name(group, chip)
    stage = Stage(tree, cache)
    history = stage.rows(group, chip)
    wanted = None if seq is None else set(seq)
    if wanted is not None and (absent := wanted - history.keys()):
        raise ConfigError(
            f"{name} has no run {compact(list(absent))}; it has {compact(list(history))}.",
            place="seq",
            hint=f"List its runs with: figmill chip history {chip} --group {shlex.quote(group)}",
        )
    rows: list[dict[str, Any]] = []
    for number, row in history.items():
        if wanted is not None and number not in wanted:
            continue
        run = stage.run(row, power=True, chip=name)
        try:
            found = run_metrics(run, geometry)
        except InputError as error:
            found = [Metric("unreadable", None, "", error.message, ("missing",))]
        rows += [
            {
                "chip_group": group,
                "chip_number": chip if isinstance(chip, int) else None,
                "chip_label": str(chip),
                "seq": number,
                "run_id": run.info.run_id,
                "proc": run.info.proc,
                "metric": metric.name,
                "part": metric.part,
                "value": metric.value,
                "unit": metric.unit,
                "method": metric.method,
                "flags": list(metric.flags),
            }
            for metric in found
        ]
    types = polars()
    texts = ("chip_group", "run_id", "proc", "metric", "part", "unit", "method")
    schema = {
        "chip_group": types.String,
        "chip_number": types.Int64,
        "chip_label": types.String,
        "seq": types.UInt32,
        **dict.fromkeys(texts[1:5], types.String),
        "value": types.Float64,
        **dict.fromkeys(texts[5:], types.String),
        "flags": types.List(types.String),
    }
    frame: pl.DataFrame = types.DataFrame(rows, schema=schema)
    return frame
