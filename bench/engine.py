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
from pathlib import Path
from typing import Any

from figmill.engine import Item, Outcome, Outputs, RunOptions, run
from figmill.engine.fingerprint import Fingerprint
from figmill.engine.ledger import Ledger
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
        report = run(items(count), nothing, out, version="1", options=RunOptions(workers=WORKERS))
        assert report.done == count


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
        report = run(items(count), work, out, version="1")
        seconds = time.perf_counter() - begun
        assert report.skipped == count, report
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
            for task in Planner(out, ledger, "1", run=0, tell=tell).tasks(items(count)):
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
            ledger.finish(item.key, index, "done", known, run=0, outputs=outputs, fresh=True)


def memory(count: int) -> float:
    """Peak MiB of this process after a run of so many items."""
    by_figmill(count)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def figures(workers: int) -> float:
    """Seconds for 120 figure-like items of about 25 ms of arithmetic."""

    def work(item: Item, outputs: Outputs) -> Outcome:
        until = time.process_time() + 0.025
        value = 0
        while time.process_time() < until:
            value += sum(range(1000))
        outputs.write(f"{item.key}.png", value.to_bytes(16, "little") * 10_000)
        return Outcome.done()

    with tempfile.TemporaryDirectory() as out:
        options = RunOptions(workers=workers, isolate=True)
        report = run(items(120), work, out, version="1", options=options)
        assert report.done == 120
    return report.seconds


MEASURES: dict[str, Callable[[int], Any]] = {
    "figmill": by_figmill,
    "joblib": by_joblib,
    "joblib_single": by_joblib_single,
    "futures": by_futures,
    "dask": by_dask,
    "rerun": rerun,
    "plan": plan,
    "memory": memory,
    "figures": figures,
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
    import gc

    gc.collect()
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
    count, repeats = (2000, 1) if asked.quick else (2000, 5)
    pools = ("figmill", "joblib", "joblib_single", "futures", "dask")
    times: dict[str, list[float]] = {name: [] for name in pools}
    for _ in range(repeats):
        # In turn, so that a busy moment of the machine does not meet one of them alone.
        for name in pools:
            times[name].append(apart(name, count)["seconds"] / count * 1e3)
    usual = {name: statistics.median(values) for name, values in times.items()}
    labels = {
        "figmill": "figmill, durable ledger and logs",
        "joblib": "joblib.Parallel, its own batches",
        "joblib_single": "joblib.Parallel, one item a message",
        "futures": "concurrent.futures",
        "dask": "dask.distributed",
    }
    print(f"{count} items that do nothing, {WORKERS} workers, whole call in a fresh process")
    for name in pools:
        print(f"  {labels[name]:38} {usual[name]:8.3f} ms an item")
    million = 200_000 if asked.quick else 1_000_000
    planned = apart("plan", million)
    scale = 1_000_000 / million
    print(f"planning {million:,} known items {planned['value']:.2f} s, {planned['mib']:.0f} MiB")
    again = 20_000 if asked.quick else 100_000
    second = apart("rerun", again)["value"]
    print(f"second run of {again:,} finished items {second:.2f} s")
    many = 20_000 if asked.quick else 100_000
    small, large = apart("memory", 1000)["value"], apart("memory", many)["value"]
    print(f"memory of the run: {small:.0f} MiB at 1,000 items, {large:.0f} MiB at {many:,}")
    alone, both = apart("figures", 1)["value"], apart("figures", 2)["value"]
    print(f"figures: {alone:.2f} s with one worker, {both:.2f} s with two")
    shown = {
        "overhead_ms": usual["figmill"],
        "vs_joblib": usual["joblib"] / usual["figmill"],
        "vs_joblib_single": usual["joblib_single"] / usual["figmill"],
        "vs_futures": usual["futures"] / usual["figmill"],
        "vs_dask": usual["dask"] / usual["figmill"],
        "plan_million_s": planned["value"] * scale,
        "plan_million_mib": planned["mib"],
        "rerun_100k_s": second * 100_000 / again,
        "rss_growth": large / small,
        "two_worker_speedup": alone / both,
    }
    print(json.dumps({name: round(value, 3) for name, value in shown.items()}))


if __name__ == "__main__":
    main()
