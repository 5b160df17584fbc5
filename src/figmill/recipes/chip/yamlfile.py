"""Read YAML that other people wrote: plain values, and the line of each.

Only what configurations need is let in: mappings, lists, texts, numbers, booleans and nothing.
Tags are refused, and so are files that unfold to more than they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from figmill.errors import ConfigError

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

MAX_BYTES = 1_000_000
MAX_VALUES = 20_000
Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class YamlFile:
    """A file's values, and where they stand.

    Parameters
    ----------
    path
        The file.
    data
        Plain Python values.
    lines
        The line (from 1) of each value and key, by the way to it: ``("plots", 3, "seq")``.
    """

    path: Path
    data: Any
    lines: Mapping[Place, int]

    def where(self, *place: str | int) -> str:
        """The line of a value, or else of what holds it, as messages name it."""
        while place and place not in self.lines:
            place = place[:-1]
        return f"line {self.lines.get(place, 1)}"


def read_yaml(path: str | Path) -> YamlFile:
    """Read a YAML file.

    Raises
    ------
    figmill.errors.ConfigError
        It cannot be read, is no YAML, or holds something that configurations have no use for; the
        message names the line.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"The configuration cannot be read: {error.strerror}.",
            file=path,
            hint="Check the path.",
        ) from error
    if len(data) > MAX_BYTES:
        raise ConfigError(
            f"The configuration has {len(data):,} bytes.",
            file=path,
            hint=f"A configuration of figures has at most {MAX_BYTES:,}; is it the right file?",
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            f"The configuration is not UTF-8: byte {error.start} is {data[error.start]:#04x}.",
            file=path,
            place=f"line {line}",
            hint="Save it as UTF-8.",
        ) from error
    return parse_yaml(text, path)


def parse_yaml(text: str, path: str | Path = "") -> YamlFile:
    r"""Read YAML from a text; see `read_yaml`.

    Examples
    --------
    >>> file = parse_yaml("chip: 67\nplots:\n  - seq: 4-7\n")
    >>> file.data, file.where("plots", 0, "seq")
    ({'chip': 67, 'plots': [{'seq': '4-7'}]}, 'line 3')
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    path = Path(path)
    yaml = YAML(typ="safe", pure=True)
    try:
        node = yaml.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ConfigError(
            f"This is no YAML: {error.problem or error.context}.",
            file=path,
            place=None if mark is None else f"line {mark.line + 1}",
            hint="Check indentation, colons and quotes there.",
        ) from error
    except (YAMLError, RecursionError, ValueError) as error:
        raise ConfigError(
            f"This is no YAML: {str(error) or type(error).__name__}.",
            file=path,
            hint="Check its brackets and special characters.",
        ) from error
    reader = _Reader(path, yaml.constructor)
    return YamlFile(path, None if node is None else reader.value(node, ()), reader.lines)


class _Reader:
    def __init__(self, path: Path, constructor: Any) -> None:
        self.path = path
        self.lines: dict[Place, int] = {}
        self._constructor = constructor
        self._open: set[int] = set()

    def value(self, node: Node, place: Place) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(place, line)
        if len(self.lines) > MAX_VALUES:
            raise self._refused(node, f"unfolds to more than {MAX_VALUES:,} values")
        if id(node) in self._open:
            raise self._refused(node, "holds itself")
        kind = str(node.tag).rpartition(":")[2]
        plain = str(node.tag).startswith("tag:yaml.org,2002:")
        if not plain or kind not in _KINDS:
            raise self._refused(node, f"has the tag {node.tag}, which is not allowed")
        self._open.add(id(node))
        try:
            return getattr(self, _KINDS[kind])(node, place)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: Any, place: Place) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value
            if not isinstance(key, str):
                raise self._refused(key_node, "is a key that is no text")
            if key == "<<":
                merged = value_node.value if value_node.id == "sequence" else [value_node]
                for one in merged:
                    if one.id != "mapping":
                        raise self._refused(one, "is merged but is no mapping")
                    for name, value in self.value(one, place).items():
                        result.setdefault(name, value)
                continue
            if (*place, key) in self.lines and key in result and self._own(node, key):
                raise self._refused(key_node, f"gives the key {key!r} a second time")
            self.lines[*place, key] = key_node.start_mark.line + 1
            result[key] = self.value(value_node, (*place, key))
        return result

    @staticmethod
    def _own(node: Any, key: str) -> bool:
        return len([one for one, _ in node.value if one.value == key]) > 1

    def _sequence(self, node: Any, place: Place) -> list[Any]:
        return [self.value(child, (*place, i)) for i, child in enumerate(node.value)]

    def _scalar(self, node: Any, place: Place) -> Any:
        try:
            return self._constructor.construct_object(node)
        except (ValueError, TypeError, OverflowError) as error:
            raise self._refused(node, f"is {node.value!r}, which cannot be read") from error

    def _text(self, node: Any, place: Place) -> str:
        return str(node.value)

    def _refused(self, node: Any, what: str) -> ConfigError:
        return ConfigError(
            f"A value {what}.",
            file=self.path,
            place=f"line {node.start_mark.line + 1}",
            hint="Write plain mappings, lists, texts and numbers.",
        )


# A date stays the text that it is: tags look like dates.
_KINDS = {
    "map": "_mapping",
    "seq": "_sequence",
    "str": "_text",
    "timestamp": "_text",
    "int": "_scalar",
    "float": "_scalar",
    "bool": "_scalar",
    "null": "_scalar",
    "merge": "_text",
}
