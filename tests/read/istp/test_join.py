"""Variables of several files on one axis of time."""

from dataclasses import replace
from typing import Any

import numpy as np

from figmill.figure import Bins
from figmill.figure.leap_seconds import from_tai
from figmill.notes import Note
from figmill.read import istp

LEAP = 1483228836 * 10**9  # 2016-12-31 23:59:60 in nanoseconds of TAI
ENERGY = np.array([10.0, 100.0, 1000.0])


def axis(centers: np.ndarray, **fields: Any) -> istp.Axis:
    return istp.Axis("Energy", "Energy", "eV", "energy", "", "log", centers, **fields)


def spectrogram(start: float, rows: int = 4, **fields: Any) -> istp.SpectrogramVariable:
    times = start + 10.0 * np.arange(rows)
    given: dict[str, Any] = {
        "name": "flux",
        "label": "flux",
        "unit": "",
        "description": "",
        "scale": "linear",
        "values": np.outer(times, np.ones(3)),
        "time": istp.TimeAxis("Epoch", times),
        "y": axis(ENERGY),
    }
    return istp.SpectrogramVariable(**(given | fields))


def line(start: float, rows: int = 4, **fields: Any) -> istp.LineVariable:
    times = start + 10.0 * np.arange(rows)
    given: dict[str, Any] = {
        "name": "n",
        "label": "n",
        "description": "",
        "kind": "lines",
        "scale": "linear",
        "values": times[:, None].copy(),
        "time": istp.TimeAxis("Epoch", times),
        "parts": ("",),
        "units": ("nT",),
    }
    return istp.LineVariable(**(given | fields))


def test_records_follow_each_other_whatever_the_order_of_the_files() -> None:
    notes: list[Note] = []
    (made,) = istp.join([line(40.0), line(0.0)], notes)
    np.testing.assert_array_equal(made.time.centers, np.arange(0.0, 80.0, 10.0))
    np.testing.assert_array_equal(made.values[:, 0], np.arange(0.0, 80.0, 10.0))
    assert not notes


def test_no_record_is_drawn_twice() -> None:
    notes: list[Note] = []
    (made,) = istp.join([spectrogram(0.0), replace(spectrogram(20.0), label="later")], notes)
    np.testing.assert_array_equal(made.time.centers, np.arange(0.0, 60.0, 10.0))
    assert made.values.shape == (6, 3)
    (note,) = notes
    assert (note.code, note.text[:9]) == ("files-overlap", "2 records")


def test_fill_at_the_end_of_a_file_takes_no_record_of_the_next_away() -> None:
    notes: list[Note] = []
    values = np.arange(0.0, 60.0, 10.0)[:, None]
    values[4:] = np.nan
    (made,) = istp.join([line(0.0, 6, values=values), line(40.0)], notes)
    np.testing.assert_array_equal(made.values[:, 0], np.arange(0.0, 80.0, 10.0))
    assert not notes
    # Before the next file begins it stays: it tells a gap from what nobody measured.
    (made,) = istp.join([line(0.0, 6, values=values), line(50.0)], notes)
    np.testing.assert_array_equal(made.time.centers, np.arange(0.0, 90.0, 10.0))
    assert np.isnan(made.values[4, 0])


def of_leap(start: float, rows: int) -> istp.LineVariable:
    """A line of 0.1 s a record, from so many seconds after 2016-12-31 23:59:60."""
    begins = LEAP + np.round((start + 0.1 * np.arange(rows)) * 1e9).astype(np.int64)
    tai = np.stack((begins, begins + 10**8))
    bins = Bins.from_tai(tai, np.ones(rows, bool))
    centers = from_tai(begins + 5 * 10**7)
    values = (begins - LEAP)[:, None] / 1e8
    return line(0.0, time=istp.TimeAxis("Epoch", centers, bins.lo, bins.hi, tai), values=values)


def test_files_that_meet_at_a_leap_second_keep_all_records() -> None:
    notes: list[Note] = []
    # Second 60 has the UNIX seconds of second 0; the last two of the first file come again.
    (made,) = istp.join([of_leap(-2.0, 30), of_leap(0.8, 12)], notes)
    np.testing.assert_allclose(made.values[:, 0], np.arange(-20.0, 20.0))
    assert [(note.code, note.text[:9]) for note in notes] == [("files-overlap", "2 records")]
    assert made.time.tai is not None
    np.testing.assert_array_equal(made.time.tai[1, :-1], made.time.tai[0, 1:])


def test_what_means_were_weighted_by_is_told_of_all_files() -> None:
    ones, plain = {"collapsed": "weighted"}, {"collapsed": "plain"}
    for first, second, told in (
        ({**ones, "weighted_by": "w"}, {**ones, "weighted_by": "w"}, "w"),
        ({**ones, "weighted_by": "w"}, ones, "w or solid angle"),
        ({**ones, "weighted_by": "w"}, plain, ""),
        (ones, ones, ""),
    ):
        (made,) = istp.join([spectrogram(0.0, **first), spectrogram(40.0, **second)], [])
        assert isinstance(made, istp.SpectrogramVariable)
        assert made.weighted_by == told


def test_bounds_that_overlap_at_the_seam_are_cut_midway() -> None:
    one = line(0.0, 2)
    other = line(20.0, 2)
    bounded = [
        replace(each, time=replace(each.time, lo=each.time.centers - 6, hi=each.time.centers + 6))
        for each in (one, other)
    ]
    (made,) = istp.join(bounded, [])
    assert made.time.lo is not None and made.time.hi is not None
    np.testing.assert_allclose(made.time.hi[:-1], [5.0, 15.0, 25.0])
    np.testing.assert_allclose(made.time.lo[1:], [5.0, 15.0, 25.0])


def test_other_energies_become_a_table_by_record() -> None:
    more = np.array([20.0, 200.0, 2000.0, 20000.0])
    other = spectrogram(40.0, y=axis(more), values=np.ones((4, 4)))
    (made,) = istp.join([spectrogram(0.0), other], [])
    assert made.y.centers.shape == (8, 4)
    np.testing.assert_array_equal(made.y.centers[0], [*ENERGY, np.nan])
    np.testing.assert_array_equal(made.y.centers[-1], more)
    assert np.isnan(made.values[:4, 3]).all() and (made.values[4:] == 1.0).all()


def test_equal_energies_stay_one_table() -> None:
    (made,) = istp.join([spectrogram(0.0), spectrogram(40.0)], [])
    assert made.y.centers.shape == (3,)


def test_what_is_not_the_same_stays_apart_with_a_doubt() -> None:
    notes: list[Note] = []
    made = istp.join([line(0.0), line(40.0, units=("pT",))], notes)
    assert len(made) == 2
    assert [(note.level, note.code) for note in notes] == [("doubt", "variables-not-joined")]


def test_uncertainties_and_names_of_states_are_joined() -> None:
    one = line(0.0, 2, low=np.zeros((2, 1)), high=np.ones((2, 1)))
    (made,) = istp.join([one, line(20.0, 2)], [])
    np.testing.assert_array_equal(made.low, [[0.0], [0.0], [20.0], [30.0]])
    flags = [
        line(0.0, 2, kind="states", states={0: "good"}),
        line(20.0, 2, kind="states", states={1: "bad"}),
    ]
    (made,) = istp.join(flags, [])
    assert (made.kind, made.states) == ("states", {0: "good", 1: "bad"})


def test_more_states_than_colors_are_a_line() -> None:
    flags = [line(0.0, 6, kind="states"), line(60.0, 6, kind="states")]
    (made,) = istp.join(flags, [])
    assert isinstance(made, istp.LineVariable) and made.kind == "lines"
