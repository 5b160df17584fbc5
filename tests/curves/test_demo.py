"""The demo of curves, and its data."""

import numpy as np

from figmill.curves.demo import demo
from figmill.curves.synthetic import SLOPE, THERMAL_V, THRESHOLD_V, drain_current, write_lot
from figmill.read.tables import read_tables


def test_the_current_follows_the_textbook_in_both_ends() -> None:
    weak = drain_current(np.array([-0.2, -0.1]), 1.0, THRESHOLD_V)
    # Weak inversion: n kT/q ln 10 a decade.
    swing = 0.1 / np.log10(weak[1] / weak[0])
    assert np.isclose(swing, SLOPE * THERMAL_V * np.log(10), rtol=0.01)
    strong = drain_current(np.array([2.0, 3.0]), 5.0, THRESHOLD_V)
    ratio = (3.0 - THRESHOLD_V) ** 2 / (2.0 - THRESHOLD_V) ** 2
    assert np.isclose(strong[1] / strong[0], ratio, rtol=0.02)


def test_both_notations_hold_the_same(tmp_path) -> None:
    files = write_lot(tmp_path, wafers=2, devices=1, points=11)
    assert len(files) == 6
    for file in files:
        (table,) = read_tables(file)
        assert [column.title for column in table.columns] == [
            "Gate voltage (V)", "Drain current (A)", "Gate current (A)",
        ]  # fmt: skip
        assert table.rows == 21
        assert not [note for note in table.notes if note.level != "info"]


def test_every_figure_of_the_demo_is_described_without_a_doubt(tmp_path) -> None:
    plots, curves = demo(tmp_path)
    for step in (plots, curves):
        step.recipe.check()
        for item in step.recipe.items():
            made = step.recipe.describe(item)
            assert not [note for note in made.notes if note.level == "doubt"], item.key
    numbers = [
        row
        for item in curves.recipe.items()
        for row in curves.recipe.describe(item).facts.get("numbers", ())
    ]
    back = {
        leg: np.mean(
            [
                row["value"]
                for row in numbers
                if row["number"] == "vth_linear" and row["curve"] == leg
            ]
        )
        for leg in ("leg 1", "leg 2")
    }
    assert np.isclose(back["leg 2"] - back["leg 1"], 0.05, atol=0.01)  # the hysteresis
