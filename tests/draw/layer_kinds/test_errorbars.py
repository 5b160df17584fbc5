"""Error bars on pixels, against places worked out by hand."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from figmill.draw.layout import layout
from figmill.figure import Axis, ErrorBars, Figure, Panel
from figmill.figure.unseen import unseen

RED = (255, 0, 0)


def drawn(figure: Figure) -> tuple[np.ndarray, object]:
    """Where it is red, and the panel's place."""
    (placed,) = layout(figure).panels
    rgb = np.asarray(Image.open(io.BytesIO(figure.to_bytes("png"))).convert("RGB"))
    return (rgb == RED).all(axis=2), placed


def figure(layer: ErrorBars, **axis: object) -> Figure:
    return Figure(
        Panel(layer, x=Axis(limits=(0, 4)), y=Axis(**{"limits": (0, 10), **axis})),  # type: ignore[arg-type]
        size=(4, 4),
        dpi=100,
    )


def test_bars_end_at_their_values() -> None:
    layer = ErrorBars(
        [1.0, 3.0], [5.0, 6.0], [[1, 2], [3, np.nan]], color="#ff0000", marker=None, cap=0
    )
    red, placed = drawn(figure(layer))
    box = placed.box
    x = round(box.x0 + box.width / 4)
    rows = np.flatnonzero(red[:, x - 2 : x + 3].any(axis=1))
    # From 5 - 1 to 5 + 3 of 0 to 10: rows count from the top, and lie below the upper end.
    assert rows[0] == pytest.approx(box.y1 - 0.8 * box.height, abs=0.75)
    assert rows[-1] + 1 == pytest.approx(box.y1 - 0.4 * box.height, abs=0.75)
    assert len(rows) == rows[-1] - rows[0] + 1
    # Of the other point nothing is known above, and 2 below.
    x = round(box.x0 + 0.75 * box.width)
    rows = np.flatnonzero(red[:, x - 2 : x + 3].any(axis=1))
    assert rows[0] == pytest.approx(box.y1 - 0.6 * box.height, abs=0.75)
    assert rows[-1] + 1 == pytest.approx(box.y1 - 0.4 * box.height, abs=0.75)


def test_caps_stand_across_the_ends_and_bars_along_x() -> None:
    layer = ErrorBars([2.0], [5.0], x_error=1.0, color="#ff0000", marker=None, cap=10, width=0.72)
    red, placed = drawn(figure(layer))
    box = placed.box
    columns = np.flatnonzero(red.any(axis=0))
    assert columns[0] == pytest.approx(box.x0 + box.width / 4, abs=1)
    assert columns[-1] == pytest.approx(box.x0 + box.width * 3 / 4, abs=1)
    tall = red.sum(axis=0)
    assert tall[columns[0]] == pytest.approx(10 / 72 * 100, abs=1.5)
    assert (tall[columns[2:-2]] == 1).all()


def test_a_bar_to_zero_reaches_the_frame_of_a_log_axis_without_a_cap() -> None:
    layer = ErrorBars([2.0], [1.0], 1.0, color="#ff0000", marker=None, cap=12)
    red, placed = drawn(figure(layer, scale="log", limits=(0.01, 10)))
    box = placed.box
    rows = np.flatnonzero(red.any(axis=1))
    assert rows[-1] >= box.y1 - 2
    wide = red.sum(axis=1)
    assert wide[rows[-3]] <= 2 and wide[rows[0]] > 10
    assert list(unseen(figure(layer, scale="log", limits=(0.01, 10)))) == []


def test_limits_hold_the_whole_bars() -> None:
    layer = ErrorBars([1.0, 3.0], [5.0, 6.0], [1, 2], 0.5)
    (placed,) = layout(Figure(Panel(layer), size=(4, 4))).panels
    assert placed.x.low < 0.5 and placed.x.high > 3.5
    assert placed.y.low < 4 and placed.y.high > 8


def test_points_that_a_log_axis_has_no_place_for_are_told() -> None:
    layer = ErrorBars([1.0, 2.0, 3.0], [1.0, -1.0, 2.0], 0.1, label="I")
    (note,) = unseen(Figure(Panel(layer, y=Axis("log")), size=(4, 4)))
    assert note.code == "points-not-shown" and "1 of 3" in note.text


def test_the_twin_has_bars_caps_and_points_at_the_same_values() -> None:
    layer = ErrorBars([1.0, 3.0], [5.0, 6.0], [1, 2], label="I")
    (axes,) = figure(layer).to_matplotlib().axes
    bars = axes.containers[0]
    data, caps, (lines,) = bars.lines
    np.testing.assert_array_equal(data.get_xydata(), [[1, 5], [3, 6]])
    np.testing.assert_array_equal([part[:, 1] for part in lines.get_segments()], [[4, 6], [4, 8]])
    assert [cap.get_ydata().tolist() for cap in caps] == [[4, 4], [6, 8]]
    assert axes.get_legend().get_texts()[0].get_text() == "I"


def test_the_twin_leaves_out_points_and_bars_that_a_log_axis_has_no_place_for() -> None:
    layer = ErrorBars([1.0, 2.0, 3.0], [-1.0, 1.0, 5.0], 2.0, x_error=0.1)
    (axes,) = figure(layer, scale="log", limits=(0.1, 10)).to_matplotlib().axes
    upright = axes.containers[0].lines[2][1]
    ends = [part[:, 1] for part in upright.get_segments() if part.size]
    np.testing.assert_allclose(ends, [[1e-12, 3.0], [3.0, 7.0]], rtol=1e-4)
