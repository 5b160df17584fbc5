"""Where a sweep turns or starts again: by set values exactly, by measured ones with a tolerance."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

LEG_POINTS = 10
"""A leg of fewer points is left out."""

_JUMP_STEPS = 5.0
_SIGMAS = 8.0


def position_noise(x: Vector) -> float:
    """Standard deviation of the noise on a swept value; 0 where it was set and not measured.

    Set values step by few different amounts. Third differences of a measured ramp of noise s have
    the variance 20 s^2.

    Parameters
    ----------
    x
        Shape (n,), in the order measured.
    """
    x = x[np.isfinite(x)]
    if x.size < 12 or np.ptp(x) == 0:
        return 0.0
    steps = np.diff(x)
    kinds = np.unique(np.round(np.abs(steps) / np.ptp(x), 7)).size
    if kinds <= max(3, steps.size // 4):
        return 0.0
    noise = 1.4826 * float(np.median(np.abs(np.diff(steps, 2)))) / np.sqrt(20)
    # A ramp of slowly growing steps, as a logarithmic one, is smooth.
    return noise if noise > 0.02 * float(np.median(np.abs(steps))) else 0.0


def gate_legs(x: Vector, least: int = LEG_POINTS, breaks: Vector | None = None) -> list[slice]:
    """Cut a sweep where it turns round, or jumps back to its beginning.

    Parameters
    ----------
    x
        Shape (n,), the swept voltage in the order measured, set or measured.
    least
        Legs of fewer points are left out.
    breaks
        Shape (n,): another voltage; where it steps, as from curve to curve of a family, a leg ends.

    Returns
    -------
    list of slice
        One a leg; the point at which the sweep turns belongs to the leg that ends there, and that
        to which it jumps to the one that begins.

    Examples
    --------
    >>> gate_legs(np.array([0.0, -1.0, -2.0, -1.0, 0.0, 1.0]), least=3)
    [slice(0, 3, None), slice(3, 6, None)]
    >>> gate_legs(np.tile(np.arange(8.0), 2), least=3)
    [slice(0, 8, None), slice(8, 16, None)]
    """
    if x.size < max(least, 2):
        return []
    noise = position_noise(x)
    cuts = {0, x.size, *_jumps(x, noise)}
    if breaks is not None:
        cuts |= {*_steps(breaks)}
    edges = sorted(cuts)
    found = []
    for start, stop in pairwise(edges):
        part = x[start:stop]
        turns = _turns(part) if noise == 0 else _noisy_turns(part, _SIGMAS * noise)
        inner = [0, *turns, part.size]
        found += [slice(start + a, start + b) for a, b in pairwise(inner) if b - a >= least]
    # A voltage without a reading here and there is no reason to lose its leg.
    return [
        leg
        for leg in found
        if np.isfinite(x[leg]).sum() > 1 and np.nanmax(x[leg]) > np.nanmin(x[leg])
    ]


def sweep_parts(x: Vector, breaks: Vector | None = None) -> list[slice]:
    """Cut a sweep where it jumps back to its beginning or another voltage steps, not at turns.

    Parameters
    ----------
    x
        Shape (n,), the swept voltage in the order measured.
    breaks
        Shape (n,): another voltage, such as V_DS of a family.

    Examples
    --------
    >>> sweep_parts(np.array([0.0, 1.0, 2.0, 1.0, 0.0]))
    [slice(0, 5, None)]
    """
    cuts = {0, x.size, *_jumps(x, position_noise(x))}
    if breaks is not None:
        cuts |= {*_steps(breaks)}
    return [slice(a, b) for a, b in pairwise(sorted(cuts))]


def _turns(x: Vector) -> list[int]:
    """First points after each turn of set values."""
    signs = np.sign(np.diff(x))
    # A repeated voltage belongs to the leg in which it is repeated; leading ones to the first.
    known = np.where((signs != 0) & np.isfinite(signs), np.arange(signs.size), -1)
    if not signs.size:
        return []
    latest = np.maximum.accumulate(known)
    if latest[-1] < 0:
        return []
    signs = signs[np.where(latest >= 0, latest, known[known >= 0][0])]
    return [int(at) + 2 for at in np.flatnonzero(np.diff(signs))]


def _noisy_turns(x: Vector, tolerance: float) -> list[int]:
    """First points after each turn of a measured ramp: it must come back by the tolerance."""
    tolerance = min(tolerance, float(np.nanmax(x) - np.nanmin(x)) / 4)
    turns: list[int] = []
    low = high = 0
    direction = 0
    for place, value in enumerate(x.tolist()):
        if not np.isfinite(value):
            continue
        if value > x[high]:
            high = place
        if value < x[low]:
            low = place
        if direction >= 0 and x[high] - value > tolerance:
            if direction > 0 or high > low:
                turns += [high + 1] if direction > 0 else []
            direction, low = -1, place
        elif direction <= 0 and value - x[low] > tolerance:
            turns += [low + 1] if direction < 0 else []
            direction, high = 1, place
    return turns


def _jumps(x: Vector, noise: float) -> list[int]:
    """First points after a jump back: a step against its neighbours' way, and far larger."""
    steps = np.diff(x)
    if steps.size < 3:
        return []
    size = np.abs(steps)
    moving = size[size > 0]
    usual = float(np.nanmedian(moving)) if moving.size else 0.0
    far = size > max(_JUMP_STEPS * usual, 2 * _SIGMAS * noise)
    found = []
    for at in np.flatnonzero(far).tolist():
        if at == 0:
            continue
        beside = size[[at - 1, min(at + 1, size.size - 1)]]
        earlier = steps[:at][steps[:at] != 0]
        back = bool(earlier.size) and steps[at] * earlier[-1] < 0
        if noise > 0 or (back and size[at] > _JUMP_STEPS * float(np.nanmax(beside))):
            found.append(at + 1)
    return found


def _steps(y: Vector) -> list[int]:
    """First points of each level of a voltage that is set in steps and may be noisy."""
    good = np.isfinite(y)
    if good.sum() < 2 or np.ptp(y[good]) == 0:
        return []
    steps = np.abs(np.diff(y))
    noise = 1.4826 * float(np.nanmedian(steps)) / np.sqrt(2)
    limit = max(_SIGMAS * noise, 0.05 * float(np.nanmax(np.abs(y))))
    return [int(at) + 1 for at in np.flatnonzero(steps > limit)]
