"""figmill's own drawing against the same figure made of matplotlib figure."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.figure import Figure as MplFigure
from PIL import Image

from figmill.draw.compose import arranged
from figmill.draw.layout import Placed, layout
from figmill.figure import (
    Axis,
    Bins,
    BinTables,
    ColorScale,
    Curve,
    ErrorBand,
    ErrorBars,
    Figure,
    Panel,
    Scatter,
    Spectrogram,
)

from ..figures import GOLDEN, HARD, START, cells


def pictures(figure: Figure) -> tuple[np.ndarray, np.ndarray]:
    """Both ways' pixels."""
    ours = np.asarray(Image.open(io.BytesIO(figure.to_bytes("png"))).convert("RGB"))
    made = figure.to_matplotlib()
    assert isinstance(made, MplFigure)
    made.canvas.draw()
    return ours.astype(int), np.asarray(made.canvas.buffer_rgba())[:, :, :3].astype(int)


def whole_pixels(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """First and last pixel that lie wholly inside each bin, one pixel from its edges."""
    return np.column_stack(
        (np.ceil(np.minimum(low, high)) + 1, np.floor(np.maximum(low, high)) - 1)
    )


def varying() -> Spectrogram:
    """Two energy tables that alternate by blocks, one of them with repeated energies."""
    n = 24
    one = np.geomspace(10, 10_000, 9)
    low = np.tile(one[:-1], (n, 1))
    high = np.tile(one[1:], (n, 1))
    low[8:16], high[8:16] = low[8:16] * 1.5, high[8:16] * 1.5
    low[8:16, 4], high[8:16, 4] = low[8:16, 3], high[8:16, 3]
    values = 10 ** np.random.default_rng(3).uniform(1, 5, (n, 8))
    time = START + 30.0 * np.arange(n)
    return Spectrogram(
        Bins(time, time + 30), BinTables.from_rows(low, high), values, ColorScale("log")
    )


CASES = {
    "gap, missing, out of range": (cells(), Axis("time"), Axis("log")),
    "linear colours": (cells(log=False), Axis("time"), Axis("log")),
    "linear energy": (cells(), Axis("time"), Axis("linear", limits=(2000, 30_000))),
    "reversed": (cells(), Axis("time", reverse=True), Axis("log", reverse=True)),
    "tables by record": (varying(), Axis("time"), Axis("log")),
    "cut by limits": (cells(), Axis("time", limits=(START + 90, START + 1500)), Axis("log")),
}


@pytest.mark.parametrize("name", CASES)
def test_cells_have_the_same_colour_wherever_they_cover_whole_pixels(name: str) -> None:
    layer, x, y = CASES[name]
    figure = Figure(Panel(layer, x=x, y=y), size=(8, 5), dpi=100)
    ours, theirs = pictures(figure)
    (placed,) = layout(figure).panels
    compared = 0
    columns = whole_pixels(placed.x.pixels(layer.x.lo), placed.x.pixels(layer.x.hi))
    inner = placed.box
    for record, across in enumerate(columns):
        table = 0 if layer.y.index is None else layer.y.index[record]
        rows = whole_pixels(placed.y.pixels(layer.y.lo[table]), placed.y.pixels(layer.y.hi[table]))
        x = np.clip(across, inner.x0 + 2, inner.x1 - 2).astype(int)
        for down in rows:
            y = np.clip(down, inner.y0 + 2, inner.y1 - 2).astype(int)
            area = np.s_[y[0] : y[1], x[0] : x[1]]
            if ours[area].size == 0:
                continue
            compared += 1
            # One level of a colour map: matplotlib works in double, figmill in the data's type.
            assert np.abs(ours[area] - theirs[area]).max() <= 3, (name, record, y)
    assert compared > 50


def ink_columns(picture: np.ndarray, placed: Placed) -> np.ndarray:
    """Pixel columns just under the panel where a tick stands."""
    row = picture[int(placed.box.y1) + 3, int(placed.box.x0) - 3 : int(placed.box.x1) + 4]
    dark = np.flatnonzero(row.sum(axis=1) < 380)
    return dark[np.insert(np.diff(dark) > 1, 0, True)] if dark.size else dark


def test_ticks_and_frames_agree_within_two_pixels() -> None:
    figure = Figure(Panel(cells(), x=Axis("time"), y=Axis("log")), size=(8, 5), dpi=100)
    ours, theirs = pictures(figure)
    (placed,) = layout(figure).panels
    one, other = ink_columns(ours, placed), ink_columns(theirs, placed)
    assert len(one) == len(other) > 4
    assert np.abs(one - other).max() <= 2
    for edge in (placed.box.x0, placed.box.x1):
        for picture in (ours, theirs):
            near = picture[
                int(placed.box.y0) + 40 : int(placed.box.y1) - 40, int(edge) - 2 : int(edge) + 3
            ]
            assert (near.sum(axis=2).min(axis=1) < 380).mean() > 0.9


@pytest.mark.parametrize("name", [*GOLDEN, "two columns", "presentation", "many curves"])
def test_every_figure_can_be_made_of_artists(name: str) -> None:
    figure = {**GOLDEN, **HARD}[name]
    ours, theirs = pictures(figure)
    assert ours.shape == theirs.shape
    # Text falls a pixel or two apart, so shrink before comparing.
    small = [
        np.asarray(Image.fromarray(p.astype(np.uint8)).resize((60, 30), Image.Resampling.BOX))
        for p in (ours, theirs)
    ]
    assert np.abs(small[0].astype(int) - small[1]).mean() < 9


def test_ticks_follow_when_the_view_changes() -> None:
    made = Figure(Panel(cells(), x=Axis("time"), y=Axis("log")), size=(8, 5)).to_matplotlib()
    made.canvas.draw()
    axes = made.axes[0]
    before = [tick.get_text() for tick in axes.get_xticklabels()]
    axes.set_xlim(START, START + 10)
    made.canvas.draw()
    assert [tick.get_text() for tick in axes.get_xticklabels()] != before


def test_minor_ticks_of_less_than_a_decade_have_no_names() -> None:
    axes = {"x": Axis("log"), "y": Axis("log"), "y2": Axis("log")}
    value = Scatter([1.0, 3.0], [1.0, 2.0], [3.0, 7.0], ColorScale("log"))
    panel = Panel(value, y2_layers=Curve([1.0, 3.0], [1.0, 3.0]), **axes)
    made = Figure(panel, size=(5, 4), dpi=100).to_matplotlib()
    made.draw_without_rendering()
    sides = [side for ax in made.axes for side in (ax.xaxis, ax.yaxis)]
    named = [tick.label1.get_text() for side in sides for tick in side.get_minor_ticks()]
    named += [tick.label2.get_text() for side in sides for tick in side.get_minor_ticks()]
    assert named and set(named) == {""}


def test_legends_stand_where_they_were_planned_with_the_same_words() -> None:
    x = np.linspace(0, 10, 50)
    curves = [Curve(x, np.sin(x + k), label=f"a fairly long label of curve {k}") for k in range(40)]
    scatter = Scatter(x, np.cos(x), x, ColorScale(label="t"))
    figure = Figure(Panel([scatter, *curves], legend="outside"), size=(6, 4), dpi=100)
    made = figure.to_matplotlib()
    made.draw_without_rendering()
    _, (plan,) = arranged(figure)
    legend = made.axes[0].get_legend()
    assert [each.get_text() for each in legend.get_texts()] == plan.texts
    assert plan.texts[-1].startswith("and ") and plan.texts[-1].endswith(" more")
    box = legend.get_window_extent()
    assert (box.x0, 400 - box.y1) == pytest.approx((plan.box.x0, plan.box.y0), abs=2)
    bar = made.axes[1].get_tightbbox()
    assert box.x0 > bar.x1 and box.x1 < 600


def test_lines_break_where_a_log_axis_has_no_place() -> None:
    x, y = [1.0, 2.0, 3.0, 4.0], [1.0, -1.0, 10.0, 20.0]
    for layer in (Curve(x, y), ErrorBand(x, y, 0.1), ErrorBars(x, y, 0.1, line_width=1.0)):
        (axes,) = Figure(Panel(layer, y=Axis("log")), size=(4, 3)).to_matplotlib().axes
        np.testing.assert_array_equal(axes.lines[0].get_ydata(), [1.0, np.nan, 10.0, 20.0])
