"""The life of one worker process: take items from the private pipe, work, answer."""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import logging
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from figmill.engine import fault_injection
from figmill.engine.capture_logs import Prints, catch_logs
from figmill.engine.failures import Failure
from figmill.engine.outputs import Outputs
from figmill.engine.pool.channel import read_message, write_message
from figmill.engine.pool.serialize import pack_result, unpack
from figmill.engine.run_item import perform
from figmill.engine.task import Result, WorkFunction
from figmill.item import Item
from figmill.process_state import LeftOpen, ProcessState
from figmill.system import system


@dataclass(frozen=True, slots=True)
class Hello:
    """The first message to a worker."""

    number: int
    staging: str
    work: bytes
    path: tuple[str, ...]
    folder: str
    run_pid: int


def serve(channel: int, permits: int, notes: int) -> None:
    """Work until the run closes the channel.

    Parameters
    ----------
    channel
        Descriptor of the stream socket to the run.
    permits
        Descriptor of a non-blocking pipe: items of a message (but the first, where the worker was
        idle) need one byte of it each, the message's tag. The run takes bytes back when it gives
        the items to someone else.
    notes
        Descriptor of a file for the stack when the process is ended.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    faulthandler.enable(notes)
    if hasattr(faulthandler, "register"):
        faulthandler.register(signal.SIGTERM, notes, all_threads=False, chain=True)
    system.be_first_to_go()
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    # What compiled code prints is no result of the command either.
    os.dup2(2, 1)
    message = read_message(channel)
    if message is None:
        return
    lock = threading.Lock()

    def send(answer: object) -> None:
        data = pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
        with lock:
            write_message(channel, data)

    hello: Hello = pickle.loads(message)  # noqa: S301 - from the run that started us
    os.environ[fault_injection.RUN_PID] = str(hello.run_pid)
    try:
        sys.path[:] = hello.path
        with contextlib.suppress(OSError):
            os.chdir(hello.folder)
        work: WorkFunction = pickle.loads(hello.work)  # noqa: S301
    except Exception as error:  # noqa: BLE001 - told to the run, which stops with it
        send(("broken", Failure.of(error)))
        return
    logging.captureWarnings(True)
    catch_logs(lambda line: send(("log", line)))
    # What is there now stays: collections need not look at it again.
    gc.freeze()
    send(("ready",))
    with contextlib.suppress(BrokenPipeError):
        _Server(channel, permits, hello, work, send).run()


class _Server:
    def __init__(
        self,
        channel: int,
        permits: int,
        hello: Hello,
        work: WorkFunction,
        send: Callable[[object], None],
    ) -> None:
        self._channel = channel
        self._permits = permits
        self._hello = hello
        self._work = work
        self._send = send
        self._held: bytes = b""
        self._staging = Path(hello.staging)
        self._state = ProcessState()
        self._left_open = LeftOpen()
        self._prints = Prints()
        self._count = 0
        self._peak = system.PeakMemory()

    def run(self) -> None:
        while (message := read_message(self._channel)) is not None:
            tag, free, items = pickle.loads(message)  # noqa: S301
            for place, item in enumerate(items):
                if place >= free and not self._allowed(tag):
                    break
                self._send(("result", self._one(item)))
                self._state.restore()
                if self._left_open:
                    # The run starts another worker in its place; what it may have sent meanwhile
                    # is not begun.
                    self._send(("leaving",))
                    return

    def _allowed(self, tag: bytes) -> bool:
        if not self._held:
            try:
                self._held = system.receive(self._permits, 1)
            except BlockingIOError:
                return False
        # A later message's permit: this message was taken back.
        if self._held != tag:
            return False
        self._held = b""
        return True

    def _one(self, packed: tuple[Any, ...]) -> tuple[Any, ...]:
        key, inputs, parameters, payload = packed
        self._count += 1
        token = f"{self._hello.number}-{self._count}"
        outputs = Outputs(self._staging, token, make=False)
        self._peak.reset()
        try:
            item = Item(key, tuple(map(Path, inputs)), parameters, unpack(payload))
        except Exception as error:  # noqa: BLE001 - recorded as the item's failure
            return pack_result(Result("failed", failure=Failure.of(error)), 0)
        # Anew for each item: the one before may have set another output for good.
        sys.stdout = self._prints
        # The run waits for the disk, not the worker, which has something to draw.
        result = perform(item, self._work, outputs, durable=False)
        self._prints.finish()
        return pack_result(result, self._peak.read())
