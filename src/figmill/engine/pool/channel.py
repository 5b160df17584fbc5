"""Whole messages over a private socket, without ever waiting for the other side.

A worker may stop in the middle of a message (SIGSTOP, a kill), and the run must not stop with it.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

from figmill.system import system

_HEADER = 8
_PIECE = 1 << 18


class Channel:
    """The run's end of a worker's socket.

    Parameters
    ----------
    stream
        A stream socket; becomes non-blocking.
    """

    def __init__(self, stream: socket.socket) -> None:
        stream.setblocking(False)
        self._stream = stream
        self._incoming = bytearray()
        self._outgoing: list[memoryview] = []
        self.open = True

    def fileno(self) -> int:
        """Give the descriptor, for selectors."""
        return self._stream.fileno()

    @property
    def waiting(self) -> bool:
        """Whether something is still to be sent."""
        return bool(self._outgoing)

    def send(self, message: bytes) -> None:
        """Send a message, as far as there is room; the rest goes with `push`."""
        self._outgoing.append(memoryview(len(message).to_bytes(_HEADER, "little") + message))
        self.push()

    def push(self) -> None:
        """Send more of what waits."""
        while self._outgoing:
            try:
                sent = self._stream.send(self._outgoing[0])
            except BlockingIOError:
                return
            except (BrokenPipeError, ConnectionResetError):
                self._outgoing.clear()
                return
            if sent == len(self._outgoing[0]):
                del self._outgoing[0]
            else:
                self._outgoing[0] = self._outgoing[0][sent:]

    def messages(self) -> Iterator[bytes]:
        """Give every message that has arrived whole; ``open`` turns false at the end."""
        while True:
            try:
                piece = self._stream.recv(_PIECE)
            except BlockingIOError:
                return
            except ConnectionResetError:
                piece = b""
            if not piece:
                self.open = False
                return
            self._incoming += piece
            yield from self._whole()

    def _whole(self) -> Iterator[bytes]:
        start = 0
        while len(self._incoming) - start >= _HEADER:
            size = int.from_bytes(self._incoming[start : start + _HEADER], "little")
            end = start + _HEADER + size
            if len(self._incoming) < end:
                break
            yield bytes(self._incoming[start + _HEADER : end])
            start = end
        if start:
            del self._incoming[:start]

    def finish(self) -> None:
        """Tell the other side that nothing more will come."""
        with contextlib.suppress(OSError):
            self._stream.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close the socket."""
        self._stream.close()
        self.open = False


def write_message(handle: int, message: bytes) -> None:
    """Send a message and wait until it is sent (a worker's side)."""
    rest = memoryview(len(message).to_bytes(_HEADER, "little") + message)
    while rest:
        rest = rest[system.transmit(handle, rest) :]


def read_message(handle: int) -> bytes | None:
    """Wait for a message (a worker's side); None where the run is gone."""
    header = _read_exactly(handle, _HEADER)
    return None if header is None else _read_exactly(handle, int.from_bytes(header, "little"))


def _read_exactly(handle: int, size: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < size:
        try:
            part = system.receive(handle, min(size - len(parts), _PIECE * 4))
        except ConnectionResetError:
            return None
        if not part:
            return None
        parts += part
    return bytes(parts)
