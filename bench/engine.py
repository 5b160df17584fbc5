"""What the engine costs an item, beside pools that remember nothing.

Every way is a whole call in a fresh process: starting its workers, ITEMS items that do nothing, and
ending. figmill also writes its durable ledger (one record an item, fsynced) and its logs.

Last line:

overhead_ms             a whole call of 2,000 items that do nothing, an item; vs_* the same of other
                        pools, by figmill's
slope_us                what one item more costs, from 2,000 to 50,000; joblib_slope_us beside it
plan_million_s          planning a million known items that have no files
plan_million_real_s     the same where each has an input file, parameters and a figure
rerun_100k_s, rerun_100k_real_s   a whole second run over 100,000 such items: nothing to do
rss_growth              memory of a run of many items by that of a run of 1,000
two_worker_speedup      figures by one worker and by two
own_vs_loop             what one matplotlib figure more costs through figmill.batch, by what it
                        costs in a plain loop: CPU of all processes; own_vs_loop_wall: time
own_mib, own_growth_mib the worker's peak in 10,000 figures, and from their middle to their end

Counts are smaller with --quick, and with files a quarter of a million at most: what is told of a
million is scaled to it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from _common import (
    Scale,
    Taken,
    apart,
    cpu_s,
    median,
    options,
    peak_mib,
    ratio,
    report,
    scale_of,
    table,
)
from figmill.engine import Item, Outcome, Outputs, RunOptions, events, run
from figmill.engine.conflicts import source_of
from figmill.engine.fingerprint import digest_file, stat_file, take
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


PARAMETERS = {
    "paths": ["data/2015/*.cdf"],
    "theme": "journal",
    "width": 7.0,
    "height": None,
    "dpi": 200,
    "y_scale": "log",
    "z_scale": "log",
    "z_min": 1e4,
    "z_max": 1e9,
    "colormap": "viridis",
    "rows": ["eflux", "counts"],
    "collapse": "mean",
}
FOLDER = 1000
"""So many files share a folder."""


class Filled:
    """An output folder whose ledger knows every item as done.

    Parameters
    ----------
    home
        Where to.
    count
        Of items.
    real
        Each has an input file, parameters and a figure. Else: nothing, or a figure alone.
    figures
        Where not real: each has a figure.
    """

    def __init__(self, home: Path, count: int, *, real: bool, figures: bool) -> None:
        self.out = home / "out"
        self._data = home / "data"
        self._count = count
        self._real = real
        for folder in range(0, count, FOLDER) if real else ():
            (self._data / f"{folder // FOLDER:04}").mkdir(parents=True)
        (self.out / "figures").mkdir(parents=True)
        digest = None
        with Ledger.open(self.out) as ledger, ledger.transaction():
            for index, item in enumerate(self.items()):
                for path in item.inputs:
                    path.write_bytes(b"measured")
                known = take(item, "1")
                if real:
                    digest = digest or digest_file(item.inputs[0])
                    inputs = tuple(replace(one, digest=digest) for one in known.inputs)
                    known = replace(known, inputs=inputs)
                outputs = ()
                if real or figures:
                    name = f"figures/{item.key}.png"
                    path = self.out / name
                    if index % FOLDER == 0:
                        path.parent.mkdir(exist_ok=True)
                    path.write_bytes(b"figure")
                    outputs = (replace(stat_file(path, name), digest=digest),)
                ledger.finish(
                    item.key,
                    index,
                    "done",
                    known,
                    run=0,
                    outputs=outputs,
                    fresh=True,
                    source=source_of(item),
                )

    def items(self) -> Iterator[Item]:
        """The items, as a recipe would list them."""
        if not self._real:
            yield from items(self._count)
            return
        for number in range(self._count):
            name = f"{number // FOLDER:04}/item{number:07}"
            yield Item(name, inputs=(self._data / f"{name}.cdf",), parameters=PARAMETERS)


def second_run(count: int, *, real: bool) -> dict[str, float]:
    """What a second run over finished items with a figure each takes."""

    def work(item: Item, outputs: Outputs) -> Outcome:
        return Outcome.done()

    with tempfile.TemporaryDirectory() as text:
        filled = Filled(Path(text), count, real=real, figures=True)
        begun, cpu = time.perf_counter(), cpu_s()
        found = run(filled.items(), work, filled.out, version="1")
        taken = {"seconds": time.perf_counter() - begun, "cpu": cpu_s() - cpu}
        assert found.skipped == count, found
    return taken


def plan(count: int, *, real: bool) -> dict[str, float]:
    """What planning items takes that the ledger knows and that need nothing."""
    with tempfile.TemporaryDirectory() as text:
        filled = Filled(Path(text), count, real=real, figures=False)
        with Ledger.read(filled.out) as ledger:
            skipped = 0

            def tell(event: Any) -> None:
                nonlocal skipped
                skipped += len(event.keys)

            begun, cpu = time.perf_counter(), cpu_s()
            for task in Planner(filled.out, ledger, "1", run=-1, tell=tell).tasks(filled.items()):
                assert task is None
            taken = {"seconds": time.perf_counter() - begun, "cpu": cpu_s() - cpu}
        assert skipped == count
    return taken


def memory(count: int) -> float:
    """Peak MiB of this process after a run of so many items."""
    by_figmill(count)
    return peak_mib()


def own(item: Item) -> Any:
    """Anybody's function: a labelled plot of 2,000 points."""
    from matplotlib.figure import Figure

    number = int(item.key.removeprefix("item"))
    t = np.linspace(0, 10, 2000)
    figure = Figure(figsize=(4, 3))
    ax = figure.subplots()
    ax.plot(t, np.sin(t * (1 + number % 7)), label=f"run {number}")
    ax.set(xlabel="t (s)", ylabel="B (nT)", title=item.key)
    ax.legend(loc="upper right")
    return figure


def own_loop(count: int) -> float:
    """The plain loop."""
    with tempfile.TemporaryDirectory() as text:
        for item in items(count):
            figure = own(item)
            figure.savefig(Path(text) / f"{item.key}.png")
            figure.clear()
    return peak_mib()


def own_batch(count: int) -> list[float]:
    """Draw through figmill.batch; the worker's peak MiB at each item."""
    import figmill

    with tempfile.TemporaryDirectory() as out:
        found = figmill.batch(own, items(count), out, workers=1, version="1")
        assert found.done == count, found
        with Ledger.read(Path(out)) as ledger:
            records = ledger.records([item.key for item in items(count)])
        return [record.peak_memory / 2**20 for record in records.values()]


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
        how = RunOptions(workers=workers, isolate=True, preload=("figmill.draw", "numpy"))
        times = []

        def watch(event: events.Event) -> None:
            if isinstance(event, events.ItemStarted | events.ItemFinished):
                times.append(time.perf_counter())

        out = folder / "out"
        found = run(listed, work, out, version="1", options=how, listeners=[watch])
        assert found.done == len(listed), found.failures[:1]
    return times[-1] - times[0]


MEASURES: dict[str, Callable[[int], Any]] = {
    "figmill": by_figmill,
    "joblib": by_joblib,
    "joblib_single": by_joblib_single,
    "futures": by_futures,
    "dask": by_dask,
    "rerun": lambda count: second_run(count, real=False),
    "rerun_real": lambda count: second_run(count, real=True),
    "plan": lambda count: plan(count, real=False),
    "plan_real": lambda count: plan(count, real=True),
    "memory": memory,
    "own_loop": own_loop,
    "own_batch": own_batch,
    "one_worker": lambda count: figures(count, 1),
    "two_workers": lambda count: figures(count, 2),
}


IMPORTS = {
    "figmill": ("figmill.engine.runner", "figmill.engine.pool.executor"),
    "joblib": ("joblib",),
    "joblib_single": ("joblib",),
    "futures": ("concurrent.futures.process",),
    "dask": ("distributed",),
    "own_loop": ("matplotlib.figure", "matplotlib.backends.backend_agg"),
    "own_batch": ("figmill.own", "matplotlib.figure", "matplotlib.backends.backend_agg"),
}


def one(measure: str, count: int) -> None:
    # What a way imports in the caller's process is not its cost an item.
    for name in IMPORTS.get(measure, ()):
        import_module(name)
    begun, cpu = time.perf_counter(), cpu_s()
    value = MEASURES[measure](count)
    seconds = time.perf_counter() - begun
    if measure.startswith("joblib"):
        # Its workers stay; only those that have ended tell of their CPU.
        from joblib.externals.loky import get_reusable_executor

        get_reusable_executor().shutdown(wait=True)
    print(json.dumps({"seconds": seconds, "cpu": cpu_s() - cpu, "value": value, "mib": peak_mib()}))


def alone(measure: str, count: int) -> dict[str, Any]:
    """Take one measure in a process of its own."""
    return apart(__file__, measure, "--count", str(count))


def whole(measure: str, count: int) -> Taken:
    """What a whole call takes in a process of its own, workers included."""
    found = alone(measure, count)
    return Taken(found["seconds"], found["cpu"])


def slopes(
    scale: Scale, measures: Sequence[str], counts: tuple[int, int], full: int, quick: int
) -> dict[str, list[Taken]]:
    """What one item more takes, by measure: from a small to a large count, in the same round."""
    few, many = counts
    taken = scale.rounds(
        {
            f"{measure} {count}": (lambda measure=measure, count=count: whole(measure, count))
            for measure in measures
            for count in counts
        },
        full,
        quick,
    )
    return {
        measure: [
            Taken((b.seconds - a.seconds) / (many - few), (b.cpu - a.cpu) / (many - few))
            for a, b in zip(taken[f"{measure} {few}"], taken[f"{measure} {many}"], strict=True)
        ]
        for measure in measures
    }


def overheads(scale: Scale) -> tuple[dict[str, float], list[tuple[str, ...]]]:
    """Whole calls of items that do nothing, by figmill and by other pools."""
    count = scale(2000, 2000, 50)
    ways = {
        "figmill": "figmill, durable ledger and logs",
        "joblib": "joblib.Parallel, its own batches",
        "joblib_single": "joblib.Parallel, one item a message",
        "futures": "concurrent.futures",
        "dask": "dask.distributed",
    }
    taken = scale.rounds({name: (lambda name=name: whole(name, count)) for name in ways}, 5, 1)
    rows = [
        (
            f"{text}, an item of {count:,}",
            f"{median(taken[name]) / count * 1e3:.3f} ms",
            f"{median(taken[name], 'cpu') / count * 1e3:.3f} ms",
        )
        for name, text in ways.items()
    ]
    figures = {"overhead_ms": median(taken["figmill"]) / count * 1e3}
    figures["overhead_ms_cpu"] = median(taken["figmill"], "cpu") / count * 1e3
    figures |= {f"vs_{name}": ratio(taken[name], taken["figmill"]) for name in list(ways)[1:]}
    return figures, rows


def one_more(scale: Scale) -> tuple[dict[str, float], list[tuple[str, ...]]]:
    """What one item more takes, beside joblib."""
    counts = scale((2000, 50_000), (2000, 12_000), (50, 500))
    found = slopes(scale, ("figmill", "joblib"), counts, 5, 2)
    rows = [
        (
            f"{name}, one item more ({counts[0]:,} to {counts[1]:,})",
            f"{median(taken) * 1e6:.0f} µs",
            f"{median(taken, 'cpu') * 1e6:.0f} µs",
        )
        for name, taken in found.items()
    ]
    figures = {
        "slope_us": median(found["figmill"]) * 1e6,
        "slope_us_cpu": median(found["figmill"], "cpu") * 1e6,
        "joblib_slope_us": median(found["joblib"]) * 1e6,
        "joblib_slope_us_cpu": median(found["joblib"], "cpu") * 1e6,
    }
    return figures, rows


def known_items(scale: Scale) -> tuple[dict[str, float], list[tuple[str, ...]]]:
    """Planning and second runs of what is finished."""
    million, hundred = scale(1_000_000, 50_000, 500), scale(100_000, 5000, 500)
    real = scale(250_000, 5000, 500)
    figures: dict[str, float] = {}
    rows = []
    for key, measure, count, full, times, text in (
        ("plan_million_s", "plan", million, 10**6, 1, "plan {:,} known items"),
        ("plan_million_real_s", "plan_real", real, 10**6, 1, "plan {:,} known items with files"),
        ("rerun_100k_s", "rerun", hundred, 10**5, scale(3, 1, 1), "second run of {:,} items"),
        (
            "rerun_100k_real_s",
            "rerun_real",
            hundred,
            10**5,
            scale(3, 1, 1),
            "the same of {:,} with files",
        ),
    ):
        found = [alone(measure, count) for _ in range(times)]
        seconds, cpu = (
            statistics.median(one["value"][what] for one in found) for what in ("seconds", "cpu")
        )
        mib = max(one["mib"] for one in found)
        figures[key] = seconds * full / count
        figures[f"{key}_cpu"] = cpu * full / count
        if measure.startswith("plan"):
            figures[key.removesuffix("_s") + "_mib"] = mib
        rows.append((text.format(count), f"{seconds:.2f} s", f"{cpu:.2f} s, {mib:.0f} MiB"))
    return figures, rows


def many_items(scale: Scale) -> tuple[dict[str, float], list[tuple[str, ...]]]:
    """Memory by the number of items, and figures by one worker and by two."""
    many, drawn = scale(100_000, 5000, 500), scale(200, 24, 8)
    few = min(1000, many)
    small, large = alone("memory", few)["value"], alone("memory", many)["value"]
    pairs: list[Mapping[str, float]] = []
    for number in range(scale(3, 1, 1)):
        order = ("one_worker", "two_workers")[:: 1 if number % 2 == 0 else -1]
        pairs.append({name: alone(name, drawn)["value"] for name in order})
    rows = [
        (f"memory of a run of {few:,} items", f"{small:.0f} MiB", ""),
        (f"memory of a run of {many:,} items", f"{large:.0f} MiB", ""),
    ]
    for name in ("one_worker", "two_workers"):
        seconds = statistics.median(pair[name] for pair in pairs)
        rows.append((f"{drawn} figures, {name.replace('_', ' ')}", f"{seconds:.2f} s", ""))
    speedup = statistics.median(pair["one_worker"] / pair["two_workers"] for pair in pairs)
    return {"rss_growth": large / small, "two_worker_speedup": speedup}, rows


def own_functions(scale: Scale) -> tuple[dict[str, float], list[tuple[str, ...]]]:
    """Matplotlib figures through figmill.batch and in a plain loop."""
    counts = scale((50, 350), (5, 65), (1, 6))
    found = slopes(scale, ("own_batch", "own_loop"), counts, 5, 2)
    many = scale(10_000, 45, 10)
    peaks = alone("own_batch", many)["value"]
    # Caches fill in the first half; from there on memory must not grow.
    fifth = len(peaks) // 5
    early = statistics.median(peaks[2 * fifth : 3 * fifth])
    late = statistics.median(peaks[-fifth:])
    rows = [
        (
            f"one matplotlib figure more, {text}",
            f"{median(found[name]) * 1e3:.1f} ms",
            f"{median(found[name], 'cpu') * 1e3:.1f} ms",
        )
        for name, text in (("own_batch", "figmill.batch"), ("own_loop", "plain loop"))
    ]
    rows.append((f"{many:,} of them, peak of the worker", f"{max(peaks):.0f} MiB", ""))
    figures = {
        "own_vs_loop": ratio(found["own_batch"], found["own_loop"], "cpu"),
        "own_vs_loop_wall": ratio(found["own_batch"], found["own_loop"]),
        "own_mib": max(peaks),
        "own_growth_mib": late - early,
    }
    return figures, rows


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options(parser)
    parser.add_argument("--measure", choices=MEASURES, help=argparse.SUPPRESS)
    parser.add_argument("--count", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        one(asked.measure, asked.count)
        return
    scale = scale_of(asked)
    figures: dict[str, float] = {}
    rows: list[tuple[str, ...]] = []
    for part in (overheads, one_more, known_items, many_items, own_functions):
        begun = time.perf_counter()
        more, said = part(scale)
        figures |= more
        rows += said
        print(f"{part.__name__.replace('_', ' ')}: {time.perf_counter() - begun:.0f} s", flush=True)
    print(f"{WORKERS} workers, whole calls in fresh processes")
    table(("what", "measured", "CPU or memory"), rows)
    report(figures)


if __name__ == "__main__":
    main()
