"""Legends hide nothing that was measured: looked up in the pixels."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from figmill.draw.compose import _Composer, arranged, compose, told_of_legends
from figmill.draw.free_place import Occupancy
from figmill.draw.layout import layout
from figmill.draw.ops import Box, Text
from figmill.figure import Band, Curve, ErrorBars, Figure, Panel, Scatter
from figmill.figure.autoscale import settled

from . import figures

X = np.linspace(0, 10, 201)
SWEEP = [Curve(X, np.cos(X + k), label=f"V_{{g}} = {k} V") for k in range(5)]

PANELS = {
    "waves": replace(figures.lines(), legend="best"),
    "errors": replace(figures.errors(), legend="best"),
    "cloud": figures.cloud(),
    "remarks": figures.remarks(),
    "bars": figures.amounts()[0],
    "histograms": figures.amounts()[1],
    "rise": Panel([Curve(X, (k + 1) * (1 - np.exp(-X)), label=f"run {k}") for k in range(7)]),
    "sweeps": Panel(SWEEP, legend_title="Gate"),
    "full": Panel([Curve(X, np.sin(40 * X), label="noise"), Curve(X, 0 * X, label="mean")]),
    "crowd": Panel([Curve(X, np.sin(9 * X + k), label=f"sample {k}") for k in range(40)]),
    "points": Panel(Scatter(X, np.sin(37 * X), label="all over"), grid=True),
    "bars everywhere": Panel(ErrorBars(X, np.cos(23 * X), 0.4, label="measured")),
}
SIZES = [(3.35, 2.2), (5.0, 3.0), (7.1, 4.5), (10.0, 3.0)]


def picture(figure: Figure) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(figure.to_bytes("png"))).convert("RGB")).astype(int)


@pytest.mark.parametrize("name", PANELS)
def test_no_pixel_of_data_lies_under_a_legend(name: str) -> None:
    for size in SIZES:
        figure = settled(Figure(PANELS[name], size=size, dpi=80))
        ((panel,),) = figure.panels
        assert panel is not None
        # A legend beside the panel takes room: all others are drawn with it, too.
        first = _Composer(layout(figure))
        if first.covering:
            place = (
                layout(Figure(replace(panel, legend="outside"), size=size, dpi=80)).panels[0].box
            )
            legend = [op for op in compose(figure).ops if isinstance(op, Text)][-1]
            assert legend.x > place.x1
            continue
        bare = Figure(replace(panel, legend=None), size=size, dpi=80)
        shades = tuple(layer for layer in panel.layers if isinstance(layer, Band))
        nothing = replace(panel, legend=None, layers=shades, y2_layers=())
        empty = Figure(nothing, size=size, dpi=80)
        drawn, without = picture(figure), picture(bare)
        data = (np.abs(without - picture(empty)) > 24).any(axis=2)
        legend_pixels = (drawn != without).any(axis=2)
        box = first.plans[0].box  # type: ignore[union-attr]
        inside = np.zeros_like(data)
        inside[int(box.y0) : int(box.y1) + 1, int(box.x0) : int(box.x1) + 1] = True
        assert legend_pixels.any()
        assert not (data & legend_pixels & inside).any(), (name, size)


def test_a_legend_that_is_told_where_to_stand_stands_there() -> None:
    for place in ("upper left", "lower right"):
        panel = replace(PANELS["full"], legend=place)
        figure = Figure(panel, size=(4, 3), dpi=80)
        composer = _Composer(layout(figure))
        assert not composer.covering
        (plan,) = composer.plans
        (placed,) = composer.layout.panels
        assert plan is not None
        assert (plan.box.x0 < placed.box.x0 + 20) == place.endswith("left")
        assert (plan.box.y0 < placed.box.y0 + 20) == place.startswith("upper")


def test_entries_stand_beside_each_other_where_there_is_room_above() -> None:
    y = np.tile([0.0, 1.0], 100)
    curves = [Curve(np.arange(200.0), y + 0.001 * k, label=f"s{k}") for k in range(4)]
    panel = Panel([*curves, Curve([0.0, 0.0], [0.0, 1.5])])
    (plan,) = _Composer(layout(Figure(panel, size=(6, 2.2), dpi=80))).plans
    assert plan is not None and plan.columns > 1 and not plan.covers


def test_every_text_of_a_legend_is_on_the_sheet_and_covers_no_other() -> None:
    from .test_layout import boxes

    for name in ("sweeps", "crowd", "full"):
        sheet = compose(Figure(PANELS[name], size=(3.35, 2.2), dpi=100))
        found = boxes(sheet)
        for number, (op, one) in enumerate(found):
            assert one.x0 >= 0 and one.x1 <= sheet.width, op.text
            assert not any(one.meets(other) for _, other in found[number + 1 :]), op.text


def test_a_free_place_is_found_nearest_to_a_corner() -> None:
    panel = Box(0, 0, 100, 60)
    line = np.array([[0.0, 30.0], [100.0, 30.0]])
    occupied = Occupancy(panel, [line], 2.0)
    assert occupied.free(20, 10, 2) == (78.0, 2.0)
    upper = np.array([[0.0, 4.0], [100.0, 4.0]])
    assert Occupancy(panel, [line, upper], 2.0).free(20, 20, 2) == (78.0, 38.0)
    assert occupied.free(20, 40, 2) is None
    assert occupied.free(200, 4, 2) is None


@pytest.mark.parametrize("dpi", [60, 80, 100, 300])
def test_names_outside_are_whole_where_the_figure_has_room(dpi: int) -> None:
    x = np.arange(4.0)
    names = ["times: A (t=0 s)", "times: A (t=100 s)", "times: A (t=1e3 s)", "Illumination 1/1/1"]
    panel = Panel([Curve(x, x + k, label=name) for k, name in enumerate(names)], legend="outside")
    _, (plan,) = arranged(Figure(panel, size=(10, 6), dpi=dpi))
    assert plan is not None and plan.texts == names


def test_names_that_have_no_room_are_told() -> None:
    def of(count: int, **size: tuple[float, float]) -> Figure:
        curves = [Curve(X, X + k, label=f"sample {k}") for k in range(count)]
        return Figure(Panel(curves, title="run"), dpi=80, **size)  # type: ignore[arg-type]

    crowded = of(60, size=(4.0, 3.0))
    (note,) = told_of_legends(crowded)
    texts = [op.text for op in compose(crowded).ops if isinstance(op, Text)]
    named = sum(text.startswith("sample ") for text in texts)
    assert (note.level, note.code, note.place) == ("info", "legend-cut", "run")
    assert note.text == f"{60 - named} of 60 names have no room in the legend" and named < 60
    assert f"and {60 - named} more" in texts
    assert not list(told_of_legends(of(12, size=(6.0, 6.0))))
    assert not list(told_of_legends(Figure(Panel(SWEEP))))
