"""Spectrograms of arrays: one panel, one figure, or a batch of figures.

A dataset is a mapping with ``x``, ``y`` and ``data``, and optionally ``label``, ``y_label``
(default ``Energy (eV)``), ``z_label`` (default ``Counts``), ``y_min``, ``y_max``, ``z_min``,
``z_max``, ``vmin``, ``vmax``. Each makes one row of a figure.

Where no colour limits are given they are the 1st and the 99th percentile of what is drawn; on a
log scale, of what is positive, and at least a decade apart. Missing values (NaN, masked) are grey;
times without a record are blank; zero on a log scale is below the range, in the colour that the
bar's lower tip shows. What is left out is logged as a warning.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from figmill.arrays.sets import SetLooks, set_figure
from figmill.engine import Ledger, RunOptions, safe_name
from figmill.errors import ConfigError, NoData
from figmill.notes import Note
from figmill.recipes.datasets import (
    Y_LABEL,
    Z_LABEL,
    Limits,
    ScaleName,
    cube_panel,
    make_cube,
)
from figmill.recipes.events import MarkerStyle, event_times, markers

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as MplFigure

log = logging.getLogger("figmill.spectrogram")

__all__ = [
    "close_all_axes_and_clear",
    "generic_batch_plot",
    "generic_plot_spectrogram_set",
    "make_spectrogram",
]

PROGRESS_FILE = "generic_progress.json"

T = TypeVar("T")
Status = Literal["ok", "no_data", "error"]
_STATUS: Mapping[str, Status] = {"done": "ok", "no_data": "no_data", "failed": "error"}


def make_spectrogram(
    x_axis_values: ArrayLike,
    y_axis_values: ArrayLike,
    data_array_3d: ArrayLike,
    x_axis_min: float | None = None,
    x_axis_max: float | None = None,
    x_axis_is_unix: bool = True,
    x_axis_label: str | None = None,
    center_timestamp: float | None = None,
    window_duration_seconds: float | None = None,
    y_axis_scale_function: ScaleName | None = None,
    y_axis_label: str | None = None,
    y_axis_min: float | None = 0,
    y_axis_max: float | None = 4000,
    z_axis_scale_function: ScaleName | None = None,
    z_axis_min: float | None = None,
    z_axis_max: float | None = None,
    z_axis_label: str | None = None,
    collapse_axis: int = 1,
    colormap: str = "viridis",
    axis_object: Axes | None = None,
    instrument_label: str | None = None,
    vertical_lines_unix: Sequence[float] | float | None = None,
    cusp_marker_style: MarkerStyle = "both",
    cusp_marker_kwargs: Mapping[str, Any] | None = None,
) -> tuple[Axes | None, NDArray[np.float64] | None]:
    """Draw one spectrogram with matplotlib's artists.

    Parameters
    ----------
    x_axis_values
        Shape (n,): UNIX seconds or ``datetime64``, or plain numbers with `x_axis_is_unix` False.
    y_axis_values
        Shape (m,), or (n, m) where it changes from record to record: the middles of the bins.
    data_array_3d
        Shape (n, k, m), summed over `collapse_axis`; or (n, m).
    x_axis_min, x_axis_max
        Ends of the x axis; None takes them from the data.
    x_axis_is_unix
        Whether x is time.
    x_axis_label, y_axis_label, z_axis_label
        Labels; by default ``Energy (eV)`` for y and ``Counts`` for the colour bar.
    center_timestamp, window_duration_seconds
        Show this window of time only; both are needed, and they win over the ends of the x axis.
    y_axis_scale_function, z_axis_scale_function
        "linear" (also None) or "log".
    y_axis_min, y_axis_max
        Ends of the y axis; None takes them from the data, and so does 0 on a log axis.
    z_axis_min, z_axis_max
        Ends of the colours; None takes the 1st or 99th percentile of what is drawn.
    collapse_axis
        The axis of three-dimensional data that is summed over; missing values are left out.
    colormap
        A colour map that matplotlib knows.
    axis_object
        Axes to draw into; None makes a figure, reachable as ``ax.figure``.
    instrument_label
        In bold beside the y axis.
    vertical_lines_unix
        Times of events.
    cusp_marker_style
        How events are marked: "line", "bracket" (over the axis, from the first to the last) or
        "both".
    cusp_marker_kwargs
        Looks of the marks: color, linewidth, linestyle, alpha, label.

    Returns
    -------
    ax : matplotlib.axes.Axes or None
        None where there is nothing to draw.
    x_used : ndarray or None
        The x values that are shown.

    Raises
    ------
    InputError
        If the arrays do not fit each other.
    PlottingError
        If an option is not one of those above.

    Examples
    --------
    >>> import numpy as np
    >>> time = np.arange(60.0)
    >>> energy = np.geomspace(5, 30000, 48)
    >>> ax, used = make_spectrogram(time, energy, np.ones((60, 32, 48)), y_axis_max=None)
    >>> used.size, ax.get_ylabel()
    (60, 'Energy (eV)')
    """
    cube = make_cube(x_axis_values, y_axis_values, data_array_3d, collapse_axis=collapse_axis)
    limits: Limits = (x_axis_min, x_axis_max)
    if center_timestamp is not None and window_duration_seconds:
        half = window_duration_seconds / 2
        limits = (center_timestamp - half, center_timestamp + half)
    shown = np.isfinite(cube.x)
    if limits[0] is not None:
        shown &= cube.x >= limits[0]
    if limits[1] is not None:
        shown &= cube.x <= limits[1]
    if not np.isfinite(cube.values[shown]).any():
        return None, None
    notes: list[Note] = []
    panel = cube_panel(
        cube,
        x_is_unix=x_axis_is_unix,
        x_limits=limits,
        x_label=x_axis_label or "",
        y_scale=y_axis_scale_function or "linear",
        y_limits=(y_axis_min, y_axis_max),
        y_label=Y_LABEL if y_axis_label is None else y_axis_label,
        z_scale=z_axis_scale_function or "linear",
        z_limits=(z_axis_min, z_axis_max),
        z_label=Z_LABEL if z_axis_label is None else z_axis_label,
        colormap=colormap,
        row_label=instrument_label or "",
        marks=markers(event_times(vertical_lines_unix), cusp_marker_style, cusp_marker_kwargs),
        notes=notes,
    )
    _tell(notes)
    if axis_object is not None:
        from figmill.draw.mpl.axes import draw_onto

        draw_onto(axis_object, panel)
        return axis_object, cube.x[shown]
    from figmill.figure import Figure

    return Figure(panel, size=(12.0, 4.0)).to_matplotlib().axes[0], cube.x[shown]


def _tell(notes: Iterable[Note]) -> None:
    """Log what a figure leaves out: a figure made for a script has no ledger to keep it."""
    for note in notes:
        log.warning("%s", note)


def generic_plot_spectrogram_set(
    datasets: Iterable[Mapping[str, Any]] | None,
    collapse_axis: int = 1,
    zoom_center: float | None = None,
    zoom_window_seconds: float | None = None,
    vertical_lines: Sequence[float] | float | None = None,
    zoom_duration_minutes: float | None = None,
    x_is_unix: bool = True,
    y_scale: ScaleName = "linear",
    z_scale: ScaleName = "linear",
    colormap: str = "viridis",
    figure_title: str | None = None,
    show: bool = False,
    y_min: float | None = None,
    y_max: float | None = None,
    z_min: float | None = None,
    z_max: float | None = None,
    cusp_marker_style: MarkerStyle = "both",
    cusp_marker_kwargs: Mapping[str, Any] | None = None,
) -> tuple[MplFigure | None, FigureCanvasAgg | None]:
    """Draw a figure with one row for each dataset, with matplotlib's artists.

    A second column zooms in where there is a window and data fall in it. The window's middle is
    `zoom_center`, else one event, else the mean of the first and the last. Its width is
    `zoom_window_seconds`, else `zoom_duration_minutes`, and then at least one and a half times
    the distance of the events.

    Parameters
    ----------
    datasets
        The rows, the top one first; see the module.
    collapse_axis
        The axis of three-dimensional data that is summed over.
    zoom_center, zoom_window_seconds, zoom_duration_minutes
        The window of the second column.
    vertical_lines
        Times of events, UNIX seconds.
    x_is_unix
        Whether x is time.
    y_scale, z_scale
        "linear" or "log".
    colormap
        A colour map that matplotlib knows.
    figure_title
        Over the figure.
    show
        Show the figure: in a notebook there, elsewhere with the system's image viewer.
    y_min, y_max, z_min, z_max
        Limits of rows that have none of their own. ``vmin`` and ``vmax`` of a row are clamped to
        `z_min` and `z_max`.
    cusp_marker_style, cusp_marker_kwargs
        As for `make_spectrogram`.

    Returns
    -------
    figure : matplotlib.figure.Figure or None
        None where no dataset holds anything to draw.
    canvas : matplotlib.backends.backend_agg.FigureCanvasAgg or None
        The figure's canvas.

    Raises
    ------
    InputError
        If a dataset lacks an array, or its arrays do not fit each other.
    PlottingError
        If an option is not one of those above.
    """
    looks = SetLooks(
        collapse_axis=collapse_axis,
        x_is_unix=x_is_unix,
        y_scale=y_scale,
        z_scale=z_scale,
        y_limits=(y_min, y_max),
        z_limits=(z_min, z_max),
        colormap=colormap,
        zoom_minutes=zoom_duration_minutes,
        zoom_seconds=zoom_window_seconds,
        marker_style=cusp_marker_style,
        marker_options=dict(cusp_marker_kwargs or {}),
    )
    notes: list[Note] = []
    try:
        described = set_figure(
            datasets,
            looks,
            zoom_center=zoom_center,
            lines=vertical_lines,
            title=figure_title or "",
            notes=notes,
        )
    except NoData:
        return None, None
    _tell(notes)
    figure = described.to_matplotlib()
    if show:
        from figmill.draw.mpl import display as screen

        screen.display(figure)
    return figure, cast("FigureCanvasAgg", figure.canvas)


def generic_batch_plot(
    items: Iterable[T],
    output_dir: str | Path,
    build_datasets_fn: Callable[[T], Iterable[Mapping[str, Any]] | None],
    zoom_center_fn: Callable[[T], float | None] | None = None,
    zoom_window_seconds: float | None = None,
    vertical_lines_fn: Callable[[T], Sequence[float] | float | None] | None = None,
    y_scale: ScaleName = "linear",
    z_scale: ScaleName = "linear",
    colormap: str = "viridis",
    max_workers: int = 2,
    progress_json_path: str | Path | None = PROGRESS_FILE,
    ignore_progress_json: bool = False,
    flush_batch_size: int = 10,
    log_flush_batch_size: int | None = None,
    install_signal_handlers: bool = True,
    *,
    collapse_axis: int = 1,
    x_is_unix: bool = True,
    zoom_duration_minutes: float | None = None,
    figure_title_fn: Callable[[T], str] | None = None,
    y_min: float | None = None,
    y_max: float | None = None,
    z_min: float | None = None,
    z_max: float | None = None,
    cusp_marker_style: MarkerStyle = "both",
    cusp_marker_kwargs: Mapping[str, Any] | None = None,
    dpi: float = 200.0,
    formats: Sequence[str] = ("png",),
    timeout_seconds: float | None = None,
    memory_limit: int | None = None,
    revision: str = "",
) -> list[tuple[T, Status]]:
    """Draw one figure for each item, in parallel, and continue where an earlier run ended.

    Figures are ``output_dir/{item}.png``. An item whose function raises is recorded as an error,
    with its traceback in ``output_dir/.figmill/logs``, and the others go on. A first Ctrl-C
    finishes what runs, a second one stops at once; both keep everything that is finished.

    Parameters
    ----------
    items
        Identifiers of the items: any values whose ``str`` tells them apart.
    output_dir
        The output folder; made if missing. A file in it that has a figure's name is replaced,
        whoever made it.
    build_datasets_fn
        Called with an item, in a worker process; returns its datasets. None or an empty list
        means that there is nothing to draw. It may be a closure or a lambda.
    zoom_center_fn, vertical_lines_fn, figure_title_fn
        Called with an item; return the middle of the zoom window, times of events, and a title
        (by default the item).
    max_workers
        Worker processes.
    progress_json_path
        The progress file; a relative path is below `output_dir`. None writes none.
    ignore_progress_json
        Draw everything again.
    flush_batch_size
        Write the progress file after this many finished items. Nothing is lost in between: every
        finished item is kept at once, in ``output_dir/.figmill``.
    log_flush_batch_size
        Write the logs after this many records; None for `flush_batch_size`.
    install_signal_handlers
        False leaves Ctrl-C to the caller: it then raises KeyboardInterrupt.
    dpi, formats
        Pixels per inch; any of png, jpg, webp, pdf, svg.
    timeout_seconds, memory_limit
        What an item may take: seconds, and bytes. An item beyond them is an error.
    revision
        Any text. Changes of the functions are not noticed by themselves: with another text,
        everything is drawn again.
    zoom_window_seconds, zoom_duration_minutes, y_scale, z_scale, colormap, collapse_axis, x_is_unix
        As for `generic_plot_spectrogram_set`.
    y_min, y_max, z_min, z_max, cusp_marker_style, cusp_marker_kwargs
        As for `generic_plot_spectrogram_set`.

    Returns
    -------
    list of (item, status)
        In the order of `items`; status is "ok", "no_data" or "error", also for items that an
        earlier run finished. Items that an interrupted run did not reach are not in it.

    Raises
    ------
    ConfigError
        If an option is out of range, or two items share a name.
    FolderInUseError
        If another run is working in the folder.
    """
    from figmill import mill
    from figmill.arrays.recipe import DatasetsRecipe

    identifiers = list(items)
    entries = _entries(identifiers)
    if not entries:
        return []
    recipe = DatasetsRecipe(
        entries=entries,
        build=build_datasets_fn,
        center=zoom_center_fn,
        lines=vertical_lines_fn,
        title=figure_title_fn,
        revision=revision,
        looks=SetLooks(
            collapse_axis=collapse_axis,
            x_is_unix=x_is_unix,
            y_scale=y_scale,
            z_scale=z_scale,
            y_limits=(y_min, y_max),
            z_limits=(z_min, z_max),
            colormap=colormap,
            zoom_minutes=zoom_duration_minutes,
            zoom_seconds=zoom_window_seconds,
            marker_style=cusp_marker_style,
            marker_options=dict(cusp_marker_kwargs or {}),
            dpi=dpi,
        ),
    )
    mill.run(
        recipe,
        output_dir,
        formats=formats,
        options=RunOptions(
            workers=max_workers or 1,
            timeout_s=timeout_seconds,
            memory_limit=memory_limit,
            flush_batch_size=flush_batch_size,
            log_flush_batch_size=log_flush_batch_size,
            progress_json_path=progress_json_path,
            ignore_progress_json=ignore_progress_json,
            install_signal_handlers=install_signal_handlers,
            overwrite=True,
        ),
        raise_interrupt=False,
        progress=False,
    )
    with Ledger.read(Path(output_dir), recipe.name) as ledger:
        known = ledger.records([key for key, _, _ in entries])
    states = {key: _STATUS.get(record.state) for key, record in known.items()}
    if away := [str(each) for each in identifiers if states.get(_key(each)) is None]:
        named = ", ".join(away[:20]) + (", ..." if len(away) > 20 else "")
        log.warning("the run ended before %d of %d items: %s", len(away), len(identifiers), named)
    return [
        (identifier, status)
        for identifier in identifiers
        if (status := states.get(_key(identifier))) is not None
    ]


def close_all_axes_and_clear(figure_object: MplFigure | None) -> None:
    """Empty a matplotlib figure, so that the memory of its artists can be used again.

    Parameters
    ----------
    figure_object
        The figure; None is allowed.
    """
    if figure_object is None:
        return
    for ax in list(figure_object.axes):
        ax.clear()
        ax.remove()
    figure_object.clear()


def _key(identifier: object) -> str:
    return str(identifier) or "(empty)"


def _entries(identifiers: Sequence[Any]) -> tuple[tuple[str, str, Any], ...]:
    """Key, file name and identifier of every item; the same one twice is one item."""
    known: dict[str, Any] = {}
    for identifier in identifiers:
        key = _key(identifier)
        if key in known and not _same(known[key], identifier):
            raise ConfigError(
                f"Two different items are both called {key!r}.",
                hint="Pass identifiers whose str() tells them apart.",
            )
        known.setdefault(key, identifier)
    return tuple((key, safe_name(key), identifier) for key, identifier in known.items())


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(np.all(one == other))
