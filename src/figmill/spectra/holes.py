"""Holes in a spectrum: stretches of x from which points are missing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

_WIDER = 5.0
"""A step is a hole where it is more than so many times as wide as those on both its sides."""

_POINT = 1.9
"""The same where the steps beside it are even: then a single point is missed."""

_EVEN = 0.02
_BESIDE = 5
_FEWEST = 10


def holes(x: Vector) -> NDArray[np.intp]:
    """The places after which points are missing.

    A detector that changes its step, as from 1 nm to 10 nm, leaves no hole: the step in between is
    as wide as those on one side.

    Parameters
    ----------
    x
        Shape (n,), strictly monotone.

    Returns
    -------
    ndarray of int
        Where i is among them, nothing is known between ``x[i]`` and ``x[i + 1]``.

    Examples
    --------
    >>> holes(np.concatenate((np.arange(10.0), np.arange(40.0, 50.0))))
    array([9])
    """
    step = np.abs(np.diff(x))
    if x.size < _FEWEST:
        return np.zeros(0, np.intp)
    found = []
    for place in np.flatnonzero(step > _POINT * np.median(step)):
        sides = [
            side
            for side in (
                step[max(place - _BESIDE, 0) : place],
                step[place + 1 : place + 1 + _BESIDE],
            )
            if side.size
        ]
        usual = max(float(np.median(side)) for side in sides)
        even = all(np.ptp(side) <= _EVEN * np.median(side) for side in sides)
        if step[place] > (_POINT if even else _WIDER) * usual:
            found.append(place)
    return np.array(found, np.intp)


def spans(x: Vector) -> Iterator[tuple[float, float]]:
    """From where to where points are missing, the lower end first."""
    for place in holes(x):
        low, high = sorted((float(x[place]), float(x[place + 1])))
        yield low, high


def broken(x: Vector, y: Vector) -> tuple[Vector, Vector]:
    """A line to draw: it breaks where points are missing.

    Parameters
    ----------
    x, y
        Shape (n,).

    Returns
    -------
    x, y : ndarray
        With a point without a value in each hole.
    """
    after = holes(x) + 1
    middle = (x[after - 1] + x[after]) / 2
    return np.insert(x, after, middle), np.insert(y, after, np.nan)
