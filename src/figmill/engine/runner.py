"""Run a work function over many items: the engine's one entrance."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from figmill.engine import black_box, fingerprint
from figmill.engine.cancel import GO_ON, NOW, CancelToken, signals
from figmill.engine.events import (
    Event,
    Interrupting,
    ItemFinished,
    Listener,
    Log,
    RunFinished,
    RunStarted,
)
from figmill.engine.files import Folder
from figmill.engine.filesystem import is_network
from figmill.engine.ledger.ledger import Ledger, ledger_path
from figmill.engine.ledger.records import Record
from figmill.engine.ledger.recovery import recover
from figmill.engine.ledger.shared import require_free, store_shared
from figmill.engine.ledger.sidecar import Sidecar
from figmill.engine.ledger.snapshot import SnapshotWriter, adopt
from figmill.engine.listing import Listing, up_to_an_error
from figmill.engine.lock import FILE as LOCK_FILE
from figmill.engine.lock import folder_lock
from figmill.engine.logs import RunLog
from figmill.engine.options import RunOptions, RunReport
from figmill.engine.outputs import HOME, clean_staging
from figmill.engine.plan import Decision
from figmill.engine.planner import Planner, resolve
from figmill.engine.pool.serial import SerialExecutor
from figmill.engine.pool.supervisor import Limits
from figmill.engine.presence import Presence, gone
from figmill.engine.recorder import Recorder
from figmill.engine.tally import Tally
from figmill.engine.task import Executor, Task, WorkFunction
from figmill.errors import ConfigError, LedgerError, OutputError
from figmill.item import Item
from figmill.system import system
from figmill.text import plain_text

_LISTENER_PATIENCE = 3
_COUNTING_S = 1.0


class Hub:
    """Hand each event to every listener; one that raises is recorded and soon told no more."""

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self._listeners: list[tuple[Listener, tuple[type[Event], ...]]] = [
            (one, (Event,)) for one in listeners
        ]
        # By kind of event: most listeners care for few, and there are three for every item.
        self._told: dict[type[Event], tuple[Listener, ...]] = {}
        self._strikes: Counter[int] = Counter()
        self.errors: list[str] = []

    def add(self, listener: Listener, *kinds: type[Event]) -> None:
        """Add a listener, which is told last: of events of these kinds, or of all of them."""
        self._listeners.append((listener, kinds or (Event,)))
        self._told.clear()

    def drop(self, listeners: Sequence[Listener]) -> None:
        """Tell these listeners no more."""
        self._listeners = [one for one in self._listeners if one[0] not in listeners]
        self._told.clear()

    def tell(self, event: Event) -> None:
        """Tell every listener that takes such events."""
        self._tell(event, None)

    def _tell(self, event: Event, but: Listener | None) -> None:
        kind = type(event)
        told = self._told.get(kind)
        if told is None:
            told = tuple(one for one, kinds in self._listeners if issubclass(kind, kinds))
            self._told[kind] = told
        for listener in told:
            if listener is but:
                continue
            try:
                listener(event)
            except Exception as error:  # noqa: BLE001 - recorded, and logged for people
                self._struck(listener, event, error)

    def _struck(self, listener: Listener, event: Event, error: Exception) -> None:
        name = getattr(listener, "__qualname__", type(listener).__name__)
        told = type(event).__name__
        message = f"listener {name} raised at {told}: {type(error).__name__}: {error}"
        self.errors.append(message)
        self._strikes[id(listener)] += 1
        if self._strikes[id(listener)] >= _LISTENER_PATIENCE:
            self.drop([listener])
        self._tell(Log(time.time(), "error", message), listener)


def run(
    items: Iterable[Item],
    work: WorkFunction,
    out: Path | str,
    *,
    version: str,
    recipe: str = "",
    parts: Sequence[str] = (),
    options: RunOptions | None = None,
    listeners: Sequence[Listener] = (),
    is_own: Callable[[Path, Item], bool] = lambda path, item: False,
    shared: Callable[[Ledger], Iterable[tuple[str, bytes]]] = lambda ledger: (),
    shared_names: Sequence[str] = (),
) -> RunReport:
    """Work on every item that needs it, and remember what came of each.

    Parameters
    ----------
    items
        The items; a generator is taken as it comes, and may be endless. What can be listed twice
        is looked through before anything runs.
    work
        Called as ``work(item, outputs)``; writes the item's files through ``outputs`` and returns
        an `Outcome`. What it raises fails its item alone; but a `ConfigError` says that the command
        or the machine is wrong, and ends the run.
    out
        The output folder.
    version
        Of recipe and figmill: finished items of another version are redone.
    recipe
        Whose items they are: equal keys of two recipes are different items.
    parts
        The parts of every item that are asked for, such as file formats: see `Item.parts`.
    options
        How to run.
    listeners
        Called with every event, in the caller's thread.
    is_own
        Whether a file that the ledger does not know was made for an item, so that it may be
        replaced; other files of an output's name are left alone.
    shared
        Gives names and contents of files made of all items, such as tables, from the ledger; called
        at the end. Unchanged ones are left alone.
    shared_names
        The names that ``shared`` may give: what stands in their way is told before anything runs.

    Returns
    -------
    RunReport
        Counts, failures, whether it was interrupted.

    Raises
    ------
    ConfigError
        Two items have one key, an item would write what belongs to another, or ``work`` raised it.
    FolderInUseError
        Another run holds the folder.
    LedgerError
        The folder's ledger is damaged, foreign or newer.
    OutputError
        The folder cannot be written, or went away meanwhile.
    KeyboardInterrupt
        Ctrl-C came and ``install_signal_handlers`` is False; everything finished is kept.

    Examples
    --------
    >>> import tempfile
    >>> from figmill.engine import Item, Outcome
    >>> def work(item, outputs):
    ...     outputs.write(f"{item.key}.txt", b"drawn")
    ...     return Outcome.done()
    >>> with tempfile.TemporaryDirectory() as out:
    ...     first = run([Item("a"), Item("b")], work, out, version="1")
    ...     second = run([Item("a"), Item("b")], work, out, version="1")
    >>> first.done, second.skipped
    (2, 2)
    """
    options = options or RunOptions()
    if not version:
        raise ConfigError(
            "a run needs a version text.", hint="Give that of the recipe and of figmill."
        )
    folder = Path(out).absolute()
    if options.dry_run:
        return _plan_only(items, folder, version, recipe, parts, options, listeners, shared_names)
    begun = time.monotonic()
    hub = Hub(listeners)
    tally = Tally()
    hub.add(tally, *Tally.KINDS)
    cancel = options.cancel or CancelToken()
    with ExitStack() as stack:
        again = iter(items) is not items  # a list, or whatever else can be listed twice
        if not ledger_path(folder).exists():
            # Before the folder is made: a wrong command leaves nothing behind.
            if again:
                _looker(folder, None, version, recipe, parts).check(items)
            _require_free(folder, None, shared_names, options)
        _make_folder(folder)
        network = is_network(folder)
        stack.enter_context(
            folder_lock(
                folder,
                network=network,
                tell=lambda text: hub.tell(Log(time.time(), "notice", text)),
                lost=lambda: cancel.cancel(now=True),
            )
        )
        ledger = stack.enter_context(Ledger.open(folder, recipe, network=network))
        home = folder / HOME
        presence = Presence(folder, (home, ledger.path, home / LOCK_FILE))
        stack.enter_context(presence.explained())
        sidecar = stack.enter_context(Sidecar(folder, hub.tell, presence.require))

        watch = _StopTeller(hub, cancel)
        planner = Planner(
            folder,
            ledger,
            version,
            run=0,
            tell=hub.tell,
            recipe=recipe,
            parts=parts,
            force=options.afresh,
            retry=options.retry_failed,
        )

        def book(whose: str, of: str, number: int, tell: Callable[[Event], None]) -> Recorder:
            return Recorder(
                folder,
                ledger.of(whose),
                of,
                run=number,
                tell=tell,
                retries=options.retries,
                backoff_s=options.backoff_s,
                recipe=whose,
                each_turn=watch.tell,
                require=presence.require,
                is_own=is_own,
                overwrite=options.overwrite,
                sidecar=sidecar,
            )

        # Those items ended in another run: this one's report and listeners do not count them.
        said = _recovered(folder, ledger, lambda whose, of: book(whose, of, 0, lambda event: None))
        if again:
            planner.check(items)
        _require_free(folder, ledger, shared_names, options)
        number = ledger.begin_run(version, options.workers, died_of_it=black_box.take(home))
        planner.run = number
        tally.known = ledger.all_notes
        # A folder of its own: what a killed run left may still be written to for a moment.
        clean_staging(home)
        staging = home / "staging" / f"{number}-{secrets.token_hex(8)}"
        stack.callback(_tidy, home, ledger, presence)
        try:
            Folder.below(folder, staging, make=True, require=presence.require).close()
        except OSError as error:
            raise OutputError(
                f"the folder for figures in work cannot be made: {error.strerror}.",
                file=staging,
                hint="Check free space and permissions, and what lies in its place.",
            ) from error
        writers = _add_writers(stack, hub, ledger, folder, options, presence.require)
        stack.enter_context(cancel.waking(watch.woken))
        stack.enter_context(signals(cancel, install=options.install_signal_handlers))
        recorder = book(recipe, version, number, hub.tell)
        planner.set_aside = recorder.set_aside
        watches = planner.watch  # kept: a bound method is another object each time
        hub.add(watches, ItemFinished)
        hub.tell(
            RunStarted(
                time.time(),
                number,
                str(folder),
                version,
                options.workers,
                len(items) if isinstance(items, Sized) else None,
                os.getpid(),
            )
        )
        for text in (*said, *_lacking(options, system.lacks())):
            hub.tell(Log(time.time(), "notice", text))
        whole = False
        try:
            with presence.watched(lambda: cancel.cancel(now=True)):
                executor = _executor(options, staging)
                if isinstance(executor, SerialExecutor):
                    stack.enter_context(black_box.recording(home))
                tasks = _until_cancelled(planner.tasks(items), cancel)
                executor.execute(tasks, work, recorder, cancel)
                recorder.conclude(interrupted=cancel.cancelled)
            if planner.broken is not None:
                raise planner.broken
            whole = not cancel.cancelled
            for name, data in shared(ledger):
                store_shared(
                    folder,
                    ledger,
                    name,
                    data,
                    overwrite=options.overwrite,
                    require=presence.require,
                )
        finally:
            lost = presence.missing()
            if lost is not None:
                # Nothing more is written where another folder may be by now.
                hub.drop(writers)
            watch.tell()
            seconds = time.monotonic() - begun
            report = replace(
                tally.report(),
                run=number,
                interrupted=not whole,
                signal=0 if whole else cancel.signal,
                seconds=seconds,
            )
            if cancel.cancelled and again:
                report = replace(report, planned=max(report.planned, _left(items, report)))
            try:
                if lost is not None:
                    raise gone(folder, lost)
                try:
                    ledger.end_run(number, report.counts, interrupted=not whole)
                except LedgerError:
                    # A disk that was full has room again once what was in work is gone.
                    _tidy(home, ledger, presence)
                    ledger.end_run(number, report.counts, interrupted=not whole)
                sidecar.shorten(ledger)
            finally:
                # Even where the disk is full, listeners must end what they began.
                hub.tell(RunFinished(time.time(), number, report.counts, not whole, seconds))
    return replace(report, listener_errors=tuple(hub.errors))


def _left(items: Iterable[Item], report: RunReport) -> int:
    """How many items an interrupted run did not reach, as far as they are soon counted."""
    until = time.monotonic() + _COUNTING_S
    count = 0
    with Listing(items) as listing:
        for chunk in up_to_an_error(listing.chunks()):
            count += len(chunk)
            if time.monotonic() > until:
                break
    return count - (report.total - report.planned)


def _lacking(options: RunOptions, lacks: Mapping[str, str]) -> list[str]:
    """What of that which a run asks for the system cannot do as it is described."""
    asked = {
        "memory": options.memory_limit is not None or options.batch_memory_limit is not None,
        "timeout": options.timeout_s is not None,
    }
    return [text for what, text in lacks.items() if asked.get(what)]


def _tidy(home: Path, ledger: Ledger, presence: Presence) -> None:
    """Remove the staging folder, unless the next run needs it to complete what this one began."""
    if presence.missing() is not None:
        return  # another folder may be there by now, and in use
    try:
        needed = bool(ledger.intents())
    except LedgerError:
        return  # told already, by whatever ended the run; the next start cleans up
    if not needed:
        clean_staging(home)


def _looker(
    folder: Path, ledger: Ledger | None, version: str, recipe: str, parts: Sequence[str]
) -> Planner:
    """A planner that only looks: it tells and writes nothing."""
    return Planner(
        folder, ledger, version, run=-1, tell=lambda event: None, recipe=recipe, parts=parts
    )


def _require_free(
    folder: Path, ledger: Ledger | None, names: Sequence[str], options: RunOptions
) -> None:
    if not options.overwrite:
        for name in names:
            require_free(folder, ledger, name)


def _recovered(
    folder: Path, ledger: Ledger, book: Callable[[str, str], Recorder]
) -> tuple[str, ...]:
    completed, undone = recover(folder, ledger, book)
    said = []
    if completed:
        items = "1 item" if completed == 1 else f"{completed} items"
        said.append(f"Completed the files of {items} that a killed run had begun to put in place.")
    if undone:
        items = "1 item" if undone == 1 else f"{undone} items"
        said.append(f"Undid {items} that a killed run had begun to put in place.")
    return tuple(said)


def _add_writers(
    stack: ExitStack,
    hub: Hub,
    ledger: Ledger,
    out: Path,
    options: RunOptions,
    require: Callable[[], None],
) -> tuple[Listener, ...]:
    log: RunLog | None = None
    if options.log:
        folder = out / HOME / "logs" if options.log_dir is None else Path(options.log_dir)
        every = options.log_flush_batch_size or options.flush_batch_size
        log = RunLog(folder, every, options.log_flush_s, require)
        stack.callback(log.close)
    snapshot: SnapshotWriter | None = None
    if options.progress_json_path is not None:
        path = out / options.progress_json_path
        if not options.afresh and (said := adopt(path, options.snapshot, ledger)):
            hub.tell(said)
        every = options.flush_batch_size
        snapshot = SnapshotWriter(path, options.snapshot, ledger, every, require)
    writers = [one for one in (log, snapshot) if one is not None]
    for writer in writers:
        hub.add(writer, *writer.KINDS)
    return tuple(writers)


class _StopTeller:
    """Tell listeners of a cancellation: in the run's thread, and never amid other work of it."""

    def __init__(self, hub: Hub, cancel: CancelToken) -> None:
        self._hub = hub
        self._cancel = cancel
        self._told = GO_ON
        self._thread = threading.current_thread()

    def woken(self) -> None:
        """Tell at once where the run's own process is inside a work function."""
        if self._cancel.interruptible and threading.current_thread() is self._thread:
            self.tell()

    def tell(self) -> None:
        """Tell what was not told yet."""
        if self._cancel.level > self._told:
            self._told = self._cancel.level
            self._hub.tell(Interrupting(time.time(), self._told >= NOW))


def why(
    out: Path | str,
    key: str,
    item: Item | None = None,
    version: str | None = None,
    *,
    recipe: str | None = None,
    parts: Sequence[str] = (),
) -> tuple[Decision, Record | None]:
    """Say whether an item would run, and why.

    Parameters
    ----------
    out
        The output folder.
    key
        The item's key.
    item, version, recipe, parts
        The item as the job lists it now; without them only its files are compared.

    Returns
    -------
    decision : Decision
        Its ``reason`` is a sentence.
    record : Record or None
        What the ledger knows.

    Raises
    ------
    LedgerError
        There is no ledger, or it cannot be used.
    """
    folder = Path(out).absolute()
    key = plain_text(key)  # as items have it: a file's name need not be UTF-8
    with Ledger.read(folder, recipe) as ledger:
        record = ledger.record(key)
        if record is None:
            return Decision("run", "It is new: the ledger does not know it."), None
        before = record.fingerprint
        if item is not None:
            looker = _looker(folder, ledger, version or before.version, record.recipe, parts)
            return looker.decision(item, record), record
        stamps = tuple(fingerprint.stat_file(stamp.path) for stamp in before.inputs)
        now = replace(before, version=version or before.version, inputs=stamps)
        earlier = ledger.earlier(record)
    decision, _, _ = resolve(folder, record.known, now, wanted=record.parts, earlier=earlier)
    return decision, record


def _plan_only(
    items: Iterable[Item],
    out: Path,
    version: str,
    recipe: str,
    parts: Sequence[str],
    options: RunOptions,
    listeners: Sequence[Listener],
    shared_names: Sequence[str],
) -> RunReport:
    begun = time.monotonic()
    hub = Hub(listeners)
    tally = Tally()
    hub.add(tally, *Tally.KINDS)
    with ExitStack() as stack:
        ledger = None
        if ledger_path(out).exists():
            ledger = stack.enter_context(Ledger.read(out, recipe))
        planner = Planner(
            out,
            ledger,
            version,
            run=-1,  # none: what a repair or an import recorded has run 0
            tell=hub.tell,
            recipe=recipe,
            parts=parts,
            force=options.afresh,
            retry=options.retry_failed,
        )
        if iter(items) is not items:
            planner.check(items)
        _require_free(out, ledger, shared_names, options)
        for _ in planner.tasks(items):
            if options.cancel is not None and options.cancel.cancelled:
                break
        if planner.broken is not None:
            raise planner.broken
    seconds = time.monotonic() - begun
    return replace(tally.report(), seconds=seconds, listener_errors=tuple(hub.errors))


def _executor(options: RunOptions, staging: Path) -> Executor:
    if options.executor is not None:
        from concurrent import futures

        if isinstance(options.executor, futures.Executor):
            from figmill.engine.pool.futures import FuturesExecutor

            return FuturesExecutor(options.executor, staging)
        return options.executor(staging)
    if options.isolated:
        from figmill.engine.pool.executor import (
            PoolExecutor,  # serial runs and queries need none of it
        )

        limits = Limits(
            max(1, options.workers),
            options.timeout_s,
            options.grace_s,
            options.memory_limit,
            options.batch_memory_limit,
            options.recycle_after,
            options.recycle_growth,
        )
        return PoolExecutor(staging, limits, options.preload)
    return SerialExecutor(staging)


def _until_cancelled(tasks: Iterator[Task | None], cancel: CancelToken) -> Iterator[Task | None]:
    while not cancel.cancelled:
        try:
            task = next(tasks)
        except StopIteration:
            return
        yield task


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"the output folder cannot be made: {error.strerror}.",
            file=out,
            hint="Choose another folder, or correct its permissions.",
        ) from error
