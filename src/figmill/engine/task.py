"""What travels between the run and its executors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from figmill.engine.cancel import CancelToken
from figmill.engine.failures import Failure
from figmill.engine.fingerprint import FileStamp
from figmill.engine.ledger.records import Record
from figmill.engine.outputs import Outputs, StagedFile
from figmill.item import JSON, Item, Outcome

WorkFunction: TypeAlias = Callable[[Item, Outputs], Outcome]


@dataclass(frozen=True, slots=True)
class Task:
    """An item that is to be worked on.

    Parameters
    ----------
    index
        Its place in the input.
    item
        The item.
    attempt
        The number of the attempt, from 1.
    before
        What the ledger held of it when it was planned.
    wanted
        The parts of it that are asked for.
    source
        What its key stands for.
    """

    index: int
    item: Item
    attempt: int = 1
    before: Record | None = None
    wanted: frozenset[str] = frozenset()
    source: str = ""


@dataclass(frozen=True, slots=True)
class LogLine:
    """A log record made while an item was worked on.

    Parameters
    ----------
    at
        When, in seconds since 1970.
    level
        ``"INFO"``, ``"WARNING"`` and the like.
    message
        What was logged.
    fields
        What belongs to it besides, as JSON values.
    """

    at: float
    level: str
    message: str
    fields: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """How one attempt ended.

    Parameters
    ----------
    status
        ``done``, ``no_data`` or ``failed``.
    seconds
        How long it took.
    message
        What the item says of itself.
    files
        What was written, under temporary names.
    inputs
        The inputs as they were before the work began.
    facts
        A JSON object.
    failure
        Why it failed.
    peak_memory
        Bytes; 0 where unknown.
    published
        What became of the files; known to the run alone.
    worker
        The number of the process that worked on it.
    notes
        What `figmill.notes.dump` wrote.
    """

    status: str
    seconds: float = 0.0
    message: str = ""
    files: tuple[StagedFile, ...] = ()
    inputs: tuple[FileStamp, ...] = ()
    facts: str = "{}"
    failure: Failure | None = None
    peak_memory: int = 0
    published: tuple[FileStamp, ...] = ()
    worker: int = 0
    notes: str = "[]"

    def __reduce__(self) -> tuple[type[Result], tuple[Any, ...]]:
        # Twice as quick as the way of frozen dataclasses; there is one for every item.
        return Result, tuple(getattr(self, name) for name in self.__slots__)


class RunRecorder(Protocol):
    """What an executor tells the run; each method returns once the ledger holds it."""

    def claim(self, tasks: Sequence[Task], worker: int, *, behind: bool = False) -> None:
        """Say that tasks were given to a worker: the first runs, the others wait behind it.

        Parameters
        ----------
        tasks
            What was given to the worker.
        worker
            Its number.
        behind
            Whether all of them wait, behind one that runs already.
        """

    def settle(self, ended: Sequence[tuple[Task, Result]]) -> list[float | None]:
        """Hand results over; for each None (final), or after how many seconds to try again."""

    def release(self, tasks: Sequence[Task]) -> None:
        """Give claimed tasks back that will not run any more."""

    @property
    def turn(self) -> Callable[[], None]:
        """To be called often, between other things: a chance to tell listeners."""

    def log(self, line: LogLine, key: str | None = None) -> None:
        """Pass a log record on.

        Parameters
        ----------
        line
            The record.
        key
            The item that it belongs to; None for none.
        """


Book = RunRecorder
"""What `RunRecorder` was called before; it will go with a later release."""


class Executor(Protocol):
    """Something that works on tasks: serially, on a pool, on a cluster.

    It takes tasks from the iterator only as it has room (the iterator may be endless), and ends
    when that is exhausted or ``cancel`` says so. None among the tasks means that many items needed
    nothing: a chance to look after what runs.
    """

    def execute(
        self,
        tasks: Iterator[Task | None],
        work: WorkFunction,
        recorder: RunRecorder,
        cancel: CancelToken,
    ) -> None:
        """Work on all tasks.

        Parameters
        ----------
        tasks
            What is to be done; None among them means that many items needed nothing.
        work
            Called with an item and where its files go, in this process or another one.
        recorder
            Is told what is begun, and how it ended.
        cancel
            Says when to stop.
        """
