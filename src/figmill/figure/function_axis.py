"""A second x axis, whose values are a function of the first one's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from figmill.errors import PlottingError
from figmill.figure import checks
from figmill.figure.ticks import Ticks, linear_ticks, log_ticks

if TYPE_CHECKING:
    from figmill.figure.model import Axis

Numbers = NDArray[np.float64]

# So many places of the axis tell whether a function turns back.
_SAMPLES = 1025
_HALVINGS = 60


@dataclass(frozen=True, slots=True)
class FunctionAxis:
    """An axis over the panel that says the same in another quantity.

    Parameters
    ----------
    function
        From values of the x axis, float64 of shape (n,), to those of this one, such as
        ``lambda nm: 1e7 / nm``. It must only rise, or only fall, over all that the panel shows.
    label, unit
        As for `Axis`.
    scale
        At which values ticks stand: ``"linear"``, multiples of a step; ``"log"``, powers of ten
        and what lies between. Where they stand is the function's matter alone.

    Raises
    ------
    figmill.errors.PlottingError
        If the function is not one, or a text is not text.

    Examples
    --------
    >>> from figmill.figure import Axis
    >>> top = FunctionAxis(lambda nm: 1e7 / nm, "Wavenumber", "cm^-1")
    >>> ticks = top.ticks_over(Axis(label="Wavelength", unit="nm"), 400.0, 800.0, 4)
    >>> ticks.labels, ticks.major
    (('25000', '20000', '15000'), array([400.        , 500.        , 666.66666667]))
    """

    function: Callable[[Any], Any]
    label: str = ""
    unit: str = ""
    scale: Literal["linear", "log"] = "linear"

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise PlottingError(
                f"The function of an axis is of type {type(self.function).__name__}.",
                hint="Pass a function of the values of x, such as lambda nm: 1e7 / nm.",
            )
        for name in ("label", "unit"):
            checks.text(getattr(self, name), f"The second axis's {name}")
        checks.one_of(self.scale, ("linear", "log"), "The second axis's scale")

    def ticks_over(self, axis: Axis, low: float, high: float, target: int) -> Ticks:
        """Its ticks, at the places of the first axis where the function has their values.

        Parameters
        ----------
        axis
            The first axis.
        low, high
            Its limits, ``low < high``.
        target
            The most labels wanted.

        Returns
        -------
        Ticks
            Positions in the unit of the first axis, increasing.

        Raises
        ------
        figmill.errors.PlottingError
            If the function gives something other than one number each, turns back, or is not
            above 0 where its scale is logarithmic.
        """
        scale = axis.placing()
        at = scale.unproject(np.linspace(0.0, 1.0, _SAMPLES), low, high)
        at[[0, -1]] = (high, low) if scale.reverse else (low, high)
        values = self._values(at)
        steps = np.diff(values)
        finite = bool(np.isfinite(values).all())
        if not finite or not ((steps > 0).all() or (steps < 0).all()):
            raise PlottingError(
                f"The function of the second axis ({self.label or 'without a label'}) does not "
                f"rise or fall throughout from {low:g} to {high:g}.",
                hint="Give the x axis limits within which it does.",
            )
        first, last = sorted((float(values[0]), float(values[-1])))
        ticks = (log_ticks if self.scale == "log" else linear_ticks)(first, last, target)
        major, minor = (self._places(wanted, at, values) for wanted in (ticks.major, ticks.minor))
        order = np.argsort(major)
        labels = tuple(ticks.labels[number] for number in order)
        return Ticks(major[order], labels, np.sort(minor), factor=ticks.factor)

    def _values(self, at: Numbers) -> Numbers:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            values = np.asarray(self.function(at.copy()))
        if values.shape != at.shape or values.dtype.kind not in "fiu":
            raise PlottingError(
                f"The function of the second axis makes {values.dtype} of shape {values.shape} "
                f"from {at.size} numbers.",
                hint="It must give one number for each.",
            )
        return values.astype(np.float64)

    def _places(self, wanted: Numbers, at: Numbers, values: Numbers) -> Numbers:
        """Where the function has these values, by halving the step that holds each."""
        if not wanted.size:
            return wanted
        if values[0] > values[-1]:
            at, values = at[::-1], values[::-1]
        after = np.clip(np.searchsorted(values, wanted), 1, values.size - 1)
        below, above = at[after - 1], at[after]
        for _ in range(_HALVINGS):
            middle = (below + above) / 2
            less = self._values(middle) < wanted
            below, above = np.where(less, middle, below), np.where(less, above, middle)
        return above
