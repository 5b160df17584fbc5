"""Read and write Parquet files through polars; the one place that knows the library."""

from __future__ import annotations

import io
import os
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from figmill.errors import InputError, MissingExtraError
from figmill.read.arrow import map_columns
from figmill.read.cache import DataCache, default_cache
from figmill.read.filecheck import check_regular

if TYPE_CHECKING:
    import polars as pl


ARROW = ".arrow"

# A small file is read a fifth faster from memory than by its path; a large one need not fit there.
_LARGE = 64 << 20


def polars() -> Any:
    """The polars module.

    Raises
    ------
    figmill.errors.MissingExtraError
        It is not installed.
    """
    try:
        import polars as module
    except ImportError as error:
        raise MissingExtraError("polars", "chip") from error
    return module


def polars_errors() -> tuple[type[BaseException], ...]:
    """What reading bad data by polars raises: damaged bytes may also upset its compiled part."""
    exceptions = polars().exceptions
    return OSError, exceptions.PolarsError, exceptions.PanicException


def read_frame(path: str | Path, cache: DataCache | None = None) -> pl.DataFrame:
    """Read a Parquet file.

    Parameters
    ----------
    path
        The file.
    cache
        Where its frame is kept; None reads the file again.

    Raises
    ------
    figmill.errors.InputError
        There is no such file, or it is not a Parquet file.
    """
    if cache is None:
        return _read(Path(path))
    # A clone shares the columns, and what its owner does to it stays with its owner.
    return cache.load(path, _read, "frame").clone()


def cached_read_parquet(path: str | Path) -> pl.DataFrame:
    """Read a Parquet file into a frame, from memory while the file is the same.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    figmill.errors.InputError
        There is no such file, or it is not a Parquet file.
    """
    return read_frame(path, default_cache)


def _read(path: Path) -> pl.DataFrame:
    with _explained(path):
        frame: pl.DataFrame = _unpatched()(path, hive_partitioning=False, glob=False)
    return frame


def _unpatched() -> Any:
    # Polars' own function, whatever `enable_parquet_caching` put into its place.
    return _patched.get("read_parquet", polars().read_parquet)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        check_regular(path)
        yield
    except FileNotFoundError as error:
        raise InputError(
            "There is no such file.", file=path, hint="Stage the raw files again."
        ) from error
    except polars_errors() as error:
        raise InputError(
            f"The file is not a Parquet file that can be read: {str(error).rstrip('.')}.",
            file=path,
            hint="Remove it and stage the raw files again.",
        ) from error


def read_numbers(
    path: str | Path, quantities: tuple[str, ...], cache: DataCache | None = None
) -> dict[str, NDArray[np.float64]]:
    """Some columns of a staged run, each of shape (rows,), read-only float64.

    Where an Arrow file of the same name lies beside it, its columns are mapped rather than read:
    processes then share one copy.

    Parameters
    ----------
    path
        The Parquet file.
    quantities
        What is wanted, by the columns' names without units: ``("t", "I")`` finds ``t (s)`` and
        ``I (A)``. What is not there is left out.
    cache
        Where they are kept; None reads the file again.

    Returns
    -------
    dict
        By the columns' full names. Missing values are NaN, and so are texts that are no numbers.

    Raises
    ------
    figmill.errors.InputError
        There is no such file, or it is not a Parquet file.
    """
    if cache is None:
        return _numbers(Path(path), quantities)
    return cache.load(path, lambda file: _numbers(file, quantities), ("numbers", quantities))


def _numbers(path: Path, quantities: tuple[str, ...]) -> dict[str, NDArray[np.float64]]:
    pl = polars()
    mapped = _mapped(path)
    with _explained(path):
        if mapped:
            names = _of(pl.read_parquet_schema(path), quantities)
            if all(name in mapped for name in names):
                return {name: mapped[name] for name in names}
        # One look at the footer serves both the names and the columns.
        source = path if path.stat().st_size > _LARGE else path.read_bytes()
        lazy = pl.scan_parquet(source, hive_partitioning=False, glob=False)
        names = _of(lazy.collect_schema(), quantities)
        result = {name: mapped[name] for name in names if name in mapped}
        frame = lazy.select([name for name in names if name not in mapped]).collect()
    for series in frame.get_columns():
        # Null becomes NaN on the way to numpy.
        plain = series if series.dtype == pl.Float64 else series.cast(pl.Float64, strict=False)
        values = plain.to_numpy()
        values.flags.writeable = False
        result[series.name] = values
    return result


def _of(names: Iterable[str], quantities: tuple[str, ...]) -> list[str]:
    """The names that are of some quantities: "I (A)" is of "I"."""
    return [name for name in names if name.partition(" (")[0] in quantities]


def _mapped(path: Path) -> dict[str, NDArray[np.float64]]:
    """The columns that an Arrow file beside a Parquet file holds, if it is no older."""
    beside = path.with_suffix(ARROW)
    try:
        if beside.stat().st_mtime_ns < path.stat().st_mtime_ns:
            return {}
        return map_columns(beside)
    except (OSError, InputError):
        # The Parquet file holds the same.
        return {}


def frame_bytes(frame: pl.DataFrame, metadata: Mapping[str, str] | None = None) -> bytes:
    """A frame as the bytes of a Parquet file: the same bytes for the same frame."""
    buffer = io.BytesIO()
    frame.write_parquet(
        buffer, compression="zstd", compression_level=3, metadata=dict(metadata or {}) or None
    )
    return buffer.getvalue()


def write_frame(frame: pl.DataFrame, path: str | Path) -> Path:
    """Write a Parquet file that appears under its name only when it is complete."""
    return write_whole(Path(path), frame_bytes(frame))


def write_whole(path: Path, data: bytes) -> Path:
    """Write a file that appears under its name only when it is complete and on disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


_patched: dict[str, Callable[..., Any]] = {}
_patching = threading.Lock()


def enable_parquet_caching() -> bool:
    """Let ``polars.read_parquet`` of one whole file answer from this process's cache.

    Every other call of it (several files, chosen columns, other options) goes to polars as
    before. Nothing in figmill needs this. It may be called any number of times;
    `disable_parquet_caching` undoes it.

    Returns
    -------
    bool
        Whether caching is on now.
    """
    try:
        pl = polars()
    except MissingExtraError:
        return False
    with _patching:
        if "read_parquet" in _patched:
            return True
        original = pl.read_parquet

        def read_parquet(source: Any, **options: Any) -> Any:
            one = isinstance(source, str | Path) and not options and Path(source).is_file()
            if not one:
                return original(source, **options)
            kept: Any = default_cache.load(source, original, "polars")
            return kept.clone()

        _patched["read_parquet"] = original
        pl.read_parquet = read_parquet
    return True


def disable_parquet_caching() -> None:
    """Give ``polars.read_parquet`` back as it was before `enable_parquet_caching`."""
    with _patching:
        original = _patched.pop("read_parquet", None)
        if original is not None:
            polars().read_parquet = original
