import base64
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from figmill.errors import InputError
from figmill.figure.quantile_sketch import (
    ACCURACY,
    COARSE,
    Extrema,
    Pool,
    QuantileSketch,
    as_extrema,
    extrema_of,
)


def samples(seed, size=5000):
    rng = np.random.default_rng(seed)
    values = rng.lognormal(8.0, 3.0, (size // 50, 50))
    values[rng.random(values.shape) < 0.3] = 0.0
    values[0, 0] = np.nan
    return values, np.geomspace(30000, 5, 50)


@pytest.mark.parametrize("part", [0, 1, 5, 50, 95, 97.5, 99, 100])
@pytest.mark.parametrize("seed", range(4))
def test_percentiles_are_numpys_within_the_bound(part, seed):
    values, energies = samples(seed)
    expected = np.percentile(values[values > 0], part)
    found = Pool.of(values, energies).percentile(part)
    assert found == pytest.approx(expected, rel=ACCURACY * 1.0001)


@given(
    st.lists(st.floats(1e-6, 1e12), min_size=1, max_size=60),
    st.floats(0, 100),
)
def test_percentiles_of_few_samples_interpolate_as_numpy_does(values, part):
    expected = np.percentile(values, part)
    assert Pool.of(values, 1.0).percentile(part) == pytest.approx(expected, rel=ACCURACY * 1.001)


@given(st.lists(st.lists(st.floats(1e-3, 1e9), max_size=20), min_size=1, max_size=6), st.randoms())
def test_a_total_does_not_depend_on_order_or_grouping(groups, random):
    pools = [Pool.of(group, 7.0) for group in groups]
    whole = Pool.total(pools).to_text()
    random.shuffle(pools)
    one_by_one = Pool()
    for pool in pools:
        one_by_one = one_by_one + pool
    assert one_by_one.to_text() == whole
    assert Pool.of([v for group in groups for v in group], 7.0).to_text() == whole


def test_energy_coverage_is_exact():
    values = np.zeros((100, 4))
    values[:, 0] = 1  # 100 at 10 eV
    values[:98, 1] = 1  # 98 at 100 eV
    values[:2, 3] = 1  # 2 at 5000 eV
    pool = Pool.of(values, [10.0, 100.0, 1000.0, 5000.0])
    assert pool.energy_limit(0.99) == 100.0
    assert pool.energy_limit(1.0) == 5000.0
    assert pool.lowest_energy() == 10.0


def test_text_and_back():
    pool = Pool.of(*samples(3))
    same = Pool.from_text(pool.to_text())
    for name in ("buckets", "counts", "energies", "samples"):
        assert np.array_equal(getattr(same, name), getattr(pool, name))
    assert Pool.from_text(Pool().to_text()).size == 0
    with pytest.raises(InputError):
        Pool.from_text("something else")


def test_extrema_as_defined():
    values, energies = samples(2)
    pool = Pool.of(values, energies)
    found = extrema_of(pool, max_percentile=95.0)
    positive = values > 0
    exact = np.percentile(values[positive], 95)
    assert exact <= found.z_max <= exact * (1 + 1.01 * ACCURACY)
    assert np.nanmax(values) <= extrema_of(pool, max_percentile=100.0).z_max  # never below the data
    at = np.sort(np.broadcast_to(energies, values.shape)[positive])
    covered = at[int(np.ceil(0.99 * at.size)) - 1]
    assert found.y_max == min(covered, 4000.0)
    assert extrema_of(pool, highest_energy=None).y_max == covered
    assert (found.y_min, found.z_min) == (0.0, 0.0)


def test_pools_that_earlier_versions_kept_are_read():
    # Form 1: one sample of bucket 1000, whose upper end is ((1 + a) / (1 - a)) ** 1000.
    head = np.array([1, 1, 0], "<i8").tobytes() + np.array([1000, 1], "<i8").tobytes()
    pool = Pool.from_text(base64.b85encode(zlib.compress(head)).decode())
    upper = ((1 + ACCURACY) / (1 - ACCURACY)) ** 1000
    assert upper <= pool.percentile(50, side="above") <= upper * (1 + 1.01 * ACCURACY)


def test_lower_limits():
    pool = Pool.of([[0.01, 5.0, 100.0]], [2.0, 20.0, 200.0])
    found = extrema_of(pool, compute_mins=True, max_percentile=99.0)
    assert found.y_min == 2.0
    exact = np.percentile([0.01, 5, 100], 1)
    assert exact * (1 - 1.01 * ACCURACY) <= found.z_min <= exact
    log = extrema_of(pool, compute_mins=True, log_y=True, log_z=True, log_floor_cutoff=0.6)
    assert (log.y_min, log.z_min) == (2.0, 0.1)
    plain = extrema_of(pool, log_y=True, log_z=True)
    assert (plain.y_min, plain.z_min) == (None, None)


def test_no_samples_no_extrema():
    assert extrema_of(Pool.of([0.0, np.nan], 1.0)) == Extrema()
    assert Pool().percentile(50) is None
    with pytest.raises(InputError):
        Pool().percentile(101)


def test_extrema_from_a_mapping():
    assert as_extrema({"y_max": 100, "z_min": None}) == Extrema(y_max=100.0)
    with pytest.raises(InputError, match="'x_max'"):
        as_extrema({"x_max": 1.0})


def _signed(seed: int, size: int = 20_000) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = rng.normal(0, 1, size) * 10 ** rng.uniform(-6, 6, size)
    values[::50] = 0.0
    values[::77] = np.nan
    values[5] = -np.inf
    return values


@pytest.mark.parametrize("part", [(1.0, 99.0), (5.0, 50.0), (0.0, 100.0), (25.0, 75.0)])
def test_limits_of_any_values_are_those_of_numpy(part):
    values = _signed(1)
    finite = values[np.isfinite(values)]
    sketch = QuantileSketch.of(values)
    wanted = tuple(np.percentile(finite, part))
    assert sketch.limits("linear", part) == pytest.approx(wanted, rel=COARSE)
    positive = tuple(np.percentile(finite[finite > 0], part))
    assert sketch.limits("log", part) == pytest.approx(positive, rel=COARSE)


def test_few_values_are_all_inside():
    values = [3.0, -7.5, 0.0, 1e-320, 1.7e308]
    sketch = QuantileSketch.of(values)
    assert sketch.limits() == (-7.5, 1.7e308)
    assert sketch.limits("log") == (1e-320, 1.7e308)
    assert QuantileSketch.of([5.0, 5.0]).limits("log") == (2.5, 10.0)
    assert QuantileSketch.of([0.0]).limits() == (-1.0, 1.0)
    assert QuantileSketch.of([-1.0, 0.0]).limits("log") is None
    assert QuantileSketch.of([np.nan]).limits() is None
    assert QuantileSketch().size == 0


def test_sketches_add_up_in_any_order():
    parts = [_signed(seed, 500) for seed in range(9)]
    whole = QuantileSketch.of(np.concatenate(parts))
    for order in (range(9), [4, 2, 8, 1, 0, 3, 7, 6, 5]):
        total = QuantileSketch.total(QuantileSketch.of(parts[n]) for n in order)
        again = QuantileSketch.from_text(total.to_text())
        assert again.limits() == total.limits() == whole.limits()
        assert total.to_text() == whole.to_text()
    assert len(whole.to_text()) < 5000


def test_a_damaged_sketch_is_told():
    for text in ("", "%%%", QuantileSketch.of([1.0]).to_text()[:-6]):
        with pytest.raises(InputError):
            QuantileSketch.from_text(text)
