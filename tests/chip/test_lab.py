"""A second lab's files, staged by its own mapping."""

from pathlib import Path

import numpy as np
import pytest

from figmill.chip import chip_metrics, get_chip_history, stage_raw
from figmill.chip.lab import Lab, load_lab, translated
from figmill.chip.tree import StageTree
from figmill.errors import ConfigError, InputError
from figmill.read.pymeasure import parse_results

pl = pytest.importorskip("polars")

LAB = """
chip: {group: "{Wafer}", name: "{Die}-{Device}"}
start: {header: "Started", formats: [iso], else: file_time}
procedures:
  Transfer:
    as: IVg
    columns: {Vg: "Gate voltage", I: ["Drain current*", "ID*"], VDS: "Drain voltage"}
    settings: {vds: "Drain voltage"}
  Photo:
    as: It
    columns: {t: Time, I: Current, light: {column: "LED", lit: 1}}
    settings: {wavelength: "LED wavelength", power: "LED power", vds: Bias}
  Capacitance: {as: CV, columns: {V: Bias}}
"""
HEAD = (
    "#Procedure: <__main__.{}>\n#Parameters:\n#\tWafer: W12\n#\tDie: A1\n#\tDevice: D01\n{}#Data:\n"
)


def lab_file(tmp_path: Path, text: str = LAB) -> Path:
    path = tmp_path / "lab.yaml"
    path.write_text(text)
    return path


def results(proc: str, columns: str, more: str = "", rows: str = "1,2\n3,4\n"):
    return parse_results((HEAD.format(proc, more) + columns + "\n" + rows).encode(), "a.csv")


def test_columns_settings_and_chips_get_their_names(tmp_path: Path):
    lab = load_lab(lab_file(tmp_path))
    given = results("Transfer", "Gate voltage (mV),ID [uA]", "#\tDrain voltage: 100 mV\n")
    found = translated(given, lab, "a.csv")
    assert found.procedure == "IVg"
    assert list(found.columns) == ["Vg (mV)", "I (uA)"]
    assert found.parameters["VDS"] == "100 mV"
    assert found.parameters["Chip group name"] == "W12"
    assert found.parameters["Chip number"] == "A1-D01"
    assert [(note.level, note.code) for note in found.notes] == [("loss", "column-not-found")]


def test_what_no_mapping_names_stays_and_is_told(tmp_path: Path):
    lab = load_lab(lab_file(tmp_path))
    found = translated(results("Other", "x,y"), lab, "a.csv")
    assert (found.procedure, list(found.columns)) == ("Other", ["x", "y"])
    assert [note.code for note in found.notes] == ["procedure-not-mapped"]
    found = translated(results("Photo", "Time (s),Current (nA)"), lab, "a.csv")
    assert [note.code for note in found.notes] == [*["setting-not-found"] * 3, "column-not-found"]


@pytest.mark.parametrize(("rows", "lit"), [("0,1,0\n1,1,1\n", "1"), ("0,1,off\n1,1,ON\n", "on")])
def test_a_column_tells_where_there_was_light(tmp_path: Path, rows, lit):
    lab = load_lab(lab_file(tmp_path, LAB.replace("lit: 1", f'lit: "{lit}"')))
    found = translated(results("Photo", "Time (s),Current (A),LED", rows=rows), lab, "a.csv")
    np.testing.assert_array_equal(found.columns["VL (V)"], [0, 1])


def test_a_name_that_needs_a_setting_which_is_missing_is_refused():
    lab = Lab.model_validate({"chip": {"name": "{Nothing}"}})
    with pytest.raises(InputError, match="'Nothing'") as caught:
        translated(results("Other", "x,y"), lab, "a.csv")
    assert "Wafer, Die, Device" in caught.value.hint


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("settings: {vds", "settings: {vdss", "no setting 'vdss'"),
        ("as: IVg", "as: ../x", "line 6"),
        ("columns: {V: Bias}", "colums: {V: Bias}", "colums"),
        ("formats: [iso]", "formats: [isoo]", "line 3"),
        (LAB, "[]", "not a mapping"),
    ],
)
def test_what_is_wrong_with_a_lab_file_has_its_line(tmp_path: Path, old, new, said):
    with pytest.raises(ConfigError) as caught:
        load_lab(lab_file(tmp_path, LAB.replace(old, new)))
    assert said in str(caught.value)
    assert "lab.yaml" in str(caught.value)


def test_a_second_lab_is_staged_and_its_numbers_are_the_truth(tmp_path: Path):
    raw = tmp_path / "raw"
    raw.mkdir()
    t = np.arange(0, 40, 0.05)
    end = 1 - np.exp(-10 / 0.8)
    rise = 1 - np.exp(-(t - 10) / 0.8)
    light = (t >= 10) & (t < 20)
    shape = np.where(t < 10, 0, np.where(light, rise, end * np.exp(-(t - 20) / 0.8)))
    rows = "".join(f"{a},{5 + 3 * b},{int(c)}\n" for a, b, c in zip(t, shape, light, strict=True))
    more = (
        "#\tLED wavelength: 530\n#\tLED power: 12 uW\n#\tBias: 0.1 V\n"
        "#Metadata:\n#\tStarted: 2025-03-04 14:03:22\n"
    )
    head = HEAD.format("Photo", more)
    (raw / "photo.csv").write_text(f"{head}Time (s),Current (nA),LED\n{rows}")
    cv = HEAD.format("Capacitance", "")
    (raw / "cv_2025-01-01.csv").write_text(f"{cv}Bias (V),C (pF)\n0,1\n1,2\n")
    lab = lab_file(tmp_path)
    stage = tmp_path / "stage"
    report = stage_raw(raw, stage, lab=lab, timezone="Europe/Berlin")
    assert report.rejects == ()
    history = get_chip_history("A1-D01", "W12", stage=stage)
    assert dict(zip(history["proc"], history["date_origin"], strict=True)) == {
        "It": "meta",
        "CV": "file",
    }
    assert "2025-03-04 14:03:22" in history["datetime_local"].to_list()
    seq = history.filter(pl.col("proc") == "It")["seq"][0]
    found = chip_metrics("A1-D01", stage=stage, seq=[seq])
    values = dict(zip(found["metric"], found["value"], strict=True))
    assert values["relaxation_tau"] == pytest.approx(0.8, rel=0.01)
    assert values["relaxation_amplitude"] == pytest.approx(3e-9, rel=0.01)
    assert values["rise_time"] == pytest.approx(0.8 * np.log(9), rel=0.02)
    assert values["irradiated_power"] == pytest.approx(12e-6)
    # Nothing is read again, unless the lab file changes.
    assert stage_raw(raw, stage, lab=lab, timezone="Europe/Berlin").run.done == 0
    lab.write_text(LAB.replace("as: CV", "as: CVf"))
    assert stage_raw(raw, stage, lab=lab, timezone="Europe/Berlin").run.done == 2
    assert StageTree(stage).chips() == [("W12", "A1-D01")]
