"""Reduced curves draw the same picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.path import Path
from matplotlib.transforms import IdentityTransform

from figmill.draw import curves
from figmill.draw.ops import Box


def ink(points: np.ndarray, width: float) -> np.ndarray:
    """Coverage by Agg, without its own simplification."""
    agg = RendererAgg(640, 400, 72)
    context = agg.new_gc()
    context.set_linewidth(width)
    context.set_snap(False)
    context.set_joinstyle("round")
    context.set_capstyle("round")
    path = Path(points)
    path.should_simplify = False
    agg.draw_path(context, path, IdentityTransform())
    return np.asarray(agg.buffer_rgba())[::-1, :, 3] / 255


def noisy(n: int, amplitude: float = 6.0, seed: int = 0) -> np.ndarray:
    x = np.linspace(20, 620, n)
    y = 200 + 80 * np.sin(x / 90) + np.random.default_rng(seed).normal(0, amplitude, n)
    return np.column_stack((x, y))


def test_each_column_keeps_first_lowest_highest_last() -> None:
    x = np.repeat([3.0, 4.0], 10) + np.tile(np.arange(10) / 20, 2)
    y = np.array([5, 6, 1, 7, 9, 3, 2, 8, 4, 5, 0, 0, 5, 5, 9, 9, 1, 2, 3, 4], float)
    kept = curves.reduce(np.column_stack((x, y)))
    assert kept[:, 1].tolist() == [5, 1, 9, 5, 0, 9, 4]


@given(st.integers(20, 400), st.floats(0, 30), st.integers(0, 9))
def test_reduced_curves_span_the_same_columns_and_heights(n, amplitude, seed) -> None:
    rng = np.random.default_rng(seed)
    points = np.column_stack((np.sort(rng.uniform(0, 20, n)), rng.normal(0, 1 + amplitude, n)))
    kept = curves.reduce(points)
    assert len(kept) <= len(points)
    for column in np.unique(np.floor(points[:, 0])):
        mine = kept[np.floor(kept[:, 0]) == column, 1]
        all_of_it = points[np.floor(points[:, 0]) == column, 1]
        assert mine.min() == all_of_it.min()
        assert mine.max() == all_of_it.max()
        assert mine[0] == all_of_it[0]
        assert mine[-1] == all_of_it[-1]


def test_a_reduced_curve_draws_the_same_picture() -> None:
    points = noisy(60_000)
    kept = curves.reduce(points)
    assert len(kept) < 4 * 602
    before, after = ink(points, 1.5), ink(kept, 1.5)
    assert np.abs(before - after).sum() / before.sum() < 0.02


def test_a_sweep_back_and_forth_keeps_both_ways() -> None:
    there = np.column_stack((np.linspace(0, 100, 5000), np.full(5000, 10.0)))
    back = np.column_stack((np.linspace(100, 0, 5000), np.full(5000, 30.0)))
    kept = curves.reduce(np.concatenate((there, back)))
    assert len(kept) < 900
    assert {10.0, 30.0} == set(kept[:, 1])
    assert kept[0].tolist() == [0, 10]
    assert kept[-1].tolist() == [0, 30]


def test_breaks_stay() -> None:
    points = noisy(5000)
    points[2000:2100] = np.nan
    kept = curves.reduce(points)
    assert np.isnan(kept).any()
    good = np.isfinite(kept[:, 0])
    assert kept[good][:, 0].min() == 20


def test_what_cannot_be_seen_is_left_out() -> None:
    x = np.linspace(-5000, 5000, 20_001)
    points = np.column_stack((x, np.full(x.size, 50.0)))
    seen = curves.visible(points, Box(0, 0, 100, 100))
    assert len(seen) < 600
    assert seen[:, 0].min() < 0
    assert seen[:, 0].max() > 100
    # A segment that crosses the box stays although both its ends are outside.
    crossing = np.array([[-500.0, 50.0], [900.0, 50.0]])
    np.testing.assert_array_equal(curves.visible(crossing, Box(0, 0, 100, 100)), crossing)


def test_infinities_break_the_line_and_far_points_come_near() -> None:
    tamed = curves.tame(np.array([[0.0, np.inf], [1e30, 5.0], [2.0, 3.0]]))
    assert np.isnan(tamed[0]).all()
    assert tamed[1, 0] == curves.FAR


class TestLongCurves:
    """A long curve is not brought to pixels as a whole; the points kept are the same."""

    N = 4000

    @pytest.fixture(autouse=True)
    def short_counts_as_long(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in {"_LONG": 100, "_SHORT": 8, "_STRIDE": 16, "CELLS": 333}.items():
            monkeypatch.setattr(curves, name, value)

    def made(self, kind: str) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng(7)
        x = np.sort(rng.uniform(-1, 1, self.N))
        y = np.cumsum(rng.standard_normal(self.N)).round(1)  # equal values are found
        match kind:
            case "falling":
                x = x[::-1].copy()
            case "turning":
                x[2000:] = x[1999::-1]
            case "with gaps":
                y[::97] = np.nan
                y[500:900] = np.nan
            case "gaps in x":
                x[1000:1400] = np.nan
            case "infinite":
                y[[10, 2000]] = np.inf, -np.inf
            case "infinite x":
                x[-5:] = np.inf
            case "in steps":
                x = np.floor(20 * x) / 20
            case "with a hole":
                x[:2000] -= 50
            case "far out":
                x[3000:] += 1e9
        return x, y

    @pytest.mark.parametrize("width", [40.0, -40.0, 300.0])
    @pytest.mark.parametrize(
        "kind",
        [
            *("rising", "falling", "turning", "with gaps", "gaps in x", "infinite"),
            *("infinite x", "in steps", "with a hole", "far out"),
        ],
    )
    def test_points_are_those_of_the_whole(self, kind: str, width: float) -> None:
        x, y = self.made(kind)

        def column(values: np.ndarray) -> np.ndarray:
            return np.clip(300 + width * values, -curves.FAR, curves.FAR)

        def place(one: np.ndarray, other: np.ndarray) -> np.ndarray:
            return curves.tame(np.column_stack((300 + width * one, 200 - other)))

        wanted = curves.reduce(place(x, y))
        for known in (column, None):
            found = curves.reduced(x, y, place, known)
            assert np.array_equal(found, wanted, equal_nan=True)
        assert len(wanted) < self.N or abs(width) > 100

    def test_a_sorted_curve_is_not_brought_to_pixels(self) -> None:
        x, y = self.made("rising")
        seen = []

        def place(one: np.ndarray, other: np.ndarray) -> np.ndarray:
            seen.append(len(one))
            return np.column_stack((40 * one, other))

        curves.reduced(x, y, place, lambda values: 40 * values)
        assert sum(seen) < 4 * 82  # 81 columns, some of which need fewer than four points
