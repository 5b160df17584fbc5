import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from figmill.errors import InputError
from figmill.figure.bins import Bins, BinTables, time_bins

# On a grid: centres that only rounding parts are one, by intention.
finite = st.integers(-(10**12), 10**12).map(lambda n: n / 1000)
positive = st.integers(1, 10**12).map(lambda n: n / 1000)


def gaps(bins: Bins) -> list[int]:
    """Indices of records after which the next does not touch."""
    return np.flatnonzero(bins.hi[:-1] < bins.lo[1:]).tolist()


class TestBins:
    def test_edges_of_either_direction(self):
        up = Bins.from_edges([0.0, 1.0, 4.0])
        down = Bins.from_edges([4.0, 1.0, 0.0])
        assert_array_equal(up.lo, [0, 1])
        assert_array_equal(up.hi, [1, 4])
        assert_array_equal(down.lo, [1, 0])
        assert_array_equal(down.hi, [4, 1])

    @pytest.mark.parametrize("edges", [[1.0], [0.0, 1.0, 1.0], [0.0, 2.0, 1.0], [0.0, np.nan]])
    def test_refuses_edges_that_bound_no_bins(self, edges):
        with pytest.raises(InputError, match=r"edges"):
            Bins.from_edges(edges)

    @pytest.mark.parametrize(
        ("lo", "hi"), [(1.0, 1.0), (2.0, 1.0), (0.0, np.inf), (np.nan, 1.0), (-np.inf, np.nan)]
    )
    def test_refuses_a_bin_without_width_and_says_which(self, lo, hi):
        with pytest.raises(InputError, match="bin 1 reaches"):
            Bins(np.array([0.0, lo]), np.array([1.0, hi]))

    def test_refuses_shapes_that_differ(self):
        with pytest.raises(InputError, match="one shape"):
            Bins(np.zeros(2), np.ones(3))
        with pytest.raises(InputError, match="shape"):
            Bins.from_ranges([0.0, 1.0], [1.0])

    def test_ranges_are_swapped_and_useless_ones_unused(self):
        bins = Bins.from_ranges([3.0, 5.0, 0.0, np.nan, 1.0], [1.0, 5.0, np.inf, 2.0, 2.0])
        assert_array_equal(bins.lo, [1, np.nan, np.nan, np.nan, 1])
        assert_array_equal(bins.hi, [3, np.nan, np.nan, np.nan, 2])
        assert_array_equal(bins.used, [True, False, False, False, True])
        assert bins.extent == (1.0, 3.0)
        assert Bins.from_ranges([np.nan], [1.0]).extent is None

    def test_around_takes_one_distance_or_many(self):
        bins = Bins.around([10.0, 20.0], 1.0, [2.0, 3.0])
        assert_array_equal(bins.lo, [9, 19])
        assert_array_equal(bins.hi, [12, 23])

    def test_bounds_cannot_be_written_but_the_source_still_can(self):
        source = np.array([0.0, 1.0])
        bins = Bins(source, source + 1)
        with pytest.raises(ValueError, match="read-only"):
            bins.lo[0] = 5
        source[0] = 0.5
        assert source.flags.writeable


class TestExactBins:
    def test_bounds_in_a_leap_second_stay_in_order(self):
        begin = 1483228836_000000000  # 2016-12-31T23:59:60 UTC
        lo = begin + np.array([-100, 0, 950, 1000]) * 10**6
        bins = Bins.from_tai([lo, lo + 100 * 10**6], np.array([True, True, True, False]))
        assert_allclose(bins.lo[:3] - 1483228800, [-0.1, 0.0, -0.05], atol=1e-6)
        assert_allclose(bins.hi[:3] - 1483228800, [0.0, 0.1, 0.05], atol=1e-6)
        assert np.isnan(bins.lo[3])

    def test_bins_too_short_for_seconds_keep_a_width(self):
        lo = 1590969637_000000000 + 10 * np.arange(5)
        bins = Bins.from_tai([lo, lo + 10], np.ones(5, bool))
        assert bool((bins.lo < bins.hi).all())
        chosen = bins.at(np.arange(5) > 2)
        assert chosen.exact is not None
        assert chosen.exact.tolist() == [lo[3:].tolist(), (lo[3:] + 10).tolist()]

    def test_exact_bounds_must_fit(self):
        with pytest.raises(InputError, match="exact bounds"):
            Bins(np.zeros(2), np.ones(2), np.zeros((2, 3), np.int64))


class TestFromCenters:
    def test_linear_by_hand(self):
        bins = Bins.from_centers([9.0, 27.0, 45.0, 72.0], scale="linear")
        assert_array_equal(bins.lo, [0, 18, 36, 58.5])
        assert_array_equal(bins.hi, [18, 36, 58.5, 85.5])

    def test_log_by_hand(self):
        bins = Bins.from_centers([1.0, 100.0, 10000.0], scale="log")
        assert_allclose(bins.lo, [0.1, 10, 1000], rtol=1e-14)
        assert_allclose(bins.hi, [10, 1000, 1e5], rtol=1e-14)

    @pytest.mark.parametrize(
        ("centers", "geometric"),
        [
            (np.geomspace(5, 3e4, 48), True),
            (np.geomspace(3e4, 5, 48), True),
            (np.arange(9.0, 180, 18), False),
            ([0.0, 10.0, 100.0], False),
            ([50.0, 100.0], False),
            ([1.0, 10.0], True),
            ([4.5, 18, 36, 54, 72, 90, 108, 126, 144, 162, 175.5], False),
        ],
    )
    def test_auto_tells_ratios_from_differences(self, centers, geometric):
        expected = Bins.from_centers(centers, scale="log" if geometric else "linear")
        got = Bins.from_centers(centers)
        assert_array_equal(got.lo, expected.lo)
        assert_array_equal(got.hi, expected.hi)

    def test_descending_order_is_kept(self):
        up = Bins.from_centers([1.0, 10.0, 100.0])
        down = Bins.from_centers([100.0, 10.0, 1.0])
        assert_array_equal(down.lo, up.lo[::-1])
        assert_array_equal(down.hi, up.hi[::-1])

    def test_repeated_centres_share_one_bin_of_some_width(self):
        # The second electron table of HOPE repeats each of its energies eight times.
        bins = Bins.from_centers(np.repeat([10.0, 100.0, 1000.0], 8))
        assert_allclose(bins.lo, np.repeat(10 ** np.array([0.5, 1.5, 2.5]), 8), rtol=1e-14)
        assert_allclose(bins.hi, np.repeat(10 ** np.array([1.5, 2.5, 3.5]), 8), rtol=1e-14)

    def test_float32_noise_does_not_make_slivers(self):
        noisy = np.array([10.0, np.nextafter(np.float32(10), np.float32(11)), 20.0], np.float32)
        bins = Bins.from_centers(noisy, scale="linear")
        assert_allclose(bins.hi, [15, 15, 25], rtol=1e-6)

    @pytest.mark.parametrize(
        ("center", "scale", "lo", "hi"),
        [(90.0, "auto", 45, 135), (0.0, "linear", -0.5, 0.5), (-4.0, "linear", -6, -2)],
    )
    def test_a_lone_centre(self, center, scale, lo, hi):
        bins = Bins.from_centers([center], scale=scale)
        assert (bins.lo[0], bins.hi[0]) == (lo, hi)

    def test_a_lone_centre_on_a_log_scale(self):
        bins = Bins.from_centers([2.0, 2.0], scale="log")
        assert_allclose(bins.lo, np.sqrt(2))
        assert_allclose(bins.hi, 2 * np.sqrt(2))

    def test_unusable_centres_are_unused_and_bound_nothing(self):
        bins = Bins.from_centers([1.0, np.nan, 10.0, -1.0, np.inf, 100.0], scale="log")
        assert_array_equal(bins.used, [True, False, True, False, False, True])
        sound = Bins.from_centers([1.0, 10.0, 100.0], scale="log")
        assert_array_equal(bins.lo[bins.used], sound.lo)
        assert_array_equal(bins.hi[bins.used], sound.hi)

    def test_nothing_is_nothing(self):
        assert len(Bins.from_centers([])) == 0
        assert not Bins.from_centers([np.nan, np.nan]).used.any()

    def test_refuses_tables_and_unknown_scales(self):
        with pytest.raises(InputError, match="BinTables"):
            Bins.from_centers(np.ones((2, 2)))
        with pytest.raises(InputError, match="Unknown scale"):
            Bins.from_centers([1.0, 2.0], scale="cubic")

    @given(st.lists(finite, min_size=1, max_size=40))
    def test_linear_bins_hold_their_centres_and_touch(self, centers):
        bins = Bins.from_centers(centers, scale="linear")
        values = np.array(centers)
        assert (bins.lo < values).all()
        assert (values < bins.hi).all()
        self.check_touch(bins)

    @given(st.lists(positive, min_size=1, max_size=40))
    def test_log_bins_hold_their_centres_and_touch(self, centers):
        bins = Bins.from_centers(centers, scale="log")
        values = np.array(centers)
        assert (bins.lo > 0).all()
        assert (bins.lo < values).all()
        assert (values < bins.hi).all()
        self.check_touch(bins)

    @staticmethod
    def check_touch(bins: Bins) -> None:
        lo, hi = np.unique(bins.lo), np.unique(bins.hi)
        assert_array_equal(lo[1:], hi[:-1])


class TestBinTables:
    def test_one_table_for_all_records(self):
        tables = BinTables.single(Bins.from_edges([0.0, 1.0, 2.0]))
        assert tables.index is None
        assert tables.lo.shape == (1, 2)
        assert tables.extent == (0.0, 2.0)

    def test_rows_are_grouped_in_order_of_appearance(self):
        a, b = [1.0, 2.0, np.nan], [5.0, 6.0, 7.0]
        lo = np.array([b, a, a, b, a])
        tables = BinTables.from_rows(lo, lo + 1)
        assert_array_equal(tables.lo, [b, a])
        assert_array_equal(tables.hi, np.array([b, a]) + 1)
        assert_array_equal(tables.index, [0, 1, 1, 0, 1])

    def test_same_lower_bounds_with_other_upper_ones_are_two_tables(self):
        tables = BinTables.from_rows([[0.0], [0.0], [0.0]], [[1.0], [2.0], [1.0]])
        assert_array_equal(tables.hi, [[1], [2]])
        assert_array_equal(tables.index, [0, 1, 0])

    def test_centre_rows_equal_each_row_alone(self):
        rows = np.array([np.geomspace(1, 1e4, 6), np.geomspace(2, 5e4, 6)])[[0, 1, 1, 0]]
        tables = BinTables.from_center_rows(rows)
        assert tables.lo.shape == (2, 6)
        for row, which in zip(rows, tables.index, strict=True):
            alone = Bins.from_centers(row, scale="log")
            assert_array_equal(tables.lo[which], alone.lo)
            assert_array_equal(tables.hi[which], alone.hi)

    def test_around_rows_broadcast(self):
        tables = BinTables.from_around_rows([[10.0, 20.0], [10.0, 20.0]], [[1.0], [1.0]], 2.0)
        assert_array_equal(tables.lo, [[9, 19]])
        assert_array_equal(tables.hi, [[12, 22]])
        assert_array_equal(tables.index, [0, 0])

    @given(
        arrays(
            np.float64,
            st.tuples(st.integers(0, 12), st.integers(1, 3)),
            elements=st.sampled_from([0.0, 1.0, 2.0, np.nan]),
        )
    )
    def test_every_record_gets_its_own_row_back(self, lo):
        tables = BinTables.from_rows(lo, lo + 1)
        assert_array_equal(tables.lo[tables.index], lo)
        assert len(tables.lo) == len({row.tobytes() for row in lo})

    def test_colliding_hashes_still_part_the_rows(self, monkeypatch):
        monkeypatch.setattr(
            "figmill.figure.bins._row_hashes", lambda parts: np.zeros(len(parts[0]), np.uint64)
        )
        tables = BinTables.from_rows([[1.0], [2.0], [1.0]], [[3.0], [3.0], [3.0]])
        assert_array_equal(tables.lo, [[1], [2]])
        assert_array_equal(tables.index, [0, 1, 0])

    def test_refuses_what_does_not_fit_together(self):
        lo = np.zeros((2, 3))
        with pytest.raises(InputError, match="which record"):
            BinTables(lo, lo + 1)
        with pytest.raises(InputError, match="0 to 1"):
            BinTables(lo, lo + 1, np.array([0, 2]))
        with pytest.raises(InputError, match="equal shapes"):
            BinTables.from_rows(lo, np.ones((2, 2)))
        with pytest.raises(InputError, match=r"bin \(0, 1\)"):
            BinTables(np.zeros((1, 2)), np.array([[1.0, 0.0]]))

    def test_tables_come_as_bins(self):
        tables = BinTables.from_rows([[0.0], [5.0]], [[1.0], [6.0]])
        assert [each.extent for each in tables.tables()] == [(0.0, 1.0), (5.0, 6.0)]


class TestTimeBins:
    def test_regular_records_touch(self):
        bins = time_bins([0.0, 2.0, 4.0])
        assert_array_equal(bins.lo, [-1, 1, 3])
        assert_array_equal(bins.hi, [1, 3, 5])

    def test_a_missing_record_leaves_a_gap(self):
        bins = time_bins(np.delete(np.arange(20) * 24.346, 9))
        assert gaps(bins) == [8]
        assert_allclose(bins.hi[8], 8.5 * 24.346)
        assert_allclose(bins.lo[9], 9.5 * 24.346)

    @pytest.mark.parametrize("ratio", [2.5 / 0.3, 0.3 / 2.5, 40.0])
    def test_a_change_of_cadence_is_no_gap(self, ratio):
        steps = np.concatenate([np.full(30, 1.0), np.full(30, ratio)])
        assert gaps(time_bins(1.2e9 + np.concatenate([[0.0], np.cumsum(steps)]))) == []

    def test_a_gap_at_a_change_of_cadence_takes_each_side_s_own(self):
        times = np.concatenate([np.arange(10) * 2.5, 100 + np.arange(30) * 0.5])
        bins = time_bins(times)
        assert gaps(bins) == [9]
        assert (bins.hi[9], bins.lo[10]) == (22.5 + 1.25, 100 - 0.25)

    def test_a_file_slow_in_most_records_keeps_gaps_in_the_fast_part(self):
        # 6 s is no more than the global median step here, yet 20 records are missing.
        fast = np.delete(np.arange(100) * 0.3, slice(40, 60))
        times = np.concatenate([fast, 32.2 + np.arange(500) * 2.5])
        assert gaps(time_bins(times)) == [39]

    def test_half_spins_with_isolated_records(self):
        # As ELFIN has them: 12 ms at first, then gaps of 62, 107 and 344 s, two beside another.
        steps = [0.0125, *[5.625, 5.65] * 5, 62.0625, 5.625, 56.4406, *[5.625] * 6]
        steps += [344.4781, 107.4406, 5.65]
        times = np.concatenate([[0.0], np.cumsum(steps)])
        bins = time_bins(times)
        assert gaps(bins) == [11, 13, 20, 21]
        # The record between two gaps is as wide as the nearest step that is none.
        assert_allclose(bins.hi[21] - bins.lo[21], 5.625)

    def test_alternating_steps_are_a_cadence(self):
        assert gaps(time_bins(np.cumsum([1.0, 3.0] * 20))) == []

    def test_order_is_kept_and_repeats_share_a_bin(self):
        bins = time_bins([4.0, 0.0, np.nan, 2.0, 2.0, np.inf])
        assert_array_equal(bins.lo, [3, -1, np.nan, 1, 1, np.nan])
        assert_array_equal(bins.hi, [5, 1, np.nan, 3, 3, np.nan])

    def test_descending_times(self):
        up = time_bins([0.0, 1.0, 2.0, 50.0, 51.0, 52.0])
        down = time_bins([52.0, 51.0, 50.0, 2.0, 1.0, 0.0])
        assert_array_equal(down.lo, up.lo[::-1])
        assert_array_equal(down.hi, up.hi[::-1])

    def test_few_records(self):
        assert len(time_bins([])) == 0
        assert time_bins([7.0]).extent == (6.5, 7.5)
        assert time_bins([7.0, 7.0]).extent == (6.5, 7.5)
        assert time_bins([0.0, 100.0]).extent == (-50.0, 150.0)
        assert gaps(time_bins([0.0, 1.0, 101.0])) == [1]
        assert not time_bins([np.nan]).used.any()

    def test_refuses_tables_and_a_factor_that_makes_everything_a_gap(self):
        with pytest.raises(InputError, match="gap factor"):
            time_bins([0.0, 1.0], gap_factor=1.0)
        with pytest.raises(InputError, match="shape"):
            time_bins([[0.0, 1.0]])

    @given(
        st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=60),
        st.floats(-2e9, 2e9),
        st.randoms(use_true_random=False),
    )
    def test_cells_hold_their_times_and_never_overlap(self, steps, start, random):
        times = start + np.concatenate([[0.0], np.cumsum(steps)])
        order = list(range(len(times)))
        random.shuffle(order)
        bins = time_bins(times[order])
        assert (bins.lo < times[order]).all()
        assert (times[order] < bins.hi).all()
        ascending = np.argsort(order)
        assert (bins.hi[ascending][:-1] <= bins.lo[ascending][1:]).all()
        # No cell is wider than the widest step, but for rounding.
        assert (bins.hi - bins.lo <= max(np.diff(times)) + 1e-5).all()
