"""Arrays in pieces."""

import numpy as np
import pytest

from figmill.figure.pieces import any_finite, finite_or_zero, pieces


def test_pieces_are_views_and_together_the_whole() -> None:
    values = np.arange(70).reshape(10, 7)
    found = list(pieces(values, cells=22))
    assert [len(piece) for piece in found] == [3, 3, 3, 1]
    assert all(np.shares_memory(piece, values) for piece in found)
    assert np.array_equal(np.concatenate(found), values)


def test_a_row_is_the_least() -> None:
    assert [piece.shape for piece in pieces(np.zeros((2, 50)), cells=10)] == [(1, 50), (1, 50)]
    assert list(pieces(np.zeros((0, 50)))) == []


def test_one_finite_number_is_found_wherever_it_is() -> None:
    values = np.full((300, 1000), np.nan, np.float32)
    values[7] = np.inf
    assert not any_finite(values)
    values[299, 999] = 0.0
    assert any_finite(values)
    assert not any_finite(np.zeros((0, 4)))


@pytest.mark.parametrize("dtype", ["f2", "<f4", ">f4", "<f8", ">f8"])
def test_what_is_not_finite_becomes_zero(dtype: str) -> None:
    values = np.array([[1.5, np.nan, -np.inf], [np.inf, -2.0, -0.0]]).astype(dtype)
    for given in (values, values.T, values[:, ::2]):
        found = finite_or_zero(given, np.isfinite(given))
        assert found.dtype == given.dtype.newbyteorder("=")
        assert np.array_equal(found, np.where(np.isfinite(given), given, 0))
    assert np.isnan(values[0, 1])
