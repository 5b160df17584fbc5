"""Characters that no font has are said: in the figure they are boxes."""

from __future__ import annotations

import numpy as np
import pytest

from figmill.draw.glyphs import missing_glyphs
from figmill.figure import Axis, Bins, ColorScale, Curve, Figure, Mark, Panel, Spectrogram

# A sign of cuneiform, which no font of figures has.
ODD = "\U00012000"


def test_what_can_be_drawn_is_not_noted() -> None:
    text = "σ (µS/cm), Δν̃ ≥ 5 °, Straße, Ångström, Ж, □\n\x07"
    figure = Figure(Panel((Curve([0.0, 1.0], [0.0, 1.0], label=text),), title=text), title=text)
    assert list(missing_glyphs(figure)) == []


@pytest.mark.parametrize(
    "where",
    ["title", "footer", "panel", "row", "note", "legend", "x", "unit", "curve", "mark", "color"],
)
def test_wherever_a_text_stands_its_boxes_are_noted(where: str) -> None:
    def said(place: str) -> str:
        return f"a {ODD}" if where == place else ""

    bins = Bins.from_edges([0.0, 1.0, 2.0])
    cells = Spectrogram(bins, bins, np.ones((2, 2)), color=ColorScale(label=said("color")))
    panel = Panel(
        (cells, Curve([0.0, 1.0], [0.0, 1.0], label=said("curve")), Mark(0.5, 0.5, said("mark"))),
        x=Axis(label=said("x"), unit=said("unit")),
        title=said("panel"),
        row_label=said("row"),
        note=said("note"),
        legend_title=said("legend"),
    )
    figure = Figure(panel, title=said("title"), footer=said("footer"))
    (note,) = missing_glyphs(figure)
    assert (note.level, note.code, note.place) == ("loss", "missing-glyph", f"a {ODD}")
    assert "has U+12000 (CUNEIFORM SIGN A): a box is drawn" in note.text


def test_each_text_is_noted_once_and_names_its_characters() -> None:
    odd = "".join(chr(0x12000 + number) for number in range(8))
    panel = Panel((Curve([0.0], [0.0], label=odd), Curve([0.0], [1.0], label=odd)))
    (note,) = missing_glyphs(Figure(panel, title=odd))
    assert "has U+12000 (CUNEIFORM SIGN A), U+12001 (" in note.text
    assert " and 3 more: boxes are drawn" in note.text
