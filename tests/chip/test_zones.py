"""The time zone of a stage, which runs that are staged later keep."""

from pathlib import Path

import numpy as np
import pytest

from figmill.chip import get_chip_history, stage_raw
from figmill.chip.synthetic import START, write_results
from figmill.chip.tree import MANIFEST, StageTree
from figmill.chip.zones import recorded_zone, zone_of_stage

pl = pytest.importorskip("polars")


def stage_two(tmp_path: Path, zone: str | None) -> Path:
    for number in (1, 2):
        write_results(
            tmp_path / "raw" / f"It_{number}.csv",
            "It",
            {"Chip group name": "Lab", "Chip number": "3"},
            {"t (s)": np.arange(9.0), "I (A)": number * np.arange(9.0)},
            # Summer and winter: a fixed offset fits no more.
            START + number * 180 * 86400,
        )
    stage = tmp_path / "stage"
    stage_raw(tmp_path / "raw", stage, timezone=zone)
    return stage


def hours(stage: Path) -> list[str]:
    return [text[11:13] for text in get_chip_history(3, "Lab", stage=stage)["datetime_local"]]


def test_the_zone_is_recorded_and_kept(tmp_path: Path):
    stage = stage_two(tmp_path, "America/Santiago")
    before = hours(stage)
    assert recorded_zone(stage) == "America/Santiago"
    report = stage_raw(tmp_path / "raw", stage)
    assert (hours(stage), report.run.done) == (before, 0)


def test_a_stage_that_does_not_say_it_is_asked_for_its_local_times(tmp_path: Path):
    stage = stage_two(tmp_path, "America/Santiago")
    before = hours(stage)
    (stage / MANIFEST).with_name("timezone.txt").unlink()
    name, notes = zone_of_stage(stage)
    assert [(note.level, note.code) for note in notes] == [("doubt", "timezone-from-times")]
    report = stage_raw(tmp_path / "raw", stage)
    assert hours(stage) == before
    assert any(name in text for _, text in report.notes)


def test_manifests_without_local_times_leave_those_of_the_history(tmp_path: Path):
    stage = stage_two(tmp_path, "America/Santiago")
    before = hours(stage)
    path = stage / MANIFEST
    pl.read_parquet(path).drop("datetime_local").write_parquet(path)
    from figmill.chip.history import renew_histories

    renew_histories(StageTree(stage))
    assert hours(stage) == before


def test_a_new_stage_is_of_utc(tmp_path: Path):
    assert zone_of_stage(tmp_path / "none") == ("UTC", ())
    stage = stage_two(tmp_path, None)
    assert recorded_zone(stage) == "UTC"
    path = (stage / MANIFEST).with_name("timezone.txt")
    path.write_bytes(b"\xff../../x")
    assert recorded_zone(stage) is None
    assert zone_of_stage(stage) == ("UTC", ())
