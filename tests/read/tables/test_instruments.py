"""Texts of instruments and programs with a layout of their own."""

import sys

import numpy as np
import pytest

from figmill.errors import InputError
from figmill.read.tables import read_tables

EASY = (
    "SetupTitle, IdVg\nPrimitiveTest, I/V Sweep\nTestParameter, Channel.VName, VG, VD\n"
    "TestParameter, Channel.IName, IG, ID\nDimension1, 3, 3, 3\nDimension2, 2, 2, 2\n"
    "DataName, VG, VD, ID\nDataValue, 0, 0.1, 1e-9\nDataValue, 1, 0.1, 1e-8\n"
    "DataValue, 2, 0.1, 1e-7\nDataValue, 0, 1, 2e-9\nDataValue, 1, 1, 2e-8\nDataValue, 2, 1, 2e-7\n"
)
ANALYSER = (
    '"a comment"\n"VAR1","VCE=",0,"to",1,"in","LINEAR","step"\n"NO.","VCE","IC"\n"","V","A"\n'
    "1,0.0,1e-9\n2,0.5,1e-6\n1,0.0,2e-9\n2,0.5,2e-6\n"
)
LVM = (
    "LabVIEW Measurement\t\nWriter_Version\t2\nSeparator\tTab\nDecimal_Separator\t,\n"
    "X_Columns\t{how}\n***End_of_Header***\t\n\t\nChannels\t1\nSamples\t3\nY_Unit_Label\tVolts\n"
    "X_Dimension\tTime\nX0\t1,0E+0\nDelta_X\t0,5\n***End_of_Header***\nX_Value\tVoltage\tComment\n"
    "{rows}\n"
)
ITX = 'IGOR\nX // c\nWAVES/D volt\nBEGIN\n 1.0\n 2.0\n 4\nEND\nX SetScale/P x 5,0.5,"s", volt\n'


def written(folder, name: str, text: str):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def as_lists(table) -> dict[str, list[float]]:
    return {column.title: np.asarray(column.numbers).tolist() for column in table.columns}


def test_easyexpert(tmp_path) -> None:
    (table,) = read_tables(written(tmp_path, "e.csv", EASY))
    assert table.format == "EasyEXPERT"
    assert table.title == "IdVg"
    assert table.parts == (0, 3)  # Dimension1: three points a sweep
    assert as_lists(table)["VG (V)"] == [0, 1, 2, 0, 1, 2]
    assert as_lists(table)["ID (A)"] == [1e-9, 1e-8, 1e-7, 2e-9, 2e-8, 2e-7]


def test_easyexpert_with_two_tests_gives_two_tables(tmp_path) -> None:
    other = EASY.replace("IdVg", "IdVd").replace("DataName, VG", "DataName, VS")
    both = read_tables(written(tmp_path, "e.csv", "\ufeff" + EASY + other))
    assert [table.title for table in both] == ["IdVg", "IdVd"]


def test_easyexpert_cut_short(tmp_path) -> None:
    (table,) = read_tables(written(tmp_path, "e.csv", EASY + "DataValue, 3\n"))
    assert [note.code for note in table.notes] == ["row-too-short"]
    with pytest.raises(InputError, match="no block of data"):
        read_tables(written(tmp_path, "f.csv", EASY.partition("DataName")[0]))


def test_a_4155_lists_its_steps_one_after_the_other(tmp_path) -> None:
    (table,) = read_tables(written(tmp_path, "a.csv", ANALYSER))
    assert table.format == "4155/4156"
    assert table.parts == (0, 2)
    assert as_lists(table) == {"VCE (V)": [0, 0.5, 0, 0.5], "IC (A)": [1e-9, 1e-6, 2e-9, 2e-6]}


def test_units_in_the_cells_of_a_4155(tmp_path) -> None:
    text = '"NO.","TIME","ID"\n1,"0.00 s","1.0 A"\n2,"0.50 s","2.0 A"\n'
    (table,) = read_tables(written(tmp_path, "a.csv", text))
    assert as_lists(table) == {"TIME (s)": [0, 0.5], "ID (A)": [1, 2]}


def test_labview(tmp_path) -> None:
    rows = "0,0\t1,5\t\n0,001\t1,6\thello\n0,002\t1,7\n"
    (table,) = read_tables(written(tmp_path, "l.lvm", LVM.format(how="One", rows=rows)))
    assert as_lists(table) == {"Time (s)": [0, 0.001, 0.002], "Voltage (Volts)": [1.5, 1.6, 1.7]}
    assert [note.code for note in table.notes] == ["comments-among-rows"]


def test_labview_without_a_column_of_x(tmp_path) -> None:
    rows = "\t1,5\n\t1,6\n\t1,7\n"
    (table,) = read_tables(written(tmp_path, "l.lvm", LVM.format(how="No", rows=rows)))
    assert as_lists(table)["Time (s)"] == [1.0, 1.5, 2.0]
    assert [note.code for note in table.notes] == ["x-from-header"]


def test_labview_segments_are_parts(tmp_path) -> None:
    text = LVM.format(how="One", rows="0,0\t1,5\n0,1\t1,6\n")
    second = text.partition("***End_of_Header***\t\n")[2]
    (table,) = read_tables(written(tmp_path, "l.lvm", text + "\n" + second))
    assert table.parts == (0, 2)


@pytest.mark.parametrize("how", ["No", "Multi"])
def test_labview_channels_with_an_x_of_their_own_are_tables(tmp_path, how) -> None:
    if how == "No":
        names = "X_Value\tU\tI\tP\tComment\n"
        rows = "\t1\t4\t7\t\n\t2\t5\t8\thello\n\t3\t6\t9\t\n"
    else:
        names = "X_Value\tU\tX_Value\tI\tX_Value\tP\tComment\n"
        rows = "0\t1\t0\t4\t0\t7\t\n0.1\t2\t0.5\t5\t0.1\t8\thello\n0.2\t3\t1\t6\t0.2\t9\t\n"
    text = (
        f"LabVIEW Measurement\t\nSeparator\tTab\nX_Columns\t{how}\n***End_of_Header***\t\n\t\n"
        "Channels\t3\nSamples\t3\t3\t3\nY_Unit_Label\tV\tA\tW\nX_Dimension\tTime\tTime\tTime\n"
        "X0\t0\t0\t0\nDelta_X\t0.1\t0.5\t0.1\n***End_of_Header***\n"
    )
    tables = read_tables(written(tmp_path, "l.lvm", text + names + rows))
    found = {}
    for table in tables:
        x, *ys = as_lists(table).items()
        for name, y in ys:
            found[name] = (x, y)
    fast, slow = ("Time (s)", [0.0, 0.1, 0.2]), ("Time (s)", [0.0, 0.5, 1.0])
    for name, x, y in (("U (V)", fast, [1.0, 2.0, 3.0]), ("I (A)", slow, [4.0, 5.0, 6.0])):
        assert found[name][0][0] == x[0]
        np.testing.assert_allclose(found[name][0][1], x[1])
        assert found[name][1] == y
    np.testing.assert_allclose(found["P (W)"][0][1], fast[1])
    told = {note.code for table in tables for note in table.notes}
    assert {"x-by-channel", "comments-among-rows"} <= told


def test_units_and_matrices_of_igor(tmp_path) -> None:
    text = ITX.replace('"s", volt', '"s", volt; SetScale y 0,0,"mV", volt')
    matrix = "WAVES/D/N=(2,2)\tmap\nBEGIN\n\t1\t2\n\t3\t4\nEND\n"
    (table,) = read_tables(written(tmp_path, "i.itx", text + matrix))
    assert as_lists(table) == {"x (s)": [5.0, 5.5, 6.0], "volt (mV)": [1, 2, 4]}
    assert [note.code for note in table.notes] == ["x-from-header", "wave-left-out"]
    with pytest.raises(InputError, match="more than one dimension: map"):
        read_tables(written(tmp_path, "m.itx", "IGOR\n" + matrix))


def test_igor(tmp_path) -> None:
    (table,) = read_tables(written(tmp_path, "i.itx", ITX))
    assert as_lists(table) == {"x (s)": [5.0, 5.5, 6.0], "volt": [1, 2, 4]}


def test_json_lines(tmp_path) -> None:
    text = '{"V (V)": 0.1, "I": 1e-6, "tag": "a"}\n{"V (V)": 0.2, "I": null, "tag": "b"}\nbroken\n'
    (table,) = read_tables(written(tmp_path, "j.jsonl", text))
    assert as_lists(table)["V (V)"] == [0.1, 0.2]
    assert table.columns[2].values == ("a", "b")
    assert [note.code for note in table.notes] == ["rows-unread"]


def test_traces_side_by_side_are_stacked(tmp_path) -> None:
    text = "GateV(1),DrainI(1),GateV(2),DrainI(2)\n0,1,0,2\n1,2,1,3\n2,3,,\n"
    (table,) = read_tables(written(tmp_path, "t.csv", text))
    assert table.parts == (0, 3)
    assert as_lists(table) == {"GateV": [0, 1, 2, 0, 1], "DrainI": [1, 2, 3, 2, 3]}


def test_pymeasure(tmp_path) -> None:
    text = (
        "#Procedure: <lab.IV>\n#Parameters:\n#\tVDS: 0.1 V\n#Data:\nV (V),I (A)\n0,1e-6\n1,2e-6\n"
    )
    (table,) = read_tables(written(tmp_path, "p.csv", text))
    assert table.header == {"Procedure": "IV", "VDS": "0.1 V"}
    assert as_lists(table) == {"V (V)": [0, 1], "I (A)": [1e-6, 2e-6]}


def test_pymeasure_needs_no_extra(tmp_path, monkeypatch) -> None:
    rows = "".join(f"{n / 7!r},{n * 1e-9!r}\n" for n in range(30))
    text = f"#Procedure: <lab.IV>\n#Parameters:\n#\tVDS: 0.1 V\n#Data:\nV (V),I (A)\n{rows}"
    path = written(tmp_path, "p.csv", text)
    (quick,) = read_tables(path)
    monkeypatch.setitem(sys.modules, "polars", None)
    (core,) = read_tables(path)
    assert as_lists(core) == as_lists(quick)
    assert core.notes == quick.notes


def test_an_endless_cell_is_an_error(tmp_path) -> None:
    path = written(tmp_path, "q.csv", 'a,b\n"' + "x" * 200_000 + '",2\n1,2\n')
    with pytest.raises(InputError, match="cut into cells"):
        read_tables(path)
