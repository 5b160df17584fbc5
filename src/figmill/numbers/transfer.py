"""Numbers of transfer curves: extremum, constant current, regime, mobilities."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from figmill.numbers.estimate import Estimate
from figmill.numbers.legs import position_noise
from figmill.numbers.slopes import noise_of

Vector = NDArray[np.float64]

WINDOW_V = 0.75
"""Half the window, in volts, of the parabola at an extremum."""

_LEAST = 7
_NOISE = 0.01
_DIFFERS = 4.0


def ramp(x: Vector) -> Vector:
    """A measured sweep without its noise, by parabolas over its neighbours; a set one as it is.

    Parameters
    ----------
    x
        Shape (n,): one leg, without a turn.
    """
    if position_noise(x) == 0 or x.size < 2 * _LEAST:
        return x
    half = min(15, (x.size - 1) // 4)
    places = np.arange(x.size, dtype=float)
    smooth = np.empty_like(x)
    for at in range(x.size):
        low, high = max(0, at - half), min(x.size, at + half + 1)
        order = 2 if low > 0 and high < x.size else 1
        fit = np.polynomial.polynomial.polyfit(places[low:high] - at, x[low:high], order)
        smooth[at] = fit[0]
    return smooth


def extremum(
    vg: Vector,
    values: Vector,
    kind: Literal["min", "max"] = "min",
    window_v: float | None = None,
) -> Estimate:
    """Where a leg has its extremum: the vertex of a parabola about the smoothed one.

    Weights fall to 0 at the window's ends, and the window is moved until it is centred at the
    vertex, so that a symmetric curve of any shape has its vertex at the true place. Where none is
    asked for, the window is halved as long as that moves the vertex by more than its error
    explains.

    Parameters
    ----------
    vg
        Shape (n,), in V: one leg of a sweep, in the order measured.
    values
        Shape (n,), magnitudes: a current (`kind` ``min``) or a drain voltage (``max``).
    window_v
        Half the width of the window in V; by default 0.75 V or less.

    Returns
    -------
    Estimate
        In V. Flags: ``edge`` (at the leg's end, so that it may lie beyond), ``flat`` (no vertex to
        be found; the sample itself is given), ``noise`` (the noise is above 1 % of the extremum, or
        the window holds few points), ``unipolar`` (a floor and no extremum: without a value).
    """
    method = f"parabola about the smoothed {kind}imum"
    good = np.isfinite(vg) & np.isfinite(values)
    x, y = ramp(vg[good]), np.abs(values[good])
    if x.size < 3:
        return Estimate(None, None, method, ("undefined",))
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    sign = 1.0 if kind == "min" else -1.0
    noise = noise_of(y)
    start = _smoothed_minimum(sign * y)
    at = int(np.argmin(sign * y)) if noise == 0 else start
    if sign > 0 and _is_floor(y, at, noise):
        return Estimate(None, None, method, ("unipolar",))
    if at in (0, x.size - 1):
        return Estimate(float(x[at]), None, method, ("edge",), float(x[at]))
    half = WINDOW_V if window_v is None else window_v
    half = min(half, max(float(x[-1] - x[0]) / 3, 0.0))
    # Relative noise is smaller at the minimum than elsewhere.
    close = np.abs(x - x[at]) <= half
    noise = noise_of(y[close]) if int(close.sum()) >= 2 * _LEAST else noise
    found = _vertex(x, sign * y, float(x[at]), half, noise)
    while window_v is None and half > 0:
        narrow = _vertex(x, sign * y, float(x[at]), half / 2, noise)
        if narrow is None:
            break
        if found is not None and abs(narrow[0] - found[0]) <= _DIFFERS * narrow[1] + 1e-4 * half:
            break
        found, half = narrow, half / 2
    if found is None:
        return Estimate(float(x[at]), None, method, ("flat",), float(x[at]))
    vertex, error, count = found
    flags = []
    level = abs(float(y[at]))
    if noise > _NOISE * level or count < 5:
        flags.append("noise")
    return Estimate(vertex, error, f"{method}, +-{half:.3g} V", tuple(flags), vertex)


def _smoothed_minimum(y: Vector) -> int:
    """The place of the minimum of a running mean over a twentieth of the curve."""
    half = max(1, y.size // 40)
    if y.size < 4 * half:
        return int(np.argmin(y))
    padded = np.concatenate((np.full(half, y[0]), y, np.full(half, y[-1])))
    smooth = np.convolve(padded, np.full(2 * half + 1, 1 / (2 * half + 1)), mode="valid")
    at = int(np.argmin(smooth))
    # A minimum at the very end of the samples is one of the curve, too.
    first = int(np.argmin(y))
    return first if first in (0, y.size - 1) and abs(first - at) <= half else at


def _is_floor(y: Vector, at: int, noise: float) -> bool:
    """Whether the minimum is a part of a long floor that leads to one end of the curve."""
    top = float(y.max())
    if top <= 0 or y.size < 20:
        return False
    level = float(np.median(np.sort(y)[: max(5, y.size // 20)]))
    low = y <= max(level + 6 * noise, 1.5 * level, 1e-3 * top) if top > 100 * level else y < level
    if top <= 100 * level:
        return False
    # The floor reaches an end of the curve, or is a good part of it.
    reach = np.flatnonzero(low)
    return bool(reach.size >= 0.1 * y.size and (low[:5].mean() > 0.5 or low[-5:].mean() > 0.5))


def _vertex(
    x: Vector, y: Vector, start: float, half: float, noise: float
) -> tuple[float, float, int] | None:
    """Vertex, its error and the number of samples of a weighted parabola that opens upwards."""
    center = start
    for _ in range(30):
        reach = min(half, max(min(center - x[0], x[-1] - center), 0.0))
        inside = np.abs(x - center) < reach
        if int(inside.sum()) < _LEAST:
            nearest = np.argsort(np.abs(x - center))[: min(_LEAST, x.size)]
            reach = float(np.abs(x[nearest] - center).max()) * 1.0001
            if reach > 1.5 * half and half < WINDOW_V:
                return None
            inside = np.abs(x - center) <= reach
        if inside.sum() < 3 or reach == 0:
            return None
        u = (x[inside] - center) / reach
        weights = (1 - u**8).clip(0)
        scale = float(np.ptp(y[inside])) or 1.0
        level = float(y[inside].min())
        matrix = np.stack((np.ones_like(u), u, u * u), axis=1)
        gram = (matrix * weights[:, None]).T @ matrix
        try:
            solve = np.linalg.inv(gram)
        except np.linalg.LinAlgError:
            return None
        row = solve @ (matrix * weights[:, None]).T
        _, b, a = row @ ((y[inside] - level) / scale)
        if not a > 0:
            return None
        move = -b / (2 * a)
        if abs(move) > 1:
            return None
        gradient = np.array([-1 / (2 * a), b / (2 * a * a)])
        error = float(np.linalg.norm(gradient @ row[1:]) * noise / scale * reach)
        center += reach * move
        if abs(move) * reach < 1e-6 * half + 1e-3 * error:
            return float(center), error, int(inside.sum())
    return float(center), error, int(inside.sum())


def usual_current(*currents: Vector) -> float | None:
    """The power of ten halfway, on a logarithmic scale, between floor and top of all curves.

    Parameters
    ----------
    *currents
        Shape (n,), in A.

    Returns
    -------
    float or None
        In A; None where the curves span less than two decades.
    """
    floors = [float(np.nanpercentile(np.abs(one), 5)) for one in currents]
    tops = [float(np.nanmax(np.abs(one))) for one in currents]
    floor, top = max(floors, default=0.0), min(tops, default=0.0)
    floor = max(floor, 1e-6 * top)
    if not (top > 0 and np.isfinite(top) and top > 100 * floor):
        return None
    return float(10.0 ** round(np.log10(np.sqrt(floor * top))))


def crossing(vg: Vector, current: Vector, level: float) -> Estimate:
    """The voltage at which the magnitude of a current passes a level.

    A line through log I of the samples about the crossing, within a factor of 3 of the level, or
    through the two next to it.

    Parameters
    ----------
    vg, current
        Shape (n,), in V and A: one leg, in the order measured.
    level
        In A.

    Returns
    -------
    Estimate
        In V. Flags: ``not-crossed`` without a value, ``crossed-twice``, ``noise``.
    """
    method = f"line through log I at {level:.3g} A"
    good = np.isfinite(vg) & np.isfinite(current) & (np.abs(current) > 0)
    x, y = ramp(vg[good]), np.abs(current[good])
    above = y > level
    if x.size < 3 or above.all() or not above.any():
        return Estimate(None, None, method, ("not-crossed",))
    # A crossing holds: noise about the level crosses it many times at one place.
    order = np.argsort(x, kind="stable")
    x, y, above = x[order], y[order], above[order]
    places = np.flatnonzero(np.diff(above.astype(int)))
    near = (y > level / 3) & (y < level * 3)
    middle = int(places[places.size // 2])
    span = np.arange(x.size)
    runs = np.flatnonzero(~near)
    low = int(runs[runs <= middle].max()) + 1 if (runs <= middle).any() else 0
    high = int(runs[runs > middle].min()) if (runs > middle).any() else x.size
    chosen = span[low:high]
    if chosen.size < 3:
        chosen = np.array([middle, middle + 1])
    far = places[(places < chosen[0] - 1) | (places > chosen[-1])]
    flags = ["crossed-twice"] if far.size else []
    log = np.log(y[chosen] / level)
    if np.ptp(x[chosen]) == 0:
        return Estimate(float(x[middle]), None, method, (*flags, "few-points"))
    # x as a function of log I bends less than its inverse where few samples are left.
    order_of_fit = 2 if chosen.size >= 8 else 1
    mid = float(x[chosen].mean())
    fit = np.polynomial.polynomial.polyfit(log, x[chosen] - mid, order_of_fit)
    rest = x[chosen] - mid - np.polynomial.polynomial.polyval(log, fit)
    freedom = chosen.size - order_of_fit - 1
    error = None
    if freedom > 0:
        matrix = np.vander(log, order_of_fit + 1, increasing=True)
        cov = np.linalg.pinv(matrix.T @ matrix)
        # Neighbours share what is left of a measured sweep's noise once it is smoothed.
        shared = 1.5 * position_noise(vg[good]) / np.sqrt(min(31, x.size))
        error = float(np.hypot(np.sqrt((rest @ rest) / freedom * cov[0, 0]), shared))
    return Estimate(mid + float(fit[0]), error, method, tuple(flags), mid + float(fit[0]))


def regime(current: float, gm: float, vds: float) -> Literal["linear", "saturation"]:
    """Whether a transistor is in its linear regime where its transconductance is taken.

    Of a square law, ``I / g_m`` is ``V_ov - V_DS / 2`` in the linear regime and ``V_ov / 2`` in
    saturation: the two meet at ``V_DS / 2``, where the overdrive ``V_ov`` is ``V_DS``.

    Parameters
    ----------
    current, gm, vds
        In A, S and V, at one gate voltage.
    """
    return "linear" if abs(current) > abs(gm * vds) / 2 else "saturation"


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


def saturation_mobility(slope: float, length: float, width: float, capacitance: float) -> float:
    """Mobility ``(2 L / (W C_ox)) (d sqrt(I) / dV_G)^2`` in saturation, in m^2/Vs.

    Parameters
    ----------
    slope
        Of the square root of the drain current, in A^0.5 / V.
    length, width
        Of the channel, in the same unit.
    capacitance
        Of the gate, in F/m^2.

    Examples
    --------
    >>> round(1e4 * saturation_mobility(1.6583e-3, 20, 1000, 1.1e-4), 2)
    10.0
    """
    return 2 * (length / width) * slope**2 / capacitance
