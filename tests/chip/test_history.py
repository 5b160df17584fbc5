"""Histories: numbers that stay."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from figmill.chip.history import Renewed, align, merge, renew_histories
from figmill.chip.tree import StageTree, natural
from figmill.errors import ConfigError, InputError

pl = pytest.importorskip("polars")


def row(name: str, start: float, proc: str = "It", run_id: str = "") -> dict:
    return {
        "run_id": run_id or f"{name}{start}",
        "proc": proc,
        "start_time": start,
        "source_file": f"raw/{name}",
        "chip_group": "Alisson",
        "chip_number": 7,
        "date_local": "2025-10-14",
        "path": "p",
    }


def codes(told: Renewed) -> list[tuple[str, str, str]]:
    return [(note.level, note.code, note.place) for note in told.notes]


def numbers(rows: list[dict]) -> dict[str, int]:
    return {Path(each["source_file"]).name: each["seq"] for each in rows}


def test_new_runs_are_numbered_by_start_then_name():
    rows = [row("It_10", 5.0), row("It_2", 5.0), row("It_1", 3.0)]
    merged, told = merge([], rows, "Alisson", 7)
    assert numbers(merged) == {"It_1": 1, "It_2": 2, "It_10": 3}
    assert codes(told) == [("doubt", "numbered-by-name", "runs 2-3")]
    assert (told.added, told.late) == ((1, 2, 3), ())


def test_a_run_found_late_gets_a_new_number():
    first, _ = merge([], [row("b", 2.0), row("c", 3.0)], "Alisson", 7)
    second, told = merge(first, [row("a", 1.0), row("b", 2.0), row("c", 3.0)], "Alisson", 7)
    assert numbers(second) == {"b": 1, "c": 2, "a": 3}
    assert (told.added, told.late) == ((3,), (3,))
    assert codes(told) == [("info", "runs-found-late", "run 3")]


def test_a_file_that_grew_or_moved_keeps_its_number():
    first, _ = merge([], [row("a", 1.0), row("b", 2.0)], "Alisson", 7)
    grown = [row("a", 1.0, run_id="new"), {**row("b", 2.0), "source_file": "elsewhere/b"}]
    second, told = merge(first, grown, "Alisson", 7)
    assert [each["seq"] for each in second] == [1, 2]
    assert second[0]["run_id"] == "new"
    assert second[1]["source_file"] == "elsewhere/b"
    assert told.added == told.gone == ()
    assert codes(told) == [("info", "run-changed", "run 1")]


def test_a_run_found_late_takes_no_number_of_another_run_of_its_start():
    first, _ = merge([], [row("b", 1.0, run_id="x"), row("c", 1.0, run_id="y")], "Alisson", 7)
    later = [row(name, 1.0, run_id=run) for name, run in (("a", "z"), ("b", "x"), ("c", "y"))]
    second, told = merge(first, later, "Alisson", 7)
    assert numbers(second) == {"b": 1, "c": 2, "a": 3}
    assert told.added == (3,)


def test_a_number_that_a_file_name_alone_gives_is_doubtful():
    dated = {"date_origin": "name"}
    first, _ = merge([], [{**row("b", 1.0, run_id="x"), **dated}], "Alisson", 7)
    _, told = merge(first, [{**row("b", 1.0, run_id="y"), **dated}], "Alisson", 7)
    assert codes(told) == [("doubt", "number-by-file-name", "run 1")]


def test_two_chips_that_shared_a_file_keep_their_numbers(tmp_path: Path):
    made = StageTree.made(tmp_path / "stage")
    of_two = {"chip_group": "W1", "chip_number": 2}
    of_twelve = {"chip_group": "W", "chip_number": 12}
    rows = [{**row("a", 1.0), **of_two}, {**row("b", 2.0), **of_twelve}]
    mixed, _ = merge([], rows, "W", 12)
    made.history_path("W", 12).parent.mkdir(parents=True)
    pl.DataFrame(mixed).write_parquet(made.history_path("W", 12))
    assert made.chips() == [("W", 12), ("W1", 2)]
    assert made.history(2, "W1")["seq"].to_list() == [1]
    made.write_manifest(rows)
    renew_histories(made)
    assert made.history(2, "W1")["seq"].to_list() == [1]
    assert made.history(12, "W")["seq"].to_list() == [2]
    assert sorted(path.name for path in made.history_path("W", 12).parent.iterdir()) == [
        "W12_history.parquet",
        "W1~2_history.parquet",
    ]


def test_the_group_that_is_meant_is_the_usual_or_the_only_one(tmp_path: Path):
    made = StageTree.made(tmp_path / "stage")
    rows = [{**row("a", 1.0), "chip_group": "Lab"}]
    made.write_manifest(rows)
    renew_histories(made)
    assert made.history(7)["seq"].to_list() == [1]
    made.write_manifest([*rows, {**row("b", 2.0), "chip_group": "Other"}])
    renew_histories(made)
    with pytest.raises(ConfigError, match="several groups: Lab, Other"):
        made.history(7)
    made.write_manifest([row("c", 3.0)])
    renew_histories(made)
    assert made.group_or_usual(None) == "Alisson"


def test_a_damaged_history_is_not_made_anew(tree: StageTree):
    tree.history_path("Alisson", 7).write_bytes(b"PAR1 no")
    with pytest.raises(InputError) as caught:
        renew_histories(tree)
    assert "Restore the file from a copy" in str(caught.value.hint)


def test_the_number_of_a_run_that_is_gone_stays_reserved():
    first, _ = merge([], [row("a", 1.0), row("b", 2.0)], "Alisson", 7)
    second, told = merge(first, [row("b", 2.0), row("c", 3.0)], "Alisson", 7)
    assert numbers(second) == {"a": 1, "b": 2, "c": 3}
    assert told.gone == (1,)
    assert codes(told) == [("info", "runs-gone", "run 1")]


def test_two_runs_with_one_start_are_two_runs():
    rows = [row("a", 1.0, run_id="x"), row("b", 1.0, run_id="y")]
    first, _ = merge([], rows, "Alisson", 7)
    second, told = merge(first, rows, "Alisson", 7)
    assert numbers(second) == {"a": 1, "b": 2}
    assert told.added == ()


@given(st.lists(st.sets(st.integers(1, 30), min_size=1), min_size=2, max_size=5))
def test_numbers_never_move(batches):
    """Whatever is staged in whatever order, a run that has a number keeps it."""
    known: list[dict] = []
    given_out: dict[str, int] = {}
    seen: set[int] = set()
    for batch in batches:
        seen |= batch
        known, _ = merge(known, [row(f"f{n}", float(n)) for n in seen], "Alisson", 7)
        now = numbers(known)
        assert {name: now[name] for name in given_out} == given_out
        assert sorted(now.values()) == list(range(1, len(seen) + 1))
        given_out = now


@pytest.fixture
def tree(tmp_path: Path) -> StageTree:
    made = StageTree.made(tmp_path / "stage")
    made.write_manifest([row("a", 1.0), row("b", 2.0, "IVg"), row("c", 3.0)])
    renew_histories(made)
    return made


def test_a_history_is_written_and_found(tree: StageTree):
    assert tree.chips() == [("Alisson", 7)]
    history = tree.history(7)
    assert history["seq"].to_list() == [1, 2, 3]
    assert history["summary"][1] == "IVg Alisson7 dark"


def test_an_unchanged_history_is_not_written(tree: StageTree):
    path = tree.history_path("Alisson", 7)
    before = path.stat().st_ino
    renew_histories(tree)
    assert path.stat().st_ino == before


def test_renumbering_orders_by_start(tree: StageTree):
    tree.write_manifest([row("z", 0.5), row("a", 1.0), row("b", 2.0, "IVg"), row("c", 3.0)])
    renew_histories(tree)
    assert numbers(tree.history(7).to_dicts())["z"] == 4
    renew_histories(tree, renumber=True)
    assert numbers(tree.history(7).to_dicts()) == {"z": 1, "a": 2, "b": 3, "c": 4}


def test_another_historys_numbers_are_taken_over(tree: StageTree, tmp_path: Path):
    other = tmp_path / "other.csv"
    other.write_text("seq,proc,source_file\n1,It,old/gone\n2,It,old/a\n5,It,old/c\n6,It,old/b\n")
    told = align(tree, "Alisson", 7, other)
    assert numbers(tree.history(7).to_dicts()) == {"a": 2, "c": 5, "b": 7}
    assert (told.added, told.gone, told.notes) == ((7,), (1, 6), ())
    # Staging again leaves them there.
    renew_histories(tree)
    assert numbers(tree.history(7).to_dicts()) == {"a": 2, "c": 5, "b": 7}


def test_a_file_name_that_several_runs_share_is_doubtful(tree: StageTree, tmp_path: Path):
    other = tmp_path / "other.csv"
    other.write_text("seq,proc,source_file\n1,It,one/a\n2,It,two/a\n")
    told = align(tree, "Alisson", 7, other)
    assert codes(told) == [("doubt", "file-name-shared", "a")]


@pytest.mark.parametrize("text", ["seq,proc\n1,It\n", "seq,proc,source_file\n1,It,nowhere\n"])
def test_a_history_of_something_else_is_refused(tree: StageTree, tmp_path: Path, text):
    other = tmp_path / "other.csv"
    other.write_text(text)
    with pytest.raises(InputError):
        align(tree, "Alisson", 7, other)
    assert tree.history(7)["seq"].to_list() == [1, 2, 3]


def test_names_sort_as_people_count():
    assert sorted(["It_10", "It_9", "It_1"], key=natural) == ["It_1", "It_9", "It_10"]
