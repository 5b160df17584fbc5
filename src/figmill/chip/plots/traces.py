"""Traces over time: overlaid from one baseline, or one after another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from figmill.chip.legend import TITLES, labels, legend_name
from figmill.chip.look import Look, curve, panel_legend, title_of
from figmill.chip.plots.base import ChipPlot, Drawn, finite
from figmill.chip.runs import Run, Vector, clock_restarts
from figmill.chip.sequences import spoken
from figmill.errors import FigmillError, InputError
from figmill.figure import Axis, Band, Curve, Figure, Layer, Panel, VLine
from figmill.notes import Note


@dataclass(frozen=True, slots=True)
class Signal:
    """What a trace shows: a column, its unit, and how it is written and scaled."""

    column: str
    unit: str
    symbol: str
    shown: str
    times: float


START_S = 20.0
BASELINE_S = 60.0
Windows = Sequence[tuple[float, float]]
CURRENT = Signal("I", "A", "I_{ds}", "µA", 1e6)
VOLTAGE = Signal("VDS", "V", "V_{ds}", "mV", 1e3)


def _legend(asked: object) -> str:
    try:
        return legend_name(asked)
    except FigmillError as error:
        raise ValueError(str(error).removeprefix("legend_by: ")) from error


LegendBy = Annotated[str, BeforeValidator(_legend)]


class TracePlot(ChipPlot):
    """Traces from one baseline over each other, with the light shaded.

    Parameters
    ----------
    legend_by
        What the legend says of each run: ``wavelength``, ``vg``, ``laser_voltage``,
        ``irradiated_power`` or ``datetime``.
    baseline_mode
        ``fixed`` subtracts the value at `baseline_t`, ``auto`` that at half the median laser
        period, ``none`` nothing.
    baseline_t
        Seconds. By default 60, or just before the light where that is in the light or beyond a run.
    start_t
        Seconds at which the figure starts: before, the contacts settle. By default 20, or the begin
        where that would hide light or all of a run.
    """

    signal: ClassVar[Signal]
    stem: ClassVar[str]

    legend_by: LegendBy = "wavelength"
    baseline_mode: Literal["fixed", "auto", "none"] = "fixed"
    baseline_t: Annotated[float, Field(ge=0)] | None = None
    start_t: Annotated[float, Field(ge=0)] | None = None

    @property
    def stems(self) -> tuple[str, ...]:
        """One figure."""
        return (self.stem,)

    @property
    def uses_power(self) -> bool:
        """Where the legend names them."""
        return self.legend_by == "irradiated_power"

    def draw(self, runs: Sequence[Run], look: Look) -> Drawn:
        """Overlay the traces."""
        figure, notes = self.overlay(runs, look)
        return Drawn({self.stem: figure}, notes)

    def overlay(self, runs: Sequence[Run], look: Look) -> tuple[Figure, tuple[Note, ...]]:
        """The figure, and notes of what could not be done as asked."""
        notes: list[Note] = []
        curves: list[Layer] = []
        cut = False
        infos = [run.info for run in runs]
        colors = look.colors(len(runs))
        windows = [run.light_windows() for run in runs]
        ends = [_last(run) for run in runs]
        baseline = self._baseline(runs, windows, ends, notes)
        start_t = self._start(windows, ends, baseline, notes)
        named = labels(infos, self.legend_by)
        for run, lit, label, color in zip(runs, windows, named, colors, strict=True):
            t, y = trace(run, self.signal)
            if not finite(t, y):
                notes.append(without_numbers(run))
                continue
            notes += trace_notes(run, t, lit)
            y = y * self.signal.times
            if baseline is not None:
                y = y - value_at(t, y, baseline, run, notes)
                if any(low < baseline < high for low, high in lit):
                    text = f"its baseline, at {baseline:g} s, is a lit sample"
                    notes.append(Note.doubt("baseline-in-light", text, place_of(run)))
            kept = t >= start_t
            kept |= np.isnan(t)
            if finite(t[kept], y[kept]):
                cut |= not kept.all() and start_t > 0
                t, y = t[kept], y[kept]
                if lit and lit[0][0] < start_t:
                    text = f"it is lit from {lit[0][0]:.4g} s; before {start_t:g} s is not shown"
                    notes.append(Note.loss("light-before-start", text, place_of(run)))
            else:
                text = f"it ends before {start_t:g} s: all of it is shown"
                notes.append(Note.doubt("ends-before-start", text, place_of(run)))
            curves.append(curve(t, y, label, color))
        if not curves:
            raise nothing(runs, self.type)
        if cut:
            text = f"what is before {start_t:g} s is not shown"
            notes.append(Note.info("start-not-shown", text))
        bands = light_bands(windows, look)
        alike = [_is_shaded(lit, bands) for lit in windows]
        if others := [run.info.seq for run, same in zip(runs, alike, strict=True) if not same]:
            text = f"the light of all runs is shaded; that of {spoken(others)} is another"
            notes.append(Note.info("light-shaded-for-all", text))
        symbol = self.signal.symbol if baseline is None else f"Δ{self.signal.symbol}"
        panel = Panel(
            (*bands, *curves),
            x=Axis(label="t", unit="s", limits=tight(curves)),
            y=Axis(label=symbol, unit=self.signal.shown),
            legend=panel_legend(curves),
            legend_title=TITLES[self.legend_by],
        )
        return look.figure(panel, title_of(look_chip(runs), infos, self.legend_by)), tuple(notes)

    def _start(
        self,
        windows: Sequence[Windows],
        ends: Sequence[float],
        baseline: float | None,
        notes: list[Note],
    ) -> float:
        """Where the figure starts: as asked, else at 20 s where that hides nothing."""
        if self.start_t is not None:
            return self.start_t
        first = min([*(lit[0][0] for lit in windows if lit), *ends], default=START_S)
        if first > START_S and (baseline is None or baseline >= START_S):
            return START_S
        text = f"the usual begin, {START_S:g} s, would hide light or a run: all is shown"
        notes.append(Note.info("begin-before-light", text))
        return 0.0

    def _baseline(
        self,
        runs: Sequence[Run],
        windows: Sequence[Windows],
        ends: Sequence[float],
        notes: list[Note],
    ) -> float | None:
        if self.baseline_mode == "none":
            return None
        if self.baseline_mode == "fixed":
            if self.baseline_t is not None:
                return self.baseline_t
            return self._usual_baseline(windows, ends, notes)
        periods = [run.info.laser_period_s for run in runs if run.info.laser_period_s]
        if not periods:
            at = self.baseline_t
            if at is None:
                at = self._usual_baseline(windows, ends, notes)
            text = f"no run has a laser period: the baseline is at {at:g} s"
            notes.append(Note.doubt("baseline-assumed", text))
            return at
        if len({*periods}) > 1 or len(periods) < len(runs):
            text = (
                f"not all runs have one laser period: the baseline is at {median(periods) / 2:g} s"
            )
            notes.append(Note.doubt("laser-periods-differ", text))
        at = median(periods) / 2
        # Half a period is where the light begins only where it begins with a dark half.
        if self.baseline_t is None and not _is_dark(at, windows, ends):
            return self._usual_baseline(windows, ends, notes)
        return at

    def _usual_baseline(
        self, windows: Sequence[Windows], ends: Sequence[float], notes: list[Note]
    ) -> float:
        """60 s where that is dark and within every run, else just before the first light."""
        if _is_dark(BASELINE_S, windows, ends):
            return BASELINE_S
        lit = [one[0][0] for one in windows if one]
        at = min([*(0.98 * one for one in lit), *ends], default=BASELINE_S)
        where = "just before the light" if lit else "at the end of the shortest run"
        text = f"{BASELINE_S:g} s does not fit these runs: the baseline is {where}, at {at:.4g} s"
        notes.append(Note.info("baseline-by-light", text))
        return at


def _last(run: Run) -> float:
    t = run.column("t", "s")
    return float(np.nanmax(t)) if finite(t, t) else np.inf


def _is_dark(at: float, windows: Sequence[Windows], ends: Sequence[float]) -> bool:
    """Whether a time is in no light, before all light that begins later, and within all runs."""
    before = all(at < lit[0][0] for lit in windows if lit)
    return before and at <= min(ends, default=at)


class PlotIts(TracePlot):
    """Drain current over time, from one baseline."""

    type: ClassVar[str] = "plot-its"
    procedures: ClassVar[tuple[str, ...]] = ("It",)
    stem: ClassVar[str] = "It"
    signal: ClassVar[Signal] = CURRENT


class PlotVt(TracePlot):
    """Drain voltage over time, from one baseline."""

    type: ClassVar[str] = "plot-vt"
    procedures: ClassVar[tuple[str, ...]] = ("Vt",)
    stem: ClassVar[str] = "Vt"
    signal: ClassVar[Signal] = VOLTAGE


class PlotItsSequential(ChipPlot):
    """Drain current over time, one run after another as the clock went.

    Parameters
    ----------
    legend_by
        What the legend says of each run: ``wavelength``, ``vg``, ``laser_voltage``,
        ``irradiated_power`` or ``datetime``.
    """

    type: ClassVar[str] = "plot-its-sequential"
    procedures: ClassVar[tuple[str, ...]] = ("It",)

    legend_by: LegendBy = "wavelength"

    @property
    def stems(self) -> tuple[str, ...]:
        """One figure."""
        return ("It_sequential",)

    @property
    def uses_power(self) -> bool:
        """Where the legend names them."""
        return self.legend_by == "irradiated_power"

    def draw(self, runs: Sequence[Run], look: Look) -> Drawn:
        """Put the traces one after another."""
        figure, notes = sequential(runs, CURRENT, self.legend_by, look)
        return Drawn({"It_sequential": figure}, notes)


def sequential(
    runs: Sequence[Run], signal: Signal, legend_by: str, look: Look
) -> tuple[Figure, tuple[Note, ...]]:
    """Runs at the times they were measured, with a dashed border where each begins and ends."""
    ordered = sorted(runs, key=lambda run: (run.info.start_time, run.info.seq))
    infos = [run.info for run in ordered]
    origin = infos[0].start_time
    layers: list[Layer] = []
    curves: list[Layer] = []
    notes: list[Note] = []
    borders: list[float] = []
    measured = 0.0
    colors = look.colors(len(ordered))
    for run, label, color in zip(ordered, labels(infos, legend_by), colors, strict=True):
        t, y = trace(run, signal)
        if not finite(t, y):
            notes.append(without_numbers(run))
            continue
        lit = run.light_windows()
        notes += trace_notes(run, t, lit)
        offset = run.info.start_time - origin
        if borders and offset < max(borders):
            text = "it starts before another one has ended: their traces overlap"
            notes.append(Note.doubt("runs-overlap", text, place_of(run)))
        last = float(np.nanmax(t))
        measured += last
        borders += [offset, offset + last]
        layers += [
            Band(low + offset, high + offset, color=look.light, alpha=1.0) for low, high in lit
        ]
        curves.append(curve(t + offset, y * signal.times, label, color))
    if not curves:
        raise nothing(runs, "the sequence")
    span = max(borders) - min(borders)
    if span > 0 and measured < 0.05 * span:
        text = f"the runs cover {100 * measured / span:.2g} % of the time between them"
        notes.append(Note.info("runs-far-apart", text))
    panel = Panel(
        (
            *layers,
            *(VLine(at, color=look.muted, width=0.8, behind=True) for at in _apart(borders, span)),
            *curves,
        ),
        x=Axis(label="Time", unit="s", limits=tight(curves, margin=0.01)),
        y=Axis(label=signal.symbol, unit=signal.shown),
        legend=panel_legend(curves),
        legend_title=TITLES[legend_by],
    )
    return look.figure(panel, title_of(look_chip(runs), infos, legend_by)), tuple(notes)


def _apart(borders: Sequence[float], span: float) -> list[float]:
    # The outer borders are the panel's own edges, and two that touch are one.
    kept: list[float] = []
    for at in sorted(borders)[1:-1]:
        if not kept or at - kept[-1] > span * 2e-3:
            kept.append(at)
    return kept


def trace(run: Run, signal: Signal) -> tuple[Vector, Vector]:
    """Time in s and the signal in its base unit, each of shape (rows,).

    Where the clock starts again, a NaN stands between the parts.
    """
    t, y = run.column("t", "s"), run.column(signal.column, signal.unit)
    restarts = clock_restarts(t)
    if not restarts:
        return t, y
    # A line back through the figure would be no measurement.
    return np.insert(t, restarts, np.nan), np.insert(y, restarts, np.nan)


def trace_notes(run: Run, t: Vector, lit: Windows) -> Iterator[Note]:
    """Tell where the clock of a trace runs back, and where its light is not what was set."""
    if back := clock_restarts(run.column("t", "s")):
        text = (
            f"t runs back at row {back[0] + 1}: the line is broken there, the parts lie over each "
            "other, and the baseline is that of the first"
        )
        yield Note.doubt("clock-runs-back", text, place_of(run))
    if run.info.has_light and not lit:
        text = "a laser is set, but no row is lit: no light is shaded"
        yield Note.doubt("light-not-seen", text, place_of(run))
    if lit and not run.info.has_light:
        text = "rows are lit, but no laser is set: it is called dark"
        yield Note.doubt("light-not-set", text, place_of(run))


def value_at(t: Vector, y: Vector, at: float, run: Run, notes: list[Note]) -> float:
    """The value at a time, linear between samples; beyond the ends that of the end."""
    if restarts := clock_restarts(run.column("t", "s")):
        t, y = t[: restarts[0]], y[: restarts[0]]
    good = np.isfinite(t) & np.isfinite(y)
    t, y = t[good], y[good]
    if not t[0] <= at <= t[-1]:
        ends = f"it lasts from {t[0]:.4g} s to {t[-1]:.4g} s"
        text = f"{ends}: its baseline is at the end that is nearer to {at:g} s"
        notes.append(Note.doubt("baseline-outside-run", text, place_of(run)))
    return float(np.interp(at, t, y))


def place_of(run: Run) -> str:
    """How notes name a run."""
    return run.info.called


def without_numbers(run: Run) -> Note:
    """Tell that a run is not drawn."""
    return Note.loss("run-without-numbers", "it holds no numbers and is left out", place_of(run))


def light_bands(windows: Sequence[Windows], look: Look) -> list[Band]:
    """The light windows of all runs; where they overlap they are one."""
    merged: list[list[float]] = []
    for low, high in sorted(window for lit in windows for window in lit):
        if merged and low <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], high)
        else:
            merged.append([low, high])
    return [Band(low, high, color=look.light, alpha=1.0) for low, high in merged]


def _is_shaded(windows: Windows, bands: Sequence[Band]) -> bool:
    # Clocks of lasers differ by a sample or two.
    return len(windows) == len(bands) and all(
        abs(low - band.low) + abs(high - band.high) <= 0.05 * (high - low)
        for (low, high), band in zip(windows, bands, strict=True)
    )


def tight(curves: Sequence[Layer], margin: float = 0.0) -> tuple[float | None, float | None]:
    """The x range of the curves, with a share of it as margin; none where that would be a point.

    What happens in the first instant, as contacts settle, is under the frame without a margin.
    """
    spans = [(np.nanmin(one.x), np.nanmax(one.x)) for one in curves if isinstance(one, Curve)]
    low, high = min(float(a) for a, _ in spans), max(float(b) for _, b in spans)
    room = margin * (high - low)
    return (low - room, high + room) if low < high else (None, None)


def look_chip(runs: Sequence[Run]) -> str:
    """The chip's name, or all of them."""
    return ", ".join(dict.fromkeys(run.chip for run in runs))


def nothing(runs: Sequence[Run], what: str) -> InputError:
    """The error for runs without a number to draw."""
    return InputError(
        f"No run of {what} holds numbers: {', '.join(run.info.called for run in runs)}.",
        hint="Look at the raw files: their columns are empty or all nan.",
    )
