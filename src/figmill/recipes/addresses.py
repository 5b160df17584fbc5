"""Where a recipe sends data or keys, and who said that it may.

A key goes to its provider's own address, or to one that the user named in this very command: never
to one that a job brought along.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

from figmill.errors import ConfigError
from figmill.recipes.base import Recipe

PROVIDERS = ("https://api.openai.com",)

# Narrower than what URLs may be: with user names, escapes, backslashes, dots as path or letters
# beyond ASCII, programs disagree about which host is meant.
_PLAIN = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])"
    r"(:(?P<port>[0-9]{1,5}))?(?P<path>(/[a-z0-9_~.-]*)*)",
    re.ASCII | re.IGNORECASE,
)
_PORTS = {"http": 80, "https": 443}


def check_addresses(recipe: Recipe, named: Iterable[str] = ()) -> None:
    """Refuse a recipe that would send something to an address that nobody named.

    To be called before the recipe lists its items, which may send something already.

    Parameters
    ----------
    recipe
        The recipe of a job that was read from a file.
    named
        Addresses that the user named in this command.

    Raises
    ------
    ConfigError
        One of its addresses is neither a provider's own nor lies below one that was named.
    """
    allowed = (*PROVIDERS, *named)
    for address in recipe.addresses():
        if not any(covers(each, address) for each in allowed):
            raise ConfigError(
                f"the job would send data and a key to {address!r}, an address that this command "
                "does not name.",
                hint=f"If it is yours, add --allow-address {shlex.quote(address)}",
            )


def covers(allowed: str, address: str) -> bool:
    """Whether an address is the allowed one, or lies below it on the same server.

    Examples
    --------
    >>> covers("https://api.openai.com", "https://api.openai.com/v1")
    True
    >>> covers("https://api.openai.com", "https://api.openai.com@evil.example/v1")
    False
    """
    if allowed == address:
        return True
    ours, theirs = _parts(allowed), _parts(address)
    if ours is None or theirs is None:
        return False
    return ours[0] == theirs[0] and theirs[1][: len(ours[1])] == ours[1]


def _parts(address: str) -> tuple[tuple[str, str, int], list[str]] | None:
    """Server and folders of a plain address."""
    found = _PLAIN.fullmatch(address)
    if found is None:
        return None
    scheme = found["scheme"].lower()
    folders = [part for part in found["path"].split("/") if part]
    if {".", ".."} & set(folders):
        return None
    return (scheme, found["host"].lower(), int(found["port"] or _PORTS[scheme])), folders
