"""Nothing is clipped, nothing overlaps, and figures of one kind share their margins."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from figmill.draw.compose import arranged, compose
from figmill.draw.layout import layout, named
from figmill.draw.ops import Box, Cells, Rules, Sheet, Text
from figmill.draw.text import measure
from figmill.errors import PlottingError
from figmill.figure import Axis, Curve, Figure, Panel

from .figures import GOLDEN, HARD, LONG, START, lines, spectrogram


def boxes(sheet: Sheet) -> list[tuple[Text, Box]]:
    """Where each text stands."""
    found = []
    for op in sheet.ops:
        if not isinstance(op, Text):
            continue
        extent = measure(op.text, op.size, sheet.dpi, op.bold)
        back = {"left": 0.0, "center": 0.5, "right": 1.0}[op.align] * extent.width
        if op.upright:
            box = Box(
                op.x - back, op.y - extent.ascent, op.x - back + extent.width, op.y + extent.descent
            )
        else:
            box = Box(
                op.x - extent.ascent, op.y + back - extent.width, op.x + extent.descent, op.y + back
            )
        found.append((op, box))
    return found


@pytest.mark.parametrize("name", [*HARD, *GOLDEN])
def test_no_text_is_clipped_or_overlaps(name: str) -> None:
    figure = {**HARD, **GOLDEN}[name]
    sheet = compose(figure)
    texts = boxes(sheet)
    assert texts
    slack = 1.0
    for op, box in texts:
        assert box.x0 >= -slack, op
        assert box.y0 >= -slack, op
        assert box.x1 <= sheet.width + slack, op
        assert box.y1 <= sheet.height + slack, op
    for number, (op, one) in enumerate(texts):
        for other_op, other in texts[number + 1 :]:
            apart = (
                one.x1 <= other.x0 + slack
                or other.x1 <= one.x0 + slack
                or one.y1 <= other.y0 + slack
                or other.y1 <= one.y0 + slack
            )
            assert apart, f"{op.text!r} overlaps {other_op.text!r}"
    arrangement = arranged(figure)[0].panels
    panels = [placed.box for placed in arrangement]
    bars = [placed.bar.box for placed in arrangement if placed.bar is not None]
    for op, box in texts:
        if op.plain and "outside" not in name:
            for area in (*panels, *bars):
                apart = (
                    box.x1 <= area.x0 + slack
                    or area.x1 <= box.x0 + slack
                    or box.y1 <= area.y0 + slack
                    or area.y1 <= box.y0 + slack
                )
                assert apart, f"{op.text!r} lies on {area}"


def test_a_long_label_is_cut_only_when_it_cannot_be_broken_or_shrunk() -> None:
    texts = [op.text for op, _ in boxes(compose(HARD["long labels"]))]
    assert any(text.endswith("…") for text in texts)
    roomy = Figure(Panel(y=Axis(label="A label of some length", unit="m")), size=(6, 4))
    assert "A label of some length (m)" in [op.text for op, _ in boxes(compose(roomy))]


def test_figures_of_one_kind_have_the_same_margins() -> None:
    one = layout(Figure(spectrogram(n=40), size=(8, 3))).panels[0].box
    other = layout(Figure(spectrogram(n=17, gap=False), size=(8, 3))).panels[0].box
    assert one == other


def test_panels_stand_on_whole_pixels() -> None:
    for figure in HARD.values():
        for placed in layout(figure).panels:
            assert all(float(value).is_integer() for value in placed.box)


def test_a_column_shares_its_time_axis_and_only_the_lowest_panel_is_labelled() -> None:
    placed = layout(Figure([spectrogram(), lines()], size=(8, 5))).panels
    assert placed[0].x.low == placed[1].x.low
    assert placed[0].x.high == placed[1].x.high
    assert [panel.shows_x for panel in placed] == [False, True]
    alone = layout(Figure([spectrogram(), lines()], size=(8, 5), share_x=False)).panels
    assert [panel.shows_x for panel in alone] == [True, True]
    assert alone[0].x.high != alone[1].x.high


def test_ticks_stand_where_their_values_are() -> None:
    panel = Panel(
        Curve(np.array([0.0, 10.0]), np.array([1.0, 100.0])),
        Axis(limits=(0, 10)),
        Axis("log", limits=(1, 100)),
    )
    (placed,) = layout(Figure(panel, size=(6, 4))).panels
    at = dict(zip(placed.x.ticks.labels, placed.x.pixels(placed.x.ticks.major), strict=True))
    assert at["0"] == pytest.approx(placed.box.x0)
    assert at["10"] == pytest.approx(placed.box.x1)
    middle = placed.y.pixels(np.array([10.0]))[0]
    assert middle == pytest.approx((placed.box.y0 + placed.box.y1) / 2)


def test_reversed_and_kinked_axes() -> None:
    axis = Axis(limits=(1000, 4000), reverse=True, kink=(2000, 2.0))
    (placed,) = layout(Figure(Panel(x=axis), size=(6, 4))).panels
    at = placed.x.pixels(np.array([4000.0, 2000.0, 1000.0]))
    # 2000 cm-1 above the kink and 1000 below it at twice the scale: half of the panel each.
    assert at == pytest.approx([placed.box.x0, (placed.box.x0 + placed.box.x1) / 2, placed.box.x1])


def test_units_and_factors_are_typeset() -> None:
    assert named("Flux", "1/cm2") == "Flux (cm^{−2})"
    assert named("Current", "A", "×10^{−6}") == "Current (10^{−6} A)"
    assert named("Ratio", "", "×10^{3}") == "Ratio (×10^{3})"
    assert named("", "nT") == "nT"


def test_a_figure_without_room_says_so() -> None:
    with pytest.raises(PlottingError, match="no room for 9 rows"):
        compose(Figure([spectrogram() for _ in range(9)], size=(6, 2)))
    with pytest.raises(PlottingError, match="no room for 3 columns"):
        compose(Figure([[spectrogram()] * 3], size=(3, 3)))


def test_gaps_and_bins_of_a_spectrogram_on_pixels() -> None:
    figure = GOLDEN["spectrogram"]
    (placed,) = layout(figure).panels
    (cells,) = [op for op in compose(figure).ops if isinstance(op, Cells) and op.box == placed.box]
    picture = cells.picture((255, 255, 255))
    gap = placed.x.pixels(np.array([START + 20 * 60.0, START + 30 * 60.0])) - placed.box.x0
    blank = (picture == 255).all(axis=(0, 2))
    assert np.flatnonzero(blank)[[0, -1]] == pytest.approx([gap[0], gap[1] - 1], abs=1)
    assert not blank[: int(gap[0])].any()


def test_a_line_outside_the_panel_does_not_widen_it() -> None:
    figure = GOLDEN["events"]
    placed = layout(figure).panels[0]
    assert placed.x.low == START
    assert all(
        isinstance(op, Rules) is False or np.isfinite(op.segments).all()
        for op in compose(figure).ops
    )


def test_hostile_labels_are_drawn_as_they_are() -> None:
    nasty = "$\\frac{1}{0}$ \\n _{ ^{ }} \x00\x1b[31m 😀 {" + LONG
    panel = dataclasses.replace(spectrogram(), row_label=nasty, title=nasty)
    sheet = compose(Figure(panel, title=nasty, size=(6, 3)))
    assert any("frac" in op.text for op, _ in boxes(sheet))


@pytest.mark.parametrize("text", ["two rows are left out.", LONG * 20])
def test_a_footer_stands_under_all_else_and_takes_a_seventh_at_most(text: str) -> None:
    figure = Figure(spectrogram(), footer=text, size=(6, 3), dpi=100)
    placed = layout(figure)
    drawn = [(op, box) for op, box in boxes(compose(figure)) if op.text in placed.footer.lines]
    assert len(drawn) == len(placed.footer.lines) > 0
    assert min(box.y0 for _, box in drawn) > max(panel.box.y1 for panel in placed.panels)
    assert max(box.y1 for _, box in drawn) <= 300
    assert max(box.x1 for _, box in drawn) <= 600
    assert 300 - min(box.y0 for _, box in drawn) < 300 / 7 + 12
    others = [box for op, box in boxes(compose(figure)) if op.text not in placed.footer.lines]
    assert max(box.y1 for box in others) < min(box.y0 for _, box in drawn)
    twin = figure.to_matplotlib()
    assert [text.get_text() for text in twin.texts][-1].splitlines() == [*placed.footer.lines]


@pytest.mark.parametrize(
    ("days", "limits", "label"),
    [
        (range(7), (None, None), "Time, 2020 (UTC)"),
        (range(-1, 7), (None, None), "Time, 2019 – 2020 (UTC)"),
        # Limits that are given are what the figure shows.
        (range(7), (-43200.0, None), "Time, 2019 – 2020 (UTC)"),
        (range(2), (None, None), "Time, 2020-01-01 UTC"),
        # The marks around a single time are of both days.
        ([0], (None, None), "Time, 2019-12-31 – 2020-01-01 UTC"),
    ],
)
def test_the_time_axis_names_the_dates_of_the_data(days, limits, label) -> None:
    start = np.datetime64("2020-01-01T00:00:00").astype("datetime64[s]").astype(float)
    at = start + 86400.0 * np.array(days)
    given = tuple(None if one is None else start + one for one in limits)
    panel = Panel(Curve(at, np.arange(at.size)), x=Axis("time", limits=given))
    found = layout(Figure(panel)).panels[0].x_label
    assert " ".join(found.lines) == label


def test_panels_that_share_a_time_axis_name_the_dates_of_all() -> None:
    start = np.datetime64("2020-01-01T00:00:00").astype("datetime64[s]").astype(float)
    rows = [
        [Panel(Curve(start + 86400.0 * np.array(days), [0, 1]), x=Axis("time"))]
        for days in ([-3, 1], [0, 6])
    ]
    last = layout(Figure(rows)).panels[-1]
    assert " ".join(last.x_label.lines) == "Time, 2019 – 2020 (UTC)"
