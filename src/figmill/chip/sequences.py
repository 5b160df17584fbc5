"""Read the ways in which runs are asked for by number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from figmill.errors import ConfigError

LARGEST = 100_000
_HINT = 'Write 52, "52-58", "52,57,58", "89-92,95,100-105" or [52, "57-60"].'


@dataclass(frozen=True, slots=True)
class Asked:
    """Run numbers that were asked for.

    Parameters
    ----------
    numbers
        All numbers in the order asked, each once.
    named
        Those that were written out, and must therefore fit; the others came from ranges.
    """

    numbers: tuple[int, ...]
    named: frozenset[int]


def parse_sequence(asked: Any) -> Asked:
    """Read run numbers.

    Raises
    ------
    figmill.errors.ConfigError
        They are not written in any of the ways there are.

    Examples
    --------
    >>> parse_sequence("5-7, 9").numbers
    (5, 6, 7, 9)
    >>> sorted(parse_sequence([52, "57-60"]).named)
    [52]
    """
    numbers: dict[int, None] = {}
    named: set[int] = set()
    for first, last in _ranges(asked):
        if first == last:
            named.add(first)
        numbers.update(dict.fromkeys(range(first, last + 1)))
    if not numbers:
        raise ConfigError("The sequence names no run.", place="seq", hint=_HINT)
    return Asked(tuple(numbers), frozenset(named))


def _ranges(asked: Any) -> list[tuple[int, int]]:
    if isinstance(asked, bool) or asked is None or isinstance(asked, float | dict):
        raise _wrong(asked)
    if isinstance(asked, int):
        return [_range(str(asked), asked)]
    if isinstance(asked, str):
        return [_range(part, asked) for part in asked.split(",")]
    if isinstance(asked, Sequence):
        if any(isinstance(part, list | tuple) for part in asked):
            raise _wrong(asked)
        return [pair for part in asked for pair in _ranges(part)]
    raise _wrong(asked)


def _range(text: str, asked: Any) -> tuple[int, int]:
    found = re.fullmatch(r"\s*(\d{1,9})\s*(?:-\s*(\d{1,9})\s*)?", text)
    if found is None:
        raise _wrong(asked)
    first, last = int(found[1]), int(found[2] or found[1])
    if first < 1 or last < first or last - first >= LARGEST:
        raise ConfigError(
            f"The range {text.strip()!r} of a sequence runs from {first} to {last}.",
            place="seq",
            hint=f"Numbers start at 1, and a range goes up and spans at most {LARGEST} runs.",
        )
    return first, last


def _wrong(asked: Any) -> ConfigError:
    return ConfigError(f"{asked!r} is not a sequence of runs.", place="seq", hint=_HINT)


def compact(numbers: Sequence[int]) -> str:
    """Write numbers shortly, with ranges, in order.

    Examples
    --------
    >>> compact([5, 4, 6, 9])
    '4-6,9'
    """
    parts: list[list[int]] = []
    for number in sorted(set(numbers)):
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ",".join(f"{a}" if a == b else f"{a}-{b}" for a, b in parts)


def spoken(numbers: Sequence[int]) -> str:
    """Runs as sentences name them.

    Examples
    --------
    >>> spoken([65]), spoken([8, 9, 12])
    ('run 65', 'runs 8-9,12')
    """
    return f"run{'s' if len(set(numbers)) > 1 else ''} {compact(numbers)}"
