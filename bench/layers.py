"""Each kind of layer beside pyplot as its documentation's examples have it.

One panel of 5 x 3.5 inches at 150 dpi, with labels and a legend, new values and a new title each
time, PNG bytes included. Pyplot's figure is made, saved and closed.

Last line: for each layer, seconds of pyplot's by figmill's, the median over interleaved rounds;
with _cpu, seconds of CPU. `least` is the lowest of them.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from itertools import count
from typing import Any

import matplotlib as mpl
import numpy as np

from _common import Scale, arguments, median, ratio, report, table

mpl.use("agg")

import matplotlib.pyplot as plt

from figmill.figure import (
    Arrow,
    Axis,
    Bars,
    Boxes,
    ColorScale,
    Contours,
    Curve,
    ErrorBand,
    ErrorBars,
    Figure,
    FunctionAxis,
    Histogram,
    Layer,
    Mesh,
    Panel,
    Scatter,
    TextBox,
    heat_map,
)

RNG = np.random.default_rng(0)
SIZE, DPI = (5.0, 3.5), 150

X = np.linspace(0.0, 10.0, 200)


def y() -> np.ndarray:
    """New values of a rise over `X`."""
    return X**1.5 + RNG.normal(0, 1, X.size)


def panel(*layers: Layer, **options: Any) -> Panel:
    """What figmill draws."""
    return Panel(layers, x=Axis(label="x", unit="m"), y=Axis(label="y", unit="V"), **options)


def error_bars(ax: Any, values: np.ndarray) -> None:
    """200 points with bars."""
    ax.errorbar(X, values, np.full(X.size, 2.0), fmt="o", ms=4, capsize=2, label="measured")


def error_band(ax: Any, values: np.ndarray) -> None:
    """A line and its band."""
    ax.fill_between(X, values - 2, values + 2, alpha=0.2)
    ax.plot(X, values, label="model")


def second_axis(ax: Any, values: np.ndarray) -> None:
    """Two curves on two y axes."""
    ax.plot(X, values, label="one")
    right = ax.twinx()
    right.plot(X, values**2, "--", label="two")
    right.set_ylabel("y2 (V)")


def symlog(ax: Any, values: np.ndarray) -> None:
    """A curve on a symlog axis."""
    ax.plot(X, values**3 - 100, label="one")
    ax.set_yscale("symlog", linthresh=1.0)


def second_x(ax: Any, values: np.ndarray) -> None:
    """A second x axis over the panel."""
    ax.plot(X + 1, values, label="one")
    ax.secondary_xaxis("top", functions=(inverse, inverse)).set_xlabel("1/x (1/m)")


def inverse(values: np.ndarray) -> np.ndarray:
    """1 / x, without a warning at 0, which matplotlib asks for."""
    return 1 / np.maximum(values, 1e-9)


def scatter(ax: Any, values: np.ndarray) -> None:
    """2000 points by value and size."""
    x, y, v = cloud(values)
    made = ax.scatter(x, y, s=9 + np.abs(v), c=v, label="runs")
    plt.colorbar(made, ax=ax, label="v (1/s)")


def cloud(values: np.ndarray) -> tuple[np.ndarray, ...]:
    """Places and values of 2000 points."""
    x = np.tile(values, 10)
    return x, np.roll(x, 1), np.roll(x, 2)


def clouded(values: np.ndarray) -> Scatter:
    """The same, of figmill."""
    x, y, v = cloud(values)
    scale = ColorScale(label="v", unit="1/s")
    return Scatter(x, y, v, scale, size=np.sqrt(9 + np.abs(v)), label="runs")


def bars(ax: Any, values: np.ndarray) -> None:
    """Two groups of bars by category."""
    names = [f"s{k}" for k in range(10)]
    ax.bar(np.arange(10) - 0.2, np.abs(values[:10]), 0.4, label="dark")
    ax.bar(np.arange(10) + 0.2, np.abs(values[10:20]), 0.4, label="light")
    ax.set_xticks(range(10), names)


def histogram(ax: Any, values: np.ndarray) -> None:
    """A histogram of 50 bins."""
    ax.hist(values, 50, label="runs")


def boxes(ax: Any, values: np.ndarray) -> None:
    """Ten boxes."""
    ax.boxplot(values.reshape(10, 20).T)


def remarks(ax: Any, values: np.ndarray) -> None:
    """A curve with a text box and an arrow."""
    ax.plot(X, values, label="one")
    ax.text(0.05, 0.7, "T = 4.2 K", transform=ax.transAxes, bbox={"facecolor": "white"})
    ax.annotate("end", (10, values[-1]), (7, 25), arrowprops={"arrowstyle": "-|>"})


def grid(values: np.ndarray) -> tuple[np.ndarray, ...]:
    """Corners of a bent grid of 200 x 100 cells, and values."""
    angle = np.linspace(0, 3, 101)
    v = values[:, None] + np.sin(5 * angle[1:])
    r = np.linspace(1, 2, 201)[:, None]
    return r * np.cos(angle), r * np.sin(angle), v


def mesh(ax: Any, values: np.ndarray) -> None:
    """A bent mesh with its colour bar."""
    made = ax.pcolormesh(*grid(values))
    plt.colorbar(made, ax=ax, label="v")


def heat(ax: Any, values: np.ndarray) -> None:
    """A heat map of 200 x 100 cells with its colour bar."""
    made = ax.pcolormesh(X, np.arange(100.0), grid(values)[2].T)
    plt.colorbar(made, ax=ax, label="v")


def contours(ax: Any, values: np.ndarray) -> None:
    """Labelled contours of 200 x 100 points."""
    ax.clabel(ax.contour(X, np.arange(100.0), smooth(values).T, 7, colors="k"))


def smooth(values: np.ndarray) -> np.ndarray:
    """A hill that is another each time."""
    place = np.linspace(-1, 1, 100)
    return np.exp(-((X[:, None] / 5 - 1) ** 2) - (place - 0.1 * values[0]) ** 2)


KINDS: dict[str, tuple[Callable[[np.ndarray], Panel], Callable[[Any, np.ndarray], None]]] = {
    "error_bars": (lambda v: panel(ErrorBars(X, v, 2.0, label="measured")), error_bars),
    "error_band": (lambda v: panel(ErrorBand(X, v, 2.0, label="model")), error_band),
    "second_y_axis": (
        lambda v: panel(
            Curve(X, v, label="one"),
            y2_layers=Curve(X, v**2, label="two", dash="dashed"),
            y2=Axis(label="y2", unit="V"),
        ),
        second_axis,
    ),
    "symlog": (
        lambda v: Panel(
            Curve(X, v**3 - 100, label="one"),
            x=Axis(label="x", unit="m"),
            y=Axis("symlog", threshold=1.0, label="y", unit="V"),
        ),
        symlog,
    ),
    "scatter": (lambda v: panel(clouded(v)), scatter),
    "bars": (
        lambda v: Panel(
            [
                Bars(np.abs(v[:10]), np.arange(10) - 0.2, 0.4, label="dark"),
                Bars(np.abs(v[10:20]), np.arange(10) + 0.2, 0.4, label="light"),
            ],
            x=Axis(label="x", unit="m", categories=[f"s{k}" for k in range(10)]),
            y=Axis(label="y", unit="V"),
        ),
        bars,
    ),
    "histogram": (lambda v: panel(Histogram(v, 50, label="runs")), histogram),
    "boxes": (lambda v: panel(Boxes(list(v.reshape(10, 20)))), boxes),
    "remarks": (
        lambda v: panel(
            Curve(X, v, label="one"), TextBox("T = 4.2 K"), Arrow(10, v[-1], 7, 25, "end")
        ),
        remarks,
    ),
    "mesh": (lambda v: panel(Mesh(*grid(v), ColorScale(label="v"))), mesh),
    "heat_map": (
        lambda v: panel(heat_map(X, np.arange(100.0), grid(v)[2], ColorScale(label="v"))),
        heat,
    ),
    "contours": (lambda v: panel(Contours(X, np.arange(100.0), smooth(v))), contours),
    "second_x_axis": (
        lambda v: panel(
            Curve(X + 1, v, label="one"), x2=FunctionAxis(lambda v: 1 / v, "1/x", "1/m")
        ),
        second_x,
    ),
}


def ways(name: str) -> dict[str, Callable[[], bytes]]:
    """Both ways of a layer, each with values and titles of its own."""
    ours, theirs = KINDS[name]
    numbers = count()

    def figmill() -> bytes:
        title = f"Figure {next(numbers)}"
        return Figure(ours(y()), title=title, size=SIZE, dpi=DPI).to_bytes("png")

    def pyplot() -> bytes:
        figure, ax = plt.subplots(figsize=SIZE, dpi=DPI)
        theirs(ax, y())
        ax.set_xlabel("x (m)")
        ax.set_ylabel("y (V)")
        if ax.get_legend_handles_labels()[0]:
            ax.legend()
        figure.suptitle(f"Figure {next(numbers)}")
        figure.tight_layout()
        stream = io.BytesIO()
        figure.savefig(stream, format="png")
        plt.close(figure)
        return stream.getvalue()

    figmill()
    return {"figmill": figmill, "pyplot": pyplot}


def main() -> None:
    """Time both ways of each layer in turn."""
    scale: Scale = arguments(__doc__ or "")
    rows, figures = [], {}
    for name in KINDS:
        taken = scale.rounds(ways(name), 15, 5)
        mine, theirs = (median(taken[way]) * 1e3 for way in ("figmill", "pyplot"))
        figures[name] = ratio(taken["pyplot"], taken["figmill"])
        figures[f"{name}_cpu"] = ratio(taken["pyplot"], taken["figmill"], "cpu")
        rows.append((name, f"{mine:.1f}", f"{theirs:.1f}", f"{figures[name]:.1f}"))
    table(("layer", "figmill, ms", "pyplot, ms", "ratio"), rows)
    figures["least"] = min(value for key, value in figures.items() if not key.endswith("_cpu"))
    report(figures)


if __name__ == "__main__":
    main()
