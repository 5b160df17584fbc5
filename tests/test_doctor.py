"""Checks that find what is wrong."""

import shutil
import sqlite3
from collections import namedtuple

import pytest

from figmill import doctor
from figmill.engine import Ledger, ledger_path
from figmill.system import portable


def found(out, what):
    return next(finding for finding in doctor.check(out) if finding.what == what)


def test_everything_wrong_has_a_remedy(tmp_path) -> None:
    for finding in doctor.check(tmp_path):
        assert finding.verdict == "ok" or finding.remedy


def test_what_the_system_cannot_do_is_said_once() -> None:
    assert doctor._system({}).verdict == "ok"
    finding = doctor._system(portable.lacks())
    assert finding.verdict == "note" and finding.remedy
    assert all(text.rstrip(".") in finding.found for text in portable.lacks().values())


def test_a_missing_extra_is_a_note_and_says_what_to_install() -> None:
    finding = doctor.group("chip", ["no-such-library"])
    assert finding.verdict == "note"
    assert finding.remedy == "pip install 'figmill[chip]'"


def test_a_missing_library_of_figmill_itself_is_wrong() -> None:
    assert doctor.group("", ["no-such-library"]).verdict == "wrong"


def test_a_broken_library_is_wrong(monkeypatch) -> None:
    def broken(name):
        raise OSError("wrong ELF class")

    monkeypatch.setattr(doctor.importlib, "import_module", broken)
    finding = doctor.group("chip", ["numpy"])
    assert finding.verdict == "wrong"
    assert "wrong ELF class" in finding.found


def test_an_old_sqlite() -> None:
    assert doctor._sqlite((3, 23, 0)).verdict == "wrong"
    assert doctor._sqlite(sqlite3.sqlite_version_info).verdict == "ok"


def test_little_memory_and_little_disk(tmp_path) -> None:
    assert doctor._memory(10**8, 10**10).verdict == "note"
    usage = namedtuple("usage", "total used free")
    assert doctor._space(usage(10**12, 10**12, 10**6), tmp_path).verdict == "wrong"
    assert doctor._space(usage(10**12, 0, 10**12), tmp_path).verdict == "ok"


def test_a_network_file_system_is_a_note() -> None:
    assert doctor._kind("nfs4").verdict == "note"
    assert doctor._kind("ext4").verdict == "ok"


def test_a_file_in_the_way(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    assert found(tmp_path / "file" / "out", "folder").verdict == "wrong"


def test_writing_leaves_nothing_behind(tmp_path) -> None:
    assert found(tmp_path, "writing").verdict == "ok"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written(tmp_path, monkeypatch) -> None:
    def full(path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(doctor, "fsync", full)
    finding = found(tmp_path, "writing")
    assert finding.verdict == "wrong"
    assert "No space left" in finding.found
    assert list(tmp_path.iterdir()) == []


def test_the_ledger(tmp_path) -> None:
    with Ledger.open(tmp_path):
        pass
    assert found(tmp_path, "ledger").verdict == "ok"
    ledger_path(tmp_path).write_bytes(b"This is another kind of file altogether.")
    finding = found(tmp_path, "ledger")
    assert finding.verdict == "wrong"
    assert finding.remedy
    shutil.rmtree(ledger_path(tmp_path).parent)
    assert all(finding.what != "ledger" for finding in doctor.check(tmp_path))


@pytest.mark.parametrize("package", ["numpy", "ruamel.yaml", "ruamel-yaml", "PyYAML-none"])
def test_modules_of_packages(package) -> None:
    expected = {"numpy": "numpy", "ruamel.yaml": "ruamel.yaml", "ruamel-yaml": "ruamel.yaml"}
    if package in expected:
        assert doctor._module(package) == expected[package]
    else:
        assert doctor.group("x", [package]).verdict == "note"
