"""What the engine costs an item, beside pools that remember nothing.

Every way is a whole call in a fresh process: starting its workers, ITEMS items that do nothing, and
ending. figmill also writes its durable ledger (one record an item, fsynced) and its logs.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from _common import ratio, report, table
from figmill.engine import Item, Outcome, Outputs, RunOptions, events, run
from figmill.engine.fingerprint import Fingerprint
from figmill.engine.ledger.ledger import Ledger
from figmill.engine.planner import Planner

WORKERS = 2


def nothing(item: Item, outputs: Outputs) -> Outcome:
    return Outcome.done()


def nothing_at_all(number: int) -> int:
    return number


def items(count: int) -> Iterator[Item]:
    return (Item(f"item{number:07}") for number in range(count))


def by_figmill(count: int) -> None:
    with tempfile.TemporaryDirectory() as out:
        found = run(items(count), nothing, out, version="1", options=RunOptions(workers=WORKERS))
        assert found.done == count


def by_joblib(count: int) -> None:
    from joblib import Parallel, delayed

    done = Parallel(n_jobs=WORKERS)(delayed(nothing_at_all)(n) for n in range(count))
    assert len(done) == count


def by_joblib_single(count: int) -> None:
    from joblib import Parallel, delayed

    done = Parallel(n_jobs=WORKERS, batch_size=1)(delayed(nothing_at_all)(n) for n in range(count))
    assert len(done) == count


def by_futures(count: int) -> None:
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(WORKERS) as pool:
        futures = [pool.submit(nothing_at_all, n) for n in range(count)]
        assert len([future.result() for future in futures]) == count


def by_dask(count: int) -> None:
    from distributed import Client

    with Client(
        n_workers=WORKERS, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as client:
        futures = client.map(nothing_at_all, range(count), pure=False)
        assert len(client.gather(futures)) == count


def rerun(count: int) -> float:
    """Seconds of a second run over finished items with an output file each."""

    def work(item: Item, outputs: Outputs) -> Outcome:
        return Outcome.done()

    with tempfile.TemporaryDirectory() as text:
        out = Path(text)
        fill(out, count, files=True)
        begun = time.perf_counter()
        found = run(items(count), work, out, version="1")
        seconds = time.perf_counter() - begun
        assert found.skipped == count, found
    return seconds


def plan(count: int) -> float:
    """Seconds to plan items that the ledger knows and that need nothing."""
    with tempfile.TemporaryDirectory() as text:
        out = Path(text)
        fill(out, count)
        with Ledger.read(out) as ledger:
            skipped = 0

            def tell(event: Any) -> None:
                nonlocal skipped
                skipped += len(event.keys)

            begun = time.perf_counter()
            for task in Planner(out, ledger, "1", run=-1, tell=tell).tasks(items(count)):
                assert task is None
            seconds = time.perf_counter() - begun
        assert skipped == count
    return seconds


def fill(out: Path, count: int, *, files: bool = False) -> None:
    from figmill.engine.fingerprint import stat_file

    known = Fingerprint("1", "{}", ())
    if files:
        (out / "figures").mkdir()
    with Ledger.open(out) as ledger, ledger.transaction():
        for index, item in enumerate(items(count)):
            outputs = ()
            if files:
                name = f"figures/{item.key}.png"
                (out / name).write_bytes(b"figure")
                outputs = (stat_file(out / name, name),)
            ledger.finish(
                item.key, index, "done", known, run=0, outputs=outputs, fresh=True, source=""
            )


def memory(count: int) -> float:
    """Peak MiB of this process after a run of so many items."""
    by_figmill(count)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def figures(count: int, workers: int) -> float:
    """Seconds for figures: read 8 arrays from a file, draw 4 x 2 spectrograms, PNG, store.

    From the first that begins to the last that is stored: starting up is part of the other table.
    """

    def work(item: Item, outputs: Outputs) -> Outcome:
        from figmill.figure import Axis, Bins, ColorScale, Figure, Panel, Spectrogram

        values = np.load(item.inputs[0])
        scale = ColorScale("log", limits=(1e4, 1e9), label="Energy flux", unit="eV/(cm^2 s sr eV)")
        x = Bins.from_edges(8e8 + 2.5 * np.arange(values.shape[1] + 1))
        y = Bins.from_edges(np.geomspace(4, 32_000, values.shape[2] + 1))
        energy = Axis("log", label="Energy", unit="eV")
        panels = [Panel(Spectrogram(x, y, v, scale), x=Axis("time"), y=energy) for v in values]
        rows = [panels[row : row + 2] for row in range(0, 8, 2)]
        figure = Figure(rows, title=item.key, size=(14, 10), dpi=200, share_x=False)
        outputs.write(f"{item.key}.png", figure.to_bytes("png"))
        return Outcome.done()

    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        paths = [folder / f"{number}.npy" for number in range(8)]
        for number, path in enumerate(paths):
            levels = np.random.default_rng(number).normal(6, 1, (8, 6000, 48))
            np.save(path, (10**levels).astype(np.float32))
        listed = [Item(f"item{n:03}", (paths[n % 8],)) for n in range(count)]
        options = RunOptions(workers=workers, isolate=True, preload=("figmill.draw", "numpy"))
        times = []

        def watch(event: events.Event) -> None:
            if isinstance(event, events.ItemStarted | events.ItemFinished):
                times.append(time.perf_counter())

        out = folder / "out"
        found = run(listed, work, out, version="1", options=options, listeners=[watch])
        assert found.done == len(listed), found.failures[:1]
    return times[-1] - times[0]


MEASURES: dict[str, Callable[[int], Any]] = {
    "figmill": by_figmill,
    "joblib": by_joblib,
    "joblib_single": by_joblib_single,
    "futures": by_futures,
    "dask": by_dask,
    "rerun": rerun,
    "plan": plan,
    "memory": memory,
    "one_worker": lambda count: figures(count, 1),
    "two_workers": lambda count: figures(count, 2),
}


IMPORTS = {
    "figmill": ("figmill.engine.runner", "figmill.engine.pool.executor"),
    "joblib": ("joblib",),
    "joblib_single": ("joblib",),
    "futures": ("concurrent.futures.process",),
    "dask": ("distributed",),
}


def apart(measure: str, count: int) -> dict[str, float]:
    """Take one measure in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--measure", measure, "--count", str(count)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "DASK_DISTRIBUTED__ADMIN__LOW_LEVEL_LOG_LENGTH": "0"},
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def one(measure: str, count: int) -> None:
    # What a way imports in the caller's process is not its cost an item.
    for name in IMPORTS.get(measure, ()):
        import_module(name)
    begun = time.perf_counter()
    value = MEASURES[measure](count)
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "value": value, "mib": peak}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller counts, under 40 s")
    parser.add_argument("--measure", choices=MEASURES, help=argparse.SUPPRESS)
    parser.add_argument("--count", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        one(asked.measure, asked.count)
        return
    count, repeats = (2000, 3) if asked.quick else (2000, 7)
    ways = {
        "figmill": "figmill, durable ledger and logs",
        "joblib": "joblib.Parallel, its own batches",
        "joblib_single": "joblib.Parallel, one item a message",
        "futures": "concurrent.futures",
        "dask": "dask.distributed",
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repeats):
        # In turn, so that a busy moment of the machine does not meet one of them alone.
        for name in ways:
            times[name].append(apart(name, count)["seconds"] / count * 1e3)
    print(f"{count} items that do nothing, {WORKERS} workers, whole call in a fresh process")
    rows = [(text, f"{statistics.median(times[name]):.3f}") for name, text in ways.items()]
    table(("way", "ms an item"), rows)
    million = 100_000 if asked.quick else 1_000_000
    planned = apart("plan", million)
    again = 20_000 if asked.quick else 100_000
    second = apart("rerun", again)["value"]
    many = 20_000 if asked.quick else 100_000
    small, large = apart("memory", 1000)["value"], apart("memory", many)["value"]
    speeds = []
    drawn = 80 if asked.quick else 400
    for _ in range(1 if asked.quick else 3):
        one_way, other = (apart(name, drawn)["value"] for name in ("one_worker", "two_workers"))
        speeds.append((one_way, other))
    # The least of each: whatever else ran on the machine took more from two workers than from one.
    alone, both = (min(column) for column in zip(*speeds, strict=True))
    measured = [
        (f"plan {million:,} known items", f"{planned['value']:.2f} s, {planned['mib']:.0f} MiB"),
        (f"second run of {again:,} finished items", f"{second:.2f} s"),
        ("memory of a run of 1,000 items", f"{small:.0f} MiB"),
        (f"memory of a run of {many:,} items", f"{large:.0f} MiB"),
        (f"{drawn} figures, one worker", f"{alone:.2f} s"),
        (f"{drawn} figures, two workers", f"{both:.2f} s"),
    ]
    print()
    table(("what", "measured"), measured)
    report(
        {
            "overhead_ms": statistics.median(times["figmill"]),
            **{f"vs_{name}": ratio(times[name], times["figmill"]) for name in list(ways)[1:]},
            "plan_million_s": planned["value"] * 1_000_000 / million,
            "plan_million_mib": planned["mib"],
            "rerun_100k_s": second * 100_000 / again,
            "rss_growth": large / small,
            "two_worker_speedup": alone / both,
        }
    )


if __name__ == "__main__":
    main()
