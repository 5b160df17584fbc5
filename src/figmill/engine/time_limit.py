"""A time limit for a part of an item's work, within the limit of the whole item."""

from __future__ import annotations

import ctypes
import logging
import os
import pickle
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TypeVar

from figmill.errors import InputError

T = TypeVar("T")
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux's prctl


class OutOfTime(BaseException):
    """The part took too long.

    Not an `Exception`: whatever the part was doing must not take it for an error of its own.
    """


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Stop what is inside after some seconds.

    Python code is stopped where it is; code of a library, when it returns to Python, and at the
    latest by the limit of the whole item, which ends the process. Signals reach the main thread
    only: in another thread there is no limit.

    Parameters
    ----------
    seconds
        None or 0 for no limit.

    Raises
    ------
    OutOfTime
        When the time is over.
    """
    if not seconds or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise OutOfTime

    begun = time.monotonic()
    handler = signal.signal(signal.SIGALRM, stop)
    remaining, interval = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        if remaining:  # someone else's timer goes on, and rings at once if it is late
            left = remaining - (time.monotonic() - begun)
            signal.setitimer(signal.ITIMER_REAL, max(left, 1e-3), interval)


def in_time(work: Callable[[], T], seconds: float | None) -> T:
    """Do a part of the work, at most for some seconds.

    The part runs in a child of this process, which is ended when its time is over, whatever it is
    doing, or should it crash. Where a child would not be safe (other threads run here) or there
    are none, `time_limit` stops it.

    Parameters
    ----------
    work
        The part; what it returns or raises must be fit to travel between processes.
    seconds
        None or 0 for no limit: the part then runs here.

    Raises
    ------
    OutOfTime
        When the time is over.
    InputError
        If the part ended its process.
    """
    if not seconds:
        return work()
    if not hasattr(os, "fork") or threading.active_count() > 1:
        with time_limit(seconds):
            return work()
    source, target = os.pipe()
    child = os.fork()
    if not child:
        os.close(source)
        _work_and_leave(work, target)
    os.close(target)
    try:
        answer = _received(source, time.monotonic() + seconds)
    finally:
        os.close(source)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    try:
        good, found = pickle.loads(answer)  # noqa: S301 - from our own child
    except (EOFError, pickle.UnpicklingError) as error:  # it ended before it had said all
        raise InputError(
            f"Reading it ended the process ({_ending(status)}).",
            hint="The file is probably damaged: download it again.",
        ) from error
    if good:
        result: T = found
        return result
    raise found


def _received(source: int, deadline: float) -> bytes:
    parts: list[bytes] = []
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([source], [], [], left)[0]:
            raise OutOfTime
        part = os.read(source, 1 << 20)
        if not part:
            return b"".join(parts)
        parts.append(part)


def _work_and_leave(work: Callable[[], object], target: int) -> None:
    """Work in the child, hand the result over, and leave without a trace."""
    status = 1
    try:
        # What the parent shares with others, such as its log's pipe, is not the child's to use.
        logging.disable(logging.CRITICAL)
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        try:
            answer: tuple[bool, object] = (True, work())
        except BaseException as error:  # noqa: BLE001 - raised again in the parent
            answer = (False, error)
        with os.fdopen(target, "wb") as stream:
            pickle.dump(answer, stream, pickle.HIGHEST_PROTOCOL)
        status = 0
    finally:
        os._exit(status)


def _ending(status: int) -> str:
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return f"exit code {os.waitstatus_to_exitcode(status)}"
