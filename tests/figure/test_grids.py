"""Values on grids: what is taken, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from figmill.errors import PlottingError
from figmill.figure import ColorScale, Contours, Mesh, heat_map

VALUES = np.arange(6.0).reshape(3, 2)


def test_heat_maps_take_edges_and_centres_in_either_order() -> None:
    made = heat_map([0, 1, 3, 7], [20, 10], VALUES)
    np.testing.assert_array_equal(made.x.lo, [0, 1, 3])
    np.testing.assert_array_equal(made.x.hi, [1, 3, 7])
    np.testing.assert_array_equal(made.y.lo[0], [15, 5])  # centres, falling
    falling = heat_map([7, 3, 1, 0], [1, 2, 3], VALUES)
    np.testing.assert_array_equal(falling.x.lo, [3, 1, 0])
    masked = heat_map([0, 1, 3, 7], [1, 2, 3], np.ma.masked_equal(VALUES, 4.0))
    assert np.isnan(masked.values[2, 0])


@pytest.mark.parametrize(
    "make",
    [
        lambda: heat_map([0, 1], [1, 2], VALUES),
        lambda: heat_map([0, 1, 0, 2], [1, 2], VALUES),
        lambda: heat_map([0, 1, 2], [1, 2], VALUES[0]),
        lambda: Mesh([0, 1, 2], [1, 2, 3], VALUES),
        lambda: Mesh([0, 1, 2, 3], [1, 2, 3], VALUES, "red"),
        lambda: Contours([0, 1], [1, 2], VALUES),
        lambda: Contours([0, 1, 2], [1], VALUES[:, :1]),
        lambda: Contours([0, 1, 2], [1, 2], VALUES, [2, 1]),
        lambda: Contours([0, 1, 2], [1, 2], VALUES, 0),
    ],
)
def test_what_is_no_grid_is_refused(make) -> None:
    with pytest.raises(PlottingError) as told:
        make()
    assert told.value.hint


def test_levels_are_round_unless_given() -> None:
    x, y = np.arange(3.0), np.arange(2.0)
    np.testing.assert_array_equal(Contours(x, y, VALUES).at(), [0, 1, 2, 3, 4, 5])
    np.testing.assert_array_equal(Contours(x, y, VALUES, 3).at(), [0, 2, 4])
    np.testing.assert_array_equal(Contours(x, y, VALUES, [0.5, 3.3]).at(), [0.5, 3.3])
    powers = Contours(x, y, 10.0**VALUES, color=ColorScale("log"))
    np.testing.assert_array_equal(powers.at(), 10.0 ** np.arange(6))
    assert Contours(x, y, 0 * VALUES).at().size == 0
    assert Contours(x, y, np.nan * VALUES).at().size == 0
