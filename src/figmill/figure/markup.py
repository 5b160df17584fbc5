"""Markup of labels: literal text, but ``^{...}`` is raised and ``_{...}`` is lowered.

Nothing else has a meaning: no escape, no command, no nesting. So text from a file can be shown as
it is, whatever it holds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from figmill.figure.units import sized, typeset_unit

__all__ = ["Level", "Run", "has_scripts", "parse", "plain", "sized", "to_mathtext", "typeset_unit"]

Level = Literal["base", "super", "sub"]

_SCRIPT = re.compile(r"([\^_])\{([^{}]+)\}")
_LEVELS: dict[str, Level] = {"^": "super", "_": "sub"}
_MARKS: dict[Level, str] = {"super": "^", "sub": "_"}
# Characters that mathtext takes as they are, in a script; the rest goes through its \text.
_SPECIAL = re.compile(r"[$\\{}]")
_SAFE = re.compile(r"[\w.,+−-]+")


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text on one level."""

    text: str
    level: Level = "base"


def parse(text: str) -> tuple[Run, ...]:
    """Split a label into runs.

    Braces that close no script, and empty scripts, are literal.

    Examples
    --------
    >>> parse("cm^{2}")
    (Run(text='cm', level='base'), Run(text='2', level='super'))
    >>> parse("a^{b")
    (Run(text='a^{b', level='base'),)
    """
    runs = []
    end = 0
    for match in _SCRIPT.finditer(text):
        if match.start() > end:
            runs.append(Run(text[end : match.start()]))
        runs.append(Run(match[2], _LEVELS[match[1]]))
        end = match.end()
    if end < len(text):
        runs.append(Run(text[end:]))
    return tuple(runs)


def has_scripts(text: str) -> bool:
    """Whether a label has any raised or lowered part, and so needs mathtext."""
    return _SCRIPT.search(text) is not None


def to_mathtext(text: str) -> str:
    r"""Write a label for matplotlib's mathtext.

    A label without scripts is returned as it is: draw it with mathtext switched off
    (``parse_math=False``), since its dollar signs are not escaped. See `has_scripts`.

    Examples
    --------
    >>> print(to_mathtext("US$ m^{-2}"))
    US\$ m$^{\mathregular{-2}}$
    """
    if not has_scripts(text):
        return text
    parts = []
    for run in parse(text):
        literal = _SPECIAL.sub(r"\\\g<0>", run.text)
        if run.level != "base":
            safe = _SAFE.fullmatch(run.text) and "_" not in run.text
            inner = rf"\mathregular{{{run.text}}}" if safe else rf"\text{{{literal}}}"
            parts.append(f"${_MARKS[run.level]}{{{inner}}}$")
        elif "\\" in run.text:
            # Outside of mathematics a backslash could escape the dollar sign that follows it.
            parts.append(rf"$\text{{{literal}}}$")
        else:
            parts.append(run.text.replace("$", r"\$"))
    return "".join(parts)


def plain(text: str) -> str:
    """Write a label in one line of characters, for metadata and file names.

    Examples
    --------
    >>> plain("10^{−3} V_{g}")
    '10^-3 V_g'
    """
    return _SCRIPT.sub(r"\1\2", text).replace("\N{MINUS SIGN}", "-")
