"""Work through an executor of `concurrent.futures`: threads, processes, or those of a cluster."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import os
import pickle
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent import futures
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from figmill.engine.cancel import NOW, CancelToken
from figmill.engine.capture_logs import catch_logs, catch_prints
from figmill.engine.failures import Failure
from figmill.engine.outputs import Outputs
from figmill.engine.pool.serialize import pack, pickled_work, unpack
from figmill.engine.run_item import perform
from figmill.engine.task import LogLine, Result, RunRecorder, Task, WorkFunction
from figmill.errors import EngineError
from figmill.item import Item
from figmill.process_state import ProcessState

Answer = tuple[Result, list[LogLine]]
_LOOK_S = 0.1


class FuturesExecutor:
    """Hand items to an executor of `concurrent.futures`, as many as it works on at a time.

    It is the caller's: it is neither started nor shut down here, and nothing that it runs can be
    ended. What its threads print is not caught.

    Parameters
    ----------
    pool
        The executor. Its workers must see the folder of the run.
    staging
        The folder for temporary files.
    """

    def __init__(self, pool: futures.Executor, staging: Path) -> None:
        self._pool = pool
        self._staging = staging
        self._tokens = (f"{os.getpid()}-f{number}" for number in itertools.count())
        known = getattr(pool, "_max_workers", None)
        self._room = known if isinstance(known, int) and known > 0 else os.cpu_count() or 1
        self._running: dict[futures.Future[Answer], Task] = {}
        self._again: list[tuple[float, int, Task]] = []

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
            The executor takes no more work, or lost what it had; or the work cannot be sent to it.
        """
        with contextlib.ExitStack() as stack:
            if isinstance(self._pool, futures.ThreadPoolExecutor):
                # The threads share this process, so one catcher has what all of them log.
                logged: deque[LogLine] = deque()
                stack.callback(catch_logs(logged.append))
                submit = self._in_threads(work)
            else:
                logged = deque()
                submit = self._elsewhere(work)
            try:
                self._go_on(tasks, submit, recorder, cancel, logged)
            finally:
                self._let_go(recorder)
                _pass_on(logged, recorder)

    def _in_threads(self, work: WorkFunction) -> Callable[[Item], futures.Future[Answer]]:
        def submit(item: Item) -> futures.Future[Answer]:
            outputs = Outputs(self._staging, next(self._tokens), make=False)
            return self._pool.submit(_perform, item, work, outputs)

        return submit

    def _elsewhere(self, work: WorkFunction) -> Callable[[Item], futures.Future[Answer]]:
        packed = pickled_work(work)

        def submit(item: Item) -> futures.Future[Answer]:
            place = (str(self._staging), next(self._tokens))
            return self._pool.submit(_perform_packed, pack(item), packed, *place)

        return submit

    def _go_on(
        self,
        tasks: Iterator[Task | None],
        submit: Callable[[Item], futures.Future[Answer]],
        recorder: RunRecorder,
        cancel: CancelToken,
        logged: deque[LogLine],
    ) -> None:
        ended = False
        while cancel.level < NOW:
            recorder.turn()
            while not cancel.cancelled and len(self._running) < self._room:
                task = self._due()
                if task is None and not ended:
                    try:
                        task = next(tasks)
                    except StopIteration:
                        ended = True
                if task is None:
                    break
                self._start(task, submit, recorder)
            if not self._running and (cancel.cancelled or (ended and not self._again)):
                return
            if self._running:
                done, _ = futures.wait(self._running, _LOOK_S, futures.FIRST_COMPLETED)
                self._settle(done, recorder)
            elif self._again:
                time.sleep(min(_LOOK_S, max(0.0, self._again[0][0] - time.monotonic())))
            _pass_on(logged, recorder)

    def _start(
        self,
        task: Task,
        submit: Callable[[Item], futures.Future[Answer]],
        recorder: RunRecorder,
    ) -> None:
        recorder.claim([task], worker=0)
        try:
            future = submit(task.item)
        except Exception as error:
            recorder.release([task])
            raise _useless(error) from error
        self._running[future] = task

    def _settle(self, done: set[futures.Future[Answer]], recorder: RunRecorder) -> None:
        results: list[tuple[Task, Result]] = []
        lost: BaseException | None = None
        for future in done:
            task = self._running.pop(future)
            try:
                result, lines = future.result()
            except futures.BrokenExecutor as error:
                # Which item it was that ended its worker is not known.
                recorder.release([task])
                lost = error
                continue
            except futures.CancelledError as error:  # by the executor, for a reason of its own
                recorder.release([task])
                lost = error
                continue
            except Exception as error:  # noqa: BLE001 - what cannot travel is the item's failure
                result, lines = Result("failed", failure=Failure.of(error)), []
            for line in lines:
                recorder.log(line, task.item.key)
            results.append((task, result))
        for (task, _), delay in zip(results, recorder.settle(results), strict=True):
            if delay is not None:
                again = replace(task, attempt=task.attempt + 1)
                heapq.heappush(self._again, (time.monotonic() + delay, task.index, again))
        if lost is not None:
            raise _useless(lost) from lost

    def _due(self) -> Task | None:
        if self._again and self._again[0][0] <= time.monotonic():
            return heapq.heappop(self._again)[2]
        return None

    def _let_go(self, recorder: RunRecorder) -> None:
        """Give back what did not end: where it runs on, nobody takes its files."""
        for future in self._running:
            future.cancel()
        if left := [*self._running.values()]:
            recorder.release(left)
        self._running.clear()


def _useless(error: BaseException) -> EngineError:
    said = f"{type(error).__name__}: {error}".rstrip(".: ")
    return EngineError(
        f"the executor that was given takes no more work: {said}.",
        hint="What was finished is kept: start again with a fresh executor, or without one, so "
        "that an item that ends its worker fails alone.",
    )


def _pass_on(logged: deque[LogLine], recorder: RunRecorder) -> None:
    while logged:
        recorder.log(logged.popleft())


def _perform(item: Item, work: WorkFunction, outputs: Outputs) -> Answer:
    return perform(item, work, outputs), []


def _perform_packed(packed: tuple[Any, ...], work: bytes, staging: str, token: str) -> Answer:
    """Work on an item in another process, whose state comes back afterwards."""
    key, inputs, parameters, payload = packed
    lines: list[LogLine] = []
    state = ProcessState()
    stop_catching = catch_logs(lines.append)
    try:
        item = Item(key, tuple(map(Path, inputs)), parameters, unpack(payload))
        with catch_prints():
            result = perform(item, _unpickled(work), Outputs(Path(staging), token, make=False))
    finally:
        stop_catching()
        state.restore()
    return result, lines


@lru_cache(maxsize=2)
def _unpickled(work: bytes) -> WorkFunction:
    made: WorkFunction = pickle.loads(work)  # noqa: S301 - from the run that submitted it
    return made
