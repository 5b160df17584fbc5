from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from figmill.engine import Item, Ledger, Outcome, Outputs, RunOptions, events, run
from figmill.engine.ledger.snapshot import SnapshotWriter
from figmill.errors import NoData


def draw(item: Item, outputs: Outputs) -> Outcome:
    if item.key in {"c", "d"}:
        raise NoData("empty")
    if item.key == "b":
        raise ValueError("bad")
    return Outcome.done(facts={"n": len(item.key)})


def go(out: Path, keys: str, **options: Any) -> Any:
    chosen = {"progress_json_path": "progress.json", **options}
    return run([Item(key) for key in keys], draw, out, version="1", options=RunOptions(**chosen))


def read(out: Path) -> dict[str, Any]:
    return dict(json.loads((out / "progress.json").read_text()))


def test_the_documented_keys(tmp_path: Path) -> None:
    go(tmp_path, "abcde")
    assert read(tmp_path) == {
        "completed_items": ["a", "e"],
        "errors": ["b"],
        "no_data": ["c", "d"],
        "last_index": 4,
        "schema_version": 1,
    }


def test_last_index_is_the_place_in_the_input(tmp_path: Path) -> None:
    go(tmp_path, "aef")
    go(tmp_path, "aefgh")
    assert read(tmp_path)["last_index"] == 4
    go(tmp_path, "aefgh")
    assert read(tmp_path)["last_index"] == 4


def test_it_is_written_every_so_many_items(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    write = SnapshotWriter.write

    def noted(self: SnapshotWriter) -> None:
        write(self)
        sizes.append(len(read(tmp_path)["completed_items"]))

    monkeypatch.setattr(SnapshotWriter, "write", noted)
    monkeypatch.setattr("figmill.engine.ledger.snapshot._LEISURE", 0)
    go(tmp_path, "klmnopqrst", flush_batch_size=4)
    assert sizes == [4, 8, 10]


def test_it_is_written_when_the_last_time_is_long_ago(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    write = SnapshotWriter.write

    def noted(self: SnapshotWriter) -> None:
        write(self)
        sizes.append(len(read(tmp_path)["completed_items"]))

    monkeypatch.setattr(SnapshotWriter, "write", noted)
    monkeypatch.setattr("figmill.engine.ledger.snapshot._LEISURE", 0)
    monkeypatch.setattr("figmill.engine.ledger.snapshot._LONGEST_S", 0.0)
    go(tmp_path, "klmn", flush_batch_size=1000)
    assert sizes[:4] == [1, 2, 3, 4]


def test_it_is_never_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go(tmp_path, "a")
    before = (tmp_path / "progress.json").read_bytes()

    def fail(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("figmill.engine.files.os.fsync", fail)
    with Ledger.open(tmp_path) as ledger:
        from figmill.engine import GenericSnapshot

        writer = SnapshotWriter(tmp_path / "progress.json", GenericSnapshot(), ledger, 1)
        ledger._db.execute("DELETE FROM items")
        with pytest.raises(OSError, match="No space"):
            writer.write()
    assert (tmp_path / "progress.json").read_bytes() == before
    assert [path.name for path in tmp_path.glob(".*tmp")] == []


def test_it_is_imported_where_there_is_no_ledger(tmp_path: Path) -> None:
    known = {"completed_items": ["a"], "errors": ["b"], "no_data": ["c"], "last_index": 2}
    (tmp_path / "progress.json").write_text(json.dumps(known))
    report = go(tmp_path, "abce")
    assert (report.skipped, report.done, report.failed, report.no_data) == (2, 1, 1, 0)
    assert read(tmp_path)["completed_items"] == ["a", "e"]


def test_the_ledger_has_the_last_word(tmp_path: Path) -> None:
    go(tmp_path, "a")
    (tmp_path / "progress.json").write_text('{"completed_items": ["a", "e"]}')
    assert go(tmp_path, "ae").done == 1


def test_ignoring_it_starts_afresh(tmp_path: Path) -> None:
    (tmp_path / "progress.json").write_text('{"completed_items": ["a"]}')
    assert go(tmp_path, "a", ignore_progress_json=True).done == 1
    assert go(tmp_path, "a", ignore_progress_json=True).done == 1


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"completed_items": 5}', "\0"])
def test_a_damaged_one_is_told_and_replaced(text: str, tmp_path: Path) -> None:
    (tmp_path / "progress.json").write_text(text)
    told: list[events.Event] = []
    options = RunOptions(progress_json_path="progress.json")
    run([Item("a")], draw, tmp_path, version="1", options=options, listeners=[told.append])
    warnings = [event.message for event in told if isinstance(event, events.Log)]
    assert "cannot be used" in warnings[0]
    assert read(tmp_path)["completed_items"] == ["a"]


def test_another_form(tmp_path: Path) -> None:
    class Sums:
        def document(self, ledger: Ledger) -> Mapping[str, Any]:
            return {"sum": sum(int(str(facts["n"])) for _, facts in ledger.all_facts())}

        def known(self, document: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
            return ()

    go(tmp_path, "aex", snapshot=Sums())
    assert read(tmp_path) == {"sum": 3}


def test_keys_in_any_script(tmp_path: Path) -> None:
    options = RunOptions(progress_json_path=tmp_path / "p.json")
    run([Item("é😀\udcff")], draw, tmp_path / "out", version="1", options=options)
    listed = json.loads((tmp_path / "p.json").read_text(encoding="utf-8"))
    assert listed["completed_items"] == ["é😀\\udcff"]


def test_a_link_in_its_place_is_replaced(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"mine")
    out = tmp_path / "out"
    out.mkdir()
    (out / "progress.json").symlink_to(secret)
    go(out, "a")
    assert read(out)["completed_items"] == ["a"]
    assert secret.read_bytes() == b"mine"


def test_a_folder_in_the_output_folder_that_is_a_link_is_told(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    out = tmp_path / "out"
    out.mkdir()
    (out / "state").symlink_to(tmp_path / "elsewhere")
    report = go(out, "a", progress_json_path="state/progress.json")
    assert report.done == 1
    assert any("does not write through links" in error for error in report.listener_errors)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_folder_that_the_user_named_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    report = go(tmp_path / "out", "a", progress_json_path=tmp_path / "link" / "progress.json")
    assert not report.listener_errors
    assert (tmp_path / "real" / "progress.json").is_file()
