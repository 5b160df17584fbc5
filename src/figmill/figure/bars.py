"""Bars, histograms and boxes: amounts over places or categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from figmill.errors import PlottingError
from figmill.figure.checks import instance
from figmill.figure.color import Color
from figmill.figure.layers import Layer, settle, vector
from figmill.figure.numbers import number

Numbers = NDArray[np.float64]

# Automatic bins are no more than this, however far out single values lie.
_MOST_BINS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Bars(Layer):
    """Upright bars from a base to a height.

    Parameters
    ----------
    heights
        Shape (n,): where each bar ends, in the unit of y. NaN is no bar.
    at
        Shape (n,): the middle of each along x; None is 0, 1, 2 and so on, the places of an axis's
        categories.
    width
        One for all, or shape (n,), in the unit of x, above 0.
    base
        Where bars begin; on a log axis one of 0 or below begins at the frame.
    label, color
        As for `Curve`.
    alpha
        Opacity, 0 to 1.

    Raises
    ------
    figmill.errors.PlottingError
        If lengths differ or a width is not above 0.
    """

    heights: Numbers
    at: Numbers | None = None
    width: Numbers | float = 0.8
    base: float = 0.0
    label: str = ""
    color: Color | None = None
    alpha: float = 1.0

    def __post_init__(self) -> None:
        heights = vector("The bars' heights", self.heights)
        at = np.arange(heights.size, dtype=float) if self.at is None else self.at
        at = vector("The bars' places", at)
        width = vector("The bars' width", np.atleast_1d(self.width))
        if at.size != heights.size or width.size not in (1, heights.size):
            raise PlottingError(
                f"{heights.size} bars have {at.size} places and {width.size} widths.",
                hint="Give as many places as heights, and one width or as many.",
            )
        if not np.all((width > 0) & np.isfinite(width)):
            raise PlottingError(
                f"A bar's width is {width[~((width > 0) & np.isfinite(width))][0]:g}.",
                hint="Give widths above 0, in the unit of x.",
            )
        object.__setattr__(self, "heights", heights)
        object.__setattr__(self, "at", at)
        object.__setattr__(self, "width", np.broadcast_to(width, heights.shape))
        object.__setattr__(self, "base", number(self.base, "The bars' base"))
        settle(self, "bars", own=("width",))

    @property
    def edges(self) -> tuple[Numbers, Numbers]:
        """Left and right end of each bar along x."""
        assert isinstance(self.at, np.ndarray)
        return self.at - np.asarray(self.width) / 2, self.at + np.asarray(self.width) / 2


@dataclass(frozen=True, slots=True, eq=False)
class Histogram(Layer):
    """How many values lie in each bin.

    Parameters
    ----------
    values
        Any number of them; NaN is not counted.
    bins
        How many of equal width from the lowest to the highest value, or their edges, increasing;
        None chooses a width of 2 IQR / n^(1/3) (Freedman and Diaconis 1981), at most 200 bins.
        The last bin holds its upper edge. Values beyond edges that are given are told as a loss.
    density
        Divide by the number counted and the width of the bin, so that the area is 1.
    label, color
        As for `Curve`.
    alpha
        Opacity, 0 to 1.

    Raises
    ------
    figmill.errors.PlottingError
        If the bins are not such.

    Examples
    --------
    >>> Histogram([1.0, 2.0, 2.5, 4.0], bins=[1, 2, 3, 4]).counted()
    (array([1., 2., 3., 4.]), array([1., 2., 1.]))
    """

    values: Numbers
    bins: Sequence[float] | Numbers | int | None = None
    density: bool = False
    label: str = ""
    color: Color | None = None
    alpha: float = 1.0

    def __post_init__(self) -> None:
        values = vector("The histogram's values", np.ravel(np.asanyarray(self.values)))
        object.__setattr__(self, "values", values)
        if self.bins is not None and np.ndim(self.bins) == 0:
            many = number(self.bins, "The number of bins")
            if not (1 <= many <= 100_000 and many == int(many)):
                raise PlottingError(
                    f"A histogram of {many:g} bins.", hint="Give a whole number, 1 to 100000."
                )
            object.__setattr__(self, "bins", int(many))
        elif self.bins is not None:
            edges = vector("The histogram's bins", self.bins)
            if edges.size < 2 or not np.all(np.diff(edges) > 0):
                raise PlottingError(
                    "The edges of a histogram's bins are not increasing.",
                    hint="Give two or more finite numbers, the lowest first.",
                )
            object.__setattr__(self, "bins", edges)
        settle(self, "histogram")

    def counted(self) -> tuple[Numbers, Numbers]:
        """Edges of the bins, shape (n + 1,), and what lies in each, shape (n,)."""
        known = self.values[np.isfinite(self.values)]
        edges = self.bins if isinstance(self.bins, np.ndarray) else self._edges(known)
        counts = np.histogram(known, edges)[0].astype(np.float64)
        if self.density and counts.sum():
            counts /= counts.sum() * np.diff(edges)
        return edges, counts

    def outside(self) -> int:
        """How many values lie beyond the edges that were given."""
        edges = self.counted()[0]
        return int(np.count_nonzero((self.values < edges[0]) | (self.values > edges[-1])))

    def _edges(self, known: Numbers) -> Numbers:
        if not known.size:
            return np.array([0.0, 1.0])
        low, high = float(known.min()), float(known.max())
        if low == high:
            return np.array([low - 0.5, low + 0.5])
        many = self.bins if isinstance(self.bins, int) else 0
        if not many:
            first, third = np.percentile(known, (25, 75))
            width = 2 * (third - first) / known.size ** (1 / 3)
            wanted = (high - low) / width if width > 0 else np.sqrt(known.size)
            many = int(np.ceil(min(max(wanted, 1.0), _MOST_BINS)))
        return np.linspace(low, high, many + 1)


class Summary(NamedTuple):
    """What a box shows of its sample.

    Parameters
    ----------
    low, first, median, third, high
        Lower whisker, quartiles, upper whisker.
    beyond
        Values outside the whiskers.
    """

    low: float
    first: float
    median: float
    third: float
    high: float
    beyond: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Boxes(Layer):
    """Samples as boxes with whiskers, after Tukey.

    A box reaches from the first to the third quartile (linear between values), its line is the
    median, its whiskers reach to the last value within 1.5 times the box's height, and values
    beyond stand as points.

    Parameters
    ----------
    samples
        One array of values for each box; NaN does not count, and an empty one has no box.
    at
        Shape (n,): the middle of each along x; None is 0, 1, 2 and so on, the places of an axis's
        categories.
    width
        Of the boxes, in the unit of x.
    label, color
        As for `Curve`.
    alpha
        Opacity of the boxes' inside, 0 to 1.

    Raises
    ------
    figmill.errors.PlottingError
        If there are not as many places as samples, or the width is not above 0.
    """

    samples: tuple[Numbers, ...]
    at: Numbers | None = None
    width: float = 0.5
    label: str = ""
    color: Color | None = None
    alpha: float = 0.25

    def __post_init__(self) -> None:
        instance(self.samples, (list, tuple, np.ndarray), "The samples", "Give a list of arrays.")
        given: Sequence[ArrayLike] = self.samples
        samples = tuple(vector(f"Sample {k + 1}", each) for k, each in enumerate(given))
        at = np.arange(len(samples), dtype=float) if self.at is None else self.at
        at = vector("The boxes' places", at)
        if at.size != len(samples):
            raise PlottingError(
                f"{len(samples)} samples have {at.size} places.", hint="Give one for each."
            )
        if not 0 < number(self.width, "The boxes' width") < np.inf:
            raise PlottingError(
                f"The boxes' width is {self.width}.", hint="Give one above 0, in the unit of x."
            )
        object.__setattr__(self, "samples", samples)
        object.__setattr__(self, "at", at)
        object.__setattr__(self, "width", float(self.width))
        settle(self, "boxes", own=("width",))

    def summaries(self) -> tuple[Summary | None, ...]:
        """What each box shows; None for a sample without values."""
        return tuple(_summary(sample[np.isfinite(sample)]) for sample in self.samples)


def _summary(known: Numbers) -> Summary | None:
    if not known.size:
        return None
    first, median, third = (float(each) for each in np.percentile(known, (25, 50, 75)))
    reach = 1.5 * (third - first)
    within = known[(known >= first - reach) & (known <= third + reach)]
    low, high = min(float(within.min()), first), max(float(within.max()), third)
    return Summary(low, first, median, third, high, known[(known < low) | (known > high)])
