"""What a file carries of its origin, and how it is read back."""

from __future__ import annotations

from pathlib import Path

import pytest

from figmill.engine import Item, stamp, stamp_of
from figmill.engine.fingerprint import FileStamp, Fingerprint, digest_file
from figmill.engine.origin import (
    FACTS,
    FILE,
    FILES,
    LONGEST_FACTS,
    TOO_LARGE,
    VERSION,
    Origin,
    read_origin,
)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    source = tmp_path / "in.dat"
    source.write_bytes(b"data")
    item = Item("orbit 1", (source,), {"dpi": 200, "unit": "µ"})
    told = stamp(
        item,
        "v",
        recipe="r",
        figures=["x/a", "x//b"],
        data={"x/a.csv": b"table"},
        facts={"n": [1, None]},
    )
    (tmp_path / "a.csv").write_bytes(b"table")
    digests = [str(digest_file(path)) for path in (source, tmp_path / "a.csv")]
    assert told[FILES] == '["x/a", "x/b", "x/a.csv"]'
    assert read_origin({**told, **stamp_of("x//b", "png"), "Title": "T"}, "x/b.png") == Origin(
        "r",
        "orbit 1",
        "x/b",
        "png",
        Fingerprint("v", '{"dpi":200,"unit":"µ"}', (FileStamp("in.dat", 4, 0, digests[0]),)),
        frozenset({"x/a", "x/b"}),
        (FileStamp("x/a.csv", 5, 0, digests[1]),),
        facts='{"n":[1,null]}',
    )


def test_what_is_embedded_is_the_same_everywhere(tmp_path: Path) -> None:
    stamps = []
    for place in ("one", "two"):
        folder = tmp_path / place
        folder.mkdir()
        (folder / "in.dat").write_bytes(b"data")
        stamps.append(stamp(Item("k", (folder / "in.dat",)), "1"))
    assert stamps[0] == stamps[1]
    assert str(tmp_path) not in str(stamps)


@pytest.mark.parametrize("odd", ["a\u00a0b", "a\nb", '"quoted"', "a\x00b", "\u2028", "🛰", "\ue000"])
def test_every_text_survives_formats_that_keep_printable_characters_alone(odd: str) -> None:
    item = Item(odd, parameters={"text": odd})
    told = {**stamp(item, "1", recipe=odd, facts={"f": odd}), **stamp_of(odd, f"{odd}.png")}
    assert all(text.isprintable() for text in told.values())
    found = read_origin(told, "x")
    assert found is not None
    assert found.fingerprint is not None
    assert (found.key, found.recipe, found.file, found.part) == (odd, odd, odd, f"{odd}.png")
    again = stamp(Item(odd, parameters={"text": odd}), "1", facts={"f": odd})
    assert (
        found.fingerprint.parameters
        == read_origin({**again, FILE: "", **stamp_of("", "")}, "").fingerprint.parameters
    )  # type: ignore[union-attr]


def test_large_facts_are_not_written_and_not_forgotten() -> None:
    fits = "x" * (LONGEST_FACTS - len('{"n":""}'))
    for facts, told in ((fits, f'{{"n":"{fits}"}}'), (f"{fits}x", TOO_LARGE)):
        carried = stamp(Item("k"), "1", facts={"n": facts})
        assert carried[FACTS] == told
        found = read_origin({**carried, **stamp_of("k", "png")}, "k.png")
        assert found is not None
        assert found.facts == (None if told == TOO_LARGE else told)


def test_facts_that_are_no_json_are_an_error_of_the_work() -> None:
    with pytest.raises(TypeError, match="facts of an Outcome"):
        stamp(Item("k"), "1", facts={"n": object()})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("name", "own"),
    [("x/a.png", True), ("y/a.png", False), ("x/a (copy).png", False), ("x/a.pdf", False)],
)
def test_a_copy_is_told_by_its_name(name: str, own: bool) -> None:
    for part in ("png", "bands.png"):
        found = read_origin({**stamp(Item("k"), "1"), **stamp_of("x/a", part)}, name)
        assert found is not None
        assert found.is_of(name) is own


def test_an_old_file_tells_recipe_and_formats_in_its_version() -> None:
    carried = {**stamp(Item("k"), "figmill 0.1.0, toy 1, png pdf"), FILES: "2"}
    for name in ("figmill:recipe", FACTS):
        del carried[name]
    found = read_origin(carried, "x/a.png")
    assert found is not None
    assert found.fingerprint is not None
    assert (found.recipe, found.part, found.count) == ("toy", "*.png", 2)
    assert found.fingerprint.version == "figmill 0.1.0, toy 1"
    assert found.is_of("anything.png")


def test_a_file_of_another_program_tells_nothing() -> None:
    assert read_origin({"Title": "T", VERSION: "1"}, "a.png") is None
