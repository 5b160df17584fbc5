"""Plain text for terminals and files."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Sequence

from figmill.text import as_json_line, duration, one_line, printable

__all__ = [
    "amount",
    "as_json_line",
    "counted",
    "duration",
    "one_line",
    "printable",
    "table",
]

# A column before the last is no wider; what is longer pushes the rest of its own row alone.
_WIDEST = 60


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    Examples
    --------
    >>> counted(1, "item"), counted(2, "item")
    ('1 item', '2 items')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


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

    Parameters
    ----------
    head
        The titles of the columns.
    rows
        One text a column.

    Returns
    -------
    str
        Lines, without an end of line after the last.

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
