"""What a plot type is, and how users add their own."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from pydantic import ConfigDict, create_model

from figmill.chip.look import Look
from figmill.chip.runs import Run
from figmill.config.model import Model
from figmill.errors import ConfigError
from figmill.figure import Figure
from figmill.notes import Note


@dataclass(frozen=True, slots=True)
class Drawn:
    """The figures of one entry.

    Parameters
    ----------
    figures
        By the middle part of their file names: ``It``, ``It_sequential``.
    notes
        What was assumed or left out, and why; a plain sentence is taken as an info.
    """

    figures: Mapping[str, Figure]
    notes: tuple[Note | str, ...] = ()


class ChipPlot(Model, ABC):
    """A plot type; its fields are its options, from YAML, Python and the command line alike.

    A subclass is offered to users by an entry point in the group ``figmill.chip_plots``.
    """

    model_config = ConfigDict(validate_default=True)

    type: ClassVar[str]
    """How configurations call it."""

    procedures: ClassVar[tuple[str, ...]]
    """The procedures whose runs it draws; the first names its folder."""

    @property
    @abstractmethod
    def stems(self) -> tuple[str, ...]:
        """The middle parts of the names of all files that `draw` will give."""

    @abstractmethod
    def draw(self, runs: Sequence[Run], look: Look) -> Drawn:
        """Describe the figures.

        Parameters
        ----------
        runs
            The runs, in the order in which they were asked for.
        look
            How the figures look.

        Returns
        -------
        Drawn
            One figure for each of `stems`, and notes.

        Raises
        ------
        figmill.errors.InputError
            The runs hold nothing that can be drawn.
        """

    @property
    def uses_power(self) -> bool:
        """Whether the figures show irradiated powers: a new calibration then redraws them."""
        return False

    def check(self, runs: Sequence[Run]) -> None:
        """Check the options against the runs, before anything is drawn.

        Raises
        ------
        figmill.errors.FigmillError
            They do not fit; the message says what would.
        """


PlotFunction = Callable[..., Figure]


def plot_type(
    name: str, *, procedures: Sequence[str], stem: str = ""
) -> Callable[[PlotFunction], type[ChipPlot]]:
    """Make a plot type of a function ``(runs, look, **options) -> Figure``.

    Its keyword parameters, with their annotations and defaults, are the options.

    Parameters
    ----------
    name
        How configurations call it: ``"plot-noise"``.
    procedures
        The procedures whose runs it draws.
    stem
        The middle part of its files' names; by default the name without ``plot-``.

    Examples
    --------
    >>> @plot_type("plot-noise", procedures=["It"])
    ... def noise(runs, look, *, bins: int = 20) -> Figure:
    ...     return look.figure([])
    >>> noise(bins=5).stems, noise.type
    (('noise',), 'plot-noise')
    """
    middle = stem or name.removeprefix("plot-").replace("-", "_")

    def decorate(function: PlotFunction) -> type[ChipPlot]:
        options: dict[str, Any] = {
            key: (parameter.annotation, parameter.default)
            for key, parameter in inspect.signature(function, eval_str=True).parameters.items()
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY
        }
        for key, (annotation, default) in options.items():
            if annotation is inspect.Parameter.empty or default is inspect.Parameter.empty:
                raise ConfigError(
                    f"Option {key!r} of {name} lacks a type or a default.",
                    hint=f"Write it as {key}: TYPE = DEFAULT.",
                )

        class Made(ChipPlot):
            @property
            def stems(self) -> tuple[str, ...]:
                return (middle,)

            def draw(self, runs: Sequence[Run], look: Look) -> Drawn:
                given = {key: getattr(self, key) for key in options}
                return Drawn({middle: function(runs, look, **given)})

        made = create_model(function.__name__, __base__=Made, __doc__=function.__doc__, **options)
        made.type = name
        made.procedures = tuple(procedures)
        return made

    return decorate


def finite(*vectors: np.ndarray[Any, np.dtype[np.float64]]) -> bool:
    """Whether at one place at least all vectors are finite."""
    together = np.isfinite(vectors[0])
    for vector in vectors[1:]:
        together = together & np.isfinite(vector)
    return bool(together.any())
