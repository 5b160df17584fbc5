"""Times of CDF files against the calendar and against two libraries."""

from datetime import UTC, datetime

import numpy as np
import pytest

from figmill.read.cdf.epochs import epoch16_to_unix, epoch_to_unix, tt2000_to_unix

TT2000_NONE = np.iinfo(np.int64).min


def unix(*when: int) -> float:
    return datetime(*when, tzinfo=UTC).timestamp()  # type: ignore[misc]


def test_a_leap_second_shares_its_second_with_the_next() -> None:
    before = 536500867184000000  # 2016-12-31T23:59:59
    times = tt2000_to_unix(before + np.array([0, 10**9, 2 * 10**9]))
    assert times.tolist() == [
        unix(2016, 12, 31, 23, 59, 59),
        unix(2017, 1, 1),
        unix(2017, 1, 1),
    ]


def test_tt2000_agrees_with_both_libraries_over_ninety_years() -> None:
    cdflib = pytest.importorskip("cdflib")
    pycdfpp = pytest.importorskip("pycdfpp")
    counts = np.random.default_rng(4).integers(-883655957816000000, 8 * 10**17, 2000)
    # The difference is the rounding of seconds to float64.
    assert np.abs(tt2000_to_unix(counts) - cdflib.cdfepoch.unixtime(counts)).max() < 3e-6
    other = pycdfpp.to_datetime64([pycdfpp.tt2000_t(int(count)) for count in counts])
    assert np.abs(tt2000_to_unix(counts) - other.astype(np.int64) / 1e9).max() < 5e-7


def test_tt2000_keeps_nanoseconds_where_float64_can() -> None:
    midnight_1970 = -(10957 * 86400 + 43200) * 10**9 + 42_184_000_000  # 10 s + 32.184 s ahead
    assert tt2000_to_unix(midnight_1970 + 123_456_789) == pytest.approx(0.123456789, abs=1e-12)


@pytest.mark.parametrize("value", [TT2000_NONE, TT2000_NONE + 1])
def test_fill_and_pad_of_tt2000_are_missing(value: int) -> None:
    assert np.isnan(tt2000_to_unix(value))


@pytest.mark.parametrize("value", [-1e31, 0.0, 315569519999999.0, np.nan, np.inf])
def test_fill_of_epoch_is_missing(value: float) -> None:
    assert np.isnan(epoch_to_unix(value))


def test_epoch_counts_milliseconds_since_year_zero() -> None:
    cdflib = pytest.importorskip("cdflib")
    count = cdflib.cdfepoch.compute_epoch([2012, 12, 1, 3, 4, 5, 678])
    assert epoch_to_unix(count) == pytest.approx(unix(2012, 12, 1, 3, 4, 5) + 0.678, abs=1e-6)


def test_epoch16_adds_picoseconds() -> None:
    assert epoch16_to_unix(62167219200.0 + 7, 2.5e11) == 7.25
    assert np.isnan(epoch16_to_unix(-1e31, -1e31))


def test_shapes_are_kept() -> None:
    assert epoch_to_unix(np.full((2, 3), 6.3e13)).shape == (2, 3)
    assert tt2000_to_unix(np.zeros((0,), dtype=np.int64)).shape == (0,)
