"""What was assumed, guessed, cut, dropped or passed over on the way to a figure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Level: TypeAlias = Literal["info", "doubt", "loss"]
LEVELS: tuple[Level, ...] = get_args(Level)

CUT = "notes-cut"
MOST = 100
LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that a reader of the figure may want to know of how it was made.

    Parameters
    ----------
    level
        ``"info"``: figmill did what the file or the user says, and tells it. ``"doubt"``: it had to
        assume something that may be wrong. ``"loss"``: something of the file is not in the figure.
    code
        What kind of thing, the same for all files: words joined by hyphens.
    text
        One sentence for people.
    place
        Where in the input: a file, a variable, a line.

    Examples
    --------
    >>> str(Note.doubt("unit-assumed", "The x axis has no unit; nm was taken.", "line 3"))
    'line 3: The x axis has no unit; nm was taken.'
    """

    level: Level
    code: str
    text: str
    place: str = ""

    @classmethod
    def info(cls, code: str, text: str, place: str = "") -> Note:
        """Tell what was done as the file or the user says."""
        return cls("info", code, text, place)

    @classmethod
    def doubt(cls, code: str, text: str, place: str = "") -> Note:
        """Tell what had to be assumed and may be wrong."""
        return cls("doubt", code, text, place)

    @classmethod
    def loss(cls, code: str, text: str, place: str = "") -> Note:
        """Tell what of the file is not in the figure."""
        return cls("loss", code, text, place)

    def __str__(self) -> str:
        return f"{self.place}: {self.text}" if self.place else self.text


def joined(notes: Iterable[Note]) -> str:
    """Give notes as one text, each with its full stop.

    Parameters
    ----------
    notes
        Any number of them.

    Returns
    -------
    str
        Sentences with spaces between them.

    Examples
    --------
    >>> joined([Note.info("a", "three rows are empty"), Note.loss("b", "One is cut.", "row 4")])
    'three rows are empty. row 4: One is cut.'
    """
    texts = (str(note) for note in notes)
    return " ".join(text if text.endswith((".", "!", "?")) else f"{text}." for text in texts)


def of_levels(notes: Iterable[Note], *levels: Level) -> tuple[Note, ...]:
    """Give the notes of these levels.

    Parameters
    ----------
    notes
        Any number of them.
    *levels
        ``"info"``, ``"doubt"``, ``"loss"``.
    """
    return tuple(note for note in notes if note.level in levels)


def tidied(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Give each note once, the gravest first.

    Parameters
    ----------
    notes
        In any order.

    Returns
    -------
    tuple of Note
        Losses, doubts, infos; within a level in the order that they came.
    """
    return tuple(sorted(dict.fromkeys(notes), key=lambda note: -LEVELS.index(note.level)))


def dump(notes: Iterable[Note]) -> str:
    """Write notes as JSON, each once and the gravest first; what is too much is cut, and told.

    Parameters
    ----------
    notes
        Any number of them; `MOST` are kept, of each text `LONGEST` characters.

    Returns
    -------
    str
        A list of ``[level, code, text, place]``.

    Raises
    ------
    TypeError
        One of them is not a note.
    """
    notes = tuple(notes)
    if not notes:
        return "[]"
    for note in notes:
        if not isinstance(note, Note) or note.level not in LEVELS:
            raise TypeError(f"a note must be a figmill Note, not {note!r:.100}")
    kept = [*tidied(notes)]
    if len(kept) > MOST:
        more = len(kept) - MOST + 1
        kept[MOST - 1 :] = [cut_note(more)]
    return json.dumps(
        [
            [note.level, *(_cut(part) for part in (note.code, note.text, note.place))]
            for note in kept
        ]
    )


def load(text: str) -> tuple[Note, ...]:
    """Read what `dump` wrote.

    Parameters
    ----------
    text
        JSON.

    Raises
    ------
    ValueError
        It is something else.
    """
    if text == "[]":
        return ()
    found = json.loads(text)
    if not isinstance(found, list):
        raise ValueError("not a list of notes")
    return tuple(_note(one) for one in found)


def cut_note(count: int) -> Note:
    """Tell that there was no room for so many notes.

    Parameters
    ----------
    count
        How many notes are not there.

    Returns
    -------
    Note
        Its code is ``notes-cut``.
    """
    return Note.info("notes-cut", f"{count} further notes are not kept.")


def _note(one: object) -> Note:
    match one:
        case [level, str(code), str(text), str(place)] if level in LEVELS:
            return Note(level, code, text, place)
        case _:
            raise ValueError(f"not a note: {one!r:.100}")


def _cut(text: str) -> str:
    text = str(text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
