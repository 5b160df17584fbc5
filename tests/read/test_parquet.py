"""Parquet files: reading, writing whole, and the patch that is undone."""

from pathlib import Path

import numpy as np
import pytest

from figmill.errors import InputError
from figmill.read import parquet
from figmill.read.arrow import arrow_bytes
from figmill.read.cache import DataCache, default_cache
from figmill.read.parquet import (
    cached_read_parquet,
    disable_parquet_caching,
    enable_parquet_caching,
    frame_bytes,
    read_frame,
    read_numbers,
    write_frame,
)

pl = pytest.importorskip("polars")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    frame = pl.DataFrame({"t (s)": [0.0, 1.0], "I (A)": [1e-6, None], "T (degC)": ["nan", "25"]})
    return write_frame(frame, tmp_path / "run_id=ab" / "part-000.parquet")


def test_numbers_by_quantity(path: Path):
    found = read_numbers(path, ("t", "I", "T", "absent"))
    assert list(found) == ["t (s)", "I (A)", "T (degC)"]
    np.testing.assert_array_equal(found["I (A)"], [1e-6, np.nan])
    np.testing.assert_array_equal(found["T (degC)"], [np.nan, 25.0])
    with pytest.raises(ValueError, match="read-only"):
        found["t (s)"][0] = 5.0


def test_numbers_are_the_same_from_memory_and_by_path(path: Path, monkeypatch):
    small = read_numbers(path, ("t", "I", "T"))
    assert read_numbers(path, ("absent",)) == {}
    monkeypatch.setattr(parquet, "_LARGE", 0)
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("read as a whole"))
    large = read_numbers(path, ("t", "I", "T"))
    assert list(large) == list(small)
    for name, values in small.items():
        np.testing.assert_array_equal(large[name], values)
    assert read_numbers(path, ("absent",)) == {}


def test_what_lies_mapped_beside_is_not_read(path: Path, monkeypatch):
    path.with_suffix(".arrow").write_bytes(arrow_bytes(pl.read_parquet(path)))
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("read as a whole"))
    assert list(read_numbers(path, ("t", "absent"))) == ["t (s)"]


def test_folders_of_a_partition_add_no_columns(path: Path):
    assert read_frame(path).columns == ["t (s)", "I (A)", "T (degC)"]


def test_a_cached_frame_is_safe_from_its_users(path: Path):
    cache = DataCache()
    first = read_frame(path, cache)
    first.insert_column(0, pl.Series("mine", [1, 2]))
    assert "mine" not in read_frame(path, cache).columns
    assert cache.stats()["hits"] == 1


@pytest.mark.parametrize("content", [None, b"", b"PAR1 not really"])
def test_what_is_no_parquet_is_refused(tmp_path: Path, content):
    bad = tmp_path / "bad.parquet"
    if content is not None:
        bad.write_bytes(content)
    for read in (read_frame, lambda file: read_numbers(file, ("t",))):
        with pytest.raises(InputError) as caught:
            read(bad)
        assert caught.value.file == str(bad)


def test_bytes_are_the_same_for_the_same_frame():
    frame = pl.DataFrame({"a": [1.0, 2.0]})
    assert frame_bytes(frame, {"k": "v"}) == frame_bytes(frame, {"k": "v"})


def test_nothing_is_left_beside_a_written_file(path: Path):
    assert [file.name for file in path.parent.iterdir()] == ["part-000.parquet"]


def test_the_patch_is_idempotent_and_undone(path: Path):
    default_cache.clear()
    original = pl.read_parquet
    try:
        assert enable_parquet_caching()
        assert enable_parquet_caching()
        assert pl.read_parquet is not original
        first, second = pl.read_parquet(path), pl.read_parquet(str(path))
        assert first.equals(second)
        assert default_cache.stats()["hits"] == 1
        assert pl.read_parquet(path, columns=["t (s)"]).columns == ["t (s)"]
        assert cached_read_parquet(path).equals(first)
    finally:
        disable_parquet_caching()
        default_cache.clear()
    assert pl.read_parquet is original
    disable_parquet_caching()
    assert pl.read_parquet is original


def test_a_link_at_a_temporary_name_is_not_written_through(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(parquet.secrets, "token_hex", lambda size: "guessed")
    secret = tmp_path / "secret"
    secret.write_bytes(b"mine")
    (tmp_path / ".guessed.tmp").symlink_to(secret)
    with pytest.raises(FileExistsError):
        parquet.write_whole(tmp_path / "a", b"new")
    assert secret.read_bytes() == b"mine"
