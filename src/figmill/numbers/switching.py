"""How a transistor switches: threshold, subthreshold swing, on and off current."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from figmill.numbers.estimate import Estimate
from figmill.numbers.slopes import noise_of, smooth_at, steepest
from figmill.numbers.transfer import crossing, ramp

Vector = NDArray[np.float64]

FLOOR_TIMES = 5.0
"""The swing is fitted from this many times the floor on."""

_LEAST = 5
_FEWEST = 3
_BENDS = 5
_SIGMAS = 6.0
_STUDENT = (6.5, 2.2, 1.6, 1.4, 1.3, 1.25, 1.2, 1.18, 1.15, 1.0)
"""Student's factor for 95 % by a normal distribution's, of 1 degree of freedom and more."""
_DECADES = 1.0
_LIMIT_V = 0.0595


def student(freedom: int) -> float:
    """By what the error of a fit grows as the scatter of few samples is itself uncertain.

    Student's 95 % quantile by that of a normal distribution.

    Parameters
    ----------
    freedom
        Degrees of freedom, 1 or more.
    """
    return _STUDENT[min(freedom, len(_STUDENT)) - 1]


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
    """Subthreshold swing dV_G / dlog10 I, in V per decade.

    ``V_G = A + S log10 I + B sqrt(I)`` is fitted from `FLOOR_TIMES` the floor on, over two decades
    where there are as many; the floor is taken off. The root is the first term of how a transistor
    leaves weak inversion (Enz, Krummenacher, Vittoz, Analog Integr. Circuits Signal Process. 8, 83
    (1995)), without which the swing of a decade that ends near threshold is too large; where it
    would be negative, or with few samples, it is left out.

    Parameters
    ----------
    vg, current
        Shape (n,), in V and A: one leg, in the order measured.

    Returns
    -------
    Estimate
        Flags: ``below-limit`` (less than 59.5 mV per decade, the limit at 300 K, by more than
        twice the error), ``few-points`` (fewer than 5; without a value below 3), ``no-decade``
        without a value.
    """
    good = np.isfinite(vg) & np.isfinite(current)
    x, raw = ramp(vg[good]), np.abs(current[good])
    off = floor_of(raw)
    order = np.argsort(x, kind="stable")
    x, raw = x[order], raw[order]
    if raw.size and raw[0] > raw[-1]:
        x, raw = -x[::-1], raw[::-1]
    y = raw - off
    low = np.flatnonzero(raw <= FLOOR_TIMES * off)
    first = int(low[-1]) + 1 if low.size else 0
    still = noise_of(raw[:first])
    # Where the floor is noise, its lowest tenth says nothing of how high it reaches.
    low = np.flatnonzero(raw <= max(FLOOR_TIMES * off, off + _SIGMAS * still))
    first = int(low[-1]) + 1 if low.size else 0
    x, y = x[first:], y[first:]
    known = y > 0
    x, y = x[known], y[known]
    method = "V_G by log I over two decades"
    if y.size < 2 or y.max() < y[0] * 10**_DECADES:
        return Estimate(None, None, method, ("no-decade",))
    # The curve is left where it first passes two decades, or else at its top.
    above = np.flatnonzero(y > y[0] * 10 ** (2 * _DECADES))
    stop = int(above[0]) if above.size else int(np.argmax(y)) + 1
    x, y = x[:stop], y[:stop]
    if y.size < _FEWEST:
        return Estimate(None, None, method, ("few-points",))
    log = np.log10(y)
    relative = noise_of(np.log(y))
    weights = 1 / np.hypot(still / y, max(relative, 1e-6))
    method = "V_G by log I and sqrt I over two decades"
    found = _line(log, x, weights, np.sqrt(y / y[-1])) if y.size >= _BENDS else None
    if found is None or found[2] < 0:
        stop = max(int(np.searchsorted(log >= log[0] + _DECADES, True)) + 1, _FEWEST)
        found = _line(log[:stop], x[:stop], weights[:stop])
        method = "V_G by log I over a decade"
    value, error, _, count = found
    flags = ["few-points"] if count < _LEAST else []
    if value + 2 * (error or 0.0) < _LIMIT_V:
        flags.append("below-limit")
    return Estimate(value, error, method, tuple(flags))


def _line(
    log: Vector, x: Vector, weights: Vector, bend: Vector | None = None
) -> tuple[float, float | None, float, int]:
    """Slope, its error, what bends, and the number of samples of a weighted line."""
    columns = [np.ones_like(log), log - log.mean()] + ([] if bend is None else [bend])
    matrix = np.stack(columns, axis=1) * weights[:, None]
    fit, _, _, _ = np.linalg.lstsq(matrix, x * weights, rcond=None)
    rest = x * weights - matrix @ fit
    freedom = log.size - fit.size
    bends = 0.0 if bend is None else float(fit[2])
    if freedom < 1:
        return float(fit[1]), None, bends, log.size
    spread = float(np.linalg.pinv(matrix.T @ matrix)[1, 1])
    # The scatter of few samples is itself uncertain.
    return (
        float(fit[1]),
        student(freedom) * float(np.sqrt(spread * (rest @ rest) / freedom)),
        bends,
        log.size,
    )


def slope_factor(subthreshold: Estimate) -> tuple[float, float]:
    """The slope factor n = S / (ln 10 kT/q) at 300 K of a transistor, and its error.

    Parameters
    ----------
    subthreshold
        Of `swing`. One without a value, or of few points, gives 1 and no error.
    """
    if subthreshold.value is None or "few-points" in subthreshold.flags:
        return 1.0, 0.0
    return max(1.0, subthreshold.value / _LIMIT_V), (subthreshold.error or 0.0) / _LIMIT_V


def threshold_linear(
    vg: Vector, current: Vector, vds: float, factor: tuple[float, float] = (1.0, 0.0)
) -> Estimate:
    """Linear extrapolation: V_G - I_D / g_m at the steepest place, minus n V_DS / 2.

    In the linear regime ``I = k (V_G - V_th - n V_DS / 2) V_DS`` with the slope factor n (Enz,
    Krummenacher, Vittoz, Analog Integr. Circuits Signal Process. 8, 83 (1995)); with n = 1 it is
    the textbook's.

    Parameters
    ----------
    vg, current
        Shape (n,), in V and A: one leg, in the order measured, in the linear regime.
    vds
        In V.
    factor
        The slope factor and its error, as of `slope_factor`.

    Returns
    -------
    Estimate
        In V. Flags as of `steepest`.
    """
    n, error = factor
    times = "" if n == 1 else f"{n:.3g} "
    method = f"x-intercept of the steepest line - {times}V_DS / 2"
    return _extrapolated(vg, current, n * vds / 2, method, error * vds / 2)


def threshold_saturation(vg: Vector, current: Vector) -> Estimate:
    """The x-intercept of the square root of the drain current, in saturation.

    Parameters
    ----------
    vg, current
        Shape (n,), in V and A: one leg, in the order measured.
    """
    root = np.sqrt(np.abs(current))
    return _extrapolated(vg, root, 0.0, "x-intercept of the steepest line of sqrt|I|")


def threshold_at_current(vg: Vector, current: Vector, shape: float) -> Estimate:
    """V_G at which the current is 1e-7 A W/L, or 2.5e-8 A W/L where it rises to negative V_G.

    As JESD28-A has it for n-channel and JESD60 for p-channel transistors.

    Parameters
    ----------
    vg, current
        Shape (n,), in V and A: one leg, in the order measured.
    shape
        W / L of the channel.

    Returns
    -------
    Estimate
        In V. Flags as of `crossing`.
    """
    good = np.isfinite(vg) & np.isfinite(current)
    x, y = vg[good], np.abs(current[good])
    middle = (x.max() + x.min()) / 2 if x.size else 0.0
    is_p = bool(x.size) and float(np.mean(y[x <= middle])) > float(np.mean(y[x >= middle]))
    return crossing(vg, current, (2.5e-8 if is_p else 1e-7) * shape)


def _extrapolated(
    vg: Vector, values: Vector, less: float, method: str, less_error: float = 0.0
) -> Estimate:
    found = steepest(vg, values)
    if found.value is None or found.at is None or not found.value > 0:
        return Estimate(None, None, method, found.flags or ("undefined",))
    good = np.isfinite(vg) & np.isfinite(values)
    x, y = ramp(vg[good]), values[good]
    up, noise = smooth_at(x, y, found.at, found.width or 0.0)
    lower, higher = (np.mean(y[x < found.at]), np.mean(y[x >= found.at]))
    slope = found.value if higher > lower else -found.value
    value = found.at - up / slope - less
    steep = up / slope * (found.error or 0.0) / slope
    error = float(np.sqrt((noise / slope) ** 2 + steep**2 + less_error**2))
    return Estimate(value, error, method, found.flags, value)
