"""Ranges of x on whole pixels: none is lost, and what touches is one."""

import io

import numpy as np
import pytest
from PIL import Image

from figmill.draw.layer_kinds.spans import runs
from figmill.draw.layout import layout
from figmill.errors import PlottingError
from figmill.figure import Axis, Figure, Panel, Spans

RED, BLUE = (255, 0, 0), (0, 0, 255)


def strip(*layers: Spans) -> tuple[np.ndarray, int, int]:
    """Colours along the middle of a panel from 0 to 1000, and its first and last pixel."""
    panel = Panel(layers, x=Axis(limits=(0.0, 1000.0)), y=Axis(limits=(0, 1), ticks=0))
    figure = Figure(panel, size=(4, 2), dpi=100)
    picture = np.asarray(Image.open(io.BytesIO(figure.to_bytes("png"))).convert("RGB"))
    (placed,) = layout(figure).panels
    box = placed.box
    return picture[int((box.y0 + box.y1) / 2)], int(box.x0), int(box.x1)


def test_each_pixel_has_the_color_of_what_covers_it() -> None:
    row, first, last = strip(Spans([0.0, 600.0], [400.0, 1000.0], color="red"))
    at = first + np.array([0.2, 0.5, 0.8]) * (last - first)
    seen = [tuple(row[int(place)]) for place in at]
    assert [color == RED for color in seen] == [True, False, True]


def test_a_range_much_narrower_than_a_pixel_is_seen_over_the_others() -> None:
    long = Spans([0.0], [1000.0], color="blue")
    row, first, last = strip(long, Spans([500.0], [500.001], color="red"))
    reds = [x for x in range(first, last) if tuple(row[x]) == RED]
    assert len(reds) == 1
    assert abs(reds[0] - (first + last) / 2) <= 1


def test_runs_are_those_of_a_plain_loop() -> None:
    rng = np.random.default_rng(1)
    low = np.sort(rng.uniform(-20, 120, 60))
    high = low + rng.exponential(2.0, 60)
    covered = np.zeros(100, bool)
    for start, stop in zip(low, high, strict=True):
        if stop >= 0 and start <= 100:
            begin = round(min(max(start, 0), 99))
            covered[begin : max(round(min(stop, 100)), begin + 1)] = True
    made = np.zeros(100, bool)
    for begin, end in runs(low, high, 0, 100):
        assert not made[begin:end].any() and (begin == 0 or not made[begin - 1])
        made[begin:end] = True
    np.testing.assert_array_equal(made, covered)


def test_matplotlib_draws_the_same_ranges() -> None:
    spans = Spans([0.0, 600.0, np.nan], [400.0, 1000.0, 3.0], label="on", color="red")
    axes = Figure(Panel(spans, legend="outside")).to_matplotlib().axes[0]
    (ranges,) = axes.collections
    corners = [path.vertices[:, 0] for path in ranges.get_paths()]
    assert [(each.min(), each.max()) for each in corners] == [(0.0, 400.0), (600.0, 1000.0)]


def test_ends_of_other_lengths_are_refused() -> None:
    with pytest.raises(PlottingError, match="Spans have 1 beginnings but 2 ends"):
        Spans([0.0], [1.0, 2.0])


def test_an_axis_may_have_no_ticks_and_leave_no_room() -> None:
    (placed,) = layout(
        Figure(Panel(Spans([0.0], [9.0]), x=Axis(tight=True), y=Axis(ticks=0, limits=(0, 1))))
    ).panels
    assert placed.y.ticks.labels == () and placed.y.ticks.minor.size == 0
    assert placed.x.ticks.labels
