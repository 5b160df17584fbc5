"""Descriptions refuse what cannot be drawn, when they are made and with a sentence."""

from __future__ import annotations

import re

import numpy as np
import pytest

from figmill.errors import PlottingError
from figmill.figure import (
    Axis,
    Band,
    Bins,
    Bracket,
    ColorScale,
    Curve,
    Figure,
    Fill,
    HLine,
    Mark,
    Panel,
    Spectrogram,
    TickRow,
    VLine,
)

X = np.linspace(0.0, 1.0, 5)
BINS = Bins.from_edges([0.0, 1.0])
ONE = np.ones((1, 1))


def curve(**look: object) -> Curve:
    return Curve(X, X, **look)  # type: ignore[arg-type]


REFUSED = [
    (lambda: curve(color=[1, 0]), "The curve's color is [1, 0]. Use a name"),
    (lambda: curve(color=(2, 0, 0)), "in 0..1"),
    (lambda: curve(color=(1, 0, 0, 0.5)), "opacity is the layer's alpha"),
    (lambda: curve(color="#ff000080"), "opacity is the layer's alpha"),
    (lambda: curve(color=5), "The curve's color is 5"),
    (lambda: curve(marker="star"), "The curve's marker is 'star'. Use one of 'circle', 'square'"),
    (lambda: curve(dash="---"), "The curve's dash is '---'. Use one of 'solid', 'dashed'"),
    (lambda: curve(dash=None), "The curve's dash is None"),
    (lambda: curve(width=1e9), "The curve's width is 1e+09 points. Use 0 to 1000"),
    (lambda: curve(width=-1), "The curve's width is -1 points"),
    (lambda: curve(width=float("nan")), "The curve's width is nan points"),
    (lambda: curve(width="wide"), "The curve's width is 'wide', not a number"),
    (lambda: curve(marker_size=float("inf")), "The curve's marker_size is inf points"),
    (lambda: curve(alpha=2), "The curve's alpha is 2. Use 0"),
    (lambda: curve(alpha=-1), "The curve's alpha is -1"),
    (lambda: curve(alpha=None), "The curve's alpha is None"),
    (lambda: curve(label=5), "The curve's label is 5, not text"),
    (lambda: Curve(["a"], [1]), "The curve's x holds <U1, not numbers"),
    (lambda: Fill(X, X, X, alpha=3), "The fill's alpha is 3"),
    (lambda: Band(0, 1, axis="z"), "The band's axis is 'z'. Use one of 'x', 'y'"),
    (lambda: Band("a", 1), "The band's low is 'a', not a number"),
    (lambda: VLine(0, width=None), "The vertical line's width is None"),
    (lambda: VLine([1, 2]), "The vertical line's at is [1, 2], not a number"),
    (lambda: HLine(0, dash="="), "The horizontal line's dash is '='"),
    (lambda: Bracket(0, 1, width=-2), "The bracket's width is -2 points"),
    (lambda: Mark(0, 0, 5), "The mark's text is 5, not text"),
    (lambda: Mark(0, 0, "a", align="top"), "The mark's align is 'top'"),
    (lambda: Mark(0, 0, "a", place="under"), "The mark's place is 'under'"),
    (lambda: Spectrogram(X, BINS, ONE), "A spectrogram's x is of type ndarray. Pass Bins"),
    (lambda: Spectrogram(BINS, X, ONE), "A spectrogram's y is of type ndarray. Pass Bins"),
    (lambda: Spectrogram(BINS, BINS, ONE, "log"), "A spectrogram's color is of type str"),
    (lambda: ColorScale("sqrt"), "The colour scale is 'sqrt'. Use one of 'linear', 'log'"),
    (lambda: ColorScale(limits=5), "The colour limit is 5. Give two"),
    (lambda: ColorScale(limits=("a", 5)), "The colour limit is 'a', not a number"),
    (lambda: ColorScale(limits=(1, float("nan"))), "The colour limit is nan"),
    (lambda: ColorScale("log", limits=(0, 1)), "The colour limit of 0 cannot stand on a log"),
    (lambda: ColorScale(limits=(2, 1)), "The colour limits 2 to 1 are not increasing"),
    (lambda: ColorScale(percentiles=5), "Percentiles 5 are not"),
    (lambda: ColorScale(percentiles=(99, 1)), "Percentiles (99, 1) are not"),
    (lambda: ColorScale(below=(0, 0, 0, 0)), "The colour of values that are below"),
    (lambda: ColorScale(colormap=None), "The colour scale's colormap is None"),
    (lambda: Axis(limits=None), "The axis limit is None. Give two"),
    (lambda: Axis(limits=(1, 2, 3)), "The axis limit is (1, 2, 3)"),
    (lambda: Axis(limits=(float("inf"), None)), "The axis limit is inf"),
    (lambda: Axis("log", limits=(-1, 1)), "The axis limit of -1 cannot stand on a log scale"),
    (lambda: Axis(limits=(1, 1)), "The axis limits 1 to 1 are not increasing"),
    (lambda: Axis(label=None), "The axis label is None"),
    (lambda: Axis(ticks=-1), "An axis of -1 ticks"),
    (lambda: Panel(legend="center"), "The place of a legend is 'center'. Use one of 'best'"),
    (lambda: Panel(x="time"), "A panel's x is of type str. Pass an Axis."),
    (lambda: Panel(title=3), "The panel's title is 3, not text"),
    (lambda: Figure(Panel(), provenance={"a": 1}), "provenance['a'] is 1. Both must be text"),
    (lambda: Figure(Panel(), style=None), "A figure's style is of type NoneType"),
    (lambda: Figure(Panel(), title=None), "The figure's title is None"),
    (lambda: Figure(Panel(), tick_rows=["MLT"]), "One of the tick rows is of type str"),
    (lambda: Figure(5), "What a figure holds is of type int. Give a Panel"),
    (lambda: Figure([5]), "A row of a figure is of type int"),
    (lambda: Figure([curve(), Panel()]), "A row of a figure is of type Curve"),
    (lambda: VLine("2026-02-30"), "'2026-02-30' is not a date"),
    (lambda: VLine("20260102"), "The vertical line's at is '20260102', not a number"),
    (lambda: Figure([[curve()]]), "Curve is not a Panel. Put layers into a Panel"),
    (lambda: Figure(Panel(), size=5), "The size of a figure is 5. Give (width, height)"),
    (lambda: Figure(Panel(), size=("a", 1)), "The size of a figure is 'a', not a number"),
    (lambda: Figure(Panel(), dpi="high"), "The resolution is 'high', not a number"),
    (lambda: Figure(Panel(), dpi=float("nan")), "A resolution of nan dpi"),
    (lambda: Figure(Panel(), row_heights=5), "row_heights is 5. Give 1 numbers above 0"),
    (lambda: Figure(Panel(), row_heights=["a"]), "row_heights is ['a']. Give 1 numbers"),
    (lambda: Panel(5), "What a panel holds is of type int. Give a layer"),
    (lambda: TickRow("MLT", [0], [1], period=0), "Tick row 'MLT' has a period of 0"),
    (lambda: TickRow("MLT", [0], [1], decimals=-1), "Tick row 'MLT' has -1 decimals"),
    (lambda: TickRow("MLT", ["a"], [1]), "Tick row 'MLT' holds <U1, not numbers"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "sentence"), REFUSED, ids=[text for _, text in REFUSED])
def test_refuses(make, sentence):
    with pytest.raises(PlottingError, match=re.escape(sentence)):
        make()


def test_lists_and_arrays_do_for_tuples():
    scale = ColorScale(limits=[1, 5], percentiles=[2, 98], below=[0, 0, 0], above=np.ones(3))
    assert (scale.limits, scale.percentiles) == ((1.0, 5.0), (2.0, 98.0))
    assert (scale.below, scale.above) == ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    layers = [Spectrogram(BINS, BINS, ONE, scale), curve(color=[1, 0, 0], marker="plus")]
    assert Figure(Panel(layers), dpi=60).to_bytes()


class TestTickRow:
    def test_what_rounds_to_the_end_of_the_range_is_its_beginning(self):
        row = TickRow("MLT", [0.0, 1.0, 2.0], [23.94, 23.96, 0.04], period=24)
        assert row.at([0.0, 1.0, 2.0]).tolist() == [23.9, 0.0, 0.0]
        assert [f"{value:.1f}" for value in row.at([1.0, 1.5])] == ["0.0", "0.0"]
        whole = TickRow("MLT", [0.0, 1.0], [23.2, 23.6], decimals=0, period=24)
        assert whole.at([0.0, 1.0]).tolist() == [23.0, 0.0]

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ([-170, -170, -160], [-170, -170, -165, -160]),
            ([170, -170, -160], [170, -170, -165, -160]),
            ([190, 200, 210], [190, 200, 205, 210]),
            ([350, 10, 20], [350, 10, 15, 20]),
            ([350.5, 365.5, 380.5], [350.5, 365.5, 373, 380.5]),
        ],
    )
    def test_stays_in_the_range_of_its_values(self, values, expected):
        row = TickRow("lon", [0, 1, 2], values, period=360)
        assert row.at([0, 1, 1.5, 2]).tolist() == expected

    def test_goes_the_short_way_round(self):
        assert TickRow("lon", [0, 1], [170, -170], period=360).at([0.25, 0.75]).tolist() == [
            175.0,
            -175.0,
        ]

    def test_is_rounded_and_has_no_negative_zero(self):
        row = TickRow("ILAT", [0.0, 1.0], [-0.04, 1.26])
        assert str(row.at([0.0])[0]) == "0.0"
        assert row.at([1.0]).tolist() == [1.3]
        assert np.isnan(row.at([-1.0, 2.0])).all()
        assert np.isnan(TickRow("ILAT", [], []).at([0.0])).all()


class TestHabits:
    """What users of matplotlib write is taken."""

    def test_dates_may_be_written_out(self):
        made = Curve(["2026-01-02", "2026-01-02T00:01:00.5", "2026-01-02T01:00+01:00"], [1, 2, 3])
        np.testing.assert_array_equal(made.x - made.x[0], [0, 60.5, 0])
        assert made.x[0] == np.datetime64("2026-01-02", "s").astype(float)
        axis = Axis("time", limits=("2026-01-02", "2026-01-03T12:00Z"))
        assert axis.limits == (made.x[0], made.x[0] + 1.5 * 86400)
        assert VLine("2026-01-02").at == made.x[0]

    def test_what_only_looks_like_a_date_is_refused(self):
        for text in ("2026", "20260102", "2026-01", "a"):
            with pytest.raises(PlottingError, match="not numbers"):
                Curve([text], [1.0])
        with pytest.raises(PlottingError, match="2026-13-01"):
            Curve(["2026-13-01"], [1.0])

    def test_short_dashes_and_markers(self):
        for short, name in (("-", "solid"), ("--", "dashed"), (":", "dotted"), ("-.", "dashdot")):
            assert curve(dash=short).dash == HLine(0, dash=short).dash == name
        for short, name in (("o", "circle"), ("s", "square"), ("^", "triangle"), ("+", "plus")):
            assert curve(marker=short).marker == name

    def test_legends_may_be_true_or_false(self):
        assert Panel(curve(), legend=True).legend == "best"
        assert Panel(curve(), legend=False).legend is None

    def test_limits_with_the_highest_first_reverse_the_axis(self):
        axis = Axis(limits=(4000, 400))
        assert axis.limits == (400, 4000) and axis.reverse
        assert Axis(limits=(4000, 400), reverse=True).reverse
        assert not Axis(limits=(400, 4000)).reverse

    def test_a_figure_of_layers_is_one_panel(self):
        one = Figure(curve())
        assert one.shape == (1, 1) and isinstance(one.panels[0][0].layers[0], Curve)
        both = Figure([curve(), HLine(0)])
        assert both.shape == (1, 1) and len(both.panels[0][0].layers) == 2

    def test_one_line_says_what_it_is(self):
        many = np.arange(1e5)
        figure = Figure(Panel([Curve(many, many, label="one")] * 5, title="A" * 90), title="T")
        for part, said in (
            (figure, "Figure(1 panel of 5 layers, 8 x 5.5 in, 150 dpi, title='T')"),
            (figure.panels[0][0], "... 5 in all]"),
            (
                Curve(many, many, label="one"),
                "Curve(x=array(100000), y=array(100000), label='one')",
            ),
        ):
            assert said in repr(part) and "\n" not in repr(part) and len(repr(part)) < 400
