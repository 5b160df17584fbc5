"""Specimens: figures without data, which tell whether any figure of a size can be drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from figmill.errors import ConfigError, PlottingError
from figmill.figure import Figure


def check_specimens(made: Iterable[Callable[[], Figure]], *, with_room: bool = False) -> None:
    """Make sure that one of some figures can be drawn.

    Parameters
    ----------
    made
        Each describes a figure as the options have it, with the least that it can hold: how many
        rows it will have, only the data tell.
    with_room
        Lay it out, too, to see whether its axes and titles fit. That imports what draws, so it is
        done where a size was chosen and not for the usual one.

    Raises
    ------
    figmill.errors.ConfigError
        None of them can be; what is wrong with the first.
    """
    first: PlottingError | None = None
    for make in made:
        try:
            figure = make()
            if with_room:
                figure.check()
        except PlottingError as error:
            first = first or error
        else:
            return
    if first is not None:
        raise ConfigError(first.message, hint=first.hint)
