"""What a figure is: axes, panels and the grid they stand in."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from figmill.errors import PlottingError
from figmill.figure import checks
from figmill.figure.function_axis import FunctionAxis
from figmill.figure.layer_kind import as_layers
from figmill.figure.layers import Layer
from figmill.figure.numbers import number
from figmill.figure.one_line import one_line
from figmill.figure.scales import Scale, ScaleName
from figmill.figure.style import PAPER, Style, theme
from figmill.figure.tickrow import TickRow

if TYPE_CHECKING:
    import matplotlib.figure

__all__ = ["MAX_PIXELS", "Axis", "Figure", "LegendPlace", "Panel", "TickRow"]

# figure/ stands below draw/ and must not import it: it names its drawer, which is looked up when
# a figure is saved. Everything else about a figure works without any drawing library.
_DRAWER = "figmill.draw"

MAX_PIXELS = 400_000_000

LegendPlace = Literal["best", "upper right", "upper left", "lower right", "lower left", "outside"]


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a panel.

    Parameters
    ----------
    scale
        ``"linear"``, ``"log"``, ``"symlog"`` (logarithmic to both sides of 0) or ``"time"`` (UNIX
        seconds, UTC).
    label, unit
        Typeset as ``label (unit)``. Literal text, except ``^{...}`` and ``_{...}``.
    limits
        ``(lowest, highest)``; None for either takes it from the data. With the highest first the
        axis is reversed.
        A limit that is given is kept, also where no data lie within. On a time axis either may be
        a moment (`datetime.datetime`, ``datetime64``, an ISO date).
    reverse
        Draw high to low.
    kink
        ``(at, factor)``: values below `at` are drawn `factor` times as wide, the change of
        scale of infrared atlases. Linear axes only.
    ticks
        About how many labelled ticks; None fits them to the space, 0 draws none at all.
    tight
        Leave no room around the data of the axis.
    threshold
        Of a symlog axis, which must have one: values from -threshold to threshold are placed
        linearly.
    categories
        Names for the places 0, 1, 2 and so on of a linear axis, which then reaches half a place
        beyond them. Where there is no room, long names are shortened in the middle, and only
        every second, third ... is written.
    """

    scale: ScaleName = "linear"
    label: str = ""
    unit: str = ""
    limits: tuple[float | None, float | None] = (None, None)
    reverse: bool = False
    kink: tuple[float, float] | None = None
    ticks: int | None = None
    tight: bool = False
    threshold: float | None = None
    categories: tuple[str, ...] = ()

    if TYPE_CHECKING:  # what may be given is wider than what is kept

        def __init__(
            self,
            scale: ScaleName = "linear",
            label: str = "",
            unit: str = "",
            limits: tuple[float | None, float | None] = (None, None),
            reverse: bool = False,
            kink: tuple[float, float] | None = None,
            ticks: int | None = None,
            tight: bool = False,
            threshold: float | None = None,
            categories: Sequence[str] = (),
        ) -> None: ...

    def __post_init__(self) -> None:
        if self.threshold is not None:
            object.__setattr__(self, "threshold", number(self.threshold, "The axis threshold"))
        self.placing()  # refuses what it cannot be
        self._turn()
        self._name_places()
        limits = checks.limits(self.limits, self.scale, "The axis limit")
        object.__setattr__(self, "limits", limits)
        for name in ("label", "unit"):
            checks.text(getattr(self, name), f"The axis {name}")
        if self.ticks is not None and not number(self.ticks, "The number of ticks") >= 0:
            raise PlottingError(
                f"An axis of {self.ticks} ticks.", hint="Give 0 or more, or None for automatic."
            )

    def _turn(self) -> None:
        """Take limits of which the higher is first as those of a reversed axis."""
        first, last = checks.pair(
            self.limits,
            "The axis limit",
            "Give two: (lowest, highest), None for what the data decide.",
        )
        if first is not None and last is not None and first > last:
            object.__setattr__(self, "limits", (last, first))
            object.__setattr__(self, "reverse", True)

    def _name_places(self) -> None:
        checks.instance(self.categories, (list, tuple), "The categories", "Give a list of names.")
        names = tuple(self.categories)
        for name in names:
            checks.text(name, "A category")
        if names and (self.scale != "linear" or self.kink is not None):
            raise PlottingError(
                f"A {self.scale} axis with categories.", hint="Use a linear axis without a kink."
            )
        object.__setattr__(self, "categories", names)
        ends = zip(self.limits, (-0.5, len(names) - 0.5), strict=True)
        if names:
            limits = tuple(end if given is None else given for given, end in ends)
            object.__setattr__(self, "limits", limits)

    def project(self, values: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
        """Places of values along the axis, 0 at its beginning and 1 at its end.

        Parameters
        ----------
        values
            Values of the axis, any shape; for a time axis, seconds since 1970.
        low, high
            The axis's limits in the same unit, ``low < high`` also where it is reversed.

        Returns
        -------
        ndarray
            float64, of the shape of `values`; outside of 0 to 1 beyond the limits.
        """
        return self.placing().project(values, low, high)

    def placing(self) -> Scale:
        """How its values become places."""
        return Scale(self.scale, self.reverse, self.kink, self.threshold)


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """One set of axes and what is drawn in it.

    Parameters
    ----------
    layers
        What is drawn, lowest first: spectrograms, curves, bands, lines, marks.
    x, y
        The axes.
    title
        A short heading over the panel.
    row_label
        What the row shows, in bold beside the y axis: an instrument, a species.
    colorbar
        Whether spectrograms get a colour bar (one: that of the first spectrogram).
    legend
        Where the legend goes: ``"best"`` (the emptiest corner), a corner, ``"outside"`` (right of
        the panel), or None for no legend. True is ``"best"``, False is None. Only labelled layers
        appear.
    legend_title
        A heading for the legend.
    note
        A sentence in the middle of the panel, such as the reason why it is empty.
    grid
        Whether faint lines continue the major ticks through the panel.
    y2_layers
        What is drawn against a second y axis, at the right. It is drawn over the other layers of
        its kind, and the legend says where it belongs.
    y2
        The second y axis; None is an automatic one where there are `y2_layers`.
    x2
        A second x axis over the panel: another quantity, as a function of the first.

    Raises
    ------
    figmill.errors.PlottingError
        If it holds something that is not a layer, or a part is not of its type.
    """

    layers: tuple[Layer, ...] = ()
    x: Axis = field(default_factory=Axis)
    y: Axis = field(default_factory=Axis)
    title: str = ""
    row_label: str = ""
    colorbar: bool = True
    legend: LegendPlace | None = "best"
    legend_title: str = ""
    note: str = ""
    grid: bool = False
    y2_layers: tuple[Layer, ...] = ()
    y2: Axis | None = None
    x2: FunctionAxis | None = None

    if TYPE_CHECKING:  # what may be given is wider than what is kept

        def __init__(
            self,
            layers: Sequence[Layer] | Layer = (),
            x: Axis = ...,
            y: Axis = ...,
            title: str = "",
            row_label: str = "",
            colorbar: bool = True,
            legend: LegendPlace | bool | None = "best",
            legend_title: str = "",
            note: str = "",
            grid: bool = False,
            y2_layers: Sequence[Layer] | Layer = (),
            y2: Axis | None = None,
            x2: FunctionAxis | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", as_layers(self.layers))
        object.__setattr__(self, "y2_layers", as_layers(self.y2_layers))
        if self.y2 is None and self.y2_layers:
            object.__setattr__(self, "y2", Axis())
        if self.y2 is not None:
            checks.instance(self.y2, Axis, "A panel's y2", "Pass an Axis, or None for no axis.")
        for name in ("x", "y"):
            checks.instance(getattr(self, name), Axis, f"A panel's {name}", "Pass an Axis.")
        if self.x2 is not None:
            checks.instance(
                self.x2, FunctionAxis, "A panel's x2", "Pass a FunctionAxis: what is it of x?"
            )
        for name in ("title", "row_label", "legend_title", "note"):
            checks.text(getattr(self, name), f"The panel's {name}")
        if isinstance(self.legend, bool):
            object.__setattr__(self, "legend", "best" if self.legend else None)
        if self.legend is not None:
            checks.one_of(self.legend, get_args(LegendPlace), "The place of a legend")

    def __repr__(self) -> str:
        return one_line(self)

    @property
    def all_layers(self) -> tuple[Layer, ...]:
        """The layers of both y axes, those of the first before the others."""
        return self.layers + self.y2_layers


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A grid of panels with a title: all that is needed to draw a figure, and no pixels.

    Parameters
    ----------
    panels
        Rows of panels, the top row first; None leaves a place empty. One panel, or one column
        as a flat sequence, is accepted; so is a layer, or a sequence of nothing but layers, as
        what one panel holds.
    title
        Over the whole figure; wrapped where it is long.
    size
        Width and height in inches; None for either fits it to the number of columns and rows.
    dpi
        Pixels per inch.
    style
        A `Style` or the name of a theme: paper, presentation, screen, screen-dark.
    share_x
        One x range for each column; only its lowest panel then carries tick labels.
    share_y
        One y range for each row.
    share_colors
        One range of colours, and one colour bar, for neighbouring rows of a column whose colour
        scales differ in their limits at most. Limits that any of them gives are kept.
    column_widths, row_heights
        Relative sizes.
    tick_rows
        Rows of values under the lowest time axis of each column.
    footer
        Small type under all panels, such as what was assumed; cut where it would take more than a
        seventh of the height.
    provenance
        Text that travels in the file's metadata: inputs, hashes, parameters, version. Never
        put anything in it that changes from run to run.

    Raises
    ------
    figmill.errors.PlottingError
        If the grid is empty or ragged, or the size is not sensible.

    Examples
    --------
    >>> import numpy as np
    >>> from figmill.figure import Curve, Figure, Panel
    >>> t = np.linspace(0.0, 1.0, 100)
    >>> figure = Figure(Panel(Curve(t, np.sin(t))), size=(4, 3), dpi=100)
    >>> figure.shape, figure.pixels
    ((1, 1), (400, 300))
    """

    panels: tuple[tuple[Panel | None, ...], ...]
    title: str = ""
    size: tuple[float | None, float | None] = (None, None)
    dpi: float = 150.0
    style: Style = PAPER
    share_x: bool = True
    share_y: bool = False
    column_widths: tuple[float, ...] | None = None
    row_heights: tuple[float, ...] | None = None
    tick_rows: tuple[TickRow, ...] = ()
    provenance: Mapping[str, str] = field(default_factory=dict)
    footer: str = ""
    share_colors: bool = False

    if TYPE_CHECKING:  # what may be given is wider than what is kept

        def __init__(
            self,
            panels: Panel
            | Layer
            | Sequence[Layer]
            | Sequence[Panel | None]
            | Sequence[Sequence[Panel | None]],
            title: str = "",
            size: tuple[float | None, float | None] = ...,
            dpi: float = 150.0,
            style: Style | str = PAPER,
            share_x: bool = True,
            share_y: bool = False,
            column_widths: Sequence[float] | None = None,
            row_heights: Sequence[float] | None = None,
            tick_rows: Sequence[TickRow] = (),
            provenance: Mapping[str, str] = ...,
            footer: str = "",
            share_colors: bool = False,
        ) -> None: ...

    def __post_init__(self) -> None:
        rows = _grid(self.panels)
        object.__setattr__(self, "panels", rows)
        if isinstance(self.style, str):
            object.__setattr__(self, "style", theme(self.style))
        checks.instance(self.style, Style, "A figure's style", "Pass a Style or a theme's name.")
        checks.text(self.title, "The figure's title")
        checks.text(self.footer, "The figure's footer")
        object.__setattr__(self, "tick_rows", tuple(self.tick_rows))
        for row in self.tick_rows:
            checks.instance(row, TickRow, "One of the tick rows", "Pass TickRow values.")
        object.__setattr__(self, "provenance", dict(self.provenance))
        for key, value in self.provenance.items():
            if not (isinstance(key, str) and isinstance(value, str)):
                raise PlottingError(
                    f"provenance[{key!r}] is {value!r}.",
                    hint="Both must be text: use str(...) or json.dumps(...).",
                )
        for name, given, wanted in (
            ("column_widths", self.column_widths, len(rows[0])),
            ("row_heights", self.row_heights, len(rows)),
        ):
            if given is None:
                continue
            sizes = np.asarray(given)
            counted = sizes.dtype.kind in "fiu" and sizes.shape == (wanted,)
            if not (counted and np.all((sizes > 0) & np.isfinite(sizes))):
                raise PlottingError(f"{name} is {given}.", hint=f"Give {wanted} numbers above 0.")
        if not 10 <= number(self.dpi, "The resolution") <= 2400:
            raise PlottingError(f"A resolution of {self.dpi:g} dpi.", hint="Use 10 to 2400.")
        checks.pair(self.size, "The size of a figure", "Give (width, height) in inches.")
        width, height = self.pixels
        if width < 80 or height < 60 or width * height > MAX_PIXELS:
            raise PlottingError(
                f"A figure of {width} x {height} pixels.",
                hint=f"At least 80 x 60, at most {MAX_PIXELS:,} pixels in all: change size or dpi.",
            )

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.panels), len(self.panels[0])

    @property
    def inches(self) -> tuple[float, float]:
        """Width and height in inches, fitted where not given."""
        rows, columns = self.shape
        width, height = self.size
        if width is None:
            width = 8.0 if columns == 1 else 6.5 * columns
        if height is None:
            each = 4.5 if rows == 1 else 2.4 if rows <= 3 else 1.9
            height = each * rows + 1.0 + 0.16 * len(self.tick_rows)
        return float(width), float(height)

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height in pixels."""
        width, height = self.inches
        if not (np.isfinite(width) and np.isfinite(height)):
            raise PlottingError(f"A figure of {width} x {height} inches.", hint="Give numbers.")
        return round(width * self.dpi), round(height * self.dpi)

    def check(self) -> None:
        """Make sure that there is room for all that the figure holds, without drawing it.

        Raises
        ------
        figmill.errors.PlottingError
            If it is too small.
        """
        importlib.import_module(_DRAWER).check(self)

    def save(self, path: str | Path, *, format: str | None = None, **options: Any) -> Path:
        """Draw the figure into a file; the suffix chooses png, jpg, webp, pdf or svg.

        The file appears under its name only when it is complete. See `figmill.draw.save` for the
        options of each format.

        Parameters
        ----------
        path
            The file; its folder must be there.
        format
            The format, where the suffix is not to choose it.
        **options
            Options of the format.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        figmill.errors.OutputError
            The file cannot be written.
        figmill.errors.PlottingError
            The figure cannot be drawn, or the format or an option is unknown.
        """
        saved: Path = importlib.import_module(_DRAWER).save(self, path, format=format, **options)
        return saved

    def to_bytes(self, format: str = "png", **options: Any) -> bytes:
        """The finished file's bytes in the given format."""
        drawn: bytes = importlib.import_module(_DRAWER).encode(self, format, **options)
        return drawn

    def to_matplotlib(self) -> matplotlib.figure.Figure:
        """The same figure made of ordinary matplotlib artists, to edit by hand."""
        made: matplotlib.figure.Figure = importlib.import_module(_DRAWER).to_matplotlib(self)
        return made

    def show(self) -> None:
        """Show the figure: in a notebook there, elsewhere with the system's image viewer.

        Where there is no screen, a warning says that nothing is shown.
        """
        importlib.import_module(_DRAWER).show(self)

    def __repr__(self) -> str:
        rows, columns = self.shape
        width, height = self.inches
        title = f", title={one_line(self.title)}" if self.title else ""
        layers = sum(len(panel.all_layers) for row in self.panels for panel in row if panel)
        panels = f"{rows} x {columns} panels" if rows * columns > 1 else "1 panel"
        size = f"{width:g} x {height:g} in, {self.dpi:g} dpi"
        return f"Figure({panels} of {layers} layers, {size}{title})"

    def _repr_png_(self) -> bytes:
        return self.to_bytes("png")


def _grid(panels: Any) -> tuple[tuple[Panel | None, ...], ...]:
    if isinstance(panels, Layer):
        return ((Panel(panels),),)
    some = isinstance(panels, list | tuple) and len(panels) > 0
    if some and all(isinstance(each, Layer) for each in panels):
        return ((Panel(panels),),)
    if isinstance(panels, Panel):
        return ((panels,),)
    checks.instance(panels, Iterable, "What a figure holds", "Give a Panel or rows of them.")
    rows: list[tuple[Panel | None, ...]] = []
    for row in panels:
        if row is None or isinstance(row, Panel):
            rows.append((row,))
        else:
            checks.instance(row, Iterable, "A row of a figure", "Give Panels, or None for a gap.")
            rows.append(tuple(row))
    if not rows or not rows[0]:
        raise PlottingError("A figure has no panels.", hint="Give at least one panel.")
    if len({len(row) for row in rows}) != 1:
        raise PlottingError(
            f"Rows of {sorted({len(row) for row in rows})} panels.",
            hint="Give every row the same number of panels; None leaves a place empty.",
        )
    for row in rows:
        for panel in row:
            if panel is not None and not isinstance(panel, Panel):
                raise PlottingError(
                    f"{type(panel).__name__} is not a Panel.",
                    hint="Put layers into a Panel, and panels into the figure.",
                )
    return tuple(rows)
