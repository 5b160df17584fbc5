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
from figmill.recipes.inputs import find_files


def make(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def keys(*paths: Path | str) -> list[str]:
    return [found.key for found in find_files(map(str, paths), (".cdf",))]


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
    assert keys("*.cdf", "../2001/*.cdf") == ["c", "a"]
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
                    for key, file, _ in find_files(order, (".cdf",)):
                        assert known.setdefault((file, asked), key) == key
                        assert not key.startswith(("/", ".."))
                except ConfigError as error:
                    assert "would be drawn as" in error.message or " no files" in error.message


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


def test_files_come_in_natural_order(tmp_path: Path) -> None:
    make(tmp_path, "a10.cdf", "a2.cdf", "A1.cdf", "day10/a.cdf", "day9/a.cdf")
    assert keys(tmp_path) == ["A1", "a2", "a10", "day9/a", "day10/a"]
    assert keys(tmp_path / "a*.cdf") == ["a2", "a10"]


def test_names_that_are_not_utf_8_survive(tmp_path: Path) -> None:
    name = os.fsdecode(b"m\xfcon.cdf")
    make(tmp_path, name)
    (found,) = find_files([tmp_path], (".cdf",))
    assert found.path.is_file()
    assert os.fsencode(found.key) == b"m\xfcon"
    (item,) = QuicklookRecipe(paths=(str(tmp_path),)).items()
    assert item.key == "m\\udcfcon"


def test_links_to_folders_are_not_followed_and_told(tmp_path: Path) -> None:
    make(tmp_path, "outside/b.cdf", "in/a.cdf")
    (tmp_path / "in" / "away").symlink_to(tmp_path / "outside")
    (tmp_path / "in" / "self").symlink_to(tmp_path / "in")
    found = find_files([tmp_path / "in"], (".cdf",))
    assert [file.key for file in found] == ["a"]
    assert found.left_out[0].reasons == {"links to folders": 2}
    assert keys(tmp_path / "in" / "away") == ["b"]  # a link that is named itself


def test_what_is_left_out_is_counted_with_reasons_and_first_names(tmp_path: Path) -> None:
    make(tmp_path, "a.cdf", ".b.cdf", "~c.cdf", ".git/d.cdf", "x.png", "deep/y.dat", "z")
    (left,) = find_files([tmp_path], (".cdf",)).left_out
    assert left.count == 6
    assert left.reasons == {
        "hidden": 3,
        "of suffix .png": 1,
        "of suffix .dat": 1,
        "without suffix": 1,
    }
    assert len(left.first) == 3
    assert str(left).startswith(f"Left out of {tmp_path}: 3 hidden, 1 of suffix ")
    assert str(left).endswith(", ...).")


def test_the_bytes_decide_where_the_suffix_does_not(tmp_path: Path) -> None:
    make(tmp_path, "a.cdf")
    for name, text in (
        ("b.x", "yes"),
        ("c.x", "no"),
        ("d.u", "no"),
        ("e.u", "yes"),
        ("f.png", "yes"),
    ):
        (tmp_path / name).write_text(text)
    seen = []

    def judge(head: bytes, name: str) -> str:
        seen.append(name)
        return "" if head == b"yes" else "that say no"

    found = find_files([tmp_path], (".cdf", ".u"), unsure=(".u",), judge=judge)
    assert [file.key for file in found] == ["a", "b", "e"]
    assert found.left_out[0].reasons == {"that say no": 2, "of suffix .png": 1}
    assert sorted(seen) == ["b.x", "c.x", "d.u", "e.u"]  # neither a.cdf nor f.png is opened


def test_a_path_that_finds_nothing_says_what_was_looked_for(tmp_path: Path) -> None:
    make(tmp_path, "in/a.txt", "full/a.cdf")
    with pytest.raises(ConfigError, match="The folder holds no CDF files") as caught:
        find_files([tmp_path / "full", tmp_path / "in"], (".cdf",), what="CDF files")
    assert "Looked for *.cdf. Left out of" in str(caught.value.hint)
    assert "1 of suffix .txt (a.txt)" in str(caught.value.hint)
    with pytest.raises(ConfigError, match="The pattern finds no files"):
        keys(tmp_path / "in" / "*.cdf")
    with pytest.raises(ConfigError, match="There is no such folder"):
        keys(tmp_path / "inn" / "*.cdf")


def test_keys_that_a_recipe_gives_itself_may_be_shared(tmp_path: Path) -> None:
    make(tmp_path, "one/a.cdf", "two/a.cdf")
    paths = [tmp_path / "one", tmp_path / "two", tmp_path / "two" / "..", tmp_path / "one/a.cdf"]
    found = find_files(paths[:2] + paths[3:], (".cdf",), shared_keys=True)
    assert [file.path.parent.name for file in found] == ["one", "two"]
