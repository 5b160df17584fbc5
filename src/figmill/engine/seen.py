"""Which keys a list has shown already, in eight bytes each: lists may have millions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class SeenKeys:
    """Remembers keys by a 64-bit hash.

    Runs of sorted hashes are merged as they grow, so that a look-up is a handful of binary
    searches. Two different keys share a hash about once in 10^7 lists of a million: what is found
    is therefore only a suspicion, to be confirmed by whoever can see the keys.

    Examples
    --------
    >>> seen = SeenKeys()
    >>> seen.suspects(["a", "b"]), seen.suspects(["c", "a"])
    ([], ['a'])
    """

    def __init__(self) -> None:
        self._runs: list[NDArray[np.int64]] = []

    def suspects(self, keys: Sequence[str]) -> list[str]:
        """Give those of these keys that were there before, and remember all.

        Parameters
        ----------
        keys
            All different.
        """
        hashes = np.fromiter(map(hash, keys), np.int64, len(keys))
        met = np.zeros(len(keys), bool)
        for run in self._runs:
            places = np.searchsorted(run, hashes)
            places[places == run.size] = 0
            met |= run[places] == hashes
        new = np.sort(hashes[~met])
        if new.size:
            self._runs.append(new)
        while len(self._runs) > 1 and self._runs[-2].size < 4 * self._runs[-1].size:
            last, before = self._runs.pop(), self._runs.pop()
            self._runs.append(np.sort(np.concatenate([before, last])))
        return [keys[place] for place in np.flatnonzero(met).tolist()]
