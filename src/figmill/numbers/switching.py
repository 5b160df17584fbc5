"""How a transistor switches: threshold, subthreshold swing, on and off current."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from figmill.numbers.estimate import Estimate
from figmill.numbers.slopes import noise_of, steepest
from figmill.numbers.transfer import ramp

Vector = NDArray[np.float64]

FLOOR_TIMES = 5.0
"""The swing is fitted from this many times the floor on."""

_LEAST = 5
_DECADES = 1.0
_LIMIT_V = 0.0595
_WINDOW = 0.25


def floor_of(current: Vector) -> float:
    """The current of a transistor that is off: the median magnitude of the lowest tenth.

    Parameters
    ----------
    current
        Shape (n,), in A.
    """
    size = np.sort(np.abs(current[np.isfinite(current)]))
    return float(np.median(size[: max(5, size.size // 10)])) if size.size else 0.0


def on_off_ratio(current: Vector) -> Estimate:
    """Largest current over the floor, of one leg at one V_DS.

    Parameters
    ----------
    current
        Shape (n,), in A.

    Returns
    -------
    Estimate
        Flag ``off-at-floor``: the floor is no more than three times the noise, and the ratio a
        lower bound; ``undefined`` without a value.
    """
    method = "largest |I| / median of its lowest tenth"
    off = floor_of(current)
    size = np.abs(current[np.isfinite(current)])
    if size.size < 2 * _LEAST or not off > 0:
        return Estimate(None, None, method, ("undefined",))
    on = float(size.max())
    lowest = np.argsort(size)[: max(8, size.size // 10)]
    noise = noise_of(current[np.isfinite(current)][np.sort(lowest)])
    flags = ("off-at-floor",) if off < 3 * noise else ()
    error = on / off * noise / off / np.sqrt(lowest.size)
    return Estimate(on / off, float(error), method, flags)


def swing(vg: Vector, current: Vector) -> Estimate:
    """Subthreshold swing dV_G / dlog10 I, in V per decade: a line through log I.

    The line goes over the steepest decade above `FLOOR_TIMES` the floor, from which the floor is
    taken off.

    Parameters
    ----------
    vg, current
        Shape (n,), in V and A: one leg, in the order measured.

    Returns
    -------
    Estimate
        Flags: ``below-limit`` (less than 59.5 mV per decade, the limit at 300 K, by more than
        twice the error), ``few-points`` or ``no-decade`` without a value.
    """
    method = "line through log I over the steepest decade"
    good = np.isfinite(vg) & np.isfinite(current)
    x, raw = ramp(vg[good]), np.abs(current[good])
    off = floor_of(raw)
    order = np.argsort(x, kind="stable")
    x, raw = x[order], raw[order]
    if raw.size and raw[0] > raw[-1]:
        x, raw = -x[::-1], raw[::-1]
    y = raw - off
    above = np.flatnonzero(raw <= FLOOR_TIMES * off)
    first = int(above[-1]) + 1 if above.size else 0
    x, y = x[first:], y[first:]
    known = y > 0
    x, y = x[known], y[known]
    if y.size < _LEAST or y.max() < y[0] * 10**_DECADES:
        return Estimate(None, None, method, ("no-decade",))
    log = np.log10(y)
    best: tuple[float, float] | None = None
    for start in range(y.size):
        stop = int(np.searchsorted(log[start:] >= log[start] + _DECADES, True)) + start + 1
        if stop > y.size or log[stop - 1] < log[start] + _DECADES:
            break
        if stop - start < _LEAST:
            continue
        u, v = x[start:stop], log[start:stop]
        u = u - u.mean()
        slope = float(u @ v / (u @ u))
        rest = v - v.mean() - slope * u
        error = float(np.sqrt(rest @ rest / max(1, u.size - 2) / (u @ u)))
        if slope > 0 and (best is None or slope > best[0]):
            best = slope, error
    if best is None:
        return Estimate(None, None, method, ("few-points",))
    value, error = 1 / best[0], best[1] / best[0] ** 2
    flags = ("below-limit",) if value + 2 * error < _LIMIT_V else ()
    return Estimate(value, error, method, flags)


def threshold_linear(vg: Vector, current: Vector, vds: float) -> Estimate:
    """Linear extrapolation: V_G - I_D / g_m at the steepest place, minus V_DS / 2.

    Parameters
    ----------
    vg, current
        Shape (n,), in V and A: one leg, in the order measured, in the linear regime.
    vds
        In V.

    Returns
    -------
    Estimate
        In V. Flags as of `steepest`.
    """
    return _extrapolated(vg, current, vds / 2, "x-intercept of the steepest line - V_DS / 2")


def threshold_saturation(vg: Vector, current: Vector) -> Estimate:
    """The x-intercept of the square root of the drain current, in saturation.

    Parameters
    ----------
    vg, current
        Shape (n,), in V and A: one leg, in the order measured.
    """
    root = np.sqrt(np.abs(current))
    return _extrapolated(vg, root, 0.0, "x-intercept of the steepest line of sqrt|I|")


def _extrapolated(vg: Vector, values: Vector, less: float, method: str) -> Estimate:
    found = steepest(vg, values)
    if found.value is None or found.at is None or not found.value > 0:
        return Estimate(None, None, method, found.flags or ("undefined",))
    good = np.isfinite(vg) & np.isfinite(values)
    x, y = ramp(vg[good]), values[good]
    # The line goes through the mean of the samples about the steepest place.
    half = max(2, int(x.size * _WINDOW / 2))
    center = int(np.argmin(np.abs(x - found.at)))
    inside = int((np.abs(x - found.at) <= (found.width or 0.0) / 2).sum())
    reach = min(half, center, x.size - 1 - center, max(1, inside // 2))
    part = slice(center - max(reach, 1), center + max(reach, 1) + 1)
    across, up = float(x[part].mean()), float(y[part].mean())
    u = x[part] - across
    slope = float(u @ y[part] / (u @ u)) if float(u @ u) > 0 else 0.0
    if slope == 0:
        return Estimate(None, None, method, ("undefined",))
    value = across - up / slope - less
    noise = noise_of(y[part]) / np.sqrt(u.size)
    error = float(np.hypot(noise / slope, up / slope * (found.error or 0.0) / slope))
    return Estimate(value, error, method, found.flags, value)
