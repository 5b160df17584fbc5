"""What curves' colours mean, where too many for a legend are coloured by a value: a colour bar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from figmill.errors import PlottingError
from figmill.figure.checks import instance
from figmill.figure.color import ColorScale
from figmill.figure.layer_kind import LayerKind, Look, Range
from figmill.figure.layers import Layer

if TYPE_CHECKING:
    from figmill.draw.mpl.figure import PanelBuilder
    from figmill.draw.op_writer import PanelPen
    from figmill.draw.ops import Op


@dataclass(frozen=True, slots=True)
class ValueKey(Layer):
    """A colour bar for the curves of a panel; nothing is drawn inside.

    Parameters
    ----------
    color
        The scale, with both limits.
    """

    color: ColorScale

    def __post_init__(self) -> None:
        instance(self.color, ColorScale, "The key's color", "Pass a ColorScale.")
        if None in self.color.limits:
            raise PlottingError("The key's limits are open.", hint="Give both.")


class ValueKeyKind(LayerKind[ValueKey]):
    """Only its colour bar is seen."""

    layer = ValueKey

    def color_range(self, layer: ValueKey, x: Range, y: Range) -> Range | None:
        """The limits that it was given."""
        low, high = layer.color.limits
        assert low is not None and high is not None
        return low, high

    def ops(self, layer: ValueKey, pen: PanelPen, look: Look) -> Iterator[Op]:
        """Nothing."""
        return iter(())

    def artists(self, layer: ValueKey, twin: PanelBuilder, look: Look) -> Any:
        """What the colour bar shows."""
        from matplotlib import colormaps
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import LogNorm, Normalize

        low, high = self.color_range(layer, (0, 1), (0, 1)) or (0.0, 1.0)
        norm = LogNorm(low, high) if layer.color.scale == "log" else Normalize(low, high)
        return ScalarMappable(norm=norm, cmap=colormaps[layer.color.colormap])


KIND = ValueKeyKind()
