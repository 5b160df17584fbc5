"""A time limit for a part of an item's work, within the limit of the whole item."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


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
