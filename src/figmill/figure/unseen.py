"""What of a figure's data its axes cannot show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from figmill.figure.autoscale import AXES, AxisName, axis_ranges
from figmill.figure.layer_kind import Range, kind_of
from figmill.figure.layers import Spectrogram
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
        The losses ``points-not-shown``, ``points-without-category`` and ``panel-empty``, and what
        its layers leave out, with the panel's name as the place.
    """
    ranges = {name: axis_ranges(figure, name) for name in AXES}
    for row, panels in enumerate(figure.panels):
        for column, panel in enumerate(panels):
            if panel is None:
                continue
            name = panel.row_label or panel.title
            if not name and figure.shape != (1, 1):
                name = f"panel {row + 1},{column + 1}"
            places = {axis: found.get((row, column)) for axis, found in ranges.items()}
            yield from _of_panel(panel, name, places)


def _of_panel(panel: Panel, name: str, ranges: Mapping[AxisName, Range | None]) -> Iterator[Note]:
    seen = given = 0
    x_range = ranges["x"]
    for number, layer in enumerate(panel.all_layers):
        for note in kind_of(layer).notes(layer):
            where = f"{name}: {note.place}" if name and note.place else name or note.place
            yield replace(note, place=where)
        right = number >= len(panel.layers)
        axis, y_range = (panel.y2, ranges["y2"]) if right else (panel.y, ranges["y"])
        assert axis is not None and x_range is not None and y_range is not None
        if isinstance(layer, Spectrogram):
            given += 1
            seen += bool(np.isfinite(layer.values).any() and layer.x.extent is not None)
        elif (points := kind_of(layer).points(layer)) is not None:
            given += 1
            x, y = points
            known = ~(np.isnan(x) | np.isnan(y))
            placed = _has_place(x, panel.x) & _has_place(y, axis)
            base = kind_of(layer).sticks_at(layer)
            inside = _within(x, x_range) & _reaches(y, base, y_range)
            seen += bool((known & placed & inside).any())
            label = kind_of(layer).legend_label(layer)
            where = f"{name}: {label}" if name and label else name or label
            lost = int(np.count_nonzero(known & ~placed))
            if lost:
                text = f"{lost} of {int(known.sum())} points are not shown: they are infinite, or "
                text += "0 or below on a logarithmic axis"
                yield Note.loss("points-not-shown", text, where)
            for values, along, shown in ((x, panel.x, x_range), (y, axis, y_range)):
                yield from _without_category(values[known & placed], along, shown, where)
    if given and not seen:
        yield Note.loss("panel-empty", "none of its data lies within its axes", name)


def _has_place(values: NDArray[np.float64], axis: Axis) -> NDArray[np.bool_]:
    """Where a value is one that the axis's scale has; NaN is none."""
    return np.isfinite(values) & ((values > 0) if axis.scale == "log" else True)


def _within(values: NDArray[np.float64], limits: Range) -> NDArray[np.bool_]:
    return (values >= limits[0]) & (values <= limits[1])


def _reaches(values: NDArray[np.float64], base: float | None, limits: Range) -> NDArray[np.bool_]:
    """Which values lie within limits; of bars, which reach from their base into them."""
    if base is None:
        return _within(values, limits)
    return (np.maximum(values, base) >= limits[0]) & (np.minimum(values, base) <= limits[1])


def _without_category(
    values: NDArray[np.float64], axis: Axis, limits: Range, where: str
) -> Iterator[Note]:
    """What lies beyond the categories of an axis, which decide how far it reaches."""
    if not axis.categories:
        return
    named = (-0.5, len(axis.categories) - 0.5)
    lost = int(np.count_nonzero(~_within(values, named) & ~_within(values, limits)))
    if lost:
        text = f"{lost} of {values.size} points are not shown: they lie beyond the "
        text += f"{len(axis.categories)} categories of their axis"
        yield Note.loss("points-without-category", text, where)
