"""Datasets given as plain mappings: what a row of the generic functions holds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from figmill.errors import InputError
from figmill.figure import (
    Axis,
    Bins,
    BinTables,
    ColorScale,
    Layer,
    Panel,
    Spectrogram,
    time_bins,
)
from figmill.figure.cadence import strays
from figmill.figure.numbers import undated
from figmill.figure.pieces import any_finite
from figmill.notes import Note
from figmill.recipes.collapse import collapse
from figmill.recipes.zeros import only_zeros

ScaleName = Literal["linear", "log"]
Limits = tuple[float | None, float | None]

Y_LABEL = "Energy (eV)"
Z_LABEL = "Counts"
REQUIRED = ("x", "y", "data")
_LIMIT_KEYS = ("y_min", "y_max", "z_min", "z_max", "vmin", "vmax")
_LABEL_KEYS = ("label", "y_label", "z_label")
_WITH_UNIT = re.compile(r"(?P<label>.*\S)\s*\((?P<unit>[^()]+(?:\([^()]*\)[^()]*)*)\)\s*")


@dataclass(frozen=True, slots=True, eq=False)
class Cube:
    """A spectrogram's arrays, checked and brought to two dimensions.

    Parameters
    ----------
    x
        Shape (n,): UNIX seconds, or plain numbers.
    y
        Shape (m,) or, where it changes from record to record, (n, m).
    values
        Shape (n, m); NaN is missing.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    values: NDArray[np.floating[Any]]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not (any_finite(self.values) and any_finite(self.x))


def make_cube(x: ArrayLike, y: ArrayLike, data: ArrayLike, *, collapse_axis: int = 1) -> Cube:
    """Check arrays against each other, and sum the data over one axis if they have three.

    Parameters
    ----------
    x
        Shape (n,). ``datetime64`` is taken as UTC.
    y
        Shape (m,) or (n, m).
    data
        Shape (n, k, m) with the default `collapse_axis` (or with the axis of k elsewhere), or
        (n, m). Masked and NaN values are missing: they are left out of the sum, and a sum of
        nothing but missing values is missing.
    collapse_axis
        The axis of `data` that is summed over.

    Raises
    ------
    InputError
        If the shapes do not agree, or something is not numeric.
    """
    along = _numbers("x", x)
    upward = _numbers("y", y)
    cube = _numbers("data", data)
    if cube.ndim == 3:
        if collapse_axis not in range(-3, 3):
            raise InputError(
                f"Data of shape {cube.shape} have no axis {collapse_axis}.",
                place="data",
                hint="collapse_axis is 0, 1 or 2.",
            )
        cube = collapse(np.moveaxis(cube, collapse_axis, 1), "sum")
    if along.ndim != 1 or cube.ndim != 2:
        raise InputError(
            f"x has shape {along.shape} and data {np.shape(data)}.",
            hint="x is one-dimensional, data two- or three-dimensional.",
        )
    n, m = along.size, upward.shape[-1] if upward.ndim else 0
    if cube.shape != (n, m) or upward.shape not in {(m,), (n, m)}:
        raise InputError(
            f"x has {n} values and y has shape {upward.shape}, but the data have shape "
            f"{cube.shape}{' after the collapse' if np.ndim(data) == 3 else ''}.",
            hint=f"Data of shape ({n}, {m}) fit: x first.",
        )
    return Cube(along.astype(np.float64), upward.astype(np.float64), cube)


def _numbers(name: str, values: ArrayLike) -> NDArray[Any]:
    array: NDArray[Any] = undated(values)  # masked values are NaN by now
    if array.dtype.kind not in "fiub":
        raise InputError(
            f"{name} holds {array.dtype}, not numbers.",
            place=name,
            hint="Pass an array of numbers; times as UNIX seconds or datetime64.",
        )
    if array.dtype.kind != "f" or array.dtype.itemsize < 4:
        array = array.astype(np.float64 if array.dtype.itemsize > 2 else np.float32)
    return array


def within(low: float | None, high: float | None, scale: ScaleName) -> Limits:
    """Limits that an axis of that scale can have: what it cannot show counts as not given."""

    def usable(value: float | None) -> float | None:
        if value is None or not np.isfinite(value) or (scale == "log" and value <= 0):
            return None
        return float(value)

    low, high = usable(low), usable(high)
    if low is not None and high is not None and not low < high:
        return None, high
    return low, high


def color_limits(row: Mapping[str, Any], z_min: float | None, z_max: float | None) -> Limits:
    """The colour limits of a row: its own, else its precomputed ones within those of all rows.

    ``z_min`` and ``z_max`` of the row win. Where one is absent, ``vmin`` or ``vmax`` takes its
    place, clamped to the limits of all rows; without these, the limits of all rows hold.

    Examples
    --------
    >>> color_limits({"vmin": 0.0, "vmax": 50.0}, 1.0, 20.0)
    (1.0, 20.0)
    >>> color_limits({"z_min": 0.5, "vmax": 10.0}, 1.0, 20.0)
    (0.5, 10.0)
    """

    def clamped(value: float | None) -> float | None:
        if value is None:
            return None
        if z_min is not None:
            value = max(value, z_min)
        return value if z_max is None else min(value, z_max)

    def chosen(own: str, native: str, shared: float | None) -> float | None:
        if row.get(own) is not None:
            return float(row[own])
        precomputed = clamped(_float(row.get(native)))
        return shared if precomputed is None else precomputed

    return chosen("z_min", "vmin", z_min), chosen("z_max", "vmax", z_max)


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def check_row(row: object, number: int) -> Mapping[str, Any]:
    """A dataset with everything that it must have.

    Raises
    ------
    InputError
        If it is not a mapping, or lacks x, y or data.
    """
    if not isinstance(row, Mapping):
        raise InputError(
            f"Dataset {number} is a {type(row).__name__}.",
            hint=f"A dataset is a dict with the keys {', '.join(REQUIRED)}.",
        )
    missing = [key for key in REQUIRED if row.get(key) is None]
    if missing:
        raise InputError(
            f"Dataset {number} has no {' and no '.join(missing)}.",
            hint=f"It needs {', '.join(REQUIRED)}; optional are "
            f"{', '.join((*_LABEL_KEYS, *_LIMIT_KEYS))}.",
        )
    return row


def split_unit(label: str) -> tuple[str, str]:
    """A label and the unit that ends it in brackets.

    Examples
    --------
    >>> split_unit("Energy (eV)"), split_unit("Counts")
    (('Energy', 'eV'), ('Counts', ''))
    """
    match = _WITH_UNIT.fullmatch(label)
    return (match["label"], match["unit"].strip()) if match else (label, "")


def cube_panel(
    cube: Cube,
    *,
    x_is_unix: bool = True,
    x_limits: Limits = (None, None),
    x_label: str = "",
    y_scale: ScaleName = "linear",
    y_limits: Limits = (None, None),
    y_label: str = Y_LABEL,
    z_scale: ScaleName = "linear",
    z_limits: Limits = (None, None),
    z_label: str = Z_LABEL,
    colormap: str = "viridis",
    row_label: str = "",
    marks: Sequence[Layer] = (),
    notes: list[Note] | None = None,
) -> Panel:
    """A panel with one spectrogram and marks over it.

    Limits that the scale cannot show come from the data. Times that cannot belong to the others
    (see `figmill.figure.cadence.strays`) are left out. `notes` gets what is left out.

    Raises
    ------
    PlottingError
        If a scale or the colour map is unknown.
    """
    told: list[Note] = [] if notes is None else notes
    along = cube.x
    if x_is_unix and (away := strays(along)).any():
        text = f"{int(away.sum())} records have times far from all others and are left out"
        told.append(Note.loss("times-far-from-others", text, row_label))
        along = np.where(away, np.nan, along)
    if y_scale == "log" and (below := cube.y <= 0).any():
        count = int(below.reshape(-1, below.shape[-1]).any(axis=0).sum())
        text = f"bins at or below 0 are left out: {count} of {below.shape[-1]}"
        told.append(Note.loss("bins-not-positive", text, row_label))
    told += _passed_over(cube, row_label, timed=x_is_unix)
    y_name, y_unit = split_unit(y_label)
    layer = Spectrogram(
        time_bins(along) if x_is_unix else Bins.from_centers(along, scale="linear"),
        y_bins(cube.y, y_scale),
        cube.values,
        ColorScale(
            z_scale,
            limits=within(*z_limits, z_scale),
            colormap=colormap,
            label=z_label,  # as given: much may stand in brackets that is not a unit
        ),
    )
    x_name, x_unit = split_unit(x_label)
    return Panel(
        (layer, *marks),
        x=Axis("time" if x_is_unix else "linear", label=x_name, unit=x_unit, limits=x_limits),
        y=Axis(y_scale, label=y_name, unit=y_unit, limits=within(*y_limits, y_scale)),
        row_label=row_label,
        **only_zeros(cube.values),
    )


def _passed_over(cube: Cube, name: str, *, timed: bool) -> list[Note]:
    """What of arrays is not seen as it stands there."""
    notes = []
    if count := int(np.count_nonzero(np.isinf(cube.values))):
        text = f"{count} infinite values are taken as missing"
        notes.append(Note.loss("values-infinite", text, name))
    known = np.isfinite(cube.x)
    if count := int(np.count_nonzero(~known)):
        what = "time" if timed else "place on the x axis"
        text = f"{count} records have no {what} and are left out"
        notes.append(Note.loss("records-without-time", text, name))
    if count := int(np.count_nonzero(known)) - np.unique(cube.x[known]).size:
        what = "time" if timed else "place"
        text = (
            f"{count} records have the {what} of another; such share a column, which has their mean"
        )
        notes.append(Note.loss("times-repeated", text, name))
    return notes


def y_bins(centers: NDArray[np.float64], scale: ScaleName) -> BinTables:
    """Bins around centres (m,), or around those of each record (n, m).

    What a log axis cannot show has an unused bin.
    """
    kind: Literal["auto", "log"] = "auto"
    if scale == "log":
        kind = "log"
        centers = np.where(centers > 0, centers, np.nan)
    if centers.ndim == 2:
        return BinTables.from_center_rows(centers, scale=kind)
    return BinTables.single(Bins.from_centers(centers, scale=kind))


def row_panel(
    row: Mapping[str, Any],
    *,
    collapse_axis: int = 1,
    x_is_unix: bool = True,
    y_scale: ScaleName = "linear",
    z_scale: ScaleName = "linear",
    y_limits: Limits = (None, None),
    z_limits: Limits = (None, None),
    colormap: str = "viridis",
    notes: list[Note] | None = None,
) -> Panel | None:
    """The panel of one dataset; None where it holds nothing to draw."""
    cube = make_cube(row["x"], row["y"], row["data"], collapse_axis=collapse_axis)
    if cube.is_empty:
        return None
    y_min, y_max = (_float(row.get(key)) for key in ("y_min", "y_max"))
    return cube_panel(
        cube,
        x_is_unix=x_is_unix,
        y_scale=y_scale,
        y_limits=(
            y_limits[0] if y_min is None else y_min,
            y_limits[1] if y_max is None else y_max,
        ),
        y_label=str(row.get("y_label") or Y_LABEL),
        z_scale=z_scale,
        z_limits=color_limits(row, *z_limits),
        z_label=str(row.get("z_label") or Z_LABEL),
        colormap=colormap,
        row_label=str(row.get("label") or ""),
        notes=notes,
    )
