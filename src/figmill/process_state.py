"""What foreign code may change in its process, put back after it.

One item's working folder, umask, locale or signal handler must not be the next one's, and what a
plug-in changes when it is imported must not move the paths of the command. Threads and descriptors
that an item leaves open cannot be put back: a worker process that holds such is replaced.
"""

from __future__ import annotations

import gc
import locale
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from typing import Any

from figmill.system import system

_SIGNALS = tuple(
    number
    for name in (
        *("SIGINT", "SIGTERM", "SIGHUP", "SIGALRM", "SIGCHLD"),
        *("SIGPIPE", "SIGUSR1", "SIGUSR2", "SIGQUIT"),
    )
    if (number := getattr(signal, name, None)) is not None
)
_SPARE = 32
"""So many more descriptors than at first are a leak; libraries keep a few of their own."""

_LOOK_S = 0.5


class ProcessState:
    """The state of this process before foreign code runs; `restore` it afterwards."""

    def __init__(self) -> None:
        self._folder = _folder()
        self._umask = _umask()
        self._environment = dict(system.environment_now())
        self._locale = locale.setlocale(locale.LC_ALL)
        self._collecting = gc.isenabled()
        # Handlers belong to the main thread, which alone may set them.
        self._in_main = threading.current_thread() is threading.main_thread()
        self._handlers = {number: _handler(number) for number in _SIGNALS}
        self._timer = system.timer_runs()
        self._float_errors = _float_errors()

    def restore(self, *, environment: bool = True) -> None:
        """Put back what has changed.

        Parameters
        ----------
        environment
            False leaves environment variables: libraries set them for themselves when imported.
        """
        if self._folder and _folder() != self._folder:
            with suppress(OSError):  # it was removed: nobody has it any more
                os.chdir(self._folder)
        if _umask() != self._umask:
            os.umask(self._umask)
        if environment and system.environment_now() != self._environment:
            self._restore_environment()
        if locale.setlocale(locale.LC_ALL) != self._locale:
            locale.setlocale(locale.LC_ALL, self._locale)
        if gc.isenabled() != self._collecting:
            (gc.enable if self._collecting else gc.disable)()
        if self._in_main:
            self._restore_signals()
        before = self._float_errors or _float_errors()
        if before is not None and _float_errors() != before:
            sys.modules["numpy"].seterr(**before)
        self._float_errors = before

    def _restore_environment(self) -> None:
        environment = system.environment()
        for name in [*system.environment_now()]:
            if name not in self._environment:
                del environment[name]
        for name, value in self._environment.items():
            environment[name] = value

    def _restore_signals(self) -> None:
        for number, handler in self._handlers.items():
            # None: it was not set from Python, and cannot be set back from there.
            if handler is not None and _handler(number) != handler:
                signal.signal(number, handler)
        if not self._timer and system.timer_runs():
            system.stop_timer()


class LeftOpen:
    """Threads and descriptors that foreign code has left open since this was made."""

    def __init__(self) -> None:
        self._threads = threading.active_count()
        self._descriptors = system.open_files()
        self._looked = time.monotonic()

    def __bool__(self) -> bool:
        """Whether there are such; descriptors are counted now and then."""
        if threading.active_count() > self._threads:
            return True
        now = time.monotonic()
        if now - self._looked < _LOOK_S:
            return False
        self._looked = now
        return system.open_files() > self._descriptors + _SPARE


# Without the enum that the public function makes of its answer, at fifty times the cost.
_handler = getattr(sys.modules.get("_signal"), "getsignal", signal.getsignal)


def _folder() -> str:
    try:
        return os.getcwd()  # noqa: PTH109 - after every item
    except OSError:
        return ""


def _umask() -> int:
    # There is no other way to ask for it.
    found = os.umask(0o77)
    os.umask(found)
    return found


def _float_errors() -> dict[str, Any] | None:
    numpy = sys.modules.get("numpy")
    # It may be in the middle of being imported.
    ask = getattr(numpy, "geterr", None)
    return ask() if ask is not None else None
