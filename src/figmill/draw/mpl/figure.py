"""The same figure made of ordinary matplotlib artists, for people who want to edit it."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PolyCollection
from matplotlib.colors import Colormap, ListedColormap, LogNorm, Normalize
from matplotlib.figure import Figure as MplFigure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from figmill.draw import pixels, text
from figmill.draw.layers import DASHES, looks
from figmill.draw.layout import (
    EDGE,
    LABEL_GAP,
    LINE,
    TICK_GAP,
    Bar,
    Placed,
    has_legend,
    labelled,
    layout,
    row_texts,
)
from figmill.draw.mpl.locators import AxisFormatter, AxisLocator
from figmill.draw.mpl.mesh import blocks
from figmill.draw.ops import Box
from figmill.figure.color import ColorScale
from figmill.figure.layers import (
    Band,
    Bracket,
    Curve,
    Fill,
    HLine,
    Mark,
    Spectrogram,
    VLine,
)
from figmill.figure.model import Axis, Figure
from figmill.figure.style import Style

_MARKERS = {
    "circle": "o",
    "square": "s",
    "triangle": "^",
    "diamond": "d",
    "cross": "x",
    "plus": "+",
}


def build(figure: Figure) -> MplFigure:
    """A matplotlib figure with the same panels at the same places.

    Returns
    -------
    matplotlib.figure.Figure
        With an Agg canvas, and not known to pyplot.
    """
    placed = layout(figure)
    style = figure.style
    made = MplFigure(figsize=figure.inches, dpi=figure.dpi, facecolor=pixels.rgb(style.background))
    FigureCanvasAgg(made)
    if placed.title.lines:
        made.suptitle(
            "\n".join(map(text.for_matplotlib, placed.title.lines)),
            fontproperties=text.font(placed.title.size),
            color=pixels.rgb(style.ink),
            y=1 - 5 * placed.point / placed.height,
            va="top",
        )
    if placed.footer.lines:
        made.text(
            EDGE * placed.point / placed.width,
            EDGE * placed.point / placed.height,
            "\n".join(map(text.for_matplotlib, placed.footer.lines)),
            fontproperties=text.font(placed.footer.size),
            color=pixels.rgb(style.muted),
            va="bottom",
        )
    for panel in placed.panels:
        PanelBuilder(made, panel, figure, placed.width, placed.height).run()
    return made


class PanelBuilder:
    """Makes the artists of one panel."""

    def __init__(
        self, made: MplFigure, placed: Placed, figure: Figure, width: int, height: int
    ) -> None:
        self.made, self.placed, self.figure = made, placed, figure
        self.width, self.height = width, height
        self.style: Style = figure.style
        self.ink = pixels.rgb(self.style.ink)
        self.ax: Axes = made.add_axes(self._place(placed.box))

    def _place(self, box: Box) -> tuple[float, float, float, float]:
        return (
            box.x0 / self.width,
            1 - box.y1 / self.height,
            box.width / self.width,
            box.height / self.height,
        )

    def run(self) -> None:
        """Make all of them."""
        placed, ax, style = self.placed, self.ax, self.style
        ax.set_facecolor(pixels.rgb(style.panel))
        self._scales()
        colors = {
            position: (pixels.rgb(color), dash)
            for position, (color, dash) in looks(placed.panel, style).items()
        }
        handles: list[Any] = []
        mappable: ScalarMappable | None = None
        for position, layer in enumerate(placed.panel.layers):
            handle: Any = None
            if isinstance(layer, Spectrogram):
                drawn = self._spectrogram(layer, placed.colors[position])
                mappable = mappable or drawn
            elif isinstance(layer, Curve):
                handle = self._curve(layer, *colors[position])
            elif isinstance(layer, Fill):
                handle = ax.fill_between(
                    layer.x,
                    layer.low,
                    layer.high,
                    color=colors[position][0],
                    alpha=layer.alpha,
                    linewidth=0,
                    label=layer.label,
                )
            elif isinstance(layer, Band):
                span = ax.axvspan if layer.axis == "x" else ax.axhspan
                span(layer.low, layer.high, color=colors[position][0], alpha=layer.alpha, lw=0)
                handle = Patch(color=colors[position][0], alpha=layer.alpha, label=layer.label)
            elif isinstance(layer, VLine | HLine):
                self._line(layer)
            elif isinstance(layer, Bracket):
                self._bracket(layer)
            elif isinstance(layer, Mark):
                ax.annotate(
                    text.for_matplotlib(layer.text),
                    (layer.x, layer.y),
                    (0, 4),
                    textcoords="offset points",
                    ha=layer.align,
                    fontproperties=text.font(style.tick_size),
                    color=pixels.rgb(layer.color or style.ink),
                )
            if labelled(layer) and handle is not None:
                handles.append(handle)
        # Drawing may have widened the view; the description says what is shown.
        self._limits()
        self._words_around()
        if placed.bar is not None and mappable is not None:
            self._bar(placed.bar, mappable)
        if has_legend(placed.panel):
            self._legend(handles)

    # -- axes ----------------------------------------------------------------------------------

    def _scales(self) -> None:
        ax, placed, style = self.ax, self.placed, self.style
        for axis, view, which in ((ax.xaxis, placed.x, "x"), (ax.yaxis, placed.y, "y")):
            if view.axis.scale == "log":
                getattr(ax, f"set_{which}scale")("log")
            elif view.axis.kink is not None:
                getattr(ax, f"set_{which}scale")("function", functions=_kinked(*view.axis.kink))
            target = max(1, len(view.ticks.major))
            axis.set_major_locator(AxisLocator(view.axis, target))
            axis.set_minor_locator(AxisLocator(view.axis, target, minor=True))
            axis.set_major_formatter(AxisFormatter(view.axis, target))
            axis.set_tick_params(
                which="major",
                length=style.tick_length,
                width=style.frame_width,
                pad=2.5,
                color=self.ink,
                labelcolor=self.ink,
                labelsize=style.tick_size,
                labelfontfamily=text.FAMILY,
            )
            axis.set_tick_params(
                which="minor",
                length=style.minor_length,
                width=style.frame_width,
                color=self.ink,
            )
        self._limits()
        ax.tick_params(axis="x", labelbottom=placed.shows_x)
        for spine in ax.spines.values():
            spine.set_linewidth(style.frame_width)
            spine.set_color(self.ink)
        if placed.panel.grid:
            ax.grid(True, color=pixels.rgb(style.grid), linewidth=0.6)
            ax.set_axisbelow(True)

    def _limits(self) -> None:
        for view, setter in ((self.placed.x, self.ax.set_xlim), (self.placed.y, self.ax.set_ylim)):
            ends = (view.low, view.high)
            setter(*(reversed(ends) if view.axis.reverse else ends))

    def _words_around(self) -> None:
        ax, placed, style = self.ax, self.placed, self.style
        label = text.font(style.label_size)
        if placed.shows_x and placed.x_label.lines:
            ax.set_xlabel(
                text.for_matplotlib(placed.x_label.lines[0]), fontproperties=label, color=self.ink
            )
        if placed.y_label.lines:
            words = "\n".join(map(text.for_matplotlib, placed.y_label.lines))
            ax.set_ylabel(words, fontproperties=text.font(placed.y_label.size), color=self.ink)
        if placed.row_label.lines:
            ax.annotate(
                "\n".join(map(text.for_matplotlib, placed.row_label.lines)),
                (0, 0.5),
                (-self._row_label_away(), 0),
                xycoords="axes fraction",
                textcoords="offset points",
                rotation=90,
                va="center",
                ha="center",
                fontproperties=text.font(placed.row_label.size, True),
                color=self.ink,
            )
        if placed.title.lines:
            ax.set_title(
                text.for_matplotlib(placed.title.lines[0]),
                loc="left",
                pad=3,
                color=self.ink,
                fontproperties=text.font(placed.title.size),
            )
        if placed.panel.note:
            ax.text(
                0.5,
                0.5,
                text.for_matplotlib(placed.panel.note),
                transform=ax.transAxes,
                ha="center",
                va="center",
                wrap=True,
                fontproperties=label,
                color=pixels.rgb(style.muted),
            )
        lowest = all(
            placed.row >= row
            for row, panels in enumerate(self.figure.panels)
            if panels[placed.column] is not None
        )
        if lowest and placed.x.axis.scale == "time":
            self._tick_rows()

    def _row_label_away(self) -> float:
        """Points from the axes to the middle of the row's label, as in the layout."""
        placed, style = self.placed, self.style
        away = style.tick_length + TICK_GAP + LABEL_GAP / 2
        away += placed.tick_room * 72 / self.figure.dpi
        if placed.y_label.lines:
            away += len(placed.y_label.lines) * placed.y_label.size * LINE + LABEL_GAP / 2
        return away + len(placed.row_label.lines) * placed.row_label.size * LINE / 2

    def _tick_rows(self) -> None:
        placed, style = self.placed, self.style
        at = placed.x.ticks.major
        font = text.font(style.tick_size)
        for number, row in enumerate(self.figure.tick_rows, start=1):
            down = -(style.tick_length + 2.5 + (number + 0.9) * style.tick_size * 1.28)
            self.ax.annotate(
                text.for_matplotlib(row.label),
                (0, 0),
                (-10, down),
                xycoords="axes fraction",
                textcoords="offset points",
                ha="right",
                fontproperties=font,
                color=pixels.rgb(style.muted),
                annotation_clip=False,
            )
            for x, value in zip(at, row_texts(row, placed.x.ticks), strict=True):
                if value:
                    self.ax.annotate(
                        value,
                        (x, 0),
                        (0, down),
                        xycoords=("data", "axes fraction"),
                        textcoords="offset points",
                        ha="center",
                        fontproperties=font,
                        color=self.ink,
                        annotation_clip=False,
                    )
        self.ax.xaxis.labelpad = 4 + len(self.figure.tick_rows) * style.tick_size * 1.28

    # -- layers --------------------------------------------------------------------------------

    def _curve(self, layer: Curve, color: tuple[float, float, float], dash: Any) -> Line2D:
        width = self.style.line_width if layer.width is None else layer.width
        (line,) = self.ax.plot(
            layer.x,
            layer.y,
            color=color,
            linewidth=width,
            alpha=layer.alpha,
            linestyle=_dashes(dash),
            label=text.for_matplotlib(layer.label),
            marker=_MARKERS[layer.marker] if layer.marker else "",
            markersize=layer.marker_size,
            markeredgewidth=0 if layer.marker not in ("cross", "plus") else 1,
        )
        if width == 0:
            line.set_linestyle("none")
        return line

    def _line(self, layer: VLine | HLine) -> None:
        upright = isinstance(layer, VLine)
        color = layer.color or (self.style.event if upright else self.style.muted)
        behind = isinstance(layer, VLine) and layer.behind
        look = {
            "color": pixels.rgb(color),
            "zorder": 1.9 if behind else 2.0,  # curves have 2
            "linewidth": layer.width,
            "alpha": layer.alpha,
            "linestyle": _dashes(layer.dash),
        }
        if upright:
            self.ax.axvline(layer.at, **look)
        else:
            self.ax.axhline(layer.at, **look)
        if layer.label:
            spot = (layer.at, 1.0) if upright else (1.0, layer.at)
            self.ax.annotate(
                text.for_matplotlib(layer.label),
                spot,
                (3, -3) if upright else (-4, 3),
                xycoords=("data", "axes fraction") if upright else ("axes fraction", "data"),
                textcoords="offset points",
                ha="left" if upright else "right",
                va="top" if upright else "bottom",
                color=pixels.rgb(color),
                fontproperties=text.font(self.style.tick_size),
            )

    def _bracket(self, layer: Bracket) -> None:
        color = pixels.rgb(layer.color or self.style.event)
        up = 5.5 / (self.placed.box.height * 72 / self.figure.dpi)
        self.ax.plot(
            [layer.low, layer.low, layer.high, layer.high],
            [1 + up / 4, 1 + up, 1 + up, 1 + up / 4],
            transform=self.ax.get_xaxis_transform(),
            color=color,
            linewidth=layer.width,
            clip_on=False,
        )
        if layer.label:
            self.ax.annotate(
                text.for_matplotlib(layer.label),
                ((layer.low + layer.high) / 2, 1 + up),
                (0, 2.5),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                ha="center",
                color=color,
                fontproperties=text.font(self.style.tick_size),
            )

    def _spectrogram(
        self, layer: Spectrogram, limits: tuple[float, float] | None
    ) -> ScalarMappable:
        assert limits is not None
        scale = layer.color
        norm: Normalize = LogNorm(*limits) if scale.scale == "log" else Normalize(*limits)
        cmap = colors_of(scale, self.style)
        for x, y, values in blocks(layer):
            if scale.scale == "log":
                # matplotlib takes what has no logarithm for missing; here it is below range.
                drawn = np.where(values <= 0, limits[0] / 1e3, values)
            else:
                drawn = values
            cells = np.ma.masked_invalid(drawn)
            if y.shape[1] == 2 and np.array_equal(y[1:, 0], y[:-1, 1]):
                edges = np.append(y[:, 0], y[-1, 1])
                self.ax.pcolormesh(x, edges, cells.T, norm=norm, cmap=cmap, rasterized=True)
                continue
            corners = np.empty((len(x) - 1, len(y), 4, 2))
            corners[..., 0, 0] = corners[..., 3, 0] = x[:-1, None]
            corners[..., 1, 0] = corners[..., 2, 0] = x[1:, None]
            corners[..., 0, 1] = corners[..., 1, 1] = y[None, :, 0]
            corners[..., 2, 1] = corners[..., 3, 1] = y[None, :, 1]
            self.ax.add_collection(
                PolyCollection(
                    list(corners.reshape(-1, 4, 2)),
                    array=cells.ravel(),
                    norm=norm,
                    cmap=cmap,
                    linewidth=0,
                    antialiased=False,
                    rasterized=True,
                )
            )
        return ScalarMappable(norm=norm, cmap=cmap)

    # -- beside --------------------------------------------------------------------------------

    def _bar(self, bar: Bar, mappable: ScalarMappable) -> None:
        cax = self.made.add_axes(self._place(bar.box))
        colorbar = self.made.colorbar(mappable, cax=cax, extend="neither")
        axis = Axis(scale=bar.scale.scale)
        target = max(1, len(bar.ticks.major))
        cax.yaxis.set_major_locator(AxisLocator(axis, target))
        cax.yaxis.set_minor_locator(AxisLocator(axis, target, minor=True))
        cax.yaxis.set_major_formatter(AxisFormatter(axis, target))
        style = self.style
        cax.tick_params(
            which="major",
            length=style.tick_length,
            width=style.frame_width,
            color=self.ink,
            labelcolor=self.ink,
            labelsize=style.tick_size,
            labelfontfamily=text.FAMILY,
        )
        cax.tick_params(which="minor", length=style.minor_length, width=style.frame_width)
        colorbar.outline.set_linewidth(style.frame_width)
        if bar.label.lines:
            colorbar.set_label(
                "\n".join(map(text.for_matplotlib, bar.label.lines)),
                color=self.ink,
                fontproperties=text.font(bar.label.size),
            )

    def _legend(self, handles: list[Any]) -> None:
        panel = self.placed.panel
        where: dict[str, Any] = {"loc": panel.legend}
        if panel.legend == "outside":
            where = {"loc": "upper left", "bbox_to_anchor": (1.01, 1.0), "borderaxespad": 0.0}
        legend = self.ax.legend(
            handles=handles,
            prop=text.font(self.style.tick_size),
            frameon=True,
            framealpha=0.82,
            edgecolor="none",
            facecolor=pixels.rgb(self.style.panel),
            labelcolor=[self.ink] * len(handles),
            title=text.for_matplotlib(panel.legend_title) or None,
            **where,
        )
        legend.get_title().set_fontproperties(text.font(self.style.tick_size))


def colors_of(scale: ColorScale, style: Style) -> Colormap:
    """The colour map with the colours of below, above and missing."""
    table = pixels.lookup(scale, style) / 255.0
    return ListedColormap(table[: pixels.LEVELS]).with_extremes(
        under=table[pixels.BELOW], over=table[pixels.ABOVE], bad=table[pixels.MISSING]
    )


def _dashes(dash: Any) -> Any:
    pattern = DASHES[dash]
    return (0, pattern) if pattern else "solid"


def _kinked(at: float, factor: float) -> tuple[Any, Any]:
    def forward(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(x < at, at + (x - at) * factor, x)

    def backward(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(x < at, at + (x - at) / factor, x)

    return forward, backward
