"""Real files of all kinds in one folder: each goes to its recipe, and nothing else to any."""

from collections import Counter
from pathlib import Path

import pytest

from figmill.recipes import registry
from figmill.recipes.sniff import sniff

DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not here")
TEXTS_WITHOUT_WORDS = {"sci.csv", "Ft-ir.txt"}


def kind_of(path: Path) -> str:
    """The recipe that a file is for, by where it lies."""
    folder = path.relative_to(DATA).parts[0]
    if path.suffix == ".cdf":
        return "quicklook"
    if path.is_relative_to(DATA / "chip" / "raw") and not path.name.startswith("LaserCal"):
        return "chip-runs"
    if folder == "spectra" and path.name not in TEXTS_WITHOUT_WORDS:
        return "spectra-each"
    return ""


def test_every_real_file_goes_to_its_recipe() -> None:
    pytest.importorskip("polars")
    found = sniff([DATA], registry.recipes().found)
    wrong = [
        (one.file.path.name, one.recipe, one.why)
        for one in found.files
        if one.recipe != kind_of(one.file.path)
    ]
    assert not wrong
    assert not found.notes
    counts = Counter(one.recipe for one in found.files)
    assert counts["chip-runs"] > 100
    assert counts["spectra-each"] > 20
    assert counts["quicklook"] > 10
