"""What of a figure's data its axes cannot show."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from figmill.figure.autoscale import axis_ranges
from figmill.figure.layer_kind import Range
from figmill.figure.layers import Curve, Spectrogram
from figmill.figure.model import Axis, Figure, Panel
from figmill.notes import Note


def unseen(figure: Figure) -> Iterator[Note]:
    """Say which points of curves have no place on their axes, and which panels show nothing.

    Points without a value (NaN) are not meant: a gap is what they are for.

    Parameters
    ----------
    figure
        What is to be drawn.

    Yields
    ------
    Note
        The losses ``points-not-shown`` and ``panel-empty``, with the panel's name as the place.
    """
    x_ranges, y_ranges = axis_ranges(figure, "x"), axis_ranges(figure, "y")
    for row, panels in enumerate(figure.panels):
        for column, panel in enumerate(panels):
            if panel is None:
                continue
            name = panel.row_label or panel.title
            if not name and figure.shape != (1, 1):
                name = f"panel {row + 1},{column + 1}"
            yield from _of_panel(panel, name, x_ranges[row, column], y_ranges[row, column])


def _of_panel(panel: Panel, name: str, x_range: Range, y_range: Range) -> Iterator[Note]:
    seen = given = 0
    for layer in panel.layers:
        if isinstance(layer, Spectrogram):
            given += 1
            seen += bool(np.isfinite(layer.values).any() and layer.x.extent is not None)
        elif isinstance(layer, Curve):
            given += 1
            known = ~(np.isnan(layer.x) | np.isnan(layer.y))
            placed = _has_place(layer.x, panel.x) & _has_place(layer.y, panel.y)
            inside = _within(layer.x, x_range) & _within(layer.y, y_range)
            seen += bool((known & placed & inside).any())
            lost = int(np.count_nonzero(known & ~placed))
            if lost:
                where = f"{name}: {layer.label}" if name and layer.label else name or layer.label
                text = f"{lost} of {int(known.sum())} points are not shown: they are infinite, or "
                text += "0 or below on a logarithmic axis"
                yield Note.loss("points-not-shown", text, where)
    if given and not seen:
        yield Note.loss("panel-empty", "none of its data lies within its axes", name)


def _has_place(values: NDArray[np.float64], axis: Axis) -> NDArray[np.bool_]:
    """Where a value is one that the axis's scale has; NaN is none."""
    return np.isfinite(values) & ((values > 0) if axis.scale == "log" else True)


def _within(values: NDArray[np.float64], limits: Range) -> NDArray[np.bool_]:
    return (values >= limits[0]) & (values <= limits[1])
