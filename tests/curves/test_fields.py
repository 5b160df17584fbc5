"""Values of names, and texts made of them."""

import time

import pytest

from figmill.curves.fields import fields_in, filled, names_in, plain_number, unit_of
from figmill.errors import ConfigError


@pytest.mark.parametrize(
    ("name", "pattern", "expected"),
    [
        ("W12_D01_0.5V", "{w}_{d}_{vd:number}V", {"w": "W12", "d": "D01", "vd": 0.5}),
        ("W12_D01_0,5V", "{w}_{d}_{vd:number}V", {"w": "W12", "d": "D01", "vd": 0.5}),
        ("run-1e-3A", "run{i:number}A", {"i": -1e-3}),
        ("a_b_c", "{x}_{y}", {"x": "a", "y": "b_c"}),
        ("a_b_c", "{x:word}_{y:word}", None),
        ("lot (3)", "lot ({n:digits})", {"n": "3"}),
        ("x_12", "*{n:digits}", {"n": "12"}),
        ("x12", "{a}*{n:digits}", {"a": "x", "n": "12"}),
    ],
)
def test_fields(name, pattern, expected) -> None:
    assert fields_in(name, pattern) == expected


@pytest.mark.parametrize("pattern", ["{a}{b}", "{1}", "{a}_{a}", "{a:float}", "plain", "{}"])
def test_patterns_that_cannot_be(pattern) -> None:
    with pytest.raises(ConfigError):
        fields_in("x", pattern)


def test_no_pattern_keeps_a_machine_busy() -> None:
    pattern = "_".join(f"{{f{n}}}" for n in range(12)) + "*!"
    begin = time.process_time()
    assert fields_in("_" * 255, pattern) is None
    assert time.process_time() - begin < 5.0


def test_texts() -> None:
    assert names_in("{a}/{b:number}") == ("a", "b")
    assert filled("{a}_{b}V", {"a": "W1", "b": 0.5}) == "W1_0.5V"
    with pytest.raises(ConfigError, match="'wafer'"):
        filled("{wafr}", {"wafer": "W1"})


def test_numbers_of_settings() -> None:
    assert plain_number("0.1 V") == 0.1
    assert unit_of("0.1 V") == "V"
    assert plain_number("2024-05-01 12:00") is None
    assert plain_number("W12") is None
