"""Staging raw files: incremental, with reasons for what is left out."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from figmill.chip import get_chip_history, read_measurement_parquet, stage_raw
from figmill.chip.stage import StageRecipe
from figmill.chip.synthetic import START, write_results
from figmill.chip.tree import StageTree
from figmill.engine import Ledger, RunOptions
from figmill.errors import ConfigError
from figmill.notes import Note

pl = pytest.importorskip("polars")
T = np.arange(30.0)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Five good files, one of them of an unknown procedure, and three that cannot be used."""
    raw = tmp_path / "raw"
    chip = {"Chip group name": "Lab", "Chip number": "3", "VDS": "0.1 V"}
    columns = {"t (s)": T, "I (A)": 1e-6 * T}
    for number in (1, 2, 10):
        write_results(raw / f"It_{number}.csv", "It", chip, columns, START + number)
    write_results(
        raw / "sub" / "cal.csv",
        "LaserCalibration",
        {"Laser wavelength": "455"},
        {"VL (V)": T, "Power (W)": 1e-6 * T},
    )
    odd = {"stage": ["up"] * 30, "x (mm)": T}
    write_results(raw / "odd.csv", "Mover", chip, odd, START + 99)
    (raw / "empty.csv").write_bytes(b"")
    (raw / "ragged.csv").write_bytes((raw / "It_1.csv").read_bytes().replace(b"5.0,", b"5.0,1,", 1))
    (raw / "norows.csv").write_bytes(b"#Procedure: <a.It>\r\n#Parameters:\r\n#Data:\r\n")
    (raw / ".hidden.csv").write_bytes(b"no")
    (raw / "notes.txt").write_bytes(b"no")
    return raw


def test_what_is_staged_and_what_is_rejected(small: Path, tmp_path: Path):
    stage = tmp_path / "stage"
    report = stage_raw(small, stage)
    assert report.runs == 5
    reasons = dict(report.rejects)
    assert sorted(reasons) == ["empty.csv", "norows.csv", "ragged.csv"]
    assert "neither metadata nor rows" in reasons["norows.csv"]
    assert "3 values where 2" in reasons["ragged.csv"]
    history = get_chip_history(3, "Lab", stage=stage)
    assert history["source_file"].to_list() == ["It_1.csv", "It_2.csv", "It_10.csv", "odd.csv"]
    frame = read_measurement_parquet(stage / history["parquet_path"][3])
    assert frame.columns == ["stage", "x (mm)"]
    manifest = StageTree(stage).manifest
    assert set(manifest["proc"]) == {"It", "LaserCalibration", "Mover"}
    assert manifest.filter(pl.col("proc") == "LaserCalibration")["chip_number"][0] is None


def test_a_staged_file_carries_its_header(small: Path, tmp_path: Path):
    stage_raw(small, tmp_path / "stage")
    path = next((tmp_path / "stage").rglob("proc=It/*/*/part-000.parquet"))
    metadata = pl.read_parquet_metadata(path)
    assert '"VDS": "0.1 V"' in metadata["parameters"]
    assert metadata["procedure"] == "It"


def test_only_what_changed_is_read(small: Path, tmp_path: Path):
    stage = tmp_path / "stage"
    stage_raw(small, stage)
    again = stage_raw(small, stage)
    assert (again.run.done, again.runs) == (0, 5)
    assert len(again.rejects) == 3
    columns = {"t (s)": T, "I (A)": 5e-6 * T}
    chip = {"Chip group name": "Lab", "Chip number": "3"}
    write_results(small / "It_2.csv", "It", chip, columns, START + 2)
    third = stage_raw(small, stage)
    assert (third.run.done, third.runs) == (1, 5)
    history = get_chip_history(3, "Lab", stage=stage)
    assert history["seq"].to_list() == [1, 2, 3, 4]
    frame = read_measurement_parquet(stage / history["parquet_path"][1])
    assert frame["I (A)"][1] == 5e-6


def test_a_moved_file_is_the_same_run(small: Path, tmp_path: Path):
    stage = tmp_path / "stage"
    stage_raw(small, stage)
    before = get_chip_history(3, "Lab", stage=stage)
    (small / "It_1.csv").rename(small / "sub" / "renamed.csv")
    assert stage_raw(small, stage).runs == 5
    after = get_chip_history(3, "Lab", stage=stage)
    assert after["run_id"].to_list() == before["run_id"].to_list()


def test_a_copy_is_one_run(small: Path, tmp_path: Path):
    shutil.copy(small / "It_1.csv", small / "sub" / "copy.csv")
    report = stage_raw(small, tmp_path / "stage")
    assert report.runs == 5
    assert report.copies == ("sub/copy.csv",)
    assert "sub/copy.csv" not in dict(report.rejects)
    shutil.copy(small / "It_2.csv", small / "late copy.csv")
    report = stage_raw(small, tmp_path / "stage")
    assert report.runs == 5
    assert report.copies == ("late copy.csv", "sub/copy.csv")


@pytest.mark.parametrize("workers", [0, 2])
def test_the_first_of_several_copies_stands_for_them(small: Path, tmp_path: Path, workers: int):
    # Which worker is the first to write the run is chance.
    for name in ("It_0.csv", "a copy's copy.csv", "It_10.csv"):
        shutil.copy(small / "It_1.csv", small / name)
    report = stage_raw(small, tmp_path / "stage", options=RunOptions(workers=workers))
    assert report.copies == ("It_1.csv", "It_10.csv", "a copy's copy.csv")
    assert not {"It_0.csv", *report.copies} & set(dict(report.rejects))
    history = get_chip_history(3, "Lab", stage=tmp_path / "stage")
    names = history["source_file"].to_list()
    assert "It_0.csv" in names
    assert not {"It_1.csv", "It_10.csv", "a copy's copy.csv"} & set(names)


def test_a_copy_that_is_gone_stands_for_nothing(small: Path, tmp_path: Path):
    (small / "It_1.csv").rename(small / "b_10.csv")
    shutil.copy(small / "b_10.csv", small / "b_2.csv")
    serial = RunOptions(workers=0)
    assert stage_raw(small, tmp_path / "stage", options=serial).copies == ("b_10.csv",)
    (small / "b_2.csv").unlink()
    assert stage_raw(small, tmp_path / "stage", options=serial).copies == ()
    names = get_chip_history(3, "Lab", stage=tmp_path / "stage")["source_file"].to_list()
    assert "b_10.csv" in names
    assert "b_2.csv" not in names


def test_what_was_put_right_and_what_belongs_to_no_chip(small: Path, tmp_path: Path):
    chip = {"Chip group name": "Lab", "Chip number": "3", "VDS": "0.1"}
    write_results(small / "It_3.csv", "It", chip, {"t (s)": T, "I (A)": T}, START + 3)
    one = (small / "It_1.csv").read_bytes()
    (small / "It_4.csv").write_bytes(
        b"".join(line for line in one.splitlines(True) if b"Chip number" not in line)
    )
    report = stage_raw(small, tmp_path / "stage")
    assert ("It_3.csv", "VDS: it has no unit; V is assumed") in report.notes
    assert report.chipless == ("It_4.csv",)
    assert not any(name == "It_4.csv" for name, _ in report.notes)
    with Ledger.read(tmp_path / "stage") as ledger:
        noted = {key: [note.code for note in notes] for _, key, notes in ledger.all_notes()}
    assert (noted["It_3.csv"], noted["It_4.csv"]) == (["unit-assumed"], ["chip-not-named"])
    history = get_chip_history(3, "Lab", stage=tmp_path / "stage")
    late = history.filter(history["source_file"] == "It_3.csv")["run_id"][0]
    (note,) = StageTree(tmp_path / "stage").notes[late]
    assert (note.level, str(note)) == ("doubt", "VDS: it has no unit; V is assumed")


def test_a_reason_names_its_file_once(small: Path, tmp_path: Path):
    bad = (small / "It_1.csv").read_bytes().replace(b".It>", b".I t>")
    (small / "sub" / "bad.csv").write_bytes(bad)
    reasons = dict(stage_raw(small, tmp_path / "stage").rejects)
    assert reasons["sub/bad.csv"].startswith("line 1: The procedure 'I t' is not a name")


def test_a_run_found_late_moves_no_number(small: Path, tmp_path: Path):
    stage = tmp_path / "stage"
    stage_raw(small, stage)
    write_results(
        small / "early.csv",
        "It",
        {"Chip group name": "Lab", "Chip number": "3"},
        {"t (s)": T, "I (A)": T},
        START - 50,
    )
    (renewed,) = stage_raw(small, stage).histories
    assert (renewed.added, renewed.late) == ((5,), (5,))
    assert [note.code for note in renewed.notes] == ["runs-found-late"]
    (renewed,) = stage_raw(small, stage, renumber=True).histories
    history = get_chip_history(3, "Lab", stage=stage)
    assert history["source_file"][0] == "early.csv"


def test_workers_give_the_same_stage(small: Path, tmp_path: Path):
    stage_raw(small, tmp_path / "one")
    stage_raw(small, tmp_path / "two", options=RunOptions(workers=2))
    files = {
        name: {
            path.relative_to(tmp_path / name): path.read_bytes()
            for path in (tmp_path / name).rglob("*.parquet")
        }
        for name in ("one", "two")
    }
    assert files["one"] == files["two"]
    assert len(files["one"]) == 7


def test_dry_runs_write_nothing(small: Path, tmp_path: Path):
    report = stage_raw(small, tmp_path / "stage", options=RunOptions(dry_run=True))
    assert report.run.planned == 8
    assert not (tmp_path / "stage").exists()


def test_folders_without_raw_files(tmp_path: Path):
    for folder in (tmp_path / "absent", tmp_path):
        with pytest.raises(ConfigError):
            StageRecipe(raw=folder).items()


def dated(raw: Path, number: int, rows: int = 20) -> Path:
    """A run whose file says the day alone, as do all others of that day."""
    chip = {"Chip group name": "W", "Chip number": "5", "VDS": "0.1 V"}
    path = raw / f"IVg2025-03-04_{number}.csv"
    vg = np.linspace(-1, 1, 20)[:rows]
    write_results(path, "IVg", chip, {"Vg (V)": vg, "I (A)": 1e-6 * number * vg**2}, None)
    return path


def given_numbers(stage: Path) -> dict[int, str]:
    history = get_chip_history(5, "W", stage=stage)
    return dict(zip(history["seq"].to_list(), history["source_file"].to_list(), strict=True))


def test_a_run_of_the_same_day_found_late_moves_no_number(tmp_path: Path):
    raw, stage = tmp_path / "raw", tmp_path / "stage"
    names = {number: dated(raw, number).name for number in (2, 3)}
    stage_raw(raw, stage)
    assert given_numbers(stage) == {1: names[2], 2: names[3]}
    late = dated(raw, 1).name
    report = stage_raw(raw, stage)
    assert given_numbers(stage) == {1: names[2], 2: names[3], 3: late}
    assert report.histories[0].added == (3,)


def test_a_file_that_grew_is_the_same_run_though_others_have_its_start(tmp_path: Path):
    raw, stage = tmp_path / "raw", tmp_path / "stage"
    names = [dated(raw, number, rows=15).name for number in (1, 2)]
    stage_raw(raw, stage)
    dated(raw, 1, rows=20)
    report = stage_raw(raw, stage)
    assert given_numbers(stage) == {1: names[0], 2: names[1]}
    assert report.runs == 2
    assert get_chip_history(5, "W", stage=stage)["rows"].to_list() == [20, 15]


def test_chips_of_ambiguous_and_hostile_names_stay_apart_and_within_the_stage(tmp_path: Path):
    raw, stage = tmp_path / "raw", tmp_path / "deep" / "stage"
    chips = [("W1", "2"), ("W", "12"), ("Wafer3", "12"), ("../../esc", "2"), ("a/b", "1")]
    chips += [("W", "3.1"), ("W", "3.2"), ("W", "C1"), ("W", "007"), ("", "4"), ("..", "1")]
    columns = {"Vg (V)": np.linspace(-1, 1, 20), "I (A)": np.linspace(1, 2, 20)}
    for place, (group, chip) in enumerate(chips):
        header = {"Chip group name": group, "Chip number": chip}
        write_results(raw / f"{place}.csv", "IVg", header, columns, START + place)
    before = {path for path in tmp_path.rglob("*") if stage not in path.parents}
    report = stage_raw(raw, stage)
    assert {path for path in tmp_path.rglob("*") if stage not in path.parents} - before <= {
        stage,
        stage.parent,
    }
    assert {each.runs for each in report.histories} == {1}
    assert StageTree(stage).chips() == [
        ("..", 1),
        ("../../esc", 2),
        ("Chip", 4),
        ("W", 7),
        ("W", 12),
        ("W", "3.1"),
        ("W", "3.2"),
        ("W", "C1"),
        ("W1", 2),
        ("Wafer3", 12),
        ("a/b", 1),
    ]
    for group, name in StageTree(stage).chips():
        assert get_chip_history(name, group, stage=stage).height == 1
    # Nothing moves when they are staged again.
    assert [each.added for each in stage_raw(raw, stage).histories] == [()] * len(chips)


def test_a_setting_that_is_no_reading_is_missing() -> None:
    from figmill.chip.manifest import _number

    notes: list[Note] = []
    assert _number("VDS", "9.9e37 V", "V", notes) is None
    assert _number("VDS", "-9.91e37 V", "V", notes) is None
    assert [note.code for note in notes] == ["parameter-no-reading"] * 2
