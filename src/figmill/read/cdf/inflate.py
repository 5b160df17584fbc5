"""Unpacking gzip once, into the buffer that is kept."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Any

import deflate
from isal import isal_zlib
from isal.igzip_lib import IsalError

_PLAIN_HEADER = b"\x1f\x8b\x08\x00"  # gzip, deflate, no further fields
_HEADER = 10
_TRAILER = 8  # checksum and length
_BEST_RATIO = 1032  # deflate packs at most so many bytes into one

# A block of deflate that is not packed and not the last one: its length, and the same inverted.
_STORED = struct.Struct("<BHH")


class DamagedStreamError(ValueError):
    """What is packed ends early, goes on too long, or does not match its checksum."""


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


def gunzip_pieces(packed: Iterable[bytes | bytearray], length: int, step: int) -> Iterator[bytes]:
    """Unpack one gzip member piece by piece, for content that memory should not hold as a whole.

    Parameters
    ----------
    packed
        The member, in chunks of any size.
    length
        Bytes of its content.
    step
        Bytes in a piece; the last one may have fewer.

    Raises
    ------
    DamagedStreamError
        If the content is shorter or longer, or does not match its checksum; that is known only
        behind the last piece.

    Examples
    --------
    >>> import gzip
    >>> list(gunzip_pieces([gzip.compress(b"abcde")], 5, 2))
    [b'ab', b'cd', b'e']
    """
    chunks = iter(packed)
    stream = isal_zlib.decompressobj(wbits=31)

    def more(most: int) -> bytes:
        source = stream.unconsumed_tail or next(chunks, b"")
        try:
            piece = stream.decompress(source, most)
        except (EOFError, IsalError) as error:  # type: ignore[misc]  # the stub has an instance
            raise DamagedStreamError(str(error)) from error
        if not piece and not source and not stream.eof:
            raise DamagedStreamError("it ends too early")
        return piece

    for begin in range(0, length, step):
        due = min(step, length - begin)
        piece = more(due)
        while len(piece) < due:
            if stream.eof:
                raise DamagedStreamError("it ends too early")
            piece += more(due - len(piece))
        if begin + due == length:  # the checksum stands behind the last byte
            while not stream.eof:
                if more(1):
                    raise DamagedStreamError("it holds more than it should")
        yield piece


def crc32(data: Any) -> int:
    """The checksum of gzip."""
    found: int = deflate.crc32(data)
    return found
