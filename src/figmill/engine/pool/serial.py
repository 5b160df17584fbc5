"""The simplest executor: one item after the other, in the caller's own process."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from figmill.engine.cancel import NOW, CancelToken
from figmill.engine.capture_logs import catch_logs, catch_prints
from figmill.engine.outputs import Outputs
from figmill.engine.run_item import perform
from figmill.engine.task import Result, RunRecorder, Task, WorkFunction
from figmill.process_state import ProcessState


class SerialExecutor:
    """Work in the caller's process and thread.

    Parameters
    ----------
    staging
        The folder for temporary files.
    """

    def __init__(self, staging: Path) -> None:
        self._staging = staging
        self._numbers = itertools.count()
        self._key: str | None = None

    def execute(
        self,
        tasks: Iterator[Task | None],
        work: WorkFunction,
        recorder: RunRecorder,
        cancel: CancelToken,
    ) -> None:
        """Work on all tasks, in order; what is to be tried again waits for its time at once."""
        stop_catching = catch_logs(lambda line: recorder.log(line, self._key))
        try:
            self._work(tasks, work, recorder, cancel)
        finally:
            stop_catching()

    def _work(
        self,
        tasks: Iterator[Task | None],
        work: WorkFunction,
        recorder: RunRecorder,
        cancel: CancelToken,
    ) -> None:
        while not cancel.cancelled:
            recorder.turn()
            try:
                task = next(tasks)
            except StopIteration:
                return
            while task is not None:
                recorder.claim([task], worker=0)
                result = self._one(task, work, cancel)
                if result is None:
                    recorder.release([task])
                    return
                delay = recorder.settle([(task, result)])[0]
                if delay is None:
                    break
                task = replace(task, attempt=task.attempt + 1)
                if not _sleep(delay, cancel):
                    recorder.release([task])
                    return

    def _one(self, task: Task, work: WorkFunction, cancel: CancelToken) -> Result | None:
        outputs = Outputs(self._staging, f"{os.getpid()}-{next(self._numbers)}", make=False)
        if cancel.level >= NOW:
            return None
        self._key = task.item.key
        state = ProcessState()
        cancel.interruptible = True
        try:
            with catch_prints():
                return perform(task.item, work, outputs)
        except KeyboardInterrupt:
            if not cancel.cancelled:
                raise
            return None
        finally:
            cancel.interruptible = False
            state.restore()
            self._key = None


def _sleep(seconds: float, cancel: CancelToken) -> bool:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if cancel.cancelled:
            return False
        time.sleep(min(left, 0.05))
    return not cancel.cancelled
