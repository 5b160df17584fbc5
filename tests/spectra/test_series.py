"""Figures of many spectra without a baseline, against values by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from figmill.cli import app
from figmill.figure import Curve, Spectrogram
from figmill.spectra import series
from figmill.spectra.each import SpectraEachRecipe
from figmill.spectra.figures import Look
from figmill.spectra.spectrum import Spectrum

X = np.arange(700.0, 1700.0, 10.0)


def make(height: float, name: str, x: np.ndarray = X) -> Spectrum:
    return Spectrum(x, height * np.exp(-(((x - 1200) / 40) ** 2)), name=name)


def test_stacked_curves_stand_a_step_apart_whatever_one_of_them_is() -> None:
    heights = [1.0, 1.0, 1.0, 50.0]
    spectra = [make(h, f"s{n}") for n, h in enumerate(heights)]
    panel, notes = series.offset(spectra, Look())
    curves = [layer for layer in panel.layers if isinstance(layer, Curve)]
    assert [curve.label for curve in curves] == ["s3", "s2", "s1", "s0"]
    floors = [float(curve.y.min()) for curve in reversed(curves)]
    # 99 % of a curve of height 1 is just below 1; the saturated one does not set the step.
    np.testing.assert_allclose(np.diff(floors), np.diff(floors)[0], atol=1e-9)
    assert 0.7 < floors[1] < 0.95
    (note,) = notes
    assert (note.code, note.text.endswith("those above: s3.")) == ("curves-cross", True)
    panel, _ = series.offset(spectra, Look(), 2.0)
    floors = [float(c.y.min()) for c in reversed(panel.layers) if isinstance(c, Curve)]
    np.testing.assert_allclose(floors, [0.0, 2.0, 4.0, 6.0], atol=1e-6)


def test_a_map_has_a_row_for_each_and_nothing_beyond_its_range() -> None:
    short = make(2.0, "short", np.arange(1000.0, 1400.0, 20.0))
    panel, notes = series.heat_map([make(1.0, "first"), short], Look())
    (layer,) = panel.layers
    assert isinstance(layer, Spectrogram)
    np.testing.assert_array_equal(layer.values[:, 0], make(1.0, "first").y)
    row = layer.values[:, 1]
    assert np.isnan(row[(X < 1000) | (X > 1380)]).all()
    # At 1190, midway between points at 1180 and 1200.
    by_hand = (short.y[9] + short.y[10]) / 2
    assert row[X == 1190][0] == pytest.approx(by_hand)
    assert (layer.x.lo[0], layer.x.hi[0], layer.x.hi[-1]) == (695.0, 705.0, 1695.0)
    assert [note.code for note in notes] == ["interpolated"]
    assert panel.y.categories == ("first", "short")
    many, notes = series.heat_map([make(1.0, f"s{one}") for one in range(40)], Look())
    assert (many.y.categories, many.y.limits) == ((), (-0.5, 39.5))
    assert [note.code for note in notes] == ["rows-not-named"]
    panel, notes = series.heat_map([short, make(1.0, "long")], Look())
    assert "range-not-covered" in [note.code for note in notes]


def test_very_many_are_named_by_three() -> None:
    panel, notes = series.together([make(1.0, f"s{n}") for n in range(20)], Look())
    labels = {c.label for c in panel.layers if isinstance(c, Curve)} - {""}
    assert labels == {"s0", "s10", "s19"}
    assert panel.legend_title == "20 spectra"
    assert [note.code for note in notes] == ["names-left-out"]


def write(folder: Path, name: str, head: str, x: np.ndarray, y: np.ndarray) -> None:
    rows = "\n".join(f"{a},{b:.6f}" for a, b in zip(x, y, strict=True))
    (folder / name).write_text(f"{head}\n{rows}\n")


def test_plot_draws_files_together_as_the_first_one_is(tmp_path: Path) -> None:
    a = make(0.5, "a").y
    write(tmp_path, "s0.25.csv", "cm-1,A", X, a)
    write(tmp_path, "s0.5.csv", "cm-1,%T", X, 100 * 10**-a)
    write(tmp_path, "s10.csv", "um,A", 1e4 / X, a)
    write(tmp_path, "s20.csv", "nm,Counts", X, 1000 * a)
    out = tmp_path / "out"
    words = ["spectra", "plot", tmp_path, "-o", out, "--dpi", 40, "--workers", 0, "--timeout", 0]
    words += ["--figures", "together", "--figures", "map", "--figures", "each"]
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    assert {path.stem for path in out.glob("*.png")} == {
        "all_together", "all_map", "s0.25.csv", "s0.5.csv", "s10.csv", "s20.csv"
    }  # fmt: skip
    recipe = SpectraEachRecipe(paths=(str(tmp_path),), figures=("together",))
    found = recipe.describe(next(iter(recipe.items())))
    panel = found.drawings[0].figure.panels[0][0]
    assert panel is not None
    curves = [layer for layer in panel.layers if isinstance(layer, Curve)]
    assert [curve.label for curve in curves] == ["s10", "s0.5", "s0.25"]
    for curve in curves:
        order = np.argsort(curve.x)
        np.testing.assert_allclose(curve.x[order], X, rtol=1e-6)
        np.testing.assert_allclose(curve.y[order], a, atol=1e-5)
    (lost,) = (note for note in found.notes if note.code == "sample-left-out")
    assert lost.place == "s20.csv"


def test_each_spectrum_of_a_file_has_a_figure(tmp_path: Path) -> None:
    y = make(1.0, "a").y
    rows = "\n".join(f"{a},{b:.5f},{2 * b:.5f}" for a, b in zip(X, y, strict=True))
    (tmp_path / "two.csv").write_text(f"cm-1,A (new),A (old)\n{rows}\n")
    recipe = SpectraEachRecipe(paths=(str(tmp_path / "two.csv"),))
    found = recipe.describe(next(iter(recipe.items())))
    assert [drawing.name for drawing in found.drawings] == ["two.csv", "two.csv_A (old)"]
    assert "spectra-are-figures" in [note.code for note in found.notes]
