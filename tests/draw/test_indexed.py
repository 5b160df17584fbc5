"""Figures of one byte a pixel look as those of three do, and are the same every time."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from figmill.draw import indexed, png, raster
from figmill.draw.color_difference import ciede2000, lab
from figmill.draw.compose import compose
from figmill.figure import (
    Axis,
    Band,
    Bins,
    Bracket,
    ColorScale,
    Curve,
    Figure,
    HLine,
    Mark,
    Panel,
    Spectrogram,
    VLine,
)

MAPS = ("viridis", "inferno", "plasma", "magma", "cividis", "turbo", "jet", "coolwarm", "gray")


def panel(colormap: str = "viridis", *more: Any, **options: Any) -> Panel:
    rng = np.random.default_rng(1)
    values = 10 ** rng.normal(3, 1.5, (300, 40))
    values[rng.random(values.shape) < 0.02] = np.nan
    values[:5] = 0.0
    scale = ColorScale("log", limits=(10.0, 1e5), colormap=colormap, label="Flux", unit="eV")
    x, y = Bins.from_edges(np.arange(301.0)), Bins.from_edges(np.geomspace(4, 3e4, 41))
    given = {"y": Axis("log", label="Energy"), "title": "A title", "row_label": "row"}
    return Panel((Spectrogram(x, y, values, scale), *more), **{**given, **options})


def differences(figure: Figure) -> np.ndarray:
    sheet = compose(figure)
    found = indexed.draw(sheet)
    assert found is not None
    raw, colors = found
    assert raw[:, 1:].max() < len(colors) <= 256
    ours = colors[raw[:, 1:]]
    exact = png.pixels_of(raster.draw(sheet))
    return ciede2000(lab(ours), lab(exact))


@pytest.mark.parametrize("theme", ["paper", "screen", "screen-dark", "presentation"])
@pytest.mark.parametrize("colormap", MAPS)
def test_no_pixel_looks_different(colormap: str, theme: str) -> None:
    apart = differences(Figure(panel(colormap), size=(6, 4), dpi=100, title="Title", style=theme))
    assert apart.max() <= 2
    assert np.quantile(apart, 0.999) <= 1


def spectrum(number: int, noise: float = 0.003) -> np.ndarray:
    rng = np.random.default_rng(number)
    x = np.linspace(400, 4000, 1500)
    band = np.exp(-(((x - 1700 - 30 * number) / 40) ** 2))
    return (
        band + 0.4 * np.exp(-(((x - 2900) / 90) ** 2)) + rng.normal(0, noise, x.size) + number / 20
    )


def lines(count: int, *more: Any, **options: Any) -> Panel:
    x = np.linspace(400, 4000, 1500)
    curves = [Curve(x, spectrum(n), label=f"curve {n}", **options) for n in range(count)]
    axes = {"x": Axis(label="Wavenumber", unit="cm^{-1}"), "y": Axis(label="Absorbance")}
    return Panel((*curves, *more), title="Spectra", **axes)


def dots() -> Curve:
    x = np.arange(500.0, 3900.0, 90.0)
    return Curve(x, spectrum(0)[: x.size], marker="circle", width=0.0, color="teal")


@pytest.mark.parametrize("theme", ["paper", "screen", "screen-dark", "presentation"])
@pytest.mark.parametrize(
    "panels",
    [
        lambda: lines(1),
        lambda: lines(1, alpha=0.5),
        lambda: lines(1, dots(), color="teal"),
        lambda: lines(1, Band(1600.0, 1800.0)),
        lambda: lines(1, VLine(1000.0), HLine(0.5, color="red")),
        lambda: lines(1, Mark(1700.0, 1.0, "a text over the curve")),
        lambda: [lines(1), panel("viridis")],
    ],
)
def test_curves_look_the_same(theme: str, panels: Any) -> None:
    apart = differences(Figure(panels(), size=(7, 4), dpi=150, title="Title", style=theme))
    assert apart.max() <= 2
    assert np.quantile(apart, 0.999) <= 1


def test_curves_that_cross_look_the_same() -> None:
    for theme in ("paper", "screen"):
        figure = Figure(lines(2), size=(15, 9), dpi=150, title="Title", style=theme)
        apart = differences(figure)
        assert apart.max() <= 2
        assert np.quantile(apart, 0.999) <= 1
        small, whole = figure.to_bytes("png"), figure.to_bytes("png", palette=False)
        assert len(small) < 0.5 * len(whole)


def test_many_curves_that_cross_keep_every_colour() -> None:
    figure = Figure(lines(7), size=(15, 9), dpi=150)
    assert indexed.draw(compose(figure)) is None
    image = Image.open(io.BytesIO(figure.to_bytes("png")))
    assert image.mode == "RGB"
    exact = png.pixels_of(raster.draw(compose(figure)))
    assert (np.asarray(image) == exact).all()


def test_curves_beside_each_other_need_no_room_for_crossings() -> None:
    x = np.linspace(0, 1, 100)
    colors = ("red", "green", "blue")
    panels = [Panel(Curve(x, x**2, color=color)) for color in colors]
    apart = differences(Figure(panels, size=(7, 9), dpi=100))
    assert apart.max() <= 2


def test_small_pictures_of_few_colours_lose_nothing() -> None:
    figure = Figure(
        Panel(Curve(np.arange(9.0), np.arange(9.0) ** 2, color="black")), size=(4, 3), dpi=100
    )
    image = Image.open(io.BytesIO(figure.to_bytes("png")))
    assert image.mode == "P"
    exact = png.pixels_of(raster.draw(compose(figure)))
    assert (np.asarray(image.convert("RGB")) == exact).all()


@pytest.mark.parametrize("theme", ["paper", "screen-dark"])
def test_dark_tips_of_colour_bars_look_the_same(theme: str) -> None:
    # What is out of range: at 200 dpi the edges of the tips have many shades.
    figure = Figure(panel("viridis"), size=(14, 8), dpi=200, style=theme)
    apart = differences(figure)
    assert apart.max() <= 2
    assert np.quantile(apart, 0.999) <= 1


def test_lines_of_events_and_brackets_look_the_same() -> None:
    lines = (VLine(100.0), VLine(150.2, dash="solid", color="red"), Bracket(50, 90, "cusp"))
    apart = differences(Figure(panel("viridis", *lines), size=(6, 4), dpi=150))
    assert apart.max() <= 2
    level = differences(Figure(panel("plasma", HLine(100.0)), size=(6, 4), dpi=150))
    assert level.max() <= 2


def test_what_mixes_colours_over_cells_keeps_every_colour() -> None:
    for more in (
        Curve(np.arange(300.0), np.geomspace(5, 2e4, 300)),
        Mark(150.0, 500.0, "a text"),
        VLine(100.0, alpha=0.3, dash="solid", color="red"),
    ):
        figure = Figure(panel("viridis", more), size=(6, 4), dpi=100)
        found = indexed.draw(compose(figure))
        if found is None:
            assert Image.open(io.BytesIO(figure.to_bytes("png"))).mode == "RGB"
        else:
            assert differences(figure).max() <= 2


def test_maps_that_do_not_fit_together_keep_every_colour() -> None:
    few = Figure([panel("viridis"), panel("viridis")], size=(6, 6), dpi=80)
    assert indexed.draw(compose(few)) is not None
    many = Figure([panel(name) for name in MAPS], size=(6, 16), dpi=80)
    assert indexed.draw(compose(many)) is None
    assert Image.open(io.BytesIO(many.to_bytes("png"))).mode == "RGB"


def test_the_same_bytes_whatever_was_drawn_before() -> None:
    figure = Figure(panel("viridis", VLine(100.0)), size=(6, 4), dpi=100)
    crossing = Figure(lines(2), size=(15, 9), dpi=120)
    first, second = figure.to_bytes("png"), crossing.to_bytes("png")
    Figure(panel("jet"), size=(6, 4), dpi=100, style="screen-dark").to_bytes("png")
    more = VLine(1000.0, color="red")
    Figure(lines(2, more), size=(15, 9), dpi=120).to_bytes("png")
    assert replace(crossing).to_bytes("png") == second
    indexed._begun.cache_clear()
    indexed._fewer.cache_clear()
    indexed._steps.cache_clear()
    assert replace(figure).to_bytes("png") == first
    assert replace(crossing).to_bytes("png") == second


def test_half_the_bytes() -> None:
    figure = Figure(panel(), size=(8, 5), dpi=150)
    small, whole = figure.to_bytes("png"), figure.to_bytes("png", palette=False)
    assert len(small) < 0.6 * len(whole)
    image = Image.open(io.BytesIO(small))
    assert (image.mode, image.info.get("gamma"), image.info.get("transparency")) == (
        "P",
        None,
        None,
    )
    one, other = (
        np.asarray(Image.open(io.BytesIO(data)).convert("RGB")) for data in (small, whole)
    )
    assert ciede2000(lab(one), lab(other)).max() <= 2
