"""The same figure made of ordinary matplotlib artists, for people who want to edit it."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure as MplFigure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter
from numpy.typing import NDArray

from figmill.draw import pixels, text
from figmill.draw.compose import arranged
from figmill.draw.layout import (
    EDGE,
    LABEL_GAP,
    LINE,
    TICK_GAP,
    Bar,
    Placed,
    legend_labels,
    row_texts,
)
from figmill.draw.legend import Plan
from figmill.draw.mpl.locators import AxisFormatter, AxisLocator, FunctionFormatter, FunctionLocator
from figmill.draw.op_writer import DASHES, looks
from figmill.draw.ops import Box
from figmill.figure.layer_kind import kind_of
from figmill.figure.layers import Dash
from figmill.figure.model import Axis, Figure
from figmill.figure.style import Style


def build(figure: Figure) -> MplFigure:
    """A matplotlib figure with the same panels at the same places.

    Returns
    -------
    matplotlib.figure.Figure
        With an Agg canvas, and not known to pyplot.
    """
    placed, legends = arranged(figure)
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
    for panel, legend in zip(placed.panels, legends, strict=True):
        PanelBuilder(made, panel, figure, placed.width, placed.height).run(legend)
    return made


class PanelBuilder:
    """Makes the artists of one panel.

    Attributes
    ----------
    ax
        The axes to which a layer adds its artists: those of its y axis.
    x, y
        The axes as `View` values: ``x.axis`` is the description.
    placed
        The panel with its place, ranges and ticks.
    figure, style
        What is drawn, and its colours and sizes.
    """

    def __init__(
        self, made: MplFigure, placed: Placed, figure: Figure, width: int, height: int
    ) -> None:
        self.made, self.placed, self.figure = made, placed, figure
        self.width, self.height = width, height
        self.style: Style = figure.style
        self.ink = pixels.rgb(self.style.ink)
        self._take(made.add_axes(self._place(placed.box)), placed)

    def _take(self, ax: Axes, placed: Placed) -> None:
        self.ax, self.x, self.y = ax, placed.x, placed.y
        self.views = [(ax.xaxis, placed.x, "x"), (ax.yaxis, placed.y, "y")]

    def _place(self, box: Box) -> tuple[float, float, float, float]:
        return (
            box.x0 / self.width,
            1 - box.y1 / self.height,
            box.width / self.width,
            box.height / self.height,
        )

    def run(self, legend: Plan | None = None) -> None:
        """Make all of them, and the legend as it was planned."""
        placed, ax, style = self.placed, self.ax, self.style
        ax.set_facecolor(pixels.rgb(style.panel))
        right = ax.twinx() if placed.y2 is not None else None
        if right is not None and placed.y2 is not None:
            self.views.append((right.yaxis, placed.y2, "y"))
        self._scales()
        handles: list[Any] = []
        mappable: ScalarMappable | None = None
        labels = legend_labels(placed.panel)
        seen = zip(placed.panel.all_layers, labels, looks(placed, style), strict=True)
        for number, (layer, label, look) in enumerate(seen):
            if number == len(placed.panel.layers) and right is not None:
                assert placed.y2 is not None
                self.ax, self.y = right, placed.y2
            made = kind_of(layer).artists(layer, self, look)
            if look.limits is not None:
                mappable = mappable or ScalarMappable(norm=made.norm, cmap=made.cmap)
            if label:
                if made is not None and number >= len(placed.panel.layers):
                    made.set_label(text.for_matplotlib(label))
                handles.append(_nothing() if made is None else made)
        self.ax, self.y = ax, placed.y
        # Drawing may have widened the view; the description says what is shown.
        self._limits()
        self._second_x()
        self._words_around()
        if placed.bar is not None and mappable is not None:
            self._bar(placed.bar, mappable)
        if legend is not None:
            self._legend(handles, legend)

    # -- axes ----------------------------------------------------------------------------------

    def _scales(self) -> None:
        ax, placed, style = self.ax, self.placed, self.style
        for axis, view, which in self.views:
            its: Any = axis.axes
            if view.axis.scale == "log":
                getattr(its, f"set_{which}scale")("log")
            elif view.axis.threshold is not None:
                getattr(its, f"set_{which}scale")("symlog", linthresh=view.axis.threshold)
            elif view.axis.kink is not None:
                getattr(its, f"set_{which}scale")("function", functions=_kinked(*view.axis.kink))
            target = max(1, len(view.ticks.major))
            axis.set_major_locator(AxisLocator(view.axis, target))
            axis.set_minor_locator(AxisLocator(view.axis, target, minor=True))
            axis.set_major_formatter(AxisFormatter(view.axis, target))
            # A logarithmic axis of less than a decade would write at its minor ticks as well.
            axis.set_minor_formatter(NullFormatter())
            if view.axis.categories:
                # With the names as they were shortened.
                names = [text.for_matplotlib(name) for name in view.ticks.labels]
                axis.set_ticks(view.ticks.major, names)
                axis.set_ticks(view.ticks.minor, minor=True)
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

    def _second_x(self) -> None:
        placed, style = self.placed, self.style
        if placed.x2 is None or (second := placed.panel.x2) is None:
            return
        top = self.ax.secondary_xaxis("top")
        target = max(1, len(placed.x2.ticks.major))
        top.xaxis.set_major_locator(FunctionLocator(second, placed.x.axis, target))
        top.xaxis.set_minor_locator(FunctionLocator(second, placed.x.axis, target, minor=True))
        top.xaxis.set_major_formatter(FunctionFormatter(second, placed.x.axis, target))
        top.xaxis.set_minor_formatter(NullFormatter())
        for which, length in (("major", style.tick_length), ("minor", style.minor_length)):
            top.tick_params(
                which=which,
                length=length,
                width=style.frame_width,
                pad=2.5,
                color=self.ink,
                labelcolor=self.ink,
                labelsize=style.tick_size,
                labelfontfamily=text.FAMILY,
            )
        if placed.x2_label.lines:
            top.set_xlabel(
                text.for_matplotlib(placed.x2_label.lines[0]),
                fontproperties=text.font(placed.x2_label.size),
                color=self.ink,
            )

    def _limits(self) -> None:
        for axis, view, which in self.views:
            ends = (view.low, view.high)
            getattr(axis.axes, f"set_{which}lim")(*(reversed(ends) if view.axis.reverse else ends))

    def _words_around(self) -> None:
        ax, placed, style = self.ax, self.placed, self.style
        label = text.font(style.label_size)
        if placed.shows_x and placed.x_label.lines:
            ax.set_xlabel(
                text.for_matplotlib(placed.x_label.lines[0]),
                fontproperties=text.font(placed.x_label.size),
                color=self.ink,
            )
        if placed.y_label.lines:
            words = "\n".join(map(text.for_matplotlib, placed.y_label.lines))
            ax.set_ylabel(words, fontproperties=text.font(placed.y_label.size), color=self.ink)
        if placed.y2_label.lines:
            words = "\n".join(map(text.for_matplotlib, placed.y2_label.lines))
            font = text.font(placed.y2_label.size)
            self.views[-1][0].set_label_text(words, fontproperties=font, color=self.ink)
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

    def points(
        self, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Points of a line as matplotlib is to have them.

        On a log axis it would draw a line down to a value of 0 or below; here the line breaks.
        """
        known = np.ones(x.shape, bool)
        for values, view in ((x, self.x), (y, self.y)):
            if view.axis.scale == "log":
                known &= values > 0
        return np.where(known, x, np.nan), np.where(known, y, np.nan)

    def dashes(self, dash: Dash) -> Any:
        """A line pattern as matplotlib's artists take it."""
        return (0, DASHES[dash]) if DASHES[dash] else "solid"

    # -- beside --------------------------------------------------------------------------------

    def _bar(self, bar: Bar, mappable: ScalarMappable) -> None:
        cax = self.made.add_axes(self._place(bar.box))
        colorbar = self.made.colorbar(mappable, cax=cax, extend="neither")
        axis = Axis(scale=bar.scale.scale)
        target = max(1, len(bar.ticks.major))
        cax.yaxis.set_major_locator(AxisLocator(axis, target))
        cax.yaxis.set_minor_locator(AxisLocator(axis, target, minor=True))
        cax.yaxis.set_major_formatter(AxisFormatter(axis, target))
        cax.yaxis.set_minor_formatter(NullFormatter())
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

    def _legend(self, handles: list[Any], plan: Plan) -> None:
        kept = handles[: len(plan.entries)]
        texts = list(map(text.for_matplotlib, plan.texts))
        kept += [_nothing() for _ in texts[len(kept) :]]  # "and 3 more"
        corner = plan.box.x0 / self.width, 1 - plan.box.y0 / self.height
        legend = self.ax.legend(
            kept,
            texts,
            loc="upper left",
            bbox_to_anchor=corner,
            bbox_transform=self.made.transFigure,
            borderaxespad=0.0,
            ncols=plan.columns,
            prop=text.font(plan.size),
            labelspacing=LINE - 1,
            frameon=True,
            framealpha=0.82,
            edgecolor="none",
            facecolor=pixels.rgb(self.style.panel),
            labelcolor=[self.ink] * len(kept),
            title="\n".join(map(text.for_matplotlib, plan.title)) or None,
        )
        legend.get_title().set_fontproperties(text.font(plan.size))


def _nothing() -> Line2D:
    """The key of an entry that has none."""
    return Line2D([], [], linestyle="none")


def _kinked(at: float, factor: float) -> tuple[Any, Any]:
    def forward(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(x < at, at + (x - at) * factor, x)

    def backward(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(x < at, at + (x - at) / factor, x)

    return forward, backward
