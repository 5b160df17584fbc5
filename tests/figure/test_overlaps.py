"""Ranges that overlap, cut so that no value belongs to two and none is lost."""

import numpy as np
import pytest

from figmill.figure.overlaps import cut_overlaps, were_cut


def cut(*ranges: tuple[float, float], scale: str = "linear", mirror: bool = False) -> list:
    lo, hi = np.array(ranges, dtype=float).T
    low, high = cut_overlaps(lo, hi, scale, mirror=mirror)  # type: ignore[arg-type]
    return list(zip(low.tolist(), high.tolist(), strict=True))


def test_running_means_belong_to_their_own_minute() -> None:
    # Ten-minute means each minute: record i from i - 0.5 to i + 0.5, the first and last too.
    ranges = [(i - 5.0, i + 5.0) for i in range(20)]
    assert cut(*ranges, mirror=True) == [(i - 0.5, i + 0.5) for i in range(20)]
    assert cut(*ranges)[0] == (-5.0, 0.5)


def test_the_edge_beside_a_gap_is_as_near_as_the_other() -> None:
    ranges = [(c - 2.0, c + 2.0) for c in (0.0, 1.0, 2.0, 100.0, 101.0)]
    assert cut(*ranges, mirror=True)[2:4] == [(1.5, 2.5), (99.5, 100.5)]


def test_what_lies_within_another_is_kept() -> None:
    # Centres 50 and 11; the cut is midway between them, which is beyond the short range's end.
    assert cut((0.0, 100.0), (10.0, 12.0)) == [(30.5, 100.0), (10.0, 12.0)]
    for _ in range(200):
        rng = np.random.default_rng(_)
        centre, half = rng.uniform(0, 10, 8), rng.uniform(0.1, 8, 8)
        lo, hi = cut_overlaps(centre - half, centre + half, "linear")
        assert (lo < hi).all()
        assert ((lo <= centre) & (centre <= hi)).all()
        order = np.argsort(centre)
        assert (hi[order][:-1] <= lo[order][1:] + 1e-12).all()


def test_ranges_around_one_centre_are_one() -> None:
    assert cut((0.0, 10.0), (4.0, 6.0), (4.0, 6.0)) == [(0.0, 10.0)] * 3


def test_a_range_from_zero_is_cut_on_a_logarithmic_scale_too() -> None:
    (_, top), (bottom, _) = cut((0.0, 20.0), (5.0, 80.0), scale="log")
    assert top == bottom == pytest.approx(10.0)


def test_touching_ranges_keep_their_last_digit() -> None:
    edges = np.geomspace(0.1, 1e5, 30)
    lo, hi = cut_overlaps(edges[:-1], edges[1:], "log")
    assert np.array_equal(lo, edges[:-1])
    assert np.array_equal(hi, edges[1:])
    assert were_cut(edges[:-1], edges[1:], lo, hi) == 0


def test_rounding_is_no_overlap_worth_telling() -> None:
    centre = 1.6e9 + 0.1 * np.arange(1000)
    lo, hi = centre - 0.05, centre + 0.05
    assert were_cut(lo, hi, *cut_overlaps(lo, hi, "linear", mirror=True)) == 0


def test_rows_do_not_see_each_other() -> None:
    lo, hi = np.array([[0.0, 5.0], [2.0, 9.0]]), np.array([[4.0, 6.0], [8.0, np.nan]])
    low, high = cut_overlaps(lo, hi, "linear")
    assert low.tolist()[0] == [0.0, 5.0]
    assert high.tolist()[0] == [4.0, 6.0]
    assert low[1, 0] == 2.0
    assert np.isnan(low[1, 1])
    assert np.isnan(high[1, 1])
