"""Which files make which figures: by their names alone, so that none of thousands is opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from figmill.config.yaml_file import Document
from figmill.curves.fields import Value, fields_in, filled, names_in, plain_number
from figmill.curves.sources import found_tables
from figmill.curves.spec import CurvesFile, FigureOf
from figmill.errors import ConfigError
from figmill.recipes.inputs import FoundFiles, InputFile


@dataclass(frozen=True, slots=True)
class Source:
    """A file with the values of its name.

    Parameters
    ----------
    file
        Its path and key.
    values
        Of name and folders.
    """

    file: InputFile
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Planned:
    """A figure and its files.

    Parameters
    ----------
    key
        The name of its file, without suffix.
    sources
        At least one.
    """

    key: str
    sources: tuple[Source, ...]


def files_of(made: CurvesFile, base: Path) -> FoundFiles:
    """The files that a file of curves reads.

    Parameters
    ----------
    made
        The file of curves.
    base
        The folder from which its paths are seen.

    Raises
    ------
    figmill.errors.ConfigError
        A path finds nothing.
    """
    return found_tables(str(base / path) for path in made.read.paths)


def sources_of(made: CurvesFile, files: Sequence[InputFile]) -> list[Source]:
    """Files with the values of their names.

    Parameters
    ----------
    made
        The file of curves, with its patterns.
    files
        The files.
    """
    return [Source(file, _values(made, file)) for file in files]


def _values(made: CurvesFile, file: InputFile) -> dict[str, Value]:
    found: dict[str, Value] = {
        "stem": file.path.stem,
        "folder": file.path.parent.name,
        "path": file.key,
    }
    folders = [part for part in reversed(file.path.parent.parts) if part not in ("/", "")]
    for pattern in made.read.from_folder:
        fits = (fields_in(folder, pattern) for folder in folders[:8])
        found |= next((one for one in fits if one is not None), {})
    for pattern in made.read.from_name:
        fields = fields_in(file.path.stem, pattern)
        if fields is not None:
            found |= fields
            break
    return found


def is_wanted(values: Mapping[str, Value], where: Mapping[str, tuple[str | float, ...]]) -> bool:
    """Whether a file is one of those that a figure takes.

    Parameters
    ----------
    values
        Of the file.
    where
        For each name, what its value may be; numbers are compared as numbers.
    """
    return all(
        name in values and any(_same(values[name], one) for one in some)
        for name, some in where.items()
    )


def _same(one: Value, other: Value) -> bool:
    a, b = plain_number(one), plain_number(other)
    if isinstance(one, float | int) or isinstance(other, float | int):
        return a is not None and a == b
    return one == other


def planned(
    figure: FigureOf, at: int, sources: Sequence[Source], document: Document
) -> Iterator[Planned]:
    """The figures of one kind.

    Parameters
    ----------
    figure, at
        What is drawn, and its number in the file of curves, from 0.
    sources
        All files.
    document
        For messages with lines.

    Raises
    ------
    figmill.errors.ConfigError
        No file has the values that it needs, or two figures would have one name.
    """
    needed = {*names_in(figure.name), *figure.group_by, *figure.limits.by}
    fitting = [
        source
        for source in sources
        if is_wanted(source.values, figure.where) and needed <= source.values.keys()
    ]
    if not fitting:
        told = ", ".join(sorted({*needed, *figure.where})) or "a table"
        some = ", ".join(source.file.path.name for source in sources[:3])
        raise document.error(
            f"no file fits this figure: it needs {told}.",
            ("figures", at),
            hint=f"Look at from_name and where; there are files such as {some}.",
        )
    owners: dict[str, str] = {}
    if figure.per == "group":
        groups: dict[tuple[Value, ...], list[Source]] = {}
        for source in fitting:
            group = tuple(source.values[name] for name in figure.group_by)
            groups.setdefault(group, []).append(source)
        for group, some_ in groups.items():
            shared = dict(zip(figure.group_by, group, strict=True))
            try:
                key = filled(figure.name, shared)
            except ConfigError as error:
                raise document.error(
                    f"{error.message.rstrip('.')} that all files of a group share.",
                    ("figures", at, "name"),
                    hint=f"Name it with {', '.join(figure.group_by)}.",
                ) from error
            _own(owners, key, str(group), at, document)
            yield Planned(key, tuple(some_))
        return
    for source in fitting:
        key = filled(figure.name, source.values)
        _own(owners, key, str(source.file.path), at, document)
        yield Planned(key, (source,))


def _own(owners: dict[str, str], key: str, whose: str, at: int, document: Document) -> None:
    other = owners.setdefault(key.casefold(), whose)
    if other != whose:
        raise document.error(
            f"two figures would be called {key!r}: of {other} and of {whose}.",
            ("figures", at, "name"),
            hint="Put more values into the name: {path} is different for each file.",
        )


def unfitting(made: CurvesFile, sources: Sequence[Source]) -> list[Source]:
    """Files whose names no pattern of `from_name` fits."""
    if not made.read.from_name:
        return []
    wanted = {name for pattern in made.read.from_name for name in names_in(pattern)}
    return [source for source in sources if not wanted & source.values.keys()]
