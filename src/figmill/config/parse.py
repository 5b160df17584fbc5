"""Times and sizes as people write them."""

from __future__ import annotations

import re

from figmill.errors import ConfigError

_TIMES = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}


def parse_timedelta(text: str | float) -> float | None:
    """Read a time span; None for 0, which stands for no limit.

    Raises
    ------
    ConfigError
        It is none.

    Examples
    --------
    >>> parse_timedelta("90"), parse_timedelta("1.5m"), parse_timedelta(0)
    (90.0, 90.0, None)
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", str(text).strip().lower())
    if not found or found[2] not in _TIMES:
        raise ConfigError(f"{text!r} is not a time span.", hint="Write 90, 90s, 10m or 1h.")
    return float(found[1]) * _TIMES[found[2]] or None


def parse_bytes(text: str | int) -> int:
    """Read an amount of memory, in bytes.

    Raises
    ------
    ConfigError
        It is none.

    Examples
    --------
    >>> parse_bytes("2GB"), parse_bytes("800 MiB")
    (2000000000, 838860800)
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?", str(text).strip().lower())
    if not found or not float(found[1]):
        raise ConfigError(f"{text!r} is not an amount of memory.", hint="Write 800MB, 2GB or 2GiB.")
    base = 1024 if found[3] else 1000
    return int(float(found[1]) * base ** " kmgt".index(found[2] or " "))
