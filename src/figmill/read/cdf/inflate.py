"""Unpacking gzip once, into the buffer that is kept."""

from __future__ import annotations

import struct
from typing import Any

import deflate

_PLAIN_HEADER = b"\x1f\x8b\x08\x00"  # gzip, deflate, no further fields
_HEADER = 10
_TRAILER = 8  # checksum and length
_BEST_RATIO = 1032  # deflate packs at most so many bytes into one

# A block of deflate that is not packed and not the last one: its length, and the same inverted.
_STORED = struct.Struct("<BHH")


def gunzip(packed: bytes | bytearray, length: int) -> bytearray | None:
    """Unpack one gzip member that should hold so many bytes.

    Parameters
    ----------
    packed
        Ends with the member.
    length
        Bytes that are looked for.

    Returns
    -------
    bytearray or None
        Verified against the checksum, and of any length that the member says it has; None where it
        is damaged.
    """
    if len(packed) < _HEADER + _TRAILER:
        return None
    (told,) = struct.unpack("<I", packed[-4:])
    if told > _BEST_RATIO * len(packed):  # the library would take so much memory at once
        told = length
    try:
        content: bytearray = deflate.gzip_decompress(packed, max(told, length))
    except deflate.DeflateError:
        return None
    return content


def gunzip_behind(head: bytes, packed: bytes, length: int) -> bytearray | None:
    """Unpack one gzip member of a known length behind a few other bytes, without a copy.

    Parameters
    ----------
    head
        Fewer than 65,536 bytes. They go through deflate as a block that is not packed, so that
        they and the content come out as one buffer.
    packed
        Ends with the member.
    length
        Of what it unpacks to.

    Returns
    -------
    bytearray or None
        None where the member is damaged, has another length or is not of the plainest kind: who
        asks looks closer then.

    Examples
    --------
    >>> import gzip
    >>> gunzip_behind(b"ab", gzip.compress(b"cde"), 3)
    bytearray(b'abcde')
    """
    if not packed.startswith(_PLAIN_HEADER) or len(packed) < _HEADER + _TRAILER:
        return None
    stored = _STORED.pack(0, len(head), len(head) ^ 0xFFFF)
    stream = b"".join((stored, head, memoryview(packed)[_HEADER:-_TRAILER]))
    try:
        whole: bytearray = deflate.deflate_decompress(stream, len(head) + length)
    except deflate.DeflateError:
        return None
    content = memoryview(whole)[len(head) :]
    checksum, size = struct.unpack("<II", packed[-_TRAILER:])
    if len(content) != length or size != length & 0xFFFFFFFF or crc32(content) != checksum:
        return None
    return whole


def crc32(data: Any) -> int:
    """The checksum of gzip."""
    found: int = deflate.crc32(data)
    return found
