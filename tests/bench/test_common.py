"""Timing in pairs."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"


@pytest.fixture(autouse=True)
def _on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))


def test_a_ratio_is_the_median_over_rounds() -> None:
    from _common import Taken, median, ratio

    slow = [Taken(10, 1, 100), Taken(30, 1, 100), Taken(90, 4, 100)]
    fast = [Taken(1, 1, 50), Taken(10, 1, 50), Taken(10, 1, 50)]
    # 10, 3, 9; of medians it would be 3
    assert ratio(slow, fast) == 9
    assert ratio(slow, fast, "cpu") == 1
    assert ratio(fast, slow, "bytes") == 0.5
    assert median(slow) == 30


def test_ways_take_turns_and_every_other_round_goes_back() -> None:
    from _common import Scale

    order: list[str] = []
    taken = Scale("full").rounds(
        {"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 3, 1
    )
    assert "".join(order) == "abbaab"
    assert [len(taken[name]) for name in "ab"] == [3, 3]


def test_a_quick_one_ends_its_rounds_when_time_is_up(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import _common

    monkeypatch.setattr(_common, "_ROUNDS_S", 0.0)
    taken = _common.Scale("quick").rounds({"a": lambda: None}, 9, 5)
    assert len(taken["a"]) == 1
    assert "1 of 5 rounds of a: time is up" in capsys.readouterr().out


def test_waiting_is_no_work() -> None:
    from _common import taken_by

    waited = taken_by(lambda: time.sleep(0.2))
    assert waited.seconds >= 0.2
    assert waited.cpu < 0.1
    assert taken_by(lambda: b"1234").bytes == 4
    assert taken_by(lambda: 17).bytes == 17
