"""The cache: what it keeps, what it drops, and from how many threads."""

import os
import threading
from pathlib import Path

import numpy as np
import pytest

from figmill.errors import ConfigError, InputError
from figmill.read.cache import CachedItem, DataCache, identity, size_of, with_cache


def test_the_item_used_longest_ago_goes_first():
    cache = DataCache(maxsize=2)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.get("a") == 1
    cache.put("c", 3)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (1, None, 3)


def test_bytes_are_limited_too():
    cache = DataCache(max_bytes=1000)
    cache.put("a", np.zeros(100))
    cache.put("b", np.zeros(100))
    assert len(cache) == 1
    assert cache.stats()["bytes"] == 800
    cache.put("huge", np.zeros(1000))
    assert "huge" not in cache
    assert "b" in cache


def test_a_value_goes_with_its_file(tmp_path: Path):
    path = tmp_path / "a.txt"
    path.write_text("one")
    seen = path.stat()
    cache = DataCache()
    assert cache.load(path, Path.read_text) == "one"
    assert cache.load(path, lambda _: "not read") == "one"
    # The same size and the same time, but another file under the name.
    other = tmp_path / "b.txt"
    other.write_text("two")
    os.utime(other, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    other.replace(path)
    assert cache.load(path, Path.read_text) == "two"
    # An older time is a change as well.
    path.write_text("old")
    os.utime(path, (1, 1))
    assert cache.load(path, Path.read_text) == "old"


def test_a_file_that_changes_while_it_is_read_is_read_again(tmp_path: Path):
    path = tmp_path / "a.txt"
    path.write_text("one")
    cache = DataCache()

    def slow(file: Path) -> str:
        text = file.read_text()
        file.write_text("second")
        return text

    assert cache.load(path, slow) == "one"
    assert cache.load(path, Path.read_text) == "second"


def test_a_missing_file_is_an_error(tmp_path: Path):
    with pytest.raises(InputError, match="cannot be read"):
        DataCache().load(tmp_path / "absent", Path.read_text)


def test_stats_have_the_documented_names():
    cache = DataCache(maxsize=7)
    cache.put("a", 1)
    for key in ("a", "a", "b"):
        cache.get(key)
    stats = cache.stats()
    assert {key: stats[key] for key in ("size", "maxsize", "hits", "misses")} == {
        "size": 1,
        "maxsize": 7,
        "hits": 2,
        "misses": 1,
    }
    assert (stats["hit_rate"], stats["hit_rate_pct"]) == (0.667, "66.7%")
    cache.clear()
    assert cache.stats()["hits"] == cache.stats()["size"] == 0


def test_cached_items_know_the_time_of_their_file(tmp_path: Path):
    path = tmp_path / "a"
    path.write_text("x")
    os.utime(path, (5, 5))
    assert CachedItem("x", identity(path)).mtime == 5.0
    assert CachedItem("x").mtime is None


@pytest.mark.parametrize("limits", [{"maxsize": 0}, {"max_bytes": 0}])
def test_a_cache_that_holds_nothing_is_refused(limits):
    with pytest.raises(ConfigError):
        DataCache(**limits)


def test_with_cache_keeps_results_by_arguments_and_file(tmp_path: Path):
    path = tmp_path / "a.txt"
    path.write_text("one")
    calls = []
    cache = DataCache()

    @with_cache(cache=cache)
    def read(file: Path, times: int = 1) -> str:
        calls.append(times)
        return file.read_text() * times

    assert [read(path), read(path), read(path, times=2)] == ["one", "one", "oneone"]
    path.write_text("other")
    assert read(path) == "other"
    assert calls == [1, 2, 1]


def test_many_threads_may_use_it():
    cache = DataCache(maxsize=20, max_bytes=20_000)
    errors = []

    def work(seed: int) -> None:
        rng = np.random.default_rng(seed)
        try:
            for key in rng.integers(0, 60, 2000).tolist():
                found = cache.get(key)
                if found is None:
                    cache.put(key, np.full(64, key))
                elif found[0] != key:
                    errors.append(key)
        except RuntimeError as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stats = cache.stats()
    assert not errors
    assert stats["size"] <= 20
    assert stats["bytes"] == 512 * stats["size"]
    assert stats["hits"] + stats["misses"] == 12_000


def test_sizes_count_what_takes_memory():
    assert size_of({"a": np.zeros(10)}) >= 80
    assert size_of([b"1234", "12"]) >= 6
