"""Helpers for the engine's tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from figmill.system import system

HERE = Path(__file__).parent


def tree(out: Path) -> dict[str, bytes]:
    """Give every file below an output folder but figmill's own."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and ".figmill" not in path.parts
    }


@pytest.fixture(name="tree")
def tree_fixture() -> Callable[[Path], dict[str, bytes]]:
    return tree


@pytest.fixture
def victim() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run tests/engine/victim.py in a process of its own, with faults."""

    def start(
        out: Path, *, faults: list[dict[str, Any]] | None = None, **options: Any
    ) -> subprocess.CompletedProcess[str]:
        environment = {k: v for k, v in os.environ.items() if k != "FIGMILL_FAULTS"}
        if faults:
            environment["FIGMILL_FAULTS"] = json.dumps(faults)
        return subprocess.run(
            [sys.executable, str(HERE / "victim.py"), str(out), json.dumps(options)],
            capture_output=True,
            text=True,
            timeout=60,
            env=environment,
            check=False,
        )

    return start


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out, with its reason, what only Linux's way can do; see docs/architecture.md."""
    mark = item.get_closest_marker("linux_way")
    if mark is not None and system.NAME != "linux":
        pytest.skip(f"not on every system: {mark.args[0]}")
