"""A time limit for a part of an item's work, within the limit of the whole item."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from figmill.errors import InputError
from figmill.system import system

T = TypeVar("T")


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

    with system.interrupting(seconds, OutOfTime):
        yield


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
    if not system.HAS_FORK_SERVER or threading.active_count() > 1:
        with time_limit(seconds):
            return work()
    from figmill.system.child import answer_of

    answer, ending = answer_of(work, seconds)
    if answer is None:
        raise OutOfTime
    try:
        good, found = pickle.loads(answer)  # noqa: S301 - from our own child
    except (EOFError, pickle.UnpicklingError) as error:  # it ended before it had said all
        raise InputError(
            f"Reading it ended the process ({ending}).",
            hint="The file is probably damaged: download it again.",
        ) from error
    if good:
        result: T = found
        return result
    raise found
