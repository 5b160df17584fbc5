"""Round times: marks of a time axis by the clock and by the calendar (UTC).

Times are UNIX seconds. Every day has 86 400 of them, so steps up to half a day are plain
multiples; days, months and years follow the Gregorian calendar, also before 1582.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from figmill.errors import PlottingError
from figmill.figure.steps import multiples

DAY = 86400
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DASH = " \N{EN DASH} "
# Beyond, the calendar of numpy would overflow: it is not a time that anybody measured.
_FURTHEST = 1e15


# An axis that reaches into another day by less than this share of its span names one day only.
_OVERHANG = Fraction(1, 40)


@dataclass(frozen=True, slots=True)
class Marks:
    """Marks of a time axis: exact positions, a label for each, and what the labels leave out."""

    major: list[Fraction]
    labels: list[str]
    minor: list[float]
    context: str


@dataclass(frozen=True, slots=True)
class _Step:
    """A distance between marks: so many seconds, days, months or years, and its minor one."""

    unit: str
    number: Fraction
    minor: tuple[str, Fraction]

    @property
    def seconds(self) -> float:
        """Its length, roughly."""
        size = {"second": 1, "day": DAY, "month": 30 * DAY, "year": 365 * DAY}[self.unit]
        return float(self.number) * size


def _clock_steps() -> list[_Step]:
    steps = []
    for power in range(-6, 0):
        for digit, parts in ((1, 5), (2, 4), (5, 5)):
            size = Fraction(digit) * Fraction(10) ** power
            steps.append((size, size / parts))
    minute, hour = 60, 3600
    steps += [(Fraction(1), Fraction(1, 5)), (Fraction(2), Fraction(1, 2))]
    whole = [(5, 1), (10, 2), (15, 5), (20, 5), (30, 10)]
    whole += [(n * minute, m * minute // 4) for n, m in ((1, 1), (2, 2), (5, 4), (10, 8))]
    whole += [(15 * minute, 5 * minute), (20 * minute, 5 * minute), (30 * minute, 10 * minute)]
    whole += [(hour, 15 * minute), (2 * hour, 30 * minute), (3 * hour, hour), (4 * hour, hour)]
    whole += [(6 * hour, hour), (8 * hour, 2 * hour), (12 * hour, 3 * hour)]
    steps += [(Fraction(size), Fraction(minor)) for size, minor in whole]
    return [_Step("second", size, ("second", minor)) for size, minor in steps]


def _calendar_steps() -> list[_Step]:
    plan = [
        ("day", 1, "second", DAY // 4),
        ("day", 2, "day", 1),
        ("day", 5, "day", 1),
        ("day", 10, "day", 5),
        ("day", 15, "day", 5),
        ("month", 1, "day", 10),
        ("month", 2, "month", 1),
        ("month", 3, "month", 1),
        ("month", 6, "month", 1),
        ("year", 1, "month", 3),
        ("year", 2, "month", 6),
    ]
    for power in range(8):
        decade = 10**power
        plan.append(("year", 5 * decade, "year", decade))
        plan.append(("year", 10 * decade, "year", 2 * decade))
        plan.append(("year", 20 * decade, "year", 5 * decade))
    return [_Step(unit, Fraction(n), (to, Fraction(m))) for unit, n, to, m in plan]


_STEPS = (*_clock_steps(), *_calendar_steps())


def calendar_marks(
    lo: float, hi: float, wanted: int, span: tuple[float, float] | None = None
) -> Marks:
    """Choose the finest round step with at most `wanted` marks from `lo` to `hi`.

    A finer one, with up to two marks more, is taken where that would leave fewer than two. The
    context names the dates of `span` and of the marks; None is all from `lo` to `hi`.

    Raises
    ------
    PlottingError
        If a limit is further than 1e15 s from 1970.
    """
    if max(abs(lo), abs(hi)) > _FURTHEST:
        raise PlottingError(
            f"A time axis cannot reach from {lo:g} to {hi:g} seconds.",
            hint="Times are UNIX seconds; mark fill values as missing.",
        )
    step, major = _choose(lo, hi, wanted)
    minor = _positions(lo, hi, *step.minor)
    named = (lo, hi)
    if span is not None:
        # Room around data is no time that the figure shows, unless a mark is in it.
        ends = [float(mark) for mark in (*major[:1], *major[-1:])]
        named = max(lo, min(span[0], *ends)), min(hi, max(span[1], *ends))
    labels, context = _labels(lo, hi, step, major, named)
    return Marks(major, labels, [float(each) for each in minor], context)


def _choose(lo: float, hi: float, wanted: int) -> tuple[_Step, list[Fraction]]:
    finer: tuple[_Step, list[Fraction]] | None = None
    chosen = (_STEPS[-1], [Fraction(0)][:0])
    for step in _STEPS:
        # A day step restarts every month, so there may be some more of them than it says.
        if (hi - lo) / step.seconds > 1.5 * wanted + 4:
            continue
        found = _positions(lo, hi, step.unit, step.number)
        chosen = (step, found)
        if len(found) <= wanted:
            break
        finer = chosen
    if len(chosen[1]) < 2 and finer is not None and len(finer[1]) <= wanted + 2:
        return finer
    return chosen


def _positions(lo: float, hi: float, unit: str, number: Fraction) -> list[Fraction]:
    """All marks of a step from `lo` to `hi`, in order."""
    if unit == "second":
        return [n * number for n in multiples(lo, hi, number)]
    count = int(number)
    if unit == "day":
        days = np.array(multiples(lo, hi, Fraction(DAY)), dtype="datetime64[D]")
        within = (days - days.astype("datetime64[M]")).astype(np.int64)
        # From the first of each month; not beside the first of the next one.
        keep = (within % count == 0) & ((within < 30 - count // 2) | (count == 1))
        moments = days[keep]
    else:
        code = "M" if unit == "month" else "Y"
        first, last = np.array([math.floor(lo), math.ceil(hi)], dtype="datetime64[s]").astype(
            f"datetime64[{code}]"
        )
        # Years count from 1970 in numpy; 1970 is not a multiple of 20.
        origin = 1970 if unit == "year" else 0
        numbers = multiples(
            float(first.astype(np.int64) + origin),
            float(last.astype(np.int64) + origin + 1),
            number,
        )
        moments = (np.array(numbers, dtype=np.int64) * count - origin).astype(f"datetime64[{code}]")
    seconds: NDArray[np.int64] = moments.astype("datetime64[s]").astype(np.int64)
    inside = multiples(lo, hi, Fraction(1))
    kept = seconds[(seconds >= inside.start) & (seconds < inside.stop)]
    return [Fraction(second) for second in kept.tolist()]


def _labels(
    lo: float, hi: float, step: _Step, major: list[Fraction], named: tuple[float, float]
) -> tuple[list[str], str]:
    if step.unit == "second":
        return _clock_labels(lo, hi, step.number, major, named)
    dates = [_date(mark) for mark in major]
    if step.unit == "year":
        return [str(year) for year, _, _ in dates], ""
    years = _range_text(str(_date(Fraction(named[0]))[0]), str(_last_date(*named)[0]))
    if step.unit == "day":
        return [f"{day} {_MONTHS[month - 1]}" for _, month, day in dates], years
    if _DASH in years:
        return [f"{year} {_MONTHS[month - 1]}" for year, month, _ in dates], ""
    return [_MONTHS[month - 1] for _, month, _ in dates], years


def _clock_labels(
    lo: float, hi: float, size: Fraction, major: list[Fraction], named: tuple[float, float]
) -> tuple[list[str], str]:
    decimals = 0
    while (size * 10**decimals).denominator != 1:
        decimals += 1
    first, last = Fraction(lo), Fraction(hi)
    if decimals and major and first // 60 == last // 60:
        labels = [_seconds(mark % 60, decimals) for mark in major]
        minute = _clock(first // 60 * 60 % DAY, 60, 0)
        return labels, f"seconds after {_iso(first)} {minute} UTC"
    first, last = Fraction(named[0]), Fraction(named[1])
    # The cell of the first record of a day begins before midnight, by half its length.
    within = _OVERHANG * (last - first)
    begin, end = _iso(first + within), _last_date(float(first), float(last - within))
    one_day = begin == "{}-{:02d}-{:02d}".format(*end)
    if not one_day:
        begin, end = _iso(first), _last_date(*named)
    labels = []
    for mark in major:
        if mark % DAY == 0 and mark > first + (within if one_day else 0):
            _, month, day = _date(mark)
            labels.append(f"{day} {_MONTHS[month - 1]}")
        else:
            labels.append(_clock(mark % DAY, size, decimals))
    return labels, f"{_range_text(begin, '{}-{:02d}-{:02d}'.format(*end))} UTC"


def _clock(time: Fraction | int, size: Fraction | int, decimals: int) -> str:
    minutes, seconds = divmod(time, 60)
    text = f"{int(minutes) // 60:02d}:{int(minutes) % 60:02d}"
    return text if size >= 60 else f"{text}:{_seconds(Fraction(seconds), decimals)}"


def _seconds(time: Fraction, decimals: int) -> str:
    whole, part = divmod(time, 1)
    if not decimals:
        return f"{int(whole):02d}"
    return f"{int(whole):02d}.{int(part * 10**decimals):0{decimals}d}"


def _range_text(first: str, last: str) -> str:
    return first if first == last else f"{first}{_DASH}{last}"


def _iso(time: Fraction) -> str:
    year, month, day = _date(time)
    return f"{year}-{month:02d}-{day:02d}"


def _last_date(lo: float, hi: float) -> tuple[int, int, int]:
    """The date on which a time ends; ending at midnight, it ends on the day before."""
    return _date(max(Fraction(math.ceil(hi) - 1), Fraction(lo)))


def _date(time: Fraction) -> tuple[int, int, int]:
    day = np.datetime64(math.floor(time / DAY), "D")
    month = day.astype("datetime64[M]")
    year = int(month.astype("datetime64[Y]").astype(np.int64)) + 1970
    return year, int(month.astype(np.int64)) % 12 + 1, int((day - month).astype(np.int64)) + 1
