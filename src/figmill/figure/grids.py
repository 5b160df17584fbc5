"""Values on grids of any shape, and their contours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from figmill.errors import PlottingError
from figmill.figure.bins import Bins, BinTables
from figmill.figure.checks import instance
from figmill.figure.color import Color, ColorScale
from figmill.figure.layers import Layer, Spectrogram, settle, vector
from figmill.figure.numbers import floats, number
from figmill.figure.ticks import linear_ticks, log_ticks

Numbers = NDArray[np.float64]

_LEVELS = 7


def heat_map(
    x: ArrayLike, y: ArrayLike, values: ArrayLike, color: ColorScale | None = None
) -> Spectrogram:
    """Values on a grid of columns and rows, as a layer.

    Parameters
    ----------
    x, y
        Edges of the n columns and m rows, shape (n + 1,) and (m + 1,), or their centres, shape
        (n,) and (m,); in either order, of any widths. Edges between centres are as
        `Bins.from_centers` finds them.
    values
        Shape (n, m): x first. NaN and masked cells are missing.
    color
        How values become colours.

    Returns
    -------
    Spectrogram
        For a `Panel`.

    Raises
    ------
    figmill.errors.PlottingError
        If the shapes do not agree.

    Examples
    --------
    >>> heat_map([0, 1, 3], [10, 20], [[1.0], [2.0]]).x.hi
    array([1., 3.])
    """
    cells = np.ma.asanyarray(values) if isinstance(values, np.ma.MaskedArray) else values
    shape = np.shape(cells)
    if len(shape) != 2:
        raise PlottingError(
            f"The values of a heat map have shape {shape}.", hint="Give two dimensions, x first."
        )
    bins = []
    for name, given, count in (("x", x, shape[0]), ("y", y, shape[1])):
        places = vector(f"The heat map's {name}", given)
        if places.size == count + 1:
            bins.append(_touching(places, name))
        elif places.size == count:
            bins.append(Bins.from_centers(places))
        else:
            raise PlottingError(
                f"The heat map's {name} has {places.size} places for {count} cells.",
                hint=f"Give {count} centres or {count + 1} edges; values have x first.",
            )
    table = BinTables.single(bins[1])
    return Spectrogram(bins[0], table, np.ma.asanyarray(cells), color or ColorScale())


def _touching(edges: Numbers, name: str) -> Bins:
    steps = np.diff(edges)
    if not (np.isfinite(edges).all() and ((steps > 0).all() or (steps < 0).all())):
        raise PlottingError(
            f"The heat map's edges along {name} do not rise or fall throughout.",
            hint="Give them in order.",
        )
    low, high = np.minimum(edges[:-1], edges[1:]), np.maximum(edges[:-1], edges[1:])
    return Bins.from_ranges(low, high)


def _grid(layer: Any, what: str, more: int) -> None:
    """Set x, y and values of a layer, those of the grid as two-dimensional corners or points."""
    values = layer.values
    if isinstance(values, np.ma.MaskedArray):
        values = np.ma.filled(values.astype(np.float64), np.nan)
    values = floats(values, f"The {what}'s values", PlottingError)
    if values.ndim != 2 or min(values.shape) < 1:
        raise PlottingError(
            f"The {what}'s values have shape {values.shape}.", hint="Give two dimensions, x first."
        )
    wanted = (values.shape[0] + more, values.shape[1] + more)
    x = floats(layer.x, f"The {what}'s x", PlottingError)
    y = floats(layer.y, f"The {what}'s y", PlottingError)
    if x.ndim == y.ndim == 1:
        x, y = np.meshgrid(x, y, indexing="ij")
    if x.shape != wanted or y.shape != wanted:
        raise PlottingError(
            f"The {what} has x of shape {np.shape(layer.x)} and y of shape {np.shape(layer.y)} for "
            f"values of shape {values.shape}.",
            hint=f"Give {wanted[0]} and {wanted[1]} numbers, or both of shape {wanted}.",
        )
    for name, array in (("x", x), ("y", y), ("values", values)):
        view = np.ascontiguousarray(array, np.float64).view()
        view.flags.writeable = False
        object.__setattr__(layer, name, view)


@dataclass(frozen=True, slots=True, eq=False)
class Mesh(Layer):
    """Values on cells of four corners each: a grid that is turned, bent or uneven.

    Cells of columns and rows are drawn faster, and to the pixel, by `heat_map`.

    Parameters
    ----------
    x, y
        The corners of the cells, shape (n + 1, m + 1), or edges of shape (n + 1,) and (m + 1,).
        A cell with a corner that is NaN is not drawn.
    values
        Shape (n, m). NaN and masked cells are missing.
    color
        How values become colours.

    Raises
    ------
    figmill.errors.PlottingError
        If the shapes do not agree.
    """

    x: Numbers
    y: Numbers
    values: Numbers
    color: ColorScale = field(default_factory=ColorScale)

    def __post_init__(self) -> None:
        instance(self.color, ColorScale, "A mesh's color", "Pass a ColorScale.")
        _grid(self, "mesh", 1)


@dataclass(frozen=True, slots=True, eq=False)
class Contours(Layer):
    """Lines along which values are the same, between points of a grid.

    Parameters
    ----------
    x, y
        Where the values are: shape (n,) and (m,), or both (n, m).
    values
        Shape (n, m): x first. There are no lines beside NaN and masked values.
    levels
        The values of the lines, or about how many there are to be, at round values; None is seven.
    color
        One colour for all, or a `ColorScale`, which then has a colour bar; None is the style's ink.
    labels
        Whether each level is written on its longest line, where there is room.
    label
        What the legend says where all lines have one colour; a scale has a label of its own.
    width
        In points.

    Raises
    ------
    figmill.errors.PlottingError
        If the shapes do not agree, there are fewer than two points along either axis, or the
        levels are not increasing numbers.
    """

    x: Numbers
    y: Numbers
    values: Numbers
    levels: Sequence[float] | Numbers | int | None = None
    color: Color | ColorScale | None = None
    labels: bool = True
    label: str = ""
    width: float = 1.0

    def __post_init__(self) -> None:
        _grid(self, "contours", 0)
        if min(self.values.shape) < 2:
            raise PlottingError(
                f"Contours of values of shape {self.values.shape}.",
                hint="Give two points or more along both axes.",
            )
        if self.levels is not None and np.ndim(self.levels):
            levels = vector("The contours' levels", self.levels)
            if not (np.isfinite(levels).all() and (np.diff(levels) > 0).all()):
                raise PlottingError(
                    "The contours' levels are not increasing.",
                    hint="Give finite numbers, the lowest first.",
                )
            object.__setattr__(self, "levels", levels)
        elif self.levels is not None:
            many = number(self.levels, "The number of levels")
            if not 1 <= many <= 1000:
                raise PlottingError(
                    f"Contours at {many:g} levels.", hint="Give 1 to 1000, or the levels."
                )
            object.__setattr__(self, "levels", int(many))
        settle(self, "contours")

    def at(self) -> Numbers:
        """The levels, increasing, shape (k,); none where there are no values."""
        if isinstance(self.levels, np.ndarray):
            return self.levels
        many = self.levels if isinstance(self.levels, int) else _LEVELS
        known = self.values[np.isfinite(self.values)]
        log = isinstance(self.color, ColorScale) and self.color.scale == "log"
        if log:
            known = known[known > 0]
        if not known.size or known.min() == known.max():
            return np.empty(0)
        ends = float(known.min()), float(known.max())
        return log_ticks(*ends, many).major if log else linear_ticks(*ends, many).major
