"""Spectrograms on the pixels of their panel."""

from __future__ import annotations

import numpy as np

from figmill.draw import pixels
from figmill.draw.layer_kinds.spectrogram import spectrogram_picture
from figmill.draw.layout import layout
from figmill.figure import Axis, Bins, BinTables, Figure, Panel, Spectrogram
from figmill.figure.leap_seconds import SECOND


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


def test_records_of_a_leap_second_have_their_own_columns() -> None:
    # From 2016-12-31T23:59:58 UTC on, 0.5 s each: seconds 58, 59, 60, 0, 1.
    lo = 1483228834 * SECOND + np.arange(10) * SECOND // 2
    x = Bins.from_tai([lo, lo + SECOND // 2], np.ones(10, bool))
    values = np.arange(1.0, 11.0)[:, None] * np.ones(2)
    layer = Spectrogram(x, BinTables.single(Bins.from_edges([0.0, 1.0, 2.0])), values)
    (placed,) = layout(Figure(Panel(layer, x=Axis("time")), size=(5, 4))).panels
    picture = spectrogram_picture(layer, placed, (0.5, 10.5))
    drawn = picture.strips[picture.rows]
    line = (drawn[0] if drawn.shape[1] == int(placed.box.width) else drawn[:, 0]).tolist()
    wanted = pixels.color_numbers(values[:, :1], (0.5, 10.5), log=False).ravel().tolist()
    assert list(dict.fromkeys(line)) == wanted
    counts = [line.count(color) for color in wanted]
    assert max(counts) - min(counts) <= 1
    # Midnight stands where second 60 has ended, three fifths along.
    middle = placed.x.pixels(np.array([1483228800.0]))[0]
    assert abs((middle - placed.x.start) / (placed.x.stop - placed.x.start) - 0.6) < 1e-6


def test_records_that_seconds_cannot_tell_apart_have_their_own_columns() -> None:
    lo = 1590969637 * SECOND + np.arange(20) * 100
    x = Bins.from_tai([lo, lo + 100], np.ones(20, bool))
    values = np.arange(1.0, 21.0)[:, None] * np.ones(2)
    layer = Spectrogram(x, BinTables.single(Bins.from_edges([0.0, 1.0, 2.0])), values)
    (placed,) = layout(Figure(Panel(layer, x=Axis("time")), size=(5, 4))).panels
    drawn = spectrogram_picture(layer, placed, (0.5, 20.5)).strips
    wanted = pixels.color_numbers(values[:, :1], (0.5, 20.5), log=False).ravel()
    assert set(wanted.tolist()) <= set(np.unique(drawn).tolist())
