"""Gate sweeps: legs, transconductance, charge neutrality point, hysteresis, mobility."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

from figmill.errors import InputError

Vector = NDArray[np.float64]

LEG_POINTS = 10
"""A leg of fewer points is left out."""

CNP_WINDOW = 0.01


def legs(vg: Vector, least: int = LEG_POINTS) -> list[slice]:
    """Cut a gate sweep where it turns round.

    Parameters
    ----------
    vg
        Shape (n,), the gate voltage in the order measured.
    least
        Legs of fewer points are left out.

    Returns
    -------
    list of slice
        One a leg; the point at which the sweep turns belongs to the leg that ends there.

    Examples
    --------
    >>> legs(np.array([0.0, -1.0, -2.0, -1.0, 0.0, 1.0]), least=3)
    [slice(0, 3, None), slice(3, 6, None)]
    """
    if vg.size < max(least, 2):
        return []
    signs = np.sign(np.diff(vg))
    # A repeated voltage belongs to the leg in which it is repeated; leading ones to the first.
    known = np.where((signs != 0) & np.isfinite(signs), np.arange(signs.size), -1)
    latest = np.maximum.accumulate(known)
    if latest[-1] < 0:
        return []
    signs = signs[np.where(latest >= 0, latest, known[known >= 0][0])]
    turns = np.flatnonzero(np.diff(signs)) + 1
    edges = [0, *(turns + 1).tolist(), vg.size]
    return [slice(a, b) for a, b in pairwise(edges) if b - a >= least]


def savgol_derivative(y: Vector, window: int, polyorder: int, step: float) -> Vector:
    """First derivative by Savitzky and Golay, Anal. Chem. 36, 1627 (1964).

    A polynomial is fitted to each window and derived at its middle; the first and last half
    window are derived from the polynomials of the first and the last whole window. scipy's
    ``savgol_filter(y, window, polyorder, deriv=1, delta=step)`` gives the same numbers; this one
    spares its import, which takes longer than a figure.

    Parameters
    ----------
    y
        Shape (n,), at equal steps.
    window, polyorder
        See `check_window`.
    step
        The step, with its sign.

    Returns
    -------
    ndarray
        Shape (n,).

    Raises
    ------
    figmill.errors.InputError
        The window does not fit.
    """
    check_window(window, polyorder, y.size)
    half = window // 2
    x = np.arange(-half, half + 1) / half
    fit = np.linalg.pinv(legendre.legvander(x, polyorder))
    slopes = legendre.legval(x, legendre.legder(np.eye(polyorder + 1))).T / (half * step)
    middle = slopes[half] @ fit
    result = np.empty_like(y)
    result[half : y.size - half] = np.convolve(y, middle[::-1], mode="valid")
    result[:half] = (slopes @ (fit @ y[:window]))[:half]
    result[y.size - half :] = (slopes @ (fit @ y[-window:]))[-half:]
    return result


def check_window(window: int, polyorder: int, points: int) -> None:
    """Check that a window fits a leg of so many points.

    Raises
    ------
    figmill.errors.InputError
        It does not; the message says what would.
    """
    largest = points - 1 + points % 2
    if window < 3 or window % 2 == 0 or not 1 <= polyorder < window or window > points:
        raise InputError(
            f"A window of {window} points with polynomials of order {polyorder} does not fit a "
            f"leg of {points} points.",
            place="window",
            hint=f"Use an odd window from 3 to {largest}, and an order from 1 to below the window.",
        )


def transconductance(
    vg: Vector,
    current: Vector,
    method: Literal["gradient", "savgol"] = "gradient",
    window: int = 21,
    polyorder: int = 7,
) -> list[tuple[Vector, Vector]]:
    """dI/dVg of each leg.

    Parameters
    ----------
    vg, current
        Shape (n,), in V and A.
    method
        Central differences, or `savgol_derivative` by the leg's median step.
    window, polyorder
        For ``savgol``.

    Returns
    -------
    list of (ndarray, ndarray)
        Gate voltage in V and transconductance in S, each leg's own, in the order measured.

    Raises
    ------
    figmill.errors.InputError
        The window does not fit a leg.
    """
    result = []
    for leg in legs(vg):
        x, y = vg[leg], current[leg]
        if method == "savgol":
            slope = savgol_derivative(y, window, polyorder, float(np.median(np.diff(x))))
        else:
            # A voltage that is measured twice in a row has no slope of its own.
            keep = np.concatenate(([True], np.diff(x) != 0))
            x, y = x[keep], y[keep]
            if x.size < 3:
                continue
            slope = np.gradient(y, x)
        result.append((x, slope))
    return result


@dataclass(frozen=True, slots=True)
class Cnp:
    """A charge neutrality point.

    Parameters
    ----------
    volts
        The gate voltage there.
    rising
        Whether the leg went up.
    flags
        ``edge`` (at the leg's end, so that it may lie beyond), ``flat`` (no vertex to be found;
        the sample itself is given).
    """

    volts: float
    rising: bool
    flags: tuple[str, ...] = ()


def neutrality_points(
    vg: Vector, values: Vector, extremum: Literal["min", "max"] = "min"
) -> list[Cnp]:
    """The charge neutrality point of each leg: the vertex of a parabola at the extremum.

    The parabola goes through the samples around the extremum that differ from it by at most 1 %,
    and at least through its two neighbours; its vertex is at ``-b / 2a``.

    Parameters
    ----------
    vg, values
        Shape (n,): gate voltage in V, and current (`extremum` ``min``) or drain voltage (``max``).
    """
    found = []
    for leg in legs(vg):
        x, y = vg[leg], np.abs(values[leg])
        good = np.isfinite(x) & np.isfinite(y)
        x, y = x[good], y[good]
        if x.size < 3:
            continue
        y = y if extremum == "min" else -y
        at = int(np.argmin(y))
        rising = bool(x[-1] > x[0])
        low, high = _window(y, at)
        vertex = _vertex(x[low:high], y[low:high])
        if at in (0, x.size - 1):
            found.append(Cnp(float(x[at]), rising, ("edge",)))
        elif vertex is None or not min(x[low], x[high - 1]) <= vertex <= max(x[low], x[high - 1]):
            found.append(Cnp(float(x[at]), rising, ("flat",)))
        else:
            found.append(Cnp(vertex, rising))
    return found


def _window(y: Vector, at: int) -> tuple[int, int]:
    near = np.abs(y - y[at]) <= CNP_WINDOW * abs(y[at])
    low, high = at, at + 1
    while low > 0 and near[low - 1]:
        low -= 1
    while high < y.size and near[high]:
        high += 1
    return max(0, min(low, at - 1)), min(y.size, max(high, at + 2))


def _vertex(x: Vector, y: Vector) -> float | None:
    middle, width = float(x.mean()), float(np.ptp(x))
    scale = float(np.ptp(y))
    if x.size < 3 or width == 0 or scale == 0:
        return None
    a, b, _ = np.polyfit((x - middle) / width, (y - y.min()) / scale, 2)
    return None if a <= 0 else float(middle - width * b / (2 * a))


def hysteresis(points: Sequence[Cnp]) -> float | None:
    """V_back - V_forward: the point of a falling leg minus that of a rising one, in V.

    Of several legs those with a vertex count, the first rising one and the nearest falling one
    after it, or else before it. None where one of the two is missing.
    """
    sure = [(place, point) for place, point in enumerate(points) if not point.flags]
    for place, forward in sure:
        if not forward.rising:
            continue
        back = [(k, point) for k, point in sure if not point.rising]
        after = [point for k, point in back if k > place]
        before = [point for k, point in back if k < place]
        if after or before:
            return (after[0] if after else before[-1]).volts - forward.volts
    return None


def mobility(gm: float, vds: float, length: float, width: float, capacitance: float) -> float:
    """Field-effect mobility ``(L / W) |gm| / (C_ox |Vds|)``, in m^2/Vs.

    Parameters
    ----------
    gm
        Peak transconductance in S.
    vds
        Drain voltage in V.
    length, width
        Of the channel, in the same unit.
    capacitance
        Of the gate, in F/m^2.

    Examples
    --------
    >>> round(1e4 * mobility(1e-5, 0.1, 10e-6, 10e-6, 1.15e-4))
    8696
    """
    return (length / width) * abs(gm) / (capacitance * abs(vds))
