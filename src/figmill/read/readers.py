"""Who reads a file: of all readers, the one that is surest by the first bytes.

A package offers a reader by a line in its pyproject.toml::

    [project.entry-points."figmill.readers"]
    mine = "my_package.reader:MyReader"

What stands there is a `Reader`, or a class or function without arguments that gives one.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar, cast

from figmill import plugins
from figmill.notes import Note
from figmill.read.filecheck import check_regular

log = logging.getLogger("figmill")

GROUP = "figmill.readers"
HEAD = 4096
"""So many bytes of a file are looked at to find its reader."""

T_co = TypeVar("T_co", covariant=True)
R = TypeVar("R", bound="Reader[Any]")


class Reader(Protocol[T_co]):
    """What reads files of one format."""

    @property
    def format(self) -> str:
        """What people call the format."""
        ...

    @property
    def gives(self) -> str:
        """What it reads, such as ``"spectrum"``: among readers of one kind the surest reads."""
        ...

    def sniff(self, head: bytes, name: str) -> float:
        """How sure it is that a file is of its format.

        Parameters
        ----------
        head
            The file's first `HEAD` bytes, or fewer where it is shorter.
        name
            The file's name, without its folder.

        Returns
        -------
        float
            0 (it is not) to 1. figmill's own readers give at most 0.9, by a magic number.
        """
        ...

    def read(self, path: Path) -> T_co:
        """Read a file.

        Raises
        ------
        figmill.errors.InputError
            If it cannot be used.
        """
        ...


class Readers(Generic[R]):
    """The readers of one kind of thing: a domain's own, and those that packages offer.

    A reader that is broken is disabled for the process, alone, and `notes` tells it.

    Parameters
    ----------
    gives
        The kind.
    own
        The domain's own readers; where two are equally sure, the first one reads.
    """

    def __init__(self, gives: str, own: Iterable[R]) -> None:
        self.gives = gives
        self._own = tuple(own)
        self._offered: dict[str, R] | None = None
        self._broken: dict[str, str] = {}

    def choose(self, head: bytes, name: str) -> tuple[R | None, float]:
        """The reader that is surest of a file.

        Parameters
        ----------
        head, name
            As `Reader.sniff` takes them.

        Returns
        -------
        reader
            None where every one is sure that the file is not of its format.
        confidence
            How sure it is.
        """
        best: R | None = None
        most = 0.0
        for reader in self._own:
            if (sure := reader.sniff(head, name)) > most:
                best, most = reader, sure
        for key, reader in list(self._others().items()):
            if (sure := self._sniffed(key, reader, head, name)) > most:
                best, most = reader, sure
        return best, most

    def notes(self) -> tuple[Note, ...]:
        """One note for each reader that is disabled, with its package."""
        self._others()
        return tuple(
            Note.info("reader-disabled", text, name) for name, text in self._broken.items()
        )

    def origin(self, reader: object) -> str:
        """The package that a reader is of; empty for the domain's own."""
        for name, other in self._others().items():
            if other is reader:
                return plugins.origin_of(GROUP, name)
        return ""

    def _others(self) -> dict[str, R]:
        if self._offered is None:
            self._offered = {}
            loaded = load()
            self._broken.update({name: error.message for name, error in loaded.broken.items()})
            for name, target in loaded.found.items():
                try:
                    made = _made(target)
                    if made.gives == self.gives:
                        self._offered[name] = cast("R", made)
                except Exception as error:  # noqa: BLE001 - whatever it is, it is that package's
                    self._disable(name, error)
        return self._offered

    def _sniffed(self, key: str, reader: R, head: bytes, name: str) -> float:
        try:
            sure = float(reader.sniff(head, name))
            if not (math.isfinite(sure) and 0.0 <= sure <= 1.0):
                raise ValueError(f"its confidence is {sure}, not 0 to 1")
        except Exception as error:  # noqa: BLE001 - whatever it is, it is that package's
            self._disable(key, error)
            self._others().pop(key)
            return 0.0
        return sure

    def _disable(self, name: str, error: Exception) -> None:
        text = (
            f"the reader {name!r} of {plugins.origin_of(GROUP, name)} is disabled: "
            f"{type(error).__name__}: {error}"
        ).rstrip(".: ")
        self._broken[name] = f"{text}."
        log.warning("%s.", text, exc_info=log.isEnabledFor(logging.DEBUG))


def load() -> plugins.Loaded:
    """Import and check the readers that packages offer, of whatever they read."""
    return plugins.load(GROUP, _wrong)


def _wrong(name: str, target: object) -> str:
    """What is wrong with what a package offers as a reader."""
    made = _made(target)
    lacking = [word for word in ("format", "gives") if not _is_text(getattr(made, word, None))]
    lacking += [word for word in ("sniff", "read") if not callable(getattr(made, word, None))]
    return f"is not a reader: it lacks {' and '.join(lacking)}" if lacking else ""


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _made(target: Any) -> Any:
    return target() if callable(target) else target


def read_head(path: str | Path) -> bytes:
    """The first bytes of a regular file, at most `HEAD`.

    Raises
    ------
    OSError
        It is not a regular file, or cannot be read.
    """
    check_regular(path)
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - many files, no Path for each
        return file.read(HEAD)
