"""How one item ends, whatever its work does."""

from __future__ import annotations

from pathlib import Path

import pytest

from figmill.engine import Item, Outcome, Outputs
from figmill.engine.run_item import perform


class Panic(BaseException):
    """What compiled libraries raise: no Exception."""


@pytest.mark.parametrize("error", [Panic("a slice is too short"), SystemExit(3), ValueError("bad")])
def test_whatever_the_work_raises_is_its_items_failure(
    tmp_path: Path, error: BaseException
) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        outputs.write("a.png", b"half")
        raise error

    result = perform(Item("a"), work, Outputs(tmp_path, "1-1"))
    assert result.status == "failed"
    assert result.failure is not None
    assert type(error).__name__ in result.failure.traceback
    assert list(tmp_path.iterdir()) == []


def test_only_an_interruption_goes_on(tmp_path: Path) -> None:
    def work(item: Item, outputs: Outputs) -> Outcome:
        outputs.write("a.png", b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        perform(Item("a"), work, Outputs(tmp_path, "1-1"))
    assert list(tmp_path.iterdir()) == []
