"""Tables in text files."""

from pathlib import Path

import numpy as np
import pytest

from figmill.errors import InputError
from figmill.read.tables.delimited import notation_of, read_delimited, read_text_tables
from figmill.read.tables.model import DataTable
from figmill.read.tables.traces import stacked


def read(text: str, encoding: str = "utf-8") -> DataTable:
    return read_delimited(Path("t.csv"), text.encode(encoding))


def codes(table: DataTable) -> list[str]:
    return [note.code for note in table.notes]


def columns(table: DataTable) -> list[tuple[str, str, str]]:
    return [(column.name, column.unit, column.kind) for column in table.columns]


def values(table: DataTable) -> list[list[float]]:
    return [np.asarray(column.numbers).tolist() for column in table.columns]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("V,I\n0,1\n1,2.5\n", [[0, 1], [1, 2.5]]),
        ("V;I\n0,5;1\n1,5;2,5\n", [[0.5, 1.5], [1, 2.5]]),
        ("V\tI\n0.5\t1\n1.5\t2\n", [[0.5, 1.5], [1, 2]]),
        ("  V    I\n 0.5  1\n 1.5  2\n", [[0.5, 1.5], [1, 2]]),
        ("t  U\n1,5  2,5\n2,5  3,5\n", [[1.5, 2.5], [2.5, 3.5]]),
        ('V,I\n"1,000.5",2\n"2,000.5",3\n', [[1000.5, 2000.5], [2, 3]]),
        ("0 1\n1 2\n", [[0, 1], [1, 2]]),
        ("# V (V)\tI (A)\n0\t1\n1\t2\n", [[0, 1], [1, 2]]),
        ("Sample,12\nVDS,0.1\nV,I\n0,1\n1,2\n2,3\n", [[0, 1, 2], [1, 2, 3]]),
        ("1\n2\n3\n", [[1, 2, 3]]),
        ("V|I\r\n0|1\r\n1|2\r\n", [[0, 1], [1, 2]]),
        ("V,I,\n0,1,\n1,2,\n", [[0, 1], [1, 2]]),
    ],
)
def test_any_notation(text, expected) -> None:
    assert values(read(text)) == expected


def test_names_and_units_are_told_apart_in_every_writing() -> None:
    for header, unit in (("U (mV)", "mV"), ("U [mV]", "mV"), ("U/mV", "mV"), ("U", "")):
        assert columns(read(f"{header},n\n0,1\n1,2\n"))[0] == ("U", unit, "number")
    table = read("Time\tVoltage\tCurrent\ns\tV\tuA\n0\t1.0\t2\n1\t1.1\t3\n")
    assert columns(table) == [
        ("Time", "s", "number"),
        ("Voltage", "V", "number"),
        ("Current", "uA", "number"),
    ]


def test_texts_and_times_stand_beside_numbers() -> None:
    table = read(
        "timestamp,T (K),status\n2024-01-01 12:00:00,1.2,OK\n2024-01-01 12:00:10,1.3,BAD\n"
    )
    assert columns(table) == [
        ("timestamp", "", "time"),
        ("T", "K", "number"),
        ("status", "", "text"),
    ]
    # 1704110400 is 2024-01-01T12:00 UTC.
    assert values(table)[0] == [1704110400.0, 1704110410.0]
    assert table.columns[2].values == ("OK", "BAD")
    assert codes(table) == ["times-without-zone"]


def test_the_preamble_is_the_header() -> None:
    table = read("Operator: A. B.\n# VDS = 0.1 V\nWafer;W12\n\nU;I\n0;1\n1;2\n")
    assert table.header == {"Operator": "A. B.", "VDS": "0.1 V", "Wafer": "W12"}


def test_a_repeated_header_and_an_empty_line_begin_parts() -> None:
    again = read("V,I\n0,1\n1,2\nV,I\n0,3\n1,4\n")
    assert again.parts == (0, 2)
    assert codes(again) == ["header-again"]
    assert read("V,I\n0,1\n1,x\n\n0,3\n1,4\n").parts == (0, 2)


def test_nothing_of_the_rows_is_lost_in_silence() -> None:
    table = read("V,I\n0,1\n1\n2,x\n3,4\n4,5\n5,6\n6,7\nend of file\n")
    assert values(table)[0] == [0, 2, 3, 4, 5, 6]
    assert np.isnan(values(table)[1][1])
    told = {note.code: note for note in table.notes}
    assert told["rows-unread"].place == "line 3"
    assert told["cells-not-numbers"].level == "loss"
    assert told["lines-after-rows"].place == "line 9"


def test_a_row_that_is_cut_short_at_the_end_is_told() -> None:
    table = read("V,I\n0.10,1.000\n0.20,2.000\n0.30,3")
    assert "last-line-open" in codes(table)
    assert "last-line-open" not in codes(read("V,I\n0.10,1.000\n0.20,2.000\n0.30,3.000"))


def test_a_sound_file_has_no_doubt() -> None:
    for text in ("V,I\n0,1\n1,2\n", "V;I\n0,5;1\n1,5;2\n", "# x\nV I\n0 1\n1 2\n"):
        assert not [note for note in read(text).notes if note.level != "info"]


def test_names_that_stand_twice_are_numbered_and_told() -> None:
    table = read("V,I,V,I\n0,1,2,3\n1,2,3,4\n")
    assert [column.name for column in table.columns] == ["V", "I", "V [2]", "I [2]"]
    assert codes(table) == ["column-repeated", "column-repeated"]


def test_the_quick_way_gives_what_the_long_one_does() -> None:
    rows = "".join(f"{n / 7!r},{n * 1e-9!r}\n" for n in range(50))
    quick = read(f"V (V),I (A)\n{rows}")
    long = read(f"V (V),I (A)\n{rows}\n# end\n")
    assert values(quick) == values(long)
    assert columns(quick) == columns(long)


def test_what_is_no_table_is_an_error() -> None:
    for text in ("", "hello\nworld\n", "a,b\nc,d\n"):
        with pytest.raises(InputError):
            read(text)
    with pytest.raises(InputError, match="not a text file"):
        read_delimited(Path("t.csv"), bytes(range(256)) * 20)


def test_more_columns_than_any_instrument_has_are_refused() -> None:
    with pytest.raises(InputError, match="10,000 columns"):
        read("1," * 9_999 + "1\n" + "2," * 9_999 + "2\n")


def test_a_damaged_row_under_the_header_costs_neither_names_nor_silence() -> None:
    table = read('a,b\n"1,2\n3,4\n5,6\n')
    assert [column.name for column in table.columns] == ["a", "b"]
    assert [(note.code, note.place) for note in table.notes] == [("rows-unread", "line 2")]


def test_values_that_the_file_calls_missing_are_counted() -> None:
    table = read("V,I\n0,inf\n1,2\n2,\n3,5\n")
    assert np.isnan(values(table)[1]).tolist() == [True, False, True, False]
    assert [(note.level, note.code) for note in table.notes] == [("info", "values-missing")]
    assert table.notes[0].text.startswith("2 of 4")


def test_rows_whose_empty_cells_at_the_end_are_left_out() -> None:
    table = read("a,b,c,d\n1,2\n2,3\n3,4\n4,5,6,7\n")
    assert values(table)[:2] == [[1, 2, 3, 4], [2, 3, 4, 5]]
    assert values(table)[3][3] == 7
    assert [note.code for note in table.notes] == ["values-missing", "values-missing"]


def test_notation() -> None:
    assert notation_of(["a;b", "1,5;2", "2,5;3"], Path("t")) == (";", ",", 2)
    assert notation_of(["a,b", "1.5,2", "2.5,3"], Path("t")) == (",", ".", 2)


@pytest.mark.parametrize(
    ("between", "names", "units"),
    [
        ("\n", "t;T", ""),
        ("", "t (s);T (K)", ""),
        ("\nSecond table\n", "t;T", "s;K\n"),
        ("\n\n", "f;Re;Im", ""),
    ],
)
def test_tables_of_other_columns_below_each_other_are_each_their_own(between, names, units) -> None:
    width = names.count(";") + 1
    second = "".join(";".join(str(10.5 + row + n) for n in range(width)) + "\n" for row in range(4))
    first = "V;I\n0;1\n1;3\n2;5\n3;7\n"
    text = first + between + names + "\n" + units + second
    one, two = read_text_tables(Path("t.csv"), text.encode())
    assert values(one) == [[0, 1, 2, 3], [1, 3, 5, 7]]
    assert values(two) == [[10.5 + row + n for row in range(4)] for n in range(width)]
    assert [column.name for column in two.columns] == [n.split(" ")[0] for n in names.split(";")]
    assert (one.title, two.title) == ("table 1", "table 2")
    assert "tables-below" in codes(one)
    assert not {"rows-unread", "lines-after-rows"} & {*codes(one), *codes(two)}


@pytest.mark.parametrize(
    "text",
    [
        "V,I\n0,1\n1,2\n2,3\nERROR,overload\n3,4\n4,5\n",  # a fault, not names
        "V,I\n0,1\n1,2\n2,3\n\nV,I\n3,4\n4,5\n",  # the names again: a part
        "Gain,3\nRange,0,10\nV,I\n0,1\n1,2\n2,3\n",  # a preamble
        "V,I\n0,1\n1,2\n2,3\n\nMean,Std\n",  # an end without rows
        "name,V\nA,1\nB,2\nC,3\n\nD,4\n",
    ],
)
def test_what_is_not_another_table_stays_in_its_own(text) -> None:
    (table,) = read_text_tables(Path("t.csv"), text.encode())
    assert "tables-below" not in codes(table)


def test_a_time_of_day_beside_a_date_is_a_moment() -> None:
    rows = "01.03.2024;23:30:00;7\n02.03.2024;00:30:00;8\n02.03.2024;01:30:00;9\n"
    found = read("Datum;Zeit;T\n" + rows)
    assert [column.kind for column in found.columns] == ["time", "time", "number"]
    assert values(found)[1] == [1709335800.0, 1709339400.0, 1709343000.0]
    assert "clock-dated" in codes(found)
    assert not {"clock-past-midnight", "clock-as-seconds"} & {*codes(found)}


@pytest.mark.parametrize("name", ["Elapsed", "Duration"])
def test_a_duration_beside_a_date_stays_one(name) -> None:
    found = read(f"Date,{name},T\n2024-03-01,00:01:00,7\n2024-03-01,00:02:00,8\n")
    assert columns(found)[1] == (name, "s", "number")
    assert values(found)[1] == [60.0, 120.0]


def test_names_over_several_lines_in_quotes_are_names() -> None:
    table = read('"Time (s)","Current\n(mA)"\n0,1\n1,3\nbad,worse\n2,5\n')
    assert columns(table) == [("Time", "s", "number"), ("Current", "mA", "number")]
    assert values(table) == [[0, 1, 2], [1, 3, 5]]
    assert [note.place for note in table.notes] == ["line 5"]


def test_a_remark_over_several_lines_does_not_part_the_rows() -> None:
    table = read('t,I,remark\n0,1,ok\n1,3,"set\nagain"\n2,5,ok\n')
    assert values(table)[:2] == [[0, 1, 2], [1, 3, 5]]
    assert (table.parts, codes(table)) == ((0,), [])


def test_a_mark_of_inches_closes_no_quote() -> None:
    table = read('wafer 4"\nV;I\n0;1\n1;2\n2;5\n3;5\n4;5\n5;5\n6;5\n')
    assert values(table)[0] == [0, 1, 2, 3, 4, 5, 6]


def test_units_may_stand_in_every_cell() -> None:
    table = read("t,U,share\n0.0 s,1.5 mV,10 %\n0.5 s,3.0 mV,20%\n")
    assert columns(table) == [
        ("t", "s", "number"), ("U", "mV", "number"), ("share", "%", "number"),
    ]  # fmt: skip
    assert values(table) == [[0, 0.5], [1.5, 3], [10, 20]]


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_blanks_may_part_thousands(mark) -> None:
    table = read(mark.join("tp") + "\n" + mark.join(["0", "1 000"]) + "\n1" + mark + "12 037,5\n")
    assert values(table) == [[0, 1], [1000, 12037.5]]


def test_blanks_beside_decimal_commas_part_columns() -> None:
    assert values(read("t U\n0,5 100\n1,5 200\n")) == [[0.5, 1.5], [100, 200]]


def test_units_of_one_column_that_differ_by_their_prefix_are_made_one() -> None:
    table = read("t,R,U\n1,950 Ohm,1 V\n2,1.5 kOhm,20 mV\n3,2 kOhm,30 mV\n")
    assert columns(table)[1:] == [("R", "kOhm", "number"), ("U", "mV", "number")]
    np.testing.assert_allclose(values(table)[1:], [[0.95, 1.5, 2], [1000, 20, 30]], rtol=1e-15)
    assert codes(table) == ["units-converted"] * 2


@pytest.mark.parametrize("cells", [("5 V", "2 A"), ("1 k", "2 M"), ("5 °C", "2 mV")])
def test_units_of_one_column_that_differ_otherwise_are_a_doubt(cells) -> None:
    table = read("t,R\n" + "".join(f"{n},{cells[n % 2]}\n" for n in range(4)))
    assert codes(table) == ["units-differ"]


def test_a_unit_in_the_cells_that_the_name_contradicts_is_a_doubt() -> None:
    table = read("t,U (V)\n0,20 mV\n1,30 mV\n")
    assert columns(table)[1] == ("U", "mV", "number")
    assert codes(table) == ["units-differ"]
    assert codes(read("t,R (Ω)\n0,20 Ohm\n1,30 Ohm\n")) == []


@pytest.mark.parametrize("names", ["V1,I1,,V2,I2", "V (V),I (A),,V (V),I (A)", "V_1,I_1,,V_2,I_2"])
def test_traces_with_an_empty_column_between_them_are_parts(names) -> None:
    table = stacked(read(names + "\n0,1,,0,5\n1,2,,2,6\n2,3,,,\n"))
    assert values(table) == [[0, 1, 2, 0, 2], [1, 2, 3, 5, 6]]
    assert [column.name for column in table.columns] == ["V", "I"]
    assert table.parts == (0, 3)
    assert {"traces-stacked"} <= {*codes(table)} <= {"traces-stacked", "values-missing"}


@pytest.mark.parametrize("names", ["t,I1,,U1,U2", "t,I1,I2,,J1,J2", "V1,I1,,W2,I2", "V1,,V2"])
def test_other_columns_with_an_empty_one_between_them_stay_side_by_side(names) -> None:
    width = names.count(",") + 1
    cells = [str(n) if name else "" for n, name in enumerate(names.split(","))]
    table = read(names + ("\n" + ",".join(cells)) * 3 + "\n")
    assert stacked(table) is table
    assert len(table.columns) == width


def test_a_file_of_thousands_of_tables_is_refused() -> None:
    text = "".join(f"V{n},I{n}\n0,1\n1,2\n2,3\n\n" for n in range(1001))
    with pytest.raises(InputError, match="1,001 tables"):
        read_text_tables(Path("t.csv"), text.encode())


@pytest.mark.parametrize(
    "cells",
    [("0,5", "1,25"), ("0.5 ± 0.1", "1 ± 0.2"), ("1.5×10^-3", "2×10^-3"), ("(0.5)", "(1.5)"),
     ("1+2j", "1.5-2j"), ("“5”", "“6”")],
)  # fmt: skip
def test_numbers_in_a_writing_that_is_not_read_are_a_doubt(cells) -> None:
    table = read("t;U\n" + "".join(f"{n}.5;{cells[n % 2]}\n" for n in range(4)))
    assert columns(table)[1] == ("U", "", "text")
    assert codes(table) == ["numbers-unread"]


@pytest.mark.parametrize(
    "cells", [("3-4", "3-5"), ("A1", "B2"), ("1/2", "2/2"), ("1.2.3", "1.2.4"), ("4x4", "5x5")]
)
def test_texts_with_digits_are_texts(cells) -> None:
    table = read("t;chip\n" + "".join(f"{n}.5;{cells[n % 2]}\n" for n in range(4)))
    assert columns(table)[1] == ("chip", "", "text")
    assert codes(table) == []
