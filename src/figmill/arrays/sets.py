"""The figure of a set of datasets: one row each, and a second column that zooms in on events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from figmill.errors import NoData
from figmill.figure import Axis, Figure, Panel
from figmill.notes import Note
from figmill.recipes.datasets import Limits, ScaleName, check_row, row_panel
from figmill.recipes.events import MarkerStyle, event_times, markers, zoom_window
from figmill.recipes.grid import DPI, spectrogram_grid


@dataclass(frozen=True, slots=True)
class SetLooks:
    """How the figures of datasets look, the same for all of a batch.

    Parameters
    ----------
    collapse_axis
        The axis of three-dimensional data that is summed over.
    x_is_unix
        Whether x is time.
    y_scale, z_scale
        "linear" or "log".
    y_limits, z_limits
        Where a row has none of its own.
    colormap
        A colour map that matplotlib knows.
    zoom_minutes, zoom_seconds
        Width of the second column's window.
    marker_style, marker_options
        Looks of event lines; see `markers`.
    dpi
        Pixels per inch.
    """

    collapse_axis: int = 1
    x_is_unix: bool = True
    y_scale: ScaleName = "linear"
    z_scale: ScaleName = "linear"
    y_limits: Limits = (None, None)
    z_limits: Limits = (None, None)
    colormap: str = "viridis"
    zoom_minutes: float | None = None
    zoom_seconds: float | None = None
    marker_style: MarkerStyle = "both"
    marker_options: Mapping[str, Any] = field(default_factory=dict)
    dpi: float = DPI


def set_figure(
    datasets: Iterable[object] | None,
    looks: SetLooks,
    *,
    zoom_center: float | None = None,
    lines: Sequence[float | None] | float | None = None,
    title: str = "",
    notes: list[Note] | None = None,
) -> Figure:
    """Describe the figure of some datasets.

    A dataset without data keeps its row, which says so.

    Parameters
    ----------
    datasets
        Mappings with x, y and data; see `figmill.spectrogram`.
    looks
        How it looks.
    zoom_center
        Middle of the zoom window.
    lines
        Times of events.
    title
        Over the figure.
    notes
        What is left out is added to it.

    Raises
    ------
    NoData
        If no dataset holds anything to draw.
    InputError
        If a dataset cannot be used.
    """
    rows = [check_row(row, number) for number, row in enumerate(datasets or ())]
    made = [
        row_panel(
            row,
            collapse_axis=looks.collapse_axis,
            x_is_unix=looks.x_is_unix,
            y_scale=looks.y_scale,
            z_scale=looks.z_scale,
            y_limits=looks.y_limits,
            z_limits=looks.z_limits,
            colormap=looks.colormap,
            notes=notes,
        )
        for row in rows
    ]
    if not any(made):
        raise NoData(
            "No dataset holds a value to draw." if rows else "There are no datasets.",
            hint="Check that the data are not all NaN.",
        )
    times = event_times(lines)
    marks = markers(times, looks.marker_style, looks.marker_options)
    kind: Literal["time", "linear"] = "time" if looks.x_is_unix else "linear"
    panels = [
        Panel(
            marks, x=Axis(kind), row_label=str(row.get("label") or ""), note="no data", legend=None
        )
        if panel is None
        else replace(panel, layers=(*panel.layers, *marks))
        for row, panel in zip(rows, made, strict=True)
    ]
    window = zoom_window(
        times, minutes=looks.zoom_minutes, center=zoom_center, seconds=looks.zoom_seconds
    )
    return spectrogram_grid(panels, zoom=window, title=title, dpi=looks.dpi)
