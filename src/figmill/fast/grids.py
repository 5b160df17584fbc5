"""One figure of FAST data, drawn with matplotlib's artists."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from figmill.errors import ConfigError, InputError, NoData
from figmill.fast.arguments import cusp_table, global_extrema_of, instruments
from figmill.fast.ephemeris import Ephemeris, read_ephemeris
from figmill.fast.figures import (
    Setting,
    cusp_times,
    instrument_figure,
    pitch_angle_figure,
)
from figmill.fast.filenames import parse_name
from figmill.fast.options import INSTRUMENTS
from figmill.fast.panels import Looks
from figmill.fast.reduce import QuantityChoice, Reduction, Spectra, read_spectra
from figmill.fast.sectors import SECTORS, Sector, follow_the_field
from figmill.figure import Figure
from figmill.figure.quantile_sketch import Extrema
from figmill.recipes.datasets import ScaleName
from figmill.recipes.events import MarkerStyle

if TYPE_CHECKING:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as MplFigure

log = logging.getLogger("figmill.fast")

Categories = Mapping[str, Sequence[tuple[float, float]]]


def FAST_plot_pitch_angle_grid(  # noqa: N802 - documented
    cdf_file_path: str | Path,
    filtered_orbits_df: Any = None,
    orbit_number: int | None = None,
    zoom_duration_minutes: float = 6.25,
    scale_function_y: ScaleName = "linear",
    scale_function_z: ScaleName = "linear",
    pitch_angle_categories: Categories | None = None,
    show: bool = True,
    colormap: str = "viridis",
    y_min: float | None = None,
    y_max: float | None = None,
    z_min: float | None = None,
    z_max: float | None = None,
    cusp_marker_style: MarkerStyle = "both",
    cusp_marker_kwargs: Mapping[str, Any] | None = None,
    *,
    quantity: QuantityChoice = "raw",
    hemisphere: Literal["ilat", "none"] = "ilat",
) -> tuple[MplFigure | None, FigureCanvasAgg | None]:
    """Draw one instrument's energy spectra, a row for each category of pitch angle.

    Parameters
    ----------
    cdf_file_path
        A FAST ESA level 2 file.
    filtered_orbits_df
        The cusp table: a data frame, its path, or rows as mappings. With it, the cusp is marked
        and a second column zooms in on it.
    orbit_number
        The orbit to look up; None takes it from the file's name.
    zoom_duration_minutes
        Width of the zoom column; 0 for none.
    scale_function_y, scale_function_z
        "linear" or "log".
    pitch_angle_categories
        Ranges in degrees by name; None for all, downgoing, upgoing and perpendicular.
    show
        Show the figure: in a notebook there, elsewhere with the system's image viewer, if any.
    colormap
        A colour map that matplotlib knows.
    y_min, y_max, z_min, z_max
        Limits; None takes them from the data (energies: 0 to 4000 eV on a linear axis).
    cusp_marker_style, cusp_marker_kwargs
        "line", "bracket" or "both"; and color, linewidth, linestyle, alpha, label.
    quantity
        "raw", the telemetry byte that the documents call counts; "counts"; "eflux"; "auto".
    hemisphere
        "ilat": down and up follow the sign of ILAT in the orbit file beside the file, record by
        record; "none": they have the fixed ranges of the north.

    Returns
    -------
    figure : matplotlib.figure.Figure or None
        None where the file holds nothing to draw.
    canvas : matplotlib.backends.backend_agg.FigureCanvasAgg or None

    Raises
    ------
    InputError
        If a file cannot be used.
    """
    sectors = SECTORS if pitch_angle_categories is None else _sectors(pitch_angle_categories)
    file = Path(cdf_file_path)
    orbit = _orbit_of(file, orbit_number)
    track = None
    if hemisphere == "ilat" and follow_the_field(sectors):
        track = _track_beside(file, orbit)
    southern = None if track is None else track.southern
    spectra = _read_or_nothing(file, Reduction(sectors, quantity, southern=southern))
    if spectra is None:
        return None, None
    cusp = _cusp(spectra, filtered_orbits_df, orbit)
    setting = _setting(
        orbit,
        Looks(
            scale_function_y,
            scale_function_z,
            colormap,
            {spectra.instrument: Extrema(y_min, y_max, z_min, z_max)},
        ),
        zoom_duration_minutes,
        cusp_marker_style,
        cusp_marker_kwargs,
    )
    return _drawn(pitch_angle_figure(spectra, setting, cusp), show)


def FAST_plot_instrument_grid(  # noqa: N802 - documented
    cdf_file_paths: Mapping[str, str | Path],
    filtered_orbits_df: Any = None,
    orbit_number: int | None = None,
    zoom_duration_minutes: float = 6.25,
    scale_function_y: ScaleName = "linear",
    scale_function_z: ScaleName = "linear",
    instrument_order: Sequence[str] = INSTRUMENTS,
    show: bool = True,
    colormap: str = "viridis",
    y_min: float | None = None,
    y_max: float | None = None,
    z_min: float | None = None,
    z_max: float | None = None,
    global_extrema: Mapping[str, Any] | None = None,
    cusp_marker_style: MarkerStyle = "both",
    cusp_marker_kwargs: Mapping[str, Any] | None = None,
    *,
    quantity: QuantityChoice = "raw",
) -> tuple[MplFigure | None, FigureCanvasAgg | None]:
    """Draw the energy spectra of several instruments, a row each.

    Parameters
    ----------
    cdf_file_paths
        FAST ESA level 2 files by instrument. One that cannot be used keeps its row, which says
        why.
    instrument_order
        The order of the rows.
    global_extrema
        Limits by instrument, which win over those of all: what `compute_global_extrema` returned,
        or mappings with y_min, y_max, z_min, z_max by instrument.
    y_min, y_max, z_min, z_max
        Limits of instruments that have none of their own.
    filtered_orbits_df, orbit_number, zoom_duration_minutes, scale_function_y, scale_function_z
        As for `FAST_plot_pitch_angle_grid`.
    show, colormap, cusp_marker_style, cusp_marker_kwargs, quantity
        As for `FAST_plot_pitch_angle_grid`.

    Returns
    -------
    figure : matplotlib.figure.Figure or None
        None where no file holds anything to draw.
    canvas : matplotlib.backends.backend_agg.FigureCanvasAgg or None

    Raises
    ------
    ConfigError
        If there is no file, or an instrument is unknown.
    """
    order = instruments([*instrument_order, *cdf_file_paths])
    chosen = {name: Path(cdf_file_paths[name]) for name in order if name in cdf_file_paths}
    if not chosen:
        raise ConfigError(
            "No file is given.", hint="Pass a dict of files by instrument: {'ees': 'fa_esa_...'}."
        )
    rows: dict[str, Spectra | str] = {}
    cusps: dict[str, Sequence[float]] = {}
    orbit = _orbit_of(next(iter(chosen.values())), orbit_number)
    for name, file in chosen.items():
        try:
            spectra = read_spectra(file, Reduction(SECTORS[:1], quantity), name)
        except (InputError, NoData) as error:
            log.warning("%s", error)
            rows[name] = error.message
            continue
        rows[name] = spectra if spectra.has_data else "the file holds no good value"
        if spectra.has_data:
            cusps[name] = _cusp(spectra, filtered_orbits_df, orbit)
    if not any(isinstance(row, Spectra) for row in rows.values()):
        return None, None
    given = global_extrema_of(global_extrema, scale_function_y, scale_function_z)
    common = Extrema(y_min, y_max, z_min, z_max)
    setting = _setting(
        orbit,
        Looks(
            scale_function_y,
            scale_function_z,
            colormap,
            {name: given[name].over(common) if name in given else common for name in rows},
        ),
        zoom_duration_minutes,
        cusp_marker_style,
        cusp_marker_kwargs,
    )
    return _drawn(instrument_figure(rows, setting, cusps), show)


def _track_beside(file: Path, orbit: int | None) -> Ephemeris | None:
    """The orbit file of the highest version in a file's folder, if one can be used."""
    tracks = []
    for path in file.parent.glob("fa_k0_orb_*.cdf"):
        try:
            name = parse_name(path.name)
        except InputError:
            continue
        if name.orbit == orbit:
            tracks.append((name.version, path))
    if not tracks:
        log.warning("%s: no orbit file is beside it; down and up are those of the north", file)
        return None
    try:
        return read_ephemeris(max(tracks)[1])
    except InputError as error:
        log.warning("%s; down and up are those of the north", error)
        return None


def _read_or_nothing(file: Path, reduction: Reduction) -> Spectra | None:
    try:
        spectra = read_spectra(file, reduction)
    except NoData:
        return None
    return spectra if spectra.has_data else None


def _sectors(categories: Categories) -> tuple[Sector, ...]:
    def ranges(given: Any) -> tuple[tuple[float, float], ...]:
        many = list(given)
        if len(many) == 2 and not isinstance(many[0], Iterable):
            many = [many]
        return tuple((float(low), float(high)) for low, high in many)

    return tuple(Sector(name, ranges(given)) for name, given in categories.items())


def _orbit_of(file: Path, number: int | None) -> int | None:
    if number is not None:
        return int(number)
    try:
        return parse_name(file.name).orbit
    except InputError:
        return None


def _cusp(spectra: Spectra, table: Any, orbit: int | None) -> tuple[float, ...]:
    if table is None or orbit is None:
        return ()
    marks = cusp_table(table).get(orbit, {}).get(spectra.instrument)
    times, wrong = cusp_times(spectra, marks)
    if wrong:
        log.warning("%s", wrong)
    return times


def _setting(
    orbit: int | None,
    looks: Looks,
    minutes: float,
    style: MarkerStyle,
    options: Mapping[str, Any] | None,
) -> Setting:
    return Setting(orbit, looks, minutes, style, dict(options or {}))


def _drawn(described: Figure, show: bool) -> tuple[MplFigure, FigureCanvasAgg]:
    figure = described.to_matplotlib()
    if show:
        from figmill.draw.mpl import display as screen

        screen.display(figure)
    return figure, cast("FigureCanvasAgg", figure.canvas)
