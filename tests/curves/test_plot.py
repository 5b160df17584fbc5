"""The recipe of plots."""

from pathlib import Path

import numpy as np
import pytest

from figmill import mill
from figmill.curves import PlotRecipe, plot_files
from figmill.curves.plot import _word_in
from figmill.engine import RunOptions
from figmill.errors import ConfigError, InputError, NoData, OptionError
from figmill.figure import Curve
from figmill.recipes.base import Description


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    for wafer in (1, 2):
        for device in (1, 2):
            rows = "".join(f"{v / 10},{device * v * 1e-6}\n" for v in range(5))
            (folder / f"wafer{wafer}_d{device}.csv").write_text(f"V (V),I (A)\n{rows}")
    return folder


def described(*paths: Path, **options: object) -> dict[str, Description]:
    recipe = PlotRecipe(paths=tuple(map(str, paths)), **options)
    recipe.check()
    return {item.key: recipe.describe(item) for item in recipe.items()}


def curves(description: Description, at: int = 0) -> list[Curve]:
    (panel,) = description.drawings[at].figure.panels[0]
    return [layer for layer in panel.layers if isinstance(layer, Curve)]


def codes(description: Description) -> set[str]:
    return {note.code for note in description.notes}


def test_one_figure_a_file(data) -> None:
    made = described(data)
    assert list(made) == ["wafer1_d1", "wafer1_d2", "wafer2_d1", "wafer2_d2"]
    one = made["wafer1_d2"]
    (curve,) = curves(one)
    assert curve.x.tolist() == [0.0, 0.1, 0.2, 0.3, 0.4]
    assert np.allclose(curve.y, [0, 2e-6, 4e-6, 6e-6, 8e-6])
    (panel,) = one.drawings[0].figure.panels[0]
    assert (panel.x.label, panel.x.unit, panel.y.label, panel.y.unit) == ("V", "V", "I", "A")
    assert codes(one) == {"x-taken", "y-taken"}
    assert {note.level for note in one.notes} == {"info"}


def test_all_in_one(data) -> None:
    made = described(data, overlay=True)
    assert list(made) == ["overlay"]
    assert [curve.label for curve in curves(made["overlay"])] == [
        "wafer1_d1", "wafer1_d2", "wafer2_d1", "wafer2_d2",
    ]  # fmt: skip


def test_one_figure_for_each_word_of_the_names(data) -> None:
    made = described(data, by="wafer")
    assert list(made) == ["wafer_1", "wafer_2"]
    assert [curve.label for curve in curves(made["wafer_2"])] == ["wafer2_d1", "wafer2_d2"]
    (data / "other.csv").write_text("V (V),I (A)\n0,1\n1,2\n")
    assert list(described(data, by="wafer")) == ["wafer_1", "wafer_2", "without_wafer"]


def test_one_figure_for_each_folder(data, tmp_path) -> None:
    (tmp_path / "data" / "deep").mkdir()
    (data / "wafer2_d2.csv").rename(data / "deep" / "x.csv")
    assert set(described(data, by="folder")) == {"folder_data", "folder_deep"}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("wafer3_iv.csv", "3"),
        ("iv_wafer-A_2.csv", "A"),
        ("wafer=left_2.csv", "left"),
        ("W/wafer 12/iv.csv", "12"),
        ("wafers/iv.csv", None),
        ("wafer-sweeps/iv.csv", None),
    ],
)
def test_words_in_names(name, found) -> None:
    assert _word_in(Path(name), "wafer") == found


def test_by_a_column_and_by_a_setting(tmp_path) -> None:
    (tmp_path / "family.csv").write_text("VG (V),VD (V),ID (A)\n0,1,1\n1,1,2\n0,2,1.5\n1,2,5\n")
    (one,) = described(tmp_path / "family.csv", by="VD").values()
    assert [curve.label for curve in curves(one)] == ["1 V", "2 V"]
    assert [curve.y.tolist() for curve in curves(one)] == [[1, 2], [1.5, 5]]
    for number, volts in enumerate((5, 10), 1):
        text = f"# Gate: {volts} V\nV (V),I (A)\n0,1\n1,{volts}\n"
        (tmp_path / f"run{number}.csv").write_text(text)
    (two,) = described(
        tmp_path / "run1.csv", tmp_path / "run2.csv", by="Gate", overlay=True
    ).values()
    assert [curve.label for curve in curves(two)] == ["5 V", "10 V"]
    (three,) = described(tmp_path / "run1.csv", by="Nothing").values()
    assert "by-not-found" in codes(three)


def test_columns_that_are_named(data, tmp_path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("t (s),V (V),I1 (A),I2 (A),word\n0,0,1,2,a\n1,1,2,3,b\n")
    (one,) = described(file, x="V", y=("I*",)).values()
    assert [curve.label for curve in curves(one)] == ["I1", "I2"]
    (two,) = described(file, x="t", y=("V", "I1")).values()
    assert "units-differ" in codes(two)
    for wrong in ({"x": "nope"}, {"y": ("word",)}, {"x": "word"}):
        with pytest.raises(InputError) as caught:
            described(file, **wrong)
        assert caught.value.file == str(file)


def test_log_axes_and_limits(data) -> None:
    (one, *_) = described(data, log=("y",), y_min=1e-7, x_max=0.3).values()
    (panel,) = one.drawings[0].figure.panels[0]
    assert panel.y.scale == "log"
    assert panel.y.limits == (1e-7, None)
    assert {"values-not-positive", "points-outside"} <= codes(one)
    with pytest.raises(OptionError, match="logarithmic"):
        PlotRecipe(paths=("a",), log=("y",), y_min=-1.0)
    with pytest.raises(OptionError, match="not above"):
        PlotRecipe(paths=("a",), x_min=2.0, x_max=1.0)


def test_no_reading_is_missing(tmp_path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("V,I\n0,1\n1,9.91E+37\n2,-9.9e37\n3,4\n")
    (one,) = described(file).values()
    assert np.isnan(curves(one)[0].y).tolist() == [False, True, True, False]
    assert "no-reading" in codes(one)
    (two,) = described(file, missing_above=None).values()
    assert "no-reading" not in codes(two)


def test_a_family_is_told_apart_by_what_is_stepped(tmp_path) -> None:
    file = tmp_path / "a.csv"
    file.write_text('"NO.","VG","VD","ID"\n"","V","V","A"\n1,0,1,1\n2,1,1,2\n1,0,2,3\n2,1,2,5\n')
    (one,) = described(file).values()
    assert [curve.label for curve in curves(one)] == ["1 V", "2 V"]
    assert "parts-by-column" in codes(one)


def test_each_table_of_a_file_is_a_figure(tmp_path) -> None:
    block = "SetupTitle, {0}\nDataName, {1}, I\nDataValue, 0, 1\nDataValue, 1, 2\n"
    (tmp_path / "e.csv").write_text(block.format("one", "VG") + block.format("two", "VD"))
    (made,) = described(tmp_path / "e.csv").values()
    assert [drawing.name for drawing in made.drawings] == ["e_one", "e_two"]


def test_times_are_a_time_axis(tmp_path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("when,T (K)\n2024-05-01 00:00:00,1\n2024-05-01 00:00:10,2\n")
    (one,) = described(file).values()
    (panel,) = one.drawings[0].figure.panels[0]
    assert panel.x.scale == "time"


def test_a_bad_file_costs_a_group_only_itself(data) -> None:
    (data / "wafer1_d3.csv").write_text("nothing\n")
    (data / "wafer1_d4.csv").write_text("V (mV),I (A)\n0,1\n1,2\n")
    made = described(data, by="wafer")["wafer_1"]
    assert len(curves(made)) == 2
    assert {"file-left-out", "curve-left-out"} <= codes(made)


def test_nothing_to_draw(tmp_path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("V,I\n0,9.9e37\n1,1\n2,9.9e37\n")
    with pytest.raises(NoData):
        described(file, x="I", y=("V",), missing_above=0.5)


def test_planning_opens_no_file(data, monkeypatch) -> None:
    def opened(*args: object) -> None:
        raise AssertionError("a file was opened")

    monkeypatch.setattr("figmill.recipes.inputs.read_head", opened)
    monkeypatch.setattr("figmill.read.tables.choice.read_bytes", opened)
    recipe = PlotRecipe(paths=(str(data),))
    assert len([*recipe.items()]) == 4


def test_texts_of_folders_that_hold_no_table_are_left_out_and_told(data) -> None:
    (data / "readme.txt").write_text("Hello.\nThese are my data.\n")
    (data / "more.txt").write_text("0 1\n1 2\n2 3\n")
    recipe = PlotRecipe(paths=(str(data),))
    assert "more" in [item.key for item in recipe.items()]
    (left,) = recipe.left_out()
    assert dict(left.reasons) == {"that hold no table": 1}
    with pytest.raises(ConfigError):
        [*PlotRecipe(paths=()).items()]


def test_from_python_and_again(data, tmp_path) -> None:
    out = tmp_path / "out"
    report = plot_files(data, out, run=RunOptions(workers=0), log=("y",))
    assert report.ok
    assert len([*out.glob("*.png")]) == 4
    again = mill.run(PlotRecipe(paths=(str(data),), log=("y",)), out, options=RunOptions(workers=0))
    assert again.done == 0


def test_only_what_instruments_write_is_claimed_in_folders_of_all_kinds(tmp_path) -> None:
    head = b"LabVIEW Measurement\t\nWriter_Version\t2\n"
    assert PlotRecipe.sniff(tmp_path / "a.lvm", head).confidence > 0.5
    assert PlotRecipe.sniff(tmp_path / "a.csv", b"V,I\n0,1\n1,2\n") is None
    assert PlotRecipe.sniff(tmp_path / "a.bin", b"\x00\x01\x02" * 99) is None


@pytest.mark.parametrize("options", [{"overlay": True}, {"by": "folder"}])
def test_files_of_one_name_in_two_folders_may_be_drawn_together(tmp_path, options) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "iv.csv").write_text("V (V),I (A)\n0,1\n1,2\n")
    made = described(tmp_path / "a", tmp_path / "b", **options)
    assert list(made) == (["overlay"] if "overlay" in options else ["folder_a", "folder_b"])
    if "overlay" in options:
        assert [curve.label for curve in curves(made["overlay"])] == ["a/iv", "b/iv"]
    with pytest.raises(ConfigError, match="drawn as 'iv'"):
        described(tmp_path / "a", tmp_path / "b", by="wafer")


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("f,Z", {"doubt"}),
        ("V (V),I (A)", {"loss"}),
        ("v,I", set()),
    ],
)
def test_tables_in_one_figure_that_name_their_columns_otherwise(tmp_path, header, told) -> None:
    (tmp_path / "a.csv").write_text("V,I\n0,1\n1,2\n2,9\n")
    (tmp_path / "b.csv").write_text(f"{header}\n0,1\n1,2\n2,9\n")
    (made,) = described(tmp_path, overlay=True).values()
    assert {note.level for note in made.notes if note.level != "info"} == told
    assert ("names-differ" in codes(made)) == (told == {"doubt"})


def test_other_names_of_one_unit_are_told(tmp_path) -> None:
    (tmp_path / "a.csv").write_text("V (V),I (A)\n0,1\n1,2\n2,9\n")
    (tmp_path / "b.csv").write_text("VG (V),I (A)\n0,1\n1,2\n2,9\n")
    (made,) = described(tmp_path, overlay=True).values()
    (note,) = [note for note in made.notes if note.code == "axis-named-by-first"]
    assert (note.level, note.place) == ("info", "b.csv")


def test_a_logarithmic_axis_of_times_is_not_drawn_and_that_is_told(tmp_path) -> None:
    (tmp_path / "a.csv").write_text("t,I\n2024-01-01,1\n2024-01-02,2\n2024-01-03,9\n")
    (made,) = described(tmp_path, log=("x",)).values()
    assert "log-of-time" in codes(made)
    assert "log-of-time" not in codes(*described(tmp_path).values())
