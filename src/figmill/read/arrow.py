"""Map the columns of an Arrow file into memory, so that processes share one copy of them.

Of the Arrow IPC file format (version 5, https://arrow.apache.org/docs/format/Columnar.html) this
knows what figmill itself writes: one uncompressed record batch of float64 columns without nulls.
Neither polars nor a copy of the data is involved: the arrays are pages of the file.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from figmill.errors import InputError
from figmill.read.filecheck import check_regular

if TYPE_CHECKING:
    import polars as pl

_MAGIC = b"ARROW1"
_FLOATING_POINT, _DOUBLE = 3, 2
_RECORD_BATCH = 3


def arrow_bytes(frame: pl.DataFrame) -> bytes:
    """The float64 columns of a frame as an Arrow file that `map_columns` can map.

    Columns with nulls, or with nothing but NaN, are left out.
    """
    kept = [
        series.name
        for series in frame.get_columns()
        if series.dtype.is_float()
        and not series.null_count()
        and not np.isnan(series.to_numpy()).all()
    ]
    buffer = io.BytesIO()
    one_batch = max(1, frame.height)
    frame.select(kept).rechunk().write_ipc(
        buffer, compression="uncompressed", record_batch_size=one_batch
    )
    return buffer.getvalue()


def map_columns(path: str | Path) -> dict[str, NDArray[np.float64]]:
    """Map all columns of an Arrow file.

    Returns
    -------
    dict
        Read-only arrays of shape (rows,) by column. They hold the file open.

    Raises
    ------
    figmill.errors.InputError
        It is not an Arrow file, or holds more than `arrow_bytes` writes: batches, other types,
        nulls, compression.
    """
    path = Path(path)
    try:
        check_regular(path)
        data = np.memmap(path, dtype=np.uint8, mode="r")
        return _columns(data, path)
    except (OSError, ValueError, struct.error, IndexError) as error:
        raise InputError(
            f"The file is not an Arrow file that can be mapped: {error}.",
            file=path,
            hint="Remove it: the Parquet file beside it holds the same.",
        ) from error


def _columns(data: NDArray[np.uint8], path: Path) -> dict[str, NDArray[np.float64]]:
    tail = bytes(data[-10:])
    if bytes(data[:6]) != _MAGIC or tail[4:] != _MAGIC:
        raise ValueError("it does not start and end with ARROW1")
    length = struct.unpack("<i", tail[:4])[0]
    footer = _Table.root(bytes(data[-10 - length : -10]))
    schema = footer.table(1)
    names = [_name(field) for field in schema.tables(1)]
    blocks = footer.structs(3, "<qi4xq")
    if footer.structs(2, "<qi4xq") or len(blocks) != 1:
        raise ValueError(f"it holds {len(blocks)} record batches")
    offset, metadata, body = blocks[0]
    message = _Table.root(bytes(data[offset + 8 : offset + metadata]))
    if message.byte(1) != _RECORD_BATCH:
        raise ValueError("its batch is none")
    batch = message.table(2)
    if batch.has(3):
        raise ValueError("it is compressed")
    rows = batch.long(0)
    nodes, buffers = batch.structs(1, "<qq"), batch.structs(2, "<qq")
    if len(nodes) != len(names) or len(buffers) != 2 * len(names):
        raise ValueError("its columns are not plain numbers")
    if any(node != (rows, 0) for node in nodes):
        raise ValueError("it holds nulls")
    start = offset + metadata
    result = {}
    for name, (at, size) in zip(names, buffers[1::2], strict=True):
        if (
            rows < 0
            or size < 8 * rows
            or at < 0
            or at + 8 * rows > body
            or start + body > data.size
        ):
            raise ValueError(f"column {name!r} is cut short")
        result[name] = np.asarray(data[start + at : start + at + 8 * rows]).view("<f8")
    return result


def _name(field: _Table) -> str:
    if field.byte(2) != _FLOATING_POINT or field.table(3).short(0) != _DOUBLE or field.tables(5):
        raise ValueError("it holds other types than float64")
    return field.text(0)


@dataclass(frozen=True, slots=True)
class _Table:
    """A table in a flatbuffer: fields by their number, each at an offset from a vtable."""

    buffer: bytes
    at: int

    @classmethod
    def root(cls, buffer: bytes) -> _Table:
        return cls(buffer, struct.unpack_from("<I", buffer)[0])

    def _field(self, number: int) -> int:
        vtable = self.at - struct.unpack_from("<i", self.buffer, self.at)[0]
        if 4 + 2 * number >= struct.unpack_from("<H", self.buffer, vtable)[0]:
            return 0
        offset: int = struct.unpack_from("<H", self.buffer, vtable + 4 + 2 * number)[0]
        return self.at + offset if offset else 0

    def has(self, number: int) -> bool:
        return bool(self._field(number))

    def _plain(self, number: int, kind: str) -> int:
        place = self._field(number)
        value: int = struct.unpack_from(kind, self.buffer, place)[0] if place else 0
        return value

    def byte(self, number: int) -> int:
        return self._plain(number, "<B")

    def short(self, number: int) -> int:
        return self._plain(number, "<h")

    def long(self, number: int) -> int:
        return self._plain(number, "<q")

    def _target(self, number: int) -> int:
        place = self._field(number)
        if not place:
            return 0
        target: int = place + struct.unpack_from("<I", self.buffer, place)[0]
        return target

    def table(self, number: int) -> _Table:
        target = self._target(number)
        if not target:
            raise ValueError("a part of its description is missing")
        return _Table(self.buffer, target)

    def text(self, number: int) -> str:
        target = self._target(number)
        size = struct.unpack_from("<I", self.buffer, target)[0] if target else 0
        return self.buffer[target + 4 : target + 4 + size].decode()

    def tables(self, number: int) -> list[_Table]:
        target = self._target(number)
        count = struct.unpack_from("<I", self.buffer, target)[0] if target else 0
        places = [target + 4 + 4 * index for index in range(min(count, len(self.buffer)))]
        return [
            _Table(self.buffer, place + struct.unpack_from("<I", self.buffer, place)[0])
            for place in places
        ]

    def structs(self, number: int, kind: str) -> list[tuple[int, ...]]:
        target = self._target(number)
        count = struct.unpack_from("<I", self.buffer, target)[0] if target else 0
        size = struct.calcsize(kind)
        return [
            struct.unpack_from(kind, self.buffer, target + 4 + size * index)
            for index in range(min(count, len(self.buffer)))
        ]
