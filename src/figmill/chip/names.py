"""What a chip is called: its group and its number or name, on screen and in names of files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeAlias
from urllib.parse import quote, unquote

from figmill.errors import ConfigError

Chip: TypeAlias = int | str
"""The number of a chip, or its name where it has no whole number: ``67``, ``"C1"``, ``"3.1"``."""

LONGEST_NAME = 120
_LONGEST_BYTES = 200
_SUFFIX = "_history.parquet"
_BETWEEN = "~"
_WHOLE = re.compile(r"\+?(\d{1,15})(\.0*)?")
_PLAIN = re.compile(r"(?P<group>.+?)(?P<number>\d+)", re.ASCII)


def chip_of(text: str) -> Chip:
    """The chip that a text names: a number where it is a whole one, else the text itself.

    Examples
    --------
    >>> chip_of("067"), chip_of("3.0"), chip_of("3.1"), chip_of("C1")
    (67, 3, '3.1', 'C1')
    """
    found = _WHOLE.fullmatch(text.strip())
    return int(found[1]) if found and found[1].isascii() else text.strip()


def chip_argument(text: str) -> Chip:
    """The chip that a command names.

    Raises
    ------
    figmill.errors.ConfigError
        The text is empty.
    """
    if not text.strip():
        raise ConfigError("No chip is named.", place="CHIP", hint="Give a number or name: 67, C1.")
    return chip_of(text)


def chip_in(row: Mapping[str, Any]) -> Chip | None:
    """The chip of a row of a manifest or a history; None where the row names none."""
    number, label = row.get("chip_number"), row.get("chip_label")
    return int(number) if number is not None else chip_of(label) if label else None


def order(chip: Chip) -> tuple[bool, int, str]:
    """A key that sorts numbers before names."""
    return isinstance(chip, str), chip if isinstance(chip, int) else 0, str(chip)


def is_name(text: str) -> bool:
    """Whether a text can be a file's name, or a part of one, on every system."""
    safe = all(c.isprintable() and c not in '/\\:*?"<>|' for c in text)
    return (
        safe and 0 < len(text) <= LONGEST_NAME and not text.startswith(".") and text == text.strip()
    )


def spoken_name(group: str, chip: Chip) -> str:
    """The chip as people read it; group and chip stay apart where joining them is ambiguous.

    Examples
    --------
    >>> spoken_name("Alisson", 67), spoken_name("W1", 2), spoken_name("W", "C1")
    ('Alisson67', 'W1 #2', 'W #C1')
    """
    return f"{group}{chip}" if _is_plain(group, chip) else f"{group} #{chip}"


def file_name(group: str, chip: Chip) -> str:
    """The chip as a part of a file's name: no two chips share one, and none leaves its folder.

    Examples
    --------
    >>> file_name("Alisson", 67), file_name("W1", 2), file_name("../x", 1)
    ('Alisson67', 'W1~2', '%2E.%2Fx~1')
    """
    if _is_plain(group, chip):
        return f"{group}{chip}"
    return _BETWEEN.join(_escaped(part) for part in (group, str(chip)))


def history_name(group: str, chip: Chip) -> str:
    """The name of the file of a chip's history."""
    return file_name(group, chip) + _SUFFIX


def read_history_name(name: str) -> tuple[str, Chip] | None:
    """Group and chip of a history's file; None where it is not one."""
    stem = name.removesuffix(_SUFFIX)
    if stem == name:
        return None
    group, mark, chip = stem.partition(_BETWEEN)
    if mark:
        return (unquote(group), chip_of(unquote(chip))) if group and chip else None
    found = _PLAIN.fullmatch(stem)
    return (found["group"], int(found["number"])) if found else None


def is_too_long(group: str, chip: Chip) -> bool:
    """Whether the two make a name that some file system has no room for."""
    return len(file_name(group, chip).encode()) > _LONGEST_BYTES


def _is_plain(group: str, chip: Chip) -> bool:
    return (
        isinstance(chip, int)
        and chip >= 0
        and is_name(group)
        and not group[-1].isdigit()
        and _BETWEEN not in group
        and "%" not in group
    )


def _escaped(text: str) -> str:
    quoted = quote(text, safe=" +-_.,()").replace(_BETWEEN, "%7E")
    return "%2E" + quoted[1:] if quoted.startswith(".") else quoted
