"""Which files a quicklook draws, and the names they go by."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath
from typing import NamedTuple

from figmill.errors import ConfigError


class Named(NamedTuple):
    """A file, the key that it goes by, and whether the file itself was named."""

    key: str
    file: Path
    by_itself: bool


def named_files(paths: Iterable[str]) -> Iterator[Named]:
    """Every file that is meant, once, in a stable order, with the key it goes by.

    A key depends on its own file and on what was asked for, never on other files: so it stays the
    same when others arrive. A file found in a folder goes by its path below that folder, a file
    found by a pattern by its path below the part without wildcards, a file named by itself by its
    stem.

    Parameters
    ----------
    paths
        Files; folders, searched at any depth for ``*.cdf``; or patterns, which find files and no
        folders.

    Raises
    ------
    ConfigError
        If two files would share a key. Keys that differ only by case are shared: not every file
        system tells them apart.
    """
    owners: dict[str, Path] = {}
    for found in _found(paths):
        key, file, _ = found
        other = owners.setdefault(key.casefold(), file)
        if other is file:
            yield found
        elif not _same(other, file):
            raise ConfigError(
                f"Two files would be drawn as {key!r}: {other} and {file}.",
                hint="Name a folder that holds both, so that each goes by its path below it; or "
                "rename one; or draw them into different output folders.",
            )


def _found(paths: Iterable[str]) -> Iterator[Named]:
    for name in paths:
        path = Path(name)
        if path.is_dir():
            held = (p for p in path.rglob("*") if p.suffix.lower() == ".cdf" and not p.is_dir())
            for file in sorted(held):
                yield Named(_below(file, path), file, False)
        elif glob.has_magic(name) and not path.exists():
            fixed = _fixed(path)
            for file in sorted(map(Path, glob.glob(name, recursive=True))):  # noqa: PTH207 - Path.glob takes no absolute pattern
                if not file.is_dir():
                    yield Named(_below(file, fixed), file, False)
        else:
            yield Named(path.stem, path, True)


def _below(file: Path, folder: Path) -> str:
    """The path of a file below a folder, without suffix; its stem where a pattern leads out."""
    below = PurePath(os.path.relpath(file, folder))
    return file.stem if ".." in below.parts else below.with_suffix("").as_posix()


def _fixed(pattern: Path) -> Path:
    """The part of a pattern before its first wildcard.

    Examples
    --------
    >>> _fixed(Path("data/200?/*.cdf")).as_posix()
    'data'
    """
    first = next(i for i, part in enumerate(pattern.parts) if glob.has_magic(part))
    return Path(*pattern.parts[:first])


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return one.absolute() == other.absolute()
