"""Figures that the drawing tests share: one of each panel kind, and hard cases."""

from __future__ import annotations

import numpy as np

from figmill.figure import (
    Arrow,
    Axis,
    Band,
    Bars,
    Bins,
    BinTables,
    Boxes,
    Bracket,
    ColorScale,
    Contours,
    Curve,
    ErrorBand,
    ErrorBars,
    Figure,
    Fill,
    FunctionAxis,
    Histogram,
    HLine,
    Mark,
    Mesh,
    Panel,
    Scatter,
    Spectrogram,
    TextBox,
    TickRow,
    VLine,
    heat_map,
)

START = 884_900_000.0


def cells(
    n: int = 40, m: int = 12, *, step: float = 60.0, gap: bool = True, log: bool = True
) -> Spectrogram:
    """Random values over five decades, with a gap, a missing, a zero and a huge one."""
    rng = np.random.default_rng(n * 100 + m)
    low = START + step * np.arange(n)
    if gap and n > 3:
        low[n // 2 :] += 10 * step
    values = 10 ** rng.uniform(3, 8, (n, m))
    if n > 8 and m > 8:
        values[3, 4], values[5, 5], values[6, 6] = np.nan, 0.0, 1e12
    scale = ColorScale(
        "log" if log else "linear",
        limits=(1e4, 1e8) if log else (0, 1e8),
        label="Energy flux",
        unit="eV/(cm^2 s sr eV)",
    )
    y = Bins.from_edges(np.geomspace(5, 30_000, m + 1))
    return Spectrogram(Bins(low, low + step), BinTables.single(y), values, scale)


def spectrogram(row: str = "EES", **options: object) -> Panel:
    """A spectrogram panel with its axes."""
    return Panel(
        cells(**options),  # type: ignore[arg-type]
        x=Axis("time"),
        y=Axis("log", label="Energy", unit="eV"),
        row_label=row,
    )


def lines() -> Panel:
    """Curves, a band, a threshold, a legend."""
    t = START + 60.0 * np.arange(50)
    phase = np.arange(50) / 5
    return Panel(
        [
            Curve(t, np.sin(phase) * 1e-6, label="B_{z}"),
            Curve(t, np.cos(phase) * 1e-6, label="B_{x}", dash="dashed"),
            Band(START + 300, START + 900, label="light on"),
            HLine(0),
        ],
        x=Axis("time"),
        y=Axis(label="Field", unit="nT"),
        legend="lower left",  # it is said, so it stands there even over a curve
    )


def points() -> Panel:
    """Markers, an interval, a mark, a grid, a legend beside."""
    x = np.linspace(0, 10, 12)
    return Panel(
        [
            Fill(x, x - 1, x + 1, label="95 %"),
            Curve(x, x, marker="circle", width=0, label="points"),
            Curve(x, x, color="#444444", width=0.8),
            Mark(4.0, 6.0, "peak 1725 cm^{−1}"),
        ],
        x=Axis(label="Wavenumber", unit="cm^-1", reverse=True),
        y=Axis(label="Response", unit="uA"),
        legend="outside",
        grid=True,
    )


def events() -> Panel:
    """A spectrogram with event lines and a bracket."""
    return Panel(
        [
            cells(gap=False),
            VLine(START + 600, label="entry"),
            VLine(START + 660, label="exit"),
            Bracket(START + 600, START + 1200, label="cusp"),
        ],
        x=Axis("time"),
        y=Axis("log", label="Energy", unit="eV"),
        title="Electrons",
    )


def ephemeris() -> tuple[TickRow, ...]:
    """Tick rows, one of them across midnight."""
    t = START + 60.0 * np.arange(60)
    k = np.arange(60)
    return (
        TickRow("MLT (h)", t, (23.5 + 0.02 * k) % 24, period=24),
        TickRow("ILAT (°)", t, -60 - 0.2 * k),
        TickRow("ALT (km)", t, 3000 + 12.0 * k, decimals=0),
    )


def errors() -> Panel:
    """Bars and bands on two y axes."""
    x = np.linspace(1, 10, 10)
    return Panel(
        [
            ErrorBand(x, x**1.5, np.stack((0.1 * x, 0.2 * x)), label="model"),
            ErrorBars(x, x**1.5 + np.cos(7 * x), 1.0 + 0.2 * x, 0.2, label="measured"),
        ],
        x=Axis(label="Distance", unit="m"),
        y=Axis(label="Current", unit="uA"),
        y2_layers=Curve(x, 2e-3 / x, label="rate", dash="dashed"),
        y2=Axis("log", label="Rate", unit="1/s"),
        legend="outside",
    )


def signs() -> Panel:
    """A symlog axis."""
    u = np.linspace(-1, 1, 81)
    return Panel(
        Curve(u, np.sinh(14 * u) * 1e-9, label="diode"),
        x=Axis(label="Voltage", unit="V"),
        y=Axis("symlog", threshold=1e-9, label="Current", unit="A"),
        grid=True,
    )


def film() -> Panel:
    """A second x axis, over a bracket and under a title."""
    nm = np.linspace(400, 800, 81)
    return Panel(
        [
            Curve(nm, np.exp(-(((nm - 620) / 40) ** 2)), label="photoluminescence"),
            Bracket(580, 660, label="red"),
        ],
        x=Axis(label="Wavelength", unit="nm"),
        y=Axis(label="Intensity"),
        x2=FunctionAxis(lambda nm: 1239.84 / nm, "Energy", "eV"),
        title="Film",
    )


def cloud() -> Panel:
    """Points by value and size, some out of range, one without a value."""
    k = np.arange(60.0)
    values = 10 ** np.cos(k)
    values[[3, 7]] = np.nan, 0.0
    scale = ColorScale("log", limits=(0.2, 5.0), label="Rate", unit="1/s")
    return Panel(
        Scatter(k * np.cos(k), k * np.sin(k), values, scale, size=2 + k / 6, label="runs"),
        x=Axis(label="East", unit="km"),
        y=Axis(label="North", unit="km"),
    )


def amounts() -> list[Panel]:
    """Bars by category, histograms and boxes."""
    k = np.arange(400.0)
    spread = np.sin(k) + np.sin(1.7 * k)
    names = ["as grown", "annealed at 300 °C in forming gas", "etched"]
    return [
        Panel(
            [
                Bars([3.0, 5.0, 2.0], np.arange(3) - 0.2, 0.4, label="dark"),
                Bars([4.0, np.nan, 3.0], np.arange(3) + 0.2, 0.4, label="light"),
            ],
            x=Axis(categories=names),
            y=Axis(label="Current", unit="uA"),
        ),
        Panel(
            [
                Histogram(spread, label="one", alpha=0.6),
                Histogram(spread[::2] + 1, np.linspace(-1, 3, 9), label="two", alpha=0.6),
            ],
            x=Axis(label="Shift", unit="mV"),
            y=Axis(label="Count"),
        ),
        Panel(Boxes([spread, spread**3, []]), x=Axis(categories=names)),
    ]


def remarks() -> Panel:
    """Text boxes and arrows beside a curve."""
    x = np.linspace(0, 10, 101)
    return Panel(
        [
            Curve(x, np.sin(x), label="signal"),
            TextBox(
                "T = 4.2 K\nB_{z} = 1 T, and a line that is too long to be written out in full"
            ),
            TextBox("no frame", "lower right", frame=False),
            Arrow(np.pi / 2, 1.0, 4.0, 0.8, "maximum"),
            Arrow(3 * np.pi / 2, -1.0, 3 * np.pi / 2, -0.3, "minimum"),
        ],
        x=Axis(label="Time", unit="s"),
        y=Axis(label="Signal", unit="mV", limits=(-1.4, 2)),
    )


def maps() -> list[Panel]:
    """A bent mesh, a heat map under contours, and contours by colour."""
    r, angle = np.meshgrid(np.linspace(1, 3, 16), np.linspace(0, 2 * np.pi, 41), indexing="ij")
    ring = np.sin(3 * angle[:-1, :-1]) * r[:-1, :-1]
    ring[3, 4] = np.nan
    x, y = np.linspace(-2, 2, 31), np.linspace(-1, 1, 21)
    hill = 100 * np.exp(-(x[:, None] ** 2) - 4 * y**2)
    scale = ColorScale(limits=(-2, 3), label="Depth", unit="m")
    return [
        Panel(Mesh(r * np.cos(angle), r * np.sin(angle), ring, scale)),
        Panel(
            [
                heat_map(x, y, hill, ColorScale(colormap="cividis")),
                Contours(x, y, hill, 4, color="#ffffff", label="lines"),
            ]
        ),
        Panel(Contours(x, y, hill, [10, 30, 50, 70, 90], ColorScale(label="Height"))),
    ]


GOLDEN = {
    "spectrogram": Figure(spectrogram(), size=(5, 2.6), dpi=100, tick_rows=ephemeris()),
    "curves": Figure(lines(), size=(5, 2.6), dpi=100),
    "points": Figure(points(), size=(5, 2.6), dpi=100),
    "errors": Figure(errors(), size=(5, 2.6), dpi=100),
    "cloud": Figure(cloud(), size=(5, 2.6), dpi=100),
    "amounts": Figure([amounts()], size=(9, 2.6), dpi=100),
    "remarks": Figure(remarks(), size=(5, 2.6), dpi=100),
    "maps": Figure([maps()], size=(10, 2.6), dpi=100),
    "film": Figure(film(), size=(5, 2.6), dpi=100),
    "signs": Figure(signs(), size=(5, 2.6), dpi=100),
    "events": Figure(events(), title="Events", size=(5, 2.6), dpi=100, style="screen-dark"),
    "empty": Figure(Panel(note="No data in this time range."), size=(5, 2.6), dpi=100),
}

LONG = "A label that was written by somebody who had very much to say about the quantity"


def _hard() -> dict[str, Figure]:
    t = START + np.array([0.0, 0.2])
    years = START + np.linspace(0, 3 * 365.25 * 86400, 200)
    wide = Panel(
        Curve(np.array([1.0, 2.0]), np.array([-1.234567e-7, 1.234567e-7]), label=LONG),
        x=Axis(label=LONG, unit="m"),
        y=Axis(label=LONG, unit="A"),
        row_label=LONG,
        title=LONG,
        legend_title=LONG,
    )
    hard = {
        "long labels": Figure(wide, title=f"{LONG} {LONG} {LONG} {LONG}", size=(6, 4), dpi=100),
        "long labels, legend beside": Figure(
            Panel(wide.layers, x=wide.x, y=wide.y, legend="outside"), size=(6, 4), dpi=100
        ),
        "one record": Figure(spectrogram(n=1), size=(6, 3), dpi=100),
        "0.2 s": Figure(
            Panel(Curve(t, np.array([0.0, 1.0])), x=Axis("time"), y=Axis(label="B", unit="nT")),
            size=(6, 3),
            dpi=100,
        ),
        "3 years": Figure(
            Panel(Curve(years, np.sin(years)), x=Axis("time"), y=Axis(label="B", unit="nT")),
            size=(6, 3),
            dpi=100,
        ),
        "5 decades": Figure(
            Panel(
                Curve(np.geomspace(1, 1e5, 50), np.geomspace(1e-12, 1e-7, 50)),
                x=Axis("log", label="f", unit="Hz"),
                y=Axis("log", label="PSD", unit="V^2/Hz"),
            ),
            size=(5, 4),
            dpi=100,
        ),
        "offset": Figure(
            Panel(
                Curve(np.linspace(1e6, 1e6 + 1, 9), np.linspace(5e-9, 5.001e-9, 9)),
                x=Axis(label="x", unit="m"),
                y=Axis(label="y", unit="m"),
            ),
            size=(5, 3),
            dpi=100,
        ),
        "two columns": Figure(
            [[spectrogram(), spectrogram(n=9)], [lines(), None]],
            title="Two",
            size=(11, 5),
            dpi=80,
            tick_rows=ephemeris(),
        ),
        "many curves": Figure(
            Panel([Curve(t, np.array([k, k + 1.0]), label=f"run {k}") for k in range(60)]),
            size=(6, 3),
            dpi=100,
        ),
        "presentation": Figure(
            [events(), lines()], style="presentation", size=(12, 8), dpi=100, title="Talk"
        ),
        "small": Figure(spectrogram(), size=(3.3, 2.2), dpi=150),
    }
    for rows in range(1, 9):
        hard[f"{rows} rows"] = Figure(
            [spectrogram(f"row {k}") for k in range(rows)],
            title="Rows",
            dpi=100,
            tick_rows=ephemeris(),
        )
    return hard


HARD = _hard()
