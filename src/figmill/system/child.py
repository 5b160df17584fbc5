"""A part of the work in a child of this process, where there is `os.fork`."""

from __future__ import annotations

import logging
import os
import pickle
import select
import signal
import time
from collections.abc import Callable
from contextlib import suppress

from figmill.system import linux


def answer_of(work: Callable[[], object], seconds: float) -> tuple[bytes | None, str]:
    """Do some work in a child, which is killed when its time is over, whatever it is doing.

    Parameters
    ----------
    work
        What it returns or raises must be fit to travel between processes.
    seconds
        Its time.

    Returns
    -------
    answer : bytes or None
        Pickled, ``(True, result)`` or ``(False, exception)``; cut short where the child ended in
        the middle; None where its time was over.
    ending : str
        How the child ended: a signal's name, or its exit code.
    """
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
    return answer, _ending(status)


def _received(source: int, deadline: float) -> bytes | None:
    parts: list[bytes] = []
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([source], [], [], left)[0]:
            return None
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
        linux.die_with_parent()
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
