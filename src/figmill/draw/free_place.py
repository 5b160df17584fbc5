"""Where in a panel a box covers nothing that was measured."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from figmill.draw import curves
from figmill.draw.ops import Box


class Occupancy:
    """Which parts of a panel lines run through, counted so that any box is asked at once.

    Parameters
    ----------
    box
        The panel, in pixels.
    outlines
        Lines, each of shape (n, 2), in pixels; rows of NaN break a line.
    cell
        Size of the parts, in pixels.
    """

    def __init__(self, box: Box, outlines: list[NDArray[np.float64]], cell: float) -> None:
        self.box, self.cell = box, cell
        self.columns = max(1, int(box.width / cell))
        self.rows = max(1, int(box.height / cell))
        taken = np.zeros((self.rows, self.columns), bool)
        for line in outlines:
            points = curves.filled(line, cell)
            points = points[np.isfinite(points).all(axis=1)]
            across = np.floor((points[:, 0] - box.x0) / cell).astype(np.intp)
            down = np.floor((points[:, 1] - box.y0) / cell).astype(np.intp)
            inside = (across >= 0) & (across < self.columns) & (down >= 0) & (down < self.rows)
            taken[down[inside], across[inside]] = True
        self._sums = np.zeros((self.rows + 1, self.columns + 1), np.int64)
        self._sums[1:, 1:] = taken.cumsum(axis=0).cumsum(axis=1)

    def free(self, width: float, height: float, gap: float) -> tuple[float, float] | None:
        """Left and top of a box of this size that nothing runs through, nearest to a corner.

        Parameters
        ----------
        width, height
            Of the box, in pixels.
        gap
            What is to stay free around it, in pixels.

        Returns
        -------
        tuple of float or None
            In pixels; None where there is no such place.
        """
        wide = int(np.ceil((width + 2 * gap) / self.cell))
        high = int(np.ceil((height + 2 * gap) / self.cell))
        if wide > self.columns or high > self.rows:
            return None
        s = self._sums
        count = s[high:, wide:] - s[:-high, wide:] - s[high:, :-wide] + s[:-high, :-wide]
        down, across = np.nonzero(count == 0)
        if not down.size:
            return None
        # From the corners inwards; of two as near, the upper and the right one.
        from_side = np.minimum(across, count.shape[1] - 1 - across)
        from_edge = np.minimum(down, count.shape[0] - 1 - down)
        best = np.lexsort((-across, down, from_side + from_edge))[0]
        left = self.box.x0 + across[best] * self.cell + gap
        top = self.box.y0 + down[best] * self.cell + gap
        return float(left), float(top)
