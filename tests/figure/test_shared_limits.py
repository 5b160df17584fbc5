"""Limits that figures share: what each calls for, added up by hand, and put into each."""

from __future__ import annotations

import json

import numpy as np
import pytest

from figmill.errors import InputError
from figmill.figure import Axis, Bins, ColorScale, Curve, Figure, Panel, Spectrogram
from figmill.figure.autoscale import color_range
from figmill.figure.quantile_sketch import COARSE
from figmill.figure.shared_limits import LimitSummary, panel_key, summarize, with_limits


def curve(
    low: float, high: float, *, y: Axis | None = None, x: Axis | None = None, label: str = ""
) -> Panel:
    return Panel(
        Curve([0.0, 1.0], [low, high]),
        x=x or Axis(label="Time"),
        y=y or Axis(label="Flux", unit="1"),
        row_label=label,
    )


def cells(values: np.ndarray, **color: object) -> Panel:
    rows, bins = values.shape
    scale = ColorScale(**{"scale": "log", "label": "Counts", **color})  # type: ignore[arg-type]
    x, y = Bins.from_edges(np.arange(rows + 1.0)), Bins.from_edges(np.arange(1.0, bins + 2))
    return Panel(
        Spectrogram(x, y, values, scale), x=Axis("time"), y=Axis("log", label="E"), row_label="s"
    )


def added_up(*figures: Figure) -> dict[str, dict[str, tuple[float, float]]]:
    every = [summarize(figure) for figure in figures]
    keys = {(key, name) for one in every for key, found in one.items() for name in found}
    limits: dict[str, dict[str, tuple[float, float]]] = {}
    for key, name in keys:
        total = LimitSummary.total(one[key][name] for one in every if name in one.get(key, {}))
        # As the ledger keeps it.
        total = LimitSummary.from_json(json.loads(json.dumps(total.to_json())))
        if (found := total.limits) is not None:
            limits.setdefault(key, {})[name] = found
    return limits


def test_an_axis_holds_what_each_figure_would_have_shown() -> None:
    first, second = Figure(curve(0, 10)), Figure(curve(-100, 5))
    limits = added_up(first, second)
    (key,) = limits
    # 5 % of room around 0..10 and around -100..5.
    assert limits[key]["y"] == pytest.approx((-105.25, 10.5))
    assert limits[key]["x"] == pytest.approx((-0.015, 1.015))
    drawn = with_limits(first, limits)
    assert drawn.figure.panels[0][0].y.limits == limits[key]["y"]  # type: ignore[union-attr]
    assert drawn.set == {
        "panel 1,1": ("x from -0.015 to 1.015", "y from -105.25 to 10.5 1"),
    }
    assert not drawn.missing


def test_colours_are_percentiles_of_all_values_together() -> None:
    rng = np.random.default_rng(3)
    many = [10 ** rng.normal(n, 1, (60, 20)) for n in range(3)]
    limits = added_up(*(Figure(cells(values)) for values in many))
    (key,) = limits
    wanted = np.percentile(np.concatenate(many), (1, 99))
    low, high = limits[key]["color"]
    # Rounded outwards to three digits, of a percentile that is within COARSE.
    assert low == pytest.approx(wanted[0], rel=COARSE + 0.01)
    assert high == pytest.approx(wanted[1], rel=COARSE + 0.01)
    assert (low, high) == (float(f"{low:.3g}"), float(f"{high:.3g}"))
    assert limits[key]["y"] == (1.0, 21.0)
    assert "x" not in limits[key]  # times of different files are not to be compared
    layer = with_limits(Figure(cells(many[0])), limits).figure.panels[0][0].layers[0]  # type: ignore[union-attr]
    assert layer.color.limits == (low, high)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "values",
    [
        np.array([90.0, 110.0] * 200),  # less than a decade
        np.geomspace(1e-12, 1e3, 1000),  # fifteen decades
        np.append(np.geomspace(1.0, 1e8, 1000), np.full(20, 1e-20)),  # eight, and far ones
        np.append(np.geomspace(1.0, 50.0, 99), 1e9),  # a lone outlier
        np.append(np.geomspace(1.0, 50.0, 999), 1e-9),
    ],
    ids=["narrow", "wide", "few far below", "one above", "one below"],
)
def test_logarithmic_colours_are_those_of_one_figure(values: np.ndarray) -> None:
    """One to six decades, as where each figure chooses for itself."""
    panel = cells(values.reshape(-1, 1))
    (limits,) = added_up(Figure(panel)).values()
    layer = panel.layers[0]
    assert isinstance(layer, Spectrogram)
    wanted = color_range(layer, (-1.0, len(values) + 1.0), (0.0, 9.0))
    # The sketch is within 1 %, and three digits are kept.
    assert limits["color"] == pytest.approx(wanted, rel=0.035)


def test_what_is_named_or_scaled_otherwise_shares_nothing() -> None:
    panels = [
        curve(0, 1),
        curve(0, 1, label="b"),
        curve(0, 1, y=Axis("log", label="Flux", unit="1")),
        curve(0, 1, y=Axis(label="Flux", unit="2")),
        curve(0, 1, x=Axis(label="Voltage")),
    ]
    keys = {panel_key(panel, (0, 0)) for panel in panels}
    assert len(keys) == len(panels)
    assert panel_key(panels[0], (0, 0), "ions") != panel_key(panels[0], (0, 0))
    assert panel_key(panels[0], (1, 0)) != panel_key(panels[0], (0, 0))
    assert panel_key(panels[1], (1, 0)) == panel_key(panels[1], (0, 0))


def test_limits_that_a_figure_gives_itself_stay() -> None:
    given = Figure(curve(0, 10, y=Axis(label="Flux", unit="1", limits=(2.0, 3.0))))
    assert set(summarize(given)[panel_key(given.panels[0][0], (0, 0))]) == {"x"}  # type: ignore[arg-type]
    half = Figure(curve(0, 10, y=Axis(label="Flux", unit="1", limits=(2.0, None))))
    limits = added_up(half, Figure(curve(0, 100)))
    assert with_limits(half, limits).figure.panels[0][0].y.limits == (2.0, 105.0)  # type: ignore[union-attr]
    beyond = Figure(curve(0, 10, y=Axis(label="Flux", unit="1", limits=(500.0, None))))
    drawn = with_limits(beyond, limits)
    assert drawn.figure.panels[0][0].y.limits == (500.0, None)  # type: ignore[union-attr]
    assert drawn.missing == {"panel 1,1": ("y",)}


def test_what_has_no_shared_limits_is_named() -> None:
    drawn = with_limits(Figure(cells(np.ones((3, 3)))), {})
    assert drawn.missing == {"s": ("y", "color")}
    empty = Figure(Panel(x=Axis(label="x"), row_label="empty"))
    assert not with_limits(empty, {}).missing


def test_no_data_call_for_no_limits() -> None:
    nothing = Figure(cells(np.full((3, 3), np.nan)))
    assert "color" not in added_up(nothing)[panel_key(nothing.panels[0][0], (0, 0))]  # type: ignore[arg-type]
    some = added_up(nothing, Figure(cells(np.full((3, 3), 7.0))))
    assert some[panel_key(nothing.panels[0][0], (0, 0))]["color"] == (2.21, 22.2)  # type: ignore[arg-type]


def test_a_damaged_summary_is_told() -> None:
    for known in ({}, {"span": [1], "sketch": None, "scale": "log", "percentiles": [1, 2]}):
        with pytest.raises(InputError, match="damaged"):
            LimitSummary.from_json(known)
