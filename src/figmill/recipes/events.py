"""Events on a time axis: the lines and brackets that mark them, and the window around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from figmill.errors import PlottingError
from figmill.figure import Bracket, VLine
from figmill.figure.layers import Dash
from figmill.recipes.looks import known_color

MarkerStyle = Literal["line", "bracket", "both"]
Window = tuple[float, float]

_STYLES = ("line", "bracket", "both")
_DASHES: Mapping[str, Dash] = {
    **{"-": "solid", "--": "dashed", ":": "dotted", "-.": "dashdot"},
    **{"solid": "solid", "dashed": "dashed", "dotted": "dotted", "dashdot": "dashdot"},
}
_OPTIONS = {
    "color": "color",
    "c": "color",
    "linewidth": "width",
    "lw": "width",
    "width": "width",
    "linestyle": "dash",
    "ls": "dash",
    "dash": "dash",
    "alpha": "alpha",
    "label": "label",
}


def event_times(lines: Sequence[float | None] | float | None) -> tuple[float, ...]:
    """The times of events, in order; what is None or no number is left out."""
    if lines is None:
        return ()
    times = np.asarray(
        [value for value in np.ravel(np.asarray(lines, dtype=object)) if value is not None],
        dtype=np.float64,
    )
    return tuple(float(time) for time in np.unique(times[np.isfinite(times)]))


def zoom_window(
    times: Sequence[float],
    *,
    minutes: float | None = None,
    center: float | None = None,
    seconds: float | None = None,
) -> Window | None:
    """The window of a zoom column.

    Around `center` if there is one; else around one event, or around the mean of the first and
    the last. It is `seconds` wide if that is given, else `minutes`, and around several events at
    least one and a half times as wide as they are apart.

    Parameters
    ----------
    times
        UNIX seconds of the events.
    minutes, seconds
        Its width; None or 0 for both: no window.
    center
        UNIX seconds.

    Returns
    -------
    tuple or None
        Begin and end; None where there is nothing to zoom in on.

    Examples
    --------
    >>> zoom_window([1000.0], minutes=2)
    (940.0, 1060.0)
    >>> zoom_window([0.0, 400.0], minutes=1)
    (-100.0, 500.0)
    """
    for name, width in (("minutes", minutes), ("seconds", seconds)):
        if width is not None and not (np.isfinite(width) and width >= 0):
            raise PlottingError(
                f"A zoom window of {width} {name}.", hint="Give a width above 0, or None for none."
            )
    wide = seconds or 60.0 * (minutes or 0.0)
    if not wide or (center is None and not len(times)):
        return None
    if center is None:
        first, last = min(times), max(times)
        center = (first + last) / 2
        if not seconds:
            wide = max(wide, 1.5 * (last - first))
    elif not np.isfinite(center):
        raise PlottingError(f"The centre of the zoom window is {center}.", hint="Give a time.")
    return center - wide / 2, center + wide / 2


def markers(
    times: Sequence[float],
    style: MarkerStyle = "both",
    options: Mapping[str, Any] | None = None,
) -> tuple[VLine | Bracket, ...]:
    """Lines at events and a bracket over the axis from the first to the last.

    A lone event is a line, whatever the style: a bracket has two ends.

    Parameters
    ----------
    times
        UNIX seconds, in order.
    style
        "line", "bracket" or "both".
    options
        Looks, by matplotlib's names: color, linewidth, linestyle, alpha, label.

    Raises
    ------
    PlottingError
        If the style or an option is unknown.
    """
    if style not in _STYLES:
        raise PlottingError(
            f"There is no marker style {style!r}.", hint=f"Use {', '.join(_STYLES)}."
        )
    looks = _looks(options or {})
    made: list[VLine | Bracket] = []
    apart = len(times) > 1
    if style != "bracket" or not apart:
        # One name for the interval: on its bracket if there is one.
        named = looks if not (apart and style == "both") else {**looks, "label": ""}
        made.extend(
            VLine(time, **(named if time == times[0] else _unnamed(named))) for time in times
        )
    if style != "line" and apart:
        known = {key: looks[key] for key in ("label", "color", "width") if key in looks}
        made.append(Bracket(times[0], times[-1], **known))
    return tuple(made)


def check_markers(style: MarkerStyle, options: Mapping[str, Any]) -> None:
    """Make sure that events can be marked so.

    Raises
    ------
    PlottingError
        As `markers` does; or if a colour is not one.
    """
    for made in markers((0.0, 1.0), style, options):
        if isinstance(made.color, str):
            try:
                known_color(made.color)
            except ValueError as error:
                raise PlottingError(f"Event markers: {error}.") from error


def _unnamed(looks: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in looks.items() if key != "label"}


def _looks(options: Mapping[str, Any]) -> dict[str, Any]:
    looks: dict[str, Any] = {}
    for key, value in options.items():
        if key not in _OPTIONS:
            raise PlottingError(
                f"Event markers have no option {key!r}.",
                hint=f"There are {', '.join(sorted(_OPTIONS))}.",
            )
        name = _OPTIONS[key]
        if name == "dash":
            if value not in _DASHES:
                raise PlottingError(
                    f"There is no line style {value!r}.", hint=f"Use {', '.join(_DASHES)}."
                )
            looks[name] = _DASHES[value]
        else:
            looks[name] = float(value) if name in ("width", "alpha") else value
    return looks
