"""Moments and durations of any kind are seconds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from figmill.errors import InputError, PlottingError
from figmill.figure import (
    Axis,
    Band,
    Bins,
    BinTables,
    Bracket,
    Curve,
    Figure,
    Mark,
    Panel,
    TickRow,
    VLine,
    time_bins,
)
from figmill.figure.numbers import floats, number, undated

START = datetime(2019, 12, 31, 12, tzinfo=UTC).timestamp()
UNITS = ["h", "m", "s", "ms", "us", "ns"]
HOURS = np.array(["2019-12-31T12", "2019-12-31T13", "2019-12-31T14"], dtype="M8[h]")
SECONDS = START + np.array([0.0, 3600.0, 7200.0])


class TestUndated:
    @pytest.mark.parametrize("unit", UNITS)
    def test_moments_of_numpy_whatever_their_unit(self, unit):
        assert_array_equal(undated(HOURS.astype(f"M8[{unit}]")), SECONDS)

    @pytest.mark.parametrize(
        ("moment", "unit"), [("2019", "Y"), ("2019-01", "M"), ("2019-01-01", "D")]
    )
    def test_calendar_units(self, moment, unit):
        begin = datetime(2019, 1, 1, tzinfo=UTC).timestamp()
        assert undated(np.datetime64(moment, unit)) == begin

    def test_counts_of_a_unit(self):
        assert_array_equal(undated(np.array([2, 3], dtype="M8[25s]")), [50.0, 75.0])

    @pytest.mark.parametrize("year", [1600, 3000, 20_000])
    def test_years_that_nanoseconds_cannot_hold(self, year):
        days = (np.datetime64(f"{year}-01-01", "D") - np.datetime64("1970-01-01", "D")).astype(int)
        assert undated(np.datetime64(f"{year}-01-01", "s")) == 86400.0 * days

    def test_parts_of_a_second(self):
        assert undated(np.datetime64(1_577_793_600_123_456_789, "ns")) == 1577793600.1234567

    def test_what_is_missing_is_nan(self):
        assert_array_equal(undated(np.array(["2019-12-31T12", "NaT"], "M8[ms]")), [START, np.nan])
        assert np.isnan(undated(np.datetime64("NaT")))

    @pytest.mark.parametrize("unit", UNITS)
    def test_masked_moments(self, unit):
        masked = np.ma.MaskedArray(HOURS.astype(f"M8[{unit}]"), [False, True, False])
        assert_array_equal(undated(masked), [SECONDS[0], np.nan, SECONDS[2]])

    def test_masked_numbers_keep_their_precision(self):
        single = undated(np.ma.MaskedArray(np.float32([1, 2]), [True, False]))
        assert single.dtype == np.float32
        assert_array_equal(single, [np.nan, 2.0])
        assert_array_equal(undated(np.ma.MaskedArray([1, 2], [True, False])), [np.nan, 2.0])

    def test_moments_of_the_standard_library(self):
        noon = datetime(2019, 12, 31, 12)
        east = datetime(2019, 12, 31, 14, tzinfo=timezone(timedelta(hours=2)))
        assert_array_equal(undated([noon, noon.replace(tzinfo=UTC), east]), [START] * 3)
        assert_array_equal(undated([[date(2019, 12, 31)]]), [[START - 43_200]])

    def test_durations(self):
        assert_array_equal(undated(np.array([90, 120], "m8[m]")), [5400.0, 7200.0])
        assert undated(timedelta(milliseconds=1500)) == 1.5
        with pytest.raises(InputError, match="'M' have no fixed length"):
            undated(np.timedelta64(1, "M"))

    def test_numbers_are_left_as_they_are(self):
        values = np.arange(3, dtype=np.float32)
        assert undated(values) is values


class TestNumber:
    @pytest.mark.parametrize("value", [2, 2.0, np.float32(2), np.array(2), Decimal(2), True + 1])
    def test_numbers(self, value):
        assert number(value, "It") == 2.0
        assert type(number(value, "It")) is float

    @pytest.mark.parametrize("value", ["2", None, [2.0], 2j, object()])
    def test_refuses_all_else(self, value):
        with pytest.raises(PlottingError, match=r"^It is .*, not a number\. Pass one number"):
            number(value, "It")


def test_floats_refuses_text_with_the_error_asked_for():
    with pytest.raises(InputError, match="An edge holds <U1, not numbers"):
        floats(["a"], "An edge")
    with pytest.raises(PlottingError, match="not numbers"):
        floats([None, object()], "A place", PlottingError)


@pytest.mark.parametrize("unit", UNITS)
class TestEverywhere:
    """One moment in every place that takes a time."""

    def test_bins(self, unit):
        times = HOURS.astype(f"M8[{unit}]")
        edges = Bins.from_edges(times)
        assert_array_equal(edges.lo, SECONDS[:2])
        assert_array_equal(Bins(times[:2], times[1:]).hi, SECONDS[1:])
        assert_array_equal(Bins.from_ranges(times[:2], times[1:]).lo, SECONDS[:2])
        assert_array_equal(Bins.from_centers(times, scale="linear").lo, SECONDS - 1800)
        assert_array_equal(time_bins(times).lo, SECONDS - 1800)
        half = np.timedelta64(1800, "s").astype(f"m8[{'m' if unit == 'h' else unit}]")
        assert_array_equal(Bins.around(times, half, half).hi, SECONDS + 1800)

    def test_tables_of_bins(self, unit):
        rows = HOURS.astype(f"M8[{unit}]")[np.newaxis]
        assert_array_equal(BinTables.from_rows(rows[:, :2], rows[:, 1:]).lo, [SECONDS[:2]])
        made = BinTables.from_center_rows(rows, scale="linear")
        assert_array_equal(made.lo, [SECONDS - 1800])
        around = BinTables.from_around_rows(rows, 1800, 1800)
        assert_array_equal(around.hi, [SECONDS + 1800])

    def test_layers(self, unit):
        times = HOURS.astype(f"M8[{unit}]")
        assert_array_equal(Curve(times, [1, 2, 3]).x, SECONDS)
        hidden = np.ma.MaskedArray(times, [False, True, False])
        assert_array_equal(Curve(hidden, [1, 2, 3]).x, [SECONDS[0], np.nan, SECONDS[2]])
        assert VLine(times[1]).at == SECONDS[1]
        assert (Band(times[0], times[1]).low, Band(times[0], times[1]).high) == tuple(SECONDS[:2])
        assert Bracket(times[0], times[1]).high == SECONDS[1]
        assert Mark(times[2], 0.0, "here").x == SECONDS[2]

    def test_axes_and_rows(self, unit):
        times = HOURS.astype(f"M8[{unit}]")
        assert Axis("time", limits=(times[0], times[2])).limits == (SECONDS[0], SECONDS[2])
        row = TickRow("ALT", times, [1, 2, 3])
        assert_array_equal(row.x, SECONDS)
        assert_array_equal(row.at(times[:2]), [1.0, 2.0])


def test_moments_of_the_standard_library_stand_in_a_figure():
    begin, end = datetime(2019, 12, 31, 12), datetime(2019, 12, 31, 14, tzinfo=UTC)
    middle = begin + (end.replace(tzinfo=None) - begin) / 2
    layers = [Curve([begin, middle], [0, 1]), VLine(middle), Band(begin, middle)]
    panel = Panel(layers, x=Axis("time", limits=(begin, end)))
    plain = Panel(
        [
            Curve(SECONDS[:2], [0, 1]),
            VLine(SECONDS[1]),
            Band(SECONDS[0], SECONDS[1]),
        ],
        x=Axis("time", limits=(SECONDS[0], SECONDS[2])),
    )
    assert Figure(panel, dpi=60).to_bytes() == Figure(plain, dpi=60).to_bytes()


def test_masked_edges_are_not_their_fill_values():
    hidden = np.ma.MaskedArray([1.0, -1e31, 3.0], [False, True, False])
    with pytest.raises(InputError, match="not finite"):
        Bins.from_edges(hidden)
    assert_array_equal(Bins.from_ranges(hidden, [2.0, 3.0, 4.0]).used, [True, False, True])
