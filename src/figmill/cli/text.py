"""Plain text for terminals and files."""

from __future__ import annotations

import json
import math
import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence

# A column before the last is no wider; what is longer pushes the rest of its own row alone.
_WIDEST = 60


def printable(text: str) -> str:
    r"""Show text from files without letting it steer the terminal; its lines stay lines.

    Examples
    --------
    >>> printable("orbit\x1b[31m 1")
    'orbit\\x1b[31m 1'
    """
    return "\n".join(map(one_line, text.split("\n")))


def one_line(text: str) -> str:
    r"""Show a name, or whatever else belongs into one line, without letting it leave that line.

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


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    Examples
    --------
    >>> counted(1, "item"), counted(2, "item")
    ('1 item', '2 items')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


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


def amount(size: float) -> str:
    """An amount of memory or disk for people.

    Examples
    --------
    >>> amount(512), amount(3_400_000_000)
    ('512 B', '3.4 GB')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns of text; on a terminal the last one is wrapped to its width.

    A cell that is far longer than others can be does not widen its column: its own row alone
    is out of line.

    Examples
    --------
    >>> print(table(("item", "why"), [("a", "x"), ("long", "y")]))
    item  why
    a     x
    long  y
    """
    cells = [[one_line(cell) for cell in row] for row in (head, *rows)]
    widths = [
        max((len(row[place]) for row in cells if len(row[place]) <= _WIDEST), default=0)
        for place in range(len(head) - 1)
    ]
    indent = sum(widths) + 2 * len(widths)
    lines = []
    for row in cells:
        start = "".join(f"{cell.ljust(width)}  " for cell, width in zip(row, widths, strict=False))
        lines.extend(_wrapped(start, row[-1], indent))
    return "\n".join(lines)


def _wrapped(start: str, text: str, indent: int) -> list[str]:
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    if width - indent < 20 or len(start) + len(text) <= width:
        return [(start + text).rstrip()]
    lines = textwrap.wrap(text, width - indent)
    if len(start) > indent:  # no room beside a long cell: below it
        return [start.rstrip(), *(" " * indent + line for line in lines)]
    return [start + lines[0], *(" " * indent + line for line in lines[1:])]
