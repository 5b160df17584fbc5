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
_LETTERS = 90.0  # of the usual figure, 10 inches wide, most of them over its axis
# What is written as it is under an axis, in at most seven digits.
_SMALL, _LARGE = 0.1, 1e7


def marked(
    panels: Sequence[Panel],
    events: Iterable[Event],
    window: tuple[float, float],
    notes: list[Note],
    *,
    room: float = 1.0,
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
    room
        How many letters have room over the axis, as a share of those of a usual figure. A bracket
        whose name would meet that of another has it at its begin instead, where names give way to
        each other.
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
    crowded = _crowded(seen, window, _LETTERS * room) if named else set()
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
                aside = event in crowded and bool(inside)
                own = "" if aside else label
                layers.append(Bracket(max(times[0], low), min(times[1], high), label=own))
                label = label if aside else ""
            for number, time in enumerate(inside):
                words = {"label": label} if label and number == 0 else None
                layers.extend(markers([time], "line", words))
        made.append(replace(panel, layers=(*panel.layers, *layers)))
        first = False
    return made


def _crowded(events: Sequence[Event], window: tuple[float, float], letters: float) -> set[Event]:
    """The intervals whose names, centred over their brackets, would meet."""
    low, high = window
    half = 0.5 * (high - low) / letters
    ends: list[tuple[float, float, Event]] = []
    for event in events:
        if event.stop is None or not event.label:
            continue
        reach = half * (len(event.label) + 1)
        middle = 0.5 * (max(event.start, low) + min(event.stop, high))
        # A name stays within the axis.
        middle = min(max(middle, low + reach), high - reach)
        ends.append((middle - reach, middle + reach, event))
    ends.sort(key=lambda each: each[:2])
    found: set[Event] = set()
    for number, (_, end, event) in enumerate(ends):
        for begin, _, other in ends[number + 1 :]:
            if begin < end:
                found |= {event, other}
    return found


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
