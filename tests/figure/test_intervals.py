"""Unbroken stretches of flags."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from figmill.figure.intervals import stretches


@pytest.mark.parametrize(
    ("flags", "found"),
    [
        ([], []),
        ([False], []),
        ([True], [(0, 1)]),
        ([False, True, True, False, True], [(1, 3), (4, 5)]),
    ],
)
def test_start_and_stop(flags: list[bool], found: list[tuple[int, int]]) -> None:
    assert stretches(np.array(flags, bool)) == found


@given(st.lists(st.booleans(), max_size=60))
def test_they_hold_all_that_is_true_and_never_touch(flags: list[bool]) -> None:
    found = stretches(flags)
    assert [at for start, stop in found for at in range(start, stop)] == [
        at for at, flag in enumerate(flags) if flag
    ]
    ends = [end for pair in found for end in pair]
    assert all(a < b for a, b in itertools.pairwise(ends))
