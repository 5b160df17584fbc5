"""Curves of CSV files, one figure a file: figmill against pandas and pyplot, reading included.

Files of 401 rows and three columns under a line of settings and a line of names, made by program.
The script reads with pandas.read_csv and draws with subplots, plot, labels, tight_layout and
savefig, at the same size and resolution. In every round it draws a few files, and then figmill a
third of them all in this process, with its ledger and durable files. At the end two workers draw
all of them, for the time to the first figure and their memory.

Last line: vs_idiomatic (with _cpu, seconds of CPU), bytes_vs_idiomatic (of figures), files_per_s
(one process), first_figure_s (of the run of all files, planned first), peak_mib (of a worker).
"""

from __future__ import annotations

import importlib.util
import io
import tempfile
import time
from pathlib import Path

import matplotlib as mpl
import numpy as np

from _common import Taken, arguments, median, ratio, report, table, taken_by

mpl.use("agg")

import matplotlib.pyplot as plt

from figmill import mill
from figmill.curves import PlotRecipe
from figmill.engine import Event, RunOptions
from figmill.engine.events import ItemFinished

ROWS = 401
EACH = 12
"""Files that pyplot draws in a round."""
SIZE, DPI = (6.0, 4.2), 150


def write_tables(folder: Path, count: int) -> list[Path]:
    """Transfer curves with noise."""
    folder.mkdir()
    rng = np.random.default_rng(5)
    x = np.linspace(-1.0, 3.0, ROWS)
    files = []
    for number in range(count):
        y = 1e-5 / (1 + np.exp(-(x - rng.normal(0.8, 0.1)) / 0.08))
        noisy = y + rng.normal(0, 1e-8, ROWS)
        leak = rng.normal(1e-9, 1e-10, ROWS)
        rows = "\n".join(f"{a:.3f},{b:.5e},{c:.5e}" for a, b, c in zip(x, noisy, leak, strict=True))
        files.append(folder / f"device_{number:05d}.csv")
        files[-1].write_text(f"# Drain voltage: 0.1 V\nVG (V),ID (A),IG (A)\n{rows}\n")
    return files


def idiomatic(file: Path) -> bytes:
    """One figure, as tutorials have it."""
    import pandas as pd

    data = pd.read_csv(file, comment="#")
    fig, ax = plt.subplots(figsize=SIZE)
    for name in data.columns[1:]:
        ax.plot(data[data.columns[0]], data[name], label=name)
    ax.set_xlabel(data.columns[0])
    ax.set_ylabel("ID, IG (A)")
    ax.set_title(file.stem)
    ax.legend()
    fig.tight_layout()
    stream = io.BytesIO()
    fig.savefig(stream, format="png", dpi=DPI)
    plt.close(fig)
    return stream.getvalue()


class Seen:
    """When the first item ended, and the peak memory of workers in MiB."""

    def __init__(self) -> None:
        self.first = 0.0
        self.mib = 0.0

    def __call__(self, event: Event) -> None:
        if isinstance(event, ItemFinished):
            assert event.status == "done", event
            self.first = self.first or time.perf_counter()
            self.mib = max(self.mib, event.peak_memory / 2**20)


def batch(files: list[Path], out: Path, workers: int, seen: Seen) -> int:
    """Draw files; the bytes of their figures."""
    recipe = PlotRecipe(paths=tuple(map(str, files)))
    options = RunOptions(workers=workers, force=True, log=False)
    result = mill.run(recipe, out, options=options, listeners=[seen])
    assert result.done == len(files), result
    return sum(path.stat().st_size for path in out.rglob("*.png"))


def all_idiomatic(files: list[Path]) -> int:
    """Figures one after the other; their bytes."""
    return sum(len(idiomatic(file)) for file in files)


def a_file(taken: Taken, count: int) -> Taken:
    """What one of so many files took."""
    return Taken(taken.seconds / count, taken.cpu / count, taken.bytes // count)


def main() -> None:
    """Time both ways, print medians and ratios."""
    scale = arguments(__doc__ or "")
    count, times = scale((5000, 5), (300, 3), (6, 1))
    each = scale(EACH, EACH, 1)
    compared = importlib.util.find_spec("pandas") is not None
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        files = write_tables(home / "data", count)
        third = files[: max(1, count // 3)]
        if compared:
            idiomatic(files[0])  # what is imported only once is seen in neither
        else:
            print("pandas is not installed: nothing to compare with", flush=True)
        batch(files[:3], home / "warm", 0, Seen())
        theirs: list[Taken] = []
        ours: list[Taken] = []
        for number in range(times):
            some = files[number * each :][:each]
            if compared:
                theirs.append(a_file(taken_by(lambda some=some: all_idiomatic(some)), len(some)))
            out = home / f"one{number}"
            whole = taken_by(lambda out=out: batch(third, out, 0, Seen()))
            ours.append(a_file(whole, len(third)))
        last = Seen()
        begin = time.perf_counter()
        batch(files, home / "all", 2, last)
    ways = [("idiomatic", theirs)] if compared else []
    table(
        ("way", "ms a file", "CPU", "KiB"),
        [
            (
                name,
                f"{median(some) * 1e3:.1f}",
                f"{median(some, 'cpu') * 1e3:.1f}",
                f"{median(some, 'bytes') / 1024:.0f}",
            )
            for name, some in (*ways, ("figmill", ours))
        ],
    )
    found = {
        "files_per_s": 1 / median(ours),
        "first_figure_s": last.first - begin,
        "peak_mib": last.mib,
    }
    if compared:
        found |= {
            "vs_idiomatic": ratio(theirs, ours),
            "vs_idiomatic_cpu": ratio(theirs, ours, "cpu"),
            "bytes_vs_idiomatic": ratio(ours, theirs, "bytes"),
        }
    report(found)


if __name__ == "__main__":
    main()
