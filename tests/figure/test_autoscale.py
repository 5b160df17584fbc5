"""Which ranges axes and colours span: limits that are given are kept, others follow the data."""

from __future__ import annotations

import numpy as np
import pytest

from figmill.errors import PlottingError
from figmill.figure import (
    Axis,
    Bins,
    BinTables,
    ColorScale,
    Curve,
    Figure,
    Panel,
    Spectrogram,
    VLine,
)
from figmill.figure.autoscale import NOMINAL, axis_ranges, color_range, settled, span

X = np.linspace(0.0, 1.0, 101)
WHOLE = (-np.inf, np.inf)


def y_range(values: object, axis: Axis) -> tuple[float, float]:
    return axis_ranges(Figure(Panel(Curve(X, values), y=axis)), "y")[0, 0]


def cells(values: object, **scale: object) -> Spectrogram:
    array = np.array(values, dtype=np.float64, ndmin=2)
    x, y = (Bins.from_edges(np.arange(1.0, size + 2)) for size in array.shape)
    return Spectrogram(x, y, array, ColorScale(**scale))


class TestGivenLimits:
    @pytest.mark.parametrize(
        ("scale", "limits", "expected"),
        [
            # Data from 1 to 4e4, all below or above the limit that is given.
            ("log", (1e6, None), (1e6, 1e7)),
            ("log", (None, 1e-3), (1e-4, 1e-3)),
            ("linear", (1e6, None), (1e6, 1e6 + 1.1 * (4e4 - 1))),
            ("linear", (None, -5e5), (-5e5 - 1.1 * (4e4 - 1), -5e5)),
            ("time", (1e6, None), (1e6, 1e6 + 1.1 * (4e4 - 1))),
        ],
    )
    def test_are_kept_where_no_data_lie_within(self, scale, limits, expected):
        found = y_range(np.geomspace(1.0, 4e4, X.size), Axis(scale, limits=limits))
        assert found == pytest.approx(expected, rel=1e-12)
        for bound, limit in zip(found, limits, strict=True):
            assert limit is None or bound == limit

    @pytest.mark.parametrize(("scale", "high"), [("linear", 11.0), ("log", 100.0)])
    def test_are_kept_where_there_are_no_data_at_all(self, scale, high):
        assert y_range(np.full(X.size, np.nan), Axis(scale, limits=(10, None))) == (10.0, high)

    def test_on_one_side_the_other_follows_the_data(self):
        assert y_range(5 * X, Axis(limits=(1, None))) == (1.0, 5.25)
        assert y_range(5 * X, Axis(limits=(None, 1))) == (-0.25, 1.0)

    def test_of_numbers_so_large_that_a_step_is_lost_still_increase(self):
        low, high = y_range(np.zeros(X.size), Axis(limits=(1e20, None)))
        assert low == 1e20 < high

    def test_that_leave_nothing_between_shared_axes_are_refused(self):
        panels = [Panel(y=Axis(limits=(10, None))), Panel(y=Axis(limits=(None, 5)))]
        with pytest.raises(PlottingError, match=r"limits 10 and 5.*share_y=False"):
            axis_ranges(Figure([panels], share_y=True), "y")
        assert axis_ranges(Figure([panels]), "y") == {(0, 0): (10.0, 11.0), (0, 1): (4.0, 5.0)}

    def test_of_shared_axes_hold_for_all(self):
        panels = [Panel(Curve(X, X)), Panel(Curve(X, X), x=Axis(limits=(7, None)))]
        low, high = axis_ranges(Figure(panels), "x")[0, 0]
        assert low == 7.0
        assert high > 8.0

    @pytest.mark.parametrize(
        ("scale", "limits", "expected"),
        [
            ("log", (1e6, None), (1e6, 1e7)),
            ("log", (None, 1e-6), (1e-7, 1e-6)),
            ("linear", (50, None), (50.0, 53.0)),
            ("linear", (None, 0), (-3.0, 0.0)),
        ],
    )
    def test_of_colours_are_kept_where_no_value_lies_within(self, scale, limits, expected):
        layer = cells([1.0, 2.0, 4.0], scale=scale, limits=limits)
        assert color_range(layer, WHOLE, WHOLE) == pytest.approx(expected)


class TestAutomaticColors:
    def test_few_values_are_all_within(self):
        assert color_range(cells([1.0, 2.0]), WHOLE, WHOLE) == (1.0, 2.0)
        sparse = np.zeros((30, 20))
        sparse[3, 4], sparse[20, 2] = 5.0, 800.0
        assert color_range(cells(sparse, scale="log"), WHOLE, WHOLE) == (5.0, 800.0)

    def test_a_log_scale_spans_at_least_a_decade(self):
        # Around the middle, the root of 2.
        low, high = color_range(cells([1.0, 2.0], scale="log"), WHOLE, WHOLE)
        assert (low, high) == pytest.approx((2**0.5 / 10**0.5, 2**0.5 * 10**0.5))

    def test_a_log_scale_spans_at_most_six_decades(self):
        # 2 % of the values lie at 1e-12: they need no colours of their own.
        values = np.append(np.geomspace(1e-2, 1e4, 980), np.full(20, 1e-12))
        low, high = color_range(cells(values, scale="log"), WHOLE, WHOLE)
        assert high / low == pytest.approx(1e6)
        assert high == pytest.approx(np.percentile(values, 99))

    def test_unless_more_than_a_twentieth_would_lie_outside(self):
        values = np.append(np.geomspace(1e-2, 1e4, 900), np.full(100, 1e-12))
        low, high = color_range(cells(values, scale="log"), WHOLE, WHOLE)
        assert low == 1e-12
        outside = np.count_nonzero((values < low) | (values > high))
        assert outside <= 50

    @pytest.mark.parametrize("outlier", [1e9, 1e-9])
    @pytest.mark.parametrize("count", [20, 60, 99, 100, 101, 150])
    def test_a_lone_outlier_does_not_move_a_log_scale(self, outlier, count):
        values = np.append(np.geomspace(1.0, 1e3, count - 1), outlier)
        low, high = color_range(cells(values, scale="log"), WHOLE, WHOLE)
        assert 0.9 <= low <= 1.2
        assert 800 <= high <= 1001

    def test_many_values_are_cut_at_percentiles(self):
        assert color_range(cells(np.arange(101.0)), WHOLE, WHOLE) == (1.0, 99.0)

    def test_records_are_averaged_with_those_of_their_own_table(self):
        # Bin 0 is the loud one in one table and bin 1 in the other: averaged by number of the
        # bin, both would be 50.5.
        records = 40 * NOMINAL
        index = np.arange(records) % 2
        values = np.where(index[:, None] == [[0, 1]], 1.0, 100.0)
        tables = BinTables([[1.0, 2.0], [3.0, 4.0]], [[2.0, 3.0], [4.0, 5.0]], index)
        x = Bins.from_edges(np.arange(records + 1.0))
        layer = Spectrogram(x, tables, values)
        assert color_range(layer, (0.0, float(records)), WHOLE) == (1.0, 100.0)
        # Of a part of the y range, only the bins there count.
        assert color_range(layer, (0.0, float(records)), (3.0, 4.0)) == (90.0, 110.0)

    def test_records_of_one_table_in_each_column_are_averaged_in_it(self):
        records = 4 * NOMINAL
        index = (np.arange(records) >= records // 2).astype(int)
        values = np.tile([[0.0], [2.0], [4.0], [6.0]], (NOMINAL, 1))
        x = Bins.from_edges(np.arange(records + 1.0))
        layer = Spectrogram(x, BinTables([[1.0], [3.0]], [[2.0], [4.0]], index), values)
        assert color_range(layer, (0.0, float(records)), WHOLE) == pytest.approx((2.7, 3.3))


class TestBinsDownToZero:
    @pytest.mark.parametrize(
        ("bins", "expected"),
        [
            (Bins.from_edges([0, 1, 10, 100]), (0.1, 100.0)),
            (Bins.from_edges([-5, 1, 2, 4]), (0.5, 4.0)),
            (Bins.from_edges([0, 1, 1000]), (0.1, 1000.0)),
            (Bins.from_edges([0, 8]), (0.8, 8.0)),
            (Bins.from_edges([-2, 0, 1, 2]), (0.5, 2.0)),
            # Seen already, since another begins below its end.
            (Bins([0, 1], [5, 9]), (1.0, 9.0)),
            (Bins.from_edges([1, 10, 100]), (1.0, 100.0)),
        ],
    )
    def test_are_seen_on_a_log_axis(self, bins, expected):
        layer = Spectrogram(Bins.from_edges([0, 1]), bins, np.ones((1, len(bins))))
        panel = Panel(layer, y=Axis("log"))
        assert axis_ranges(Figure(panel), "y")[0, 0] == pytest.approx(expected)

    def test_have_pixels_of_their_own(self):
        def colors(values: list[float]) -> bytes:
            bins = Bins.from_edges([0, 1, 10, 100])
            scale = ColorScale(limits=(0, 10))
            layer = Spectrogram(Bins.from_edges([0, 1]), bins, np.array([values]), scale)
            return Figure(Panel(layer, y=Axis("log")), size=(4, 3), dpi=60).to_bytes()

        assert colors([1.0, 5.0, 9.0]) != colors([9.0, 5.0, 9.0])


class TestLargestNumbers:
    @pytest.mark.parametrize("layer", [Curve(X, 1e308 * (2 * X - 1)), cells([-1e308, 1e308])])
    def test_a_range_that_overflows_is_refused(self, layer):
        with pytest.raises(PlottingError, match="wider than the largest number"):
            Figure(Panel(layer)).to_bytes()

    @pytest.mark.parametrize("made", [Axis, ColorScale])
    def test_limits_that_overflow_are_refused(self, made):
        with pytest.raises(PlottingError, match="wider than the largest number"):
            made("linear", limits=(-1e308, 1e308))

    def test_what_fits_is_drawn(self):
        assert Figure(Panel(Curve(X, 8e307 * (2 * X - 1)))).to_bytes()


def test_settled_says_all_limits():
    whole = settled(
        Figure(Panel([cells([1.0, 2.0]), VLine(1.5)], y=Axis(limits=(10, None))), size=(4, 3))
    )
    (panel,) = whole.panels[0]
    assert panel is not None
    assert (panel.x.limits, panel.y.limits) == ((1.0, 2.0), (10.0, 12.0))
    assert isinstance(panel.layers[0], Spectrogram)
    assert panel.layers[0].color.limits == (0.0, 1.0)  # no value is in view


@pytest.mark.parametrize("scale", ["linear", "log", "time"])
@pytest.mark.parametrize("kind", ["sound", "gaps", "infinite", "negative", "nothing", "zeros"])
def test_the_span_of_many_values_is_numpys(kind, scale):
    rng = np.random.default_rng(1)
    values = rng.lognormal(0, 5, (300, 500))
    if kind == "gaps":
        values[rng.random(values.shape) < 0.5] = np.nan
    elif kind == "infinite":
        values[7, 7], values[299, 499] = np.inf, -np.inf
    elif kind == "negative":
        values[:290] *= -1
    elif kind == "nothing":
        values[:] = np.nan
    elif kind == "zeros":
        values[:] = 0
    good = values[np.isfinite(values) & ((values > 0) | (scale != "log"))]
    wanted = (good.min(), good.max()) if good.size else None
    assert span(values, scale) == wanted
