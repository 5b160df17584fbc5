from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from figmill.errors import ConfigError
from figmill.spectra import naming


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("{other}_{sample}", "unknown field"),
        ("{baseline}", "one name"),
        ("../{sample}", "leaves the output folder"),
        ("/tmp/{sample}", "leaves the output folder"),
        ("a\\{sample}", "leaves the output folder"),
        ("{sample", "cannot be read"),
        ("{sample!r}", "has a format"),
        ("{sample.__class__}", "unknown field"),
        ("{}", "unknown field"),
    ],
)
def test_templates_that_cannot_be(template: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        naming.check_template(template)


def test_a_template_may_number_and_make_folders() -> None:
    made = naming.fill("run/{index:03d}_{sample}", sample="a", baseline="b", index=7)
    assert naming.check_template("run/{index:03d}_{sample}")
    assert made == "run/007_a"


@given(st.text(max_size=300))
def test_no_sample_name_makes_a_folder_or_leaves_one(name: str) -> None:
    made = naming.fill("{sample}_vs_{baseline}", sample=name, baseline=name, index=1)
    assert "/" not in made
    assert "\\" not in made
    assert "\0" not in made
    assert not made.startswith(".")
    assert len(made.encode("utf-8", "replace")) < 250


def test_keys_tell_files_of_one_name_apart() -> None:
    files = [Path(p) for p in ("a/x.csv", "b/x.csv", "b/x.spc", "y.csv")]
    assert (
        naming.keys_of(files) == ["a/x", "b/x.csv", "x.spc", "y"]
        or len(set(naming.keys_of(files))) == 4
    )
    with pytest.raises(ConfigError, match="given twice"):
        naming.keys_of([Path("a.csv"), Path("a.csv")])


def test_names_within_a_batch_never_clash() -> None:
    assert naming.distinct(["a", "a_001", "a", "a"]) == ["a", "a_001", "a_002", "a_003"]


@pytest.mark.parametrize(
    ("strategy", "chosen", "held"),
    [
        ("auto_increment", {"k": "a_002", "l": "b"}, {}),
        ("overwrite", {"k": "a", "l": "b"}, {}),
        ("skip", {"l": "b"}, {"k": "a"}),
        ("error", {"l": "b"}, {"k": "a"}),
    ],
)
def test_conflicts(strategy: str, chosen: dict[str, str], held: dict[str, str]) -> None:
    there = {"a", "a_001"}
    found = naming.resolve({"k": "a", "l": "b"}, lambda _, name: name in there, strategy)  # type: ignore[arg-type]
    assert found == (chosen, held)


def test_files_stand_by_their_numbers_and_opus_by_its_suffix() -> None:
    names = [
        "b",
        "b/s10.csv",
        "b/s0.5.csv",
        "b/s0.25.csv",
        "a1.0",
        "a1.10",
        "a1.2",
        "2024.01.05.csv",
    ]
    assert [p.as_posix() for p in sorted(map(Path, names), key=naming.place)] == [
        "2024.01.05.csv", "a1.0", "a1.2", "a1.10", "b", "b/s0.25.csv", "b/s0.5.csv", "b/s10.csv"
    ]  # fmt: skip
