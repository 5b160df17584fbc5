"""Reading some records of a CDF variable, block by block, with little memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from figmill.read.cdf.inflate import DamagedStreamError, gunzip, gunzip_pieces
from figmill.read.cdf.layout import InvalidCdfError, Layout

_WHOLE = 1 << 26
"""A packed block up to so many bytes is unpacked at once, which is faster."""
_PACKED = 1 << 18
_KEPT = 1 << 22
"""Blocks up to so many bytes are kept unpacked, one for each variable."""
_ISIZE = 4  # the last bytes of gzip: how long its content is


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


class _Form(NamedTuple):
    """How the values of a variable lie in its blocks."""

    blocks: Any
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    bytes_per_record: int


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
        self._last: dict[str, tuple[bytes | bytearray, bytearray]] = {}

    def read(self, variable: Described, first: int, stop: int) -> npt.NDArray[Any] | None:
        """Read records `first` to `stop` (exclusive); None where the layout does not allow it.

        Raises
        ------
        InvalidCdfError
            If a block does not unpack to what it was packed from.
        """
        form = self._form(variable)
        first, stop, _ = slice(first, stop).indices(variable.shape[0])
        if form is None or first >= stop:
            return None
        wanted = [block for block in form.blocks if block[0] < stop and block[1] >= first]
        if len(wanted) == 1 and form.dtype.isnative:
            with self._path.open("rb") as file:  # nothing to join
                return self._part(file, variable.name, form, wanted[0], first, stop)
        values = np.empty((stop - first, *form.shape), np.dtype(variable.kind))
        with self._path.open("rb") as file:
            for block in wanted:
                low, high = max(block[0], first), min(block[1] + 1, stop)
                part = self._part(file, variable.name, form, block, low, high)
                values[low - first : high - first] = part
        return values

    def pieces(
        self, variable: Described, most: int
    ) -> Iterator[tuple[int, npt.NDArray[Any]]] | None:
        """Hand out all records in order, each block read and unpacked once.

        Parameters
        ----------
        variable
            Of numbers.
        most
            Bytes in a piece; but a record at least.

        Returns
        -------
        iterator or None
            The number of each piece's first record, and its records, in the file's byte order.
            The iterator raises InvalidCdfError where a block does not unpack. None where the
            layout does not allow it.
        """
        form = self._form(variable)
        if form is None:
            return None
        with self._path.open("rb") as file:
            for begin, end, offset, size, packed in form.blocks:
                length = size
                if packed:
                    tail = self._bytes(file, offset + max(0, size - _ISIZE), _ISIZE)
                    length = int.from_bytes(tail, "little")
                due = (end - begin + 1) * form.bytes_per_record
                if length != (due & 0xFFFFFFFF if packed else due):
                    return None
        step = max(1, most // max(1, form.bytes_per_record))
        return _joined(self._pieces(variable.name, form, step), step)

    def _pieces(self, name: str, form: _Form, step: int) -> Iterator[tuple[int, npt.NDArray[Any]]]:
        with self._path.open("rb") as file:
            for block in form.blocks:
                begin, end, offset, size, packed = block
                length = (end - begin + 1) * form.bytes_per_record
                firsts = range(begin, end + 1, step)
                if packed and length > _WHOLE:
                    chunks = (
                        self._bytes(file, offset + place, min(_PACKED, size - place))
                        for place in range(0, size, _PACKED)
                    )
                    contents = gunzip_pieces(chunks, length, step * form.bytes_per_record)
                    try:
                        for first, content in zip(firsts, contents, strict=True):
                            found = np.frombuffer(content, form.dtype)
                            yield first, found.reshape(-1, *form.shape)
                    except DamagedStreamError as error:
                        raise self._damaged(f"its values do not unpack ({error})", name) from error
                    continue
                whole = self._part(file, name, form, block, begin, end + 1) if packed else None
                for first in firsts:
                    stop = min(first + step, end + 1)
                    if whole is not None:
                        yield first, whole[first - begin : stop - begin]
                    else:
                        yield first, self._part(file, name, form, block, first, stop)

    def _form(self, variable: Described) -> _Form | None:
        blocks, order = self._known.get(variable.name), self._layout.byte_order
        if not blocks or not order or not _complete(blocks, variable.shape[0]):
            return None
        dtype = np.dtype(variable.kind).newbyteorder(">" if order == ">" else "<")
        shape = variable.shape[1:]
        return _Form(blocks, dtype, shape, prod(shape) * dtype.itemsize)

    def _part(
        self, file: BinaryIO, name: str, form: _Form, block: Any, first: int, stop: int
    ) -> npt.NDArray[Any]:
        """Some records of one block."""
        begin, end, offset, size, packed = block
        each = form.bytes_per_record
        content: bytes | bytearray
        if packed:
            length = (end - begin + 1) * each
            content = self._unpacked(self._bytes(file, offset, size), length, name)
            start = (first - begin) * each
        else:
            content = self._bytes(file, offset + (first - begin) * each, (stop - first) * each)
            start = 0
        count = (stop - first) * each // form.dtype.itemsize
        found = np.frombuffer(content, form.dtype, count, start)
        return found.reshape(stop - first, *form.shape)

    def _bytes(self, file: BinaryIO, offset: int, size: int) -> bytes | bytearray:
        if self._layout.unpacked is not None:
            return self._layout.unpacked[offset : offset + size]
        file.seek(offset)
        return file.read(size)

    def _unpacked(self, data: bytes | bytearray, length: int, name: str) -> bytearray:
        """What a block packs; the one before is kept, for blocks that are asked for in parts.

        Tables that records repeat make blocks that are equal as they are packed.
        """
        if name in self._last and self._last[name][0] == data:
            return self._last[name][1]
        content = gunzip(data, length)
        if content is None:
            raise self._damaged("its values do not unpack, or do not match their checksum", name)
        if len(content) < length:
            raise self._damaged(f"{len(content)} bytes of values where {length} are due", name)
        if len(content) <= _KEPT:
            self._last[name] = data, content
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


def _joined(
    pieces: Iterator[tuple[int, npt.NDArray[Any]]], step: int
) -> Iterator[tuple[int, npt.NDArray[Any]]]:
    """Join pieces of fewer records than half a step: blocks may be as small as a record."""
    start = count = 0
    held: list[npt.NDArray[Any]] = []
    for first, piece in pieces:
        if not held:
            start = first
        held.append(piece)
        count += len(piece)
        if count >= step // 2:
            yield start, held[0] if len(held) == 1 else np.concatenate(held)
            held, count = [], 0
    if held:
        yield start, np.concatenate(held)
