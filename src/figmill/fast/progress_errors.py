"""The reasons under which progress files of FAST batches list orbits."""

from __future__ import annotations

import re
from collections.abc import Mapping

from figmill.errors import InputError, PlottingError

_OF_CATEGORY = {
    "timeout": "timeout",
    "invalid-input": "invalid-cdf",
    "divide-by-zero": "divide-by-zero",
    "plotting": "plotting",
}


def reason_of(error: BaseException) -> str:
    """The reason for an error.

    Examples
    --------
    >>> reason_of(InputError("damaged")), reason_of(RuntimeError())
    ('invalid-cdf', 'generic')
    """
    match error:
        case TimeoutError():
            return "timeout"
        case InputError():
            return "invalid-cdf"
        case ZeroDivisionError() | FloatingPointError():
            return "divide-by-zero"
        case PlottingError():
            return "plotting"
        case _:
            return "generic"


def reason_of_category(category: str) -> str:
    """The reason for a category of the engine.

    Examples
    --------
    >>> reason_of_category("invalid-input"), reason_of_category("memory")
    ('invalid-cdf', 'generic')
    """
    return _OF_CATEGORY.get(category, "generic")


_ERROR = re.compile(r"(?:^|; |: )(ees|eeb|ies|ieb) \((timeout|invalid-cdf|[a-z-]+)\): ")


def as_text(errors: Mapping[str, tuple[str, str]]) -> str:
    """What went wrong with each instrument, in one sentence that `from_text` reads.

    Parameters
    ----------
    errors
        By instrument: reason and sentence.

    Examples
    --------
    >>> as_text({"ees": ("timeout", "too slow"), "ies": ("invalid-cdf", "no CDF")})
    'ees (timeout): too slow; ies (invalid-cdf): no CDF'
    """
    return "; ".join(f"{name} ({reason}): {text}" for name, (reason, text) in errors.items())


def from_text(text: str) -> dict[str, tuple[str, str]]:
    """Read what `as_text` wrote; empty where it is something else.

    Examples
    --------
    >>> from_text("TimeoutError: ees (timeout): too slow; ies (timeout): too slow; indeed")
    {'ees': ('timeout', 'too slow'), 'ies': ('timeout', 'too slow; indeed')}
    >>> from_text("no such file")
    {}
    """
    found = list(_ERROR.finditer(text))
    if not found:
        return {}
    ends = [match.start() for match in found[1:]] + [len(text)]
    return {
        match[1]: (match[2], text[match.end() : end])
        for match, end in zip(found, ends, strict=True)
    }
