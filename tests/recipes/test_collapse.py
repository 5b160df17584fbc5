"""Collapsing a third dimension, against numpy's own and hand-made arrays."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from figmill.figure.pieces import pieces
from figmill.recipes import collapse as module
from figmill.recipes.collapse import collapse

NAN = np.nan


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("rule", "numpys"),
    [("mean", np.nanmean), ("sum", np.nansum), ("median", np.nanmedian), ("max", np.nanmax)],
)
def test_rules_are_numpys_on_what_is_there(rule, numpys, dtype, monkeypatch) -> None:
    monkeypatch.setattr(module, "pieces", partial(pieces, cells=100))
    rng = np.random.default_rng(4)
    values = rng.lognormal(size=(37, 6, 5)).astype(dtype)
    values[rng.random(values.shape) < 0.3] = NAN
    values[:, 0] = 1.0  # never all missing: numpy would warn
    result = collapse(values, rule)
    assert result.dtype == dtype
    np.testing.assert_allclose(result, numpys(values.astype(float), axis=1), rtol=1e-6)


@pytest.mark.parametrize("rule", ["mean", "sum", "median", "max"])
def test_all_missing_stays_missing_and_zero_stays_zero(rule) -> None:
    values = np.array([[[NAN, 0.0], [NAN, 0.0]], [[1.0, NAN], [NAN, 3.0]]])
    np.testing.assert_array_equal(collapse(values, rule), [[NAN, 0.0], [1.0, 3.0]])


def test_infinities_are_missing() -> None:
    assert collapse(np.array([[[np.inf], [2.0]]]), "max").tolist() == [[2.0]]


@pytest.mark.parametrize("by_record", [True, False])
def test_huge_beside_tiny_is_added_up_in_double_precision(by_record: bool) -> None:
    values = np.array([[[1e8], [1.0], [-1e8]], [[3e38], [3e38], [2.0]]], np.float32)
    weights = np.ones((2, 3) if by_record else 3)
    means = collapse(values, "mean", weights)
    np.testing.assert_allclose(means, values.astype(float).mean(axis=1), rtol=1e-7)
    np.testing.assert_array_equal(collapse(values, "mean"), means)
