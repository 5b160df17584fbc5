"""Bars, histograms and boxes: counted and summed by a second way."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.cbook import boxplot_stats

from figmill.errors import PlottingError
from figmill.figure import Axis, Bars, Boxes, Figure, Histogram, Panel
from figmill.figure.autoscale import axis_ranges
from figmill.figure.unseen import unseen

SAMPLE = np.random.default_rng(3).standard_t(2, 101)


def test_a_histogram_counts_each_value_once() -> None:
    edges, counts = Histogram([0.0, 1, 1, 2, 3, np.nan], bins=[0, 1, 2, 3]).counted()
    # The last bin holds its upper edge.
    assert edges.tolist() == [0, 1, 2, 3] and counts.tolist() == [1, 2, 2]
    _, shares = Histogram(SAMPLE, 7, density=True).counted()
    edges = Histogram(SAMPLE, 7).counted()[0]
    assert np.sum(shares * np.diff(edges)) == pytest.approx(1)


def test_automatic_bins_are_those_of_freedman_and_diaconis_but_never_many() -> None:
    wanted = np.histogram_bin_edges(SAMPLE, "fd")
    np.testing.assert_allclose(Histogram(SAMPLE).counted()[0], wanted)
    far = np.append(SAMPLE, 1e12)
    assert Histogram(far).counted()[0].size == 201
    for few in ([], [np.nan], [3.0, 3.0]):
        edges, counts = Histogram(few).counted()
        assert edges.size == 2 and counts.sum() == np.isfinite(few).sum()


def test_values_beyond_the_bins_are_told() -> None:
    layer = Histogram([-1.0, 0.5, 2.0, np.nan], bins=[0, 1], label="runs")
    (note,) = unseen(Figure(Panel(layer, title="A")))
    assert note.code == "values-outside-bins" and note.level == "loss"
    assert note.text.startswith("2 of 3 values") and note.place == "A: runs"
    assert list(unseen(Figure(Panel(Histogram(SAMPLE))))) == []


def test_boxes_are_matplotlibs() -> None:
    (found,) = Boxes([SAMPLE]).summaries()
    (wanted,) = boxplot_stats(SAMPLE)
    assert found is not None
    for mine, theirs in (
        (found.low, "whislo"),
        (found.first, "q1"),
        (found.median, "med"),
        (found.third, "q3"),
        (found.high, "whishi"),
    ):
        assert mine == pytest.approx(wanted[theirs])
    assert sorted(found.beyond) == sorted(wanted["fliers"])


def test_a_sample_without_values_has_no_box() -> None:
    assert Boxes([[], [np.nan], [1.0]]).summaries()[:2] == (None, None)


def test_no_room_is_left_under_bars() -> None:
    for layer in (Bars([1.0, 2.0]), Histogram(SAMPLE)):
        ((low, high),) = axis_ranges(Figure(Panel(layer)), "y").values()
        assert low == 0 and high > 2
    ((low, _),) = axis_ranges(Figure(Panel(Bars([-1.0, 2.0]))), "y").values()
    assert low == pytest.approx(-1.15)


def test_categories_are_the_places_of_an_axis() -> None:
    assert Axis(categories=["a", "b"]).limits == (-0.5, 1.5)
    assert Axis(categories=["a", "b"], limits=(0.5, None)).limits == (0.5, 1.5)
    for wrong in ({"categories": "ab"}, {"categories": [1]}, {"scale": "log"}):
        with pytest.raises(PlottingError):
            Axis(**{"categories": ["a"], **wrong})


@pytest.mark.parametrize(
    "make",
    [
        lambda: Bars([1.0], [1.0, 2.0]),
        lambda: Bars([1.0], width=0.0),
        lambda: Histogram([1.0], bins=[2, 1]),
        lambda: Histogram([1.0], bins=2.5),
        lambda: Boxes([[1.0]], [1.0, 2.0]),
        lambda: Boxes([[1.0]], width=-1.0),
        lambda: Boxes(3.0),
    ],
)
def test_what_is_no_bar_is_refused(make) -> None:
    with pytest.raises(PlottingError) as told:
        make()
    assert told.value.hint
