"""Signatures by a secret that only this user can read."""

import os
from pathlib import Path

import pytest

from figmill import OutputError
from figmill.jobs import signing


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "figmill"


def test_only_what_was_signed_is(state: Path) -> None:
    signature = signing.sign(b"data")
    assert signing.is_signed(b"data", signature)
    assert not signing.is_signed(b"other", signature)
    for wrong in ("", signature[:-1], signature.upper(), "é", "\udcff"):
        assert not signing.is_signed(b"data", wrong)


def test_the_secret_is_private_and_stays(state: Path) -> None:
    signature = signing.sign(b"data")
    secret = state / "secret"
    assert len(secret.read_bytes()) == 32
    assert secret.stat().st_mode & 0o777 == 0o600
    assert state.stat().st_mode & 0o777 == 0o700
    assert signing.sign(b"data") == signature
    assert [path.name for path in state.iterdir()] == ["secret"]


def test_each_user_has_another_secret(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    signature = signing.sign(b"data")
    monkeypatch.setenv("XDG_STATE_HOME", str(state / "other"))
    assert not signing.is_signed(b"data", signature)
    assert not (state / "other").exists()
    signing.sign(b"data")
    assert not signing.is_signed(b"data", signature)


def test_of_two_that_make_it_at_once_both_have_one(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.link

    def link(source: str, target: str, **where: int) -> None:
        monkeypatch.setattr(os, "link", real)
        quicker.append(signing.sign(b"data"))
        real(source, target, **where)

    quicker: list[str] = []
    monkeypatch.setattr(os, "link", link)
    assert signing.sign(b"data") == quicker[0]
    assert [path.name for path in state.iterdir()] == ["secret"]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602, 0o660])
def test_a_secret_that_others_may_use_is_refused(mode: int, state: Path) -> None:
    signature = signing.sign(b"data")
    (state / "secret").chmod(mode)
    for ask in (lambda: signing.sign(b"data"), lambda: signing.is_signed(b"data", signature)):
        with pytest.raises(OutputError, match="others than you"):
            ask()


def test_a_secret_of_another_user_is_refused(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    signing.sign(b"data")
    mine = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: mine + 1)
    with pytest.raises(OutputError, match="another user"):
        signing.sign(b"data")


@pytest.mark.parametrize("where", ["secret", ""])
def test_a_link_is_refused(where: str, state: Path, tmp_path: Path) -> None:
    (tmp_path / "known").mkdir()
    (tmp_path / "known" / "secret").write_bytes(b"x" * 32)
    (tmp_path / "known" / "secret").chmod(0o600)
    state.parent.mkdir()
    if where:
        state.mkdir()
        (state / where).symlink_to(tmp_path / "known" / "secret")
    else:
        state.symlink_to(tmp_path / "known")
    with pytest.raises(OutputError, match="is a link"):
        signing.sign(b"data")


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_damaged_secret_is_refused(size: int, state: Path) -> None:
    state.mkdir(parents=True)
    (state / "secret").write_bytes(b"x" * size)
    (state / "secret").chmod(0o600)
    with pytest.raises(OutputError, match="damaged"):
        signing.sign(b"data")


def test_where_no_state_can_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with pytest.raises(OSError, match="file"):
        signing.sign(b"data")
    assert not signing.is_signed(b"data", "0" * 64)


@pytest.mark.parametrize("home", ["", "relative"])
def test_the_usual_place(home: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", home)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert signing.state_folder() == tmp_path / ".local" / "state" / "figmill"
