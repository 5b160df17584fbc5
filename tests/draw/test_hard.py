"""Inputs that are large, broken or odd: drawn in time, or refused with a sentence."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from figmill.draw import text
from figmill.draw.compose import compose
from figmill.draw.layout import layout
from figmill.draw.ops import Polyline, Text
from figmill.errors import PlottingError
from figmill.figure import Axis, Curve, Figure, Fill, Panel, Spectrogram, TickRow

from .figures import GOLDEN, START, cells
from .test_layout import boxes

N = 60_000
RNG = np.random.default_rng(0)
T = np.linspace(0, 1, N)
NOISE = RNG.normal(0, 1, N)


def picture(figure: Figure) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(figure.to_bytes("png"))).convert("RGB")).astype(int)


LARGE = {
    "every other point missing": Curve(T, np.where(np.arange(N) % 2, np.nan, NOISE)),
    "every third point missing": Curve(T, np.where(np.arange(N) % 3, NOISE, np.nan)),
    "in no order": Curve(RNG.random(N), NOISE),
    "dashed": Curve(T, NOISE, dash="dashed"),
    "circles": Curve(T, NOISE, width=0, marker="circle"),
    "crosses": Curve(T, NOISE, width=0, marker="cross"),
    "two hundred sweeps": Curve(np.tile(np.linspace(0, 1, 300), 200), NOISE),
    "an area": Fill(T, NOISE - 1, NOISE + 1),
}


@pytest.mark.parametrize("name", LARGE)
@pytest.mark.timeout(20)
def test_large_layers_are_drawn(name: str) -> None:
    drawn = picture(Figure(Panel(LARGE[name]), size=(5, 3), dpi=100))
    assert (drawn[50:200, 100:400] < 230).any()


def test_an_area_is_reduced_and_keeps_its_extremes() -> None:
    figure = Figure(Panel(LARGE["an area"]), size=(5, 3), dpi=100)
    (placed,) = layout(figure).panels
    (area,) = [op for op in compose(figure).ops if type(op).__name__ == "Polygon"]
    assert len(area.points) < 8 * placed.box.width
    top = placed.y.pixels(np.array([NOISE.max() + 1]))[0]
    assert area.points[:, 1].min() == pytest.approx(top)


def test_a_users_configuration_changes_nothing() -> None:
    figure = GOLDEN["points"]
    wanted = {kind: figure.to_bytes(kind) for kind in ("png", "pdf", "svg")}
    other = {
        "font.style": "italic",
        "font.stretch": "condensed",
        "font.weight": "bold",
        "text.hinting": "none",
        "lines.linewidth": 9,
        "pdf.fonttype": 3,
        "svg.fonttype": "none",
        "path.simplify": False,
    }
    text._INKS.__init__(16 << 20)  # type: ignore[misc]
    for function in (text.font, text.measure, text.pieces, text._plain, text._advance):
        function.cache_clear()
    with mpl.rc_context(other):
        assert {kind: figure.to_bytes(kind) for kind in wanted} == wanted


def test_memory_of_texts_is_bounded() -> None:
    kept = text.Kept[bytes](10_000)
    for number in range(1000):
        kept.put(number, b"", 900)
    assert kept.get(0) is None
    assert kept.get(999) == b""
    assert sum(kept.get(number) is not None for number in range(1000)) <= 10
    kept.put("too large", b"", 9000)
    assert kept.get("too large") is None


def test_a_column_of_different_axes_is_labelled_twice() -> None:
    x = np.linspace(1, 2, 9)
    rows = [
        Panel(Curve(x, x), x=Axis(label="t", unit="s")),
        Panel(Curve(x, x), x=Axis("log", label="f", unit="Hz")),
        Panel(Curve(x, x), x=Axis("log", label="f", unit="Hz")),
    ]
    figure = Figure(rows, size=(5, 6))
    assert [placed.shows_x for placed in layout(figure).panels] == [True, False, True]
    assert {"t (s)", "f (Hz)"} <= {op.text for op, _ in boxes(compose(figure))}


@pytest.mark.parametrize("label", ["ILAT (deg)", "A row with a very long name (unit)"])
def test_a_tick_rows_name_ends_before_its_first_value(label: str) -> None:
    t = START + np.arange(0, 3001, 10.0)
    row = TickRow(label, t, np.full(t.size, -60.0))
    panel = Panel(Curve(t, t - START), x=Axis("time", limits=(START, START + 3000)))
    figure = Figure(panel, size=(8, 4), dpi=100, tick_rows=[row])
    texts = [(op, box) for op, box in boxes(compose(figure)) if box.y0 > 340]
    names = [box for op, box in texts if op.align == "right"]
    values = [box for op, box in texts if op.text == "−60.0"]
    assert len(names) == 1
    assert len(values) > 3
    assert names[0].x0 >= 0
    assert names[0].x1 < min(box.x0 for box in values)


def test_a_narrow_panel_keeps_the_date() -> None:
    panel = Panel(Curve(START + np.arange(9.0), np.arange(9.0)), x=Axis("time"))
    texts = [op.text for op, _ in boxes(compose(Figure(panel, size=(2.6, 2), dpi=150)))]
    assert any("1998-01-15" in words for words in texts), texts


def test_labels_that_differ_at_the_end_stay_different() -> None:
    long = "the same beginning of a very long label of a measurement, "
    x = np.linspace(0, 1, 9)
    curves = [Curve(x, x + k, label=f"{long} run {k}") for k in range(3)]
    texts = [op.text for op, _ in boxes(compose(Figure(Panel(curves), size=(4, 3))))]
    ends = {words[-5:] for words in texts if "…" in words}
    assert ends == {"run 0", "run 1", "run 2"}


def test_many_ticks_and_endless_words_take_no_time() -> None:
    panel = Panel(
        Curve(T[:9], T[:9], label="y" * 20_000), x=Axis(ticks=100_000), title="z" * 20_000
    )
    sheet = compose(Figure(panel, title="w" * 20_000, size=(5, 3)))
    assert max(len(op.text) for op in sheet.ops if isinstance(op, Text)) < 400


@pytest.mark.parametrize("kind", ["png", "pdf", "svg", "jpg", "webp"])
def test_words_that_are_no_text_are_cleaned(kind: str) -> None:
    figure = Figure(
        Panel(title="\udcff"), title="a\udcff\x0b\x1bc", provenance={"k\x00": "v\udc80\x07"}
    )
    data = figure.to_bytes(kind)
    if kind == "svg":
        ET.fromstring(data)


def test_formats_have_their_limits() -> None:
    wide = Figure(Panel(), size=(70, 1.5), dpi=1000)
    with pytest.raises(PlottingError, match="JPEG holds at most 65500 pixels"):
        wide.to_bytes("jpg")


def test_small_panels_are_small_in_points_not_pixels() -> None:
    for dpi in (50, 150):
        Figure(
            Panel(cells(), x=Axis("time")), size=(3, 2), dpi=dpi, style="presentation"
        ).to_bytes()


def test_a_curve_with_few_breaks_is_stroked_piece_by_piece() -> None:
    y = NOISE[:3000].copy()
    y[1000:1100] = np.nan
    figure = Figure(Panel(Curve(T[:3000], y)), size=(5, 3), dpi=100)
    (line,) = [op for op in compose(figure).ops if isinstance(op, Polyline)]
    gap = line.points[np.isnan(line.points[:, 0]).argmax() - 1, 0]
    drawn = picture(figure)
    assert (drawn[30:240, int(gap) + 4 : int(gap) + 10] > 250).all()


def test_values_beyond_single_precision_are_above() -> None:
    layer = cells()
    values = layer.values.copy()
    values[:] = 1e39
    Figure(Panel(Spectrogram(layer.x, layer.y, values, layer.color), x=Axis("time"))).to_bytes()


def test_a_lone_point_is_seen() -> None:
    y = np.full(9, np.nan)
    y[4] = 0.5
    panel = Panel(Curve(T[:9], y), x=Axis(limits=(0, T[8])), y=Axis(limits=(0, 1)))
    for breaks in (9, 600):
        long = np.full(breaks * 2 + 1, np.nan)
        long[1::2] = 0.5
        at = np.linspace(0, 1, long.size)
        many = Panel(Curve(at, long), y=Axis(limits=(0, 1)))
        assert (picture(Figure(many, size=(5, 3), dpi=100))[60:200, 60:480] < 150).any()
    assert (picture(Figure(panel, size=(5, 3), dpi=100))[60:200, 60:480] < 150).any()


def test_the_grid_goes_on_under_areas_and_markers() -> None:
    x = np.linspace(0, 10, 500)
    layers = (
        Fill(x, x - 1, x + 1),
        Curve(x, x, dash="dashed"),
        Curve(x, x[::-1], marker="circle", width=0),
    )
    axes = {"x": Axis(limits=(0, 10)), "y": Axis(limits=(-2, 12))}
    for layer in layers:
        with_grid, without = (
            picture(Figure(Panel(layer, grid=grid, **axes), size=(5, 3), dpi=100))
            for grid in (True, False)
        )
        (placed,) = layout(Figure(Panel(layer, **axes), size=(5, 3), dpi=100)).panels
        row = int(placed.box.y0) + 6
        at = placed.x.pixels(placed.x.ticks.major)[1:-1].astype(int)
        assert (without[row, at].min(axis=1) == 255).all()
        assert (with_grid[row - 1 : row + 2, at].min(axis=(0, 2)) < 240).any()
        lines = with_grid[row, int(placed.box.x0) + 3 : int(placed.box.x1) - 3].min(axis=1) < 240
        assert lines.sum() >= len(at)
