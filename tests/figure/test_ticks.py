from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from figmill.errors import PlottingError
from figmill.figure.steps import multiples
from figmill.figure.ticks import (
    Ticks,
    angle_ticks,
    linear_ticks,
    log_ticks,
    symlog_ticks,
    time_ticks,
)

limits = st.tuples(st.floats(-1e9, 1e9), st.floats(1e-3, 1e9)).map(lambda t: (t[0], t[0] + t[1]))
targets = st.integers(2, 15)


def at(*date: int) -> float:
    return datetime(*date, tzinfo=UTC).timestamp()  # type: ignore[misc]


def check(ticks: Ticks, lo: float, hi: float) -> None:
    for positions in (ticks.major, ticks.minor):
        assert (np.diff(positions) > 0).all()
        assert ((positions >= lo) & (positions <= hi)).all()
    assert not np.isin(ticks.minor, ticks.major).any()
    assert len(ticks.labels) == len(ticks.major)


class TestTicks:
    def test_refuses_a_missing_label(self):
        with pytest.raises(PlottingError, match="2 ticks have 1 labels"):
            Ticks(np.array([0.0, 1.0]), ("0",), np.array([]))

    def test_positions_cannot_be_written(self):
        with pytest.raises(ValueError, match="read-only"):
            linear_ticks(0.0, 1.0, 5).major[0] = 3


@pytest.mark.parametrize("function", [linear_ticks, angle_ticks, log_ticks, time_ticks])
@pytest.mark.parametrize(("lo", "hi"), [(2.0, 1.0), (1.0, 1.0), (np.nan, 1.0), (1.0, np.inf)])
def test_refuses_limits_that_are_none(function, lo, hi):
    with pytest.raises(PlottingError, match="cannot reach"):
        function(lo, hi, 5)


class TestLinear:
    @pytest.mark.parametrize(
        ("lo", "hi", "target", "labels", "factor"),
        [
            (0, 1, 6, "0.0 0.2 0.4 0.6 0.8 1.0", ""),
            (0, 1, 5, "0.00 0.25 0.50 0.75 1.00", ""),
            (0, 0.1 + 0.2, 4, "0.0 0.1 0.2 0.3", ""),
            (-5, 5, 5, "−4 −2 0 2 4", ""),
            (180.0, 0.5e3, 4, "200 300 400 500", ""),
            (0, 478_325, 5, "0 100 200 300 400", "×10^{3}"),
            (0, 4e-6, 5, "0 1 2 3 4", "×10^{−6}"),
            (0, 12e6, 5, "0.0 2.5 5.0 7.5 10.0", "×10^{6}"),
            (-4e-4, 4e-4, 5, "−400 −200 0 200 400", "×10^{−6}"),
            # Never an offset: of "+1000" nobody can say what it is to be added to.
            (1000.0001, 1000.0004, 4, "1000.0001 1000.0002 1000.0003 1000.0004", ""),
            (1.6e9, 1.6e9 + 4, 3, "1600000000 1600000002 1600000004", ""),
            (-1.6e9 - 4, -1.6e9, 3, "−1600000004 −1600000002 −1600000000", ""),
            (99_999, 100_001, 5, "99999.0 99999.5 100000.0 100000.5 100001.0", ""),
            (123_456, 123_456.0025, 3, "123456.000 123456.001 123456.002", ""),
            (1e9, 1.0e9 + 1e6, 3, "1.0000 1.0005 1.0010", "×10^{9}"),
        ],
    )
    def test_by_hand(self, lo, hi, target, labels, factor):
        ticks = linear_ticks(lo, hi, target)
        assert ticks.labels == tuple(labels.split())
        assert ticks.factor == factor
        check(ticks, lo, hi)

    def test_positions_are_the_floats_that_the_labels_say(self):
        assert linear_ticks(0.0, 1.0, 11).major.tolist() == [
            0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0,
        ]  # fmt: skip

    def test_minor_ticks(self):
        assert_allclose(linear_ticks(0.0, 2.0, 3).minor, [0.2, 0.4, 0.6, 0.8, 1.2, 1.4, 1.6, 1.8])
        assert_allclose(linear_ticks(0.0, 4.0, 3).minor, [0.5, 1, 1.5, 2.5, 3, 3.5])
        assert_allclose(linear_ticks(0.0, 5.0, 3).minor, [0.5, 1, 1.5, 2.5, 3, 3.5, 4.5, 5])
        tens = linear_ticks(0.0, 10.0, 5)
        assert_allclose(tens.minor, np.setdiff1d(np.arange(0, 10, 0.5), tens.major))

    @given(limits, targets)
    def test_any_limits(self, span, target):
        lo, hi = span
        ticks = linear_ticks(lo, hi, target)
        check(ticks, lo, hi)
        assert 2 <= len(ticks.labels) <= max(target, 4)
        assert len(set(ticks.labels)) == len(ticks.labels)
        values = [Decimal(label.replace("−", "-")) for label in ticks.labels]
        assert len({after - before for before, after in pairwise(values)}) == 1
        factor = Decimal(ticks.factor.removeprefix("×10^{").rstrip("}").replace("−", "-") or 0)
        said = [float(value.scaleb(int(factor))) for value in values]
        assert_allclose(ticks.major, said, rtol=1e-15, atol=1e-9 * (hi - lo))

    @pytest.mark.parametrize(
        ("lo", "hi"),
        [(5e-324, 1e-320), (-1.7e308, 1.7e308), (1.0, np.nextafter(1.0, 2.0)), (0.0, 5e-324)],
    )
    def test_the_ends_of_floating_point(self, lo, hi):
        check(linear_ticks(lo, hi, 5), lo, hi)


class TestAngle:
    @pytest.mark.parametrize(
        ("lo", "hi", "target", "labels"),
        [
            (0, 180, 5, "0 45 90 135 180"),
            (0, 180, 7, "0 30 60 90 120 150 180"),
            (0, 360, 5, "0 90 180 270 360"),
            (-90, 90, 5, "−90 −45 0 45 90"),
            (0, 4, 5, "0 1 2 3 4"),
            (0, 0.5, 6, "0.0 0.1 0.2 0.3 0.4 0.5"),
            (0, 10000, 5, "0 2500 5000 7500 10000"),
        ],
    )
    def test_by_hand(self, lo, hi, target, labels):
        ticks = angle_ticks(lo, hi, target)
        assert ticks.labels == tuple(labels.split())
        check(ticks, lo, hi)


class TestLog:
    @pytest.mark.parametrize(
        ("lo", "hi", "target", "labels"),
        [
            (5, 4e4, 6, "10^{1} 10^{2} 10^{3} 10^{4}"),
            (1e-3, 10, 6, "10^{−3} 10^{−2} 10^{−1} 10^{0} 10^{1}"),
            (1, 1e12, 5, "10^{0} 10^{3} 10^{6} 10^{9} 10^{12}"),
            (3, 60, 6, "5 10 20 50"),
            (1, 10, 4, "1 2 5 10"),
            (1.3, 79, 6, "2 5 10 20 50"),
            (0.002, 0.06, 5, "0.002 0.005 0.01 0.02 0.05"),
            (2e6, 3e7, 6, "2×10^{6} 5×10^{6} 10^{7} 2×10^{7}"),
            (1000, 1400, 5, "1000 1100 1200 1300 1400"),
        ],
    )
    def test_by_hand(self, lo, hi, target, labels):
        ticks = log_ticks(lo, hi, target)
        assert ticks.labels == tuple(labels.split())
        check(ticks, lo, hi)

    def test_minor_ticks_are_the_other_digits(self):
        ticks = log_ticks(1.0, 1000.0, 6)
        assert_allclose(ticks.minor, [d * 10.0**e for e in range(3) for d in range(2, 10)])

    def test_minor_ticks_are_the_skipped_decades_where_there_are_many(self):
        assert_allclose(log_ticks(1.0, 1e9, 4).minor, [10, 100, 1e4, 1e5, 1e7, 1e8])

    @pytest.mark.parametrize(
        ("lo", "hi", "target", "labelled", "minor"),
        [
            (1e-100, 1e100, 9, range(-100, 101, 25), 5),
            (1e-100, 1e100, 5, range(-100, 101, 50), 10),
            (1.0, 1e61, 5, range(0, 61, 20), 5),
            (1.0, 1e35, 5, range(0, 31, 10), 1),
            (1e28, 1e36, 2, (30, 35), 1),
            (5e-324, 1.7e308, 5, range(-200, 201, 200), 50),
        ],
    )
    def test_many_decades_are_labelled_at_round_ones(self, lo, hi, target, labelled, minor):
        ticks = log_ticks(lo, hi, target)
        check(ticks, lo, hi)
        assert_allclose(ticks.major, [float(f"1e{e}") for e in labelled])
        exponents = np.round(np.log10(ticks.minor))
        assert np.all(exponents % minor == 0)
        assert set(exponents.astype(int)) | set(labelled) == {
            e for e in range(-323, 309) if e % minor == 0 and lo <= float(f"1e{e}") <= hi
        }

    def test_no_minor_tick_stands_where_no_digit_is(self):
        assert log_ticks(3.5, 1e12, 14).minor[0] == 4.0

    def test_decades_on_the_limits_survive_rounding(self):
        lo, hi = 10 * (1 + 1e-15), 1e5 * (1 - 1e-15)
        ticks = log_ticks(lo, hi, 6)
        assert len(ticks.labels) == 5
        check(ticks, lo, hi)

    def test_refuses_zero(self):
        with pytest.raises(PlottingError, match="positive lower limit"):
            log_ticks(0.0, 10.0, 5)

    @given(st.floats(-300, 290), st.floats(1e-3, 15), targets)
    def test_any_limits(self, start, decades, target):
        lo, hi = 10.0**start, 10.0 ** (start + decades)
        ticks = log_ticks(lo, hi, target)
        check(ticks, lo, hi)
        assert 2 <= len(ticks.labels) <= max(target, 4)
        assert len(set(ticks.labels)) == len(ticks.labels)


class TestTime:
    noon = at(2008, 1, 14, 12, 34, 56)
    day = "2008-01-14"
    minute = "2008-01-14 12:34 UTC"

    @pytest.mark.parametrize(
        ("lo", "hi", "target", "labels", "context"),
        [
            (noon, noon + 0.2, 5, "56.00|56.05|56.10|56.15|56.20", f"seconds after {minute}"),
            (noon + 3.6, noon + 4.1, 3, "12:34:59.6|12:34:59.8|12:35:00.0", f"{day} UTC"),
            (noon, noon + 2, 5, "56.0|56.5|57.0|57.5|58.0", f"seconds after {minute}"),
            (noon, noon + 4, 5, "12:34:56|12:34:57|12:34:58|12:34:59|12:35:00", f"{day} UTC"),
            (noon, noon + 3600, 5, "12:45|13:00|13:15|13:30", f"{day} UTC"),
            (at(2008, 1, 14), at(2008, 1, 15), 5, "00:00|06:00|12:00|18:00|15 Jan", f"{day} UTC"),
            (noon, noon + 86400, 4, "18:00|15 Jan|06:00|12:00", f"{day} – 2008-01-15 UTC"),
            # A day of hourly records, each around its hour; an hour of minutes likewise.
            (
                at(2008, 1, 14) - 1800,
                at(2008, 1, 15) - 1800,
                4,
                "00:00|06:00|12:00|18:00",
                f"{day} UTC",
            ),
            (
                at(2008, 1, 14) - 30,
                at(2008, 1, 14) + 3570,
                4,
                "00:00|00:15|00:30|00:45",
                f"{day} UTC",
            ),
            (at(2008, 2, 27), at(2008, 3, 2), 5, "27 Feb|28 Feb|29 Feb|1 Mar|2 Mar", "2008"),
            (at(2009, 2, 27), at(2009, 3, 2), 5, "27 Feb|28 Feb|1 Mar|2 Mar", "2009"),
            (at(2007, 12, 30), at(2008, 1, 2), 4, "30 Dec|31 Dec|1 Jan|2 Jan", "2007 – 2008"),
            (at(2008, 1, 15), at(2008, 5, 2), 5, "Feb|Mar|Apr|May", "2008"),
            (at(2008, 1, 15), at(2009, 9, 1), 4, "2008 Jul|2009 Jan|2009 Jul", ""),
            (at(1995, 5, 1), at(2012, 5, 1), 5, "2000|2005|2010", ""),
            (at(1960, 1, 1), at(1970, 1, 1), 6, "1960|1962|1964|1966|1968|1970", ""),
            (-1.0, 0.9, 3, "23:59:59|1 Jan", "1969-12-31 – 1970-01-01 UTC"),
        ],
    )  # fmt: skip
    def test_by_hand(self, lo, hi, target, labels, context):
        ticks = time_ticks(lo, hi, target)
        assert ticks.labels == tuple(labels.split("|"))
        assert ticks.context == context
        check(ticks, lo, hi)

    @pytest.mark.parametrize(
        ("lo", "hi", "span", "context"),
        [
            (at(2019, 12, 31, 22), at(2020, 1, 7, 2), (at(2020, 1, 1), at(2020, 1, 7)), "2020"),
            (at(2019, 12, 31), at(2020, 1, 7), (at(2019, 12, 31, 1), at(2020, 1, 6)),
             "2019 – 2020"),
            # A year, with room around it: the mark at its end is not one of the next.
            (at(2019, 12, 27), at(2021, 1, 5), (at(2020, 1, 1), at(2020, 12, 31)), "2020"),
            # Where room around the data has marks of other dates, these are named.
            (at(2020, 12, 20), at(2021, 1, 3), (at(2020, 12, 21), at(2020, 12, 31)), "2020 – 2021"),
            (at(2019, 12, 31, 23, 59, 59), at(2020, 1, 1, 0, 0, 1), (at(2020, 1, 1),) * 2,
             "2019-12-31 – 2020-01-01 UTC"),
            (at(2019, 12, 31, 23), at(2020, 1, 3, 1), (at(2020, 1, 1), at(2020, 1, 3)),
             "2020-01-01 – 2020-01-02 UTC"),
        ],
    )  # fmt: skip
    def test_the_context_names_what_the_data_span(self, lo, hi, span, context):
        ticks = time_ticks(lo, hi, 9, span)
        assert ticks.context == context
        assert_array_equal(ticks.major, time_ticks(lo, hi, 9).major)

    def test_positions_stand_where_labels_say(self):
        ticks = time_ticks(at(2008, 1, 15), at(2011, 1, 10), 6)
        expected = [at(year, month, 1) for year in (2008, 2009, 2010) for month in (1, 7)]
        assert_array_equal(ticks.major, [*expected[1:], at(2011, 1, 1)])

    def test_day_steps_restart_each_month_and_keep_apart(self):
        ticks = time_ticks(at(2008, 1, 1), at(2008, 3, 1), 13)
        assert ticks.labels == (
            "1 Jan", "6 Jan", "11 Jan", "16 Jan", "21 Jan", "26 Jan",
            "1 Feb", "6 Feb", "11 Feb", "16 Feb", "21 Feb", "26 Feb", "1 Mar",
        )  # fmt: skip
        assert np.diff(ticks.major).min() >= 4 * 86400

    def test_minor_ticks_of_months_are_days_of_the_month(self):
        minor = time_ticks(at(2008, 2, 1), at(2008, 4, 1), 3).minor
        assert_array_equal(minor, [at(2008, m, d) for m in (2, 3) for d in (11, 21)])

    def test_refuses_what_is_no_time(self):
        with pytest.raises(PlottingError, match="fill values"):
            time_ticks(-1e31, 1e9, 5)

    @given(st.floats(-3e9, 2e10), st.floats(-4, 9.5), targets)
    def test_any_limits(self, lo, power, target):
        hi = lo + 10.0**power
        assume(hi - lo > 1e-5)
        ticks = time_ticks(lo, hi, target)
        check(ticks, lo, hi)
        assert 1 <= len(ticks.labels) <= target + 2
        # A time of day may come again on another date, which a midnight mark names.
        if not any(":" in label for label in ticks.labels):
            assert len(set(ticks.labels)) == len(ticks.labels)

    @given(st.floats(-3e9, 1e10), st.floats(5, 9.5), targets)
    def test_calendar_marks_are_midnights_that_datetime_agrees_with(self, lo, power, target):
        ticks = time_ticks(lo, lo + 10.0**power, target)
        for position, label in zip(ticks.major, ticks.labels, strict=True):
            moment = datetime.fromtimestamp(position, UTC)
            forms = (f"{moment.day} {moment:%b}", f"{moment:%b}", f"{moment:%Y %b}", f"{moment:%Y}")
            assert label in forms or label == f"{moment:%H:%M}"


def test_multiples_include_what_rounding_puts_outside():
    assert multiples(0.1, 0.1 + 0.2, Fraction(1, 10)) == range(1, 4)
    assert multiples(0.1001, 0.2999, Fraction(1, 10)) == range(2, 3)


@pytest.mark.parametrize(
    ("lo", "hi", "threshold", "target", "labels"),
    [
        (-1e-9, 3e-6, 1e-8, 6, ("0", "10^{−8}", "10^{−7}", "10^{−6}")),
        (-0.5, 0.5, 1.0, 5, ("−0.4", "−0.2", "0.0", "0.2", "0.4")),
        (3.0, 3000.0, 1.0, 5, ("10^{1}", "10^{2}", "10^{3}")),
        (-3000.0, -3.0, 1.0, 6, ("−10^{3}", "−10^{2}", "−10^{1}")),
        (-1e12, 1e12, 1.0, 3, ("−10^{9}", "0", "10^{9}")),
    ],
)
def test_symlog_ticks(lo, hi, threshold, target, labels) -> None:
    ticks = symlog_ticks(lo, hi, threshold, target)
    assert ticks.labels == labels
    assert np.all(np.diff(ticks.major) > 0) and np.all(np.diff(ticks.minor) > 0)
    assert not np.isin(ticks.minor, ticks.major).any()
