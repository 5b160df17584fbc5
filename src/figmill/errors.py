"""Every error that figmill raises on purpose.

::

    FigmillError
    ├── ConfigError            a wrong option, job file or argument; nothing was started
    │   ├── OptionError        wrong values of a recipe or of other options; a ValueError too
    │   └── MissingExtraError  the command needs an extra that is not installed
    ├── InputError             a file or array cannot be used; its item fails, the batch goes on
    ├── NoData                 the input is sound but holds nothing to draw; not a failure
    ├── PlottingError          a figure description cannot be drawn
    ├── OutputError            a result could not be written
    └── EngineError            the run itself cannot go on
        ├── LedgerError        the ledger is damaged, foreign or of a newer version
        └── FolderInUseError   another run holds the output folder

Every error says what was wrong, where, and what to do about it. ``category`` is the word under
which the engine files a failure.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from figmill.config.model import Fault
    from figmill.notes import Note


class FigmillError(Exception):
    """Base of all errors that figmill raises on purpose.

    Parameters
    ----------
    message
        What is wrong, in one sentence.
    file
        The file it concerns, where there is one.
    place
        The place inside that file: a variable, a line, a record.
    hint
        What the user can do about it, in one sentence.
    """

    category: ClassVar[str] = "generic"

    def __init__(
        self,
        message: str,
        *,
        file: str | Path | None = None,
        place: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = None if file is None else str(file)
        self.place = place
        self.hint = hint

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.file, self.place) if part)
        text = f"{where}: {self.message}" if where else self.message
        return f"{text} {self.hint}" if self.hint else text

    def __reduce__(self) -> tuple[object, ...]:
        # Errors travel between processes; keyword-only arguments need the state to travel too.
        return (_rebuild, (type(self), self.__dict__.copy()))


def _rebuild(kind: type[FigmillError], state: dict[str, object]) -> FigmillError:
    error = kind.__new__(kind)
    error.__dict__.update(state)
    error.args = (state["message"],)
    return error


class ConfigError(FigmillError):
    """A wrong option, job file or argument; found before anything starts."""

    category = "invalid-input"


class OptionError(ConfigError, ValueError):
    """Values that a recipe, or other options, do not take; ``faults`` are all of them."""

    def __init__(self, message: str, faults: tuple[Fault, ...], *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.faults = faults


class MissingExtraError(ConfigError):
    """A library that only an extra installs is not there."""

    def __init__(self, library: str, extra: str) -> None:
        super().__init__(
            f"{library} is not installed.",
            hint=f"Install it with: pip install 'figmill[{extra}]'",
        )


class InputError(FigmillError):
    """A file or an array cannot be used as it is."""

    category = "invalid-input"


class NoData(FigmillError):  # noqa: N818 - an outcome, not a failure
    """The input is sound but holds nothing to draw; ``notes`` say what was left out, and why."""

    category = "no_data"

    def __init__(
        self,
        message: str,
        *,
        file: str | Path | None = None,
        place: str | None = None,
        hint: str | None = None,
        notes: Iterable[Note] = (),
    ) -> None:
        super().__init__(message, file=file, place=place, hint=hint)
        self.notes = tuple(notes)


class PlottingError(FigmillError):
    """A figure description cannot be drawn."""

    category = "plotting"


class OutputError(FigmillError):
    """A result could not be written."""

    category = "output"


class EngineError(FigmillError):
    """The run itself cannot go on."""


class LedgerError(EngineError):
    """The ledger is damaged, foreign, or of a newer version."""


class FolderInUseError(EngineError):
    """Another run holds the output folder."""
