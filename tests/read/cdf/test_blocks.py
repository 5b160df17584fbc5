from pathlib import Path

import numpy as np
import pytest

from figmill.read.cdf import blocks as blocks_module
from figmill.read.cdf import file as file_module
from figmill.read.cdf.file import open_cdf
from figmill.read.cdf.layout import InvalidCdfError

pycdfpp = pytest.importorskip("pycdfpp")


def write(path: Path, values: np.ndarray, *, packed: bool = True, whole: bool = False) -> Path:
    cdf = pycdfpp.CDF()
    kinds = pycdfpp.CompressionType
    cdf.add_variable(
        "a",
        values,
        compression=kinds.gzip_compression if packed else kinds.no_compression,
    )
    if whole:
        cdf.compression = kinds.gzip_compression
    pycdfpp.save(cdf, str(path))
    return path


@pytest.fixture(scope="module")
def values() -> np.ndarray:
    rng = np.random.default_rng(4)
    return rng.poisson(2.0, (800, 16, 96)).astype(np.float32)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("library", ["pycdfpp", "cdflib"])
def test_some_records_are_those_of_the_whole(tmp_path, values, packed, whole, library):
    file = open_cdf(write(tmp_path / "a.cdf", values, packed=packed, whole=whole), library=library)
    for first, stop in ((0, 3), (397, 401), (799, 800), (790, 900), (0, 800), (5, 5)):
        assert np.array_equal(file.records("a", first, stop), values[first:stop]), (first, stop)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float64])
def test_other_types(tmp_path, values, dtype):
    file = open_cdf(write(tmp_path / "a.cdf", values.astype(dtype)))
    found = file.records("a", 100, 300)
    assert found.dtype == dtype
    assert np.array_equal(found, values[100:300].astype(dtype))


def test_a_bit_flipped_in_a_block_is_found(tmp_path, values):
    path = write(tmp_path / "a.cdf", values)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(bytes(data))
    file = open_cdf(path)
    failed = 0
    for first in range(0, 800, 50):
        try:
            file.records("a", first, first + 50)
        except InvalidCdfError as error:
            assert error.place == "a"
            failed += 1
    assert failed >= 1


def test_records_take_little_memory(tmp_path):
    import tracemalloc

    path = write(tmp_path / "a.cdf", np.ones((20_000, 64, 16), np.float32))  # 82 MB
    file = open_cdf(path)
    tracemalloc.start()
    file.records("a", 10_000, 10_100)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("packed", ["no", "block", "block as a stream", "file"])
@pytest.mark.parametrize("library", ["pycdfpp", "cdflib"])
def test_pieces_are_the_whole_in_order(tmp_path, values, packed, library, dtype, monkeypatch):
    monkeypatch.setattr(file_module, "_AT_ONCE", 0)
    if packed == "block as a stream":
        monkeypatch.setattr(blocks_module, "_WHOLE", 0)
    whole = values.astype(dtype)
    path = write(tmp_path / "a.cdf", whole, packed="block" in packed, whole=packed == "file")
    file = open_cdf(path, library=library)
    for most in (1, 100_000, 10**9):
        found = list(file.pieces("a", most))
        firsts = [first for first, _ in found]
        assert firsts == np.cumsum([0, *(len(part) for _, part in found[:-1])]).tolist()
        assert np.array_equal(np.concatenate([part for _, part in found]), whole)
        assert all(len(part) * whole[0].nbytes <= max(most, whole[0].nbytes) for _, part in found)


def test_small_blocks_are_handed_out_together():
    parts = [(first, np.full((1, 3), first)) for first in range(10)]
    found = list(blocks_module._joined(iter(parts), 8))
    assert [(first, len(part)) for first, part in found] == [(0, 4), (4, 4), (8, 2)]
    assert np.concatenate([part for _, part in found])[:, 0].tolist() == list(range(10))


@pytest.mark.parametrize("whole", [0, 1 << 26])
def test_pieces_of_a_damaged_block_are_refused(tmp_path, values, whole, monkeypatch):
    monkeypatch.setattr(file_module, "_AT_ONCE", 0)
    monkeypatch.setattr(blocks_module, "_WHOLE", whole)
    path = write(tmp_path / "a.cdf", values)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(bytes(data))
    with pytest.raises(InvalidCdfError, match="do not unpack"):
        list(open_cdf(path).pieces("a", 1 << 18))


@pytest.mark.parametrize("packed", [True, False])
def test_pieces_take_little_memory(tmp_path, packed, monkeypatch):
    import tracemalloc

    monkeypatch.setattr(blocks_module, "_WHOLE", 1 << 22)
    path = write(tmp_path / "a.cdf", np.ones((10_000, 64, 16), np.float32), packed=packed)  # 41 MB
    file = open_cdf(path)
    tracemalloc.start()
    assert sum(float(part.sum()) for _, part in file.pieces("a", 1 << 18)) == 10_000 * 1024
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000
