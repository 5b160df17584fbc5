"""Every figure of chip 67 against the idiomatic way, and the costs at the edges.

The idiomatic way reads each run's Parquet file, draws with pyplot, and calls ``tight_layout`` and
``savefig`` at 300 dpi: the same figures, of the same size. Without the real files a made-up device
takes their place. All on one core.

Last line: vs_idiomatic (the median over rounds in turn; with _cpu, seconds of CPU),
bytes_vs_idiomatic (of figures), first_figure_s and peak_mib (of the command), long_trace_s.
"""

from __future__ import annotations

import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from _common import REAL_DATA, Scale, affinity, arguments, median, ratio, report, table

DATA = REAL_DATA / "chip"
LONG = 478_325


def sources(folder: Path) -> tuple[Path, Path]:
    config, stage = DATA / "batch_plots" / "alisson67_plots.yaml", DATA / "staged"
    if config.is_file():
        return config, stage
    from figmill.chip.demo import demo
    from figmill.mill import run

    print("no real files: a made-up device takes their place")
    for step in demo(folder / "demo"):
        run(step.recipe, folder / "demo" / step.out)
    return folder / "demo" / "demo_plots.yaml", folder / "demo" / "stage"


def idiomatic(plans, out: Path) -> int:
    """All figures, as people write it; their bytes."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    import polars as pl

    for plan in plans:
        for name in plan.names:
            stem = name.rpartition("/")[2]
            plt.figure(figsize=(6.4, 4.4))
            for run in plan.runs:
                frame = pl.read_parquet(run.path, hive_partitioning=False)
                label = f"#{run.info.seq}"
                if "Vg (V)" in frame.columns:
                    plt.plot(frame["Vg (V)"], frame[frame.columns[1]] * 1e6, label=label)
                elif "photoresponse" in stem:
                    lit = frame.filter(pl.col("VL (V)") > 0.1)[frame.columns[1]]
                    if len(lit):
                        plt.plot(
                            [run.info.irradiated_power_w], [lit[-1] - lit[0]], "o", label=label
                        )
                else:
                    t, y = frame["t (s)"].to_numpy(), frame[frame.columns[1]].to_numpy() * 1e6
                    if "sequential" in stem:
                        plt.plot(
                            t + run.info.start_time - plan.runs[0].info.start_time, y, label=label
                        )
                        plt.axvline(run.info.start_time - plan.runs[0].info.start_time, ls="--")
                    else:
                        plt.plot(t, y - np.interp(60, t, y), label=label)
                        plt.axvspan(60, 120, alpha=0.15)
            plt.xlabel("x")
            plt.ylabel("$I_{ds}$ (µA)")
            plt.legend()
            plt.tight_layout()
            path = out / f"{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            plt.savefig(path, dpi=300)
            plt.close()
    return sum(path.stat().st_size for path in out.rglob("*.png"))


def figmill_way(config: Path, stage: Path, out: Path) -> int:
    """All figures by figmill, ledger and all; their bytes."""
    from figmill.chip import clear_cache
    from figmill.chip.recipe import ChipRecipe
    from figmill.engine import RunOptions
    from figmill.mill import run

    clear_cache()
    fresh = Path(tempfile.mkdtemp(dir=out))  # nothing of an earlier round is there
    done = run(
        ChipRecipe(config=config, stage=stage),
        fresh,
        options=RunOptions(workers=1, log=False),
    )
    if not done.ok:
        raise SystemExit(f"{done.failed} entries failed")
    return sum(path.stat().st_size for path in fresh.rglob("*.png"))


def command(config: Path, stage: Path, out: Path) -> tuple[float, float]:
    """Seconds from the command to its first figure, and to its end."""
    shutil.rmtree(out, ignore_errors=True)
    program = [sys.executable, "-m", "figmill", "chip", "batch-plot", str(config), "--quiet"]
    begun = time.perf_counter()
    process = subprocess.Popen([*program, "--stage", str(stage), "-o", str(out)])
    first = 0.0
    while process.poll() is None:
        if not first and any(out.rglob("*.png")):
            first = time.perf_counter() - begun
        time.sleep(0.005)
    if process.returncode:
        raise SystemExit(f"the command ended with {process.returncode}")
    return first, time.perf_counter() - begun


def long_trace(folder: Path, repeat: int) -> float:
    """Seconds to read and draw one trace of 478,325 points."""
    import polars as pl

    from figmill.chip import clear_cache
    from figmill.chip.look import Look
    from figmill.chip.plots import plot_types
    from figmill.chip.runs import Run, RunInfo
    from figmill.draw import encode

    t = np.arange(LONG) * 0.0847
    noise = np.random.default_rng(1).standard_normal(LONG)
    current = 1.6e-5 - 3e-6 * np.exp(-((t / 6000) ** 0.6)) + 2e-8 * noise
    path = folder / "long.parquet"
    pl.DataFrame({"t (s)": t, "I (A)": current, "VL (V)": np.zeros(LONG)}).write_parquet(path)
    run = Run(RunInfo(1, "long", "It", 0.0, "2025-10-21 01:16"), path, "Long1")
    plot = plot_types()["plot-its"](baseline_mode="none")
    taken = []
    for _ in range(repeat):
        clear_cache()
        begun = time.perf_counter()
        encode(plot.draw([run], Look()).figures["It"], "png")
        taken.append(time.perf_counter() - begun)
    return sorted(taken)[len(taken) // 2]


def main() -> None:
    scale = arguments(__doc__.partition("\n")[0])
    with affinity(1), tempfile.TemporaryDirectory() as name:
        measure(scale, Path(name))


def measure(scale: Scale, folder: Path) -> None:
    """Everything, on one core."""
    from figmill.chip.recipe import ChipRecipe

    config, stage = sources(folder)
    firsts, wholes = zip(
        *(command(config, stage, folder / "command") for _ in range(scale(5, 2, 1))), strict=True
    )
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    plans = ChipRecipe(config=config, stage=stage).plans()
    count = sum(len(plan.names) for plan in plans)
    (folder / "figmill").mkdir()
    ways = {
        "idiomatic": lambda: idiomatic(plans[: scale(None, None, 2)], folder / "idiomatic"),
        "figmill": lambda: figmill_way(config, stage, folder / "figmill"),
    }
    # What each does only once (imports, fonts) is seen in the command's times.
    idiomatic(plans[:1], folder / "idiomatic")
    ways["figmill"]()
    taken = scale.rounds(ways, 5, 1)
    long_s = long_trace(folder, scale(7, 3, 1))
    table(
        ("way", "s", "s CPU", "ms a figure", "MiB"),
        [
            (
                way,
                f"{median(some):.2f}",
                f"{median(some, 'cpu'):.2f}",
                f"{1e3 * median(some) / count:.0f}",
                f"{median(some, 'bytes') / 2**20:.1f}",
            )
            for way, some in taken.items()
        ],
    )
    print(f"{count} figures; the whole command takes {statistics.median(wholes):.2f} s")
    report(
        {
            "vs_idiomatic": ratio(taken["idiomatic"], taken["figmill"]),
            "vs_idiomatic_cpu": ratio(taken["idiomatic"], taken["figmill"], "cpu"),
            "bytes_vs_idiomatic": ratio(taken["figmill"], taken["idiomatic"], "bytes"),
            "first_figure_s": statistics.median(firsts),
            "peak_mib": peak,
            "long_trace_s": long_s,
        }
    )


if __name__ == "__main__":
    main()
