import pytest

from figmill.errors import InputError
from figmill.fast.cusps import CUSP_TABLE, cusps_of, read_cusp_files, read_cusps

HEADER = "Orbit Number\tees\tees min Index\tees Max Index\ties min Index\ties Max Index"


def write(tmp_path, *lines):
    path = tmp_path / "cusps.csv"
    path.write_text("\n".join([HEADER, *lines]) + "\n")
    return path


def test_pairs_single_records_blanks_and_short_rows(tmp_path):
    path = write(tmp_path, "13616\tTrue\t4\t9\t7\t7", "13617\tTrue\t\t", "13618\tTrue\t3", "\t\t")
    table = read_cusps(path)
    assert table == {13616: {"ees": (4, 9), "ies": (7, 7)}, 13617: {}, 13618: {}}


def test_indices_in_the_wrong_order_are_set_right(tmp_path):
    assert read_cusps(write(tmp_path, "1\tTrue\t9\t4"))[1]["ees"] == (4, 9)


def test_the_files_whose_records_are_counted(orbit_folder, orbits):
    files = read_cusp_files(orbit_folder / CUSP_TABLE)
    for truth in orbits:
        assert files[truth.orbit] == {name: file.path.name for name, file in truth.files.items()}


def test_rows_of_a_data_frame():
    nan = float("nan")
    rows = [{"Orbit Number": 5.0, "eeb min Index": 3.0, "eeb Max Index": 8.0, "ees min Index": nan}]
    assert cusps_of(rows) == {5: {"eeb": (3, 8)}}


def test_what_is_no_index_names_file_and_line(tmp_path):
    with pytest.raises(InputError, match="line 3") as caught:
        read_cusps(write(tmp_path, "1\tTrue\t1\t2", "2\tTrue\tx\t2"))
    assert caught.value.file.endswith("cusps.csv")


def test_another_table_is_refused(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a\tb\n1\t2\n")
    with pytest.raises(InputError, match="Orbit Number"):
        read_cusps(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_cusps(tmp_path / "none.csv")


def test_the_table_of_generated_orbits(orbit_folder, orbits):
    table = read_cusps(orbit_folder / CUSP_TABLE)
    for truth in orbits:
        expected = {name: marks for name, marks in truth.cusp_records.items() if marks}
        assert table[truth.orbit] == expected
