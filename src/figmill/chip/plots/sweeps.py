"""Gate sweeps: transfer curves, transconductance, drain voltage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from figmill.chip.look import Look, curve, panel_legend, title_of
from figmill.chip.metrics.sweeps import (
    LEG_POINTS,
    check_window,
    legs,
    transconductance,
)
from figmill.chip.plots.base import ChipPlot, Drawn, finite
from figmill.chip.plots.traces import (
    CURRENT,
    VOLTAGE,
    Signal,
    look_chip,
    nothing,
    place_of,
    tight,
    without_numbers,
)
from figmill.chip.runs import Run, RunInfo, Vector
from figmill.chip.units import number
from figmill.errors import InputError
from figmill.figure import Axis, Figure, Layer, Panel
from figmill.notes import Note
from figmill.numbers.legs import sweep_parts

UNEVEN = 0.05
BIAS_SHARE = 0.05
"""By how much steps, or drain voltages, may differ from what is taken for them."""


def sweep_label(run: RunInfo) -> str:
    """The run's number, where it has one, and whether it was lit.

    Examples
    --------
    >>> sweep_label(RunInfo(2, "a", "IVg", 0.0, "", has_light=False))
    '#2 dark'
    """
    lit = "light" if run.has_light else "dark"
    return f"#{run.seq} {lit}" if run.seq else lit


class SweepPlot(ChipPlot):
    """A signal over the gate voltage."""

    signal: ClassVar[Signal]
    stem: ClassVar[str]

    @property
    def stems(self) -> tuple[str, ...]:
        """One figure."""
        return (self.stem,)

    def draw(self, runs: Sequence[Run], look: Look) -> Drawn:
        """Overlay the sweeps."""
        notes: list[Note] = []
        curves: list[Layer] = []
        for run, color in zip(runs, look.colors(len(runs)), strict=True):
            x = run.column("Vg", "V")
            y = run.column(self.signal.column, self.signal.unit) * self.signal.times
            if not finite(x, y):
                notes.append(without_numbers(run))
                continue
            notes += bias_notes(run)
            curves += [
                curve(*_unjoined(x[part], y[part]), label, tint)
                for part, label, tint in _family(run, x, color, look)
            ]
        if not curves:
            raise nothing(runs, self.type)
        y_axis = Axis(label=self.signal.symbol, unit=self.signal.shown)
        return Drawn({self.stem: _figure(runs, curves, y_axis, look)}, tuple(notes))


class PlotIvg(SweepPlot):
    """Transfer curves: drain current over gate voltage."""

    type: ClassVar[str] = "plot-ivg"
    procedures: ClassVar[tuple[str, ...]] = ("IVg",)
    stem: ClassVar[str] = "IVg"
    signal: ClassVar[Signal] = CURRENT


class PlotVvg(SweepPlot):
    """Drain voltage over gate voltage, at constant current."""

    type: ClassVar[str] = "plot-vvg"
    procedures: ClassVar[tuple[str, ...]] = ("VVg",)
    stem: ClassVar[str] = "VVg"
    signal: ClassVar[Signal] = VOLTAGE


class PlotTransconductance(ChipPlot):
    """Transconductance of each leg of a sweep.

    Parameters
    ----------
    method
        ``gradient`` (central differences) or ``savgol`` (Savitzky-Golay).
    window
        For ``savgol``: how many points, an odd number.
    polyorder
        For ``savgol``: the order of the polynomials, below `window`.
    """

    type: ClassVar[str] = "plot-transconductance"
    procedures: ClassVar[tuple[str, ...]] = ("IVg",)

    method: Literal["gradient", "savgol"] = "gradient"
    window: Annotated[int, Field(ge=3)] = 21
    polyorder: Annotated[int, Field(ge=1)] = 7

    @property
    def stems(self) -> tuple[str, ...]:
        """One figure; its name tells the method."""
        return ("gm_savgol" if self.method == "savgol" else "gm",)

    def check(self, runs: Sequence[Run]) -> None:
        """Check that the window fits the shortest leg."""
        if self.method == "savgol":
            found = [
                leg for run in runs for leg in legs(run.column("Vg", "V"), vds=family_vds(run))
            ]
            if found:
                points = min(leg.stop - leg.start for leg in found)
                check_window(self.window, self.polyorder, points)

    def draw(self, runs: Sequence[Run], look: Look) -> Drawn:
        """Overlay the transconductances; the legs of a sweep share its colour."""
        notes: list[Note] = []
        curves: list[Layer] = []
        for run, color in zip(runs, look.colors(len(runs)), strict=True):
            vg = run.column("Vg", "V")
            found = transconductance(
                vg,
                run.column("I", "A"),
                self.method,
                self.window,
                self.polyorder,
                family_vds(run),
            )
            if not any(finite(x, y) for x, y in found):
                text = f"it has no leg of {LEG_POINTS} points and is left out"
                notes.append(Note.loss("sweep-too-short", text, place_of(run)))
                continue
            notes += (*bias_notes(run), *self._leg_notes(run, vg))
            levels = _levels(run, vg)
            for place, (_, label, tint) in enumerate(_family(run, vg, color, look)):
                mine = [one for one, level in zip(found, levels, strict=False) if level == place]
                if mine:
                    x = _joined([x for x, _ in mine])
                    y = _joined([y for _, y in mine]) * 1e6
                    curves.append(curve(x, y, label, tint))
        if not curves:
            raise InputError(
                f"No sweep has a leg of {LEG_POINTS} points with numbers.",
                hint="A transconductance needs a gate sweep of at least that many points.",
            )
        y_axis = Axis(label="g_{m}", unit="µS")
        return Drawn({self.stems[0]: _figure(runs, curves, y_axis, look)}, tuple(notes))

    def _leg_notes(self, run: Run, vg: Vector) -> Iterator[Note]:
        kept = legs(vg)
        if lost := vg.size - sum(leg.stop - leg.start for leg in kept):
            text = f"{lost} of {vg.size} points, in legs of fewer than {LEG_POINTS}, are left out"
            yield Note.loss("legs-left-out", text, place_of(run))
        steps = [np.diff(vg[leg]) for leg in kept]
        if self.method == "gradient":
            if repeated := sum(int((step == 0).sum()) for step in steps):
                text = f"points that repeat the gate voltage before them have no slope: {repeated}"
                yield Note.info("gate-voltage-repeated", text, place_of(run))
        elif any(np.nanmax(np.abs(step / np.median(step) - 1)) > UNEVEN for step in steps):
            text = "the steps of the gate voltage differ; savgol takes them as equal"
            yield Note.doubt("steps-uneven", text, place_of(run))


def bias_notes(run: Run) -> Iterator[Note]:
    """Tell where the file's column of drain voltages is not what was set."""
    vds, told = run.find("VDS", "V"), run.info.vds_v
    if vds is None or run.info.proc != "IVg" or not finite(vds):
        return
    low, high = float(np.nanmin(vds)), float(np.nanmax(vds))
    if told is None or max(abs(low - told), abs(high - told)) > BIAS_SHARE * abs(told):
        said = "none" if told is None else f"{told:g} V"
        text = f"its column VDS goes from {low:.4g} to {high:.4g} V; its header says {said}"
        yield Note.doubt("drain-voltage-varies", text, place_of(run))


def family_vds(run: Run) -> Vector | None:
    """The drain voltages of the file's column, where they are those of a family of curves."""
    vds = run.find("VDS", "V") if run.info.proc == "IVg" else None
    if vds is None or not finite(vds):
        return None
    vg = run.column("Vg", "V")
    return vds if len(sweep_parts(np.zeros_like(vg), vds)) > 1 else None


def _family(
    run: Run, vg: Vector, color: str | None, look: Look
) -> list[tuple[slice, str, str | None]]:
    """The curves of a sweep, each with its label and colour: one for each drain voltage."""
    vds = family_vds(run)
    label = sweep_label(run.info)
    if vds is None:
        return [(slice(0, vg.size), label, color)]
    parts = sweep_parts(np.zeros_like(vg), vds)
    colors = look.colors(len(parts))
    volts = [float(np.nanmedian(vds[part])) for part in parts]
    return [
        (part, f"{label}, V_{{ds}} = {number(one, 3)} V", tint)
        for part, one, tint in zip(parts, volts, colors, strict=True)
    ]


def _levels(run: Run, vg: Vector) -> list[int]:
    """For each leg that has a transconductance, which curve of the family it belongs to."""
    vds = family_vds(run)
    cuts = legs(vg, vds=vds)
    if vds is None:
        return [0] * len(cuts)
    starts = [part.start for part in sweep_parts(np.zeros_like(vg), vds)]
    return [int(np.searchsorted(starts, leg.start, side="right")) - 1 for leg in cuts]


def _unjoined(x: Vector, y: Vector) -> tuple[Vector, Vector]:
    """The sweep without lines where it jumps back to its beginning."""
    parts = sweep_parts(x)
    if len(parts) == 1:
        return x, y
    return _joined([x[part] for part in parts]), _joined([y[part] for part in parts])


def _figure(runs: Sequence[Run], curves: Sequence[Layer], y: Axis, look: Look) -> Figure:
    panel = Panel(
        tuple(curves),
        x=Axis(label="V_{g}", unit="V", limits=tight(curves)),
        y=y,
        legend=panel_legend(curves),
    )
    # A family has its drain voltages in the legend.
    family = any(family_vds(run) is not None for run in runs)
    infos = [run.info for run in runs]
    return look.figure(panel, title_of(look_chip(runs), infos, "vds" if family else ""))


def _joined(parts: Sequence[Vector]) -> Vector:
    # A NaN between two legs keeps them from being drawn as one line.
    gap = np.array([np.nan])
    return np.concatenate([piece for part in parts for piece in (part, gap)][:-1])
