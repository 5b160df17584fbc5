"""The recipe of files of curves."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from figmill.curves import CurvesRecipe, draw_curves
from figmill.curves.spec import CurvesFile, load_curves
from figmill.engine import RunOptions
from figmill.errors import ConfigError, InputError
from figmill.figure import Curve
from figmill.recipes.base import Description

READ = "read: {paths: data, from_name: 'W{wafer:digits}_{device}_{vd:number}V'}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    v = np.round(np.concatenate((np.linspace(0, 1, 101), np.linspace(1, 0, 101)[1:])), 6)
    for wafer in (1, 2):
        for vd in (0.1, 1.0):
            i = vd * 1e-4 / (1 + np.exp(-(v - 0.5) / 0.05)) - 1e-12
            rows = "".join(
                f"{a!r},{b!r},{b / 1e3!r}\n" for a, b in zip(v.tolist(), i.tolist(), strict=True)
            )
            name = f"W{wafer}_D{wafer}_{vd}V.csv"
            text = (
                f"# Temperature: {wafer * 100} K\nGate voltage (V),Drain current (A),IG (A)\n{rows}"
            )
            (tmp_path / "data" / name).write_text(text)
    return tmp_path


def recipe(folder: Path, text: str) -> CurvesRecipe:
    file = folder / "c.yaml"
    file.write_text(READ + text if not text.startswith("read") else text)
    made = CurvesRecipe(config=file)
    made.check()
    return made


def described(folder: Path, text: str) -> dict[str, Description]:
    made = recipe(folder, text)
    return {item.key: made.describe(item) for item in made.items()}


def curves(description: Description, drawing: int = 0, panel: int = 0) -> list[Curve]:
    panels = [one for row in description.drawings[drawing].figure.panels for one in row]
    return [layer for layer in panels[panel].layers if isinstance(layer, Curve)]


COLUMNS = "columns: {VG: 'Gate*', ID: {names: ['Drain current*'], label: I_D, unit: A}}\n"


def test_a_figure_a_file(folder) -> None:
    made = described(
        folder, COLUMNS + "figures: [{name: 't/{device}_{vd}', x: VG, y: ID, y_scale: log}]"
    )
    assert set(made) == {"t/D1_0.1", "t/D1_1", "t/D2_0.1", "t/D2_1"}
    (panel,) = made["t/D1_1"].drawings[0].figure.panels[0]
    assert (panel.x.label, panel.y.label, panel.y.unit) == ("VG", "I_D", "A")


def test_a_figure_a_group_with_curves_by_value(folder) -> None:
    made = described(
        folder,
        COLUMNS + "figures:\n  - {name: 'w{wafer}', per: group, group_by: [wafer], x: VG, y: ID,\n"
        "     color: {by: vd, unit: V, label: V_D}, limits: {x: [0, 1], by: [wafer]}}",
    )
    assert list(made) == ["w1", "w2"]
    one = made["w1"]
    assert [curve.label for curve in curves(one)] == ["0.1 V", "1 V"]
    (panel,) = one.drawings[0].figure.panels[0]
    assert panel.legend_title == "V_D (V)"
    assert panel.x.limits == (0.0, 1.0)
    assert one.drawings[0].group == "VG 1"  # whose limits are shared, where users ask for such


def test_values_of_the_header(folder) -> None:
    text = READ.replace("paths: data,", "paths: data, from_header: {T: Temperature, no: Other},")
    figure = "figures: [{name: all, per: group, group_by: [folder], x: 1, y: 2, "
    made = described(
        folder, text + COLUMNS + figure.replace("x: 1, y: 2", "x: VG, y: ID") + "color: T}]"
    )
    assert [curve.label for curve in curves(made["all"])] == ["100", "100", "200", "200"]
    assert "setting-not-found" not in {note.code for note in made["all"].notes}
    made = described(
        folder, text + COLUMNS + figure.replace("x: 1, y: 2", "x: VG, y: ID") + "color: 'no'}]"
    )
    assert {"setting-not-found", "value-not-known"} <= {n.code for n in made["all"].notes}


def test_legs_dashes_expressions_and_lines(folder) -> None:
    made = described(
        folder,
        COLUMNS + "compute: {S: {expr: 'sqrt(abs(ID))', unit: 'A^{1/2}'}}\n"
        "split: {at: [turns], tolerance: 0.1}\n"
        "figures: [{name: '{path}', x: VG, y: [{column: S, dash: dashed, color: red}],\n"
        "  lines: [{y: 0.5, label: limit}], where: {vd: 1}}]",
    )
    assert len(made) == 2
    one = made["W1_D1_1.0V"]
    assert [(curve.label, curve.dash) for curve in curves(one)] == [
        ("leg 1", "dashed"), ("leg 2", "dashed"),
    ]  # fmt: skip
    v = curves(one)[0].x
    expected = np.sqrt(np.abs(1e-4 / (1 + np.exp(-(v - 0.5) / 0.05)) - 1e-12))
    assert np.allclose(curves(one)[0].y, expected)


def test_small_multiples(folder) -> None:
    made = described(
        folder,
        COLUMNS + "figures: [{name: all, per: group, group_by: [folder], x: VG, y: ID,\n"
        "  panels: {by: wafer, columns: 2}, color: vd}]",
    )
    figure = made["all"].drawings[0].figure
    assert figure.shape == (1, 2)
    assert [panel.title for panel in figure.panels[0]] == ["wafer 1", "wafer 2"]
    assert figure.panels[0][1].legend is None  # it would say what the first one says
    assert figure.share_y


def test_intervals(folder) -> None:
    made = described(
        folder,
        COLUMNS + "figures: [{name: '{path}', per: interval, every: 0.5, x: VG, y: ID,\n"
        "  where: {wafer: '1', vd: 1}}]",
    )
    (one,) = made.values()
    assert [drawing.name for drawing in one.drawings] == [
        "W1_D1_1.0V_0", "W1_D1_1.0V_0.5", "W1_D1_1.0V_1",
    ]  # fmt: skip
    assert curves(one)[0].x.max() < 0.5
    assert sum(curves(one, at)[0].x.size for at in range(3)) == 201


def test_numbers_and_their_table(folder) -> None:
    text = (
        COLUMNS + "numbers: [{give: [swing, vth_linear, on_off], x: VG, y: ID, where: {vd: 0.1},\n"
        "  split: {at: [turns]}, settings: {vds: vd}}]"
    )
    made = recipe(folder, text)
    facts = {item.key: made.describe(item).facts for item in made.items()}
    assert len(facts) == 2
    (table,) = made.summarize(facts.items())
    assert table.name == "numbers.csv"
    rows = [*csv.DictReader(table.data.decode().splitlines())]
    assert len(rows) == 2 * 2 * 3  # files, legs, numbers
    # Below threshold I grows as exp(V / 50 mV): 50 mV ln 10 a decade.
    swings = [float(row["value"]) for row in rows if row["number"] == "swing"]
    assert np.allclose(swings, 0.05 * np.log(10), rtol=0.08)
    assert {row["wafer"] for row in rows} == {"1", "2"}
    assert all(row["unit"] for row in rows if row["number"] == "vth_linear")
    again = recipe(folder, text.replace(", settings: {vds: vd}", ""))
    item = next(iter(again.items()))
    lacking = [
        row for row in again.describe(item).facts["numbers"] if row["number"] == "vth_linear"
    ]
    assert {row["flags"] for row in lacking} == {"no-vds"}


def test_statistics_over_a_group(folder) -> None:
    made = described(
        folder,
        COLUMNS
        + "figures: [{name: all, per: group, group_by: [vd], x: VG, y: ID,\n"
        "  statistics: {sigma: 2, only: true}}]".replace("name: all", "name: 'vd{vd}'"),
    )
    assert [curve.label for curve in curves(made["vd1"])] == ["mean of 2"]


def test_a_missing_column_fails_its_file_and_names_the_nearest(folder) -> None:
    with pytest.raises(InputError, match=r"no column 'IGG'.*'IG'"):
        described(folder, "figures: [{name: '{path}', x: IG, y: IGG}]")


def test_names_that_would_be_two_figures(folder) -> None:
    with pytest.raises(ConfigError, match=r"line 2.*two figures would be called 'all'"):
        described(folder, "figures: [{name: all, x: IG, y: IG}]")
    with pytest.raises(ConfigError, match="would both be called"):
        described(
            folder, "figures: [{name: '{path}', x: IG, y: IG}, {name: '{path}', x: IG, y: IG}]"
        )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("figures: [{x: V, y: I, y_scal: log}]", r"line 2.*no key 'y_scal'.*'y_scale'"),
        ("figures: [{x: V, y: I, name: '{wafr}'}]", r"line 2.*no value 'wafr'.*'wafer'"),
        ("figures: [{x: V, y: I, name: '../x'}]", "leads out"),
        ("figures: [{x: V, y: I, per: group}]", "group_by"),
        ("figures: [{x: V, y: I, per: interval}]", "every"),
        ("figures: [{x: V, y: I, color: T}]", "no value 'T'"),
        ("figures: [{x: V, y: I, where: {die: 1}}]", "no value 'die'"),
        ("figures: [{x: V, y: I, where: {wafer: '9'}}]", "no file fits"),
        ("figures: [{x: V, y: I, y_scale: log, limits: {y: [-1, 1]}}]", "above 0"),
        ("figures: [{x: V, y: I, limits: {y: [2, 1]}}]", "not below"),
        ("figures: [{x: V, y: I, lines: [{x: 1, y: 1}]}]", "limit line"),
        ("compute: {R: 'open(1)'}\nfigures: [{x: V, y: R}]", "no function 'open'"),
        ("compute: {'a b': 'V'}\nfigures: [{x: V, y: R}]", "name of a column"),
        ("numbers: [{give: [swng], x: V, y: I}]", "no number 'swng'.*'swing'"),
        ("missing: {above: 1}", "nothing to make"),
        ("figures: [{x: V, y: I}]\nread: {paths: data}", "given twice"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(folder, text, said) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        [*recipe(folder, text).items()]
    assert str(folder / "c.yaml") in str(caught.value)


def test_header_values_cannot_name_figures(folder) -> None:
    text = READ.replace("paths: data,", "paths: data, from_header: {T: Temperature},")
    with pytest.raises(ConfigError, match="not read when figures are planned"):
        [*recipe(folder, text + "figures: [{x: V, y: I, name: '{T}'}]").items()]


def test_files_whose_names_do_not_fit_are_told(folder) -> None:
    (folder / "data" / "odd.csv").write_text("V,I\n0,1\n")
    made = recipe(folder, COLUMNS + "figures: [{name: '{device}_{vd}', x: VG, y: ID}]")
    assert len([*made.items()]) == 4
    told = [one for one in made.left_out() if "from_name" in str(one)]
    assert [one.count for one in told] == [1]


def test_planning_thousands_opens_none(tmp_path, monkeypatch) -> None:
    (tmp_path / "data").mkdir()
    for number in range(500):
        (tmp_path / "data" / f"W{number % 7}_D{number}_{number % 3}V.csv").touch()
    monkeypatch.setattr("figmill.read.tables.choice.read_bytes", None)
    monkeypatch.setattr("figmill.recipes.inputs.read_head", None)
    made = recipe(tmp_path, "figures: [{name: '{path}', x: V, y: I}]")
    assert len([*made.items()]) == 500


def test_from_python_and_only_what_changed_again(folder) -> None:
    text = COLUMNS + "figures: [{name: '{path}', x: VG, y: ID}, {name: 'g/{path}', x: VG, y: IG}]"
    made = recipe(folder, text)
    assert draw_curves(made.config, folder / "out", run=RunOptions(workers=0)).done == 8
    made.config.write_text(READ + text.replace("y: IG", "y: IG, y_scale: log"))
    assert draw_curves(made.config, folder / "out", run=RunOptions(workers=0)).done == 4


def test_the_schema_is_of_json() -> None:
    schema = CurvesFile.model_json_schema()
    assert set(schema["properties"]) >= {"read", "columns", "figures", "numbers"}
    json.dumps(schema)


def test_a_file_that_is_no_mapping(tmp_path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text("- a\n")
    with pytest.raises(ConfigError, match="not a mapping"):
        load_curves(file)
