"""Values with their errors: bars on points, and bands along lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from figmill.errors import PlottingError
from figmill.figure.color import Color
from figmill.figure.layers import Dash, Layer, Marker, settle, vector
from figmill.figure.numbers import floats


@dataclass(frozen=True, slots=True, eq=False)
class ErrorBars(Layer):
    """Points with bars that reach from value - error to value + error.

    Parameters
    ----------
    x, y
        Shape (n,), as for `Curve`. A point without a value (NaN) is not drawn.
    y_error, x_error
        One number for all points; shape (n,), one each; or shape (2, n), those below and those
        above. In the unit of the axis, 0 or more. None draws no bars, and a point whose error is
        NaN has none. On a log axis a bar that would reach 0 or below ends at the frame.
    label, color, alpha
        As for `Curve`.
    width
        Of the bars, in points.
    cap
        Length of the strokes across the ends of the bars, in points; 0 for none.
    marker, marker_size
        The symbol on every point, and its diameter in points; None for none.
    line_width
        Of a line through the points, in points; 0 for none.

    Raises
    ------
    figmill.errors.PlottingError
        If lengths differ, or an error is negative or infinite.

    Examples
    --------
    >>> ErrorBars([1.0, 2.0], [5.0, 7.0], 0.5).y_error
    array([[0.5, 0.5],
           [0.5, 0.5]])
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    y_error: NDArray[np.float64] | float | None = None
    x_error: NDArray[np.float64] | float | None = None
    label: str = ""
    color: Color | None = None
    width: float = 1.0
    cap: float = 4.0
    marker: Marker | None = "circle"
    marker_size: float = 4.0
    line_width: float = 0.0
    alpha: float = 1.0

    def __post_init__(self) -> None:
        _set_points(self, "The error bars'")
        for name in ("y_error", "x_error"):
            error = getattr(self, name)
            if error is not None:
                object.__setattr__(self, name, errors(error, self.x.size, f"The {name}"))
        settle(self, "error bars", optional=("marker",))

    def ends(self, direction: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lower and upper ends of the bars along an axis, each of shape (n,).

        Parameters
        ----------
        direction
            ``"x"`` or ``"y"``.

        Returns
        -------
        tuple of ndarray
            float64; the points themselves where there is no bar.
        """
        values, error = (self.x, self.x_error) if direction == "x" else (self.y, self.y_error)
        return _ends(values, error)


@dataclass(frozen=True, slots=True, eq=False)
class ErrorBand(Layer):
    """A line and, in its colour, the area between value - error and value + error.

    Parameters
    ----------
    x, y
        Shape (n,), as for `Curve`.
    error
        As `ErrorBars` takes it; there is no area where it is NaN.
    label, color, width, dash
        As for `Curve`.
    alpha
        Opacity of the area, 0 to 1; the line is opaque.

    Raises
    ------
    figmill.errors.PlottingError
        If lengths differ, or an error is negative or infinite.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    error: NDArray[np.float64] | float
    label: str = ""
    color: Color | None = None
    width: float | None = None
    dash: Dash = "solid"
    alpha: float = 0.2

    def __post_init__(self) -> None:
        _set_points(self, "The error band's")
        error = errors(self.error, self.x.size, "The error")
        object.__setattr__(self, "error", error)
        settle(self, "error band", optional=("width",))

    def ends(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lower and upper edge of the area, each of shape (n,); NaN where there is none."""
        assert isinstance(self.error, np.ndarray)
        return self.y - self.error[0], self.y + self.error[1]


def _set_points(layer: ErrorBars | ErrorBand, of: str) -> None:
    x, y = vector(f"{of} x", layer.x), vector(f"{of} y", layer.y)
    if x.size != y.size:
        raise PlottingError(
            f"{of} x has {x.size} values, and y has {y.size}.",
            hint="Give both the same length.",
        )
    object.__setattr__(layer, "x", x)
    object.__setattr__(layer, "y", y)


def errors(values: object, count: int, what: str) -> NDArray[np.float64]:
    """Errors below and above each point, shape (2, n), read-only; durations become seconds.

    Raises
    ------
    figmill.errors.PlottingError
        If they fit no number of points, or any is negative or infinite.
    """
    given = floats(values, what, PlottingError)  # type: ignore[arg-type]
    if given.ndim > 2 or given.shape not in ((), (1,), (count,), (2, count)):
        raise PlottingError(
            f"{what} has shape {given.shape} for {count} points.",
            hint=f"Give one number, {count} of them, or two rows: below and above.",
        )
    wrong = given[(given < 0) | np.isinf(given)]
    if wrong.size:
        raise PlottingError(
            f"{what} of {wrong.flat[0]:g} is not the length of a bar.",
            hint="Give 0 or more; NaN where an error is not known.",
        )
    both = np.array(np.broadcast_to(given, (2, count)))
    both.flags.writeable = False
    return both


def _ends(
    values: NDArray[np.float64], error: object
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if error is None:
        return values, values
    assert isinstance(error, np.ndarray)
    below, above = np.where(np.isnan(error), 0.0, error)
    return values - below, values + above
