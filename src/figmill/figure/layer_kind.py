"""What is to be known of a kind of layer to draw it, and the registry of kinds."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, NamedTuple, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from figmill import plugins
from figmill.errors import ConfigError, PlottingError
from figmill.figure.checks import instance
from figmill.figure.color import Color
from figmill.figure.layers import Dash, Layer
from figmill.figure.style import Style
from figmill.notes import Note

if TYPE_CHECKING:
    from figmill.draw.mpl.figure import PanelBuilder
    from figmill.draw.op_writer import PanelPen
    from figmill.draw.ops import Op

# figure/ stands below draw/ and must not import it: figmill's own kinds are looked up by name,
# when one of them is needed.
_KINDS = "figmill.draw.layer_kinds"

# The modules that define figmill's own layers.
_OWN = frozenset(
    f"figmill.figure.{name}"
    for name in ("bars", "grids", "layers", "remarks", "scatter", "uncertain")
)

_found: dict[type, LayerKind[Any]] = {}

AnyLayer = TypeVar("AnyLayer", bound=Layer)
Range = tuple[float, float]
Direction = Literal["x", "y"]


class Look(NamedTuple):
    """How a layer looks in its panel: what it says itself, else what the style gives it.

    Parameters
    ----------
    color
        A colour as matplotlib takes it.
    dash
        The pattern of lines.
    limits
        Limits of its colours; None where values do not become colours.
    """

    color: Color
    dash: Dash = "solid"
    limits: Range | None = None


class LegendKey(NamedTuple):
    """Where the sample of a legend's entry stands: pixels, around the level ``y``.

    Parameters
    ----------
    x0, x1
        Its ends, in pixels.
    y
        Its middle, in pixels, downwards.
    half
        Half of its height, in pixels.
    """

    x0: float
    x1: float
    y: float
    half: float


class LayerKind(ABC, Generic[AnyLayer]):
    """How one type of layer is drawn.

    The drawing instructions of `ops` make pixels, PDF and SVG alike; `artists` makes the same of
    matplotlib's. Only these two must be given, and `extent` wherever a layer has data.

    Attributes
    ----------
    layer
        The type of layer.
    level
        What lies over what, the lowest first. Levels below 0 lie under the grid; figmill's own
        are -1 for spectrograms, 0 for bands, 1 fills, 2 horizontal lines, 3 curves, 4 events.
    color
        What a layer gets that has no ``color`` or None: ``"cycle"`` is the next of the theme's
        cycle, anything else a colour of `Style`: ``"ink"``, ``"muted"``, ``"event"``.
    fits
        How an axis fits what `extent` says: ``"padded"`` leaves some room around, ``"exact"``
        none for the whole panel, and ``"event"`` counts only where nothing else does.
    covers
        Whether it fills its panel, so that whatever is written over it needs a ground.
    """

    layer: type[AnyLayer]
    level: ClassVar[int] = 3
    color: ClassVar[Literal["cycle", "ink", "muted", "event"]] = "ink"
    fits: ClassVar[Literal["padded", "exact", "event"]] = "padded"
    covers: ClassVar[bool] = False

    @abstractmethod
    def ops(self, layer: AnyLayer, pen: PanelPen, look: Look) -> Iterator[Op]:
        """Give drawing instructions for the inside of the panel.

        Parameters
        ----------
        layer
            What is drawn.
        pen
            The panel on its pixels: places of values, the style, sizes.
        look
            The layer's colour, line pattern and limits of colours.

        Yields
        ------
        figmill.draw.Op
            In pixels, y downwards; the lowest first.
        """

    @abstractmethod
    def artists(self, layer: AnyLayer, twin: PanelBuilder, look: Look) -> Any:
        """Add matplotlib's artists to the panel's axes.

        Parameters
        ----------
        layer, look
            As for `ops`.
        twin
            Has ``ax``, the axes; ``style``; ``placed``, the panel with its place in the figure; and
            ``dashes(look.dash)``, a line pattern as artists take it.

        Returns
        -------
        matplotlib.artist.Artist or matplotlib.cm.ScalarMappable or None
            The handle for the legend, or what the colour bar shows; None where there is neither.
        """

    def extent(self, layer: AnyLayer, direction: Direction, scale: str) -> Range | None:
        """Say what the layer's data span.

        Parameters
        ----------
        layer
            What is drawn.
        direction
            ``"x"`` or ``"y"``.
        scale
            The axis's: ``"linear"``, ``"log"`` or ``"time"``.

        Returns
        -------
        tuple of float or None
            Lowest and highest value that the scale can show (see `figmill.draw.span`); None
            without any.
        """
        return None

    def points(self, layer: AnyLayer) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """The points that were measured; those that an axis cannot show are told.

        Parameters
        ----------
        layer
            What is drawn.

        Returns
        -------
        tuple of ndarray or None
            x and y, each of shape (n,); None for a layer that is not made of points.
        """
        return None

    def notes(self, layer: AnyLayer) -> Iterator[Note]:
        """What of its data it leaves out, whatever the axes show.

        Parameters
        ----------
        layer
            What is drawn.

        Yields
        ------
        figmill.notes.Note
            Losses, with the layer's label as their place.
        """
        return iter(())

    def sticks_at(self, layer: AnyLayer) -> float | None:
        """A value of y beyond which no room is left where data end at it: the foot of bars.

        Parameters
        ----------
        layer
            What is drawn.

        Returns
        -------
        float or None
            None leaves room on both sides.
        """
        return None

    def under(self, layer: AnyLayer, pen: PanelPen, look: Look) -> Iterator[Op]:
        """Drawing instructions for what of it lies under all lines, such as an area.

        Parameters
        ----------
        layer, pen, look
            As for `ops`.

        Yields
        ------
        figmill.draw.Op
            In pixels; the lowest first.
        """
        return iter(())

    def color_range(self, layer: AnyLayer, x: Range, y: Range) -> Range | None:
        """The limits of its colours in these ranges; such a layer's ``color`` is a `ColorScale`.

        Parameters
        ----------
        layer
            What is drawn.
        x, y
            Limits of the panel's axes.

        Returns
        -------
        tuple of float or None
            Lowest and highest value; None where values do not become colours.
        """
        return None

    def level_of(self, layer: AnyLayer) -> int:
        """The level of one layer, where not all are on the same."""
        return self.level

    def legend_label(self, layer: AnyLayer) -> str:
        """What the legend says; no text, no entry."""
        return ""

    def legend_ops(
        self, layer: AnyLayer, pen: PanelPen, look: Look, key: LegendKey
    ) -> Iterator[Op]:
        """The sample of its entry in the legend.

        Parameters
        ----------
        layer, pen, look
            As for `ops`.
        key
            Where the sample stands.

        Yields
        ------
        figmill.draw.Op
            In pixels; the lowest first.
        """
        return iter(())

    def outline(self, layer: AnyLayer, pen: PanelPen) -> NDArray[np.float64] | None:
        """The line that texts and legends keep clear of, shape (n, 2), in pixels.

        None says that there is none, and that no corner of the panel is free of the layer.

        Parameters
        ----------
        layer
            What is drawn.
        pen
            The panel in pixels.

        Returns
        -------
        ndarray or None
            float64, shape (n, 2): x and y; rows of NaN break the line.
        """
        return None

    def room_above(self, layer: AnyLayer, style: Style) -> float:
        """Points that it needs over the panel.

        Parameters
        ----------
        layer
            What is drawn.
        style
            The figure's style: sizes of fonts.

        Returns
        -------
        float
            Points; 0 for none.
        """
        return 0.0

    def ops_around(self, layer: AnyLayer, pen: PanelPen, look: Look) -> Iterator[Op]:
        """Drawing instructions for what stands outside the panel.

        Parameters
        ----------
        layer, pen, look
            As for `ops`.

        Yields
        ------
        figmill.draw.Op
            In pixels; the lowest first.
        """
        return iter(())

    def note(self, layer: AnyLayer) -> str:
        """A text inside the panel, at the place of `note_at`."""
        return ""

    def note_at(
        self, layer: AnyLayer, pen: PanelPen, width: float, ascent: float
    ) -> tuple[float, float, bool] | None:
        """Where a text of this size is best: x of its left end, y of its baseline, in pixels.

        The last value says whether it gives way downwards to other texts, else upwards. None
        says that its place is not in the panel.

        Parameters
        ----------
        layer
            What is drawn.
        pen
            The panel in pixels.
        width, ascent
            The text's size in pixels: its width, and its height above the baseline.

        Returns
        -------
        tuple of (float, float, bool) or None
            x, y, and whether it gives way downwards.
        """
        return None


def kind_of(layer: object) -> LayerKind[Any]:
    """How a layer is drawn.

    Raises
    ------
    figmill.errors.PlottingError
        Nobody knows: it is not a layer, or the package that offers its kind is missing or broken.

    Examples
    --------
    >>> from figmill.figure import HLine
    >>> kind_of(HLine(1.0)).layer.__name__
    'HLine'
    """
    wanted = type(layer)
    if wanted not in _found:
        _found[wanted] = _find(wanted)
    return _found[wanted]


def _find(wanted: type) -> LayerKind[Any]:
    bases = [base for base in wanted.__mro__ if issubclass(base, Layer) and base is not Layer]
    if not bases:
        raise PlottingError(
            f"{wanted.__name__} is not something that a panel can hold.",
            hint="Use a layer such as Curve, Spectrogram or VLine: see figmill.figure.",
        )
    for base in bases:
        if _is_own(base):
            module = importlib.import_module(f"{_KINDS}.{base.__name__.lower()}")
            kind: LayerKind[Any] = module.KIND
            return kind
    loaded = load_kinds()
    kinds = {kind.layer: kind for kind in cast("Iterable[LayerKind[Any]]", loaded.found.values())}
    for base in bases:
        if base in kinds:
            return kinds[base]
    wrong = dict.fromkeys(error.message for error in loaded.disabled.values())
    raise PlottingError(
        f"A layer of type {wanted.__module__}.{wanted.__qualname__} cannot be drawn: no package "
        "offers a kind for it.",
        hint=" ".join((f"Install the one that does (entry points {plugins.LAYERS!r}).", *wrong)),
    )


def load_kinds() -> plugins.Loaded:
    """Import and check the kinds of layers that packages offer; the type drawn is what counts."""
    loaded = plugins.load(plugins.LAYERS, _wrong)
    offered = {
        one.name: one for one in plugins.plugins(plugins.LAYERS) if one not in loaded.disabled
    }
    names: dict[type, list[str]] = {}
    for name, kind in loaded.found.items():
        names.setdefault(cast("LayerKind[Any]", kind).layer, []).append(name)
    for layer, rivals in names.items():
        if len(rivals) > 1:
            error = ConfigError(
                f"several packages offer a kind for layers of type {layer.__name__}: "
                f"{', '.join(str(offered[name]) for name in rivals)}.",
                hint="Uninstall all but one of them; figmill uses none until then.",
            )
            for name in rivals:
                loaded.disabled[offered[name]] = error
                del loaded.found[name]
    return loaded


def _wrong(name: str, kind: object) -> str:
    """What is wrong with what a package offers as a kind of layer."""
    if not isinstance(kind, LayerKind):
        return f"is of type {type(kind).__name__}, not a LayerKind"
    layer = getattr(kind, "layer", None)
    if not (isinstance(layer, type) and issubclass(layer, Layer) and layer is not Layer):
        return "does not say which layer it draws: its `layer` is not a subclass of Layer"
    if _is_own(layer):
        return f"is not used: figmill draws {layer.__name__} itself"
    return ""


def as_layers(layers: Sequence[Layer] | Layer) -> tuple[Layer, ...]:
    """A tuple of layers, from one or many.

    Raises
    ------
    figmill.errors.PlottingError
        If something in it is not a layer, or nobody knows how to draw it.
    """
    if isinstance(layers, Layer):
        layers = (layers,)
    instance(layers, Iterable, "What a panel holds", "Give a layer or a list of them.")
    many = tuple(layers)
    for layer in many:
        if not _is_own(type(layer)):
            kind_of(layer)
    return many


def _is_own(layer: type) -> bool:
    """Whether it is a layer of figmill's own; its kind needs no look-up."""
    return layer.__module__ in _OWN and issubclass(layer, Layer) and layer is not Layer
