"""Libraries that only an extra installs: whether they are there."""

from __future__ import annotations

from importlib.util import find_spec

from figmill.errors import MissingExtraError


def is_installed(module: str) -> bool:
    """Whether a library can be found; it is not imported.

    Examples
    --------
    >>> is_installed("json"), is_installed("no_such_library")
    (True, False)
    """
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):  # something in the way of imports says so by raising
        return False


def need(module: str, extra: str) -> None:
    """Make sure that a library is there.

    Raises
    ------
    figmill.errors.MissingExtraError
        It is not installed.
    """
    if not is_installed(module):
        raise MissingExtraError(module, extra)
