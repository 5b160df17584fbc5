"""What can be drawn in a panel: spectrograms, curves, bands, spans, lines, marks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from figmill.errors import PlottingError
from figmill.figure.bins import Bins, BinTables
from figmill.figure.checks import instance, one_of, opacity, points, text
from figmill.figure.color import Color, ColorScale, as_color
from figmill.figure.numbers import from_texts, number, undated
from figmill.figure.one_line import one_line

Dash = Literal["solid", "dashed", "dotted", "dashdot"]
Marker = Literal["circle", "square", "triangle", "diamond", "cross", "plus"]
Where = Literal["x", "y"]
Align = Literal["left", "center", "right"]
Place = Literal["above", "below", "beside"]


def _among(choices: Any) -> Callable[[Any, str], None]:
    return lambda value, what: one_of(value, get_args(choices), what)


# As matplotlib writes them.
_SHORT: dict[object, Dash | Marker] = {
    "-": "solid",
    "--": "dashed",
    ":": "dotted",
    "-.": "dashdot",
    "o": "circle",
    "s": "square",
    "^": "triangle",
    "d": "diamond",
    "D": "diamond",
    "x": "cross",
    "+": "plus",
}
_LOOKS: dict[str, Callable[[Any, str], None]] = {
    "label": text,
    "text": text,
    "width": points,
    "marker_size": points,
    "cap": points,
    "line_width": points,
    "head": points,
    "alpha": opacity,
    "dash": _among(Dash),
    "marker": _among(Marker),
    "axis": _among(Where),
    "align": _among(Align),
    "place": _among(Place),
}


def vector(what: str, values: ArrayLike) -> NDArray[np.float64]:
    """Read-only float64 vector; moments and ISO dates become UNIX seconds, masked becomes NaN.

    Raises
    ------
    figmill.errors.PlottingError
        If they are not numbers in one dimension.
    """
    array = undated(from_texts(values))
    if array.dtype.kind not in "fiub":
        raise PlottingError(
            f"{what} holds {array.dtype}, not numbers.", hint="Pass an array of numbers."
        )
    array = np.asarray(array, dtype=np.float64)
    if array.ndim != 1:
        raise PlottingError(
            f"{what} has shape {array.shape}.", hint="A one-dimensional array is expected."
        )
    view = array.view()
    view.flags.writeable = False
    return view


def settle(
    layer: Any,
    what: str,
    *places: str,
    optional: tuple[str, ...] = (),
    own: tuple[str, ...] = (),
) -> None:
    """Make numbers of the places where a layer stands, and check the looks that it has.

    Those that are `optional` may be None, and those of its `own` mean something else in it.
    """
    for name in places:
        place = number(getattr(layer, name), f"The {what}'s {name}")
        object.__setattr__(layer, name, place)
    for name in ("dash", "marker"):
        if name in type(layer).__slots__:
            given = getattr(layer, name)
            object.__setattr__(layer, name, _SHORT.get(given, given))
    for name in type(layer).__slots__:
        value = getattr(layer, name)
        if name in _LOOKS and name not in own and not (value is None and name in optional):
            _LOOKS[name](value, f"The {what}'s {name}")
    if not isinstance(layer.color, ColorScale):
        object.__setattr__(layer, "color", as_color(layer.color, f"The {what}'s color"))


class Layer:
    """What a panel can hold; every layer derives from it.

    A layer says what is drawn. How that is done is known by its `figmill.draw.LayerKind`: of the
    layers in this module, that is the module of the same name in ``figmill/draw/layer_kinds``; a
    package from outside offers its own by an entry point of the group ``figmill.layers``.
    """

    __slots__ = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "__repr__" not in cls.__dict__:
            # A dataclass would write out all of its arrays.
            cls.__repr__ = one_line  # type: ignore[method-assign]


@dataclass(frozen=True, slots=True, eq=False)
class Spectrogram(Layer):
    """Values on cells of x (time) and y (energy, pitch angle, frequency).

    Parameters
    ----------
    x
        The n bins along x, usually UNIX seconds. Where two neighbours do not touch, the gap is
        left blank.
    y
        The m bins along y: one table for all records, or k tables and, for each record, which.
    values
        Shape (n, m), any real type. NaN and masked cells are missing.
    color
        How values become colours.

    Raises
    ------
    figmill.errors.PlottingError
        If the shapes do not agree, or x, y or color are of another type.
    """

    x: Bins
    y: BinTables
    values: NDArray[np.floating[Any]]
    color: ColorScale = field(default_factory=ColorScale)

    def __post_init__(self) -> None:
        instance(self.x, Bins, "A spectrogram's x", "Pass Bins, such as Bins.from_edges(edges).")
        if isinstance(self.y, Bins):
            object.__setattr__(self, "y", BinTables.single(self.y))
        bins_hint = "Pass Bins or BinTables, such as Bins.from_centers(energies)."
        instance(self.y, BinTables, "A spectrogram's y", bins_hint)
        instance(self.color, ColorScale, "A spectrogram's color", "Pass a ColorScale.")
        values = self.values
        if isinstance(values, np.ma.MaskedArray):
            kind = np.float32 if values.dtype == np.float32 else np.float64
            values = np.ma.filled(values.astype(kind), np.nan)
        values = np.asarray(values)
        if values.dtype not in (np.dtype(np.float32), np.dtype(np.float64)):
            if values.dtype.kind not in "fiub":
                raise PlottingError(
                    f"A spectrogram of {values.dtype} values cannot be drawn.",
                    hint="Pass an array of numbers.",
                )
            small = values.dtype.kind in "iub" and values.dtype.itemsize <= 2
            values = values.astype(
                np.float32 if small or values.dtype == np.float16 else np.float64
            )
        records, bins = self.x.lo.size, self.y.lo.shape[1]
        if values.shape != (records, bins):
            raise PlottingError(
                f"Spectrogram values have shape {values.shape}, but there are {records} bins "
                f"along x and {bins} along y.",
                hint=f"Expected shape ({records}, {bins}): x first.",
            )
        index = self.y.index
        if index is not None and index.size != records:
            raise PlottingError(
                f"The y tables are indexed for {index.size} records; there are {records}.",
                hint="Give one table number for each record.",
            )
        view = values.view()
        view.flags.writeable = False
        object.__setattr__(self, "values", view)


@dataclass(frozen=True, slots=True, eq=False)
class Curve(Layer):
    """A line through points, and markers on them if asked.

    NaN in x or y breaks the line. Long curves are reduced when drawn, to the same picture.

    Parameters
    ----------
    x, y
        Shape (n,): numbers, or moments (``datetime64`` of any unit, `datetime.datetime`), which
        become UNIX seconds and are taken as UTC.
    label
        What the legend says; no label, no legend entry.
    color
        None takes the next colour of the theme's cycle.
    width
        Points (1/72 inch), up to 1000; None is the theme's; 0 draws no line, only markers.
    dash
        Line pattern; also as matplotlib writes it, ``"--"``.
    marker
        Symbol on every point, or None; also as matplotlib writes it, ``"o"``.
    marker_size
        Diameter in points.
    alpha
        Opacity, 0 to 1.

    Raises
    ------
    figmill.errors.PlottingError
        If lengths differ, or a colour, size or pattern is none.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    label: str = ""
    color: Color | None = None
    width: float | None = None
    dash: Dash = "solid"
    marker: Marker | None = None
    marker_size: float = 4.0
    alpha: float = 1.0

    def __post_init__(self) -> None:
        x, y = vector("The curve's x", self.x), vector("The curve's y", self.y)
        if x.size != y.size:
            raise PlottingError(
                f"A curve has {x.size} x values but {y.size} y values.",
                hint="Give both the same length.",
            )
        object.__setattr__(self, "x", x)
        object.__setattr__(self, "y", y)
        settle(self, "curve", optional=("width", "marker"))


@dataclass(frozen=True, slots=True, eq=False)
class Fill(Layer):
    """The area between two curves over x: an interval of prediction, an envelope.

    Parameters
    ----------
    x, low, high
        Shape (n,), in the units of the axes; NaN leaves a gap.
    label, color, alpha
        As for `Band`.
    """

    x: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    label: str = ""
    color: Color | None = None
    alpha: float = 0.2

    def __post_init__(self) -> None:
        x = vector("The fill's x", self.x)
        low, high = vector("The fill's low", self.low), vector("The fill's high", self.high)
        if not x.size == low.size == high.size:
            raise PlottingError(
                f"A fill has {x.size} x, {low.size} low and {high.size} high values.",
                hint="Give all three the same length.",
            )
        object.__setattr__(self, "x", x)
        object.__setattr__(self, "low", low)
        object.__setattr__(self, "high", high)
        settle(self, "fill")


@dataclass(frozen=True, slots=True)
class Band(Layer):
    """A shaded range of x (or of y), over the whole panel: a light window, an event.

    As in all layers, a place on a time axis may be UNIX seconds or a moment.

    Parameters
    ----------
    low, high
        Its ends, in the unit of the axis.
    axis
        ``"x"`` or ``"y"``.
    label
        Its entry in the legend; empty for none.
    color
        A name, ``#rrggbb`` or RGB(A) from 0 to 1; None takes the theme's.
    alpha
        How opaque it is, 0 to 1.
    """

    low: float
    high: float
    axis: Where = "x"
    label: str = ""
    color: Color | None = None
    alpha: float = 0.15

    def __post_init__(self) -> None:
        settle(self, "band", "low", "high")


@dataclass(frozen=True, slots=True, eq=False)
class Spans(Layer):
    """Many ranges of x over the whole height of a panel, of one colour: when a state held.

    Each is at least a pixel wide, so that none is lost in a long series; of layers that meet in
    one pixel, the later one is seen.

    Parameters
    ----------
    low, high
        Shape (n,): begin and end of each, in the unit of x; a range with NaN is left out.
    label
        Their one entry in the legend; empty for none.
    color
        As for `Band`.
    alpha
        How opaque they are, 0 to 1.

    Raises
    ------
    figmill.errors.PlottingError
        If lengths differ, or the colour or opacity is none.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    label: str = ""
    color: Color | None = None
    alpha: float = 1.0

    def __post_init__(self) -> None:
        low, high = vector("The spans' low", self.low), vector("The spans' high", self.high)
        if low.size != high.size:
            raise PlottingError(
                f"Spans have {low.size} beginnings but {high.size} ends.",
                hint="Give both the same length.",
            )
        object.__setattr__(self, "low", low)
        object.__setattr__(self, "high", high)
        settle(self, "spans")


@dataclass(frozen=True, slots=True)
class VLine(Layer):
    """A vertical line at one x: an event.

    It lies over curves, or with `behind` under them: a border that hides nothing.

    Parameters
    ----------
    at
        Where, in the unit of x.
    label, color, width, dash, alpha
        As for `HLine`.
    behind
        Draw it under curves.
    """

    at: float
    label: str = ""
    color: Color | None = None
    width: float = 1.0
    dash: Dash = "dashed"
    alpha: float = 1.0
    behind: bool = False

    def __post_init__(self) -> None:
        settle(self, "vertical line", "at")


@dataclass(frozen=True, slots=True)
class HLine(Layer):
    """A horizontal line at one y: zero, a threshold.

    Parameters
    ----------
    at
        Where, in the unit of y.
    label
        Written at its end.
    color, alpha
        As for `Band`.
    width, dash
        In points; ``"solid"``, ``"dashed"``, ``"dotted"`` or ``"dashdot"``.
    """

    at: float
    label: str = ""
    color: Color | None = None
    width: float = 0.8
    dash: Dash = "solid"
    alpha: float = 1.0

    def __post_init__(self) -> None:
        settle(self, "horizontal line", "at")


@dataclass(frozen=True, slots=True)
class Bracket(Layer):
    """A bracket above the panel that spans low to high along x: an interval with a name.

    Parameters
    ----------
    low, high
        Its ends, in the unit of x.
    label
        Over its middle.
    color
        As for `Band`.
    width
        Of its line, in points.
    """

    low: float
    high: float
    label: str = ""
    color: Color | None = None
    width: float = 1.2

    def __post_init__(self) -> None:
        settle(self, "bracket", "low", "high")


@dataclass(frozen=True, slots=True)
class Mark(Layer):
    """A short text at a point of the panel: a peak's position, a reading.

    Parameters
    ----------
    x, y
        The point, in the units of the axes.
    text
        What stands there.
    color
        As for `Band`.
    align
        Which part of the text stands at x.
    place
        On which side of the point: ``"above"``, ``"below"`` or ``"beside"``.
    """

    x: float
    y: float
    text: str
    color: Color | None = None
    align: Align = "center"
    place: Place = "above"

    def __post_init__(self) -> None:
        settle(self, "mark", "x", "y")
