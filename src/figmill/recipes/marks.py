"""Events, intervals and tick rows on figures whose panels share a time axis."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from figmill.figure import Bracket, Panel, TickRow, VLine
from figmill.figure.units import typeset_unit
from figmill.notes import Note
from figmill.read import istp
from figmill.recipes.event_table import Event
from figmill.recipes.events import markers
from figmill.recipes.lines import broken_line

_MOST_NAMED = 24
_MOST = 500
# What is written as it is under an axis, in at most seven digits.
_SMALL, _LARGE = 0.1, 1e7


def marked(
    panels: Sequence[Panel], events: Iterable[Event], window: tuple[float, float], notes: list[Note]
) -> list[Panel]:
    """Mark events by lines, and intervals by lines at their ends and a bracket over the top row.

    Parameters
    ----------
    panels
        Those over time are marked.
    events
        In any order; those outside the window are not drawn.
    window
        Begin and end of the time axis, UNIX seconds.
    notes
        What has no room is added to it.
    """
    low, high = window
    seen = [
        event
        for event in sorted(events, key=lambda each: each.start)
        if event.start <= high and (event.start if event.stop is None else event.stop) >= low
    ]
    if len(seen) > _MOST:
        text = f"{len(seen)} events are in the time shown; the first {_MOST} are marked"
        notes.append(Note.loss("events-left-out", text))
        seen = seen[:_MOST]
    named = len(seen) <= _MOST_NAMED
    if not named:
        text = f"{len(seen)} events are marked without their names: there is no room for so many"
        notes.append(Note.info("events-unnamed", text))
    made: list[Panel] = []
    first = True
    for panel in panels:
        if panel.x.scale != "time":
            made.append(panel)
            continue
        layers: list[VLine | Bracket] = []
        for event in seen:
            times = [event.start] if event.stop is None else [event.start, event.stop]
            label = event.label if first and named else ""
            style = "both" if first and len(times) > 1 else "line"
            inside = [time for time in times if low <= time <= high]
            if style == "both":
                # A bracket ends with the axis where its interval goes on.
                layers.append(Bracket(max(times[0], low), min(times[1], high), label=label))
                label = ""
            layers.extend(markers(inside, "line", {"label": label} if label else None))
        made.append(replace(panel, layers=(*panel.layers, *layers)))
        first = False
    return made


def tick_row(variable: istp.LineVariable, part: int = 0) -> TickRow:
    """Values of a variable to be written under a time axis.

    Parameters
    ----------
    variable
        The values.
    part
        Which of its components.
    """
    # Nothing is interpolated where a line would break.
    times, values = broken_line(variable.time, variable.values[:, part].astype(np.float64))
    unit = typeset_unit(variable.units[part])
    label = variable.parts[part] or variable.label or variable.name
    known = np.abs(values[np.isfinite(values)])
    most = float(known.max()) if known.size else 0.0
    period = variable.period
    if most and not _SMALL <= most < _LARGE and period is None:
        # Digits that have no room, or are all zero, say nothing: a power of ten stands in the unit.
        power = 3 * math.floor(math.log10(most) / 3)
        values, most = values / 10.0**power, most / 10.0**power
        sign = "\N{MINUS SIGN}" if power < 0 else ""
        unit = f"10^{{{sign}{abs(power)}}} {unit}".rstrip()
    return TickRow(
        f"{label} ({unit})" if unit else label,
        times,
        values,
        decimals=0 if most >= 1000 else 1 if most >= 10 else 2,
        period=period,
    )
