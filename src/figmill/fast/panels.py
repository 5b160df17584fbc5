"""Panels of FAST figures: energy spectra of a sector, and pitch-angle spectra of a band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from figmill.fast.level2 import LABELS
from figmill.fast.reduce import PITCH_BINS, Spectra
from figmill.figure import Axis, Bracket, ColorScale, Layer, Panel, Spectrogram, VLine
from figmill.figure.quantile_sketch import Extrema
from figmill.recipes.datasets import Limits, ScaleName, within

Marks = Sequence[VLine | Bracket]

COLORMAPS: Mapping[tuple[ScaleName, ScaleName], str] = {
    ("linear", "linear"): "viridis",
    ("linear", "log"): "cividis",
    ("log", "linear"): "plasma",
    ("log", "log"): "inferno",
}
"""Colour maps by the scales of energy and colour."""

USUAL: Mapping[str, Extrema] = {
    "e": Extrema(3.0, 40e3, 1e6, 1e9),
    "i": Extrema(3.0, 40e3, 1e4, 1e8),
}
"""Usual limits of energy (eV) and of energy flux, of electrons and ions."""

LOWEST_EV, HIGHEST_EV = 0.0, 4000.0
"""Ends of a linear energy axis that has no others."""

_RULES = {"sum": "sum", "mean": "mean", "weighted": "", "median": "median"}


@dataclass(frozen=True, slots=True)
class Looks:
    """How panels look.

    Parameters
    ----------
    y_scale, z_scale
        "linear" or "log".
    colormap
        A colour map; None for that of the scales.
    limits
        By instrument; what they leave open is taken from the data, a linear energy axis excepted,
        which reaches from 0 to 4000 eV.
    """

    y_scale: ScaleName = "linear"
    z_scale: ScaleName = "log"
    colormap: str | None = None
    limits: Mapping[str, Extrema] = field(default_factory=dict)

    @property
    def cmap(self) -> str:
        """The colour map."""
        return self.colormap or COLORMAPS[self.y_scale, self.z_scale]

    def of(self, instrument: str) -> Extrema:
        """The limits of an instrument."""
        return self.limits.get(instrument, Extrema())


def energy_panel(
    spectra: Spectra, row: int, looks: Looks, *, row_label: str = "", marks: Marks = ()
) -> Panel:
    """Energy spectra of one sector of pitch angle, over time."""
    limits = looks.of(spectra.instrument)
    y_limits = within(limits.y_min, limits.y_max, looks.y_scale)
    if looks.y_scale == "linear":
        low, high = y_limits
        y_limits = (LOWEST_EV if low is None else low, HIGHEST_EV if high is None else high)
    layer = Spectrogram(
        spectra.times,
        spectra.energies,
        spectra.rows[row],
        color_scale(spectra, looks, limits),
    )
    return _panel(
        layer,
        Axis(looks.y_scale, label="Energy", unit="eV", limits=y_limits),
        row_label,
        marks,
    )


def pitch_panel(
    spectra: Spectra, band: int, looks: Looks, *, row_label: str = "", marks: Marks = ()
) -> Panel:
    """Pitch-angle spectra of one band of energy, over time."""
    assert spectra.pitches is not None
    layer = Spectrogram(
        spectra.times,
        PITCH_BINS,
        spectra.pitches[band],
        color_scale(spectra, looks, looks.of(spectra.instrument)),
    )
    return _panel(
        layer,
        Axis("linear", label="Pitch angle", unit="°", limits=(0.0, 360.0), ticks=5),
        row_label,
        marks,
    )


def color_scale(spectra: Spectra, looks: Looks, limits: Extrema) -> ColorScale:
    """The colours of an instrument's values."""
    name, unit = LABELS[spectra.quantity]
    rule = _RULES.get(spectra.rule, spectra.rule)
    if spectra.quantity == "eflux" and rule:
        name = f"{name}, {rule}"
    z_limits: Limits = within(limits.z_min, limits.z_max, looks.z_scale)
    return ColorScale(looks.z_scale, limits=z_limits, colormap=looks.cmap, label=name, unit=unit)


def note_panel(note: str, *, row_label: str = "", marks: Marks = ()) -> Panel:
    """A panel that says why it is empty."""
    return Panel(tuple(marks), x=Axis("time"), row_label=row_label, note=note, legend=None)


def _panel(layer: Spectrogram, y: Axis, row_label: str, marks: Marks) -> Panel:
    layers: tuple[Layer, ...] = (layer, *marks)
    empty = layer.x.extent is None
    panel = Panel(layers, x=Axis("time"), y=y, row_label=row_label, legend=None)
    return replace(panel, note="no record has a time") if empty else panel
