"""File names for item keys: safe on every file system, distinct, and readable."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_UNSAFE = re.compile(r"[^\w.+=@,-]+")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?$")
_LONGEST = 120


def safe_name(key: str) -> str:
    """Name a file after an item's key.

    A key of letters, digits and ``. _ + = @ , -`` names its file as it is. Any other key keeps its
    readable part and gains a short digest of the whole, so two keys never share a name. Names are
    at most 120 characters and 180 bytes, which leaves room for a suffix.

    Parameters
    ----------
    key
        An item's key: any text.

    Returns
    -------
    str
        One path component without separators: never hidden, never reserved.

    Examples
    --------
    >>> safe_name("orbit_13616")
    'orbit_13616'
    >>> safe_name("../../x")
    'x~9cdf6a50'
    """
    name = unicodedata.normalize("NFC", _UNSAFE.sub("_", key)).strip("._ ")
    if name == key and len(name) <= _LONGEST and len(name.encode()) <= 180 and not _odd(name):
        return name
    digest = hashlib.sha256(key.encode("utf-8", "backslashreplace")).hexdigest()[:8]
    short = name[: _LONGEST - 9].encode()[:170].decode("utf-8", "ignore").strip("._ ")
    return f"{short}~{digest}" if short else f"item~{digest}"


def _odd(name: str) -> bool:
    return bool(_RESERVED.match(name)) or not name
