"""Text as mission files spell it, turned into figmill's label markup.

The markup is literal text with ``^{...}`` for superscripts and ``_{...}`` for subscripts, and
nothing else. Mission files use the escapes of IDL's vector fonts (``cm!U-2!N``), TeX fragments
(``cm$^{-2}$``), or plain ``cm^2`` and ``cm2``.

Source: the list of embedded formatting commands in the IDL reference, "Formatting commands".
"""

from __future__ import annotations

import re
from typing import Final

# Positions: where the text goes after each command. E and U raise, D, L, I and B lower.
_RAISE: Final = "UEA"
_LOWER: Final = "DLIB"
_GREEK_FONTS: Final = frozenset({"4", "7"})
_GREEK: Final = dict(
    zip("abcdefghijklmnopqrstuvwx", "αβγδεζηθικλμνξοπρστυφχψω", strict=True)
) | dict(zip("ABCDEFGHIJKLMNOPQRSTUVWX", "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ", strict=True))
_SYMBOL_FONT: Final = "9"
_SYMBOLS: Final = {
    **{"a": "◁", "d": "∂", "e": "∈", "n": "±", "m": "±", "p": "∏", "r": "√", "s": "∫"},
    **{"x": "∥", "X": "⊥", "2": "←", "3": "→", "%": "°", ".": "·", "/": "÷", "@": "∞"},
    **{"=": "≡", "<": "≤", ">": "≥", "G": "∇", "D": "∂", "A": "∥", "P": "⊥", "$": "∑"},
}

_COMMAND = re.compile(r"!(?:([A-Za-z!])|(\d{1,2}))")
_TEX_SCRIPT = re.compile(r"\$?\s*([\^_])\{([^{}]*)\}\s*\$?")
_BARE_POWER = re.compile(r"\^([+-]?\d+(?:\.\d+)?)")
_UNSPACED = re.compile(r"\}(?=[A-Za-zµ#])")
_UNIT_POWER = re.compile(
    r"(?<![A-Za-z])((?:[kmcdMGn]?m|[kmun]?s|sec|st?e?r|ster|[kMG]?eV|nT|Hz|amu|cc))([+-]?[1-9])"
    r"(?![\w.^{])"
)


def markup(text: str) -> str:
    """Turn a label of a mission file into label markup.

    Parameters
    ----------
    text
        With IDL escapes, TeX fragments, or plain.

    Returns
    -------
    str
        One line of markup. Text without escapes comes back as it is.

    Examples
    --------
    >>> markup("s!E-1!Ncm!E-2!Nster!E-1!NkeV!E-1!N")
    's^{-1}cm^{-2}ster^{-1}keV^{-1}'
    >>> markup("!4D!XB!Bz!N (nT)")
    'ΔB_{z} (nT)'
    """
    text = _TEX_SCRIPT.sub(lambda found: f"{found[1]}{{{found[2]}}}", text)
    pieces: list[str] = []
    level = ""
    font = "3"
    position = 0
    run: list[str] = []

    def close() -> None:
        body = "".join(run)
        run.clear()
        if body:
            pieces.append(f"{level}{{{body}}}" if level else body)

    for command in _COMMAND.finditer(text):
        run.append(_letters(text[position : command.start()], font))
        position = command.end()
        letter, number = command[1], command[2]
        if number is not None:
            font = number
        elif letter == "!":
            run.append("!")
        elif letter == "X":
            font = "3"
        elif letter == "C":
            run.append(" ")
        elif letter.upper() in _RAISE + _LOWER + "N":
            close()
            level = "^" if letter.upper() in _RAISE else "_" if letter.upper() in _LOWER else ""
    run.append(_letters(text[position:], font))
    close()
    return " ".join("".join(pieces).split())


def _letters(text: str, font: str) -> str:
    if font in _GREEK_FONTS:
        return "".join(_GREEK.get(letter, letter) for letter in text)
    if font == _SYMBOL_FONT:
        return "".join(_SYMBOLS.get(letter, letter) for letter in text)
    return text


def unit_markup(unit: str) -> str:
    """Turn a unit into markup: as `markup`, and powers written as ``cm^2`` or ``cm2`` are raised.

    Examples
    --------
    >>> unit_markup("#/(cm^2*s*str*MeV)")
    '#/(cm^{2} s str MeV)'
    >>> unit_markup("1/(cm2 Sr sec MeV/nucleon)")
    '1/(cm^{2} Sr sec MeV/nucleon)'
    >>> unit_markup("s!E-1!Ncm!E-2!N")
    's^{-1} cm^{-2}'
    >>> unit_markup("None")
    ''
    """
    if unit.strip().lower() in _NO_UNIT:
        return ""
    text = _BARE_POWER.sub(r"^{\1}", markup(unit))
    text = _UNIT_POWER.sub(r"\1^{\2}", text)
    text = _UNSPACED.sub("} ", text)
    return text.replace("**", " ").replace("*", " ")


_NO_UNIT = frozenset({"", "none", "na", "n/a", "unitless", "dimensionless", "-", "null"})
