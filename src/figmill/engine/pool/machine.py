"""What processes and the machine hold in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")


def held_by(pid: int) -> int:
    """Bytes resident in a process and its descendants; 0 where it is gone."""
    import psutil  # only runs of more than a moment look

    total = 0
    for one in (pid, *_descendants(pid)):
        try:
            total += psutil.Process(one).memory_info().rss
        except psutil.Error:
            continue
    return total


def memory() -> tuple[int, int]:
    """Bytes available, and bytes in all, of the machine or of the control group around us."""
    import psutil

    found = psutil.virtual_memory()
    available, total = int(found.available), int(found.total)
    try:
        limit = int((_CGROUP / "memory.max").read_text(encoding="ascii"))
        used = int((_CGROUP / "memory.current").read_text(encoding="ascii"))
    except (OSError, ValueError):  # no control group, or "max"
        return available, total
    return min(available, max(0, limit - used)), min(total, limit)


def _descendants(pid: int) -> Iterator[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return
    for child in map(int, text.split()):
        yield child
        yield from _descendants(child)
