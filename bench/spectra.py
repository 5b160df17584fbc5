"""Spectra: overlays of 1,000 samples of 3,600 points at 10 x 6 in and 300 dpi, parsing included.

Against pyplot as commonly written (numpy.genfromtxt, subplots, plot, legend, savefig). Then the
whole batch with one worker and with two, and the memory of a worker at the start and at the end.
"""

from __future__ import annotations

import io
import statistics
import tempfile
import time
from pathlib import Path

import matplotlib as mpl
import numpy as np

from _common import arguments, ratio, report, rounds, table

mpl.use("agg")

import matplotlib.pyplot as plt

from figmill import mill
from figmill.engine import Event, RunOptions
from figmill.engine.events import ItemFinished
from figmill.recipes.spectra import SpectraRecipe

POINTS = 3600
EACH = 10
"""Samples in a round."""


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
    """The peak memory of items, in MiB, in the order in which they ended."""

    def __init__(self) -> None:
        self.mib: list[float] = []

    def __call__(self, event: Event) -> None:
        if isinstance(event, ItemFinished):
            assert event.status == "done", event
            self.mib.append(event.peak_memory / 2**20)


def batch(files: list[Path], out: Path, workers: int) -> tuple[float, list[float]]:
    """Seconds for a whole batch, and the memory of each item's worker."""
    recipe = SpectraRecipe(baseline=str(files[0]), samples=tuple(map(str, files[1:])))
    peaks = Peaks()
    options = RunOptions(workers=workers, force=True, log=False)
    start = time.perf_counter()
    result = mill.run(recipe, out, options=options, listeners=[peaks])
    seconds = time.perf_counter() - start
    assert result.done == len(files) - 1, result
    return seconds, peaks.mib


def main() -> None:
    """Time all ways, print medians and ratios."""
    options = arguments(__doc__ or "")
    count = 120 if options.quick else 1000
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        files = write_samples(home, count)
        # New samples in every round: nothing of them, not even a title, was drawn before.
        fresh = {way: iter(range(1, count, EACH)) for way in ("idiomatic", "figmill")}

        def theirs() -> None:
            start = next(fresh["idiomatic"])
            for file in files[start : start + EACH]:
                idiomatic(files[0], file)

        def ours() -> None:
            start = next(fresh["figmill"])
            samples = tuple(map(str, files[start : start + EACH]))
            recipe = SpectraRecipe(baseline=str(files[0]), samples=samples)
            mill.run(recipe, home / f"few{start}", options=RunOptions(workers=0, log=False))

        ways = {"idiomatic": theirs, "figmill": ours}
        ours()
        theirs()
        seconds = rounds(ways, 3 if options.quick else 7)
        ones, twos, memory = [], [], []
        for number in range(1 if options.quick else 3):
            one, _ = batch(files, home / f"one{number}", 1)
            two, memory = batch(files, home / f"two{number}", 2)
            ones.append(one)
            twos.append(two)
    each = {name: statistics.median(s) / EACH * 1e3 for name, s in seconds.items()}
    table(("way", "ms a sample"), [(name, f"{ms:.1f}") for name, ms in each.items()])
    table(
        ("workers", "s", "ms a sample"),
        [
            (workers, f"{statistics.median(s):.2f}", f"{statistics.median(s) / count * 1e3:.1f}")
            for workers, s in ((1, ones), (2, twos))
        ],
    )
    # Caches fill in the first half; from there on memory must not grow.
    fifth = len(memory) // 5
    early = statistics.median(memory[2 * fifth : 3 * fifth])
    late = statistics.median(memory[-fifth:])
    report(
        {
            "vs_idiomatic": ratio(seconds["idiomatic"], seconds["figmill"]),
            "two_worker_speedup": ratio(ones, twos),
            "peak_mib": max(memory),
            "growth_mib": late - early,
            "ms_per_sample": each["figmill"],
        }
    )


if __name__ == "__main__":
    main()
