"""Ticks: where an axis is marked, and what stands there.

Positions are found in exact arithmetic (integers and fractions), so that a label never shows a
rounding error and a tick never strays from its round value by more than one rounding. Labels use
the markup of `figmill.figure.markup`: ``10^{3}``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from figmill.errors import PlottingError
from figmill.figure.calendar import calendar_marks
from figmill.figure.steps import ON_LIMIT, check_limits, multiples

FloatArray = NDArray[np.float64]

MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"

# Plain labels hold from 0.01 to 99 999; beyond, a common power of ten is split off.
_PLAIN_MAX = Decimal(100_000)
_PLAIN_MIN = Decimal("0.01")
# Logarithmic limits closer than this (in decades) are labelled as linear ones are.
_LINEAR_BELOW = 0.5
# Whole decades are labelled from here on; shorter axes are plain within these bounds.
_DECADES_FROM = 1.5
_PLAIN_LOG = (1e-3, 2e4)
_MANTISSAS = ((1,), (1, 3), (1, 2, 5), tuple(range(1, 10)))
# Round steps, and into how many parts minor ticks divide each.
_DECIMALS = (("1", 5), ("2", 4), ("2.5", 5), ("5", 5))
# Decades from label to label, and from one minor tick to the next.
_STRIDES = {1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 10: 1, 20: 5, 25: 5, 50: 10, 100: 20, 200: 50}
_ANGLES = ((1, 5), (2, 4), (5, 5), (10, 5), (15, 3), (30, 3), (45, 3), (90, 3), (180, 4))


@dataclass(frozen=True, eq=False, slots=True)
class Ticks:
    """Marks along one axis.

    Parameters
    ----------
    major
        Positions of the labelled ticks, shape (n,), strictly increasing, in axis units.
    labels
        One label for each, in markup.
    minor
        Positions of the unlabelled ticks, shape (m,), strictly increasing; none is a major one.
    context
        What time labels leave out, such as the date; empty where nothing is.
    factor
        What every label is to be multiplied by, ``×10^{−6}``; else empty. Nothing is ever to be
        added to a label: where values differ in late digits, the labels have them all.
    """

    major: FloatArray
    labels: tuple[str, ...]
    minor: FloatArray
    context: str = ""
    factor: str = ""

    def __post_init__(self) -> None:
        for name in ("major", "minor"):
            array = np.asarray(getattr(self, name), dtype=np.float64).view()
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        if len(self.labels) != len(self.major):
            raise PlottingError(
                f"{len(self.major)} ticks have {len(self.labels)} labels.",
                hint="Pass one label for each major tick.",
            )


NO_TICKS = Ticks(np.empty(0), (), np.empty(0))


def linear_ticks(lo: float, hi: float, target: int) -> Ticks:
    """Mark a linear axis at multiples of 1, 2, 2.5 or 5 times a power of ten.

    Parameters
    ----------
    lo, hi
        Limits of the axis, finite, ``lo < hi``.
    target
        The most labels wanted. As many as fit are set; two at least, where there is a choice.

    Raises
    ------
    PlottingError
        If the limits are not finite and increasing.

    Examples
    --------
    >>> linear_ticks(0.0, 0.4, 5).labels
    ('0.0', '0.1', '0.2', '0.3', '0.4')
    >>> ticks = linear_ticks(0.0, 4e-6, 5)
    >>> ticks.labels, ticks.factor
    (('0', '1', '2', '3', '4'), '×10^{−6}')
    """
    check_limits(lo, hi)
    wanted = max(target, 2)
    # Halves, since the difference of the largest floats is none; not 0, where limits are tiny.
    rough = max((0.5 * hi - 0.5 * lo) / wanted, 5e-324)
    exponent = math.floor(math.log10(rough)) - 1
    steps = [
        (Decimal(mantissa).scaleb(exponent + decade), parts)
        for decade in range(5)
        for mantissa, parts in _DECIMALS
    ]
    at, numbers = _best_step(lo, hi, [Fraction(step) for step, _ in steps], wanted)
    step, parts = steps[at]
    values = [number * step for number in numbers]
    labels, factor = _number_labels(values, step)
    return _ticks(lo, hi, values, labels, _fill(lo, hi, Fraction(step) / parts), factor=factor)


def angle_ticks(lo: float, hi: float, target: int) -> Ticks:
    """Mark an axis of degrees at multiples of 15, 30, 45 or 90 where it is wide enough.

    Parameters and errors are those of `linear_ticks`.

    Examples
    --------
    >>> angle_ticks(0.0, 180.0, 5).labels
    ('0', '45', '90', '135', '180')
    """
    check_limits(lo, hi)
    wanted = max(target, 2)
    if not 2 <= (hi - lo) <= _ANGLES[-1][0] * wanted:
        return linear_ticks(lo, hi, target)
    at, numbers = _best_step(lo, hi, [Fraction(step) for step, _ in _ANGLES], wanted)
    step, parts = _ANGLES[at]
    values = [Decimal(number * step) for number in numbers]
    labels, factor = _number_labels(values, Decimal(step))
    return _ticks(lo, hi, values, labels, _fill(lo, hi, Fraction(step, parts)), factor=factor)


def log_ticks(lo: float, hi: float, target: int) -> Ticks:
    """Mark a logarithmic axis.

    From one and a half decades on, whole decades are labelled, always in the style ``10^{n}``,
    leaving some out where there are many. Shorter axes have labels such as 2 and 5 between, and
    those of less than half a decade are marked as linear ones.

    Parameters
    ----------
    lo, hi
        Limits of the axis, finite, ``0 < lo < hi``.
    target
        The most labels wanted.

    Raises
    ------
    PlottingError
        If the limits are not finite, positive and increasing.

    Examples
    --------
    >>> log_ticks(5.0, 4e4, 6).labels
    ('10^{1}', '10^{2}', '10^{3}', '10^{4}')
    >>> log_ticks(3.0, 60.0, 6).labels
    ('5', '10', '20', '50')
    """
    check_limits(lo, hi)
    if lo <= 0:
        raise PlottingError(
            f"A logarithmic axis cannot begin at {lo:g}.",
            hint="Give a positive lower limit, or use a linear axis.",
        )
    wanted = max(target, 2)
    span = math.log10(hi) - math.log10(lo)
    exponents = range(math.floor(math.log10(lo)), math.ceil(math.log10(hi)) + 1)
    decades = [e for e in exponents if _inside(Decimal(1).scaleb(e), lo, hi)]
    if span >= _DECADES_FROM and len(decades) >= 2:
        stride, kept = _round_decades(decades, wanted)
        labels = [f"10^{{{_signed(e)}}}" for e in kept]
        # Beyond two decades a label the marks between would run into one another.
        between = tuple(range(1, 10)) if stride <= 2 else (1,)
        every = _STRIDES[stride]
        fill = [float(f"{m}e{e}") for e in exponents for m in between if e % every == 0]
        inside = [value for value in fill if lo <= value <= hi]
        return _ticks(lo, hi, [Decimal(1).scaleb(e) for e in kept], labels, inside)

    if span >= _LINEAR_BELOW:
        choices = [
            [(m, e) for e in exponents for m in each if _inside(Decimal(m).scaleb(e), lo, hi)]
            for each in _MANTISSAS
        ]
        fitting = [choice for choice in choices if 2 <= len(choice) <= wanted]
        if fitting:
            marks = max(fitting, key=len)
            values = [Decimal(m).scaleb(e) for m, e in marks]
            plain = lo >= _PLAIN_LOG[0] and hi <= _PLAIN_LOG[1]
            labels = [
                f"{value.normalize():f}" if plain else _power(m, e)
                for value, (m, e) in zip(values, marks, strict=True)
            ]
            fill = [float(f"{m}e{e}") for e in exponents for m in range(1, 10)]
            return _ticks(lo, hi, values, labels, fill)
    return linear_ticks(lo, hi, target)


def symlog_ticks(lo: float, hi: float, threshold: float, target: int) -> Ticks:
    """Mark an axis that is logarithmic to both sides of 0.

    Labelled are 0 and powers of ten from the threshold on, the same ones to both sides. An axis
    that lies wholly within the threshold is marked as a linear one, and one that lies wholly
    beyond it as a logarithmic one.

    Parameters
    ----------
    lo, hi
        Limits of the axis, finite, ``lo < hi``.
    threshold
        Above 0: values from -threshold to threshold are placed linearly.
    target
        The most labels wanted.

    Raises
    ------
    PlottingError
        If the limits are not finite and increasing.

    Examples
    --------
    >>> symlog_ticks(-200.0, 2e4, 1.0, 9).labels
    ('−10^{2}', '−10^{1}', '−10^{0}', '0', '10^{0}', '10^{1}', '10^{2}', '10^{3}', '10^{4}')
    >>> symlog_ticks(-200.0, 2e4, 1.0, 6).labels
    ('−10^{1}', '0', '10^{1}', '10^{3}')
    """
    check_limits(lo, hi)
    if lo >= threshold:
        return log_ticks(lo, hi, target)
    if hi <= -threshold:
        mirrored = log_ticks(-hi, -lo, target)
        labels = tuple(f"{MINUS}{label}" for label in reversed(mirrored.labels))
        return Ticks(-mirrored.major[::-1], labels, -mirrored.minor[::-1], factor=mirrored.factor)
    first = math.ceil(round(math.log10(threshold), 9))
    last = math.floor(math.log10(max(-lo, hi)) + 1e-12)
    for stride in _STRIDES:
        # As far from 0 as from each other.
        powers = [e for e in range(first, last + 1) if (e - first + 1) % stride == 0]
        marks = [(sign, e) for sign in (-1, 1) for e in powers[::sign]]
        inside = [(sign, e) for sign, e in marks if _inside_linear(sign * 10.0**e, lo, hi)]
        zero = _inside_linear(0.0, lo, hi)
        if len(inside) + zero <= max(target, 3):
            break
    if len(inside) + zero < 2:
        return linear_ticks(lo, hi, target)
    values = [Decimal(sign).scaleb(e) for sign, e in inside]
    names = [f"{MINUS if sign < 0 else ''}10^{{{_signed(e)}}}" for sign, e in inside]
    if zero:
        at = sum(value < 0 for value in values)
        values.insert(at, Decimal(0))
        names.insert(at, "0")
    between = tuple(range(1, 10)) if stride <= 2 else (1,)
    size = [float(f"{m}e{e}") for e in range(first, last + 1) for m in between]
    return _ticks(lo, hi, values, names, [*(-each for each in reversed(size)), *size])


def _inside_linear(value: float, lo: float, hi: float) -> bool:
    slack = float(ON_LIMIT) * (hi - lo)
    return lo - slack <= value <= hi + slack


def time_ticks(lo: float, hi: float, target: int, span: tuple[float, float] | None = None) -> Ticks:
    """Mark a time axis, from microseconds to centuries, at round times of day and of the calendar.

    Labels are as short as the step allows: ``12:34:56.125``, ``12:34``, ``14 Jul``, ``Mar``,
    ``2009 Mar``, ``2010``. The context says the rest: the date, or the year. A mark at midnight
    within an axis of several days carries the date that begins.

    Parameters
    ----------
    lo, hi
        Limits in UNIX seconds (UTC), finite, ``lo < hi``, within 30 million years of 1970.
    target
        The most labels wanted; up to two more where fewer would leave a single one.
    span
        What of it the context is to name, such as the first and the last time of the data, in
        UNIX seconds; None for all. Dates that a mark is at are named in any case.

    Raises
    ------
    PlottingError
        If the limits are not finite and increasing, or not times.

    Examples
    --------
    >>> ticks = time_ticks(1200315600.0, 1200319200.0, 5)
    >>> ticks.labels, ticks.context
    (('13:00', '13:15', '13:30', '13:45', '14:00'), '2008-01-14 UTC')
    """
    check_limits(lo, hi)
    marks = calendar_marks(lo, hi, max(target, 2), span)
    return _ticks(lo, hi, marks.major, marks.labels, marks.minor, context=marks.context)


def _round_decades(decades: Sequence[int], wanted: int) -> tuple[int, list[int]]:
    """A round number of decades from label to label, and those labelled: two at least."""
    needed = math.ceil(len(decades) / wanted)
    strides = list(_STRIDES)
    at = next((n for n, each in enumerate(strides) if each >= needed), len(strides) - 1)
    while True:
        kept = [e for e in decades if e % strides[at] == 0]
        if len(kept) >= 2 or at == 0:
            return strides[at], kept
        at -= 1


def _best_step(lo: float, hi: float, sizes: Sequence[Fraction], wanted: int) -> tuple[int, range]:
    """The finest step with at most `wanted` multiples inside, and the numbers of those multiples.

    A finer one, with up to two more, is taken where that one would leave a single mark.
    """
    finer = range(0)
    for at, size in enumerate(sizes):
        found = multiples(lo, hi, size)
        if len(found) <= wanted or at == len(sizes) - 1:
            if len(found) < 2 and at and len(finer) <= wanted + 2:
                return at - 1, finer
            return at, found
        finer = found
    raise PlottingError("No step was offered for the ticks.", hint="Pass at least one size.")


def _fill(lo: float, hi: float, step: Fraction) -> FloatArray:
    return np.array([float(number * step) for number in multiples(lo, hi, step)])


def _ticks(
    lo: float,
    hi: float,
    values: Sequence[Decimal] | Sequence[Fraction],
    labels: Sequence[str],
    minor: ArrayLike,
    *,
    context: str = "",
    factor: str = "",
) -> Ticks:
    """Put marks on the limits that rounding set beside them, and part minor from major ones."""
    major = np.clip(np.array([float(value) for value in values]), lo, hi)
    # Where the limits are neighbouring floats, several decimal values are one float.
    kept = np.diff(major, prepend=-np.inf) > 0
    major = major[kept]
    texts = tuple(label for label, keep in zip(labels, kept, strict=True) if keep)
    fill = np.asarray(minor, dtype=np.float64)
    slack = float(ON_LIMIT) * (hi - lo) if math.isfinite(hi - lo) else 0.0
    fill = np.unique(np.clip(fill[(fill >= lo - slack) & (fill <= hi + slack)], lo, hi))
    free = fill[~np.isin(fill, major)]
    return Ticks(major, texts, free, context=context, factor=factor)


def _inside(value: Decimal, lo: float, hi: float) -> bool:
    return lo * (1 - 1e-12) <= float(value) <= hi * (1 + 1e-12)


def _number_labels(values: Sequence[Decimal], step: Decimal) -> tuple[tuple[str, ...], str]:
    """Labels of one precision, and the power of ten that they leave out."""
    exponent = _exponent(step)
    largest = max((abs(value) for value in values), default=Decimal(0))
    if not largest or _PLAIN_MIN <= largest < _PLAIN_MAX:
        return _fixed(values, 0, exponent), ""
    power = 3 * (largest.adjusted() // 3)
    labels = _fixed(values, power, exponent)
    # 100 000.5 is no longer than 100.0005 with a power of ten, and is read at once.
    plain = max(largest.adjusted(), 0) + max(-exponent, 0)
    if plain <= largest.adjusted() - power + max(power - exponent, 0):
        return _fixed(values, 0, exponent), ""
    return labels, f"{TIMES}10^{{{_signed(power)}}}"


def _exponent(step: Decimal) -> int:
    return int(step.normalize().as_tuple().exponent)


def _signed(number: int) -> str:
    return f"{number}".replace("-", MINUS)


def _fixed(values: Sequence[Decimal], power: int, exponent: int) -> tuple[str, ...]:
    """Values over a power of ten, all with the digits down to an exponent."""
    decimals = max(0, power - exponent)
    return tuple(f"{value.scaleb(-power):.{decimals}f}".replace("-", MINUS) for value in values)


def _power(mantissa: int, exponent: int) -> str:
    power = f"10^{{{_signed(exponent)}}}"
    return power if mantissa == 1 else f"{mantissa}{TIMES}{power}"
