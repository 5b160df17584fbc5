"""Where points are missing from a spectrum, no line is drawn and nothing is compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from figmill.figure import Curve
from figmill.spectra import Spectrum, compare, read_spectrum
from figmill.spectra.comparison import similarity
from figmill.spectra.figures import Look, overlay
from figmill.spectra.holes import broken, holes, spans

X = np.arange(4000.0, 400.0, -2.0)
Y = 0.1 + 0.8 * np.exp(-(((X - 1740) / 15) ** 2)) + 0.3 * np.exp(-(((X - 2900) / 40) ** 2))
LEFT = (X < 1500) | (X > 2500)


@pytest.mark.parametrize(
    "x",
    [
        X,
        np.geomspace(200, 3000, 400),
        1e7 / np.arange(4000.0, 400.0, -2.0),  # evenly in wavenumber, given in wavelength
        np.concatenate((np.arange(200.0, 800.0, 1.0), np.arange(800.0, 2500.0, 10.0))),
        np.concatenate((np.arange(200.0, 800.0, 0.1), np.arange(805.0, 2500.0, 5.0))),
        np.array([1.0, 2.0, 3.0, 50.0]),
        np.array([1650.0, 1680.0, 1720.0, 1940.0, 2100.0, 2180.0, 2190.0, 2230.0, 2310.0, 2348.0]),
    ],
)
def test_sound_axes_have_no_holes(x: np.ndarray) -> None:
    assert holes(x).size == 0
    assert broken(x, x)[0].size == x.size


def test_holes_are_found_wherever_they_are() -> None:
    assert list(spans(X[LEFT])) == [(1498.0, 2502.0)]
    two = X[LEFT & ((X < 3000) | (X > 3300))]
    assert list(spans(two)) == [(3000.0 - 2, 3302.0), (1498.0, 2502.0)]
    at_the_end = np.append(np.arange(100.0, 200.0), 260.0)
    assert list(spans(at_the_end)) == [(199.0, 260.0)]
    x, y = broken(np.append(np.arange(10.0), [30.0]), np.arange(11.0))
    assert x.tolist()[9:] == [9.0, 19.5, 30.0]
    assert y.tolist()[9] == 9.0
    assert np.isnan(y[10])


def test_a_hole_is_a_loss_and_is_not_compared(tmp_path: Path) -> None:
    file = tmp_path / "part.csv"
    rows = zip(X[LEFT], Y[LEFT], strict=True)
    file.write_text("cm-1,Absorbance\n" + "".join(f"{x:g},{y:.6f}\n" for x, y in rows))
    part = read_spectrum(file)
    (note,) = (note for note in part.notes if note.code == "points-missing")
    assert note.level == "loss"
    assert "1498 to 2502" in note.text
    whole = Spectrum(X, Y, name="whole")
    found = compare(whole, part)
    inside = (found.x > 1498) & (found.x < 2502)
    assert np.isnan(found.sample[inside]).all()
    assert np.isfinite(found.sample[~inside]).all()
    assert found.coverage == pytest.approx(1 - 1004 / (X.max() - X.min()), abs=1e-6)
    assert similarity(found)["rms_difference"] == pytest.approx(0, abs=1e-6)
    # The other way round the same points are compared.
    back = compare(part, whole)
    assert np.isnan(back.baseline[(back.x > 1498) & (back.x < 2502)]).all()


def test_the_line_breaks() -> None:
    part = Spectrum(X[LEFT], Y[LEFT], name="part")
    figure = overlay(Spectrum(X, Y, name="whole"), part, Look(), title="t", compared=None)
    panel = figure.panels[0][0]
    assert panel is not None
    _, curve = (layer for layer in panel.layers if isinstance(layer, Curve))
    middle = int(np.flatnonzero(np.isnan(curve.y))[0])
    assert 1498 < curve.x[middle] < 2502


def test_a_point_missing_from_an_even_axis_is_a_hole() -> None:
    x = np.delete(X, [100, 101, 500])
    assert len(holes(x)) == 2
    jitter = X + np.random.default_rng(1).normal(0, 0.2, X.size)
    assert holes(np.delete(jitter, 100)).size == 0


def test_points_without_a_value_do_not_cover() -> None:
    part = np.where(LEFT, Y, np.nan)
    found = compare(Spectrum(X, Y, name="whole"), Spectrum(X, part, name="part"))
    assert found.coverage == pytest.approx(1 - 1004 / (X.max() - X.min()), abs=1e-6)
