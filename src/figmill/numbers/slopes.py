"""Noise of a curve, and its steepest slope with an error."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from figmill.numbers.estimate import Estimate
from figmill.numbers.legs import position_noise

Vector = NDArray[np.float64]

NOISY = 0.1
"""A number whose standard error is above this share of it is flagged ``noise``."""

_LEAST = 7
_NARROWEST = 3
_WIDEST = 0.25
_DIFFERS = 2.5
_CLEAN = 1e-3
_LOCAL = 31
_BEND = 1.5
_CHOICE = 1.2
"""By what the choice of window and place widens the scatter, of trials over devices and noise."""


def noise_of(y: Vector) -> float:
    """Standard deviation of independent noise, whatever smooth curve it is on.

    Third differences of a smooth curve are small, and those of noise of variance s^2 have the
    variance 20 s^2. Outliers are cut at four times the median.

    Parameters
    ----------
    y
        Shape (n,), in the order measured, at about equal steps.

    Returns
    -------
    float
        In the unit of `y`; 0 for fewer than 8 values.
    """
    y = y[np.isfinite(y)]
    if y.size < 8:
        return 0.0
    d = np.abs(np.diff(y, 3))
    limit = 4 * 1.4826 * float(np.median(d))
    if limit > 0:
        d = np.minimum(d, limit)
    return float(np.sqrt(np.mean(d**2) / 20))


def steepest(x: Vector, y: Vector) -> Estimate:
    """The largest magnitude of dy/dx, by lines that are fitted over windows.

    Both x and y are derived by their place in the sweep, so that noise of a measured x does not
    flatten the slope. The window is at most a quarter of the curve, and is halved as long as that
    changes the slope by more than its error explains; what half the window would change is a part
    of the error. In noise the place of the maximum is found in every
    second sample and the slope there taken of the others, and the other way round: the largest of
    noisy values would be too large.

    Parameters
    ----------
    x, y
        Shape (n,): one leg of a sweep, in the order measured.

    Returns
    -------
    Estimate
        In units of y / x, not negative. Flags: ``noise`` (the error is above 10 %), ``edge`` (the
        steepest window is at the end of the curve); ``few-points`` without a value.
    """
    good = np.isfinite(x) & np.isfinite(y)
    x, y = x[good], y[good]
    if x.size < _LEAST or np.ptp(x) == 0:
        return Estimate(None, None, "steepest line over a window", ("few-points",))
    jitter = position_noise(x)
    if jitter == 0:
        # A voltage that is measured twice in a row has no slope of its own.
        keep = np.concatenate(([True], np.diff(x) != 0))
        x, y = x[keep], y[keep]
        if x.size < _LEAST:
            return Estimate(None, None, "steepest line over a window", ("few-points",))
    window = _odd(min(max(_LEAST, int(x.size * _WIDEST)), x.size - 2))
    best = _peak(x, y, window, jitter, None)
    bend = 0.0
    while window > _NARROWEST:
        narrow = max(_NARROWEST, _odd(window // 2))
        near = _peak(x, y, narrow, jitter, (best[2], window // 2 + 1))
        bend = abs(near[0] - best[0])
        if bend <= _DIFFERS * near[1] + 1e-4 * abs(best[0]):
            break
        best, window = near, narrow
    slope, error, place = best
    error = float(np.hypot(error, _BEND * bend)) if window > _NARROWEST else error
    error = float(np.hypot(_CHOICE * error, _flattened(x, y, window, place, error)))
    width = abs(float(x[min(x.size - 1, window - 1)] - x[0]))
    flags = []
    if error > NOISY * slope:
        flags.append("noise")
    half = window // 2
    if place in (half, x.size - 1 - half):
        flags.append("edge")
    method = f"steepest line over {width:.3g} V"
    return Estimate(slope, error, method, tuple(flags), float(x[place]), width)


def _flattened(x: Vector, y: Vector, window: int, place: int, error: float) -> float:
    """By how much a cubic over the same window is steeper than the line, beyond its noise.

    A peak that is narrow beside the window is flattened by a line.
    """
    half = window // 2
    if half < 2:
        return 0.0
    part = slice(place - half, place + half + 1)
    u = np.arange(-half, half + 1) / half
    row = np.linalg.pinv(np.vander(u, 4, increasing=True))[1] / half
    line = _weights(window)
    run = float(row @ x[part])
    if run == 0 or float(line @ x[part]) == 0:
        return 0.0
    differs = abs(float(row @ y[part]) / run) - abs(float(line @ y[part]) / float(line @ x[part]))
    noise = error * float(np.linalg.norm(row - line) / np.linalg.norm(line))
    return max(0.0, differs - noise / 2)


def _odd(count: int) -> int:
    return count if count % 2 else count - 1


def _weights(window: int) -> Vector:
    """Of the slope of a line through so many samples."""
    places = np.arange(window) - window // 2.0
    weights: Vector = places / (places**2).sum()
    return weights


def _slopes(x: Vector, y: Vector, window: int) -> tuple[Vector, Vector]:
    """Slope and run per sample of each window that fits."""
    weights = _weights(window)
    rises = np.convolve(y, weights[::-1], mode="valid")
    runs = np.convolve(x, weights[::-1], mode="valid")
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(runs != 0, rises / runs, 0.0), runs


def _peak(
    x: Vector, y: Vector, window: int, jitter: float, near: tuple[int, int] | None
) -> tuple[float, float, int]:
    """Size of the slope, its error and the place of the steepest window; `near` limits the places.

    Places count the samples of `x`.
    """
    half = window // 2
    slopes, runs = _slopes(x, y, window)
    at = _largest(np.abs(slopes), near, half)
    # Noise is that of the place: where a transistor is off there is less. Noise of a measured x
    # acts through the slope.
    wide = max(half, _LOCAL // 2)
    noise = noise_of(y[max(0, at + half - wide) : at + half + wide + 1])
    both = float(np.hypot(noise, slopes[at] * jitter))
    error = both * float(np.linalg.norm(_weights(window))) / abs(float(runs[at]) or np.inf)
    slope = abs(float(slopes[at]))
    small = _odd((window + 1) // 2)
    if error < _CLEAN * slope or small < _NARROWEST:
        return slope, error, at + half
    parts = [_slopes(x[first::2], y[first::2], small)[0] for first in (0, 1)]
    size = min(part.size for part in parts)
    reach = None if near is None else (near[0] // 2, near[1] // 2 + 1)
    sign = np.sign(slopes[at])
    found = [_largest(np.abs(part[:size]), reach, small // 2) for part in parts]
    crossed = [float(sign * parts[1 - one][found[one]]) for one in (0, 1)]
    return abs(sum(crossed)) / 2, error, at + half


def _largest(size: Vector, near: tuple[int, int] | None, half: int) -> int:
    if near is None:
        return int(np.argmax(size))
    low = min(max(0, near[0] - half - near[1]), size.size - 1)
    high = max(low + 1, min(size.size, near[0] - half + near[1] + 1))
    return low + int(np.argmax(size[low:high]))


def smooth_at(x: Vector, y: Vector, place: float, width: float) -> tuple[float, float]:
    """A curve's value at a place by a cubic over a window, and its standard error.

    Parameters
    ----------
    x, y
        Shape (n,): one leg of a sweep, in the order measured, without missing values.
    place, width
        Middle and width of the window, in units of `x`.
    """
    inside = np.abs(x - place) <= width / 2
    if int(inside.sum()) < 5:
        inside = np.zeros(x.size, dtype=bool)
        inside[np.argsort(np.abs(x - place))[:5]] = True
    u = (x[inside] - place) / (float(np.ptp(x[inside])) or 1.0)
    row = np.linalg.pinv(np.vander(u, 4, increasing=True))[0]
    return float(row @ y[inside]), noise_of(y[inside]) * float(np.linalg.norm(row))
