"""Run numbers as configurations write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from figmill.chip.sequences import compact, parse_sequence
from figmill.errors import ConfigError


@pytest.mark.parametrize(
    ("asked", "numbers", "named"),
    [
        (52, (52,), {52}),
        ("52", (52,), {52}),
        ("52-54", (52, 53, 54), set()),
        ("52,57,58", (52, 57, 58), {52, 57, 58}),
        ("89-91,95, 100-101", (89, 90, 91, 95, 100, 101), {95}),
        ([52, "57-59"], (52, 57, 58, 59), {52}),
        ([5, 4, 5], (5, 4), {4, 5}),
        ("7 - 8", (7, 8), set()),
        ("8-8", (8,), {8}),
    ],
)
def test_all_documented_ways(asked, numbers, named):
    found = parse_sequence(asked)
    assert (found.numbers, found.named) == (numbers, named)


@pytest.mark.parametrize(
    "asked",
    ["", "4-", "a", "5-3", "0", -3, 1.5, None, True, {"a": 1}, [], [[1]], "1-999999999", "1,,2"],
)
def test_everything_else_is_refused(asked):
    with pytest.raises(ConfigError) as caught:
        parse_sequence(asked)
    assert caught.value.hint


@given(st.sets(st.integers(1, 400), min_size=1))
def test_short_writing_is_read_back(numbers):
    assert set(parse_sequence(compact(list(numbers))).numbers) == numbers
