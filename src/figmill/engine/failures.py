"""What went wrong with an item, under one of eight categories."""

from __future__ import annotations

import traceback
from dataclasses import dataclass

from figmill.errors import ConfigError, FigmillError
from figmill.text import shortened

LONGEST_MESSAGE = 4000
LONGEST_TRACEBACK = 100_000

CATEGORIES = (
    "timeout",
    "crash",
    "memory",
    "invalid-input",
    "divide-by-zero",
    "plotting",
    "output",
    "generic",
)


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed attempt.

    Parameters
    ----------
    category
        One of ``CATEGORIES``.
    message
        What was wrong, in a sentence.
    hint
        What to do about it.
    error_type
        The exception's name, for grouping; empty where the process died without one.
    traceback
        As Python prints it; empty where there is none.
    of_command
        True where not the item is wrong but the command or the machine: the run ends with it.
    lasting
        True where another attempt would end in the same way.
    """

    category: str
    message: str
    hint: str = ""
    error_type: str = ""
    traceback: str = ""
    of_command: bool = False
    lasting: bool = False

    @classmethod
    def of(cls, error: BaseException, *, writing: bool = False, lasting: bool = False) -> Failure:
        """File an exception under its category.

        Parameters
        ----------
        error
            What the work raised.
        writing
            True where it came from storing the results, so that any error of the operating system
            is one of ``output``.
        lasting
            True where another attempt would end in the same way.
        """
        return cls(
            category_of(error, writing=writing),
            shortened(_sentence(error), LONGEST_MESSAGE),
            (error.hint or "") if isinstance(error, FigmillError) else "",
            type(error).__qualname__,
            shortened("".join(traceback.format_exception(error)), LONGEST_TRACEBACK),
            isinstance(error, ConfigError),
            lasting,
        )


def category_of(error: BaseException, *, writing: bool = False) -> str:
    """Name the category of an exception.

    Parameters
    ----------
    error
        The exception.
    writing
        Whether it was raised while outputs were written.

    Returns
    -------
    str
        One of `figmill.engine.CATEGORIES`.

    Examples
    --------
    >>> category_of(ZeroDivisionError()), category_of(OSError(28, "No space left on device"))
    ('divide-by-zero', 'output')
    """
    match error:
        case FigmillError():
            return error.category
        case ZeroDivisionError() | FloatingPointError():
            return "divide-by-zero"
        case MemoryError():
            return "memory"
        case FileNotFoundError() | PermissionError() | IsADirectoryError() | NotADirectoryError():
            return "output" if writing else "invalid-input"
        case TimeoutError():
            return "timeout"
        case OSError():
            return "output" if writing or error.errno in _WRITE_ERRORS else "generic"
        case _:
            return "generic"


# ENOSPC, EDQUOT, EROFS, EFBIG: only writing meets them.
_WRITE_ERRORS = frozenset({28, 122, 30, 27})


def _sentence(error: BaseException) -> str:
    if isinstance(error, FigmillError):
        where = ", ".join(part for part in (error.file, error.place) if part)
        return f"{where}: {error.message}" if where else error.message
    try:
        text = str(error).strip()
    except Exception as another:  # noqa: BLE001 - the work's own class; its name is told
        text = f"(its text cannot be shown: {type(another).__name__})"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
