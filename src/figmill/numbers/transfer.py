"""Numbers of transfer curves: extremum, constant current, regime, mobilities."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from figmill.numbers.estimate import Estimate
from figmill.numbers.legs import position_noise
from figmill.numbers.slopes import noise_of

Vector = NDArray[np.float64]

_LEAST = 7
_NOISE = 0.01
_STILL = 6.0
"""Means of noise alone span less than so many of their standard deviations in most trials."""
_DIFFERS = 2.4
_NARROWER = 1.5
_LOCAL = 15
_BENT = 4.0
_NEXT = 3
_SEEN = 0.02
_CHOICE = 1.15
"""By what the choice of a window widens the scatter, of trials over shapes and noise."""


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
    """Where a leg has its extremum: that of a polynomial about the smoothed one.

    The polynomial is of fourth order, so that unlike sides do not draw its extremum towards the
    flatter one, and its window is moved until it is centred there. Windows are tried from a third
    of the leg down. The widest that agrees, within twice their errors, with all that are narrower
    is found; as what it hides may be as large as those errors, the next narrower one is taken
    (Lepski, Theory Probab. Appl. 35, 454 (1990)).

    Parameters
    ----------
    vg
        Shape (n,), in V: one leg of a sweep, in the order measured.
    values
        Shape (n,), magnitudes: a current (`kind` ``min``) or a drain voltage (``max``).
    window_v
        Half the width of the window in V, of a parabola then; by default it is found as above.

    Returns
    -------
    Estimate
        In V. Flags: ``edge`` (at the leg's end, so that it may lie beyond), ``flat`` (no extremum
        of a polynomial to be found; the sample itself is given), ``noise`` (the noise is above 1 %
        of the extremum, or the window holds few points), ``window-sensitive`` (windows disagree by
        more than their errors, or half the window asked for would: the error has by how much);
        without a value ``unipolar`` (a floor and no extremum) and ``undefined`` (with ``noise``:
        nothing but noise).
    """
    method = f"polynomial about the smoothed {kind}imum"
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
    if _is_noise(y, noise):
        return Estimate(None, None, method, ("noise", "undefined"))
    if at in (0, x.size - 1):
        return Estimate(float(x[at]), None, method, ("edge",), float(x[at]))
    found = (
        _agreed(x, sign * y, float(x[at]))
        if window_v is None
        else _asked(x, sign * y, float(x[at]), window_v)
    )
    if found is None:
        return Estimate(float(x[at]), None, method, ("flat",), float(x[at]))
    flags = ["window-sensitive"] if found.sensitive else []
    if found.noise > _NOISE * abs(float(y[at])) or found.count < 5:
        flags.append("noise")
    method = f"{method}, +-{found.half:.3g} V"
    return Estimate(found.place, found.error, method, tuple(flags), found.place)


@dataclass(frozen=True, slots=True)
class _Vertex:
    """The extremum of a polynomial, its error, and the window of it."""

    place: float
    error: float
    half: float
    count: int
    noise: float
    sensitive: bool = False


def _agreed(x: Vector, y: Vector, start: float) -> _Vertex | None:
    """The minimum by the window next to the widest that agrees with all that are narrower."""
    half = float(x[-1] - x[0]) / 3
    noise = _noise_profile(y)
    tried: list[_Vertex] = []
    while half > 0 and len(tried) < 40:
        one = _vertex(x, y, noise, start, half, 4)
        if one is not None:
            tried.append(one)
        if int((np.abs(x - start) <= half).sum()) <= _LEAST:
            break
        half /= _NARROWER
    for place, wide in enumerate(tried):
        if all(_agree(wide, narrow) for narrow in tried[place + 1 : place + 1 + _NEXT]):
            break
    else:
        return None
    if place + 1 < len(tried):
        chosen = tried[place + 1]
        return replace(chosen, error=_CHOICE * chosen.error)
    # No two agree: what the narrowest hides is as large as what it differs by from the next.
    if place == 0:
        return replace(wide, error=_CHOICE * wide.error)
    apart = abs(wide.place - tried[place - 1].place)
    sensitive = apart > _DIFFERS * wide.error + _SEEN * wide.half
    return replace(wide, error=float(np.hypot(_CHOICE * wide.error, apart)), sensitive=sensitive)


def _agree(wide: _Vertex, narrow: _Vertex) -> bool:
    return abs(wide.place - narrow.place) <= _DIFFERS * narrow.error + 1e-4 * narrow.half


def _asked(x: Vector, y: Vector, start: float, half: float) -> _Vertex | None:
    """The minimum by a parabola over the window that the user asks for."""
    noise = _noise_profile(y)
    found = _vertex(x, y, noise, start, half, 2)
    narrow = _vertex(x, y, noise, start, half / 2, 2)
    if found is None or narrow is None:
        return found
    apart = abs(found.place - narrow.place)
    if apart <= 2 * _DIFFERS * narrow.error + 1e-4 * half:
        return found
    return replace(found, error=float(np.hypot(found.error, apart)), sensitive=True)


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


def _is_noise(y: Vector, noise: float) -> bool:
    """Whether a curve has nothing but noise: its running mean moves no more than noise's would."""
    half = max(1, y.size // 40)
    if noise == 0 or y.size < 20:
        return False
    count = 2 * half + 1
    means = np.convolve(y, np.full(count, 1 / count), mode="valid")
    return bool(np.ptp(means) < _STILL * noise / np.sqrt(count))


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
    x: Vector, y: Vector, noise: Vector, start: float, half: float, order: int
) -> _Vertex | None:
    """The minimum of a weighted polynomial over a window that is moved until it is centred there.

    Weights fall to 0 at the window's ends.
    """
    center = start
    for _ in range(30):
        reach = min(half, max(min(center - x[0], x[-1] - center), 0.0))
        inside = np.abs(x - center) < reach
        if int(inside.sum()) < order + 3:
            nearest = np.argsort(np.abs(x - center))[: min(order + 3, x.size)]
            reach = float(np.abs(x[nearest] - center).max()) * 1.0001
            inside = np.abs(x - center) <= reach
        if inside.sum() < order + 1 or reach == 0:
            return None
        u = (x[inside] - center) / reach
        weights = (1 - u**8).clip(0)
        scale = float(np.ptp(y[inside])) or 1.0
        level = float(y[inside].min())
        matrix = np.vander(u, order + 1, increasing=True)
        gram = (matrix * weights[:, None]).T @ matrix
        try:
            row = np.linalg.solve(gram, (matrix * weights[:, None]).T)
        except np.linalg.LinAlgError:
            return None
        fit = row @ ((y[inside] - level) / scale)
        move = _lowest(fit)
        if move is None:
            return None
        center += reach * move
        rest = (y[inside] - level) / scale - matrix @ fit
        each = noise[inside] / scale
        left = float(np.sqrt(rest @ rest / max(u.size - order - 1, 1)))
        usual = float(np.sqrt(np.mean(each**2)))
        if u.size > 2 * order and left < usual:
            # Differences of few samples are bends, too.
            each = each * (left / usual)
        slope = float(np.linalg.norm(row[1] * each) / (2 * fit[2]))
        if abs(move) <= 1e-6 + 1e-3 * slope:
            break
    if order > 2 and fit[2] < _BENT * float(np.linalg.norm(row[2] * each)):
        return None
    shift = 0.0
    if order > 2:
        shift, slope = _unlike(u, weights, (y[inside] - level) / scale, each, fit, row)
    error = float(np.hypot(slope, shift)) * reach
    here = float(each[int(np.argmin(np.abs(u)))]) * scale
    return _Vertex(float(center + reach * shift), error, reach, int(inside.sum()), here)


def _unlike(
    u: Vector, weights: Vector, y: Vector, noise: Vector, cubic: Vector, row: Vector
) -> tuple[float, float]:
    """Halfway from a cubic's minimum at 0 to that of two parabolas that meet there, and its noise.

    Which of the two makes sides unlike cannot be told from the samples.
    """
    matrix = np.vander(u, cubic.size, increasing=True)
    matrix[:, 3] = u * np.abs(u)
    other = np.linalg.solve((matrix * weights[:, None]).T @ matrix, (matrix * weights[:, None]).T)
    _, b, a, d = (other @ y)[:4]
    bend = a - d if b > 0 else a + d
    if not bend > 0.1 * a > 0:
        return 0.0, float(np.linalg.norm(row[1] * noise) / (2 * cubic[2]))
    mean = (row[1] / cubic[2] + other[1] / bend) / 4
    return float(np.clip(-b / bend / 4, -0.5, 0.5)), float(np.linalg.norm(mean * noise))


def _lowest(fit: Vector) -> float | None:
    """The minimum of a polynomial within -1 to 1 that is nearest to 0; None where it has none."""
    if fit.size == 3:
        _, b, a = fit
        return float(-b / (2 * a)) if a > 0 and abs(b) <= 2 * a else None
    slopes = np.polynomial.polynomial.polyder(fit)
    bends = np.polynomial.polynomial.polyder(slopes)
    roots = np.polynomial.polynomial.polyroots(slopes)
    real = roots.real[(np.abs(roots.imag) < 1e-9) & (np.abs(roots.real) <= 1)]
    real = real[np.polynomial.polynomial.polyval(real, bends) > 0]
    if not real.size or not fit[2] > 0:
        return None
    return float(real[np.argmin(np.abs(real))])


def _noise_profile(y: Vector) -> Vector:
    """Noise of each sample, of those about it: it may grow with the signal.

    Differences of a high order leave little of a smooth curve; of two orders the smaller is taken,
    as one may still see the curve.
    """
    found = []
    for order, share in ((3, 20.0), (5, 252.0)):
        if y.size < order + 3:
            return np.full(y.size, noise_of(y))
        size = np.abs(np.diff(y, order))
        limit = 4 * 1.4826 * float(np.median(size))
        squares = (np.minimum(size, limit) if limit > 0 else size) ** 2 / share
        count = min(_LOCAL, squares.size)
        mean = np.convolve(squares, np.full(count, 1 / count), mode="valid")
        places = np.arange(mean.size) + (count - 1 + order) / 2
        found.append(np.interp(np.arange(y.size), places, mean))
    return np.sqrt(np.minimum(*found))


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
