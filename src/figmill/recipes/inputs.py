"""Which files a recipe works on, and the keys they go by."""

from __future__ import annotations

import glob
import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import NamedTuple, TypeAlias

from figmill.config.paths import missing
from figmill.errors import ConfigError
from figmill.read.readers import read_head

Judge: TypeAlias = Callable[[bytes, str], str]
"""Given a file's first bytes and its name, why it is left out; empty where it is taken."""

# Their suffix tells what they are, and that no recipe reads them: their bytes are not looked at.
_FOREIGN = frozenset(
    (
        *(".png", ".jpg", ".jpeg", ".gif", ".webp", ".tif", ".tiff", ".bmp", ".svg", ".pdf", ".ps"),
        *(".eps", ".doc", ".docx", ".ppt", ".pptx", ".odt", ".py", ".ipynb", ".yaml", ".yml"),
        *(".toml", ".md", ".rst", ".html"),
    )
)
_DIGITS = re.compile(r"(\d+)")
_SHOWN = 3
_MARK = "/./"


class InputFile(NamedTuple):
    """A file, the key that it goes by, and whether the file itself was named.

    Parameters
    ----------
    key
        What it goes by; it never depends on other files.
    path
        The file.
    named
        Whether the file itself was named, not a folder or a pattern.
    """

    key: str
    path: Path
    named: bool

    @property
    def marked(self) -> str:
        """What to call the file for `find_files` to find it, and it alone, under the same key.

        Examples
        --------
        >>> InputFile("2013/day2", Path("data/2013/day2.cdf"), False).marked
        'data/./2013/day2.cdf'
        >>> InputFile("day2", Path("data/2013/day2.cdf"), True).marked
        'data/2013/day2.cdf'
        """
        name = os.fspath(self.path)
        if self.named:
            return name
        below = self.key + self.path.suffix
        return f"{name.removesuffix(below) or './'}./{below}"


@dataclass(slots=True)
class LeftOut:
    """What was passed over in a folder.

    Attributes
    ----------
    folder
        The folder that was searched.
    reasons
        How many files or folders for each reason.
    first
        The first names, as paths below the folder.
    """

    folder: Path
    reasons: Counter[str] = field(default_factory=Counter)
    first: list[str] = field(default_factory=list)

    def add(self, name: str, reason: str) -> None:
        """Count one more.

        Parameters
        ----------
        name
            The file, as a path below the folder.
        reason
            Why it was passed over.
        """
        self.reasons[reason] += 1
        if len(self.first) < _SHOWN:
            self.first.append(name)

    @property
    def count(self) -> int:
        """How many were passed over."""
        return self.reasons.total()

    def __str__(self) -> str:
        why = ", ".join(f"{count} {reason}" for reason, count in self.reasons.most_common())
        more = ", ..." if self.count > len(self.first) else ""
        return f"Left out of {self.folder}: {why} ({', '.join(self.first)}{more})."


@dataclass(slots=True)
class FoundFiles:
    """The files that were found, in order, and what was passed over in folders.

    Parameters
    ----------
    files
        The files, in natural order.
    left_out
        What was passed over, by folder.
    """

    files: list[InputFile] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    def __iter__(self) -> Iterator[InputFile]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)


def find_files(
    paths: Iterable[str | os.PathLike[str]],
    suffixes: Collection[str],
    *,
    judge: Judge | None = None,
    unsure: Collection[str] = (),
    deep: bool = True,
    shared_keys: bool = False,
    apart: Callable[[str], str] | None = None,
    what: str = "files",
) -> FoundFiles:
    """Every file that is meant, once, in natural order, with the key it goes by.

    A key depends on its own file and on what was asked for, never on other files: so it stays the
    same when others arrive. A file found in a folder goes by its path below that folder, a file
    found by a pattern by its path below the part without wildcards, both without suffix; a file
    named by itself goes by its stem, also where it is missing. Of a file named with ``/./`` the key
    is what follows, as rsync has it: ``data/./2013/day2.cdf`` goes by ``2013/day2``, as if its
    folder ``data`` had been searched (see `InputFile.marked`).

    Parameters
    ----------
    paths
        Files; folders, in which hidden files, and links to other folders, are left out; or
        patterns, which find files and no folders.
    suffixes
        In small letters and with their dot: files of a folder with one of them are taken as they
        are, without a look into them.
    judge
        Asked about the other files of a folder; None leaves them out. Pictures, documents and
        the like are left out by their suffix.
    unsure
        Those of `suffixes` that other formats use, too: `judge` is asked about these files as well.
    deep
        Whether folders are searched at any depth.
    shared_keys
        Allow two files of one key, for recipes that give keys of their own.
    apart
        Given the path of a folder below one that is searched, why it is left out with all that it
        holds; empty where it is searched, too.
    what
        What is looked for, as messages call it.

    Returns
    -------
    FoundFiles
        The files, those of each path in natural order (``2`` before ``10``), and what was left out
        of folders.

    Raises
    ------
    ConfigError
        If a folder or pattern finds nothing, or two files would share a key. Keys that differ only
        by case are shared: not every file system tells them apart.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("day10.cdf", "day2.cdf", "read.me"):
    ...         (Path(folder) / name).touch()
    ...     found = find_files([folder], [".cdf"])
    >>> [file.key for file in found], found.left_out[0].first
    (['day2', 'day10'], ['read.me'])
    """
    found = FoundFiles()
    owners: dict[str, Path] = {}
    search = _Search(
        frozenset(suffixes) - frozenset(unsure), frozenset(unsure), judge, deep, apart, what
    )
    for name in paths:
        for one in search(os.fspath(name), found.left_out):
            mark = os.path.abspath(one.path) if shared_keys else one.key.casefold()  # noqa: PTH100 - links stay
            other = owners.setdefault(mark, one.path)
            if other is one.path:
                found.files.append(one)
            elif not _same(other, one.path):
                raise ConfigError(
                    f"Two files would be drawn as {one.key!r}: {other} and {one.path}.",
                    hint="Name a folder that holds both, so that each goes by its path below it; "
                    "or rename one; or draw them into different output folders.",
                )
    return found


def natural(text: str) -> tuple[object, ...]:
    """What to sort names by in the order of people.

    Parameters
    ----------
    text
        A name.

    Returns
    -------
    tuple
        To be compared with those of other names: numbers in it count as numbers.

    Examples
    --------
    >>> sorted(["b10", "b2", "a"], key=natural)
    ['a', 'b2', 'b10']
    """
    # Every second part is digits.
    parts = _DIGITS.split(text.lower())
    return (*(int(part) if place % 2 else part for place, part in enumerate(parts)), text)


@dataclass(frozen=True, slots=True)
class _Search:
    """What to look for."""

    sure: frozenset[str]
    unsure: frozenset[str]
    judge: Judge | None
    deep: bool
    apart: Callable[[str], str] | None
    what: str

    def __call__(self, name: str, told: list[LeftOut]) -> list[InputFile]:
        path = Path(name)
        if path.is_dir():
            left_out = LeftOut(path)
            below = sorted(self._below(name, "", left_out), key=natural)
            if left_out.count:
                told.append(left_out)
            if not below:
                passed = str(left_out) if left_out.count else "It is empty."
                raise ConfigError(
                    f"The folder holds no {self.what}.",
                    file=path,
                    hint=f"Looked for {self._wanted()}. {passed}",
                )
            return [InputFile(_key(one), path / one, False) for one in below]
        if _MARK in name:
            return [InputFile(_key(name.rpartition(_MARK)[2]), path, False)]
        if glob.has_magic(name) and not path.exists():
            fixed = _fixed(path)
            held = glob.glob(name, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
            files = [Path(one) for one in sorted(held, key=natural)]
            found = [InputFile(_under(f, fixed), f, False) for f in files if not f.is_dir()]
            if not found:
                if not fixed.is_dir():
                    raise missing(fixed, "folder")
                raise ConfigError(
                    f"The pattern finds no {self.what}.",
                    file=path,
                    hint=f"No file below {fixed} fits it: check its folders and its suffix.",
                )
            return found
        return [InputFile(path.stem, path, True)]

    def _wanted(self) -> str:
        listed = ", ".join(f"*{suffix}" for suffix in sorted({*self.sure, *self.unsure}))
        return listed + (", and other files of such content" if self.judge else "")

    def _below(self, folder: str, before: str, left_out: LeftOut) -> Iterator[str]:
        """Paths of files below a folder, as texts: making Paths takes longer than listing."""
        try:
            with os.scandir(folder) as listed:
                entries = list(listed)
        except OSError as error:
            if not before:
                raise ConfigError(
                    f"The folder cannot be listed: {error.strerror}.",
                    file=folder,
                    hint="Correct its permissions.",
                ) from error
            left_out.add(before, "folders that cannot be listed")
            return
        for entry in entries:
            below = before + entry.name
            if entry.name.startswith((".", "~")):
                left_out.add(below, "hidden")
            elif _is_folder(entry):
                if not self.deep:
                    left_out.add(below + "/", "folders")
                elif entry.is_symlink():
                    left_out.add(below + "/", "links to folders")
                elif self.apart and (reason := self.apart(entry.path)):
                    left_out.add(below + "/", reason)
                else:
                    yield from self._below(entry.path, below + "/", left_out)
            elif reason := self._against(entry):
                left_out.add(below, reason)
            else:
                yield below

    def _against(self, entry: os.DirEntry[str]) -> str:
        """Why a file is left out; empty where it is taken."""
        suffix = os.path.splitext(entry.name)[1].lower()  # noqa: PTH122 - as in `_below`
        if suffix in self.sure:
            return ""
        if suffix not in self.unsure and (self.judge is None or suffix in _FOREIGN):
            return f"of suffix {suffix}" if suffix else "without suffix"
        try:
            head = read_head(entry.path)
        except OSError:
            # A run says of a file with the right suffix why it cannot be read.
            return "" if suffix in self.unsure else "that cannot be read"
        return self.judge(head, entry.name) if self.judge else ""


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _key(below: str) -> str:
    return os.path.splitext(below)[0]  # noqa: PTH122 - of a hundred thousand files


def _under(file: Path, folder: Path) -> str:
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
