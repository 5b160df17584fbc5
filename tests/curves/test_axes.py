"""Which columns are x and y where nobody says so."""

import numpy as np
import pytest

from figmill.curves.axes import column_of, columns_of, default_x, default_y, stepping
from figmill.errors import InputError
from figmill.notes import Note
from figmill.read.tables import Column, DataTable


def table(*columns: tuple[str, str, object], parts: tuple[int, ...] = (0,)) -> DataTable:
    made = []
    for name, unit, values in columns:
        if isinstance(values, list) and isinstance(values[0], str):
            made.append(Column(name, tuple(values), unit, "text"))
        else:
            made.append(Column(name, np.array(values, dtype=float), unit))
    return DataTable(tuple(made), parts=parts)


UP = [0.0, 1.0, 2.0, 3.0]
TURN = [0.0, 1.0, 0.5, 0.0]


def test_x_is_the_only_column_that_runs_one_way() -> None:
    notes: list[Note] = []
    assert default_x(table(("I", "A", TURN), ("t", "s", UP)), notes).name == "t"
    assert [note.level for note in notes] == ["info"]


def test_else_x_is_the_first() -> None:
    notes: list[Note] = []
    assert default_x(table(("V", "V", TURN), ("I", "A", [1, 3, 2, 9])), notes).name == "V"
    assert default_x(table(("V", "V", UP), ("I", "A", [1, 2, 4, 9])), notes).name == "V"
    assert {note.level for note in notes} == {"info"}


def test_x_is_doubted_where_another_column_was_set_in_steps() -> None:
    notes: list[Note] = []
    measured = [1e-9, 3e-8, 1e-7, 2e-7]
    assert default_x(table(("I", "A", measured), ("V", "V", UP)), notes).name == "I"
    assert [note.code for note in notes] == ["x-assumed"]


def test_a_column_that_counts_rows_is_neither() -> None:
    notes: list[Note] = []
    data = table(("No.", "", [1, 2, 3, 4]), ("V", "V", TURN), ("I", "A", [1, 3, 2, 9]))
    x = default_x(data, notes)
    assert x.name == "V"
    assert [column.name for column in default_y(data, x, notes)] == ["I"]
    assert "column-counts" in [note.code for note in notes]


def test_one_column_is_drawn_over_its_rows() -> None:
    notes: list[Note] = []
    assert default_x(table(("column 1", "", TURN)), notes) is None
    assert [note.code for note in notes] == ["x-taken"]


def test_y_are_all_that_share_a_unit_and_the_others_are_named() -> None:
    notes: list[Note] = []
    data = table(
        ("V", "V", UP),
        ("fixed", "V", [1, 1, 1, 1]),
        ("I1", "A", [1, 2, 4, 3]),
        ("T", "K", [5, 6, 7, 9]),
        ("I2", "Amp", [1, 2, 4, 3]),
        ("I3", "A", [3, 2, 4, 3]),
        ("gone", "A", [np.nan] * 4),
        ("text", "", ["a", "b", "c", "d"]),
    )
    assert [c.name for c in default_y(data, data.columns[0], notes)] == ["I1", "I3"]
    (note,) = notes
    for word in ("'T (K)' has another unit", "'fixed (V)' is constant", "'gone (A)' has no value"):
        assert word in note.text


def test_a_step_that_is_constant_in_each_part_tells_the_parts_apart() -> None:
    data = table(
        ("VG", "V", [0, 1, 0, 1]), ("VD", "V", [1, 1, 2, 2]), ("I", "A", [1, 2, 3, 4]), parts=(0, 2)
    )
    assert stepping(data).name == "VD"
    assert [c.name for c in default_y(data, data.columns[0], [])] == ["I"]


def test_columns_by_name() -> None:
    data = table(("Drain I", "A", UP), ("Gate I", "A", UP), ("V", "V", UP))
    assert column_of(data, "drain i").name == "Drain I"
    assert column_of(data, "Drain I (A)").name == "Drain I"
    assert column_of(data, "3").name == "V"
    assert [c.name for c in columns_of(data, "*i*")] == ["Drain I", "Gate I"]
    with pytest.raises(InputError, match="'Drain I'"):
        column_of(data, "Drain J")


def test_of_very_many_columns_only_some_are_drawn_and_that_is_told() -> None:
    notes: list[Note] = []
    data = table(("t", "s", UP), *((f"I{n}", "A", [1, 2, n, 3]) for n in range(300)))
    assert len(default_y(data, data.columns[0], notes)) == 200
    assert (notes[0].level, notes[0].code) == ("loss", "columns-too-many")


def timed(*values: list[float], names: str = "abc") -> DataTable:
    times = [Column(n, np.array(v), "", "time") for n, v in zip(names, values, strict=False)]
    return DataTable((*times, Column("T", np.array(UP), "K")))


@pytest.mark.parametrize(
    ("times", "x", "level"),
    [
        ([[0.0, 61.0, 119.0, 180.0]], "a", "info"),  # uneven, where T runs in even steps
        ([[0.0, 0.0, 0.0, 1.0]], "a", "info"),  # written to whole seconds only
        ([[0.0, 60.0, 30.0, 90.0]], "a", "doubt"),  # set back by an hour of summer time
        ([[0.0, 0.0, 0.0, 0.0], [3.0, 4.0, 5.0, 6.0]], "b", "info"),  # date and moment
        ([[0.0, 0.0, 9.0, 9.0], [3.0, 4.0, 12.0, 13.0]], "b", "info"),
    ],
)
def test_dates_and_times_are_x_before_all_others(times, x, level) -> None:
    notes: list[Note] = []
    assert default_x(timed(*times), notes).name == x
    assert [note.level for note in notes] == [level]


def test_what_is_constant_is_x_only_where_all_is() -> None:
    notes: list[Note] = []
    data = table(("T", "K", [5, 5, 5, 5]), ("V", "V", UP), ("I", "A", [1, 2, 4, 9]))
    assert default_x(data, notes).name == "V"
    assert "the first column that varies" in notes[0].text
    assert default_x(table(("T", "K", [5, 5]), ("V", "V", [1, 1])), notes).name == "T"


def test_a_column_runs_one_way_where_each_part_does() -> None:
    notes: list[Note] = []
    twice = table(("I", "A", [1, 3, 2, 9] * 2), ("V", "V", UP * 2), parts=(0, 4))
    assert default_x(twice, notes).name == "V"
    measured = table(("I", "A", [1, 3, 4, 9] * 2), ("V", "V", UP * 2), parts=(0, 4))
    assert default_x(measured, notes).name == "I"
    assert [note.level for note in notes] == ["info", "doubt"]


def test_what_is_held_over_a_sweep_is_not_x_and_that_is_a_doubt() -> None:
    notes: list[Note] = []
    sweeps = [0, 1, 2, 3, 2, 1, 0] * 2
    data = table(("VG", "V", [1] * 7 + [2] * 7), ("VD", "V", sweeps), ("ID", "A", sweeps))
    assert default_x(data, notes).name == "VD"
    assert [note.level for note in notes] == ["doubt"]
