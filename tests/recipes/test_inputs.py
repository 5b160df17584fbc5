"""Which files are meant, and that a key never depends on other files."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from figmill.errors import ConfigError
from figmill.quicklook import QuicklookRecipe
from figmill.recipes.inputs import named_files


def make(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def keys(*paths: Path | str) -> list[str]:
    return [found.key for found in named_files(map(str, paths))]


def test_files_of_a_folder_go_by_their_path_below_it(tmp_path: Path) -> None:
    make(tmp_path, "2001/a.cdf", "2002/a.cdf", "b.CDF", "c.v01.cdf", "d.txt")
    assert keys(tmp_path) == ["2001/a", "2002/a", "b", "c.v01"]


def test_files_of_a_pattern_go_by_their_path_below_its_fixed_part(tmp_path: Path) -> None:
    make(tmp_path, "in/2001/a.cdf", "in/2002/a.cdf", "in/b.cdf")
    assert keys(tmp_path / "in" / "200?" / "*.cdf") == ["2001/a", "2002/a"]
    assert keys(tmp_path / "in" / "2001" / "*.cdf") == ["a"]
    assert keys(tmp_path / "in" / "**" / "*.cdf") == ["2001/a", "2002/a", "b"]


def test_relative_patterns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "2001/a.cdf", "b.cdf", "here/c.cdf")
    monkeypatch.chdir(tmp_path / "here")
    assert keys("*.cdf", "../2001/*.cdf", "*/../../*.cdf") == ["c", "a"]
    monkeypatch.chdir(tmp_path)
    assert keys("*/*.cdf") == ["2001/a", "here/c"]
    assert keys("*/../*.cdf") == ["b"]


def test_a_file_named_by_itself_goes_by_its_stem(tmp_path: Path) -> None:
    make(tmp_path, "deep/a.v01.cdf", "odd[1].cdf")
    absent = tmp_path / "absent.cdf"
    assert keys(tmp_path / "deep" / "a.v01.cdf", tmp_path / "odd[1].cdf", absent) == [
        "a.v01",
        "odd[1]",
        "absent",
    ]


NAMES = ("a.cdf", "A.CDF", "one/a.cdf", "one/A.cdf", "two/a.cdf", "two/b.cdf", "b.cdf")


@given(there=st.sets(st.sampled_from(NAMES)), more=st.sets(st.sampled_from(NAMES)))
def test_keys_stay_when_files_arrive(
    there: set[str], more: set[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("in")
    known: dict[tuple[Path, tuple[Path, ...]], str] = {}
    for names in (there, there | more):
        make(folder, *names)
        for asked in ((folder,), (folder / "**" / "*.[cC]*",), (folder / "two", folder / "one")):
            for start in range(len(asked)):
                order = [*asked[start:], *asked[:start]]
                try:
                    for key, file, _ in list(named_files(map(str, order))):
                        assert known.setdefault((file, asked), key) == key
                        assert not key.startswith(("/", ".."))
                except ConfigError as error:
                    assert "would be drawn as" in error.message


@pytest.mark.parametrize("others", [("one/same.cdf", "two/same.cdf"), ("one/A.cdf", "two/a.CDF")])
def test_two_files_of_one_key_are_refused_in_any_order(
    others: tuple[str, str], tmp_path: Path
) -> None:
    make(tmp_path, *others)
    for order in itertools.permutations((tmp_path / "one", tmp_path / "two")):
        with pytest.raises(ConfigError, match="Two files would be drawn as") as caught:
            keys(*order)
        for name in others:
            assert str(tmp_path / name) in caught.value.message
        assert "Name a folder that holds both" in str(caught.value.hint)
    assert len(keys(tmp_path)) == 2


def test_nothing_is_listed_where_two_share_a_key(tmp_path: Path) -> None:
    make(tmp_path, "a.cdf", "upper.cdf", "UPPER.CDF")
    with pytest.raises(ConfigError, match=r"upper\.cdf"):
        next(iter(QuicklookRecipe(paths=(str(tmp_path),)).items()))


def test_one_file_named_twice_is_drawn_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "a.cdf")
    monkeypatch.chdir(tmp_path)
    assert keys("a.cdf", "./a.cdf", tmp_path, "*.cdf", tmp_path / "a.cdf") == ["a"]
    assert keys("gone.cdf", tmp_path / "gone.cdf") == ["gone"]


def test_folders_are_searched_and_never_files(tmp_path: Path) -> None:
    make(tmp_path, "folder.cdf/in.cdf", "x.cdf")
    assert keys(tmp_path) == ["folder.cdf/in", "x"]
    assert keys(tmp_path / "*.cdf") == ["x"]
    assert keys(tmp_path / "folder.cdf") == ["in"]


def test_what_is_no_file_is_listed_so_that_it_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.cdf")
    (tmp_path / "loop.cdf").symlink_to("loop.cdf")
    assert keys(tmp_path) == ["loop", "pipe"]
