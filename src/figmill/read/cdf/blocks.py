"""Reading some records of a CDF variable, block by block, with little memory."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from figmill.read.cdf.inflate import gunzip
from figmill.read.cdf.layout import InvalidCdfError, Layout


class Described(Protocol):
    """The part of a variable's description that reading it needs."""

    @property
    def name(self) -> str:
        """As the file spells it."""

    @property
    def kind(self) -> str:
        """A numpy type name."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The records first."""


class Blocks:
    """The blocks of a file's variables, as the walk over its layout found them.

    Parameters
    ----------
    path
        The file.
    layout
        What `check_layout` found.
    """

    def __init__(self, path: Path, layout: Layout) -> None:
        self._path = path
        self._layout = layout
        self._known: Mapping[str, Any] = {} if not layout.row_major else layout.blocks

    def read(self, variable: Described, first: int, stop: int) -> npt.NDArray[Any] | None:
        """Read records `first` to `stop` (exclusive); None where the layout does not allow it.

        Raises
        ------
        InvalidCdfError
            If a block does not unpack to what it was packed from.
        """
        blocks = self._known.get(variable.name)
        order = self._layout.byte_order
        total = variable.shape[0]
        first, stop, _ = slice(first, stop).indices(total)
        if not blocks or not order or first >= stop or not _complete(blocks, total):
            return None
        dtype = np.dtype(variable.kind).newbyteorder(">" if order == ">" else "<")
        per_record = prod(variable.shape[1:]) * dtype.itemsize
        wanted = [block for block in blocks if block[0] < stop and block[1] >= first]
        values = np.empty((stop - first, *variable.shape[1:]), np.dtype(variable.kind))
        rows = values.reshape(stop - first, -1)
        source = self._layout.unpacked
        with self._path.open("rb") as file:
            for begin, end, offset, size, packed in wanted:
                data: bytes | bytearray
                if source is None:
                    file.seek(offset)
                    data = file.read(size)
                else:
                    data = source[offset : offset + size]
                length = (end - begin + 1) * per_record
                content = self._unpacked(data, length, variable.name) if packed else data
                found = np.frombuffer(content, dtype, length // dtype.itemsize)
                low, high = max(begin, first), min(end + 1, stop)
                part = found.reshape(end - begin + 1, -1)[low - begin : high - begin]
                if packed and len(wanted) == 1 and dtype.isnative:
                    return part.reshape(stop - first, *variable.shape[1:])  # nothing to join
                rows[low - first : high - first] = part
        return values

    def _unpacked(self, data: bytes | bytearray, length: int, name: str) -> bytearray:
        content = gunzip(data, length)
        if content is None:
            raise self._damaged("its values do not unpack, or do not match their checksum", name)
        if len(content) < length:
            raise self._damaged(f"{len(content)} bytes of values where {length} are due", name)
        return content

    def _damaged(self, what: str, name: str) -> InvalidCdfError:
        return InvalidCdfError(
            f"The CDF file is damaged: {what}.",
            file=self._path,
            place=name,
            hint="Download or copy it again; if that does not help, tell its provider.",
        )


def _complete(blocks: Any, total: int) -> bool:
    """Whether blocks follow each other from the first record to the last."""
    following = 0
    for begin, end, *_ in blocks:
        if begin != following:
            return False
        following = end + 1
    return bool(following >= total)
