"""Take items from a list or a generator without ever waiting for it.

A generator may ask a server, watch a folder, or hang. It runs in a thread of its own, some items
ahead of the run, which settles results, strikes deadlines and answers Ctrl-C meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType

from figmill.errors import FigmillError
from figmill.item import Item

AHEAD = 400
"""So many items are listed beyond those that were taken."""

_PATIENCE_S = 0.01
_FIRST = 4


class Listing:
    """The items of one pass over a list; a context manager.

    Parameters
    ----------
    items
        A sequence, which is taken as it is, or anything else that gives items.
    """

    def __init__(self, items: Iterable[Item]) -> None:
        self._items = items
        self._sequence = items if isinstance(items, Sequence) else None
        self._ready: deque[Item] = deque()
        self._something = threading.Event()
        self._room = threading.Event()
        self._stopped = False
        self._ended = False
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None
        self.taken = 0

    def chunks(self, largest: int = AHEAD) -> Iterator[list[Item]]:
        """Give what is listed, at most so many at a time; nothing where none has come for a moment.

        Raises
        ------
        BaseException
            Whatever the list raises, once all that came before was given.
        """
        size = _FIRST
        while True:
            chunk = self._next(size)
            if chunk is None:
                return
            # A long list is soon taken in large pieces; the first item need not wait for them.
            size = min(largest, 4 * size)
            self.taken += len(chunk)
            yield chunk

    def first(self, most: int, seconds: float) -> tuple[list[Item], bool]:
        """Give the first items, as far as they come within a time, and whether that is all.

        Raises
        ------
        FigmillError
            The list says what is wrong with it, or raised anything before its first item.
        """
        until = time.monotonic() + seconds
        found: list[Item] = []
        try:
            for chunk in self.chunks():
                found += chunk
                if len(found) >= most or time.monotonic() > until:
                    return found, False
        except FigmillError:
            raise
        except Exception:
            if not found:
                raise
            # It comes again when the items are planned, once these are finished: whoever
            # gives items that can be gone through again gives the error again, too.
            return found, False
        return found, True

    def close(self) -> None:
        """List no further."""
        self._stopped = True
        self._room.set()

    def __enter__(self) -> Listing:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _next(self, most: int) -> list[Item] | None:
        if self._sequence is not None:
            return list(self._sequence[self.taken : self.taken + most]) or None
        if self._thread is None:
            self._thread = threading.Thread(target=self._list, name="figmill-listing", daemon=True)
            self._thread.start()
        if not self._ready:
            self._something.clear()
            if not (self._ready or self._ended):
                self._something.wait(_PATIENCE_S)
        chunk = [self._ready.popleft() for _ in range(min(most, len(self._ready)))]
        if len(self._ready) < AHEAD // 2:
            self._room.set()
        if not chunk and self._ended and not self._ready:
            if self._error is not None:
                raise self._error
            return None
        return chunk

    def _list(self) -> None:
        ready, something = self._ready, self._something
        try:
            for item in self._items:
                ready.append(item)
                if not something.is_set():
                    something.set()
                while len(ready) >= AHEAD and not self._stopped:
                    self._room.clear()
                    if len(ready) >= AHEAD:
                        self._room.wait(1.0)
                if self._stopped:
                    break
        except BaseException as error:  # noqa: BLE001 - raised again where the items are taken
            self._error = error
        self._ended = True
        something.set()


def up_to_an_error(chunks: Iterator[list[Item]]) -> Iterator[list[Item]]:
    """Leave errors that are not of the command to the run, which first does what was listed."""
    try:
        yield from chunks
    except FigmillError:
        raise
    except Exception:  # noqa: BLE001 - it comes again when the items are planned
        return
