"""Curves as a panel: colours by value, legends, magnitudes on a log axis, limits, mean and spread.

Nothing here knows of files: what it takes are curves with their values, and what it gives are
plain descriptions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from figmill.config.model import Model
from figmill.curves.fields import plain_number, shown
from figmill.curves.value_key import ValueKey
from figmill.figure import Axis, ColorScale, Curve, Fill, HLine, Panel, VLine
from figmill.figure.layers import Dash, Layer, Marker
from figmill.figure.style import theme
from figmill.notes import Note
from figmill.read.tables.model import Vector
from figmill.recipes.inputs import natural
from figmill.recipes.looks import ColorName

Value = float | str
Scale = Literal["linear", "log"]
Bound = Annotated[float, Field(allow_inf_nan=False)]
Limits = tuple[Bound | None, Bound | None]

MOST_NAMED = 8
"""Curves that a legend tells apart; more are coloured by value, with a colour bar."""
_MOST_LISTED = 24
_HOLLOW = 4.5
_INNER = 2.6
_MOST_HOLLOW = 60
_DECADES = 2.5
_DARK_END = 0.9
_THIN = 0.7
_FAINT = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One curve to draw.

    Parameters
    ----------
    x, y
        Shape (n,), in the order measured.
    label
        What a legend calls it.
    value
        What it is coloured and sorted by; None where nothing tells the curves apart.
    dash
        Its pattern.
    color
        Its colour, where it is given.
    family
        Which part of its table it is: a mean is over curves of one family, not over legs forth and
        back.
    """

    x: Vector
    y: Vector
    label: str = ""
    value: Value | None = None
    dash: Dash = "solid"
    color: str | None = None
    family: str = ""


class LimitLine(Model):
    """A line at a limit of a specification.

    Parameters
    ----------
    x, y
        Where; one of the two.
    label
        Written at it.
    color, dash
        How it looks.
    """

    x: Bound | None = None
    y: Bound | None = None
    label: str = ""
    color: ColorName | None = None
    dash: Dash = "dashed"


class Statistics(Model):
    """Mean and spread over the curves of a figure.

    Parameters
    ----------
    sigma
        How many standard deviations are shaded to each side; 0 shades none.
    only
        Whether the curves themselves are left out.
    """

    sigma: float = Field(default=1.0, ge=0, le=10)
    only: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """How a panel of curves looks.

    Parameters
    ----------
    x, y
        Name and unit of the axes.
    x_scale, y_scale
        ``"linear"``, ``"log"``; x may be ``"time"``.
    x_limits, y_limits
        Either end may be None.
    color_title, color_unit
        What the curves' values are.
    colormap
        For values that are numbers.
    markers
        Whether each point is marked.
    lines
        Limit lines.
    statistics
        Mean and spread, or None.
    theme
        Of the figure.
    """

    x: tuple[str, str] = ("", "")
    y: tuple[str, str] = ("", "")
    x_scale: Literal["linear", "log", "time"] = "linear"
    y_scale: Scale = "linear"
    x_limits: Limits = (None, None)
    y_limits: Limits = (None, None)
    color_title: str = ""
    color_unit: str = ""
    colormap: str = "viridis"
    markers: bool = False
    lines: tuple[LimitLine, ...] = ()
    statistics: Statistics | None = None
    theme: str = "paper"


def panel_of(lines: Sequence[Line], look: Look, notes: list[Note], title: str = "") -> Panel:
    """A panel with curves.

    Parameters
    ----------
    lines
        At least one.
    look
        How it looks.
    notes
        What a reader would want to know is added to it: magnitudes, points outside limits.
    title
        Over the panel.
    """
    _tell_zeros(lines, look, notes)
    lines = _sorted([_on_axes(line, look) for line in lines])
    _tell_axes(lines, look, notes)
    colors, key = _colors(lines, look)
    named = key is None and sum(bool(line.label) for line in lines) <= _MOST_LISTED
    if key is None and not named and (look.statistics is None or look.color_title):
        text = f"{len(lines)} curves are too many for a legend: it is left out"
        notes.append(Note.loss("legend-left-out", text))
    layers: list[Layer] = []
    only = look.statistics is not None and look.statistics.only
    told = look.statistics is None or bool(look.color_title)
    for line, color in zip(lines, colors, strict=True):
        if only:
            break
        if told:
            label = line.label if named and len(lines) > 1 else ""
            layers += _curve(line, look, color, label)
        else:  # which is which matters less than how they spread
            size = np.abs(line.y) if look.y_scale == "log" else line.y
            muted = theme(look.theme).muted
            layers.append(Curve(line.x, size, "", muted, _THIN, line.dash, alpha=_FAINT))
    if look.statistics is not None:
        spread, mean = _statistics(lines, look, notes)
        layers = [*spread, *layers, *mean]
    if key is not None and not only:
        layers.append(key)
    layers += [_limit(one) for one in look.lines]
    name, unit = look.y
    negative = look.y_scale == "log" and any(bool((line.y < 0).any()) for line in lines)
    entries = sum(bool(getattr(layer, "label", "")) for layer in layers)
    return Panel(
        tuple(layers),
        Axis(look.x_scale, look.x[0], look.x[1], look.x_limits),
        Axis(look.y_scale, f"|{name}|" if negative else name, unit, look.y_limits),
        title=title,
        legend="outside" if entries > MOST_NAMED else "best",
        legend_title=_legend_title(look) if named and not only else "",
    )


def _legend_title(look: Look) -> str:
    if not look.color_title:
        return ""
    return f"{look.color_title} ({look.color_unit})" if look.color_unit else look.color_title


def _on_axes(line: Line, look: Look) -> Line:
    x, y = line.x, line.y
    with np.errstate(invalid="ignore"):
        if look.x_scale == "log":
            x = np.where(x > 0, x, np.nan)
        if look.y_scale == "log":
            y = np.where(y != 0, y, np.nan)
    return replace(line, x=x, y=y)


def _tell_axes(lines: Sequence[Line], look: Look, notes: list[Note]) -> None:
    total = sum(line.y.size for line in lines)
    if look.y_scale == "log" and (count := sum(int((line.y < 0).sum()) for line in lines)):
        text = f"{count} of {total} points are below 0: their magnitude is drawn, with open circles"
        notes.append(Note.info("magnitude-drawn", text, look.y[0]))
    log_y = look.y_scale == "log"
    for name, limits, values in (
        (look.x[0], look.x_limits, [line.x for line in lines]),
        (look.y[0], look.y_limits, [np.abs(line.y) if log_y else line.y for line in lines]),
    ):
        low = -np.inf if limits[0] is None else limits[0]
        high = np.inf if limits[1] is None else limits[1]
        if count := sum(int(((one < low) | (one > high)).sum()) for one in values):
            text = f"{count} of {total} points lie outside the limits that are given"
            notes.append(Note.loss("points-outside", text, name))


def _tell_zeros(lines: Sequence[Line], look: Look, notes: list[Note]) -> None:
    """Tell what a log axis cannot show."""
    if look.y_scale == "log" and (count := sum(int((line.y == 0).sum()) for line in lines)):
        text = f"{count} points at 0 are not on a logarithmic axis"
        notes.append(Note.loss("values-not-positive", text, look.y[0]))
    if look.x_scale == "log":
        with np.errstate(invalid="ignore"):
            count = sum(int((line.x <= 0).sum()) for line in lines)
        if count:
            text = f"{count} points at or below 0 are not on a logarithmic axis"
            notes.append(Note.loss("values-not-positive", text, look.x[0]))


def _sorted(lines: Sequence[Line]) -> list[Line]:
    """Curves by their values: numbers by size, texts as people sort them, none last."""

    def order(line: Line) -> tuple[int, float, tuple[object, ...]]:
        if line.value is None:
            return 2, 0.0, ()
        number = plain_number(line.value)
        return (0, number, ()) if number is not None else (1, 0.0, natural(str(line.value)))

    return sorted(lines, key=order)


def _colors(lines: Sequence[Line], look: Look) -> tuple[list[str | None], ValueKey | None]:
    """A colour for each curve, and the key where they are coloured by too many values."""
    given = [line.color for line in lines]
    if all(color is not None for color in given):
        return given, None
    numbers = [None if line.value is None else plain_number(line.value) for line in lines]
    levels = sorted({number for number in numbers if number is not None})
    if None in numbers or len(levels) < 2:
        # Legs of one value share its colour.
        cycle = theme(look.theme).cycle
        kinds = list(dict.fromkeys((line.value, line.label) for line in lines))
        places = {kind: at for at, kind in enumerate(kinds)}
        if len(kinds) > len(cycle):
            ramp = _ramp(look.colormap, np.linspace(0, 1, len(kinds)), _DARK_END)
            return [line.color or ramp[places[line.value, line.label]] for line in lines], None
        return [line.color or cycle[places[line.value, line.label]] for line in lines], None
    positive = levels[0] > 0 and levels[-1] / levels[0] > 10**_DECADES
    span = np.log10(levels) if positive else np.array(levels)
    places_ = (span - span[0]) / (span[-1] - span[0])
    if len(levels) <= MOST_NAMED:
        # Steps of equal contrast, whatever the values.
        places_ = np.linspace(0, 1, len(levels))
    # A colour bar shows the whole map: curves that it explains must have just its colours.
    reach = _DARK_END if len(levels) <= MOST_NAMED else 1.0
    by_level = dict(zip(levels, _ramp(look.colormap, places_, reach), strict=True))
    colors = [
        line.color or by_level[number]
        for line, number in zip(lines, numbers, strict=True)
        if number is not None
    ]
    if len(levels) <= MOST_NAMED:
        return [*colors], None
    scale = ColorScale(
        "log" if positive else "linear",
        (levels[0], levels[-1]),
        colormap=look.colormap,
        label=look.color_title,
        unit=look.color_unit,
    )
    return [*colors], ValueKey(scale)


def _ramp(name: str, places: Vector, reach: float) -> list[str]:
    """Colours of a map up to a share of it: its palest end is swallowed by white paper."""
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    return [to_hex(color) for color in colormaps[name](np.asarray(places) * reach)]


def _curve(line: Line, look: Look, color: str | None, label: str) -> list[Layer]:
    marker: Marker | None = "circle" if look.markers or np.isfinite(line.y).sum() == 1 else None
    width = None
    if look.y_scale != "log" or not (line.y < 0).any():
        return [
            Curve(
                line.x, line.y, label, color, width, line.dash,
                marker=marker, marker_size=3.0,
            )
        ]  # fmt: skip
    size = np.abs(line.y)
    negative = np.flatnonzero(line.y < 0)
    if negative.size > _MOST_HOLLOW:  # circles that touch each other would be a band
        negative = negative[:: -(-negative.size // _MOST_HOLLOW)]
    ground = theme(look.theme).panel
    return [
        Curve(line.x, size, label, color, width, line.dash, marker=marker, marker_size=3.0),
        Curve(line.x[negative], size[negative], "", color, 0.0, marker="circle",
              marker_size=_HOLLOW),
        Curve(line.x[negative], size[negative], "", ground, 0.0, marker="circle",
              marker_size=_INNER),
    ]  # fmt: skip


def _limit(one: LimitLine) -> Layer:
    color = one.color or "#b3001b"
    if one.y is not None:
        return HLine(one.y, one.label, color, dash=one.dash, width=1.0)
    assert one.x is not None
    return VLine(one.x, one.label, color, dash=one.dash, width=1.0)


def mean_and_spread(
    lines: Sequence[Line], log: bool = False
) -> tuple[Vector, Vector, Vector, Vector, bool]:
    """Mean and standard deviation over curves, at each x.

    Parameters
    ----------
    lines
        Two at least.
    log
        Whether magnitudes are averaged by their logarithms, as a log axis shows them.

    Returns
    -------
    x, mean, sigma, count : ndarray
        Shape (m,): sigma with n - 1; NaN where fewer than two curves have a value. With `log`,
        mean is the geometric one and sigma that of log10.
    same : bool
        Whether all curves have the same x; else they were interpolated linearly to that of the
        first, where they have values on both sides.
    """
    first = lines[0].x
    same = all(
        line.x.shape == first.shape
        and np.allclose(line.x, first, rtol=1e-9, atol=1e-12, equal_nan=True)
        for line in lines
    )
    values = []
    if same:
        x = first
        values = [line.y for line in lines]
    else:
        x = np.unique(first[np.isfinite(first)])
        for line in lines:
            good = np.isfinite(line.x) & np.isfinite(line.y)
            order = np.argsort(line.x[good], kind="stable")
            values.append(
                np.interp(x, line.x[good][order], line.y[good][order], np.nan, np.nan)
                if good.any()
                else np.full(x.shape, np.nan)
            )
    table = np.array(values)
    if log:
        with np.errstate(divide="ignore", invalid="ignore"):
            table = np.log10(np.abs(table))
        table[~np.isfinite(table)] = np.nan
    known = np.isfinite(table)
    count = known.sum(axis=0).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known, table, 0.0).sum(axis=0) / count
        off = np.where(known, table - mean, 0.0)
        sigma = np.sqrt((off**2).sum(axis=0) / (count - 1))
    mean[count < 1] = np.nan
    sigma[count < 2] = np.nan
    return x, 10.0**mean if log else mean, sigma, count, same


def _statistics(
    lines: Sequence[Line], look: Look, notes: list[Note]
) -> tuple[list[Layer], list[Layer]]:
    """The shaded spread, and the mean."""
    families: dict[str, list[Line]] = {}
    for line in lines:
        families.setdefault(line.family, []).append(line)
    style = theme(look.theme)
    spread: list[Layer] = []
    means: list[Layer] = []
    for at, (name, some) in enumerate(families.items()):
        color = style.ink if len(families) == 1 else style.cycle[at % len(style.cycle)]
        shaded, mean = _mean_of(some, name, color, look, notes)
        spread += shaded
        means += mean
    return spread, means


def _mean_of(
    lines: Sequence[Line], name: str, color: str, look: Look, notes: list[Note]
) -> tuple[list[Layer], list[Layer]]:
    assert look.statistics is not None
    log = look.y_scale == "log"
    if len(lines) < 2:
        text = "there is one curve: no mean over several is drawn"
        notes.append(Note.doubt("mean-of-one", text, name))
        size = np.abs(lines[0].y) if log else lines[0].y
        return [], [Curve(lines[0].x, size, name, color)]
    x, mean, sigma, count, same = mean_and_spread(lines, log)
    if not same:
        text = "the curves differ in x: all are interpolated to that of the first for their mean"
        notes.append(Note.doubt("mean-interpolated", text, name))
    known = count[count > 0]
    if known.size and known.min() < known.max():
        text = f"the mean is over {int(known.min())} to {int(known.max())} curves, by x"
        notes.append(Note.info("mean-over-fewer", text, name))
    if log:
        text = "mean and spread are those of the logarithms of magnitudes"
        notes.append(Note.info("mean-of-logarithms", text))
    spread: list[Layer] = []
    times = look.statistics.sigma
    if times > 0:
        low, high = (
            (mean / 10 ** (times * sigma), mean * 10 ** (times * sigma))
            if log
            else (mean - times * sigma, mean + times * sigma)
        )
        label = f"± {shown(float(times))} σ" if times != 1 else "± σ"
        spread.append(Fill(x, low, high, ", ".join(filter(None, (label, name))), color, 0.18))
    label = ", ".join(filter(None, (f"mean of {len(lines)}", name)))
    return spread, [Curve(x, mean, label, color, 1.8)]
