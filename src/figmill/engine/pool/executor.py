"""Worker processes on this machine: does what the supervisor says, and tells it what happened."""

from __future__ import annotations

import contextlib
import math
import os
import pickle
import selectors
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from figmill.engine.cancel import GO_ON, CancelToken
from figmill.engine.pool import machine
from figmill.engine.pool.channel import Channel
from figmill.engine.pool.nursery import Born, Died, Hatched, Nursery, nursery
from figmill.engine.pool.serialize import pack, pickled_work, unpack_result
from figmill.engine.pool.supervisor import (
    Give,
    Instruction,
    Limits,
    Retire,
    Revoke,
    Signal,
    Spawn,
    Supervisor,
)
from figmill.engine.pool.threads import limited
from figmill.engine.pool.worker import Hello
from figmill.engine.task import LogLine, Result, RunRecorder, Task, WorkFunction
from figmill.errors import EngineError
from figmill.system import system

_LOOK_S = 0.1
# Results that come soon after one another share one wait for the disk.
_GATHER_S = 0.02
_GATHER = 16
_LOSSES = 3
_FILES_OF_ONE = 4
_USUAL_FILES = 16  # where the system does not tell
_SPARE_FILES = 40  # figures in work, logs, ledger


class PoolExecutor:
    """Work in worker processes that can be ended one by one.

    Parameters
    ----------
    staging
        The folder for temporary files.
    limits
        How many workers, and what each may take.
    preload
        Modules that workers start with.
    """

    def __init__(self, staging: Path, limits: Limits, preload: Sequence[str] = ()) -> None:
        self._staging = staging
        self._limits = limits
        self._preload = tuple(preload)

    def execute(
        self,
        tasks: Iterator[Task | None],
        work: WorkFunction,
        recorder: RunRecorder,
        cancel: CancelToken,
    ) -> None:
        """Work on all tasks, in any order.

        Raises
        ------
        EngineError
            Workers cannot start: the work function cannot be sent to them, or they die at once.
        """
        with contextlib.ExitStack() as stack:
            shell = _Shell(
                self._staging,
                limits=_within_descriptors(self._limits, recorder),
                preload=self._preload,
                work=work,
                recorder=recorder,
                cancel=cancel,
            )
            stack.callback(shell.close)
            stack.enter_context(cancel.waking(shell.wake))
            try:
                shell.run(tasks)
            finally:
                shell.hand_back()


def _within_descriptors(limits: Limits, recorder: RunRecorder) -> Limits:
    """Ask for as many open files as the workers need, or make do with fewer workers."""
    others = (system.open_files() or _USUAL_FILES) + _SPARE_FILES
    soft = system.open_file_limit(others + _FILES_OF_ONE * limits.workers)
    if soft is None:
        return limits
    room = max(1, (soft - others) // _FILES_OF_ONE)
    if room >= limits.workers:
        return limits
    text = (
        f"{room} workers instead of {limits.workers}: the system allows this process no more than "
        f"{soft} open files (ulimit -n)."
    )
    recorder.log(LogLine(time.time(), "notice", text))
    return replace(limits, workers=room)


@dataclass(slots=True)
class _Worker:
    channel: Channel
    hatched: Hatched
    pid: int = 0
    tag: int = 0

    def close(self) -> None:
        self.channel.close()
        self.hatched.close()


class _Shell:
    def __init__(
        self,
        staging: Path,
        *,
        limits: Limits,
        preload: Sequence[str],
        work: WorkFunction,
        recorder: RunRecorder,
        cancel: CancelToken,
    ) -> None:
        self._staging = staging
        self._preload = preload
        self._work = work
        self._packed: bytes | None = None
        self._book = recorder
        self._cancel = cancel
        self._supervisor = Supervisor(limits)
        self._workers: dict[int, _Worker] = {}
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = system.byte_channel()
        self._selector.register(self._wake_read, selectors.EVENT_READ, "wake")
        self._nursery: Nursery | None = None
        self._looked = time.monotonic()
        self._ended: list[tuple[Task, Result]] = []
        self._since = 0.0
        self._lost = 0

    def wake(self) -> None:
        with contextlib.suppress(BlockingIOError):
            system.transmit(self._wake_write, b"!")

    def run(self, tasks: Iterator[Task | None]) -> None:
        supervisor = self._supervisor
        while True:
            self._fill(tasks)
            supervisor.cancel(self._cancel.level)
            for order in supervisor.decide(time.monotonic()):
                self._obey(order)
            # Only now, when the workers have something to do: this waits for the disk.
            if self._due() <= 0 or not supervisor.busy:
                self._settle()
            self._book.turn()
            if supervisor.finished:
                break
            if supervisor.broken:
                raise EngineError(
                    "worker processes die before they are ready.",
                    hint="Look at the messages above; try it with one worker in-process.",
                )
            self._wait()
            self._look_at_memory()

    def hand_back(self) -> None:
        """Settle what has ended and release the rest, also when the run breaks off."""
        self._settle()
        self._book.release(self._supervisor.unfinished)

    def close(self) -> None:
        if self._nursery is not None:
            self._nursery.leave()
        for worker in self._workers.values():
            worker.close()
        self._selector.close()
        system.close_channel(self._wake_read)
        system.close_channel(self._wake_write)
        if self._nursery is not None:
            self._nursery.wait()

    # Doing what the supervisor says

    def _fill(self, tasks: Iterator[Task | None]) -> None:
        for _ in range(self._supervisor.room):
            try:
                task = next(tasks)
            except StopIteration:
                self._supervisor.close()
                return
            if task is None:
                # The plan looked at many items that need nothing: see to the workers meanwhile.
                self.wake()
                return
            self._supervisor.offer([task])

    def _obey(self, order: Instruction) -> None:
        match order:
            case Spawn():
                self._spawn(order.worker)
            case Give():
                self._give(order)
            case Revoke():
                worker = self._workers[order.worker]
                taken = _drain(worker.hatched.permits_in)
                if self._supervisor.revoked(order.worker, taken):
                    # What was decided before could not know of these.
                    self.wake()
            case Signal():
                if self._nursery is not None:
                    self._nursery.signal(order.worker, order.number)
            case Retire():
                self._workers[order.worker].channel.finish()

    def _give(self, order: Give) -> None:
        worker = self._workers[order.worker]
        self._book.claim(order.tasks, order.worker, behind=order.behind)
        worker.tag = worker.tag % 255 + 1
        tag = bytes([worker.tag])
        if order.permits:
            system.transmit(worker.hatched.permits_out, tag * order.permits)
        items = [pack(task.item) for task in order.tasks]
        free = len(items) - order.permits
        worker.channel.send(pickle.dumps((tag, free, items), pickle.HIGHEST_PROTOCOL))
        self._watch(order.worker)

    def _spawn(self, number: int) -> None:
        nursery = self._nursery or self._start_nursery()
        if self._packed is None:
            # While the nursery starts.
            self._packed = pickled_work(self._work)
        hatched = nursery.spawn(number)
        worker = _Worker(Channel(hatched.stream), hatched, hatched.pid)
        self._workers[number] = worker
        self._selector.register(worker.channel, selectors.EVENT_READ, number)
        hello = Hello(
            number,
            str(self._staging),
            self._packed,
            tuple(sys.path),
            _folder(),
            os.getpid(),
        )
        worker.channel.send(pickle.dumps(hello, pickle.HIGHEST_PROTOCOL))
        self._watch(number)

    def _start_nursery(self) -> Nursery:
        environment = limited(os.environ)
        preload = ["figmill.engine.pool.worker", "cloudpickle", *self._preload]
        self._nursery = nursery(self._staging, preload, environment)
        if self._nursery.source is not None:
            self._selector.register(self._nursery.source, selectors.EVENT_READ, "nursery")
        return self._nursery

    # Telling the supervisor what happened

    def _wait(self) -> None:
        pause = self._supervisor.wakeup(time.monotonic())
        if self._supervisor.busy:
            pause = min(_LOOK_S, self._due(), _LOOK_S if pause is None else pause)
        look = self._nursery.look_s if self._nursery is not None else None
        if look is not None:
            pause = look if pause is None else min(look, pause)
        for key, ready in self._selector.select(pause):
            if key.data == "wake":
                with contextlib.suppress(BlockingIOError):
                    system.receive(self._wake_read, 4096)
            elif key.data == "nursery":
                self._hear_nursery()
            elif key.data in self._workers:
                if ready & selectors.EVENT_WRITE:
                    self._workers[key.data].channel.push()
                    self._watch(key.data)
                if ready & selectors.EVENT_READ:
                    self._hear(key.data)
        if look is not None:
            self._hear_nursery()

    def _watch(self, number: int) -> None:
        channel = self._workers[number].channel
        if not channel.open:
            return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if channel.waiting else 0)
        if self._selector.get_key(channel).events != wanted:
            self._selector.modify(channel, wanted, number)

    def _hear(self, number: int) -> None:
        worker = self._workers[number]
        for message in worker.channel.messages():
            match pickle.loads(message):  # noqa: S301 - from a worker that this run started
                case ("result", packed):
                    result = unpack_result(packed, number)
                    task = self._supervisor.result(number, result.seconds, time.monotonic())
                    self._note(task, result)
                    self._lost = 0
                case ("log", line):
                    running = self._supervisor.running(number)
                    self._book.log(line, running.item.key if running else None)
                case ("leaving",):
                    self._supervisor.leaving(number)
                case ("ready",):
                    self._supervisor.ready(number, time.monotonic())
                case ("broken", failure):
                    raise EngineError(
                        f"a worker cannot load the work function: {failure.message}",
                        hint="Define it where workers can import it, or inside the script.",
                    )
        if not worker.channel.open:
            # Its end is told by the nursery, with the reason.
            self._selector.unregister(worker.channel)

    def _hear_nursery(self) -> None:
        assert self._nursery is not None
        events = self._nursery.events()
        if events is None:
            self._lost_nursery()
            return
        for event in events:
            match event:
                case Born():
                    self._workers[event.worker].pid = event.pid
                case Died():
                    self._buried(event.worker, event.status)

    def _lost_nursery(self) -> None:
        # Someone killed it, and its workers died with it: begin a new one.
        assert self._nursery is not None and self._nursery.source is not None
        self._selector.unregister(self._nursery.source)
        self._nursery.leave()
        self._nursery.wait()
        self._nursery = None
        self._lost += 1
        for number in list(self._workers):
            if self._lost <= _LOSSES:
                # Not the fault of what they had in work, unless it happens over and over.
                self._supervisor.blameless(number)
            self._buried(number, -system.KILL)

    def _buried(self, number: int, status: int) -> None:
        worker = self._workers[number]
        if worker.channel.open:
            # What it said before it died counts.
            self._hear(number)
        if worker.channel.open:
            self._selector.unregister(worker.channel)
        left = _drain(worker.hatched.permits_in)
        ended = self._supervisor.exited(number, status, left, time.monotonic())
        if ended.task is not None and ended.failure is not None:
            failure = replace(ended.failure, traceback=worker.hatched.stack())
            result = Result(
                "failed",
                ended.seconds,
                failure=failure,
                peak_memory=ended.peak_memory,
                worker=number,
            )
            self._note(ended.task, result)
        del self._workers[number]
        worker.close()
        for left_over in self._staging.glob(f"{number}-*"):
            if not self._announced(str(left_over)):
                left_over.unlink(missing_ok=True)

    def _announced(self, path: str) -> bool:
        return any(file.temporary == path for _, result in self._ended for file in result.files)

    def _look_at_memory(self) -> None:
        now = time.monotonic()
        if now - self._looked < _LOOK_S:
            return
        self._looked = now
        available, total = machine.memory()
        self._measure()
        if self._supervisor.is_near(total):
            # Workers share most of what was imported before the fork: do not count it for each.
            self._measure(exactly=True)
        self._supervisor.available(available, total)

    def _measure(self, *, exactly: bool = False) -> None:
        for number in self._supervisor.busy:
            if pid := self._workers[number].pid:
                share = machine.held_by(pid, shared_out=True) if exactly else None
                self._supervisor.measured(number, machine.held_by(pid), share)

    def _note(self, task: Task, result: Result) -> None:
        if not self._ended:
            self._since = time.monotonic()
        self._ended.append((task, result))

    def _due(self) -> float:
        """Seconds until what has ended is to be settled."""
        if not self._ended:
            return math.inf
        if len(self._ended) >= _GATHER or self._cancel.level > GO_ON:
            return 0.0
        return max(0.0, self._since + _GATHER_S - time.monotonic())

    def _settle(self) -> None:
        if not self._ended:
            return
        ended, self._ended = self._ended, []
        now = time.monotonic()
        for (task, _), delay in zip(ended, self._book.settle(ended), strict=True):
            if delay is not None:
                self._supervisor.again(replace(task, attempt=task.attempt + 1), now + delay)


def _folder() -> str:
    try:
        return str(Path.cwd())
    except FileNotFoundError:  # removed under our feet
        return "/"


def _drain(handle: int) -> int:
    try:
        return len(system.receive(handle, 1 << 16))
    except BlockingIOError:
        return 0
