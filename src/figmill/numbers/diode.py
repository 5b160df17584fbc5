"""Numbers of a diode: ideality factor, saturation current, series resistance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from figmill.numbers.estimate import Estimate
from figmill.numbers.slopes import noise_of
from figmill.numbers.switching import student
from figmill.numbers.transfer import ramp

Vector = NDArray[np.float64]

THERMAL_V = 0.025851999786435532
"""k T / q at 300 K, in V: CODATA 2018."""

_LEAST = 6
_DECADES = 1.0
_SIGMAS = 6.0
_FLOOR_TIMES = 5.0
_ROUNDS = 30
_METHOD = "V by ln I and I, forward, from 3 kT/q on, at 300 K"


@dataclass(frozen=True, slots=True)
class Diode:
    """What the forward branch of a diode gives.

    Parameters
    ----------
    ideality
        The ideality factor n.
    saturation_current
        In A.
    series_resistance
        In ohm; without a value where none stands out.
    """

    ideality: Estimate
    saturation_current: Estimate
    series_resistance: Estimate


def diode(voltage: Vector, current: Vector) -> Diode:
    """Fit ``V = n kT/q ln(1 + I / I_0) + I R_s`` to the forward branch of a diode at 300 K.

    As by Cheung and Cheung, Appl. Phys. Lett. 49, 85 (1986), who leave out the 1: but for I_0 in
    the logarithm, which a few rounds settle, it is linear in n kT/q, n kT/q ln I_0 and R_s, and
    fitted as such, from 3 kT/q and the noise of the small currents on.

    Parameters
    ----------
    voltage, current
        Shape (n,), in V and A: one sweep, set or measured. The forward branch is the side of the
        larger current.

    Returns
    -------
    Diode
        Flags of all three: ``below-limit`` (n is below 1 by more than twice its error: no diode, or
        another temperature); without a value ``no-decade`` (no decade of forward
        current above the noise), ``undefined``.

    Examples
    --------
    >>> v = np.linspace(-0.5, 0.7, 121)
    >>> found = diode(v, 1e-12 * np.expm1(v / (1.5 * THERMAL_V)))
    >>> round(found.ideality.value, 3), found.series_resistance.value
    (1.5, None)
    """
    good = np.isfinite(voltage) & np.isfinite(current)
    x, y = ramp(voltage[good]), current[good]
    if x.size < _LEAST or not np.any(y != 0):
        return _none("undefined")
    if float(y[np.argmax(np.abs(y))]) * float(x[np.argmax(np.abs(y))]) < 0:
        return _none("undefined")  # a current against its voltage is no diode's
    if x[np.argmax(np.abs(y))] < 0:
        x, y = -x, -y
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    still = noise_of(y[x < 0]) if int((x < 0).sum()) >= 8 else 0.0
    small = np.abs(y[x <= 0])
    floor = float(np.median(small)) if small.size else 0.0
    inside = (x > 3 * THERMAL_V) & (y > max(_FLOOR_TIMES * floor, _SIGMAS * still, 0.0))
    x, y = x[inside], y[inside]
    if y.size < _LEAST or y.max() < 10**_DECADES * y.min():
        return _none("no-decade")
    noise = np.hypot(still, max(noise_of(np.log(y)), 1e-6) * y)
    i0, slope, resistance_ohm, resists = 0.0, THERMAL_V, 0.0, True
    for _ in range(_ROUNDS):
        # The reverse current is a part of what flows; a few rounds settle it.
        log = np.log(y + i0)
        center = float(log.mean())
        columns = (np.ones_like(log), log - center, y / y.max())
        # Noise of a current is that much in volts, by the slope of the curve.
        weights = 1 / ((slope / y + resistance_ohm) * noise)
        fit, errors = _fitted(columns if resists else columns[:2], x, weights)
        if resists and not (fit[2] > 2 * errors[2] and fit[2] > 1e-3 * THERMAL_V):
            resists, resistance_ohm = False, 0.0
            continue
        slope = float(fit[1])
        resistance_ohm = float(fit[2]) / float(y.max()) if resists else 0.0
        if not slope > 0:
            return _none("undefined")
        before, i0 = i0, float(np.exp(center - float(fit[0]) / slope))
        if abs(i0 - before) <= 1e-6 * i0:
            break
    n, n_error = slope / THERMAL_V, float(errors[1]) / THERMAL_V
    flags = ("below-limit",) if n + 2 * n_error < 1 else ()
    # ln I_0 = center - A / slope; A and the slope about the centre are nearly independent.
    log_error = float(np.hypot(errors[0] / slope, fit[0] / slope * errors[1] / slope))
    resistance = Estimate(None, None, _METHOD, (*flags, "undefined"))
    if resists:
        largest = float(y.max())
        resistance = Estimate(float(fit[2]) / largest, float(errors[2]) / largest, _METHOD, flags)
    return Diode(
        Estimate(n, n_error, _METHOD, flags),
        Estimate(i0, i0 * log_error, _METHOD, flags),
        resistance,
    )


def _fitted(columns: tuple[Vector, ...], x: Vector, weights: Vector) -> tuple[Vector, Vector]:
    """Coefficients of a weighted linear fit, and their standard errors."""
    matrix = np.stack(columns, axis=1) * weights[:, None]
    fit, _, _, _ = np.linalg.lstsq(matrix, x * weights, rcond=None)
    rest = x * weights - matrix @ fit
    freedom = max(1, x.size - fit.size)
    spread = np.diag(np.linalg.pinv(matrix.T @ matrix))
    errors = student(freedom) * np.sqrt(spread * float(rest @ rest) / freedom)
    return fit.astype(np.float64), errors.astype(np.float64)


def _none(flag: str) -> Diode:
    nothing = Estimate(None, None, _METHOD, (flag,))
    return Diode(nothing, nothing, nothing)
