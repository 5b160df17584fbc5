"""PNG files: the standard's chunks around what ISA-L deflates."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray
from zlib_ng import zlib_ng

from figmill.errors import PlottingError

_SIGNATURE = b"\x89PNG\r\n\x1a\n"

# Level 1 of ISA-L on unfiltered rows takes 5 ms for 2800 x 2000 pixels; level 3 takes 19 ms to
# save 15 %. Rows of a spectrogram repeat, so filters gain nothing.
_LEVEL = 1

# Level of zlib-ng where bytes count more than time.
_SMALL = 6

# A zlib stream (RFC 1950) says that it is deflated with a window of 32 KiB, fast, and ends with a
# checksum. ISA-L takes longer for that checksum than for all else; zlib-ng takes a fifth of it.
_ZLIB, _RAW = b"\x78\x01", -15

# ISA-L looks for repetitions of a stream's third byte under the address of its own state, so that
# now and then the same pixels would make other bytes. So few bytes that they are a block of their
# own take another path, which also begins the history of all that follows.
_FIRST = 16


def blank(width: int, height: int, channels: int = 3) -> NDArray[np.uint8]:
    """An uninitialised picture whose rows already carry PNG's filter byte (0, none).

    Returns
    -------
    ndarray of uint8, shape (height, 1 + width * channels)
        `pixels_of` gives the picture inside it, without a copy.
    """
    raw = np.empty((height, 1 + width * channels), np.uint8)
    raw[:, 0] = 0
    return raw


def pixels_of(raw: NDArray[np.uint8], channels: int = 3) -> NDArray[np.uint8]:
    """The (height, width, channels) view of what `blank` made."""
    height, row = raw.shape
    view = raw[:, 1:].reshape(height, (row - 1) // channels, channels)
    assert np.shares_memory(view, raw)  # a copy would never reach the file
    return view


def encode(
    raw: NDArray[np.uint8], *, dpi: float, text: Mapping[str, str], small: bool = False
) -> bytes:
    """A true-colour PNG.

    Parameters
    ----------
    raw
        Shape (height, 1 + 3 * width), as `blank` makes it.
    dpi
        Written as pixels per metre.
    text
        Provenance, written as tEXt (Latin-1) or iTXt (anything else), in the order given.
    small
        Whether fewer bytes are worth the time.
    """
    height, row = raw.shape
    header = struct.pack(">IIBBBBB", (row - 1) // 3, height, 8, 2, 0, 0, 0)
    return _file(header, b"", raw, dpi, text, small)


def encode_palette(
    indices: NDArray[np.uint8],
    palette: NDArray[np.uint8],
    *,
    dpi: float,
    text: Mapping[str, str],
    small: bool = False,
) -> bytes:
    """A palette PNG: one byte a pixel.

    Parameters
    ----------
    indices
        Shape (height, 1 + width), the first column 0 (no filter).
    palette
        Shape (n, 3), n at most 256.
    dpi, text, small
        As for `encode`.
    """
    if len(palette) > 256:
        raise PlottingError(f"A PNG palette of {len(palette)} colours.", hint="At most 256 fit.")
    height, row = indices.shape
    header = struct.pack(">IIBBBBB", row - 1, height, 8, 3, 0, 0, 0)
    return _file(header, _chunk(b"PLTE", palette.tobytes()), indices, dpi, text, small)


def read_text(data: bytes) -> dict[str, str]:
    """The texts of a PNG file's tEXt and iTXt chunks; empty where it is not a PNG.

    Examples
    --------
    >>> raw = blank(1, 1); raw[:] = 0
    >>> read_text(encode(raw, dpi=100, text={"Software": "figmill"}))
    {'Software': 'figmill'}
    """
    texts: dict[str, str] = {}
    for kind, body in _chunks(data):
        if kind == b"tEXt":
            key, _, value = body.partition(b"\0")
            texts[key.decode("latin-1")] = value.decode("latin-1")
        elif kind == b"iTXt":
            key, _, rest = body.partition(b"\0")
            # Two flag bytes, then language and translated keyword, each ended by a zero.
            parts = rest[2:].split(b"\0", 2)
            if rest[:1] == b"\0" and len(parts) == 3:
                texts[key.decode("latin-1")] = parts[2].decode("utf-8", "replace")
    return texts


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    if not data.startswith(_SIGNATURE):
        return
    at = len(_SIGNATURE)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind = data[at + 4 : at + 8]
        if kind == b"IEND" or at + 12 + length > len(data):
            return
        yield kind, data[at + 8 : at + 8 + length]
        at += 12 + length


def _file(
    header: bytes,
    extra: bytes,
    raw: NDArray[np.uint8],
    dpi: float,
    text: Mapping[str, str],
    small: bool,
) -> bytes:
    per_metre = round(dpi / 0.0254)
    return b"".join(
        (
            _SIGNATURE,
            _chunk(b"IHDR", header),
            _chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1)),
            *(_text(key, value) for key, value in text.items()),
            extra,
            _chunk(b"IDAT", _smaller(raw) if small else _zlib(raw)),
            _chunk(b"IEND", b""),
        )
    )


def _zlib(raw: NDArray[np.uint8]) -> bytes:
    flat = raw.reshape(-1)
    packer = isal_zlib.compressobj(_LEVEL, wbits=_RAW)
    first = packer.compress(flat[:_FIRST]), packer.flush(isal_zlib.Z_SYNC_FLUSH)
    rest = packer.compress(flat[_FIRST:]), packer.flush()
    return b"".join((_ZLIB, *first, *rest, struct.pack(">I", zlib_ng.adler32(flat))))


def _smaller(raw: NDArray[np.uint8]) -> bytes:
    packed: bytes = zlib_ng.compress(raw.reshape(-1), _SMALL)
    return packed


def _text(key: str, value: str) -> bytes:
    # A keyword is 1 to 79 Latin-1 characters; a zero byte would end it early.
    name = key.encode("latin-1", "replace").replace(b"\0", b" ")[:79] or b"Comment"
    value = value.replace("\0", " ")
    try:
        return _chunk(b"tEXt", name + b"\0" + value.encode("latin-1"))
    except UnicodeEncodeError:
        return _chunk(b"iTXt", name + b"\0\0\0\0\0" + value.encode("utf-8"))


def _chunk(kind: bytes, body: bytes) -> bytes:
    crc = isal_zlib.crc32(body, isal_zlib.crc32(kind))
    return b"".join((struct.pack(">I", len(body)), kind, body, struct.pack(">I", crc)))
