from __future__ import annotations

import json
import logging
import time
from pathlib import Path
from typing import Any

import pytest

from figmill.engine import Item, Outcome, Outputs, RunOptions, events, run
from figmill.engine.failures import Failure
from figmill.engine.logs import RunLog


def lines(out: Path, run_number: int = 1) -> list[dict[str, Any]]:
    path = out / ".figmill" / "logs" / f"run-{run_number:06d}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_both_files_tell_the_same(tmp_path: Path) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        logging.getLogger("figmill.x").warning("reading %s", item.key)
        logging.getLogger().error("drawing %d rows", 3)
        if item.key == "b":
            raise ValueError("bad")
        return Outcome.done()

    for workers in (1, 2):
        out = tmp_path / str(workers)
        run([Item("a"), Item("b")], work, out, version="1", options=RunOptions(workers=workers))
        found = lines(out)
        assert found[0]["event"] == "run started"
        assert found[-1]["event"] == "run finished"
        said = {(line["event"], line.get("item")) for line in found}
        assert {("reading a", "a"), ("drawing 3 rows", "b"), ("done", "a"), ("failed", "b")} <= said
        (failed,) = [line for line in found if line["event"] == "failed"]
        assert failed["category"] == "generic"
        assert "ValueError: bad" in failed["traceback"]
        text = (out / ".figmill/logs/run-000001.log").read_text()
        assert "failed" in text
        assert "    ValueError: bad" in text
        assert "\x1b" not in text


def test_a_run_with_nothing_to_tell_writes_nothing(tmp_path: Path) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        return Outcome.done()

    run([Item("a")], work, tmp_path, version="1")
    run([Item("a")], work, tmp_path, version="1")
    assert sorted(path.name for path in (tmp_path / ".figmill/logs").iterdir()) == [
        "run-000001.jsonl",
        "run-000001.log",
    ]


def test_a_given_folder_and_none(tmp_path: Path) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        return Outcome.done()

    options = RunOptions(log_dir=tmp_path / "logs")
    run([Item("a")], work, tmp_path / "out", version="1", options=options)
    assert (tmp_path / "logs" / "run-000001.log").exists()
    run([Item("b")], work, tmp_path / "out", version="1", options=RunOptions(log=False))
    assert len(list((tmp_path / "out" / ".figmill").rglob("run-*"))) == 0


def log(tmp_path: Path, every: int = 100, seconds: float = 60.0) -> RunLog:
    return RunLog(tmp_path, every, seconds)


def say(number: int) -> events.Log:
    return events.Log(0.0, "info", f"line {number}")


def until(path: Path, count: int) -> None:
    end = time.monotonic() + 5
    while not path.exists() or len(path.read_text().splitlines()) < count:
        assert time.monotonic() < end
        time.sleep(0.01)


END = events.RunFinished(0.0, 1, {}, interrupted=False, seconds=0.0)


def test_records_wait_until_there_are_enough(tmp_path: Path) -> None:
    listener = log(tmp_path, every=5)
    for number in range(4):
        listener(say(number))
    time.sleep(0.05)
    assert list(tmp_path.iterdir()) == []
    listener(say(4))
    until(tmp_path / "run.jsonl", 5)
    listener(END)


def test_records_wait_no_longer_than_their_time(tmp_path: Path) -> None:
    listener = log(tmp_path, seconds=0.05)
    listener(say(0))
    until(tmp_path / "run.jsonl", 1)
    listener(END)


def test_an_interrupt_writes_at_once(tmp_path: Path) -> None:
    listener = log(tmp_path)
    listener(say(0))
    listener(events.Interrupting(0.0, now=False))
    until(tmp_path / "run.jsonl", 2)
    listener(END)


def test_nothing_is_lost_at_the_end(tmp_path: Path) -> None:
    listener = log(tmp_path, every=7)
    for number in range(1000):
        listener(say(number))
    listener(END)
    found = [
        json.loads(line)["event"] for line in (tmp_path / "run.jsonl").read_text().splitlines()
    ]
    assert found == [*(f"line {number}" for number in range(1000)), "run finished"]


def test_a_disk_that_is_full_is_told_and_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        return Outcome.done()

    def fail(self: RunLog) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(RunLog, "flush", fail)
    items = [Item(f"k{number}") for number in range(30)]
    report = run(items, work, tmp_path, version="1", options=RunOptions(log_flush_batch_size=1))
    assert report.done == 30
    assert any("No space left" in error for error in report.listener_errors)


def test_records_of_odd_values(tmp_path: Path) -> None:
    listener = log(tmp_path)
    listener(events.Log(0.0, "info", "bad \udcff name\nsecond", "é", {"x": float("nan")}))
    listener(END)
    assert "second" in (tmp_path / "run.log").read_text()
    assert len((tmp_path / "run.jsonl").read_text().splitlines()) == 2


def nothing(item: Item, outputs: Outputs) -> Outcome:
    return Outcome.done()


@pytest.mark.parametrize("name", ["run-000001.log", "run-000001.jsonl", ""])
def test_a_link_where_a_log_goes_is_told_and_not_followed(name: str, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    secret = elsewhere / "run-000001.log"
    secret.write_bytes(b"mine")
    logs = tmp_path / "out" / ".figmill" / "logs"
    logs.parent.mkdir(parents=True)
    if name:
        logs.mkdir()
        (logs / name).symlink_to(secret)
    else:
        logs.symlink_to(elsewhere)
    report = run([Item("a")], nothing, tmp_path / "out", version="1")
    assert report.done == 1
    assert any("is a link" in error for error in report.listener_errors)
    assert secret.read_bytes() == b"mine"
    assert [path.name for path in elsewhere.iterdir()] == ["run-000001.log"]


def test_a_folder_of_logs_that_is_given_may_be_a_link_but_no_file_in_it(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    options = RunOptions(log_dir=tmp_path / "link")
    assert not run([Item("a")], nothing, tmp_path / "a", version="1", options=options).failed
    assert (tmp_path / "real" / "run-000001.log").is_file()
    secret = tmp_path / "secret"
    secret.write_bytes(b"mine")
    (tmp_path / "real" / "run-000001.log").unlink()
    (tmp_path / "real" / "run-000001.log").symlink_to(secret)
    run([Item("a")], nothing, tmp_path / "b", version="1", options=options)
    assert secret.read_bytes() == b"mine"


HOSTILE = "a\n2026-01-01 error forged\r\x1b[2J\x85\x9b31m\u202e\u2028\ufeff\x7f"


def test_a_record_is_one_line_and_steers_nothing(tmp_path: Path) -> None:
    failure = Failure("generic", HOSTILE, HOSTILE, "E", f"Traceback\n  {HOSTILE}")
    listener = log(tmp_path)
    listener(events.Log(0.0, "info", HOSTILE, HOSTILE, {"field": HOSTILE}))
    listener(events.ItemFinished(0.0, HOSTILE, 0, "failed", 1.0, failure=failure))
    listener(END)
    for name in ("run.log", "run.jsonl"):
        text = (tmp_path / name).read_bytes().decode()
        assert not [char for char in text if not char.isprintable() and char != "\n"]
    records = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text().splitlines()]
    assert [record["event"] for record in records] == [HOSTILE, "failed", "run finished"]
    assert records[0]["field"] == HOSTILE
    heads = [line for line in (tmp_path / "run.log").read_text().splitlines() if line[:4] != "    "]
    assert len(heads) == 3


def test_values_that_json_does_not_have_leave_it_json(tmp_path: Path) -> None:
    listener = log(tmp_path)
    listener(events.Log(0.0, "info", "odd", None, {"x": float("nan"), "y": {1, 2}}))
    listener(END)
    first = (tmp_path / "run.jsonl").read_text().splitlines()[0]
    assert json.loads(first, parse_constant=pytest.fail)["x"] is None


def test_what_is_logged_with_an_exception_has_its_traceback_below(tmp_path: Path) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        try:
            raise ValueError("bad\nline")
        except ValueError:
            logging.getLogger("figmill.x").exception("it went wrong")
        return Outcome.done()

    run([Item("a")], work, tmp_path, version="1")
    (record,) = [line for line in lines(tmp_path) if line["event"] == "it went wrong"]
    assert "ValueError: bad\nline" in record["traceback"]
    text = (tmp_path / ".figmill/logs/run-000001.log").read_text()
    assert "\n    ValueError: bad\n    line\n" in text
