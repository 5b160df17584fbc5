from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest

from figmill.engine import files
from figmill.engine.files import Folder, write_whole
from figmill.errors import OutputError


def test_a_reader_sees_the_old_or_the_new_never_a_mixture(tmp_path: Path) -> None:
    path = tmp_path / "x" / "progress.json"
    write_whole(path, b"old" * 1000)
    with path.open("rb") as reader:
        write_whole(path, b"new")
        assert reader.read() == b"old" * 1000
    assert path.read_bytes() == b"new"
    assert [found.name for found in path.parent.iterdir()] == ["progress.json"]


def test_what_cannot_be_written_leaves_the_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "progress.json"
    write_whole(path, b"old")

    def fail(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [found.name for found in tmp_path.iterdir()] == ["progress.json"]


def test_a_link_is_replaced_and_what_it_points_to_stays(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"mine")
    path = tmp_path / "out" / "progress.json"
    path.parent.mkdir()
    path.symlink_to(secret)
    write_whole(path, b"new")
    assert (path.read_bytes(), secret.read_bytes()) == (b"new", b"mine")
    assert not path.is_symlink()


def test_nobody_knows_the_temporary_name_beforehand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def replace(source: str, target: str, **where: int) -> None:
        seen.append(source)
        raise OSError(1, "stop here")

    monkeypatch.setattr(files.os, "replace", replace)
    for _ in range(2):
        with pytest.raises(OSError, match="stop here"):
            write_whole(tmp_path / "a", b"")
    assert len(set(seen)) == 2
    assert not [name for name in seen if str(os.getpid()) in name.split(".")]


def test_a_link_at_the_temporary_name_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files.secrets, "token_hex", lambda size: "guessed")
    secret = tmp_path / "secret"
    (tmp_path / ".figmill-guessed.tmp").symlink_to(secret)
    with pytest.raises(OutputError, match="does not write through links"):
        write_whole(tmp_path / "a", b"new")
    assert not secret.exists()


def test_folders_below_are_no_links_but_the_named_one_may_be(tmp_path: Path) -> None:
    (tmp_path / "real" / "inner").mkdir(parents=True)
    (tmp_path / "out").symlink_to(tmp_path / "real")
    with Folder.open(tmp_path / "out") as top:
        top.folder("inner").close()
        top.folder("made", make=True).close()
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "real" / "link").symlink_to(tmp_path / "elsewhere")
        for make in (False, True):
            with pytest.raises(OutputError, match="is a link") as caught:
                top.folder("link", make=make)
            assert caught.value.file == str(tmp_path / "out" / "link")
            assert caught.value.hint
    assert (tmp_path / "real" / "made").is_dir()


def test_a_path_below_a_folder_and_one_that_is_not(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "elsewhere" / "b").mkdir(parents=True)
    (tmp_path / "out" / "a").symlink_to(tmp_path / "elsewhere")
    out = tmp_path / "out"
    with pytest.raises(OutputError, match="is a link"):
        Folder.below(out, out / "a" / "b", make=True)
    Folder.below(out, out / "x" / "y", make=True).close()
    assert (out / "x" / "y").is_dir()
    Folder.below(tmp_path / "other", out / "a" / "b").close()


@pytest.mark.linux_way("a folder without a descriptor is found by its path")
def test_a_folder_that_is_open_stays_the_same_one(tmp_path: Path) -> None:
    (tmp_path / "out" / "jobs").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    with Folder.open(tmp_path / "out") as top, top.folder("jobs") as jobs:
        (tmp_path / "out" / "jobs").rename(tmp_path / "out" / "moved")
        (tmp_path / "out" / "jobs").symlink_to(tmp_path / "elsewhere")
        jobs.write("a", b"1")
    assert (tmp_path / "out" / "moved" / "a").read_bytes() == b"1"
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("flags", [os.O_WRONLY | os.O_TRUNC, os.O_RDWR | os.O_CREAT, os.O_RDONLY])
def test_a_file_that_is_a_link_is_refused(flags: int, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"mine")
    (tmp_path / "link").symlink_to(secret)
    with Folder.open(tmp_path) as folder, pytest.raises(OutputError, match="through links"):
        folder.file("link", flags)
    assert secret.read_bytes() == b"mine"


def test_a_second_name_of_a_file_is_not_written_either(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"mine")
    (tmp_path / "log").hardlink_to(secret)
    with Folder.open(tmp_path) as folder:
        with pytest.raises(OutputError, match="hard link"):
            folder.file("log", os.O_WRONLY | os.O_TRUNC)
        assert folder.read("log", 10) == b"mine"


@pytest.mark.parametrize("flags", [os.O_WRONLY, os.O_RDWR, os.O_RDONLY])
def test_a_pipe_holds_nobody_up(flags: int, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with Folder.open(tmp_path) as folder, pytest.raises(OutputError, match="not a regular file"):
        folder.file("pipe", flags)


def test_a_file_is_truncated_where_that_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"long")
    with Folder.open(tmp_path) as folder:
        os.close(folder.file("a", os.O_WRONLY | os.O_TRUNC))
    assert (tmp_path / "a").read_bytes() == b""


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    with Folder.open(tmp_path) as folder:
        assert folder.read("a", 5) == b"12345"
        with pytest.raises(OutputError, match="larger than 4 bytes"):
            folder.read("a", 4)


def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    (tmp_path / "secret").touch()
    (tmp_path / "link").symlink_to("secret")
    os.mkfifo(tmp_path / "pipe")
    before = sorted(Path("/proc/self/fd").iterdir())
    for name in ("link", "pipe", "missing"):
        with Folder.open(tmp_path) as folder, pytest.raises((OSError, OutputError)):
            folder.read(name, 10)
    for path in ("a/b/c", "link/b", "pipe/b"):
        with contextlib.suppress(OSError, OutputError):
            Folder.below(tmp_path, tmp_path / path, make=True).close()
    assert sorted(Path("/proc/self/fd").iterdir()) == before
