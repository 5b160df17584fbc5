"""Whether libraries are there: those of extras, and those that figmill always needs."""

from __future__ import annotations

from importlib.util import find_spec

from figmill.errors import ConfigError, MissingExtraError

CORE = ("matplotlib", "PIL", "isal", "deflate", "zlib_ng", "blake3", "cloudpickle")
"""What reading and drawing cannot do without, and import only once they need it."""


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


def need_core() -> None:
    """Make sure that figmill's own installation is whole.

    Raises
    ------
    figmill.errors.ConfigError
        A library that it always needs is gone.
    """
    if absent := [module for module in CORE if not is_installed(module)]:
        verb = "is" if len(absent) == 1 else "are"
        raise ConfigError(
            f"{', '.join(absent)} {verb} not installed, and figmill cannot draw without.",
            hint="Repair the installation: pip install --force-reinstall figmill",
        )
