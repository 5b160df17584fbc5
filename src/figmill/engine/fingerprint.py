"""What an item's result depends on, in a form that can be compared cheaply."""

from __future__ import annotations

import errno
import json
import marshal
import math
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from stat import S_ISREG
from typing import Any, cast

from figmill.errors import ConfigError
from figmill.item import JSON, Item
from figmill.system import system
from figmill.text import plain_text

MISSING = -1
_WITHOUT_REFERENCES = 2  # of marshal: equal values are then written alike


def _value(given: object) -> JSON:
    """What JSON has for values of other kinds that mean the same."""
    if isinstance(given, set | frozenset):
        return sorted(given, key=repr)
    if isinstance(given, os.PathLike):
        return str(os.fspath(given))
    if callable(plain := getattr(given, "tolist", None)):  # numpy's arrays and numbers
        return cast("JSON", plain())
    raise TypeError(f"Object of type {type(given).__name__} is not JSON serializable")


def _encoder(*, allow_nan: bool) -> Callable[[object], str]:
    return json.JSONEncoder(
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=allow_nan,
        default=_value,
    ).encode


_encode, _encode_finite = _encoder(allow_nan=True), _encoder(allow_nan=False)


@dataclass(frozen=True, slots=True)
class FileStamp:
    """One file as it was seen: name, size, modification time and, where known, content.

    Parameters
    ----------
    path
        Inputs: the absolute path. Outputs: the name relative to the output folder.
    size
        Bytes; ``MISSING`` where there is no such file.
    mtime_ns
        Modification time, nanoseconds since 1970.
    digest
        BLAKE3 of the content, 64 hexadecimal digits; None where it was not computed.
    part
        Outputs: the part of the item that it belongs to; empty for none.
    """

    path: str
    size: int
    mtime_ns: int
    digest: str | None = None
    part: str = ""

    @property
    def exists(self) -> bool:
        """Whether the file was there."""
        return self.size != MISSING


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Everything that decides an item's result: version, parameters (canonical JSON), inputs."""

    version: str
    parameters: str
    inputs: tuple[FileStamp, ...]


def canonical(parameters: Mapping[str, JSON], key: str = "") -> str:
    """Write parameters as JSON in one spelling: sorted keys, no spaces.

    Parameters
    ----------
    parameters
        Values by name.
    key
        Of the item whose they are, for the error.

    Raises
    ------
    ConfigError
        A value is none that JSON knows (a date, an object); it is named.

    Examples
    --------
    >>> canonical({"y": "log", "dpi": 200})
    '{"dpi":200,"y":"log"}'
    """
    if not parameters:
        return "{}"
    try:
        # Many items have the same: writing them for comparison takes a tenth of the time.
        return _spelled(marshal.dumps(cast("Any", parameters), _WITHOUT_REFERENCES))
    except (TypeError, ValueError):
        pass  # it is written below, or its error is told there
    try:
        return plain_text(_encode(dict(parameters)))
    except (TypeError, ValueError) as error:
        wrong = next((name for name in parameters if not _is_json(parameters[name])), None)
        places = (f"item {key!r}" if key else "", "" if wrong is None else f"parameter {wrong!r}")
        raise ConfigError(
            f"parameters must be JSON values (numbers, texts, lists, mappings): {error}",
            place=", ".join(filter(None, places)) or "parameters",
            hint="Turn dates into texts, and objects into numbers, lists or mappings.",
        ) from error


@lru_cache(maxsize=32)
def _spelled(marshalled: bytes) -> str:
    """`canonical` of what was marshalled: of that and no other value, whatever its type was.

    What `marshal` takes for bytes, such as numpy's numbers, raises TypeError.
    """
    return plain_text(_encode(marshal.loads(marshalled)))  # noqa: S302 - of this process


def _is_json(value: object) -> bool:
    try:
        _encode(value)
    except (TypeError, ValueError):
        return False
    return True


def facts_text(facts: Mapping[str, JSON]) -> str:
    """Write an item's facts as `canonical` does, with null for numbers that are not finite.

    Raises
    ------
    TypeError
        A value is none that JSON knows: an error of the work function, not of the command.
    """
    if not facts:
        return "{}"
    try:
        try:
            return plain_text(_encode_finite(dict(facts)))
        except ValueError:  # JSON has no NaN, and who reads it elsewhere would fail
            return plain_text(_encode_finite(_finite(json.loads(_encode(dict(facts))))))
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(f"the facts of an Outcome are not JSON values: {error}") from error


def _finite(value: JSON) -> JSON:
    match value:
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {key: _finite(one) for key, one in value.items()}
        case list():
            return [_finite(one) for one in value]
        case _:
            return value


def stat_file(path: str | Path, name: str | None = None) -> FileStamp:
    """Look at a file without reading it."""
    shown = absolute(path) if name is None else name
    try:
        found = os.stat(path)  # noqa: PTH116 - a million times
    except (OSError, ValueError):  # ValueError: a NUL in the name
        return FileStamp(shown, MISSING, 0)
    return FileStamp(shown, found.st_size, found.st_mtime_ns)


def why_missing(path: str | Path) -> str:
    """Say in one sentence why `stat_file` saw no file."""
    try:
        os.stat(path)  # noqa: PTH116 - as stat_file does
    except OSError as error:
        if error.errno == errno.ELOOP:
            return "it is a link that leads to itself."
        if not isinstance(error, FileNotFoundError):
            return f"it cannot be looked at: {error.strerror}."
        link = Path(path)
        if link.is_symlink():
            return f"it is a link to {link.readlink()}, which is not there."
    except ValueError:
        return "its name has a NUL character."
    return "there is no such file."


def absolute(path: str | Path) -> str:
    """Give the absolute path as text, without looking at the disk."""
    text = os.fspath(path)
    return text if text.startswith("/") else os.path.abspath(text)  # noqa: PTH100 - resolve() reads the disk


def take(item: Item, version: str) -> Fingerprint:
    """Look at an item now, without reading its files."""
    parameters = canonical(item.parameters, item.key)
    return Fingerprint(version, parameters, tuple(stat_file(path) for path in item.inputs))


def with_digests(stamps: Iterable[FileStamp]) -> tuple[FileStamp, ...]:
    """Read the files of stamps and add their digests; what cannot be read has none."""
    return tuple(
        replace(stamp, digest=_cached_digest(stamp.path, stamp.size, stamp.mtime_ns))
        for stamp in stamps
    )


@lru_cache(maxsize=1024)
def _cached_digest(path: str, size: int, mtime_ns: int) -> str | None:
    # size and mtime_ns are part of the cache's key: many items share one input.
    if size == MISSING:
        return None
    try:
        return digest_file(path)
    except OSError:
        return None


def digest_file(path: str | Path) -> str | None:
    """BLAKE3 of a file's content; None for what is not a regular file.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    from blake3 import blake3  # a run that skips everything never reads a file

    if not S_ISREG(Path(path).stat().st_mode):
        return None
    hasher = blake3()
    # Not mapped into memory: a file cut short meanwhile would end the process with SIGBUS.
    with open(path, "rb", buffering=0, opener=_open_regular) as file:
        while block := file.read(1 << 20):
            hasher.update(block)
    return hasher.hexdigest()


def _open_regular(path: str, flags: int) -> int:
    # O_NONBLOCK: opening a pipe without a writer would wait for ever.
    return os.open(path, flags | system.READ_FLAGS)
