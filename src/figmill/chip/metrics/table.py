"""One tidy table of derived numbers: a row a number, with unit, method and flags."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from figmill.chip.metrics.light import fall, light_step, light_step_error, relaxation, rise
from figmill.chip.metrics.model import Geometry, Metric
from figmill.chip.metrics.transfer import drain_voltage, transfer
from figmill.chip.names import Chip, spoken_name
from figmill.chip.plan import Stage
from figmill.chip.runs import Run, Vector, clock_restarts, pulses
from figmill.chip.sequences import compact
from figmill.chip.tree import StageTree
from figmill.errors import ConfigError, InputError
from figmill.numbers.diode import diode
from figmill.numbers.estimate import Estimate
from figmill.read.cache import DataCache
from figmill.read.parquet import polars

_CALIBRATED = "calibration of the same wavelength, linear in laser voltage"
_HC_PER_Q = 1239.8419843320026
"""h c / q in nm V: CODATA 2018, exact."""

Derive = Callable[[Run, Geometry | None, float | None], Iterator[Metric]]

__all__ = ["Geometry", "Metric", "metrics_table", "run_metrics"]

if TYPE_CHECKING:
    import polars as pl


def run_metrics(
    run: Run, geometry: Geometry | None = None, window_v: float | None = None
) -> list[Metric]:
    """All numbers that a run's procedure gives.

    Parameters
    ----------
    run
        The run.
    geometry
        For mobilities.
    window_v
        Half the window, in V, about a neutrality point; None for what the noise needs.

    Raises
    ------
    figmill.errors.InputError
        Its columns cannot be read.
    """
    derive = _DERIVED.get(run.info.proc)
    return [] if derive is None else list(derive(run, geometry, window_v))


def _trace(column: str, unit: str, name: str) -> Derive:
    def derive(run: Run, _: Geometry | None, __: float | None) -> Iterator[Metric]:
        t, values = run.column("t", "s"), run.column(column, unit)
        light = run.find("VL", "V")
        good = np.isfinite(t) & np.isfinite(values)
        t, values = t[good], values[good]
        light = None if light is None else light[good]
        part = _one_clock(t, light)
        restarted = ("clock-restart",) if part != slice(0, t.size) else ()
        t, values = t[part], values[part]
        light = None if light is None else light[part]
        for metric in numbers(run, t, values, light):
            yield replace(metric, flags=(*metric.flags, *restarted))

    def numbers(run: Run, t: Vector, values: Vector, light: Vector | None) -> Iterator[Metric]:
        lit = pulses(light) if light is not None else []
        if light is not None and lit:
            several = ("pulses",) if len(lit) > 1 else ()
            step, error = light_step(values, light), light_step_error(values)
            noisy = ("noise",) if step is not None and abs(step) < 3 * error else ()
            method = "last lit sample - first lit sample"
            yield Metric(name, step, unit, method, (*noisy, *several), error=error)
            for label, find in (("rise_time", rise), ("fall_time", fall)):
                edge = find(t, values, light) or Estimate(None, None, "", ("undefined",))
                yield Metric(label, edge.value, "s", edge.method, edge.flags, error=edge.error)
            yield from _power(run)
            if name == "delta_current":
                yield from _responsivity(run, step, error, (*noisy, *several))
        start = lit[-1][1] + 1 if lit else 0
        found = relaxation(t[start:], values[start:])
        method = "I0 + A exp(-(t/tau)^beta), least squares, " + (
            "after the light" if lit else "whole dark run"
        )
        if found is None:
            yield Metric("relaxation_tau", None, "s", method, ("undefined",))
        else:
            for label, value, of, error in (
                ("tau", found.tau, "s", found.errors[2]),
                ("beta", found.beta, "", found.errors[3]),
                ("amplitude", found.amplitude, unit, found.errors[1]),
                ("level", found.level, unit, found.errors[0]),
            ):
                yield Metric(f"relaxation_{label}", value, of, method, found.flags, error=error)

    return derive


def _one_clock(t: Vector, light: Vector | None) -> slice:
    """The longest part of a trace in which its clock does not run back; one with light goes first.

    Times of two clocks make no edge and no relaxation.
    """
    cuts = [0, *clock_restarts(t), t.size]
    parts = [slice(a, b) for a, b in pairwise(cuts)]
    return max(
        parts,
        key=lambda part: (
            light is not None and bool(pulses(light[part])),
            part.stop - part.start,
            -part.start,
        ),
    )


def _power(run: Run) -> Iterator[Metric]:
    if run.info.has_light:
        watts = run.info.irradiated_power_w
        set_power = "set" in run.info.power_flags
        method = "as the header says" if set_power else _CALIBRATED
        flags = run.info.power_flags if watts is not None else ("uncalibrated",)
        yield Metric("irradiated_power", watts, "W", method, flags)


def _responsivity(
    run: Run, step: float | None, error: float, flags: tuple[str, ...]
) -> Iterator[Metric]:
    """Photocurrent by power in A/W, and by photons: ``R h c / (q lambda)``."""
    watts, nanometres = run.info.irradiated_power_w, run.info.wavelength_nm
    if not run.info.has_light or step is None or not watts:
        return
    flags = (*flags, *run.info.power_flags)
    method = "delta_current / irradiated power, which is taken as exact and all on the device"
    found, spread = step / watts, error / watts  # negative where light takes current away
    yield Metric("responsivity", found, "A/W", method, flags, error=spread)
    if nanometres:
        share = _HC_PER_Q / nanometres
        above = ("gain",) if abs(found) * share > 1 else ()
        method = f"|responsivity| x {_HC_PER_Q:.2f} nm / wavelength"
        yield Metric("eqe", abs(found) * share, "", method, (*flags, *above), error=spread * share)


def _current_voltage(run: Run, _: Geometry | None, __: float | None) -> Iterator[Metric]:
    """Numbers of a diode."""
    found = diode(run.column("V", "V"), run.column("I", "A"))
    for name, one, unit in (
        ("ideality", found.ideality, ""),
        ("saturation_current", found.saturation_current, "A"),
        ("series_resistance", found.series_resistance, "ohm"),
    ):
        yield Metric(name, one.value, unit, one.method, one.flags, error=one.error)


_DERIVED: dict[str, Derive] = {
    "It": _trace("I", "A", "delta_current"),
    "Vt": _trace("VDS", "V", "delta_voltage"),
    "IV": _current_voltage,
    "IVg": transfer,
    "VVg": drain_voltage,
}


def metrics_table(
    tree: StageTree,
    chip: Chip,
    group: str,
    seq: Iterable[int] | None = None,
    geometry: Geometry | None = None,
    *,
    window_v: float | None = None,
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
    window_v
        Half the window, in V, about a neutrality point; None for what the noise needs.
    cache
        Where columns are kept.

    Returns
    -------
    DataFrame
        Columns chip_group, chip_number (null where the chip goes by a name), chip_label,
        seq, run_id, proc, metric, part, value,
        error (one standard error; null where it is not known), unit, method,
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
            found = run_metrics(run, geometry, window_v)
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
                "error": metric.error,
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
        "error": types.Float64,
        **dict.fromkeys(texts[5:], types.String),
        "flags": types.List(types.String),
    }
    frame: pl.DataFrame = types.DataFrame(rows, schema=schema)
    return frame
