"""What processes and the machine hold in memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from figmill.system import system

_CGROUP = Path("/sys/fs/cgroup")
_OWN_GROUPS = system.OWN_GROUPS


def held_by(pid: int, *, shared_out: bool = False) -> int:
    """Bytes resident in a process and its descendants; 0 where it is gone.

    Parameters
    ----------
    pid
        The process.
    shared_out
        Count a page that several processes share in equal parts for each (slower).
    """
    import psutil  # only runs of more than a moment look

    total = 0
    for one in (pid, *system.descendants(pid)):
        try:
            total += (system.share_of(one) if shared_out else 0) or psutil.Process(
                one
            ).memory_info().rss
        except psutil.Error:
            continue
    return total


def memory() -> tuple[int, int]:
    """Bytes available, and bytes in all, of the machine or of the control group around us."""
    import psutil

    found = psutil.virtual_memory()
    available, total = int(found.available), int(found.total)
    for limit, used in _groups():
        available, total = min(available, max(0, limit - used)), min(total, limit)
    return available, total


def _groups() -> Iterator[tuple[int, int]]:
    """Limit and use of each control group around us that has a limit, of version 2 or 1.

    Pages of files that nobody has used lately are not counted: the kernel takes them back before
    it refuses memory (cgroup-v2.rst, "memory.stat"; cgroup-v1/memory.rst, "stat file").
    """
    try:
        lines = _OWN_GROUPS.read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    for line in lines or ["0::/"]:
        _, kinds, path = line.split(":", 2)
        if kinds and "memory" not in kinds.split(","):
            continue
        root = _CGROUP / "memory" if kinds else _CGROUP
        names = ("limit_in_bytes", "usage_in_bytes") if kinds else ("max", "current")
        idle = "total_inactive_file" if kinds else "inactive_file"
        # A container sees its own group as the root, whatever its path says.
        inner = root.joinpath(*Path(path).parts[1:])
        for folder in dict.fromkeys((inner, *inner.parents)):
            if folder == root.parent:
                break
            try:
                limit, used = (
                    int((folder / f"memory.{name}").read_text("ascii")) for name in names
                )
            except (OSError, ValueError):  # no such group here, or "max"
                continue
            yield limit, max(0, used - _idle_pages(folder, idle))


def _idle_pages(folder: Path, name: str) -> int:
    try:
        text = (folder / "memory.stat").read_text(encoding="ascii")
    except OSError:
        return 0
    found = re.search(rf"^{name} (\d+)$", text, re.MULTILINE)
    return int(found[1]) if found else 0
