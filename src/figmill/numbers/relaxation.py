"""Relaxations: a stretched exponential by least squares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

_FIT_POINTS = 3000


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
    errors
        Standard errors of `level`, `amplitude`, `tau` and `beta`, of the fit's covariance.
    """

    level: float
    amplitude: float
    tau: float
    beta: float
    flags: tuple[str, ...] = ()
    errors: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)


_BETA = (0.1, 2.0)


def relaxation(t: Vector, values: Vector, beta: float | None = None) -> Relaxation | None:
    """Fit a stretched exponential by least squares.

    The level and the amplitude enter linearly, so that only tau and beta are searched for, from
    several starts. Long traces are thinned to 3000 samples, evenly.

    Parameters
    ----------
    t, values
        Shape (n,); t in s, increasing. The relaxation starts at ``t[0]``.
    beta
        Where given, it is held there: 1 is a plain exponential.

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
    fixed = None if beta is None else beta
    betas = _BETA if fixed is None else (fixed * (1 - 1e-6), fixed * (1 + 1e-6))
    bounds = ([lowest, betas[0]], [np.log(span * 100), betas[1]])

    def searched(starts: Sequence[tuple[float, float]]) -> Any:
        tried = (
            least_squares(lambda p: linear(p)[1], start, bounds=bounds, x_scale=(1.0, 0.3))
            for start in starts
        )
        return min(tried, key=lambda found: float(found.cost))

    starts = [(np.log(span / 10), 0.8), (np.log(span), 0.6)]
    if fixed is not None:
        # With one shape there is one valley.
        starts = [(np.log(span / 5), fixed)]
    best = searched(starts)
    if fixed is None and _at_bound(float(best.x[1])):
        # It may be the bound that the search ran into, and not the truth.
        more = [(np.log(span * 0.02), 1.2), (np.log(span * 0.3), 0.4)]
        again = searched([(max(one, lowest + 1e-6), beta) for one, beta in more])
        best = min(best, again, key=lambda found: float(found.cost))
    (level, amplitude), rest = linear(best.x)
    tau, beta = float(np.exp(best.x[0])), float(best.x[1])
    noise = float(np.std(rest))
    flags = [
        name
        for name, is_so in (
            ("long", tau > span),
            ("short", tau < float(np.median(np.diff(t)))),
            ("bound", _at_bound(beta)),
            ("noise", abs(amplitude) < 3 * noise),
            ("thinned", stride > 1),
        )
        if is_so
    ]
    offset = float(values[::stride].mean())
    errors = _errors(x, float(amplitude), tau, beta, noise, free=fixed is None)
    return Relaxation(
        offset + scale * float(level),
        scale * float(amplitude),
        tau,
        beta,
        tuple(flags),
        (scale * errors[0], scale * errors[1], errors[2], errors[3]),
    )


def _at_bound(beta: float) -> bool:
    return beta < _BETA[0] * 1.01 or beta > _BETA[1] * 0.99


def _errors(
    x: Vector, amplitude: float, tau: float, beta: float, noise: float, *, free: bool
) -> Vector:
    """Standard errors of level, amplitude, tau and beta, from the fit's Jacobian."""
    u = np.maximum(x / tau, 1e-300)
    power = u**beta
    shape = np.exp(-power)
    jacobian = np.stack(
        (
            np.ones_like(x),
            shape,
            amplitude * shape * power * beta / tau,
            -amplitude * shape * power * np.log(u),
        ),
        axis=1,
    )
    jacobian = jacobian if free else jacobian[:, :3]
    size = np.linalg.norm(jacobian, axis=0)
    size[size == 0] = 1.0
    covariance = np.linalg.pinv((jacobian / size).T @ (jacobian / size))
    errors: Vector = noise * np.sqrt(np.abs(np.diag(covariance))) / size
    return errors if free else np.append(errors, 0.0)
