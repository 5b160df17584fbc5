"""Drawing instructions on pixels, against pictures worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from figmill.draw import png, raster
from figmill.draw.ops import Box, Polyline, Sheet

WHITE, RED = (255, 255, 255), (200, 0, 0)


def painted(*ops: Polyline, width: int = 60, height: int = 40) -> np.ndarray:
    """The picture, shape (height, width, 3)."""
    return png.pixels_of(raster.draw(Sheet(width, height, 100, WHITE, ops))).copy()


@pytest.mark.parametrize("upright", [True, False])
def test_dashes_are_as_long_as_asked_and_end_at_the_clip(upright: bool) -> None:
    ends = np.array([[10.0, 0.0], [10.0, 40.0]])
    line = Polyline(ends if upright else ends[:, ::-1], RED, 2.0, Box(0, 3, 60, 38), (4.0, 2.0))
    if not upright:
        line = Polyline(ends[:, ::-1], RED, 2.0, Box(3, 0, 38, 40), (4.0, 2.0))
    picture = painted(line)
    red = (picture == RED).all(axis=2)
    on = np.flatnonzero(red[:, 10] if upright else red[10])
    assert on.tolist() == [k for k in range(3, 38) if k % 6 < 4]
    assert (red.sum() == 2 * len(on)) and (picture[~red] == 255).all()


def test_dashes_that_begin_far_outside_keep_their_rhythm() -> None:
    line = Polyline(np.array([[10.0, -6e6], [10.0, 6e6]]), RED, 1.0, Box(0, 0, 60, 40), (4.0, 2.0))
    red = (painted(line) == RED).all(axis=2)
    assert np.flatnonzero(red[:, 9:11].any(axis=1)).tolist() == [k for k in range(40) if k % 6 < 4]


def test_pale_dashes_are_mixed_once() -> None:
    line = Polyline(
        np.array([[10.0, 0.0], [10.0, 40.0]]), (0, 0, 0), 2.0, Box(0, 0, 60, 40), (4.0, 2.0), 0.5
    )
    picture = painted(line)
    assert set(np.unique(picture)) == {127, 255}
    assert (picture[:, 10, 0] == 127).sum() == 28


def test_dashed_lines_on_half_pixels_all_fall_to_one_side() -> None:
    first = []
    for y in (10.5, 11.5, 12.5, 13.5):
        line = Polyline(np.array([[0.0, y], [60.0, y]]), RED, 2.0, Box(0, 0, 60, 40), (4.0, 2.0))
        first.append(int(np.flatnonzero((painted(line) == RED).all(axis=2).any(axis=1))[0]) - y)
    assert len(set(first)) == 1


def test_dashes_outside_leave_nothing() -> None:
    clip = Box(20, 0, 40, 40)
    for x in (2.0, 55.0):
        line = Polyline(np.array([[x, 0.0], [x, 40.0]]), RED, 3.0, clip, (4.0, 2.0))
        assert (painted(line) == 255).all()


@pytest.mark.parametrize(("alpha", "inside"), [(1.0, 0), (0.5, 127)])
def test_a_thick_level_line_is_solid_within_and_soft_at_its_ends(alpha, inside) -> None:
    line = Polyline(
        np.array([[10.0, 20.5], [50.0, 20.5]]), (0, 0, 0), 5.0, Box(0, 0, 60, 40), alpha=alpha
    )
    picture = painted(line)
    np.testing.assert_allclose(picture[18:23, 12:48], inside, atol=1)
    assert (picture[:18] == 255).all() and (picture[23:] == 255).all()
    assert (picture[20, 7:9, 0] < 255).all() and (picture[20, :7] == 255).all()
