"""Limits that many figures share: what each calls for, added up, and put into each.

A panel's axes meet those of the panels of other figures that are named and scaled alike (see
`panel_key`), in the same group. Of an axis the shared range holds what every figure would have
shown by itself; of colours it is that of the percentiles of all values together.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from figmill.errors import InputError
from figmill.figure.autoscale import axis_ranges, in_view, wanted_range
from figmill.figure.color import ColorScale
from figmill.figure.layer_kind import Direction, Range, kind_of
from figmill.figure.layers import Spectrogram
from figmill.figure.limits import LimitScale
from figmill.figure.markup import plain
from figmill.figure.model import Axis, Figure, Panel
from figmill.figure.quantile_sketch import QuantileSketch
from figmill.item import JSON

SCALES = ("x", "y", "color")
_DIGITS = 3
_Own = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class LimitSummary:
    """What one axis or colour scale of some figures calls for.

    Attributes
    ----------
    span
        The range of all of them; None where they call for none.
    sketch
        The values that become colours; None for axes.
    scale, percentiles
        Of the colours.
    """

    span: Range | None = None
    sketch: QuantileSketch | None = None
    scale: LimitScale = "linear"
    percentiles: tuple[float, float] = (1.0, 99.0)

    @classmethod
    def total(cls, parts: Iterable[LimitSummary]) -> LimitSummary:
        """The summary of all figures, whatever their order."""
        many = list(parts)
        spans = [one.span for one in many if one.span is not None]
        sketches = [one.sketch for one in many if one.sketch is not None]
        return LimitSummary(
            (min(low for low, _ in spans), max(high for _, high in spans)) if spans else None,
            QuantileSketch.total(sketches) if sketches else None,
            many[0].scale if many else "linear",
            many[0].percentiles if many else (1.0, 99.0),
        )

    @property
    def limits(self) -> Range | None:
        """The limits that suit all figures; of colours, rounded outwards to three digits."""
        found = self.sketch.limits(self.scale, self.percentiles) if self.sketch else None
        if found is not None:
            # As each figure does by itself: one to six decades.
            if self.sketch is not None and self.scale == "log":
                found = self.sketch.legible(found)
            low, high = _rounded(found[0], math.floor), _rounded(found[1], math.ceil)
            found = (low, high) if self.scale == "linear" or low > 0 else found
        if found is None or self.span is None:
            return found or self.span
        return min(found[0], self.span[0]), max(found[1], self.span[1])

    def to_json(self) -> dict[str, JSON]:
        """JSON values that `from_json` reads."""
        return {
            "span": None if self.span is None else [*self.span],
            "sketch": None if self.sketch is None else self.sketch.to_text(),
            "scale": self.scale,
            "percentiles": [*self.percentiles],
        }

    @classmethod
    def from_json(cls, known: Mapping[str, Any]) -> LimitSummary:
        """Read what `to_json` made.

        Raises
        ------
        InputError
            If it is something else.
        """
        try:
            span, sketch = known["span"], known["sketch"]
            low, high = known["percentiles"]
            return cls(
                None if span is None else (float(span[0]), float(span[1])),
                None if sketch is None else QuantileSketch.from_text(sketch),
                known["scale"],
                (float(low), float(high)),
            )
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise InputError("A summary of limits is damaged.", hint="Make it again.") from error


Summaries = dict[str, dict[str, LimitSummary]]
"""By the panel's key and by what it is of: ``"x"``, ``"y"`` or ``"color"``."""


def panel_key(panel: Panel, place: tuple[int, int], group: str = "") -> str:
    """Name what the panels of several figures must agree in to share limits.

    Parameters
    ----------
    panel
        Named by its row label; without one, by its place.
    place
        Row and column.
    group
        Whatever else tells figures apart that are not to be compared.

    Examples
    --------
    >>> from figmill.figure import Axis, Panel
    >>> panel_key(Panel(y=Axis("log", label="Energy", unit="eV")), (0, 0), "hope")
    'hope | 1,1 | linear | log Energy (eV)'
    """
    name = panel.row_label or f"{place[0] + 1},{place[1] + 1}"
    axes = [_named(axis.scale, axis.label, axis.unit) for axis in (panel.x, panel.y)]
    colors = [_named(scale.scale, scale.label, scale.unit) for _, _, scale in _color_scales(panel)]
    return " | ".join(filter(None, (group, name, *axes, *dict.fromkeys(colors))))


def summarize(figure: Figure, group: str = "") -> Summaries:
    """Say what a figure's axes and colours call for, where it does not give both limits itself.

    Parameters
    ----------
    figure
        What would be drawn.
    group
        See `panel_key`.

    Returns
    -------
    dict
        Summaries by panel; axes of time have none.
    """
    found: dict[str, dict[str, list[LimitSummary]]] = {}
    ranges = {direction: axis_ranges(figure, direction) for direction in _DIRECTIONS}
    for place, panel in _panels(figure):
        mine = found.setdefault(panel_key(panel, place, group), {})
        for direction in _DIRECTIONS:
            if _is_open(_axis(panel, direction)):
                span = wanted_range(panel, direction)
                mine.setdefault(direction, []).append(LimitSummary(span))
        x, y = ranges["x"][place], ranges["y"][place]
        for _, layer, scale in _color_scales(panel):
            if None not in scale.limits:
                continue
            if isinstance(layer, Spectrogram):
                sketch = QuantileSketch.of(in_view(layer, x, y))
                one = LimitSummary(None, sketch, scale.scale, scale.percentiles)
            else:
                one = LimitSummary(kind_of(layer).color_range(layer, x, y), scale=scale.scale)
            mine.setdefault("color", []).append(one)
    return {
        key: {name: LimitSummary.total(parts) for name, parts in mine.items()}
        for key, mine in found.items()
    }


@dataclass(frozen=True, slots=True)
class Shared:
    """A figure with shared limits.

    Attributes
    ----------
    figure
        With the limits that were found for it.
    set
        What got limits, as texts for people; by panel.
    missing
        What has limits of its own for want of shared ones: ``"x"``, ``"y"``, ``"color"``; by panel.
    """

    figure: Figure
    set: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def with_limits(
    figure: Figure, limits: Mapping[str, Mapping[str, Range]], group: str = ""
) -> Shared:
    """Give a figure's axes and colours limits, wherever it does not give both itself.

    Parameters
    ----------
    figure
        What is to be drawn.
    limits
        By the panel's key, then by ``"x"``, ``"y"`` or ``"color"``.
    group
        See `panel_key`.
    """
    told: dict[str, tuple[str, ...]] = {}
    missing: dict[str, tuple[str, ...]] = {}
    rows = [list(row) for row in figure.panels]
    for (row, column), panel in _panels(figure):
        known = limits.get(panel_key(panel, (row, column), group), {})
        name = panel.row_label or panel.title or f"panel {row + 1},{column + 1}"
        rows[row][column], texts, without = _limited(panel, known)
        if texts:
            told[name] = tuple(texts)
        if without:
            missing[name] = tuple(dict.fromkeys(without))
    panels = tuple(map(tuple, rows))
    return Shared(replace(figure, panels=panels), told, missing)


def _limited(panel: Panel, known: Mapping[str, Range]) -> tuple[Panel, list[str], list[str]]:
    """A panel with limits, what they are, and what has none."""
    texts: list[str] = []
    without: list[str] = []

    def filled(name: str, what: str, unit: str, own: _Own) -> _Own:
        low, high = (
            theirs if mine is None else mine
            for mine, theirs in zip(own, known.get(name, own), strict=True)
        )
        # A limit that the figure gives itself may leave nothing of the shared range.
        if low is None or high is None or not low < high:
            without.append(name)
            return own
        texts.append(f"{what} from {low:g} to {high:g} {plain(unit)}".rstrip())
        return low, high

    axes = {"x": panel.x, "y": panel.y}
    for direction in _DIRECTIONS:
        axis = axes[direction]
        if _is_open(axis) and wanted_range(panel, direction) is not None:
            limits = filled(direction, direction, axis.unit, axis.limits)
            axes[direction] = replace(axis, limits=limits)
    layers: list[Any] = list(panel.layers)
    for place, layer, scale in _color_scales(panel):
        if None in scale.limits:
            limits = filled("color", "colours", scale.unit, scale.limits)
            layers[place] = replace(layer, color=replace(scale, limits=limits))
    made = replace(panel, layers=tuple(layers), x=axes["x"], y=axes["y"])
    return made, texts, without


_DIRECTIONS: tuple[Direction, ...] = ("x", "y")


def _axis(panel: Panel, direction: Direction) -> Axis:
    return panel.x if direction == "x" else panel.y


def _is_open(axis: Axis) -> bool:
    # Times of different files are not to be compared.
    return axis.scale != "time" and None in axis.limits


def _panels(figure: Figure) -> Iterator[tuple[tuple[int, int], Panel]]:
    for row, panels in enumerate(figure.panels):
        for column, panel in enumerate(panels):
            if panel is not None:
                yield (row, column), panel


def _color_scales(panel: Panel) -> Iterator[tuple[int, Any, ColorScale]]:
    """Place in the panel, layer and scale of whatever has one."""
    for place, layer in enumerate(panel.layers):
        scale = getattr(layer, "color", None)
        if isinstance(scale, ColorScale):
            yield place, layer, scale


def _named(scale: str, label: str, unit: str) -> str:
    return " ".join(filter(None, (scale, plain(label), f"({plain(unit)})" if unit else "")))


def _rounded(value: float, towards: Any) -> float:
    if not value or not math.isfinite(value):
        return value
    step = 10.0 ** (math.floor(math.log10(abs(value))) - _DIGITS + 1)
    rounded = float(f"{towards(value / step) * step:.{_DIGITS}g}") if step > 0 else value
    return rounded if math.isfinite(rounded) else value
