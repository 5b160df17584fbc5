"""Rows of spectrograms over one time axis, and a second column that zooms in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from figmill.figure import Figure, Panel, Spectrogram, Style, TickRow
from figmill.figure.autoscale import settled
from figmill.recipes.events import Window
from figmill.recipes.panels import in_range

COLUMN_INCHES = 12.0
ROW_INCHES = 3.0
DPI = 200.0


def spectrogram_grid(
    panels: Sequence[Panel],
    *,
    zoom: Window | None = None,
    title: str = "",
    size: tuple[float | None, float | None] = (None, None),
    dpi: float = DPI,
    style: Style | str = "paper",
    tick_rows: Sequence[TickRow] = (),
) -> Figure:
    """One column of panels, and beside it the same within a window of time.

    The second column appears only where data fall in the window. Both have the same colour and y
    limits, so that a colour means the same in both.

    Parameters
    ----------
    panels
        The rows, the top one first.
    zoom
        Begin and end of the window.
    title, dpi, style, tick_rows
        As for `Figure`.
    size
        Inches; None for the documented 12 a column and 3 a row.
    """
    look = {"title": title, "dpi": dpi, "style": style, "tick_rows": tuple(tick_rows)}
    rows: list[tuple[Panel, ...]] = [(panel,) for panel in panels]
    columns = 1
    if zoom is not None and any(holds(panel, zoom) for panel in panels):
        columns = 2
        # What the first column settles on, the second shares.
        whole = settled(Figure(rows, size=(10, 2.0 * len(rows)), style=style))
        rows = [(_first(panel), _zoomed(panel, zoom)) for (panel,) in whole.panels if panel]
    width, height = size
    inches = (
        COLUMN_INCHES * columns if width is None else width,
        ROW_INCHES * len(rows) if height is None else height,
    )
    return Figure(rows, size=inches, **look)  # type: ignore[arg-type]


def holds(panel: Panel, window: Window) -> bool:
    """Whether a panel has a record in the window."""
    return any(
        isinstance(layer, Spectrogram) and bool(in_range(layer.x, window).any())
        for layer in panel.layers
    )


def _first(panel: Panel) -> Panel:
    # The zoomed panel beside it has the same colours, and their bar.
    return replace(panel, colorbar=False)


def _zoomed(panel: Panel, window: Window) -> Panel:
    empty = not holds(panel, window)
    return replace(
        panel,
        x=replace(panel.x, limits=window),
        row_label="",
        note="no data in this window" if empty and not panel.note else panel.note,
    )
