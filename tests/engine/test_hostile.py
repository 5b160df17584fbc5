"""Whatever a work function answers, raises, logs or prints costs its item at most."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from figmill.engine import Item, Ledger, Outcome, Outputs, RunOptions, run
from figmill.engine.capture_logs import LONGEST
from figmill.engine.events import Event, Log
from figmill.engine.failures import LONGEST_MESSAGE
from figmill.notes import Note

ODD = "a\udcffb"


class Mute(Exception):
    def __str__(self) -> str:
        raise ValueError("no text")


def act(item: Item, outputs: Outputs) -> Any:
    outputs.write(f"{item.key}.txt", b"x")
    match item.key:
        case "odd message":
            return Outcome.done(ODD)
        case "long message":
            return Outcome.done("x" * 50_000_000)
        case "set as message":
            return Outcome.done({1})  # type: ignore[arg-type]
        case "odd facts":
            return Outcome.done(facts={ODD: ODD})
        case "other facts":
            values = {"nan": [float("nan"), 1.5], "set": {2, 1}, "array": np.arange(2)}
            return Outcome.done(facts=values)  # type: ignore[arg-type]
        case "no facts at all":
            return Outcome.done(facts={"lock": logging})  # type: ignore[dict-item]
        case "odd notes":
            return Outcome.done(notes=[Note.doubt("odd", ODD, ODD)])
        case "texts as notes":
            return Outcome.done(notes=["a text"])  # type: ignore[list-item]
        case "long error":
            raise ValueError("x" * 50_000_000)
        case "odd error":
            raise ValueError(ODD)
        case "mute error":
            raise Mute
        case "odd name":
            outputs.write(f"{ODD}.txt", b"y")
        case "wrong log":
            logging.getLogger("mine").warning("%d of %d", "one")  # noqa: PLE1206
            logging.getLogger("mine").warning("y" * 1_000_000)
    return Outcome.done()


FAIL = {
    "set as message",
    "no facts at all",
    "texts as notes",
    "long error",
    "odd error",
    "mute error",
}
KEYS = [
    *sorted(FAIL),
    *(
        "odd message",
        "long message",
        "odd facts",
        "other facts",
        "odd notes",
        "odd name",
        "wrong log",
    ),
]


@pytest.fixture(scope="module", params=[0, 2])
def answered(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[int, Path]:
    """A run of all of them, each before an item that asks for nothing odd."""
    workers: int = request.param
    out = tmp_path_factory.mktemp("answered")
    told: list[Event] = []
    # The handler of pytest raises in this process.
    keys = [key for key in KEYS if workers or key != "wrong log"]
    items = [Item(one) for key in keys for one in (key, f"after {key}")]
    options = RunOptions(workers=workers, retries={})
    report = run(items, act, out, version="1", options=options, listeners=[told.append])
    assert (report.done, report.failed) == (len(items) - len(FAIL), len(FAIL))
    assert all(len(one.message) <= LONGEST for one in told if isinstance(one, Log))
    return workers, out


@pytest.mark.parametrize("key", KEYS)
def test_an_odd_answer_costs_its_item_at_most(answered: tuple[int, Path], key: str) -> None:
    workers, out = answered
    if key == "wrong log" and not workers:
        pytest.skip("the handler of pytest raises in this process")
    with Ledger.read(out) as ledger:
        record, facts, after = ledger.record(key), ledger.facts(key), ledger.record(f"after {key}")
    assert record is not None
    assert after is not None
    assert (record.state, after.state) == ("failed" if key in FAIL else "done", "done")
    assert len(record.message) <= LONGEST_MESSAGE
    if key == "odd facts":
        assert facts == {ODD: ODD}
    if key == "other facts":
        assert facts == {"nan": [None, 1.5], "set": [1, 2], "array": [0, 1]}
    if key == "odd name":
        assert (out / "a%FFb.txt").read_bytes() == b"y"
    for line in (out / ".figmill" / "results.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=pytest.fail)


@pytest.mark.parametrize("workers", [0, 2])
def test_what_is_printed_goes_to_the_log_and_not_among_results(
    tmp_path: Path, workers: int
) -> None:
    code = f"""
import os
from figmill.engine import Item, Outcome, RunOptions, run
def work(item, outputs):
    print("from the", item.key)
    print("no end", end="")
    if {workers}:
        os.write(1, b"from compiled code\\n")
    return Outcome.done()
options = RunOptions(workers={workers})
run([Item("first"), Item("second")], work, "out", version="1", options=options)
print("result")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout == "result\n"
    logs = "".join(
        file.read_text() for file in (tmp_path / "out" / ".figmill" / "logs").rglob("*.*")
    )
    assert "from the first" in logs
    assert logs.count("no end") >= 2


@pytest.mark.parametrize("workers", [0, 1])
def test_an_output_that_an_item_sets_for_good_is_not_the_next_ones(
    tmp_path: Path, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", sys.stdout)  # comes back where items work in this process

    def work(item: Item, outputs: Outputs) -> Outcome:
        print("printed by", item.key)  # noqa: T201
        sys.stdout = io.StringIO()
        return Outcome.done()

    told: list[Event] = []
    options = RunOptions(workers=workers, isolate=workers > 0)
    items = [Item("first"), Item("second")]
    run(items, work, tmp_path, version="1", options=options, listeners=[told.append])
    texts = [(one.key, one.message) for one in told if isinstance(one, Log)]
    assert texts == [("first", "printed by first"), ("second", "printed by second")]
