"""Run benchmarks and write what they measured into docs/benchmarks.md and README.md.

The page holds the last line of each program; its table, and what the README quotes, are made from
these. Programs that are not named keep what they measured before.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from _goals import GOALS, PROGRAMS, Goal

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
README = HERE.parent / "README.md"
BEGIN, END = "<!-- from docs/benchmarks.md -->", "<!-- end -->"
LIBRARIES = (
    "numpy",
    "matplotlib",
    "isal",
    "pycdfpp",
    "cdflib",
    "polars",
    "joblib",
    "distributed",
    "pyqtgraph",
    "PySide6-Essentials",
)

Results = dict[str, dict[str, Any]]
"""By program: ``date``, ``machine`` and ``figures``."""

_ABOUT = """\
# How fast

Written by `make bench`: each row is a figure of the last line of a program in `bench/`, which says
in its first lines what it does. Times are medians; a ratio is the median over rounds in which both
ways take turns, so that what else runs on the machine meets both. Keys that end in `_cpu` are the
same in seconds of CPU. The peers:

- *pyplot*: as the documentation's examples have it, tightened once.
- *tuned matplotlib*: one figure kept, its frame copied back, cells averaged and curves reduced to
  the least and largest of each pixel column beforehand, the PNG by ISA-L, as figmill's is.
- *PyQtGraph*: one scene kept, rendered without a window, the PNG by ISA-L;
  `pip install -e ".[bench]"` installs it.

That ways draw the same picture is checked by its size and the area of its panels. Every way gets
new values and a new title for each figure, and finds its limits in the data. A number below 1 in
"times as fast" means that figmill loses.
"""


def run(program: str, arguments: Sequence[str]) -> dict[str, float]:
    """Run one benchmark, showing what it prints; give its last line.

    Raises
    ------
    SystemExit
        It failed, or its last line is not one JSON object.
    """
    print(f"== bench/{program}.py", flush=True)
    begun = time.perf_counter()
    command = [sys.executable, str(HERE / f"{program}.py"), *arguments]
    last = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            last = line
    print(f"{time.perf_counter() - begun:.0f} s\n", flush=True)
    if process.returncode:
        raise SystemExit(f"bench/{program}.py ended with {process.returncode}")
    try:
        found = json.loads(last)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise SystemExit(f"the last line of bench/{program}.py is not one JSON object: {last!r}")
    return found


def machine() -> str:
    """What the numbers were measured on, in one line."""
    processor = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        names = re.findall(r"^model name\s*:\s*(.+)$", info.read_text(), re.MULTILINE)
        processor = names[0] if names else processor
    cores = len(os.sched_getaffinity(0))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    busy = os.getloadavg()[1]
    found = []
    for name in LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return (
        f"{processor}, {cores} cores, {memory:.0f} GiB, {platform.system()} "
        f"{platform.release().partition('-')[0]}, Python {platform.python_version()}, "
        f"{', '.join(found)}; load before it began {busy:.1f}"
    )


def read(page: str) -> Results:
    """The results that a page holds."""
    found: Results = {}
    for program, line in re.findall(
        r"^### `bench/(\w+)\.py`.*?^```json\n(.+?)\n```", page, re.S | re.M
    ):
        found[program] = json.loads(line)
    return found


def number(value: float) -> str:
    """A measured number in three digits."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.{2 if abs(value) < 10 else 1}f}"


def value_of(results: Results, program: str, key: str) -> float | None:
    """What was measured; None where its program has not run, or left it out."""
    value: float | None = results.get(program, {}).get("figures", {}).get(key)
    return value


def table(results: Results) -> str:
    """The goals and what was measured, as Markdown."""
    lines = ["| what | figure | measured | by CPU | goal |", "|---|---|---|---|---|"]
    for goal in GOALS:
        sign = "≥" if goal.least else "≤"
        value = value_of(results, goal.program, goal.key)
        cpu = value_of(results, goal.program, f"{goal.key}_cpu")
        told = "not measured" if value is None else number(value)
        # Where the clock and CPU disagree, something else had the machine.
        if (
            all(goal.is_reached(one) for one in (value, cpu) if one is not None)
            and value is not None
        ):
            told += " (reached)"
        lines.append(
            f"| {goal.text} | `{goal.program}` `{goal.key}` | {told} "
            f"| {'' if cpu is None else number(cpu)} | {sign} {goal.bound:g} |"
        )
    return "\n".join(lines)


def page_of(results: Results) -> str:
    """The whole page."""
    parts = [_ABOUT, table(results) + "\n"]
    parts.append("## All figures\n")
    for program in sorted(results):
        told = results[program]
        parts.append(
            f"### `bench/{program}.py`\n\n{told['date']}, {told['scale']}; {told['machine']}.\n\n"
            f"```json\n{json.dumps(told, ensure_ascii=False)}\n```\n"
        )
    return "\n".join(parts)


QUOTED: tuple[tuple[str, str, str], ...] = (
    ("render", "vs_idiomatic", "{} times"),
    ("render", "vs_tuned", "{} times"),
    ("render", "vs_pyqtgraph", "{} times"),
    ("render", "bytes_vs_matplotlib", "{} times"),
    ("render", "curves_vs_tuned", "{} times"),
    ("quicklook", "vs_idiomatic", "{} times"),
    ("fast", "vs_idiomatic", "{} times"),
    ("chip", "vs_idiomatic", "{} times"),
    ("chip", "bytes_vs_idiomatic", "{} times"),
    ("spectra", "vs_idiomatic", "{} times"),
    ("engine", "slope_us_cpu", "{} µs"),
    ("engine", "joblib_slope_us_cpu", "{} µs"),
    ("engine", "two_worker_speedup", "{} times"),
)
"""What the README tells, and how: also where figmill loses."""

_WORDS = {
    ("chip", "bytes_vs_idiomatic"): "the same: size of the files by pyplot's",
    ("engine", "slope_us_cpu"): "one item more that does nothing, the ledger durable: CPU",
    ("engine", "joblib_slope_us_cpu"): "the same by joblib, which keeps nothing: CPU",
    ("engine", "two_worker_speedup"): "figures by two workers: times as fast as by one",
}


def quoted(results: Results) -> str:
    """The README's table."""
    texts = {(goal.program, goal.key): goal.text for goal in GOALS}
    # Seconds of CPU first: on a busy machine they are the steadier ones.
    lines = ["| what | measured, in CPU where it is time | by the clock |", "|---|---|---|"]
    for program, key, how in QUOTED:
        value = value_of(results, program, key)
        if value is None:
            continue
        cpu = value_of(results, program, f"{key}_cpu")
        text = _WORDS.get((program, key)) or texts[program, key]
        what, _, peer = text.partition(": times as fast as ")
        first = value if cpu is None else cpu
        told = how.format(number(first)) + (f" as fast as {peer}" if peer else "")
        lines.append(f"| {what} | {told} | {'' if cpu is None else number(value)} |")
    return "\n".join((*lines, "", circumstances(results)))


def circumstances(results: Results) -> str:
    """When it was measured, and whether anything else had the machine meanwhile."""
    dates = sorted({told["date"] for told in results.values()})
    machines = " ".join(told["machine"] for told in results.values())
    loads = [float(load) for load in re.findall(r"load before it began ([\d.]+)", machines)]
    cores = [int(count) for count in re.findall(r"(\d+) cores", machines)]
    text = f"Measured {' and '.join(dates)}"
    if loads and cores and max(loads) > 0.5 * min(cores):
        text += (
            f" on a busy machine (a load of {min(loads):g} to {max(loads):g} on {min(cores)} "
            "cores): CPU is the steadier measure"
        )
    short = sorted(name for name, told in results.items() if "quick" in told["scale"])
    if short:
        text += f". From smaller counts (`--quick`): {', '.join(short)}"
    return f"{text}."


def with_quotes(readme: str, results: Results) -> str:
    """The README with its table made anew."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    assert begin and end, f"README.md has lost {BEGIN} or {END}"
    return f"{before}{begin}\n{quoted(results)}\n{end}{after}"


def missing(program: str, figures: Mapping[str, float]) -> list[Goal]:
    """Figures that a program owes and did not print; not those whose library is absent."""
    return [
        goal
        for goal in GOALS
        if goal.program == program
        and goal.key not in figures
        and not (goal.needs and importlib.util.find_spec(goal.needs) is None)
    ]


def main() -> None:
    """Run, and write unless it was a short look."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("programs", nargs="*", metavar="PROGRAM", help=", ".join(PROGRAMS))
    parser.add_argument("--quick", action="store_true", help="a short look; writes nothing")
    parser.add_argument("--write", action="store_true", help="write also after a short look")
    asked = parser.parse_args()
    if unknown := set(asked.programs) - set(PROGRAMS):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    writes = asked.write or not asked.quick
    results = read(PAGE.read_text()) if PAGE.exists() and writes else {}
    for program in asked.programs or PROGRAMS:
        about = {
            "date": datetime.now(UTC).strftime("%Y-%m-%d"),
            "machine": machine(),
            "scale": "smaller counts (`--quick`)" if asked.quick else "full counts",
        }
        figures = run(program, ["--quick"] if asked.quick else [])
        if owed := missing(program, figures):
            raise SystemExit(f"bench/{program}.py did not print {[goal.key for goal in owed]}")
        results[program] = {**about, "figures": figures}
        if writes:  # at once: a later program may fail
            PAGE.write_text(page_of(results))
            README.write_text(with_quotes(README.read_text(), results))
    print(table(results))
    if not writes:
        print("\nA short look: docs/benchmarks.md and README.md stay as they are.")


if __name__ == "__main__":
    main()
