"""What the benchmarks share: options, timing in pairs, a table, a JSON line."""

from __future__ import annotations

import argparse
import gc
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

T = TypeVar("T")

Measure = Literal["seconds", "cpu", "bytes"]

_ROUNDS_S = 25.0
"""With --quick no further round begins so long after the start."""

REAL_DATA = Path(
    os.environ.get("FIGMILL_REAL_DATA") or Path(__file__).parents[2] / "shared" / "data"
)
"""Real files, where they are; none are in the repository."""


@dataclass(frozen=True)
class Taken:
    """What one call took: seconds on the wall, seconds of CPU, bytes of what it made."""

    seconds: float
    cpu: float
    bytes: int = 0


class Scale:
    """How much a benchmark does: "full", "quick" or "tiny".

    On a busy machine a quick one does fewer rounds than it meant to, and says so.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._until = time.perf_counter() + _ROUNDS_S if name == "quick" else math.inf

    def __call__(self, full: T, quick: T, tiny: T) -> T:
        """One of three, by the scale that was asked for."""
        return {"full": full, "quick": quick, "tiny": tiny}[self.name]

    def rounds(
        self, ways: Mapping[str, Callable[[], object]], full: int, quick: int, tiny: int = 1
    ) -> dict[str, list[Taken]]:
        """Take each way in turn in every round, every other round backwards.

        Machines are shared: what disturbs one way in a round is likely to disturb its neighbours,
        and the ratio within the round is what counts.
        """
        taken: dict[str, list[Taken]] = {name: [] for name in ways}
        order = list(ways)
        repeat = self(full, quick, tiny)
        for number in range(repeat):
            if number and time.perf_counter() > self._until:
                print(f"{number} of {repeat} rounds of {', '.join(ways)}: time is up", flush=True)
                break
            for name in order:
                taken[name].append(taken_by(ways[name]))
            order.reverse()
        return taken


def options(parser: argparse.ArgumentParser) -> None:
    """Add the options that every benchmark has."""
    parser.add_argument("--quick", action="store_true", help="fewer and smaller; within 50 s")
    # For the tests: as little as shows that the program works.
    parser.add_argument("--tiny", action="store_true", help=argparse.SUPPRESS)


def scale_of(given: argparse.Namespace) -> Scale:
    """Read the scale from parsed options."""
    return Scale("tiny" if given.tiny else "quick" if given.quick else "full")


def arguments(description: str) -> Scale:
    """Parse the options every benchmark has."""
    parser = argparse.ArgumentParser(description=description)
    options(parser)
    return scale_of(parser.parse_args())


def cpu_s() -> float:
    """Seconds of CPU of this process and of the children it has waited for."""
    used = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        used += usage.ru_utime + usage.ru_stime
    return used


def taken_by(way: Callable[[], object]) -> Taken:
    """Call once, and see what it takes; bytes where it gives bytes or their number.

    A way that works in another process measures itself, and gives what it took.
    """
    gc.collect()
    cpu, start = cpu_s(), time.perf_counter()
    made = way()
    seconds = time.perf_counter() - start
    if isinstance(made, Taken):
        return made
    size = len(made) if isinstance(made, bytes) else made if isinstance(made, int) else 0
    return Taken(seconds, cpu_s() - cpu, size)


def median(taken: Sequence[Taken], of: Measure = "seconds") -> float:
    """The median of one measure."""
    return statistics.median(getattr(one, of) for one in taken)


def ratio(many: Sequence[Taken], few: Sequence[Taken], of: Measure = "seconds") -> float:
    """The median over rounds of one way's measure by another's in the same round."""
    return statistics.median(
        getattr(a, of) / getattr(b, of) for a, b in zip(many, few, strict=True)
    )


def apart(program: str, *arguments: str) -> dict[str, Any]:
    """Run a program with ``--measure`` in a process of its own, and read its last line.

    What it adds: ``whole_s`` and ``whole_cpu`` of the process and all that it waited for.
    """
    begun, cpu = time.perf_counter(), cpu_s()
    done = subprocess.run(
        [sys.executable, program, "--measure", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "DASK_DISTRIBUTED__ADMIN__LOW_LEVEL_LOG_LENGTH": "0"},
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    found |= {"whole_s": time.perf_counter() - begun, "whole_cpu": cpu_s() - cpu}
    return found


def peak_mib() -> float:
    """Peak resident MiB of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def affinity(cores: int) -> Iterator[None]:
    """Keep this process, and what it starts, to so many cores for a while."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:cores])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print aligned columns."""
    text = [list(map(str, header)), *[list(map(str, row)) for row in rows]]
    widths = [max(len(row[i]) for row in text) for i in range(len(header))]
    for row in text:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )


def report(figures: Mapping[str, float | int]) -> None:
    """Print the last line: one JSON object."""
    print(json.dumps({key: round(value, 4) for key, value in figures.items()}), flush=True)
