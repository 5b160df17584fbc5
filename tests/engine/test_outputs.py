from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from figmill.engine import outputs as outputs_module
from figmill.engine.fingerprint import digest_file
from figmill.engine.outputs import (
    Outputs,
    check_name,
    clean_staging,
    forget_replaced,
    publish,
    remove,
    withdraw,
)
from figmill.errors import OutputError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


@pytest.fixture
def outputs(root: Path) -> Outputs:
    return Outputs(root / ".figmill" / "staging", "1-1")


def test_files_appear_only_when_published(root: Path, outputs: Outputs) -> None:
    outputs.write("2001/03/a.png", b"pixels")
    outputs.path("a.svg").write_bytes(b"lines")
    assert not (root / "2001").exists()
    sealed = outputs.seal()
    published = publish(root, sealed)
    stamps = published.stamps
    assert set(published.folders) == {root, root / "2001", root / "2001/03"}
    assert (root / "2001/03/a.png").read_bytes() == b"pixels"
    assert [stamp.path for stamp in stamps] == ["2001/03/a.png", "a.svg"]
    assert stamps[0].size == 6
    assert stamps[0].digest == digest_file(root / "2001/03/a.png")
    assert list((root / ".figmill" / "staging").iterdir()) == []


def test_the_temporary_path_keeps_the_suffix(outputs: Outputs) -> None:
    assert outputs.path("x/figure.tar.gz").suffix == ".gz"
    assert outputs.path("x/figure.tar.gz") == outputs.path("x/figure.tar.gz")
    assert outputs.path("f" * 250 + ".png").suffix == ".png"


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "/etc/passwd",
        "../x",
        "a/../../x",
        "a\0b",
        ".figmill/ledger.sqlite",
        "C:/x",
        "x" * 256,
    ],
)
def test_names_that_lead_elsewhere_are_refused(name: str, outputs: Outputs) -> None:
    with pytest.raises(OutputError):
        outputs.path(name)


def test_a_link_does_not_lead_elsewhere(tmp_path: Path, root: Path, outputs: Outputs) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (root / "link").symlink_to(elsewhere)
    outputs.write("link/x.png", b"x")
    with pytest.raises(OutputError, match="is a link"):
        publish(root, outputs.seal())
    assert list(elsewhere.iterdir()) == []


def test_a_link_in_the_place_of_a_file_is_replaced(
    tmp_path: Path, root: Path, outputs: Outputs
) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    (root / "x.png").symlink_to(victim)
    outputs.write("x.png", b"x")
    publish(root, outputs.seal())
    assert victim.read_bytes() == b"precious"
    assert not (root / "x.png").is_symlink()


def test_where_one_cannot_be_placed_none_is(root: Path, outputs: Outputs) -> None:
    (root / "b.png" / "full").mkdir(parents=True)
    outputs.write("a.png", b"a")
    outputs.write("b.png", b"b")
    with pytest.raises((OSError, OutputError)):
        publish(root, outputs.seal())
    assert not (root / "a.png").exists()


def test_what_was_replaced_comes_back_where_a_later_file_cannot_be_placed(
    root: Path, outputs: Outputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "a.png").write_bytes(b"old")
    outputs.write("a.png", b"new")
    outputs.write("b.png", b"new")
    outputs.write("c.png", b"new")
    rename = outputs_module._rename

    def third_fails(place: Any) -> None:
        if place.name == "c.png":
            raise OSError(5, os.strerror(5))
        rename(place)

    monkeypatch.setattr(outputs_module, "_rename", third_fails)
    with pytest.raises(OSError, match="Input/output"):
        publish(root, outputs.seal())
    assert (root / "a.png").read_bytes() == b"old"
    assert not (root / "b.png").exists()


def test_what_is_replaced_can_come_back_until_it_is_let_go(root: Path, outputs: Outputs) -> None:
    (root / "a.png").write_bytes(b"old")
    outputs.write("a.png", b"new")
    published = publish(root, outputs.seal())
    assert (root / "a.png").read_bytes() == b"new"
    withdraw(root, published.undo)
    assert (root / "a.png").read_bytes() == b"old"
    outputs.write("a.png", b"newer")
    forget_replaced(publish(root, outputs.seal()).undo)
    assert (root / "a.png").read_bytes() == b"newer"
    assert list((root / ".figmill" / "staging").iterdir()) == []


@pytest.mark.parametrize("linked", [".figmill", ".figmill/staging"])
def test_staging_is_not_cleaned_through_a_link(tmp_path: Path, root: Path, linked: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "staging").mkdir(parents=True)
    (elsewhere / "staging" / "precious").write_bytes(b"x")
    link = root / linked
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(elsewhere if linked == ".figmill" else elsewhere / "staging")
    clean_staging(root / ".figmill")
    assert (elsewhere / "staging" / "precious").exists()


def test_a_file_where_a_folder_is_needed(root: Path, outputs: Outputs) -> None:
    (root / "a").write_bytes(b"")
    outputs.write("a/x.png", b"x")
    with pytest.raises(OutputError, match="folder is needed"):
        publish(root, outputs.seal())


def test_a_path_that_was_never_written(outputs: Outputs) -> None:
    outputs.path("a.png")
    with pytest.raises(OutputError, match="did not write"):
        outputs.seal()


def test_another_file_system_below_the_folder(
    root: Path, outputs: Outputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = os.replace

    def across(source: str, target: str, **folders: Any) -> None:
        if "src_dir_fd" not in folders:
            raise OSError(18, os.strerror(18))
        rename(source, target, **folders)

    monkeypatch.setattr(os, "replace", across)
    outputs.write("a.png", b"a")
    publish(root, outputs.seal())
    assert (root / "a.png").read_bytes() == b"a"
    assert [path.name for path in root.iterdir() if path.is_file()] == ["a.png"]


def test_what_was_replaced_on_another_file_system_comes_back(
    root: Path, outputs: Outputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = os.replace

    def across(source: str, target: str, **folders: Any) -> None:
        if "src_dir_fd" not in folders:
            raise OSError(18, os.strerror(18))
        rename(source, target, **folders)

    def no_link(*given: Any, **named: Any) -> None:
        raise OSError(18, os.strerror(18))

    monkeypatch.setattr(os, "replace", across)
    monkeypatch.setattr(os, "link", no_link)
    (root / "a.png").write_bytes(b"old")
    outputs.write("a.png", b"new")
    published = publish(root, outputs.seal())
    assert (root / "a.png").read_bytes() == b"new"
    withdraw(root, published.undo)
    assert (root / "a.png").read_bytes() == b"old"
    assert list((root / ".figmill" / "staging").iterdir()) == []


def test_discarded_files_are_gone(root: Path, outputs: Outputs) -> None:
    outputs.write("a.png", b"a")
    outputs.discard()
    assert list((root / ".figmill" / "staging").iterdir()) == []


def test_only_what_lies_inside_is_removed(tmp_path: Path, root: Path, outputs: Outputs) -> None:
    outputs.write("a.png", b"a")
    publish(root, outputs.seal())
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "b.png").write_bytes(b"precious")
    (root / "link").symlink_to(elsewhere)
    remove(root, ["a.png", "link/b.png", "gone.png"])
    assert not (root / "a.png").exists()
    assert (elsewhere / "b.png").exists()


def test_one_spelling_of_a_name() -> None:
    assert check_name("a//./b.png") == "a/b.png"
