"""Sound real files carry no doubt: who is warned of everything reads no warning."""

from pathlib import Path

import pytest

from figmill.engine import Ledger, RunOptions
from figmill.mill import run
from figmill.notes import Note

DATA = Path(__file__).parents[3] / "shared" / "data"


def doubts(out: Path) -> list[tuple[str, Note]]:
    with Ledger.read(out) as ledger:
        return [
            (key, note)
            for _, key, notes in ledger.all_notes()
            for note in notes
            if note.level == "doubt"
        ]


def test_no_space_file_is_doubtful(tmp_path: Path) -> None:
    pytest.importorskip("pycdfpp")
    from figmill.quicklook import QuicklookRecipe

    if not DATA.is_dir():
        pytest.skip("../shared/data is absent")
    report = run(
        QuicklookRecipe(paths=(str(DATA / "cdf"), str(DATA / "cdf-more")), dpi=40),
        tmp_path,
        options=RunOptions(log=False),
    )
    assert report.done > 5
    assert doubts(tmp_path) == []
    assert report.doubts == 0


def test_spectra_with_headers_are_not_doubtful() -> None:
    from figmill.spectra import read_spectrum

    files = [
        *DATA.glob("spectra/jcamp/*.jdx"),
        *DATA.glob("spectra/opus/*"),
        *DATA.glob("spectra/perkinelmer/*"),
        *(file for file in DATA.glob("spectra/csv_variants/*") if file.name != "sci.csv"),
    ]
    if not files:
        pytest.skip("../shared/data is absent")
    for file in files:
        assert [note for note in read_spectrum(file).notes if note.level == "doubt"] == [], file


def test_raw_files_of_a_lab_are_not_doubtful() -> None:
    pytest.importorskip("polars")
    from figmill.chip.manifest import describe_run
    from figmill.read.pymeasure import read_results

    files = sorted((DATA / "chip" / "raw").rglob("*.csv"))[::20]
    if not files:
        pytest.skip("../shared/data is absent")
    for file in files:
        assert describe_run(read_results(file), file.name)["notes"] == [], file
