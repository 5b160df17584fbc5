"""What Linux and macOS have, and Windows has not."""

from __future__ import annotations

import resource
from contextlib import suppress


def open_file_limit(needed: int) -> int | None:
    """Ask for as many open files as are needed.

    Returns
    -------
    int or None
        How many this process may have now; None for any number.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return None
    if soft < needed:
        wanted = needed if hard == resource.RLIM_INFINITY else min(hard, needed)
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    return soft
