from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from figmill.engine.pool import machine


def test_children_are_counted() -> None:
    alone = machine.held_by(os.getpid())
    code = "kept = b'x' * (100 << 20); print('ready', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        assert machine.held_by(os.getpid()) > alone + (90 << 20)
        child.communicate("")
    until = time.monotonic() + 5
    while machine.held_by(os.getpid()) > alone + (50 << 20):
        assert time.monotonic() < until


def test_what_is_gone_holds_nothing() -> None:
    assert machine.held_by(2**22 + 1) == 0


def test_a_control_group_is_a_smaller_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "_CGROUP", tmp_path)
    available, total = machine.memory()
    assert 0 < available <= total
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("5\n")
    assert machine.memory()[1] == total
    (tmp_path / "memory.max").write_text(f"{100 << 20}\n")
    (tmp_path / "memory.current").write_text(f"{60 << 20}\n")
    assert machine.memory() == (40 << 20, 100 << 20)
