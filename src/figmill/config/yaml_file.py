"""YAML files as plain values that remember their lines and columns.

Only mappings, lists, texts, numbers, true, false and null are read: no tags, no objects. Aliases
and merge keys (``<<``) work, within a limit that keeps a small file from becoming a huge value.
Dates stay texts, since what they mean is for the reader to say.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from figmill.config.paths import missing
from figmill.errors import ConfigError

Loc: TypeAlias = tuple[Hashable, ...]
"""The way to a value: the keys and list positions that lead to it."""

LARGEST_FILE = 10_000_000
MOST_VALUES = 200_000
DEEPEST = 60

_CORE = "tag:yaml.org,2002:"
_TEXTS = frozenset({"str", "timestamp", "value"})


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file, counted from 1."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}"


@dataclass(frozen=True, slots=True)
class Document:
    """What a YAML file holds.

    Parameters
    ----------
    path
        The file.
    data
        Its content as plain values; None for an empty file.
    values, keys
        Where each value, and each key of a mapping, stands.
    """

    path: Path
    data: Any
    values: Mapping[Loc, Mark] = field(default_factory=dict)
    keys: Mapping[Loc, Mark] = field(default_factory=dict)

    def mark(self, loc: Loc = (), *, key: bool = False) -> Mark:
        """The place of a value, or of its key; of the nearest that encloses it if it is absent."""
        first, second = (self.keys, self.values) if key else (self.values, self.keys)
        for end in range(len(loc), -1, -1):
            if found := first.get(loc[:end]) or second.get(loc[:end]):
                return found
        return Mark(1, 1)

    def error(
        self, message: str, loc: Loc = (), *, key: bool = False, hint: str | None = None
    ) -> ConfigError:
        """An error that names the file, the line and the column."""
        return ConfigError(message, file=self.path, place=str(self.mark(loc, key=key)), hint=hint)


def load(path: str | Path) -> Document:
    """Read a YAML file (or a JSON file, which is YAML too).

    Raises
    ------
    ConfigError
        It cannot be read, is not YAML, or holds what figmill does not take: tags, a key that is
        given twice, several documents, or far too much.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise missing(path) from None
    except OSError as error:
        raise ConfigError(
            f"the file cannot be read: {error.strerror or error}.",
            file=path,
            hint="Check its name and permissions.",
        ) from error
    if len(data) > LARGEST_FILE:
        raise ConfigError(
            f"the file is larger than {LARGEST_FILE // 1_000_000} MB.",
            file=path,
            hint="Is this the right file?",
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            "the file is not UTF-8 text.", file=path, place=f"line {line}", hint="Save it as UTF-8."
        ) from error
    return loads(text, path)


def loads(text: str, path: str | Path = "text") -> Document:
    r"""Read YAML text; ``path`` names it in errors.

    Raises
    ------
    ConfigError
        As for `load`.

    Examples
    --------
    >>> document = loads("plots:\n  - dpi: 200\n")
    >>> document.data
    {'plots': [{'dpi': 200}]}
    >>> str(document.mark(("plots", 0, "dpi")))
    'line 2, column 10'
    """
    path = Path(path)
    yaml = YAML(typ="safe", pure=True)
    try:
        root = yaml.compose(text)
        if root is None:
            return Document(path, None)
        builder = _Builder(path, yaml.constructor)
        return Document(path, builder.value(root, ()), builder.values, builder.keys)
    except MarkedYAMLError as error:
        raise _explained(path, error) from error
    except YAMLError as error:
        raise ConfigError(
            f"this is not YAML: {str(error).splitlines()[0]}.",
            file=path,
            hint="Is this the right file?",
        ) from error
    except RecursionError:
        raise _too_deep(path) from None


class _Builder:
    """Turns nodes into values, and notes where each stood."""

    def __init__(self, path: Path, scalars: Any) -> None:
        self.values: dict[Loc, Mark] = {}
        self.keys: dict[Loc, Mark] = {}
        self._path = path
        self._scalars = scalars
        self._open: list[Node] = []
        self._count = 0

    def value(self, node: Node, loc: Loc) -> Any:
        self.values.setdefault(loc, _mark(node))
        self._count += 1
        if self._count > MOST_VALUES:
            raise self._error(
                node, f"the file holds more than {MOST_VALUES} values.", "Use fewer aliases."
            )
        if isinstance(node, ScalarNode):
            return self._scalar(node)
        self._refuse_tag(node)
        if any(node is outer for outer in self._open):
            raise self._error(node, "an alias contains itself.", "Write the value out.")
        if len(self._open) >= DEEPEST:
            raise _too_deep(self._path)
        self._open.append(node)
        try:
            if isinstance(node, SequenceNode):
                return [self.value(child, (*loc, at)) for at, child in enumerate(node.value)]
            assert isinstance(node, MappingNode)
            return self._mapping(node, loc)
        finally:
            self._open.pop()

    def _mapping(self, node: MappingNode, loc: Loc) -> dict[Any, Any]:
        built: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            if _tag(key_node) == "merge":
                continue
            if not isinstance(key_node, ScalarNode):
                raise self._error(key_node, "a key must be a text or a number.", "Simplify it.")
            key = self._scalar(key_node)
            if key in built:
                first = self.keys[(*loc, key)]
                raise self._error(
                    key_node,
                    f"the key {key!r} is given twice; first at {first}.",
                    "Remove one of the two.",
                )
            self.keys.setdefault((*loc, key), _mark(key_node))
            built[key] = self.value(value_node, (*loc, key))
        for merged in self._merged(node):
            # Keys of the mapping itself go before merged ones, and earlier ones before later.
            for key, value in self.value(merged, loc).items():
                built.setdefault(key, value)
        return built

    def _merged(self, node: MappingNode) -> Iterator[MappingNode]:
        for key_node, value_node in node.value:
            if _tag(key_node) != "merge":
                continue
            several = isinstance(value_node, SequenceNode)
            for child in value_node.value if several else [value_node]:
                if not isinstance(child, MappingNode):
                    raise self._error(child, "<< takes a mapping or a list of them.", "Correct it.")
                yield child

    def _scalar(self, node: ScalarNode) -> Any:
        kind = _tag(node)
        if kind in _TEXTS:
            return node.value
        if kind == "null":
            return None
        if kind not in {"int", "float", "bool"}:
            self._refuse_tag(node)
        try:
            return getattr(self._scalars, f"construct_yaml_{kind}")(node)
        except (ValueError, KeyError) as error:
            raise self._error(node, f"{node.value!r} is no {kind}.", "Correct it.") from error

    def _refuse_tag(self, node: Node) -> None:
        if _tag(node) not in {"map", "seq"}:
            raise self._error(
                node,
                f"the tag {node.tag} is not allowed: job files hold plain values.",
                "Remove it.",
            )

    def _error(self, node: Node, message: str, hint: str) -> ConfigError:
        return ConfigError(message, file=self._path, place=str(_mark(node)), hint=hint)


def _mark(node: Node) -> Mark:
    return Mark(node.start_mark.line + 1, node.start_mark.column + 1)


def _tag(node: Node) -> str:
    tag = str(node.tag or "")
    return tag.removeprefix(_CORE) if tag.startswith(_CORE) else f"!{tag}"


def _explained(path: Path, error: MarkedYAMLError) -> ConfigError:
    mark = error.problem_mark or error.context_mark
    problem = str(error.problem or error.context or "it cannot be parsed")
    hint = "Correct the YAML there; often a quote, a colon or the indentation is amiss."
    if "'\\t'" in problem:
        hint = "Indent with spaces, not with tabs."
    elif "another document" in problem:
        problem, hint = "a second document begins here", "Keep one document in a file."
    elif problem.startswith("found character"):
        hint = "Put the text in quotes."
    place = None if mark is None else str(Mark(mark.line + 1, mark.column + 1))
    return ConfigError(f"this is not YAML: {problem}.", file=path, place=place, hint=hint)


def _too_deep(path: Path) -> ConfigError:
    return ConfigError(
        f"the file is nested more than {DEEPEST} levels deep.", file=path, hint="Simplify it."
    )
