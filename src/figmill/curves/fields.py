"""Values that stand in the names of files and folders, and texts that are made of them.

A pattern is the name with braces where values stand: ``{wafer}_{die}_{vd:number}V``. Patterns
rather than regular expressions, since those of a stranger's file can keep a machine busy for
ever; a pattern takes steps as many as its parts times the square of the name's length.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from figmill.config.model import suggestion
from figmill.errors import ConfigError

Value = float | str

_FIELD = re.compile(r"\{([^{}]*)\}")
_NUMBER = r"[-+]?(?:\d{1,40}(?:[.,]\d{1,40})?)(?:[eE][-+]?\d{1,3})?"
_KINDS: Mapping[str, re.Pattern[str]] = {
    "text": re.compile(r"[^/\\]+"),
    "word": re.compile(r"[^\W_]+"),
    "digits": re.compile(r"\d+"),
    "number": re.compile(_NUMBER),
}
_SHORTEST = ("text", "word")
"""Kinds of which the shortest that fits is meant; of the others the longest."""
_MOST_FIELDS = 12
_LONGEST = 255
_ANYTHING = "*"
_PLAIN_NUMBER = re.compile(_NUMBER)


@lru_cache(maxsize=256)
def compiled(pattern: str) -> tuple[tuple[str, str], ...]:
    """The parts of a pattern: literal texts with an empty name, and fields with their kinds.

    Raises
    ------
    figmill.errors.ConfigError
        A field has no name, stands twice, is of a kind that is not known, or touches another.
    """
    parts: list[tuple[str, str]] = []
    names: set[str] = set()
    at = 0
    for found in _FIELD.finditer(pattern):
        before = pattern[at : found.start()]
        if names and not before:
            raise ConfigError(
                f"Two values touch in the pattern {pattern!r}.",
                hint="Something must stand between them: {a}_{b}.",
            )
        parts += _literal(before)
        name, _, kind = (part.strip() for part in found[1].partition(":"))
        kind = kind or "text"
        if not name.isidentifier() or name in names:
            raise ConfigError(
                f"{found[0]!r} in the pattern {pattern!r} is not a name, or stands twice.",
                hint="Letters, digits and _ make a name: {wafer}.",
            )
        if kind not in _KINDS:
            raise ConfigError(
                f"There is no kind {kind!r} of values, in the pattern {pattern!r}.",
                hint=suggestion(kind, _KINDS),
            )
        parts.append((name, kind))
        names.add(name)
        at = found.end()
    if not names or len(names) > _MOST_FIELDS:
        raise ConfigError(
            f"The pattern {pattern!r} holds {len(names)} values.",
            hint=f"Write 1 to {_MOST_FIELDS} in braces: {{wafer}}_{{device}}.",
        )
    parts += _literal(pattern[at:])
    return tuple(parts)


def _literal(text: str) -> Iterator[tuple[str, str]]:
    """A text as it is; ``*`` is anything, and runs of it are one."""
    for number, piece in enumerate(re.split(r"\*+", text)):
        if number:
            yield _ANYTHING, ""
        if piece:
            yield "", piece


def _ends(text: str, at: int, name: str, kind: str) -> Iterable[int]:
    """Where a part of a pattern may end that begins at a place, the likeliest first."""
    if not name:
        return (at + len(kind),) if text.startswith(kind, at) else ()
    if name == _ANYTHING:
        return range(at, len(text) + 1)
    found = _KINDS[kind].match(text, at)
    if found is None:
        return ()
    if kind in _SHORTEST:
        return range(at + 1, found.end() + 1)
    whole = _KINDS[kind]
    return (end for end in range(found.end(), at, -1) if whole.fullmatch(text, at, end))


def _matched(
    text: str, parts: Sequence[tuple[str, str]], part: int, at: int, failed: set[tuple[int, int]]
) -> dict[str, str] | None:
    """The values from a part of a pattern on; what failed once is not tried again."""
    if part == len(parts):
        return {} if at == len(text) else None
    if (part, at) in failed:
        return None
    name, kind = parts[part]
    for end in _ends(text, at, name, kind):
        rest = _matched(text, parts, part + 1, end, failed)
        if rest is not None:
            return {name: text[at:end], **rest} if name not in ("", _ANYTHING) else rest
    failed.add((part, at))
    return None


def fields_in(text: str, pattern: str) -> dict[str, Value] | None:
    """The values that a name holds, or None where the pattern does not fit all of it.

    Parameters
    ----------
    text
        The name of a file without its suffix, or of a folder.
    pattern
        With values in braces.

    Examples
    --------
    >>> fields_in("W12_D01_0.5V", "{wafer}_{device}_{vd:number}V")
    {'wafer': 'W12', 'device': 'D01', 'vd': 0.5}
    >>> fields_in("notes", "{wafer}_{device}_{vd:number}V")
    """
    parts = compiled(pattern)
    found = _matched(text, parts, 0, 0, set()) if len(text) <= _LONGEST else None
    if found is None:
        return None
    kinds = dict(parts)
    return {
        name: _number(value) if kinds[name] == "number" else value for name, value in found.items()
    }


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def plain_number(value: Value) -> float | None:
    """The number that a value is, or begins with, as settings of a header do: ``0.1 V``.

    Examples
    --------
    >>> plain_number("0.1 V"), plain_number(2.0), plain_number("W12"), plain_number("3 wafers x")
    (0.1, 2.0, None, None)
    """
    if isinstance(value, float | int):
        return float(value)
    found = _PLAIN_NUMBER.match(value.strip())
    if found is None:
        return None
    rest = value.strip()[found.end() :].strip()
    return _number(found[0]) if len(rest.split()) < 2 and not rest[:1].isdigit() else None


def unit_of(value: Value) -> str:
    """What stands behind the number of a setting: ``V`` of ``0.1 V``."""
    if isinstance(value, float | int) or plain_number(value) is None:
        return ""
    found = _PLAIN_NUMBER.match(value.strip())
    assert found is not None
    return value.strip()[found.end() :].strip()


def shown(value: Value) -> str:
    """A value as labels and names write it: 0.5, not 0.5000000001; texts as they are."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def names_in(text: str) -> tuple[str, ...]:
    """The names of values that a text asks for."""
    return tuple(
        dict.fromkeys(found[1].partition(":")[0].strip() for found in _FIELD.finditer(text))
    )


def filled(text: str, values: Mapping[str, Value]) -> str:
    """A text with the values that it asks for.

    Raises
    ------
    figmill.errors.ConfigError
        It asks for one that is not there.

    Examples
    --------
    >>> filled("{wafer}/{vd} V", {"wafer": "W1", "vd": 0.5})
    'W1/0.5 V'
    """

    def value(found: re.Match[str]) -> str:
        name = found[1].partition(":")[0].strip()
        if name not in values:
            raise lacking(name, values)
        return shown(values[name])

    return _FIELD.sub(value, text)


def lacking(name: str, known: Iterable[str]) -> ConfigError:
    """What is said where a value is asked for that no pattern gives."""
    names = sorted(known)
    return ConfigError(
        f"There is no value {name!r}.",
        hint=suggestion(name, names) or f"There are: {', '.join(names) or 'none'}.",
    )
