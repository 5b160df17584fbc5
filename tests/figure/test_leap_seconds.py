"""UNIX seconds and TAI, against the standard library and by hand."""

from fractions import Fraction

import numpy as np
import pytest

from figmill.figure.leap_seconds import SECOND, from_tai, leaps_within, to_tai


@pytest.mark.parametrize(
    ("moment", "offset"),
    [(1483228799.75, 36), (1483228800.0, 37), (1590969600.125, 37), (0.0, 10), (-1e9, 10)],
)
def test_there_and_back(moment: float, offset: int) -> None:
    assert to_tai(moment) == (Fraction(moment) + offset) * SECOND
    assert from_tai([to_tai(moment)]).tolist() == [moment]


def test_a_leap_second_folds_into_the_next() -> None:
    begin = to_tai(1483228799.0) + SECOND
    assert from_tai([begin, begin + SECOND // 2, begin + SECOND]).tolist() == [
        1483228800.0,
        1483228800.5,
        1483228800.0,
    ]


def test_those_within_a_range() -> None:
    assert leaps_within(1435708799.0, 1483228801.0) == (1435708800.0, 1483228800.0)
    assert leaps_within(1483228800.0, 1e10) == ()
    assert np.size(leaps_within(0.0, 1e10)) == 27
