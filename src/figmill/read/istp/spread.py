"""How far values spread, found in one pass over their pieces and without keeping them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from figmill.figure.pieces import pieces

_SHIFT = {4: 16, 8: 45}
_UNSIGNED: dict[int, Any] = {4: np.uint32, 8: np.uint64}


# A bucket tells a value within 1/128; ratios this close to another are looked at exactly.
_CLOSE = 0.03


def spans(values: npt.NDArray[np.floating[Any]], ratio: float) -> bool:
    """Whether the 99th percentile of the positive values is above so many times the 1st.

    Parameters
    ----------
    values
        Float32 or float64 of any shape but (); NaN does not count.
    ratio
        Above 1.

    Returns
    -------
    bool
        By the percentiles that numpy gives; False where a value is negative, or none positive.
    """
    spread = Spread()
    for piece in pieces(values):
        spread.add(piece)
    if not spread.exceeds(ratio * (1 - _CLOSE)):
        return False
    if spread.exceeds(ratio * (1 + _CLOSE)):
        return True
    low, high = np.percentile(values[values > 0], (1, 99))
    return bool(high > ratio * low)


class Spread:
    """Positive values, counted by the leading 7 bits of their mantissa.

    The bits of a positive float ascend as the float does. A value counts as the lower end of its
    bucket, which is at most 1/128 of it away.
    """

    def __init__(self) -> None:
        self._counts = np.zeros(1, np.int64)
        self._itemsize = 4
        self._negative = False

    def add(self, values: npt.NDArray[np.floating[Any]]) -> None:
        """Count float32 or float64 values of any shape, all of one type; NaN does not count."""
        if self._negative:
            return  # that is all that will be asked
        self._itemsize = values.dtype.itemsize
        positive = values[values > 0]
        if positive.size < values.size and bool((values < 0).any()):
            self._negative = True
        if not positive.size:
            return
        bits = positive.view(_UNSIGNED[self._itemsize]) >> _SHIFT[self._itemsize]
        first, last = int(bits.min()), int(bits.max())
        if last >= self._counts.size:
            self._counts = np.concatenate(
                (self._counts, np.zeros(last + 1 - self._counts.size, np.int64))
            )
        self._counts[first : last + 1] += np.bincount((bits - bits.dtype.type(first)).astype(int))

    def exceeds(self, ratio: float) -> bool:
        """Whether the 99th percentile is above so many times the 1st; never if one is negative."""
        upto = np.cumsum(self._counts)
        if self._negative or not upto[-1]:
            return False
        exact = np.array([0.01, 0.99]) * (upto[-1] - 1)
        ranks = np.floor(exact)
        ends = []
        for rank in (ranks, np.minimum(ranks + 1, upto[-1] - 1)):
            buckets = np.searchsorted(upto, rank, side="right")
            bits = buckets.astype(_UNSIGNED[self._itemsize]) << _SHIFT[self._itemsize]
            ends.append(bits.view(f"f{self._itemsize}").astype(np.float64))
        low, high = (ends[0] + (ends[1] - ends[0]) * (exact - ranks)).tolist()
        return bool(high > ratio * low)
