"""PyMeasure Results files, whole and damaged."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from figmill.errors import InputError
from figmill.notes import Note
from figmill.read.pymeasure import parse_results, read_results

HEAD = (
    "#Procedure: <laser_setup.procedures.It.It>\r\n#Parameters:\r\n"
    "#\tChip number: 67\r\n#\tSampling time (excluding Keithley): 0 s\r\n#\tVDS: 0.1 V\r\n"
    "#Metadata:\r\n#\tStart time: 1760465592.08\r\n#Data:\r\n"
)
ROWS = "t (s),I (A),Clock (ms)\r\n0.0,1e-06,nan\r\n0.5,2e-06,nan\r\n"


def parse(text: str, encoding: str = "utf-8"):
    return parse_results(text.encode(encoding), "run.csv")


def test_header_and_columns():
    found = parse(HEAD + ROWS)
    assert found.procedure == "It"
    assert found.parameters["Sampling time (excluding Keithley)"] == "0 s"
    assert found.metadata == {"Start time": "1760465592.08"}
    assert list(found.columns) == ["t (s)", "I (A)", "Clock (ms)"]
    np.testing.assert_array_equal(found.columns["I (A)"], [1e-6, 2e-6])
    assert np.isnan(found.columns["Clock (ms)"]).all()
    assert (found.rows, found.notes) == (2, ())


def test_line_ends_and_byte_order_marks_change_nothing():
    plain = parse(HEAD + ROWS)
    for text, encoding in (
        ((HEAD + ROWS).replace("\r\n", "\n"), "utf-8"),
        (HEAD + ROWS, "utf-8-sig"),
        (HEAD + ROWS, "utf-16"),
        ((HEAD + ROWS).replace("\r\n", "\r"), "utf-8"),
    ):
        found = parse(text, encoding)
        assert found.body == plain.body
        assert found.parameters == plain.parameters


def test_unknown_procedures_keep_their_columns():
    text = HEAD.replace("It.It", "It2.Pulse") + "step,state\r\n1,open\r\n2,shut\r\n"
    found = parse(text)
    assert found.procedure == "Pulse"
    assert found.columns["state"] == ("open", "shut")
    np.testing.assert_array_equal(found.columns["step"], [1, 2])
    assert found.notes == (Note.info("column-of-texts", "it holds texts", "column 'state'"),)


def test_columns_of_one_name_are_told_apart():
    assert list(parse(HEAD + "I (A),I (A)\r\n1,2\r\n").columns) == ["I (A)", "I (A) [2]"]


def test_other_encodings_are_read_and_noted():
    found = parse(HEAD.replace("VDS", "Größe") + ROWS, "cp1252")
    assert found.parameters["Größe"] == "0.1 V"
    assert "not UTF-8" in found.notes[0].text


def test_an_incomplete_last_row_is_left_out():
    found = parse(HEAD + ROWS + "1.0,3e-")
    assert found.rows == 2
    text = "the last row is incomplete and is left out"
    assert found.notes == (Note.loss("row-incomplete", text, "line 12"),)


def test_what_is_lost_or_guessed_is_noted():
    head = HEAD.replace("#Metadata", "#\tVDS: 0.3 V\r\n#Metadata")
    found = parse(head + "t (s),I (A),I (A)\r\n0,1e-6,\r\n1,OVERLD,2\r\n")
    assert [(note.level, note.code, note.place) for note in found.notes] == [
        ("doubt", "parameter-repeated", "line 6"),
        ("doubt", "column-repeated", "line 10, column 3"),
        ("loss", "numbers-among-texts", "column 'I (A)', row 2"),
        ("loss", "fields-empty", "column 'I (A) [2]'"),
    ]


@pytest.mark.parametrize(
    ("text", "level", "code", "place"),
    [
        (HEAD + ROWS.rstrip(), "doubt", "last-line-open", "line 11"),
        (
            HEAD.replace("Data:", "Data:\r\n#\tx: 1") + ROWS,
            "loss",
            "header-line-left-out",
            "line 9",
        ),
        ("#Procedure: <a.IVg>\r\n" + HEAD + ROWS, "doubt", "procedure-repeated", "line 2"),
        (HEAD + "I (A),I (mA)\r\n1,2\r\n", "doubt", "quantity-repeated", "column 'I (mA)'"),
        (HEAD + "I (A)\r\n1\r\nnan\r\n", "info", "values-missing", "column 'I (A)'"),
        (HEAD + "I (A)\r\n1\r\n-9.91e37\r\n", "loss", "overflow-missing", "column 'I (A)'"),
        (HEAD + ROWS + "1.0\r\n2.0,3e-6,nan\r\n", "loss", "row-too-short", "line 12"),
        (HEAD + ROWS + "# paused\r\n2.0,3e-6,nan\r\n", "info", "comments-among-rows", "line 12"),
        (HEAD + ROWS + ROWS, "doubt", "names-row-repeated", "line 12"),
        (HEAD + "t (s),I (A)\r\n1,2\r\n2,3e-6 # odd\r\n", "info", "comments-among-rows", "line 11"),
        (HEAD + "t (s);I (A)\r\n1,5;2\r\n", "info", "decimal-comma", ""),
    ],
)
def test_what_figures_may_show_otherwise_than_meant_is_noted(text, level, code, place):
    (note,) = parse(text).notes
    assert (note.level, note.code, note.place) == (level, code, place)


@pytest.mark.parametrize("mark", [";", "\t"])
def test_other_separators_and_decimal_commas_are_read(mark):
    for comma in (".", ","):
        rows = "\r\n".join(mark.join((f"{n}{comma}5", f"{n}e-6")) for n in range(21))
        found = parse(HEAD + f"t (s){mark}I (A)\r\n{rows}\r\n")
        np.testing.assert_array_equal(found.columns["t (s)"], np.arange(21) + 0.5)
        np.testing.assert_allclose(found.columns["I (A)"], np.arange(21) * 1e-6, rtol=1e-15)
        codes = [note.code for note in found.notes]
        assert codes == (["decimal-comma"] if comma == "," else [])


def test_an_empty_last_column_is_none():
    for head in ("t (s),I (A)", "t (s),I (A),"):
        found = parse(HEAD + head + "\r\n0,1,\r\n1,2,\r\n")
        assert list(found.columns) == ["t (s)", "I (A)"]
        np.testing.assert_array_equal(found.columns["I (A)"], [1, 2])


def test_comments_and_second_headers_among_the_rows_are_passed_over():
    again = HEAD.replace("0.1 V", "0.5 V") + ROWS
    found = parse(HEAD + ROWS + "# paused\r\n" + again + "# end\r\n")
    np.testing.assert_array_equal(found.columns["t (s)"], [0, 0.5, 0, 0.5])
    assert found.parameters["VDS"] == "0.1 V"
    assert [(note.level, note.code) for note in found.notes] == [
        ("doubt", "header-repeated"),
        ("doubt", "names-row-repeated"),
    ]
    assert "VDS differ" in found.notes[0].text
    codes = [note.code for note in parse(HEAD + ROWS + HEAD + ROWS).notes]
    assert codes == ["header-alike", "names-row-repeated"]


def test_words_among_numbers_cost_themselves_alone():
    rows = "".join(f"{n},{n}e-6\r\n" for n in range(10)) + "10,OVLD\r\n11,(2e-06+0j)\r\n"
    found = parse(HEAD + "t (s),I (A)\r\n" + rows)
    current = found.columns["I (A)"]
    assert np.flatnonzero(np.isnan(current)).tolist() == [10]
    assert current[11] == 2e-6
    assert [(note.level, note.code) for note in found.notes] == [("loss", "numbers-among-texts")]


def test_no_reading_is_no_number_of_either_sign():
    rows = "0,1\r\n1,9.9e37\r\n2,-9.91E+37\r\n3,9.8e37\r\n"
    current = parse(HEAD + "t (s),I (A)\r\n" + rows).columns["I (A)"]
    np.testing.assert_array_equal(current, [1, np.nan, np.nan, 9.8e37])


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"10 \xb5A", "10 µA"),
        (r"25 \xb0C \u03a9", "25 °C Ω"),
        (r"first\nsecond", "first\nsecond"),
        (r"C:\\data", "C:\\data"),
        (r"C:\data", r"C:\data"),
        (r"\ud800", r"\ud800"),
        ("25 °C \\xb5", "25 °C \\xb5"),
    ],
)
def test_escapes_of_values_are_undone(written, meant):
    found = parse(HEAD.replace("0.1 V", written) + ROWS)
    assert found.parameters["VDS"] == meant


def test_blank_fields_are_missing_values():
    found = parse(HEAD + ROWS + "1.0,,nan\r\n")
    assert np.isnan(found.columns["I (A)"][2])


@pytest.mark.parametrize(
    ("text", "said", "place"),
    [
        ("", "empty", None),
        ("  \r\n", "empty", None),
        ("t,I\r\n1,2\r\n", "names no procedure", "line 1"),
        ("#Procedure: <a.b c>\r\n#Data:\r\nx\r\n1\r\n", "is not a name", "line 1"),
        ("#Procedure: <a.It>\r\n#Parameters:\r\n#Data:\r\n", "neither metadata nor rows", None),
        (HEAD, "has no rows", None),
        (HEAD + "t (s),I (A)\r\n", "no rows", "line 9"),
        (HEAD + ROWS + "1.0\r\n2.0\r\n2.0,3e-6,nan\r\n", "1 values where 3", "line 12"),
        (HEAD + ROWS + "1.0,1,1,1\r\n2.0,3e-6,nan\r\n", "4 values where 3", "line 12"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(text, said, place):
    with pytest.raises(InputError, match=said) as caught:
        parse(text)
    assert (caught.value.file, caught.value.place) == ("run.csv", place)
    assert caught.value.hint


def test_binary_files_are_refused():
    with pytest.raises(InputError, match="binary"):
        parse_results(b"\x89PNG\r\n\x00\x00", "image.csv")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="there is no such file"):
        read_results(tmp_path / "absent.csv")


@settings(max_examples=150)
@given(
    st.lists(
        st.tuples(st.integers(0, len(HEAD + ROWS)), st.integers(0, 6), st.binary(max_size=6)),
        min_size=1,
        max_size=4,
    )
)
def test_damaged_bytes_are_read_or_refused(damage):
    data = bytearray((HEAD + ROWS).encode())
    for place, length, put in damage:
        data[place : place + length] = put
    try:
        found = parse_results(bytes(data), "run.csv")
    except InputError:
        return
    assert found.rows >= 1
    assert {len(values) for values in found.columns.values()} == {found.rows}


def test_a_lone_quote_at_the_end_is_an_incomplete_row():
    # It makes polars panic, which is not an Exception.
    found = parse(HEAD + 't (s),I (A)\r\n0.0,1e-06\r\n0.5,"')
    np.testing.assert_array_equal(found.columns["t (s)"], [0.0, 0.5])
    assert found.rows == 2


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data):
    try:
        found = parse_results(data, "run.csv")
    except InputError:
        return
    assert found.rows >= 1
