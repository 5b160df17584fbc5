"""A small process that forks workers, so that each starts at once with its modules imported.

It runs no work itself. It never imports the caller's main script, so scripts need no guard.
Workers are its children and die with it; it dies with the run, whose socket it watches. What a dead
worker leaves running is ended too.

Requests are JSON packets: ``{"preload": [...]}``, ``{"spawn": n}`` with the worker's descriptors,
``{"signal": s, "worker": n}``. Answers: ``{"born": n, "pid": p}``, ``{"died": n, "status": s}``.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import select
import signal
import socket
import sys
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

PACKET = 1 << 16
DESCRIPTORS = 3
MARK = "FIGMILL_WORKER"
_GENERATIONS = 20
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def main(handle: int) -> None:
    """Serve until the run's end of the socket is closed.

    Parameters
    ----------
    handle
        Descriptor of a packet socket to the run.
    """
    control = socket.socket(fileno=handle)
    # Own session: Ctrl-C at the terminal is for the run alone.
    os.setsid()
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    os.set_blocking(wake_read, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    pids: dict[int, int] = {}
    try:
        while True:
            readable, _, _ = select.select([control.fileno(), wake_read], [], [])
            if wake_read in readable:
                with contextlib.suppress(BlockingIOError):
                    os.read(wake_read, 4096)
                _reap(control, pids)
            if control.fileno() in readable:
                data, handles, _, _ = socket.recv_fds(control, PACKET, DESCRIPTORS)
                if not data:
                    return
                _obey(control, json.loads(data), handles, pids)
    except (BrokenPipeError, ConnectionResetError):
        return
    finally:
        for pid in pids.values():
            _end(pid, signal.SIGKILL)
        _end_the_rest()
        control.close()


def _obey(
    control: socket.socket, request: dict[str, Any], handles: list[int], pids: dict[int, int]
) -> None:
    if "preload" in request:
        gc.disable()  # of what is imported nothing can be collected
        for name in request["preload"]:
            # What is missing here fails in the worker, where its error can be told.
            with contextlib.suppress(Exception):
                import_module(name)
        gc.freeze()
        gc.enable()
    elif "spawn" in request:
        number = request["spawn"]
        pids[number] = _fork(control, handles, number)
        for handle in handles:
            os.close(handle)
        _answer(control, {"born": number, "pid": pids[number]})
    elif request["worker"] in pids:
        _end(pids[request["worker"]], request["signal"])


def _fork(control: socket.socket, handles: list[int], number: int) -> int:
    nursery = os.getpid()
    with warnings.catch_warnings():
        # Libraries may keep threads of their own; workers begin again after the fork.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid:
        return pid
    status = 70
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != nursery:
            os._exit(0)
        control.close()
        # Whatever an item starts inherits it.
        os.environ[MARK] = f"{nursery}-{number}"
        from figmill.engine.pool.worker import serve  # the nursery has imported it before the fork

        serve(*handles)
        status = 0
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
        raise
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(status)
    return 0


def _reap(control: socket.socket, pids: dict[int, int]) -> None:
    for number, pid in list(pids.items()):
        seen = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if seen is None:
            continue
        # While the dead leader is not yet reaped its group cannot be anyone else's.
        _end(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        del pids[number]
        _end_orphans(pid, number, set(pids.values()))
        _answer(control, {"died": number, "status": os.waitstatus_to_exitcode(status)})
    with contextlib.suppress(ChildProcessError):
        while _reap_orphan(set(pids.values())):
            pass


def _end_orphans(dead: int, number: int, workers: set[int]) -> None:
    # Descendants in groups of their own come to this process when their parent dies; those of
    # other workers' items are none of the dead one's. What tells nothing ends with the run.
    for child in _children():
        if child not in workers and _is_of(child, dead, number):
            _end(child, signal.SIGKILL)


def _is_of(child: int, worker: int, number: int) -> bool:
    """Whether an item of a worker started a process, by its session or its environment."""
    try:
        if os.getsid(child) == worker:
            return True
        environment = Path(f"/proc/{child}/environ").read_bytes().split(b"\0")
    except OSError:
        return False
    return f"{MARK}={os.getpid()}-{number}".encode() in environment


def _end_the_rest() -> None:
    """End what came to this process from its workers, and what comes when that dies."""
    for _ in range(_GENERATIONS):
        children = _children()
        if not children:
            return
        for child in children:
            _end(child, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child, 0)


def _reap_orphan(workers: set[int]) -> bool:
    return any(child not in workers and os.waitpid(child, os.WNOHANG)[0] for child in _children())


def _children() -> list[int]:
    pid = os.getpid()
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(child) for child in text.split()]


def _end(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _answer(control: socket.socket, answer: dict[str, int]) -> None:
    control.sendall(json.dumps(answer).encode())


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)
