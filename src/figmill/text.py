"""Text from files and people, for terminals and logs, where it must not steer anything."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping


def printable(text: str) -> str:
    r"""Show text from files without letting it steer the terminal; its lines stay lines.

    Parameters
    ----------
    text
        Any text, of a file too.

    Returns
    -------
    str
        Control characters stand in it as escapes.

    Examples
    --------
    >>> printable("orbit\x1b[31m 1")
    'orbit\\x1b[31m 1'
    """
    return "\n".join(map(one_line, text.split("\n")))


def one_line(text: str) -> str:
    r"""Show a name, or whatever else belongs into one line, without letting it leave that line.

    Parameters
    ----------
    text
        Any text, of a file too.

    Returns
    -------
    str
        Printable, without breaks of lines.

    Examples
    --------
    >>> one_line("a\nb")
    'a\\nb'
    """
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def as_json_line(value: Mapping[str, object]) -> str:
    """One line of JSON, plain ASCII, whatever the values are.

    Parameters
    ----------
    value
        Of any values; what JSON has no word for becomes text, and what is not finite null.

    Returns
    -------
    str
        Without a line's end.

    Examples
    --------
    >>> as_json_line({"n": 3, "mean": float("nan")})
    '{"n": 3, "mean": null}'
    """
    try:
        return json.dumps(value, default=str, ensure_ascii=True, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value), default=str, ensure_ascii=True)


def _finite(value: object) -> object:
    match value:
        case float():
            return value if math.isfinite(value) else None
        case Mapping():
            return {key: _finite(each) for key, each in value.items()}
        case list() | tuple():
            return [_finite(each) for each in value]
        case _:
            return value


def plain_text(text: str) -> str:
    r"""Give text that can be stored as UTF-8, with escapes for what is not Unicode.

    Examples
    --------
    >>> plain_text("a\udcff")
    'a\\udcff'
    """
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def shortened(text: str, most: int) -> str:
    """Cut a text to so many characters, and say that.

    Examples
    --------
    >>> shortened("0123456789" * 100, 50)
    '012345678901234567890123456 ... (1,000 characters)'
    """
    if len(text) <= most:
        return text
    told = f" ... ({len(text):,} characters)"
    return text[: max(0, most - len(told))] + told


def duration(seconds: float) -> str:
    """A time span for people.

    Examples
    --------
    >>> duration(0.25), duration(75), duration(7322)
    ('0.2 s', '1 min 15 s', '2 h 02 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"
