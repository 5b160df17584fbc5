"""Fill values of every type, and valid ranges of every shape."""

import numpy as np
import pytest

from figmill.notes import Note
from figmill.read.istp.valid import missing, parsed_number, undeclared, valid_limits


@pytest.mark.parametrize(
    ("dtype", "fill"),
    [
        ("int8", -128),
        ("int16", -32768),
        ("int32", -2147483648),
        ("int64", -(2**63)),
        ("uint8", 255),
        ("uint16", 65535),
        ("uint32", 4294967295),
    ],
)
def test_integers_without_a_usable_fill_have_that_of_their_type(dtype: str, fill: int) -> None:
    values = np.array([1, fill, 3], dtype)
    for declared in (None, "n/a", -1e31, float("nan")):
        assert missing(values, declared).tolist() == [False, True, False]
        assert undeclared(values, declared) == 1
    assert undeclared(values, fill) == 0


def test_a_declared_fill_leaves_small_integers_their_whole_range() -> None:
    values = np.array([0, 255, 7], np.uint8)
    assert missing(values, 0).tolist() == [True, False, False]
    assert undeclared(values, 0) == 0


def test_the_lowest_wide_integer_is_fill_whatever_is_declared() -> None:
    values = np.array([1, -(2**63), 3], np.int64)
    assert missing(values, -9223370000000000000).tolist() == [False, True, False]


@pytest.mark.parametrize("fill", ["-999.9", " -999.9 ", "-9.999E+02", -999.9, np.float32(-999.9)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_fill_as_text_or_in_another_precision(fill: object, dtype: str) -> None:
    declared = float(fill) if isinstance(fill, np.floating) else fill
    values = np.array([1.0, -999.9, 0.0, -999.0], dtype)
    assert missing(values, declared).tolist() == [False, True, False, False]  # type: ignore[arg-type]


def test_numbers_in_text() -> None:
    assert parsed_number("1d-3") == 0.001
    assert parsed_number("1 2") is None
    assert parsed_number("") is None


class TestLimits:
    def limits(
        self, low: object, high: object, shape: tuple[int, ...]
    ) -> tuple[np.ndarray, np.ndarray, list[Note]]:
        notes: list[Note] = []
        return *valid_limits(low, high, shape, "x", notes), notes  # type: ignore[arg-type]

    def test_an_array_belongs_to_the_first_dimension_of_its_length(self) -> None:
        _, high, notes = self.limits(None, (1.0, 2.0, 3.0), (60, 3, 3))
        assert high.shape == (3, 1)
        _, high, _ = self.limits(None, (1.0, 2.0, 3.0), (60, 16, 3))
        assert high.shape == (3,)
        assert notes == []

    def test_text_and_nothing(self) -> None:
        low, high, notes = self.limits("0.5", None, (60, 16))
        assert (float(low), float(high), notes) == (0.5, np.inf, [])

    def test_what_fits_nowhere_is_noted_and_widest(self) -> None:
        low, high, notes = self.limits((0.0, -1.0), "many", (60, 16))
        assert (float(low), float(high)) == (-1.0, np.inf)
        assert [(note.level, note.code) for note in notes] == [
            ("doubt", "valid-limits-of-other-shape"),
            ("doubt", "valid-limit-not-a-number"),
        ]
