"""Quantities and their units."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from figmill.chip.units import Quantity, factor, fitting, number, read_quantity, sized, split_name


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("0.1 V", Quantity(0.1, "V")),
        ("-5e-3A", Quantity(-5e-3, "A")),
        ("455", Quantity(455.0, "")),
        (".5 ms", Quantity(0.5, "ms")),
        ("None", None),
        ("", None),
        ("2025-10-14", Quantity(2025.0, "-10-14")),
    ],
)
def test_quantities(text, wanted):
    assert read_quantity(text) == wanted


@pytest.mark.parametrize(
    ("unit", "base", "wanted"),
    [
        ("mV", "V", 1e-3),
        ("µA", "A", 1e-6),
        ("\u03bcA", "A", 1e-6),
        ("min", "s", 60.0),
        ("ms", "s", 1e-3),
        ("V", "A", None),
        ("furlong", "V", None),
        ("m", "V", None),
        ("um", "nm", 1e3),
    ],
)
def test_factors(unit, base, wanted):
    assert factor(unit, base) == (None if wanted is None else pytest.approx(wanted))


@given(st.floats(1e-14, 9e4))
def test_fitting_units_leave_one_to_three_digits(value):
    times, _ = fitting(value, "W")
    assert 0.99 <= value * times < 1001


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(5.98e-6, "5.98 µW"), (9.9996e-7, "1 µW"), (0.0, "0 W"), (-2.5e-3, "-2.5 mW")],
)
def test_sized(value, wanted):
    assert sized(value, "W") == wanted


def test_numbers_that_are_none_are_written_as_such():
    assert number(math.nan) == "nan"
    assert sized(math.inf, "W") == "inf W"


def test_units_in_words_and_decimal_commas():
    for text, wanted in (
        ("0.1 volt", 0.1),
        ("5 millivolts", 5e-3),
        ("0,1 V", 0.1),
        ("-1,25 V", -1.25),
        ("0,100 V", 0.1),
    ):
        found = read_quantity(text)
        assert found is not None
        assert found.value * factor(found.unit, "V") == pytest.approx(wanted, rel=1e-12)
    assert factor("nanometer", "nm") == pytest.approx(1)
    assert factor("milliamperes", "A") == 1e-3
    # It may be one or a thousand.
    assert factor(read_quantity("1,000 mV").unit, "V") is None


def test_units_in_brackets_and_marks_of_repeated_columns():
    assert split_name("Vg [V]") == ("Vg", "V")
    assert split_name("I (A) [2]") == ("I (A) [2]", "")
