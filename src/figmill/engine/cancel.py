"""Stopping a run: from the keyboard, from Python, from another thread."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from figmill.system import system

GO_ON, FINISH, NOW = 0, 1, 2


class CancelToken:
    """Asks a run to stop; safe to use from any thread and from signal handlers.

    Examples
    --------
    >>> token = CancelToken()
    >>> token.cancel()
    >>> token.level == FINISH
    True
    """

    def __init__(self) -> None:
        self._level = GO_ON
        self._wake: list[Callable[[], None]] = []
        self.interruptible = False
        self.signal = 0
        """The signal that asked first; 0 where none did."""

    @property
    def level(self) -> int:
        """``GO_ON``, ``FINISH`` (no new items) or ``NOW`` (stop those that run, too)."""
        return self._level

    @property
    def cancelled(self) -> bool:
        """Whether anyone asked to stop."""
        return self._level > GO_ON

    def cancel(self, *, now: bool = False) -> None:
        """Ask the run to stop.

        Parameters
        ----------
        now
            False lets the items that run finish. True ends their processes; an item that runs
            inside the caller's own process is finished all the same.
        """
        self._level = max(self._level, NOW if now else FINISH)
        for wake in tuple(self._wake):
            wake()

    @contextmanager
    def waking(self, wake: Callable[[], None]) -> Iterator[None]:
        """Call ``wake`` at every cancellation, also in a signal handler."""
        self._wake.append(wake)
        try:
            yield
        finally:
            self._wake.remove(wake)


@contextmanager
def signals(token: CancelToken, *, install: bool, patience_s: float = 10.0) -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and SIGHUP stop the run: the first gently, the second at once.

    SIGTERM and SIGHUP come from job systems and closed terminals, which soon send SIGKILL: so the
    second is sent here, after ``patience_s`` seconds. Handlers are restored afterwards; one that
    ignores SIGHUP, as nohup sets it, stays. Outside the main thread Python allows none, so none
    are touched there.
    """
    if not install or threading.current_thread() is not threading.main_thread():
        yield
        return
    timers: list[threading.Timer] = []

    def interrupt(number: int, _frame: FrameType | None) -> None:
        again = token.cancelled
        token.signal = token.signal or number
        token.cancel(now=again)
        if again and token.interruptible:
            raise KeyboardInterrupt
        if number != signal.SIGINT and not again:
            timer = threading.Timer(patience_s, system.give_signal, (number,))
            timer.daemon = True
            timer.start()
            timers.append(timer)

    numbers = [
        number
        for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
        if (number := getattr(signal, name, None)) is not None
        and not (name == "SIGHUP" and signal.getsignal(number) is signal.SIG_IGN)
    ]
    before: dict[int, Any] = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for timer in timers:
            timer.cancel()
        for number, handler in before.items():
            # None: a handler that was not set from Python cannot be set back from Python.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
