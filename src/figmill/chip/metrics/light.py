"""Answers to light: steps, rise and fall times, relaxation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from figmill.chip.runs import pulses

Vector = NDArray[np.float64]

_BEFORE_S = 2.0
_FIT_POINTS = 3000


def light_step(values: Vector, light: Vector) -> float | None:
    """The last lit sample minus the first lit sample; None where none is lit.

    Parameters
    ----------
    values
        Shape (n,): current in A or voltage in V.
    light
        Shape (n,): the laser's voltage in V; lit is above 0.1 V.
    """
    lit = pulses(light)
    return float(values[lit[-1][1]] - values[lit[0][0]]) if lit else None


@dataclass(frozen=True, slots=True)
class Edge:
    """How a signal went from one level to another.

    Parameters
    ----------
    seconds
        From 10 % to 90 % of the way.
    flags
        ``noise``: the way is less than three times the noise; ``pulses``: there were several
        pulses, and this is the first.
    """

    seconds: float
    flags: tuple[str, ...] = ()


def rise_time(t: Vector, values: Vector, light: Vector) -> Edge | None:
    """From 10 % to 90 % of the way from just before the first pulse to its end."""
    found = pulses(light)
    if not found:
        return None
    first, last = found[0]
    before = (t < t[first]) & (t >= t[first] - _BEFORE_S)
    return _edge(t, values, first, last, before, several=len(found) > 1)


def fall_time(t: Vector, values: Vector, light: Vector) -> Edge | None:
    """From 10 % to 90 % of the way from the first pulse's end to the next one, or to the end."""
    found = pulses(light)
    if not found:
        return None
    start = found[0][1]
    end = found[1][0] - 1 if len(found) > 1 else t.size - 1
    before = (t <= t[start]) & (t >= max(t[start] - _BEFORE_S, t[found[0][0]]))
    return _edge(t, values, start, end, before, several=len(found) > 1)


def _edge(
    t: Vector, values: Vector, start: int, end: int, before: NDArray[np.bool_], *, several: bool
) -> Edge | None:
    if end - start < 4:
        return None
    level = values[before] if before.any() else values[start : start + 1]
    tail = values[max(start + 1, end - max(3, (end - start) // 20)) : end + 1]
    low, high = float(np.median(level)), float(np.median(tail))
    # Differences of neighbours leave the slow part of the signal out of its noise.
    noise = float(np.std(np.diff(tail))) / np.sqrt(2) if tail.size > 2 else 0.0
    way = high - low
    if way == 0 or not np.isfinite(way):
        return None
    part = (values[start : end + 1] - low) / way
    ten, ninety = (_crossing(t[start : end + 1], part, level) for level in (0.1, 0.9))
    if ten is None or ninety is None:
        return None
    flags = [
        name for name, is_so in (("noise", abs(way) < 3 * noise), ("pulses", several)) if is_so
    ]
    return Edge(max(0.0, ninety - ten), tuple(flags))


def _crossing(t: Vector, part: Vector, level: float) -> float | None:
    above = np.flatnonzero(part >= level)
    if not above.size:
        return None
    at = int(above[0])
    if at == 0:
        return float(t[0])
    low, high = float(part[at - 1]), float(part[at])
    share = (level - low) / (high - low) if high > low else 1.0
    return float(t[at - 1] + share * (t[at] - t[at - 1]))


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A stretched exponential ``I0 + A exp(-(t / tau)^beta)``.

    Parameters
    ----------
    level, amplitude
        I0 and A, in the unit of the values.
    tau
        Seconds.
    beta
        1 is a plain exponential.
    flags
        ``long`` (tau beyond the time measured: an extrapolation), ``short`` (tau below the time
        between samples), ``bound`` (beta at its limit), ``noise`` (the amplitude is less than three
        times the noise), ``thinned`` (not every sample was fitted).
    """

    level: float
    amplitude: float
    tau: float
    beta: float
    flags: tuple[str, ...] = ()


_BETA = (0.1, 2.0)


def relaxation(t: Vector, values: Vector) -> Relaxation | None:
    """Fit a stretched exponential by least squares.

    The level and the amplitude enter linearly, so that only tau and beta are searched for, from
    several starts. Long traces are thinned to 3000 samples, evenly.

    Parameters
    ----------
    t, values
        Shape (n,); t in s, increasing. The relaxation starts at ``t[0]``.

    Returns
    -------
    Relaxation or None
        None where fewer than 20 finite samples are given, or all are equal.
    """
    good = np.isfinite(t) & np.isfinite(values)
    t, values = t[good], values[good]
    if t.size < 20 or np.ptp(values) == 0 or not t[-1] > t[0]:
        return None
    stride = max(1, t.size // _FIT_POINTS)
    x, y = (t[::stride] - t[0]), values[::stride]
    scale = float(np.ptp(y))
    y = (y - y.mean()) / scale
    span = float(x[-1])

    from scipy.optimize import least_squares

    def linear(parameters: Vector) -> tuple[Vector, Vector]:
        shape = np.exp(-((x / np.exp(parameters[0])) ** parameters[1]))
        matrix = np.stack((np.ones_like(shape), shape), axis=1)
        solution = np.linalg.lstsq(matrix, y, rcond=None)[0]
        return solution, matrix @ solution - y

    lowest = np.log(max(span * 1e-5, float(np.min(np.diff(x))) * 0.1))
    bounds = ([lowest, _BETA[0]], [np.log(span * 100), _BETA[1]])
    best = min(
        (
            least_squares(lambda p: linear(p)[1], start, bounds=bounds, x_scale=(1.0, 0.3))
            for start in ((np.log(span / 10), 0.8), (np.log(span), 0.6))
        ),
        key=lambda found: float(found.cost),
    )
    (level, amplitude), rest = linear(best.x)
    tau, beta = float(np.exp(best.x[0])), float(best.x[1])
    noise = float(np.std(rest))
    flags = [
        name
        for name, is_so in (
            ("long", tau > span),
            ("short", tau < float(np.median(np.diff(t)))),
            ("bound", beta < _BETA[0] * 1.01 or beta > _BETA[1] * 0.99),
            ("noise", abs(amplitude) < 3 * noise),
            ("thinned", stride > 1),
        )
        if is_so
    ]
    offset = float(values[::stride].mean())
    return Relaxation(
        offset + scale * float(level), scale * float(amplitude), tau, beta, tuple(flags)
    )
