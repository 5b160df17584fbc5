from __future__ import annotations

from pathlib import Path

from figmill.config.paths import missing


def test_the_nearest_name_beside_it_is_offered(tmp_path: Path) -> None:
    (tmp_path / "limits.json").touch()
    (tmp_path / "other.json").touch()
    error = missing(tmp_path / "limit.json", "file of limits")
    assert error.message == "There is no such file of limits."
    assert error.file == str(tmp_path / "limit.json")
    assert error.hint == f"Did you mean {str(tmp_path / 'limits.json')!r}?"


def test_nothing_far_off_is_offered(tmp_path: Path) -> None:
    (tmp_path / "other.json").touch()
    assert missing(tmp_path / "cusps.csv").hint == "Check the path."


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    error = missing(tmp_path / "no" / "cusps.csv")
    assert error.hint == f"There is no folder {tmp_path / 'no'} either: check the path."
