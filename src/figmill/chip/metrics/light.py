"""Answers to light: steps, rise and fall times, relaxation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from figmill.chip.runs import pulses
from figmill.numbers.edges import edge_time
from figmill.numbers.estimate import Estimate
from figmill.numbers.relaxation import Relaxation, relaxation
from figmill.numbers.slopes import noise_of

__all__ = [
    "Edge",
    "Relaxation",
    "fall",
    "fall_time",
    "light_step",
    "light_step_error",
    "relaxation",
    "rise",
    "rise_time",
]

Vector = NDArray[np.float64]

_BEFORE_S = 2.0
_BEFORE_SHARE = 0.1
_BEFORE_POINTS = 20


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


def light_step_error(values: Vector) -> float:
    """Standard error of `light_step`: two samples of the trace's noise."""
    return float(np.sqrt(2) * noise_of(values))


@dataclass(frozen=True, slots=True)
class Edge:
    """How a signal went from one level to another.

    Parameters
    ----------
    seconds
        From 10 % to 90 % of the way.
    flags
        ``noise``: the way is less than three times the noise, or the error above 10 %; ``pulses``:
        there were several pulses, and this is the first.
    error
        Standard error in s; None where it is not known.
    """

    seconds: float
    flags: tuple[str, ...] = ()
    error: float | None = None


def rise_time(t: Vector, values: Vector, light: Vector) -> Edge | None:
    """From 10 % to 90 % of the way from just before the first pulse to its end."""
    return _as_edge(rise(t, values, light))


def fall_time(t: Vector, values: Vector, light: Vector) -> Edge | None:
    """From 10 % to 90 % of the way from the first pulse's end to the next one, or to the end."""
    return _as_edge(fall(t, values, light))


def rise(t: Vector, values: Vector, light: Vector) -> Estimate | None:
    """`rise_time` with its error and method; None where nothing is lit."""
    found = pulses(light)
    if not found:
        return None
    first, last = found[0]
    return _edge(t, values, first, last, 0, several=len(found) > 1)


def fall(t: Vector, values: Vector, light: Vector) -> Estimate | None:
    """`fall_time` with its error and method; None where nothing is lit."""
    found = pulses(light)
    if not found:
        return None
    start = found[0][1] + 1  # the first sample in the dark
    end = found[1][0] - 1 if len(found) > 1 else t.size - 1
    return _edge(t, values, start, end, found[0][0], several=len(found) > 1)


def _edge(
    t: Vector, values: Vector, start: int, end: int, since: int, *, several: bool
) -> Estimate:
    if end - start < 4:
        return Estimate(None, None, "10 % to 90 %", ("undefined",))
    # Long enough to average noise, short enough for the drift of a whole run not to matter.
    since_s = max(_BEFORE_S, _BEFORE_SHARE * float(t[end] - t[start]))
    first = int(np.searchsorted(t[: start + 1], t[start] - since_s))
    first = max(since, min(first, start - _BEFORE_POINTS))
    found = edge_time(t[start : end + 1], values[start : end + 1], values[first:start])
    flags = (*found.flags, "pulses") if several else found.flags
    return Estimate(found.value, found.error, found.method, flags)


def _as_edge(found: Estimate | None) -> Edge | None:
    if found is None or found.value is None:
        return None
    return Edge(found.value, found.flags, found.error)
