"""Texts inside a panel: each in a place of its own."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from figmill.draw.compose import compose
from figmill.draw.ops import Box, Polyline, Rect, Sheet, Text
from figmill.draw.text import measure
from figmill.figure import Axis, Curve, Figure, Mark, Panel, VLine

X = np.linspace(0, 10, 500)


def sheet(*layers: object) -> Sheet:
    axes = {"x": Axis(limits=(0, 10)), "y": Axis(limits=(0, 10))}
    return compose(Figure(Panel(layers, legend=None, **axes), size=(6, 4), dpi=100))


def places(drawn: Sheet, *texts: str) -> dict[str, Box]:
    """Where texts stand, by what they say."""
    found = {}
    for op in drawn.ops:
        if isinstance(op, Text) and op.text in texts:
            size = measure(op.text, op.size, 100)
            found[op.text] = Box(op.x, op.y - size.ascent, op.x + size.width, op.y + size.descent)
    return found


@pytest.mark.parametrize("place", ["above", "below", "beside"])
@pytest.mark.parametrize("y", [0.1, 5.0, 9.9])
def test_marks_of_one_place_can_all_be_read(place, y) -> None:
    names = [f"mark {number}" for number in range(6)]
    found = places(
        sheet(*(Mark(4 + 0.1 * n, y, t, place=place) for n, t in enumerate(names))), *names
    )
    assert len(found) == 6
    for one, other in itertools.combinations(found.values(), 2):
        assert not one.meets(other)


def test_what_stands_below_makes_way_downwards() -> None:
    found = places(sheet(*(Mark(5, 5, text, place="below") for text in "ABC")), *"ABC")
    assert found["A"].y0 < found["B"].y0 < found["C"].y0
    found = places(sheet(*(Mark(5, 5, text) for text in "ABC")), *"ABC")
    assert found["A"].y0 > found["B"].y0 > found["C"].y0


def test_a_text_has_a_ground_where_a_curve_runs_under_it() -> None:
    steep = np.where((X > 4.95) & (X < 5.05), 9.0, 1.0)
    for y, grounds in ((5.0, 1), (1.5, 0)):
        drawn = sheet(Curve(X, steep), Mark(5.0 if grounds else 2.0, y, "here"))
        assert sum(isinstance(op, Rect) and op.alpha < 1 for op in drawn.ops) == grounds


@pytest.mark.parametrize("behind", [True, False])
def test_borders_lie_under_curves_where_asked(behind) -> None:
    drawn = sheet(VLine(5.0, behind=behind), Curve(X, X))
    lines = [bool(op.dash) for op in drawn.ops if isinstance(op, Polyline)]
    assert lines == ([True, False] if behind else [False, True])
