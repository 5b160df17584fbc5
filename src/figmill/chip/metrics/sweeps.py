"""Gate sweeps: legs, transconductance, charge neutrality point, hysteresis, mobility."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

from figmill.errors import InputError
from figmill.numbers.legs import LEG_POINTS, gate_legs
from figmill.numbers.transfer import extremum, mobility

__all__ = [
    "LEG_POINTS",
    "Cnp",
    "check_window",
    "hysteresis",
    "hysteresis_pair",
    "legs",
    "mobility",
    "neutrality_points",
    "savgol_derivative",
    "transconductance",
]

Vector = NDArray[np.float64]


def legs(vg: Vector, least: int = LEG_POINTS, vds: Vector | None = None) -> list[slice]:
    """Cut a gate sweep where it turns round, jumps back, or V_DS steps; see `gate_legs`.

    Parameters
    ----------
    vg
        Shape (n,), the gate voltage in the order measured.
    least
        Legs of fewer points are left out.
    vds
        Shape (n,): the drain voltage, where the file has it.

    Returns
    -------
    list of slice
        One a leg; the point at which the sweep turns belongs to the leg that ends there.

    Examples
    --------
    >>> legs(np.array([0.0, -1.0, -2.0, -1.0, 0.0, 1.0]), least=3)
    [slice(0, 3, None), slice(3, 6, None)]
    """
    return gate_legs(vg, least, vds)


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
    vds: Vector | None = None,
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
    vds
        Shape (n,): the drain voltage, where the file has it.

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
    for leg in legs(vg, vds=vds):
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


UNSURE = frozenset({"noise", "window-sensitive"})
"""Flags of a vertex that is there, if not sharp."""


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
        the sample itself is given), ``noise`` (noise above 1 % of the extremum),
        ``window-sensitive`` (windows disagree; the error has by how much), ``unipolar`` (a
        floor and no extremum; `volts` is NaN).
    error
        Standard error in V; None where it is not known.
    method
        How it was found.
    """

    volts: float
    rising: bool
    flags: tuple[str, ...] = ()
    error: float | None = None
    method: str = ""


def neutrality_points(
    vg: Vector,
    values: Vector,
    kind: Literal["min", "max"] = "min",
    window_v: float | None = None,
    vds: Vector | None = None,
) -> list[Cnp]:
    """The charge neutrality point of each leg; see `figmill.numbers.extremum`.

    Parameters
    ----------
    vg, values
        Shape (n,): gate voltage in V, and current (`kind` ``min``) or drain voltage (``max``).
    kind
        Which extremum.
    window_v
        Half the width of the window in V; None for what the noise needs.
    vds
        Shape (n,): the drain voltage, where the file has it.
    """
    found = []
    for leg in legs(vg, vds=vds):
        x = vg[leg][np.isfinite(vg[leg]) & np.isfinite(values[leg])]
        if x.size < 3:
            continue
        one = extremum(vg[leg], values[leg], kind, window_v)
        volts = np.nan if one.value is None else one.value
        found.append(Cnp(volts, bool(x[-1] > x[0]), one.flags, one.error, one.method))
    return found


def hysteresis(points: Sequence[Cnp]) -> float | None:
    """V_back - V_forward: the point of a falling leg minus that of a rising one, in V.

    See `hysteresis_pair`.
    """
    pair = hysteresis_pair(points)
    return None if pair is None else pair[1].volts - pair[0].volts


def hysteresis_pair(points: Sequence[Cnp]) -> tuple[Cnp, Cnp] | None:
    """The points of a rising and of a falling leg that make a hysteresis.

    Of several legs those with a vertex count, the first rising one and the nearest falling one
    after it, or else before it. None where one of the two is missing.
    """
    sure = [(place, point) for place, point in enumerate(points) if not set(point.flags) - UNSURE]
    for place, forward in sure:
        if not forward.rising:
            continue
        back = [(k, point) for k, point in sure if not point.rising]
        after = [point for k, point in back if k > place]
        before = [point for k, point in back if k < place]
        if after or before:
            return forward, after[0] if after else before[-1]
    return None
