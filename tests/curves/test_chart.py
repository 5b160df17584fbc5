"""Curves as a panel."""

import numpy as np
import pytest

from figmill.curves.chart import LimitLine, Line, Look, Statistics, mean_and_spread, panel_of
from figmill.curves.value_key import ValueKey
from figmill.errors import PlottingError
from figmill.figure import ColorScale, Curve, Figure, Fill, HLine, VLine
from figmill.notes import Note

X = np.array([1.0, 2.0, 3.0])


def line(y, label="", value=None, x=X, **more) -> Line:
    return Line(np.array(x, dtype=float), np.array(y, dtype=float), label, value, **more)


def codes(notes: list[Note]) -> list[tuple[str, str]]:
    return [(note.level, note.code) for note in notes]


def test_curves_are_sorted_by_value_and_get_the_colours_of_a_map() -> None:
    lines = [line([1, 2, 3], f"{v:g} V", float(v)) for v in (10, 2, 1)]
    panel = panel_of(lines, Look(color_title="VD", color_unit="V"), [])
    assert [layer.label for layer in panel.layers] == ["1 V", "2 V", "10 V"]
    assert panel.legend_title == "VD (V)"
    assert panel.layers[0].color == "#440154"  # the dark end of viridis
    assert len({layer.color for layer in panel.layers}) == 3


def test_texts_are_sorted_as_people_do() -> None:
    lines = [line([1, 2, 3], name, name) for name in ("D10", "D2")]
    assert [layer.label for layer in panel_of(lines, Look(), []).layers] == ["D2", "D10"]


def test_more_than_eight_values_have_a_colour_bar_that_shows_their_very_colours() -> None:
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    lines = [line([1, 2, v], f"{v}", float(v)) for v in range(1, 11)]
    panel = panel_of(lines, Look(color_title="VD", color_unit="V"), [])
    *curves, key = panel.layers
    assert isinstance(key, ValueKey)
    assert key.color.limits == (1.0, 10.0)
    assert (key.color.label, key.color.unit) == ("VD", "V")
    assert not any(curve.label for curve in curves)
    assert curves[-1].color == to_hex(colormaps["viridis"](1.0))
    eight = panel_of(lines[:8], Look(), [])
    assert not any(isinstance(layer, ValueKey) for layer in eight.layers)


def test_values_over_decades_are_coloured_by_their_logarithm() -> None:
    lines = [line([1, 2, v], f"{v}", 10.0**v) for v in range(10)]
    key = panel_of(lines, Look(), []).layers[-1]
    assert key.color.scale == "log"


def test_a_log_axis_shows_magnitudes_with_open_circles_below_zero() -> None:
    notes: list[Note] = []
    panel = panel_of([line([1e-9, -1e-6, 0.0])], Look(y=("I", "A"), y_scale="log"), notes)
    curve, ring, hole = panel.layers
    assert panel.y.label == "|I|"
    assert curve.y.tolist()[:2] == [1e-9, 1e-6]
    assert np.isnan(curve.y[2])
    assert (ring.x.tolist(), ring.y.tolist()) == ([2.0], [1e-6])
    assert hole.color == "#ffffff"
    assert hole.marker_size < ring.marker_size
    assert codes(notes) == [("loss", "values-not-positive"), ("info", "magnitude-drawn")]


def test_a_log_axis_of_x_leaves_out_what_it_cannot_show() -> None:
    notes: list[Note] = []
    panel_of([line([1, 2, 3], x=[-1, 0, 1])], Look(x_scale="log"), notes)
    assert codes(notes) == [("loss", "values-not-positive")]
    assert notes[0].text.startswith("2 points")


def test_points_outside_limits_that_are_given_are_counted() -> None:
    notes: list[Note] = []
    look = Look(x_limits=(1.5, None), y_limits=(None, 2.5))
    panel = panel_of([line([1, 2, 3])], look, notes)
    assert panel.x.limits == (1.5, None)
    assert [note.text[:11] for note in notes] == ["1 of 3 poin", "1 of 3 poin"]


def test_limit_lines() -> None:
    look = Look(lines=(LimitLine(y=1e-9, label="off"), LimitLine(x=2.0)))
    layers = panel_of([line([1, 2, 3])], look, []).layers
    assert [(type(one), one.at) for one in layers[1:]] == [(HLine, 1e-9), (VLine, 2.0)]


def test_mean_and_spread_are_those_of_numpy() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(5, 3))
    values[2, 1] = np.nan
    x, mean, sigma, count, same = mean_and_spread([line(row) for row in values])
    assert same
    assert x.tolist() == X.tolist()
    assert np.allclose(mean, np.nanmean(values, axis=0))
    assert np.allclose(sigma, np.nanstd(values, axis=0, ddof=1))
    assert count.tolist() == [5, 4, 5]


def test_curves_of_other_x_are_interpolated_and_that_is_told() -> None:
    lines = [line([1, 2, 3]), line([2, 4], x=[1, 3])]
    notes: list[Note] = []
    panel = panel_of(lines, Look(statistics=Statistics(sigma=2, only=True)), notes)
    fill, mean = panel.layers
    assert isinstance(fill, Fill)
    assert isinstance(mean, Curve)
    assert mean.y.tolist() == [1.5, 2.5, 3.5]
    assert np.allclose(fill.high - mean.y, 2 * np.std([0, 1], ddof=1))
    assert ("doubt", "mean-interpolated") in codes(notes)


def test_the_mean_on_a_log_axis_is_geometric() -> None:
    look = Look(y_scale="log", statistics=Statistics(sigma=0, only=True))
    notes: list[Note] = []
    (mean,) = panel_of([line([1, 1, 1]), line([100, 100, -100])], look, notes).layers
    assert np.allclose(mean.y, 10.0)
    assert ("info", "mean-of-logarithms") in codes(notes)


def test_a_mean_of_one_curve_is_doubted() -> None:
    notes: list[Note] = []
    panel = panel_of([line([1, 2, 3])], Look(statistics=Statistics()), notes)
    assert codes(notes) == [("doubt", "mean-of-one")]
    assert panel.layers


def test_too_many_names_for_a_legend_are_told() -> None:
    notes: list[Note] = []
    lines = [line([1, 2, 3], f"n{n}", f"n{n}") for n in range(30)]
    panel = panel_of(lines, Look(), notes)
    assert codes(notes) == [("loss", "legend-left-out")]
    assert not any(layer.label for layer in panel.layers)


def test_the_key_is_drawn_by_figmill_and_by_matplotlib() -> None:
    lines = [line([1, 2, v], f"{v}", float(v)) for v in range(1, 11)]
    panel = panel_of(lines, Look(color_title="VD", color_unit="V"), [])
    figure = Figure(panel, size=(4, 3), dpi=60)
    assert figure.to_bytes("png").startswith(b"\x89PNG")
    assert len(figure.to_matplotlib().axes) == 2  # the panel and its colour bar
    with pytest.raises(PlottingError, match="open"):
        ValueKey(ColorScale())
