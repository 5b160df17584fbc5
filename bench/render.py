"""Drawing against pyplot as commonly written, tuned matplotlib, and PyQtGraph.

Every way draws the same 4 x 2 panels of 6000 x 48 cells (time, log energy, log colour, a colour bar
each) at 2800 x 2000 pixels as users draw them: limits from the data, a new title each time, PNG
bytes included; then 7 curves of 12,000 points at 3000 x 1800. That they are the same picture is
checked by their size and by the area of their panels.

idiomatic   pyplot as the documentation's examples have it, tightened once.
tuned       matplotlib, one figure kept: the frame is copied back (blit), cells averaged and curves
            reduced to the least and largest of each pixel column beforehand, PNG by ISA-L.
pyqtgraph   one scene kept, rendered without a window; PNG by ISA-L. Needs the extra `bench`.

Last line: vs_idiomatic, vs_tuned, vs_pyqtgraph, curves_vs_idiomatic, curves_vs_tuned (seconds of
theirs by figmill's, the median over interleaved rounds; with _cpu, seconds of CPU),
bytes_vs_matplotlib (the file of figmill by that of pyplot), curves_bytes_vs_matplotlib,
ms_per_figure, long_curve_ms (one curve of 10^7 points).
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import numpy as np
from PIL import Image

from _common import Scale, Taken, arguments, median, ratio, report, table
from _png import Encoder
from _pyqtgraph import Apart

mpl.use("agg")

import matplotlib.pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LogNorm
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure as MplFigure

from figmill.figure import Axis, Bins, ColorScale, Curve, Figure, Panel, Spectrogram

ROWS, COLUMNS, BINS = 4, 2, 48
START, STEP = 884_900_000.0, 2.5
ENERGY_EDGES = np.geomspace(4, 32_000, BINS + 1)
SIZE, CURVES_SIZE = (2800, 2000), (3000, 1800)
POINTS = 12_000
REDUCED = 6
"""So many records share a pixel column, give or take; the kept peers get their means."""


def time_edges(values: list[np.ndarray]) -> np.ndarray:
    """Seconds since 1970."""
    return START + STEP * np.arange(len(values[0]) + 1)


def spectra(seed: int, records: int) -> list[np.ndarray]:
    """Positive values over five decades with structure in time and energy."""
    rng = np.random.default_rng(seed)
    time = np.linspace(0, 6 * np.pi, records)[:, None]
    energy = np.linspace(0, 1, BINS)[None, :]
    found = []
    for panel in range(ROWS * COLUMNS):
        peak = 0.5 + 0.3 * np.sin(time + panel)
        level = 4.5 + 4 * np.exp(-(((energy - peak) / 0.15) ** 2))
        found.append((10 ** (level + rng.normal(0, 0.15, (records, BINS)))).astype(np.float32))
    return found


def curves(seed: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """Seven noisy rises of 12,000 points."""
    rng = np.random.default_rng(seed)
    t = np.linspace(0, 180, POINTS)
    return t, [
        (k + 1) * (1 - np.exp(-t / (20 + 5 * k))) + rng.normal(0, 0.02, t.size) for k in range(7)
    ]


def idiomatic(values: list[np.ndarray], title: str) -> bytes:
    """Pyplot as the documentation's examples have it."""
    figure, axes = plt.subplots(ROWS, COLUMNS, figsize=(14, 10), dpi=200)
    times = (time_edges(values) * 1e3).astype("datetime64[ms]")
    for number, (ax, data) in enumerate(zip(axes.flat, values, strict=True)):
        mesh = ax.pcolormesh(
            times, ENERGY_EDGES, data.T, norm=LogNorm(), cmap="viridis", shading="flat"
        )
        ax.set_yscale("log")
        ax.set_ylabel("Energy (eV)")
        ax.set_title(f"Panel {number + 1}")
        figure.colorbar(mesh, ax=ax, label="eV / (cm$^2$ s sr eV)")
    figure.suptitle(title)
    figure.tight_layout()
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=200)
    plt.close(figure)
    return stream.getvalue()


class Blitted:
    """A kept matplotlib figure: what changes is drawn over a copy of what stays."""

    def __init__(self, size: tuple[int, int], dpi: int) -> None:
        inches = (size[0] / dpi, size[1] / dpi)
        self.figure = MplFigure(figsize=inches, dpi=dpi)
        self.canvas = FigureCanvasAgg(self.figure)
        self.changing: list[mpl.artist.Artist] = []
        self.title = self.figure.suptitle("")
        self._encoded = Encoder(size, dpi)

    def keep(self) -> None:
        """Draw what stays, once."""
        self.changing.append(self.title)
        for artist in self.changing:
            artist.set_animated(True)
        self.canvas.draw()
        self._kept = self.canvas.copy_from_bbox(self.figure.bbox)
        self._renderer = self.canvas.get_renderer()

    def encoded(self) -> bytes:
        """Draw what changes, as a PNG."""
        self.canvas.restore_region(self._kept)
        for artist in self.changing:
            artist.draw(self._renderer)
        return self._encoded(np.asarray(self.canvas.buffer_rgba()))


class TunedSpectrograms(Blitted):
    """The panels of `idiomatic`."""

    def __init__(self, values: list[np.ndarray]) -> None:
        super().__init__(SIZE, 200)
        axes = self.figure.subplots(
            ROWS, COLUMNS, gridspec_kw={"left": 0.06, "right": 0.9, "top": 0.93, "bottom": 0.05}
        )
        self.figure.subplots_adjust(wspace=0.32, hspace=0.42)
        low, high = np.log10(ENERGY_EDGES[[0, -1]])
        first, last = date2num(time_edges(values)[[0, -1]].astype("datetime64[s]"))
        self.images, self.bars = [], []
        for number, ax in enumerate(axes.flat):
            image = ax.imshow(
                np.zeros((BINS, 2, 4), np.uint8),
                extent=(first, last, low, high),
                aspect="auto",
                origin="lower",
                interpolation="nearest",
            )
            locator = AutoDateLocator()
            ax.xaxis.set_major_locator(locator)
            ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
            ax.set_ylabel("log energy (eV)")
            ax.set_title(f"Panel {number + 1}")
            box = ax.get_position()
            bar = self.figure.add_axes((box.x1 + 0.008, box.y0, 0.007, box.height))
            # The colours of a bar stay; only the numbers beside it change.
            ramp = np.linspace(0, 1, 256)[:, None]
            bar.imshow(ramp, aspect="auto", origin="lower", extent=(0, 1, 0, 1))
            bar.set_xticks([])
            bar.yaxis.tick_right()
            bar.yaxis.set_label_position("right")
            bar.set_ylabel("log eV / (cm$^2$ s sr eV)")
            scale = bar.twinx()
            scale.yaxis.tick_right()
            bar.set_yticks([])
            bar.yaxis.labelpad = 30
            self.images.append(image)
            self.bars.append(scale)
            self.changing += [image, scale.yaxis]
        self.colors = mpl.colormaps["viridis"]
        self.keep()

    def draw(self, values: list[np.ndarray], title: str) -> bytes:
        self.title.set_text(title)
        for image, bar, data in zip(self.images, self.bars, reduced(values), strict=True):
            low, high = float(data.min()), float(data.max())
            image.set_data(self.colors((data.T - low) / (high - low), bytes=True))
            bar.set_ylim(low, high)
        return self.encoded()


def reduced(values: list[np.ndarray]) -> list[np.ndarray]:
    """The logarithms of means over as many records as share a pixel column."""
    return [np.log10(v.reshape(-1, REDUCED, BINS).mean(axis=1)) for v in values]


def ours(values: list[np.ndarray], title: str) -> bytes:
    """The same panels described to figmill, from scratch every time."""
    scale = ColorScale("log", label="Energy flux", unit="eV/(cm^2 s sr eV)")
    x, y = Bins.from_edges(time_edges(values)), Bins.from_edges(ENERGY_EDGES)
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
    figure = Figure(rows, title=title, size=(14, 10), dpi=200, share_x=False)
    return figure.to_bytes("png")


def curves_idiomatic(t: np.ndarray, many: list[np.ndarray], title: str) -> bytes:
    figure, ax = plt.subplots(figsize=(10, 6), dpi=300)
    for number, y in enumerate(many):
        ax.plot(t, y, label=f"Run {number + 1}", linewidth=1.3)
    ax.set_xlabel("t (s)")
    ax.set_ylabel(r"$\Delta I_{ds}$ (µA)")
    ax.set_title(title)
    ax.legend()
    figure.tight_layout()
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=300)
    plt.close(figure)
    return stream.getvalue()


class TunedCurves(Blitted):
    """The curves of `curves_idiomatic`; each pixel column has its least and largest value."""

    _EACH = 5  # 12,000 points on some 2,600 pixels

    def __init__(self, t: np.ndarray, count: int) -> None:
        super().__init__(CURVES_SIZE, 300)
        self.ax = self.figure.subplots(
            gridspec_kw={"left": 0.07, "right": 0.98, "top": 0.92, "bottom": 0.1}
        )
        # Each column's two values stand at its first and middle point.
        places = t.reshape(-1, self._EACH)[:, [0, self._EACH // 2]].ravel()
        with mpl.rc_context({"path.simplify_threshold": 1.0, "agg.path.chunksize": 0}):
            self.lines = [
                self.ax.plot(places, places * 0, label=f"Run {number + 1}", linewidth=1.3)[0]
                for number in range(count)
            ]
        self.ax.set_xlim(t[0], t[-1])
        self.ax.set_xlabel("t (s)")
        self.ax.set_ylabel(r"$\Delta I_{ds}$ (µA)")
        legend = self.ax.legend(loc="upper left")
        self.changing += [self.ax.yaxis, *self.lines, legend]
        self.keep()

    def draw(self, many: list[np.ndarray], title: str) -> bytes:
        self.title.set_text(title)
        lows, highs = [], []
        for line, y in zip(self.lines, many, strict=True):
            columns = y.reshape(-1, self._EACH)
            both = np.stack((columns.min(axis=1), columns.max(axis=1)), axis=1).ravel()
            line.set_ydata(both)
            lows.append(both.min())
            highs.append(both.max())
        low, high = min(lows), max(highs)
        margin = 0.05 * (high - low)
        self.ax.set_ylim(low - margin, high + margin)
        return self.encoded()


def curves_ours(t: np.ndarray, many: list[np.ndarray], title: str) -> bytes:
    layers = [Curve(t, y, label=f"Run {number + 1}", width=1.3) for number, y in enumerate(many)]
    panel = Panel(layers, x=Axis(label="t", unit="s"), y=Axis(label="ΔI_{ds}", unit="uA"))
    return Figure(panel, title=title, size=(10, 6), dpi=300).to_bytes("png")


def long_curve(x: np.ndarray, y: np.ndarray, title: str) -> bytes:
    panel = Panel(Curve(x, y), x=Axis(label="t", unit="s"), y=Axis(label="B", unit="nT"))
    return Figure(panel, title=title, size=(10, 6), dpi=300).to_bytes("png")


def coloured(data: bytes) -> tuple[tuple[int, int], float, float]:
    """What there is of colour in a picture, whoever drew it.

    Returns
    -------
    tuple
        The picture's width and height; the share of it that is coloured (not grey); the share that
        the smallest box around everything coloured takes.
    """
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    pixels = np.asarray(picture).astype(np.int16)
    seen = np.ptp(pixels, axis=2) > 24
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    box = (rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1) if len(rows) else 0
    return picture.size, float(seen.mean()), box / seen.size


def check_same(drawn: dict[str, bytes], size: tuple[int, int], *, filled: bool) -> dict[str, float]:
    """Look that all ways draw the same picture; give the share of panels of each.

    Raises
    ------
    SystemExit
        A picture has another size, or its panels are by a fifth larger or smaller than figmill's.
    """
    shares = {}
    for name, data in drawn.items():
        found, share, box = coloured(data)
        shares[name] = share if filled else box
        if found != size:
            raise SystemExit(f"{name} drew {found} pixels where {size} were asked for")
    for name, share in shares.items():
        if not 0.8 < share / shares["figmill"] < 1.25:
            raise SystemExit(f"not the same picture: panels take {share:.0%} by {name}, {shares}")
    return shares


def pyqtgraph(sets: list[list[np.ndarray]]) -> Apart | None:
    """PyQtGraph in its process, or None where it is not installed, told aloud."""
    times, energies = tuple(time_edges(sets[0])[[0, -1]]), tuple(ENERGY_EDGES[[0, -1]])
    try:
        return Apart(sets, reduced, ROWS, COLUMNS, SIZE, times, energies)
    except ImportError as error:
        print(f"vs_pyqtgraph is left out: {error}. Install figmill[bench] for it.", flush=True)
        return None


class Turns:
    """Calls ways with other values and a new title every time: nothing drawn can be kept."""

    def __init__(self, count: int) -> None:
        self._number = itertools.count()
        self._count = count

    def of(self, way: Callable[[int, str], Any]) -> Callable[[], Any]:
        """A call without arguments."""

        def call() -> Any:
            number = next(self._number)
            return way(number % self._count, f"Orbit {number + 1000}")

        return call


def spectrogram_rounds(scale: Scale) -> tuple[dict[str, list[Taken]], dict[str, float]]:
    """Time the spectrograms of all ways, once they are known to be the same picture.

    Returns
    -------
    tuple
        What each way took; "beside idiomatic" is figmill in pyplot's rounds, which are fewer. And
        the share of panels in each picture.
    """
    sets = [spectra(seed, scale(6000, 6000, 600)) for seed in range(2)]
    tuned = TunedSpectrograms(sets[0])
    turns = Turns(len(sets))
    quick = {
        "tuned": turns.of(lambda number, title: tuned.draw(sets[number], title)),
        "figmill": turns.of(lambda number, title: ours(sets[number], title)),
    }
    slow = {
        "idiomatic": turns.of(lambda number, title: idiomatic(sets[number], title)),
        "figmill": quick["figmill"],
    }
    drawn = {name: way() for name, way in {**slow, **quick}.items()}
    scene = pyqtgraph(sets)
    if scene is not None:
        drawn["pyqtgraph"] = scene.draw(0, "Orbit 999")[1]
        quick["pyqtgraph"] = turns.of(lambda number, title: scene.draw(number, title)[0])
    shares = check_same(drawn, SIZE, filled=True)
    # A round of pyplot takes seconds: those that take milliseconds have rounds of their own.
    close, taken = scale.rounds(quick, 60, 20), scale.rounds(slow, 9, 2)
    if scene is not None:
        scene.close()
    both = {"idiomatic": taken["idiomatic"], "beside idiomatic": taken["figmill"]}
    return {**close, **both}, shares


def curve_rounds(scale: Scale) -> tuple[dict[str, list[Taken]], dict[str, float]]:
    """Time the curves of all ways, once they are known to be the same picture."""
    sets = [curves(seed) for seed in range(2)]
    tuned = TunedCurves(sets[0][0], len(sets[0][1]))
    turns = Turns(len(sets))
    ways = {
        "idiomatic": turns.of(lambda number, title: curves_idiomatic(*sets[number], title)),
        "tuned": turns.of(lambda number, title: tuned.draw(sets[number][1], title)),
        "figmill": turns.of(lambda number, title: curves_ours(*sets[number], title)),
    }
    shares = check_same({name: way() for name, way in ways.items()}, CURVES_SIZE, filled=False)
    return scale.rounds(ways, 30, 5), shares


def long_points(scale: Scale) -> int:
    """Of the long curve."""
    return scale(10**7, 10**7, 10**5)


def long_rounds(scale: Scale) -> list[Taken]:
    """Time one curve of 10^7 points, with values that no earlier call has seen."""
    count = long_points(scale)
    rng = np.random.default_rng(3)
    x = np.linspace(0.0, 86_400.0, count)
    sets = [np.cumsum(rng.standard_normal(count, np.float32)).astype(np.float64) for _ in range(2)]
    turns = Turns(len(sets))
    draw = turns.of(lambda number, title: long_curve(x, sets[number], title))
    draw()
    return scale.rounds({"figmill": draw}, 15, 3)["figmill"]


def main() -> None:
    """Time all ways in turn, print medians and ratios."""
    scale = arguments(__doc__ or "")
    spectrograms, shares = spectrogram_rounds(scale)
    lines, line_shares = curve_rounds(scale)
    long = long_rounds(scale)
    rows = []
    beside = spectrograms.pop("beside idiomatic")
    for what, ways, areas in (
        ("spectrograms", spectrograms, shares),
        ("curves", lines, line_shares),
    ):
        for name, taken in ways.items():
            wall, cpu = median(taken) * 1e3, median(taken, "cpu") * 1e3
            size = f"{median(taken, 'bytes') / 1024:.0f}"
            rows.append(
                (f"{what}, {name}", f"{wall:.1f}", f"{cpu:.1f}", size, f"{areas[name]:.0%}")
            )
    wall, cpu = median(long) * 1e3, median(long, "cpu") * 1e3
    size = f"{median(long, 'bytes') / 1024:.0f}"
    rows.append(
        (f"curve of {long_points(scale):,} points, figmill", f"{wall:.1f}", f"{cpu:.1f}", size, "")
    )
    table(("way", "ms", "ms CPU", "KiB", "panels"), rows)
    mine, plain = spectrograms["figmill"], lines["figmill"]
    figures = {
        "vs_idiomatic": ratio(spectrograms["idiomatic"], beside),
        "vs_idiomatic_cpu": ratio(spectrograms["idiomatic"], beside, "cpu"),
        "vs_tuned": ratio(spectrograms["tuned"], mine),
        "vs_tuned_cpu": ratio(spectrograms["tuned"], mine, "cpu"),
    }
    if "pyqtgraph" in spectrograms:
        figures["vs_pyqtgraph"] = ratio(spectrograms["pyqtgraph"], mine)
        figures["vs_pyqtgraph_cpu"] = ratio(spectrograms["pyqtgraph"], mine, "cpu")
    figures |= {
        "bytes_vs_matplotlib": ratio(beside, spectrograms["idiomatic"], "bytes"),
        "curves_vs_idiomatic": ratio(lines["idiomatic"], plain),
        "curves_vs_idiomatic_cpu": ratio(lines["idiomatic"], plain, "cpu"),
        "curves_vs_tuned": ratio(lines["tuned"], plain),
        "curves_vs_tuned_cpu": ratio(lines["tuned"], plain, "cpu"),
        "curves_bytes_vs_matplotlib": ratio(plain, lines["idiomatic"], "bytes"),
        "ms_per_figure": median(mine) * 1e3,
        "ms_per_figure_cpu": median(mine, "cpu") * 1e3,
        "long_curve_ms": median(long) * 1e3,
        "long_curve_ms_cpu": median(long, "cpu") * 1e3,
    }
    report(figures)


if __name__ == "__main__":
    main()
