"""Rows that share their colours have one range and one bar."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from figmill.draw.compose import compose
from figmill.draw.layout import layout
from figmill.draw.ops import Cells, Polygon
from figmill.errors import PlottingError
from figmill.figure import ColorScale, Curve, Figure, Panel, heat_map


def rows(*scales: ColorScale, **options: object) -> Figure:
    """A row of values from 0 to 10 k for each scale."""
    edges = np.arange(11.0)
    panels = [
        Panel(heat_map(edges, edges, k * np.arange(100.0).reshape(10, 10) / 9.9, scale))
        for k, scale in enumerate(scales, start=1)
    ]
    return Figure(panels, size=(5, 2 * len(panels)), dpi=80, **options)  # type: ignore[arg-type]


PLAIN = ColorScale(percentiles=(0, 100), label="Flux")


def test_one_bar_spans_the_rows_and_their_values() -> None:
    figure = rows(PLAIN, PLAIN, PLAIN, share_colors=True)
    placed = layout(figure).panels
    assert {each.colors for each in placed} == {((0.0, 30.0),)}
    (bar,) = [each.bar for each in placed if each.bar is not None]
    assert (bar.low, bar.high) == (0.0, 30.0)
    assert abs(bar.box.y0 - placed[0].box.y0) < 12 and abs(bar.box.y1 - placed[2].box.y1) < 12
    assert len({(each.box.x0, each.box.x1) for each in placed}) == 1
    # The same value has the same number everywhere: 10 of 30 is a third of the colours.
    first = next(op for op in compose(figure).ops if isinstance(op, Cells))
    assert first.strips.max() == pytest.approx(256 / 3, abs=2)


def test_without_it_each_row_has_its_own() -> None:
    placed = layout(rows(PLAIN, PLAIN)).panels
    assert [each.colors[0] for each in placed] == [(0.0, 10.0), (0.0, 20.0)]
    assert all(each.bar is not None for each in placed)


def test_only_rows_of_one_scale_beside_each_other_share() -> None:
    other = replace(PLAIN, label="Count")
    placed = layout(rows(PLAIN, PLAIN, other, PLAIN, share_colors=True)).panels
    assert [each.bar is not None for each in placed] == [False, True, True, True]
    curve = Panel(Curve([0.0, 1.0], [0.0, 1.0]))
    (one,), (two,) = rows(PLAIN, PLAIN).panels
    apart = layout(Figure([one, curve, two], size=(5, 6), share_colors=True)).panels
    assert [each.bar is not None for each in apart] == [True, False, True]


def test_limits_that_are_given_are_kept_and_tips_show_what_lies_beyond_in_any_row() -> None:
    given = replace(PLAIN, limits=(None, 15.0))
    figure = rows(PLAIN, given, share_colors=True)
    assert {each.colors[0] for each in layout(figure).panels} == {(0.0, 15.0)}
    # Only the upper row has values beyond.
    ((one,),) = rows(replace(PLAIN, limits=(2.0, 8.0))).panels
    calm = Panel(heat_map([0, 1], [0, 1], [[5.0]], PLAIN))
    tips = [
        op
        for op in compose(Figure([one, calm], size=(5, 4), share_colors=True)).ops
        if isinstance(op, Polygon)
    ]
    assert len(tips) == 2
    with pytest.raises(PlottingError, match="share their colours"):
        over, under = (replace(PLAIN, limits=each) for each in ((50.0, None), (None, 10.0)))
        layout(rows(over, under, share_colors=True))


def test_the_twin_has_one_bar() -> None:
    made = rows(PLAIN, PLAIN, share_colors=True).to_matplotlib()
    assert len(made.axes) == 3
    norms = {
        (axes.collections[0].norm.vmin, axes.collections[0].norm.vmax) for axes in made.axes[:2]
    }
    assert norms == {(0.0, 20.0)}
