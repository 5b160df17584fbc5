"""The rule from bins to pixels, against arrays worked out by hand and a slow second way."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from figmill.figure import resample

NAN = float("nan")


def shown(low, high, n):
    """For every pixel the set of bins it shows."""
    found = resample.sources(np.array(low, float), np.array(high, float), n)
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
    which = resample.sources(np.array([0, 0.5, 1, 2.0]), np.array([0.5, 1, 2, 3.0]), 3)
    np.testing.assert_array_equal(
        resample.means(values, which), [[2.0, NAN], [5.0, 7.0], [np.inf, 1.0]]
    )
    which = resample.sources(np.array([0, 0.5, 1, 1.5]), np.array([0.5, 1, 1.5, 2]), 2)
    np.testing.assert_array_equal(resample.means(values, which), [[2.0, NAN], [5.0, 4.0]])


def test_of_several_bins_over_a_centre_the_last_to_begin_is_shown() -> None:
    # Neither bin has its centre in the pixels from 3 to 5, and both cover them.
    assert shown([0, 2], [10, 20], 9)[3:5] == [(1,), (1,)]
    # Where the last to begin has ended, the one that reaches furthest.
    assert shown([0, 2, 4], [30, 20, 6], 9)[6:9] == [(0,), (0,), (0,)]
    # Of those that begin together, the longest.
    assert shown([0, 0], [14, 30], 5) == [(1,)] * 5


def hostile(kind: str, dtype: type) -> np.ndarray:
    rng = np.random.default_rng(6)
    values = rng.lognormal(0, 3, (2000, 7))
    if kind == "huge beside tiny":
        values[::3] *= 1e9
    elif kind == "cancelling":
        values[::2] = 1e7
        values[1::2] = -1e7 + rng.integers(1, 9, (1000, 7))
    elif kind == "near the largest":
        values = np.full((2000, 7), 2e38 if dtype is np.float32 else 1e300)
        values[::5] *= 0.5
    elif kind == "subnormal":
        values = rng.integers(1, 9, (2000, 7)).astype(float)
        values *= float(np.finfo(dtype).smallest_subnormal)
    elif kind == "gaps":
        values[rng.random(values.shape) < 0.3] = NAN
        values[400:800, 3] = NAN
    elif kind == "infinite":
        values[::7, 2], values[1::7, 2] = np.inf, -np.inf
        values[9, 4] = np.inf
    with np.errstate(over="ignore"):
        return values.astype(dtype)


@pytest.mark.parametrize("order", ["in order", "mixed", "a part"])
@pytest.mark.parametrize("each", [2, 5, 15, 17, 64, 400])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "kind",
    [
        *("plain", "huge beside tiny", "cancelling", "near the largest", "subnormal", "gaps"),
        "infinite",
    ],
)
def test_means_are_those_of_exact_sums(kind: str, dtype: type, each: int, order: str) -> None:
    values = hostile(kind, dtype)
    edges = np.arange(len(values) + 1) / each
    low, high = edges[:-1], edges[1:]
    pixels = len(values) // each
    if order == "mixed":
        mixed = np.random.default_rng(2).permutation(len(values))
        values, low, high = values[mixed], low[mixed], high[mixed]
    elif order == "a part":
        low, high, pixels = low - 1.5, high - 1.5, pixels - 3
    which = resample.sources(low, high, pixels)
    found = resample.means(values, which)
    assert found.dtype == dtype
    for source in np.linspace(0, which.start.size - 1, 5).astype(int).tolist():
        rows = values[which.order[which.start[source] : which.stop[source]]].astype(float)
        for column in range(rows.shape[1]):
            known = rows[np.isfinite(rows[:, column]), column]
            if which.stop[source] - which.start[source] == 1 and not known.size:
                continue  # one bin is shown as it is
            mean = math.fsum(known) / known.size if known.size else NAN
            # Rounding of the result, and of a sum in float64 whose parts cancel.
            least = 2 * float(np.finfo(dtype).smallest_subnormal) + 1e-15 * np.abs(known).max(
                initial=0
            )
            np.testing.assert_allclose(found[source, column], mean, rtol=1e-6, atol=least)


def test_bins_in_order_have_the_sources_of_any_bins(monkeypatch) -> None:
    rng = np.random.default_rng(11)
    for pixels in (1, 7, 40):
        for count in (1, 2, 30, 300):
            edges = np.sort(rng.uniform(-3, pixels + 3, 2 * count)).round(int(rng.integers(0, 4)))
            for low, high in (
                (edges[::2], edges[1::2]),  # with gaps
                (edges[:count], edges[count:]),  # overlapping
                (np.arange(count) / 4.0, np.arange(count) / 4.0 + 0.25),
            ):
                quick = resample.sources(low, high, pixels)
                with monkeypatch.context() as patch:
                    patch.setattr(resample, "_rise", lambda low, high: False)
                    general = resample.sources(low, high, pixels)
                assert all(np.array_equal(*pair) for pair in zip(quick, general, strict=True))
