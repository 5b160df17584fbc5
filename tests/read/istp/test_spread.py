"""How far values spread, against numpy's percentiles."""

import numpy as np
import pytest

from figmill.read.istp.spread import Spread, spans


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("sigma", [0.5, 0.9, 1.1, 3.0])
def test_percentiles_are_numpys(dtype, sigma) -> None:
    rng = np.random.default_rng(3)
    values = np.exp(rng.normal(-3, sigma, (40, 50, 6))).astype(dtype)
    values[rng.random(values.shape) < 0.2] = np.nan
    values[rng.random(values.shape) < 0.2] = 0.0
    spread = Spread()
    for part in np.array_split(values, 7):
        spread.add(part)
    low, high = np.percentile(values[values > 0].astype(float), (1, 99))
    for ratio in (high / low * 0.98, high / low * 1.02):
        assert spread.exceeds(ratio) == (high > ratio * low)


def test_one_negative_value_is_enough() -> None:
    spread = Spread()
    spread.add(np.repeat([1.0, 1e6], 50))
    assert spread.exceeds(100)
    spread.add(np.array([-1.0, 1.0]))
    assert not spread.exceeds(100)


def test_nothing_positive_spreads_nowhere() -> None:
    spread = Spread()
    spread.add(np.array([0.0, np.nan], np.float32))
    assert not spread.exceeds(100)


def test_the_ends_of_what_a_float_can_be() -> None:
    spread = Spread()
    spread.add(np.repeat([5e-324, 1.7e308], 50))
    assert spread.exceeds(100)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", ["plain", "negative", "nothing", "two", "zeros"])
def test_a_span_is_judged_as_numpy_does(kind, dtype) -> None:
    rng = np.random.default_rng(5)
    values = np.exp(rng.normal(2, 1.5, (300, 400))).astype(dtype)
    values[rng.random(values.shape) < 0.3] = np.nan
    if kind == "negative":
        values[299, 399] = -1e-9
    elif kind == "nothing":
        values[:] = np.nan
    elif kind == "two":
        values[:] = np.nan
        values[[0, 200], 3] = 1.0, 1e6
    elif kind == "zeros":
        values[:250] = 0
    positive = values[values > 0]
    low, high = np.percentile(positive, (1, 99)) if positive.size else (1.0, 1.0)
    for factor in (0.5, 0.9999, 1.0001, 2.0):
        ratio = factor * float(high) / float(low)
        assert spans(values, ratio) == (factor < 1 and kind not in ("negative", "nothing"))
