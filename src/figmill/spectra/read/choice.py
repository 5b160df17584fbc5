"""Files of several spectra: which one is meant, and what is said of the others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from figmill.errors import InputError
from figmill.notes import Note
from figmill.spectra.spectrum import Evidence

_LISTED = 12


def choose(path: Path, names: Sequence[str], wanted: str | int | None) -> int:
    """The place, from 0, of the spectrum that is meant: by name, or by number from 1.

    A file of one spectrum has nothing to choose from: a wish names a column of text files then.

    Raises
    ------
    figmill.errors.InputError
        If there is no such spectrum.

    Examples
    --------
    >>> choose(Path("a.jdx"), ["blank", "day 1"], "Day 1"), choose(Path("a.jdx"), ["blank"], 7)
    (1, 0)
    """
    if wanted is None or len(names) < 2:
        return 0
    text = str(wanted).strip()
    for index, name in enumerate(names):
        if name.casefold() == text.casefold():
            return index
    if text.isdecimal() and 1 <= int(text) <= len(names):
        return int(text) - 1
    raise InputError(
        f"there is no spectrum {text!r} in it.",
        file=path,
        hint=f"Choose one of {listing(names)}.",
    )


def listing(names: Sequence[str]) -> str:
    """The spectra of a file by number and name; the first dozen.

    Examples
    --------
    >>> listing(["blank", "day 1"])
    '1: blank, 2: day 1'
    """
    shown = ", ".join(f"{number}: {name}" for number, name in enumerate(names[:_LISTED], 1))
    return f"{shown}, ... {len(names)}" if len(names) > _LISTED else shown


def several(
    names: Sequence[str], taken: int, wanted: str | int | None
) -> tuple[list[Evidence], list[Note]]:
    """Evidence and notes for one spectrum of a file of several; none for a file of one."""
    count = len(names)
    if count < 2:
        return [], []
    if wanted is not None:
        return [Evidence(f"spectrum {taken + 1} of {count}, {names[taken]!r}, as asked")], []
    text = (
        f"The file holds {count} spectra ({listing(names)}); this is the first. Take "
        "another by number or name (--y)."
    )
    evidence = Evidence(f"The file holds {count} spectra", 0.8)
    return [evidence], [Note.loss("spectra-not-taken", text)]
