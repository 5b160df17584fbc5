"""Numbers of gate sweeps, leg by leg: neutrality, hysteresis, transconductance, mobility."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeVar

import numpy as np

from figmill.chip.metrics.model import Geometry, Metric
from figmill.chip.metrics.sweeps import Cnp, hysteresis_pair, legs
from figmill.chip.runs import Run, Vector
from figmill.numbers.estimate import Estimate
from figmill.numbers.slopes import steepest
from figmill.numbers.switching import (
    on_off_ratio,
    slope_factor,
    swing,
    threshold_at_current,
    threshold_linear,
    threshold_saturation,
)
from figmill.numbers.transfer import (
    crossing,
    extremum,
    mobility,
    regime,
    saturation_mobility,
    usual_current,
)

T = TypeVar("T")
_LINEAR = "(L/W) |gm| / (C_ox |Vds|)"
_SATURATED = "(2 L / (W C_ox)) (d sqrt|I| / dVg)^2"
_NONE = Estimate(None, None, "steepest line over a window", ("undefined",))


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg of a sweep.

    Parameters
    ----------
    name
        How rows of the table call it: ``leg 2 up``, with the drain voltage in a family.
    vg, values
        Shape (n,): gate voltage in V, and what was measured.
    vds
        The drain voltage in V, of the file's column or else as set; None where neither is known.
    """

    name: str
    vg: Vector
    values: Vector
    vds: float | None

    @property
    def rising(self) -> bool:
        """Whether the gate voltage goes up."""
        x = self.vg[np.isfinite(self.vg)]
        return bool(x.size and x[-1] > x[0])


def legs_of(run: Run, column: str, unit: str) -> list[Leg]:
    """The legs of a run's sweep, each with its drain voltage."""
    vg, values = run.column("Vg", "V"), run.column(column, unit)
    vds = run.find("VDS", "V") if column != "VDS" else None
    if vds is not None and not np.isfinite(vds).any():
        vds = None
    cuts = legs(vg, vds=vds)
    volts = [run.info.vds_v if vds is None else _median(vds[cut]) for cut in cuts]
    known = [one for one in volts if one is not None]
    is_family = bool(known) and max(known) - min(known) > 0.05 * max(map(abs, known))
    found = []
    for place, (cut, one) in enumerate(zip(cuts, volts, strict=True), 1):
        leg = Leg("", vg[cut], values[cut], one)
        name = f"leg {place} {'up' if leg.rising else 'down'}"
        if is_family and one is not None:
            name += f", V_DS = {one:.3g} V"
        found.append(Leg(name, vg[cut], values[cut], one))
    return found


def _median(values: Vector) -> float | None:
    return float(np.nanmedian(values)) if np.isfinite(values).any() else None


def transfer(run: Run, geometry: Geometry | None, window_v: float | None) -> Iterator[Metric]:
    """Numbers of a transfer curve."""
    found = legs_of(run, "I", "A")
    extrema = [extremum(leg.vg, leg.values, "min", window_v) for leg in found]
    yield from _neutrality(found, extrema, "min")
    yield from _at_current(found)
    if not found:
        yield Metric("gm_peak", None, "S", _NONE.method, _NONE.flags)
        if geometry is not None:
            yield Metric("mobility", None, "cm^2/Vs", _LINEAR, ("undefined",))
    for leg, lowest in zip(found, extrema, strict=True):
        gm = steepest(leg.vg, leg.values)
        yield Metric("gm_peak", gm.value, "S", gm.method, gm.flags, leg.name, gm.error)
        if geometry is not None:
            yield from _mobilities(leg, gm, geometry)
        if lowest.flags == ("unipolar",):
            yield from _switching(leg, gm, geometry)


def _mobilities(leg: Leg, gm: Estimate, geometry: Geometry) -> Iterator[Metric]:
    if gm.value is None or gm.at is None or not leg.vds:
        yield Metric("mobility", None, "cm^2/Vs", _LINEAR, ("undefined",), leg.name)
        return
    scale = 1e4 * mobility(1.0, leg.vds, *geometry.shape)
    saturated = regime(_current_at(leg, gm.at), gm.value, leg.vds) == "saturation"
    flags = (*gm.flags, "saturation") if saturated else gm.flags
    error = None if gm.error is None else gm.error * scale
    yield Metric("mobility", gm.value * scale, "cm^2/Vs", _LINEAR, flags, leg.name, error)
    if saturated:
        slope = steepest(leg.vg, np.sqrt(np.abs(leg.values)))
        if slope.value is None:
            return
        value = 1e4 * saturation_mobility(slope.value, *geometry.shape)
        # The square of a slope has twice its relative error.
        error = None if slope.error is None else 2 * value * slope.error / slope.value
        name = "mobility_saturation"
        yield Metric(name, value, "cm^2/Vs", _SATURATED, slope.flags, leg.name, error)


def _switching(leg: Leg, gm: Estimate, geometry: Geometry | None) -> Iterator[Metric]:
    """Numbers of a transistor that can be off: threshold, swing, ratio."""
    ratio = on_off_ratio(leg.values)
    yield Metric("on_off_ratio", ratio.value, "", ratio.method, ratio.flags, leg.name, ratio.error)
    slope = swing(leg.vg, leg.values)
    yield Metric("swing", slope.value, "V/dec", slope.method, slope.flags, leg.name, slope.error)
    if geometry is not None:
        at = threshold_at_current(leg.vg, leg.values, geometry.shape[1] / geometry.shape[0])
        name = "vth_constant_current"
        yield Metric(name, at.value, "V", at.method, at.flags, leg.name, at.error)
    if gm.value is None or gm.at is None or not leg.vds:
        method = "x-intercept of the steepest line"
        yield Metric("vth", None, "V", method, ("undefined",), leg.name)
        return
    if regime(_current_at(leg, gm.at), gm.value, leg.vds) == "linear":
        found = threshold_linear(leg.vg, leg.values, leg.vds, slope_factor(slope))
    else:
        found = threshold_saturation(leg.vg, leg.values)
    yield Metric("vth", found.value, "V", found.method, found.flags, leg.name, found.error)


def _current_at(leg: Leg, volts: float) -> float:
    good = np.isfinite(leg.vg) & np.isfinite(leg.values)
    near = np.argsort(np.abs(leg.vg[good] - volts))[:5]
    return float(np.median(leg.values[good][near]))


def drain_voltage(run: Run, _: Geometry | None, window_v: float | None) -> Iterator[Metric]:
    """Numbers of a sweep of the gate at constant current."""
    found = legs_of(run, "VDS", "V")
    extrema = [extremum(leg.vg, leg.values, "max", window_v) for leg in found]
    yield from _neutrality(found, extrema, "max")


def _neutrality(
    found: Sequence[Leg], extrema: Sequence[Estimate], kind: Literal["min", "max"]
) -> Iterator[Metric]:
    points = []
    for leg, one in zip(found, extrema, strict=True):
        yield Metric("cnp", one.value, "V", one.method, one.flags, leg.name, one.error)
        volts = np.nan if one.value is None else one.value
        points.append((leg, Cnp(volts, leg.rising, one.flags, one.error)))
    if not points:
        method = f"polynomial about the smoothed {kind}imum"
        yield Metric("cnp", None, "V", method, ("undefined",))
    for part, members in _by_bias(points):
        pair = hysteresis_pair(members)
        if pair is not None:
            errors = [one.error for one in pair if one.error is not None]
            error = float(np.hypot(errors[0], errors[1])) if len(errors) == 2 else None
            flags = tuple(dict.fromkeys((*pair[0].flags, *pair[1].flags)))
            method = "cnp of the leg down - cnp of the leg up"
            width = pair[1].volts - pair[0].volts
            yield Metric("hysteresis", width, "V", method, flags, part, error)


def _at_current(found: Sequence[Leg]) -> Iterator[Metric]:
    """Hysteresis at a constant current, where legs of both directions pass it."""
    for part, members in _by_bias([(leg, leg) for leg in found]):
        pair = next(_crossed(members), None)
        if pair is None:
            continue
        level, forward, back = pair
        if forward.value is None or back.value is None:
            continue
        errors = [one.error for one in (forward, back) if one.error is not None]
        error = float(np.hypot(errors[0], errors[1])) if len(errors) == 2 else None
        flags = tuple(dict.fromkeys((*forward.flags, *back.flags)))
        width = back.value - forward.value
        method = f"V_G of the leg down - V_G of the leg up, at {level:.3g} A"
        yield Metric("hysteresis_at_current", width, "V", method, flags, part, error)


def _crossed(members: Sequence[Leg]) -> Iterator[tuple[float, Estimate, Estimate]]:
    """A current, and where a leg up and the leg down next to it pass it; legs that do not, wait."""
    for one, other in pairwise(members):
        if one.rising == other.rising:
            continue
        up, down = (one, other) if one.rising else (other, one)
        level = usual_current(up.values, down.values)
        if level is None:
            continue
        forward, back = (crossing(leg.vg, leg.values, level) for leg in (up, down))
        if forward.value is not None and back.value is not None:
            yield level, forward, back


def _by_bias(pairs: Sequence[tuple[Leg, T]]) -> list[tuple[str, list[T]]]:
    """Members by their drain voltage, each with the part that names it; empty for the only one."""
    found: dict[str, list[T]] = {}
    for leg, member in pairs:
        _, mark, part = leg.name.partition(", ")
        found.setdefault(part if mark else "", []).append(member)
    return list(found.items())
