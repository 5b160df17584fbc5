"""What an item is and what its work may answer: plain values that recipes share with the engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from figmill.errors import ConfigError
from figmill.notes import Note

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"


@dataclass(frozen=True, slots=True)
class Item:
    """One unit of work: an orbit, a plot entry, a sample.

    Parameters
    ----------
    key
        The stable name under which the ledger knows the item. Any text; characters that are no
        Unicode (from undecodable file names) are kept as escapes.
    inputs
        The files it reads. The item is redone when one of them changes.
    parameters
        The options that shape its result, as JSON values. The item is redone when one changes.
    payload
        Anything else the work function wants. It is not watched for changes and must travel
        between processes (closures and lambdas do).
    source
        What the key stands for: the path of a file or folder. Another source under the same key is
        another item, and is refused where the first one has files. None: the first input; empty:
        nothing, so that any item of this key continues the earlier one.
    parts
        Which of its results are asked for, where there are several that have options of their
        own. Those that an earlier run made stay, and none is redone for the sake of another.
    writes
        Names of the files it will write, as far as they are known beforehand; without the suffix
        where that is a format of the run. Two items that would write one file are refused before
        anything is drawn.
    shares_with
        Keys of other items of the recipe that stand for the same: each may take over the others'
        files.
    named
        The command names the first input itself: where that is missing, and nothing was ever
        drawn of it, the run does not start.

    Examples
    --------
    >>> Item("orbit_13616", parameters={"dpi": 200}).key
    'orbit_13616'
    """

    key: str
    inputs: tuple[Path, ...] = ()
    parameters: Mapping[str, JSON] = field(default_factory=dict)
    payload: Any = None
    source: str | None = None
    parts: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    shares_with: tuple[str, ...] = ()
    named: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.key, str) or not self.key:
            raise ConfigError(
                f"an item's key must be a text of at least one character, not {self.key!r}.",
                hint="Give every item a name of its own.",
            )
        if not self.key.isascii():
            printable = self.key.encode("utf-8", "backslashreplace").decode("utf-8")
            object.__setattr__(self, "key", printable)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the work function answers: the item is done, or there was nothing to draw.

    Parameters
    ----------
    status
        ``"done"`` or ``"no_data"``. Failures are raised, not returned.
    message
        One sentence for people; for ``no_data`` the reason.
    facts
        JSON values kept in the ledger with the item, for later stages to read.
    notes
        What was assumed, guessed, cut, dropped or passed over.
    """

    status: Literal["done", "no_data"]
    message: str = ""
    facts: Mapping[str, JSON] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()

    @classmethod
    def done(
        cls,
        message: str = "",
        facts: Mapping[str, JSON] | None = None,
        notes: Iterable[Note] = (),
    ) -> Outcome:
        """Say that the item's files are written."""
        return cls("done", message, facts or {}, tuple(notes))

    @classmethod
    def no_data(
        cls, reason: str, facts: Mapping[str, JSON] | None = None, notes: Iterable[Note] = ()
    ) -> Outcome:
        """Say that the input is sound but holds nothing to draw."""
        return cls("no_data", reason, facts or {}, tuple(notes))
