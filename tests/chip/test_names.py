"""What chips are called, and what the files of their histories are."""

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from figmill.chip.names import (
    chip_argument,
    chip_in,
    chip_of,
    file_name,
    history_name,
    is_too_long,
    read_history_name,
    spoken_name,
)
from figmill.errors import ConfigError

GROUPS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12)
CHIPS = st.one_of(
    st.integers(0, 10**14), st.text("aC1.~%/3_ ", min_size=1).map(str.strip).filter(bool)
)


@given(GROUPS, CHIPS)
def test_a_history_is_read_back_from_its_name_and_stays_in_its_folder(group, chip):
    chip = chip_of(str(chip))
    name = history_name(group, chip)
    assert read_history_name(name) == (group, chip)
    assert PurePosixPath(name).name == name
    assert not name.startswith(".")
    assert "\\" not in name
    assert "\0" not in name


@given(GROUPS, CHIPS, GROUPS, CHIPS)
def test_no_two_chips_share_a_name(group, chip, other, another):
    first, second = (group, chip_of(str(chip))), (other, chip_of(str(another)))
    assert (file_name(*first) == file_name(*second)) is (first == second)


@pytest.mark.parametrize(
    ("group", "chip", "spoken", "file"),
    [
        ("Alisson", 67, "Alisson67", "Alisson67"),
        ("W", 12, "W12", "W12"),
        ("W1", 2, "W1 #2", "W1~2"),
        ("W", "C1", "W #C1", "W~C1"),
        ("W", "3.1", "W #3.1", "W~3.1"),
        ("W12/B3", 1, "W12/B3 #1", "W12%2FB3~1"),
        ("../../esc", 2, "../../esc #2", "%2E.%2F..%2Fesc~2"),
    ],
)
def test_names(group, chip, spoken, file):
    assert (spoken_name(group, chip), file_name(group, chip)) == (spoken, file)


def test_numbers_names_and_what_is_neither():
    assert [chip_of(text) for text in ("7", " 007 ", "7.0", "7.5", "9" * 20)] == [
        7,
        7,
        7,
        "7.5",
        "9" * 20,
    ]
    assert chip_in({"chip_number": 0, "chip_label": "0"}) == 0
    assert chip_in({"chip_number": None}) is None
    assert chip_in({"chip_number": None, "chip_label": "C1"}) == "C1"
    assert read_history_name("notes.txt") is None
    assert read_history_name("Alisson_history.parquet") is None
    assert not is_too_long("Alisson", 67)
    assert is_too_long("é" * 120, 1)
    with pytest.raises(ConfigError):
        chip_argument(" ")
