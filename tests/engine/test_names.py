from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from figmill.engine import safe_name
from figmill.engine.outputs import check_name


@pytest.mark.parametrize("key", ["orbit_13616", "a.b-c+d=e@f,g", "A", "é", "2001-01-01"])
def test_plain_keys_name_their_files(key: str) -> None:
    assert safe_name(key) == key


@pytest.mark.parametrize(
    ("key", "readable"),
    [("../../x", "x~"), ("a\0b", "a_b~"), ("x" * 300, "xxx"), ("orbit 1/2", "orbit_1_2~")],
)
def test_odd_keys_keep_what_can_be_read(key: str, readable: str) -> None:
    name = safe_name(key)
    assert name.startswith(readable)
    assert "~" in name


@given(st.text())
def test_every_name_is_safe(key: str) -> None:
    name = safe_name(key)
    assert name
    assert len(f"{name}.png".encode()) <= 255
    assert PurePosixPath(name).name == name
    assert name[0] != "."
    assert "\0" not in name
    assert check_name(f"{name}.png") == f"{name}.png"
    assert unicodedata.normalize("NFC", name) == name


@given(st.lists(st.text(alphabet="aAé/.~ \0e\u0301😀", max_size=8), unique=True, max_size=40))
def test_names_of_different_keys_differ(keys: list[str]) -> None:
    assert len({safe_name(key) for key in keys}) == len(keys)


@pytest.mark.parametrize("key", ["con", "NUL.txt", "com1", "", ".", "..", "...", "😀"])
def test_reserved_and_empty_names(key: str) -> None:
    assert "~" in safe_name(key)
