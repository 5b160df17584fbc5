"""Leap seconds: UNIX seconds, which fold them, against a count that has them all.

UNIX seconds count 86,400 s to every UTC day, so second 60 of a day shares its numbers with second 0
of the next. Nanoseconds of International Atomic Time tell all moments apart.

Source: IERS Bulletin C.
"""

from __future__ import annotations

import math
from datetime import datetime

import numpy as np
from numpy.typing import ArrayLike, NDArray

Counts = NDArray[np.int64]

# The day from which TAI - UTC has each value, 10 s before the second entry, then one more each.
_DAYS = (
    *("1972-01-01", "1972-07-01", "1973-01-01", "1974-01-01", "1975-01-01", "1976-01-01"),
    *("1977-01-01", "1978-01-01", "1979-01-01", "1980-01-01", "1981-07-01", "1982-07-01"),
    *("1983-07-01", "1985-07-01", "1988-01-01", "1990-01-01", "1991-01-01", "1992-07-01"),
    *("1993-07-01", "1994-07-01", "1996-01-01", "1997-07-01", "1999-01-01", "2006-01-01"),
    *("2009-01-01", "2012-07-01", "2015-07-01", "2017-01-01"),
)
_FIRST_OFFSET = 10
SECOND = 1_000_000_000
"""Nanoseconds."""

STARTS: Counts = np.array(
    [int(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp()) for day in _DAYS], np.int64
)
"""UNIX seconds from which each offset holds."""

OFFSETS: Counts = _FIRST_OFFSET + np.arange(STARTS.size, dtype=np.int64)
"""TAI - UTC from each of `STARTS` on, in seconds; the first holds before, too."""

_ENDS: Counts = (STARTS + OFFSETS) * SECOND


def leaps_within(low: float, high: float) -> tuple[float, ...]:
    """UNIX seconds right behind each leap second between two moments.

    Examples
    --------
    >>> leaps_within(1483228798.0, 1483228802.0)
    (1483228800.0,)
    """
    behind = STARTS[1:]
    return tuple(float(each) for each in behind[(behind > low) & (behind < high)])


def to_tai(moment: float) -> int:
    """Nanoseconds of TAI since 1970-01-01 TAI at a moment in UNIX seconds.

    Examples
    --------
    >>> to_tai(1483228800.0)
    1483228837000000000
    """
    whole = math.floor(moment)
    era = max(int(np.searchsorted(STARTS, whole, side="right")) - 1, 0)
    return (whole + int(OFFSETS[era])) * SECOND + round((moment - whole) * SECOND)


def from_tai(counts: ArrayLike) -> NDArray[np.float64]:
    """UNIX seconds of nanoseconds of TAI, any shape; a leap second folds into the next.

    Examples
    --------
    >>> from_tai([1483228836000000000, 1483228837000000000])
    array([1.4832288e+09, 1.4832288e+09])
    """
    tai = np.asarray(counts, dtype=np.int64)
    era = np.clip(np.searchsorted(_ENDS, tai, side="right") - 1, 0, None)
    # The leap second itself has the offset of before.
    seconds, rest = np.divmod(tai - OFFSETS[era] * SECOND, SECOND)
    return seconds + rest / 1e9


def in_leap_second(counts: ArrayLike) -> NDArray[np.bool_]:
    """Which nanoseconds of TAI, any shape, lie in a second 60, whose UNIX seconds fold.

    Examples
    --------
    >>> in_leap_second([1483228835999999999, 1483228836000000000, 1483228837000000000])
    array([False,  True, False])
    """
    tai = np.asarray(counts, dtype=np.int64)
    ends = _ENDS[1:]  # the first is the begin of the table
    following = np.minimum(np.searchsorted(ends, tai, side="right"), ends.size - 1)
    inside: NDArray[np.bool_] = (tai < ends[following]) & (tai >= ends[following] - SECOND)
    return inside
