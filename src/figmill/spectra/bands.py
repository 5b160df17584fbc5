"""Bands: where to look, and how much of them there is."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from figmill.errors import ConfigError
from figmill.spectra.spectrum import Vector

_NUMBER = r"[+-]?\d+(?:\.\d+)?"
_BAND = re.compile(
    rf"^(?:(?P<name>.*\S)\s*[:=]\s*)?(?P<a>{_NUMBER})\s*(?:-|\.\.|to|,)\s*(?P<b>{_NUMBER})$"
)


@dataclass(frozen=True, slots=True)
class Band:
    """A range of x with a name.

    Parameters
    ----------
    low, high
        Its ends, in the unit of x.
    name
        How figures and tables call it; empty for its ends.

    Examples
    --------
    >>> Band.parse("C=O ester: 1765-1725")
    Band(low=1725.0, high=1765.0, name='C=O ester')
    """

    low: float
    high: float
    name: str

    @classmethod
    def parse(cls, text: str) -> Band:
        """Read ``low-high`` or ``name: low-high``.

        Raises
        ------
        figmill.errors.ConfigError
            If it is none.
        """
        found = _BAND.match(text.strip())
        if not found:
            raise ConfigError(
                f"{text!r} is not a band.",
                hint="Write 1725-1765, or with a name 'ester: 1725-1765'.",
            )
        low, high = sorted((float(found["a"]), float(found["b"])))
        if low == high:
            raise ConfigError(f"the band {text!r} has no width.", hint="Give two ends.")
        return cls(low, high, found["name"] or f"{low:g}-{high:g}")

    def __str__(self) -> str:
        ends = f"{self.low:g}-{self.high:g}"
        return ends if self.name == ends else f"{self.name}: {ends}"


def band_area(x: Vector, y: Vector, band: Band, *, local_baseline: bool = False) -> float:
    """The area under y within a band, by trapezoids, from one end of it to the other.

    y is interpolated, linearly, at both ends, so that the area does not depend on where the points
    happen to lie.

    Parameters
    ----------
    x, y
        Shape (n,), x ascending.
    band
        Its ends count in.
    local_baseline
        Measure from the straight line between the curve at the band's ends, not from zero.

    Returns
    -------
    float
        In units of y times x; NaN where a point in the band, or one beside its ends, has no value,
        where x does not reach both ends, and above the line between the ends where no point lies
        in the band: the curve is that very line then.

    Examples
    --------
    >>> x = np.array([0.0, 1.0, 2.0, 3.0])
    >>> band = Band(0.0, 2.0, "b")
    >>> band_area(x, 1 + x, band), band_area(x, 1 + x, band, local_baseline=True)
    (4.0, 0.0)
    >>> band_area(x, 1 + x, Band(0.5, 2.5, "c"))
    5.0
    """
    inside = (x >= band.low) & (x <= band.high)
    beyond = x.size < 2 or band.low > x[-1] or band.high < x[0]
    if beyond or (local_baseline and not inside.any()):
        return float("nan")
    near = np.searchsorted(x, (band.low, band.high))
    room = 1e-3 * float(np.median(np.diff(x[max(near[0] - 1, 0) : near[1] + 1])))
    if x[0] > band.low + room or x[-1] < band.high - room:
        return float("nan")
    low, high = max(band.low, float(x[0])), min(band.high, float(x[-1]))
    part = np.concatenate(([low], x[inside], [high]))
    values = np.concatenate(([_at(x, y, low)], y[inside], [_at(x, y, high)]))
    if local_baseline:
        share = (part - low) / (high - low)
        values = values - (values[0] + share * (values[-1] - values[0]))
    return float(np.trapezoid(values, part))


def _at(x: Vector, y: Vector, at: float) -> float:
    """Y at a place, between its two neighbours; a point there counts alone."""
    after = int(np.searchsorted(x, at))
    if x[after] == at or after == 0:
        return float(y[after])
    share = (at - x[after - 1]) / (x[after] - x[after - 1])
    return float(y[after - 1] + share * (y[after] - y[after - 1]))
