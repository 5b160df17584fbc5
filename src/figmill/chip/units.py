"""Quantities with units: read them, bring them to base units, write them in a fitting size."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from figmill.read.column_names import split_name as split_name  # noqa: PLC0414 - its old address

PREFIXES = {
    "": 1.0,
    "f": 1e-15,
    "p": 1e-12,
    "n": 1e-9,
    "u": 1e-6,
    "µ": 1e-6,  # micro sign
    "\u03bc": 1e-6,  # Greek mu, which keyboards confuse with it
    "m": 1e-3,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
}
_BASES = ("A", "V", "W", "S", "s", "Hz", "m", "F", "Ohm", "C", "degC", "K")
_OTHERS = {"min": (60.0, "s"), "h": (3600.0, "s"), "°C": (1.0, "degC"), "\u03a9": (1.0, "Ohm")}
# Units in words, as pint writes them.
_NAMES = {
    "ampere": "A",
    "amp": "A",
    "volt": "V",
    "watt": "W",
    "siemens": "S",
    "second": "s",
    "hertz": "Hz",
    "meter": "m",
    "metre": "m",
    "farad": "F",
    "ohm": "Ohm",
    "coulomb": "C",
    "kelvin": "K",
    "degree_celsius": "degC",
}
_WORDS = {
    "": 1.0,
    "femto": 1e-15,
    "pico": 1e-12,
    "nano": 1e-9,
    "micro": 1e-6,
    "milli": 1e-3,
    "kilo": 1e3,
    "mega": 1e6,
    "giga": 1e9,
}
_WORD = re.compile(rf"({'|'.join(filter(None, _WORDS))})?({'|'.join(_NAMES)})s?")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf)", re.IGNORECASE)
_STEPS = ((1e-15, "f"), (1e-12, "p"), (1e-9, "n"), (1e-6, "µ"), (1e-3, "m"), (1.0, ""), (1e3, "k"))


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number and the unit written after it, which may be empty."""

    value: float
    unit: str


def read_quantity(text: str) -> Quantity | None:
    """Read a number with or without a unit; None where the text is none.

    Examples
    --------
    >>> read_quantity("0.1 V"), read_quantity("455"), read_quantity("None")
    (Quantity(value=0.1, unit='V'), Quantity(value=455.0, unit=''), None)
    >>> read_quantity("0,1 V"), factor("millivolt", "V")
    (Quantity(value=0.1, unit='V'), 0.001)
    """
    # Three digits behind a comma may be thousands; any other number of them, or a 0 before, is not.
    text = re.sub(r"^([-+]?)(0|\d+),(\d+)(?![\d,])", _point, text.strip())
    found = _NUMBER.match(text)
    if found is None:
        return None
    rest = text.strip()[found.end() :]
    if rest and not rest[0].isspace() and rest[0].isalnum() and not rest.isalpha():
        return None
    return Quantity(float(found[0]), rest.strip())


def _point(found: re.Match[str]) -> str:
    sign, whole, part = found.groups()
    return found[0] if len(part) == 3 and whole != "0" else f"{sign}{whole}.{part}"


def factor(unit: str, base: str) -> float | None:
    """What a value in `unit` is multiplied with to be in `base`; None where they do not fit.

    Examples
    --------
    >>> factor("mV", "V"), factor("V", "V"), factor("furlong", "V"), factor("nm", "nm")
    (0.001, 1.0, None, 1.0)
    """
    mine, wanted = _scale(unit), _scale(base)
    if unit == base:
        return 1.0
    if mine is None or wanted is None or mine[1] != wanted[1]:
        return None
    return mine[0] / wanted[0]


def _scale(unit: str) -> tuple[float, str] | None:
    if unit in _OTHERS:
        return _OTHERS[unit]
    if unit in _BASES:
        return 1.0, unit
    if word := _WORD.fullmatch(unit.lower()):
        return _WORDS[word[1] or ""], _NAMES[word[2]]
    for base in _BASES:
        prefix = unit.removesuffix(base)
        if unit.endswith(base) and prefix in PREFIXES:
            return PREFIXES[prefix], base
    return None


def fitting(largest: float, unit: str) -> tuple[float, str]:
    """The factor and the unit in which values up to `largest` read best.

    Examples
    --------
    >>> fitting(5.98e-6, "W")
    (1000000.0, 'µW')
    """
    size = abs(largest)
    if not math.isfinite(size) or size == 0:
        return 1.0, unit
    for scale, prefix in reversed(_STEPS):
        # A tenth of a per mille below, so that 999.96 n reads 1 µ.
        if size >= scale * 0.9999:
            return (1.0 / scale if scale < 1e-3 else round(1.0 / scale, 12)), prefix + unit
    return 1.0 / _STEPS[0][0], _STEPS[0][1] + unit


def sized(value: float, unit: str, digits: int = 3, *, zeros: bool = False) -> str:
    """A value in the unit of its size, as figures and tables print it; see `number`.

    Examples
    --------
    >>> sized(5.98e-6, "W"), sized(-0.4, "V"), sized(0.0, "W")
    ('5.98 µW', '-400 mV', '0 W')
    """
    times, name = fitting(value, unit)
    return f"{number(value * times, digits, zeros=zeros)} {name}"


def number(value: float, digits: int = 3, *, zeros: bool = False) -> str:
    """A number with so many significant digits; zeros at its end only where they are wanted.

    Examples
    --------
    >>> number(12.3456), number(1204.0), number(-0.0), number(12.0, zeros=True)
    ('12.3', '1204', '0', '12.0')
    """
    if not math.isfinite(value):
        return str(value)
    if value == 0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text and not zeros else text
