"""figmill's ticks on matplotlib axes, found again when the view changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.ticker import Formatter, Locator, TickHelper

from figmill.draw import text
from figmill.draw.layout import make_ticks
from figmill.figure.function_axis import FunctionAxis
from figmill.figure.model import Axis


class AxisLocator(Locator):
    """figmill's ticks, found again when the view changes."""

    def __init__(self, axis: Axis, target: int, *, minor: bool = False) -> None:
        self.kind, self.target, self.minor = axis, target, minor

    def __call__(self) -> Sequence[float]:
        """Ticks of the present view."""
        return self.tick_values(*_view(self))

    def tick_values(self, vmin: float, vmax: float) -> Sequence[float]:
        """Ticks between two values."""
        ticks = make_ticks(self.kind, float(vmin), float(vmax), self.target)
        found: list[float] = (ticks.minor if self.minor else ticks.major).tolist()
        return found


class AxisFormatter(Formatter):
    """figmill's tick labels."""

    def __init__(self, axis: Axis, target: int) -> None:
        self.kind, self.target = axis, target

    def format_ticks(self, values: Any) -> list[str]:
        """Labels of all ticks together."""
        ticks = make_ticks(self.kind, *_view(self), self.target)
        known = dict(zip(ticks.major.tolist(), ticks.labels, strict=True))
        return [text.for_matplotlib(known.get(float(value), "")) for value in values]

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Label of one value, as the pointer shows it."""
        return f"{x:g}"


class FunctionLocator(Locator):
    """Ticks of a second axis, found again when the view changes."""

    def __init__(
        self, second: FunctionAxis, axis: Axis, target: int, *, minor: bool = False
    ) -> None:
        self.second, self.kind, self.target, self.minor = second, axis, target, minor

    def __call__(self) -> Sequence[float]:
        """Ticks of the present view."""
        return self.tick_values(*_view(self))

    def tick_values(self, vmin: float, vmax: float) -> Sequence[float]:
        """Ticks between two values of the first axis."""
        ticks = self.second.ticks_over(self.kind, float(vmin), float(vmax), self.target)
        found: list[float] = (ticks.minor if self.minor else ticks.major).tolist()
        return found


class FunctionFormatter(AxisFormatter):
    """The labels of such ticks."""

    def __init__(self, second: FunctionAxis, axis: Axis, target: int) -> None:
        super().__init__(axis, target)
        self.second = second

    def format_ticks(self, values: Any) -> list[str]:
        """Labels of all ticks together."""
        ticks = self.second.ticks_over(self.kind, *_view(self), self.target)
        return [text.for_matplotlib(label) for label in ticks.labels]


def _view(helper: TickHelper) -> tuple[float, float]:
    assert helper.axis is not None
    low, high = sorted(map(float, helper.axis.get_view_interval()))
    return low, high
