"""Guard in front of the CDF libraries: a file's skeleton must lie inside the file.

A CDF file is a web of records that point to each other by byte offset. The C++ reader trusts these
offsets; in a file that was cut short or hit by a bad disk they lead it out of the file and the
process dies. This walk follows every offset first, and costs about a millisecond.

What it holds: each record lies in the file and has the type that its predecessor says; no chain is
longer than its announced length; the values of each block fit into that block; no variable
announces more bytes than the file could hold even if compressed as well as deflate can.

On the way it notes the checksums of compressed values, because the C++ reader returns rubbish
silently where values do not unpack.

Source: CDF Internal Format Description, version 3.9, with the older layouts of versions 2.x.
"""

from __future__ import annotations

import mmap
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from isal import isal_zlib
from isal.igzip_lib import IsalError

from figmill.errors import InputError
from figmill.read.cdf.format import VERSION_2, VERSION_3, RecordFormat
from figmill.read.cdf.inflate import gunzip_behind

_CDR, _GDR, _RVDR, _ADR, _AGR_EDR, _VXR, _VVR, _ZVDR, _AZ_EDR = 1, 2, 3, 4, 5, 6, 7, 8, 9
_CCR, _CPR, _CVVR = 10, 11, 13
_RUNS_OF_ZEROS, _GZIP = 1, 5
_GZIP_TRAILER = 8  # checksum and length
_ZEROS = re.compile(rb"\0(.)", re.DOTALL)  # a zero, then how many more follow it
_UNCOMPRESSED, _COMPRESSED = 0x0000_FFFF, 0xCCCC_0001
_MAGIC_3, _MAGIC_26, _MAGIC_25 = 0xCDF3_0001, 0xCDF2_6002, 0x0000_FFFF

_TYPE_BYTES = {
    **{1: 1, 2: 2, 4: 4, 8: 8, 11: 1, 12: 2, 14: 4, 21: 4, 22: 8},
    **{31: 8, 32: 16, 33: 8, 41: 1, 44: 4, 45: 8, 51: 1, 52: 1},
}
_BEST_RATIO = 1100  # deflate packs at most 1032 bytes into one
_COMPRESSED_FLAG = 4
_ROW_FLAG = 1
_MOST_DIMENSIONS = 16
_MOST_LEVELS = 8
_MOST_ENTRIES = 1 << 20
_GLOBAL_SCOPES = (1, 3)
_SPARE_BYTES = 1 << 26  # what a small file may announce without stored records (pad values)


class InvalidCdfError(InputError):
    """The file is not a CDF file, or a damaged one."""


Buffer = bytes | bytearray | mmap.mmap

_LITTLE_ENDIAN = frozenset({4, 6, 13, 16})  # encodings with IEEE floats; others are not verified
_BIG_ENDIAN = frozenset({1, 2, 5, 7, 9, 11, 12})


@dataclass(frozen=True, slots=True)
class Layout:
    """What the walk found out.

    Attributes
    ----------
    unpacked
        What a file that is compressed as a whole unpacks to, as an ordinary CDF file, so that
        nobody need unpack it twice; None for other files.
    row_major
        Whether the last index runs fastest in the file.
    byte_order
        "<" or ">", or "" for encodings with floats of their own.
    checksums
        By variable, for each compressed block: its first and last record, and the CRC-32 of its
        bytes.
    blocks
        By variable, for each block of values: its first and last record, the offset and the number
        of its bytes, and whether they are packed. Only of variables all of whose values are stored
        plainly or packed by gzip.
    """

    unpacked: bytes | bytearray | None
    row_major: bool
    byte_order: str
    checksums: Mapping[str, Sequence[tuple[int, int, int]]]
    blocks: Mapping[str, Sequence[tuple[int, int, int, int, bool]]]

    def matches(self, name: str, values: npt.NDArray[Any], records: int) -> bool:
        """Whether values, as a library returned them, are those that were written.

        Parameters
        ----------
        name
            The variable.
        values
            Little-endian and in C order, the record first.
        records
            How many records they hold.
        """
        blocks = self.checksums.get(name)
        if not blocks or not self.byte_order or records == 0:
            return True
        if not self.row_major:
            values = values.transpose(0, *range(values.ndim - 1, 0, -1))
        if self.byte_order == ">":
            values = values.byteswap()
        lines = np.ascontiguousarray(values).reshape(records, -1).view(np.uint8)
        return all(
            isal_zlib.crc32(lines[first : last + 1].data) == checksum
            for first, last, checksum in blocks
            if last < records
        )


def check_layout(path: Path) -> Layout:
    """Follow every offset of a CDF file.

    Parameters
    ----------
    path
        A readable, non-empty file.

    Raises
    ------
    InvalidCdfError
        If the file is not a CDF, or its records do not lie in the file.
    """
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return _Walk(path, data).check()


def sniff(head: bytes) -> bool:
    """Whether a file begins as CDF files do."""
    if len(head) < 8:
        return False
    magic, packing = struct.unpack_from(">II", head, 0)
    return magic in (_MAGIC_3, _MAGIC_26, _MAGIC_25) and packing in (_COMPRESSED, _UNCOMPRESSED)


class _Walk:
    def __init__(self, path: Path, data: Buffer) -> None:
        self._path = path
        self._data = data
        self._size = len(data)
        self._form: RecordFormat = VERSION_3
        self._old = False  # before version 2.5 a variable's record has 128 more bytes
        self._encoding = 0
        self._row_major = True
        self._checksums: dict[str, list[tuple[int, int, int]]] = {}
        self._blocks: dict[str, list[tuple[int, int, int, int, bool]]] = {}

    def check(self) -> Layout:
        if self._size < 8:
            raise self._foreign()
        magic, packing = struct.unpack_from(">II", self._data, 0)
        if magic == _MAGIC_3:
            self._form = VERSION_3
        elif magic in (_MAGIC_26, _MAGIC_25):
            self._form = VERSION_2
        else:
            raise self._foreign()
        unpacked = None
        if packing == _COMPRESSED:
            unpacked = self._unpack(magic)
            if unpacked is None:
                return Layout(None, row_major=True, byte_order="", checksums={}, blocks={})
            self._data, self._size = unpacked, len(unpacked)
        elif packing != _UNCOMPRESSED:
            raise self._damaged("its second magic number is wrong")
        self._check_records()
        order = "<" if self._encoding in _LITTLE_ENDIAN else ""
        return Layout(
            unpacked=unpacked,
            row_major=self._row_major,
            byte_order=">" if self._encoding in _BIG_ENDIAN else order,
            checksums=self._checksums,
            blocks=self._blocks,
        )

    def _foreign(self) -> InvalidCdfError:
        start = bytes(self._data[:8])
        seen = "only zeros" if not start.strip(b"\0") else f"the bytes {start.hex(' ')}"
        what = "NetCDF or HDF5" if start[:4] in (b"\x89HDF", b"CDF\x01", b"CDF\x02") else None
        return InvalidCdfError(
            f"This is not a CDF file: it begins with {seen}.",
            file=self._path,
            hint=f"It looks like {what}, which is another format."
            if what
            else "Give NASA CDF files (version 2 or 3), or download it again.",
        )

    def _damaged(self, what: str, place: str | None = None) -> InvalidCdfError:
        return InvalidCdfError(
            f"The CDF file is damaged: {what}.",
            file=self._path,
            place=place,
            hint="Download or copy it again; if that does not help, tell its provider.",
        )

    def _unpack(self, magic: int) -> bytes | bytearray | None:
        """Unpack a file that is compressed as a whole; rare packings are left to the library."""
        size, _, cpr, full, _ = self._record(self._form.ccr, 8, _CCR)
        _, _, kind, *_ = self._record(self._form.cpr, cpr, _CPR)
        if not 0 < full <= _BEST_RATIO * size:
            raise self._damaged(f"it announces {full} bytes, packed into {size}")
        packed = bytes(self._data[8 + self._form.ccr.size : 8 + size])
        head = struct.pack(">II", magic, _UNCOMPRESSED)
        if kind == _GZIP and (whole := gunzip_behind(head, packed, full)) is not None:
            return whole
        try:
            if kind == _GZIP:  # it is damaged or unusual: this says in which way
                stream = isal_zlib.decompressobj(wbits=31)
                content = stream.decompress(packed, full)
                content += stream.decompress(stream.unconsumed_tail, 1)  # reads the checksum
                if not stream.eof:
                    raise self._damaged("what it packs does not end where it should")
            elif kind == _RUNS_OF_ZEROS:
                content = _ZEROS.sub(lambda run: bytes(run[1][0] + 1), packed)
            else:
                return None
        except IsalError as error:  # type: ignore[misc]  # its stub declares an instance
            raise self._damaged(f"it does not unpack ({error})") from error
        if len(content) != full:
            raise self._damaged(f"it unpacks to {len(content)} bytes where {full} were announced")
        return head + content

    def _record(self, form: struct.Struct, offset: int, kind: int) -> tuple[int, ...]:
        """Read one record of a known type that must lie in the file."""
        if not 8 <= offset <= self._size - form.size:
            raise self._short(offset)
        fields: tuple[int, ...] = form.unpack_from(self._data, offset)
        if fields[1] != kind:
            raise self._damaged(
                f"a record of type {kind} was expected at byte {offset}, found {fields[1]}"
            )
        if fields[0] < form.size or offset + fields[0] > self._size:
            raise self._short(offset + fields[0])
        return fields

    def _short(self, byte: int) -> InvalidCdfError:
        if byte > self._size:
            return self._damaged(
                f"it should reach byte {byte} but ends at {self._size}; it seems cut short"
            )
        return self._damaged(f"a pointer leads to byte {byte}, where no record can be")

    def _check_records(self) -> None:
        _, _, gdr, version, release, encoding, flags = self._record(self._form.cdr, 8, _CDR)
        self._old = (version, release) < (2, 5)
        self._encoding, self._row_major = encoding, bool(flags & _ROW_FLAG)
        fields = self._record(self._form.gdr, gdr, _GDR)
        r_head, z_head, adr_head, end = fields[2:6]
        r_count, attributes, _, dimensions, z_count = fields[6:11]
        if end > self._size:
            raise self._short(end)
        if not 0 <= dimensions <= _MOST_DIMENSIONS:
            raise self._damaged(f"it announces {dimensions} dimensions")
        sizes = self._integers(gdr + self._form.gdr.size, dimensions)
        for offset in self._chain(self._form.vdr, r_head, _RVDR, r_count):
            self._check_variable(offset, r_count, sizes)
        for offset in self._chain(self._form.vdr, z_head, _ZVDR, z_count):
            self._check_variable(offset, z_count, None)
        for offset in self._chain(self._form.adr, adr_head, _ADR, attributes):
            self._check_attribute(offset, r_count, z_count)

    def _integers(self, offset: int, count: int) -> tuple[int, ...]:
        if offset < 0 or offset + 4 * count > self._size:
            raise self._short(offset + 4 * count)
        return struct.unpack_from(f">{count}i", self._data, offset)

    def _chain(self, form: struct.Struct, head: int, kind: int, count: int) -> Iterator[int]:
        """Yield the offsets of a linked list of records whose length is known."""
        offset = head
        for _ in range(count):
            following = self._record(form, offset, kind)[2]
            yield offset
            offset = following
        if offset not in (0, -1):  # the C++ reader goes on until a link is zero
            raise self._damaged(f"a list of {count} records goes on at byte {offset}")

    def _check_variable(self, offset: int, total: int, shared: tuple[int, ...] | None) -> None:
        fields = self._form.vdr.unpack_from(self._data, offset)
        kind, last, vxr, flags, sparse = fields[3], fields[4], fields[5], fields[7], fields[8]
        tail = offset + self._form.vdr.size + (128 if self._old else 0)
        if tail + self._form.vdr_tail.size + self._form.name + 4 > self._size:
            raise self._short(tail + self._form.name)
        elements, number, cpr, _ = self._form.vdr_tail.unpack_from(self._data, tail)
        gzip = False
        if flags & _COMPRESSED_FLAG:
            gzip = self._record(self._form.cpr, cpr, _CPR)[2] == _GZIP
        after = tail + self._form.vdr_tail.size
        name = bytes(self._data[after : after + self._form.name]).rstrip(b"\0 ")
        place = name.decode("latin-1")
        after += self._form.name
        sizes = shared
        if sizes is None:
            (count,) = self._integers(after, 1)
            if not 0 <= count <= _MOST_DIMENSIONS:
                raise self._damaged(f"{count} dimensions", place)
            sizes = self._integers(after + 4, count)
            after += 4 + 4 * count
        varies = self._integers(after, len(sizes))
        stored = [size for size, vary in zip(sizes, varies, strict=True) if vary]
        if (
            kind not in _TYPE_BYTES
            or elements < 1
            or last < -1
            or not 0 <= number < total
            or any(size < 1 for size in stored)
        ):
            raise self._damaged("its description makes no sense", place)
        record = prod(stored) * elements * _TYPE_BYTES[kind]
        budget = _BEST_RATIO * self._size + (_SPARE_BYTES if sparse or not vxr else 0)
        if (last + 1) * record > budget:
            raise self._damaged(f"it announces {(last + 1) * record} bytes", place)
        if last >= 0 and vxr:
            if not sparse:
                if gzip:
                    self._checksums[place] = []
                if gzip or not flags & _COMPRESSED_FLAG:
                    self._blocks[place] = []
            self._check_blocks(vxr, record, place, 0)

    def _check_blocks(self, offset: int, record: int, place: str, level: int) -> None:
        if level > _MOST_LEVELS:
            raise self._damaged("its index refers to itself", place)
        seen = 0
        while offset:
            size, _, following, room, used = self._record(self._form.vxr, offset, _VXR)
            table = offset + self._form.vxr.size
            if not 0 <= used <= room or room * (8 + self._form.word) > size:
                raise self._damaged("its index is broken", place)
            seen += size
            if seen > self._size:
                raise self._damaged("its index refers to itself", place)
            words = np.dtype(f">i{self._form.word}")
            first = np.frombuffer(self._data, ">i4", used, table).astype(np.int64)
            final = np.frombuffer(self._data, ">i4", used, table + 4 * room).astype(np.int64)
            where = np.frombuffer(self._data, words, used, table + 8 * room).astype(np.int64)
            if np.any(first < 0) or np.any(final < first) or np.any(first[1:] <= final[:-1]):
                raise self._damaged("its index is out of order", place)
            spans = zip(first.tolist(), final.tolist(), where.tolist(), strict=True)
            for begin, end, block in spans:
                self._check_block(block, (begin, end), record, place, level)
            offset = following

    def _check_block(
        self, offset: int, span: tuple[int, int], record: int, place: str, level: int
    ) -> None:
        head = self._form.head
        needed = (span[1] - span[0] + 1) * record
        if not 8 <= offset <= self._size - head.size:
            raise self._short(offset)
        size, kind = head.unpack_from(self._data, offset)
        if size < head.size or offset + size > self._size:
            raise self._short(offset + size)
        if kind == _VXR:
            self._check_blocks(offset, record, place, level + 1)
        elif kind == _VVR:
            if needed > size - head.size:
                raise self._damaged(f"{needed} bytes of values in a block of {size}", place)
            if place in self._blocks:
                self._blocks[place].append((*span, offset + head.size, needed, False))
        elif kind == _CVVR:
            packed = self._record(self._form.cvvr, offset, _CVVR)[3]
            if not 0 <= packed <= size - self._form.cvvr.size or needed > _BEST_RATIO * size:
                raise self._damaged(f"{needed} bytes of values in a block of {size}", place)
            if place in self._checksums and packed >= _GZIP_TRAILER:
                end = offset + self._form.cvvr.size + packed
                (checksum,) = struct.unpack_from("<I", self._data, end - _GZIP_TRAILER)
                self._checksums[place].append((*span, checksum))
                self._blocks[place].append((*span, end - packed, packed, True))
        else:
            raise self._damaged(f"a block of values has the type {kind}", place)

    def _check_attribute(self, offset: int, r_total: int, z_total: int) -> None:
        fields = self._form.adr.unpack_from(self._data, offset)
        scope = fields[4]
        # The entries of a global attribute are numbered freely; others by their variable.
        r_total = _MOST_ENTRIES if scope in _GLOBAL_SCOPES else r_total
        for head, kind, count, total in (
            (fields[3], _AGR_EDR, fields[6], r_total),
            (fields[9], _AZ_EDR, fields[10], z_total),
        ):
            for entry in self._chain(self._form.aedr, head, kind, count):
                size, _, _, _, code, number, elements, *_ = self._form.aedr.unpack_from(
                    self._data, entry
                )
                if not 0 <= number < total:
                    raise self._damaged(f"an attribute belongs to variable {number} of {total}")
                needed = elements * _TYPE_BYTES.get(code, 0)
                if elements < 0 or not needed or needed > size - self._form.aedr.size:
                    raise self._damaged(f"an attribute of {needed} bytes in a record of {size}")
