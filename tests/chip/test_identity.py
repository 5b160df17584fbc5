"""Runs are found again by what they are, and never taken for others."""

import pytest

from figmill.chip.identity import continues, head_of, same_runs


def rows_of(count: int, first: float = 0.0) -> bytes:
    return b"\n".join([b"Vg (V),I (A)", *(b"%d,%g" % (n, first + n) for n in range(count))])


def run(name: str, count: int, *, start: float = 0.0, first: float = 0.0, origin: str = "name"):
    return {
        "run_id": f"{name}{count}{first}{start}",
        "proc": "IVg",
        "start_time": start,
        "source_file": name,
        "date_origin": origin,
        "rows": count,
        "head": head_of(rows_of(count, first)),
    }


def test_a_file_that_grew_begins_as_before():
    for old, new in ((1, 2), (3, 40), (20, 21), (64, 65), (100, 500)):
        assert continues(run("a", old), run("a", new)) is True
        assert continues(run("a", new), run("a", old)) is False
        assert continues(run("a", old), run("a", new, first=0.5)) is False
    assert continues({**run("a", 3), "head": None}, run("a", 3)) is None


def test_the_last_row_of_a_file_that_was_being_written_may_have_been_cut():
    cut = {**run("a", 4), "head": head_of(rows_of(4)[:-1] + b"7")}
    assert continues(cut, run("a", 30)) is True


def test_a_file_found_late_takes_the_number_of_none():
    before = [run("f_2", 20, first=2), run("f_3", 20, first=3)]
    now = [run("f_1", 20, first=1), *before]
    assert same_runs(before, now) == {0: 1, 1: 2}


def test_one_of_several_files_of_one_date_grew():
    before = [run("f_1", 20, first=1), run("f_2", 20, first=2)]
    assert same_runs(before, [run("f_1", 21, first=1), before[1]]) == {0: 0, 1: 1}


def test_another_measurement_under_an_old_name_is_another_run():
    assert same_runs([run("f_1", 20)], [run("f_1", 20, first=5)]) == {}


@pytest.mark.parametrize(("origin", "same"), [("meta", {0: 0}), ("name", {})])
def test_a_start_of_the_clock_tells_a_run_whose_values_were_put_right(origin, same):
    before, now = run("a", 20, origin=origin), run("a", 20, first=1, origin=origin)
    assert same_runs([before], [now]) == same


def test_a_renamed_file_that_grew_is_known_by_its_start():
    assert same_runs([run("a", 20, origin="meta")], [run("b", 30, origin="meta")]) == {0: 0}
    two = [run("a", 20, origin="meta", first=1), run("b", 20, origin="meta", first=2)]
    assert same_runs(two, [run("c", 30, origin="meta", first=3)]) == {}


def test_a_start_that_is_read_now_where_the_date_stood_for_it():
    old = {**run("a", 20), "head": None}
    assert same_runs([old], [run("a", 20, start=5000.0, origin="meta")]) == {0: 0}
    assert same_runs([old], [run("a", 20, start=86400.0)]) == {}


def test_folders_may_hold_files_of_one_name():
    before = [run("x/a", 20, first=1), run("y/a", 20, first=2)]
    assert same_runs(before, [run("y/a", 30, first=2), run("x/a", 25, first=1)]) == {0: 1, 1: 0}
