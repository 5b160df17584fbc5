from __future__ import annotations

from pathlib import Path

import pytest

from figmill.errors import InputError
from figmill.spectra.read.choice import choose, listing, several

FILE = Path("a.spc")


def test_a_name_goes_before_a_number() -> None:
    names = ["2", "1", "blank"]
    assert [choose(FILE, names, wanted) for wanted in ("2", 1, "3", " Blank ", None)] == [
        *(0, 1, 2, 2, 0),
    ]


@pytest.mark.parametrize("wanted", ["", "day", "-1", "1.5", 0, 3])
def test_what_is_not_there(wanted: str | int) -> None:
    with pytest.raises(InputError) as caught:
        choose(FILE, ["a", "b"], wanted)
    assert caught.value.hint == "Choose one of 1: a, 2: b."


def test_long_lists_are_cut() -> None:
    told = listing([f"n{i}" for i in range(40)])
    assert told.startswith("1: n0, 2: n1, ")
    assert told.endswith("12: n11, ... 40")


def test_one_spectrum_needs_no_words() -> None:
    assert several(["a"], 0, None) == ([], [])
    evidence, warnings = several(["a", "b"], 0, None)
    assert evidence[0].factor < 1
    assert "2 spectra (1: a, 2: b)" in warnings[0].text
    assert several(["a", "b"], 1, "b")[1] == []
