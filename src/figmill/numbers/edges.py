"""How long a signal takes from one level to another, in noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from figmill.numbers.estimate import Estimate
from figmill.numbers.relaxation import Relaxation, relaxation
from figmill.numbers.slopes import noise_of

Vector = NDArray[np.float64]

_CLEAN = 0.003
"""Below this share of noise the samples themselves tell where a level is passed."""

_FITS = 1.25
_ALIKE = 1.1
_LEAST = 5
_DENSE = 4000


def edge_time(t: Vector, values: Vector, before: Vector) -> Estimate:
    """From 10 % to 90 % of the way between two levels.

    The first level is the mean before the edge, the other the mean of the last twentieth of it. In
    noise the first sample beyond a level is noise: there a stretched exponential is fitted, or,
    where none fits, a running mean is taken, and the levels are those of the curve.

    Parameters
    ----------
    t
        Shape (n,), in s: from the edge's begin to the end of what follows it.
    values
        Shape (n,), in any unit.
    before
        Shape (m,): samples just before the edge, in the same unit.

    Returns
    -------
    Estimate
        In s. Flags: ``noise`` (the way is less than three times the noise, or the error above
        10 %), ``under-sampled`` (fewer than 5 samples within the edge); ``undefined`` without a
        value.
    """
    method = "10 % to 90 %"
    if t.size < _LEAST:
        return Estimate(None, None, method, ("undefined",))
    tail = values[-max(3, t.size // 20) :]
    low = float(np.mean(before)) if before.size else float(values[0])
    high = float(np.mean(tail))
    way = high - low
    noise = noise_of(values)
    if way == 0 or not np.isfinite(way):
        return Estimate(None, None, method, ("undefined",))
    flags = ["noise"] if abs(way) < 3 * noise else []
    error: float | None
    if noise < _CLEAN * abs(way):
        found = _between(t, (values - low) / way)
        slope = None if found is None else _crossing_error(t, values, found, noise)
        seconds, error = (None, None) if found is None else (found[1] - found[0], slope)
    else:
        seconds, error, how = _in_noise(t, values, low, before, noise)
        method = f"{method}, {how}"
    if seconds is None:
        return Estimate(None, None, method, (*flags, "undefined"))
    if int((t - t[0] <= seconds).sum()) < _LEAST:
        flags.append("under-sampled")
        # Where between two samples a level is passed is known to their distance alone: a uniform
        # distribution's standard deviation, at both levels.
        step = float(np.median(np.diff(t))) / np.sqrt(6)
        error = step if error is None else float(np.hypot(error, step))
    if error is not None and error > 0.1 * seconds and "noise" not in flags:
        flags.append("noise")
    return Estimate(max(0.0, seconds), error, method, tuple(flags))


def _in_noise(
    t: Vector, values: Vector, low: float, before: Vector, noise: float
) -> tuple[float | None, float | None, str]:
    """Seconds, their error, and how they were found, of an edge in noise."""
    # Signals without a jump begin where they were: what is before then tells the beginning.
    joined_t = np.concatenate((np.full(before.size, t[0]), t))
    joined = np.concatenate((before, values))
    for at, y in ((joined_t, joined), (t, values)):
        fit = relaxation(at, y, beta=1.0)
        if fit is not None and _rest(at, y, fit) <= _ALIKE * noise:
            begin = fit.level + fit.amplitude if y is joined else low
            seconds = _of_fit(t, fit, begin)
            if seconds is not None:
                unsure = 0.0 if y is joined else noise / np.sqrt(max(before.size, 1))
                return seconds, _fit_error(t, fit, begin, unsure), "fitted"
    fit = relaxation(t, values)
    if fit is not None and _rest(t, values, fit) <= _FITS * noise:
        seconds = _of_fit(t, fit, low)
        if seconds is not None:
            return seconds, _fit_error(t, fit, low, noise / np.sqrt(max(before.size, 1))), "fitted"
    half = max(2, t.size // 100)
    kernel = np.full(2 * half + 1, 1 / (2 * half + 1))
    padded = np.concatenate((np.full(half, low), values, np.full(half, values[-half:].mean())))
    smooth = np.convolve(padded, kernel, mode="valid")
    way = float(np.mean(values[-max(3, t.size // 20) :])) - low
    found = _between(t, (smooth - low) / way)
    if found is None:
        return None, None, "running mean"
    return found[1] - found[0], _crossing_error(t, smooth, found, noise), "running mean"


def _rest(t: Vector, values: Vector, fit: Relaxation) -> float:
    return float(np.sqrt(np.mean((values - _curve(t - t[0], fit)) ** 2)))


def _curve(t: Vector, fit: Relaxation) -> Vector:
    curve: Vector = fit.level + fit.amplitude * np.exp(-((t / fit.tau) ** fit.beta))
    return curve


def _of_fit(t: Vector, fit: Relaxation, low: float) -> float | None:
    dense = np.concatenate(([0.0], np.geomspace(1e-4 * (t[-1] - t[0]), t[-1] - t[0], _DENSE)))
    curve = _curve(dense, fit)
    tail = curve[dense >= 0.95 * dense[-1]].mean()
    if tail == low:
        return None
    found = _between(dense, (curve - low) / (tail - low))
    return None if found is None else found[1] - found[0]


def _fit_error(t: Vector, fit: Relaxation, low: float, low_error: float) -> float | None:
    """The error of the fitted time: each parameter is moved by its own, as if independent."""
    center = _of_fit(t, fit, low)
    if center is None:
        return None
    total = 0.0
    for name, place in (("tau", 2), ("beta", 3)):
        moved = replace(fit, **{name: getattr(fit, name) + fit.errors[place]})
        other = _of_fit(t, moved, low)
        total += 0.0 if other is None else (other - center) ** 2
    other = _of_fit(t, fit, low + low_error)
    total += 0.0 if other is None else (other - center) ** 2
    return float(np.sqrt(total))


def _between(t: Vector, part: Vector) -> tuple[float, float] | None:
    ten, ninety = (_crossing(t, part, level) for level in (0.1, 0.9))
    return None if ten is None or ninety is None else (ten, ninety)


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


def _crossing_error(
    t: Vector, values: Vector, found: tuple[float, float], noise: float
) -> float | None:
    """Noise over the slope where each level is passed."""
    slopes = np.gradient(values, t) if np.all(np.diff(t) > 0) else np.zeros_like(t)
    at = [float(np.interp(one, t, np.abs(slopes))) for one in found]
    if min(at) <= 0:
        return None
    return float(np.hypot(noise / at[0], noise / at[1]))
