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


def test_shared_pages_count_once() -> None:
    whole = machine.held_by(os.getpid())
    assert 0 < machine.held_by(os.getpid(), shared_out=True) <= whole


def test_groups_around_ours_count_without_pages_of_files_that_can_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, step = tmp_path / "job", tmp_path / "job" / "step"
    step.mkdir(parents=True)
    own = tmp_path / "own"
    own.write_text("0::/job/step\n")
    monkeypatch.setattr(machine, "_CGROUP", tmp_path)
    monkeypatch.setattr(machine, "_OWN_GROUPS", own)
    (step / "memory.max").write_text("max\n")
    (step / "memory.current").write_text("7\n")
    (job / "memory.max").write_text(f"{100 << 20}\n")
    (job / "memory.current").write_text(f"{60 << 20}\n")
    (job / "memory.stat").write_text(f"anon 5\ninactive_file {20 << 20}\nslab 3\n")
    assert machine.memory() == (60 << 20, 100 << 20)


def test_a_group_of_the_first_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "memory" / "slurm" / "job_7"
    folder.mkdir(parents=True)
    own = tmp_path / "own"
    own.write_text("9:cpuset:/x\n4:memory:/slurm/job_7\n0::/\n")
    monkeypatch.setattr(machine, "_CGROUP", tmp_path)
    monkeypatch.setattr(machine, "_OWN_GROUPS", own)
    (folder / "memory.limit_in_bytes").write_text(f"{50 << 20}\n")
    (folder / "memory.usage_in_bytes").write_text(f"{30 << 20}\n")
    (folder / "memory.stat").write_text(f"total_inactive_file {10 << 20}\n")
    assert machine.memory() == (30 << 20, 50 << 20)


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
