"""What is said of a file or folder that a command names and that is not there."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from figmill.errors import ConfigError


def missing(path: str | Path, what: str = "file") -> ConfigError:
    """The error that names it, and what is there under nearly that name.

    Parameters
    ----------
    path
        What was named.
    what
        What it should be: "file", "folder", "cusp table".

    Examples
    --------
    >>> missing("/no/such/table.csv", "cusp table").message
    'There is no such cusp table.'
    """
    path = Path(path)
    return ConfigError(f"There is no such {what}.", file=path, hint=_hint(path))


def _hint(path: Path) -> str:
    folder = path.parent
    try:
        beside = sorted(each.name for each in folder.iterdir())
    except FileNotFoundError:
        return f"There is no folder {folder} either: check the path."
    except OSError:  # what may not be listed cannot be searched for a near name
        beside = []
    near = get_close_matches(path.name, beside, n=1)
    return f"Did you mean {str(folder / near[0])!r}?" if near else "Check the path."
