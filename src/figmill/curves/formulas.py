"""Derived numbers by name, from `figmill.numbers`: what each needs, and its unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from figmill.numbers.estimate import Estimate
from figmill.numbers.slopes import steepest
from figmill.numbers.switching import on_off_ratio, swing, threshold_linear, threshold_saturation
from figmill.numbers.transfer import crossing
from figmill.read.tables.model import Vector

Settings = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula.

    Parameters
    ----------
    unit
        Of its value, with ``{x}`` and ``{y}`` for those of the columns.
    needs
        Settings that it needs.
    of
        Makes the number of x, y and settings.
    """

    unit: str
    needs: tuple[str, ...]
    of: Callable[[Vector, Vector, Settings], Estimate]


FORMULAS: Mapping[str, Formula] = {
    "vth_linear": Formula("{x}", ("vds",), lambda x, y, s: threshold_linear(x, y, s["vds"])),
    "vth_saturation": Formula("{x}", (), lambda x, y, s: threshold_saturation(x, y)),
    "vth_constant_current": Formula("{x}", ("level",), lambda x, y, s: crossing(x, y, s["level"])),
    "swing": Formula("{x}/decade", (), lambda x, y, s: swing(x, y)),
    "on_off": Formula("", (), lambda x, y, s: on_off_ratio(y)),
    "gm_peak": Formula("{y}/{x}", (), lambda x, y, s: steepest(x, y)),
}
