from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from figmill.read.readers import HEAD, Reader, Readers, read_head

Install = Callable[[Path, str, str], None]


@dataclass(frozen=True)
class Fixed:
    format: str
    sure: float
    gives: str = "thing"

    def sniff(self, head: bytes, name: str) -> float:
        return self.sure

    def read(self, path: Path) -> str:
        return f"{self.format}: {path}"


def test_the_surest_reads_and_the_first_of_equals() -> None:
    readers: Readers[Reader[str]] = Readers(
        "thing", (Fixed("a", 0.2), Fixed("b", 0.9), Fixed("c", 0.9), Fixed("d", 0.0))
    )
    chosen, sure = readers.choose(b"", "x")
    assert (chosen, sure) == (Fixed("b", 0.9), 0.9)
    assert Readers("thing", (Fixed("d", 0.0),)).choose(b"", "x") == (None, 0.0)


MODULE = """
class Good:
    format = "good"
    gives = "thing"
    def sniff(self, head, name): return float(head.startswith(b"good"))
    def read(self, path): return "read"
class Other(Good):
    gives = "another thing"
    def sniff(self, head, name): return 1.0
class Raises(Good):
    def sniff(self, head, name): raise KeyError("oops")
class Unsure(Good):
    def sniff(self, head, name): return float("nan")
class Lacking:
    gives = "thing"
"""


def test_a_broken_reader_disables_itself_alone_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, install: Install
) -> None:
    (tmp_path / "their_readers.py").write_text(MODULE)
    names = ("Good", "Other", "Raises", "Unsure", "Lacking", "Absent")
    points = "".join(f"{name.lower()} = their_readers:{name}\n" for name in names)
    install(tmp_path, "their-package", f"[figmill.readers]\n{points}")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    readers: Readers[Any] = Readers("thing", (Fixed("own", 0.5),))
    chosen = [readers.choose(head, "x")[0] for head in (b"good", b"else", b"good")]
    assert [reader.format for reader in chosen if reader] == ["good", "own", "good"]
    assert "their-package" in readers.origin(readers.choose(b"good", "x")[0])
    told = {note.place: note for note in readers.notes()}
    assert set(told) == {"raises", "unsure", "lacking", "absent"}
    for note in told.values():
        assert (note.level, note.code) == ("info", "reader-disabled")
        assert "their-package" in note.text
    assert "oops" in told["raises"].text


def test_only_the_head_of_regular_files_is_read(tmp_path: Path) -> None:
    (tmp_path / "long").write_bytes(b"x" * (HEAD + 1))
    assert read_head(tmp_path / "long") == b"x" * HEAD
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="named pipe"):
        read_head(tmp_path / "pipe")
