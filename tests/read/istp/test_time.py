"""When records were measured and for how long, on files made here."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from figmill.read.cdf.file import CdfFile
from figmill.read.istp import SpectrogramVariable, find_spectrograms, load_spectrogram

pycdfpp = pytest.importorskip("pycdfpp")

Make = Callable[..., CdfFile]
START = np.datetime64("2020-06-01T00:00:00", "ns")
UNIX = 1590969600.0
N = 60
MINUTES = START + np.arange(N) * np.timedelta64(60, "s")
FLUX = {"DEPEND_0": "Epoch", "DEPEND_1": "energy", "VAR_TYPE": "data", "SCALETYP": "log"}
ENERGY = {"UNITS": "eV", "LABLAXIS": "Energy", "SCALETYP": "log"}


def load(
    make: Make,
    times: np.ndarray = MINUTES,
    attributes: Mapping[str, Any] | None = None,
    *,
    time: str = "Epoch",
    records: int | None = None,
    **more: tuple[Any, Mapping[str, Any]],
) -> SpectrogramVariable:
    count = len(times) if records is None else records
    values = np.outer(1.0 + np.arange(count), [1.0, 10.0, 100.0])
    cdf = make(
        Epoch=(times, attributes or {}),
        energy=([np.array([10.0, 100.0, 1000.0])], ENERGY),
        flux=(values, {**FLUX, "DEPEND_0": time}),
        **more,
    )
    (candidate,) = [each for each in find_spectrograms(cdf).candidates if each.name == "flux"]
    return load_spectrogram(cdf, candidate)


def codes(read: SpectrogramVariable) -> list[tuple[str, str]]:
    return [(note.level, note.code) for note in read.notes]


def minutes(read: SpectrogramVariable) -> tuple[np.ndarray, np.ndarray]:
    assert read.time.lo is not None
    assert read.time.hi is not None
    return (read.time.lo - UNIX) / 60, (read.time.hi - UNIX) / 60


class TestOverlaps:
    @pytest.mark.parametrize("half", [31.0, 60.0, 300.0])
    def test_records_that_overlap_are_cut_midway(self, make: Make, half: float) -> None:
        read = load(
            make,
            attributes={"DELTA_PLUS_VAR": "dt", "DELTA_MINUS_VAR": "dt"},
            dt=([np.float32(half)], {"UNITS": "s"}),
        )
        lo, hi = minutes(read)
        assert lo == pytest.approx(np.arange(N) - 0.5)
        assert hi == pytest.approx(np.arange(N) + 0.5)
        assert codes(read) == [("info", "records-cut-midway")]

    def test_records_that_touch_say_nothing(self, make: Make) -> None:
        read = load(
            make,
            attributes={"DELTA_PLUS_VAR": "dt", "DELTA_MINUS_VAR": "dt"},
            dt=([np.float64(30.0)], {"UNITS": "s"}),
        )
        assert read.notes == ()


class TestWidths:
    @pytest.mark.parametrize(
        ("unit", "delta"), [("s", 15.0), ("ns", 15e9), ("min", 0.25), ("hours", 15 / 3600)]
    )
    def test_fill_in_a_width_takes_the_cadence(self, make: Make, unit: str, delta: float) -> None:
        width = np.full(N, delta)
        width[20:25] = -1e31
        read = load(
            make,
            attributes={"DELTA_PLUS_VAR": "dt", "DELTA_MINUS_VAR": "dt"},
            dt=(width, {"UNITS": unit, "FILLVAL": -1e31}),
        )
        lo, hi = minutes(read)
        length = np.where((np.arange(N) >= 20) & (np.arange(N) < 25), 1.0, 0.5)
        assert hi - lo == pytest.approx(length)
        assert 0.5 * (lo + hi) == pytest.approx(np.arange(N))
        assert codes(read) == [("info", "record-length-from-cadence")]

    def test_fill_in_an_accumulation_time_begins_where_the_others_do(self, make: Make) -> None:
        width = np.full(N, 60, np.int64)
        width[10] = np.iinfo(np.int64).min
        read = load(make, attributes={"DELTA_PLUS_VAR": "dt"}, dt=(width, {"UNITS": "s"}))
        lo, hi = minutes(read)
        assert lo == pytest.approx(np.arange(N))
        assert hi == pytest.approx(np.arange(N) + 1.0)

    @pytest.mark.parametrize("unit", ["sec.", "[s]", "(sec)", "Second(s)", "SECS"])
    def test_units_of_time_as_files_spell_them(self, make: Make, unit: str) -> None:
        read = load(
            make,
            attributes={"DELTA_PLUS_VAR": "dt", "DELTA_MINUS_VAR": "dt"},
            dt=([np.float32(15.0)], {"UNITS": unit}),
        )
        lo, hi = minutes(read)
        assert hi - lo == pytest.approx(0.5)
        assert read.notes == ()

    def test_a_width_stored_as_a_time(self, make: Make) -> None:
        # The zero of TT2000 is 11:58:55.816 UTC: these are counts of 30 s.
        width = np.full(N, np.datetime64("2000-01-01T11:59:25.816", "ns"))
        read = load(
            make,
            attributes={"DELTA_PLUS_VAR": "dt", "DELTA_MINUS_VAR": "dt"},
            dt=(width, {"UNITS": "ns"}),
        )
        lo, hi = minutes(read)
        assert lo == pytest.approx(np.arange(N) - 0.5, abs=1e-7)
        assert hi == pytest.approx(np.arange(N) + 0.5, abs=1e-7)
        assert read.notes == ()


class TestPlaceInTheBin:
    @pytest.mark.parametrize(
        ("said", "share"), [(0.0, 0.0), (1.0, 1.0), (0.25, 0.25), ("0.0", 0.0), ("end", 1.0)]
    )
    def test_bin_location(self, make: Make, said: Any, share: float) -> None:
        read = load(make, attributes={"BIN_LOCATION": said})
        lo, hi = minutes(read)
        assert lo == pytest.approx(np.arange(N) - share)
        assert hi == pytest.approx(np.arange(N) + 1 - share)
        assert codes(read) == [("info", "time-bin-location")]

    def test_a_gap_stays_open_behind_a_begin(self, make: Make) -> None:
        times = MINUTES[[*range(20), *range(40, 60)]]
        lo, hi = minutes(load(make, times, {"BIN_LOCATION": 0.0}))
        assert (lo[19], hi[19], lo[20]) == pytest.approx((19, 20, 40))

    def test_the_middle_needs_no_bounds_and_nonsense_is_a_doubt(self, make: Make) -> None:
        assert load(make, attributes={"BIN_LOCATION": 0.5}).notes == ()
        read = load(make, attributes={"BIN_LOCATION": 7.0})
        assert read.time.lo is None
        assert codes(read) == [("doubt", "bin-location-unusable")]

    @pytest.mark.parametrize(
        "words",
        [
            "Centre time of the accumulation, in nanoseconds since the start of J2000",
            "Time since the beginning of 1970",
            "ns since the beginning of the mission",
            "Middle of the interval; start of the day is in another variable",
        ],
    )
    def test_words_that_do_not_say_where_a_record_begins(self, make: Make, words: str) -> None:
        read = load(make, attributes={"CATDESC": words})
        assert read.time.lo is None
        assert read.notes == ()


class TestStrays:
    def test_times_outside_the_valid_range(self, make: Make) -> None:
        times = MINUTES.copy()
        times[30] = np.datetime64("1970-01-01", "ns")
        limits = [np.array([np.datetime64(f"{year}-01-01", "ns")]) for year in (2010, 2030)]
        read = load(make, times, {"VALIDMIN": limits[0], "VALIDMAX": limits[1]})
        assert np.flatnonzero(np.isnan(read.time.centers)).tolist() == [30]
        assert codes(read) == [("loss", "times-outside-valid-range")]

    def test_limits_as_text(self, make: Make) -> None:
        times = MINUTES.copy()
        times[:2] -= np.timedelta64(40, "D")
        read = load(make, times, {"VALIDMIN": "2020-05-01T00:00:00Z"})
        assert np.flatnonzero(np.isnan(read.time.centers)).tolist() == [0, 1]

    def test_a_range_that_no_time_fits_is_left_aside(self, make: Make) -> None:
        limit = np.array([np.datetime64("2019-12-31", "ns")])
        read = load(make, attributes={"VALIDMAX": limit})
        assert np.isfinite(read.time.centers).all()
        assert codes(read) == [("info", "valid-range-unusable")]

    def test_a_range_that_few_times_fit_is_left_aside_with_a_doubt(self, make: Make) -> None:
        limit = np.array([MINUTES[-1] - np.timedelta64(10, "s")])
        read = load(make, attributes={"VALIDMIN": limit})
        assert np.isfinite(read.time.centers).all()
        assert codes(read) == [("doubt", "valid-range-unusable")]
        assert "59 of its 60 times" in read.notes[0].text

    def test_a_range_that_few_times_fit_holds_where_the_others_are_of_an_unset_clock(
        self, make: Make
    ) -> None:
        times = MINUTES.copy()
        times[:40] = np.datetime64("1980-01-06", "ns") + np.arange(40) * np.timedelta64(60, "s")
        limit = np.array([np.datetime64("2010-01-01", "ns")])
        read = load(make, times, {"VALIDMIN": limit})
        assert np.flatnonzero(np.isfinite(read.time.centers)).tolist() == list(range(40, 60))
        assert codes(read) == [("loss", "times-outside-valid-range")]

    def test_a_large_part_that_lies_years_away(self, make: Make) -> None:
        times = MINUTES.copy()
        times[:25] = np.datetime64("1970-01-01", "ns") + np.arange(25) * np.timedelta64(60, "s")
        read = load(make, times)
        assert np.flatnonzero(np.isnan(read.time.centers)).tolist() == list(range(25))
        months = MINUTES.copy()
        months[:25] -= np.timedelta64(200, "D")
        assert np.isfinite(load(make, months).time.centers).all()

    @pytest.mark.parametrize("year", [1970, 2099])
    def test_times_far_from_all_others(self, make: Make, year: int) -> None:
        times = MINUTES.copy()
        times[[0, 30]] = np.datetime64(f"{year}-01-01", "ns")
        read = load(make, times)
        assert np.flatnonzero(np.isnan(read.time.centers)).tolist() == [0, 30]
        assert codes(read) == [("loss", "times-far-from-others")]
        assert f"(in {year})" in read.notes[0].text

    def test_records_without_a_time_are_told(self, make: Make) -> None:
        times = pycdfpp.to_tt2000(MINUTES).copy()
        times.view(np.int64)[4] = np.iinfo(np.int64).min
        read = load(make, times)
        assert codes(read) == [("loss", "records-without-time")]


class TestExact:
    """Times that UNIX seconds cannot tell apart."""

    def test_a_leap_second_has_columns_of_its_own(self, make: Make) -> None:
        times = pycdfpp.to_tt2000(MINUTES[:50]).copy()
        begin = pycdfpp.to_tt2000(np.array(["2016-12-31T23:59:58"], "M8[ns]")).view(np.int64)[0]
        # 0.1 s each: seconds 58, 59, 60, 0 and 1.
        times.view(np.int64)[:] = begin + np.arange(50) * 10**8
        read = load(make, times)
        assert read.time.tai is not None
        lo, hi = (read.time.tai - read.time.tai[0, 0]) / 1e9
        assert lo == pytest.approx(0.1 * np.arange(50), abs=1e-9)
        assert hi == pytest.approx(0.1 * (np.arange(50) + 1), abs=1e-9)
        # As UNIX seconds, second 60 folds into second 0, and no bin is inverted.
        assert read.time.centers[20:30] == pytest.approx(read.time.centers[30:40])
        assert read.time.lo is not None
        assert bool((read.time.lo < read.time.hi).all())
        assert codes(read) == [("info", "leap-second-shown")]

    @pytest.mark.parametrize("step", [10, 100, 1000])
    def test_steps_below_a_microsecond(self, make: Make, step: int) -> None:
        times = START + np.arange(N) * np.timedelta64(step, "ns")
        read = load(
            make,
            times,
            {"DELTA_PLUS_VAR": "dt"},
            dt=([np.float32(step / 2)], {"UNITS": "ns"}),
        )
        assert read.time.tai is not None
        assert np.diff(read.time.tai[0]).tolist() == [step] * (N - 1)
        assert np.diff(read.time.tai, axis=0).tolist() == [[step // 2] * N]

    def test_usual_times_stay_plain(self, make: Make) -> None:
        assert load(make).time.tai is None

    def test_records_of_one_time_are_told(self, make: Make) -> None:
        times = MINUTES.copy()
        times[[10, 20]] = times[[9, 19]]
        read = load(make, times)
        assert codes(read) == [("loss", "times-repeated")]
        assert read.notes[0].text.startswith("2 records have the time of another")


class TestNumbers:
    @pytest.mark.parametrize(
        ("unit", "scale", "zero"),
        [
            ("milliseconds since 1970-01-01", 1e3, 0.0),
            ("Seconds since 1970-01-01", 1.0, 0.0),
            ("seconds since 2000-01-01 12:00:00 UTC", 1.0, 946728000.0),
            ("hours since 2020-05-31T22:00:00-02:00", 1 / 3600, UNIX),
            ("days since 1 Jan 2000", 1 / 86400, 946684800.0),
            ("sec since Jan 1, 2000", 1.0, 946684800.0),
            ("minutes since 2020-153", 1 / 60, UNIX),
            ("us since 1970", 1e6, 0.0),
        ],
    )
    @pytest.mark.parametrize("where", ["UNITS", "CATDESC"])
    def test_unit_since_date(
        self, make: Make, unit: str, scale: float, zero: float, where: str
    ) -> None:
        counts = (UNIX - zero + 60.0 * np.arange(N)) * scale
        read = load(make, time="t", t=(counts, {where: unit}))
        assert read.time.centers == pytest.approx(UNIX + 60.0 * np.arange(N), abs=1e-4)
        assert codes(read) == [("info", "time-from-words")]

    def test_a_time_base(self, make: Make) -> None:
        counts = UNIX - 946728000.0 + 60.0 * np.arange(N)
        read = load(make, time="t", t=(counts, {"UNITS": "s", "TIME_BASE": "J2000"}))
        assert read.time.centers == pytest.approx(UNIX + 60.0 * np.arange(N))
        assert codes(read) == [("doubt", "time-scale-assumed")]

    def test_counts_of_tt2000_that_lost_their_type(self, make: Make) -> None:
        counts = pycdfpp.to_tt2000(MINUTES).view(np.int64).copy()
        read = load(make, time="t", t=(counts, {"UNITS": "ns", "CATDESC": "ns since J2000"}))
        assert read.time.centers == pytest.approx(UNIX + 60.0 * np.arange(N), abs=1e-6)

    @pytest.mark.parametrize(
        ("unit", "scale", "zero"),
        [
            ("seconds since 2000/07/01 12:00:00", 1.0, 962452800.0),
            ("seconds since 2000-01-01T12Z", 1.0, 946728000.0),
            ("seconds since 2000-01-01 12", 1.0, 946728000.0),
            ("hours since 20200101T060000Z", 1 / 3600, 1577858400.0),
            ("s since 2020 Jun 1", 1.0, UNIX),
            ("seconds since 13/01/2020", 1.0, 1578873600.0),
            ("seconds since 00:00 UT on 1 January 1970", 1.0, 0.0),
            ("number of milliseconds elapsed since 1970-01-01", 1e3, 0.0),
            ("seconds from 1970-01-01", 1.0, 0.0),
            ("Unix time", 1.0, 0.0),
            ("UNIX milliseconds", 1e3, 0.0),
            ("MJD", 1 / 86400, -3506716800.0),
        ],
    )
    def test_other_spellings(self, make: Make, unit: str, scale: float, zero: float) -> None:
        counts = (UNIX - zero + 60.0 * np.arange(N)) * scale
        read = load(make, time="t", t=(counts, {"UNITS": unit}))
        assert read.time.centers == pytest.approx(UNIX + 60.0 * np.arange(N), abs=1e-4)
        assert codes(read) == [("info", "time-from-words")]

    @pytest.mark.parametrize(
        ("unit", "attributes", "zero"),
        [
            # TAI is 37 s, GPS 18 s and TT 69.184 s ahead of UTC in 2020 (IERS Bulletin C 52).
            ("TAI seconds since 1958-01-01", {}, -378691200.0 - 37.0),
            ("seconds since 1958-01-01 TAI", {}, -378691200.0 - 37.0),
            ("GPS seconds since 1980-01-06", {}, 315964800.0 - 18.0),
            ("seconds since 2000-01-01 12:00:00 TT", {}, 946728000.0 - 69.184),
            ("s since J2000 TT", {}, 946728000.0 - 69.184),
            ("s", {"TIME_BASE": "J2000", "TIME_SCALE": "TDB"}, 946728000.0 - 69.184),
            ("seconds since 1970-01-01", {"TIME_SCALE": "TAI"}, -37.0),
        ],
    )
    def test_a_scale_without_leap_seconds(
        self, make: Make, unit: str, attributes: Mapping[str, Any], zero: float
    ) -> None:
        counts = UNIX - zero + 60.0 * np.arange(N)
        read = load(make, time="t", t=(counts, {"UNITS": unit, **attributes}))
        assert read.time.centers == pytest.approx(UNIX + 60.0 * np.arange(N), abs=1e-4)
        assert codes(read) == [("info", "time-scale-converted")]

    @pytest.mark.parametrize(
        "unit",
        [
            "seconds since 01/06/2020",  # of June, or the 6th of January
            "seconds since 2020-06-01 12:00 AM",
            "seconds since 2020-06-01 00:00:00 EST",
            "tenths of seconds since 1970-01-01",
            "10 seconds since 1970-01-01",
            "seconds of year since 2020-01-01",
            "seconds since 2020-13-01",
        ],
    )
    def test_words_that_are_not_understood_are_told(self, make: Make, unit: str) -> None:
        cdf = make(
            Epoch=(MINUTES, {}),
            t=(np.arange(N) * 60.0, {"UNITS": unit}),
            energy=([np.array([10.0, 100.0, 1000.0])], ENERGY),
            flux=(np.ones((N, 3)), {**FLUX, "DEPEND_0": "t"}),
        )
        findings = find_spectrograms(cdf)
        assert findings.primary == ()
        assert f"t counts {unit!r}, which is not understood" in findings.rejected["flux"]

    def test_seconds_of_which_nothing_is_said_are_a_doubt(self, make: Make) -> None:
        counts = UNIX + 60.0 * np.arange(N)
        read = load(make, time="t", t=(counts, {"UNITS": "s", "TIME_BASE": "launch"}))
        assert read.time.centers == pytest.approx(counts)
        assert codes(read) == [("doubt", "time-origin-assumed")]
        assert "'launch' is not understood" in read.notes[0].text

    @pytest.mark.parametrize("unit", ["furlongs since 1970-01-01", "seconds since lunch", "ms"])
    def test_what_is_no_time(self, make: Make, unit: str) -> None:
        with pytest.raises(ValueError, match="not enough values"):
            load(make, time="t", t=(np.arange(N, dtype=float), {"UNITS": unit}))


class TestCounts:
    @pytest.mark.parametrize(("data", "drawn"), [(50, 50), (70, 60)])
    def test_what_fits_is_read(self, make: Make, data: int, drawn: int) -> None:
        read = load(make, records=data)
        assert read.values.shape == (drawn, 3)
        assert read.values[:, 0].tolist() == [1.0 + i for i in range(drawn)]
        assert read.time.centers.shape == (drawn,)
        assert codes(read) == [("loss", "record-counts-differ")]
        assert f"{data} records where Epoch has 60" in read.notes[0].text
