import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from figmill.errors import PlottingError
from figmill.figure.limits import coverage_limit, padded, robust_limits

anything = arrays(np.float64, array_shapes(max_dims=2, min_side=0), elements=st.floats())


class TestRobustLimits:
    def test_percentiles_are_those_of_numpy_over_what_is_finite(self):
        values = np.random.default_rng(1).lognormal(3, 2, (50, 40))
        values[::7, ::3] = np.nan
        expected = np.nanpercentile(values, (1, 99))
        assert robust_limits(values) == pytest.approx(tuple(expected), rel=1e-14)

    def test_a_log_scale_counts_positive_values_only(self):
        values = np.concatenate([np.zeros(1000), -np.ones(1000), np.arange(1.0, 102.0), [np.inf]])
        assert robust_limits(values, scale="log") == (2.0, 100.0)

    @pytest.mark.parametrize(
        ("values", "percentiles", "expected"),
        [
            ([1.0, 2.0], (1, 99), (1.0, 2.0)),
            (np.arange(99.0), (1, 99), (0.0, 98.0)),
            (np.arange(19.0), (5, 95), (0.0, 18.0)),
            (np.arange(21.0), (1, 95), (0.0, 19.0)),
        ],
    )
    def test_a_percentile_that_leaves_out_less_than_a_value_leaves_out_none(
        self, values, percentiles, expected
    ):
        assert robust_limits(values, percentiles=percentiles) == expected

    def test_the_largest_numbers_do_not_overflow(self):
        values = np.repeat([-1.7e308, 1.7e308], 250)
        assert robust_limits(values, percentiles=(50, 99)) == (-1.7e308, 1.7e308)

    def test_other_percentiles_and_integers(self):
        assert robust_limits(np.arange(11), percentiles=(0, 50)) == (0.0, 5.0)

    def test_many_values_are_exact_too(self):
        values = np.random.default_rng(2).permutation(1_200_001).astype(np.float32)
        assert robust_limits(values) == (12_000.0, 1_188_000.0)

    @pytest.mark.parametrize(
        ("value", "scale", "expected"),
        [(5.0, "linear", (4.5, 5.5)), (0.0, "linear", (-1.0, 1.0)), (5.0, "log", (2.5, 10.0))],
    )
    def test_equal_values_are_set_apart(self, value, scale, expected):
        assert robust_limits([value] * 3, scale=scale) == expected

    @pytest.mark.parametrize("values", [[], [np.nan, np.inf], [0.0, -3.0]])
    def test_none_where_nothing_counts(self, values):
        assert robust_limits(values, scale="log") is None

    @pytest.mark.parametrize("percentiles", [(99, 1), (5, 5), (-1, 50), (0, 101), (np.nan, 50)])
    def test_refuses_percentiles_that_bound_nothing(self, percentiles):
        with pytest.raises(PlottingError, match="bound no limits"):
            robust_limits([1.0], percentiles=percentiles)

    def test_refuses_an_unknown_scale(self):
        with pytest.raises(PlottingError, match="Unknown scale"):
            robust_limits([1.0], scale="sqrt")

    @given(anything, st.sampled_from(["linear", "log"]))
    def test_limits_increase_and_lie_within_the_data(self, values, scale):
        inner = robust_limits(values, scale=scale)
        counted = values[np.isfinite(values)]
        if scale == "log":
            counted = counted[counted > 0]
        assert (counted.size == 0) == (inner is None)
        if inner is None:
            return
        assert inner[0] < inner[1]
        assert scale == "linear" or inner[0] > 0
        few = counted.size < 100
        lo, hi = np.percentile(counted, (0, 100) if few else (1, 99))
        if lo < hi:
            assert inner == (lo, hi)


class TestCoverageLimit:
    def test_by_hand(self):
        assert coverage_limit([10.0, 20.0, 30.0], [90, 9, 1]) == 20.0
        assert coverage_limit([10.0, 20.0, 30.0], [90, 9, 1], 0.991) == 30.0
        assert coverage_limit([10.0, 20.0, 30.0], [90, 9, 1], 0.9) == 10.0

    def test_order_repeats_and_what_does_not_count(self):
        centers = [30.0, np.nan, 10.0, 20.0, 10.0, 40.0, 50.0]
        counts = [1.0, 1000.0, 45.0, 9.0, 45.0, -5.0, np.nan]
        assert coverage_limit(centers, counts) == 20.0

    def test_a_full_coverage_is_the_last_sample_whatever_the_rounding(self):
        assert coverage_limit(np.arange(1000.0), np.full(1000, 0.1), 1.0) == 999.0

    def test_none_where_nothing_counts(self):
        assert coverage_limit([1.0, 2.0], [0.0, np.nan]) is None

    def test_equals_the_quantile_of_the_samples_themselves(self):
        rng = np.random.default_rng(3)
        centers, counts = np.geomspace(5, 3e4, 48), rng.integers(0, 50, 48)
        samples = np.sort(np.repeat(centers, counts))
        expected = samples[math.ceil(0.99 * len(samples)) - 1]
        assert coverage_limit(centers, counts) == expected

    @pytest.mark.parametrize("fraction", [0.0, 1.1, np.nan])
    def test_refuses_a_fraction_out_of_range(self, fraction):
        with pytest.raises(PlottingError, match="coverage"):
            coverage_limit([1.0], [1.0], fraction)

    def test_refuses_shapes_that_differ(self):
        with pytest.raises(PlottingError, match="2 samples at 1"):
            coverage_limit([1.0], [1.0, 2.0])


class TestPadding:
    def test_padding_by_span_or_by_ratio(self):
        assert padded(0.0, 100.0, 0.05) == (-5.0, 105.0)
        assert padded(1.0, 100.0, 0.5, "log") == pytest.approx((0.1, 1000.0))

    @pytest.mark.parametrize(
        ("lo", "hi", "scale"), [(1.0, 1.0, "linear"), (0.0, np.inf, "linear"), (0.0, 1.0, "log")]
    )
    def test_refuses_what_cannot_be_widened(self, lo, hi, scale):
        with pytest.raises(PlottingError, match="cannot be widened"):
            padded(lo, hi, scale=scale)

    def test_stays_finite_at_the_end_of_floating_point(self):
        assert np.isfinite(padded(-1e308, 1.7e308, 0.5)).all()
        assert padded(1e-300, 1e300, 0.5, "log")[0] > 0
