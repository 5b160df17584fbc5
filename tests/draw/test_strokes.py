"""Strokes on pixels against those of Agg."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from figmill.draw import strokes
from figmill.draw.ops import Box

from .test_curves import ink, noisy

SHEET = Box(0, 0, 640, 400)


def drawn(points: np.ndarray, width: float, clip: Box = SHEET) -> np.ndarray:
    """The share of each pixel; each is named once, at an edge or inside."""
    picture, named = np.zeros((400, 640)), np.zeros((400, 640), int)
    covered = strokes.coverage(points, width, clip)
    np.add.at(named, (covered.rows, covered.columns), 1)
    picture[covered.rows, covered.columns] = covered.share
    assert ((covered.share >= 0) & (covered.share <= 1.001)).all()
    for column, (top, tall) in enumerate(zip(covered.top, covered.tall, strict=True), covered.left):
        if tall:
            assert 0 <= column < 640 and 0 <= top <= top + tall <= 400
            named[top : top + tall, column] += 1
            picture[top : top + tall, column] = 1
    assert named.max(initial=0) <= 1
    return picture


def peak(n: int = 900) -> np.ndarray:
    x = np.linspace(20, 620, n)
    return np.column_stack((x, 200 + 150 * np.exp(-(((x - 300) / 6) ** 2))))


CURVES = {
    "slanted": np.array([[20.0, 50.0], [600.0, 350.0]]),
    "steep": np.array([[300.3, 20.0], [309.9, 380.0]]),
    "steps": np.array([[20.2, 50.3], [300.1, 50.3], [300.1, 350.6], [620.7, 350.6]]),
    "zigzag": np.column_stack((np.linspace(20, 620, 60), np.tile([100.0, 300.0], 30))),
    "few points": noisy(60, 2.0),
    "a narrow peak": peak(),
    "dense noise": noisy(12_000, 2.0),
}


@pytest.mark.parametrize("width", [1.5, 3.0, 6.3])
@pytest.mark.parametrize("name", CURVES)
def test_they_are_aggs(name: str, width: float) -> None:
    points = CURVES[name]
    theirs, ours = ink(points, width), drawn(points, width)
    assert abs(ours.sum() / theirs.sum() - 1) < (0.06 if name == "dense noise" else 0.02)
    assert np.abs(ours - theirs).sum() / theirs.sum() < (0.07 if name == "dense noise" else 0.04)
    # Nothing solid is missing, and nothing stands where there was nothing near.
    near = np.maximum.reduce([np.roll(theirs, s, axis) for axis in (0, 1) for s in (-1, 0, 1)])
    assert ours[near == 0].max(initial=0) < 0.05
    near = np.maximum.reduce([np.roll(ours, s, axis) for axis in (0, 1) for s in (-1, 0, 1)])
    assert theirs[near == 0].max(initial=0) < 0.05


def test_back_to_front_is_the_same() -> None:
    np.testing.assert_array_equal(drawn(peak(), 3.0), drawn(peak()[::-1], 3.0))


def test_a_point_is_a_dot_and_a_vertical_line_is_one() -> None:
    dot = drawn(np.array([[100.5, 200.5]]), 5.0)
    assert dot.sum() == pytest.approx(np.pi * 2.5**2, rel=0.1)
    upright = drawn(np.array([[100.5, 50.0], [100.5, 150.0]]), 4.0)
    assert upright.sum() == pytest.approx(4 * 100 + np.pi * 4, rel=0.05)
    assert upright[100, 98:103] == pytest.approx([0.5, 1, 1, 1, 0.5], abs=0.13)


def test_only_what_is_inside_is_touched() -> None:
    clip = Box(200, 100, 400, 300)
    whole, cut = drawn(noisy(2000, 60.0), 3.0), drawn(noisy(2000, 60.0), 3.0, clip)
    np.testing.assert_allclose(cut[100:300, 200:400], whole[100:300, 200:400], atol=1e-6)
    cut[100:300, 200:400] = 0
    assert not cut.any()
    assert not drawn(noisy(50), 3.0, Box(0, 0, 10, 400)).any()


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.floats(-50, 700), st.floats(-1e6, 1e6)), min_size=1, max_size=40),
    st.floats(0.5, 12),
)
def test_any_curve_can_be_drawn(points, width) -> None:
    curve = np.array(sorted(points))
    drawn(curve, width)


def test_a_short_line_is_the_same_wherever_it_lies() -> None:
    line = np.array([[40.25, 60.5], [106.5, 60.5]])
    # Near the sheet's end it is not taken from what is kept.
    there = np.roll(drawn(line - (37, 0), 5.0), (100, 87), (0, 1))
    np.testing.assert_allclose(there, drawn(line - (-50, -100), 5.0), atol=1e-5)


def test_only_level_lines_are_kept() -> None:
    strokes._short.cache_clear()
    for dy in np.linspace(-300, 300, 40):
        strokes.coverage(np.array([[20.0, 350.0], [60.0, 350.0 + dy]]), 3.0, Box(0, -99, 640, 999))
    assert strokes._short.cache_info().currsize == 0
    line = np.array([[20.0, 350.0], [60.0, 350.0]])
    lower = line - np.array([0.0, 100.0])
    first, second = (strokes.coverage(points, 3.0, SHEET) for points in (line, lower))
    assert strokes._short.cache_info().hits == 1
    np.testing.assert_array_equal(first.rows, second.rows + 100)
    np.testing.assert_array_equal(first.top, second.top + 100)


def test_legs_share_the_points_where_x_turns() -> None:
    sweep = np.column_stack(([0.0, 1, 2, 2, 1, 0, -1, -1, 0], np.arange(9.0)))
    assert [leg[:, 0].tolist() for leg in strokes.legs(sweep)] == [
        [0, 1, 2, 2],
        [2, 1, 0, -1, -1],
        [-1, 0],
    ]
    assert len(strokes.legs(peak())) == 1
    assert [len(leg) for leg in strokes.legs(np.array([[5.0, 1.0]]))] == [1]
    assert [len(leg) for leg in strokes.legs(np.array([[5.0, 1.0], [5.0, 9.0]]))] == [2]


def test_breaks_part_a_curve() -> None:
    broken = peak()
    broken[100:110] = np.nan
    assert [len(part) for part in strokes.legs(broken)] == [100, 790]
    assert strokes.legs(np.full((5, 2), np.nan)) == []


def test_what_breaks_or_turns_too_often_has_no_legs() -> None:
    broken = peak()
    broken[::3] = np.nan
    assert strokes.legs(broken) is None
    x = np.tile([0.0, 1.0], 500)
    assert strokes.legs(np.column_stack((x, np.arange(1000.0)))) is None


def test_a_sweep_is_aggs_too() -> None:
    x = 320 + 280 * np.sin(np.linspace(0, 4 * np.pi, 2000))
    sweep = np.column_stack((x, 200 + np.linspace(-150, 150, 2000)))
    ours = np.zeros((400, 640))
    for leg in strokes.legs(sweep):
        ours = np.maximum(ours, drawn(leg, 3.0))
    theirs = ink(sweep, 3.0)
    assert len(strokes.legs(sweep)) == 5
    assert np.abs(ours - theirs).sum() / theirs.sum() < 0.03
