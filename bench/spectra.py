"""Spectra: overlays of 1,000 samples of 3,600 points at 10 x 6 in and 300 dpi, parsing included.

In every round: a few samples by pyplot as commonly written (numpy.genfromtxt, subplots, plot,
legend, savefig), then a third of the batch in this process, ledger and durable files included, then
the same by two workers. The speed-up compares the rates from the first finished sample to the last,
apart from starting up; what two processes that know nothing of each other reach is the machine's
own limit. At the end two workers draw the whole batch, for their memory.

Last line: vs_idiomatic (with _cpu, seconds of CPU), bytes_vs_idiomatic (of figures),
two_worker_speedup, two_process_limit, peak_mib, growth_mib, ms_per_sample.
"""

from __future__ import annotations

import io
import multiprocessing
import statistics
import tempfile
import time
from pathlib import Path

import matplotlib as mpl
import numpy as np

from _common import Taken, arguments, median, ratio, report, table, taken_by

mpl.use("agg")

import matplotlib.pyplot as plt

from figmill import mill
from figmill.engine import Event, RunOptions
from figmill.engine.events import ItemFinished
from figmill.spectra import SpectraRecipe

POINTS = 3600
EACH = 12
"""Samples that pyplot draws in a round."""


def write_samples(folder: Path, count: int) -> list[Path]:
    """Spectra of a few bands with noise, as CSV."""
    x = np.linspace(4000, 400, POINTS)
    rng = np.random.default_rng(6)
    shape = [np.exp(-(((x - at) / wide) ** 2)) for at, wide in ((2920, 40), (1745, 12), (1460, 15))]
    files = []
    for number in range(count + 1):
        y = (
            0.02
            + sum(rng.uniform(0.2, 1.0) * band for band in shape)
            + rng.normal(0, 0.002, POINTS)
        )
        rows = "\n".join(f"{a:.4f},{b:.6f}" for a, b in zip(x, y, strict=True))
        files.append(folder / f"sample_{number:04d}.csv")
        files[-1].write_text(f"wavenumber,absorbance\n{rows}\n")
    return files


def idiomatic(baseline: Path, sample: Path) -> bytes:
    """One overlay, as tutorials have it."""
    fig, ax = plt.subplots(figsize=(10, 6))
    for file, colour in ((baseline, "#2E7D32"), (sample, "#1976D2")):
        data = np.genfromtxt(file, delimiter=",", skip_header=1)
        ax.plot(data[:, 0], data[:, 1], color=colour, linewidth=1.5, label=file.stem)
    ax.set_xlabel("Wavenumber (cm$^{-1}$)")
    ax.set_ylabel("Absorbance")
    ax.set_title(f"{sample.stem} vs {baseline.stem}")
    ax.invert_xaxis()
    ax.legend()
    fig.tight_layout()
    stream = io.BytesIO()
    fig.savefig(stream, format="png", dpi=300)
    plt.close(fig)
    return stream.getvalue()


class Peaks:
    """When items ended, and their peak memory in MiB, in that order."""

    def __init__(self) -> None:
        self.mib: list[float] = []
        self.at: list[float] = []

    @property
    def pace(self) -> float:
        """Seconds a sample, from the first finished to the last."""
        return (self.at[-1] - self.at[0]) / (len(self.at) - 1)

    def __call__(self, event: Event) -> None:
        if isinstance(event, ItemFinished):
            assert event.status == "done", event
            self.mib.append(event.peak_memory / 2**20)
            self.at.append(time.perf_counter())


def all_idiomatic(baseline: Path, samples: list[Path]) -> int:
    """Overlays one after the other; their bytes."""
    return sum(len(idiomatic(baseline, sample)) for sample in samples)


def a_sample(taken: Taken, count: int) -> Taken:
    """What one of so many samples took."""
    return Taken(taken.seconds / count, taken.cpu / count, taken.bytes // count)


def batch(files: list[Path], out: Path, workers: int, seen: Peaks) -> int:
    """Draw a whole batch; the bytes of its figures."""
    recipe = SpectraRecipe(baseline=str(files[0]), samples=tuple(map(str, files[1:])))
    options = RunOptions(workers=workers, force=True, log=False)
    result = mill.run(recipe, out, options=options, listeners=[seen])
    assert result.done == len(files) - 1, result
    return sum(path.stat().st_size for path in out.rglob("*.png"))


def pace_of(files: list[Path], out: Path) -> float:
    """Seconds a sample in a process of its own."""
    seen = Peaks()
    batch(files, out, 0, seen)
    return seen.pace


def apart(files: list[Path], out: Path) -> float:
    """Seconds a sample of two processes that do the same at once, each into its own folder."""
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        paces = pool.starmap(pace_of, [(files, out / "a"), (files, out / "b")])
    return statistics.mean(paces) / 2


def main() -> None:
    """Time all ways, print medians and ratios."""
    scale = arguments(__doc__ or "")
    count, times = scale((1000, 5), (90, 1), (12, 1))
    each = scale(EACH, EACH // 2, 1)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        files = write_samples(home, count)
        # What is imported and read only once is seen in neither.
        idiomatic(files[0], files[1])
        batch(files[:4], home / "warm", 0, Peaks())
        theirs: list[Taken] = []
        ours: list[Taken] = []
        paces, speedups, limits = [], [], []
        for number in range(times):
            some = files[1 + number * each :][:each]
            theirs.append(
                a_sample(taken_by(lambda some=some: all_idiomatic(files[0], some)), len(some))
            )
            third = files[: 1 + count // 3]
            out = home / f"one{number}"
            alone = Peaks()
            whole = taken_by(lambda third=third, out=out, seen=alone: batch(third, out, 0, seen))
            ours.append(a_sample(whole, len(third) - 1))
            together = Peaks()
            batch(third, home / f"two{number}", 2, together)
            paces.append(together.pace)
            speedups.append(alone.pace / together.pace)
            limits.append(alone.pace / apart(third, home / f"apart{number}"))
        last = Peaks()
        batch(files, home / "all", 2, last)
        memory = last.mib
    table(
        ("way", "ms a sample", "CPU", "KiB"),
        [
            (
                name,
                f"{median(some) * 1e3:.1f}",
                f"{median(some, 'cpu') * 1e3:.1f}",
                f"{median(some, 'bytes') / 1024:.0f}",
            )
            for name, some in (("idiomatic", theirs), ("figmill", ours))
        ]
        + [("figmill, two workers", f"{statistics.median(paces) * 1e3:.1f}", "", "")],
    )
    # Caches fill in the first half; from there on memory must not grow.
    fifth = len(memory) // 5
    early = statistics.median(memory[2 * fifth : 3 * fifth])
    late = statistics.median(memory[-fifth:])
    report(
        {
            "vs_idiomatic": ratio(theirs, ours),
            "vs_idiomatic_cpu": ratio(theirs, ours, "cpu"),
            "bytes_vs_idiomatic": ratio(ours, theirs, "bytes"),
            "two_worker_speedup": statistics.median(speedups),
            "two_process_limit": statistics.median(limits),
            "peak_mib": max(memory),
            "growth_mib": late - early,
            "ms_per_sample": median(ours) * 1e3,
            "ms_per_sample_cpu": median(ours, "cpu") * 1e3,
        }
    )


if __name__ == "__main__":
    main()
