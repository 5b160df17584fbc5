"""Keep what was read in memory while the file stays the same.

A cache is a value that is passed to whoever reads. `default_cache` is one for a whole process;
`enable_parquet_caching` puts it behind ``polars.read_parquet`` for code that cannot be changed.
"""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from figmill.errors import ConfigError, InputError

T = TypeVar("T")
P = ParamSpec("P")

Identity = tuple[int, int, int, int]
"""Device, inode, size and modification time (ns) of a file."""


def identity(path: str | Path) -> Identity:
    """What tells a file from another one, and from itself after a change.

    Raises
    ------
    figmill.errors.InputError
        There is no such file.
    """
    try:
        seen = _as_path(path).stat()
    except OSError as error:
        raise InputError(
            f"The file cannot be read: {error.strerror}.", file=path, hint="Check the path."
        ) from error
    return seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns


@dataclass(frozen=True, slots=True)
class CachedItem:
    """A cached value.

    Parameters
    ----------
    value
        What was kept.
    identity
        That of the file it came from; None where it came from none.
    size
        Bytes it is counted with.
    """

    value: Any
    identity: Identity | None = None
    size: int = 0

    @property
    def mtime(self) -> float | None:
        """When the file was last changed, in seconds since 1970."""
        return None if self.identity is None else self.identity[3] / 1e9


class DataCache:
    """The values used last, at most `maxsize` of them and at most `max_bytes` together.

    Any number of threads may use it. A value that came from a file is dropped as soon as the file
    is another one: newer, older, of another size, or replaced under the same name.

    Parameters
    ----------
    maxsize
        The most items.
    max_bytes
        The most bytes of all items together; None for no such limit.

    Raises
    ------
    figmill.errors.ConfigError
        A limit is below 1.

    Examples
    --------
    >>> cache = DataCache(maxsize=2)
    >>> for name in "abc":
    ...     cache.put(name, name.upper())
    >>> cache.get("a"), cache.get("c")
    (None, 'C')
    >>> cache.stats()["hit_rate_pct"]
    '50.0%'
    """

    def __init__(self, maxsize: int = 100, max_bytes: int | None = 512 << 20) -> None:
        if maxsize < 1 or (max_bytes is not None and max_bytes < 1):
            raise ConfigError(
                f"A cache of {maxsize} items and {max_bytes} bytes holds nothing.",
                hint="Give limits of at least 1.",
            )
        self.maxsize = maxsize
        self.max_bytes = max_bytes
        self._items: OrderedDict[Hashable, CachedItem] = OrderedDict()
        self._bytes = 0
        self._hits = 0
        self._misses = 0
        self._lock = threading.RLock()

    def get(self, key: Hashable, path: str | Path | None = None) -> Any | None:
        """The value under `key`, or None; with `path`, only while that file is the same.

        Parameters
        ----------
        key
            What the value was put under.
        path
            The file that it was read from.

        Returns
        -------
        object or None
            The value.
        """
        found = self.item(key, path)
        return None if found is None else found.value

    def item(self, key: Hashable, path: str | Path | None = None) -> CachedItem | None:
        """The item under `key`, counted as hit or miss.

        Parameters
        ----------
        key, path
            As for `get`.

        Returns
        -------
        CachedItem or None
            The value with what is known of it.
        """
        now = None if path is None else _identity_or_none(path)
        with self._lock:
            found = self._items.get(key)
            if found is not None and path is not None and found.identity != now:
                self._drop(key)
                found = None
            if found is None:
                self._misses += 1
                return None
            self._hits += 1
            self._items.move_to_end(key)
            return found

    def put(
        self,
        key: Hashable,
        value: Any,
        path: str | Path | None = None,
        *,
        seen: Identity | None = None,
    ) -> None:
        """Keep a value.

        Parameters
        ----------
        key, value
            The value and its name.
        path
            The file it was read from.
        seen
            The file's `identity` from before it was read; by default as it is now.
        """
        if path is not None and seen is None:
            seen = _identity_or_none(path)
        item = CachedItem(value, seen, size_of(value))
        with self._lock:
            self._drop(key)
            if self.max_bytes is not None and item.size > self.max_bytes:
                return
            self._items[key] = item
            self._bytes += item.size
            while len(self._items) > self.maxsize or (
                self.max_bytes is not None and self._bytes > self.max_bytes
            ):
                self._drop(next(iter(self._items)))

    def load(self, path: str | Path, read: Callable[[Path], T], key: Hashable = None) -> T:
        """The value read from a file: from memory while the file is the same, else by `read`.

        Parameters
        ----------
        path
            The file.
        read
            Called with the file where the cache does not hold it.
        key
            Tells apart several values of one file.

        Returns
        -------
        object
            What `read` gave, now or before.

        Raises
        ------
        figmill.errors.InputError
            There is no such file.
        """
        path = _as_path(path)
        place = (str(path.absolute()), key)
        found = self.item(place, path)
        if found is not None:
            value: T = found.value
            return value
        # Looked at before it is read: a change in between is then noticed by the next reader.
        before = identity(path)
        value = read(path)
        self.put(place, value, path, seen=before)
        return value

    def clear(self) -> None:
        """Forget all values and counts."""
        with self._lock:
            self._items.clear()
            self._bytes = self._hits = self._misses = 0

    def stats(self) -> dict[str, Any]:
        """Counts: size, maxsize, hits, misses, hit_rate, hit_rate_pct, bytes, max_bytes."""
        with self._lock:
            asked = self._hits + self._misses
            rate = self._hits / asked if asked else 0.0
            return {
                "size": len(self._items),
                "maxsize": self.maxsize,
                "hits": self._hits,
                "misses": self._misses,
                "hit_rate": round(rate, 3),
                "hit_rate_pct": f"{100 * rate:.1f}%",
                "bytes": self._bytes,
                "max_bytes": self.max_bytes,
            }

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._items

    def _drop(self, key: Hashable) -> None:
        gone = self._items.pop(key, None)
        if gone is not None:
            self._bytes -= gone.size


def size_of(value: Any) -> int:
    """About how many bytes a value takes: frames, arrays, and mappings and sequences of them."""
    if hasattr(value, "estimated_size"):
        return int(value.estimated_size())
    if hasattr(value, "nbytes"):
        return int(value.nbytes)
    if isinstance(value, dict):
        return sum(map(size_of, value.values())) + 64 * len(value)
    if isinstance(value, list | tuple):
        return sum(map(size_of, value)) + 16 * len(value)
    if isinstance(value, str | bytes):
        return len(value)
    return 64


def _as_path(path: str | Path) -> Path:
    # Making a path of a path takes it apart again, several times for every column asked for.
    return path if isinstance(path, Path) else Path(path)


def _identity_or_none(path: str | Path) -> Identity | None:
    try:
        return identity(path)
    except InputError:
        return None


default_cache = DataCache()


def with_cache(
    cache_key_fn: Callable[..., Hashable] | None = None, *, cache: DataCache | None = None
) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Keep a function's results.

    Parameters
    ----------
    cache_key_fn
        Makes the key from the function's arguments; by default the arguments themselves, which
        must then be hashable. Where the first argument is the path of a file, a result is kept
        only while that file is the same.
    cache
        The cache; by default that of the process.

    Examples
    --------
    >>> calls = []
    >>> @with_cache(lambda x: round(x), cache=DataCache())
    ... def slow(x):
    ...     calls.append(x)
    ...     return 2 * x
    >>> slow(1.0), slow(1.1), calls
    (2.0, 2.0, [1.0])
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        name = f"{function.__module__}.{function.__qualname__}"

        @functools.wraps(function)
        def cached(*args: P.args, **kwargs: P.kwargs) -> T:
            store = default_cache if cache is None else cache
            rest = (
                cache_key_fn(*args, **kwargs)
                if cache_key_fn is not None
                else (args, tuple(sorted(kwargs.items())))
            )
            path = args[0] if args and isinstance(args[0], Path) else None
            before = None if path is None else _identity_or_none(path)
            found = store.item((name, rest), path)
            if found is not None:
                value: T = found.value
                return value
            value = function(*args, **kwargs)
            store.put((name, rest), value, path, seen=before)
            return value

        return cached

    return decorate


def cache_stats() -> dict[str, Any]:
    """The counts of this process's cache; see `DataCache.stats`."""
    return default_cache.stats()


def clear_cache() -> None:
    """Free all that this process's cache holds."""
    default_cache.clear()


def print_cache_stats() -> None:
    """Print the counts of this process's cache."""
    from rich.console import Console

    stats = cache_stats()
    asked = stats["hits"] + stats["misses"]
    line = "=" * 60
    rows = (
        ("Cache size:", f"{stats['size']}/{stats['maxsize']} items"),
        ("Memory:", f"{stats['bytes'] / 1e6:.1f} MB"),
        ("Total requests:", str(asked)),
        ("Cache hits:", str(stats["hits"])),
        ("Cache misses:", str(stats["misses"])),
        ("Hit rate:", stats["hit_rate_pct"]),
    )
    text = "\n".join(f"{name:<17}{value}" for name, value in rows)
    Console(highlight=False, markup=False).print(
        f"{line}\nData Cache Statistics\n{line}\n{text}\n{line}"
    )
