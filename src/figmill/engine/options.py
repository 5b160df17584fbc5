"""How a run is to be carried out, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, get_args

from figmill.engine.cancel import CancelToken
from figmill.engine.failures import CATEGORIES, Failure
from figmill.engine.ledger.snapshot import GenericSnapshot, Snapshot
from figmill.engine.task import Executor
from figmill.errors import ConfigError
from figmill.formats import Compression

if TYPE_CHECKING:
    from concurrent import futures

RETRIES: Mapping[str, int] = MappingProxyType({"timeout": 1, "crash": 2, "memory": 1, "output": 1})
_LIMITS = ("isolate", "timeout_s", "memory_limit", "batch_memory_limit", "recycle_after")

_LEAST_TIMEOUT_S = 0.01
"""To send an item to a worker and its result back takes a good part of a millisecond, idle."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How to run.

    Parameters
    ----------
    workers
        Worker processes. 0 works in the caller's own process, where nothing can be ended: it takes
        neither a timeout nor a memory limit. 1 does so, too, unless one of these or ``isolate``
        asks for a process that can be ended. In worker processes BLAS, OpenMP, polars and the like
        have one thread each, unless the environment of the run (``OMP_NUM_THREADS``,
        ``POLARS_MAX_THREADS``, ...) says otherwise.
    isolate
        True works in worker processes even with one worker, so that a crash fails its item alone.
    timeout_s
        Seconds an attempt may take, 0.01 at least; None for no limit.
    grace_s
        Seconds between SIGTERM and SIGKILL for an attempt that is over its time.
    memory_limit
        Bytes of resident memory that one worker (with its children, and with what is preloaded)
        may take; None for no limit.
    batch_memory_limit
        Bytes that all workers may take together; None for 80 % of what the machine has. Near it,
        fewer items run at a time.
    retries
        How often an item is tried again, by category of failure; others never.
    retry_failed
        Categories of failure of earlier runs that are tried again although nothing changed.
        ``output`` is among them by default: a full disk is not a fault of the item.
    backoff_s
        Seconds before the first new attempt; doubled for each further one.
    recycle_after
        Replace a worker after this many items; None never.
    recycle_growth
        Replace a worker whose memory grew by this many bytes since its first item; None never.
    preload
        Names of modules that workers start with already imported.
    flush_batch_size
        Write the progress file after this many newly finished items.
    log_flush_batch_size
        Write the logs after this many records; None for ``flush_batch_size``.
    log_flush_s
        Write the logs at least this often, in seconds.
    progress_json_path
        The progress file; relative paths are below the output folder. None for none.
    ignore_progress_json
        Start afresh: everything runs again, whatever ledger and progress file say.
    snapshot
        Another form of the progress file; see `figmill.engine.ledger.snapshot.Snapshot`.
    install_signal_handlers
        Let Ctrl-C stop the run gently; False touches no handler.
    force
        Run everything again.
    overwrite
        Replace files that stand in the way and that no run into this folder has made.
    dry_run
        Only plan: `ItemPlanned` events tell what would run and why. Nothing is written.
    log_dir
        Where the logs go; None for OUT/.figmill/logs.
    log
        False writes no log files.
    cancel
        A token with which other code stops the run.
    notes_on_figure
        Print under each figure, in small type, what was assumed or left out. For whoever draws: the
        engine itself passes it on.
    limits
        ``"each"``: every figure has limits of its own. ``"shared"``: a first pass over all items
        finds limits that suit them all. Else a file with limits. For whoever draws, too.
    compress
        ``"fast"``, or ``"small"``: PNG files of the same pixels and fewer bytes. For whoever draws.
    executor
        What works instead of figmill's own workers: an executor of `concurrent.futures`, which
        stays the caller's; or a function that makes an `Executor`, given the run's staging folder.
        It overrides ``workers``, and it takes no ``isolate``, ``timeout_s``, ``memory_limit``,
        ``batch_memory_limit`` nor ``recycle_after``, since nothing here could keep them; but those
        that a function names in an attribute ``honours`` its executor keeps itself.

    Raises
    ------
    ConfigError
        A number is out of its range, a category is none, or the executor cannot keep a limit.
    """

    workers: int = 1
    isolate: bool = False
    timeout_s: float | None = None
    grace_s: float = 2.0
    memory_limit: int | None = None
    batch_memory_limit: int | None = None
    retries: Mapping[str, int] = field(default_factory=lambda: dict(RETRIES))
    retry_failed: frozenset[str] = frozenset({"output"})
    backoff_s: float = 0.25
    recycle_after: int | None = None
    recycle_growth: int | None = 1 << 30
    preload: tuple[str, ...] = ()
    flush_batch_size: int = 10
    log_flush_batch_size: int | None = None
    log_flush_s: float = 2.0
    progress_json_path: Path | str | None = None
    ignore_progress_json: bool = False
    snapshot: Snapshot = field(default_factory=GenericSnapshot)
    install_signal_handlers: bool = True
    force: bool = False
    overwrite: bool = False
    dry_run: bool = False
    log_dir: Path | str | None = None
    log: bool = True
    cancel: CancelToken | None = None
    executor: Callable[[Path], Executor] | futures.Executor | None = None
    notes_on_figure: bool = False
    limits: str | Path = "each"
    compress: Compression = "fast"

    def __post_init__(self) -> None:
        _at_least("workers", self.workers, 0)
        if self.compress not in get_args(Compression):
            raise ConfigError(
                f"compress must be {' or '.join(get_args(Compression))}, not {self.compress!r}.",
                place="compress",
            )
        _at_least("flush_batch_size", self.flush_batch_size, 1)
        _at_least("log_flush_batch_size", self.log_flush_batch_size, 1)
        _at_least("recycle_after", self.recycle_after, 1)
        _at_least("grace_s", self.grace_s, 0)
        _at_least("backoff_s", self.backoff_s, 0)
        for name in ("timeout_s", "memory_limit", "batch_memory_limit", "log_flush_s"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ConfigError(f"{name} must be above 0, not {value}.", place=name)
        if self.workers == 0 and (self.isolate or self.timeout_s or self.memory_limit):
            raise ConfigError(
                "without worker processes a timeout or a memory limit has nothing to end.",
                place="workers",
                hint="Leave these out, or work with at least one worker.",
            )
        if self.executor is not None:
            self._check_executor()
        if self.timeout_s is not None and self.timeout_s < _LEAST_TIMEOUT_S:
            raise ConfigError(
                f"timeout_s must be at least {_LEAST_TIMEOUT_S} s, not {self.timeout_s}: "
                "no item could keep to it.",
                place="timeout_s",
                hint="Give the seconds that one item may take, or no timeout.",
            )
        for category in (*self.retries, *self.retry_failed):
            if category not in CATEGORIES:
                raise ConfigError(
                    f"there is no category of failure {category!r}.",
                    hint=f"Use one of: {', '.join(CATEGORIES)}.",
                )

    def _check_executor(self) -> None:
        from concurrent.futures import Executor as FuturesExecutor

        if not callable(self.executor) and not isinstance(self.executor, FuturesExecutor):
            raise ConfigError(
                f"{type(self.executor).__name__} is not an executor.",
                place="executor",
                hint="Give one of concurrent.futures, or a function that makes one of figmill's.",
            )
        kept = getattr(self.executor, "honours", ())
        asked = [name for name in _LIMITS if getattr(self, name) and name not in kept]
        if asked:
            raise ConfigError(
                f"the executor that is given cannot keep {' and '.join(asked)}: nothing that it "
                "runs can be ended from here.",
                place="executor",
                hint="Leave these out, or leave the executor out: figmill's own worker processes "
                "keep them.",
            )

    @property
    def afresh(self) -> bool:
        """Whether everything runs, whatever is known."""
        return self.force or self.ignore_progress_json

    @property
    def isolated(self) -> bool:
        """Whether items run in worker processes."""
        limits = self.timeout_s is not None or self.memory_limit is not None
        return self.workers > 1 or self.isolate or limits


def _at_least(name: str, value: float | None, least: float) -> None:
    if value is not None and not value >= least:
        raise ConfigError(
            f"{name} must be at least {least}, not {value}.", place=name, hint="Correct it."
        )


@dataclass(frozen=True, slots=True)
class FailedNote:
    """One failure in the report; what is most asked of ``failure`` it says itself.

    Parameters
    ----------
    key, index
        The item's key and its place in the input.
    failure
        Why it failed.
    """

    key: str
    index: int
    failure: Failure

    @property
    def category(self) -> str:
        """The category of the failure, such as ``"invalid-input"``."""
        return self.failure.category

    @property
    def message(self) -> str:
        """What was wrong, in a sentence."""
        return self.failure.message

    @property
    def hint(self) -> str:
        """What to do about it; empty where nobody knows."""
        return self.failure.hint


@dataclass(frozen=True, slots=True)
class NoteCount:
    """How many items carry a note of one code, and what one of them says."""

    level: str
    code: str
    items: int
    text: str


@dataclass(frozen=True, slots=True)
class RunReport:
    """What came of a run.

    Parameters
    ----------
    run
        The run's number in the ledger; 0 for a dry run.
    done, no_data, failed
        Items that reached this state in this run.
    skipped
        Items that needed nothing.
    known_failed
        Those of ``skipped`` that failed in an earlier run and are left alone.
    planned
        Items that were not reached (interrupted), or would run (dry run).
    stale
        Files of these items that should have been replaced and were not: they are as an earlier run
        left them.
    failures
        The first hundred failures; the ledger has them all.
    doubts, losses
        Items, worked on or unchanged, whose figures carry notes of these levels.
    notes
        These notes by code, the commonest first.
    interrupted
        Whether the run was stopped before its end.
    signal
        The number of the signal that stopped it; 0 where none did.
    seconds
        How long it took.
    listener_errors
        What listeners raised; each was told of no further event after it raised thrice.
    """

    run: int = 0
    done: int = 0
    no_data: int = 0
    failed: int = 0
    skipped: int = 0
    known_failed: int = 0
    planned: int = 0
    stale: int = 0
    failures: tuple[FailedNote, ...] = ()
    doubts: int = 0
    losses: int = 0
    notes: tuple[NoteCount, ...] = ()
    interrupted: bool = False
    signal: int = 0
    seconds: float = 0.0
    listener_errors: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """All items that the run met."""
        return self.done + self.no_data + self.failed + self.skipped + self.planned

    @property
    def ok(self) -> bool:
        """Whether everything is drawn and up to date: nothing failed, stale or interrupted."""
        return not (self.failed or self.known_failed or self.stale or self.interrupted)

    @property
    def counts(self) -> dict[str, int]:
        """The counts by state."""
        states = ("done", "no_data", "failed", "skipped", "planned")
        return {state: getattr(self, state) for state in states}
