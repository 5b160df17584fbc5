"""The reasons under which progress files of FAST batches list orbits."""

from __future__ import annotations

from figmill.errors import InputError, PlottingError

REASONS = ("timeout", "invalid-cdf", "divide-by-zero", "plotting", "generic")

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
