from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from figmill.errors import ConfigError
from figmill.spectra.bands import Band, band_area


@pytest.mark.parametrize(
    ("text", "low", "high", "name"),
    [
        ("1725-1765", 1725, 1765, "1725-1765"),
        ("1765 - 1725", 1725, 1765, "1765 - 1725"),
        ("ester: 1725-1765", 1725, 1765, "ester"),
        ("C=O=1725..1765", 1725, 1765, "C=O"),
        ("a: b: 1.5 to 2.5", 1.5, 2.5, "a: b"),
    ],
)
def test_spellings(text: str, low: float, high: float, name: str) -> None:
    band = Band.parse(text)
    assert (band.low, band.high) == (low, high)
    if ":" in text or "=" in text:
        assert band.name == name


@pytest.mark.parametrize("text", ["", "ester", "1725", "1725-1725", "a-b"])
def test_no_band(text: str) -> None:
    with pytest.raises(ConfigError, match="band"):
        Band.parse(text)


@given(
    slope=st.floats(-5, 5), offset=st.floats(-5, 5), height=st.floats(0.1, 5),
    step=st.sampled_from([0.5, 1.0, 2.0]),
)  # fmt: skip
def test_a_local_baseline_takes_any_straight_line_away(
    slope: float, offset: float, height: float, step: float
) -> None:
    x = np.arange(0.0, 101.0, step)
    bump = height * np.clip(1 - np.abs(x - 50) / 10, 0, None)
    band = Band(30.0, 70.0, "b")
    area = band_area(x, bump + slope * x + offset, band, local_baseline=True)
    assert area == pytest.approx(10 * height, rel=1e-6, abs=1e-6)
    assert band_area(x, bump, band) == pytest.approx(10 * height, rel=1e-6)


def test_a_band_that_is_not_reached_has_no_area() -> None:
    x = np.arange(100.0, 200.0)
    for low, high in ((50, 120), (180, 260), (10, 20)):
        assert math.isnan(band_area(x, x, Band(low, high, "b")))


def test_a_missing_value_in_the_band_leaves_no_area() -> None:
    x = np.arange(100.0, 200.0)
    y = x.copy()
    y[50] = np.nan
    assert math.isnan(band_area(x, y, Band(140, 160, "b")))
    assert math.isfinite(band_area(x, y, Band(110, 120, "b")))


def test_a_band_without_a_name_is_said_once() -> None:
    assert str(Band.parse("1765-1725")) == "1725-1765"
    assert str(Band.parse("ester: 1765-1725")) == "ester: 1725-1765"


@pytest.mark.parametrize("step", [0.25, 1.0, 2.5, 4.0])
@pytest.mark.parametrize("local", [False, True])
def test_an_area_does_not_depend_on_where_the_points_lie(step: float, local: bool) -> None:
    """Of 3 + 0.1 x the area from 10.3 to 29.7 is 19.4 * (3 + 2) = 97, above its line 0."""
    x = np.arange(0.0, 40.1, step)
    area = band_area(x, 3 + 0.1 * x, Band(10.3, 29.7, "b"), local_baseline=local)
    assert area == pytest.approx(0.0 if local else 97.0)


def test_a_band_beyond_the_points_has_no_area() -> None:
    x = np.arange(0.0, 10.0)
    assert band_area(x, x, Band(5.0, 9.0, "b")) == pytest.approx(28.0)
    assert math.isnan(band_area(x, x, Band(5.0, 9.4, "b")))
    y = np.where(x == 3.0, np.nan, 1.0)
    assert math.isnan(band_area(x, y, Band(3.5, 6.5, "b")))
    assert band_area(x, y, Band(4.0, 6.5, "b")) == pytest.approx(2.5)


def test_a_band_between_points_is_read_from_the_line_between_them() -> None:
    """Of y = x the area from 150.2 to 150.4 is 0.2 * 150.3; above its own line there is none."""
    x = np.arange(100.0, 200.0)
    assert band_area(x, x, Band(150.2, 150.4, "b")) == pytest.approx(30.06)
    assert math.isnan(band_area(x, x, Band(150.2, 150.4, "b"), local_baseline=True))
    y = np.where(x == 151.0, 152.0, x)
    # A triangle of height 1 over 150.5 to 151.5, cut at half of it: 0.5 * 1 * 0.5.
    band = Band(150.5, 151.5, "b")
    assert band_area(x, y, band, local_baseline=True) == pytest.approx(0.25)
