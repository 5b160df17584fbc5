"""The rule from bins to pixels, against arrays worked out by hand and a slow second way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import colormaps
from matplotlib.colors import LogNorm, Normalize

from figmill.draw import pixels
from figmill.errors import PlottingError
from figmill.figure.color import ColorScale
from figmill.figure.style import PAPER

NAN = float("nan")


def shown(low, high, n):
    """For every pixel the set of bins it shows."""
    found = pixels.sources(np.array(low, float), np.array(high, float), n)
    return [
        () if s < 0 else tuple(sorted(found.order[found.start[s] : found.stop[s]].tolist()))
        for s in found.shown
    ]


def test_wide_bins_are_drawn_at_their_edges() -> None:
    assert shown([0, 2.4], [2.4, 5], 5) == [(0,), (0,), (1,), (1,), (1,)]
    assert shown([0, 2.6], [2.6, 5], 5) == [(0,), (0,), (0,), (1,), (1,)]


def test_narrow_bins_are_averaged_and_none_is_lost() -> None:
    assert shown([0, 0.25, 0.5, 0.75, 1.0], [0.25, 0.5, 0.75, 1.0, 2.0], 2) == [(0, 1, 2, 3), (4,)]
    # A sliver within a long gap still has its pixel.
    assert shown([0, 5.1], [1, 5.11], 8) == [(0,), (), (), (), (), (1,), (), ()]


def test_gaps_stay_blank() -> None:
    assert shown([0, 4], [1.2, 6], 6) == [(0,), (), (), (), (1,), (1,)]


def test_bins_that_share_their_edges_are_averaged_wherever_they_are_seen() -> None:
    assert shown([0, 0, 3], [3, 3, 4], 4) == [(0, 1), (0, 1), (0, 1), (2,)]


def test_a_long_bin_is_seen_behind_short_ones() -> None:
    assert shown([0, 1, 2], [6, 2, 3], 6) == [(0,), (1,), (2,), (0,), (0,), (0,)]


def test_unused_and_outside_bins_are_not_drawn() -> None:
    assert shown([NAN, -5, 2, 90], [NAN, -1, 3, 99], 4) == [(), (), (2,), ()]
    assert shown([], [], 2) == [(), ()]
    assert shown([-3], [9], 2) == [(0,), (0,)]


def test_descending_bins_keep_their_numbers() -> None:
    assert shown([2, 1, 0], [3, 2, 1], 3) == [(2,), (1,), (0,)]


def slowly(low, high, n):
    """The rule, literally."""
    result = []
    for p in range(n):
        inside = [
            i
            for i, (a, b) in enumerate(zip(low, high, strict=True))
            if p <= (a + b) / 2 < p + 1 and b > 0 and a < n
        ]
        if inside:
            result.append(tuple(inside))
            continue
        cover = [i for i, (a, b) in enumerate(zip(low, high, strict=True)) if a <= p + 0.5 < b]
        result.append(tuple(cover[-1:]))
    return result


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.floats(0.01, 6), min_size=1, max_size=30),
    st.lists(st.sampled_from([0.0, 0.0, 0.0, 2.5]), min_size=30, max_size=30),
    st.integers(1, 40),
    st.floats(-5, 5),
)
def test_the_rule_holds_for_any_bins_in_a_row(widths, gaps, n, start) -> None:
    low, high, at = [], [], start
    for width, gap in zip(widths, gaps, strict=False):
        low.append(at)
        at += width
        high.append(at)
        at += gap
    assert shown(low, high, n) == slowly(low, high, n)


def test_means_ignore_what_is_missing() -> None:
    values = np.array([[1.0, NAN], [3.0, NAN], [5.0, 7.0], [np.inf, 1.0]])
    which = pixels.sources(np.array([0, 0.5, 1, 2.0]), np.array([0.5, 1, 2, 3.0]), 3)
    np.testing.assert_array_equal(
        pixels.means(values, which), [[2.0, NAN], [5.0, 7.0], [np.inf, 1.0]]
    )
    which = pixels.sources(np.array([0, 0.5, 1, 1.5]), np.array([0.5, 1, 1.5, 2]), 2)
    np.testing.assert_array_equal(pixels.means(values, which), [[2.0, NAN], [5.0, 4.0]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_color_numbers_are_matplotlibs(dtype) -> None:
    rng = np.random.default_rng(1)
    values = (10 ** rng.uniform(1, 5, 5000)).astype(dtype)
    for norm, log in ((LogNorm(10, 1e5), True), (Normalize(10, 1e5), False)):
        ours = pixels.lookup(ColorScale(colormap="viridis"), PAPER)[
            pixels.color_numbers(values, (10, 1e5), log)
        ]
        theirs = colormaps["viridis"](norm(values.astype(np.float64)), bytes=True)[:, :3]
        same = (np.abs(ours.astype(int) - theirs) <= 1).all(axis=1)
        # single precision may round a value on the boundary to the neighbouring level
        assert same.mean() > (0.999 if dtype == np.float32 else 0.9999)


def test_out_of_range_and_missing_have_numbers_of_their_own() -> None:
    numbers = pixels.color_numbers(
        np.array([-1.0, 0.0, 0.5, 1.0, 10.0, 11.0, NAN, np.inf, -np.inf]), (1, 10), log=True
    )
    b, a, m = pixels.BELOW, pixels.ABOVE, pixels.MISSING
    assert numbers.tolist() == [b, b, b, 0, 255, a, m, m, m]
    colors = pixels.lookup(ColorScale("log"), PAPER)
    assert len({tuple(colors[i]) for i in (0, 255, b, a, m, pixels.BLANK)}) == 6


def test_tables_that_differ_by_record_meet_on_pixels() -> None:
    # Two records in one pixel column: bins 0-2 | 2-4 and 0-1 | 1-4.
    values = np.array([[10.0, 20.0], [30.0, 40.0]])
    columns = pixels.sources(np.array([0.0, 0.5]), np.array([0.5, 1.0]), 1)
    rows = tuple(
        pixels.sources(np.array(low, float), np.array(high, float), 4)
        for low, high in (([0, 2], [2, 4]), ([0, 1], [1, 4]))
    )
    picture = pixels.picture(values, columns, rows, np.array([0, 1]), (0, 256), log=False)
    # Means by pixel row: (10+30)/2, (10+40)/2, (20+40)/2, (20+40)/2.
    assert picture.strips[picture.rows, 0].tolist() == [20, 25, 30, 30]


def test_a_column_of_one_table_keeps_its_exact_values() -> None:
    values = np.array([[1.0, 2.0], [3.0, 4.0]])
    columns = pixels.sources(np.array([0.0, 2.0]), np.array([2.0, 5.0]), 6)
    rows = tuple(
        pixels.sources(np.array(low, float), np.array(high, float), 3)
        for low, high in (([0, 1], [1, 3]), ([0, 2], [2, 3]))
    )
    picture = pixels.picture(values, columns, rows, np.array([0, 1]), (0, 256), log=False)
    blank = pixels.BLANK
    assert picture.strips[picture.rows].tolist() == [
        [1, 1, 3, 3, 3, blank],
        [2, 2, 3, 3, 3, blank],
        [2, 2, 4, 4, 4, blank],
    ]


def test_unknown_names_say_what_to_do() -> None:
    with pytest.raises(PlottingError, match="no colour map 'nope'.*viridis"):
        pixels.lookup(ColorScale(colormap="nope"), PAPER)
    with pytest.raises(PlottingError, match="not a colour"):
        pixels.rgb("reddish")
    with pytest.raises(PlottingError, match="not increasing"):
        pixels.color_numbers(np.array([1.0]), (2.0, 2.0), log=False)
