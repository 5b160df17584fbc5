import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from figmill.errors import ConfigError
from figmill.fast.sectors import (
    ALL,
    DOWN,
    PERPENDICULAR,
    SECTORS,
    UP,
    Sector,
    collapse_sectors,
    in_southern_hemisphere,
    pitch_spectrum,
    wrapped,
)


def test_sectors_are_half_open_and_never_overlap():
    edges = np.array([0, 29.99, 30, 40, 139.99, 140, 150, 209.99, 210, 329.99, 330, 359.99])
    held = {one.name: edges[one.holds(edges)].tolist() for one in SECTORS}
    assert held["downgoing"] == [0, 29.99, 330, 359.99]
    assert held["upgoing"] == [150, 209.99]
    assert held["perpendicular"] == [40, 139.99, 210, 329.99]
    assert held["all"] == edges.tolist()


@pytest.mark.parametrize("ranges", [(), ((30, 10),), ((-5, 10),), ((0, 400),)])
def test_a_sector_refuses_ranges_that_are_none(ranges):
    with pytest.raises(ConfigError, match="odd"):
        Sector("odd", ranges)


def test_the_southern_hemisphere_swaps_down_and_up_and_says_so():
    everything, down, up, across = in_southern_hemisphere(SECTORS)
    assert (everything, across) == (ALL, PERPENDICULAR)
    assert (down.ranges, up.ranges) == (UP.ranges, DOWN.ranges)
    assert (down.name, up.name) == ("downgoing", "upgoing")
    assert "southern" in down.label
    assert "southern" in up.label


@given(st.floats(-1e4, 1e4, width=32))
def test_wrapped_angles_are_equal_and_in_range(angle):
    (found,) = wrapped(np.array([angle], np.float32))
    assert 0 <= found < 360
    away = (found - angle + 180) % 360 - 180
    assert abs(away) < 2e-3


def random_cube(seed, missing=0.2):
    rng = np.random.default_rng(seed)
    values = rng.gamma(1.0, 100.0, (7, 32, 11)).astype(np.float32)
    values[rng.random(values.shape) < missing] = np.nan
    pitch = (rng.random((7, 32, 11)) * 360).astype(np.float32)
    weights = rng.random((7, 32, 11)).astype(np.float32)
    return values, pitch, weights


def naive(values, pitch, sector, how, weights=None):
    """Cell by cell, in double precision."""
    found = np.full((values.shape[0], values.shape[2]), np.nan)
    for r in range(values.shape[0]):
        for e in range(values.shape[2]):
            inside = np.isfinite(values[r, :, e])
            inside &= np.any(
                [(pitch[r, :, e] >= a) & (pitch[r, :, e] < b) for a, b in sector.ranges], 0
            )
            chosen = values[r, inside, e].astype(np.float64)
            if chosen.size:
                w = None if weights is None else weights[r, inside, e].astype(np.float64)
                found[r, e] = how(chosen, w)
    return found


@pytest.mark.parametrize(
    ("rule", "how"),
    [
        ("sum", lambda v, w: v.sum()),
        ("mean", lambda v, w: v.mean()),
        ("weighted", lambda v, w: np.average(v, weights=w)),
        ("median", lambda v, w: np.median(v)),
        ("percentile", lambda v, w: np.percentile(v, 90)),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_rules_equal_a_cell_by_cell_computation(rule, how, seed):
    values, pitch, weights = random_cube(seed)
    found = collapse_sectors(values, pitch, SECTORS, rule=rule, weights=weights, percentile=90.0)
    for sector, row in zip(SECTORS, found, strict=True):
        expected = naive(values, pitch, sector, how, weights)
        np.testing.assert_allclose(row, expected, rtol=2e-5, err_msg=sector.name)


def test_a_sector_of_nothing_but_missing_values_is_missing_not_zero():
    values, pitch, _ = random_cube(1)
    values[2] = np.nan
    found = collapse_sectors(values, pitch, SECTORS, rule="sum")
    assert np.isnan(found[:, 2]).all()
    assert np.isfinite(found[0, 3]).all()


def test_zero_counts_stay_zero():
    values = np.zeros((1, 4, 2), np.float32)
    pitch = np.full((1, 4, 1), 20.0, np.float32)
    found = collapse_sectors(values, pitch, [ALL, DOWN, UP], rule="sum")
    assert found[0].tolist() == found[1].tolist() == [[0.0, 0.0]]
    assert np.isnan(found[2]).all()


def test_an_unknown_angle_counts_only_for_all():
    values = np.ones((1, 3, 1), np.float32)
    pitch = np.array([[[10.0], [np.nan], [350.0]]], np.float32)
    found = collapse_sectors(values, pitch, [ALL, DOWN], rule="sum")
    assert found[:, 0, 0].tolist() == [3.0, 2.0]


def test_the_parts_add_up_to_the_whole():
    values, pitch, _ = random_cube(5, missing=0.0)
    quarters = [Sector(str(i), ((90 * i, 90 * i + 90),)) for i in range(4)]
    found = collapse_sectors(values, pitch, [ALL, *quarters], rule="sum")
    np.testing.assert_allclose(np.nansum(found[1:], axis=0), found[0], rtol=1e-5)


@pytest.mark.parametrize("rule", ["sum", "mean", "weighted"])
def test_pitch_spectrum_equals_a_bin_by_bin_computation(rule):
    values, pitch, weights = random_cube(8)
    found = pitch_spectrum(values, pitch, weights=weights, rule=rule)
    assert found.shape == (7, 24)
    for r in range(7):
        for b in range(24):
            inside = (pitch[r] >= 15 * b) & (pitch[r] < 15 * b + 15) & np.isfinite(values[r])
            chosen, w = values[r][inside].astype(float), weights[r][inside].astype(float)
            expected = np.nan
            if chosen.size:
                expected = {
                    "sum": chosen.sum(),
                    "mean": chosen.mean(),
                    "weighted": np.average(chosen, weights=w),
                }[rule]
            np.testing.assert_allclose(found[r, b], expected, rtol=1e-5)
