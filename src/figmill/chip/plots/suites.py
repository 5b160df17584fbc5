"""Suites: overlay, sequence, and the answer to light against what was varied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator

from figmill.chip.legend import TITLES, labels
from figmill.chip.look import Look, panel_legend, title_of, typeset
from figmill.chip.metrics.light import light_step
from figmill.chip.plots.base import Drawn
from figmill.chip.plots.traces import (
    CURRENT,
    VOLTAGE,
    Signal,
    TracePlot,
    look_chip,
    place_of,
    sequential,
)
from figmill.chip.runs import Run, RunInfo, pulses
from figmill.chip.sequences import spoken
from figmill.chip.units import fitting, number
from figmill.figure import Axis, Curve, Figure, Layer, Panel
from figmill.figure.layers import Marker
from figmill.notes import Note

X_ALIASES = {
    "power": ("irradiated_power", "pow", "led_power"),
    "wavelength": ("wl", "lambda"),
    "time": ("datetime", "date", "dt"),
    "gate_voltage": ("vg", "gate", "vgs"),
}
_MARGIN = 0.04
_MARKERS: tuple[Marker, ...] = ("circle", "square", "triangle", "diamond", "cross", "plus")


def _x_name(asked: object) -> str:
    for name, others in X_ALIASES.items():
        if isinstance(asked, str) and asked.strip().lower() in (name, *others):
            return name
    raise ValueError(f"{asked!r} is nothing to plot against; use {', '.join(X_ALIASES)}")


Points = Sequence[tuple[RunInfo, float, float]]

_X_VALUES: dict[str, Callable[[RunInfo, float], float | None]] = {
    "power": lambda run, _: run.irradiated_power_w,
    "wavelength": lambda run, _: run.wavelength_nm,
    "gate_voltage": lambda run, _: run.vg_fixed_v,
    "time": lambda run, first: (run.start_time - first) / 3600,
}


class SuitePlot(TracePlot):
    """The overlay, the sequence, and the step under light against what was varied.

    Parameters
    ----------
    photoresponse_x
        ``power``, ``wavelength``, ``time`` or ``gate_voltage``.
    filter_wavelength
        Only runs of that wavelength (nm) in the third figure.
    filter_vg
        Only runs at that gate voltage (V) in the third figure.
    axtype
        ``linear``, ``semilogx``, ``semilogy`` or ``loglog`` axes of the third figure. A logarithmic
        y axis shows magnitudes, and the legend says which were negative.
    """

    photoresponse_x: Annotated[str, BeforeValidator(_x_name)] = "power"
    filter_wavelength: float | None = None
    filter_vg: float | None = None
    axtype: Literal["linear", "semilogx", "semilogy", "loglog"] = "linear"

    @property
    def stems(self) -> tuple[str, ...]:
        """Three figures."""
        return self.stem, f"{self.stem}_sequential", f"{self.stem}_photoresponse"

    @property
    def uses_power(self) -> bool:
        """Where the legend or the third figure shows them."""
        return "power" in (self.photoresponse_x, self.legend_by.removeprefix("irradiated_"))

    def draw(self, runs: Sequence[Run], look: Look) -> Drawn:
        """Describe the three figures."""
        overlay, notes = self.overlay(runs, look)
        in_order, more = sequential(runs, self.signal, self.legend_by, look)
        answer, rest = self.photoresponse(runs, look)
        figures = dict(zip(self.stems, (overlay, in_order, answer), strict=True))
        return Drawn(figures, tuple(dict.fromkeys((*notes, *more, *rest))))

    def photoresponse(self, runs: Sequence[Run], look: Look) -> tuple[Figure, tuple[Note, ...]]:
        """The step under light of each run, against what was varied."""
        without: dict[str, list[int]] = {}
        notes: list[Note] = []
        points = self._points(runs, without, notes)
        notes += [
            Note.info("run-without-photoresponse", f"no photoresponse of {spoken(seqs)}: {why}")
            if why == "dark"
            else Note.loss("photoresponse-not-drawn", f"no photoresponse of {spoken(seqs)}: {why}")
            for why, seqs in without.items()
        ]
        if not points and not without:
            text = "filter_wavelength and filter_vg leave no run for the photoresponse"
            notes.append(Note.loss("photoresponse-filtered-out", text))
        one_x = len(points) > 1 and len({x for _, x, _ in points}) == 1
        if one_x:
            notes.append(Note.info("photoresponse-of-one-x", self._better_x(points)))
        log_x = self.axtype in ("semilogx", "loglog") and bool(points)
        log_y = self.axtype in ("semilogy", "loglog")
        unit_x, label_x, scale_x = _X[self.photoresponse_x](points)
        steps = [abs(y) for _, _, y in points]
        times, unit_y = fitting(max(steps, default=0.0), self.signal.unit)
        layers: list[Layer] = []
        series = self._each(points) if one_x else self._series(points)
        colors = look.colors(len(series))
        for place, (name, members) in enumerate(series.items()):
            x = np.array([x * scale_x for _, x, _ in members])
            y = np.array([y * times for _, _, y in members])
            order = np.argsort(x, kind="stable")
            x, y = x[order], y[order]
            label = _signed(name, y) if log_y else name
            if log_y:
                y = np.abs(y)
            layers.append(
                Curve(
                    x,
                    y,
                    label=typeset(label),
                    color=colors[place],
                    marker=_MARKERS[place % len(_MARKERS)],
                    marker_size=5.0,
                    # Points above one another are repeats: a line would tell of an order.
                    width=None if 1 < np.unique(x).size == x.size else 0.0,
                )
            )
        symbol = f"Δ{self.signal.symbol}"
        panel = Panel(
            tuple(layers),
            x=Axis(
                "log" if log_x else "linear",
                label=label_x,
                unit=unit_x,
                limits=_roomy([x * scale_x for _, x, _ in points], log_x),
            ),
            y=Axis(
                "log" if log_y and any(steps) else "linear",
                label=f"|{symbol}|" if log_y else symbol,
                unit=unit_y,
            ),
            legend=panel_legend(layers),
            legend_title=TITLES[self.legend_by] if one_x else "",
            note="" if points else f"No photoresponse: {'; '.join(without) or 'all filtered out'}",
        )
        infos = [run for run, _, _ in points] or [run.info for run in runs]
        return look.figure(panel, title_of(look_chip(runs), infos)), tuple(notes)

    def _points(
        self, runs: Sequence[Run], without: dict[str, list[int]], notes: list[Note]
    ) -> list[tuple[RunInfo, float, float]]:
        """Run, place on x and step of every run that has them; why the others have none."""
        kept = [
            run
            for run in runs
            if _is(run.info.wavelength_nm, self.filter_wavelength)
            and _is(run.info.vg_fixed_v, self.filter_vg)
        ]
        # A run that is filtered out is no origin of the others' times.
        first = min((run.info.start_time for run in kept), default=0.0)
        points = []
        for run in kept:
            info = run.info
            light = run.find("VL", "V")
            step = None
            if light is not None:
                step = light_step(run.column(self.signal.column, self.signal.unit), light)
                if len(pulses(light)) > 1:
                    text = "it has several light pulses; its photoresponse spans all of them"
                    notes.append(Note.doubt("several-pulses", text, place_of(run)))
            x = _X_VALUES[self.photoresponse_x](info, first)
            why = self._lack(x, step)
            if why:
                without.setdefault(why, []).append(info.seq)
            elif x is not None and step is not None:
                points.append((info, x, step))
        return points

    def _lack(self, x: float | None, step: float | None) -> str:
        """Why a run has no point; empty where it has one."""
        if step is None:
            return "dark"
        if not np.isfinite(step):
            return "no numbers"
        if x is None:
            named = self.photoresponse_x.replace("_", " ")
            return "no calibration" if named == "power" else f"no {named}"
        if self.axtype in ("semilogx", "loglog") and not x > 0:
            return "0 or below on a logarithmic x axis"
        if self.axtype in ("semilogy", "loglog") and step == 0:
            return "0 on a logarithmic y axis"
        return ""

    def _better_x(self, points: Points) -> str:
        first = min(run.start_time for run, _, _ in points)
        others = [
            name
            for name, value in _X_VALUES.items()
            if len({value(run, first) for run, _, _ in points}) > 1
        ]
        named = self.photoresponse_x.replace("_", " ")
        said = f"; they differ in photoresponse_x: {', '.join(others)}" if others else ""
        return f"the runs of the photoresponse have one {named}{said}"

    def _each(self, points: Points) -> dict[str, list[tuple[RunInfo, float, float]]]:
        """Every run for itself: above one another, only the legend tells which is which."""
        names = labels([run for run, _, _ in points], self.legend_by)
        return {name: [point] for name, point in zip(names, points, strict=True)}

    def _series(self, points: Points) -> dict[str, list[tuple[RunInfo, float, float]]]:
        """Points that belong on one line: all that differs is what is plotted against."""
        parts: list[tuple[str, Callable[[RunInfo], float | None], str]] = [
            ("wavelength", lambda run: run.wavelength_nm, "nm"),
            ("gate_voltage", lambda run: run.vg_fixed_v, "V"),
            ("power", lambda run: run.laser_voltage_v, "V laser"),
        ]
        varied = [
            (get, unit)
            for name, get, unit in parts
            if name != self.photoresponse_x and len({get(run) for run, _, _ in points}) > 1
        ]
        series: dict[str, list[tuple[RunInfo, float, float]]] = {}
        for point in points:
            values = [(get(point[0]), unit) for get, unit in varied]
            label = ", ".join(f"{number(v, 4)} {unit}" for v, unit in values if v is not None)
            series.setdefault(label, []).append(point)
        return series


class PlotItsSuite(SuitePlot):
    """The suite of drain currents."""

    type: ClassVar[str] = "plot-its-suite"
    procedures: ClassVar[tuple[str, ...]] = ("It",)
    stem: ClassVar[str] = "It"
    signal: ClassVar[Signal] = CURRENT


class PlotVtsSuite(SuitePlot):
    """The suite of drain voltages."""

    type: ClassVar[str] = "plot-vts-suite"
    procedures: ClassVar[tuple[str, ...]] = ("Vt",)
    stem: ClassVar[str] = "Vt"
    signal: ClassVar[Signal] = VOLTAGE


def _power_axis(points: Points) -> tuple[str, str, float]:
    times, unit = fitting(max((x for _, x, _ in points), default=1e-6), "W")
    return unit, "Irradiated power", times


def _time_axis(points: Points) -> tuple[str, str, float]:
    hours = max((x for _, x, _ in points), default=0.0)
    if hours < 2:
        return "min", "Time since the first run", 60.0
    if hours < 72:
        return "h", "Time since the first run", 1.0
    return "d", "Time since the first run", 1 / 24


_X: dict[str, Callable[[Points], tuple[str, str, float]]] = {
    "power": _power_axis,
    "wavelength": lambda _: ("nm", "Wavelength", 1.0),
    "time": _time_axis,
    "gate_voltage": lambda _: ("V", "V_{g}", 1.0),
}


def _roomy(x: Sequence[float], log: bool) -> tuple[float | None, float | None]:
    """Limits that leave the outermost markers whole."""
    if len(set(x)) < 2:
        return None, None
    low, high = min(x), max(x)
    if log:
        factor = (high / low) ** _MARGIN
        return low / factor, high * factor
    return low - _MARGIN * (high - low), high + _MARGIN * (high - low)


def _is(value: float | None, wanted: float | None) -> bool:
    return wanted is None or (value is not None and abs(value - wanted) < 1e-9 + 1e-6 * abs(wanted))


def _signed(label: str, y: np.ndarray[tuple[int], np.dtype[np.float64]]) -> str:
    sign = "negative" if (y <= 0).all() else "both signs" if (y < 0).any() else ""
    return f"{label} ({sign})".strip() if sign else label
