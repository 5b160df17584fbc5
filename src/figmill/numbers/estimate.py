"""A derived number with all that is to be known about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number, its error, and how it was found.

    Parameters
    ----------
    value
        None where it could not be told, for which `flags` give the reason.
    error
        One standard error, in the unit of the value; None where it is not known.
    method
        How it was found.
    flags
        What is to be known about it, such as ``noise``.
    at
        Where on the x axis it was found; None where that says nothing.
    width
        Of the window on the x axis; None where there was none.
    """

    value: float | None
    error: float | None = None
    method: str = ""
    flags: tuple[str, ...] = ()
    at: float | None = None
    width: float | None = None
