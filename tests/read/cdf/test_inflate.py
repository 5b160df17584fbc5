"""Unpacking gzip, against the standard library."""

from __future__ import annotations

import gzip
import struct
import tracemalloc

import numpy as np
import pytest

from figmill.read.cdf.inflate import (
    DamagedStreamError,
    gunzip,
    gunzip_behind,
    gunzip_pieces,
)

CONTENT = np.random.default_rng(1).integers(0, 9, 100_000).astype(np.uint8).tobytes()
PACKED = gzip.compress(CONTENT)


@pytest.mark.parametrize("length", [1, 99_999, 100_000, 100_001])
def test_a_member_unpacks_whatever_length_is_looked_for(length: int) -> None:
    assert gunzip(PACKED, length) == bytearray(CONTENT)


def test_head_and_content_are_one_buffer() -> None:
    found = gunzip_behind(b"head", PACKED, len(CONTENT))
    assert isinstance(found, bytearray)
    assert found == b"head" + CONTENT


@pytest.mark.parametrize("at", [0, 2, 12, 5000, -8, -5])
def test_a_damaged_member_is_refused(at: int) -> None:
    damaged = bytearray(PACKED)
    damaged[at] ^= 0x10
    assert gunzip(bytes(damaged), len(CONTENT)) is None
    assert gunzip_behind(b"head", bytes(damaged), len(CONTENT)) is None


@pytest.mark.parametrize("packed", [b"", b"\x1f\x8b\x08\x00", PACKED[:-1], PACKED[:40]])
def test_a_member_cut_short_is_refused(packed: bytes) -> None:
    assert gunzip(packed, len(CONTENT)) is None
    assert gunzip_behind(b"head", packed, len(CONTENT)) is None


@pytest.mark.parametrize("length", [99_999, 100_001])
def test_behind_a_head_the_length_must_be_right(length: int) -> None:
    assert gunzip_behind(b"head", PACKED, length) is None


def test_a_length_that_cannot_be_is_not_believed() -> None:
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    lies = PACKED[:-4] + struct.pack("<I", 0xF000_0000)
    tracemalloc.start()
    assert gunzip(lies, len(CONTENT)) is None
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10 * len(CONTENT)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB


def test_names_in_the_header_are_left_to_who_asks() -> None:
    import io

    stream = io.BytesIO()
    with gzip.GzipFile("a name", "wb", fileobj=stream) as file:
        file.write(CONTENT)
    assert gunzip_behind(b"head", stream.getvalue(), len(CONTENT)) is None
    assert gunzip(stream.getvalue(), len(CONTENT)) == bytearray(CONTENT)


def in_chunks(packed: bytes, size: int) -> list[bytes]:
    return [packed[place : place + size] for place in range(0, len(packed), size)]


@pytest.mark.parametrize("chunk", [1, 7, 4096, 10**6])
@pytest.mark.parametrize("step", [999, 50_000, 100_000, 10**6])
def test_pieces_of_a_member(chunk: int, step: int) -> None:
    found = list(gunzip_pieces(in_chunks(PACKED, chunk), len(CONTENT), step))
    assert [len(piece) for piece in found[:-1]] == [step] * (len(found) - 1)
    assert b"".join(found) == CONTENT


def test_pieces_of_what_packs_well() -> None:  # much comes out of the last bytes
    found = list(gunzip_pieces(in_chunks(gzip.compress(bytes(10**6)), 64), 10**6, 1000))
    assert len(found) == 1000
    assert b"".join(found) == bytes(10**6)


@pytest.mark.parametrize("length", [99_999, 100_001])
def test_pieces_are_as_long_as_announced(length: int) -> None:
    with pytest.raises(DamagedStreamError):
        list(gunzip_pieces([PACKED], length, 1000))


@pytest.mark.parametrize("at", [0, 2, 12, 5000, -8, -5])
def test_pieces_of_a_damaged_member_are_refused(at: int) -> None:
    damaged = bytearray(PACKED)
    damaged[at] ^= 0x10
    with pytest.raises(DamagedStreamError):
        list(gunzip_pieces(in_chunks(bytes(damaged), 4096), len(CONTENT), 1000))
    with pytest.raises(DamagedStreamError):
        list(gunzip_pieces([PACKED[:at]], len(CONTENT), 1000))
