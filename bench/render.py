"""Drawing: figmill against pyplot as commonly written, and against tuned matplotlib.

Every way draws the same 4 x 2 panels of 6000 x 48 cells (log energy, log colour, a colour bar
each) at 2800 x 2000 pixels, PNG bytes included; then 7 curves of 12,000 points at 3000 x 1800.
"""

from __future__ import annotations

import io
import statistics

import matplotlib as mpl
import numpy as np

from _common import arguments, ratio, report, rounds, table

mpl.use("agg")

import matplotlib.pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure as MplFigure

from figmill.figure import Axis, Bins, ColorScale, Curve, Figure, Panel, Spectrogram

ROWS, COLUMNS, RECORDS, BINS = 4, 2, 6000, 48
START, STEP = 884_900_000.0, 2.5
LIMITS = (1e4, 1e9)


def spectra(seed: int) -> list[np.ndarray]:
    """Positive values over five decades with structure in time and energy."""
    rng = np.random.default_rng(seed)
    time = np.linspace(0, 6 * np.pi, RECORDS)[:, None]
    energy = np.linspace(0, 1, BINS)[None, :]
    found = []
    for panel in range(ROWS * COLUMNS):
        peak = 0.5 + 0.3 * np.sin(time + panel)
        level = 4.5 + 4 * np.exp(-(((energy - peak) / 0.15) ** 2))
        found.append((10 ** (level + rng.normal(0, 0.15, (RECORDS, BINS)))).astype(np.float32))
    return found


TIME_EDGES = START + STEP * np.arange(RECORDS + 1)
ENERGY_EDGES = np.geomspace(4, 32_000, BINS + 1)


def idiomatic(values: list[np.ndarray]) -> bytes:
    """Pyplot as the documentation's examples have it."""
    figure, axes = plt.subplots(ROWS, COLUMNS, figsize=(14, 10), dpi=200)
    times = TIME_EDGES.astype("datetime64[s]").astype("datetime64[ms]")
    for number, (ax, data) in enumerate(zip(axes.flat, values, strict=True)):
        mesh = ax.pcolormesh(
            times, ENERGY_EDGES, data.T, norm=LogNorm(*LIMITS), cmap="viridis", shading="flat"
        )
        ax.set_yscale("log")
        ax.set_ylabel("Energy (eV)")
        ax.set_title(f"Panel {number + 1}")
        figure.colorbar(mesh, ax=ax, label="eV / (cm$^2$ s sr eV)")
    figure.suptitle("Eight spectrograms")
    figure.tight_layout()
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=200, bbox_inches="tight")
    plt.close(figure)
    return stream.getvalue()


class Tuned:
    """The same panels, tuned: one figure kept, imshow of binned data, fast PNG settings."""

    def __init__(self) -> None:
        self.figure = MplFigure(figsize=(14, 10), dpi=200)
        self.canvas = FigureCanvasAgg(self.figure)
        axes = self.figure.subplots(
            ROWS, COLUMNS, gridspec_kw={"left": 0.06, "right": 0.95, "top": 0.93, "bottom": 0.06}
        )
        self.images = []
        extent = (0, RECORDS * STEP / 3600, np.log10(ENERGY_EDGES[0]), np.log10(ENERGY_EDGES[-1]))
        for number, ax in enumerate(axes.flat):
            image = ax.imshow(
                np.zeros((BINS, RECORDS // 6)),
                extent=extent,
                aspect="auto",
                origin="lower",
                interpolation="nearest",
                vmin=np.log10(LIMITS[0]),
                vmax=np.log10(LIMITS[1]),
            )
            ax.set_ylabel("log energy (eV)")
            ax.set_title(f"Panel {number + 1}")
            self.figure.colorbar(image, ax=ax, label="log eV / (cm$^2$ s sr eV)")
            self.images.append(image)
        self.figure.suptitle("Eight spectrograms")

    def draw(self, values: list[np.ndarray]) -> bytes:
        for image, data in zip(self.images, values, strict=True):
            binned = data.reshape(RECORDS // 6, 6, BINS).mean(axis=1)
            image.set_data(np.log10(binned).T)
        stream = io.BytesIO()
        self.canvas.print_png(stream, pil_kwargs={"compress_level": 1})
        return stream.getvalue()


def ours(values: list[np.ndarray]) -> bytes:
    """The same panels described to figmill, from scratch every time."""
    scale = ColorScale("log", limits=LIMITS, label="Energy flux", unit="eV/(cm^2 s sr eV)")
    x, y = Bins.from_edges(TIME_EDGES), Bins.from_edges(ENERGY_EDGES)
    panels = [
        Panel(
            Spectrogram(x, y, data, scale),
            x=Axis("time"),
            y=Axis("log", label="Energy", unit="eV"),
            title=f"Panel {number + 1}",
        )
        for number, data in enumerate(values)
    ]
    rows = [panels[i : i + COLUMNS] for i in range(0, len(panels), COLUMNS)]
    figure = Figure(rows, title="Eight spectrograms", size=(14, 10), dpi=200, share_x=False)
    return figure.to_bytes("png")


def curves(seed: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """Seven noisy decays of 12,000 points."""
    rng = np.random.default_rng(seed)
    t = np.linspace(0, 180, 12_000)
    return t, [
        (k + 1) * (1 - np.exp(-t / (20 + 5 * k))) + rng.normal(0, 0.02, t.size) for k in range(7)
    ]


def curves_idiomatic(t: np.ndarray, many: list[np.ndarray]) -> bytes:
    figure, ax = plt.subplots(figsize=(10, 6), dpi=300)
    for number, y in enumerate(many):
        ax.plot(t, y, label=f"Run {number + 1}", linewidth=1.3)
    ax.set_xlabel("t (s)")
    ax.set_ylabel(r"$\Delta I_{ds}$ (µA)")
    ax.legend()
    figure.tight_layout()
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=300)
    plt.close(figure)
    return stream.getvalue()


def curves_ours(t: np.ndarray, many: list[np.ndarray]) -> bytes:
    layers = [Curve(t, y, label=f"Run {number + 1}", width=1.3) for number, y in enumerate(many)]
    panel = Panel(layers, x=Axis(label="t", unit="s"), y=Axis(label="ΔI_{ds}", unit="uA"))
    return Figure(panel, size=(10, 6), dpi=300).to_bytes("png")


def main() -> None:
    """Time all ways in turn, print medians and ratios."""
    options = arguments(__doc__ or "")
    repeat = 3 if options.quick else 9
    tuned = Tuned()
    sets = [spectra(seed) for seed in range(2)]
    turn = iter(range(10**9))

    def data() -> list[np.ndarray]:
        return sets[next(turn) % 2]  # new values every time: nothing drawn can be kept

    ways = {
        "idiomatic": lambda: idiomatic(data()),
        "tuned": lambda: tuned.draw(data()),
        "figmill": lambda: ours(data()),
    }
    for way in ways.values():
        way()
    spectrograms = rounds(ways, repeat)
    t, many = curves(0)
    line_ways = {
        "idiomatic": lambda: curves_idiomatic(t, many),
        "figmill": lambda: curves_ours(t, many),
    }
    for way in line_ways.values():
        way()
    lines = rounds(line_ways, repeat * 2)

    rows = [
        (f"spectrograms, {name}", f"{statistics.median(s) * 1e3:.1f}")
        for name, s in spectrograms.items()
    ]
    rows += [(f"curves, {name}", f"{statistics.median(s) * 1e3:.1f}") for name, s in lines.items()]
    table(("way", "ms a figure"), rows)
    report(
        {
            "vs_idiomatic": ratio(spectrograms["idiomatic"], spectrograms["figmill"]),
            "vs_tuned": ratio(spectrograms["tuned"], spectrograms["figmill"]),
            "curves_vs_idiomatic": ratio(lines["idiomatic"], lines["figmill"]),
            "ms_per_figure": statistics.median(spectrograms["figmill"]) * 1e3,
        }
    )


if __name__ == "__main__":
    main()
