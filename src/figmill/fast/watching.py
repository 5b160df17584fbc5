"""Reports of a batch: to the log, and to a bar of tqdm."""

from __future__ import annotations

import importlib
import logging
import sys
from typing import Any

from figmill.engine import events
from figmill.errors import ConfigError

log = logging.getLogger("figmill.fast")


class Watching:
    """A listener that reports to the log, and to a bar of tqdm."""

    def __init__(self, total: int, verbose: bool, use_tqdm: bool | None) -> None:
        self._verbose = verbose
        self._bar = _bar(total, use_tqdm)

    def __enter__(self) -> Watching:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, event: events.Event) -> None:
        """Report an event."""
        match event:
            case events.ItemFinished():
                self._step(1)
                if event.failure is not None:
                    log.error("%s: %s", event.key, event.failure.message)
                elif self._verbose:
                    log.info("%s: %s %s", event.key, event.status, event.message)
            case events.ItemsSkipped():
                self._step(len(event.keys))

    def _step(self, count: int) -> None:
        if self._bar is not None:
            self._bar.update(count)


def _bar(total: int, wanted: bool | None) -> Any:
    if wanted is False or (wanted is None and not sys.stderr.isatty()):
        return None
    try:
        bar = importlib.import_module("tqdm").tqdm
    except ImportError as error:
        if wanted is None:
            return None
        raise ConfigError(
            "tqdm is not installed.", hint="pip install tqdm, or use_tqdm=False."
        ) from error
    return bar(total=total, unit="orbit")
