"""PNG files: read back by another library."""

from __future__ import annotations

import io
import struct
import threading
import zlib

import numpy as np
import pytest
from PIL import Image

from figmill.draw import png
from figmill.errors import PlottingError


def picture(height: int = 7, width: int = 11) -> np.ndarray:
    raw = png.blank(width, height)
    png.pixels_of(raw)[:] = np.random.default_rng(0).integers(0, 256, (height, width, 3))
    return raw


def test_pillow_reads_the_same_pixels_size_and_texts() -> None:
    raw = picture()
    texts = {"Title": "µ – orbit", "Software": "figmill", "nul": "a\0b"}
    image = Image.open(io.BytesIO(png.encode(raw, dpi=200, text=texts)))
    image.load()
    np.testing.assert_array_equal(np.asarray(image), png.pixels_of(raw))
    assert image.info["Title"] == "µ – orbit"
    assert image.info["nul"] == "a b"
    assert image.info["dpi"] == pytest.approx((200, 200), abs=0.1)


def test_texts_are_read_back_in_order() -> None:
    texts = {"Software": "figmill", "figmill:item": "Ørsted/1", "long": "x" * 5000}
    data = png.encode(picture(), dpi=100, text=texts)
    assert png.read_text(data) == texts
    assert list(png.read_text(data)) == list(texts)
    assert png.read_text(b"no png") == {}
    assert png.read_text(data[:60]) == {}


def test_every_chunk_has_its_checksum() -> None:
    data = png.encode(picture(), dpi=100, text={"a": "b"})
    at, kinds = 8, []
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kinds.append(data[at + 4 : at + 8])
        (crc,) = struct.unpack_from(">I", data, at + 8 + length)
        assert crc == zlib.crc32(data[at + 4 : at + 8 + length])
        at += 12 + length
    assert kinds == [b"IHDR", b"pHYs", b"tEXt", b"IDAT", b"IEND"]


def test_bytes_do_not_depend_on_where_memory_lies() -> None:
    rows = np.random.default_rng(5).integers(0, 256, (2000, 1, 61), dtype=np.uint8)
    rows[:, :, 0] = 0
    rows[:, :, 45:57] = rows[:, :, 2:14]  # what begins a picture comes again
    here = [png.encode(row, dpi=100, text={}) for row in rows]
    there: list[bytes] = []
    thread = threading.Thread(  # another stack
        target=lambda: there.extend(png.encode(row, dpi=100, text={}) for row in rows)
    )
    thread.start()
    thread.join()
    assert here == there


@pytest.mark.parametrize("width", [1, 4, 5, 6, 40])
def test_any_size_is_whole(width: int) -> None:
    for height in (1, 2, 3, 100):
        raw = picture(height, width)
        image = Image.open(io.BytesIO(png.encode(raw, dpi=100, text={})))
        np.testing.assert_array_equal(np.asarray(image), png.pixels_of(raw))


def test_palettes() -> None:
    indices = np.zeros((4, 6), np.uint8)
    indices[:, 1:] = np.arange(20).reshape(4, 5) % 3
    palette = np.array([[1, 2, 3], [9, 8, 7], [255, 0, 255]], np.uint8)
    image = Image.open(io.BytesIO(png.encode_palette(indices, palette, dpi=72, text={})))
    np.testing.assert_array_equal(np.asarray(image.convert("RGB")), palette[indices[:, 1:]])
    with pytest.raises(PlottingError, match="257 colours"):
        png.encode_palette(indices, np.zeros((257, 3), np.uint8), dpi=72, text={})


def test_small_files_have_the_same_pixels_and_the_same_bytes_each_time() -> None:
    rng = np.random.default_rng(0)
    raw = png.blank(400, 300)
    png.pixels_of(raw)[:] = rng.integers(0, 4, (300, 400, 1))
    fast, small = (png.encode(raw, dpi=100, text={}, small=small) for small in (False, True))
    assert len(small) < len(fast)
    one, other = (np.asarray(Image.open(io.BytesIO(data))) for data in (fast, small))
    assert (one == png.pixels_of(raw)).all()
    assert (other == one).all()
    assert png.encode(raw.copy(), dpi=100, text={}, small=True) == small
