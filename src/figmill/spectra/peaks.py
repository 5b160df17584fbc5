"""Peaks, and how far they moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from figmill.notes import Note
from figmill.spectra.holes import holes
from figmill.spectra.spectrum import Spectrum, Vector

MOST = 12
_NAMED = 5
_DIPS = ("transmittance", "percent_transmittance", "reflectance", "percent_reflectance")


@dataclass(frozen=True, slots=True)
class Peak:
    """A peak (of absorbance), or a dip (of transmittance).

    ``x`` is that of the parabola through the highest three points, ``y`` the highest value,
    ``prominence`` how far it stands out of its surroundings.

    Parameters
    ----------
    x
        In the unit of the spectrum's x.
    y, prominence
        In the unit of its y.
    """

    x: float
    y: float
    prominence: float


@dataclass(frozen=True, slots=True)
class Shift:
    """A peak of the baseline, and the sample's nearest; None where it has none near by."""

    baseline: Peak
    sample: Peak | None

    @property
    def by(self) -> float:
        """How far it moved in x; NaN where it is gone."""
        return float("nan") if self.sample is None else self.sample.x - self.baseline.x


def find_peaks(
    spectrum: Spectrum,
    *,
    prominence: float = 0.03,
    most: int = MOST,
    threshold: float | None = None,
) -> list[Peak]:
    """The peaks that stand out most, in order of x.

    One from whose top points are missing is none: what is left of it are its sides, and where they
    end is not where it is. `told_of_cut_peaks` names them.

    Parameters
    ----------
    spectrum
        Dips count as peaks where its kind is transmittance or reflectance.
    prominence
        The least prominence, as a share of the range of y.
    most
        How many at most.
    threshold
        The least prominence in units of y, in place of the share.
    """
    found = _found(spectrum, prominence, threshold)
    whole = [peak for peak, cut in found if not cut]
    best = sorted(whole, key=lambda peak: -peak.prominence)[:most]
    return sorted(best, key=lambda peak: peak.x)


def told_of_cut_peaks(
    spectrum: Spectrum, *, prominence: float = 0.03, threshold: float | None = None
) -> Iterator[Note]:
    """Say which peaks do not count, since points are missing from their tops.

    Parameters
    ----------
    spectrum, prominence, threshold
        As for `find_peaks`.

    Yields
    ------
    Note
        The loss ``peaks-cut``, with the spectrum as its place.
    """
    at = [peak.x for peak, cut in _found(spectrum, prominence, threshold) if cut]
    if at:
        some = ", ".join(f"{x:.5g}" for x in at[:_NAMED]) + (", ..." if len(at) > _NAMED else "")
        text = f"Points are missing from the tops of {len(at)} peaks, which do not count: near "
        if len(at) == 1:
            text = "Points are missing from the top of a peak, which does not count: near "
        yield Note.loss("peaks-cut", f"{text}{some}.", spectrum.name)


def _found(
    spectrum: Spectrum, prominence: float, threshold: float | None
) -> list[tuple[Peak, bool]]:
    """Peaks that stand out by so much, and whether points are missing from the top of each."""
    made = spectrum.ascending()
    finite = np.isfinite(made.y)
    x, y = made.x[finite], made.y[finite]
    if y.size < 3:
        return []
    upright = -y if made.y_kind in _DIPS else y
    span = float(np.ptp(upright))
    if span <= 0:
        return []
    least = prominence * span if threshold is None else threshold
    at = maxima(upright)
    # No peak stands out by more than its height above the lowest point.
    at = at[upright[at] - upright.min() >= least]
    out = prominences(upright, at)
    at, out = at[out >= least], out[out >= least]
    cut = _beside_gaps(upright, at, np.flatnonzero(finite), x)
    return [
        (Peak(_summit(x, upright, int(top)), float(y[top]), float(by)), bool(gone))
        for top, by, gone in zip(at, out, cut, strict=True)
    ]


def _beside_gaps(
    y: Vector, at: NDArray[np.intp], places: NDArray[np.intp], x: Vector
) -> NDArray[np.bool_]:
    """Which level tops have a gap within or beside them, shape of `at`.

    `places` are those of y among all points of the spectrum.
    """
    gaps = np.diff(places) > 1
    gaps[holes(x)] = True
    before = np.concatenate(([0], np.cumsum(gaps)))  # how many gaps there are before each point
    starts = np.flatnonzero(np.concatenate(([True], np.diff(y) != 0)))
    ends = np.concatenate((starts[1:], [y.size])) - 1
    level = np.searchsorted(starts, at, side="right") - 1
    return np.asarray(before[ends[level] + 1] > before[starts[level] - 1])


def worth_marking(
    peaks: list[Peak], saturated: Sequence[tuple[float, float]], most: int
) -> list[Peak]:
    """The peaks that stand out most, in order of x; within a saturated range only one is any.

    Where next to no light comes through, a curve goes up and down by noise.
    """
    best: list[Peak] = []
    used: set[tuple[float, float]] = set()
    for peak in sorted(peaks, key=lambda peak: -peak.prominence):
        within = next((ends for ends in saturated if ends[0] <= peak.x <= ends[1]), None)
        if within is not None and within in used:
            continue
        if within is not None:
            used.add(within)
        best.append(peak)
    return sorted(best[:most], key=lambda peak: peak.x)


def maxima(y: Vector) -> NDArray[np.intp]:
    """Where y is higher than on both sides; the middle of a level top.

    Examples
    --------
    >>> maxima(np.array([0.0, 2.0, 1.0, 3.0, 3.0, 3.0, 0.0]))
    array([1, 4])
    """
    starts = np.flatnonzero(np.concatenate(([True], np.diff(y) != 0)))
    levels = y[starts]
    tops = 1 + np.flatnonzero((levels[1:-1] > levels[:-2]) & (levels[1:-1] > levels[2:]))
    ends = np.concatenate((starts[1:], [y.size])) - 1
    return np.asarray((starts[tops] + ends[tops]) // 2, dtype=np.intp)


def prominences(y: Vector, at: NDArray[np.intp]) -> Vector:
    """How far maxima of y stand out: their height above the higher of two lowest points.

    Those are the lowest points on the left and on the right, up to where y is higher than the
    maximum, or ends. `at` must hold every maximum that is as high as the lowest in it.

    Examples
    --------
    >>> prominences(np.array([0.0, 2.0, 1.0, 3.0, 0.5]), np.array([1, 3]))
    array([1. , 2.5])
    """
    if at.size == 0:
        return np.zeros(0)
    # The ends count as heights to stop at. Between two neighbours only the lowest point matters.
    stops = np.concatenate(([0], at, [y.size - 1]))
    between = np.minimum(np.minimum.reduceat(y, stops)[:-1], y[stops[1:]]).tolist()
    heights = y[stops].tolist()
    left = _lowest(heights, between)
    right = _lowest(heights[::-1], between[::-1])[::-1]
    found = [h - max(a, b) for h, a, b in zip(heights, left, right, strict=True)]
    return np.array(found[1:-1])


def _lowest(heights: list[float], between: list[float]) -> list[float]:
    """For each height, the lowest point on its left up to a higher one."""
    open_heights: list[tuple[float, float]] = []
    found = [heights[0]]
    open_heights.append((heights[0], heights[0]))
    for height, gap in zip(heights[1:], between, strict=True):
        low = gap
        while open_heights and open_heights[-1][0] <= height:
            low = min(low, open_heights.pop()[1])
        found.append(low)
        open_heights.append((height, low))
    return found


def _summit(x: np.ndarray, y: np.ndarray, at: int) -> float:
    """The x of the parabola through a point and its neighbours."""
    left, middle, right = y[at - 1], y[at], y[at + 1]
    bend = left - 2 * middle + right
    if bend >= 0:
        return float(x[at])
    offset = 0.5 * (left - right) / bend
    return float(x[at] + offset * (x[at + 1] - x[at - 1]) / 2)


def match(baseline: list[Peak], sample: list[Peak], *, within: float) -> list[Shift]:
    """Pair each peak of the baseline with the nearest of the sample, each used once.

    Parameters
    ----------
    baseline, sample
        As `find_peaks` gives them.
    within
        The farthest that a peak may have moved, in x.
    """
    pairs = sorted(
        (abs(s.x - b.x), i, j)
        for i, b in enumerate(baseline)
        for j, s in enumerate(sample)
        if abs(s.x - b.x) <= within
    )
    found: dict[int, int] = {}
    used: set[int] = set()
    for _, i, j in pairs:
        if i not in found and j not in used:
            found[i] = j
            used.add(j)
    return [Shift(b, sample[found[i]] if i in found else None) for i, b in enumerate(baseline)]
