"""Units: from the many spellings that files use to one typography."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

_MINUS = "\N{MINUS SIGN}"
_PREFIXES = {
    "f": -15, "p": -12, "n": -9, "µ": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12,
}  # fmt: skip
_SCALED_UP = frozenset({"A", "C", "F", "G", "Hz", "J", "N", "Pa", "S", "T", "V", "W"})
_SCALED_UP |= {"bar", "eV", "g", "m", "Ω"}
# Seconds and kelvins do not grow into kiloseconds and kilokelvins.
_SCALED_DOWN = _SCALED_UP | {"s", "K", "mol", "rad"}
_PREFIXED = _SCALED_DOWN | {"L", "sr"}
_OTHER = frozenset({
    "%", "°", "°C", "amu", "au", "AU", "cm", "d", "dB", "e", "h", "hPa", "min", "ppm", "q", "Å",
    "R_{E}", "cc", "counts", "count", "electrons", "events", "ions", "nucleon", "nuc", "particles",
    "photons", "pixels", "protons",
})  # fmt: skip
_SYNONYMS = {
    "sec": "s", "secs": "s", "second": "s", "seconds": "s", "nanosecond": "ns",
    "nanoseconds": "ns", "microsecond": "µs", "microseconds": "µs", "millisecond": "ms",
    "milliseconds": "ms", "minute": "min", "minutes": "min", "hr": "h", "hrs": "h", "hour": "h",
    "hours": "h", "day": "d", "days": "d", "str": "sr", "ster": "sr", "Sr": "sr", "SR": "sr",
    "steradian": "sr", "steradians": "sr", "volt": "V", "volts": "V", "Volts": "V", "amp": "A",
    "amps": "A", "ampere": "A", "watt": "W", "watts": "W", "deg": "°", "degs": "°",
    "degree": "°", "degrees": "°", "degC": "°C", "Ohm": "Ω", "ohm": "Ω", "Ohms": "Ω",
    "ohms": "Ω", "Celsius": "°C", "Counts": "counts", "Count": "count", "Particles": "particles",
    "Degrees": "°", "Kelvin": "K", "kelvin": "K", "CM": "cm", "Nanometers": "nm",
    "nanometers": "nm", "NANOMETERS": "nm", "Angstrom": "Å", "angstrom": "Å", "Å": "Å",
    "percent": "%", "Re": "R_{E}", "RE": "R_{E}", "R_E": "R_{E}", "eV": "eV", "ev": "eV",
}  # fmt: skip

_PER_NUCLEON = r"[kMG]?eV/(?:nucleon|nuc|amu|u)\b"
_TOKEN = re.compile(
    rf"""(?P<space>\s+)
    | (?P<energy>\({_PER_NUCLEON}\)|{_PER_NUCLEON})
    | (?P<unit>R_\{{E\}}|R_E\b|°C|[A-Za-zµΩ°Å%\#]+|\d+)
    | (?P<exponent>\^\{{\s*[+−-]?\d+\s*\}}|(?:\*\*|\^)\(?[+−-]?\d+\)?)
    | (?P<operator>[*·/()]|-(?=[A-Za-zµΩ°]))
    | (?P<signed>[+−-]\d+)""",
    re.VERBOSE,
)


@dataclass(slots=True)
class _Factor:
    unit: str
    exponent: int


class _UnknownUnitError(ValueError):
    """The text is not a product of known units; it is then shown as it is."""


def typeset_unit(text: str) -> str:
    """Write a unit in one typography, whatever spelling a file uses.

    A quotient is set with one solidus and a bracket, ``eV/(cm^{2} s sr eV)``: the shortest form
    that SI allows and that cannot be misread. Where nothing stands above the line the exponents
    are negative, ``cm^{−3}``, since ``1/cm^{3}`` saves nothing. A bare number sign counts as 1.
    Order is kept and nothing is cancelled. Text that is not wholly made of known units, or whose
    meaning depends on how one reads a product after a solidus, is returned as it is, stripped.

    Examples
    --------
    >>> typeset_unit("eV/cm2-s-sr-eV")
    'eV/(cm^{2} s sr eV)'
    >>> typeset_unit("#/(cm^2*s*str*MeV)")
    'cm^{−2} s^{−1} sr^{−1} MeV^{−1}'
    >>> typeset_unit("uA"), typeset_unit("arb. units")
    ('µA', 'arb. units')
    """
    # Compatibility characters: Greek mu, the ohm sign and the angstrom sign.
    same = text.replace("\u03bc", "µ").replace("\u2126", "Ω").replace("\u212b", "Å").strip()
    source = re.sub(r"!(?:E|U)([^!]*)!N", r"^{\1}", same)
    source = re.sub(r"\bdeg(?:rees?)?\.? ?C\b", "°C", source)
    source = re.sub(r"\s+per\s+", "/", source)
    source = re.sub(r"\s*/\s*", "/", source)
    try:
        factors = _factors(source)
    except _UnknownUnitError:
        return same
    return _written(factors) or same


def sized(value: float, unit: str) -> str:
    """Write a quantity with the SI prefix that suits its size, to three significant digits.

    From 0.1 to 1000 the unit is kept. A whole number below 10 000 of a unit that has a prefix
    already is kept with all its digits (``1064 nm``). Units that take no prefix keep their own.

    Parameters
    ----------
    value
        The number. Where it is not finite the result is ``n/a``.
    unit
        Its unit, in any spelling that `typeset_unit` reads.

    Examples
    --------
    >>> sized(5.98e-6, "W"), sized(365, "nm"), sized(-0.4, "V")
    ('5.98 µW', '365 nm', '−0.4 V')
    """
    if not math.isfinite(value):
        return "n/a"
    symbol = typeset_unit(unit)
    prefix, base = _split_prefix(symbol)
    number = _rounded(Decimal(repr(float(value))))
    size = abs(number)
    if prefix and float(value).is_integer() and size < 10_000:
        number = Decimal(int(value))
    elif size and not Decimal("0.1") <= size < 1000:
        number, symbol = _rescaled(number, symbol, prefix, base)
    gap = "" if symbol in ("°", "") else " "
    return f"{_digits(number)}{gap}{symbol}"


def _rescaled(number: Decimal, symbol: str, prefix: str, base: str) -> tuple[Decimal, str]:
    in_base = number.scaleb(_PREFIXES[prefix])
    power = 3 * (in_base.adjusted() // 3)
    allowed = _SCALED_UP if power > 0 else _SCALED_DOWN
    fitting = {size: name for name, size in _PREFIXES.items()}
    if base in allowed and power in fitting:
        return in_base.scaleb(-power), f"{fitting[power]}{base}"
    return number, symbol


def _split_prefix(symbol: str) -> tuple[str, str]:
    """Prefix and base of a unit that may take one; no prefix where it may not."""
    for prefix in _PREFIXES:
        base = symbol.removeprefix(prefix)
        if prefix and base != symbol and base in _SCALED_DOWN:
            return prefix, base
    return "", symbol


def _rounded(number: Decimal) -> Decimal:
    return Context(prec=3, rounding=ROUND_HALF_EVEN).plus(number)


def _digits(number: Decimal) -> str:
    short = number.normalize()
    if -5 <= short.adjusted() <= 5 or not short:
        text = f"{short:f}"
    else:
        text = (
            f"{short.scaleb(-short.adjusted()):f}\N{MULTIPLICATION SIGN}10^{{{short.adjusted()}}}"
        )
    return text.replace("-", _MINUS)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise _UnknownUnitError(text[at:])
        yield match.lastgroup, match[0]
        at = match.end()


def _factors(text: str) -> list[_Factor]:
    """Read a unit as a product of powers."""
    factors: list[_Factor] = []
    signs = [1]  # of each open bracket
    sign = 1  # of the next unit
    below = False  # after a solidus without a bracket
    dangling = False  # a bracket below the line was closed: what follows could be either
    previous = ""
    for kind, piece in _tokens(text):
        if kind == "space":
            continue
        if kind in ("exponent", "signed") or (
            kind == "unit" and piece.isdigit() and previous == "unit"
        ):
            if previous not in ("unit", "energy") or not factors:
                raise _UnknownUnitError(piece)
            factors[-1].exponent *= int(re.sub(r"[^\d−-]", "", piece).replace(_MINUS, "-"))
            previous = "exponent"
            continue
        if kind in ("unit", "energy"):
            if dangling and previous == "closed":
                raise _UnknownUnitError(piece)
            name = piece.strip("()") if kind == "energy" else _known(piece)
            factors.append(_Factor("cm", 3 * sign) if name == "cc" else _Factor(name, sign))
        elif piece == "/":
            if previous in ("", "operator"):
                raise _UnknownUnitError(piece)
            sign, below = -signs[-1], True
        elif piece == "(":
            signs.append(sign)
            below = False
        elif piece == ")":
            if len(signs) == 1 or previous == "operator":
                raise _UnknownUnitError(piece)
            closed = signs.pop()
            sign, below = signs[-1], False
            dangling = closed != sign
            previous = "closed"
            continue
        elif below and piece in "*·":
            raise _UnknownUnitError(piece)
        previous = "operator" if kind == "operator" else kind
    if len(signs) > 1 or previous == "operator":
        raise _UnknownUnitError(text)
    return factors


def _known(token: str) -> str:
    name = _SYNONYMS.get(token, token)
    if name in ("1", "#") or name in _OTHER or name in _PREFIXED:
        return name
    prefix, base = name[0].replace("u", "µ"), name[1:]
    base = _SYNONYMS.get(base, base) if base in ("Ohm", "ohm", "Ohms", "ohms", "ev") else base
    if base in _PREFIXED and (prefix in _PREFIXES or prefix in "cdh"):
        return f"{prefix}{base}"
    raise _UnknownUnitError(token)


def _written(factors: list[_Factor]) -> str:
    named = [each for each in factors if each.unit not in ("1", "#")]
    above = [each for each in named if each.exponent > 0]
    beneath = [each for each in named if each.exponent < 0]
    if not above or not beneath:
        return " ".join(_power(each.unit, each.exponent) for each in named)
    upper = " ".join(_power(each.unit, each.exponent) for each in above)
    lower = " ".join(_power(each.unit, -each.exponent, bracket=True) for each in beneath)
    return f"{upper}/({lower})" if len(beneath) > 1 else f"{upper}/{lower}"


def _power(unit: str, exponent: int, *, bracket: bool = False) -> str:
    quotient = "/" in unit and (bracket or exponent != 1)
    name = f"({unit})" if quotient else unit
    return name if exponent == 1 else f"{name}^{{{str(exponent).replace('-', _MINUS)}}}"
