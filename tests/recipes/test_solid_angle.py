"""How much of the sphere each direction is, against integrals worked out by hand."""

from typing import Any

import numpy as np
import pytest

from figmill.read.istp import Axis
from figmill.recipes.collapse import collapse
from figmill.recipes.solid_angle import solid_angles


def axis(name: str, centers: Any, *, unit: str = "deg", role: Any = "angle", **bounds: Any) -> Axis:
    return Axis(name, name, unit, role, "-", "linear", np.asarray(centers, dtype=float), **bounds)


def test_pitch_angles_by_their_cosines() -> None:
    weights = solid_angles([axis("pa", [30.0, 90.0, 150.0], role="pitch_angle")], 1)
    # 0 to 60, 60 to 120, 120 to 180 degrees.
    assert weights == pytest.approx([0.5, 1.0, 0.5])


def test_an_isotropic_and_a_field_aligned_distribution() -> None:
    centers = np.arange(5.0, 180.0, 10.0)
    weights = solid_angles([axis("pa", centers, role="pitch_angle")], 1)
    assert weights is not None
    assert weights.sum() == pytest.approx(2.0)
    values = np.ones((1, 18, 1))
    assert collapse(values, "mean", weights)[0, 0] == pytest.approx(1.0)
    # The mean of cos^2 over the sphere is 1/3; over equal angles it would be 1/2.
    edges = np.radians(np.arange(0.0, 181.0, 10.0))
    exact = -np.diff(np.cos(edges) ** 3) / 3 / -np.diff(np.cos(edges))
    assert collapse(exact[None, :, None], "mean", weights)[0, 0] == pytest.approx(1 / 3)
    assert collapse(exact[None, :, None], "mean")[0, 0] == pytest.approx(0.5, abs=0.02)


def test_bounds_of_the_file_and_descending_angles() -> None:
    low, high = np.array([90.0, 0.0]), np.array([180.0, 60.0])
    weights = solid_angles([axis("pa", [135.0, 30.0], role="pitch_angle", lo=low, hi=high)], 1)
    assert weights == pytest.approx([1.0, 0.5])
    down = solid_angles([axis("pa", [150.0, 90.0, 30.0], role="pitch_angle")], 1)
    assert down == pytest.approx([0.5, 1.0, 0.5])


def test_elevation_and_azimuth_are_joined_in_their_order() -> None:
    phi = axis("phi", [45.0, 135.0, 225.0, 315.0])
    theta = axis("elevation", [-60.0, 0.0, 60.0])  # edges at -90, -30, 30, 90
    weights = solid_angles([phi, theta], 1)
    assert weights is not None
    bands = np.array([0.5, 1.0, 0.5])
    assert weights == pytest.approx(np.tile(bands * np.pi / 2, 4))
    assert weights.sum() == pytest.approx(4 * np.pi)
    assert solid_angles([theta, phi], 1) == pytest.approx(np.repeat(bands * np.pi / 2, 4))


def test_colatitudes_and_radians() -> None:
    weights = solid_angles([axis("theta", np.radians([45.0, 135.0]), unit="rad")], 1)
    assert weights == pytest.approx([1.0, 1.0])
    weights = solid_angles([axis("theta", [30.0, 90.0, 150.0])], 1)
    assert weights == pytest.approx([0.5, 1.0, 0.5])
    # Latitudes called theta: from -67.5 to -22.5, and so on.
    weights = solid_angles([axis("theta", [-45.0, 0.0, 45.0])], 1)
    assert weights == pytest.approx(np.diff(np.sin(np.radians([-67.5, -22.5, 22.5, 67.5]))))


def test_angles_by_record() -> None:
    centers = np.array([[30.0, 90.0, 150.0], [150.0, 90.0, 30.0], [10.0, 50.0, np.nan]])
    weights = solid_angles([axis("pa", centers, role="pitch_angle")], 3)
    assert weights is not None
    assert weights[0] == pytest.approx([0.5, 1.0, 0.5])
    assert weights[1] == pytest.approx([0.5, 1.0, 0.5])
    assert np.isnan(weights[2, 2])
    values = np.array([1.0, 2.0, 9.0])[None, :, None].repeat(3, axis=0)
    mean = collapse(values, "mean", weights)
    assert mean[0, 0] == pytest.approx((0.5 + 2.0 + 4.5) / 2)
    assert 1.0 < mean[2, 0] < 2.0  # what has no angle does not count


@pytest.mark.parametrize(
    "unknown",
    [
        axis("look", [1.0, 2.0], unit=""),
        axis("angle", [1.0, 2.0]),
        axis("energy", [1.0, 2.0], unit="eV", role="energy"),
    ],
)
def test_what_is_not_known_has_no_weights(unknown: Axis) -> None:
    assert solid_angles([unknown], 1) is None
    assert solid_angles([axis("phi", [90.0, 270.0]), unknown], 1) is None


def test_pitch_angles_all_the_way_around() -> None:
    weights = solid_angles([axis("pa", np.arange(5.0, 360.0, 10.0), role="pitch_angle")], 1)
    assert weights is not None
    assert weights[:18] == pytest.approx(weights[:17:-1])
    assert weights[8] / weights[2] == pytest.approx(np.sin(np.radians(85)) / np.sin(np.radians(25)))


def test_missing_values_leave_their_weight_out() -> None:
    values = np.array([[[1.0, np.nan], [5.0, np.nan], [np.nan, np.nan]]])
    mean = collapse(values, "mean", np.array([3.0, 1.0, 100.0]))
    assert mean[0, 0] == 2.0
    assert np.isnan(mean[0, 1])
