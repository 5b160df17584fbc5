"""Tables in which each spectrum is a row: x stands in the first row, names in the first column."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from figmill.errors import InputError
from figmill.read.text_notation import decode
from figmill.spectra.read.units import x_of

_FEWEST = 20
"""Numbers in the first row; a table of samples and their properties has fewer columns."""

_MOST_ROWS = 10_000
_DELIMITERS = ("\t", ";", ",")
_PLAIN = re.compile(r"[-+]?(\d+[.,]?\d*|[.,]\d+)([eE][-+]?\d+)?")


def sniff(head: bytes) -> float:
    """How sure it is that a text's first row is an axis.

    It is one where everything behind its first cell is a number, and the numbers run one way. The
    head may end in the middle of that row.
    """
    try:
        text, _ = decode(head[: len(head) // 4 * 4])
    except InputError:
        return 0.0
    line, ended, _ = text.lstrip("\r\n").partition("\n")
    found = _axis(line if ended else line.rpartition(_delimiter(line))[0])
    return 0.6 if found is not None else 0.0


def upright(path: Path, data: bytes) -> bytes:
    """The same table with its spectra in columns, as text.

    Parameters
    ----------
    path
        The file, for messages.
    data
        Its bytes.

    Raises
    ------
    figmill.errors.InputError
        Its rows differ in length, or there are too many.
    """
    text, _ = decode(data)
    lines = [line.rstrip("\r") for line in text.split("\n") if line.strip()]
    delimiter = _delimiter(lines[0])
    rows = [[cell.strip().strip('"') for cell in line.split(delimiter)] for line in lines]
    width = len(rows[0])
    if len(rows) < 2 or len(rows) > _MOST_ROWS:
        raise InputError(
            f"its first row is an axis of {width - 1} values, with {len(rows) - 1} rows below it.",
            file=path,
            hint=f"A table of spectra in rows has 1 to {_MOST_ROWS:,} of them.",
        )
    for number, row in enumerate(rows, 1):
        if len(row) != width:
            raise InputError(
                f"this row has {len(row)} cells, the first has {width}.",
                file=path,
                place=f"row {number}",
                hint="Each row is a spectrum: its name, then a value for each x of the first row.",
            )
    corner = rows[0][0]
    # The corner often names the first column, such as "sample".
    rows[0][0] = corner if x_of(corner)[2] else "x"
    quoted = ([f'"{row[0].replace(delimiter, " ")}"', *row[1:]] for row in rows)
    return "\n".join(delimiter.join(column) for column in zip(*quoted, strict=True)).encode()


def _delimiter(line: str) -> str:
    return max(_DELIMITERS, key=line.count)


def _axis(line: str) -> NDArray[np.float64] | None:
    cells = line.rstrip("\r").split(_delimiter(line))[1:]
    if len(cells) < _FEWEST or not all(_PLAIN.fullmatch(cell.strip().strip('"')) for cell in cells):
        return None
    values = np.array([float(cell.strip().strip('"').replace(",", ".")) for cell in cells])
    step = np.diff(values)
    return values if (step > 0).all() or (step < 0).all() else None
