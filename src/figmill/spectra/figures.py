"""The figures: a sample over its baseline, all samples, samples one above the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from figmill.figure import (
    Axis,
    Curve,
    Figure,
    HLine,
    Layer,
    Mark,
    Panel,
)
from figmill.figure import (
    Band as Shade,
)
from figmill.figure.color import Color
from figmill.figure.layers import Align, Place
from figmill.spectra.bands import Band
from figmill.spectra.comparison import SATURATED, Comparison
from figmill.spectra.holes import broken
from figmill.spectra.peaks import Peak
from figmill.spectra.spectrum import X_LABELS, Spectrum, Vector

KINK = (2000.0, 2.0)
"""Infrared atlases draw what lies below 2000 cm-1 twice as wide."""

_BANDS = ("#E69F00", "#56B4E9", "#CC79A7", "#009E73", "#D55E00", "#8C6D1F")
MOST_NAMED = 16
"""Where there are more samples, the legend names three of them."""
# What single precision and six written digits leave of a value.
_ROUNDING = 1e-6
# The text of a peak's mark: its width in inches, and how far above the peak, of the panel's height.
_MARK_WIDTH, _MARK_LIFT = 0.3, 0.012


@dataclass(frozen=True, slots=True)
class Look:
    """How figures look; the defaults are the laboratory's house style.

    Parameters
    ----------
    size
        Width and height in inches.
    limits_x, limits_y
        Lowest and highest value shown; None takes it from the data.
    kink
        Whether the scale changes at 2000 cm-1.
    """

    baseline_color: str = "#2E7D32"
    sample_color: str = "#1976D2"
    width: float = 1.5
    size: tuple[float, float] = (10.0, 6.0)
    dpi: float = 300.0
    theme: str = "paper"
    limits_x: tuple[float | None, float | None] = (None, None)
    limits_y: tuple[float | None, float | None] = (None, None)
    kink: bool = False
    rescaled: bool = False


def overlay(
    baseline: Spectrum,
    sample: Spectrum,
    look: Look,
    *,
    title: str = "",
    compared: Comparison | None = None,
    difference: bool = False,
    ratio: bool = False,
    bands: Sequence[Band] = (),
    peaks: Sequence[Peak] = (),
    saturation: Sequence[tuple[float, float]] = (),
) -> Figure:
    """A sample over its baseline, each over its own extent.

    Parameters
    ----------
    baseline, sample
        Of one kind.
    look
        Sizes, colours, limits.
    title
        Over the figure.
    compared
        Needed for the difference and the ratio.
    difference, ratio
        Rows below.
    bands
        Shaded.
    peaks
        Marked with their x.
    saturation
        Ranges of x where next to no light came through, shaded.
    """
    baseline, sample = shown(baseline, look), shown(sample, look)
    layers: list[Layer] = [*_shades(bands, _full(baseline, sample), unit_of_x(baseline))]
    layers += _saturation(saturation, _full(baseline, sample))
    layers += [
        line(baseline, f"{baseline.name} (baseline)", look.baseline_color, look.width),
        line(sample, sample.name, look.sample_color, look.width),
    ]
    down = sample.y_kind in ("percent_transmittance", "transmittance")
    layers += [_mark(peak, baseline, sample, look, down=down) for peak in peaks]
    x = x_axis(baseline, look)
    rows = [Panel(tuple(layers), x, y_axis(sample, look), grid=False)]
    heights = [3.0]
    # What is near zero, and what is rounding, is told from the whole: not from what is shown.
    seen = slice(None) if compared is None else window(compared.x, look)
    label, unit = _y_label(sample, look)
    if difference and compared is not None:
        rows.append(
            Panel(
                (
                    *_shades(bands, _full(baseline, sample)),
                    HLine(0.0, color="#9a9a9a"),
                    _lower(compared.x[seen], compared.difference[seen], look),
                ),
                x,
                Axis(label=f"Δ {label}", unit=unit, limits=_difference_limits(compared), ticks=4),
                legend=None,
            )
        )
        heights.append(1.2)
    if ratio and compared is not None:
        rows.append(
            Panel(
                (
                    *_shades(bands, _full(baseline, sample)),
                    HLine(1.0, color="#9a9a9a"),
                    _lower(compared.x[seen], compared.ratio[seen], look),
                ),
                x,
                Axis(label="Ratio", limits=ratio_limits(compared.ratio[seen]), ticks=4),
                legend=None,
            )
        )
        heights.append(1.2)
    return Figure(
        rows,
        title=title,
        size=look.size,
        dpi=look.dpi,
        style=look.theme,
        row_heights=tuple(heights),
    )


def together(
    baseline: Spectrum,
    samples: Sequence[Spectrum],
    look: Look,
    *,
    title: str = "",
    bands: Sequence[Band] = (),
) -> Figure:
    """All samples over one baseline."""
    baseline, samples = shown(baseline, look), [shown(sample, look) for sample in samples]
    many = len(samples) > MOST_NAMED
    layers: list[Layer] = [*_shades(bands, _full(baseline, *samples), unit_of_x(baseline))]
    # Behind the samples, and wider than they are: over ten of them it would bury them.
    layers.append(
        line(baseline, f"{baseline.name} (baseline)", look.baseline_color, 1.6 * look.width)
    )
    for number, sample in enumerate(samples):
        color = along(number, len(samples)) if len(samples) > 8 else None
        label = sample.name if not many or is_key(number, len(samples)) else ""
        layers.append(line(sample, label, color, look.width * (0.5 if many else 0.8)))
    y = y_axis(baseline, look)
    top, cut = beyond_scale(baseline, samples, look)
    if cut:
        low = min(float(np.nanmin(s.y)) for s in (baseline, *samples))
        bottom = y.limits[0] if y.limits[0] is not None else low - 0.05 * (top - low)
        y = replace(y, limits=(bottom, top))
        for sample in cut:
            at = int(np.nanargmax(sample.y))
            layers.append(
                Mark(
                    float(sample.x[at]), top, f"  to {sample.y[at]:.3g}", look.sample_color, "left",
                    "below",
                )
            )  # fmt: skip
    legend_title = f"{len(samples)} samples" if many else ""
    panel = Panel(
        tuple(layers),
        x_axis(baseline, look),
        y,
        legend="best" if many else "outside",
        legend_title=legend_title,
    )
    return Figure(panel, title=title, size=look.size, dpi=look.dpi, style=look.theme)


def beyond_scale(
    baseline: Spectrum, samples: Sequence[Spectrum], look: Look
) -> tuple[float, list[Spectrum]]:
    """Where the scale of y ends for all samples, and those that saturated ones would stretch it by.

    Above an absorbance of 3 next to no light comes through: how high a curve goes there is noise,
    and must not flatten the others.

    Returns
    -------
    top : float
        1.1 times what the unsaturated ones reach.
    cut : list of Spectrum
        Those that reach more than twice as high; none where limits are given, or all of them do.
    """
    highs = [float(np.nanmax(s.y)) for s in (baseline, *samples)]
    fine = [high for high in highs if high <= SATURATED]
    if baseline.y_kind != "absorbance" or look.limits_y[1] is not None or not fine:
        return float("nan"), []
    top = 1.1 * max(fine)
    cut = [s for s, high in zip(samples, highs[1:], strict=True) if high > max(SATURATED, 2 * top)]
    return top, cut


def stacked(
    baseline: Spectrum,
    samples: Sequence[Spectrum],
    look: Look,
    *,
    title: str = "",
    bands: Sequence[Band] = (),
) -> Figure:
    """The baseline below, each sample a step above the one before it."""
    baseline, samples = shown(baseline, look), [shown(sample, look) for sample in samples]
    everyone = [baseline, *samples]
    spans = [float(np.nanpercentile(s.y, 99.5) - np.nanpercentile(s.y, 0.5)) for s in everyone]
    step = 0.9 * max(*spans, 1e-12)
    if len(everyone) > 6:
        step *= 6 / len(everyone)
    layers: list[Layer] = [*_shades(bands, _full(*everyone), unit_of_x(baseline))]
    many = len(samples) > MOST_NAMED
    for number, spectrum in reversed(list(enumerate(everyone))):
        low = float(np.nanpercentile(baseline.y, 0.5)) if number == 0 else 0.0
        color = look.baseline_color if number == 0 else along(number - 1, len(samples))
        name = f"{spectrum.name} (baseline)" if number == 0 else spectrum.name
        label = name if not many or not number or is_key(number - 1, len(samples)) else ""
        raised = replace(spectrum, y=spectrum.y + number * step - low)
        layers.append(line(raised, label, color, look.width * 0.8))
    label, unit = _y_label(baseline, look)
    words = f"{label}, each {step:.2g}{f' {unit}' if unit else ''} above the one below"
    panel = Panel(
        tuple(layers),
        x_axis(baseline, look),
        Axis(label=words, limits=(None, None)),
        legend="outside",
        legend_title=f"{len(samples)} samples" if many else "",
    )
    height = look.size[1] if len(samples) <= 8 else min(look.size[1] * len(samples) / 8, 24.0)
    return Figure(panel, title=title, size=(look.size[0], height), dpi=look.dpi, style=look.theme)


def line(spectrum: Spectrum, label: str, color: Color | None, width: float) -> Curve:
    """A spectrum's curve, broken where points are missing."""
    return Curve(*broken(spectrum.x, spectrum.y), label, color, width)


def _lower(x: Vector, y: Vector, look: Look) -> Curve:
    """The curve of a row below."""
    return Curve(*broken(x, y), "", look.sample_color, look.width * 0.8)


def shown(spectrum: Spectrum, look: Look) -> Spectrum:
    """What of a spectrum lies within the limits of x, and a point more at each end.

    So the scale of y fits what is to be seen. A spectrum that is not seen at all stays whole.
    """
    if look.limits_x == (None, None):
        return spectrum
    kept = window(spectrum.x, look)
    return replace(spectrum, x=spectrum.x[kept], y=spectrum.y[kept])


def window(x: Vector, look: Look) -> slice:
    """Which points lie within the limits of x, and one more at each end; all where none does."""
    if look.limits_x == (None, None):
        return slice(None)
    low, high = look.limits_x
    inside = np.ones(x.size, dtype=bool)
    if low is not None:
        inside &= x >= low
    if high is not None:
        inside &= x <= high
    seen = np.flatnonzero(inside)
    if seen.size == 0:
        return slice(None)
    return slice(max(int(seen[0]) - 1, 0), int(seen[-1]) + 2)


def _mark(peak: Peak, baseline: Spectrum, sample: Spectrum, look: Look, *, down: bool) -> Mark:
    """The x of a peak as text: free of both curves at its height, and beside steep neighbours."""
    y = _clear(baseline, peak, down=down)
    left, right = _crossed(peak.x, y, (baseline, sample), look, down=down)
    align: Align = "center" if left == right else "left" if left else "right"
    place: Place = "below" if down else "above"
    return Mark(peak.x, y, f"{peak.x:.0f}", look.sample_color, align, place)


def _crossed(
    x: float, y: float, curves: Sequence[Spectrum], look: Look, *, down: bool
) -> tuple[bool, bool]:
    """Whether a curve runs through a text over (x, y), in its left and in its right half."""
    low, high = _full(*curves)
    values = np.concatenate([curve.y for curve in curves])
    room = _MARK_LIFT * float(np.nanmax(values) - np.nanmin(values))
    half = _MARK_WIDTH / 2 / max(look.size[0] - 1, 1)
    bend, wide = KINK if look.kink and x_axis(curves[0], look).kink else (low, 1.0)
    share = (high - bend + wide * (bend - low)) * half
    reach = share / wide if x < bend else share

    def beyond(first: float, last: float) -> bool:
        for curve in curves:
            part = curve.y[(curve.x > first) & (curve.x < last)]
            if (part < y - room if down else part > y + room).any():
                return True
        return False

    sides = beyond(x - reach, x), beyond(x, x + reach)
    return sides[::-1] if curves[0].x_quantity == "wavenumber" else sides


def _clear(baseline: Spectrum, peak: Peak, *, down: bool) -> float:
    """Where a peak's mark stands free of both curves."""
    low, high = baseline.span
    if not low <= peak.x <= high:
        return peak.y
    made = baseline.ascending()
    other = float(np.interp(peak.x, made.x, made.y))
    if not np.isfinite(other):
        return peak.y
    return min(peak.y, other) if down else max(peak.y, other)


def x_axis(spectrum: Spectrum, look: Look) -> Axis:
    """The axis of x: wavenumbers run from high to low."""
    wavenumber = spectrum.x_quantity == "wavenumber"
    return Axis(
        label=X_LABELS[spectrum.x_quantity],
        unit=spectrum.x_unit,
        limits=look.limits_x,
        reverse=wavenumber,
        kink=KINK if look.kink and wavenumber else None,
    )


def y_axis(spectrum: Spectrum, look: Look) -> Axis:
    """The axis of y, with the name of its real kind."""
    label, unit = _y_label(spectrum, look)
    return Axis(label=label, unit=unit, limits=look.limits_y)


def _y_label(spectrum: Spectrum, look: Look) -> tuple[str, str]:
    label, unit = spectrum.y_label
    return (f"{label}, scaled", "") if look.rescaled else (label, unit)


def _full(*spectra: Spectrum) -> tuple[float, float]:
    spans = [spectrum.span for spectrum in spectra]
    return min(low for low, _ in spans), max(high for _, high in spans)


def _shades(bands: Sequence[Band], span: tuple[float, float], unit: str = "") -> list[Shade]:
    return [
        Shade(
            band.low,
            band.high,
            label=f"{band} {unit}" if unit else "",
            color=_BANDS[number % len(_BANDS)],
            alpha=0.2,
        )
        for number, band in enumerate(bands)
        if band.high > span[0] and band.low < span[1]
    ]


def unit_of_x(spectrum: Spectrum) -> str:
    """The unit of x as text of a figure."""
    return {"cm-1": "cm^{-1}", "um": "µm"}.get(spectrum.x_unit, spectrum.x_unit) or "in x"


def _saturation(ranges: Sequence[tuple[float, float]], span: tuple[float, float]) -> list[Layer]:
    # A narrow band is to be seen as well: no shade is narrower than a 150th of the figure.
    least = (span[1] - span[0]) / 300
    wide = (
        (min(low, (low + high) / 2 - least), max(high, (low + high) / 2 + least))
        for low, high in ranges
    )
    shown = [(low, high) for low, high in wide if high > span[0] and low < span[1]]
    return [
        Shade(
            low,
            high,
            label=f"saturated (A > {SATURATED:g})" if number == 0 else "",
            color="#b3001b",
            alpha=0.18,
        )
        for number, (low, high) in enumerate(shown)
    ]


def ratio_limits(ratio: Vector) -> tuple[float, float]:
    """What most of the ratio spans: a few points beside the masked ones must not set the scale."""
    values = ratio[np.isfinite(ratio)]
    if values.size == 0:
        return 0.0, 2.0
    low, high = (float(v) for v in np.percentile(values, (1, 99)))
    low, high = min(low, 1.0), max(high, 1.0)
    room = max(0.1 * (high - low), 1e-4)
    return low - room, high + room


def _difference_limits(compared: Comparison) -> tuple[float | None, float | None]:
    """None, except where there is no difference but that of rounding: it is drawn as none."""
    values = compared.difference[np.isfinite(compared.difference)]
    least = _ROUNDING * float(np.nanmax(np.abs(compared.baseline), initial=0.0))
    if values.size == 0 or np.abs(values).max() > least or not least:
        return None, None
    return -2 * least, 2 * least


def is_key(number: int, count: int) -> bool:
    """Whether a sample among very many is named: the first, the middle and the last."""
    return number in (0, count // 2, count - 1)


def along(number: int, count: int) -> str:
    """A colour from blue to red, by place: an order that survives grey printing is not needed."""
    stops = np.array([[33, 74, 145], [25, 118, 210], [0, 150, 136], [230, 145, 20], [190, 40, 40]])
    place = 0.0 if count < 2 else number / (count - 1) * (len(stops) - 1)
    at = min(int(place), len(stops) - 2)
    red, green, blue = stops[at] + (place - at) * (stops[at + 1] - stops[at])
    return f"#{int(red):02x}{int(green):02x}{int(blue):02x}"
