"""Any table, on real files: what is taken as x and y."""

from pathlib import Path

import pytest

from figmill.curves import PlotRecipe

DATA = Path(__file__).parents[3] / "shared" / "data"
RAW = DATA / "chip" / "raw"


@pytest.mark.skipif(not RAW.is_dir(), reason="real chip files are not here")
@pytest.mark.parametrize(
    ("pattern", "x", "y"),
    [("IVg*.csv", "Vg", "I"), ("It*.csv", "t", "I"), ("LaserCalibration*.csv", "VL", "Power")],
)
def test_files_of_a_lab_are_drawn_without_a_doubt(pattern, x, y) -> None:
    for file in sorted(RAW.rglob(pattern))[:6]:
        recipe = PlotRecipe(paths=(str(file),))
        (item,) = recipe.items()
        made = recipe.describe(item)
        assert (made.facts["x"], made.facts["y"]) == (x, y)
        assert not [note for note in made.notes if note.level != "info"], file


@pytest.mark.skipif(not (DATA / "spectra").is_dir(), reason="real spectra are not here")
def test_spectra_are_tables_too() -> None:
    files = sorted((DATA / "spectra" / "csv_variants").glob("*.csv"))
    assert files
    for file in files:
        recipe = PlotRecipe(paths=(str(file),))
        (item,) = recipe.items()
        made = recipe.describe(item)
        assert made.drawings
        assert not [note for note in made.notes if note.level == "doubt"], file
