"""Peaks, and how far they moved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from figmill.errors import MissingExtraError
from figmill.read.spectrum import Spectrum

MOST = 12
_DIPS = ("transmittance", "percent_transmittance", "reflectance", "percent_reflectance")


@dataclass(frozen=True, slots=True)
class Peak:
    """A peak (of absorbance), or a dip (of transmittance).

    ``x`` is that of the parabola through the highest three points, ``y`` the highest value,
    ``prominence`` how far it stands out of its surroundings.
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


def find_peaks(spectrum: Spectrum, *, prominence: float = 0.03, most: int = MOST) -> list[Peak]:
    """The peaks that stand out most, in order of x.

    Parameters
    ----------
    spectrum
        Dips count as peaks where its kind is transmittance or reflectance.
    prominence
        The least prominence, as a share of the range of y.
    most
        How many at most.
    """
    try:
        from scipy import signal
    except ImportError:
        raise MissingExtraError("scipy", "spectra") from None
    made = spectrum.ascending()
    finite = np.isfinite(made.y)
    x, y = made.x[finite], made.y[finite]
    if y.size < 3:
        return []
    upright = -y if made.y_kind in _DIPS else y
    span = float(np.ptp(upright))
    if span <= 0:
        return []
    at, about = signal.find_peaks(upright, prominence=prominence * span)
    best = np.sort(np.argsort(-about["prominences"], kind="stable")[:most])
    return [
        Peak(_summit(x, upright, int(at[i])), float(y[at[i]]), float(about["prominences"][i]))
        for i in best
    ]


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
