"""Spectrograms on the pixels of their panel."""

from __future__ import annotations

import numpy as np

from figmill.draw import pixels
from figmill.draw.layer_kinds.spectrogram import spectrogram_picture
from figmill.draw.layout import layout
from figmill.figure import Axis, Bins, BinTables, Figure, Panel, Spectrogram


def test_bins_down_to_zero_are_seen_on_log_axes() -> None:
    edges = np.array([0.0, 1.0, 10.0, 100.0])
    values = np.arange(9.0).reshape(3, 3) + 1
    bins = Bins.from_edges(edges)
    layer = Spectrogram(bins, BinTables.single(bins), values)
    (placed,) = layout(Figure(Panel(layer, x=Axis("log"), y=Axis("log")), size=(5, 4))).panels
    picture = spectrogram_picture(layer, placed, (0.5, 9.5))
    drawn = picture.strips[picture.rows]
    assert not (drawn == pixels.BLANK).any()
    assert not (picture.rows < 0).any()
    wanted = pixels.color_numbers(values, (0.5, 9.5), log=False)
    assert drawn[-2, 1] == wanted[0, 0]
    assert drawn[1, -2] == wanted[2, 2]
    assert drawn[-2, -2] == wanted[2, 0]
