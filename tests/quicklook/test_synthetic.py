"""The demo's files hold what their truth says, and the figures show it where it belongs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from figmill.errors import OutputError
from figmill.figure import Spectrogram
from figmill.quicklook.recipe import QuicklookRecipe
from figmill.quicklook.synthetic import (
    ARRIVAL_S,
    ENERGY_EV,
    GAP,
    PATH_M,
    PITCH_DEG,
    RECORDS,
    STEP_S,
    arrival_s,
    write_files,
)

pytest.importorskip("pycdfpp")


def drawn(path: Path) -> Spectrogram:
    recipe = QuicklookRecipe(paths=(str(path),))
    (item,) = recipe.items()
    described = recipe.describe(item)
    assert not described.message
    layer = described.drawings[0].figure.panels[0][0].layers[0]
    assert isinstance(layer, Spectrogram)
    return layer


def test_arrival_by_hand() -> None:
    # A proton of 1 keV does 437.7 km/s.
    assert arrival_s(np.array([1000.0]))[0] - ARRIVAL_S == pytest.approx(PATH_M / 437_700, rel=1e-3)


def test_the_figures_show_the_truth(tmp_path: Path) -> None:
    electrons, ions = write_files(tmp_path / "data", days=1)
    for truth in (electrons, ions):
        layer = drawn(truth.path)
        middles = (layer.x.lo + layer.x.hi) / 2
        np.testing.assert_allclose(middles, truth.times, atol=1e-3)
        # Angles count by their part of the sphere: bins of equal width around their centres.
        half = np.radians(np.diff(PITCH_DEG)[0] / 2)
        centre = np.radians(PITCH_DEG)
        weights = np.cos(centre - half) - np.cos(centre + half)
        expected = np.average(truth.flux, axis=1, weights=weights)
        strong = expected > 0.2 * expected.max()
        np.testing.assert_allclose(layer.values[strong], expected[strong], rtol=0.15)
    layer = drawn(ions.path)
    row = int(np.argmin(abs(ENERGY_EV - 10_000.0)))
    later = ions.times > ions.times[0] + ARRIVAL_S
    peak = ions.times[later][np.argmax(layer.values[later, row])] - (ions.times[0] - STEP_S / 2)
    assert peak == pytest.approx(arrival_s(ENERGY_EV[row : row + 1])[0], abs=120)


def test_the_gap_is_left_open(tmp_path: Path) -> None:
    truth = write_files(tmp_path / "data", days=1)[0]
    assert len(truth.times) == RECORDS - (GAP[1] - GAP[0])
    layer = drawn(truth.path)
    steps = layer.x.lo[1:] - layer.x.hi[:-1]
    assert np.flatnonzero(steps > STEP_S).tolist() == [GAP[0] - 1]


def test_the_same_again(tmp_path: Path) -> None:
    first, second = (write_files(tmp_path / name, days=1)[1].path for name in "ab")
    np.testing.assert_array_equal(drawn(first).values, drawn(second).values)


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        write_files(tmp_path / "data")
