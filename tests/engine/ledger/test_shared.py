"""Files made of all items of a recipe: theirs alone, and never somebody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from figmill.engine import Item, Ledger, Outcome, Outputs, RunOptions, ledger_path, run
from figmill.errors import OutputError


def go(out: Path, recipe: str, data: bytes = b"all", **options: bool) -> list[str]:
    drawn: list[str] = []

    def work(item: Item, outputs: Outputs) -> Outcome:
        drawn.append(item.key)
        outputs.write(f"{recipe}-{item.key}.txt", b"x")
        return Outcome.done()

    run(
        [Item("a")],
        work,
        out,
        version="1",
        recipe=recipe,
        shared=lambda ledger: [("table.csv", data)],
        shared_names=("table.csv",),
        options=RunOptions(log=False, **options),  # type: ignore[arg-type]
    )
    return drawn


def test_a_table_is_written_again_by_its_recipe(tmp_path: Path) -> None:
    go(tmp_path, "one", b"1")
    times = (tmp_path / "table.csv").stat().st_mtime_ns
    go(tmp_path, "one", b"1")
    assert (tmp_path / "table.csv").stat().st_mtime_ns == times
    go(tmp_path, "one", b"2")
    assert (tmp_path / "table.csv").read_bytes() == b"2"


@pytest.mark.parametrize("whose", ["mine", "of another recipe"])
def test_a_table_of_another_stands_in_the_way_before_anything_is_drawn(
    tmp_path: Path, whose: str
) -> None:
    if whose == "mine":
        (tmp_path / "table.csv").write_bytes(b"mine")
    else:
        go(tmp_path, "other", b"mine")
    for dry_run in (False, False, True):  # a run that was refused makes it nobody's
        with pytest.raises(OutputError, match="a file of this name is there"):
            go(tmp_path, "one", dry_run=dry_run)
    assert not (tmp_path / "one-a.txt").exists()
    assert (tmp_path / "table.csv").read_bytes() == b"mine"
    assert go(tmp_path, "one", overwrite=True) == ["a"]
    assert (tmp_path / "table.csv").read_bytes() == b"all"


def test_a_run_that_is_refused_for_a_table_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_bytes(b"mine")
    with pytest.raises(OutputError, match="If the ledger of a figmill run was lost: figmill rep"):
        go(tmp_path, "one")
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]
    (tmp_path / "table.csv").unlink()
    go(tmp_path, "other")
    with pytest.raises(OutputError):
        go(tmp_path, "one")
    with Ledger.read(tmp_path) as ledger:
        assert len(ledger.runs()) == 1


def test_a_rebuilt_ledger_takes_its_tables_for_its_own(tmp_path: Path) -> None:
    from figmill.engine import repair

    go(tmp_path, "one", b"1")
    ledger_path(tmp_path).unlink()
    repair(tmp_path, lambda path: None)
    go(tmp_path, "one", b"2")
    assert (tmp_path / "table.csv").read_bytes() == b"2"
    with Ledger.read(tmp_path) as ledger:
        assert ledger.owners(["table.csv"]) == {"table.csv": ("one", "*")}
