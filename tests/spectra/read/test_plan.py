"""Plans: data that is checked, applied, and checked again."""

from __future__ import annotations

import json

import numpy as np
import pytest

from figmill.errors import InputError
from figmill.read.text_notation import Notation
from figmill.read.text_table import Table
from figmill.spectra.read.apply import apply_plan, check_against
from figmill.spectra.read.columns import understand
from figmill.spectra.read.plan import Plan, Transformation, plan_by_rules, plan_of
from figmill.spectra.spectrum import Spectrum

X = np.arange(4000.0, 699.0, -10.0)
Y = 0.02 + 0.8 * np.exp(-(((X - 1740) / 40) ** 2))


def table(*columns: np.ndarray, names: tuple[str, ...] = ("", "")) -> Table:
    values = np.column_stack(columns)
    return Table(values, names, ("",) * len(names), Notation("utf-8", ",", "."), source="t.csv")


def plan(
    x: str = "wavenumber", y: str = "absorbance", *steps: Transformation, **more: object
) -> Plan:
    return Plan.model_validate(
        {
            "columns": [
                {"original_name": "column 1", "target": x},
                {"original_name": "column 2", "target": y},
            ],
            "transformations": steps,
            "score": 95,
            **more,
        }
    )


def made(
    *columns: np.ndarray,
    x: str = "wavenumber",
    y: str = "absorbance",
    steps: tuple[Transformation, ...] = (),
) -> Spectrum:
    return apply_plan(plan(x, y, *steps), table(*columns))


def step(kind: str, **more: object) -> Transformation:
    return Transformation.model_validate({"kind": kind, **more})


def test_sorting_keeps_the_files_direction() -> None:
    order = np.arange(X.size)
    order[[3, 4]] = [4, 3]
    found = made(X[order], Y[order], steps=(step("sort"),))
    np.testing.assert_array_equal(found.x, X)
    np.testing.assert_array_equal(found.y, Y)


def test_reversing() -> None:
    assert made(X, Y, steps=(step("reverse"),)).x[0] == 700.0


def test_duplicates_keep_their_first_row_and_say_where_they_differ() -> None:
    x = np.concatenate((X, X[:2]))
    y = np.concatenate((Y, [Y[0], 9.0]))
    found = made(x, y, steps=(step("drop_duplicates"),))
    np.testing.assert_array_equal(found.y, Y)
    assert found.warnings[0] == "2 rows repeat an x and are left out; 1 of them have another y."


def test_missing_values_are_dropped_and_told() -> None:
    y = Y.copy()
    y[5:8] = np.nan
    found = made(X, y, steps=(step("drop_missing"),))
    assert found.x.size == X.size - 3
    assert "3 rows without a value" in found.warnings[0]


def test_rows_without_numbers_may_be_skipped_and_sound_ones_not() -> None:
    x, y = X.copy(), Y.copy()
    x[0] = np.nan
    assert made(x, y, steps=(step("skip_rows", rows=1),)).x.size == X.size - 1
    with pytest.raises(InputError, match="would lose sound data"):
        made(x, y, steps=(step("skip_rows", rows=2),))


def test_transmittance_becomes_absorbance_and_back() -> None:
    light = 10**-Y
    found = made(X, light, y="transmittance", steps=(step("transmittance_to_absorbance"),))
    assert found.y_kind == "absorbance"
    np.testing.assert_allclose(found.y, Y)
    back = made(X, Y, steps=(step("absorbance_to_transmittance"),))
    np.testing.assert_allclose(back.y, light)
    with pytest.raises(InputError, match="absorbance cannot become absorbance"):
        made(X, Y, steps=(step("transmittance_to_absorbance"),))


def test_scaling_changes_units_alone() -> None:
    found = made(X, 100 * Y, steps=(step("scale", column="column 2", factor=0.01),))
    np.testing.assert_allclose(found.y, Y)
    for factor in (1.01, 0.0, -1.0, 2.0, float("nan")):
        with pytest.raises(InputError, match="changes no unit"):
            made(X, Y, steps=(step("scale", column="column 2", factor=factor),))


def test_unsorted_x_without_a_step_to_sort_it_is_rejected() -> None:
    order = np.random.default_rng(0).permutation(X.size)
    with pytest.raises(InputError, match="does not run one way"):
        made(X[order], Y[order])


@pytest.mark.parametrize(
    ("names", "x", "y", "says"),
    [
        (("pressure", "absorbance"), "wavenumber", "absorbance", "not an axis of a spectrum"),
        (("wavenumber", "temperature"), "wavenumber", "absorbance", "not an axis of a spectrum"),
        (("wavenumber", "absorbance"), "wavelength_nm", "absorbance", "plan calls wavelength"),
        (("wavenumber", "absorbance"), "wavenumber", "transmittance", "plan calls transmittance"),
        (("absorbance", "wavenumber"), "wavenumber", "absorbance", "its name says"),
        (("wavenumber", "%T"), "wavenumber", "transmittance", "plan calls transmittance"),
    ],
)
def test_the_files_own_words_stand_above_a_plan(
    names: tuple[str, str], x: str, y: str, says: str
) -> None:
    wanted = Plan.model_validate(
        {
            "columns": [
                {"original_name": names[0], "target": x},
                {"original_name": names[1], "target": y},
            ],
            "score": 100,
        }
    )
    with pytest.raises(InputError, match=says) as caught:
        apply_plan(wanted, table(X, Y, names=names))
    assert caught.value.file == "t.csv"


def test_a_user_stands_above_the_files_words() -> None:
    wanted = Plan.model_validate(
        {
            "columns": [
                {"original_name": "pressure", "target": "wavenumber"},
                {"original_name": "absorbance", "target": "absorbance"},
            ],
            "score": 100,
        }
    )
    assert (
        apply_plan(wanted, table(X, Y, names=("pressure", "absorbance")), by_user=True).x[0] == 4000
    )


def test_what_the_rules_see_stands_against_a_plan() -> None:
    drift = 0.5 + 0.001 * np.arange(X.size)
    given = table(X, drift, Y, names=("", "", ""))
    structure = understand(given)
    swapped = Plan.model_validate(
        {
            "columns": [
                {"original_name": "column 2", "target": "x"},
                {"original_name": "column 3", "target": "absorbance"},
            ],
            "score": 100,
        }
    )
    with pytest.raises(InputError, match="takes x from 'column 2'"):
        check_against(swapped, given, structure)


def test_the_rules_give_a_plan_that_says_the_same() -> None:
    given = table(X, 100 * 10**-Y, names=("Wellenzahl", "Transmission %"))
    structure = understand(given)
    wanted = plan_by_rules(given, structure)
    assert wanted.level == "high"
    assert [m.target for m in wanted.columns] == ["wavenumber", "percent_transmittance"]
    again = plan_of(wanted.model_dump_json())
    assert again == wanted
    np.testing.assert_array_equal(apply_plan(again, given).x, X)


@pytest.mark.parametrize(
    ("score", "level"), [(100, "high"), (90, "high"), (89.9, "medium"), (70, "medium"), (69, "low")]
)
def test_levels(score: float, level: str) -> None:
    assert plan(score=score).level == level


@pytest.mark.parametrize(
    "change",
    [
        {"score": 101}, {"score": "high"}, {"columns": []}, {"columns": "all"}, {"run": "ls"},
        {"transformations": [{"kind": "eval"}]},
        {"transformations": [{"kind": "skip_rows", "rows": -1}]},
        {"transformations": [{"kind": "sort"}] * 30},
        {"columns": [{"original_name": "a", "target": "wavenumber", "confidence": 2}]},
        {"columns": [{"original_name": "a" * 300, "target": "wavenumber"}]},
    ],
)  # fmt: skip
def test_the_schema_is_strict(change: dict[str, object]) -> None:
    with pytest.raises(InputError, match="does not follow its schema"):
        plan_of(json.dumps({**json.loads(plan().model_dump_json()), **change}))
