"""One table, several curves."""

import numpy as np
import pytest

from figmill.curves.splitting import Split, split, turns
from figmill.errors import InputError
from figmill.read.tables import Column, DataTable


def table(parts=(0,), **columns) -> DataTable:
    made = [
        Column(name, tuple(values), kind="text")
        if isinstance(values[0], str)
        else Column(name, np.array(values, dtype=float))
        for name, values in columns.items()
    ]
    return DataTable(tuple(made), parts=parts)


def cut(data: DataTable, **rule) -> list[tuple[object, str, list[int]]]:
    pieces = split(data, data.columns[0].numbers, Split(**rule), [])
    return [(piece.value, piece.name, piece.rows.tolist()) for piece in pieces]


def test_whole_without_a_rule() -> None:
    assert cut(table(x=[0, 1, 2])) == [(None, "", [0, 1, 2])]


def test_by_a_column_of_numbers_whose_last_places_differ() -> None:
    data = table(x=[0, 1, 0, 1], vd=[0.1, 0.1 + 1e-12, 1.0, 1.0])
    assert cut(data, by="vd") == [(0.1, "", [0, 1]), (1.0, "", [2, 3])]


def test_by_a_column_of_texts() -> None:
    data = table(x=[0, 1, 2], state=["on", "off", "on"])
    assert cut(data, by="state") == [("on", "", [0, 2]), ("off", "", [1])]


def test_a_measured_column_tells_no_curves_apart() -> None:
    data = table(x=range(1000), i=np.linspace(0, 1, 1000))
    with pytest.raises(InputError, match="1000 curves"):
        cut(data, by="i")


def test_at_the_parts_of_the_file() -> None:
    data = table(parts=(0, 2), x=[0, 1, 0, 1])
    assert cut(data) == [(None, "part 1", [0, 1]), (None, "part 2", [2, 3])]
    assert cut(data, at=()) == [(None, "", [0, 1, 2, 3])]


def test_turns_are_those_that_come_back_by_more_than_the_tolerance() -> None:
    # 12 mV of noise on steps of 20 mV: the sweep turns once.
    rng = np.random.default_rng(3)
    x = np.concatenate((np.arange(0, 2, 0.02), np.arange(2, 0, -0.02)))
    noisy = x + rng.normal(0, 0.012, x.size)
    found = turns(noisy, 0.1)
    assert len(found) == 1
    assert abs(found[0] - 100) <= 3
    data = table(x=noisy)
    legs = cut(data, at=("turns",), tolerance=0.1)
    assert [name for _, name, _ in legs] == ["leg 1", "leg 2"]
    assert legs[0][2] + legs[1][2] == [*range(x.size)]  # each point in one leg
    assert len(cut(data, at=("turns",))) == 2  # the tolerance is found from the noise


def test_jumps_begin_another_sweep() -> None:
    data = table(x=[*np.arange(0, 1, 0.1), *np.arange(0, 1, 0.1)])
    assert [name for _, name, _ in cut(data, at=("jumps",))] == ["sweep 1", "sweep 2"]
